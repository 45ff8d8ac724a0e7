"""
/ht survey: what agencies are asked to count, who has answered, and what comes of it.
"""

from collections.abc import Callable

from commands.contract import (
    Action,
    Button,
    Command,
    Reply,
    Request,
    Standing,
    Text,
    UserError,
)
from commands.register import asker_of
from commands.speech import phrase, say
from commands.survey_answer import FORM, OFTEN, done, in_words, moved_on
from commands.survey_ask import EXTEND, QUESTIONS
from commands.survey_board import board, entry, preview
from commands.survey_define import TABLE
from commands.survey_notices import BOARDS, ENDINGS, NUDGES
from commands.survey_pages import (
    LIST,
    asked_for,
    found_in,
    is_coordinator,
    numbers,
    own_agency,
    own_page,
    own_status,
)
from storage.errors import NoKeyError, OftenCheckedError, SurveyMovedOnError
from storage.session import Session
from storage.surveys.answers import AgencyState, Status, send, statuses, tell
from storage.surveys.cycles import Cycle, CycleState, cycles
from storage.surveys.life import cancel, freeze, open_cycle, take_over

COORDINATORS_ONLY = phrase("That is for coordinators.")
MOVED = phrase("It was opened, closed or changed meanwhile: your press changed nothing. This is how it stands.")  # fmt: skip
CLOSING = phrase("It takes no more answers. What may be shown of it is worked out now; the coordinators get a message when that is done.")  # fmt: skip
TOLD = {
    AgencyState.EMAILED: phrase("Noted: your agency sent its figures by e-mail. You are not asked again; the coordinators enter them."),
    AgencyState.DECLINED: phrase("Noted: your agency declines. You are not asked again, and nothing it said is kept."),
    AgencyState.NOT_OURS: phrase("Noted: this survey does not concern your agency. You are not asked again."),
    AgencyState.SILENT: phrase("Noted: your agency will answer."),
}  # fmt: skip


def handle(request: Request, session: Session) -> Reply:
    word = next(iter(request.text.casefold().split()), "")
    if word == "board":
        _check(request)
        return board(asked_for(request, session), request, session)
    if word == "preview":
        _check(request)
        return preview(asked_for(request, session), request, session)
    if word == "mine" or (numbers(request.text) and not is_coordinator(request)):
        cycle = asked_for(request, session)
        return own_page(cycle, own_status(cycle, request, session), request, session)
    if numbers(request.text):
        return board(asked_for(request, session), request, session)
    return _list(request, session)


def _list(request: Request, session: Session) -> Reply:
    agency = own_agency(request, session) if request.asker else None
    found: list[tuple[Cycle, Status | None]] = []
    for cycle in cycles(session):
        own = None
        if agency and cycle.state is CycleState.OPEN:
            own = found_in(statuses(session, cycle), agency)
        if own or (is_coordinator(request) and cycle.state is not CycleState.CANCELLED):
            found.append((cycle, own))
    nothing = (
        say("No survey asks your agency anything now.") if agency else say("No survey is open.")
    )
    buttons = (
        Button(label=say("Define a survey"), command="survey define"),
        Button(label=say("Ask simple questions"), command="survey ask"),
    )
    return Reply(
        title=say("Surveys"),
        parts=tuple(entry(cycle, request, session, own) for cycle, own in found)
        or (Text(text=nothing),),
        buttons=buttons if is_coordinator(request) else (),
        again="survey",
        shareable=False,
    )


def send_in(request: Request, session: Session) -> Reply:
    cycle = asked_for(request, session)
    own = own_status(cycle, request, session)
    asker, seen = asker_of(request).user_id, numbers(request.text)[1:2]
    if not own.has_draft and own.state is AgencyState.ANSWERED:
        return own_page(cycle, own, request, session, first=say("It was sent in already."))
    try:
        trouble = send(
            session,
            cycle.number,
            own.organization_id,
            seen=seen[0] if seen else None,
            by=asker,
            now=request.now,
        )
    except SurveyMovedOnError:
        raise moved_on(cycle.number, request, session) from None
    except OftenCheckedError:
        return own_page(
            cycle, own, request, session, first=say("Not sent in. {often}", often=say(OFTEN))
        )
    except NoKeyError:
        raise UserError(say("Answers cannot be sealed here just now. Tell an administrator."), buttons=(LIST.spoken,)) from None  # fmt: skip
    if trouble:
        return own_page(
            cycle,
            own,
            request,
            session,
            first=say("Not sent in yet. {in_words}", in_words=in_words(trouble)),
        )
    return done(cycle.number, own.organization_id, request, session, sent=True)


def telling(state: AgencyState) -> Callable[[Request, Session], Reply]:
    """
    Return what notes that the asker's agency is of *state*.
    """

    def noted(request: Request, session: Session) -> Reply:
        cycle = asked_for(request, session)
        own = own_status(cycle, request, session)
        ends = state in {AgencyState.DECLINED, AgencyState.NOT_OURS}
        if ends and own.entered and "yes" not in request.text.casefold().split():
            return _ask_to_delete(cycle, state)
        try:
            now = tell(
                session,
                cycle.number,
                own.organization_id,
                state,
                by=asker_of(request).user_id,
                now=request.now,
            )
        except SurveyMovedOnError:
            raise moved_on(cycle.number, request, session) from None
        first = (
            say(TOLD[state])
            if now.state is state
            else say("Your agency has sent it in: that stays.")
        )
        return own_page(cycle, now, request, session, first=first)

    return noted


def _ask_to_delete(cycle: Cycle, state: AgencyState) -> Reply:
    word, label = ("decline", "decline") if state is AgencyState.DECLINED else ("notours", say("it is not ours"))  # fmt: skip
    return Reply(
        title=say("Delete your agency's answer to survey {number}?", number=cycle.number),
        parts=(
            Text(text=say("Somebody of your agency has entered something: all of it is deleted.")),
        ),
        buttons=(
            Button(
                label=say("Yes, {label}", label=label), command=f"survey {word} {cycle.number} yes"
            ),
            Button(label=say("No"), command=f"survey mine {cycle.number}"),
        ),
        shareable=False,
    )


def open_one(request: Request, session: Session) -> Reply:
    cycle, by = asked_for(request, session), asker_of(request).user_id
    return _moved(request, session, lambda: open_cycle(session, cycle.number, by=by, now=request.now))  # fmt: skip


def close_one(request: Request, session: Session) -> Reply:
    cycle, by = asked_for(request, session), asker_of(request).user_id
    seen = (numbers(request.text)[1:2] or [cycle.version])[0]
    if cycle.state is CycleState.OPEN and "yes" not in request.text.casefold().split():
        return _ask_to_close(cycle, session)
    return _moved(
        request,
        session,
        lambda: freeze(session, cycle.number, by=by, now=request.now, seen=seen),
        first=say(CLOSING),
    )


def cancel_one(request: Request, session: Session) -> Reply:
    cycle, by = asked_for(request, session), asker_of(request).user_id
    may = cycle.state in {CycleState.PLANNED, CycleState.OPEN}
    if may and "yes" not in request.text.casefold().split():
        return Reply(
            title=say("Cancel survey {number}?", number=cycle.number),
            parts=(
                Text(
                    text=say("What agencies said to it is deleted, and it cannot be opened again.")
                ),
            ),
            buttons=(
                Button(label=say("Yes, cancel it"), command=f"survey cancel {cycle.number} yes"),
                Button(label=say("No"), command=f"survey board {cycle.number}"),
            ),
            shareable=False,
        )
    return _moved(request, session, lambda: cancel(session, cycle.number, by=by, now=request.now))


def take_one(request: Request, session: Session) -> Reply:
    cycle, by = asked_for(request, session), asker_of(request).user_id
    return _moved(request, session, lambda: take_over(session, cycle.number, by=by, now=request.now))  # fmt: skip


def _ask_to_close(cycle: Cycle, session: Session) -> Reply:
    every = statuses(session, cycle)
    drafts = [each.name for each in every if each.has_draft]
    missing = [
        each.name for each in every
        if each.state in {AgencyState.SILENT, AgencyState.EMAILED} and not each.has_draft
    ]  # fmt: skip
    answered = sum(each.state is AgencyState.ANSWERED for each in every)
    lines = [say("{answered} of {number} agencies have answered. You close it in your name, so another coordinator publishes what it becomes.", answered=answered, number=len(every))]  # fmt: skip
    if drafts:
        lines.append(
            say(
                "Not sent in, and so not counted: what is a draft of {list}.",
                list=", ".join(drafts),
            )
        )
    if missing:
        lines.append(say("Nothing came from {list}.", list=", ".join(missing)))
    return Reply(
        title=say("Close survey {number}?", number=cycle.number),
        parts=tuple(Text(text=line) for line in lines),
        buttons=(
            Button(label=say("Yes, close it"), command=f"survey close {cycle.number} {cycle.version} yes"),
            Button(label=say("No"), command=f"survey board {cycle.number}"),
        ),
        shareable=False,
    )  # fmt: skip


def _moved(
    request: Request, session: Session, change: Callable[[], Cycle], *, first: str | None = None
) -> Reply:
    """
    Do *change*, and show how the survey stands then: also where somebody was faster.
    """
    before = asked_for(request, session)
    try:
        after = change()
    except SurveyMovedOnError:
        return board(asked_for(request, session), request, session, first=say(MOVED))
    unchanged = before.state is after.state and before.responsible == after.responsible
    return board(after, request, session, first=say(MOVED) if unchanged else first)


def _check(request: Request) -> None:
    if not is_coordinator(request):
        raise UserError(say(COORDINATORS_ONLY), buttons=(LIST.spoken,))


def _action(word: str, summary: str, handle: Callable[[Request, Session], Reply], *, who: Standing = Standing.COORDINATOR) -> Action:  # fmt: skip
    return Action(word=word, usage=f"survey {word} NUMBER", summary=summary, who=who, handle=handle)


COMMAND = Command(
    verb="survey",
    usage="survey [number]",
    summary=phrase("What your agency is asked to count: answer, decline; coordinators define and close it."),
    aliases=("surveys", "encuesta", "encuestas"),
    examples=("survey",),
    who=Standing.APPROVED,
    handle=handle,
    actions=(
        _action("send", phrase("Send in what is saved."), send_in, who=Standing.APPROVED),
        _action("mailed", phrase("Say that your agency's figures were sent by e-mail."), telling(AgencyState.EMAILED), who=Standing.APPROVED),
        _action("decline", phrase("Say that your agency declines."), telling(AgencyState.DECLINED), who=Standing.APPROVED),
        _action("notours", phrase("Say that it does not concern your agency."), telling(AgencyState.NOT_OURS), who=Standing.APPROVED),
        _action("back", phrase("Say that your agency will answer after all."), telling(AgencyState.SILENT), who=Standing.APPROVED),
        _action("open", phrase("Let agencies answer from now on."), open_one),
        _action("close", phrase("Take no more answers, and work out what may be shown."), close_one),
        _action("cancel", phrase("End a survey and delete what was said to it."), cancel_one),
        _action("take", phrase("Look after a survey from now on."), take_one),
    ),
    deliveries=(NUDGES, BOARDS, ENDINGS),
    forms=(FORM, TABLE, QUESTIONS, EXTEND),
)  # fmt: skip
