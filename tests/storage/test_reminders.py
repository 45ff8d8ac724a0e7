"""
Reminders: planned when they are due, once, and sent as the meeting stands by then.
"""

from dataclasses import replace
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from sqlmodel import col, select

from storage.attendance import Answer, say
from storage.audiences import COORDINATORS
from storage.claims import MUTED as MUTES_KIND
from storage.deliveries import TOO_LATE
from storage.leads import USUAL, Lead, leads_of, set_leads
from storage.meeting_edits import cancel, change_series, move, skip
from storage.meetings import find_occurrence, find_series, read_key
from storage.members import DEACTIVATED, end, find_member
from storage.models import Delivery
from storage.preferences import EVERY_KIND, Preference, QuietHours, prefer
from storage.reminder_wishes import Agenda, mute, snooze, unmute, wish_agenda
from storage.reminders import (
    CANNOT,
    LEFT,
    MOVED,
    NO_CHANNEL,
    NOT_THERE,
    PUT_OFF,
    REMINDER,
    SENDS,
    plan_reminders,
)
from storage.reminders import MUTED as MUTES_SERIES
from storage.seats import leave_seats
from storage.session import open_database, transaction
from tests.gathering import (
    BY,
    HTTF,
    MDT,
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
from tests.storage.test_deliveries import at_once

START = datetime(2026, 3, 10, 17, tzinfo=UTC)  # 10:00 in the county
KEY = "2026-03-10T10:00"
HOUR, MINUTE, DAY = timedelta(hours=1), timedelta(minutes=1), timedelta(days=1)
EVERY_OTHER = replace(TUESDAYS, rule="FREQ=WEEKLY;INTERVAL=2;BYDAY=TU")
HIDDEN = "subcommittee:survivor-leadership"
OPEN = "Open for details."


@pytest.fixture
def series(session):
    for who in ("U0ANNA", "U0BERT"):
        add_seated(session, who, HTTF)
    found = add_meeting(session, EVERY_OTHER)
    tick(session, START - 20 * DAY)
    return found


def key(text=KEY):
    return read_key(text)


def meeting(session, series, text=KEY):
    return find_occurrence(session, series.id, key=key(text))


def version(session, series):
    return find_series(session, series.id).version


def moved(session, series, to, *, now, text=KEY):
    return move(
        session, series.id, key=key(text), version=version(session, series), to=key(to),
        place=series.place, link=series.link, by=BY, now=now,
    )  # fmt: skip


def readers(found):
    return [(moment, who) for moment, who, _ in found]


def dues(session):
    rows = session.exec(
        select(Delivery).where(Delivery.kind == REMINDER).order_by(col(Delivery.id))
    )
    return [(row.due_at, row.recipient) for row in rows]


def run(session, around, *, minutes=3):
    """
    Let the bot run from a minute before *around*.
    """
    skip_to(session, around - MINUTE)
    return pass_time(session, since=around, until=around + minutes * MINUTE)


def test_a_series_of_its_own_leads_has_those_and_no_others(session, series):
    assert leads_of(session, [series.id]) == {series.id: USUAL}
    two = (Lead(minutes=2880), Lead(minutes=30, role=COORDINATORS))

    assert set_leads(session, series.id, two, by=BY, now=START)
    assert not set_leads(session, series.id, two, by=BY, now=START)
    assert leads_of(session, [series.id]) == {series.id: two}

    assert set_leads(session, series.id, [], by=BY, now=START)
    assert leads_of(session, [series.id]) == {series.id: ()}
    assert run(session, START - HOUR) == []


@pytest.mark.parametrize(("ahead", "said"), [(7 * DAY - HOUR, "Tue, Mar 10, 10:00"), (DAY, "Tue 10:00"), (HOUR, "Tue 10:00")])  # fmt: skip
def test_everybody_who_sits_there_is_reminded_once(ahead, said, session, series):
    add_seated(session, "U0MDT", MDT)

    # The week before, summer time had not begun: the same time by the clocks.
    found = run(session, START - ahead)

    text = f"Meeting {said}. {OPEN}"
    assert found == [(START - ahead, "U0ANNA", text), (START - ahead, "U0BERT", text)]


def test_who_sits_in_a_part_is_reminded_of_the_whole_and_not_the_other_way(session, series):
    add_seated(session, "U0PART", HIDDEN)
    hidden = add_meeting(session, group=HIDDEN, name="Quiet ones")

    found = run(session, START - HOUR)

    assert sorted(readers(found)) == [
        (START - HOUR, who) for who in ("U0ANNA", "U0BERT", "U0PART", "U0PART")
    ]
    assert hidden.plain
    assert {text for _, _, text in found} == {f"Meeting Tue 10:00. {OPEN}"}


def test_coordinators_among_them_may_have_a_lead_of_their_own(session, series):
    add_coordinator(session, "U0BERT")
    add_coordinator(session, "U0ELSE")
    leads = [Lead(minutes=60), Lead(minutes=60, role=COORDINATORS), Lead(minutes=120, role=COORDINATORS)]  # fmt: skip
    set_leads(session, series.id, leads, by=BY, now=START - DAY)

    assert readers(run(session, START - 2 * HOUR)) == [(START - 2 * HOUR, "U0BERT")]
    assert [who for _, who in readers(run(session, START - HOUR))] == ["U0ANNA", "U0BERT"]


def test_a_channel_reads_title_time_place_and_link_and_a_lock_screen_only_the_time(session, series):
    lead = Lead(minutes=1440, to_people=False, channel="C0HTTF")
    set_leads(session, series.id, [lead], by=BY, now=START)
    skip_to(session, START - DAY - MINUTE)
    tick(session, START - DAY)

    ((delivery, notice),) = deliver(session, START - DAY)

    assert delivery.recipient == "C0HTTF"
    assert notice.text == f"Meeting Tue 10:00. {OPEN}"
    assert notice.shown == (
        "HTTF weekly: Tue, Mar 10, 2026, 10:00–11:30 PDT\nPlace: Room 1\n"
        "Link: https://meet.example.org/abc"
    )
    assert notice.buttons == ()


def test_of_a_plain_series_a_channel_reads_no_name_and_nobody_is_asked_who_comes(session):
    add_seated(session, "U0FAY", MDT)
    plain = add_meeting(session, group=MDT, name="HT-MDT", plain=True)
    set_leads(session, plain.id, [Lead(minutes=60, channel="C0MDT")], by=BY, now=START)
    tick(session, START - 20 * DAY)
    skip_to(session, START - HOUR - MINUTE)
    tick(session, START - HOUR)

    (posted, to_fay) = (notice for _, notice in deliver(session, START - HOUR))

    assert posted.shown.startswith("Meeting: Tue, Mar 10")
    assert [button.label for button in to_fay.buttons] == ["Remind me later", "Mute this series"]


def test_a_meeting_that_was_moved_is_reminded_anew_and_never_twice_at_the_same(session, series):
    assert len(run(session, START - DAY)) == 2

    moved(session, series, "2026-03-11T10:00", now=START - DAY + HOUR)
    moved(session, series, KEY, now=START - DAY + 2 * HOUR)
    assert run(session, START - DAY + 3 * HOUR) == []
    moved(session, series, "2026-03-11T16:00", now=START - DAY + 4 * HOUR)
    run(session, START - DAY + 5 * HOUR)  # what tells of the change

    again = START + DAY + 6 * HOUR  # of the new time
    assert readers(run(session, START - HOUR)) == []
    assert readers(run(session, again - DAY)) == [(again - DAY, "U0ANNA"), (again - DAY, "U0BERT")]


def test_a_lead_that_was_over_before_the_meeting_was_set_is_not_made_up_for(session, series):
    skip_to(session, START - 2 * HOUR)
    late = add_meeting(session, EVERY_OTHER, name="set late")

    found = pass_time(session, since=START - 90 * MINUTE, until=START - 50 * MINUTE)

    assert len(found) == 4  # an hour before, of both
    assert late.plan.starts_on == series.plan.starts_on


def waiting(session, series, who="U0ANNA"):
    """
    Let a reminder wait in its reader's quiet hours.
    """
    quiet = QuietHours(start=time(8, 30), end=time(9, 30), zone=ZoneInfo("America/Los_Angeles"))
    prefer(session, who, Preference(quiet=quiet), kind=EVERY_KIND)
    assert [each for each in run(session, START - HOUR) if each[1] == who] == []


def gone(session, series):
    leave_seats(session, user_id="U0ANNA", now=START)


def lapsed(session, series):
    member = find_member(session, team_id=TEAM, user_id="U0ANNA")
    end(session, member, as_=DEACTIVATED, now=START)


def delegated(session, series):
    add_seated(session, "U0DELE")
    say(session, meeting(session, series), user_id="U0ANNA", answer=Answer.DELEGATE, delegate="U0DELE", now=START)  # fmt: skip


def cannot(session, series):
    say(session, meeting(session, series), user_id="U0ANNA", answer=Answer.NO, now=START)


@pytest.mark.parametrize(
    ("happens", "why"),
    [
        (lambda session, series: skip(session, series.id, key=key(), version=series.version, by=BY, now=START - HOUR), "this meeting is skipped"),
        (lambda session, series: cancel(session, series.id, key=key(), version=series.version, by=BY, now=START - HOUR), "this meeting is cancelled"),
        (lambda session, series: moved(session, series, "2026-03-11T10:00", now=START - HOUR), MOVED),
        (lambda session, series: mute(session, series, user_id="U0ANNA", now=START), MUTES_SERIES),
        (lambda session, series: prefer(session, "U0ANNA", Preference(muted=True), kind=REMINDER), MUTES_KIND),
        (lapsed, LEFT),
        (gone, NOT_THERE),
        (delegated, SENDS),
        (cannot, CANNOT),
    ],
)  # fmt: skip
def test_what_is_no_longer_needed_is_skipped_with_words(happens, why, session, series):
    waiting(session, series)

    happens(session, series)
    pass_time(session, since=START - 35 * MINUTE, until=START - 25 * MINUTE)

    assert (REMINDER, "U0ANNA", "skipped", why) in fates(session)


def test_a_channel_that_is_taken_out_meanwhile_gets_nothing(session, series):
    set_leads(session, series.id, [Lead(minutes=60, channel="C0HTTF")], by=BY, now=START)
    skip_to(session, START - HOUR - MINUTE)
    tick(session, START - HOUR)
    set_leads(session, series.id, [Lead(minutes=60)], by=BY, now=START)

    deliver(session, START - HOUR)

    assert (REMINDER, "C0HTTF", "skipped", NO_CHANNEL) in fates(session)


def test_a_place_that_changed_meanwhile_is_right_where_it_is_opened(session, series):
    set_leads(session, series.id, [Lead(minutes=60, channel="C0HTTF", to_people=False)], by=BY, now=START)  # fmt: skip
    skip_to(session, START - HOUR - MINUTE)
    tick(session, START - HOUR)
    move(
        session, series.id, key=key(), version=series.version, to=key(), place="Room 2",
        link=None, by=BY, now=START - HOUR,
    )  # fmt: skip

    ((_, notice),) = deliver(session, START - HOUR)

    assert "Room 2" in notice.shown


def test_after_downtime_the_last_reminder_goes_late(session, series):
    tick(session, START - 8 * DAY)

    found = pass_time(session, since=START - 20 * MINUTE, until=START - 19 * MINUTE)

    assert readers(found) == [(START - 20 * MINUTE, "U0ANNA"), (START - 20 * MINUTE, "U0BERT")]
    assert dues(session) == [(START - HOUR, "U0ANNA"), (START - HOUR, "U0BERT")]


def test_after_a_longer_downtime_what_is_too_late_is_reported_and_not_sent(session, series):
    skip_to(session, START - 2 * HOUR)

    assert pass_time(session, since=START + HOUR, until=START + HOUR + MINUTE) == []
    assert fates(session) == [(REMINDER, who, "skipped", TOO_LATE) for who in ("U0ANNA", "U0BERT")]
    rows = session.exec(select(Delivery.to_report_at)).all()
    assert None not in rows


def test_a_clock_that_is_set_back_reminds_of_nothing_twice_and_forgets_nothing(session, series):
    found = run(session, START - HOUR)
    far = START + 6 * HOUR
    tick(session, far)  # set by mistake, and back
    found += pass_time(session, since=START - HOUR, until=START - 57 * MINUTE)
    later = add_meeting(session, replace(EVERY_OTHER, starts_at=time(11)), name="at eleven")

    found += pass_time(session, since=START - 5 * MINUTE, until=START + 5 * MINUTE)

    assert later.plan.starts_at == time(11)
    assert sorted(readers(found)) == sorted(
        (moment, who) for moment in (START - HOUR, START) for who in ("U0ANNA", "U0BERT")
    )


def test_who_would_wake_after_the_meeting_is_told_before_they_go_to_sleep(session, series):
    quiet = QuietHours(start=time(21), end=time(10, 30), zone=ZoneInfo("America/Los_Angeles"))
    prefer(session, "U0ANNA", Preference(quiet=quiet), kind=EVERY_KIND)
    set_leads(session, series.id, [Lead(minutes=60)], by=BY, now=START)
    evening = START - 13 * HOUR - 5 * MINUTE  # 20:55 in the county

    skip_to(session, evening - MINUTE)
    found = pass_time(session, since=evening, until=evening + MINUTE)
    skip_to(session, START - HOUR - MINUTE)
    found += pass_time(session, since=START - HOUR, until=START - 59 * MINUTE)

    assert readers(found) == [(evening, "U0ANNA"), (START - HOUR, "U0BERT")]


def test_a_snoozed_reminder_comes_once_more_and_before_the_start(session, series):
    run(session, START - HOUR)
    one = meeting(session, series)
    until = START - 30 * MINUTE

    assert snooze(session, one, user_id="U0ANNA", until=START - 40 * MINUTE)
    assert snooze(session, one, user_id="U0ANNA", until=until)  # changed their mind
    assert not snooze(session, one, user_id="U0ANNA", until=until)
    snooze(session, one, user_id="U0BERT", until=START)  # would be after it began
    found = pass_time(session, since=START - 45 * MINUTE, until=START + 5 * MINUTE)

    assert readers(found) == [(until, "U0ANNA")]


def test_a_snooze_that_is_changed_while_it_waits_comes_at_the_other_time(session, series):
    run(session, START - HOUR)
    one = meeting(session, series)
    snooze(session, one, user_id="U0BERT", until=START - 40 * MINUTE)
    tick(session, START - 41 * MINUTE)
    tick(session, START - 40 * MINUTE)
    snooze(session, one, user_id="U0BERT", until=START - 10 * MINUTE)

    found = pass_time(session, since=START - 39 * MINUTE, until=START)

    assert readers(found) == [(START - 10 * MINUTE, "U0BERT")]
    assert (REMINDER, "U0BERT", "skipped", PUT_OFF) in fates(session)


def test_a_mute_goes_with_a_series_that_is_changed_from_a_day_on(session, series):
    mute(session, series, user_id="U0ANNA", now=START)
    later = change_series(
        session, series.id, version=series.version, since=START.date() + 14 * DAY, name=series.name,
        plan=replace(EVERY_OTHER, starts_at=time(12)), place=None, link=None, by=BY, now=START,
    )  # fmt: skip
    next_one = START + 14 * DAY + 2 * HOUR

    assert later.id != series.id
    assert readers(run(session, next_one - HOUR)) == [(next_one - HOUR, "U0BERT")]
    assert unmute(session, find_series(session, series.id), user_id="U0ANNA")
    assert not unmute(session, find_series(session, series.id), user_id="U0ANNA")
    assert len(run(session, next_one + 14 * DAY - HOUR)) == 2


def test_whom_somebody_sends_is_reminded_in_their_stead(session, series):
    add_seated(session, "U0DELE")
    one = meeting(session, series)
    say(session, one, user_id="U0ANNA", answer=Answer.DELEGATE, delegate="U0DELE", now=START - DAY)

    assert readers(run(session, START - HOUR)) == [
        (START - HOUR, "U0BERT"),
        (START - HOUR, "U0DELE"),
    ]


def test_whoever_sends_somebody_who_cannot_come_is_reminded_again(session, series):
    add_seated(session, "U0DELE")
    one = meeting(session, series)
    say(session, one, user_id="U0ANNA", answer=Answer.DELEGATE, delegate="U0DELE", now=START - DAY)
    say(session, one, user_id="U0DELE", answer=Answer.NO, now=START - DAY)

    assert [who for _, who in readers(run(session, START - HOUR))] == ["U0ANNA", "U0BERT"]


def test_who_said_that_they_cannot_come_is_asked_anew_where_it_is_moved(session, series):
    say(session, meeting(session, series), user_id="U0ANNA", answer=Answer.NO, now=START - 2 * DAY)
    assert [who for _, who in readers(run(session, START - DAY))] == ["U0BERT"]

    moved(session, series, "2026-03-11T10:00", now=START - 20 * HOUR)

    assert [who for _, who in readers(run(session, START + DAY - HOUR))] == ["U0ANNA", "U0BERT"]


def test_ten_ticks_at_once_remind_once(loaded_url):
    database = open_database(loaded_url, busy_seconds=10)
    with transaction(database, task_force_id=1) as session:
        add_seated(session, "U0ANNA", "collaborative:coalition", of="county")
        add_meeting(session, group="collaborative:coalition")
        tick(session, START - 2 * HOUR)

    def work(_, opened):
        with transaction(opened, task_force_id=1) as session:
            return plan_reminders(session, now=START - HOUR)

    results = at_once(loaded_url, database, work, workers=10)
    with transaction(database, task_force_id=1) as session:
        total = len(dues(session))
    database.dispose()
    assert (sorted(results), total) == ([0] * 9 + [1], 1)


def test_of_many_who_set_the_same_leads_at_once_one_does(loaded_url):
    database = open_database(loaded_url, busy_seconds=10)
    with transaction(database, task_force_id=1) as session:
        number = add_meeting(session, group="collaborative:coalition").id

    def work(_, opened):
        with transaction(opened, task_force_id=1) as session:
            return set_leads(session, number, [Lead(minutes=30)], by="U1", now=START)

    results = at_once(loaded_url, database, work, workers=4)
    with transaction(database, task_force_id=1) as session:
        leads = leads_of(session, [number])[number]
    database.dispose()
    assert (sorted(results), leads) == ([False] * 3 + [True], (Lead(minutes=30),))


@pytest.mark.parametrize(
    ("starts", "minutes"),
    [
        ("2026-03-08T02:30", ["2026-03-01T10:30", "2026-03-07T10:30", "2026-03-08T09:30"]),
        ("2026-11-01T01:30", ["2026-10-25T08:30", "2026-10-31T08:30", "2026-11-01T07:30"]),
        ("2027-03-15T10:00", ["2027-03-08T18:00", "2027-03-14T17:00", "2027-03-15T16:00"]),
        ("2027-11-08T10:00", ["2027-11-01T17:00", "2027-11-07T18:00", "2027-11-08T17:00"]),
    ],
)
def test_where_clocks_change_a_day_before_is_the_same_time_by_the_clocks(starts, minutes, session):
    add_seated(session, "U0ANNA", HTTF)
    at = datetime.fromisoformat(starts)
    add_meeting(session, replace(TUESDAYS, starts_on=at.date(), starts_at=at.time(), rule=""))
    tick(session, START - 20 * DAY)

    found = []
    for minute in minutes:
        due = datetime.fromisoformat(f"{minute}+00:00")
        skip_to(session, due - 2 * MINUTE)
        found += pass_time(session, since=due - MINUTE, until=due + MINUTE)

    assert [f"{moment:%Y-%m-%dT%H:%M}" for moment, _, _ in found] == minutes


def test_the_weeks_meetings_come_in_one_message_at_the_readers_own_morning(session, series):
    zone = ZoneInfo("America/New_York")
    quiet = QuietHours(start=time(22), end=time(7), zone=zone)
    prefer(session, "U0ANNA", Preference(quiet=quiet), kind=EVERY_KIND)
    set_leads(session, series.id, [], by=BY, now=START)
    wish_agenda(session, "U0ANNA", Agenda(), now=START)
    monday = datetime(2026, 3, 9, 8, tzinfo=zone).astimezone(UTC)

    found = run(session, monday)
    found += run(session, monday + 7 * DAY)  # there is none
    wish_agenda(session, "U0ANNA", Agenda(days=14), now=START)
    found += run(session, monday + 14 * DAY)
    wish_agenda(session, "U0ANNA", None, now=START)
    found += run(session, monday + 28 * DAY)

    assert found == [
        (monday, "U0ANNA", f"1 meeting in the next 7 days. {OPEN}"),
        (monday + 14 * DAY, "U0ANNA", f"1 meeting in the next 14 days. {OPEN}"),
    ]


def test_where_there_are_no_meetings_none_comes(session, series):
    mute(session, series, user_id="U0ANNA", now=START)
    set_leads(session, series.id, [], by=BY, now=START)
    wish_agenda(session, "U0ANNA", Agenda(), now=START)

    assert run(session, datetime(2026, 3, 9, 15, tzinfo=UTC)) == []
    assert fates(session)[-1][2:] == ("skipped", "there is no meeting in these days")
