"""
Two simulated years of reminders. The judges are a plain loop over the days, with the clocks
of `zoneinfo` alone, and a list written by hand for the nights when clocks change.
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from storage.agendas import AGENDA
from storage.audiences import COORDINATORS
from storage.deliveries import DeliveryState, in_states
from storage.leads import Lead, set_leads
from storage.meeting_edits import cancel, move, skip
from storage.meeting_news import NEWS
from storage.meetings import find_series, read_key
from storage.members import DEACTIVATED, end, find_member
from storage.models import HolidayPolicy
from storage.preferences import EVERY_KIND, Preference, QuietHours, prefer
from storage.recurrence import Plan
from storage.reminder_wishes import Agenda, mute, unmute, wish_agenda
from storage.reminders import REMINDER
from storage.session import Session, open_database, transaction
from tests.gathering import (
    BY,
    HTTF,
    MDT,
    PACIFIC,
    add_meeting,
    add_seated,
    deliver,
    tick,
)
from tests.keeping import TEAM, add_coordinator
from tests.storage.plain_calendar import calendar

pytestmark = pytest.mark.timeout(240)  # seconds of a wall clock, where others work too
EASTERN = "America/New_York"
FIRST, LAST = date(2026, 1, 5), date(2028, 1, 2)
MINUTE, DAY = timedelta(minutes=1), timedelta(days=1)
WEEK, NIGHT, HOUR = 7 * 24 * 60, 24 * 60, 60  # minutes
CHANNEL = "C0HTTF"
PART = "subcommittee:survivor-leadership"
# California's, as on a wall calendar; those of the year after and before for their edges.
OFF = {
    date.fromisoformat(each)
    for each in [
        "2025-11-27",
        "2025-11-28",
        "2025-12-25",
        "2026-01-01",
        "2026-01-19",
        "2026-02-15",
        "2026-02-16",
        "2026-03-31",
        "2026-05-25",
        "2026-06-19",
        "2026-07-03",
        "2026-07-04",
        "2026-09-07",
        "2026-11-08",
        "2026-11-11",
        "2026-11-26",
        "2026-11-27",
        "2026-12-25",
        "2027-01-01",
        "2027-01-18",
        "2027-02-15",
        "2027-03-31",
        "2027-05-31",
        "2027-06-18",
        "2027-06-19",
        "2027-07-04",
        "2027-07-05",
        "2027-09-06",
        "2027-10-29",
        "2027-11-11",
        "2027-11-25",
        "2027-11-26",
        "2027-12-24",
        "2027-12-25",
        "2027-12-31",
        "2028-01-01",
        "2028-01-17",
        "2028-02-15",
        "2028-02-21",
    ]
}
ANNA, NORA, QUIN, CORA, FAY = "U0ANNA", "U0NORA", "U0QUIN", "U0CORA", "U0FAY"
MIA, MUTE, GIL, NEWA = "U0MIA", "U0MUTE", "U0GIL", "U0NEWA"


def at(text: str, zone: str = PACIFIC) -> datetime:
    """
    Return the instant of a wall time; where clocks skip it, that of the offset before.
    """
    return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone)).astimezone(UTC)


@dataclass(frozen=True, kw_only=True)
class Meets:
    """
    A series as the judge knows it.

    Attributes:
        leads: minutes before, to everybody.
    """

    name: str
    starts_on: date
    starts_at: time
    rule: str
    group: str
    on_holiday: str = "skip"
    zone: str = PACIFIC
    ends_on: date | None = None
    plain: bool = False
    heeds: bool = True
    leads: tuple[int, ...] = (WEEK, NIGHT, HOUR)

    @property
    def people(self) -> tuple[str, ...]:
        parts = SEATED[PART] if self.group == HTTF else ()
        return (*SEATED[self.group], *parts)


COALITION, STEERING = "collaborative:ht-coalition", "collaborative:csec-y-steering-committee"
# Who sits where; whoever sits in a part of the task force is reminded of the whole too.
SEATED = {
    COALITION: (ANNA, MIA),
    HTTF: (QUIN, CORA, MUTE, GIL, NEWA),
    PART: (NORA,),
    STEERING: (ANNA, QUIN),
    MDT: (FAY,),
}
SERIES = (
    Meets(name="weekly", starts_on=date(2026, 1, 6), starts_at=time(10), rule="FREQ=WEEKLY;BYDAY=TU", ends_on=date(2027, 3, 31), group=COALITION),
    Meets(name="every other week", starts_on=date(2026, 1, 9), starts_at=time(15), rule="FREQ=WEEKLY;INTERVAL=2;BYDAY=FR", on_holiday="earlier", leads=(NIGHT,), group=HTTF),
    Meets(name="quarterly", starts_on=date(2026, 1, 26), starts_at=time(9), rule="FREQ=MONTHLY;INTERVAL=3;BYDAY=4MO", on_holiday="later", group=HTTF),
    Meets(name="in the east", starts_on=date(2026, 1, 21), starts_at=time(6, 30), rule="FREQ=MONTHLY;BYDAY=3WE", zone=EASTERN, ends_on=date(2026, 12, 31), group=PART),
    Meets(name="in the gap", starts_on=date(2026, 1, 11), starts_at=time(2, 30), rule="FREQ=MONTHLY;BYDAY=2SU", heeds=False, group=STEERING),
    Meets(name="in the doubled hour", starts_on=date(2026, 2, 1), starts_at=time(1, 30), rule="FREQ=MONTHLY;BYDAY=1SU", heeds=False, group=STEERING),
    Meets(name="once in spring", starts_on=date(2026, 3, 9), starts_at=time(2, 30), rule="", group=STEERING),
    Meets(name="once in autumn", starts_on=date(2026, 11, 2), starts_at=time(1, 30), rule="", group=STEERING),
    Meets(name="last of the month", starts_on=date(2026, 1, 29), starts_at=time(8, 30), rule="FREQ=MONTHLY;BYDAY=-1TH", on_holiday="later", leads=(NIGHT,), group=MDT, plain=True),
)  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class Act:
    """
    What a coordinator does at half past a minute, so that no lead is due just then.

    Attributes:
        to: the local start it is set to; None: it does not take place.
    """

    at: datetime
    series: str
    key: str
    what: str
    to: str | None = None


def act(when: str, series: str, key: str, what: str, to: str | None = None) -> Act:
    return Act(at=at(when) + timedelta(seconds=30), series=series, key=key, what=what, to=to)


ACTS = (
    # A day later: the week before is told, the day and the hour come for the new time.
    act("2026-04-10T12:00", "weekly", "2026-04-14T10:00", "move", "2026-04-15T14:00"),
    act("2026-05-28T12:00", "every other week", "2026-05-29T15:00", "skip"),
    act("2026-06-12T12:00", "weekly", "2026-06-16T10:00", "move", "2026-06-17T10:00"),
    act("2026-06-12T12:01", "weekly", "2026-06-16T10:00", "move", "2026-06-18T11:00"),
    act("2026-07-10T12:00", "quarterly", "2026-07-27T09:00", "cancel"),  # nobody was reminded
    act("2026-08-14T12:00", "weekly", "2026-08-18T10:00", "skip"),
    act("2026-08-17T12:00", "weekly", "2026-08-18T10:00", "move", "2026-08-18T10:00"),
    act("2026-09-24T12:00", "last of the month", "2026-09-24T08:30", "cancel"),  # it is over
    act("2026-10-22T12:00", "last of the month", "2026-10-29T08:30", "move", "2026-10-30T09:00"),
    # So much later that its week before comes anew.
    act("2027-02-25T12:00", "weekly", "2027-03-02T10:00", "move", "2027-03-11T10:00"),
    act("2027-08-20T12:00", "every other week", "2027-08-20T15:00", "cancel"),
)
QUIET = {
    NORA: (time(20), time(7), EASTERN),
    QUIN: (time(21), time(8), PACIFIC),
}
LEAVES, JOINS = at("2026-09-15T12:00"), at("2027-02-01T12:00")
UNMUTES = at("2027-02-01T12:01")
WISHES, STOPS = at("2026-09-01T00:00"), at("2027-01-02T12:00")
ZONES = {NORA: EASTERN}
AWAY = datetime.max.replace(tzinfo=UTC)

Sent = tuple[datetime, str, str, str]  # the minute, who, what kind, and of what


@dataclass
class Judge:
    """
    What should have been sent, worked out day by day.

    Attributes:
        minutes: in which something may be due, whoever gets it.
    """

    expected: Counter[Sent] = field(default_factory=Counter)
    minutes: set[datetime] = field(default_factory=set)

    def judge(self) -> None:
        found = [(meets, timeline(meets)) for meets in SERIES]
        for meets, meetings in found:
            for key, versions in meetings.items():
                self._meeting(meets, key, versions)
        self._agendas([each for each in found if NORA in each[0].people])

    def _meeting(self, meets: Meets, key: datetime, versions: Sequence[Any]) -> None:
        told: dict[str, list[datetime]] = {}
        for number, (since, start) in enumerate(versions):
            until = versions[number + 1][0] if number + 1 < len(versions) else AWAY
            if start is not None:
                for who, lead in wanted(meets):
                    due = lead_due(start, meets.zone, lead)
                    begins = at(start.isoformat(), meets.zone)
                    sent = through_quiet(who, due, begins)
                    self.minutes |= {due, sent}
                    if since <= due < until and gets(who, meets, sent):
                        name = f"{meets.name} {key:%Y-%m-%dT%H:%M} {lead} {begins:%Y-%m-%dT%H:%M}"
                        self.expected[sent, who, REMINDER, name] += 1
                        told.setdefault(who, []).append(sent)
        self._news(meets, key, versions, told)

    def _news(self, meets: Meets, key: datetime, versions: Sequence[Any], told: Any) -> None:
        gathering = datetime.min.replace(tzinfo=UTC)
        for number, (since, _) in enumerate(versions):
            before = versions[number - 1][1] if number else None
            if number == 0 or since < gathering:
                continue  # told with the one before
            gathering = since + 2 * MINUTE
            minute = gathering.replace(second=0) + MINUTE
            self.minutes.add(minute)
            for who, when in told.items():
                over = before is not None and at(before.isoformat(), meets.zone) < since
                if min(when) < since and not over and is_there(who, minute):
                    self.expected[minute, who, NEWS, f"{meets.name} {key:%Y-%m-%d}"] += 1

    def _agendas(self, found: Sequence[Any]) -> None:
        day = FIRST
        while day <= LAST:
            due = at(f"{day}T08:00", EASTERN)
            if day.weekday() == 0 and WISHES < due < STOPS:
                self.minutes.add(due)
                ahead = sum(
                    due < at(start.isoformat(), meets.zone) < due + 7 * DAY
                    for meets, meetings in found
                    for versions in meetings.values()
                    for start in [[start for since, start in versions if since <= due][-1]]
                    if start is not None
                )
                if ahead:
                    self.expected[due, NORA, AGENDA, f"{ahead}"] += 1
            day += DAY


def timeline(meets: Meets) -> dict[datetime, list[tuple[datetime, datetime | None]]]:
    """
    Return key -> since when the meeting is at which local start; None: it is not.
    """
    found: dict[datetime, list[tuple[datetime, datetime | None]]] = {}
    said: dict[datetime, tuple[str, datetime]] = {}
    moment = datetime.min.replace(tzinfo=UTC)
    for each in (None, *(each for each in ACTS if each.series == meets.name)):
        if each is not None:
            key = datetime.fromisoformat(each.key)
            start = datetime.fromisoformat(each.to) if each.to else key
            said[key] = ("on" if each.to else "skipped", start)
            moment = each.at
        off = OFF if meets.heeds else set()
        some = calendar(meets, off, FIRST - 40 * DAY, LAST + 10 * DAY, said)
        for key, (start, state) in some.items():
            now = start if state in {"on", "moved"} else None
            known = found.setdefault(key, [])
            if not known or known[-1][1] != now:
                known.append((moment, now))
    return found


def wanted(meets: Meets) -> Iterator[tuple[str, int]]:
    for who in meets.people:
        yield from ((who, lead) for lead in meets.leads)
    if meets.name == "every other week":
        yield CORA, 120
        yield CHANNEL, 3 * NIGHT


def lead_due(start: datetime, zone: str, lead: int) -> datetime:
    if lead >= NIGHT:
        return at((start - lead // NIGHT * DAY).isoformat(), zone)
    return at(start.isoformat(), zone) - lead * MINUTE


def through_quiet(who: str, due: datetime, begins: datetime) -> datetime:
    """
    Return when what is due is sent: after the reader's quiet hours, or just before them
    where the meeting has begun by their end.
    """
    if who not in QUIET:
        return due
    after = due
    while is_quiet(who, after):
        after += MINUTE
    if after < begins or after == due:
        return after
    before = due
    while is_quiet(who, before - MINUTE):
        before -= MINUTE
    return before - 5 * MINUTE


def is_quiet(who: str, moment: datetime) -> bool:
    start, end, zone = QUIET[who]
    now = moment.astimezone(ZoneInfo(zone)).time()
    return now >= start or now < end


def gets(who: str, meets: Meets, when: datetime) -> bool:
    if who == MUTE or (who == MIA and meets.name == "weekly" and when < UNMUTES):
        return False
    return is_there(who, when) and at(f"{FIRST}T00:00") < when <= at(f"{LAST}T23:59")


def is_there(who: str, when: datetime) -> bool:
    return (who != GIL or when < LEAVES) and (who != NEWA or when > JOINS)


class World:
    """
    The task force, and a clock that jumps.
    """

    def __init__(self, session: Session) -> None:
        self.session = session
        self.ids: dict[str, int] = {}
        self.sent: Counter[Sent] = Counter()
        self.late: list[Any] = []
        self.texts: dict[tuple[datetime, str], set[str]] = {}

    def people_it(self) -> None:
        session = self.session
        for who in {each for some in SEATED.values() for each in some} - {NEWA}:
            add_seated(session, who, *(ref for ref, some in SEATED.items() if who in some))
        add_coordinator(session, CORA)
        for who, (start, until, zone) in QUIET.items():
            quiet = QuietHours(start=start, end=until, zone=ZoneInfo(zone))
            prefer(session, who, Preference(quiet=quiet), kind=EVERY_KIND)
        prefer(session, MUTE, Preference(muted=True), kind=REMINDER)
        for meets in SERIES:
            plan = Plan(
                starts_on=meets.starts_on,
                starts_at=meets.starts_at,
                minutes=60,
                zone=meets.zone,
                rule=meets.rule,
                ends_on=meets.ends_on,
                on_holiday=HolidayPolicy(meets.on_holiday),
                holidays="US-CA" if meets.heeds else "",
            )
            found = add_meeting(session, plan, group=meets.group, name=meets.name, plain=meets.plain)  # fmt: skip
            self.ids[meets.name] = found.id
        leads = [
            Lead(minutes=NIGHT),
            Lead(minutes=3 * NIGHT, to_people=False, channel=CHANNEL),
            Lead(minutes=120, role=COORDINATORS),
        ]
        now = at(f"{FIRST}T00:00")
        set_leads(session, self.ids["every other week"], leads, by=BY, now=now)
        leads = [Lead(minutes=NIGHT)]
        set_leads(session, self.ids["last of the month"], leads, by=BY, now=now)
        mute(session, find_series(session, self.ids["weekly"]), user_id=MIA, now=now)

    def come(self, now: datetime) -> None:
        """
        Let the bot's tick come at *now*.
        """
        tick(self.session, now)
        minute = now.replace(second=0, microsecond=0)
        names = {number: name for name, number in self.ids.items()}
        for each, notice in deliver(self.session, now):
            payload = each.payload
            name = names.get(payload.get("series", 0), "")
            what = {
                REMINDER: lambda name=name, payload=payload: f"{name} {payload['key']} {payload['lead']} {payload['starts'][:16]}",
                NEWS: lambda name=name, payload=payload: f"{name} {payload['key'][:10]}",
                AGENDA: lambda notice=notice: notice.text.split()[0],
            }[each.kind]()  # fmt: skip
            self.sent[minute, each.recipient, each.kind, what] += 1
            self.texts.setdefault((minute, each.recipient), set()).add(notice.text)

    def do(self, each: Act) -> None:
        series = find_series(self.session, self.ids[each.series])
        key = read_key(each.key)
        assert key is not None
        how = {"key": key, "version": series.version, "by": BY, "now": each.at}
        if each.to:
            to = datetime.fromisoformat(each.to)
            move(self.session, series.id, to=to, place=series.place, link=series.link, **how)
        else:
            (skip if each.what == "skip" else cancel)(self.session, series.id, **how)

    def leave(self) -> None:
        gil = find_member(self.session, team_id=TEAM, user_id=GIL)
        assert gil is not None
        end(self.session, gil, as_=DEACTIVATED, now=LEAVES)


# By hand: when Anna is reminded around the nights when clocks change, by the clocks of the
# county and in UTC. In March 02:30 is 03:30; in November 01:30 is the first one.
BY_HAND = {
    "in the gap 2026-03-08T02:30": {
        "Sun Mar 01 02:30 PST": "2026-03-01T10:30",
        "Sat Mar 07 02:30 PST": "2026-03-07T10:30",
        "Sun Mar 08 01:30 PST": "2026-03-08T09:30",
    },
    "once in spring 2026-03-09T02:30": {
        "Mon Mar 02 02:30 PST": "2026-03-02T10:30",
        "Sun Mar 08 03:30 PDT": "2026-03-08T10:30",
        "Mon Mar 09 01:30 PDT": "2026-03-09T08:30",
    },
    "weekly 2026-03-10T10:00": {
        "Tue Mar 03 10:00 PST": "2026-03-03T18:00",
        "Mon Mar 09 10:00 PDT": "2026-03-09T17:00",
        "Tue Mar 10 09:00 PDT": "2026-03-10T16:00",
    },
    "in the doubled hour 2026-11-01T01:30": {
        "Sun Oct 25 01:30 PDT": "2026-10-25T08:30",
        "Sat Oct 31 01:30 PDT": "2026-10-31T08:30",
        "Sun Nov 01 00:30 PDT": "2026-11-01T07:30",
    },
    "once in autumn 2026-11-02T01:30": {
        "Mon Oct 26 01:30 PDT": "2026-10-26T08:30",
        "Sun Nov 01 01:30 PDT": "2026-11-01T08:30",
        "Mon Nov 02 00:30 PST": "2026-11-02T08:30",
    },
    "weekly 2026-11-03T10:00": {
        "Tue Oct 27 10:00 PDT": "2026-10-27T17:00",
        "Mon Nov 02 10:00 PST": "2026-11-02T18:00",
        "Tue Nov 03 09:00 PST": "2026-11-03T17:00",
    },
    "in the gap 2027-03-14T02:30": {
        "Sun Mar 07 02:30 PST": "2027-03-07T10:30",
        "Sat Mar 13 02:30 PST": "2027-03-13T10:30",
        "Sun Mar 14 01:30 PST": "2027-03-14T09:30",
    },
    "weekly 2027-03-16T10:00": {
        "Tue Mar 09 10:00 PST": "2027-03-09T18:00",
        "Mon Mar 15 10:00 PDT": "2027-03-15T17:00",
        "Tue Mar 16 09:00 PDT": "2027-03-16T16:00",
    },
    "in the doubled hour 2027-11-07T01:30": {
        "Sun Oct 31 01:30 PDT": "2027-10-31T08:30",
        "Sat Nov 06 01:30 PDT": "2027-11-06T08:30",
        "Sun Nov 07 00:30 PDT": "2027-11-07T07:30",
    },
    "in the doubled hour 2027-12-05T01:30": {
        "Sun Nov 28 01:30 PST": "2027-11-28T09:30",
        "Sat Dec 04 01:30 PST": "2027-12-04T09:30",
        "Sun Dec 05 00:30 PST": "2027-12-05T08:30",
    },
}
# Stretches of every minute: where clocks change, a holiday, and a day when much is moved.
STRETCHES = (
    ("2026-03-08T09:58", 8), ("2026-11-01T08:28", 8), ("2026-11-01T09:28", 6), ("2027-03-14T09:28", 5),
    ("2027-11-07T08:28", 5), ("2026-06-12T18:58", 8), ("2026-11-26T17:58", 4),
)  # fmt: skip


@pytest.fixture(scope="module")
def walked(sqlite_template, tmp_path_factory) -> tuple[Judge, World]:
    path = tmp_path_factory.mktemp("years") / "ht.db"
    path.write_bytes(sqlite_template.read_bytes())
    database = open_database(f"sqlite:///{path}", busy_seconds=0.5)
    judge = Judge()
    judge.judge()
    moments: dict[datetime, list[Any]] = {}
    for minute in judge.minutes:
        if at(f"{FIRST}T00:00") < minute <= at(f"{LAST}T23:59"):
            moments[minute] = []
    for text, length in STRETCHES:
        for number in range(length):
            moments.setdefault(datetime.fromisoformat(f"{text}+00:00") + number * MINUTE, [])
    with transaction(database, task_force_id=1) as session:
        world = World(session)
        world.people_it()
        for each in ACTS:
            moments[each.at] = [lambda each=each: world.do(each)]
        moments[LEAVES] = [world.leave]
        moments[JOINS] = [lambda: add_seated(session, NEWA, HTTF)]
        weekly = find_series(session, world.ids["weekly"])
        wish = [lambda: wish_agenda(session, NORA, Agenda(), now=WISHES)]
        moments[WISHES], moments[STOPS] = (
            wish,
            [lambda: wish_agenda(session, NORA, None, now=STOPS)],
        )
        moments[UNMUTES] = [lambda: unmute(session, weekly, user_id=MIA)]
        tick(session, at(f"{FIRST}T00:00"))
        for moment in sorted(moments):
            for deed in moments[moment]:
                deed()
            world.come(moment)
        world.late = list(in_states(session, [DeliveryState.SKIPPED], limit=9999))
    database.dispose()
    return judge, world


def test_every_reminder_that_was_due_was_sent_once_and_at_its_minute(walked):
    judge, world = walked

    missing, odd = judge.expected - world.sent, world.sent - judge.expected
    assert (sorted(missing.items())[:5], sorted(odd.items())[:5]) == ([], [])
    assert max(world.sent.values()) == 1
    kinds = Counter(kind for _, _, kind, _ in world.sent.elements())
    assert kinds[REMINDER] > 900
    assert kinds[NEWS] > 10
    assert kinds[AGENDA] > 10


def test_where_clocks_change_the_minutes_are_those_written_by_hand(walked):
    _, world = walked

    for name, moments in BY_HAND.items():
        sent = sorted(
            minute
            for minute, who, kind, what in world.sent
            if (who, kind) == (ANNA, REMINDER) and what.startswith(f"{name} ")
        )
        local = [f"{each.astimezone(ZoneInfo(PACIFIC)):%a %b %d %H:%M %Z}" for each in sent]
        utc = [f"{each:%Y-%m-%dT%H:%M}" for each in sent]
        assert dict(zip(local, utc, strict=True)) == moments, name


def test_nobody_is_reminded_of_a_meeting_on_a_holiday(walked):
    _, world = walked
    heeding = {each.name: each.zone for each in SERIES if each.heeds}

    reminded = {
        at(what.split()[-1], "UTC").astimezone(ZoneInfo(heeding[name])).date()
        for _, _, kind, what in world.sent
        if kind == REMINDER and (name := what.rsplit(" ", 3)[0]) in heeding
    }
    assert len(reminded) > 100
    assert reminded & OFF == set()


def test_whoever_muted_them_or_has_left_gets_none(walked):
    _, world = walked

    assert [each for each in world.sent if each[1] == MUTE] == []
    assert [each for each in world.sent if each[1] == GIL and each[0] >= LEAVES] == []
    assert [each for each in world.sent if each[1] == NEWA and each[0] <= JOINS] == []
    muted = [each for each in world.sent if each[1] == MIA and each[3].startswith("weekly")]
    assert muted
    assert min(muted)[0] >= UNMUTES


def test_nobody_is_told_in_their_quiet_hours_nor_after_the_start(walked):
    _, world = walked

    for minute, who, kind, what in world.sent:
        assert who not in QUIET or not is_quiet(who, minute)
        if kind == REMINDER:
            assert minute < at(what.split()[-1], "UTC")
    assert {each.reason for each in world.late} == {
        "its reader wants none of this kind",
        "there is no meeting in these days",
    }


def test_times_are_said_by_the_readers_own_clocks(walked):
    _, world = walked
    day_before = at("2026-03-05T15:00")

    assert world.texts[day_before, QUIN] == {"Meeting Fri 15:00. Open for details."}
    assert world.texts[day_before, NORA] == {"Meeting Fri 18:00 EST. Open for details."}
