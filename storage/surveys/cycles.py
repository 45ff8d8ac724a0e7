"""
Survey cycles: what is asked, of whom and until when; defined, opened, extended, closed.
"""

from collections.abc import Collection
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

from sqlmodel import col, delete, or_, select, update

from storage import audit
from storage.audit import LEFT
from storage.errors import (
    SamePeriodError,
    SurveyMovedOnError,
    UnknownReleaseError,
    UnknownSurveyError,
)
from storage.models import AgencyState, CycleKind, CycleState, Organization, SurveyAgency
from storage.models import SurveyCycle as CycleRow
from storage.session import Session
from storage.statistics.ledger import decline
from storage.statistics.sheets import Dimension
from storage.surveys.shapes import Question, cells, dimensions, stored
from storage.surveys.values import Labels
from storage.task_forces import local_day, own_row

__all__ = [
    "BOT",
    "Cycle",
    "CycleState",
    "Dates",
    "Definition",
    "Table",
    "asked",
    "cancel",
    "cycles",
    "define",
    "empty_answers",
    "extend",
    "find_cycle",
    "freeze",
    "keep_time",
    "locked",
    "open_cycle",
    "take_over",
    "tell_progress",
]

BOT = "the bot"


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
        SurveyMovedOnError: if it is open, or was changed since.
        UnknownSurveyError: if there is none of this number.
    """
    own_row(session, lock=True)
    _check_alone(session, wanted, number=number)
    values = _columns(wanted)
    if number is None:
        row = CycleRow(
            **values,
            state=CycleState.PLANNED.value,
            responsible=by,
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
        row.version += 1
        session.flush()
        session.exec(delete(SurveyAgency).where(col(SurveyAgency.cycle_id) == row.id))
    session.add_all(
        SurveyAgency(cycle_id=row.id or 0, organization_id=each, state=AgencyState.SILENT.value)
        for each in dict.fromkeys(wanted.organizations)
    )
    session.flush()
    audit.record(session, "survey.defined", actor=by, now=now, subject=f"survey:{row.id}")
    return _value(row)


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
    return _value(row)


def cycles(session: Session, *, states: Collection[CycleState] = ()) -> tuple[Cycle, ...]:
    """
    Return surveys, the newest first.

    Args:
        states: only those in one of these; empty: all.
    """
    query = select(CycleRow).order_by(col(CycleRow.id).desc())
    if states:
        query = query.where(col(CycleRow.state).in_([state.value for state in states]))
    return tuple(_value(row) for row in session.exec(query))


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


def open_cycle(session: Session, number: int, *, by: str, now: datetime) -> Cycle:
    """
    Let agencies answer from now on. What is open stays so.

    Raises:
        SurveyMovedOnError: if it is over, or its answers would be due in the past.
    """
    row = locked(session, number)
    if row.state == CycleState.OPEN.value:
        return _value(row)
    today = local_day(session, now)
    if row.state != CycleState.PLANNED.value or row.due_on < today:
        raise SurveyMovedOnError(number)
    row.state, row.opened_at = CycleState.OPEN.value, now
    row.opens_on = min(row.opens_on, today)
    session.flush()
    audit.record(session, "survey.opened", actor=by, now=now, subject=f"survey:{number}")
    return _value(row)


def extend(
    session: Session, number: int, dates: Dates, *, by: str, now: datetime, seen: int
) -> Cycle:
    """
    Give an open survey other dates, or open one again that was closed: what it became and
    waits for a second coordinator is put away, and what was published is corrected by the
    next.

    Args:
        dates: whose first stays as it was.
    Raises:
        SurveyMovedOnError: if it was changed since it was *seen*, is being closed, never
            opened or cancelled, or not to be opened again.
    """
    row = locked(session, number)
    again = row.state == CycleState.CLOSED.value
    may = row.state == CycleState.OPEN.value or _value(row).reopens
    if not may or row.version != seen:
        raise SurveyMovedOnError(number)
    row.due_on, row.grace_on, row.closes_on = dates.due_on, dates.grace_on, dates.closes_on
    row.state, row.version = CycleState.OPEN.value, row.version + 1
    act = "survey.extended"
    if again:
        act = "survey.reopened"
        if row.release_id is not None:
            with suppress(UnknownReleaseError):  # decided on: what is published stays so
                decline(session, row.release_id, by=by, now=now)
        row.outcome, row.closed_by, row.closed_at, row.release_id = None, None, None, None
        row.reasons, row.results = [], []
        if row.responsible in {None, LEFT}:
            row.responsible = by
    session.flush()
    audit.record(
        session, act, actor=by, now=now, subject=f"survey:{number}", until=f"{dates.grace_on}"
    )
    return _value(row)


def cancel(session: Session, number: int, *, by: str, now: datetime) -> Cycle:
    """
    End a survey for good; what agencies said to it is deleted at once.

    Raises:
        SurveyMovedOnError: if it is closed, or being closed.
    """
    row = locked(session, number)
    if row.state == CycleState.CANCELLED.value:
        return _value(row)
    if row.state not in {CycleState.PLANNED.value, CycleState.OPEN.value}:
        raise SurveyMovedOnError(number)
    row.state, row.closed_by, row.closed_at = CycleState.CANCELLED.value, by, now
    row.purged_at = now
    session.flush()
    empty_answers(session, number)
    audit.record(session, "survey.cancelled", actor=by, now=now, subject=f"survey:{number}")
    return _value(row)


def freeze(
    session: Session,
    number: int,
    *,
    by: str,
    now: datetime,
    signer: str | None = None,
    seen: int | None = None,
) -> Cycle:
    """
    Take no more answers: what comes of them is worked out next. Twice is once.

    Args:
        signer: who signs what it becomes, and so cannot publish it; None: *by*.
        seen: the version at which it was decided; None: whichever.
    Raises:
        SurveyMovedOnError: if it is not open, or its dates were changed since.
    """
    row = locked(session, number)
    if row.state in {CycleState.CLOSING.value, CycleState.CLOSED.value}:
        return _value(row)
    if row.state != CycleState.OPEN.value or (seen is not None and row.version != seen):
        raise SurveyMovedOnError(number)
    row.state, row.closed_by, row.closed_at = CycleState.CLOSING.value, signer or by, now
    session.flush()
    audit.record(session, "survey.closed", actor=by, now=now, subject=f"survey:{number}")
    return _value(row)


def keep_time(session: Session, *, now: datetime) -> tuple[Cycle, ...]:
    """
    Open what is to open by today, and freeze what was to close before; return those that
    changed. What has no coordinator any more waits for one to close it.
    """
    today = local_day(session, now)
    changed = []
    for each in cycles(session, states=(CycleState.PLANNED, CycleState.OPEN)):
        if each.state is CycleState.PLANNED:
            if each.dates.opens_on <= today <= each.dates.due_on:
                changed.append(open_cycle(session, each.number, by=BOT, now=now))
        elif each.dates.closes_on < today and each.responsible is not None:
            signer = each.responsible
            changed.append(freeze(session, each.number, by=BOT, signer=signer, now=now))
    return tuple(changed)


def take_over(session: Session, number: int, *, by: str, now: datetime) -> Cycle:
    """
    Make a coordinator the one who is responsible for a survey.
    """
    row = locked(session, number)
    if row.responsible != by:
        row.responsible = by
        session.flush()
        audit.record(session, "survey.taken", actor=by, now=now, subject=f"survey:{number}")
    return _value(row)


def tell_progress(
    session: Session, number: int, *, said: str, now: datetime, every: timedelta
) -> bool:
    """
    Note what a survey's coordinator is told of how it goes, if that is new and they were
    not told of something else within *every*. Return whether it is to be told.
    """
    told = col(CycleRow.progress_at)
    done = session.exec(
        update(CycleRow)
        .where(
            col(CycleRow.id) == number,
            col(CycleRow.progress) != said,
            or_(told.is_(None), told <= now - every),
        )
        .values(progress=said, progress_at=now)
        .execution_options(synchronize_session=False)
    )
    return bool(done.rowcount)


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


def _value(row: CycleRow) -> Cycle:
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
        closed_by=row.closed_by,
        closed_at=row.closed_at,
        outcome=row.outcome,
        reasons=tuple(row.reasons),
        results=tuple((each["question"], each["said"]) for each in row.results),
        release=row.release_id,
        purged=row.purged_at is not None,
        progress=row.progress,
    )
