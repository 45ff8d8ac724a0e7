"""
/ht broadcast: a coordinator composes a message to many.
"""

from commands.broadcasting import APPROVALS, BROADCASTS, SENDERS
from commands.composing import search, show, take
from commands.contract import Button, Command, Reply, Request, Standing, Text
from commands.forms import Form, Sheet, Submission
from commands.speech import phrase, say
from storage.broadcasts import BROADCAST
from storage.session import Session

HOW = phrase(
    "A broadcast is composed in a form: `/ht broadcast`. What was sent is under `/ht broadcasts`."
)


def handle(request: Request, session: Session) -> Reply:
    return Reply(
        title=say("Broadcast"),
        parts=(Text(text=say(HOW)),),
        buttons=(
            Button(label=say("Compose"), command="broadcast"),
            Button(label=say("All broadcasts"), command="broadcasts"),
        ),
        shareable=False,
    )


def show_new(request: Request, session: Session) -> Sheet:
    return show(request, session, kind=BROADCAST)


def take_new(request: Request, session: Session, submission: Submission) -> Reply:
    return take(request, session, submission, kind=BROADCAST)


COMMAND = Command(
    verb="broadcast",
    usage="broadcast",
    summary=phrase("Tell many at once: preview, test, a second coordinator, then send."),
    aliases=("compose", "announce", "announcement", "message everybody"),
    examples=("broadcast",),
    who=Standing.COORDINATOR,
    handle=handle,
    deliveries=(BROADCASTS, SENDERS, APPROVALS),
    forms=(
        Form(
            word="",
            usage="broadcast",
            summary=phrase("Compose a broadcast."),
            who=Standing.COORDINATOR,
            show=show_new,
            take=take_new,
            search={"audience": search},
        ),
        Form(
            word="edit",
            usage="broadcast edit NUMBER",
            summary=phrase("Change a draft of yours."),
            who=Standing.COORDINATOR,
            show=show_new,
            take=take_new,
            search={"audience": search},
        ),
    ),
)
