"""
/ht ping: a test delivery, and its life.
"""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from commands.announcing import announce
from commands.contract import (
    Action,
    Button,
    Command,
    DeliveryKind,
    Facts,
    Notice,
    Reply,
    Request,
    Standing,
    Text,
    UserError,
)
from commands.speech import phrase, say
from storage.deliveries import Delivery, DeliveryState, Priority, latest
from storage.session import Session
from storage.task_forces import task_force

NOBODY = phrase("A test delivery goes to whoever asks for it. Type `/ht ping me` in Slack.")
STATES = {
    DeliveryState.PLANNED: phrase("planned, waits for its turn"),
    DeliveryState.CLAIMED: phrase("claimed by a running bot"),
    DeliveryState.SENDING: phrase("being sent"),
    DeliveryState.SENT: phrase("sent"),
    DeliveryState.FAILED: phrase("not sent"),
    DeliveryState.SKIPPED: phrase("not sent, on purpose"),
    DeliveryState.UNKNOWN: phrase("sent or not: Slack's answer never came"),
}


def handle(request: Request, session: Session) -> Reply:
    """
    Show the asker's own last test delivery.
    """
    if request.asker is None:
        return Reply(title=say("Test deliveries"), parts=(Text(text=say(NOBODY)),), shareable=False)
    found = latest(session, kind=KIND.name, recipient=request.asker.user_id)
    look = Button(label=say("Look again"), command="ping")
    send = Button(label=say("Send me one"), command="ping me")
    return Reply(
        title=say("Your last test delivery") if found else say("No test delivery yet"),
        parts=(Facts(rows=life(found, zone=zone_of(session))),) if found else (),
        buttons=(look, send) if request.standing >= Standing.COORDINATOR else (look,),
        again="ping",
        shareable=False,
    )


def send_one(request: Request, session: Session) -> Reply:
    if request.asker is None:
        raise UserError(say(NOBODY))
    plan_test(
        session,
        recipient=request.asker.user_id,
        now=request.now,
        standing=request.standing,
        responsible=request.asker.user_id,
    )
    return Reply(
        title=say("Planned"),
        parts=(
            Text(
                text=say("A test delivery to you is planned. It arrives as a message of the app.")
            ),
        ),
        buttons=(Button(label=say("See how it goes"), command="ping"),),
        shareable=False,
    )


def plan_test(
    session: Session,
    *,
    recipient: str,
    now: datetime,
    standing: Standing,
    responsible: str | None,
) -> bool:
    """
    Plan a test delivery. Return False if there is one of this second already.
    """
    planned = announce(
        session,
        KIND,
        occasion=f"{now:%Y-%m-%dT%H:%M:%S}",
        recipients=[recipient],
        due_at=now,
        now=now,
        standing=standing,
        responsible=responsible,
    )
    return planned > 0


def life(delivery: Delivery, *, zone: ZoneInfo) -> tuple[tuple[str, str], ...]:
    """
    Return what is known of *delivery*, a line a fact.
    """
    rows = [
        (say("Number"), str(delivery.id)),
        (say("State"), say(STATES[delivery.state])),
        (say("Due"), said(delivery.due_at, zone)),
        (say("Planned"), said(delivery.planned_at, zone)),
    ]
    if delivery.settled_at is not None:
        rows.append((say("Settled"), said(delivery.settled_at, zone)))
    if delivery.state is DeliveryState.PLANNED and delivery.next_attempt_at > delivery.due_at:
        rows.append((say("Next attempt"), said(delivery.next_attempt_at, zone)))
    if delivery.attempts:
        rows.append((say("Failed attempts"), str(delivery.attempts)))
    if delivery.reason and delivery.state is not DeliveryState.SENT:
        rows.append((say("Why"), say(delivery.reason)))
    return tuple(rows)


def zone_of(session: Session) -> ZoneInfo:
    return ZoneInfo(task_force(session).timezone)


def said(moment: datetime, zone: ZoneInfo) -> str:
    return say("{moment:%b %d, %Y, %H:%M:%S %Z}", moment=moment.astimezone(zone))


def render(delivery: Delivery, session: Session, now: datetime) -> Notice:
    return Notice(text=say("A test message of the bot. Open to see how it went."), opens="ping")


KIND = DeliveryKind(
    name="test",
    title=phrase("Test deliveries"),
    render=render,
    priority=Priority.REMINDER,
    useful=timedelta(hours=1),
)

COMMAND = Command(
    verb="ping",
    usage="ping [me]",
    summary=phrase(
        "Your last test delivery and what became of it; coordinators send themselves one."
    ),
    aliases=("test delivery", "test message"),
    examples=("ping",),
    who=Standing.MEMBER,
    handle=handle,
    actions=(
        Action(
            word="me",
            usage="ping me",
            summary=phrase("Send yourself a test delivery."),
            who=Standing.COORDINATOR,
            handle=send_one,
        ),
    ),
    deliveries=(KIND,),
)
