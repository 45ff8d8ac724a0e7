"""
Pages of a survey: an agency's own, the coordinators' board, and what came of it. None of
them has a count that somebody entered.
"""

from collections.abc import Sequence
from datetime import date, datetime

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
from commands.ping import said, zone_of
from commands.speech import phrase, say
from storage.custodians import names_of, own_organization
from storage.errors import NotAskedError, UnknownSurveyError, UnsealableError
from storage.organizations import Named, organization_names
from storage.session import Session
from storage.surveys.answers import AgencyState, Status, status
from storage.surveys.cycles import Cycle, CycleState, find_cycle
from storage.surveys.filling import IMPORTED_BY
from storage.surveys.values import Labels
from storage.task_forces import local_day

LIST = Button(label=phrase("All surveys"), command="survey")
NOBODY = phrase("A survey is answered in an agency's name. Type it in Slack.")
NEVER_SHOWN = phrase(
    "What was entered is never shown again, here or anywhere: only that it is there."
)
UNSEALABLE = phrase("What your agency entered cannot be opened here any more: the bot's key was changed. Tell an administrator.")  # fmt: skip
TAKEN = phrase("This survey takes no answers now.")
PAGE = 20  # cells of one form
SAID = {
    AgencyState.EMAILED: phrase("says it was sent by e-mail"),
    AgencyState.DECLINED: phrase("declined"),
    AgencyState.NOT_OURS: phrase("says it does not concern them"),
}


def asked_for(request: Request, session: Session) -> Cycle:
    """
    Return the survey that a text names by its number.

    Raises:
        UserError: if there is none.
    """
    number = next(iter(numbers(request.text)), 0)
    try:
        return find_cycle(session, number)
    except UnknownSurveyError:
        raise UserError(say("There is no such survey. `/ht survey` shows those there are."), buttons=(LIST.spoken,)) from None  # fmt: skip


def numbers(text: str) -> list[int]:
    return [int(word) for word in text.split() if word.isascii() and word.isdecimal() and len(word) < 10]  # fmt: skip


def own_agency(request: Request, session: Session) -> Named | None:
    """
    Return the agency that whoever asks is a member of, or None.
    """
    if request.asker is None:
        raise UserError(say(NOBODY))
    key = own_organization(
        session,
        team_id=request.asker.team_id,
        user_id=request.asker.user_id,
        today=local_day(session, request.now),
    )
    every = organization_names(session, retired=True)
    return next((each for each in every if each.key == key), None)


def own_status(cycle: Cycle, request: Request, session: Session) -> Status:
    """
    Return how the asker's agency stands to a survey.

    Raises:
        UserError: if it is not asked.
    """
    agency = own_agency(request, session)
    if agency is None:
        raise UserError(say("A survey is answered by the members of an agency, and you are of none here."), buttons=(LIST.spoken,))  # fmt: skip
    try:
        found = status(session, cycle, agency.id)
    except NotAskedError:
        found = None
    except UnsealableError:
        raise UserError(say(UNSEALABLE), buttons=(LIST.spoken,)) from None
    if found is None or cycle.state in {CycleState.PLANNED, CycleState.CANCELLED}:
        raise UserError(say("Your agency is not asked by this survey."), buttons=(LIST.spoken,))
    return found


def found_in(every: Sequence[Status], agency: Named | None) -> Status | None:
    """
    Return how *agency* stands, among all that a survey asks.
    """
    return next((each for each in every if agency and each.organization_id == agency.id), None)


def is_coordinator(request: Request) -> bool:
    return request.standing >= Standing.COORDINATOR


def day(when: date) -> str:
    return say("{when:%b} {day}, {year}", when=when, day=when.day, year=when.year)


def label(cell: Labels) -> str:
    return " · ".join(cell)


def pages(cycle: Cycle) -> tuple[tuple[Labels, ...], ...]:
    """
    Return the cells of each form that an agency fills in: whole blocks of the last
    dimension, as many as one can look through.
    """
    every = cycle.cells
    block = len(cycle.table.dims[-1].labels) if cycle.table else 1
    step = max(PAGE // block, 1) * block if block <= PAGE else PAGE
    return tuple(every[at : at + step] for at in range(0, len(every), step))


def until(cycle: Cycle) -> str:
    dates = cycle.dates
    if dates.grace_on == dates.due_on:
        return say("{day}, the last day on which answers are taken", day=day(dates.due_on))
    return say(
        "{day}; answers are taken until {day_2}", day=day(dates.due_on), day_2=day(dates.grace_on)
    )


def heading(cycle: Cycle) -> str:
    return say("Survey {number}: {name}", number=cycle.number, name=cycle.name)


def own_page(
    cycle: Cycle, found: Status, request: Request, session: Session, *, first: str | None = None
) -> Reply:
    """
    Return how an agency stands to a survey, for its members.
    """
    takes = cycle.takes(local_day(session, request.now))
    forms = pages(cycle)
    parts: list[Part] = [Text(text=first)] if first else []
    parts.append(Facts(rows=(*about(cycle), (say("Due"), until(cycle)), (say("Agency"), found.name), (say("State"), own_state(found, request, session)))))  # fmt: skip
    if found.has_draft:
        over = say(" What was sent in before counts until then.") if found.sent_at else ""
        parts.append(
            Text(text=say("A draft is saved. It counts only once it is sent in.{over}", over=over))
        )
    if not takes:
        parts.append(Text(text=say(TAKEN)))
    parts.append(Heading(text=say("What is asked")))
    entered = (say("not entered"), "entered")
    parts.append(
        Facts(rows=tuple((label(cell), entered[cell in found.entered]) for cell in cycle.cells))
    )
    return Reply(
        title=heading(cycle),
        parts=tuple(parts),
        notes=(say(NEVER_SHOWN),),
        buttons=(*(_own_buttons(cycle, found, len(forms)) if takes else ()), LIST.spoken),
        again=f"survey mine {cycle.number}",
        shareable=False,
    )


def about(cycle: Cycle) -> tuple[tuple[str, str], ...]:
    if cycle.table is None:
        return ((say("Asks"), say("simple questions; what is said to them is no statistic")),)
    table = cycle.table
    return ((say("Table"), f"{table.title}, {table.period}"), (say("Counts"), table.unit))


def own_state(found: Status, request: Request, session: Session) -> str:
    """
    Return how an agency stands, for its members: who of them did it is named if they are
    in the lists that members see.
    """
    asker = request.asker.user_id if request.asker else ""

    def by(who: str | None, when: datetime | None) -> str:
        listed = names_of(session, [who] if who else [], listed=True)
        nobody = (
            say("a coordinator's file") if who == IMPORTED_BY else say("somebody of your agency")
        )
        name = "you" if who == asker else listed.get(who or "", nobody)
        return say("by {name}, {moment}", name=name, moment=moment(when, session))

    if found.state is AgencyState.ANSWERED:
        return say("sent in {by}", by=by(found.sent_by, found.sent_at))
    if found.state in SAID:
        return f"{say(SAID[found.state])}: {by(found.said_by, found.said_at)}"
    if found.has_draft:
        return say("a draft, saved {by}", by=by(found.saved_by, found.saved_at))
    return say("not answered yet")


def _own_buttons(cycle: Cycle, found: Status, forms: int) -> Sequence[Button]:
    number = cycle.number
    if forms == 1:
        buttons = [Button(label=say("Answer"), command=f"survey answer {number}", urgent=True)]
    else:
        buttons = [
            Button(label=say("Answer, page {page} of {forms}", page=page, forms=forms), command=f"survey answer {number} {page}")
            for page in range(1, forms + 1)
        ]  # fmt: skip
    if found.has_draft:
        buttons.append(
            Button(label=say("Send it in"), command=f"survey send {number} {found.version}")
        )
    if found.state in SAID:
        buttons.append(
            Button(label=say("We will answer after all"), command=f"survey back {number}")
        )
        return buttons
    if found.state is not AgencyState.ANSWERED:
        buttons.append(
            Button(label=say("Already sent by e-mail"), command=f"survey mailed {number}")
        )
    buttons.append(Button(label=say("We decline"), command=f"survey decline {number}"))
    buttons.append(Button(label=say("Not ours"), command=f"survey notours {number}"))
    return buttons


def moment(when: datetime | None, session: Session) -> str:
    return said(when, zone_of(session)) if when else say("at some time")
