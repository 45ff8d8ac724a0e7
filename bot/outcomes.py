"""
What is to be noted of a delivery that was surely not sent.
"""

import random
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TypeAlias

from bot.pacing import Order
from storage.claims import mark_failed, put_off
from storage.deliveries import Delivery
from storage.session import Session

MOST_ATTEMPTS = 8
FIRST_SECONDS, LONGEST_SECONDS = 2.0, 900.0  # until the next attempt
GROWTH = 4.0
LONGEST_WAIT = timedelta(days=1)  # for what is no fault of the delivery's

Step: TypeAlias = Callable[[Session, datetime], bool]


@dataclass(frozen=True, kw_only=True, eq=False)
class Held:
    """
    A delivery that we have claimed.

    Attributes:
        until: the loop's time from which on it is given back instead of begun.
    """

    delivery: Delivery
    token: str
    until: float

    @property
    def order(self) -> Order:
        return (self.delivery.priority, self.delivery.due_at, self.delivery.id)


def failed(held: Held, *, reason: str) -> Step:
    return lambda session, now: mark_failed(session, held.token, reason=reason, now=now)


def soon(held: Held, *, seconds: float, reason: str, since: datetime) -> Step:
    """
    Try again after *seconds*, as if it had not been tried; or give up, if this has
    gone on for a day.

    Args:
        since: when this process began: after a downtime, everything gets its day.
    """
    wait = timedelta(seconds=seconds)
    began = max(held.delivery.due_at, held.delivery.planned_at, since)

    def step(session: Session, now: datetime) -> bool:
        if now - began > LONGEST_WAIT:
            return mark_failed(session, held.token, reason=f"{reason}, for a day", now=now)
        return put_off(session, held.token, until=now + wait, reason=reason, counted=False, now=now)

    return step


def later(held: Held, *, reason: str, at_least: float = 0.0) -> Step:
    """
    Try again at a growing and uneven distance, or give up.

    Args:
        at_least: seconds.
    """
    before = held.delivery.attempts
    if before + 1 >= MOST_ATTEMPTS:
        return failed(held, reason=f"{reason}; tried {before + 1} times")
    seconds = min(FIRST_SECONDS * GROWTH**before, LONGEST_SECONDS)
    wait = timedelta(
        seconds=max(at_least, seconds * random.uniform(0.5, 1.5))  # noqa: S311 - not a secret
    )
    return lambda session, now: put_off(
        session, held.token, until=now + wait, reason=reason, counted=True, now=now
    )
