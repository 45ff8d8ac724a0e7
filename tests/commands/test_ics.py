"""
Calendars, read back by another library than wrote them (vobject), equal what we say ourselves.
"""

import contextlib
import re
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
import vobject
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from commands.ics import calendar, of_collaborative, of_person
from commands.zones import onsets
from storage.errors import SameDayError
from storage.meeting_edits import add_series, cancel, cancel_series, change_series, move, skip
from storage.meetings import all_series, find_series, occurrences, read_key
from storage.models import HolidayPolicy
from storage.packs.reading import read_pack
from storage.recurrence import Plan, originals
from storage.seats import take_seats
from storage.session import open_database, transaction
from tests.conftest import NOON, fill
from tests.keeping import add_member
from tests.storage.small_pack import write_pack
from tests.storage.test_recurrence import plans
from tests.thorough import draws

BY = "U0COORD11"
LA = "America/Los_Angeles"
FIRST, LAST = date(2026, 1, 1), date(2027, 12, 31)
SECOND_TUESDAYS = Plan(
    starts_on=date(2026, 3, 10),
    starts_at=time(10),
    minutes=90,
    zone=LA,
    rule="FREQ=MONTHLY;BYDAY=2TU",
    on_holiday=HolidayPolicy.EARLIER,
    holidays="US-CA",
)


@pytest.fixture
def now():
    return NOON


def add(session, plan=SECOND_TUESDAYS, **values):
    given = {
        "group": "collaborative:coalition",
        "name": "Coalition",
        "plain": False,
        "place": "Room 1",
        "link": "https://meet.example.org/a?b=1,2;3",
    }
    return add_series(session, plan=plan, by=BY, now=NOON, **given | values)


def written(session, *series):
    some = series or all_series(session, cancelled=True)
    return calendar(session, some, now=NOON).decode()


def read(text):
    """
    Return what a calendar program shows of *text* in two years: (UID, start, place, link) of
    what takes place, and (UID, start) of what is shown as cancelled.
    """
    events = list(vobject.readOne(text).contents.get("vevent", ()))
    exceptions = {
        (each.uid.value, utc(each.recurrence_id.value)): each
        for each in events
        if hasattr(each, "recurrence_id")
    }
    shown, cancelled = set(), set()

    def show(event, start):
        if not FIRST <= start.astimezone(zone_of(event)).date() <= LAST:
            return
        if event.status.value == "CANCELLED":
            cancelled.add((event.uid.value, start))
        else:
            place, link = (getattr(event, name).value if hasattr(event, name) else None for name in ("location", "url"))  # fmt: skip
            shown.add((event.uid.value, start, place, link))

    for event in events:
        if hasattr(event, "recurrence_id"):
            show(event, utc(event.dtstart.value))
            continue
        repeated = event.getrruleset()
        for each in [utc(event.dtstart.value)] if repeated is None else map(utc, repeated):
            if (event.uid.value, each) not in exceptions:
                show(event, each)
    return shown, cancelled


def zone_of(event):
    return event.dtstart.value.tzinfo or UTC


def utc(moment):
    return moment.astimezone(UTC)


def said(session):
    """
    Return the same of what we say ourselves.
    """
    found = occurrences(session, first=FIRST, last=LAST)
    shown = {
        (each.series.uid, each.starts_at, each.place or each.link, each.link)
        for each in found
        if each.takes_place
    }
    once = {each.series.uid for each in found if not each.series.plan.rule}
    cancelled = {
        (each.series.uid, each.starts_at)
        for each in found
        # What was to be once has no rule from which a day could be taken out.
        if each.state == "cancelled" or (each.state == "skipped" and each.series.uid in once)
    }
    return shown, cancelled


@pytest.fixture(scope="module")
def database(tmp_path_factory):
    folder = tmp_path_factory.mktemp("ics")
    url = f"sqlite:///{folder / 'ht.db'}"
    fill(url, write_pack(folder / "pack"))
    database = open_database(url)
    yield database
    database.dispose()


class UndoError(Exception):
    pass


@contextlib.contextmanager
def undone(database):
    with contextlib.suppress(UndoError), transaction(database, task_force_id=1) as session:
        yield session
        raise UndoError


@pytest.fixture
def session(database):
    with undone(database) as session:
        yield session


@settings(
    suppress_health_check=[HealthCheck.function_scoped_fixture],
    deadline=None,
    max_examples=draws(40, quickly=15),
)
@given(plans, st.data())
def test_another_library_shows_what_we_say(database, plan, data):
    assume(plan.starts_on is not None)
    days = originals(plan, first=plan.starts_on, last=plan.starts_on + timedelta(days=3000))
    assume(days)
    plan = Plan(**{**vars(plan), "starts_on": days[0]})
    with undone(database) as session:
        series = add(session, plan)
        near = [day for day in days if FIRST - timedelta(days=40) <= day <= LAST]
        chosen = data.draw(st.lists(st.sampled_from(near), unique=True, max_size=4)) if near else []
        for version, day in enumerate(chosen, start=1):
            key = plan.key(day)
            what = {"key": key, "version": version, "by": BY, "now": NOON}
            act = data.draw(st.sampled_from(["move", "place", "skip", "cancel", "hold"]))
            try:
                if act == "skip":
                    skip(session, series.id, **what)
                elif act == "cancel":
                    cancel(session, series.id, **what)
                else:
                    by = data.draw(st.integers(1, 900)) if act == "move" else 0
                    place = "Room 2" if act == "place" else series.place
                    move(session, series.id, **what, to=key + timedelta(hours=by), place=place, link=series.link)  # fmt: skip
            except SameDayError:
                break

        assert read(written(session)) == said(session)


def test_what_has_no_date_is_in_no_calendar(session):
    seed = add(session, Plan(starts_on=None, starts_at=time(), minutes=60, zone=LA))

    text = written(session, seed)

    assert "VEVENT" not in text
    assert text.count("BEGIN:VTIMEZONE") == 1


@pytest.mark.parametrize(
    ("starts", "said_at"),
    [
        ("01:30", ["2026-03-08T09:30", "2026-11-01T08:30"]),
        ("02:30", ["2026-03-08T10:30", "2026-11-01T10:30"]),
        ("10:00", ["2026-03-08T17:00", "2026-11-01T18:00"]),
    ],
)
def test_on_both_nights_when_clocks_change_it_is_when_we_say(starts, said_at, session):
    sundays = Plan(starts_on=date(2026, 3, 1), starts_at=time.fromisoformat(starts), minutes=30, zone=LA, rule="FREQ=WEEKLY;BYDAY=SU")  # fmt: skip
    add(session, sundays)

    shown, _ = read(written(session))

    expected = {datetime.fromisoformat(f"{each}+00:00") for each in said_at}
    assert expected <= {start for _, start, _, _ in shown}
    assert (shown, set()) == said(session)


def test_a_zone_in_it_changes_when_clocks_do():
    found = onsets(LA, first=date(2026, 1, 1), last=date(2026, 12, 31))

    # RFC 5545, 3.6.5: by the clock as it stood before the change.
    assert [(f"{each.local:%m-%d %H:%M}", each.name) for each in found] == [
        ("12-31 16:00", "PST"),
        ("03-08 02:00", "PDT"),
        ("11-01 02:00", "PST"),
    ]


@pytest.mark.parametrize(
    "zone", [LA, "Europe/Dublin", "America/St_Johns", "Australia/Lord_Howe", "Africa/Casablanca"]
)
def test_the_zone_says_the_offset_of_every_day(zone, session):
    daily = Plan(starts_on=date(2026, 1, 1), starts_at=time(12), minutes=30, zone=zone, rule="FREQ=WEEKLY;BYDAY=MO,TU,WE,TH,FR,SA,SU")  # fmt: skip
    add(session, daily)

    shown, _ = read(written(session))

    day = datetime(2026, 1, 1, 12, tzinfo=ZoneInfo(zone))
    judged = {(day + timedelta(days=each)).astimezone(UTC) for each in range(730)}
    assert {start for _, start, _, _ in shown} == judged


def test_the_same_meetings_are_the_same_bytes_until_one_changes(session, now):
    series = add(session)
    before = written(session)

    assert calendar(session, all_series(session), now=now + timedelta(days=200)).decode() == before
    skip(session, series.id, key=read_key("2026-04-14T10:00"), version=1, by=BY, now=now)
    assert written(session) != before


def test_uid_stays_and_sequence_grows(session, now):
    series = add(session)
    seen = [facts(written(session))]
    move(session, series.id, key=read_key("2026-04-14T10:00"), version=1, to=read_key("2026-04-15T11:00"), place="Room 2", link=None, by=BY, now=now)  # fmt: skip
    seen.append(facts(written(session)))
    cancel(session, series.id, key=read_key("2026-04-14T10:00"), version=2, by=BY, now=now)
    seen.append(facts(written(session)))
    later = find_series(session, series.id)
    change_series(session, series.id, version=later.version, since=None, name="Another", plan=later.plan, place="Room 3", link=None, by=BY, now=now)  # fmt: skip
    seen.append(facts(written(session)))
    cancel_series(session, series.id, version=4, since=None, by=BY, now=now)
    seen.append(facts(written(session)))

    assert seen == [
        [(series.uid, "0", "", "CONFIRMED")],
        [(series.uid, "1", "", "CONFIRMED"), (series.uid, "1", "20260414T100000", "CONFIRMED")],
        [(series.uid, "2", "", "CONFIRMED"), (series.uid, "2", "20260414T100000", "CANCELLED")],
        [(series.uid, "3", "", "CONFIRMED"), (series.uid, "3", "20260414T100000", "CANCELLED")],
        [(series.uid, "4", "", "CANCELLED")],
    ]


def facts(text):
    """
    Return UID, SEQUENCE, RECURRENCE-ID and STATUS of each event but those a holiday moved.
    """
    found = []
    for block in re.findall(r"BEGIN:VEVENT.*?END:VEVENT", text, re.DOTALL):
        lines = dict(re.findall(r"^([A-Z-]+)[^:\r\n]*:([^\r\n]*)", block, re.MULTILINE))
        found.append((lines["UID"], lines["SEQUENCE"], lines.get("RECURRENCE-ID", ""), lines["STATUS"]))  # fmt: skip
    return found


def test_from_a_day_on_another_series_goes_on_in_it(session, now):
    series = add(session)
    move(session, series.id, key=read_key("2026-07-14T10:00"), version=1, to=read_key("2026-07-15T10:00"), place=None, link=None, by=BY, now=now)  # fmt: skip
    change_series(session, series.id, version=2, since=date(2026, 6, 9), name="Coalition", plan=Plan(**{**vars(SECOND_TUESDAYS), "starts_at": time(14)}), place="Room 2", link=None, by=BY, now=now)  # fmt: skip

    shown, cancelled = read(written(session))

    assert (shown, cancelled) == said(session)
    assert len({uid for uid, *_ in shown}) == 2


def test_a_calendar_says_nothing_of_what_or_who(session):
    text = (add(session), written(session))[1]

    lines = set(re.findall(r"^([A-Z-]+)[:;]", text, re.MULTILINE))
    assert lines == {
        "BEGIN", "END", "VERSION", "PRODID", "CALSCALE", "METHOD", "X-WR-CALNAME", "X-WR-TIMEZONE",
        "REFRESH-INTERVAL", "X-PUBLISHED-TTL", "UID", "SEQUENCE", "DTSTAMP", "LAST-MODIFIED", "SUMMARY",
        "DTSTART", "DURATION", "RRULE", "LOCATION", "URL", "CLASS", "STATUS", "TZID", "TZNAME",
        "TZOFFSETFROM", "TZOFFSETTO",
    }  # fmt: skip
    assert "\r\nCLASS:PRIVATE\r\n" in text
    assert not {"DESCRIPTION", "ATTENDEE", "ORGANIZER", "COMMENT"} & lines


def test_a_plain_series_is_titled_meeting(session):
    text = written(session, add(session, name="The MDT", plain=True))

    assert "SUMMARY:Meeting\r\n" in text
    assert "MDT" not in text


def test_what_a_name_or_place_holds_cannot_break_out_of_its_line(session):
    name = "A\r\nATTENDEE:mailto:x@example.org"

    text = written(session, add(session, name=name, place="B\nEND:VEVENT,;\\"))

    assert not re.search(r"^(ATTENDEE|END:VEVENT,)", text, re.MULTILINE)
    (event,) = (each for each in vobject.readOne(text).vevent_list if not hasattr(each, "recurrence_id"))  # fmt: skip
    assert event.location.value == "B\nEND:VEVENT,;\\"


def test_no_line_is_longer_than_calendars_take(session):
    text = written(session, add(session, place="é" * 120, link="https://example.org/" + "x" * 400))

    assert max(len(line.encode()) for line in text.split("\r\n")) <= 75


def test_a_hidden_groups_meetings_are_in_its_peoples_calendar_alone(tmp_path, now):
    hidden = ("people.yaml", "{key: youth, name: Youth, collaborative: coalition}", "{key: youth, name: Youth, collaborative: coalition, roster: coordinators}")  # fmt: skip
    url = f"sqlite:///{tmp_path / 'ht.db'}"
    pack = write_pack(tmp_path / "pack", hidden)
    fill(url, pack)
    agency = read_pack(pack).organizations[0].key
    database = open_database(url)
    with transaction(database, task_force_id=1) as session:
        youth = add(session, group="subcommittee:youth", name="Youth")
        public = add(session)
        add_member(session, "U1", of=agency)
        take_seats(session, organization_id=1, refs=["subcommittee:youth"], user_id="U1", now=now)
        take_seats(session, organization_id=1, refs=["collaborative:coalition"], user_id="U2", now=now)  # fmt: skip

        assert {each.id for each in of_person(session, "U1")} == {youth.id, public.id}
        assert {each.id for each in of_person(session, "U2")} == {public.id}
        assert {each.id for each in of_collaborative(session, "coalition")} == {public.id}
        assert "Youth" not in written(session, *of_person(session, "U1"))
        assert of_person(session, "U3") == ()
    database.dispose()
