"""
What people choose to be told, kept in their own name.
"""

from dataclasses import dataclass
from datetime import time, timedelta
from zoneinfo import ZoneInfo

import pytest

from bot.library import Library
from commands.contract import Person, Request, Standing, UserError
from commands.registry import COMMANDS
from commands.screen import find_details
from storage.claims import claim
from storage.deliveries import Plan, Priority, plan
from storage.preferences import DigestTime, preference
from tests.commands.answers import facts
from tests.conftest import NOON

NOTICES = next(command for command in COMMANDS if command.verb == "notices")


@dataclass
class Desk:
    library: Library

    def __call__(self, text="", user_id="U1"):
        asker = Person(team_id="T1", user_id=user_id) if user_id else None
        request = Request(
            text=text,
            standing=Standing.MEMBER,
            now=NOON,
            memory=self.library.memory,
            asker=asker,
        )
        word = text.split(" ")[0]
        act = {action.word: action.handle for action in NOTICES.actions}.get(word, NOTICES.handle)
        return self.library.write_now(lambda session: act(request, session))

    def wishes(self, kind="test", user_id="U1"):
        return self.library.write_now(lambda session: preference(session, user_id, kind=kind))


@pytest.fixture
def desk(sqlite_url, open_library):
    return Desk(open_library(sqlite_url))


def test_a_kind_is_muted_and_unmuted_for_oneself_alone(desk):
    assert facts(desk())["Test deliveries (test)"] == "on"
    assert facts(desk("mute test"))["Test deliveries (test)"] == "muted"
    assert (desk.wishes().muted, desk.wishes(user_id="U2").muted) == (True, False)
    assert facts(desk("unmute test"))["Test deliveries (test)"] == "on"
    assert not desk.wishes().muted


def test_reports_of_trouble_are_not_muted(desk):
    with pytest.raises(UserError, match="/ht notices"):
        desk("mute delivery report")
    assert not any("report" in label for label in facts(desk()))


def test_a_kind_is_gathered_in_the_digest_and_comes_directly_again(desk):
    assert facts(desk("digest test"))["Test deliveries (test)"] == "in the digest"
    assert desk.wishes().digest
    assert not desk.wishes(user_id="U2").digest
    assert facts(desk("mute test"))["Test deliveries (test)"] == "muted"
    desk("unmute test")
    assert facts(desk("direct test"))["Test deliveries (test)"] == "on"
    assert not desk.wishes().digest


def test_the_digest_comes_at_eight_unless_said_otherwise(desk):
    assert facts(desk())["Digest"] == "at 08:00, America/Los_Angeles"
    assert facts(desk("at 17.30"))["Digest"] == "at 17:30, America/Los_Angeles"
    assert facts(desk("at 7:05 Europe/Paris"))["Digest"] == "at 07:05, Europe/Paris"
    desk("quiet 21:00-07:00")
    assert desk.wishes().digest_at == DigestTime(at=time(7, 5), zone=ZoneInfo("Europe/Paris"))


def test_what_always_comes_at_once_cannot_be_gathered(desk):
    with pytest.raises(UserError, match="Which kind") as error:
        desk("digest delivery report")

    offered = [button.command for button in error.value.buttons]
    assert "notices digest test" in offered
    assert "notices digest delivery report" not in offered
    assert "Digest delivery report" not in [button.label for button in desk().buttons]


def test_what_waits_for_the_digest_comes_at_once_after_direct(desk):
    desk("digest test")

    def change(session):
        plan(session, [Plan(kind="test", occasion="1", recipient="U1", due_at=NOON)], now=NOON)
        room = dict.fromkeys(Priority, 9)
        claimed = claim(session, holder="x", now=NOON, lease=timedelta(minutes=1), room=room)
        return [each.kind for each in claimed.deliveries]

    assert desk.library.write_now(change) == []
    desk("direct test")
    assert desk.library.write_now(change) == ["test"]


def test_quiet_hours_are_those_of_the_county_unless_said_otherwise(desk):
    shown = facts(desk("quiet 21:00-07:30"))
    assert shown["Quiet hours"] == "21:00 to 07:30, America/Los_Angeles"
    shown = facts(desk("quiet 9.15 to 17.00 Europe/Paris"))
    assert shown["Quiet hours"] == "09:15 to 17:00, Europe/Paris"
    assert facts(desk("quiet off"))["Quiet hours"] == "none"


def test_muting_a_kind_leaves_the_quiet_hours(desk):
    desk("quiet 21:00-07:00")
    desk("mute test")
    desk("quiet off")

    assert desk.wishes().muted
    assert desk.wishes().quiet is None


@pytest.mark.parametrize(
    "text",
    ["mute", "mute zebra", "unmute", "quiet", "quiet 9", "quiet 25:00-07:00", "quiet 21:00-21:00",
     "digest", "digest zebra", "direct", "at", "at 8", "at 24:00", "at 08:00 Mars/Base",
     "quiet 21:00-07:00 Mars/Base"],
)  # fmt: skip
def test_what_makes_no_sense_says_what_to_type(text, desk):
    with pytest.raises(UserError, match=r"/ht notices|Los_Angeles"):
        desk(text)


def test_nobody_chooses_for_somebody_unknown(desk):
    assert "in your name" in desk(user_id=None).parts[0].text
    with pytest.raises(UserError, match="in your name"):
        desk("mute test", user_id=None)


def test_what_is_to_be_typed_passes_the_screen():
    assert [action.usage for action in NOTICES.actions if find_details(action.usage)] == []
