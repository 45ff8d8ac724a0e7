"""
The life of a survey: opened, extended, closed, cancelled, and who looks after it.
"""

from contextlib import suppress
from datetime import datetime, timedelta
from enum import StrEnum

from sqlmodel import col, or_, select, update

from storage import audit
from storage.errors import (
    SurveyMovedOnError,
    UnknownReleaseError,
)
from storage.models import AgencyState, CycleState, Organization, SurveyAgency
from storage.models import SurveyCycle as CycleRow
from storage.people import coordinators
from storage.session import Session
from storage.statistics.ledger import decline
from storage.surveys.cycles import Cycle, Dates, cycles, empty_answers, locked, value_of
from storage.task_forces import local_day, own_row

BOT = "the bot"


class Hindrance(StrEnum):
    NOBODY = "nobody"  # no coordinator looks after it
    UNSIGNED = "unsigned"  # nobody can tell who had the last hand in it


def open_cycle(session: Session, number: int, *, by: str, now: datetime) -> Cycle:
    """
    Let agencies answer from now on. What is open stays so.

    Raises:
        SurveyMovedOnError: if it is over, or its answers would be due in the past.
    """
    row = locked(session, number)
    if row.state == CycleState.OPEN.value:
        return value_of(row)
    today = local_day(session, now)
    if row.state != CycleState.PLANNED.value or row.due_on < today:
        raise SurveyMovedOnError(number)
    row.state, row.opened_at = CycleState.OPEN.value, now
    row.opens_on = min(row.opens_on, today)
    session.flush()
    audit.record(session, "survey.opened", actor=by, now=now, subject=f"survey:{number}")
    return value_of(row)


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
    own_row(session, lock=True)  # first, wherever both are locked
    row = locked(session, number)
    again = row.state == CycleState.CLOSED.value
    may = row.state == CycleState.OPEN.value or value_of(row).reopens
    if not may or row.version != seen:
        raise SurveyMovedOnError(number)
    row.due_on, row.grace_on, row.closes_on = dates.due_on, dates.grace_on, dates.closes_on
    row.state, row.version, row.shaped_by = CycleState.OPEN.value, row.version + 1, by
    act = "survey.extended"
    if again:
        act = "survey.reopened"
        if row.release_id is not None:
            with suppress(UnknownReleaseError):  # decided on: what is published stays so
                decline(session, row.release_id, by=by, now=now)
        row.outcome, row.closed_by, row.closed_at, row.release_id = None, None, None, None
        row.reasons, row.results = [], []
        if row.responsible not in coordinators(session):
            row.responsible = by
    session.flush()
    audit.record(
        session, act, actor=by, now=now, subject=f"survey:{number}", until=f"{dates.grace_on}"
    )
    return value_of(row)


def cancel(session: Session, number: int, *, by: str, now: datetime) -> Cycle:
    """
    End a survey for good; what agencies said to it is deleted at once.

    Raises:
        SurveyMovedOnError: if it is closed, or being closed.
    """
    row = locked(session, number)
    if row.state == CycleState.CANCELLED.value:
        return value_of(row)
    if row.state not in {CycleState.PLANNED.value, CycleState.OPEN.value}:
        raise SurveyMovedOnError(number)
    row.state, row.closed_by, row.closed_at = CycleState.CANCELLED.value, by, now
    row.purged_at = now
    session.flush()
    empty_answers(session, number)
    audit.record(session, "survey.cancelled", actor=by, now=now, subject=f"survey:{number}")
    return value_of(row)


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
        return value_of(row)
    if row.state != CycleState.OPEN.value or (seen is not None and row.version != seen):
        raise SurveyMovedOnError(number)
    row.state, row.closed_by, row.closed_at = CycleState.CLOSING.value, signer or by, now
    session.flush()
    audit.record(session, "survey.closed", actor=by, now=now, subject=f"survey:{number}")
    return value_of(row)


def keep_time(session: Session, *, now: datetime) -> tuple[Cycle, ...]:
    """
    Open what is to open by today, and freeze what was to close before; return those that
    changed. What `hindered` names waits for a coordinator to close it.
    """
    today = local_day(session, now)
    changed = []
    leave_out_retired(session, now=now)
    for each in cycles(session, states=(CycleState.PLANNED, CycleState.OPEN)):
        if each.state is CycleState.PLANNED:
            if each.dates.opens_on <= today <= each.dates.due_on:
                changed.append(open_cycle(session, each.number, by=BOT, now=now))
        elif each.dates.closes_on < today and hindered(session, each) is None:
            signer = each.shaped_by
            changed.append(freeze(session, each.number, by=BOT, signer=signer, now=now))
    return tuple(changed)


def leave_out_retired(session: Session, *, now: datetime) -> int:
    """
    Ask no agency any more that is in the directory no longer and said nothing; return how
    many those are. Whoever is there again says so: it will answer after all.
    """
    retired = select(Organization.id).where(col(Organization.retired_at).is_not(None))
    asking = select(CycleRow.id).where(
        col(CycleRow.state).in_([CycleState.PLANNED.value, CycleState.OPEN.value])
    )
    concerned = (
        col(SurveyAgency.cycle_id).in_(asking),
        col(SurveyAgency.organization_id).in_(retired),
        col(SurveyAgency.state) == AgencyState.SILENT.value,
        col(SurveyAgency.draft).is_(None),
    )
    if session.exec(select(SurveyAgency.id).where(*concerned).limit(1)).first() is None:
        return 0  # as most ticks find it: nothing is locked for that
    done = session.exec(
        update(SurveyAgency)
        .where(*concerned)
        .values(
            state=AgencyState.NOT_OURS.value,
            said_by=BOT,
            said_at=now,
            version=col(SurveyAgency.version) + 1,
        )
        .execution_options(synchronize_session=False)
    )
    return int(done.rowcount)


def overdue(session: Session, *, now: datetime) -> tuple[Cycle, ...]:
    """
    Return the open surveys that were to close before today and do not close by themselves.
    """
    today = local_day(session, now)
    return tuple(
        each
        for each in cycles(session, states=(CycleState.OPEN,))
        if each.dates.closes_on < today and hindered(session, each) is not None
    )


def hindered(session: Session, cycle: Cycle) -> Hindrance | None:
    """
    Return why a survey does not close by itself; None: it does.
    """
    if keeper(session, cycle) is None:
        return Hindrance.NOBODY
    return Hindrance.UNSIGNED if cycle.shaped_by is None else None


def keeper(session: Session, cycle: Cycle) -> str | None:
    """
    Return who looks after a survey: whoever is a coordinator no more does not.
    """
    return cycle.responsible if cycle.responsible in coordinators(session) else None


def take_over(session: Session, number: int, *, by: str, now: datetime) -> Cycle:
    """
    Make a coordinator the one who is responsible for a survey.
    """
    row = locked(session, number)
    if row.responsible != by:
        row.responsible = by
        session.flush()
        audit.record(session, "survey.taken", actor=by, now=now, subject=f"survey:{number}")
    return value_of(row)


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
