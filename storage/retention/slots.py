"""
When it is time to delete what is over: once a local day, in one process.
"""

from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from sqlmodel import select

from storage.models import Series
from storage.session import Session
from storage.slots import Slot, advance, due_slots
from storage.task_forces import task_force

RETENTION = "retention"  # the series
AT = time(3, 30)  # local: nobody is at it then


def is_due(session: Session, now: datetime) -> bool:
    """
    Say whether this process is to do it now. Of several that ask at once one is; a
    database that was never asked about is due the next day.
    """
    zone = ZoneInfo(task_force(session).timezone)
    before = session.exec(select(Series.planned_until).where(Series.key == RETENTION)).one_or_none()
    if before is None:
        advance(session, RETENTION, now=now)
        return False
    if not _slots(before, now, zone):
        return False
    return bool(_slots(advance(session, RETENTION, now=now), now, zone))


def _slots(after: datetime, until: datetime, zone: ZoneInfo) -> tuple[Slot, ...]:
    # However long nobody looked: once is enough.
    after = max(after, until - timedelta(days=2))
    return due_slots(RETENTION, at=AT, zone=zone, after=after, until=until)
