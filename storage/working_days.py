"""
Working days and working hours: when people are at their desks.
"""

from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from holidays import country_holidays

BEGINS, ENDS = time(9), time(17)  # local; at the end nobody is there any more
COUNTRY, SUBDIVISION = "US", "CA"
_SATURDAY = 5
_DAY = timedelta(days=1)


def is_working_day(
    day: date, *, country: str = COUNTRY, subdivision: str | None = SUBDIVISION
) -> bool:
    """
    Say whether *day* is neither of a weekend nor a public holiday; one that is observed on
    another day is one on that day too.
    """
    return day.weekday() < _SATURDAY and day not in _holidays(country, subdivision, day.year)


def working_days(
    first: date, last: date, *, country: str = COUNTRY, subdivision: str | None = SUBDIVISION
) -> tuple[date, ...]:
    """
    Return the working days from *first* to *last*, both of them in.
    """
    days = (first + _DAY * number for number in range((last - first).days + 1))
    return tuple(
        day for day in days if is_working_day(day, country=country, subdivision=subdivision)
    )


def next_working_moment(
    now: datetime,
    zone: ZoneInfo,
    *,
    country: str = COUNTRY,
    subdivision: str | None = SUBDIVISION,
) -> datetime:
    """
    Return *now*, in UTC, if it is within working hours in *zone*; else when they begin next.
    """
    local = now.astimezone(zone)
    day = local.date()
    if is_working_day(day, country=country, subdivision=subdivision):
        if BEGINS <= local.time() < ENDS:
            return now.astimezone(UTC)
        if local.time() < BEGINS:
            return datetime.combine(day, BEGINS, zone).astimezone(UTC)
    day += _DAY
    while not is_working_day(day, country=country, subdivision=subdivision):
        day += _DAY
    return datetime.combine(day, BEGINS, zone).astimezone(UTC)


@lru_cache(maxsize=64)
def _holidays(country: str, subdivision: str | None, year: int) -> frozenset[date]:
    # What is observed on Friday of a holiday on a New Year's Saturday is of the year before.
    found = country_holidays(country, subdiv=subdivision, years=[year, year + 1])
    return frozenset(day for day in found if day.year == year)
