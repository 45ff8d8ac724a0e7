"""
Pages of a survey: an agency's own, the coordinators' board, and what came of it. None of
them has a count that somebody entered.
"""

from collections.abc import Mapping, Sequence
from datetime import date, datetime

from commands.contract import (
    Bullets,
    Button,
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
from commands.figures import grid, withheld
from commands.ping import said, zone_of
from commands.survey_notices import progress
from storage.custodians import names_of, own_organization
from storage.errors import NotAskedError, UnknownSurveyError
from storage.organizations import Named, organization_names
from storage.session import Session
from storage.statistics.ledger import PACK
from storage.statistics.published import Published, drafts, published
from storage.surveys.answers import AgencyState, Status, status, statuses
from storage.surveys.cycles import Cycle, CycleState, find_cycle
from storage.surveys.filling import IMPORTED_BY
from storage.surveys.values import Labels
from storage.task_forces import local_day

LIST = Button(label="All surveys", command="survey")
NOBODY = "A survey is answered in an agency's name. Type it in Slack."
NEVER_SHOWN = "What was entered is never shown again, here or anywhere: only that it is there."
TAKEN = "This survey takes no answers now."
PAGE = 20  # cells of one form
STATES = {
    CycleState.PLANNED: "planned",
    CycleState.OPEN: "open",
    CycleState.CLOSING: "being closed: what may be shown is worked out",
    CycleState.CLOSED: "closed",
    CycleState.CANCELLED: "cancelled",
}
SAID = {
    AgencyState.EMAILED: "says it was sent by e-mail",
    AgencyState.DECLINED: "declined",
    AgencyState.NOT_OURS: "says it does not concern them",
}
OUTCOMES = {
    "drafted": "its figures are a draft",
    "refused": "its figures may not be published as they are",
    "nothing": "nobody answered",
    "results": "its results are ready",
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
    if found is None or cycle.state in {CycleState.PLANNED, CycleState.CANCELLED}:
        raise UserError("Your agency is not asked by this survey.", buttons=(LIST,))
    return found


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
    parts.append(Facts(rows=(*_about(cycle), ("Due", until(cycle)), ("Agency", found.name), ("State", _own_state(found, request, session)))))  # fmt: skip
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


def board(cycle: Cycle, request: Request, session: Session, *, first: str | None = None) -> Reply:
    """
    Return who has answered, for coordinators: by agency, and no count at all.
    """
    every = statuses(session, cycle)
    zone = zone_of(session)
    names = names_of(session, {by for each in every for by in (each.sent_by, each.saved_by, each.said_by) if by})  # fmt: skip
    dates = cycle.dates
    rows = (
        *_about(cycle),
        ("State", _state(cycle)),
        ("Opens", day(dates.opens_on)),
        ("Due", until(cycle)),
        ("Closes by itself after", day(dates.closes_on)),
        ("Looked after by", _looked_after(cycle, session)),
    )
    return Reply(
        title=heading(cycle),
        parts=(
            *([Text(text=first)] if first else []),
            Facts(rows=rows),
            Heading(text="Who has answered"),
            Text(text=progress(cycle, every)),
            Facts(rows=tuple((each.name, _board_line(each, names, session)) for each in every)),
        ),
        notes=(f"Updated {said(request.now, zone)}.", "Drafts of agencies do not count."),
        buttons=(*_board_buttons(cycle, request, session), LIST),
        again=f"survey board {cycle.number}",
        shareable=False,
    )


def preview(cycle: Cycle, request: Request, session: Session) -> Reply:
    """
    Return what came of a closed survey: what may be published of it, what is withheld of
    that, and why; or why nothing is.
    """
    parts, buttons = _came_to(cycle, request, session)
    if cycle.reopens:
        buttons = [*buttons, Button(label="Open it again", command=f"survey extend {cycle.number}")]
    return Reply(
        title=heading(cycle),
        parts=tuple(parts),
        notes=("This is what would be published; the counts behind it are sealed.",)
        if cycle.outcome == "drafted"
        else (),
        buttons=(
            *buttons,
            Button(label="Who has answered", command=f"survey board {cycle.number}"),
            LIST,
        ),
        again=f"survey preview {cycle.number}",
        shareable=False,
    )


def _came_to(cycle: Cycle, request: Request, session: Session) -> tuple[list[Part], list[Button]]:
    if cycle.state is not CycleState.CLOSED:
        return [Text(text=f"This survey is {STATES[cycle.state]}.")], []
    if cycle.outcome == "refused":
        return [
            Text(text="The disclosure gate did not let its figures pass. No figure is in its reasons:"),
            Bullets(items=cycle.reasons),
            Text(text="What agencies said is kept: open it again to have it corrected, and close it anew."),
        ], []  # fmt: skip
    if cycle.outcome == "results":
        return [Facts(rows=cycle.results), Text(text="No more than this is shown of it.")], []
    if cycle.outcome == "nothing":
        return [Text(text="No agency sent anything in, so nothing can be published.")], []
    tables = [each for each in (*drafts(session), *published(session)) if each.id == cycle.release]
    if not tables:
        return [Text(text="Its draft was declined, or what was published of it was corrected.")], []
    return _table(tables[0], cycle, request, session)


def _table(
    table: Published, cycle: Cycle, request: Request, session: Session
) -> tuple[list[Part], list[Button]]:
    waits = table.decided_at is None
    state = "waits for a second coordinator" if waits else f"published {day(table.decided_at.date()) if table.decided_at else ''}"  # fmt: skip
    parts: list[Part] = [
        Facts(
            rows=(
                ("Draft", f"{table.id}, {state}"),
                ("Table", f"{table.title}, {table.period} ({table.unit})"),
                ("Coverage", table.note or "no note"),
                ("Never shown", f"counts from 1 to {table.threshold - 1}"),
            )
        ),
        grid(table),
    ]
    if sentence := withheld(table):
        parts.append(Text(text=sentence))
    parts.append(Bullets(items=tuple(line.replace(f"{table.name}/", "") for line in table.report)))
    silent = [each.name for each in statuses(session, cycle) if each.state in {AgencyState.SILENT, AgencyState.EMAILED}]  # fmt: skip
    if waits and silent:
        parts.append(Text(text=f"Nothing came from: {', '.join(silent)}."))
    if not waits:
        show = f"stats {table.series} {table.starts}..{table.ends}"
        return parts, [Button(label="Show it", command=show)]
    buttons = [Button(label=f"Decline {table.id}", command=f"stats decline {table.id}")]
    asker = request.asker.user_id if request.asker else PACK
    if table.drafted_by != asker:
        approve = Button(label=f"Approve {table.id}", command=f"stats approve {table.id}")
        buttons = [approve, *buttons]
    else:
        parts.append(Text(text="You closed it: another coordinator publishes it."))
    return parts, buttons


def entry(cycle: Cycle, request: Request, session: Session, own: Status | None) -> Entry:
    """
    Return a survey as one of the list.
    """
    lines = []
    if own is not None and cycle.state is CycleState.OPEN:
        lines.append(f"Due {until(cycle)}.")
        lines.append(f"{own.name}: {_own_state(own, request, session)}")
        command = f"survey mine {cycle.number}"
    else:
        command = f"survey board {cycle.number}"
        lines.append(_state(cycle))
    if is_coordinator(request):
        lines.append(progress(cycle, statuses(session, cycle)))
        command = f"survey board {cycle.number}"
    return Entry(
        title=heading(cycle),
        lines=tuple(lines),
        button=Button(label=f"Open {cycle.number}", command=command),
    )


def _about(cycle: Cycle) -> tuple[tuple[str, str], ...]:
    if cycle.table is None:
        return (("Asks", "simple questions; what is said to them is no statistic"),)
    table = cycle.table
    return (("Table", f"{table.title}, {table.period}"), ("Counts", table.unit))


def _state(cycle: Cycle) -> str:
    if cycle.state is CycleState.CLOSED and cycle.outcome:
        return f"closed: {OUTCOMES[cycle.outcome]}"
    return STATES[cycle.state]


def _own_state(found: Status, request: Request, session: Session) -> str:
    """
    Return how an agency stands, for its members: who of them did it is named if they are
    in the lists that members see.
    """
    asker = request.asker.user_id if request.asker else ""

    def by(who: str | None, when: datetime | None) -> str:
        listed = names_of(session, [who] if who else [], listed=True)
        nobody = "a coordinator's file" if who == IMPORTED_BY else "somebody of your agency"
        name = "you" if who == asker else listed.get(who or "", nobody)
        return f"by {name}, {_when(when, session)}"

    if found.state is AgencyState.ANSWERED:
        return f"sent in {by(found.sent_by, found.sent_at)}"
    if found.state in SAID:
        return f"{SAID[found.state]}: {by(found.said_by, found.said_at)}"
    if found.has_draft:
        return f"a draft, saved {by(found.saved_by, found.saved_at)}"
    return "not answered yet"


def _board_line(each: Status, names: Mapping[str, str], session: Session) -> str:
    def by(who: str | None, when: datetime | None) -> str:
        return f"by {names.get(who or '', who or 'somebody')}, {_when(when, session)}"

    if each.state is AgencyState.ANSWERED:
        line = f"answered {by(each.sent_by, each.sent_at)}"
        return f"{line}; a later draft is not sent in" if each.has_draft else line
    if each.state in SAID:
        return f"{SAID[each.state]}, {by(each.said_by, each.said_at)}"
    if each.has_draft:
        return f"draft, not sent in, {by(each.saved_by, each.saved_at)}"
    times = {0: "", 1: ", asked once"}.get(each.nudges, f", asked {each.nudges} times")
    return f"silent{times}"


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


def _board_buttons(cycle: Cycle, request: Request, session: Session) -> Sequence[Button]:
    number = cycle.number
    found = [Button(label="Look again", command=f"survey board {number}")]

    def add(label: str, word: str, rest: str = "") -> None:
        found.append(Button(label=label, command=f"survey {word} {number}{rest}"))

    if cycle.state is CycleState.PLANNED:
        add("Open it now", "open")
        add("Change it", "define" if cycle.table else "ask")
    if cycle.state is CycleState.OPEN:
        add("Extend it", "extend")
        add("Close it", "close", f" {cycle.version}")
    if cycle.state in {CycleState.PLANNED, CycleState.OPEN}:
        asker = request.asker.user_id if request.asker else None
        if cycle.responsible != asker:
            add("I look after it", "take")
        add("Cancel it", "cancel")
    if cycle.state is CycleState.CLOSED:
        add("What came of it", "preview")
    agency = own_agency(request, session) if request.asker else None
    if agency and cycle.state is CycleState.OPEN:
        try:
            status(session, cycle, agency.id)
        except NotAskedError:
            pass
        else:
            add("My agency's answer", "mine")
    return found


def _looked_after(cycle: Cycle, session: Session) -> str:
    if cycle.responsible is None:
        return "nobody any more: it does not close by itself"
    return names_of(session, [cycle.responsible]).get(cycle.responsible, cycle.responsible)


def _when(when: datetime | None, session: Session) -> str:
    return said(when, zone_of(session)) if when else "at some time"
