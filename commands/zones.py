"""
Time zones for calendars: RFC 5545's VTIMEZONE, with every change of the clocks by its date.

`icalendar` can make these too, but gives the onset of summer time as clocks show it after
the change; RFC 5545, section 3.6.5, wants it as they showed it before.
"""

from collections import defaultdict
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

if TYPE_CHECKING:
    from icalendar import Timezone

DAYS = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")
LEAST_YEARS = 7  # by then the last Sunday of a month was once its fifth
STEP = timedelta(days=1)
FINEST = timedelta(minutes=1)


@dataclass(frozen=True, kw_only=True)
class Onset:
    """
    A change of the clocks.

    Attributes:
        local: when it begins, as clocks showed it before.
        before, after: the offsets from UTC.
    """

    local: datetime
    before: timedelta
    after: timedelta
    summer: bool
    name: str


def timezone(name: str, *, first: date, last: date) -> "Timezone":
    """
    Return the VTIMEZONE of an IANA zone, right from *first* to *last*.
    """
    # As in `commands.ics`: few processes ever write a calendar.
    from icalendar import Timezone, TimezoneDaylight, TimezoneStandard, vRecur

    alike: defaultdict[tuple[timedelta, timedelta, bool, str], list[datetime]] = defaultdict(list)
    for each in onsets(name, first=first, last=last):
        alike[each.before, each.after, each.summer, each.name].append(each.local)
    written = Timezone()
    written.add("tzid", name)
    for (before, after, summer, short), (start, *others) in alike.items():
        part = TimezoneDaylight() if summer else TimezoneStandard()
        part.add("dtstart", start)
        part.add("tzoffsetfrom", before)
        part.add("tzoffsetto", after)
        part.add("tzname", short)
        if rule := _yearly([start, *others], until=last.year):
            part.add("rrule", vRecur.from_ical(rule))
        else:
            for day in others:  # a line each: some programs read no more of one than the first
                part.add("rdate", day)
        written.add_component(part)
    return written


@lru_cache(maxsize=64)
def onsets(name: str, *, first: date, last: date) -> tuple[Onset, ...]:
    """
    Return how the clocks of a zone stand on *first*, and each change until *last*.
    """
    zone = ZoneInfo(name)
    at = datetime.combine(first, time(), UTC)
    end = datetime.combine(last, time(), UTC) + 2 * STEP
    found = [_onset(at, zone, before=_offset(at, zone))]
    while at < end:
        if _state(at + STEP, zone) != _state(at, zone):
            low, high = at, at + STEP
            while high - low > FINEST:
                middle = low + (high - low) // 2 // FINEST * FINEST
                low, high = (middle, high) if _state(middle, zone) == _state(at, zone) else (low, middle)  # fmt: skip
            found.append(_onset(high, zone, before=_offset(at, zone)))
        at += STEP
    return tuple(found)


def _yearly(found: list[datetime], *, until: int) -> str | None:
    """
    Return the RRULE of changes that come every year on the same weekday of the same month,
    until the year *until* at least; None: of others.
    """
    years = [each.year for each in found]
    alike = {(each.month, each.weekday(), each.time()) for each in found}
    if len(found) < LEAST_YEARS or years != list(range(years[0], until + 1)) or len(alike) > 1:
        return None
    nths = {(each.day - 1) // 7 + 1 for each in found}
    if len(nths) > 1:
        nths = {-1 if (each + 7 * STEP).month != each.month else 0 for each in found}
    if len(nths) > 1 or 0 in nths:
        return None
    return f"FREQ=YEARLY;BYMONTH={found[0].month};BYDAY={nths.pop()}{DAYS[found[0].weekday()]}"


def _onset(at: datetime, zone: ZoneInfo, *, before: timedelta) -> Onset:
    after = at.astimezone(zone)
    return Onset(
        local=(at + before).replace(tzinfo=None),
        before=before,
        after=_offset(at, zone),
        summer=bool(after.dst()),
        name=after.tzname() or "",
    )


def _state(at: datetime, zone: ZoneInfo) -> tuple[timedelta, bool]:
    return _offset(at, zone), bool(at.astimezone(zone).dst())


def _offset(at: datetime, zone: ZoneInfo) -> timedelta:
    return at.astimezone(zone).utcoffset() or timedelta()
