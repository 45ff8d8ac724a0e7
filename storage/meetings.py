"""
Meetings: the series there are, when and where each occurrence is, and what was changed.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from sqlmodel import col, select

from storage.errors import UnknownOccurrenceError, UnknownSeriesError, UnreadableSeriesError
from storage.kept import kept
from storage.models import HolidayPolicy, MeetingChange, MeetingException, MeetingSeries
from storage.recurrence import Different, Happening, Plan, expand, is_readable, originals, utc
from storage.seats import COLLABORATIVE, Group, find_group, groups, places
from storage.session import Session

PLAIN = "Meeting"  # what a plain series is called where others may look


@dataclass(frozen=True, kw_only=True)
class Series:
    """
    Attributes:
        group: "collaborative:KEY" or "subcommittee:KEY", called `group_name`.
        collaborative: the key of the collaborative it is of, or is a part of.
        for_coordinators: only those who sit there, and coordinators, may know of it.
        plain: called "Meeting" in calendars and notices; and its forms take no own words.
        place, link: link is https.
        uid, sequence: RFC 5545's.
        version: grows with every change.
        follows_id: the series that this one takes the place of from its start on.
        successor_id: the one that takes its place after its end.
    """

    id: int
    key: str
    group: str
    group_name: str
    collaborative: str
    for_coordinators: bool
    name: str
    plain: bool
    plan: Plan
    place: str | None
    link: str | None
    uid: str
    sequence: int
    version: int
    follows_id: int | None
    successor_id: int | None
    changed_at: datetime
    cancelled_at: datetime | None

    @property
    def title(self) -> str:
        """
        What it is called where others may look: in calendars and notices.
        """
        return PLAIN if self.plain else self.name


@dataclass(frozen=True, kw_only=True)
class Occurrence:
    """
    One meeting.

    Attributes:
        key: its original local start, naive. With the series it names the meeting, and
            stays when that is moved.
        local: local wall time in `zone` for which it is set, or would be if it took place;
            naive. Clocks show `shown` where they skip or double it.
        starts_at, ends_at: the same as instants, UTC.
        state: "on", "moved", "skipped" or "cancelled".
        holiday: the name of the one that moved or skipped it.
        clash: skipped because the series meets anyway on the day the holiday moves it to.
        sequence: RFC 5545's, of this occurrence alone; None: nobody said anything of it.
    """

    series: Series = field(repr=False)
    key: datetime
    local: datetime
    starts_at: datetime
    ends_at: datetime
    place: str | None
    link: str | None
    state: str
    holiday: str | None = None
    clash: bool = False
    sequence: int | None = None

    @property
    def series_id(self) -> int:
        return self.series.id

    @property
    def minutes(self) -> int:
        return self.series.plan.minutes

    @property
    def zone(self) -> str:
        return self.series.plan.zone

    @property
    def title(self) -> str:
        return self.series.title

    @property
    def shown(self) -> datetime:
        return self.starts_at.astimezone(ZoneInfo(self.zone))

    @property
    def takes_place(self) -> bool:
        return self.state in {"on", "moved"}

    @property
    def name(self) -> str:
        """
        What names it, beside its series: "2026-03-10T10:00".
        """
        return key_text(self.key)


@dataclass(frozen=True, kw_only=True)
class Change:
    """
    Something that whoever was reminded already must hear of.

    Attributes:
        what: "set" (at first), "moved", "placed" (place or link), "skipped", "cancelled" or
            "restored".
        key: of the one concerned; None: every one that was to be on `since_on` or later.
        successor_id: the series that takes place instead; see `became`.
    """

    number: int
    series_id: int
    what: str
    key: datetime | None
    since_on: date | None
    successor_id: int | None
    made_at: datetime


def key_text(key: datetime) -> str:
    return key.isoformat(timespec="minutes")


def read_key(text: str) -> datetime | None:
    """
    Return the key that *text* says, or None.
    """
    try:
        key = datetime.fromisoformat(text)
    except ValueError:
        return None
    return key if key.tzinfo is None and key_text(key) == text else None


def all_series(session: Session, *, cancelled: bool = False) -> tuple[Series, ...]:
    """
    Return the series of the groups that are served, by group.

    Args:
        cancelled: whether those that were cancelled as a whole are among them.
    """
    every = _series_ever(session)
    return every if cancelled else tuple(each for each in every if each.cancelled_at is None)


@kept
def _series_ever(session: Session) -> tuple[Series, ...]:
    order = {each.ref: (number, each) for number, each in enumerate(groups(session))}
    query = select(MeetingSeries).where(col(MeetingSeries.group).in_(order))
    rows = session.exec(query.execution_options(populate_existing=True)).all()
    successors = _successors(session)
    ordered = sorted(rows, key=lambda row: (order[row.group][0], row.id or 0))
    return tuple(_value(row, order[row.group][1], successors) for row in ordered)


def find_series(session: Session, series_id: int) -> Series:
    """
    Return a series, one that was cancelled included.

    Raises:
        UnknownSeriesError: if there is none, or its group is served no longer.
    """
    query = select(MeetingSeries).where(MeetingSeries.id == series_id)
    row = session.exec(query.execution_options(populate_existing=True)).one_or_none()
    group = find_group(session, row.group) if row else None
    if row is None or group is None:
        raise UnknownSeriesError(series_id)
    return _value(row, group, _successors(session, of=series_id))


def occurrences(
    session: Session, series: Iterable[Series] | None = None, *, first: date, last: date
) -> tuple[Occurrence, ...]:
    """
    Return the occurrences on local days in [first, last], in the order of their start:
    those that were skipped or cancelled too, on the day they would have been. A series that
    cannot be read has none; see `storage.unreadable`.

    Args:
        series: only of these; None: of all.
    """
    some = tuple(all_series(session) if series is None else series)
    said = _exceptions(session, [each.id for each in some])
    found = [
        _occurrence(each, happening, said[each.id])
        for each in some
        if each.cancelled_at is None and is_readable(each.plan)
        for happening in expand(each.plan, _different(said[each.id]), first=first, last=last)
    ]
    return tuple(sorted(found, key=lambda each: (each.starts_at, each.series_id, each.key)))


def coming(
    session: Session,
    series: Iterable[Series] | None = None,
    *,
    now: datetime,
    days: int,
    all_states: bool = False,
) -> tuple[Occurrence, ...]:
    """
    Return the occurrences that take place and have not ended at *now*, of the next *days*.

    Args:
        all_states: also those that were skipped or cancelled.
    """
    # A day more on both sides: the days are local, and a zone may be ahead or behind.
    today = now.date()
    found = occurrences(
        session, series, first=today - timedelta(days=2), last=today + timedelta(days=days)
    )
    return tuple(each for each in found if each.ends_at > now and (all_states or each.takes_place))


def find_occurrence(session: Session, series_id: int, *, key: datetime) -> Occurrence:
    """
    Return an occurrence, whatever became of it.

    Raises:
        UnknownSeriesError: if there is no such series.
        UnknownOccurrenceError: if it was not to meet then, or no longer.
        UnreadableSeriesError: if nobody can tell.
    """
    series = find_series(session, series_id)
    if not is_readable(series.plan):
        raise UnreadableSeriesError(series_id, key=key)
    said = _exceptions(session, [series_id])[series_id]
    day = key.date()
    if series.cancelled_at is None and key in {
        series.plan.key(each) for each in originals(series.plan, first=day, last=day)
    }:
        different = _different(said)
        on = (different[key].starts if key in different else None) or key
        first, last = min(day, on.date()), max(day, on.date())
        wide = timedelta(days=31)  # a holiday may have pushed it
        for each in expand(series.plan, different, first=first - wide, last=last + wide):
            if each.key == key:
                return _occurrence(series, each, said)
    raise UnknownOccurrenceError(series_id, key=key)


def became(session: Session, series_id: int, *, key: datetime) -> Occurrence | None:
    """
    Return what became of an occurrence, also where its series went on as another one:
    there it is the one that is originally on the same day. None: it is no more.

    Raises:
        UnreadableSeriesError: if nobody can tell.
    """
    every = {each.id: each for each in all_series(session, cancelled=True)}
    series = every.get(series_id)
    while series is not None:
        try:
            return find_occurrence(session, series.id, key=series.plan.key(key.date()))
        except UnreadableSeriesError:
            raise
        except UnknownOccurrenceError:
            series = every.get(series.successor_id or 0)
    return None


def firsts(session: Session) -> dict[int, int]:
    """
    Return of each series that goes on from another the first of them, by their numbers.
    """
    rows = session.exec(select(MeetingSeries.id, MeetingSeries.follows_id))
    before = {number: follows for number, follows in rows if number and follows}
    found = {}
    for number in before:
        first, passed = number, {number}
        while (earlier := before.get(first)) is not None and earlier not in passed:
            first = earlier
            passed.add(first)
        found[number] = first
    return found


def changes(session: Session, *, after: int = 0) -> tuple[Change, ...]:
    """
    Return what was changed after the change of number *after*, oldest first.
    """
    query = select(MeetingChange).where(col(MeetingChange.id) > after)
    return tuple(
        Change(
            number=row.id or 0,
            series_id=row.series_id,
            what=row.what,
            key=read_key(row.occurrence) if row.occurrence else None,
            since_on=row.since_on,
            successor_id=row.successor_id,
            made_at=row.made_at,
        )
        for row in session.exec(query.order_by(col(MeetingChange.id)))
    )


def groups_of(session: Session, user_id: str) -> frozenset[str]:
    """
    Return the groups whose meetings are *user_id*'s: where they sit, and the collaborative
    of every subcommittee where they sit.
    """
    seated = {place.ref for place in places(session, user_id=user_id)}
    above = {each.collaborative for each in groups(session) if each.ref in seated}
    return frozenset(seated | {f"{COLLABORATIVE}:{key}" for key in above})


def may_see(series: Series, *, mine: Collection[str], coordinator: bool) -> bool:
    """
    Tell whether an approved member may know of *series*.

    Args:
        mine: `groups_of` them.
    """
    return coordinator or not series.for_coordinators or series.group in mine


def _successors(session: Session, *, of: int | None = None) -> dict[int, int]:
    query = select(MeetingSeries.follows_id, MeetingSeries.id).where(
        col(MeetingSeries.follows_id).is_not(None)
    )
    if of is not None:
        query = query.where(MeetingSeries.follows_id == of)
    return {before: after for before, after in session.exec(query) if before and after}


def _value(row: MeetingSeries, group: Group, successors: Mapping[int, int]) -> Series:
    number = row.id or 0
    return Series(
        id=number,
        key=row.key,
        group=row.group,
        group_name=group.name,
        collaborative=group.collaborative,
        for_coordinators=group.for_coordinators,
        name=row.name,
        # The name of a group that members may not know of stands in no calendar either.
        plain=row.plain or group.for_coordinators,
        plan=plan_of(row),
        place=row.location,
        link=row.link,
        uid=row.uid,
        sequence=row.sequence,
        version=row.version,
        follows_id=row.follows_id,
        successor_id=successors.get(number),
        changed_at=row.changed_at,
        cancelled_at=row.cancelled_at,
    )


def plan_of(row: MeetingSeries) -> Plan:
    return Plan(
        starts_on=row.starts_on if row.starts_at else None,
        starts_at=row.starts_at or time(),
        minutes=row.minutes,
        zone=row.zone,
        rule=row.rule,
        ends_on=row.ends_on,
        on_holiday=HolidayPolicy(row.on_holiday),
        holidays=row.holidays,
    )


def _exceptions(
    session: Session, series_ids: Collection[int]
) -> defaultdict[int, dict[datetime, MeetingException]]:
    found: defaultdict[int, dict[datetime, MeetingException]] = defaultdict(dict)
    query = select(MeetingException).where(col(MeetingException.series_id).in_(series_ids))
    for row in session.exec(query.execution_options(populate_existing=True)):
        if key := read_key(row.occurrence):
            found[row.series_id][key] = row
    return found


def _different(said: Mapping[datetime, MeetingException]) -> dict[datetime, Different]:
    return {
        key: Different(state=row.state, starts=read_key(row.starts) if row.starts else None)
        for key, row in said.items()
    }


def _occurrence(
    series: Series, happening: Happening, said: Mapping[datetime, MeetingException]
) -> Occurrence:
    row = said.get(happening.key)
    starts_at = utc(happening.starts, series.plan.zone)
    return Occurrence(
        series=series,
        key=happening.key,
        local=happening.starts,
        starts_at=starts_at,
        ends_at=starts_at + timedelta(minutes=series.plan.minutes),
        place=(row and row.location) or series.place,
        link=(row and row.link) or series.link,
        state=happening.state,
        holiday=happening.holiday,
        clash=happening.clash,
        sequence=row.sequence if row else None,
    )


def plain_groups(session: Session) -> frozenset[str]:
    """
    Return the groups all of whose series are plain: those of a collaborative that has a
    plain one, and those whose roster is for coordinators.
    """
    every = groups(session)
    rows = session.exec(select(MeetingSeries.group).where(col(MeetingSeries.plain))).all()
    above = {each.collaborative for each in every if each.ref in rows and each.ref.startswith(COLLABORATIVE)}  # fmt: skip
    return frozenset(
        each.ref
        for each in every
        if each.for_coordinators or each.ref in rows or each.collaborative in above
    )
