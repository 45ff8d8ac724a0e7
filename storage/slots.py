"""
Slots of a recurring plan: one a local date, each planned once whatever the clock does.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from sqlmodel import col, select, update

from storage.models import Series
from storage.scope import add_new
from storage.session import Session

EVERY_DAY = frozenset(range(7))
DAY = timedelta(days=1)
MINUTE = timedelta(minutes=1)


@dataclass(frozen=True, kw_only=True)
class Slot:
    """
    Attributes:
        date: on the series' own wall calendar; with the series it names the slot.
        at: the instant, UTC.
    """

    series: str
    date: date
    at: datetime

    @property
    def occasion(self) -> str:
        return f"{self.series}:{self.date.isoformat()}"


def instant(day: date, at: time, zone: ZoneInfo) -> datetime:
    """
    Return the moment of a wall time: a skipped 02:30 is 03:30, a doubled 01:30 its first.
    """
    return datetime.combine(day, at.replace(fold=0), zone).astimezone(UTC)


def due_slots(
    series: str,
    *,
    at: time,
    zone: ZoneInfo,
    after: datetime,
    until: datetime,
    weekdays: Collection[int] = EVERY_DAY,
) -> tuple[Slot, ...]:
    """
    Return the slots of *series* in (after, until], oldest first.

    Args:
        at: wall time in *zone*.
        weekdays: 0 is Monday.
    """
    found = []
    day = after.astimezone(zone).date() - DAY
    last = until.astimezone(zone).date() + DAY
    while day <= last:
        moment = instant(day, at, zone)
        if after < moment <= until and day.weekday() in weekdays:
            found.append(Slot(series=series, date=day, at=moment))
        day += DAY
    return tuple(found)


def advance(session: Session, series: str, *, now: datetime) -> datetime:
    """
    Return until when *series* was planned before, and note that it now is until *now*.

    A new series begins now and plans nothing of the past. A clock that was set back
    moves nothing back: what is planned stays planned.
    """
    if add_new(session, Series, key=series, planned_until=now):
        return now
    before = session.exec(
        select(Series.planned_until).where(Series.key == series).with_for_update()
    ).one()
    session.exec(
        update(Series)
        .where(col(Series.key) == series, col(Series.planned_until) < now)
        .values(planned_until=now)
        .execution_options(synchronize_session=False)
    )
    return before


def minutes_due(
    session: Session, series: str, *, now: datetime, farthest: timedelta
) -> tuple[datetime, datetime] | None:
    """
    Return the span (after, until] of whole minutes that *series* is to be planned for, and
    note that it is; None: there is nothing to look through.

    While a clock that was set back catches up, its last minute is looked through each time:
    what was planned before is not planned twice.

    Args:
        farthest: what is longer ago than this is not looked through any more.
    """
    until = now.replace(second=0, microsecond=0)
    query = select(Series.planned_until).where(Series.key == series)
    before = session.exec(query).one_or_none()
    if before == until:
        return None  # as most ticks find it: nothing is locked for that
    if before is None:
        add_new(session, Series, key=series, planned_until=until)
        return None  # a new one plans nothing of the past
    if before < until:
        # Of several processes one does it.
        mine = session.exec(
            update(Series)
            .where(col(Series.key) == series, col(Series.planned_until) == before)
            .values(planned_until=until)
            .execution_options(synchronize_session=False)
        )
        if not mine.rowcount:
            return None
    return max(min(before, until - MINUTE), until - farthest), until
