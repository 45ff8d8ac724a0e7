"""
Survey cycles: what is asked, of whom and until when.
"""

from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from sqlmodel import col, delete, or_, select, update

from storage import audit
from storage.audit import LEFT
from storage.errors import (
    AskedAlreadyError,
    SamePeriodError,
    SurveyMovedOnError,
    UnknownSurveyError,
)
from storage.models import AgencyState, CycleKind, CycleState, Organization, SurveyAgency
from storage.models import SurveyCycle as CycleRow
from storage.session import Session
from storage.statistics.sheets import Dimension
from storage.surveys.alike import asked_before
from storage.surveys.shapes import Question, cells, dimensions, stored
from storage.surveys.values import Labels
from storage.task_forces import own_row

__all__ = [
    "Cycle",
    "CycleState",
    "Dates",
    "Definition",
    "Table",
    "any_alive",
    "asked",
    "cycles",
    "define",
    "empty_answers",
    "find_cycle",
    "locked",
    "shape",
    "value_of",
]


@dataclass(frozen=True, kw_only=True)
class Dates:
    """
    Local days: the first and the last of each are in.

    Attributes:
        grace_on: the last day on which answers are taken.
        closes_on: the last day before the table is made by itself.
    """

    opens_on: date
    due_on: date
    grace_on: date
    closes_on: date

    @property
    def in_order(self) -> bool:
        return self.opens_on <= self.due_on <= self.grace_on <= self.closes_on


@dataclass(frozen=True, kw_only=True)
class Table:
    """
    The table of the statistics that a survey becomes.

    Attributes:
        starts, ends: the first and the last day of its period.
        dims: of it, without its rows, which are the agencies.
        apart: it counts others than the tables it resembles.
    """

    series: str
    program: str
    title: str
    unit: str
    threshold: int
    period: str
    starts: date
    ends: date
    dims: tuple[Dimension, ...]
    apart: bool = False


@dataclass(frozen=True, kw_only=True)
class Definition:
    """
    What a coordinator fills in.

    Attributes:
        table: or else *questions*.
        organizations: who reports, by their rows.
    """

    name: str
    dates: Dates
    organizations: tuple[int, ...]
    table: Table | None = None
    questions: tuple[Question, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Cycle:
    """
    Attributes:
        responsible: Slack id of its coordinator; None: nobody any more.
        shaped_by: who signs if it closes by itself; None: nobody can.
        closed_by: who signs what it becomes.
        release: number of its draft on the ledger.
        outcome: "drafted", "refused", "nothing" or "results".
        results: of questions, as may be shown: question → sentence.
        purged: what its answers count is deleted.
    """

    number: int
    name: str
    table: Table | None
    questions: tuple[Question, ...]
    threshold: int
    dates: Dates
    responsible: str | None
    state: CycleState
    version: int
    opened_at: datetime | None
    shaped_by: str | None
    closed_by: str | None
    closed_at: datetime | None
    outcome: str | None
    reasons: tuple[str, ...]
    results: tuple[tuple[str, str], ...]
    release: int | None
    purged: bool
    progress: str = field(repr=False)

    @property
    def cells(self) -> tuple[Labels, ...]:
        """
        What one agency fills in, in order.
        """
        if self.table is not None:
            return cells(self.table.dims)
        return tuple((each.text,) for each in self.questions)

    @property
    def reopens(self) -> bool:
        """
        Say whether it is closed and may be opened again: with one agency more, what was
        shown of questions would tell by the difference what that one said.
        """
        return self.state is CycleState.CLOSED and not self.purged and not self.results

    def takes(self, day: date) -> bool:
        """
        Say whether answers are taken on a local *day*.
        """
        return self.state is CycleState.OPEN and day <= self.dates.grace_on


def define(
    session: Session, wanted: Definition, *, by: str, now: datetime, number: int | None = None,
    seen: int | None = None,
) -> Cycle:  # fmt: skip
    """
    Store a survey that is not open yet, newly or, with *number*, again.

    Args:
        seen: the version that was changed.
    Raises:
        SamePeriodError: if there is another of the same table and period.
        AskedAlreadyError: if another asks some of the same agencies the same.
        SurveyMovedOnError: if it is open, or was changed since.
        UnknownSurveyError: if there is none of this number.
    """
    own_row(session, lock=True)
    _check_alone(session, wanted, number=number)
    _check_questions(session, wanted, number=number)
    values = _columns(wanted)
    if number is None:
        row = CycleRow(
            **values,
            state=CycleState.PLANNED.value,
            responsible=by,
            shaped_by=by,
            defined_at=now,
        )
        session.add(row)
        session.flush()
    else:
        row = locked(session, number)
        if row.state != CycleState.PLANNED.value or (seen is not None and row.version != seen):
            raise SurveyMovedOnError(number)
        for name, value in values.items():
            setattr(row, name, value)
        row.shaped_by = by
        row.version += 1
        session.flush()
        session.exec(delete(SurveyAgency).where(col(SurveyAgency.cycle_id) == row.id))
    session.add_all(
        SurveyAgency(cycle_id=row.id or 0, organization_id=each, state=AgencyState.SILENT.value)
        for each in dict.fromkeys(wanted.organizations)
    )
    session.flush()
    audit.record(session, "survey.defined", actor=by, now=now, subject=f"survey:{row.id}")
    return value_of(row)


def find_cycle(session: Session, number: int) -> Cycle:
    """
    Raises:
        UnknownSurveyError: if there is none of this number.
    """
    row = session.exec(
        select(CycleRow).where(col(CycleRow.id) == number).execution_options(populate_existing=True)
    ).one_or_none()
    if row is None:
        raise UnknownSurveyError(number)
    return value_of(row)


def cycles(session: Session, *, states: Collection[CycleState] = ()) -> tuple[Cycle, ...]:
    """
    Return surveys, the newest first.

    Args:
        states: only those in one of these; empty: all.
    """
    query = select(CycleRow).order_by(col(CycleRow.id).desc())
    if states:
        query = query.where(col(CycleRow.state).in_([state.value for state in states]))
    return tuple(value_of(row) for row in session.exec(query))


def any_alive(session: Session, *, since: datetime) -> bool:
    """
    Say whether there is a survey of which anything may be to do: it is to open, open, being
    closed, or was closed after *since*.
    """
    over = (CycleState.CLOSED.value, CycleState.CANCELLED.value)
    query = select(CycleRow.id).where(
        or_(col(CycleRow.state).not_in(over), col(CycleRow.closed_at) >= since)
    )
    return session.exec(query.limit(1)).first() is not None


def asked(session: Session, number: int) -> tuple[int, ...]:
    """
    Return the rows of the organizations that a survey asks, in the directory's order.
    """
    query = (
        select(SurveyAgency.organization_id)
        .join(Organization, col(SurveyAgency.organization_id) == col(Organization.id))
        .where(SurveyAgency.cycle_id == number)
        .order_by(col(Organization.position), col(Organization.id))
    )
    return tuple(session.exec(query))


def locked(session: Session, number: int) -> CycleRow:
    """
    Return a survey's row; other writers of it wait from here until the transaction ends.

    Raises:
        UnknownSurveyError: if there is none of this number.
    """
    row = session.exec(
        select(CycleRow)
        .where(col(CycleRow.id) == number)
        .with_for_update()
        .execution_options(populate_existing=True)
    ).one_or_none()
    if row is None:
        raise UnknownSurveyError(number)
    return row


def shape(session: Session, number: int, *, by: str | None) -> None:
    """
    Note who had the last hand in what a survey becomes; None: nobody can tell.
    """
    locked(session, number).shaped_by = by
    session.flush()


def empty_answers(session: Session, number: int) -> None:
    """
    Delete what agencies said to a survey; that they did stays.
    """
    session.exec(
        update(SurveyAgency)
        .where(col(SurveyAgency.cycle_id) == number)
        .values(draft=None, answer=None)
        .execution_options(synchronize_session=False)
    )


def _check_alone(session: Session, wanted: Definition, *, number: int | None) -> None:
    if wanted.table is None:
        return
    other = session.exec(
        select(CycleRow.id).where(
            CycleRow.series == wanted.table.series,
            CycleRow.starts == wanted.table.starts,
            CycleRow.ends == wanted.table.ends,
            CycleRow.state != CycleState.CANCELLED.value,
            col(CycleRow.id) != (number or 0),
        )
    ).first()
    if other is not None:
        raise SamePeriodError(other)


def _check_questions(session: Session, wanted: Definition, *, number: int | None) -> None:
    texts = [each.text for each in wanted.questions]
    before = asked_before(
        session,
        texts,
        organizations=wanted.organizations,
        opens_on=wanted.dates.opens_on,
        number=number,
    )
    if before:
        last = max(before, key=lambda each: each.again_on)
        place = texts.index(last.text) + 1
        raise AskedAlreadyError(last.number, place=place, again_on=last.again_on)


def _columns(wanted: Definition) -> dict[str, Any]:
    dates, table = wanted.dates, wanted.table
    values: dict[str, Any] = {
        "name": wanted.name,
        "kind": (CycleKind.TABLE if table else CycleKind.QUESTIONS).value,
        "opens_on": dates.opens_on,
        "due_on": dates.due_on,
        "grace_on": dates.grace_on,
        "closes_on": dates.closes_on,
        "questions": [
            {"text": each.text, "options": list(each.options)} for each in wanted.questions
        ],
    }
    if table is not None:
        values |= {**vars(table), "dims": stored(table.dims)}
    return values


def value_of(row: CycleRow) -> Cycle:
    """
    Return what the rest of the code sees of *row*.
    """
    table = None
    if row.kind == CycleKind.TABLE.value and row.starts and row.ends:
        table = Table(
            series=row.series or "",
            program=row.program or "",
            title=row.title or "",
            unit=row.unit or "",
            threshold=row.threshold,
            period=row.period or "",
            starts=row.starts,
            ends=row.ends,
            dims=dimensions(row.dims),
            apart=row.apart,
        )
    return Cycle(
        number=row.id or 0,
        name=row.name,
        table=table,
        questions=tuple(
            Question(text=each["text"], options=tuple(each["options"])) for each in row.questions
        ),
        threshold=row.threshold,
        dates=Dates(
            opens_on=row.opens_on,
            due_on=row.due_on,
            grace_on=row.grace_on,
            closes_on=row.closes_on,
        ),
        responsible=None if row.responsible in {None, LEFT} else row.responsible,
        state=CycleState(row.state),
        version=row.version,
        opened_at=row.opened_at,
        shaped_by=None if row.shaped_by in {None, LEFT} else row.shaped_by,
        closed_by=row.closed_by,
        closed_at=row.closed_at,
        outcome=row.outcome,
        reasons=tuple(row.reasons),
        results=tuple((each["question"], each["said"]) for each in row.results),
        release=row.release_id,
        purged=row.purged_at is not None,
        progress=row.progress,
    )
