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
from storage.custodians import names_of, own_organization
from storage.errors import NotAskedError, UnknownSurveyError, UnsealableError
from storage.organizations import Named, organization_names
from storage.session import Session
from storage.surveys.answers import AgencyState, Status, status
from storage.surveys.cycles import Cycle, CycleState, find_cycle
from storage.surveys.filling import IMPORTED_BY
from storage.surveys.values import Labels
from storage.task_forces import local_day

LIST = Button(label="All surveys", command="survey")
NOBODY = "A survey is answered in an agency's name. Type it in Slack."
NEVER_SHOWN = "What was entered is never shown again, here or anywhere: only that it is there."
UNSEALABLE = "What your agency entered cannot be opened here any more: the bot's key was changed. Tell an administrator."  # fmt: skip
TAKEN = "This survey takes no answers now."
PAGE = 20  # cells of one form
SAID = {
    AgencyState.EMAILED: "says it was sent by e-mail",
    AgencyState.DECLINED: "declined",
    AgencyState.NOT_OURS: "says it does not concern them",
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
        raise UserError("There is no such survey. `/ht survey` shows those there are.", buttons=(LIST,)) from None  # fmt: skip


def numbers(text: str) -> list[int]:
    return [int(word) for word in text.split() if word.isascii() and word.isdecimal() and len(word) < 10]  # fmt: skip


def own_agency(request: Request, session: Session) -> Named | None:
    """
    Return the agency that whoever asks is a member of, or None.
    """
    if request.asker is None:
        raise UserError(NOBODY)
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
        raise UserError("A survey is answered by the members of an agency, and you are of none here.", buttons=(LIST,))  # fmt: skip
    try:
        found = status(session, cycle, agency.id)
    except NotAskedError:
        found = None
    except UnsealableError:
        raise UserError(UNSEALABLE, buttons=(LIST,)) from None
    if found is None or cycle.state in {CycleState.PLANNED, CycleState.CANCELLED}:
        raise UserError("Your agency is not asked by this survey.", buttons=(LIST,))
    return found


def found_in(every: Sequence[Status], agency: Named | None) -> Status | None:
    """
    Return how *agency* stands, among all that a survey asks.
    """
    return next((each for each in every if agency and each.organization_id == agency.id), None)


def is_coordinator(request: Request) -> bool:
    return request.standing >= Standing.COORDINATOR


def day(when: date) -> str:
    return f"{when:%b} {when.day}, {when.year}"


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
        return f"{day(dates.due_on)}, the last day on which answers are taken"
    return f"{day(dates.due_on)}; answers are taken until {day(dates.grace_on)}"


def heading(cycle: Cycle) -> str:
    return f"Survey {cycle.number}: {cycle.name}"


def own_page(
    cycle: Cycle, found: Status, request: Request, session: Session, *, first: str | None = None
) -> Reply:
    """
    Return how an agency stands to a survey, for its members.
    """
    takes = cycle.takes(local_day(session, request.now))
    forms = pages(cycle)
    parts: list[Part] = [Text(text=first)] if first else []
    parts.append(Facts(rows=(*about(cycle), ("Due", until(cycle)), ("Agency", found.name), ("State", own_state(found, request, session)))))  # fmt: skip
    if found.has_draft:
        over = " What was sent in before counts until then." if found.sent_at else ""
        parts.append(Text(text=f"A draft is saved. It counts only once it is sent in.{over}"))
    if not takes:
        parts.append(Text(text=TAKEN))
    parts.append(Heading(text="What is asked"))
    entered = ("not entered", "entered")
    parts.append(
        Facts(rows=tuple((label(cell), entered[cell in found.entered]) for cell in cycle.cells))
    )
    return Reply(
        title=heading(cycle),
        parts=tuple(parts),
        notes=(NEVER_SHOWN,),
        buttons=(*(_own_buttons(cycle, found, len(forms)) if takes else ()), LIST),
        again=f"survey mine {cycle.number}",
        shareable=False,
    )


def about(cycle: Cycle) -> tuple[tuple[str, str], ...]:
    if cycle.table is None:
        return (("Asks", "simple questions; what is said to them is no statistic"),)
    table = cycle.table
    return (("Table", f"{table.title}, {table.period}"), ("Counts", table.unit))


def own_state(found: Status, request: Request, session: Session) -> str:
    """
    Return how an agency stands, for its members: who of them did it is named if they are
    in the lists that members see.
    """
    asker = request.asker.user_id if request.asker else ""

    def by(who: str | None, when: datetime | None) -> str:
        listed = names_of(session, [who] if who else [], listed=True)
        nobody = "a coordinator's file" if who == IMPORTED_BY else "somebody of your agency"
        name = "you" if who == asker else listed.get(who or "", nobody)
        return f"by {name}, {moment(when, session)}"

    if found.state is AgencyState.ANSWERED:
        return f"sent in {by(found.sent_by, found.sent_at)}"
    if found.state in SAID:
        return f"{SAID[found.state]}: {by(found.said_by, found.said_at)}"
    if found.has_draft:
        return f"a draft, saved {by(found.saved_by, found.saved_at)}"
    return "not answered yet"


def _own_buttons(cycle: Cycle, found: Status, forms: int) -> Sequence[Button]:
    number = cycle.number
    if forms == 1:
        buttons = [Button(label="Answer", command=f"survey answer {number}", urgent=True)]
    else:
        buttons = [
            Button(label=f"Answer, page {page} of {forms}", command=f"survey answer {number} {page}")
            for page in range(1, forms + 1)
        ]  # fmt: skip
    if found.has_draft:
        buttons.append(Button(label="Send it in", command=f"survey send {number} {found.version}"))
    if found.state in SAID:
        buttons.append(Button(label="We will answer after all", command=f"survey back {number}"))
        return buttons
    if found.state is not AgencyState.ANSWERED:
        buttons.append(Button(label="Already sent by e-mail", command=f"survey mailed {number}"))
    buttons.append(Button(label="We decline", command=f"survey decline {number}"))
    buttons.append(Button(label="Not ours", command=f"survey notours {number}"))
    return buttons


def moment(when: datetime | None, session: Session) -> str:
    return said(when, zone_of(session)) if when else "at some time"
