"""
Hotlines, the needs they answer, and the card.
"""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

from sqlmodel import col

from storage.kept import kept
from storage.models import Hotline as HotlineRow
from storage.models import Language as LanguageRow
from storage.models import Phone as PhoneRow
from storage.models import TaxonomyTerm
from storage.provenance import Provenance, columns_served, served
from storage.session import Session


@dataclass(frozen=True, kw_only=True)
class Phone:
    number: str  # as printed
    extension: str | None
    type: str  # HSDS: voice, text, textphone …
    description: str | None


@dataclass(frozen=True, kw_only=True)
class Hotline:
    """
    Attributes:
        hours: None where our sources do not say.
        languages: names; empty where our sources do not say.
        email_unconfirmed: as printed and probably mistyped: show it, never link it.
        card: language code -> the line this hotline has on the card, or None.
        emergency: 911; first, and never with a source note.
    """

    key: str
    name: str
    kind: str
    description: str | None
    hours: str | None
    caution: str | None
    url: str | None
    email: str | None
    email_unconfirmed: bool
    needs: tuple[str, ...]
    persons: tuple[str, ...]
    languages: tuple[str, ...]
    aliases: tuple[str, ...]
    phones: tuple[Phone, ...]
    card: dict[str, str] | None
    card_position: int
    emergency: bool
    provenance: Provenance


@dataclass(frozen=True, kw_only=True)
class Choice:
    """
    Something a person can ask hotlines by: a need, a person, a language.
    """

    key: str
    name: str
    aliases: tuple[str, ...]


@kept
def hotlines(session: Session) -> tuple[Hotline, ...]:
    """
    Return every line: 911 first, then the task force's own, then the others,
    each group in the pack's order.
    """
    numbers = defaultdict(list)
    for phone, _ in served(session, PhoneRow, col(PhoneRow.hotline_id).is_not(None)):
        numbers[phone.hotline_id].append(phone)
    names: dict[str, str] = dict(
        columns_served(session, LanguageRow, LanguageRow.key, LanguageRow.name)
    )
    lines = [
        Hotline(
            key=row.key,
            name=row.name,
            kind=row.kind,
            description=row.description,
            hours=row.hours,
            caution=row.caution,
            url=row.url,
            email=row.email,
            email_unconfirmed=row.email_unconfirmed,
            needs=tuple(row.needs),
            persons=tuple(row.persons),
            languages=tuple(names[key] for key in row.languages if key in names),
            aliases=tuple(row.aliases),
            phones=phones(numbers[row.id]),
            card=row.card,
            card_position=row.card_position,
            emergency=row.emergency,
            provenance=provenance,
        )
        for row, provenance in served(session, HotlineRow)
    ]
    return tuple(sorted(lines, key=lambda line: (not line.emergency, line.provenance.elsewhere)))


def phones(rows: Iterable[PhoneRow]) -> tuple[Phone, ...]:
    return tuple(
        Phone(
            number=row.number, extension=row.extension, type=row.type, description=row.description
        )
        for row in rows
    )


def choices(session: Session, *, taxonomy: str) -> tuple[Choice, ...]:
    """
    Return the terms of *taxonomy*: "hotline-need" or "hotline-person".
    """
    columns = (TaxonomyTerm.key, TaxonomyTerm.name, TaxonomyTerm.aliases)
    where = [col(TaxonomyTerm.taxonomy) == taxonomy]
    return tuple(
        Choice(key=key, name=name, aliases=tuple(aliases))
        for key, name, aliases in columns_served(session, TaxonomyTerm, *columns, where=where)
    )


def languages(session: Session) -> tuple[Choice, ...]:
    columns = (LanguageRow.code, LanguageRow.name, LanguageRow.aliases)
    return tuple(
        Choice(key=code, name=name, aliases=tuple(aliases))
        for code, name, aliases in columns_served(session, LanguageRow, *columns)
    )
