"""
The sources everything is drawn from.
"""

from dataclasses import dataclass
from datetime import date

from sqlmodel import col, select

from storage.kept import kept
from storage.models import Source as SourceRow
from storage.session import Session


@dataclass(frozen=True, kw_only=True)
class Source:
    """
    Attributes:
        kind: "deck", the task force's own; "page", read elsewhere; "own", the pack's words.
        dated_as: how the date is said where the day is not known: "2025–26".
    """

    key: str
    title: str
    publisher: str | None
    kind: str
    url: str | None
    as_of: date
    dated_as: str | None
    verified_on: date | None
    note: str | None


@kept
def sources(session: Session) -> tuple[Source, ...]:
    rows = session.exec(
        select(SourceRow)
        .where(col(SourceRow.retired_at).is_(None))
        .order_by(col(SourceRow.position), col(SourceRow.id))
    )
    return tuple(
        Source(
            key=row.key,
            title=row.title,
            publisher=row.publisher,
            kind=row.kind,
            url=row.url,
            as_of=row.as_of,
            dated_as=row.dated_as,
            verified_on=row.verified_on,
            note=row.note,
        )
        for row in rows
    )
