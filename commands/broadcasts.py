"""
/ht broadcasts: what was sent to many, how it goes, and what can be done about it.
"""

from collections.abc import Callable

from commands.announcing import in_words
from commands.approving import DECLINE, approve_one, send, withdraw_one
from commands.broadcast_pages import (
    LIST,
    OVER,
    STANDS,
    asked,
    check_urgent,
    managed,
    may_see,
    moved,
    number_of,
    page,
)
from commands.composing import own
from commands.contract import (
    Action,
    Button,
    Command,
    Entry,
    Reply,
    Request,
    Standing,
    Text,
    UserError,
)
from commands.correcting import CORRECT
from commands.exports import sheet_file
from commands.message import sender
from commands.ping import STATES, said, zone_of
from commands.register import asker_of
from commands.speech import phrase, say
from storage.audiences import labels
from storage.audit import record
from storage.broadcast_approvals import approval_above, set_approval_above
from storage.broadcast_progress import progress, readers
from storage.broadcast_reminders import remind, send_test
from storage.broadcast_rewriting import Fate, rewritten
from storage.broadcast_stops import abort, pause, resume
from storage.broadcasts import Reminding, broadcasts
from storage.errors import MovedOnError
from storage.members import members
from storage.session import Session

CORRECTED = {
    Fate.CHANGED: phrase("corrected"),
    Fate.LEFT: phrase("still to be corrected"),
    Fate.NOT: phrase("not corrected"),
}


def handle(request: Request, session: Session) -> Reply:
    if number_of(request.text) is not None:
        return page(asked(request, session), request, session)
    found = [each for each in broadcasts(session) if may_see(each, request)]
    parts = tuple(
        Entry(
            title=say(
                "Broadcast {number}: {stands}", number=each.number, stands=say(STANDS[each.state])
            ),
            lines=(
                say(
                    "From {sender}, to {list}",
                    sender=sender(each, session),
                    list=in_words(labels(session, each.draft.audience, for_all=False)),
                ),
                _begins(each.draft.text),
            ),
            button=Button(
                label=say("Open {number}", number=each.number), command=f"broadcasts {each.number}"
            ),
        )
        for each in found
    )
    above = approval_above(session)
    return Reply(
        title=say("Broadcasts"),
        parts=parts or (Text(text=say("None yet.")),),
        notes=(
            say(
                "One coordinator alone may reach {above} people of one collaborative.", above=above
            ),
        ),
        buttons=(Button(label=say("Compose"), command="broadcast"),),
        again="broadcasts",
        shareable=False,
    )


def test(request: Request, session: Session) -> Reply:
    found = own(request, session)
    try:
        send_test(session, found.number, by=found.sender, now=request.now)
    except MovedOnError:
        raise UserError(
            say("It was ended: nothing of it is sent any more."), buttons=(LIST.spoken,)
        ) from None
    return Reply(
        title=say("On its way to you alone"),
        parts=(Text(text=say("It arrives as a message of the app, as its readers would get it.")),),
        buttons=(Button(label=say("Back to the preview"), command=f"broadcasts {found.number}"),),
        shareable=False,
    )


def pause_one(request: Request, session: Session) -> Reply:
    found, by = managed(request, session)
    return moved(request, session, found, lambda: pause(session, found.number, by=by, now=request.now))  # fmt: skip


def resume_one(request: Request, session: Session) -> Reply:
    found, by = managed(request, session)
    check_urgent(found, request)
    return moved(request, session, found, lambda: resume(session, found.number, by=by, now=request.now))  # fmt: skip


def abort_one(request: Request, session: Session) -> Reply:
    found, by = managed(request, session)
    if found.started_at is not None and "yes" not in request.text.casefold().split():
        how = progress(session, found)
        title = say("End broadcast {number}?", number=found.number)
        what = say(
            "{sent} have it already; {waiting} would not get it, and it does not repeat.",
            sent=how.sent,
            waiting=how.waiting,
        )
        if found.state in OVER:
            title = say("End the reminders of broadcast {number}?", number=found.number)
            what = say("{reminding} would not be reminded.", reminding=how.reminding)
        elif how.reminding:
            what += say(" {reminding} would not be reminded either.", reminding=how.reminding)
        return Reply(
            title=title,
            parts=(Text(text=what),),
            buttons=(
                Button(label=say("Yes, end it"), command=f"broadcasts abort {found.number} yes"),
                Button(label=say("No"), command=f"broadcasts {found.number}"),
            ),
            shareable=False,
        )
    return moved(
        request,
        session,
        found,
        lambda: abort(session, found.number, by=by, now=request.now),
        decided=True,
    )


def remind_all(request: Request, session: Session) -> Reply:
    found, by = managed(request, session)
    check_urgent(found, request)
    if found.reminders is Reminding.PAUSED:
        raise UserError(
            say("Its reminders are paused. Go on with them, or end them first."),
            buttons=(Button(label=say("Open it"), command=f"broadcasts {found.number}"),),
        )
    try:
        count = remind(session, found.number, by=by, now=request.now)
    except MovedOnError:
        raise UserError(say("Its readers were not asked to say that they read it, or it has not gone out."), buttons=(LIST.spoken,)) from None  # fmt: skip
    return Reply(
        title=say("Reminding {count}", count=count),
        parts=(
            Text(
                text=say("Those who got it and did not say that they read it are told once more.")
            ),
        ),
        buttons=(Button(label=say("See how it goes"), command=f"broadcasts {found.number}"),),
        shareable=False,
    )


def export(request: Request, session: Session) -> Reply:
    """
    Hand over who got it and who read it; the audit knows.
    """
    found, by = managed(request, session)
    names = {each.user_id: each.details.name for each in members(session)}
    zone = zone_of(session)
    fates = rewritten(session, found) if found.corrections else {}
    rows = [
        (
            each.user_id,
            names.get(each.user_id, ""),
            say(STATES[each.delivery.state]) if each.delivery else "not planned",
            (each.delivery.reason or "") if each.delivery else "",
            said(each.acknowledged_at, zone) if each.acknowledged_at else "",
            said(each.reminded_at, zone) if each.reminded_at else "",
            _corrected(fates.get(each.user_id)),
        )
        for each in readers(session, found)
    ]
    record(session, "broadcast.exported", actor=by, now=request.now, subject=f"broadcast:{found.number}")  # fmt: skip
    heads = ("slack id", "name", "delivery", "why", "read", "reminded", "correction")
    return Reply(
        title=say("Broadcast {number} as a sheet", number=found.number),
        parts=(
            Text(
                text=say(
                    "{number} rows, as a CSV file. It names people: keep it inside.",
                    number=len(rows),
                )
            ),
        ),
        buttons=(Button(label=say("Back"), command=f"broadcasts {found.number}"),),
        shareable=False,
        files=(
            sheet_file(
                heads,
                rows,
                name=f"broadcast-{found.number}",
                title=say("Broadcast {number}", number=found.number),
            ),
        ),
    )


def _corrected(fate: tuple[Fate, str] | None) -> str:
    """
    Return what became of a correction with a reader: "", where there was nothing to correct.
    """
    if fate is None:
        return ""
    return ": ".join(word for word in (say(CORRECTED[fate[0]]), fate[1]) if word)


def set_limit(request: Request, session: Session) -> Reply:
    number = number_of(request.text)
    if number is None:
        raise UserError(say("How many people may one coordinator reach alone? Type `/ht broadcasts limit 50`."))  # fmt: skip
    set_approval_above(session, number, by=asker_of(request).user_id, now=request.now)
    return handle(_bare(request), session)


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
    summary=phrase("Broadcasts and how they go: approve, pause, end, remind, correct."),
    aliases=("sent messages",),
    examples=("broadcasts",),
    who=Standing.COORDINATOR,
    handle=handle,
    actions=(
        _action("send", "send NUMBER", phrase("Send a draft of yours."), send),
        _action("test", "test NUMBER", phrase("Send a draft to yourself alone."), test),
        _action(
            "approve",
            "approve NUMBER",
            phrase("Look at another's broadcast, and approve it."),
            approve_one,
        ),
        _action(
            "withdraw",
            "withdraw NUMBER",
            phrase("Take a correction of yours back."),
            withdraw_one,
        ),
        _action("pause", "pause NUMBER", phrase("Send no more of it for now."), pause_one),
        _action("resume", "resume NUMBER", phrase("Go on sending it."), resume_one),
        _action("abort", "abort NUMBER", phrase("End it."), abort_one),
        _action(
            "remind",
            "remind NUMBER",
            phrase("Tell those who have not read it once more."),
            remind_all,
        ),
        _action("csv", "csv NUMBER", phrase("Who got it and who read it, as a sheet."), export),
        _action(
            "limit",
            "limit PEOPLE",
            phrase("How many one coordinator may reach alone."),
            set_limit,
            who=Standing.ADMIN,
        ),
    ),
    forms=(DECLINE, CORRECT),
)
