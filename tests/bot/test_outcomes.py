"""
What is surely not sent is tried again, at a growing distance and not for ever.
"""

from dataclasses import replace
from datetime import timedelta

import pytest

from bot.outcomes import LONGEST_SECONDS, MOST_ATTEMPTS, Held, failed, later, soon
from storage.claims import claim
from storage.deliveries import DeliveryState, Plan, Priority, find_delivery, plan

ROOM = dict.fromkeys(Priority, 9)


@pytest.fixture
def held(session, now):
    plan(session, [Plan(kind="k", occasion="1", recipient="U1", due_at=now)], now=now)
    lease = timedelta(minutes=1)
    [one] = claim(session, holder="x", now=now, lease=lease, room=ROOM).deliveries
    return Held(delivery=one, token=one.token, until=0.0)


def tried(held, times):
    return replace(held, delivery=replace(held.delivery, attempts=times))


@pytest.mark.parametrize(("before", "least", "most"), [(0, 1, 3), (1, 4, 12), (6, 450, 1350)])
def test_the_distance_grows_and_is_uneven(before, least, most, held, session, now):
    later(tried(held, before), reason="away")(session, now)

    found = find_delivery(session, held.delivery.id)
    wait = (found.next_attempt_at - now).total_seconds()
    assert (found.state, found.attempts, found.reason) == (DeliveryState.PLANNED, 1, "away")
    assert least <= wait <= most <= 1.5 * LONGEST_SECONDS


def test_the_last_attempt_is_the_last(held, session, now):
    later(tried(held, MOST_ATTEMPTS - 1), reason="away")(session, now)

    found = find_delivery(session, held.delivery.id)
    assert (found.state, found.reason) == (DeliveryState.FAILED, "away; tried 8 times")


def test_a_refusal_for_haste_does_not_count(held, session, now):
    soon(held, seconds=30, reason="slow down", since=now)(session, now)

    found = find_delivery(session, held.delivery.id)
    assert (found.attempts, found.next_attempt_at) == (0, now + timedelta(seconds=30))


@pytest.mark.parametrize(
    ("waited", "began", "state"),
    [
        (timedelta(days=1), timedelta(0), DeliveryState.PLANNED),
        (timedelta(days=1, seconds=1), timedelta(0), DeliveryState.FAILED),
        (timedelta(days=9), timedelta(days=8), DeliveryState.PLANNED),
    ],
)
def test_what_is_nobodys_fault_waits_for_a_day_of_ours(waited, began, state, held, session, now):
    soon(held, seconds=30, reason="away", since=now + began)(session, now + waited)

    assert find_delivery(session, held.delivery.id).state is state


def test_what_will_never_do_is_not_tried_again(held, session, now):
    failed(held, reason="account deactivated")(session, now)

    found = find_delivery(session, held.delivery.id)
    assert (found.state, found.reason) == (DeliveryState.FAILED, "account deactivated")
