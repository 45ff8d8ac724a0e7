"""
Meetings as an iCalendar file (RFC 5545): when, where, and nothing of what or who.

`icalendar`, 20 ms and 3 MB, is imported when the first calendar is written.
"""

from collections.abc import Sequence
from datetime import UTC, date, datetime, time, timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from commands.contract import File
from commands.zones import timezone
from storage.meetings import Occurrence, Series, all_series, groups_of, may_see, occurrences
from storage.recurrence import Plan, is_readable, utc
from storage.session import Session
from storage.task_forces import task_force

if TYPE_CHECKING:
    from icalendar import Event, Timezone

NAME = "Meetings"
MEDIA_TYPE = "text/calendar"
YEARS = 3  # after this one, for which dates are worked out: holidays are known year by year
ZONES_SINCE = 2020
LATE = timedelta(days=800)  # a moved meeting is found that far from its original day
REFRESH = timedelta(hours=4)  # how often a calendar program is asked to look again


def ics_file(session: Session, some: Sequence[Series], *, now: datetime) -> File:
    return File(name="meetings.ics", title=NAME, content=calendar(session, some, now=now))


def of_person(session: Session, user_id: str) -> tuple[Series, ...]:
    """
    Return the series of the groups that are *user_id*'s, cancelled ones too.
    """
    mine = groups_of(session, user_id)
    return tuple(
        each
        for each in all_series(session, cancelled=True)
        if each.group in mine and may_see(each, mine=mine, coordinator=False)
    )


def of_collaborative(session: Session, key: str) -> tuple[Series, ...]:
    """
    Return the series of a collaborative and its subcommittees, but for those of which only
    their own people may know: this calendar is handed on.
    """
    every = all_series(session, cancelled=True)
    return tuple(each for each in every if each.collaborative == key and not each.for_coordinators)


def calendar(session: Session, some: Sequence[Series], *, now: datetime) -> bytes:
    """
    Return *some* series as iCalendar: the same of the same, until one changes or the year does.
    """
    from icalendar import Calendar, vDuration

    zone = task_force(session).timezone
    until = date(now.year + YEARS, 12, 31)
    written = Calendar()
    written.add("prodid", "-//htbot//meetings//EN")
    written.add("version", "2.0")
    written.add("calscale", "GREGORIAN")
    written.add("method", "PUBLISH")
    written.add("x-wr-calname", NAME)
    written.add("x-wr-timezone", zone)
    written.add("refresh-interval", REFRESH, parameters={"VALUE": "DURATION"})
    written.add("x-published-ttl", vDuration(REFRESH))
    dated = [each for each in some if each.plan.starts_on is not None and is_readable(each.plan)]
    # Before what refers to them, as some programs read; and one at least: a calendar without any component is none to some programs.
    first = min((each.plan.starts_on or until for each in dated), default=until)
    for name in sorted({zone, *(each.plan.zone for each in dated)} - {"UTC"}):
        written.add_component(_zone(name, first=first, last=until))
    for each in dated:
        for event in _events(session, each, until=until):
            written.add_component(event)
    return bytes(written.to_ical())


def _events(session: Session, series: Series, *, until: date) -> "list[Event]":
    """
    Return the series as calendars have it: the rule, the days it is not on, and an event
    of its own for each occurrence that is elsewhere, at another time, or cancelled.
    """
    from icalendar import vRecur

    plan = series.plan
    start = plan.starts_on
    assert start is not None  # noqa: S101 - it has dates; for the type checker
    if not plan.rule:
        return [_single(session, series, start)]
    last = min(plan.ends_on or until, until)
    found = [
        each
        for each in occurrences(session, [series], first=start - LATE, last=_later(last))
        if each.key.date() <= last
    ]
    main = _event(series, starts=plan.key(start), sequence=series.sequence)
    main.add("rrule", vRecur.from_ical(f"{plan.rule};UNTIL={_end_of(last, plan)}"))
    if series.cancelled_at is not None:
        main.add("status", "CANCELLED")
        return [main]
    main.add("status", "CONFIRMED")
    out = [_local(each.key, plan) for each in found if each.state == "skipped"]
    if out:
        main.add("exdate", out)
    return [main, *(_override(each) for each in found if _differs(each))]


def _single(session: Session, series: Series, day: date) -> "Event":
    """
    Return what takes place once: moved or not, it is one event.
    """
    key = series.plan.key(day)
    shown = occurrences(session, [series], first=date.min, last=date.max)
    found = next(iter(shown), None)
    event = _event(
        series, starts=_shown(found) if found else key, sequence=series.sequence, place=found
    )
    gone = found is None or not found.takes_place
    event.add("status", "CANCELLED" if gone else "CONFIRMED")
    return event


def _override(found: Occurrence) -> "Event":
    series = found.series
    # What changes the series may change what it says here: it is never behind.
    sequence = max(series.sequence, found.sequence or 0)
    event = _event(series, starts=_shown(found), sequence=sequence, place=found)
    event.add("recurrence-id", _local(found.key, series.plan))
    event.add("status", "CONFIRMED" if found.takes_place else "CANCELLED")
    return event


def _event(
    series: Series, *, starts: datetime, sequence: int, place: Occurrence | None = None
) -> "Event":
    from icalendar import Event, vDuration

    where = place or series
    event = Event()
    event.add("uid", series.uid)
    event.add("sequence", sequence)
    event.add("dtstamp", series.changed_at)
    event.add("last-modified", series.changed_at)
    event.add("summary", series.title)
    event.add("dtstart", _local(starts, series.plan))
    event.add("duration", vDuration(timedelta(minutes=series.plan.minutes)))
    if where.place or where.link:
        event.add("location", where.place or where.link)
    if where.link:
        event.add("url", where.link)
    event.add("class", "PRIVATE")
    return event


def _differs(found: Occurrence) -> bool:
    if found.state == "skipped":
        return False
    if _shown(found) != found.key:
        return True
    elsewhere = (found.place, found.link) != (found.series.place, found.series.link)
    return found.state == "cancelled" or elsewhere


def _shown(found: Occurrence) -> datetime:
    """
    Return the local time that clocks show: for one that they skip programs have many answers.
    """
    return found.shown.replace(tzinfo=None)


def _local(local: datetime, plan: Plan) -> datetime:
    return local.replace(tzinfo=UTC if plan.zone == "UTC" else ZoneInfo(plan.zone))


def _end_of(day: date, plan: Plan) -> str:
    return f"{utc(datetime.combine(day, time(23, 59)), plan.zone):%Y%m%dT%H%M%SZ}"


def _later(day: date) -> date:
    return day + LATE if date.max - day > LATE else date.max


def _zone(name: str, *, first: date, last: date) -> "Timezone":
    # From the same year in every calendar: programs keep a zone by its name.
    since = date(min(ZONES_SINCE, first.year - 1), 1, 1)
    return timezone(name, first=since, last=date(last.year, 12, 31))
