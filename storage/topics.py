"""
The deck's subjects: models, prevention, gaps, equity, technology, each with its points.
"""

from collections import defaultdict
from dataclasses import dataclass

from sqlmodel import col, select

from storage.kept import kept
from storage.models import Topic as TopicRow
from storage.models import TopicPoint
from storage.provenance import Provenance, columns_served, served
from storage.session import Session


@dataclass(frozen=True, kw_only=True)
class Topic:
    """
    Attributes:
        points: heading -> its points, in order; the heading "" holds those without one.
    """

    key: str
    section: str
    title: str
    text: str | None
    note: str | None
    aliases: tuple[str, ...]
    points: dict[str, tuple[str, ...]]
    provenance: Provenance


def topics(session: Session, *sections: str) -> tuple[Topic, ...]:
    """
    Return the topics of *sections*, in the pack's order.
    """
    asked = col(TopicRow.section).in_(sections)
    points: dict[int, dict[str, list[str]]] = defaultdict(lambda: defaultdict(list))
    owned = col(TopicPoint.topic_id).in_(select(TopicRow.id).where(asked))
    for point, _ in served(session, TopicPoint, owned):
        points[point.topic_id][point.heading or ""].append(point.text)
    return tuple(
        Topic(
            key=row.key,
            section=row.section,
            title=row.title,
            text=row.text,
            note=row.note,
            aliases=tuple(row.aliases),
            points={heading: tuple(texts) for heading, texts in points[row.id or 0].items()},
            provenance=provenance,
        )
        for row, provenance in served(session, TopicRow, asked)
    )


@kept
def topic_names(session: Session) -> dict[str, tuple[tuple[str, tuple[str, ...]], ...]]:
    """
    Return what the topics of each section are called: (title, aliases), in the pack's order.
    """
    names: dict[str, list[tuple[str, tuple[str, ...]]]] = defaultdict(list)
    columns = (TopicRow.section, TopicRow.title, TopicRow.aliases)
    for section, title, aliases in columns_served(session, TopicRow, *columns):
        names[section].append((title, tuple(aliases)))
    return {section: tuple(found) for section, found in names.items()}
