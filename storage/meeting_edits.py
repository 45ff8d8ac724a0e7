"""
Changing meetings: new series, other dates, one moved, skipped or cancelled, all from a day on.

Every change names the version of the series it was decided on, counts it up and is in the
audit. Whoever was reminded already is told by what `storage.meetings.changes` returns.
"""

import secrets
from dataclasses import replace
from datetime import date, datetime, time, timedelta
from typing import Any
from urllib.parse import urlsplit

from sqlmodel import col, select, update

from storage.audit import record
from storage.errors import (
    FirstDateError,
    SameDayError,
    StaleError,
    UnknownSeriesError,
)
from storage.meetings import (
    Occurrence,
    Series,
    find_occurrence,
    find_series,
    key_text,
    occurrences,
    plan_of,
    read_key,
)
from storage.models import (
    Attendance,
    MeetingChange,
    MeetingException,
    MeetingSeries,
    ReminderLead,
    SeriesMute,
    Snooze,
)
from storage.recurrence import Plan, Rule, check_holidays, originals
from storage.session import Session
from storage.task_forces import task_force

LONGEST_LINK = 500  # characters
DAY = timedelta(days=1)
_YEARS = timedelta(days=366 * 3)


def link_problem(link: str) -> str | None:
    """
    Return what is wrong with the address of a meeting, or None.
    """
    if not link.startswith("https://"):
        return "It must begin with https://"
    if len(link) > LONGEST_LINK:
        return f"It is longer than {LONGEST_LINK} characters."
    if any(mark.isspace() or mark in '<>|"`\\' or not mark.isprintable() for mark in link):
        return "It must be one address alone, without spaces and < > |"
    try:
        parts = urlsplit(link)
        host = parts.hostname or ""
        parts.port  # noqa: B018 - raises if it is none
    except ValueError:
        return "It is no address that can be."
    if parts.username is not None or "." not in host.strip("."):
        return "It is no address of a meeting, such as https://meet.example.org/abc"
    return None


def check_plan(plan: Plan) -> None:
    """
    Raises:
        RuleError: if the rule is none that a series may have.
        FirstDateError: if the first date is none of the rule.
        UnknownHolidaysError: if there is no such calendar.
    """
    check_holidays(plan.holidays)
    if plan.rule:
        Rule.read(plan.rule)
    start = plan.starts_on
    if start is not None and plan.rule and not originals(plan, first=start, last=start):
        coming = originals(plan, first=start, last=start + _YEARS)
        raise FirstDateError(start, fits=coming[0] if coming else None)


def seed_series(
    session: Session, key: str, *, group: str, name: str, plain: bool, now: datetime
) -> None:
    """
    Make a series whose dates nobody has set.
    """
    own = task_force(session)
    plan = Plan(
        starts_on=None, starts_at=time(), minutes=60, zone=own.timezone, holidays=own.holidays
    )
    _add(
        session, key=key, group=group, name=name, plain=plain, plan=plan, place=None, link=None, now=now
    )  # fmt: skip


def add_series(
    session: Session,
    *,
    group: str,
    name: str,
    plain: bool,
    plan: Plan,
    place: str | None,
    link: str | None,
    by: str,
    now: datetime,
) -> Series:
    """
    Add a series of a group.

    Raises:
        RuleError, FirstDateError, UnknownHolidaysError: see `check_plan`.
    """
    check_plan(plan)
    row = _add(
        session,
        key=f"entered-{secrets.token_hex(6)}",
        group=group,
        name=name,
        plain=plain,
        plan=plan,
        place=place,
        link=link,
        now=now,
    )
    _tell(session, row, "set", now=now, since_on=plan.starts_on)
    record(session, "meeting.added", actor=by, now=now, subject=f"meeting:{row.id}")
    return find_series(session, row.id or 0)


def change_series(
    session: Session,
    series_id: int,
    *,
    version: int,
    since: date | None,
    name: str,
    plan: Plan,
    place: str | None,
    link: str | None,
    by: str,
    now: datetime,
) -> Series:
    """
    Change a series: all of it, or from a day on. Then it ends the day before, another one
    begins, and what was said of occurrences from then on goes with it by its day.

    Args:
        since: the first original local date concerned; None: all of it.
        plan: where it starts before *since*, it begins with its first date from then on.
    Returns:
        The series that holds from then on.
    Raises:
        StaleError: if it has changed meanwhile.
        UnknownSeriesError: if there is none, or it was cancelled.
        RuleError, FirstDateError, UnknownHolidaysError: see `check_plan`.
    """
    check_plan(plan)
    row = _locked(session, series_id, version=version)
    before = plan_of(row)
    other_dates = before != plan
    other_place = (row.location, row.link) != (place, link)
    if not other_dates and not other_place and row.name == name:
        return find_series(session, series_id)
    begun = (
        since is not None
        and before.starts_on is not None
        and bool(originals(before, first=before.starts_on, last=since - DAY))
    )
    whole = not begun or not (other_dates or other_place)
    if whole:
        target = row
        _put(target, plan)
        target.name, target.location, target.link = name, place, link
    else:
        assert since is not None  # noqa: S101 - for the type checker
        plan = _from(plan, since)
        target = _add(
            session,
            key=f"entered-{secrets.token_hex(6)}",
            group=row.group,
            name=name,
            plain=row.plain,
            plan=plan,
            place=place,
            link=link,
            now=now,
            follows_id=row.id,
        )
        row.ends_on = min(since - DAY, row.ends_on or date.max)
        session.exec(
            update(MeetingSeries)
            .where(col(MeetingSeries.follows_id) == row.id, col(MeetingSeries.id) != target.id)
            .values(follows_id=target.id)
            .execution_options(synchronize_session=False)
        )
        _copy_wishes(session, of=row, to=target)
    _carry(session, row, target, before=before, since=None if whole else since)
    _count(row, now=now)
    session.flush()
    if before.starts_on is None and plan.starts_on is not None:
        _tell(session, row, "set", now=now, since_on=plan.starts_on)
    elif before.starts_on is not None and (other_dates or other_place):
        _tell(
            session,
            row,
            "moved" if other_dates else "placed",
            now=now,
            since_on=before.starts_on if whole else since,
            successor_id=None if whole else target.id,
        )
    record(session, "meeting.changed", actor=by, now=now, subject=f"meeting:{row.id}", **_since(since))  # fmt: skip
    return find_series(session, target.id or 0)


def cancel_series(
    session: Session, series_id: int, *, version: int, since: date | None, by: str, now: datetime
) -> None:
    """
    Let a series meet no more: from a local day on, or, where it had no meeting before that
    day, as if it had never been.

    Raises:
        StaleError: if it has changed meanwhile.
        UnknownSeriesError: if there is none, or it was cancelled.
    """
    row = _locked(session, series_id, version=version)
    plan = plan_of(row)
    start = plan.starts_on
    if since is None or start is None or not originals(plan, first=start, last=since - DAY):
        row.cancelled_at = now
    else:
        row.ends_on = min(since - DAY, row.ends_on or date.max)
    _count(row, now=now)
    session.flush()
    _tell(session, row, "cancelled", now=now, since_on=since or start)
    record(session, "meeting.cancelled", actor=by, now=now, subject=f"meeting:{row.id}", **_since(since))  # fmt: skip


def move(
    session: Session,
    series_id: int,
    *,
    key: datetime,
    version: int,
    to: datetime,
    place: str | None,
    link: str | None,
    by: str,
    now: datetime,
) -> Occurrence:
    """
    Set when and where one occurrence is: also where it was skipped or cancelled before, or
    a holiday would move it.

    Args:
        to: local wall time, naive.
        place, link: None: as the series.
    Raises:
        StaleError, UnknownSeriesError, UnknownOccurrenceError.
        SameDayError: if the series meets on that day already.
    """
    row = _locked(session, series_id, version=version)
    before = find_occurrence(session, series_id, key=key)
    series = before.series
    place, link = (place if place != series.place else None), (link if link != series.link else None)  # fmt: skip
    for other in occurrences(session, [series], first=to.date(), last=to.date()):
        if other.takes_place and other.key != key:
            raise SameDayError(to.date())
    what = "moved" if before.local != to else "placed"
    if not before.takes_place:
        what = "restored"
    _say(session, row, key, "set", starts=to, place=place, link=link, now=now)
    _tell(session, row, what, now=now, key=key)
    record(session, f"meeting.{what}", actor=by, now=now, subject=f"meeting:{row.id}", occurrence=key_text(key))  # fmt: skip
    return find_occurrence(session, series_id, key=key)


def skip(
    session: Session, series_id: int, *, key: datetime, version: int, by: str, now: datetime
) -> Occurrence:
    """
    Let one occurrence not take place: it goes out of calendars.

    Raises:
        StaleError, UnknownSeriesError, UnknownOccurrenceError.
    """
    return _drop(session, series_id, "skipped", key=key, version=version, by=by, now=now)


def cancel(
    session: Session, series_id: int, *, key: datetime, version: int, by: str, now: datetime
) -> Occurrence:
    """
    Cancel one occurrence: calendars go on showing it, as cancelled.

    Raises:
        StaleError, UnknownSeriesError, UnknownOccurrenceError.
    """
    return _drop(session, series_id, "cancelled", key=key, version=version, by=by, now=now)


def _drop(
    session: Session,
    series_id: int,
    state: str,
    *,
    key: datetime,
    version: int,
    by: str,
    now: datetime,
) -> Occurrence:
    row = _locked(session, series_id, version=version)
    before = find_occurrence(session, series_id, key=key)
    if before.state == state and before.sequence is not None:
        return before
    held = before.takes_place
    _say(session, row, key, state, starts=before.local, place=None, link=None, now=now)
    if held:  # else nobody expects it
        _tell(session, row, state, now=now, key=key)
    record(session, f"meeting.{state}", actor=by, now=now, subject=f"meeting:{row.id}", occurrence=key_text(key))  # fmt: skip
    return find_occurrence(session, series_id, key=key)


def _from(plan: Plan, since: date) -> Plan:
    if plan.starts_on is None or plan.starts_on >= since:
        return plan
    coming = originals(plan, first=since, last=since + _YEARS)
    if not coming:
        raise FirstDateError(plan.starts_on, fits=None)
    return replace(plan, starts_on=coming[0])


def _locked(session: Session, series_id: int, *, version: int) -> MeetingSeries:
    query = select(MeetingSeries).where(col(MeetingSeries.id) == series_id).with_for_update()
    row = session.exec(query.execution_options(populate_existing=True)).one_or_none()
    if row is None or row.cancelled_at is not None:
        raise UnknownSeriesError(series_id)
    if row.version != version:
        raise StaleError("meeting_series", row.key)
    return row


def _add(
    session: Session,
    *,
    key: str,
    group: str,
    name: str,
    plain: bool,
    plan: Plan,
    place: str | None,
    link: str | None,
    now: datetime,
    follows_id: int | None = None,
) -> MeetingSeries:
    row = MeetingSeries(
        key=key,
        group=group,
        name=name,
        plain=plain,
        zone=plan.zone,
        location=place,
        link=link,
        uid=f"{secrets.token_hex(16)}@htbot",
        follows_id=follows_id,
        changed_at=now,
    )
    _put(row, plan)
    session.add(row)
    session.flush()
    return row


def _put(row: MeetingSeries, plan: Plan) -> None:
    row.starts_on = plan.starts_on
    row.starts_at = plan.starts_at if plan.starts_on else None
    row.minutes, row.zone = plan.minutes, plan.zone
    row.rule, row.ends_on = plan.rule, plan.ends_on
    row.on_holiday, row.holidays = plan.on_holiday.value, plan.holidays


def _count(row: MeetingSeries, *, now: datetime) -> None:
    row.version += 1
    row.sequence += 1
    row.changed_at = now


def _say(
    session: Session,
    row: MeetingSeries,
    key: datetime,
    state: str,
    *,
    starts: datetime,
    place: str | None,
    link: str | None,
    now: datetime,
) -> None:
    _count(row, now=now)
    name = key_text(key)
    found = session.exec(
        select(MeetingException).where(
            MeetingException.series_id == row.id, MeetingException.occurrence == name
        )
    ).one_or_none()
    if found is None:
        found = MeetingException(
            series_id=row.id or 0, occurrence=name, state=state, sequence=0, changed_at=now
        )
        session.add(found)
    found.state = state
    found.starts = None if starts == key else key_text(starts)
    if state == "set":
        found.location, found.link = place, link
    found.sequence, found.changed_at = row.sequence, now
    session.flush()


def _tell(
    session: Session,
    row: MeetingSeries,
    what: str,
    *,
    now: datetime,
    key: datetime | None = None,
    since_on: date | None = None,
    successor_id: int | None = None,
) -> None:
    session.add(
        MeetingChange(
            series_id=row.id or 0,
            what=what,
            occurrence=key_text(key) if key else None,
            since_on=since_on,
            successor_id=successor_id,
            made_at=now,
        )
    )
    session.flush()


def _carry(
    session: Session,
    row: MeetingSeries,
    target: MeetingSeries,
    *,
    before: Plan,
    since: date | None,
) -> None:
    """
    Let what was said of occurrences from *since* on hold for those of *target* that are
    originally on the same days; what is said of none of them is dropped.
    """
    after = plan_of(target)
    for model in (MeetingException, Attendance, Snooze):
        rows: Any = session.exec(select(model).where(col(model.series_id) == row.id)).all()
        for each in rows:
            key = read_key(each.occurrence)
            if key is None or (since is not None and key.date() < since):
                continue
            day = key.date()
            if not originals(after, first=day, last=day):
                if isinstance(each, MeetingException):
                    session.delete(each)
                continue
            each.series_id, each.occurrence = target.id, key_text(after.key(day))
            if isinstance(each, MeetingException) and each.starts == each.occurrence:
                each.starts = None
    session.flush()


def _copy_wishes(session: Session, *, of: MeetingSeries, to: MeetingSeries) -> None:
    """
    Let whoever is reminded of a series, or wants no reminder of it, be so of what follows.
    """
    for model in (ReminderLead, SeriesMute):
        rows: Any = session.exec(select(model).where(col(model.series_id) == of.id)).all()
        for each in rows:
            values = each.model_dump(exclude={"id", "task_force_id", "series_id"})
            session.add(model(series_id=to.id or 0, **values))
    session.flush()


def _since(since: date | None) -> dict[str, str]:
    return {"since": since.isoformat()} if since else {}
