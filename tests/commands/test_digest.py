"""
What a digest holds, shown to its reader alone.
"""

from dataclasses import dataclass
from datetime import timedelta

import pytest

from bot.library import Library
from commands import deliveries, digest
from commands.contract import (
    Command,
    DeliveryKind,
    Entry,
    Notice,
    Person,
    Reply,
    Request,
    Standing,
    UserError,
)
from storage.claims import begin, claim, mark_failed, mark_sent, mark_unknown
from storage.deliveries import DeliveryState, Plan, Priority, find_delivery, plan
from storage.digests import DIGEST, Contents
from storage.preferences import Preference, prefer
from tests.commands.answers import facts
from tests.commands.test_deliveries import pressable
from tests.conftest import NOON

LATER = NOON + timedelta(days=1)
LEASE = timedelta(minutes=1)
ROOM = dict.fromkeys(Priority, 99)


def say(delivery, session, now):
    match delivery.occasion:
        case "broken":
            raise ValueError("SECRETWORD")
        case "gone":
            return None
    return Notice(text="A meeting is near.", opens=f"define {delivery.occasion}")


MEETINGS = Command(
    verb="meetings",
    usage="meetings",
    summary="Owns deliveries.",
    recall=lambda _: Reply(title="T"),
    deliveries=(DeliveryKind(name="meeting", title="Meetings", render=say),),
)
DIGESTS = digest.command_for([MEETINGS])
[KIND] = DIGESTS.deliveries


@dataclass
class Desk:
    library: Library

    def do(self, change):
        return self.library.write_now(change)

    def __call__(self, text="", *, user_id="U1", command=DIGESTS):
        asker = Person(team_id="T1", user_id=user_id) if user_id else None
        request = Request(
            text=text,
            standing=Standing.COORDINATOR,
            now=LATER,
            memory=self.library.memory,
            asker=asker,
        )
        act = {action.word: action.handle for action in command.actions}.get(text.split(" ")[0])
        return self.do(lambda session: (act or command.handle)(request, session))

    def gather(self, *occasions, kind="meeting"):
        """
        Gather deliveries of these occasions, and claim the digest.
        """

        def change(session):
            prefer(session, "U1", Preference(digest=True), kind=kind)
            plans = [
                Plan(kind=kind, occasion=each, recipient="U1", due_at=NOON) for each in occasions
            ]
            plan(session, plans, now=NOON)
            assert not claim(session, holder="x", now=NOON, lease=LEASE, room=ROOM).deliveries
            [one] = claim(session, holder="x", now=LATER, lease=LEASE, room=ROOM).deliveries
            assert one.kind == DIGEST
            return one

        return self.do(change)

    def settle(self, one, mark):
        def change(session):
            begin(session, one.token, now=LATER, lease=LEASE, contents=Contents())
            mark(session, one.token)

        self.do(change)

    def render(self, one):
        return self.do(lambda session: KIND.render(one, session, LATER))


@pytest.fixture
def desk(sqlite_url, open_library):
    return Desk(open_library(sqlite_url))


def sent(session, token):
    mark_sent(session, token, slack_ts="1.2", now=LATER)


def unknown(session, token):
    mark_unknown(session, token, reason="cut off", now=LATER)


def failed(session, token):
    mark_failed(session, token, reason="account deactivated", now=LATER)


def entries(reply):
    return [part for part in reply.parts if isinstance(part, Entry)]


@pytest.mark.parametrize(
    ("occasions", "text"),
    [
        (["a"], "1 message from the bot. Open to read it."),
        (["a", "b"], "2 messages from the bot. Open to read them."),
        (["a", "b", "gone", "broken"], "2 messages from the bot. Open to read them."),
    ],
)
def test_the_lock_screen_reads_only_how_many(occasions, text, desk):
    one = desk.gather(*occasions)
    notice = desk.render(one)

    assert (notice.text, notice.opens) == (text, f"digest {one.id}")
    assert len(notice.contents.unneeded) == len(notice.contents.broken) == ("gone" in occasions)


def test_where_nothing_is_needed_there_is_no_digest(desk):
    assert desk.render(desk.gather("gone")) is None


def test_where_nothing_can_be_written_the_digest_cannot_be_either(desk, logged):
    one = desk.gather("gone", "broken")
    with pytest.raises(digest.UnwritableError):
        desk.render(one)

    assert "SECRETWORD" not in logged.getvalue()


def test_a_kind_that_this_version_does_not_know_is_tried_by_itself(desk):
    one = desk.gather("a", "b", kind="news")
    with pytest.raises(digest.UnwritableError):
        desk.render(one)


def test_its_reader_opens_each_by_itself_and_reads_when_it_was_due(desk):
    one = desk.gather("a", "b", "gone", "broken")
    desk.settle(one, sent)
    reply = desk(f"{one.id}")

    assert [(each.title, each.lines, each.button.command) for each in entries(reply)] == [
        (
            "Meetings",
            ("A meeting is near.", "It was due Mon Mar 02 at 04:00."),
            f"define {occasion}",
        )
        for occasion in "ab"
    ]
    assert "1 message could not be written" in reply.parts[-1].text
    assert not reply.shareable
    assert desk() == reply  # the last one


@pytest.mark.parametrize("text", ["99", "x", "-1", "²"])
def test_what_is_no_digest_of_ones_own_says_what_to_type(text, desk):
    desk.settle(desk.gather("a"), sent)
    with pytest.raises(UserError, match="/ht digest"):
        desk(text)


def test_nobody_else_opens_it_and_nobody_without_a_name(desk):
    one = desk.gather("a")
    desk.settle(one, sent)

    with pytest.raises(UserError, match="no such digest"):
        desk(f"{one.id}", user_id="U2")
    with pytest.raises(UserError, match="/ht notices"):
        desk(user_id="U2")
    assert "reader's own" in desk(user_id=None).parts[0].text


@pytest.mark.parametrize(
    ("mark", "buttons"), [(unknown, ["again", "arrived"]), (failed, ["again", "away"])]
)
def test_coordinators_count_what_is_inside_and_decide_on_the_digest_alone(mark, buttons, desk):
    one = desk.gather("a", "b")
    desk.settle(one, mark)
    reply = desk(command=deliveries.COMMAND)

    assert facts(reply)[mark.__name__.capitalize()] == "3 (2 of them inside digests)"
    assert pressable(reply) == [f"deliveries {word} {one.id}" for word in buttons]
    assert ["messages inside: 2" in each.lines for each in entries(reply)] == [True]
    member = desk(f"again {one.id - 1}", command=deliveries.COMMAND)
    assert (member.title, f"digest {one.id}" in member.parts[0].text) == (
        "It is part of a digest",
        True,
    )


def test_sent_again_the_first_message_opens_what_moved_to_the_second(desk):
    one = desk.gather("a", "b")
    desk.settle(one, unknown)
    desk(f"again {one.id}", command=deliveries.COMMAND)

    assert len(entries(desk(f"{one.id}"))) == 2
    assert facts(desk(command=deliveries.COMMAND))["Planned"] == "3 (2 of them inside digests)"


def test_it_arrived_counts_for_what_is_inside(desk):
    one = desk.gather("a", "b")
    desk.settle(one, unknown)
    desk(f"arrived {one.id}", command=deliveries.COMMAND)

    found = [desk.do(lambda session, id=id: find_delivery(session, id)) for id in range(1, 4)]
    assert {each.state for each in found} == {DeliveryState.SENT}
