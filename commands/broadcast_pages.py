"""
A broadcast as coordinators see it: which one is asked for, whose it is, how it stands, and
what each of them can do about it.
"""

import re
from collections.abc import Callable

from commands.broadcasting import APPROVALS, status
from commands.composing import about, contacts, passed, preview
from commands.contract import (
    Button,
    Facts,
    Heading,
    Part,
    Reply,
    Request,
    Standing,
    Text,
    UserError,
)
from commands.message import sender
from commands.register import asker_of
from commands.speech import phrase, say, say_many
from storage.broadcast_approvals import may_approve
from storage.broadcast_corrections import (
    BroadcastCorrection,
    CorrectionState,
    correction_needs_approval,
    latest_correction,
)
from storage.broadcast_progress import Progress, progress
from storage.broadcast_rewriting import standing
from storage.broadcasts import (
    BACK,
    EMERGENCY,
    Broadcast,
    BroadcastState,
    Reminding,
    find_broadcast,
)
from storage.edits import ask_for_edits
from storage.errors import (
    MovedOnError,
    NotApproverError,
    OwnBroadcastError,
    ProposerLeftError,
    UnknownBroadcastError,
)
from storage.session import Session

LIST = Button(label=phrase("All broadcasts"), command="broadcasts")
OWN = phrase("Nobody approves their own broadcast: another coordinator does.")
NOT_YOURS = phrase(
    "This goes beyond what you coordinate. A coordinator of all collaboratives decides on it, or "
    "of another one that it names, or an administrator."
)
LEFT = phrase("Whoever wrote this has left, and nobody can tell whose own it is: an administrator may end it.")  # fmt: skip
MOVED = phrase(
    "Somebody else was faster, or it was changed: your press changed nothing. This is how it stands."
)
ADMINS_ONLY = phrase("Urgent messages are administrators' alone.")
OVER = frozenset({BroadcastState.SENT, BroadcastState.ABORTED})
STANDS = {
    BroadcastState.DRAFT: phrase("a draft"),
    BroadcastState.WAITING: phrase("waits for a second coordinator"),
    BroadcastState.SCHEDULED: phrase("goes out when it is due"),
    BroadcastState.SENDING: phrase("is being sent"),
    BroadcastState.PAUSED: phrase("paused"),
    BroadcastState.SENT: phrase("sent"),
    BroadcastState.ABORTED: phrase("ended before all was sent"),
}
_CORRECTION = re.compile(r"\bcorrection (\d{1,9})\b")


def page(
    found: Broadcast, request: Request, session: Session, *, first: str | None = None
) -> Reply:
    """
    Show how a broadcast stands.

    Args:
        first: what is said above it.
    """
    asker = request.asker.user_id if request.asker else ""
    mine = found.sender == asker
    parts: list[Part] = [Text(text=first)] if first else []
    if found.state is BroadcastState.DRAFT and mine:
        if found.reason:
            no = say("A second coordinator said no: {reason}", reason=found.reason)
            if found.reason == BACK:
                no = say("This is a draft again: {reason}.", reason=found.reason)
            parts.append(Text(text=no))
        reply = preview(found, request, session)
        return Reply(**{**vars(reply), "parts": (*parts, *reply.parts)})
    decides = may_approve(session, found, by=asker)
    correction = latest_correction(session, found.number)
    proposed, answers = _proposed(found, correction, session, mine=mine, decides=decides)
    parts += proposed
    rows = [(say("State"), say(STANDS[found.state])), (say("From"), sender(found, session))]
    parts.append(Facts(rows=(*rows, *about(found, session))))
    if found.state is BroadcastState.WAITING:
        parts += passed(found, request, say("approved now, it goes out at once."))
        if not mine and not decides:
            parts.append(Text(text=say(NOT_YOURS)))
    how = progress(session, found) if found.started_at is not None else None
    if how is not None:
        parts += [Heading(text=say("How it goes")), Text(text=status(found, how)), *_troubles(how)]
    parts += [
        Heading(text=say("What it says now") if proposed else say("What it says")),
        Text(text=found.draft.text),
    ]
    parts += [
        Text(text=say("It said before: {each}", each=each["before"])) for each in found.corrections
    ]
    buttons = _buttons(found, how, request, mine=mine, decides=decides)
    return Reply(
        title=say("Broadcast {number}", number=found.number),
        parts=tuple(parts),
        buttons=(*answers, *buttons, LIST.spoken),
        again=f"broadcasts {found.number}",
        shareable=False,
    )


def moved(
    request: Request,
    session: Session,
    found: Broadcast,
    change: Callable[[], object],
    *,
    decided: bool = False,
) -> Reply:
    """
    Do *change*, and show how the broadcast stands then: also where somebody was faster.
    """
    first = None
    try:
        change()
    except OwnBroadcastError:
        raise UserError(say(OWN), buttons=(LIST.spoken,)) from None
    except NotApproverError:
        raise UserError(say(NOT_YOURS), buttons=(LIST.spoken,)) from None
    except ProposerLeftError:
        raise UserError(say(LEFT), buttons=(LIST.spoken,)) from None
    except MovedOnError:
        first = say(MOVED)
    if decided and first is None:
        ask_for_edits(session, kind=APPROVALS.name, occasion=f"{found.number}:", now=request.now)
    return page(find_broadcast(session, found.number), request, session, first=first)


def asked(request: Request, session: Session) -> Broadcast:
    """
    Return the broadcast that a text names.

    Raises:
        UserError: if there is none that the asker may see.
    """
    number = number_of(request.text)
    try:
        found = find_broadcast(session, number or 0)
    except UnknownBroadcastError:
        found = None
    if found is None or not may_see(found, request):
        raise UserError(say("There is no such broadcast."), buttons=(LIST.spoken,))
    return found


def managed(request: Request, session: Session) -> tuple[Broadcast, str]:
    """
    Return the broadcast that a text names, and who does something about it.

    Raises:
        UserError: if it is not theirs.
    """
    found, by = asked(request, session), asker_of(request).user_id
    if found.sender != by and request.standing < Standing.ADMIN:
        raise UserError(say("Its sender does that, or an administrator."), buttons=(LIST.spoken,))
    return found, by


def may_see(found: Broadcast, request: Request) -> bool:
    asker = request.asker.user_id if request.asker else ""
    return found.sender == asker or found.state is not BroadcastState.DRAFT


def check_urgent(found: Broadcast, request: Request) -> None:
    if found.draft.kind == EMERGENCY and request.standing < Standing.ADMIN:
        raise UserError(say(ADMINS_ONLY), buttons=(LIST.spoken,))


def number_of(text: str) -> int | None:
    return next((int(word[:9]) for word in text.split() if word.isdecimal()), None)


def version_of(text: str) -> int | None:
    """
    Return the version of a broadcast that a text names, as buttons do.
    """
    numbers = [int(word[:9]) for word in text.split() if word.isdecimal()]
    return numbers[1] if len(numbers) > 1 else None


def correction_of(text: str) -> int | None:
    """
    Return the correction that a text names.
    """
    found = _CORRECTION.search(text.casefold())
    return int(found[1]) if found else None


def _proposed(
    found: Broadcast,
    correction: BroadcastCorrection | None,
    session: Session,
    *,
    mine: bool,
    decides: bool,
) -> tuple[list[Part], tuple[Button, ...]]:
    """
    Return what there is to say of a correction that is not made, and to press.
    """
    draft = correction is not None and correction.state is CorrectionState.DRAFT
    if correction is None or (draft and not mine):
        return [], ()
    if correction.state is CorrectionState.DECLINED and mine:
        return [Text(text=say("A second coordinator said no to your correction: {reason}", reason=correction.reason))], ()  # fmt: skip
    if not draft and correction.state is not CorrectionState.WAITING:
        return [], ()
    which = f"{found.number} correction {correction.id}"
    count = standing(session, found)
    messages = say_many("{number} message", "{number} messages", count)
    heading = say("Preview of your correction") if draft else say("A correction that waits for a second coordinator")  # fmt: skip
    parts: list[Part] = [
        Heading(text=heading),
        Text(text=correction.text),
        *contacts(correction.text),
        Text(
            text=say(
                "It would be written into {messages}. Until then readers see what it says now.",
                messages=messages,
            )
        ),
        *([] if mine or decides else [Text(text=say(NOT_YOURS))]),
    ]
    if draft:
        waits = correction_needs_approval(session, found)
        label = (
            say("Ask a second coordinator")
            if waits
            else say("Correct {messages}", messages=messages)
        )
        return parts, (
            Button(label=label, command=f"broadcasts send {which}"),
            Button(
                label=say("Change the correction"), command=f"broadcasts correct {found.number}"
            ),
            Button(label=say("Throw it away"), command=f"broadcasts withdraw {which}"),
        )
    if mine:
        return parts, (Button(label=say("Take it back"), command=f"broadcasts withdraw {which}"),)
    if not decides:
        return parts, ()
    return parts, (
        Button(label=say("Approve the correction"), command=f"broadcasts approve {which}"),
        Button(label=say("Say no to the correction"), command=f"broadcasts decline {which}"),
    )


def _troubles(how: Progress) -> list[Part]:
    rows = tuple((say(why).capitalize(), str(number)) for why, number in how.why_not.items())
    if how.unknown:
        rows += (
            (
                say("Sent or not, nobody can tell"),
                say("{unknown}: see `/ht deliveries`", unknown=how.unknown),
            ),
        )
    if how.correction:
        why_not = how.correction.why_not.items()
        rows += tuple(
            (say("Not corrected: {why}", why=why), str(number)) for why, number in why_not
        )
    return [Facts(rows=rows)] if rows else []


def _buttons(
    found: Broadcast, how: Progress | None, request: Request, *, mine: bool, decides: bool
) -> tuple[Button, ...]:
    number, version = found.number, found.version
    buttons: list[Button] = [Button(label=say("Look again"), command=f"broadcasts {number}")]

    def add(label: str, word: str) -> None:
        buttons.append(Button(label=label, command=f"broadcasts {word} {number}"))

    if found.state is BroadcastState.WAITING and decides:
        buttons.append(
            Button(label=say("Approve"), command=f"broadcasts approve {number} {version}")
        )
        add(say("Say no"), "decline")
    manages = mine or request.standing >= Standing.ADMIN
    reminding = bool(how and how.reminding) and found.reminders is not Reminding.ENDED
    if manages and found.state is BroadcastState.SENDING:
        add(say("Pause"), "pause")
    elif manages and found.state is BroadcastState.PAUSED:
        add(say("Go on"), "resume")
    elif manages and reminding and found.reminders is Reminding.GOING:
        add(say("Pause the reminders"), "pause")
    if manages and found.reminders is Reminding.PAUSED and found.state is not BroadcastState.PAUSED:
        add(say("Go on with the reminders"), "resume")
    if mine and found.state in {BroadcastState.WAITING, BroadcastState.SCHEDULED}:
        buttons.append(Button(label=say("Change it"), command=f"broadcast edit {number}"))
    if manages and found.state not in OVER:
        add(say("End it"), "abort")
    elif manages and reminding:
        add(say("End the reminders"), "abort")
    if found.started_at is not None:
        if mine:
            add(say("Correct it"), "correct")
        if manages and found.draft.wants_ack:
            add(say("Remind those who have not read it"), "remind")
        if manages:
            add(say("Who got it, as a sheet"), "csv")
    return tuple(buttons)
