"""
Nudges: whom to remind of a survey that their agency has not answered, on which days.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from zoneinfo import ZoneInfo

from sqlmodel import col, or_, select, update

from storage.custodians import Part, Responsible
from storage.errors import UnknownSurveyError
from storage.models import AgencyState, CycleState
from storage.models import SurveyAgency as AgencyRow
from storage.session import Session
from storage.surveys.cycles import Cycle, Dates, cycles, find_cycle
from storage.task_forces import local_day, task_force
from storage.working_days import next_working_moment, working_days

MOST = 5  # of one agency and survey, however often it is extended
_LATER = MOST - 1  # of them, from the day on which it is due


@dataclass(frozen=True, kw_only=True)
class Nudge:
    """
    Attributes:
        organization_id: the agency it is about; None: all that are silent, to coordinators.
        number: which of an agency's it is, from 1.
    """

    cycle: int
    organization_id: int | None
    number: int
    day: date
    recipients: tuple[str, ...]


def days(dates: Dates, opened_on: date, *, calendar: str) -> tuple[date, ...]:
    """
    Return the days on which a silent agency is nudged: the first working day that the
    survey is open, and at most four from the day it is due to the last that it is taken,
    evenly spread, the last one in.

    Args:
        calendar: of holidays, "US-CA"; "": none are.
    """
    first = working_days(opened_on, dates.grace_on, calendar=calendar)[:1]
    late = working_days(dates.due_on, dates.grace_on, calendar=calendar)
    if len(late) > _LATER:
        step = (len(late) - 1) / (_LATER - 1)
        late = tuple(late[round(number * step)] for number in range(_LATER))
    return tuple(dict.fromkeys([*first, *late]))


def due_nudges(session: Session, *, now: datetime) -> tuple[Nudge, ...]:
    """
    Return whom to nudge now, and note that they were: in working hours alone, each agency
    once a day at most, and once for all the days that nobody looked.
    """
    own = task_force(session)
    zone = ZoneInfo(own.timezone)
    if next_working_moment(now, zone, calendar=own.holidays) > now:
        return ()
    found: list[Nudge] = []
    today = local_day(session, now)
    for cycle in cycles(session, states=(CycleState.OPEN,)):
        if cycle.takes(today):
            found += _of(session, cycle, today=today, zone=zone, calendar=own.holidays)
    return tuple(found)


def is_needed(
    session: Session, number: int, organization_id: int, *, day: date, now: datetime
) -> bool:
    """
    Say whether an agency still is to be nudged: its survey is open, it was not heard of,
    and no other nudge followed that of *day*.
    """
    return organization_id in _silent(session, number, day=day, now=now)


def any_needed(session: Session, number: int, *, day: date, now: datetime) -> bool:
    """
    Say whether any agency is left of those that were to be nudged on *day*.
    """
    return bool(_silent(session, number, day=day, now=now))


def _silent(session: Session, number: int, *, day: date, now: datetime) -> Sequence[int]:
    try:
        cycle = find_cycle(session, number)
    except UnknownSurveyError:
        return ()
    if not cycle.takes(local_day(session, now)):
        return ()
    query = select(AgencyRow.organization_id).where(
        AgencyRow.cycle_id == number,
        AgencyRow.state == AgencyState.SILENT.value,
        AgencyRow.nudged_on == day,
    )
    return session.exec(query).all()


def _of(
    session: Session, cycle: Cycle, *, today: date, zone: ZoneInfo, calendar: str
) -> list[Nudge]:
    opened = cycle.opened_at.astimezone(zone).date() if cycle.opened_at else cycle.dates.opens_on
    every = days(cycle.dates, opened, calendar=calendar)
    due = [day for day in every if day <= today]
    if not due:
        return []
    last = due[-1] == every[-1]
    rows = session.exec(
        select(AgencyRow)
        .where(
            AgencyRow.cycle_id == cycle.number,
            AgencyRow.state == AgencyState.SILENT.value,
            AgencyRow.nudges < MOST,
            or_(col(AgencyRow.nudged_on).is_(None), col(AgencyRow.nudged_on) < due[-1]),
        )
        .order_by(col(AgencyRow.id))
        .execution_options(populate_existing=True)
    ).all()
    if not rows:
        return []
    responsible = Responsible(session, today=today)
    found, coordinators = [], False
    for row in rows:
        keepers = _keepers(responsible, row, of=len(every), last=last)
        if not _noted(session, row, today=today):
            continue  # another process was faster
        if not keepers:
            coordinators = True
            continue
        found.append(
            Nudge(
                cycle=cycle.number,
                organization_id=row.organization_id,
                number=row.nudges + 1,
                day=today,
                recipients=keepers,
            )
        )
    if coordinators and responsible.coordinators:
        found.append(
            Nudge(
                cycle=cycle.number,
                organization_id=None,
                number=1,
                day=today,
                recipients=responsible.coordinators,
            )
        )
    return found


def _keepers(responsible: Responsible, row: AgencyRow, *, of: int, last: bool) -> tuple[str, ...]:
    """
    Return whose turn it is at an agency, first its owner's and then its delegates'; nobody's:
    the coordinators', to whom the last one goes.
    """
    if row.nudges and (last or row.nudges == MOST - 1):
        return ()
    keepers = responsible.custodians.get(row.organization_id, ())
    owner = tuple(each.user_id for each in keepers if each.part is Part.OWNER)
    delegates = tuple(each.user_id for each in keepers if each.part is Part.DELEGATE)
    return (owner or delegates) if 2 * row.nudges < max(of - 1, 1) else (delegates or owner)


def _noted(session: Session, row: AgencyRow, *, today: date) -> bool:
    done = session.exec(
        update(AgencyRow)
        .where(
            col(AgencyRow.id) == row.id,
            col(AgencyRow.nudges) == row.nudges,
            col(AgencyRow.state) == AgencyState.SILENT.value,
        )
        .values(nudges=row.nudges + 1, nudged_on=today)
        .execution_options(synchronize_session=False)
    )
    return bool(done.rowcount)
