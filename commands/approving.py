"""
Sending a broadcast or a correction of one, and what a second coordinator says of it.
"""

from commands.broadcast_pages import (
    LIST,
    MOVED,
    NOT_YOURS,
    OWN,
    asked,
    check_urgent,
    correction_of,
    moved,
    page,
    version_of,
)
from commands.broadcasting import tell_of_no
from commands.composing import own
from commands.contract import Reply, Request, Standing, UserError
from commands.deciding import reason_field, reason_of
from commands.forms import Form, Sheet, Submission
from commands.register import asker_of
from commands.speech import phrase, say
from storage.broadcast_approvals import approve, decline, may_approve, release
from storage.broadcast_corrections import (
    CorrectionState,
    approve_correction,
    decline_correction,
    latest_correction,
    put_forward,
    withdraw,
)
from storage.broadcasts import Broadcast, BroadcastState, find_broadcast
from storage.session import Session

LOOK = phrase("Please look at it first. Whoever presses a button here decides on what stands here.")


def send(request: Request, session: Session) -> Reply:
    """
    Send a draft of the asker's own, or put a correction of theirs forward.
    """
    found = own(request, session)
    check_urgent(found, request)
    correction, by, now = correction_of(request.text), found.sender, request.now
    version = version_of(request.text) or found.version

    def change() -> None:
        if correction is not None:
            put_forward(session, found.number, correction, by=by, now=now)
        else:
            release(session, found.number, by=by, version=version, now=now)

    return moved(request, session, found, change)


def withdraw_one(request: Request, session: Session) -> Reply:
    """
    Take a correction of the asker's own back.
    """
    found = own(request, session)
    last = latest_correction(session, found.number)
    correction = correction_of(request.text) or (last.id if last else 0)
    return moved(
        request,
        session,
        found,
        lambda: withdraw(session, found.number, correction, by=found.sender, now=request.now),
        decided=True,
    )


def approve_one(request: Request, session: Session) -> Reply:
    """
    Approve what the asker has seen: a version of a broadcast, or a correction. Where their
    text names neither, show what there is to see.
    """
    found, by = _deciding(request, session)
    correction, version = correction_of(request.text), version_of(request.text)
    if version is None:
        return page(
            found, request, session, first=say(LOOK) if _waits(found, session) else say(MOVED)
        )

    def change() -> None:
        if correction is not None:
            approve_correction(session, found.number, correction, by=by, now=request.now)
        else:
            approve(session, found.number, by=by, version=version, now=request.now)

    return moved(request, session, found, change, decided=True)


def show_decline(request: Request, session: Session) -> Sheet | Reply:
    found, _ = _deciding(request, session)
    correction = correction_of(request.text)
    if correction is None and found.state is not BroadcastState.WAITING:
        return page(
            found, request, session, first=say(LOOK) if _waits(found, session) else say(MOVED)
        )
    if correction is not None and not _waits(found, session, correction=correction):
        return page(found, request, session, first=say(MOVED))
    what = say("becomes its sender's draft again.") if correction is None else say("goes on saying what it says now.")  # fmt: skip
    return Sheet(
        title=say("Say no"),
        says=(say("Broadcast {number} {what}", number=found.number, what=what),),
        fields=(reason_field(say("Its sender reads this.")),),
        send=say("Say no"),
        seen=str(found.version),
    )


def take_decline(request: Request, session: Session, submission: Submission) -> Reply:
    found, by = _deciding(request, session)
    number, correction, now = found.number, correction_of(request.text), request.now
    reason = reason_of(submission, reader=say("its sender reads it"))

    def say_no() -> None:
        if correction is not None:
            decline_correction(session, number, correction, by=by, reason=reason, now=now)
        else:
            version = int(submission.seen)
            decline(session, number, by=by, version=version, reason=reason, now=now)
        tell_of_no(session, find_broadcast(session, number), now=now, correction=correction)

    return moved(request, session, found, say_no, decided=True)


def _deciding(request: Request, session: Session) -> tuple[Broadcast, str]:
    """
    Return the broadcast that a text names, and who decides on it.

    Raises:
        UserError: if that is not theirs to do.
    """
    found, by = asked(request, session), asker_of(request).user_id
    if found.sender == by:
        raise UserError(say(OWN), buttons=(LIST.spoken,))
    if not may_approve(session, found, by=by):
        raise UserError(say(NOT_YOURS), buttons=(LIST.spoken,))
    return found, by


def _waits(found: Broadcast, session: Session, *, correction: int | None = None) -> bool:
    """
    Say whether there is something to decide on, or whether this *correction* is.
    """
    last = latest_correction(session, found.number)
    if last is not None and last.state is CorrectionState.WAITING:
        return correction in {None, last.id}
    return correction is None and found.state is BroadcastState.WAITING


DECLINE = Form(
    word="decline",
    usage="broadcasts decline NUMBER",
    summary=phrase("Say no to another's broadcast or correction."),
    who=Standing.COORDINATOR,
    show=show_decline,
    take=take_decline,
)
