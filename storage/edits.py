"""
Deliveries whose message is to be written anew where it stands.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlmodel import col, select, update

from storage.deliveries import Delivery, DeliveryState, value
from storage.models import Delivery as DeliveryRow
from storage.session import Session

_MAY_STAND = (
    DeliveryState.PLANNED,
    DeliveryState.CLAIMED,
    DeliveryState.SENDING,
    DeliveryState.SENT,
    DeliveryState.UNKNOWN,
)


@dataclass(frozen=True, kw_only=True)
class Edit:
    """
    Attributes:
        asked_at: when it was asked for: whoever asks again meanwhile is not forgotten.
    """

    delivery: Delivery
    slack_channel: str
    slack_ts: str
    asked_at: datetime


def ask_for_edits(session: Session, *, kind: str, occasion: str, now: datetime) -> int:
    """
    Have the messages of *kind* written anew whose occasion begins with *occasion*: those
    that stand, and those that are on their way, once they do. Return how many.
    """
    done = session.exec(
        update(DeliveryRow)
        .where(
            col(DeliveryRow.kind) == kind,
            col(DeliveryRow.occasion).startswith(occasion, autoescape=True),
            col(DeliveryRow.state).in_([state.value for state in _MAY_STAND]),
            col(DeliveryRow.digest_id).is_(None),
        )
        .values(to_edit_at=now)
        .execution_options(synchronize_session=False)
    )
    return int(done.rowcount)


def edits_due(session: Session, *, now: datetime, limit: int) -> Sequence[Edit]:
    """
    Return messages that stand and are to be written anew, the longest waiting first.
    """
    query = (
        select(DeliveryRow)
        .where(
            col(DeliveryRow.to_edit_at) <= now,
            DeliveryRow.state == DeliveryState.SENT.value,
            col(DeliveryRow.slack_channel).is_not(None),
            col(DeliveryRow.slack_ts).is_not(None),
        )
        .order_by(col(DeliveryRow.to_edit_at), col(DeliveryRow.id))
        .limit(limit)
    )
    return [
        Edit(
            delivery=value(row),
            slack_channel=row.slack_channel or "",
            slack_ts=row.slack_ts or "",
            asked_at=row.to_edit_at or now,
        )
        for row in session.exec(query)
    ]


def edited(session: Session, edit: Edit, *, again_at: datetime | None = None) -> bool:
    """
    Note that *edit* is done, or is to be tried again. Return False if it was asked for
    anew meanwhile, or another process has it.
    """
    done = session.exec(
        update(DeliveryRow)
        .where(
            col(DeliveryRow.id) == edit.delivery.id, col(DeliveryRow.to_edit_at) == edit.asked_at
        )
        .values(to_edit_at=again_at)
        .execution_options(synchronize_session=False)
    )
    return bool(done.rowcount)


def ask_again(session: Session, edit: Edit, *, now: datetime) -> None:
    """
    Have the message of *edit* written anew, whatever was noted of it meanwhile.
    """
    session.exec(
        update(DeliveryRow)
        .where(col(DeliveryRow.id) == edit.delivery.id)
        .values(to_edit_at=now)
        .execution_options(synchronize_session=False)
    )
