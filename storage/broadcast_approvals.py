"""
Which broadcasts wait for a second coordinator, and what that one says.
"""

from datetime import datetime

from sqlmodel import col, select, update

from storage.audiences import resolve
from storage.audit import record
from storage.broadcasts import EMERGENCY, Broadcast, BroadcastState, find_broadcast, move
from storage.errors import OwnBroadcastError, UnknownBroadcastError
from storage.models import Broadcast as BroadcastRow
from storage.models import TaskForce as TaskForceRow
from storage.session import Session


def needs_approval(session: Session, broadcast: Broadcast) -> bool:
    """
    Say whether a second coordinator must say yes: because it crosses collaboratives, or
    goes to more people than the task force lets one coordinator reach alone. Not of an
    emergency: that is an administrator's, and must not wait.
    """
    if broadcast.draft.kind == EMERGENCY:
        return False
    found = resolve(session, broadcast.draft.audience, only=broadcast.draft.only)
    return found.crosses or len(found.people) > approval_above(session)


def approval_above(session: Session) -> int:
    query = select(TaskForceRow.approval_above).where(col(TaskForceRow.id) == session.task_force_id)
    return session.exec(query).one()


def set_approval_above(session: Session, people: int, *, by: str, now: datetime) -> None:
    session.exec(update(TaskForceRow).values(approval_above=people))
    record(session, "broadcast.approval", actor=by, now=now, above=str(people))


def release(
    session: Session, number: int, *, by: str, version: int, now: datetime
) -> BroadcastState:
    """
    Send a draft, when it is due, or have it wait for a second coordinator. Return which.

    Raises:
        UnknownBroadcastError: if there is none of this sender's.
        MovedOnError: if it was changed, or is past that.
    """
    found = find_broadcast(session, number)
    if found.sender != by:
        raise UnknownBroadcastError(number)
    waits = needs_approval(session, found)
    to = BroadcastState.WAITING if waits else BroadcastState.SCHEDULED
    move(session, number, of=(BroadcastState.DRAFT,), to=to, seen=version, reason=None)
    act = "broadcast.asked" if waits else "broadcast.released"
    record(session, act, actor=by, now=now, subject=f"broadcast:{number}", kind=found.draft.kind)
    return to


def approve(session: Session, number: int, *, by: str, version: int, now: datetime) -> None:
    """
    Send it, when it is due; what was due before it was approved is due now.

    Raises:
        UnknownBroadcastError: if there is none.
        OwnBroadcastError: if it is their own.
        MovedOnError: if it was changed, or decided on.
    """
    found = _not_own(session, number, by=by)
    send_at = found.draft.send_at
    move(
        session,
        number,
        of=(BroadcastState.WAITING,),
        to=BroadcastState.SCHEDULED,
        seen=version,
        approved_by=by,
        approved_at=now,
        first_at=found.first_at or send_at,
        send_at=send_at and max(send_at, now),
    )
    record(session, "broadcast.approved", actor=by, now=now, subject=f"broadcast:{number}")


def decline(
    session: Session, number: int, *, by: str, version: int, reason: str, now: datetime
) -> None:
    """
    Say no; it is its sender's draft again.

    Raises:
        UnknownBroadcastError, OwnBroadcastError, MovedOnError: as for `approve`.
    """
    _not_own(session, number, by=by)
    move(
        session,
        number,
        of=(BroadcastState.WAITING,),
        to=BroadcastState.DRAFT,
        seen=version,
        reason=reason,
        version=col(BroadcastRow.version) + 1,
    )
    record(session, "broadcast.declined", actor=by, now=now, subject=f"broadcast:{number}")


def _not_own(session: Session, number: int, *, by: str) -> Broadcast:
    found = find_broadcast(session, number)
    if found.sender == by:
        raise OwnBroadcastError
    return found
