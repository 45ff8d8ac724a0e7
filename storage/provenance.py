"""
Where a fact comes from and how old it is: the part every answer ends with.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache
from typing import Any, TypeVar

from sqlalchemy import ColumnElement
from sqlmodel import Session, col, select
from sqlmodel.sql.expression import Select

from storage.models import Fact, Source

Row = TypeVar("Row", bound=Fact)


@dataclass(frozen=True, kw_only=True)
class Provenance:
    """
    Attributes:
        source: the source's title.
        kind: "deck", the task force's own; "page", read elsewhere; "own", the pack's words;
            "survey", figures that agencies reported; "entered", by the task force itself.
        place: slide heading as printed, or the page.
        as_of: the day the fact was true by its source.
        dated_as: how that is said where the day is not known, or None.
        verified_on: the day somebody of the task force checked it, or None.
    """

    source: str
    kind: str
    publisher: str | None
    place: str
    as_of: date
    dated_as: str | None = None
    verified_on: date | None

    @property
    def dated(self) -> str:
        """
        How the fact's age is said: "Nov 2024", "2025–26", "date not recorded".
        """
        return self.dated_as or f"{self.as_of:%b %Y}"

    @property
    def elsewhere(self) -> bool:
        return self.kind == "page"


def served(
    session: Session, model: type[Row], *where: ColumnElement[bool]
) -> list[tuple[Row, Provenance]]:
    """
    Return the rows of *model* that are served today, in their order, each with
    its provenance.
    """
    query = _all_served(model)
    if where:
        query = query.where(*where)
    return [(row, provenance_of(row, source)) for row, source in session.exec(query)]


@cache
def _all_served(model: type[Row]) -> Select[Row, Source]:
    return (
        select(model, Source)
        .join(Source, col(model.source_id) == col(Source.id))
        .where(col(model.retired_at).is_(None))
        .order_by(col(model.position), col(model.id))
    )


def columns_served(
    session: Session, model: type[Row], /, *columns: Any, where: Sequence[ColumnElement[bool]] = ()
) -> list[tuple[Any, ...]]:
    """
    Return these columns of the rows of *model* that are served today, in their order:
    for what is asked often and needs no provenance.
    """
    query = (
        select(*columns)
        .where(col(model.retired_at).is_(None), *where)
        .order_by(col(model.position), col(model.id))
    )
    return [tuple(row) for row in session.exec(query)]


def provenance_of(row: Fact, source: Source) -> Provenance:
    return Provenance(
        source=source.title,
        kind=source.kind,
        publisher=source.publisher,
        place=row.place,
        as_of=row.as_of,
        # The source's words are for its own date alone.
        dated_as=source.dated_as if row.as_of == source.as_of else None,
        verified_on=row.verified_on,
    )
