"""
Deliveries: what they are, how they are planned, and what is known of each.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import IntEnum, StrEnum
from typing import Any

from sqlalchemy import ColumnElement, func
from sqlmodel import and_, col, select

from storage.inserts import insert_into
from storage.models import Delivery as DeliveryRow
from storage.session import Session

TOO_LATE = "too late to be of use"
SENT_AGAIN = "sent again as another delivery"
PUT_AWAY = "put away"
NOT_NEEDED = "no longer needed when it was due"
NOT_MADE = "the bot could not write it"
# A longer statement costs more per row: it is written out, and read, anew each time.
ROWS_AT_ONCE = 50


class DeliveryState(StrEnum):
    PLANNED = "planned"
    CLAIMED = "claimed"  # a process has it, until its lease runs out
    SENDING = "sending"  # a request may be on the wire
    SENT = "sent"
    FAILED = "failed"  # surely not sent
    SKIPPED = "skipped"  # not sent on purpose
    UNKNOWN = "unknown"  # sent or not: nobody here can tell


SETTLED = frozenset(
    {DeliveryState.SENT, DeliveryState.FAILED, DeliveryState.SKIPPED, DeliveryState.UNKNOWN}
)
NOT_YET_SENT = (DeliveryState.PLANNED, DeliveryState.CLAIMED, DeliveryState.SENDING)


class Priority(IntEnum):
    """
    What goes first. An emergency passes by what people prefer.
    """

    EMERGENCY = 0
    REMINDER = 1
    BROADCAST = 2


@dataclass(frozen=True, kw_only=True)
class Plan:
    """
    A delivery to be.

    Attributes:
        occasion: with kind and recipient it is unique: "2026-03-02" of a daily one.
        recipient: Slack's id of a person or a channel.
        useful_until: what is later than this is not sent but reported; None: never too late.
        responsible: who is told of trouble; None: every coordinator.
        payload: ids, by which the kind's owner finds what to say; never a text.
    """

    kind: str
    occasion: str
    recipient: str
    due_at: datetime
    priority: Priority = Priority.BROADCAST
    useful_until: datetime | None = None
    responsible: str | None = None
    payload: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Delivery:
    """
    Attributes:
        token: of the claim; whoever has no longer this one may do nothing with it.
        reason: why it is not sent, in words.
        digest_id: the digest that it is gathered in, and shares the fate of.
        resolved_by: who pressed Send again or It arrived.
    """

    id: int
    kind: str
    occasion: str
    recipient: str
    state: DeliveryState
    priority: Priority
    due_at: datetime
    useful_until: datetime | None
    next_attempt_at: datetime
    attempts: int
    token: str | None
    leased_until: datetime | None
    reason: str | None
    slack_ts: str | None
    responsible: str | None
    payload: Mapping[str, Any]
    again_of: int | None
    digest_id: int | None
    resolved_by: str | None
    planned_at: datetime
    settled_at: datetime | None


def plan(session: Session, plans: Sequence[Plan], *, now: datetime) -> int:
    """
    Store *plans*, those that are not there yet. Return how many were new.

    Planning the same twice, or in two processes at once, plans it once.
    """
    if not plans:
        return 0
    insert = insert_into(session, DeliveryRow)
    statement = insert.on_conflict_do_nothing().returning(col(DeliveryRow.id))
    statement = statement.execution_options(insertmanyvalues_page_size=ROWS_AT_ONCE)
    rows = [
        {
            "kind": each.kind,
            "occasion": each.occasion,
            "recipient": each.recipient,
            "state": DeliveryState.PLANNED.value,
            "priority": int(each.priority),
            "due_at": each.due_at,
            "useful_until": each.useful_until,
            "next_attempt_at": each.due_at,
            "attempts": 0,
            "responsible": each.responsible,
            "payload": dict(each.payload),
            "planned_at": now,
        }
        # In one order everywhere: two processes that plan the same wait for each
        # other, and never each for the other.
        for each in sorted(plans, key=lambda each: (each.kind, each.occasion, each.recipient))
    ]
    return len(session.execute(statement, rows).all())


def find_delivery(session: Session, delivery_id: int) -> Delivery | None:
    row = session.exec(select(DeliveryRow).where(DeliveryRow.id == delivery_id)).one_or_none()
    return None if row is None else value(row)


def latest(session: Session, *, kind: str, recipient: str) -> Delivery | None:
    """
    Return the delivery of *kind* to *recipient* that was planned last, or None.
    """
    query = (
        select(DeliveryRow)
        .where(DeliveryRow.kind == kind, DeliveryRow.recipient == recipient)
        .order_by(col(DeliveryRow.id).desc())
        .limit(1)
    )
    row = session.exec(query).one_or_none()
    return None if row is None else value(row)


def counts(session: Session, *, responsible: str | None = None) -> dict[DeliveryState, int]:
    """
    Return how many deliveries are in each state; every state is there.

    Args:
        responsible: only what this person answers for; None: everything.
    """
    query = select(DeliveryRow.state, func.count()).group_by(col(DeliveryRow.state))
    if responsible is not None:
        query = query.where(DeliveryRow.responsible == responsible)
    found = session.exec(query).all()
    return dict.fromkeys(DeliveryState, 0) | {DeliveryState(state): n for state, n in found}


def counts_gathered(
    session: Session, *, responsible: str | None = None
) -> dict[DeliveryState, int]:
    """
    Return how many of those go, or went, inside a digest.
    """
    query = (
        select(DeliveryRow.state, func.count())
        .where(col(DeliveryRow.digest_id).is_not(None))
        .group_by(col(DeliveryRow.state))
    )
    if responsible is not None:
        query = query.where(DeliveryRow.responsible == responsible)
    found = session.exec(query).all()
    return dict.fromkeys(DeliveryState, 0) | {DeliveryState(state): n for state, n in found}


def in_states(
    session: Session,
    states: Collection[DeliveryState],
    *,
    limit: int,
    responsible: str | None = None,
    gathered: bool = True,
) -> tuple[Delivery, ...]:
    """
    Return at most *limit* deliveries in one of *states*, the latest first.

    Args:
        responsible: only what this person answers for; None: everything.
        gathered: also those inside a digest, which share its fate.
    """
    found: ColumnElement[bool] = col(DeliveryRow.state).in_([state.value for state in states])
    if not gathered:
        found = and_(found, col(DeliveryRow.digest_id).is_(None))
    return _latest(session, found, limit=limit, responsible=responsible)


def too_late(
    session: Session, *, limit: int, responsible: str | None = None
) -> tuple[Delivery, ...]:
    """
    Return at most *limit* deliveries that came too late, the latest first.
    """
    found = (DeliveryRow.state == DeliveryState.SKIPPED) & (DeliveryRow.reason == TOO_LATE)
    return _latest(session, found, limit=limit, responsible=responsible)


def _latest(
    session: Session, found: Any, *, limit: int, responsible: str | None
) -> tuple[Delivery, ...]:
    query = select(DeliveryRow).where(found).order_by(col(DeliveryRow.id).desc()).limit(limit)
    if responsible is not None:
        query = query.where(DeliveryRow.responsible == responsible)
    return tuple(value(row) for row in session.exec(query))


def value(row: DeliveryRow) -> Delivery:
    """
    Return what the rest of the code sees of *row*.
    """
    assert row.id is not None  # noqa: S101 - a stored row has one; for the type checker
    return Delivery(
        id=row.id,
        kind=row.kind,
        occasion=row.occasion,
        recipient=row.recipient,
        state=DeliveryState(row.state),
        priority=Priority(row.priority),
        due_at=row.due_at,
        useful_until=row.useful_until,
        next_attempt_at=row.next_attempt_at,
        attempts=row.attempts,
        token=row.token,
        leased_until=row.leased_until,
        reason=row.reason,
        slack_ts=row.slack_ts,
        responsible=row.responsible,
        payload=row.payload,
        again_of=row.again_of,
        digest_id=row.digest_id,
        resolved_by=row.resolved_by,
        planned_at=row.planned_at,
        settled_at=row.settled_at,
    )
