"""
What is answered without asking the database: hotlines, the card, the names of things.

Built from the database while it can be reached, and from the pack when it could
not be reached since the start.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from sqlmodel import select

from storage.hotlines import Choice, Hotline, choices, hotlines, languages
from storage.models import Collaborative, GlossaryTerm, Organization, TaskForce
from storage.provenance import columns_served
from storage.services import service_groups
from storage.session import Session
from storage.topics import topic_names

# verb -> the sections of the deck whose subjects it tells
TOPICS: Mapping[str, tuple[str, ...]] = {
    "prevention": ("tier", "level"),
    "models": ("model", "principle"),
    "gaps": ("gap",),
    "sources": ("presenter", "chart"),
}


@dataclass(frozen=True, kw_only=True, eq=False)  # one is another only if it is the same
class Memory:
    """
    One version of the public facts that must never wait.

    Attributes:
        card: language code -> its lines, 911 first.
        names: what kind of thing a name stands for: verb -> (canonical name, other names).
        version: the database's content version it was read at.
        taken_at: when; aware, UTC.
        reviewed: language code -> which certified translator reviewed the bot's words in it.
        trouble: why the database cannot be asked and how old this is, in a sentence, or None.
    """

    task_force: str
    county: str
    hotlines: tuple[Hotline, ...]
    needs: tuple[Choice, ...]
    persons: tuple[Choice, ...]
    languages: tuple[Choice, ...]
    card: Mapping[str, tuple[str, ...]]
    names: Mapping[str, tuple[tuple[str, tuple[str, ...]], ...]]
    version: int
    taken_at: datetime
    trouble: str | None = None
    reviewed: Mapping[str, str] = field(default_factory=dict)


def remember(session: Session, *, now: datetime) -> Memory:
    """
    Read the memory in *session*, which is of one task force.
    """
    task_force = session.exec(
        select(TaskForce).where(TaskForce.id == session.info["task_force_id"])
    ).one()
    lines = hotlines(session)
    on_card = sorted((line for line in lines if line.card), key=lambda line: line.card_position)
    cards = {
        language: tuple(
            line.card[language] for line in on_card if line.card and language in line.card
        )
        for language in ("en", "es")
    }
    return Memory(
        task_force=task_force.name,
        county=task_force.county,
        hotlines=lines,
        needs=choices(session, taxonomy="hotline-need"),
        persons=choices(session, taxonomy="hotline-person"),
        languages=languages(session),
        card=cards,
        names=_names(session),
        version=task_force.content_version,
        taken_at=now,
        reviewed=task_force.reviewed or {},
    )


def _names(session: Session) -> dict[str, tuple[tuple[str, tuple[str, ...]], ...]]:
    of_topics = topic_names(session)
    return {
        "partner": _named(session, Organization),
        "collaboratives": _named(session, Collaborative),
        "services": tuple(
            name
            for group in service_groups(session)
            for name in (
                (group.name, group.aliases),
                *((service.name, service.aliases) for service in group.services),
            )
        ),
        "define": tuple(
            (term, tuple(aliases))
            for term, aliases in columns_served(
                session, GlossaryTerm, GlossaryTerm.term, GlossaryTerm.aliases
            )
        ),
        **{
            verb: tuple(name for section in sections for name in of_topics.get(section, ()))
            for verb, sections in TOPICS.items()
        },
    }


def _named(
    session: Session, table: type[Organization | Collaborative]
) -> tuple[tuple[str, tuple[str, ...]], ...]:
    columns = (table.name, table.alternate_name, table.aliases)
    return tuple(
        (name, (alternate, *aliases) if alternate else tuple(aliases))
        for name, alternate, aliases in columns_served(session, table, *columns)
    )
