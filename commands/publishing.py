"""
What is told when figures are published: to every member, that there are new ones.
"""

from datetime import datetime, timedelta

from commands.announcing import announce
from commands.contract import DeliveryKind, Notice, Standing
from commands.speech import phrase, say
from storage.deliveries import Delivery
from storage.members import members
from storage.session import Session
from storage.statistics.published import published

TEXT = phrase("New figures are published.")


def tell_members(session: Session, number: int, *, by: str, now: datetime) -> int:
    """
    Have every member told that the release *number* is out; return how many are.

    Args:
        by: the Slack id of who published it: they are asked where nobody can tell whether
            somebody was told.
    """
    return announce(
        session,
        FIGURES,
        occasion=f"{number}:",
        recipients=[each.user_id for each in members(session)],
        due_at=now,
        now=now,
        standing=Standing.COORDINATOR,
        responsible=by,
        payload={"release": number},
    )


def render(delivery: Delivery, session: Session, now: datetime) -> Notice | None:
    found = [each for each in published(session) if each.id == delivery.payload["release"]]
    if not found:
        return None  # corrected meanwhile: of that they are told too
    (table,) = found
    return Notice(
        text=say(TEXT),
        opens=f"stats {table.series} {table.starts}..{table.ends}",
        label=say("Show them"),
    )


FIGURES = DeliveryKind(
    name="figures",
    title=phrase("New figures"),
    render=render,
    useful=timedelta(days=7),
)
