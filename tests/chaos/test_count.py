"""
Which excuses the chaos takes for a message of which nobody can tell what became.
"""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from bot.posting import NO_ANSWER
from bot.sandbox.faults import Transit
from storage.claims import STOPPED
from storage.deliveries import Delivery, DeliveryState, Priority
from storage.digests import DIGEST
from tests.chaos.count import NOBODY_THERE, Blow, Seen, count

MIDNIGHT = datetime(2026, 3, 2, tzinfo=UTC)
BEGUN = 100.0  # the loop's time at which the last attempt was noted as "sending"
WRITTEN, ANSWERED = BEGUN + 0.2, BEGUN + 0.25
UNKNOWN, SENT = DeliveryState.UNKNOWN, DeliveryState.SENT


def delivery(id=1, *, state=UNKNOWN, reason=STOPPED, kind="test", digest_id=None):
    begun = MIDNIGHT + timedelta(seconds=BEGUN)
    return Delivery(
        id=id, kind=kind, occasion=str(id), recipient="U0CHAOS001", state=state,
        priority=Priority.BROADCAST, due_at=MIDNIGHT, useful_until=None, next_attempt_at=MIDNIGHT,
        attempts=0, token=f"t:{id}", leased_until=begun + timedelta(seconds=2), reason=reason,
        slack_ts=None, responsible=None, payload={}, again_of=None, digest_id=digest_id,
        resolved_by=None, planned_at=MIDNIGHT, settled_at=begun,
    )  # fmt: skip


def request(id=1, *, begun=WRITTEN, ended=ANSWERED, proved=True):
    metadata = {"event_payload": {"delivery": id}}
    return Transit(
        method="chat.postMessage", args={"metadata": metadata}, caller="p0",
        begun=begun, ended=ended, proved=proved,
    )  # fmt: skip


def killed(at, whom="p0"):
    return Blow(whom=whom, killed=True, began=at, over=at + 0.4)


def frozen(at, whom="p0"):
    return Blow(whom=whom, killed=False, began=at, over=at + 2.5)


def counted(*deliveries, requests=(), blows=(), waits=()):
    seen = Seen(
        deliveries=deliveries or (delivery(),),
        planned=0,
        messages=(),
        transits=requests,
        blows=blows,
        waits=waits,
        ahead=MIDNIGHT.timestamp(),
    )
    return count(seen, seconds=1.0)


def excuses(*deliveries, requests=(), blows=(), waits=()):
    found = counted(*deliveries, requests=requests, blows=blows, waits=waits)
    number = {
        "on the wire": found.on_the_wire,
        "noted late": found.noted_late,
        "not written": found.not_written,
        "none": found.unexplained,
    }
    return [excuse for excuse, times in number.items() for _ in range(times)]


@pytest.mark.parametrize(
    ("blow", "excuse"),
    [
        (killed(WRITTEN - 0.3), "on the wire"),  # what the dead had written before
        (killed(WRITTEN - 0.5), "none"),
        (frozen(WRITTEN - 2.4), "on the wire"),
        (killed(ANSWERED), "on the wire"),
        (killed(ANSWERED + 0.4), "noted late"),
        (killed(ANSWERED + 0.6), "none"),
        (killed(ANSWERED + 0.4, whom="p1"), "none"),
        (frozen(ANSWERED + 0.1), "none"),  # thawed it notes it
    ],
)
def test_an_answered_request_is_excused_by_a_blow_to_its_process_at_that_moment(blow, excuse):
    assert excuses(requests=[request()], blows=[blow]) == [excuse]


@pytest.mark.parametrize(
    ("wait", "excuse"),
    [
        (frozen(ANSWERED + 0.1), "noted late"),
        (frozen(ANSWERED + 0.1, whom="p1"), "none"),
        (frozen(ANSWERED + 0.6), "none"),
    ],
)
def test_while_its_process_is_frozen_an_answer_may_wait_to_be_noted(wait, excuse):
    assert excuses(requests=[request()], blows=[wait, killed(ANSWERED + 2.9)]) == [excuse]


@pytest.mark.parametrize(
    ("began", "over", "excuse"),
    [
        (ANSWERED + 0.1, ANSWERED + 2.6, "noted late"),
        (ANSWERED - 2.5, ANSWERED - 0.1, "none"),
        (ANSWERED + 0.6, ANSWERED + 2.8, "none"),
        (ANSWERED + 0.1, ANSWERED + 0.6, "none"),
    ],
)
def test_while_the_database_takes_nothing_an_answer_may_wait_to_be_noted(began, over, excuse):
    waits = [(began, over)]

    assert excuses(requests=[request()], waits=waits) == ["none"]
    assert excuses(requests=[request()], waits=waits, blows=[killed(ANSWERED + 2.9)]) == [excuse]


@pytest.mark.parametrize(
    ("reason", "ended", "proved", "excuse"),
    [
        (NO_ANSWER, ANSWERED, False, "on the wire"),
        (STOPPED, ANSWERED, False, "on the wire"),
        (NO_ANSWER, BEGUN + 0.5, True, "on the wire"),  # the bot waited no longer
        (NO_ANSWER, BEGUN + 0.3, True, "none"),
        (STOPPED, WRITTEN + 0.5, True, "on the wire"),
        (STOPPED, WRITTEN + 0.3, True, "none"),
    ],
)
def test_a_request_that_got_no_answer_in_time_is_excused(reason, ended, proved, excuse):
    one = request(ended=ended, proved=proved)

    assert excuses(delivery(reason=reason), requests=[one]) == [excuse]


def test_a_request_that_was_refused_before_excuses_nothing_of_the_attempt_after_it():
    refused = request(begun=BEGUN - 5, ended=BEGUN - 4.9)

    assert excuses(requests=[refused]) == ["none"]
    assert excuses(requests=[refused], blows=[killed(BEGUN - 4.8)]) == ["none"]
    assert excuses(requests=[refused], blows=[killed(BEGUN + 0.1)]) == ["not written"]


def test_a_blow_excuses_one_that_was_not_written_and_no_more():
    two = (delivery(1), delivery(2))

    assert excuses(*two, blows=[killed(BEGUN + 0.1)]) == ["not written", "none"]
    assert excuses(*two, blows=[killed(BEGUN + 0.1), frozen(BEGUN + 0.2, "p1")]) == [
        "not written",
        "not written",
    ]
    assert excuses(*two, blows=[killed(BEGUN + 2)]) == ["none", "none"]


def test_what_is_inside_a_digest_is_excused_with_it_and_has_its_fate():
    digest = delivery(1, kind=DIGEST)
    inside = delivery(2, digest_id=1)

    assert excuses(digest, inside, requests=[request(proved=False)]) == ["on the wire"]
    other = replace(inside, state=DeliveryState.FAILED)
    assert excuses(digest, other, requests=[request(proved=False)]) == [
        "on the wire",
        "none",
        "none",
    ]


def test_a_run_that_is_wrong_says_what_it_knows_of_each():
    found = counted(requests=[request()], blows=[killed(ANSWERED + 0.6), killed(ANSWERED + 99)])

    assert not found.right
    [told] = found.wrong
    assert told.startswith("unexplained: Delivery(id=1,")
    assert "request of p0: begun 100.200, ended 100.250, proved" in told
    assert told.count("Blow(") == 1


@pytest.mark.parametrize(("gone", "unexplained"), [({"U1"}, 0), (set(), 1)])
def test_nobody_is_not_found_but_who_is_gone(gone, unexplained):
    failed = delivery(state=DeliveryState.FAILED, reason=NOBODY_THERE)
    seen = Seen(
        deliveries=(replace(failed, recipient="U1"),), planned=0, messages=(), transits=(),
        blows=(), waits=(), ahead=MIDNIGHT.timestamp(), gone=frozenset(gone),
    )  # fmt: skip

    assert count(seen, seconds=1.0).unexplained == unexplained
