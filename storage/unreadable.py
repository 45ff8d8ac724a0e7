"""
Series of which it cannot be read when they meet: nobody is reminded of them, and their
coordinators are told.
"""

from datetime import datetime, timedelta

from storage.custodians import Responsible
from storage.deliveries import Plan, Priority, plan
from storage.errors import UnknownSeriesError
from storage.meetings import Series, all_series, find_series
from storage.recurrence import is_readable
from storage.session import Session
from storage.slots import minutes_due
from storage.task_forces import local_day

UNREADABLE = "unreadable meeting"  # the kind, and the series of the minutes it is planned for


def plan_unreadable(session: Session, *, now: datetime) -> int:
    """
    Plan what tells every coordinator of each series that cannot be read, once until it is
    changed. Return how many are new.
    """
    if minutes_due(session, UNREADABLE, now=now, farthest=timedelta(hours=1)) is None:
        return 0
    some = [each for each in all_series(session) if not _is_fine(each)]
    if not some:
        return 0
    people = Responsible(session, today=local_day(session, now)).coordinators
    plans = [
        Plan(
            kind=UNREADABLE,
            occasion=f"{each.id}.{each.version}",
            recipient=person,
            due_at=now,
            priority=Priority.REMINDER,
            payload={"series": each.id},
        )
        for each in some
        for person in people
    ]
    return plan(session, plans, now=now)


def unreadable(session: Session, number: int) -> Series | None:
    """
    Return the series of this number if it cannot be read.
    """
    try:
        found = find_series(session, number)
    except UnknownSeriesError:
        return None
    return None if _is_fine(found) or found.cancelled_at is not None else found


def _is_fine(series: Series) -> bool:
    return series.plan.starts_on is None or is_readable(series.plan)
