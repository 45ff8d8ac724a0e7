"""
Corrections of what a broadcast said.
"""

from datetime import datetime

from sqlmodel import col, update

from storage.audit import record
from storage.broadcasts import find_broadcast
from storage.edits import ask_for_edits
from storage.errors import MovedOnError, UnknownBroadcastError
from storage.models import Broadcast as BroadcastRow
from storage.session import Session


def correct(session: Session, number: int, *, text: str, by: str, now: datetime) -> int:
    """
    Let it say *text* from now on, and have every message of it that stands written anew.
    What it said before stays with it. Nobody approved what it says now: its next run may
    have to wait for that. Return how many messages are written anew.

    Raises:
        UnknownBroadcastError: if there is none of this sender's.
        MovedOnError: if nothing of it was sent, or it says that already.
    """
    found = find_broadcast(session, number)
    if found.sender != by:
        raise UnknownBroadcastError(number)
    if found.started_at is None or found.draft.text == text:
        raise MovedOnError(number)
    before = {"at": now.isoformat(), "before": found.draft.text}
    session.exec(
        update(BroadcastRow)
        .where(col(BroadcastRow.id) == number)
        .values(
            text=text,
            corrections=[*found.corrections, before],
            version=col(BroadcastRow.version) + 1,
            approved_by=None,
            approved_at=None,
        )
        .execution_options(synchronize_session=False)
    )
    record(session, "broadcast.corrected", actor=by, now=now, subject=f"broadcast:{number}")
    return ask_for_edits(session, kind=found.draft.kind, occasion=f"{number}.", now=now)
