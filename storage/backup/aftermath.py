"""
What becomes, after a restore, of what the bot was about to send: it may have sent it since.

A backup knows nothing of the time after it. What waited then, what has become due since
and what was scheduled for then is not sent by itself: whoever is responsible decides.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeAlias
from zoneinfo import ZoneInfo

from sqlalchemy import and_, not_
from sqlmodel import col, or_, select, update

from storage.broadcast_runs import next_time
from storage.broadcasts import BACK, BroadcastState, find_broadcast
from storage.deliveries import DeliveryState
from storage.digests import DIGEST
from storage.models import Broadcast as BroadcastRow
from storage.models import Delivery as DeliveryRow
from storage.session import Session
from storage.task_forces import task_force

WAITED = "it waited when the backup was made that was restored, and may have been sent since"
CAME_DUE = "it became due after the backup that was restored, and may have been sent by then"
ROUNDS = 1000  # a planner may plan a part at a time

# What plans the messages of a kind that have become due, with the name of the kind.
Planner: TypeAlias = tuple[str, Callable[[Session, datetime], object]]


@dataclass(frozen=True, kw_only=True)
class Aftermath:
    """
    Attributes:
        waited: messages that waited when the backup was made; nobody can tell about them now.
        came_due: messages that have become due since, of which the same holds.
        returned: broadcasts, by number, that are drafts again.
        left_out: those that repeat, by number, whose runs since then are left out.
        stumbled: kinds whose planner failed: what became due of them was not looked at.
    """

    waited: int = 0
    came_due: int = 0
    returned: tuple[int, ...] = ()
    left_out: tuple[int, ...] = ()
    stumbled: tuple[str, ...] = ()

    def __add__(self, other: "Aftermath") -> "Aftermath":
        return Aftermath(
            waited=self.waited + other.waited,
            came_due=self.came_due + other.came_due,
            returned=(*self.returned, *other.returned),
            left_out=(*self.left_out, *other.left_out),
            stumbled=tuple(sorted({*self.stumbled, *other.stumbled})),
        )


def come_back(
    session: Session,
    *,
    now: datetime,
    planners: Sequence[Planner],
    tell: Callable[[Session, tuple[int, ...], datetime], object] | None,
) -> Aftermath:
    """
    Have nothing sent by itself that may have been sent between a backup and *now*.

    What is due after *now* is left as it is: it cannot have been sent yet.

    Args:
        planners: each plans here what it would at the next tick.
        tell: plans what tells the senders of broadcasts, by number, that came back.
    """
    returned, left_out = _take_back_broadcasts(session, now=now)
    waited = _doubt(session, reason=WAITED, now=now)
    came_due, stumbled = 0, set()
    for _ in range(ROUNDS):
        for name, plan in planners:
            try:
                with session.begin_nested():
                    plan(session, now)
            except Exception:  # noqa: BLE001 - the edge: one kind's trouble keeps nobody from their data
                stumbled.add(name)
        found = _doubt(session, reason=CAME_DUE, now=now)
        if not found:
            break
        came_due += found
    if tell is not None:
        tell(session, (*returned, *left_out), now)
    return Aftermath(
        waited=waited,
        came_due=came_due,
        returned=returned,
        left_out=left_out,
        stumbled=tuple(sorted(stumbled)),
    )


def _doubt(session: Session, *, reason: str, now: datetime) -> int:
    """
    Note of everything that is not settled, and may be by now, that nobody can tell whether
    it was sent. Return how many messages that are; what is in a digest goes with it.
    """
    planned = DeliveryState.PLANNED.value
    open_ = (planned, DeliveryState.CLAIMED.value, DeliveryState.SENDING.value)
    surely_not = and_(
        col(DeliveryRow.state) == planned,
        col(DeliveryRow.due_at) > now,
        col(DeliveryRow.next_attempt_at) > now,
        col(DeliveryRow.attempts) == 0,
        col(DeliveryRow.digest_id).is_(None),
        col(DeliveryRow.kind) != DIGEST,  # what is in it may have been let go, and sent alone
    )
    values: dict[str, Any] = {
        "state": DeliveryState.UNKNOWN.value,
        "reason": reason,
        "settled_at": now,
        "token": None,
        "holder": None,
        "leased_until": None,
    }
    found = 0
    for alone in (True, False):
        inside = col(DeliveryRow.digest_id).is_(None)
        done = session.exec(
            update(DeliveryRow)
            .where(
                col(DeliveryRow.state).in_(open_),
                not_(surely_not),
                inside if alone else not_(inside),
            )
            # Of a digest is told, not of each that is in it.
            .values(to_report_at=now if alone else None, **values)
            .execution_options(synchronize_session=False)
        )
        found += int(done.rowcount) if alone else 0
    return found


def _take_back_broadcasts(
    session: Session, *, now: datetime
) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """
    Make drafts of the broadcasts that may have gone out since, and have those that repeat
    go on with their next time. Return the numbers of both.
    """
    zone = ZoneInfo(task_force(session).timezone)
    waits = (BroadcastState.SCHEDULED.value, BroadcastState.WAITING.value)
    due = select(BroadcastRow.id).where(
        col(BroadcastRow.state).in_(waits),
        or_(col(BroadcastRow.send_at).is_(None), col(BroadcastRow.send_at) <= now),
    )
    returned, left_out = [], []
    for number in session.exec(due.order_by(col(BroadcastRow.id))).all():
        found = find_broadcast(session, number or 0)
        again = None
        if found.state is BroadcastState.SCHEDULED and found.started_at is not None:
            again = next_time(found, after=now, zone=zone)
        if again is not None:
            _set(session, found.number, send_at=again)
            left_out.append(found.number)
            continue
        _set(
            session,
            found.number,
            state=BroadcastState.DRAFT.value,
            version=col(BroadcastRow.version) + 1,
            approved_by=None,
            approved_at=None,
            reason=BACK,
        )
        returned.append(found.number)
    going = select(BroadcastRow.id).where(
        col(BroadcastRow.state).in_([BroadcastState.SENDING.value, BroadcastState.PAUSED.value]),
        col(BroadcastRow.repeat).is_not(None),
    )
    for number in session.exec(going.order_by(col(BroadcastRow.id))).all():
        found = find_broadcast(session, number or 0)
        again = next_time(found, after=found.started_at or now, zone=zone)
        if again is not None and again <= now:
            left_out.append(found.number)
        # The next time after a run counts from when it began: nothing is made up for.
        _set(session, found.number, started_at=now)
    return tuple(returned), tuple(left_out)


def _set(session: Session, number: int, **values: Any) -> None:
    session.exec(
        update(BroadcastRow)
        .where(col(BroadcastRow.id) == number)
        .values(**values)
        .execution_options(synchronize_session=False)
    )
