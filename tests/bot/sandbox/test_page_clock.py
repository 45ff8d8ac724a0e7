"""The clock on the page."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from bot.sandbox.page_clock import FARTHEST, LOOKED_THROUGH, carry_out, draw_clock, said_ahead

NOW = datetime(2026, 11, 23, 18, 5, tzinfo=UTC)
ZONE = ZoneInfo("America/Los_Angeles")


class Keeper:
    """Remembers where it was told to go."""

    def __init__(self, *, moving=False):
        self.ahead = timedelta(days=1, hours=2, minutes=3)
        self.moving = moving
        self.told = []

    def begin(self, until, *, to_message=False):
        if self.moving:
            raise ValueError("The clock is moving already.")
        self.told.append((until, to_message))

    def stop(self):
        self.told.append("stop")


@pytest.mark.parametrize(
    ("pressed", "told"),
    [
        ({"by": "hour"}, (NOW + timedelta(hours=1), False)),
        ({"by": "week"}, (NOW + timedelta(weeks=1), False)),
        ({"by": "message"}, (NOW + LOOKED_THROUGH, True)),
        (
            {"by": "moment", "until": "2026-11-24T09:00"},
            (datetime(2026, 11, 24, 17, 0, tzinfo=UTC), False),
        ),
        ({"by": "stop"}, "stop"),
    ],
)
def test_what_is_pressed_is_carried_out(pressed, told):
    keeper = Keeper()

    carry_out(keeper, pressed, now=NOW, zone=ZONE)

    assert keeper.told == [told]


def test_a_moment_may_be_so_far_and_no_farther():
    keeper, last = Keeper(), (NOW + FARTHEST).astimezone(ZONE)

    carry_out(keeper, {"until": f"{last:%Y-%m-%dT%H:%M}"}, now=NOW, zone=ZONE)
    with pytest.raises(ValueError, match="at most 31 days"):
        carry_out(keeper, {"until": f"{last:%Y-%m-%dT23:59}"}, now=NOW, zone=ZONE)
    with pytest.raises(ValueError, match="no moment"):
        carry_out(keeper, {"until": "soon"}, now=NOW, zone=ZONE)

    assert keeper.told == [(NOW + FARTHEST, False)]


@pytest.mark.parametrize("moving", [False, True])
def test_it_says_the_time_and_how_far_it_is_ahead(moving):
    drawn = draw_clock(Keeper(moving=moving), now=NOW, zone=ZONE, place="")

    assert "Mon, Nov 23, 2026, 10:05 AM PST" in drawn
    assert "1 day 2 hours ahead" in drawn
    assert ("Stop here" in drawn) is moving


@pytest.mark.parametrize(
    ("ahead", "words"),
    [
        (timedelta(seconds=29), "real time"),
        (timedelta(minutes=1), "1 minute ahead"),
        (timedelta(hours=2), "2 hours ahead"),
        (timedelta(days=8, minutes=15), "8 days 15 minutes ahead"),
    ],
)
def test_how_far_ahead_in_words(ahead, words):
    assert said_ahead(ahead) == words
