"""
What is told of proposed changes of lines: to a second coordinator, and to their proposer.
"""

from datetime import datetime

from commands.announcing import announce
from commands.contacts import coordinators_for
from commands.contract import DeliveryKind, Notice, Standing
from commands.speech import phrase, say
from storage.audit import LEFT
from storage.deliveries import Delivery, Priority
from storage.directory import Edit, find_edit
from storage.edits import ask_for_edits
from storage.proposals import proposals
from storage.session import Session

WAITS = phrase("A change of a line waits for a second coordinator.")


def plan_proposals(session: Session, now: datetime) -> None:
    """
    Tell the coordinators of every proposed change, once each, but for its proposer.
    """
    for each in proposals(session):
        announce(
            session,
            PROPOSALS,
            occasion=f"{each.id}:",
            recipients=coordinators_for(session, set(), but=each.made_by),
            due_at=each.made_at,
            now=now,
            standing=Standing.COORDINATOR,
            responsible=None,
            payload={"change": each.id},
        )


def tell_outcome(session: Session, number: int, *, by: str, now: datetime) -> None:
    """
    Have the others' messages say that it is decided, and tell its proposer.
    """
    ask_for_edits(session, kind=PROPOSALS.name, occasion=f"{number}:", now=now)
    change = find_edit(session, number)
    if change is None or change.made_by in {by, LEFT}:
        return
    announce(
        session,
        OUTCOMES,
        occasion=f"{number}:",
        recipients=[change.made_by],
        due_at=now,
        now=now,
        standing=Standing.COORDINATOR,
        responsible=by,
        payload={"change": number},
    )


def render_proposal(delivery: Delivery, session: Session, now: datetime) -> Notice | None:
    change = _of(delivery, session)
    if change is None or change.state != "proposed":
        return None
    return Notice(text=say(WAITS), opens="directory changes")


def edit_proposal(delivery: Delivery, session: Session, now: datetime) -> Notice:
    return render_proposal(delivery, session, now) or Notice(
        text=say("This change of a line was decided on."), opens=""
    )


def render_outcome(delivery: Delivery, session: Session, now: datetime) -> Notice | None:
    change = _of(delivery, session)
    if change is None:
        return None
    made = "made" if change.state == "made" else "declined"
    return Notice(
        text=say("The change that you proposed was {made}.", made=made), opens="directory mine"
    )


def _of(delivery: Delivery, session: Session) -> Edit | None:
    return find_edit(session, int(delivery.payload["change"]))


PROPOSALS = DeliveryKind(
    name="proposals",
    title=phrase("Changes of lines that wait for a second coordinator"),
    render=render_proposal,
    priority=Priority.REMINDER,
    plan=plan_proposals,
    edit=edit_proposal,
)
OUTCOMES = DeliveryKind(
    name="proposal outcome",
    title=phrase("What became of the changes you proposed"),
    render=render_outcome,
    priority=Priority.REMINDER,
)
