"""
Surveys in tests: one of the deck's table of the year after, and what agencies say to it.
"""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any

from sqlmodel import col, select

from storage.models import Organization
from storage.people import RoleName, grant
from storage.session import Session
from storage.statistics.sheets import Dimension
from storage.surveys.answers import Trouble, keep
from storage.surveys.cycles import Cycle, Dates, Definition, Table, define
from storage.surveys.life import open_cycle
from storage.surveys.shapes import Question, cells
from storage.surveys.values import Absent, Labels, Value
from tests.conftest import NOON

NA, UNKNOWN = Absent.NOT_APPLICABLE, Absent.NOT_COLLECTED
TOTAL, SEX, LABOR, BOTH = "Total # Served", "Sex Trafficking", "Labor Trafficking", "Sex & Labor Trafficking"  # fmt: skip
KINDS = Dimension(name="column", labels=(TOTAL, SEX, LABOR, BOTH), tree={TOTAL: (SEX, LABOR, BOTH)})
AGES = Dimension(
    name="Age", labels=("All ages", "Adults", "Minors"), tree={"All ages": ("Adults", "Minors")}
)
DATES = Dates(
    opens_on=date(2026, 3, 2),
    due_on=date(2026, 3, 16),
    grace_on=date(2026, 3, 27),
    closes_on=date(2026, 3, 30),
)
CORA, SOL = "U0CORA", "U0SOL"
AGENCIES = (
    "cvs", "da-victim-witness", "family-justice-center", "international-rescue-committee",
    "justice-at-last", "love-never-fails", "stand", "arm-of-care",
)  # fmt: skip
YEAR = Table(
    series="member-served",
    program="Task force member data",
    title="Total Served by Partner Agency",
    unit="people served",
    threshold=10,
    period="Calendar Year 2024",
    starts=date(2024, 1, 1),
    ends=date(2024, 12, 31),
    dims=(KINDS,),
)


def rows_of(session: Session, keys: Sequence[str] = AGENCIES) -> dict[str, int]:
    """
    Return the rows of organizations, by their keys.
    """
    found = dict(
        session.exec(
            select(Organization.key, Organization.id).where(col(Organization.key).in_(keys))
        ).all()
    )
    return {key: found[key] or 0 for key in keys}


def coordinate(session: Session, *people: str) -> None:
    """
    Let *people* be coordinators.
    """
    for each in people:
        grant(session, team_id="T1", user_id=each, role=RoleName.COORDINATOR, granted_by="t", now=NOON)  # fmt: skip


def definition(session: Session, **changes: Any) -> Definition:
    values: dict[str, Any] = {
        "name": "Data survey of 2024",
        "dates": DATES,
        "organizations": tuple(rows_of(session).values()),
        "table": YEAR,
    }
    return Definition(**values | changes)


def questions(session: Session, *asked: Question, **changes: Any) -> Definition:
    return definition(session, table=None, questions=asked, **changes)


def opened(session: Session, wanted: Definition | None = None, *, now: datetime = NOON) -> Cycle:
    """
    Return a survey that is open.
    """
    made = define(session, wanted or definition(session), by=CORA, now=now)
    return open_cycle(session, made.number, by=CORA, now=now)


def said(*values: Value, dims: Sequence[Dimension] = (KINDS,)) -> Mapping[Labels, Value]:
    """
    Return what an agency says, cell by cell in their order.
    """
    return dict(zip(cells(dims), values, strict=True))


def send_in(
    session: Session, cycle: Cycle, key: str, *values: Value, by: str = "U0MEL", now: datetime = NOON
) -> Trouble:  # fmt: skip
    dims = cycle.table.dims if cycle.table else ()
    given = said(*values, dims=dims) if dims else dict(zip(cycle.cells, values, strict=True))
    return keep(
        session, cycle.number, rows_of(session, [key])[key], said=given, seen=None, by=by, now=now,
        sending=True,
    )  # fmt: skip
