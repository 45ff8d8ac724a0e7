"""
/ht emergency: an administrator's urgent message, which asks nobody's quiet hours.
"""

from commands.broadcasting import EMERGENCIES
from commands.composing import search, show, take
from commands.contract import Button, Command, Reply, Request, Standing, Text
from commands.forms import Form, Sheet, Submission
from commands.speech import phrase, say
from storage.broadcasts import EMERGENCY
from storage.session import Session

HOW = phrase(
    "An urgent message is composed in a form: `/ht emergency`. It is sent from its preview."
)


def handle(request: Request, session: Session) -> Reply:
    return Reply(
        title=say("Urgent message"),
        parts=(Text(text=say(HOW)),),
        buttons=(Button(label=say("Compose"), command="emergency"),),
        shareable=False,
    )


def show_new(request: Request, session: Session) -> Sheet:
    return show(request, session, kind=EMERGENCY)


def take_new(request: Request, session: Session, submission: Submission) -> Reply:
    return take(request, session, submission, kind=EMERGENCY)


COMMAND = Command(
    verb="emergency",
    usage="emergency",
    summary=phrase("An urgent message to many, through mutes and quiet hours."),
    aliases=("urgent broadcast", "urgent message"),
    examples=("emergency",),
    who=Standing.ADMIN,
    handle=handle,
    deliveries=(EMERGENCIES,),
    forms=(
        Form(
            word="",
            usage="emergency",
            summary=phrase("Compose an urgent message."),
            who=Standing.ADMIN,
            show=show_new,
            take=take_new,
            search={"audience": search},
        ),
    ),
)
