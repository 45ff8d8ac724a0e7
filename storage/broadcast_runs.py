"""
The runs of a broadcast: begun when they are due, to whoever they are for by then, paused,
ended, repeated.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlmodel import col, func, or_, select, update

from storage.audiences import resolve
from storage.audit import record
from storage.broadcast_approvals import needs_approval
from storage.broadcast_progress import of_run
from storage.broadcasts import (
    BROADCAST,
    EMERGENCY,
    Broadcast,
    BroadcastState,
    broadcasts,
    find_broadcast,
    move,
)
from storage.deliveries import NOT_YET_SENT, Plan, Priority, plan
from storage.errors import MovedOnError
from storage.models import Broadcast as BroadcastRow
from storage.models import BroadcastReader as ReaderRow
from storage.models import Delivery as DeliveryRow
from storage.people import admins
from storage.session import Session
from storage.task_forces import task_force

PRIORITIES = {BROADCAST: Priority.BROADCAST, EMERGENCY: Priority.EMERGENCY}
# After it was due; what is later is reported instead. More than a day: who reads once a
# day, at the very time it was due, gets it in the next day's digest.
USEFUL = timedelta(days=1, hours=1)
MAKING_UP = timedelta(hours=1)  # for what its run before kept from its time


def start_due(session: Session, *, now: datetime) -> tuple[Broadcast, ...]:
    """
    Begin what is due: whom it is for is found now, each gets one delivery. What has grown
    meanwhile past what one coordinator may reach alone waits for a second one instead; an
    emergency whose sender is no administrator any more ends. In however many processes at
    once, each run begins once.

    Returns:
        What is being sent from now on, and what waits, each by its state.
    """
    due = select(BroadcastRow.id).where(
        BroadcastRow.state == BroadcastState.SCHEDULED.value,
        or_(col(BroadcastRow.send_at).is_(None), col(BroadcastRow.send_at) <= now),
    )
    moved = []
    for number in session.exec(due.order_by(col(BroadcastRow.id))).all():
        found = find_broadcast(session, number or 0)
        waits = found.approved_by is None and needs_approval(session, found)
        to: dict[str, Any] = {
            "to": BroadcastState.SENDING,
            "started_at": now,
            "ended_at": None,
            "first_at": found.first_at or found.draft.send_at or now,
            "run": found.run + (found.started_at is not None),
        }
        demoted = found.draft.kind == EMERGENCY and found.sender not in admins(session)
        if demoted:
            to = {"to": BroadcastState.ABORTED, "ended_at": now}
        elif waits:
            to = {"to": BroadcastState.WAITING}
        try:
            move(session, found.number, of=(BroadcastState.SCHEDULED,), seen=found.version, **to)
        except MovedOnError:
            continue
        if demoted:
            record(session, "broadcast.aborted", actor=found.sender, now=now, subject=f"broadcast:{found.number}", why="no administrator any more")  # fmt: skip
            continue
        if waits:
            record(session, "broadcast.asked", actor=found.sender, now=now, subject=f"broadcast:{found.number}", kind=found.draft.kind)  # fmt: skip
        else:
            _begin_run(session, find_broadcast(session, found.number), now=now)
        moved.append(find_broadcast(session, found.number))
    return tuple(moved)


def finish_done(session: Session, *, now: datetime) -> tuple[Broadcast, ...]:
    """
    End the runs of which nothing is still to be sent; what repeats waits for its next time.
    """
    ended = []
    for each in broadcasts(session, states=(BroadcastState.SENDING,)):
        left = select(func.count()).where(
            *of_run(session, each),
            col(DeliveryRow.state).in_([state.value for state in NOT_YET_SENT]),
        )
        if session.exec(left).one():
            continue
        # A single reader may have kept it until its next time was over: that is made up for.
        after = min(max(each.started_at or now, now - MAKING_UP), now)
        next_at = next_time(each, after=after, zone=ZoneInfo(task_force(session).timezone))
        to: dict[str, Any] = {"to": BroadcastState.SENT, "ended_at": now}
        if next_at is not None:
            to |= {"to": BroadcastState.SCHEDULED, "send_at": next_at}
        try:
            move(session, each.number, of=(BroadcastState.SENDING,), **to)
        except MovedOnError:  # another process was first, or its sender
            continue
        ended.append(each)
    return tuple(ended)


def next_time(broadcast: Broadcast, *, after: datetime, zone: ZoneInfo) -> datetime | None:
    """
    Return when a broadcast that repeats is due next: at the same wall time, on the same
    day of the week or of the month (the last, in a month that has no such day). None: never.
    """
    first = broadcast.first_at or broadcast.draft.send_at or broadcast.started_at
    if broadcast.draft.repeat is None or first is None:
        return None
    local = first.astimezone(zone)
    for step in range(1, 4000):
        if broadcast.draft.repeat == "monthly":
            months = local.month - 1 + step
            year, month = local.year + months // 12, months % 12 + 1
            last = (datetime(year + month // 12, month % 12 + 1, 1) - timedelta(days=1)).day  # noqa: DTZ001 - a day of the calendar
            day = local.replace(year=year, month=month, day=min(local.day, last)).date()
        else:
            days = step * (7 if broadcast.draft.repeat == "weekly" else 1)
            day = local.date() + timedelta(days=days)
        moment = datetime.combine(day, local.time(), zone)
        if moment > after:
            return moment
    return None


def _begin_run(session: Session, found: Broadcast, *, now: datetime) -> None:
    audience = resolve(session, found.draft.audience, only=found.draft.only)
    why = {**audience.people, **{id: (f"channel:{id}",) for id in audience.channels}}
    session.add_all(
        ReaderRow(broadcast_id=found.number, run=found.run, user_id=user_id, why=list(refs))
        for user_id, refs in why.items()
    )
    session.flush()
    plan_messages(session, found, list(why), occasion=f"{found.number}.{found.run}:", now=now)
    session.exec(
        update(BroadcastRow)
        .where(col(BroadcastRow.id) == found.number)
        .values(people=len(why), progress="", progress_at=None)
        .execution_options(synchronize_session=False)
    )
    record(session, "broadcast.sent", actor=found.sender, now=now, subject=f"broadcast:{found.number}", run=str(found.run), kind=found.draft.kind)  # fmt: skip


def plan_messages(
    session: Session,
    found: Broadcast,
    recipients: Sequence[str],
    *,
    occasion: str,
    now: datetime,
    test: bool = False,
    again: bool = False,
) -> int:
    kind = BROADCAST if test else found.draft.kind
    # What was to go out at a time is late from then on; all else from now.
    due = now if test or again else max(found.draft.send_at or now, now - 2 * USEFUL)
    return plan(
        session,
        [
            Plan(
                kind=kind,
                occasion=occasion,
                recipient=recipient,
                due_at=due,
                priority=PRIORITIES[kind],
                useful_until=due + USEFUL,
                responsible=found.sender,
                payload={
                    "broadcast": found.number,
                    "run": found.run,
                    "test": test,
                    "again": again,
                },
            )
            for recipient in recipients
        ],
        now=now,
    )
