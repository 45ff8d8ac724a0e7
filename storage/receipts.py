"""
Receipts of interactions that had an effect, so that a repeat has none.
"""

from datetime import datetime, timedelta
from hashlib import sha256

from sqlmodel import col, delete

from storage.models import Receipt
from storage.scope import add_new
from storage.session import Session

KEPT = timedelta(hours=25)  # a request is refused after minutes, but a form may stay open for a day


def first_time(session: Session, *, interaction: str, now: datetime) -> bool:
    """
    Note *interaction*, in the transaction of its effect. Return False for a repeat.

    Two at once: the second waits for the first, and is told the truth.

    Args:
        interaction: Slack's own id for it. Its SHA-256 is stored, never itself.
    """
    digest = sha256(interaction.encode()).hexdigest()
    return add_new(session, Receipt, digest=digest, received_at=now)


def forget_before(session: Session, moment: datetime) -> int:
    """
    Delete the receipts from before *moment*. Return how many.
    """
    gone = session.exec(delete(Receipt).where(col(Receipt.received_at) < moment))
    return gone.rowcount
