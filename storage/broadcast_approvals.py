"""
Which broadcasts wait for a second coordinator, who that may be, and what that one says.
"""

from datetime import datetime

from sqlmodel import col, select, update

from storage.audiences import reach, resolve
from storage.audit import LEFT, record
from storage.broadcasts import EMERGENCY, Broadcast, BroadcastState, find_broadcast, move
from storage.errors import (
    NotApproverError,
    OwnBroadcastError,
    ProposerLeftError,
    UnknownBroadcastError,
)
from storage.models import Broadcast as BroadcastRow
from storage.models import TaskForce as TaskForceRow
from storage.people import RoleName, admins, grants
from storage.session import Session


def needs_approval(session: Session, broadcast: Broadcast) -> bool:
    """
    Say whether a second coordinator must say yes: because it crosses collaboratives, is for
    another one than its sender coordinates, or goes to more people than the task force lets
    one coordinator reach alone. Not of an emergency: that is an administrator's, and must
    not wait.
    """
    if broadcast.draft.kind == EMERGENCY:
        return False
    goes_to = reach(session, broadcast.draft.audience)
    scopes = _scopes(session).get(broadcast.sender, {""})
    if goes_to.crosses or ("" not in scopes and not goes_to.collaboratives <= scopes):
        return True
    found = resolve(session, broadcast.draft.audience, only=broadcast.draft.only)
    return len(found.people) > approval_above(session)


def approval_above(session: Session) -> int:
    query = select(TaskForceRow.approval_above).where(col(TaskForceRow.id) == session.task_force_id)
    return session.exec(query).one()


def set_approval_above(session: Session, people: int, *, by: str, now: datetime) -> None:
    session.exec(update(TaskForceRow).values(approval_above=people))
    record(session, "broadcast.approval", actor=by, now=now, above=str(people))


def approvers(session: Session, broadcast: Broadcast) -> tuple[str, ...]:
    """
    Return whose it is to decide on a broadcast of another: the coordinators of all
    collaboratives; those of one, if all that it goes to is named collaboratives and theirs is
    among them, and where it crosses, is not its sender's as well. Where there are none, the
    administrators, who may always.
    """
    goes_to = reach(session, broadcast.draft.audience)
    every = _scopes(session)
    # Its sender has looked at it for theirs.
    others = goes_to.collaboratives - every.pop(broadcast.sender, set())
    concerned = others or goes_to.collaboratives
    found = tuple(
        user_id
        for user_id, scopes in every.items()
        if "" in scopes or (not goes_to.beyond and scopes & concerned)
    )
    return found or tuple(sorted(admins(session) - {broadcast.sender}))


def may_approve(session: Session, broadcast: Broadcast, *, by: str) -> bool:
    if broadcast.sender == by:
        return False
    return by in admins(session) or by in approvers(session, broadcast)


def to_decide(session: Session, number: int, *, by: str) -> Broadcast:
    """
    Return the broadcast that *by* decides on; nobody else changes it meanwhile.

    Raises:
        UnknownBroadcastError: if there is none.
        OwnBroadcastError: if it is their own.
        ProposerLeftError: if nobody can tell whether it is.
        NotApproverError: if it goes beyond what they coordinate.
    """
    found = find_broadcast(session, number, lock=True)
    if found.sender == by:
        raise OwnBroadcastError
    if found.sender == LEFT:
        raise ProposerLeftError
    if not may_approve(session, found, by=by):
        raise NotApproverError
    return found


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
        UnknownBroadcastError, OwnBroadcastError, ProposerLeftError, NotApproverError: as for
            `to_decide`.
        MovedOnError: if it was changed, or decided on.
    """
    found = to_decide(session, number, by=by)
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
        UnknownBroadcastError, OwnBroadcastError, ProposerLeftError, NotApproverError,
        MovedOnError: as for `approve`.
    """
    to_decide(session, number, by=by)
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


def _scopes(session: Session) -> dict[str, set[str]]:
    """
    Return what each coordinator is for: keys of collaboratives, "": all of them.
    """
    found: dict[str, set[str]] = {}
    for each in grants(session, but_members=True):
        if each.role is RoleName.COORDINATOR:
            found.setdefault(each.user_id, set()).add(each.scope)
    return found
