"""
How the bot's own messages went, and what a coordinator decides about them.
"""

from dataclasses import dataclass
from datetime import timedelta

import pytest

from bot.library import Library
from commands import deliveries, ping
from commands.announcing import announce
from commands.contract import (
    Button,
    Buttons,
    DeliveryKind,
    Entry,
    Notice,
    Person,
    Request,
    Standing,
    UserError,
)
from storage.claims import begin, claim, mark_failed, mark_sent, mark_unknown
from storage.deliveries import DeliveryState, Plan, Priority, find_delivery, plan
from tests.commands.answers import facts
from tests.conftest import NOON

ROOM = dict.fromkeys(Priority, 99)
LEASE = timedelta(minutes=1)


@dataclass
class Desk:
    library: Library

    def do(self, change):
        return self.library.write_now(change)

    def __call__(self, command, text="", *, user_id="U1", now=NOON, standing=Standing.COORDINATOR):
        asker = Person(team_id="T1", user_id=user_id) if user_id else None
        request = Request(
            text=text,
            standing=standing,
            now=now,
            memory=self.library.memory,
            asker=asker,
        )
        act = {action.word: action.handle for action in command.actions}.get(text.split(" ")[0])
        return self.do(lambda session: (act or command.handle)(request, session))

    def settle(self, mark, *, occasion="one", **changes):
        """
        Plan a delivery, send it as far as the wire, and note its outcome.
        """

        def change(session):
            plans = [Plan(kind="news", occasion=occasion, recipient="U9", due_at=NOON, **changes)]
            plan(session, plans, now=NOON)
            [one] = claim(session, holder="x", now=NOON, lease=LEASE, room=ROOM).deliveries
            begin(session, one.token, now=NOON, lease=LEASE)
            mark(session, one.token)
            return one.id

        return self.do(change)


@pytest.fixture
def desk(sqlite_url, open_library):
    return Desk(open_library(sqlite_url))


def unknown(session, token):
    mark_unknown(session, token, reason="cut off", now=NOON)


def failed(session, token):
    mark_failed(session, token, reason="account deactivated", now=NOON)


def sent(session, token):
    mark_sent(session, token, slack_ts="1.2", now=NOON)


def pressable(reply):
    found = []
    for part in reply.parts:
        if isinstance(part, Buttons):
            found += part.buttons
        if isinstance(part, Entry) and part.button:
            found.append(part.button)
    return [button.command for button in found]


def test_all_is_counted_and_trouble_has_its_buttons(desk):
    numbers = [desk.settle(mark, occasion=f"{mark}") for mark in (sent, unknown, failed)]
    reply = desk(deliveries.COMMAND)

    told = facts(reply)
    assert {state: told[state] for state in ("Sent", "Unknown", "Failed", "Planned")} == {
        "Sent": "1", "Unknown": "1", "Failed": "1", "Planned": "0",
    }  # fmt: skip
    assert pressable(reply) == [
        f"deliveries again {numbers[1]}",
        f"deliveries arrived {numbers[1]}",
        f"deliveries again {numbers[2]}",
        f"deliveries away {numbers[2]}",
    ]


def test_what_is_put_away_is_listed_no_more_and_not_sent(desk):
    number = desk.settle(failed)

    assert desk(deliveries.COMMAND, f"away {number}").title == "Put away"
    assert desk(deliveries.COMMAND, f"away {number}").title == "Nothing to decide"
    assert desk(deliveries.COMMAND, f"again {number}").title == "Nothing to decide"
    assert pressable(desk(deliveries.COMMAND)) == []
    unsure = desk.settle(unknown, occasion="two")
    assert desk(deliveries.COMMAND, f"away {unsure}").title == "Nothing to decide"


def test_whoever_answers_for_a_delivery_sees_and_decides_it_and_no_other(desk):
    own = desk.settle(failed, responsible="U5")
    other = desk.settle(failed, occasion="two")

    def ask(text=""):
        return desk(deliveries.COMMAND, text, user_id="U5", standing=Standing.MEMBER)

    assert facts(ask())["Failed"] == "1"
    assert pressable(ask()) == [f"deliveries again {own}", f"deliveries away {own}"]
    for word in ("again", "away", "arrived"):
        with pytest.raises(UserError, match="coordinators"):
            ask(f"{word} {other}")
    assert ask(f"again {own}").title == "It is sent again"
    nobody = desk(deliveries.COMMAND, user_id=None, standing=Standing.MEMBER)
    assert pressable(nobody) == []


@pytest.mark.parametrize(("standing", "may"), [(Standing.COORDINATOR, False), (Standing.ADMIN, True)])  # fmt: skip
def test_only_an_admin_sends_an_emergency_again(standing, may, desk):
    number = desk.settle(unknown, priority=Priority.EMERGENCY)
    again = f"deliveries again {number}"

    assert (again in pressable(desk(deliveries.COMMAND, standing=standing))) is may
    if may:
        done = desk(deliveries.COMMAND, f"again {number}", standing=standing)
        assert done.title == "It is sent again"
    else:
        with pytest.raises(UserError, match="administrators"):
            desk(deliveries.COMMAND, f"again {number}", standing=standing)


def test_times_are_those_of_the_county(desk):
    desk.settle(failed)

    [entry] = [part for part in desk(deliveries.COMMAND).parts if isinstance(part, Entry)]
    assert entry.lines[0].endswith(("PST", "PDT"))


def test_pressed_twice_it_is_sent_again_once_and_the_second_is_told(desk):
    number = desk.settle(unknown)
    first = desk(deliveries.COMMAND, f"again {number}")
    second = desk(deliveries.COMMAND, f"again {number}", user_id="U2")

    assert (first.title, second.title) == ("It is sent again", "It was sent again before")
    assert facts(desk(deliveries.COMMAND))["Planned"] == "1"
    assert pressable(desk(deliveries.COMMAND)) == []


def test_what_arrived_counts_as_sent(desk):
    number = desk.settle(unknown)

    assert desk(deliveries.COMMAND, f"arrived {number}").title == "Noted"
    assert desk(deliveries.COMMAND, f"arrived {number}").title == "Nothing to decide"
    assert desk.do(lambda session: find_delivery(session, number)).state is DeliveryState.SENT


@pytest.mark.parametrize("text", ["again", "again x", "again -1", "again 99", "arrived 99", "arrived ²"])  # fmt: skip
def test_a_number_that_is_none_says_what_to_type(text, desk):
    with pytest.raises(UserError, match="/ht deliveries") as error:
        desk(deliveries.COMMAND, text)

    assert error.value.buttons == (Button(label="All deliveries", command="deliveries"),)


def test_nobody_decides_without_a_name(desk):
    number = desk.settle(unknown)

    with pytest.raises(UserError, match="Type it in Slack"):
        desk(deliveries.COMMAND, f"again {number}", user_id=None)


def test_a_report_that_has_nothing_to_tell_any_more_is_not_sent(desk):
    [kind] = deliveries.COMMAND.deliveries
    assert desk.do(lambda session: kind.render(None, session, NOON)) is None
    desk.settle(failed)
    assert desk.do(lambda session: kind.render(None, session, NOON)).opens == "deliveries"


def test_a_test_delivery_is_ones_own(desk):
    desk(ping.COMMAND, "me")
    desk(ping.COMMAND, "me")  # the same press again

    assert facts(desk(ping.COMMAND))["State"] == "planned, waits for its turn"
    assert desk(ping.COMMAND, user_id="U2").title == "No test delivery yet"
    assert facts(desk(deliveries.COMMAND))["Planned"] == "1"


@pytest.mark.parametrize(("standing", "may"), [(Standing.COORDINATOR, False), (Standing.ADMIN, True)])  # fmt: skip
def test_only_an_admin_has_an_emergency_sent(standing, may, desk):
    alarm = DeliveryKind(
        name="alarm",
        title="Alarms",
        render=lambda *_: Notice(text="Open.", opens="help"),
        priority=Priority.EMERGENCY,
    )

    def change(session):
        return announce(
            session, alarm, occasion="1", recipients=["U9"], due_at=NOON, now=NOON,
            standing=standing, responsible=None,
        )  # fmt: skip

    if may:
        assert desk.do(change) == 1
    else:
        with pytest.raises(UserError, match="administrators"):
            desk.do(change)
