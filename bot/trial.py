"""
`htbot send --test`: a test delivery planned from the command line, and its life.
"""

import re
import time
from collections.abc import Callable
from datetime import timedelta

from bot.clock import Clock
from bot.library import Library
from commands.contract import Standing
from commands.ping import KIND, STATES, plan_test
from storage.deliveries import SETTLED, Delivery, latest

RECIPIENT = re.compile(r"[UWCG][A-Z0-9]{2,}")
LOOK_SECONDS = 0.2
PLANNED = (
    "Test delivery {number} is planned. A running bot sends it within seconds; if none runs, "
    "the next `htbot run` does, within the hour."
)


class TrialError(Exception):
    """
    A test delivery cannot be planned; the message says why and what to type.
    """


def send_test(
    library: Library,
    *,
    recipient: str,
    clock: Clock,
    wait: timedelta,
    show: Callable[[str], None],
) -> bool:
    """
    Plan a test delivery to *recipient*, and *show* each state it is seen in.

    Args:
        wait: how long to look at it; none at all only plans it.
    Returns:
        False if it was not settled in that time.
    Raises:
        TrialError: if *recipient* is no id of Slack's.
        DatabaseError: if the database cannot be written; nothing is planned.
    """
    if not RECIPIENT.fullmatch(recipient):
        raise TrialError(
            "That is not a Slack member or channel ID. A person's begins with U: in Slack, open "
            "the profile, then More, then Copy member ID."
        )
    began = clock()
    library.write_now(
        lambda session: plan_test(
            session, recipient=recipient, now=began, standing=Standing.ADMIN, responsible=None
        )
    )
    told = None
    while (found := _latest(library, recipient)) is not None:
        if told is None:
            show(PLANNED.format(number=found.id))
        if (line := _line(found)) != told and wait:
            show(line)
        told = line
        if found.state in SETTLED or clock() - began >= wait:
            return found.state in SETTLED or not wait
        time.sleep(LOOK_SECONDS)
    return False


def _latest(library: Library, recipient: str) -> Delivery | None:
    return library.read_now(lambda session: latest(session, kind=KIND.name, recipient=recipient))


def _line(delivery: Delivery) -> str:
    why = f" ({delivery.reason})" if delivery.reason else ""
    return f"{STATES[delivery.state]}{why}"
