"""
Pausing, resuming and ending what is being sent of a broadcast, its reminders too.
"""

from collections.abc import Collection
from datetime import datetime, timedelta
from typing import Any

from sqlmodel import and_, col, or_, update

from storage.audit import record
from storage.broadcast_progress import reminders_of
from storage.broadcast_runs import USEFUL
from storage.broadcasts import BROADCAST, Broadcast, BroadcastState, Reminding, find_broadcast, move
from storage.deliveries import DeliveryState
from storage.errors import MovedOnError
from storage.models import Broadcast as BroadcastRow
from storage.models import Delivery as DeliveryRow
from storage.session import Session

HELD = "its sender paused it"
ENDED = "its sender ended it"
NEVER = timedelta(days=36_500)  # what is paused waits for its sender
OVER = (BroadcastState.SENT, BroadcastState.ABORTED)
UNDER_WAY = (Reminding.GOING, Reminding.PAUSED)


def pause(session: Session, number: int, *, by: str, now: datetime) -> None:
    """
    Send no more of it for now; of what has gone out, no more reminders. What is on its way
    already arrives.

    Raises:
        UnknownBroadcastError: if there is none.
        MovedOnError: if nothing of it is being sent.
    """
    found = find_broadcast(session, number, lock=True)
    whole = found.state is BroadcastState.SENDING
    if whole:
        move(session, number, of=(BroadcastState.SENDING,), to=BroadcastState.PAUSED)
    else:
        _move_reminders(session, found, of=(Reminding.GOING,), to=Reminding.PAUSED)
    _set_planned(session, _stoppable(found, whole=whole), next_attempt_at=now + NEVER, reason=HELD)
    _record(session, "broadcast.paused", number, by=by, now=now, whole=whole)


def hold_back(session: Session, broadcast: Broadcast, *, now: datetime) -> int:
    """
    Have what was on its way when *broadcast* or its reminders were paused, and was stopped
    just in time, wait as long as the rest. Return how many that were.
    """
    which = _stoppable(broadcast, whole=broadcast.state is BroadcastState.PAUSED)
    soon = col(DeliveryRow.next_attempt_at) < now + NEVER / 2
    return _set_planned(session, (*which, soon), next_attempt_at=now + NEVER, reason=HELD)


def resume(session: Session, number: int, *, by: str, now: datetime) -> None:
    """
    Go on with what was paused.

    Raises:
        UnknownBroadcastError: if there is none.
        MovedOnError: if nothing is paused.
    """
    found = find_broadcast(session, number, lock=True)
    whole = found.state is BroadcastState.PAUSED
    if whole:
        move(session, number, of=(BroadcastState.PAUSED,), to=BroadcastState.SENDING)
    if not whole or found.reminders is Reminding.PAUSED:
        _move_reminders(session, found, of=(Reminding.PAUSED,), to=Reminding.GOING)
    # The time that it was held for does not make it late.
    anew = {"next_attempt_at": now, "due_at": now, "useful_until": now + USEFUL, "reason": None}
    _set_planned(session, _stoppable(found, whole=whole), **anew)
    _record(session, "broadcast.resumed", number, by=by, now=now, whole=whole)


def abort(session: Session, number: int, *, by: str, now: datetime) -> int:
    """
    End it: what is not sent never will be, no reminder and no test either, and it does not
    repeat. Of what has gone out already the reminders end. Return how many were not sent.

    Raises:
        UnknownBroadcastError: if there is none.
        MovedOnError: if it has ended, and nobody is being reminded.
    """
    found = find_broadcast(session, number, lock=True)
    whole = found.state not in OVER
    if whole:
        begun = tuple(state for state in BroadcastState if state not in OVER)
        move(session, number, of=begun, to=BroadcastState.ABORTED, ended_at=now)
    if not whole or found.reminders in UNDER_WAY:
        _move_reminders(session, found, of=UNDER_WAY, to=Reminding.ENDED)
    which = or_(and_(*_stoppable(found, whole=whole)), _tests(found))
    skipped = {"state": DeliveryState.SKIPPED.value, "reason": ENDED, "settled_at": now}
    stopped = _set_planned(session, (which,), **skipped)
    _record(session, "broadcast.aborted", number, by=by, now=now, whole=whole)
    return stopped


def _stoppable(found: Broadcast, *, whole: bool) -> tuple[Any, ...]:
    """
    Return what the deliveries of its run and all of its reminders are; or these alone.
    """
    reminders = and_(*reminders_of(found))
    run = and_(
        col(DeliveryRow.kind) == found.draft.kind,
        col(DeliveryRow.occasion).startswith(f"{found.number}.{found.run}:", autoescape=True),
    )
    return (or_(run, reminders),) if whole else (reminders,)


def _tests(found: Broadcast) -> Any:
    tests = col(DeliveryRow.occasion).startswith(f"{found.number}.test:", autoescape=True)
    return and_(col(DeliveryRow.kind) == BROADCAST, tests)


def _move_reminders(
    session: Session, found: Broadcast, *, of: Collection[Reminding], to: Reminding
) -> None:
    done = session.exec(
        update(BroadcastRow)
        .where(
            col(BroadcastRow.id) == found.number,
            col(BroadcastRow.reminders).in_([state.value for state in of]),
        )
        .values(reminders=to.value, progress="")  # its sender is told
        .execution_options(synchronize_session=False)
    )
    if not done.rowcount:
        raise MovedOnError(found.number)


def _set_planned(session: Session, which: tuple[Any, ...], **values: Any) -> int:
    """
    Change *which* deliveries are planned and not yet on their way.
    """
    done = session.exec(
        update(DeliveryRow)
        .where(
            *which,
            col(DeliveryRow.state) == DeliveryState.PLANNED.value,
            col(DeliveryRow.digest_id).is_(None),
        )
        .values(**values)
        .execution_options(synchronize_session=False)
    )
    return int(done.rowcount)


def _record(
    session: Session, act: str, number: int, *, by: str, now: datetime, whole: bool
) -> None:
    what = {} if whole else {"what": "reminders"}
    record(session, act, actor=by, now=now, subject=f"broadcast:{number}", **what)
