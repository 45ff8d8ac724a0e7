"""
Reminders of meetings that change just when somebody is told: on both engines.
"""

from dataclasses import replace
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest

from storage.leads import Lead, set_leads
from storage.meeting_edits import change_series, move
from storage.meetings import find_series, read_key
from storage.preferences import EVERY_KIND, Preference, QuietHours, prefer
from tests.conftest import NOON
from tests.gathering import BY, HTTF, PACIFIC, TUESDAYS, add_meeting, add_seated, pass_time, tick

ANNA, NORA = "U0ANNA", "U0NORA"
MINUTE = timedelta(minutes=1)


def at(text):
    return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(PACIFIC))


def keep_quiet(session, user_id, *, start, end):
    hours = QuietHours(start=time(start), end=time(end), zone=ZoneInfo(PACIFIC))
    prefer(session, user_id, Preference(quiet=hours), kind=EVERY_KIND)


@pytest.mark.parametrize("change", [{"place": "Room 2"}, {"minutes": 60}], ids=["place", "length"])
def test_a_reminder_that_waits_is_sent_of_what_its_series_goes_on_as(session, change):
    add_seated(session, ANNA, HTTF)
    keep_quiet(session, ANNA, start=22, end=7)
    plan = replace(TUESDAYS, starts_on=date(2026, 3, 3), starts_at=time(23))
    series = add_meeting(session, plan)
    set_leads(session, series.id, [Lead(minutes=24 * 60)], by=BY, now=NOON)
    tick(session, at("2026-03-09T22:59"))
    tick(session, at("2026-03-09T23:00"))

    change_series(
        session,
        series.id,
        version=find_series(session, series.id).version,
        since=date(2026, 3, 10),
        name=series.name,
        plan=replace(plan, minutes=change.get("minutes", plan.minutes)),
        place=change.get("place", series.place),
        link=series.link,
        by=BY,
        now=at("2026-03-09T23:30"),
    )
    found = pass_time(session, since=at("2026-03-10T06:58"), until=at("2026-03-10T07:05"))

    assert found == [(at("2026-03-10T07:00"), ANNA, "Meeting Tue 23:00. Open for details.")]


@pytest.mark.parametrize("moved_at", ["09:59", "10:02"])
def test_whoever_was_reminded_is_told_of_a_move_as_it_begins(session, moved_at):
    add_seated(session, ANNA, HTTF)
    series = add_meeting(session)
    set_leads(session, series.id, [Lead(minutes=60)], by=BY, now=NOON)
    pass_time(session, since=at("2026-03-10T08:59"), until=at("2026-03-10T09:01"))

    move(
        session,
        series.id,
        key=read_key("2026-03-10T10:00"),
        version=series.version,
        to=read_key("2026-03-10T14:00"),
        place=series.place,
        link=series.link,
        by=BY,
        now=at(f"2026-03-10T{moved_at}"),
    )
    begun = at(f"2026-03-10T{moved_at}") + MINUTE
    found = pass_time(session, since=begun, until=begun + 5 * MINUTE)

    text = "Meeting Tue 10:00 is now Tue 14:00. Open for details."
    assert found == [(begun, ANNA, text)]


def test_quiet_hours_that_many_have_are_looked_at_once(session):
    for user_id in (ANNA, NORA):
        add_seated(session, user_id, HTTF)
        keep_quiet(session, user_id, start=22, end=11)
    add_seated(session, "U0QUIN", HTTF)
    series = add_meeting(session)
    set_leads(session, series.id, [Lead(minutes=60)], by=BY, now=NOON)

    tick(session, at("2026-03-09T21:54"))
    early = pass_time(session, since=at("2026-03-09T21:55"), until=at("2026-03-09T21:56"))
    tick(session, at("2026-03-10T08:59"))
    later = pass_time(session, since=at("2026-03-10T09:00"), until=at("2026-03-10T11:01"))

    assert [reader for _, reader, _ in early] == [ANNA, NORA]
    assert [reader for _, reader, _ in later] == ["U0QUIN"]


def test_a_channel_that_was_taken_out_reads_no_other_link(session):
    series = add_meeting(session)
    posted = Lead(minutes=60, to_people=False, channel="C0WRONG")
    set_leads(session, series.id, [posted], by=BY, now=NOON)
    pass_time(session, since=at("2026-03-10T08:59"), until=at("2026-03-10T09:01"))

    set_leads(session, series.id, [], by=BY, now=NOON)
    move(
        session,
        series.id,
        key=read_key("2026-03-10T10:00"),
        version=series.version,
        to=read_key("2026-03-10T14:00"),
        place="Room 9",
        link="https://meet.example.org/other",
        by=BY,
        now=at("2026-03-10T09:30"),
    )
    found = pass_time(session, since=at("2026-03-10T09:31"), until=at("2026-03-10T09:35"))

    assert found == []
