"""
What the chaos wants of a broadcast, and when it calls a reminder late because of it.
"""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from bot.posting import METADATA
from bot.sandbox.faults import Transit
from bot.sandbox.workspace import Message
from commands.broadcasting import NEUTRAL
from storage.audiences import EVERYBODY
from storage.broadcast_progress import Reader
from storage.broadcasts import BROADCAST, STATUS, Broadcast, BroadcastState, Draft
from storage.deliveries import Delivery, DeliveryState, Priority
from tests.chaos.beside import MAY_PASS, PATIENCE_SECONDS, READERS, SENDER, Sight, look
from tests.chaos.count import LEASE_SECONDS, TEST, Blow

MIDNIGHT = datetime(2026, 3, 2, tzinfo=UTC)
DUE = 100.0  # the loop's time
LATE = DUE + PATIENCE_SECONDS + 1
REMINDER, LIVE = 1000, 1001


def at(seconds):
    return MIDNIGHT + timedelta(seconds=seconds)


def delivery(id, kind, recipient, *, priority=Priority.BROADCAST):
    return Delivery(
        id=id, kind=kind, occasion="a", recipient=recipient, state=DeliveryState.SENT,
        priority=priority, due_at=at(DUE), useful_until=None, next_attempt_at=at(DUE),
        attempts=0, token="t", leased_until=None, reason=None, slack_ts="1", responsible=None,
        payload={}, again_of=None, digest_id=None, resolved_by=None, planned_at=at(0),
        settled_at=at(DUE),
    )  # fmt: skip


def message(id, channel, text=NEUTRAL):
    return Message(
        ts=str(id), channel=channel, text=text, blocks=[], attachments=[], to=None, cause=None,
        via="chat.postMessage", sequence=id,
        metadata={"event_type": METADATA, "event_payload": {"delivery": id}},
    )  # fmt: skip


def request(begun):
    return Transit(method="chat.postMessage", args={}, begun=begun, ended=begun, proved=True)


def sight(*, gone=DUE + 0.2, said="Broadcast 1: 500 of 500 sent. Done.", **changes):
    """
    Return a broadcast that came to everybody, beside a reminder that was gone then.
    """
    sent = [delivery(id, BROADCAST, who) for id, who in enumerate(READERS)]
    reminder = delivery(REMINDER, TEST, "U1", priority=Priority.REMINDER)
    live = delivery(LIVE, STATUS, SENDER, priority=Priority.REMINDER)
    found = Broadcast(
        number=1, team_id="T1", sender=SENDER, draft=Draft(text="x", audience=(EVERYBODY,)), run=1,
        state=BroadcastState.SENT, version=1, people=500, approved_by="U2", reason=None,
        corrections=(), drafted_at=at(0), started_at=at(DUE - 10), ended_at=at(DUE + 99),
    )  # fmt: skip
    whole = Sight(
        broadcasts=[found],
        readers=[
            Reader(user_id=each.recipient, why=(), acknowledged_at=None, reminded_at=None, delivery=each)
            for each in sent
        ],
        channels={who: f"D{who}" for who in READERS},
        deliveries=[*sent, reminder, live],
        messages=[
            *(message(each.id, f"D{each.recipient}") for each in sent),
            message(LIVE, "DS", said),
        ],
        transits={each.id: [request(LATE + each.id / 1000)] for each in sent}
        | {REMINDER: [request(gone)]},
        blows=[],
        ahead=MIDNIGHT.timestamp(),
    )  # fmt: skip
    return replace(whole, **changes)


def test_a_broadcast_that_came_to_everybody_once_is_right():
    found = look(sight())

    assert found.wrong == ()
    assert (found.live, found.passed_over) == ("says so", 0)
    assert found.late == [pytest.approx(0.2)]


def test_what_came_twice_or_never_or_was_never_planned_is_wrong():
    whole = sight()
    twice = [*whole.messages, message(2000, f"D{READERS[0]}")]
    stranger = [*whole.messages, message(2000, "DX")]
    again = [*whole.deliveries, delivery(2000, BROADCAST, READERS[0])]

    assert look(replace(whole, messages=twice)).wrong
    assert look(replace(whole, messages=stranger)).wrong
    assert look(replace(whole, messages=whole.messages[1:])).wrong
    assert look(replace(whole, deliveries=again)).wrong
    assert look(replace(whole, readers=whole.readers[1:])).wrong


def test_a_broadcast_that_did_not_end_or_began_again_is_wrong():
    whole = sight()
    [found] = whole.broadcasts

    assert look(replace(whole, broadcasts=[replace(found, state=BroadcastState.SENDING)])).wrong
    assert look(replace(whole, broadcasts=[found, found])).wrong


@pytest.mark.parametrize(
    "said",
    [
        "Broadcast 1: 499 of 500 sent. Done.",
        "Broadcast 1: 500 of 500 sent.",
        "Broadcast 1: 500 of 500 sent, 1 unknown. Done.",
        "Broadcast 1: 500 of 501 sent. Done.",
    ],
)
def test_a_live_message_that_says_something_else_is_wrong(said):
    assert look(sight(said=said)).wrong


def test_a_second_live_message_is_wrong():
    whole = sight()

    assert look(replace(whole, messages=[*whole.messages, whole.messages[-1]])).wrong


def test_a_reminder_that_waits_while_the_broadcast_goes_is_passed_over():
    found = look(sight(gone=LATE + 1))

    assert found.passed_over == 1
    assert found.passed > MAY_PASS
    assert look(sight(gone=LATE + MAY_PASS / 1000)).passed_over == 0


@pytest.mark.parametrize(
    ("held", "began", "passed_over"),
    [
        (frozenset({REMINDER}), LATE - LEASE_SECONDS, 0),
        (None, LATE - LEASE_SECONDS, 0),  # nobody could look
        (frozenset(), LATE - LEASE_SECONDS, 1),  # another process was struck than had it
        (frozenset({REMINDER}), DUE - 1, 1),  # it was due only afterwards
        (frozenset({REMINDER}), LATE + 0.2, 1),
    ],
)
def test_only_a_blow_to_whoever_had_a_reminder_excuses_that_it_waits(held, began, passed_over):
    blow = Blow(whom="p0", killed=True, began=began, over=began + 0.4, held=held)

    assert look(sight(gone=LATE + 0.6, blows=[blow])).passed_over == passed_over
