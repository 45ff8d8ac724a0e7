"""
/ht reminders: open, say, send somebody, put off, mute, and set who is reminded.
"""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from sqlmodel import col, select, update

from bot.library import Library
from commands.contract import Standing
from storage import models
from storage.attendance import answers
from storage.audit import entries
from storage.delegations import DELEGATION
from storage.details import MEMBERS
from storage.leads import leads_of
from storage.meeting_edits import cancel, move, skip
from storage.meetings import find_occurrence, find_series, read_key
from storage.people import RoleName
from storage.reminder_wishes import find_agenda
from tests.commands.desk import TEAM, Desk
from tests.gathering import (
    BY,
    HTTF,
    KINDS,
    MDT,
    TUESDAYS,
    add_meeting,
    add_seated,
    deliver,
    skip_to,
    tick,
)

START = datetime(2026, 3, 10, 17, tzinfo=UTC)  # 10:00 in the county
KEY = "2026-03-10T10:00"
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
ANNA, BERT, CLEO, FAY, CORA = "U0ANNA", "U0BERT", "U0CLEO", "U0FAY", "U0CORA"
PLAN = replace(TUESDAYS, rule="FREQ=WEEKLY;INTERVAL=2;BYDAY=TU")
SEEN = "2026-03-10T17:00"


@pytest.fixture
def desk(desk_library: Library) -> Desk:
    desk = Desk(library=desk_library, now=START - DAY)

    def people(session):
        for who in (ANNA, BERT):
            add_seated(session, who, HTTF, team_id=TEAM, name=f"Name {who}")
        add_seated(session, CLEO, team_id=TEAM, name="Cleo Colleague")
        add_seated(session, FAY, MDT, of="da", team_id=TEAM, name="Fay Far")
        add_meeting(session, PLAN)
        add_meeting(session, PLAN, group=MDT, name="HT-MDT", plain=True)
        session.exec(update(models.Member).values(listed=MEMBERS))

    desk.library.write_now(people)
    desk.standings |= dict.fromkeys((ANNA, BERT, CLEO, FAY), Standing.APPROVED)
    return desk


def do(desk, work):
    return desk.library.write_now(work)


def number(desk, name="HTTF weekly"):
    query = select(models.MeetingSeries.id).where(models.MeetingSeries.name == name)
    return desk.library.read_now(
        lambda session: session.exec(query.order_by(col(models.MeetingSeries.id).desc())).first()
    )


def meeting(desk, name="HTTF weekly"):
    return f"{number(desk, name)} {KEY} {SEEN}"


def said(desk, who):
    def read(session):
        found = find_occurrence(session, number(desk), key=read_key(KEY))
        own = answers(session, found).get(who)
        return own and (own.answer.value, own.delegate)

    return desk.library.read_now(read)


def change(desk, how, **values):
    def work(session):
        found = find_series(session, number(desk))
        how(session, found.id, key=read_key(KEY), version=found.version, by=BY, now=desk.now, **values)  # fmt: skip

    do(desk, work)


def to_wednesday(desk):
    change(desk, move, to=read_key("2026-03-11T11:00"), place="Room 2", link=None)


def told(desk, who):
    """
    Return what the bot sends *who* now.
    """

    def work(session):
        tick(session, desk.now)
        return [notice for each, notice in deliver(session, desk.now) if each.recipient == who]

    return do(desk, work)


def test_a_reminder_opens_when_and_where_by_the_readers_own_clocks(desk):
    desk.read("reminders zone america/new_york", ANNA)

    text = desk.read(f"reminders open {number(desk)} {KEY}", ANNA)

    assert "HTTF weekly" in text
    assert "When: Tue, Mar 10, 2026, 13:00–14:30 EDT" in text
    assert "There: Tue, Mar 10, 2026, 10:00–11:30 PDT" in text
    assert "Place: Room 1" in text
    assert "https://meet.example.org/abc" in text
    here = desk.read(f"reminders open {number(desk)} {KEY}", BERT)
    assert "When: Tue, Mar 10, 2026, 10:00–11:30 PDT" in here
    assert "There" not in here


def test_a_plain_meeting_has_no_name_and_nobody_says_who_comes(desk):
    desk.role(CORA, RoleName.COORDINATOR)
    mdt = number(desk, "HT-MDT")

    text = desk.read(f"reminders open {mdt} {KEY}", FAY)

    assert text.startswith("Meeting\n")
    assert "MDT" not in text
    assert "I'll be there" not in text
    assert "Who comes" not in desk.read(f"reminders open {mdt} {KEY}", CORA)
    for verb in ("yes", "no", "delegate"):
        assert "is kept nowhere" in desk.read(f"reminders {verb} {meeting(desk, 'HT-MDT')}", FAY)
    assert "is kept nowhere" in desk.read(f"reminders who {mdt} {KEY}", CORA)
    rows = desk.library.read_now(lambda session: session.exec(select(models.Attendance)).all())
    assert rows == []


def test_saying_so_twice_is_once_and_saying_otherwise_counts(desk):
    assert "Noted: you will be there." in desk.read(f"reminders yes {meeting(desk)}", ANNA)
    again = desk.read(f"reminders yes {meeting(desk)}", ANNA)
    assert "You said so before. Nothing was changed." in again
    assert "You said: that you will be there" in again
    assert said(desk, ANNA) == ("yes", None)

    assert "no more, unless it is moved" in desk.read(f"reminders no {meeting(desk)}", ANNA)
    assert said(desk, ANNA) == ("no", None)


def test_a_press_on_what_was_moved_notes_nothing_and_says_so(desk):
    to_wednesday(desk)

    for verb in ("yes", "no", "delegate", "snooze"):
        answer = desk.ask(f"reminders {verb} {meeting(desk)}", ANNA)
        assert "It was moved since" in answer.rendered.text
        assert "Nothing was noted" in answer.rendered.text
    assert said(desk, ANNA) is None
    assert "Moved from Tue, Mar 10, 2026, 10:00" in desk.read(f"reminders open {number(desk)} {KEY}", ANNA)  # fmt: skip


def test_a_press_on_what_is_off_or_over_notes_nothing_and_says_so(desk):
    change(desk, skip)
    assert "does not take place any more" in desk.read(f"reminders yes {meeting(desk)}", ANNA)
    assert "State: Skipped" in desk.read(f"reminders open {number(desk)} {KEY}", ANNA)
    change(desk, cancel)
    assert "does not take place any more" in desk.read(f"reminders snooze {meeting(desk)} 15", ANNA)

    desk.now = START + 15 * DAY
    assert "has begun, or is over" in desk.read(
        f"reminders yes {number(desk)} 2026-03-24T10:00 2026-03-24T17:00", ANNA
    )
    assert "does not take place any more" in desk.read("reminders yes 999 2026-03-24T10:00", ANNA)
    assert said(desk, ANNA) is None


def test_nobody_speaks_of_a_meeting_that_is_not_theirs(desk):
    assert "You do not sit in the group" in desk.read(f"reminders yes {meeting(desk)}", FAY)
    assert "You do not sit in the group" in desk.read(f"reminders snooze {meeting(desk)} 15", CLEO)
    assert "no series you are reminded of" in desk.read(f"reminders mute {number(desk)}", CLEO)


def test_a_hidden_groups_meetings_are_named_to_nobody_else(desk):
    hidden = do(desk, lambda session: add_meeting(session, PLAN, group="subcommittee:survivor-leadership", name="Quiet ones"))  # fmt: skip

    for text in (f"reminders open {hidden.id} {KEY}", f"reminders yes {hidden.id} {KEY}", "reminders Quiet ones", "reminders", "reminders who Quiet ones", f"reminders {hidden.id}"):  # fmt: skip
        assert "uiet ones" not in desk.read(text, ANNA).replace("Quiet ones?", "")
        assert "Survivor" not in desk.read(text, ANNA)


def delegate(desk, who=CLEO, by=ANNA):
    view = desk.open(f"reminders delegate {meeting(desk)}", by)
    return desk.send(view, by, delegate=who)


def test_a_delegate_is_told_neutrally_and_may_say_that_they_cannot(desk):
    answer = delegate(desk)
    assert "You send: Cleo Colleague" in answer.rendered.text
    assert said(desk, ANNA) == ("delegate", CLEO)

    (notice,) = told(desk, CLEO)
    assert notice.text == "Meeting Tue 10:00: a colleague asks you to go. Open for details."
    assert [button.label for button in notice.buttons] == ["I'll be there", "I can't"]
    assert "You go for: Name U0ANNA" in desk.read(notice.opens, CLEO)
    assert told(desk, ANNA) == []

    assert "you cannot come" in desk.read(notice.buttons[1].command, CLEO)
    desk.after(minutes=1)
    (notice,) = told(desk, ANNA)
    assert notice.text == "Meeting Tue 10:00: whom you send cannot come. Open for details."
    assert "You send: Cleo Colleague, who cannot come" in desk.read(notice.opens, ANNA)


def test_who_goes_themself_after_all_frees_whom_they_sent(desk):
    delegate(desk)
    told(desk, CLEO)
    desk.after(minutes=5)

    assert "Noted" in desk.read(f"reminders yes {meeting(desk)}", ANNA)

    (notice,) = told(desk, CLEO)
    assert notice.text == "Meeting Tue 10:00: you need not go for your colleague. Open for details."


def test_sending_the_same_twice_tells_them_once(desk):
    delegate(desk)
    desk.after(minutes=1)

    assert "You send them already." in delegate(desk).rendered.text

    query = select(models.Delivery).where(models.Delivery.kind == DELEGATION)
    assert len(desk.library.read_now(lambda session: session.exec(query).all())) == 1


def test_only_listed_members_of_the_same_agency_are_offered_and_taken(desk):
    assert delegate(desk, FAY).errors == {"delegate": "Please choose a member of your agency."}
    assert delegate(desk, ANNA).errors == {"delegate": "Please choose a member of your agency."}
    listed = update(models.Member).where(models.Member.name == "Cleo Colleague")
    do(desk, lambda session: session.exec(listed.values(listed="coordinators")))
    assert delegate(desk, CLEO).errors == {"delegate": "Please choose a member of your agency."}


def test_whoever_goes_for_somebody_or_sends_somebody_is_no_link_of_a_chain(desk):
    delegate(desk, BERT)

    assert "You go for somebody yourself" in desk.read(f"reminders delegate {meeting(desk)}", BERT)
    do(desk, lambda session: add_seated(session, "U0DORA", HTTF, team_id=TEAM))
    desk.standings["U0DORA"] = Standing.APPROVED
    assert "send somebody themself" in delegate(desk, ANNA, by="U0DORA").errors["delegate"]


def test_who_comes_is_for_the_coordinators_of_that_body_alone(desk):
    desk.role(CORA, RoleName.COORDINATOR, scope="httf")
    desk.role("U0ELSE", RoleName.COORDINATOR, scope="ht-mdt")
    desk.role("U0BOSS", RoleName.ADMIN)
    desk.read(f"reminders yes {meeting(desk)}", BERT)
    delegate(desk)
    who = f"reminders who {number(desk)} {KEY}"

    text = desk.read(who, CORA)

    assert "Come (1): Name U0BERT" in text
    assert "Send a delegate (1): Cleo Colleague for Name U0ANNA" in text
    assert "Cannot come (0): nobody" in text
    assert "Who comes" in desk.read(f"reminders open {number(desk)} {KEY}", CORA)
    for other in ("U0ELSE", "U0BOSS", ANNA):
        assert "you are not one of them" in desk.read(who, other)
        assert "Name U0BERT" not in desk.read(who, other)


def test_later_offers_only_what_comes_before_the_start(desk):
    desk.now = START - timedelta(minutes=40)
    offered = desk.read(f"reminders snooze {meeting(desk)}", ANNA)
    assert "In 15 minutes" in offered
    assert "In an hour" not in offered
    assert "The meeting would have begun" in desk.read(f"reminders snooze {meeting(desk)} 60", ANNA)

    put_off = desk.read(f"reminders snooze {meeting(desk)} 15", ANNA)
    assert "You are reminded once more: Tue 09:35." in put_off
    assert "reminded then already" in desk.read(f"reminders snooze {meeting(desk)} 15", ANNA)
    do(desk, lambda session: tick(session, START - 20 * DAY))
    do(desk, lambda session: skip_to(session, desk.now))
    desk.now = START - timedelta(minutes=25)
    (notice,) = told(desk, ANNA)
    assert notice.text == "Meeting Tue 10:00. Open for details."

    desk.now = START - timedelta(minutes=5)
    assert "no time left" in desk.read(f"reminders snooze {meeting(desk)}", ANNA)


def test_tomorrow_morning_is_the_readers_own(desk):
    desk.read("reminders zone America/New_York", ANNA)

    text = desk.read(f"reminders snooze {meeting(desk)} morning", ANNA)

    assert "You are reminded once more: Tue 08:00." in text


def test_a_series_is_muted_and_unmuted_where_one_sees_it(desk):
    page = desk.read("reminders", ANNA)
    assert "HTTF weekly" in page
    assert "You are reminded 7 days, 1 day, 1 hour before." in page
    assert "HT-MDT" not in page

    assert "Muted\n" in desk.read(f"reminders mute {number(desk)}", ANNA)
    assert "Muted already" in desk.read(f"reminders mute {number(desk)}", ANNA)
    assert "Muted: you are not reminded." in desk.read("reminders", ANNA)
    assert "Not muted any more" in desk.read("reminders unmute HTTF weekly", ANNA)
    assert "It was not muted" in desk.read(f"reminders unmute {number(desk)}", ANNA)


def test_the_weeks_message_is_wished_changed_and_stopped(desk):
    saved = desk.filled("reminders weekly", ANNA, day="3", at="07:15", ahead="14")
    assert "Thursday at 07:15, for the next 14 days" in saved.rendered.text
    assert "Thursday at 07:15" in desk.read("reminders", ANNA)
    wish = desk.library.read_now(lambda session: find_agenda(session, ANNA))
    assert (wish.weekday, f"{wish.at:%H:%M}", wish.days) == (3, "07:15", 14)

    assert "Stopped" in desk.filled("reminders weekly", ANNA, day="off").rendered.text
    assert "does not come anyway" in desk.read("reminders stop", ANNA)
    ahead = desk.read("reminders ahead 14", ANNA)
    assert "HTTF weekly: Tue, Mar 10, 2026, 10:00–11:30 PDT" in ahead


def test_coordinators_of_that_body_set_the_leads_and_it_is_in_the_audit(desk):
    desk.role(CORA, RoleName.COORDINATOR, scope="httf")
    desk.role("U0ELSE", RoleName.COORDINATOR, scope="ht-mdt")
    shown = desk.read("reminders HTTF weekly", CORA)
    assert "Everybody who sits there: 7 days, 1 day, 1 hour before" in shown
    assert "Set them" in shown
    assert "Only its coordinators" in desk.read(f"reminders set {number(desk)}", "U0ELSE")

    view, other = (desk.open(f"reminders set {number(desk)}", CORA) for _ in range(2))
    missing = desk.send(view, CORA, people=("1440",), posted=("60",))
    assert "channel" in missing.errors
    done = desk.send(view, CORA, people=("1440",), coordinators=("120",), channel="C0HTTF", posted=("60",))  # fmt: skip
    assert "Saved" in done.rendered.text
    assert "Coordinators among them, also: 2 hours before" in done.rendered.text

    leads = desk.library.read_now(lambda session: leads_of(session, [number(desk)]))
    assert {(each.minutes, each.role, each.to_people, each.channel) for each in leads[number(desk)]} == {
        (1440, "", True, None), (120, "role:coordinators", True, None), (60, "", False, "C0HTTF"),
    }  # fmt: skip
    stale = desk.send(other, CORA, people=())
    assert "Somebody else changed this" in stale.rendered.text
    acts = desk.library.read_now(lambda session: entries(session, limit=5, acts=["reminders."]))
    assert [each.act for each in acts] == ["reminders.set"]


def test_no_leads_at_all_is_a_wish_too(desk):
    desk.role(CORA, RoleName.COORDINATOR)
    desk.filled(f"reminders set {number(desk)}", CORA, people=())

    assert "Everybody who sits there: not reminded" in desk.read(f"reminders {number(desk)}", CORA)


def test_the_buttons_under_a_reminder_do_what_they_say(desk):
    do(desk, lambda session: tick(session, START - 20 * DAY))
    do(desk, lambda session: skip_to(session, START - DAY - timedelta(minutes=1)))

    (notice,) = told(desk, ANNA)

    labels = {button.label: button.command for button in notice.buttons}
    assert list(labels) == [
        "I'll be there", "I can't", "Send a delegate", "Remind me later", "Mute this series",
    ]  # fmt: skip
    for command in labels.values():
        answer = desk.ask(command, ANNA)
        assert answer.form or "Try it another way" not in answer.rendered.text
    assert "HTTF weekly" in desk.read(notice.opens, ANNA)
    assert set(KINDS) == {
        "reminder",
        "meeting change",
        "delegation",
        "unreadable meeting",
        "week ahead",
    }
