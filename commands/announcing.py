"""
Planning deliveries of a kind, for the people they are for.
"""

from collections.abc import Collection, Iterable, Mapping
from datetime import datetime
from typing import Any

from commands.contract import DeliveryKind, Standing, UserError
from commands.speech import phrase, say
from storage.deliveries import Plan, Priority, plan
from storage.session import Session

# What `storage.audiences` calls whom it has no other name for; all else are facts.
LABELS = (
    phrase("All members"),
    phrase("Coordinators"),
    phrase("Those who sit for their agency"),
    phrase("a subcommittee you sit in"),
)


def in_words(labels: Iterable[str]) -> str:
    """
    Return *labels* of an audience in a line.
    """
    return ", ".join(say(each) if each in LABELS else each for each in labels)


def announce(
    session: Session,
    kind: DeliveryKind,
    *,
    occasion: str,
    recipients: Collection[str],
    due_at: datetime,
    now: datetime,
    standing: Standing,
    responsible: str | None,
    payload: Mapping[str, Any] | None = None,
) -> int:
    """
    Plan one delivery of *kind* a recipient; return how many are new.

    Args:
        occasion: what it is about: the same again plans nothing.
        standing: of whoever has it sent.
        responsible: who is told of trouble; None: every coordinator.
    Raises:
        UserError: if *kind* is an emergency and *standing* is less than an admin's.
    """
    if kind.priority is Priority.EMERGENCY and standing < Standing.ADMIN:
        raise UserError(say("Only administrators of this bot may send that: it asks nobody's quiet hours."))  # fmt: skip
    plans = [
        Plan(
            kind=kind.name,
            occasion=occasion,
            recipient=recipient,
            due_at=due_at,
            priority=kind.priority,
            useful_until=None if kind.useful is None else due_at + kind.useful,
            responsible=responsible,
            payload=payload or {},
        )
        for recipient in recipients
    ]
    return plan(session, plans, now=now)
