"""
How the run of a broadcast goes, who has read it, and what its sender was told of that.
"""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlmodel import and_, col, func, or_, select, update

from storage.broadcast_rewriting import Rewriting, rewriting
from storage.broadcasts import STATUS, Broadcast, Reminding, find_broadcast, stored
from storage.deliveries import NOT_YET_SENT, SENT_AGAIN, Delivery, DeliveryState, value
from storage.edits import ask_for_edits
from storage.models import Broadcast as BroadcastRow
from storage.models import BroadcastCorrection as CorrectionRow
from storage.models import BroadcastReader as ReaderRow
from storage.models import CorrectionState
from storage.models import Delivery as DeliveryRow
from storage.session import Session


@dataclass(frozen=True, kw_only=True)
class Reader:
    user_id: str
    why: tuple[str, ...]
    acknowledged_at: datetime | None
    reminded_at: datetime | None
    delivery: Delivery | None


@dataclass(frozen=True, kw_only=True)
class Progress:
    """
    How a run goes: every reader is counted in one of the first five.

    Attributes:
        reminding: reminders that are still to be sent, of whatever run.
        correction: how far the last one is written; None: there was none.
    """

    people: int
    sent: int
    waiting: int
    failed: int
    skipped: int
    unknown: int
    acknowledged: int
    why_not: Mapping[str, int]
    reminding: int = 0
    correction: Rewriting | None = None


def progress(session: Session, broadcast: Broadcast) -> Progress:
    """
    Return how the run of *broadcast* goes.
    """
    found = session.exec(
        select(DeliveryRow.state, DeliveryRow.reason, func.count())
        .where(*of_run(session, broadcast))
        .group_by(col(DeliveryRow.state), col(DeliveryRow.reason))
    ).all()
    by_state: Counter[DeliveryState] = Counter()
    why_not: Counter[str] = Counter()
    for state, reason, number in found:
        by_state[DeliveryState(state)] += number
        if DeliveryState(state) in {DeliveryState.FAILED, DeliveryState.SKIPPED}:
            why_not[reason or "no reason is known"] += number
    acknowledged = select(func.count()).where(
        ReaderRow.broadcast_id == broadcast.number,
        ReaderRow.run == broadcast.run,
        col(ReaderRow.acknowledged_at).is_not(None),
    )
    return Progress(
        people=sum(by_state.values()),
        sent=by_state[DeliveryState.SENT],
        waiting=sum(by_state[state] for state in NOT_YET_SENT),
        failed=by_state[DeliveryState.FAILED],
        skipped=by_state[DeliveryState.SKIPPED],
        unknown=by_state[DeliveryState.UNKNOWN],
        acknowledged=session.exec(acknowledged).one(),
        why_not=dict(why_not.most_common()),
        reminding=reminding(session, broadcast),
        correction=rewriting(session, broadcast),
    )


def readers(session: Session, broadcast: Broadcast) -> tuple[Reader, ...]:
    """
    Return whom the run of *broadcast* is for, and what became of it for each.
    """
    sent = {
        row.recipient: value(row)
        for row in session.exec(select(DeliveryRow).where(*of_run(session, broadcast)))
    }
    rows = session.exec(
        select(ReaderRow)
        .where(ReaderRow.broadcast_id == broadcast.number, ReaderRow.run == broadcast.run)
        .order_by(col(ReaderRow.user_id))
    )
    return tuple(
        Reader(
            user_id=row.user_id,
            why=tuple(row.why),
            acknowledged_at=row.acknowledged_at,
            reminded_at=row.reminded_at,
            delivery=sent.get(row.user_id),
        )
        for row in rows
    )


def reader_of(session: Session, number: int, user_id: str) -> Reader | None:
    """
    Return what *user_id* is to the last run of a broadcast that was for them.
    """
    row = session.exec(
        select(ReaderRow)
        .where(ReaderRow.broadcast_id == number, ReaderRow.user_id == user_id)
        .order_by(col(ReaderRow.run).desc())
        .limit(1)
        .execution_options(populate_existing=True)
    ).one_or_none()
    if row is None:
        return None
    return Reader(
        user_id=row.user_id,
        why=tuple(row.why),
        acknowledged_at=row.acknowledged_at,
        reminded_at=row.reminded_at,
        delivery=None,
    )


def is_channel(recipient: str) -> bool:
    return recipient.startswith(("C", "G"))


def in_channel(session: Session, number: int, channel: str) -> bool:
    """
    Say whether a broadcast stands in a channel.

    Args:
        channel: Slack's id.
    """
    found = find_broadcast(session, number)
    query = select(DeliveryRow.recipient).where(
        DeliveryRow.kind == found.draft.kind,
        col(DeliveryRow.occasion).startswith(f"{number}.", autoescape=True),
        DeliveryRow.recipient == channel,
        col(DeliveryRow.state).in_([DeliveryState.SENT.value, DeliveryState.UNKNOWN.value]),
    )
    return session.exec(query.limit(1)).first() is not None


def acknowledge(session: Session, number: int, *, user_id: str, now: datetime) -> bool:
    """
    Note that *user_id* read it. Return False if they said so before, or it was not for them.
    """
    last = select(func.max(ReaderRow.run)).where(
        ReaderRow.broadcast_id == number, ReaderRow.user_id == user_id
    )
    done = session.exec(
        update(ReaderRow)
        .where(
            col(ReaderRow.broadcast_id) == number,
            col(ReaderRow.user_id) == user_id,
            col(ReaderRow.run) == session.exec(last).one(),
            col(ReaderRow.acknowledged_at).is_(None),
        )
        .values(acknowledged_at=now)
        .execution_options(synchronize_session=False)
    )
    if done.rowcount:
        # What its sender was told is no longer so.
        session.exec(
            update(BroadcastRow)
            .where(col(BroadcastRow.id) == number)
            .values(progress="")
            .execution_options(synchronize_session=False)
        )
    return bool(done.rowcount)


def tell_progress(
    session: Session, broadcast: Broadcast, *, said: str, now: datetime, every: timedelta
) -> bool:
    """
    Note what the sender is told of how it goes, if that is new and they were not told of
    something else within *every*. Return whether it is to be told.
    """
    row = session.exec(select(BroadcastRow).where(BroadcastRow.id == broadcast.number)).one()
    if row.progress == said:
        return False
    done = session.exec(
        update(BroadcastRow)
        .where(
            col(BroadcastRow.id) == broadcast.number,
            col(BroadcastRow.progress) == row.progress,
            or_(
                col(BroadcastRow.progress_at).is_(None),
                col(BroadcastRow.progress_at) <= now - every,
                # The clock was set back since.
                col(BroadcastRow.progress_at) > now + every,
            ),
        )
        .values(progress=said, progress_at=now)
        .execution_options(synchronize_session=False)
    )
    if done.rowcount:
        ask_for_edits(session, kind=STATUS, occasion=f"{broadcast.number}.{broadcast.run}:", now=now)  # fmt: skip
    return bool(done.rowcount)


def recently_ended(session: Session, *, since: datetime) -> tuple[Broadcast, ...]:
    """
    Return what ended after *since*, or is over and something goes on with it: it was read
    since its sender was told how it went, its readers are reminded, or it is corrected.
    """
    corrected = select(CorrectionRow.broadcast_id).where(
        or_(
            CorrectionRow.state == CorrectionState.WRITING.value,
            col(CorrectionRow.written_at) >= since,
        )
    )
    goes_on = or_(
        col(BroadcastRow.progress) == "",
        col(BroadcastRow.reminders).in_([Reminding.GOING.value, Reminding.PAUSED.value]),
        col(BroadcastRow.id).in_(corrected),
    )
    query = select(BroadcastRow).where(
        or_(
            col(BroadcastRow.ended_at) >= since,
            and_(col(BroadcastRow.ended_at).is_not(None), goes_on),
        )
    )
    return tuple(stored(row) for row in session.exec(query.order_by(col(BroadcastRow.id))))


def reminders_of(broadcast: Broadcast) -> tuple[Any, ...]:
    """
    Return what the deliveries are that remind its readers, of whatever run.
    """
    return (
        DeliveryRow.kind == broadcast.draft.kind,
        col(DeliveryRow.occasion).like(f"{broadcast.number}.%: again %"),
    )


def reminding(session: Session, broadcast: Broadcast) -> int:
    """
    Return how many reminders are still to be sent.
    """
    if broadcast.reminders is None:
        return 0
    query = select(func.count()).where(
        *reminders_of(broadcast),
        col(DeliveryRow.state).in_([state.value for state in NOT_YET_SENT]),
    )
    return session.exec(query).one()


def of_run(session: Session, found: Broadcast) -> tuple[Any, ...]:
    """
    Return what the deliveries of a run are, one a reader: of what was sent again the last.
    """
    of_kind = DeliveryRow.kind == found.draft.kind
    every = last = [f"{found.number}.{found.run}:"]
    while last:
        again = select(DeliveryRow.occasion, DeliveryRow.id).where(
            of_kind, col(DeliveryRow.occasion).in_(last), DeliveryRow.reason == SENT_AGAIN
        )
        last = [f"{occasion}+{id}" for occasion, id in session.exec(again)]
        every = [*every, *last]
    return (
        of_kind,
        col(DeliveryRow.occasion).in_(every),
        or_(col(DeliveryRow.reason).is_(None), DeliveryRow.reason != SENT_AGAIN),
    )
