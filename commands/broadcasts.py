"""
/ht broadcasts: what was sent to many, how it goes, and what can be done about it.
"""

from collections.abc import Callable

from commands.broadcasting import APPROVALS, status, tell_of_no
from commands.composing import about, calls, own, preview
from commands.contract import (
    Action,
    Button,
    Command,
    Entry,
    Facts,
    Heading,
    Part,
    Reply,
    Request,
    Standing,
    Text,
    UserError,
)
from commands.exports import sheet_file
from commands.forms import FieldError, Form, Sheet, Submission, TextField
from commands.message import sender
from commands.ping import STATES, said, zone_of
from commands.register import asker_of
from storage.audiences import labels
from storage.audit import record
from storage.broadcasts import (
    BACK,
    EMERGENCY,
    Broadcast,
    BroadcastState,
    Progress,
    abort,
    approval_above,
    approve,
    broadcasts,
    correct,
    decline,
    find_broadcast,
    pause,
    progress,
    readers,
    release,
    remind,
    resume,
    send_test,
    set_approval_above,
)
from storage.edits import ask_for_edits
from storage.errors import MovedOnError, OwnBroadcastError, UnknownBroadcastError
from storage.members import members
from storage.session import Session

LIST = Button(label="All broadcasts", command="broadcasts")
OWN = "Nobody approves their own broadcast: another coordinator does."
MOVED = "Somebody else was faster, or it was changed: your press changed nothing. This is how it stands."
ADMINS_ONLY = "Urgent messages are administrators' alone."
STANDS = {
    BroadcastState.DRAFT: "a draft",
    BroadcastState.WAITING: "waits for a second coordinator",
    BroadcastState.SCHEDULED: "goes out when it is due",
    BroadcastState.SENDING: "is being sent",
    BroadcastState.PAUSED: "paused",
    BroadcastState.SENT: "sent",
    BroadcastState.ABORTED: "ended before all was sent",
}


def handle(request: Request, session: Session) -> Reply:
    if _number(request.text) is not None:
        return _page(_asked(request, session), request, session)
    found = [each for each in broadcasts(session) if _may_see(each, request)]
    parts = tuple(
        Entry(
            title=f"Broadcast {each.number}: {STANDS[each.state]}",
            lines=(
                f"From {sender(each, session)}, to {', '.join(labels(session, each.draft.audience, for_all=False))}",
                _begins(each.draft.text),
            ),
            button=Button(label=f"Open {each.number}", command=f"broadcasts {each.number}"),
        )
        for each in found
    )
    above = approval_above(session)
    return Reply(
        title="Broadcasts",
        parts=parts or (Text(text="None yet."),),
        notes=(f"One coordinator alone may reach {above} people of one collaborative.",),
        buttons=(Button(label="Compose", command="broadcast"),),
        again="broadcasts",
        shareable=False,
    )


def send(request: Request, session: Session) -> Reply:
    found = own(request, session)
    _check_urgent(found, request)
    return _moved(
        request,
        session,
        found,
        lambda: release(
            session,
            found.number,
            by=found.sender,
            version=_version(request, found),
            now=request.now,
        ),
    )


def test(request: Request, session: Session) -> Reply:
    found = own(request, session)
    send_test(session, found.number, by=found.sender, now=request.now)
    return Reply(
        title="On its way to you alone",
        parts=(Text(text="It arrives as a message of the app, as its readers would get it."),),
        buttons=(Button(label="Back to the preview", command=f"broadcasts {found.number}"),),
        shareable=False,
    )


def approve_one(request: Request, session: Session) -> Reply:
    found, by = _asked(request, session), asker_of(request).user_id
    version = _version(request, found)
    return _moved(
        request,
        session,
        found,
        lambda: approve(session, found.number, by=by, version=version, now=request.now),
        decided=True,
    )


def pause_one(request: Request, session: Session) -> Reply:
    found, by = _managed(request, session)
    return _moved(request, session, found, lambda: pause(session, found.number, by=by, now=request.now))  # fmt: skip


def resume_one(request: Request, session: Session) -> Reply:
    found, by = _managed(request, session)
    _check_urgent(found, request)
    return _moved(request, session, found, lambda: resume(session, found.number, by=by, now=request.now))  # fmt: skip


def abort_one(request: Request, session: Session) -> Reply:
    found, by = _managed(request, session)
    if found.started_at is not None and "yes" not in request.text.casefold().split():
        how = progress(session, found)
        return Reply(
            title=f"End broadcast {found.number}?",
            parts=(
                Text(
                    text=f"{how.sent} have it already; {how.waiting} would not get it, and it does not repeat."
                ),
            ),
            buttons=(
                Button(label="Yes, end it", command=f"broadcasts abort {found.number} yes"),
                Button(label="No", command=f"broadcasts {found.number}"),
            ),
            shareable=False,
        )
    return _moved(
        request,
        session,
        found,
        lambda: abort(session, found.number, by=by, now=request.now),
        decided=True,
    )


def remind_all(request: Request, session: Session) -> Reply:
    found, by = _managed(request, session)
    _check_urgent(found, request)
    try:
        count = remind(session, found.number, by=by, now=request.now)
    except MovedOnError:
        raise UserError("Its readers were not asked to say that they read it, or it has not gone out.", buttons=(LIST,)) from None  # fmt: skip
    return Reply(
        title=f"Reminding {count}",
        parts=(
            Text(text="Those who got it and did not say that they read it are told once more."),
        ),
        buttons=(Button(label="See how it goes", command=f"broadcasts {found.number}"),),
        shareable=False,
    )


def export(request: Request, session: Session) -> Reply:
    """
    Hand over who got it and who read it; the audit knows.
    """
    found, by = _managed(request, session)
    names = {each.user_id: each.details.name for each in members(session)}
    zone = zone_of(session)
    rows = [
        (
            each.user_id,
            names.get(each.user_id, ""),
            STATES[each.delivery.state] if each.delivery else "not planned",
            (each.delivery.reason or "") if each.delivery else "",
            said(each.acknowledged_at, zone) if each.acknowledged_at else "",
            said(each.reminded_at, zone) if each.reminded_at else "",
        )
        for each in readers(session, found)
    ]
    record(session, "broadcast.exported", actor=by, now=request.now, subject=f"broadcast:{found.number}")  # fmt: skip
    heads = ("slack id", "name", "delivery", "why", "read", "reminded")
    return Reply(
        title=f"Broadcast {found.number} as a sheet",
        parts=(Text(text=f"{len(rows)} rows, as a CSV file. It names people: keep it inside."),),
        buttons=(Button(label="Back", command=f"broadcasts {found.number}"),),
        shareable=False,
        files=(
            sheet_file(
                heads, rows, name=f"broadcast-{found.number}", title=f"Broadcast {found.number}"
            ),
        ),
    )


def set_limit(request: Request, session: Session) -> Reply:
    number = _number(request.text)
    if number is None:
        raise UserError("How many people may one coordinator reach alone? Type `/ht broadcasts limit 50`.")  # fmt: skip
    set_approval_above(session, number, by=asker_of(request).user_id, now=request.now)
    return handle(_bare(request), session)


def show_decline(request: Request, session: Session) -> Sheet | Reply:
    found = _asked(request, session)
    if found.sender == asker_of(request).user_id:
        raise UserError(OWN, buttons=(LIST,))
    if found.state is not BroadcastState.WAITING:
        return _page(found, request, session, first=MOVED)
    return Sheet(
        title="Say no",
        says=(f"Broadcast {found.number} becomes its sender's draft again.",),
        fields=(
            TextField(
                name="reason",
                label="Why",
                hint="Its sender reads this.",
                free=True,
                lines=True,
                longest=500,
            ),
        ),
        send="Say no",
        seen=str(found.version),
    )


def take_decline(request: Request, session: Session, submission: Submission) -> Reply:
    found, by = _asked(request, session), asker_of(request).user_id
    reason = submission.text("reason")
    if not reason:
        raise FieldError({"reason": "Please say why: its sender reads it."})

    def say_no() -> None:
        version = int(submission.seen)
        decline(session, found.number, by=by, version=version, reason=reason, now=request.now)
        tell_of_no(session, find_broadcast(session, found.number), now=request.now)

    return _moved(request, session, found, say_no, decided=True)


def show_correct(request: Request, session: Session) -> Sheet | Reply:
    found = own(request, session)
    if found.started_at is None:
        return preview(found, request, session)
    return Sheet(
        title="Correct it",
        says=(
            (
                "Every message of it that stands is written anew, and says that it was corrected. "
                "What it said before stays readable with it."
            ),
        ),
        fields=(
            TextField(
                name="text",
                label="What it says from now on",
                value=found.draft.text,
                free=True,
                lines=True,
                longest=2000,
            ),
        ),
        send="Correct",
        seen=str(len(found.corrections)),
    )


def take_correct(request: Request, session: Session, submission: Submission) -> Reply:
    found = own(request, session)
    _check_urgent(found, request)
    text = submission.text("text")
    if not text:
        raise FieldError({"text": "Please type what it says from now on."})
    if unfit := calls(text):
        raise FieldError({"text": unfit})
    if submission.seen != str(len(found.corrections)):
        return _page(found, request, session, first=MOVED)
    return _moved(
        request,
        session,
        found,
        lambda: correct(session, found.number, text=text, by=found.sender, now=request.now),
    )


def _moved(
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
        raise UserError(OWN, buttons=(LIST,)) from None
    except MovedOnError:
        first = MOVED
    if decided and first is None:
        ask_for_edits(session, kind=APPROVALS.name, occasion=f"{found.number}:", now=request.now)
    return _page(find_broadcast(session, found.number), request, session, first=first)


def _page(
    found: Broadcast, request: Request, session: Session, *, first: str | None = None
) -> Reply:
    asker = request.asker.user_id if request.asker else ""
    mine = found.sender == asker
    if found.state is BroadcastState.DRAFT and mine:
        reply = preview(found, request, session)
        no = f"A second coordinator said no: {found.reason}"
        if found.reason == BACK:
            no = f"This is a draft again: {found.reason}."
        said_no = (Text(text=no),) if found.reason else ()
        above = (Text(text=first),) if first else ()
        return Reply(**{**vars(reply), "parts": (*above, *said_no, *reply.parts)})
    parts: list[Part] = [Text(text=first)] if first else []
    rows = [("State", STANDS[found.state]), ("From", sender(found, session))]
    parts.append(Facts(rows=(*rows, *about(found, session))))
    if found.started_at is not None:
        how = progress(session, found)
        parts += [Heading(text="How it goes"), Text(text=status(found, how)), *_troubles(how)]
    parts += [Heading(text="What it says"), Text(text=found.draft.text)]
    parts += [Text(text=f"It said before: {each['before']}") for each in found.corrections]
    return Reply(
        title=f"Broadcast {found.number}",
        parts=tuple(parts),
        buttons=(*_buttons(found, request, mine=mine), LIST),
        again=f"broadcasts {found.number}",
        shareable=False,
    )


def _troubles(how: Progress) -> list[Part]:
    if not how.why_not and not how.unknown:
        return []
    rows = tuple((why.capitalize(), str(number)) for why, number in how.why_not.items())
    if how.unknown:
        rows += (("Sent or not, nobody can tell", f"{how.unknown}: see `/ht deliveries`"),)
    return [Facts(rows=rows)]


def _buttons(found: Broadcast, request: Request, *, mine: bool) -> tuple[Button, ...]:
    number, version = found.number, found.version
    buttons: list[Button] = [Button(label="Look again", command=f"broadcasts {number}")]

    def add(label: str, word: str) -> None:
        buttons.append(Button(label=label, command=f"broadcasts {word} {number}"))

    if found.state is BroadcastState.WAITING and not mine:
        buttons.append(Button(label="Approve", command=f"broadcasts approve {number} {version}"))
        add("Say no", "decline")
    manages = mine or request.standing >= Standing.ADMIN
    over = {BroadcastState.SENT, BroadcastState.ABORTED}
    if manages and found.state is BroadcastState.SENDING:
        add("Pause", "pause")
    if manages and found.state is BroadcastState.PAUSED:
        add("Go on", "resume")
    if mine and found.state in {BroadcastState.WAITING, BroadcastState.SCHEDULED}:
        buttons.append(Button(label="Change it", command=f"broadcast edit {number}"))
    if manages and found.state not in over:
        add("End it", "abort")
    if found.started_at is not None:
        if mine:
            add("Correct it", "correct")
        if manages and found.draft.wants_ack:
            add("Remind those who have not read it", "remind")
        if manages:
            add("Who got it, as a sheet", "csv")
    return tuple(buttons)


def _check_urgent(found: Broadcast, request: Request) -> None:
    if found.draft.kind == EMERGENCY and request.standing < Standing.ADMIN:
        raise UserError(ADMINS_ONLY, buttons=(LIST,))


def _may_see(found: Broadcast, request: Request) -> bool:
    asker = request.asker.user_id if request.asker else ""
    return found.sender == asker or found.state is not BroadcastState.DRAFT


def _asked(request: Request, session: Session) -> Broadcast:
    number = _number(request.text)
    try:
        found = find_broadcast(session, number or 0)
    except UnknownBroadcastError:
        found = None
    if found is None or not _may_see(found, request):
        raise UserError("There is no such broadcast.", buttons=(LIST,))
    return found


def _managed(request: Request, session: Session) -> tuple[Broadcast, str]:
    found, by = _asked(request, session), asker_of(request).user_id
    if found.sender != by and request.standing < Standing.ADMIN:
        raise UserError("Its sender does that, or an administrator.", buttons=(LIST,))
    return found, by


def _number(text: str) -> int | None:
    return next((int(word[:9]) for word in text.split() if word.isdecimal()), None)


def _version(request: Request, found: Broadcast) -> int:
    numbers = [int(word[:9]) for word in request.text.split() if word.isdecimal()]
    return numbers[1] if len(numbers) > 1 else found.version


def _begins(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= 120 else f"{line[:119]}…"


def _bare(request: Request) -> Request:
    return Request(**{**vars(request), "text": ""})


def _action(word: str, usage: str, summary: str, handle: Callable[[Request, Session], Reply], *, who: Standing = Standing.COORDINATOR) -> Action:  # fmt: skip
    return Action(word=word, usage=f"broadcasts {usage}", summary=summary, who=who, handle=handle)


COMMAND = Command(
    verb="broadcasts",
    usage="broadcasts [number]",
    summary="Broadcasts and how they go: approve, pause, end, remind, correct.",
    aliases=("sent messages",),
    examples=("broadcasts",),
    who=Standing.COORDINATOR,
    handle=handle,
    actions=(
        _action("send", "send NUMBER", "Send a draft of yours.", send),
        _action("test", "test NUMBER", "Send a draft to yourself alone.", test),
        _action("approve", "approve NUMBER", "Approve another's broadcast.", approve_one),
        _action("pause", "pause NUMBER", "Send no more of it for now.", pause_one),
        _action("resume", "resume NUMBER", "Go on sending it.", resume_one),
        _action("abort", "abort NUMBER", "End it.", abort_one),
        _action(
            "remind", "remind NUMBER", "Tell those who have not read it once more.", remind_all
        ),
        _action("csv", "csv NUMBER", "Who got it and who read it, as a sheet.", export),
        _action(
            "limit",
            "limit PEOPLE",
            "How many one coordinator may reach alone.",
            set_limit,
            who=Standing.ADMIN,
        ),
    ),
    forms=(
        Form(
            word="decline",
            usage="broadcasts decline NUMBER",
            summary="Say no to another's broadcast.",
            who=Standing.COORDINATOR,
            show=show_decline,
            take=take_decline,
        ),
        Form(
            word="correct",
            usage="broadcasts correct NUMBER",
            summary="Let what was sent say something else.",
            who=Standing.COORDINATOR,
            show=show_correct,
            take=take_correct,
        ),
    ),
)
