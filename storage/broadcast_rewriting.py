"""
What became of the messages of a broadcast that a correction is written into.
"""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from enum import IntEnum
from typing import Any

import sqlalchemy as sa
from sqlmodel import and_, col, func, or_, select

from storage.broadcasts import Broadcast
from storage.deliveries import DeliveryState
from storage.models import Delivery as DeliveryRow
from storage.session import Session

DOUBTFUL = "nobody can tell whether it was sent"
NOWHERE = "nobody can tell where it stands"


class Fate(IntEnum):
    """
    Of a message; of several to one reader the greatest counts.
    """

    CHANGED = 0
    LEFT = 1  # to be changed
    NOT = 2  # could not be changed


@dataclass(frozen=True, kw_only=True)
class Rewriting:
    """
    Attributes:
        changed, left, failed: messages; what is not sent yet is none, and says the new text.
        why_not: of those that could not be changed, by the reason in words.
    """

    changed: int
    left: int
    failed: int
    why_not: Mapping[str, int]


def rewriting(session: Session, broadcast: Broadcast) -> Rewriting | None:
    """
    Return how far the last correction is written. None: it was never corrected.
    """
    if not broadcast.corrections:
        return None
    placed = and_(col(DeliveryRow.slack_ts).is_not(None), col(DeliveryRow.slack_channel).is_not(None))  # fmt: skip
    to_edit = col(DeliveryRow.to_edit_at).is_not(None)
    columns: list[Any] = [DeliveryRow.state, placed, to_edit, DeliveryRow.edit_trouble]
    found = session.execute(
        sa.select(*columns, func.count()).where(*_standing(broadcast)).group_by(*columns)
    ).all()
    fates: Counter[Fate] = Counter()
    why_not: Counter[str] = Counter()
    for *row, number in found:
        fate, why = _fate(*row)
        fates[fate] += number
        if why:
            why_not[why] += number
    return Rewriting(
        changed=fates[Fate.CHANGED],
        left=fates[Fate.LEFT],
        failed=fates[Fate.NOT],
        why_not=dict(why_not.most_common()),
    )


def rewritten(session: Session, broadcast: Broadcast) -> Mapping[str, tuple[Fate, str]]:
    """
    Return what became of each reader's messages: Slack id -> the worst of them, and why
    one could not be changed.
    """
    query = select(DeliveryRow).where(*_standing(broadcast)).order_by(col(DeliveryRow.id))
    found: dict[str, tuple[Fate, str]] = {}
    for row in session.exec(query):
        placed = row.slack_ts is not None and row.slack_channel is not None
        fate = _fate(row.state, placed, row.to_edit_at is not None, row.edit_trouble)
        found[row.recipient] = max(fate, found.get(row.recipient, fate))
    return found


def standing(session: Session, broadcast: Broadcast) -> int:
    """
    Return how many messages a correction would be written into now.
    """
    query = select(func.count()).where(
        *_messages(broadcast), DeliveryRow.state == DeliveryState.SENT.value
    )
    return session.exec(query).one()


def is_left(session: Session, broadcast: Broadcast) -> bool:
    """
    Say whether there is a message to write into, or one on its way that may say the old text.
    """
    on_its_way = [DeliveryState.CLAIMED.value, DeliveryState.SENDING.value]
    query = select(DeliveryRow.id).where(
        *_messages(broadcast),
        col(DeliveryRow.to_edit_at).is_not(None),
        or_(
            col(DeliveryRow.state).in_(on_its_way),
            and_(
                DeliveryRow.state == DeliveryState.SENT.value,
                col(DeliveryRow.slack_ts).is_not(None),
                col(DeliveryRow.slack_channel).is_not(None),
            ),
        ),
    )
    return session.exec(query.limit(1)).first() is not None


def _messages(broadcast: Broadcast) -> tuple[Any, ...]:
    """
    Return what all messages to readers are, of every run and every reminder. What came in a
    digest is opened by a button, and needs no change.
    """
    occasion = col(DeliveryRow.occasion)
    return (
        DeliveryRow.kind == broadcast.draft.kind,
        occasion.startswith(f"{broadcast.number}.", autoescape=True),
        ~occasion.startswith(f"{broadcast.number}.test:", autoescape=True),
        col(DeliveryRow.digest_id).is_(None),
    )


def _standing(broadcast: Broadcast) -> tuple[Any, ...]:
    asked = (DeliveryRow.to_edit_at, DeliveryRow.edited_at, DeliveryRow.edit_trouble)
    return (
        *_messages(broadcast),
        col(DeliveryRow.state).in_([DeliveryState.SENT.value, DeliveryState.UNKNOWN.value]),
        or_(*(col(each).is_not(None) for each in asked)),
    )


def _fate(state: str, placed: bool, to_edit: bool, trouble: str | None) -> tuple[Fate, str]:
    if trouble is not None:
        return Fate.NOT, trouble
    if not to_edit:
        return Fate.CHANGED, ""
    if state == DeliveryState.UNKNOWN:
        return Fate.NOT, DOUBTFUL
    return (Fate.LEFT, "") if placed else (Fate.NOT, NOWHERE)
