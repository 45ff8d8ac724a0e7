"""
Series of meetings: seeded, set, moved, skipped, cancelled, split; on both engines.
"""

from datetime import UTC, date, datetime, time, timedelta

import pytest
from sqlmodel import col, select

from storage import models
from storage.audit import entries
from storage.errors import (
    FirstDateError,
    RuleError,
    SameDayError,
    StaleError,
    UnknownOccurrenceError,
    UnknownSeriesError,
)
from storage.meeting_edits import (
    add_series,
    cancel,
    cancel_series,
    change_series,
    link_problem,
    move,
    skip,
)
from storage.meetings import (
    all_series,
    became,
    changes,
    coming,
    find_occurrence,
    find_series,
    groups_of,
    may_see,
    occurrences,
    read_key,
)
from storage.models import HolidayPolicy
from storage.packs.loading import load_pack
from storage.recurrence import Plan
from storage.seats import take_seats
from storage.session import transaction, unscoped_transaction
from storage.task_forces import find_or_create

BY = "U0COORD11"
LINK = "https://meet.example.org/abc?pwd=1"
TUESDAYS = Plan(
    starts_on=date(2026, 3, 10),
    starts_at=time(10),
    minutes=90,
    zone="America/Los_Angeles",
    rule="FREQ=MONTHLY;BYDAY=2TU",
    holidays="US-CA",
)


@pytest.fixture
def series(session, now):
    return add_series(
        session,
        group="collaborative:httf",
        name="HTTF monthly",
        plain=False,
        plan=TUESDAYS,
        place="Room 1",
        link=LINK,
        by=BY,
        now=now,
    )


def key(day, at="10:00"):
    return read_key(f"2026-{day}T{at}")


def year(session, *series):
    found = occurrences(session, series or None, first=date(2026, 1, 1), last=date(2026, 12, 31))
    return [(f"{each.local:%m-%d %H:%M}", each.state) for each in found]


def latest(session, series):
    return find_series(session, series.id)


def acts(session):
    return [each.act for each in entries(session, limit=9, acts=["meeting."])]


def told(session):
    """
    Return what was changed of a series since its dates were set at first.
    """
    first, *rest = [(each.what, each.key, each.since_on) for each in changes(session)]
    assert first[:2] == ("set", None)
    return rest


def change(session, series, now, **values):
    given = {
        "version": series.version,
        "since": None,
        "name": series.name,
        "plan": series.plan,
        "place": series.place,
        "link": series.link,
        "by": BY,
    }
    return change_series(session, series.id, **given | values, now=now)


def test_the_pack_brings_the_four_collaboratives_without_a_date(session):
    found = {
        each.key: (each.group, each.plan.starts_on, each.plain) for each in all_series(session)
    }

    assert found == {
        "httf": ("collaborative:httf", None, False),
        "ht-coalition": ("collaborative:ht-coalition", None, False),
        "ht-mdt": ("collaborative:ht-mdt", None, True),
        "csec-y-steering-committee": ("collaborative:csec-y-steering-committee", None, False),
    }
    assert {each.plan.holidays for each in all_series(session)} == {"US-CA"}
    assert occurrences(session, first=date.min, last=date.max) == ()


def test_loading_the_pack_again_leaves_what_coordinators_set(session, pack, now):
    seeded = next(each for each in all_series(session) if each.key == "httf")
    change(session, seeded, now, plan=TUESDAYS, name="HTTF", place="Room 1")

    loaded = load_pack(session, pack, now=now)

    assert not loaded.anything
    assert latest(session, seeded).plan == TUESDAYS


def test_an_occurrence_says_when_and_where(session, series):
    first = occurrences(session, [series], first=date(2026, 3, 1), last=date(2026, 3, 31))[0]

    assert (first.series_id, first.name, first.title) == (series.id, "2026-03-10T10:00", "HTTF monthly")  # fmt: skip
    assert (first.place, first.link, first.minutes, first.state) == ("Room 1", LINK, 90, "on")
    assert first.starts_at == datetime(2026, 3, 10, 17, tzinfo=UTC)
    assert first.ends_at == datetime(2026, 3, 10, 18, 30, tzinfo=UTC)
    assert (acts(session), told(session)) == (["meeting.added"], [])


def test_one_is_moved_and_keeps_its_key(session, series, now):
    moved = move(session, series.id, key=key("04-14"), version=1, to=key("04-16", "13:30"), place="Room 2", link=LINK, by=BY, now=now)  # fmt: skip

    assert (moved.key, moved.local, moved.state) == (key("04-14"), key("04-16", "13:30"), "moved")
    assert (moved.place, moved.link, moved.sequence) == ("Room 2", LINK, 1)
    after = latest(session, series)
    assert (after.version, after.sequence, after.uid) == (2, 1, series.uid)
    assert told(session) == [("moved", key("04-14"), None)]
    assert year(session, after)[:3] == [
        ("03-10 10:00", "on"),
        ("04-16 13:30", "moved"),
        ("05-12 10:00", "on"),
    ]


def test_where_only_the_place_is_another_one_it_is_not_moved(session, series, now):
    placed = move(session, series.id, key=key("04-14"), version=1, to=key("04-14"), place="Room 2", link=LINK, by=BY, now=now)  # fmt: skip

    assert (placed.state, placed.place) == ("on", "Room 2")
    assert told(session) == [("placed", key("04-14"), None)]


def test_what_the_series_has_is_not_kept_a_second_time(session, series, now):
    move(session, series.id, key=key("04-14"), version=1, to=key("04-16"), place="Room 1", link=LINK, by=BY, now=now)  # fmt: skip

    change(session, latest(session, series), now, place="Room 9")

    assert find_occurrence(session, series.id, key=key("04-14")).place == "Room 9"


def test_it_does_not_meet_twice_on_one_day(session, series, now):
    with pytest.raises(SameDayError):
        move(session, series.id, key=key("04-14"), version=1, to=key("05-12", "15:00"), place=None, link=None, by=BY, now=now)  # fmt: skip

    skip(session, series.id, key=key("05-12"), version=1, by=BY, now=now)
    move(session, series.id, key=key("04-14"), version=2, to=key("05-12", "15:00"), place=None, link=None, by=BY, now=now)  # fmt: skip
    assert year(session, latest(session, series))[1:3] == [
        ("05-12 10:00", "skipped"),
        ("05-12 15:00", "moved"),
    ]


@pytest.mark.parametrize(("act", "state"), [(skip, "skipped"), (cancel, "cancelled")])
def test_one_does_not_take_place_and_is_set_again(act, state, session, series, now):
    gone = act(session, series.id, key=key("04-14"), version=1, by=BY, now=now)

    assert (gone.state, gone.takes_place) == (state, False)
    again = move(session, series.id, key=key("04-14"), version=2, to=key("04-14"), place="Room 1", link=LINK, by=BY, now=now)  # fmt: skip
    assert (again.state, again.sequence) == ("on", 2)
    assert [what for what, _, _ in told(session)] == [state, "restored"]
    assert acts(session)[:2] == ["meeting.restored", f"meeting.{state}"]


def test_who_looked_at_an_older_version_changes_nothing(session, series, now):
    skip(session, series.id, key=key("04-14"), version=1, by=BY, now=now)

    with pytest.raises(StaleError):
        cancel(session, series.id, key=key("05-12"), version=1, by=BY, now=now)
    with pytest.raises(StaleError):
        change(session, series, now, place="Room 2")

    assert len(told(session)) == 1


def test_what_is_skipped_already_is_not_told_twice(session, series, now):
    skip(session, series.id, key=key("04-14"), version=1, by=BY, now=now)

    skip(session, series.id, key=key("04-14"), version=2, by=BY, now=now)

    assert len(told(session)) == 1
    assert latest(session, series).version == 2


def test_of_what_was_not_to_take_place_nobody_is_told(session, series, now):
    thursdays = change(session, series, now, plan=Plan(starts_on=date(2026, 11, 5), starts_at=time(10), minutes=60, zone="UTC", rule="FREQ=WEEKLY;BYDAY=TH", holidays="US-CA"))  # fmt: skip
    before = told(session)

    cancel(session, series.id, key=key("11-26"), version=thursdays.version, by=BY, now=now)

    assert told(session) == before


def test_a_meeting_that_was_not_to_be_cannot_be_changed(session, series, now):
    with pytest.raises(UnknownOccurrenceError):
        skip(session, series.id, key=key("04-15"), version=1, by=BY, now=now)
    with pytest.raises(UnknownOccurrenceError):
        skip(session, series.id, key=key("04-14", "11:00"), version=1, by=BY, now=now)
    with pytest.raises(UnknownSeriesError):
        skip(session, 999, key=key("04-14"), version=1, by=BY, now=now)


def test_from_a_day_on_another_series_takes_its_place(session, series, now):
    wednesdays = Plan(starts_on=date(2026, 6, 10), starts_at=time(14), minutes=60, zone="America/Los_Angeles", rule="FREQ=MONTHLY;BYDAY=2WE", holidays="US-CA")  # fmt: skip

    after = change(session, series, now, since=date(2026, 6, 9), plan=wednesdays, place="Room 2")

    before = latest(session, series)
    assert after.uid != before.uid == series.uid
    assert (before.plan.ends_on, before.sequence, before.successor_id) == (date(2026, 6, 8), 1, after.id)  # fmt: skip
    assert after.follows_id == before.id
    assert year(session, before, after)[:5] == [
        ("03-10 10:00", "on"),
        ("04-14 10:00", "on"),
        ("05-12 10:00", "on"),
        ("06-10 14:00", "on"),
        ("07-08 14:00", "on"),
    ]
    assert told(session) == [("moved", None, date(2026, 6, 9))]
    assert changes(session)[-1].successor_id == after.id


def test_what_was_said_of_later_ones_goes_with_the_series_by_its_day(session, series, now):
    skip(session, series.id, key=key("04-14"), version=1, by=BY, now=now)
    skip(session, series.id, key=key("06-09"), version=2, by=BY, now=now)
    move(session, series.id, key=key("07-14"), version=3, to=key("07-16"), place=None, link=None, by=BY, now=now)  # fmt: skip
    for day in ("05-12", "08-11"):
        session.add(models.Attendance(series_id=series.id, occurrence=f"2026-{day}T10:00", user_id="U1", answer="yes", answered_at=now))  # fmt: skip
    session.add(models.SeriesMute(series_id=series.id, user_id="U1", muted_at=now))
    session.add(models.ReminderLead(series_id=series.id, minutes=60))
    session.flush()
    later = Plan(starts_on=date(2026, 6, 9), starts_at=time(14), minutes=60, zone="America/Los_Angeles", rule="FREQ=MONTHLY;BYDAY=2TU")  # fmt: skip

    after = change(session, latest(session, series), now, since=date(2026, 6, 9), plan=later)

    assert year(session, latest(session, series), after)[:5] == [
        ("03-10 10:00", "on"),
        ("04-14 10:00", "skipped"),
        ("05-12 10:00", "on"),
        ("06-09 14:00", "skipped"),
        ("07-16 10:00", "moved"),
    ]
    coming_to = session.exec(select(models.Attendance).order_by(col(models.Attendance.id))).all()
    assert [(each.series_id, each.occurrence) for each in coming_to] == [
        (series.id, "2026-05-12T10:00"),
        (after.id, "2026-08-11T14:00"),
    ]
    for model in (models.SeriesMute, models.ReminderLead):
        assert [each.series_id for each in session.exec(select(model))] == [series.id, after.id]
    assert became(session, series.id, key=key("08-11")).key == key("08-11", "14:00")
    assert became(session, series.id, key=key("05-12")).series_id == series.id


def test_a_series_split_twice_is_followed_in_order(session, series, now):
    by_now = change(session, series, now, since=date(2026, 9, 8), place="Room 2")
    between = change(session, latest(session, series), now, since=date(2026, 6, 9), place="Room 3")

    assert latest(session, series).successor_id == between.id
    assert latest(session, between).successor_id == by_now.id
    assert became(session, series.id, key=key("10-13")).place == "Room 2"
    assert [each.place for each in occurrences(session, first=date(2026, 5, 1), last=date(2026, 9, 30))] == ["Room 1", "Room 3", "Room 3", "Room 3", "Room 2"]  # fmt: skip


def test_before_its_first_meeting_the_whole_series_changes(session, series, now):
    skip(session, series.id, key=key("04-14"), version=1, by=BY, now=now)
    earlier = Plan(starts_on=date(2026, 3, 10), starts_at=time(9), minutes=60, zone="America/Los_Angeles", rule="FREQ=MONTHLY;BYDAY=2TU")  # fmt: skip

    after = change(session, latest(session, series), now, since=date(2026, 3, 10), plan=earlier)

    assert (after.id, after.uid, after.sequence) == (series.id, series.uid, 2)
    assert year(session, after)[:3] == [
        ("03-10 09:00", "on"),
        ("04-14 09:00", "skipped"),
        ("05-12 09:00", "on"),
    ]
    assert became(session, series.id, key=key("05-12")).key == key("05-12", "09:00")


def test_a_new_name_alone_splits_nothing_and_is_told_to_nobody(session, series, now):
    after = change(session, series, now, since=date(2026, 6, 9), name="HTTF in person")

    assert (after.id, after.name, after.version) == (series.id, "HTTF in person", 2)
    assert told(session) == []


def test_the_same_again_changes_nothing(session, series, now):
    after = change(session, series, now, since=date(2026, 6, 9))

    assert after == series
    assert acts(session) == ["meeting.added"]


def test_cancelled_from_a_day_on_it_ends(session, series, now):
    cancel_series(session, series.id, version=1, since=date(2026, 5, 12), by=BY, now=now)

    assert year(session) == [("03-10 10:00", "on"), ("04-14 10:00", "on")]
    assert told(session) == [("cancelled", None, date(2026, 5, 12))]
    assert became(session, series.id, key=key("05-12")) is None


def test_cancelled_from_its_first_day_on_it_is_no_more(session, series, now):
    cancel_series(session, series.id, version=1, since=date(2026, 3, 10), by=BY, now=now)

    assert year(session) == []
    gone = find_series(session, series.id)
    assert (gone.cancelled_at, gone.sequence) == (now, 1)
    assert series.id not in {each.id for each in all_series(session)}
    assert became(session, series.id, key=key("05-12")) is None
    with pytest.raises(UnknownSeriesError):
        cancel_series(session, series.id, version=2, since=None, by=BY, now=now)


def test_what_had_ended_does_not_begin_again_when_it_is_cancelled(session, series, now):
    cancel_series(session, series.id, version=1, since=date(2026, 5, 12), by=BY, now=now)
    cancel_series(session, series.id, version=2, since=date(2026, 9, 8), by=BY, now=now)

    assert len(year(session)) == 2


def test_a_first_date_that_is_none_of_the_rule_is_refused(session, series, now):
    with pytest.raises(FirstDateError) as refused:
        change(session, series, now, plan=Plan(starts_on=date(2026, 4, 1), starts_at=time(9), minutes=60, zone="UTC", rule="FREQ=MONTHLY;BYDAY=2TU"))  # fmt: skip
    assert refused.value.fits == date(2026, 4, 14)
    with pytest.raises(RuleError):
        change(session, series, now, plan=Plan(starts_on=date(2026, 4, 1), starts_at=time(9), minutes=60, zone="UTC", rule="FREQ=DAILY"))  # fmt: skip


def test_a_holiday_moves_it_and_the_key_stays(session, now):
    thursdays = add_series(session, group="collaborative:httf", name="Weekly", plain=False, plan=Plan(starts_on=date(2026, 11, 5), starts_at=time(10), minutes=60, zone="America/Los_Angeles", rule="FREQ=WEEKLY;BYDAY=TH", on_holiday=HolidayPolicy.EARLIER, holidays="US-CA"), place=None, link=None, by=BY, now=now)  # fmt: skip

    found = find_occurrence(session, thursdays.id, key=key("11-26"))

    assert (found.local, found.state, found.holiday) == (key("11-25"), "moved", "Thanksgiving Day")
    gone = cancel(session, thursdays.id, key=key("11-26"), version=1, by=BY, now=now)
    assert (gone.local, gone.state, gone.holiday) == (key("11-25"), "cancelled", None)


def test_what_is_coming_has_not_ended_and_takes_place(session, series, now):
    skip(session, series.id, key=key("04-14"), version=1, by=BY, now=now)
    during = datetime(2026, 3, 10, 18, 29, tzinfo=UTC)

    assert [f"{each.local:%m-%d}" for each in coming(session, now=during, days=70)] == ["03-10", "05-12"]  # fmt: skip
    after = during + timedelta(minutes=1)
    assert [each.state for each in coming(session, now=after, days=70, all_states=True)] == ["skipped", "on"]  # fmt: skip


def test_a_meeting_is_of_those_who_sit_there_and_above_it(session, now):
    agency = session.exec(select(models.Organization.id)).first()
    take_seats(session, organization_id=agency, refs=["subcommittee:vacatur"], user_id="U1", now=now)  # fmt: skip

    assert groups_of(session, "U1") == {"subcommittee:vacatur", "collaborative:httf"}
    assert groups_of(session, "U2") == frozenset()


def test_a_roster_for_coordinators_hides_its_meetings_too(session, now):
    hidden = add_series(session, group="subcommittee:survivor-leadership", name="SL", plain=False, plan=TUESDAYS, place=None, link=None, by=BY, now=now)  # fmt: skip

    assert (hidden.plain, hidden.title) == (True, "Meeting")
    assert not may_see(hidden, mine={"collaborative:httf"}, coordinator=False)
    assert may_see(hidden, mine={"subcommittee:survivor-leadership"}, coordinator=False)
    assert may_see(hidden, mine=(), coordinator=True)


@pytest.mark.parametrize(
    ("link", "fits"),
    [
        (LINK, True),
        ("https://zoom.us/j/12345#success", True),
        ("https://example.org:8443/a", True),
        ("http://meet.example.org/a", False),
        ("https://", False),
        ("https://localhost/a", False),
        ("https://me:secret@example.org/a", False),
        ("https://example.org/a b", False),
        ("https://example.org/<a>", False),
        ("https://example.org:x/", False),
        ("https://example.org/a|b", False),
        ("https://example.org/" + "a" * 500, False),
        ("https://example.org/\u202e", False),
        ("javascript:alert(1)", False),
    ],
)
def test_a_link_is_an_https_address_alone(link, fits):
    assert (link_problem(link) is None) == fits


def test_another_task_force_knows_nothing_of_it(database, now):
    with unscoped_transaction(database) as session:
        other = find_or_create(session, key="other", name="O", county="O", timezone="UTC").id
    with transaction(database, task_force_id=1) as session:
        seeded = all_series(session)[0]

    with transaction(database, task_force_id=other) as session:
        assert all_series(session) == ()
        with pytest.raises(UnknownSeriesError):
            cancel_series(session, seeded.id, version=1, since=None, by=BY, now=now)
