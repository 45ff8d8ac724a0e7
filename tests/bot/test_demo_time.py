"""
The demo's clock: ahead only, and a quarter of an hour at a time.
"""

from datetime import UTC, datetime, timedelta

import pytest

from bot.clock import AheadClock, utc_now
from bot.demo_time import next_step

TEN = datetime(2026, 11, 23, 10, 0, tzinfo=UTC)


@pytest.mark.parametrize(("minutes", "to"), [(0, 15), (0.5, 15), (14.99, 15), (15, 30), (59, 60)])
def test_a_step_goes_to_the_next_quarter_of_an_hour(minutes, to):
    assert next_step(TEN + timedelta(minutes=minutes)) == TEN + timedelta(minutes=to)


def test_the_clock_is_put_ahead_and_never_back():
    clock = AheadClock(begins=TEN)

    clock.put(TEN + timedelta(days=1))
    clock.put(TEN)

    assert TEN + timedelta(days=1) <= clock() < TEN + timedelta(days=1, minutes=5)
    assert timedelta(hours=23, minutes=55) < clock.ahead <= timedelta(days=1)


def test_it_begins_as_the_machines_does():
    before = utc_now()

    assert before <= AheadClock()() <= utc_now()
    assert AheadClock().ahead == timedelta()
