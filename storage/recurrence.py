"""
Recurrence: on which local days a series meets, and where holidays push it. No SQL.

Rules are RFC 5545's RRULE; they are expanded in naive local time, and the zone comes
after: 10:00 stays 10:00. A wall time that a clock change skips is read with the offset
before the gap (02:30 is 03:30), one that it doubles is its first, as RFC 5545 says.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import cache, lru_cache
from typing import Self
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from dateutil.rrule import MO, MONTHLY, WEEKLY, rrule, weekday

from storage.errors import RuleError, UnknownHolidaysError
from storage.models import HolidayPolicy as HolidayPolicy
from storage.slots import instant

DAYS = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")
MOST_INTERVAL = 24  # months; weeks too
FARTHEST = 14  # days that a holiday pushes a meeting; no run of days off is longer
DAY = timedelta(days=1)
# What the library has of the United States: known without loading it, 100 ms and 10 MB.
AMERICAN = frozenset((
    "US", "US-AK", "US-AL", "US-AR", "US-AS", "US-AZ", "US-CA", "US-CO", "US-CT", "US-DC", "US-DE", "US-FL",
    "US-GA", "US-GU", "US-HI", "US-IA", "US-ID", "US-IL", "US-IN", "US-KS", "US-KY", "US-LA", "US-MA",
    "US-MD", "US-ME", "US-MI", "US-MN", "US-MO", "US-MP", "US-MS", "US-MT", "US-NC", "US-ND", "US-NE",
    "US-NH", "US-NJ", "US-NM", "US-NV", "US-NY", "US-OH", "US-OK", "US-OR", "US-PA", "US-PR", "US-RI",
    "US-SC", "US-SD", "US-TN", "US-TX", "US-UM", "US-UT", "US-VA", "US-VI", "US-VT", "US-WA", "US-WI",
    "US-WV", "US-WY",
))  # fmt: skip
_MONTHLY_DAY = re.compile(r"(-1|[1-5])([A-Z]{2})")


@dataclass(frozen=True, kw_only=True)
class Rule:
    """
    Every so many weeks or months, on these days.

    Attributes:
        monthly: by months; else by weeks, which begin on Monday.
        days: (n, weekday): the nth of the month, -1 the last; by weeks n is 0. Monday is 0.
    """

    monthly: bool
    interval: int
    days: tuple[tuple[int, int], ...]

    @classmethod
    def read(cls, text: str) -> Self:
        """
        Read FREQ=WEEKLY|MONTHLY[;INTERVAL=n];BYDAY=….

        Raises:
            RuleError: if it is anything else.
        """
        parts = dict(part.partition("=")[::2] for part in text.split(";"))
        monthly = parts.get("FREQ") == "MONTHLY"
        interval = parts.get("INTERVAL", "1")
        if (
            parts.get("FREQ") not in {"WEEKLY", "MONTHLY"}
            or parts.keys() - {"FREQ", "INTERVAL", "BYDAY"}
            or not re.fullmatch(r"[1-9][0-9]?", interval)
            or int(interval) > MOST_INTERVAL
        ):
            raise RuleError(text)
        days = []
        for day in parts.get("BYDAY", "").split(","):
            found = _MONTHLY_DAY.fullmatch(day) if monthly else None
            nth, name = (int(found[1]), found[2]) if found else (0, day)
            if name not in DAYS or monthly != bool(nth):
                raise RuleError(text)
            days.append((nth, DAYS.index(name)))
        return cls(monthly=monthly, interval=int(interval), days=tuple(dict.fromkeys(days)))

    def __str__(self) -> str:
        days = ",".join(f"{nth or ''}{DAYS[day]}" for nth, day in self.days)
        every = f";INTERVAL={self.interval}" if self.interval > 1 else ""
        return f"FREQ={'MONTHLY' if self.monthly else 'WEEKLY'}{every};BYDAY={days}"


@dataclass(frozen=True, kw_only=True)
class Plan:
    """
    When a series meets.

    Attributes:
        starts_on: the first local date; None: the dates are not set yet.
        starts_at: local wall time in `zone`.
        zone: IANA.
        rule: RRULE; "": once.
        ends_on: no occurrence is originally later than this local date.
        holidays: "US-CA"; "": none are heeded.
    """

    starts_on: date | None
    starts_at: time
    minutes: int
    zone: str
    rule: str = ""
    ends_on: date | None = None
    on_holiday: HolidayPolicy = HolidayPolicy.SKIP
    holidays: str = ""

    def key(self, day: date) -> datetime:
        """
        Return what names the occurrence that is originally on *day*.
        """
        return datetime.combine(day, self.starts_at)


@dataclass(frozen=True, kw_only=True)
class Different:
    """
    What somebody said of one occurrence.

    Attributes:
        state: "set", "skipped" or "cancelled".
        starts: local start; None: the original one.
    """

    state: str
    starts: datetime | None = None


@dataclass(frozen=True, kw_only=True)
class Happening:
    """
    One occurrence.

    Attributes:
        key: its original local start, naive: RFC 5545's RECURRENCE-ID. It never changes.
        starts: local wall time at which it is, or would be if it took place; naive.
        state: "on", "moved", "skipped" or "cancelled".
        holiday: the name of the one that moved or skipped it.
        clash: skipped because the series meets on the day anyway to which the holiday
            would have moved it.
    """

    key: datetime
    starts: datetime
    state: str
    holiday: str | None = None
    clash: bool = False


@lru_cache(maxsize=4096)  # every tick of a day asks the same
def originals(plan: Plan, *, first: date, last: date) -> tuple[date, ...]:
    """
    Return the days in [first, last] on which the plan meets before anything differs.
    """
    start = plan.starts_on
    last = min(last, plan.ends_on or date.max)
    if start is None or start > last:
        return ()
    if not plan.rule:
        return (start,) if first <= start else ()
    rule = Rule.read(plan.rule)
    found = rrule(
        MONTHLY if rule.monthly else WEEKLY,
        dtstart=datetime.combine(_near(rule, start, first), time()),
        interval=rule.interval,
        wkst=MO,
        byweekday=[weekday(day, nth or None) for nth, day in rule.days],
        until=datetime.combine(last, time()),
    )
    return tuple(each.date() for each in found if each.date() >= first)


def _near(rule: Rule, start: date, first: date) -> date:
    """
    Return the last day, not after *first* if that is possible, on which the recurrence may
    begin and have the same days from then on: years of meetings need not be counted.
    """
    if first <= start:
        return start
    if not rule.monthly:
        monday = start - start.weekday() * DAY
        step = 7 * rule.interval
        return max(start, monday + (first - monday).days // step * step * DAY)
    months = (first.year - start.year) * 12 + first.month - start.month
    years, month = divmod(start.month - 1 + months // rule.interval * rule.interval, 12)
    return max(start, date(start.year + years, month + 1, 1))


def expand(
    plan: Plan, different: Mapping[datetime, Different], *, first: date, last: date
) -> tuple[Happening, ...]:
    """
    Return the occurrences whose `starts` is on a day in [first, last], in their order.

    A holiday moves a meeting to the working day before or after it, whatever the window;
    where the series meets on that day anyway, or an earlier one was moved there, it is
    skipped. What somebody said of an occurrence comes before any holiday.

    Args:
        different: by key; what names no original occurrence counts for nothing.
    """
    margin = 2 * FARTHEST * DAY
    days = originals(plan, first=_back(first, margin), last=_on(last, margin))
    away = sorted({key.date() for key in different} - set(days))
    days += tuple(day for day in away if originals(plan, first=day, last=day))
    known = {plan.key(day) for day in days}
    different = {key: each for key, each in different.items() if key in known}
    usual = [day for day in days if plan.key(day) not in different]
    off = {day: name for day in usual if (name := holiday(plan.holidays, day))}
    taken = {day for day in usual if day not in off}
    taken |= {(each.starts or key).date() for key, each in different.items() if each.state == "set"}
    found = []
    for day in sorted(days):
        key = plan.key(day)
        if said := different.get(key):
            starts = said.starts or key
            state = said.state if said.state != "set" else "on" if starts == key else "moved"
            found.append(Happening(key=key, starts=starts, state=state))
        elif day not in off:
            found.append(Happening(key=key, starts=key, state="on"))
        else:
            to = _pushed(plan, day)
            clash = to in taken
            if to is None or clash:
                found.append(Happening(key=key, starts=key, state="skipped", holiday=off[day], clash=clash))  # fmt: skip
            else:
                taken.add(to)
                found.append(Happening(key=key, starts=plan.key(to), state="moved", holiday=off[day]))  # fmt: skip
    shown = (each for each in found if first <= each.starts.date() <= last)
    return tuple(sorted(shown, key=lambda each: (each.starts, each.key)))


def utc(local: datetime, zone: str) -> datetime:
    """
    Return the instant of a local wall time.
    """
    return instant(local.date(), local.time(), ZoneInfo(zone)).astimezone(UTC)


def holiday(calendar: str, day: date) -> str | None:
    """
    Return the name of the holiday that *day* is in *calendar*, "US-CA", or None.

    Raises:
        UnknownHolidaysError: if there is no such calendar.
    """
    return _holidays(calendar, day.year).get(day) if calendar else None


def check_holidays(calendar: str) -> None:
    """
    Raises:
        UnknownHolidaysError: if there is no such calendar; "" is none, and fine.
    """
    if calendar and calendar not in AMERICAN:
        _holidays(calendar, 2026)


def is_readable(plan: Plan) -> bool:
    """
    Say whether it can be worked out when a plan meets: what was stored once may be none of
    today's recurrences, zones or calendars.
    """
    return _is_readable(plan.rule, plan.zone, plan.holidays)


@cache
def _is_readable(rule: str, zone: str, calendar: str) -> bool:
    try:
        ZoneInfo(zone)
        if rule:
            Rule.read(rule)
        check_holidays(calendar)
    except (RuleError, UnknownHolidaysError, ZoneInfoNotFoundError, ValueError, OSError):
        return False
    return True


def working_day(calendar: str, day: date) -> bool:
    return day.weekday() < 5 and holiday(calendar, day) is None


def _pushed(plan: Plan, day: date) -> date | None:
    if plan.on_holiday is HolidayPolicy.SKIP:
        return None
    step = -1 if plan.on_holiday is HolidayPolicy.EARLIER else 1
    for days in range(1, FARTHEST + 1):
        to = day + timedelta(days=step * days)
        if working_day(plan.holidays, to):
            return to
    return None


@cache
def _holidays(calendar: str, year: int) -> Mapping[date, str]:
    # With any country come all of them: a bot is up before it works out a day off.
    import holidays

    country, _, part = calendar.partition("-")
    try:
        found = holidays.country_holidays(country, subdiv=part or None, years=year, expand=False)
    except NotImplementedError as error:
        raise UnknownHolidaysError(calendar) from error
    return dict(found.items())


def _back(day: date, by: timedelta) -> date:
    return day - by if day - date.min > by else date.min


def _on(day: date, by: timedelta) -> date:
    return day + by if date.max - day > by else date.max
