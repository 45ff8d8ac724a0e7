"""
Meetings that change: nobody hears of it twice, and nobody is left without a word.
"""

from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import event
from sqlmodel import col, select, update

from storage.attendance import Answer, say
from storage.delegations import DELEGATION
from storage.leads import Lead, set_leads
from storage.meeting_edits import change_series, move
from storage.meeting_news import NEWS, plan_news
from storage.meetings import find_occurrence, find_series, occurrences, read_key
from storage.members import DEACTIVATED, end, find_member
from storage.models import Delivery as DeliveryRow
from storage.models import MeetingSeries
from storage.preferences import EVERY_KIND, Preference, QuietHours, prefer
from storage.reminder_wishes import mute
from storage.reminders import NOT_THEN, REMINDER
from storage.traces import forget
from storage.unreadable import UNREADABLE
from tests.gathering import (
    BY,
    HTTF,
    MDT,
    PACIFIC,
    TUESDAYS,
    add_meeting,
    add_seated,
    deliver,
    fates,
    pass_time,
    skip_to,
    tick,
)
from tests.keeping import TEAM, add_coordinator

ANNA, BERT, NORA = "U0ANNA", "U0BERT", "U0NORA"
HOUR, MINUTE, DAY = timedelta(hours=1), timedelta(minutes=1), timedelta(days=1)
KEY = read_key("2026-03-10T10:00")
OPEN = "Open for details."


@pytest.fixture
def database_url(sqlite_url):
    return sqlite_url


def at(text):
    return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(PACIFIC))


NOON = at("2026-03-05T12:00")


def jump(session, text):
    """
    Let it be a later moment, as if nothing had become due since noon.
    """
    tick(session, NOON)
    skip_to(session, at(text))


def lead(session, series, *leads):
    set_leads(session, series.id, [Lead(minutes=each) for each in leads], by=BY, now=NOON)


def changed(session, series, *, since, now, place=None, **values):
    return change_series(
        session, series.id, version=find_series(session, series.id).version, since=since,
        name=series.name, plan=replace(series.plan, **values), place=place or series.place,
        link=series.link, by=BY, now=now,
    )  # fmt: skip


def moved(session, series, to, *, now):
    move(
        session, series.id, key=KEY, version=find_series(session, series.id).version,
        to=read_key(to), place=series.place, link=series.link, by=BY, now=now,
    )  # fmt: skip


def heard(session, since, *, minutes=5):
    found = pass_time(session, since=at(since), until=at(since) + minutes * MINUTE)
    return [(who, text) for _, who, text in found]


def reminded(session, series, *people, minutes=1440):
    for each in people:
        add_seated(session, each, HTTF)
    lead(session, series, minutes, 60)
    jump(session, "2026-03-09T09:59")
    assert len(heard(session, "2026-03-09T10:00", minutes=1)) == len(people)


@pytest.mark.parametrize(
    ("days", "then"), [("TH", "Thu 10:00"), ("MO", "Mon Mar 16 10:00")], ids=["later", "earlier"]
)
def test_a_weekday_that_is_changed_is_told_with_the_next_day(session, days, then):
    series = add_meeting(session)
    reminded(session, series, ANNA)
    first = date(2026, 3, 12) if days == "TH" else date(2026, 3, 16)

    changed(session, series, since=date(2026, 3, 10), now=at("2026-03-09T11:00"), rule=f"FREQ=WEEKLY;BYDAY={days}", starts_on=first)  # fmt: skip

    (told,) = heard(session, "2026-03-09T11:01")
    assert told[0] == ANNA
    assert told[1].startswith("Meeting Tue 10:00 does not take place. The next one is ")
    assert then.split()[0] in told[1]
    assert told[1].endswith(f"10:00. {OPEN}")


def test_a_series_that_ends_names_no_next_day(session):
    series = add_meeting(session)
    reminded(session, series, ANNA)

    changed(session, series, since=None, now=at("2026-03-09T11:00"), starts_on=date(2026, 3, 3), ends_on=date(2026, 3, 4))  # fmt: skip

    assert heard(session, "2026-03-09T11:01") == [(ANNA, f"Meeting Tue 10:00 does not take place. {OPEN}")]  # fmt: skip


@pytest.mark.parametrize(("now", "told"), [("09:00", True), ("08:58", False)])
def test_what_is_added_after_its_last_lead_is_told_at_once_and_before_by_its_lead(session, now, told):  # fmt: skip
    add_seated(session, ANNA, HTTF)
    tick(session, at("2026-03-10T08:50"))
    add_meeting(session, now=at(f"2026-03-10T{now}"))
    skip_to(session, at(f"2026-03-10T{now}"))

    found = heard(session, "2026-03-10T09:01", minutes=0) if told else heard(session, "2026-03-10T08:59", minutes=0)  # fmt: skip

    assert found == ([(ANNA, f"Meeting Tue 10:00. {OPEN}")] if told else [])
    if not told:
        assert heard(session, "2026-03-10T09:00") == [(ANNA, f"Meeting Tue 10:00. {OPEN}")]


def test_what_is_moved_near_is_told_to_who_knows_it_as_news_and_to_others_as_a_reminder(session):
    series = add_meeting(session)
    reminded(session, series, ANNA)
    add_seated(session, BERT, HTTF)
    skip_to(session, at("2026-03-09T13:30"))

    moved(session, series, "2026-03-09T14:00", now=at("2026-03-09T13:30"))

    assert sorted(heard(session, "2026-03-09T13:31", minutes=30)) == [
        (ANNA, f"Meeting Tue 10:00 is now Mon 14:00. {OPEN}"),
        (BERT, f"Meeting Mon 14:00. {OPEN}"),
    ]


def test_what_is_moved_near_twice_is_reminded_of_once_at_each_time(session):
    add_seated(session, BERT, HTTF)
    series = add_meeting(session)
    lead(session, series, 60)
    jump(session, "2026-03-09T13:00")
    moved(session, series, "2026-03-09T14:00", now=at("2026-03-09T13:30"))
    assert len(heard(session, "2026-03-09T13:31")) == 1

    moved(session, series, "2026-03-09T14:30", now=at("2026-03-09T13:40"))

    assert heard(session, "2026-03-09T13:41", minutes=60) == [(BERT, f"Meeting Mon 14:00 is now Mon 14:30. {OPEN}")]  # fmt: skip


def test_what_begun_already_is_told_to_nobody_new(session):
    add_seated(session, BERT, HTTF)
    add_meeting(session, now=at("2026-03-10T10:00"))

    assert heard(session, "2026-03-10T10:00") == []


def test_a_channel_hears_of_what_is_set_near_too(session):
    tick(session, at("2026-03-10T08:50"))
    series = add_meeting(session, replace(TUESDAYS, starts_on=date(2026, 3, 17)))
    posted = Lead(minutes=60, to_people=False, channel="C0MEET")
    set_leads(session, series.id, [posted], by=BY, now=NOON)
    tick(session, at("2026-03-10T08:51"))

    changed(session, series, since=None, now=at("2026-03-10T09:30"), starts_on=date(2026, 3, 10))

    assert [who for who, _ in heard(session, "2026-03-10T09:31")] == ["C0MEET"]


def waiting_in_quiet_hours(session, series):
    add_seated(session, ANNA, HTTF)
    hours = QuietHours(start=time(22), end=time(9, 30), zone=ZoneInfo(PACIFIC))
    prefer(session, ANNA, Preference(quiet=hours), kind=EVERY_KIND)
    jump(session, "2026-03-10T08:59")
    assert heard(session, "2026-03-10T09:00", minutes=1) == []


@pytest.mark.parametrize(
    ("leads", "goes"),
    [((), False), ((20,), False), ((120,), True), ((60,), True)],
    ids=["none any more", "one to come", "only one that is over", "the same"],
)
def test_a_reminder_that_waits_goes_only_while_its_lead_or_no_other_is_there(session, leads, goes):
    series = add_meeting(session)
    lead(session, series, 60)
    waiting_in_quiet_hours(session, series)

    lead(session, series, *leads)
    found = heard(session, "2026-03-10T09:29", minutes=3)

    assert bool(found) is goes
    assert ((REMINDER, ANNA, "skipped", NOT_THEN) in fates(session)) is not goes


def test_leads_of_coordinators_alone_remind_nobody_else(session):
    series = add_meeting(session)
    lead(session, series, 60)
    waiting_in_quiet_hours(session, series)

    set_leads(session, series.id, [Lead(minutes=60, role="role:coordinators")], by=BY, now=NOON)

    assert heard(session, "2026-03-10T09:29", minutes=3) == []


def test_who_was_reminded_before_they_went_to_sleep_is_not_again_where_the_series_is_parted(session):  # fmt: skip
    add_seated(session, ANNA, HTTF)
    hours = QuietHours(start=time(22), end=time(11), zone=ZoneInfo(PACIFIC))
    prefer(session, ANNA, Preference(quiet=hours), kind=EVERY_KIND)
    series = add_meeting(session, replace(TUESDAYS, starts_on=date(2026, 3, 3)))
    lead(session, series, 60)
    jump(session, "2026-03-09T21:54")
    assert len(heard(session, "2026-03-09T21:55", minutes=1)) == 1

    changed(session, series, since=date(2026, 3, 10), now=at("2026-03-09T21:58"), minutes=60)
    tick(session, at("2026-03-09T21:59"))
    skip_to(session, at("2026-03-10T08:59"))
    tick(session, at("2026-03-10T09:00"))

    assert [each for each in fates(session) if each[0] == REMINDER] == [(REMINDER, ANNA, "sent", None)]  # fmt: skip


def spoilt(session, series, **values):
    session.exec(
        update(MeetingSeries)
        .where(col(MeetingSeries.id) == series.id)
        .values(**values)
        .execution_options(synchronize_session=False)
    )


@pytest.mark.parametrize(
    "values", [{"rule": "FREQ=NEVER"}, {"zone": "Mars/Olympus"}, {"holidays": "XX-99"}], ids=str
)
def test_a_series_that_cannot_be_read_stops_no_other_and_is_reported_once(session, values):
    add_seated(session, ANNA, HTTF)
    add_coordinator(session, NORA)
    bad, good = add_meeting(session), add_meeting(session, replace(TUESDAYS, starts_at=time(9)))
    lead(session, good, 60)
    tick(session, NOON)
    spoilt(session, bad, **values)
    jump(session, "2026-03-10T07:58")

    found = heard(session, "2026-03-10T07:59", minutes=70)

    assert [text for who, text in found if who == ANNA] == [f"Meeting Tue 09:00. {OPEN}"]
    assert [text for who, text in found if who == NORA] == [
        "It cannot be read when a series meets, so nobody is reminded of it. Set its dates anew."
    ]
    assert occurrences(session, [find_series(session, bad.id)], first=date(2026, 3, 1), last=date(2026, 4, 1)) == ()  # fmt: skip


def test_once_it_is_set_right_its_change_is_told(session):
    series = add_meeting(session)
    reminded(session, series, ANNA)
    moved(session, series, "2026-03-10T14:00", now=at("2026-03-09T11:00"))
    spoilt(session, series, rule="FREQ=NEVER")
    assert [each for each in heard(session, "2026-03-09T11:01") if each[0] == ANNA] == []

    spoilt(session, series, rule=series.plan.rule)

    assert heard(session, "2026-03-09T11:10") == [(ANNA, f"Meeting Tue 10:00 is now Tue 14:00. {OPEN}")]  # fmt: skip


def leaves(session, series):
    member = find_member(session, team_id=TEAM, user_id=BERT)
    end(session, member, as_=DEACTIVATED, now=NOON)


def mutes(session, series):
    mute(session, series, user_id=BERT, now=NOON)


def forgets(session, series):
    forget(session, team_id=TEAM, user_id=BERT, now=NOON)


@pytest.mark.parametrize("goes", [leaves, mutes, forgets])
def test_whose_delegate_is_told_no_more_hears_of_it_and_is_reminded_instead(session, goes):
    add_seated(session, ANNA, HTTF)
    add_seated(session, BERT, MDT)
    series = add_meeting(session)
    lead(session, series, 60)
    found = find_occurrence(session, series.id, key=KEY)
    say(session, found, user_id=ANNA, answer=Answer.DELEGATE, delegate=BERT, now=NOON)
    jump(session, "2026-03-05T12:59")
    assert heard(session, "2026-03-05T13:00") == []

    goes(session, series)

    text = "Meeting Tue Mar 10 10:00: whom you send is not told of it any more, so you are."
    ((who, told),) = heard(session, "2026-03-05T14:00")
    assert (who, told.endswith(OPEN)) == (ANNA, True)
    assert told.split(": ")[-1] == f"{text.split(': ')[-1]} {OPEN}"
    skip_to(session, at("2026-03-10T08:59"))
    assert heard(session, "2026-03-10T09:00") == [(ANNA, f"Meeting Tue 10:00. {OPEN}")]


def test_who_answers_otherwise_meanwhile_is_told_of_no_delegate(session):
    add_seated(session, ANNA, HTTF)
    add_seated(session, BERT, MDT)
    series = add_meeting(session)
    found = find_occurrence(session, series.id, key=KEY)
    say(session, found, user_id=ANNA, answer=Answer.DELEGATE, delegate=BERT, now=NOON)
    jump(session, "2026-03-05T12:59")
    mutes(session, series)
    tick(session, at("2026-03-05T13:00"))
    say(session, found, user_id=ANNA, answer=Answer.YES, now=at("2026-03-05T13:00"))

    assert deliver(session, at("2026-03-05T13:01")) == []
    assert [each[:3] for each in fates(session) if each[0] == DELEGATION] == [(DELEGATION, ANNA, "skipped")]  # fmt: skip


def test_no_id_of_a_delegate_is_in_the_name_of_a_message(session):
    add_seated(session, ANNA, HTTF)
    add_seated(session, BERT, MDT)
    series = add_meeting(session)
    found = find_occurrence(session, series.id, key=KEY)
    say(session, found, user_id=ANNA, answer=Answer.DELEGATE, delegate=BERT, now=NOON)
    mutes(session, series)
    jump(session, "2026-03-05T12:59")

    tick(session, at("2026-03-05T13:00").astimezone(UTC))

    (row,) = [each for each in session.exec(select(DeliveryRow)) if each.kind == DELEGATION]
    assert BERT not in f"{row.occasion} {row.payload}"
    assert UNREADABLE not in {each[0] for each in fates(session)}


def test_what_hundreds_are_told_of_is_looked_up_once(session):
    """
    Each look reads every series there is.
    """
    series = add_meeting(session)
    reminded(session, series, *(f"U0ALL{number}" for number in range(12)))
    moved(session, series, "2026-03-10T14:00", now=at("2026-03-09T11:00"))
    asked = []
    engine = session.get_bind()

    def note(_connection, _cursor, statement, *_):
        asked.append(statement)

    event.listen(engine, "before_cursor_execute", note)
    plan_news(session, now=at("2026-03-09T11:01"))
    event.remove(engine, "before_cursor_execute", note)

    assert sum("FROM meeting_series" in each for each in asked) < 12
    assert len([each for each in fates(session) if each[0] == NEWS]) == 12
