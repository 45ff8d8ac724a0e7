"""
Working days and working hours: when people are at their desks.
"""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from storage.recurrence import working_day

BEGINS, ENDS = time(9), time(17)  # local; at the end nobody is there any more
_DAY = timedelta(days=1)


def working_days(first: date, last: date, *, calendar: str) -> tuple[date, ...]:
    """
    Return the working days from *first* to *last*, both of them in.

    Args:
        calendar: of holidays, "US-CA"; "": none are.
    Raises:
        UnknownHolidaysError: if there is no such calendar.
    """
    days = (first + _DAY * number for number in range((last - first).days + 1))
    return tuple(day for day in days if working_day(calendar, day))


def next_working_moment(now: datetime, zone: ZoneInfo, *, calendar: str) -> datetime:
    """
    Return *now*, in UTC, if it is within working hours in *zone*; else when they begin next.

    Args:
        calendar: of holidays, "US-CA"; "": none are.
    Raises:
        UnknownHolidaysError: if there is no such calendar.
    """
    local = now.astimezone(zone)
    day = local.date()
    if working_day(calendar, day):
        if BEGINS <= local.time() < ENDS:
            return now.astimezone(UTC)
        if local.time() < BEGINS:
            return datetime.combine(day, BEGINS, zone).astimezone(UTC)
    day += _DAY
    while not working_day(calendar, day):
        day += _DAY
    return datetime.combine(day, BEGINS, zone).astimezone(UTC)
