"""
What is to be noted of a delivery that was surely not sent.
"""

import random
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TypeAlias

from storage.claims import mark_failed, put_off
from storage.deliveries import Delivery
from storage.session import Session

MOST_ATTEMPTS = 8
FIRST_SECONDS, LONGEST_SECONDS = 2.0, 900.0  # until the next attempt
GROWTH = 4.0

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


def failed(held: Held, *, reason: str) -> Step:
    return lambda session, now: mark_failed(session, held.token, reason=reason, now=now)


def soon(held: Held, *, seconds: float, reason: str) -> Step:
    """
    Try again after *seconds*, as if it had not been tried.
    """
    wait = timedelta(seconds=seconds)
    return lambda session, now: put_off(
        session, held.token, until=now + wait, reason=reason, counted=False, now=now
    )


def later(held: Held, *, reason: str) -> Step:
    """
    Try again at a growing and uneven distance, or give up.
    """
    before = held.delivery.attempts
    if before + 1 >= MOST_ATTEMPTS:
        return failed(held, reason=f"{reason}; tried {before + 1} times")
    seconds = min(FIRST_SECONDS * GROWTH**before, LONGEST_SECONDS)
    wait = timedelta(seconds=seconds * random.uniform(0.5, 1.5))  # noqa: S311 - not a secret
    return lambda session, now: put_off(
        session, held.token, until=now + wait, reason=reason, counted=True, now=now
    )
