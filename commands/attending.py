"""
Saying that one comes to a meeting, that one cannot, or whom one sends; and who said what.
"""

from commands.contract import (
    Action,
    Facts,
    Reply,
    Request,
    Standing,
    Text,
    UserError,
)
from commands.forms import FieldError, Form, Option, SearchField, Sheet, Submission
from commands.meeting_page import page, sees_who
from commands.meeting_refs import MINE, asked, looked_up, said, span
from commands.register import asker_of
from commands.schedules import named
from commands.speech import phrase, say
from storage.attendance import Answer, answers, members_among, people_of, senders
from storage.attendance import say as answer_as
from storage.custodians import names_of
from storage.delegations import tell_delegate
from storage.details import MEMBERS
from storage.meetings import Occurrence
from storage.members import Member, find_member, members
from storage.seats import sits_in
from storage.session import Session
from storage.zones import zone_of

MOST_FOUND = 50
PLAIN = phrase(
    "Who comes to this meeting is kept nowhere, so there is nothing to say. It takes place as it stands."
)
GOES = phrase("You go for somebody yourself. Say that you can't, and they are told.")
WHOM = phrase("Please choose a member of your agency.")
NOT_THEM = phrase(
    "They cannot be sent to this one: they send somebody themself, or said that they cannot come. Please choose somebody else."
)
WHO_MAY = phrase(
    "Who comes is for the coordinators of the group that meets, and you are not one of them."
)


def come(request: Request, session: Session) -> Reply:
    return _answer(request, session, Answer.YES)


def stay_away(request: Request, session: Session) -> Reply:
    return _answer(request, session, Answer.NO)


def show_delegate(request: Request, session: Session) -> Sheet | Reply:
    found = asked(request, session)
    if isinstance(found, Reply):
        return found
    if found.series.plain:
        return said(say("Nothing to say"), say(PLAIN))
    user_id = asker_of(request).user_id
    if not _may_send(found, user_id, session):
        raise UserError(say(GOES), buttons=(MINE.spoken,))
    return Sheet(
        title=say("Send a delegate"),
        says=(
            f"{named(found.series)}: {span(found, zone_of(session, user_id))}.",
            say("They are told, and reminded of this one meeting in your stead."),
        ),
        fields=(
            SearchField(
                name="delegate",
                label=say("Who goes for you"),
                hint=say(
                    "Type a part of their name. Members of your agency who chose that members see them in lists."
                ),
            ),
        ),
        send=say("Send them"),
    )


def take_delegate(request: Request, session: Session, submission: Submission) -> Reply:
    found = asked(request, session)
    if isinstance(found, Reply):
        return found
    if found.series.plain:
        return said(say("Nothing to say"), say(PLAIN))
    user_id = asker_of(request).user_id
    chosen = submission.one("delegate")
    if chosen is None or chosen not in {each.user_id for each in _colleagues(request, session)}:
        raise FieldError({"delegate": say(WHOM)})
    if not _may_send(found, user_id, session):
        raise UserError(say(GOES), buttons=(MINE.spoken,))
    told = answers(session, found)
    theirs = told.get(chosen)
    if theirs is not None and theirs.answer is not Answer.YES:
        raise FieldError({"delegate": say(NOT_THEM)})
    before = told.get(user_id)
    if answer_as(session, found, user_id=user_id, answer=Answer.DELEGATE, delegate=chosen, now=request.now):  # fmt: skip
        if before and before.delegate:
            _tell(found, before.delegate, "freed", request, session)
        _tell(found, chosen, "asked", request, session)
        return page(found, request, session, first=say("They are told."))
    return page(found, request, session, first=say("You send them already."))


def search_colleagues(request: Request, session: Session) -> tuple[Option, ...]:
    """
    Return the members of the asker's own agency whose name has in it what was typed.
    """
    typed = request.text.casefold()
    return tuple(
        Option(label=each.details.name, value=each.user_id)
        for each in _colleagues(request, session)
        if typed in each.details.name.casefold()
    )[:MOST_FOUND]


def who_comes(request: Request, session: Session) -> Reply:
    """
    Show the coordinators of the body that meets who said what.
    """
    found = looked_up(request, session)
    if isinstance(found, Reply):
        return found
    if found.series.plain:
        return said(say("Who comes"), say(PLAIN))
    if not sees_who(found, request, session):
        raise UserError(say(WHO_MAY), buttons=(MINE.spoken,))
    told = answers(session, found)
    people = people_of(session, found)
    delegates = {each.delegate for each in told.values() if each.delegate is not None}
    names = names_of(session, {*people, *told, *delegates})

    def called(*user_ids: str) -> str:
        return ", ".join(sorted(names.get(each, "somebody who has left") for each in user_ids))

    by_answer = {
        answer: [each for each, own in told.items() if own.answer is answer and each in people]
        for answer in Answer
    }
    sent = [say("{called} for {called_2}", called=called(told[each].delegate or ''), called_2=called(each)) for each in by_answer[Answer.DELEGATE]]  # fmt: skip
    cannot = [each for each in told if told[each].answer is Answer.NO]
    silent = [each for each in people if each not in told]
    rows = (
        (say("Come ({number})", number=len(by_answer[Answer.YES])), called(*by_answer[Answer.YES])),
        (say("Send a delegate ({number})", number=len(sent)), "; ".join(sorted(sent))),
        (say("Cannot come ({number})", number=len(cannot)), called(*cannot)),
        (say("Said nothing ({number})", number=len(silent)), called(*silent)),
    )
    return Reply(
        title=say("Who comes: {named}", named=named(found.series)),
        parts=(
            Text(text=span(found, zone_of(session, asker_of(request).user_id))),
            Facts(rows=tuple((label, told or "nobody") for label, told in rows)),
        ),
        notes=(say("For the coordinators of this group alone. Please do not pass it on."),),
        buttons=(MINE.spoken,),
        again=f"reminders who {found.series_id} {found.name}",
        shareable=False,
    )


def _answer(request: Request, session: Session, answer: Answer) -> Reply:
    found = asked(request, session)
    if isinstance(found, Reply):
        return found
    if found.series.plain:
        return said(say("Nothing to say"), say(PLAIN))
    user_id = asker_of(request).user_id
    before = answers(session, found).get(user_id)
    if not answer_as(session, found, user_id=user_id, answer=answer, now=request.now):
        return page(found, request, session, first=say("You said so before. Nothing was changed."))
    if before and before.delegate:
        _tell(found, before.delegate, "freed", request, session)
    if answer is Answer.YES:
        return page(found, request, session, first=say("Noted: you will be there."))
    for sender in senders(answers(session, found), user_id):
        _tell(found, sender, "declined", request, session)
    first = say("Noted: you cannot come. You are reminded of this one no more, unless it is moved.")
    return page(found, request, session, first=first)


def _tell(found: Occurrence, who: str, what: str, request: Request, session: Session) -> None:
    if who in members_among(session, [who]):
        tell_delegate(session, found, recipient=who, what=what, now=request.now)


def _may_send(found: Occurrence, user_id: str, session: Session) -> bool:
    if not sits_in(session, found.series.group, user_id):
        return False
    return not senders(answers(session, found), user_id)


def _colleagues(request: Request, session: Session) -> tuple[Member, ...]:
    """
    Return the members of the asker's agency who chose that members see them in lists: a
    list of who may be sent is one.
    """
    if request.asker is None:
        return ()
    own = find_member(session, team_id=request.asker.team_id, user_id=request.asker.user_id)
    if own is None or own.ended_at is not None or own.details.organization_id is None:
        return ()
    return tuple(
        each
        for each in members(session)
        if each.details.organization_id == own.details.organization_id
        and each.details.listed == MEMBERS
        and each.user_id != own.user_id
    )


ACTIONS = (
    Action(
        word="yes",
        usage="reminders yes NAME",
        summary=phrase("Say that you come to the next one."),
        who=Standing.APPROVED,
        handle=come,
    ),
    Action(
        word="no",
        usage="reminders no NAME",
        summary=phrase("Say that you cannot come to the next one."),
        who=Standing.APPROVED,
        handle=stay_away,
    ),
)
FORMS = (
    Form(
        word="delegate",
        usage="reminders delegate NAME",
        summary=phrase("Send a colleague to the next one."),
        who=Standing.APPROVED,
        show=show_delegate,
        take=take_delegate,
        search={"delegate": search_colleagues},
    ),
)
