"""
Which occasions of deliveries can come again: their rows stay, so that nothing is sent twice.
"""

import re
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import TypeAlias

from sqlmodel import col, select

from storage.agendas import AGENDA
from storage.broadcasts import BROADCAST, EMERGENCY, STATUS, BroadcastState
from storage.corrections import REPORTED, SETTLED
from storage.delegations import DELEGATION
from storage.digests import DIGEST
from storage.job_troubles import troubles
from storage.meeting_news import NEWS
from storage.meetings import all_series
from storage.models import (
    Broadcast,
    Change,
    CycleState,
    Registration,
    RegistrationState,
    SurveyCycle,
)
from storage.registrations import WAITS
from storage.reminders import REMINDER
from storage.reports import REPORT
from storage.session import Session
from storage.task_forces import local_day
from storage.unreadable import UNREADABLE, unreadable
from storage.upkeep import UPKEEP

# Says of an occasion whether it can come again.
Again: TypeAlias = Callable[[str], bool]

_NUMBER = re.compile(r"([0-9]+)([.:])(.*)")


def never(_: Session) -> Again:
    """
    For occasions that name a moment, a day that is over by then, or what happens once.
    """
    return lambda occasion: False


def _of_broadcasts(session: Session) -> Again:
    over = (BroadcastState.SENT.value, BroadcastState.ABORTED.value)
    rows = session.exec(
        select(Broadcast.id, Broadcast.run).where(col(Broadcast.state).not_in(over))
    )
    runs = {str(number): str(run) for number, run in rows}

    def again(occasion: str) -> bool:
        found = _NUMBER.match(occasion)
        if found is None or found[1] not in runs:
            return False
        # "5.2:" is the second run of broadcast 5: the last one may be gone through again.
        # "5: 3" is its third version, which waits for a second coordinator.
        return found[2] == ":" or re.split(r"[^0-9]", found[3])[0] == runs[found[1]]

    return again


def _of_requests(session: Session) -> Again:
    waits = select(Registration.id).where(Registration.state == RegistrationState.ASKED.value)
    return _numbered({str(number) for number in session.exec(waits)})


def _of_proposals(session: Session) -> Again:
    waits = select(Change.id).where(Change.state == "proposed")
    return _numbered({str(number) for number in session.exec(waits)})


def _of_surveys(session: Session) -> Again:
    over = (CycleState.CLOSED.value, CycleState.CANCELLED.value)
    goes_on = select(SurveyCycle.id).where(col(SurveyCycle.state).not_in(over))
    return _numbered({str(number) for number in session.exec(goes_on)})


def _of_overdue(session: Session) -> Again:
    """
    A survey closes once; opened again, it is another version. That one waits to be closed
    is found at each tick.
    """
    again = _of_surveys(session)
    return lambda occasion: (
        occasion.startswith("survey ")
        and again(occasion.removeprefix("survey ").replace(" ", ".", 1))
    )


def _of_series(session: Session) -> Again:
    some = [each for each in all_series(session) if unreadable(session, each.id)]
    return {f"{each.id}.{each.version}" for each in some}.__contains__


def _of_troubles(session: Session) -> Again:
    known = {f"{each.job}:{local_day(session, each.since)}" for each in troubles(session)}
    return lambda occasion: occasion in known


def _numbered(waiting: set[str]) -> Again:
    def again(occasion: str) -> bool:
        found = _NUMBER.match(occasion)
        return found is not None and found[1] in waiting

    return again


# By kind. What is of none of these kinds is not deleted: a test looks that each has its line.
OCCASIONS: Mapping[str, Callable[[Session], Again]] = MappingProxyType(
    {
        BROADCAST: _of_broadcasts,
        EMERGENCY: _of_broadcasts,
        STATUS: _of_broadcasts,
        "broadcast approvals": _of_broadcasts,
        WAITS: _of_requests,
        "proposals": _of_proposals,
        "proposal outcome": never,  # a change is decided on once
        "registration": never,  # a request is, too
        "renewal": never,  # names the day on which a membership lapses, at most a month ahead
        UPKEEP: never,  # names the day; after `storage.items.PERIOD` it is told anew as it is
        REPORTED: never,  # somebody's word, told once
        SETTLED: never,
        DIGEST: never,  # names the day
        REPORT: never,  # names deliveries that are told of once
        REMINDER: never,  # names the moment of the meeting
        NEWS: never,  # names a change, which is told of once
        DELEGATION: never,  # names the second
        AGENDA: never,  # names the day
        UNREADABLE: _of_series,
        "figures": never,  # a table is published once
        "surveys": never,  # names the day
        "survey board": _of_surveys,
        "closed surveys": _of_overdue,
        "bot trouble": _of_troubles,
        "contact": never,  # names the minute
        "test": never,  # names the second
    }
)
