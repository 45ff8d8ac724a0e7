"""
News of meetings: exactly those who were reminded are told, once, what stands now.
"""

from dataclasses import replace
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest

from storage.claims import begin, claim, mark_sent
from storage.deliveries import Priority
from storage.leads import Lead, set_leads
from storage.meeting_edits import cancel, cancel_series, change_series, move, skip
from storage.meeting_news import AS_BEFORE, GATHERING, NEWS
from storage.meetings import find_series, read_key
from storage.members import DEACTIVATED, end, find_member
from storage.preferences import EVERY_KIND, Preference, QuietHours, prefer
from storage.reminders import LEFT, MOVED, NOT_THERE, REMINDER
from storage.seats import leave_seats
from storage.session import open_database, transaction
from tests.gathering import (
    BY,
    HTTF,
    TUESDAYS,
    add_meeting,
    add_seated,
    deliver,
    fates,
    pass_time,
    skip_to,
    tick,
)
from tests.keeping import TEAM
from tests.storage.test_deliveries import at_once

START = datetime(2026, 3, 10, 17, tzinfo=UTC)  # 10:00 in the county
KEY = read_key("2026-03-10T10:00")
HOUR, MINUTE, DAY = timedelta(hours=1), timedelta(minutes=1), timedelta(days=1)
TOLD = START - DAY + 2 * HOUR  # after the reminder of the day before
PLAN = replace(TUESDAYS, rule="FREQ=WEEKLY;INTERVAL=2;BYDAY=TU")
OPEN = "Open for details."


@pytest.fixture
def series(session):
    """
    A series of whose next meeting Anna was reminded and Bert perhaps; Cleo was not.
    """
    add_seated(session, "U0ANNA", HTTF)
    add_seated(session, "U0BERT", HTTF)
    found = add_meeting(session, PLAN)
    remind(session)
    add_seated(session, "U0CLEO", HTTF)
    return found


def remind(session, *, unknown=("U0BERT",)):
    tick(session, START - 20 * DAY)
    skip_to(session, START - DAY - MINUTE)
    tick(session, START - DAY)
    return deliver(session, START - DAY, unknown=unknown)


def version(session, series):
    return find_series(session, series.id).version


def moved(session, series, to, *, now=TOLD, place="Room 1"):
    move(
        session, series.id, key=KEY, version=version(session, series), to=read_key(to),
        place=place, link=series.link, by=BY, now=now,
    )  # fmt: skip


def skipped(session, series, *, now=TOLD):
    skip(session, series.id, key=KEY, version=version(session, series), by=BY, now=now)


def news(session, since=TOLD, *, minutes=5):
    found = pass_time(session, since=since, until=since + minutes * MINUTE)
    return [(who, text) for _, who, text in found]


def both(text):
    return [("U0ANNA", f"{text} {OPEN}"), ("U0BERT", f"{text} {OPEN}")]


def cancelled(session, series):
    cancel(session, series.id, key=KEY, version=version(session, series), by=BY, now=TOLD)


def ended(session, series):
    cancel_series(session, series.id, version=version(session, series), since=START.date(), by=BY, now=TOLD)  # fmt: skip


def wholly(session, series, since=None, **values):
    change_series(
        session, series.id, version=version(session, series), since=since, name=series.name,
        plan=replace(series.plan, **values), place=series.place, link=series.link, by=BY, now=TOLD,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("happens", "text"),
    [
        (lambda session, series: moved(session, series, "2026-03-11T14:30"), "Meeting Tue 10:00 is now Wed 14:30."),
        (lambda session, series: moved(session, series, "2026-03-10T10:00", place="Room 2"), "Meeting Tue 10:00: the place or the link has changed."),
        (skipped, "Meeting Tue 10:00 does not take place."),
        (cancelled, "Meeting Tue 10:00 does not take place."),
        (ended, "Meeting Tue 10:00 does not take place."),
        (lambda session, series: wholly(session, series, starts_at=time(15)), "Meeting Tue 10:00 is now Tue 15:00."),
        (lambda session, series: wholly(session, series, since=START.date(), starts_at=time(9)), "Meeting Tue 10:00 is now Tue 09:00."),
        (lambda session, series: wholly(session, series, zone="America/New_York"), "Meeting Tue 10:00 EDT is now Tue 07:00."),
    ],
)  # fmt: skip
def test_those_who_were_reminded_are_told_and_nobody_else(happens, text, session, series):
    happens(session, series)

    found = news(session)

    assert [each.replace(" EDT", "").replace(" PDT", "") for _, each in found] == [
        each.replace(" EDT", "") for _, each in both(text)
    ]
    assert [who for who, _ in found] == ["U0ANNA", "U0BERT"]
    assert news(session, TOLD + HOUR) == []


def test_several_changes_in_a_short_time_are_told_at_once_as_it_stands_then(session, series):
    moved(session, series, "2026-03-11T14:00")
    tick(session, TOLD)
    skipped(session, series, now=TOLD + MINUTE)
    moved(session, series, "2026-03-12T11:00", now=TOLD + MINUTE, place="Room 2")

    found = pass_time(session, since=TOLD + MINUTE, until=TOLD + 6 * MINUTE)

    assert [(who, text) for _, who, text in found] == both("Meeting Tue 10:00 is now Thu 11:00.")
    assert {moment for moment, _, _ in found} == {TOLD + GATHERING}


def test_what_is_changed_and_put_back_is_told_to_nobody(session, series):
    skipped(session, series)
    tick(session, TOLD)
    moved(session, series, "2026-03-10T10:00", now=TOLD + MINUTE)

    assert news(session, TOLD + MINUTE) == []
    assert (NEWS, "U0ANNA", "skipped", AS_BEFORE) in fates(session)


def test_who_was_told_that_it_is_off_is_told_that_it_is_on_again(session, series):
    skipped(session, series)
    assert news(session) == both("Meeting Tue 10:00 does not take place.")

    moved(session, series, "2026-03-10T10:00", now=TOLD + 2 * HOUR)

    assert news(session, TOLD + 2 * HOUR) == both("Meeting Tue 10:00 takes place after all.")


def test_a_change_of_the_series_that_leaves_this_meeting_alone_is_no_news(session, series):
    wholly(session, series, ends_on=START.date() + 100 * DAY)

    assert news(session) == []


def test_of_what_begins_within_the_hour_nothing_is_gathered(session, series):
    now = START - 20 * MINUTE
    skip_to(session, now - MINUTE)
    skipped(session, series, now=now)

    found = pass_time(session, since=now, until=now + MINUTE)

    assert [(moment, who) for moment, who, _ in found] == [(now, "U0ANNA"), (now, "U0BERT")]


def test_who_has_left_since_is_not_told(session, series):
    skipped(session, series)
    tick(session, TOLD)
    leave_seats(session, user_id="U0BERT", now=TOLD)
    member = find_member(session, team_id=TEAM, user_id="U0ANNA")
    end(session, member, as_=DEACTIVATED, now=TOLD)

    assert news(session) == []
    assert (NEWS, "U0ANNA", "skipped", LEFT) in fates(session)
    assert (NEWS, "U0BERT", "skipped", NOT_THERE) in fates(session)


def test_a_channel_that_was_reminded_is_told_with_the_place(session):
    series = add_meeting(session, PLAN)
    lead = Lead(minutes=1440, to_people=False, channel="C0HTTF")
    set_leads(session, series.id, [lead], by=BY, now=START - DAY)
    remind(session)
    moved(session, series, "2026-03-11T14:30", place="Room 2")
    tick(session, TOLD)

    ((delivery, notice),) = deliver(session, TOLD + GATHERING)

    assert delivery.recipient == "C0HTTF"
    assert notice.text == f"Meeting Tue 10:00 is now Wed 14:30. {OPEN}"
    assert "Wed, Mar 11, 2026, 14:30–16:00 PDT" in notice.shown
    assert "Room 2" in notice.shown
    assert notice.buttons == ()


def test_a_reminder_that_waits_goes_for_the_new_time_where_its_lead_is_over(session):
    add_seated(session, "U0ANNA", HTTF)
    # Until eleven on the day before: the reminder of ten waits.
    quiet = QuietHours(start=time(9), end=time(11), zone=ZoneInfo("America/Los_Angeles"))
    prefer(session, "U0ANNA", Preference(quiet=quiet), kind=EVERY_KIND)
    series = add_meeting(session, PLAN)
    assert remind(session) == []
    moved(session, series, "2026-03-10T08:00", now=START - DAY + 30 * MINUTE)

    found = pass_time(session, since=START - DAY + 30 * MINUTE, until=START - DAY + 70 * MINUTE)

    assert [(moment, text) for moment, _, text in found] == [
        (START - DAY + HOUR, f"Meeting Tue 08:00. {OPEN}")
    ]
    assert (REMINDER, "U0ANNA", "skipped", MOVED) in fates(session)


def test_a_change_between_the_writing_and_the_sending_of_a_reminder_is_told_too(session):
    add_seated(session, "U0ANNA", HTTF)
    series = add_meeting(session, PLAN)
    tick(session, START - 20 * DAY)
    skip_to(session, START - DAY - MINUTE)
    tick(session, START - DAY)
    lease, room = timedelta(minutes=1), dict.fromkeys(Priority, 9)
    (held,) = claim(session, holder="h", now=START - DAY, lease=lease, room=room).deliveries
    skipped(session, series, now=START - DAY)
    tick(session, START - DAY)

    assert begin(session, held.token, now=START - DAY, lease=lease)
    mark_sent(session, held.token, slack_ts="1", now=START - DAY)

    assert news(session, START - DAY) == [
        ("U0ANNA", f"Meeting Tue 10:00 does not take place. {OPEN}")
    ]
    assert news(session, START - DAY + HOUR) == []


def test_ten_ticks_at_once_tell_once(loaded_url):
    database = open_database(loaded_url, busy_seconds=10)
    group = "collaborative:coalition"
    with transaction(database, task_force_id=1) as session:
        add_seated(session, "U0ANNA", group, of="county")
        series = add_meeting(session, PLAN, group=group)
        remind(session)
        skipped(session, series)

    def work(_, opened):
        with transaction(opened, task_force_id=1) as session:
            tick(session, TOLD)

    at_once(loaded_url, database, work, workers=10)
    with transaction(database, task_force_id=1) as session:
        assert [each for each in fates(session) if each[0] == NEWS] == [
            (NEWS, "U0ANNA", "planned", None)
        ]
    database.dispose()
