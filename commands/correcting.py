"""
Correcting a broadcast that was sent: the form, whose preview stands above its page.
"""

from commands.broadcast_pages import MOVED, check_urgent, page
from commands.broadcasting import APPROVALS
from commands.composing import LONGEST, calls, own, preview
from commands.contract import Reply, Request, Standing
from commands.forms import FieldError, Form, Sheet, Submission, TextField
from commands.speech import phrase, say
from storage.broadcast_corrections import (
    OPEN,
    correction_needs_approval,
    latest_correction,
    propose,
)
from storage.broadcasts import find_broadcast
from storage.edits import ask_for_edits
from storage.errors import MovedOnError
from storage.session import Session

HOW = phrase(
    "You see a preview first. Then every message of it that stands is written anew, and says that "
    "it was corrected. What it said before stays readable with it."
)
BY_TWO = phrase("A second coordinator approves it before: until then readers see what it says now.")


def show_correct(request: Request, session: Session) -> Sheet | Reply:
    found = own(request, session)
    if found.started_at is None:
        return preview(found, request, session)
    last = latest_correction(session, found.number)
    text = last.text if last and last.state in OPEN else found.draft.text
    return Sheet(
        title=say("Correct it"),
        says=(say(HOW), *((say(BY_TWO),) if correction_needs_approval(session, found) else ())),
        fields=(
            TextField(
                name="text",
                label=say("What it says from now on"),
                value=text,
                free=True,
                lines=True,
                longest=LONGEST,
            ),
        ),
        send=say("Preview"),
        seen=str(last.id if last else 0),
    )


def take_correct(request: Request, session: Session, submission: Submission) -> Reply:
    found = own(request, session)
    check_urgent(found, request)
    text = submission.text("text")
    if not text:
        raise FieldError({"text": say("Please type what it says from now on.")})
    if unfit := calls(text):
        raise FieldError({"text": unfit})
    if text == found.draft.text:
        raise FieldError({"text": say("It says that already. Please change something.")})
    first = None
    try:
        propose(session, found.number, text=text, by=found.sender, seen=int(submission.seen or 0), now=request.now)  # fmt: skip
    except MovedOnError:
        first = say(MOVED)
    # What waited before waits no more.
    ask_for_edits(session, kind=APPROVALS.name, occasion=f"{found.number}:", now=request.now)
    return page(find_broadcast(session, found.number), request, session, first=first)


CORRECT = Form(
    word="correct",
    usage="broadcasts correct NUMBER",
    summary=phrase("Let what was sent say something else."),
    who=Standing.COORDINATOR,
    show=show_correct,
    take=take_correct,
)
