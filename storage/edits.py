"""
Deliveries whose message is to be written anew where it stands.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlmodel import case, col, or_, select, update

from storage.deliveries import Delivery, DeliveryState, value
from storage.models import Delivery as DeliveryRow
from storage.session import Session

# Later than that nothing is put off: it was noted by a clock that was set back since.
FURTHEST = timedelta(minutes=2)
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
        .values(to_edit_at=now, edited_at=None, edit_trouble=None)
        .execution_options(synchronize_session=False)
    )
    return int(done.rowcount)


def edits_due(
    session: Session, *, now: datetime, limit: int, last: Collection[str] = ()
) -> Sequence[Edit]:
    """
    Return messages that stand and are to be written anew, the longest waiting first.

    Args:
        last: kinds that come after all others, emergencies before the rest of them.
    """
    behind = col(DeliveryRow.kind).in_(last)
    query = (
        select(DeliveryRow)
        .where(
            or_(col(DeliveryRow.to_edit_at) <= now, col(DeliveryRow.to_edit_at) > now + FURTHEST),
            DeliveryRow.state == DeliveryState.SENT.value,
            col(DeliveryRow.slack_channel).is_not(None),
            col(DeliveryRow.slack_ts).is_not(None),
        )
        .order_by(
            case((behind, col(DeliveryRow.priority) + 1), else_=0),
            col(DeliveryRow.to_edit_at),
            col(DeliveryRow.id),
        )
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


def put_off(session: Session, edit: Edit, *, until: datetime) -> bool:
    """
    Note that *edit* is to be tried again. Return False if it was asked for anew meanwhile,
    or another process has it.
    """
    return _note(session, edit, to_edit_at=until)


def edited(session: Session, edit: Edit, *, now: datetime, trouble: str | None = None) -> bool:
    """
    Note that *edit* is done. Return False if it was asked for anew meanwhile, or another
    process has it.

    Args:
        trouble: why it was not, and will not be, in words.
    """
    done_at = now if trouble is None else None
    return _note(session, edit, to_edit_at=None, edited_at=done_at, edit_trouble=trouble)


def ask_again(session: Session, edit: Edit, *, now: datetime) -> None:
    """
    Have the message of *edit* written anew, whatever was noted of it meanwhile.
    """
    session.exec(
        update(DeliveryRow)
        .where(col(DeliveryRow.id) == edit.delivery.id)
        .values(to_edit_at=now, edited_at=None, edit_trouble=None)
        .execution_options(synchronize_session=False)
    )


def _note(session: Session, edit: Edit, **values: Any) -> bool:
    done = session.exec(
        update(DeliveryRow)
        .where(
            col(DeliveryRow.id) == edit.delivery.id, col(DeliveryRow.to_edit_at) == edit.asked_at
        )
        .values(**values)
        .execution_options(synchronize_session=False)
    )
    return bool(done.rowcount)
