"""
Pages of a survey for coordinators: who has answered, and what came of it. No count that
somebody entered is in them.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime

from commands.contract import (
    Bullets,
    Button,
    Entry,
    Facts,
    Heading,
    Part,
    Reply,
    Request,
    Text,
)
from commands.figures import grid, withheld
from commands.ping import said, zone_of
from commands.speech import phrase, say, say_many
from commands.survey_notices import progress
from commands.survey_pages import (
    LIST,
    SAID,
    about,
    day,
    found_in,
    heading,
    is_coordinator,
    moment,
    own_agency,
    own_state,
    until,
)
from storage.audit import LEFT
from storage.custodians import names_of
from storage.session import Session
from storage.statistics.ledger import PACK
from storage.statistics.published import Published, drafts, published
from storage.surveys.answers import AgencyState, Status, statuses
from storage.surveys.cycles import Cycle, CycleState
from storage.surveys.filling import IMPORTED_BY
from storage.surveys.life import BOT, Hindrance, hindered, keeper

STATES = {
    CycleState.PLANNED: phrase("planned"),
    CycleState.OPEN: phrase("open"),
    CycleState.CLOSING: phrase("being closed: what may be shown is worked out"),
    CycleState.CLOSED: phrase("closed"),
    CycleState.CANCELLED: phrase("cancelled"),
}
AGAIN = phrase("An earlier draft of this table was shown and put away. Whoever saw it can subtract, so what it showed and withheld counts here as if it were out: more may be withheld than it would be by itself.")  # fmt: skip
UNNAMED = phrase("somebody who is no member")
UNLISTED = phrase("a coordinator who is no member")
HINDERED = {
    Hindrance.NOBODY: phrase("no coordinator looks after it, so it does not close by itself: press I look after it, or Close it"),
    Hindrance.UNSIGNED: phrase("nobody can tell who had the last hand in it (a sheet that nobody signed for, or somebody who left), so it does not close by itself: press Close it, and another coordinator publishes it"),
}  # fmt: skip
OUTCOMES = {
    "drafted": phrase("its figures are a draft"),
    "refused": phrase("its figures may not be published as they are"),
    "nothing": phrase("nobody answered"),
    "results": phrase("its results are ready"),
}


def board(cycle: Cycle, request: Request, session: Session, *, first: str | None = None) -> Reply:
    """
    Return who has answered, for coordinators: by agency, and no count at all.
    """
    every = statuses(session, cycle)
    zone = zone_of(session)
    names = names_of(session, {by for each in every for by in (each.sent_by, each.saved_by, each.said_by) if by})  # fmt: skip
    rows = (
        *about(cycle),
        (say("State"), _state(cycle)),
        (say("Opens"), day(cycle.dates.opens_on)),
        (say("Due"), until(cycle)),
        (say("Closes by itself after"), _closes(cycle, session)),
        (say("Looked after by"), _looked_after(cycle, request, session)),
    )
    return Reply(
        title=heading(cycle),
        parts=(
            *([Text(text=first)] if first else []),
            Facts(rows=rows),
            Heading(text=say("Who has answered")),
            Text(text=progress(cycle, every)),
            Facts(rows=tuple((each.name, _board_line(each, names, session)) for each in every)),
        ),
        notes=(
            say("Updated {said}.", said=said(request.now, zone)),
            say("Drafts of agencies do not count."),
        ),
        buttons=(*_board_buttons(cycle, request, session), LIST.spoken),
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
        buttons = [
            *buttons,
            Button(label=say("Open it again"), command=f"survey extend {cycle.number}"),
        ]
    return Reply(
        title=heading(cycle),
        parts=tuple(parts),
        notes=(say("This is what would be published; the counts behind it are sealed."),)
        if cycle.outcome == "drafted"
        else (),
        buttons=(
            *buttons,
            Button(label=say("Who has answered"), command=f"survey board {cycle.number}"),
            LIST.spoken,
        ),
        again=f"survey preview {cycle.number}",
        shareable=False,
    )


def _came_to(cycle: Cycle, request: Request, session: Session) -> tuple[list[Part], list[Button]]:
    if cycle.state is not CycleState.CLOSED:
        return [Text(text=say("This survey is {states}.", states=say(STATES[cycle.state])))], []
    if cycle.outcome == "refused":
        return [
            Text(text=say("The disclosure gate did not let its figures pass. No figure is in its reasons:")),
            Bullets(items=cycle.reasons),
            Text(text=say("What agencies said is kept: open it again to have it corrected, and close it anew.")),
        ], []  # fmt: skip
    if cycle.outcome == "results":
        return [Facts(rows=cycle.results), Text(text=say("No more than this is shown of it."))], []
    if cycle.outcome == "nothing":
        return [Text(text=say("No agency sent anything in, so nothing can be published."))], []
    tables = [each for each in (*drafts(session), *published(session)) if each.id == cycle.release]
    if not tables:
        return [
            Text(text=say("Its draft was declined, or what was published of it was corrected."))
        ], []
    return _table(tables[0], cycle, request, session)


def _table(
    table: Published, cycle: Cycle, request: Request, session: Session
) -> tuple[list[Part], list[Button]]:
    waits = table.decided_at is None
    state = say("waits for a second coordinator") if waits else say("published {what}", what=day(table.decided_at.date()) if table.decided_at else '')  # fmt: skip
    parts: list[Part] = [
        Facts(
            rows=(
                (say("Draft"), f"{table.id}, {state}"),
                (say("Table"), f"{table.title}, {table.period} ({table.unit})"),
                (say("Coverage"), table.note or say("no note")),
                (
                    say("Never shown"),
                    say("counts from 1 to {threshold}", threshold=table.threshold - 1),
                ),
            )
        ),
        grid(table),
    ]
    if sentence := withheld(table):
        parts.append(Text(text=sentence))
    if table.number - 1 > table.correction:
        parts.append(Text(text=say(AGAIN)))
    parts.append(Bullets(items=tuple(line.replace(f"{table.name}/", "") for line in table.report)))
    silent = [each.name for each in statuses(session, cycle) if each.state in {AgencyState.SILENT, AgencyState.EMAILED}]  # fmt: skip
    if waits and silent:
        parts.append(Text(text=say("Nothing came from: {list}.", list=", ".join(silent))))
    if not waits:
        show = f"stats {table.series} {table.starts}..{table.ends}"
        return parts, [Button(label=say("Show it"), command=show)]
    buttons = [Button(label=say("Decline {id}", id=table.id), command=f"stats decline {table.id}")]
    asker = request.asker.user_id if request.asker else PACK
    if table.drafted_by != asker:
        approve = Button(
            label=say("Approve {id}", id=table.id), command=f"stats approve {table.id}"
        )
        buttons = [approve, *buttons]
    else:
        parts.append(Text(text=say("You closed it: another coordinator publishes it.")))
    return parts, buttons


def entry(cycle: Cycle, request: Request, session: Session, own: Status | None) -> Entry:
    """
    Return a survey as one of the list.
    """
    lines = []
    if own is not None and cycle.state is CycleState.OPEN:
        lines.append(say("Due {until}.", until=until(cycle)))
        lines.append(f"{own.name}: {own_state(own, request, session)}")
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
        button=Button(label=say("Open {number}", number=cycle.number), command=command),
    )


def _state(cycle: Cycle) -> str:
    if cycle.state is CycleState.CLOSED and cycle.outcome:
        return say("closed: {outcomes}", outcomes=say(OUTCOMES[cycle.outcome]))
    return say(STATES[cycle.state])


def _board_line(each: Status, names: Mapping[str, str], session: Session) -> str:
    def by(who: str | None, when: datetime | None) -> str:
        called = who if who in {IMPORTED_BY, LEFT} else say(UNNAMED)
        return say(
            "by {names}, {moment}", names=names.get(who or "", called), moment=moment(when, session)
        )

    if each.state is AgencyState.ANSWERED:
        line = say("answered {by}", by=by(each.sent_by, each.sent_at))
        return say("{line}; a later draft is not sent in", line=line) if each.has_draft else line
    if each.state is AgencyState.NOT_OURS and each.said_by == BOT:
        return say("in the directory no more, so it is not asked")
    if each.state in SAID:
        return f"{say(SAID[each.state])}, {by(each.said_by, each.said_at)}"
    if each.has_draft:
        return say("draft, not sent in, {by}", by=by(each.saved_by, each.saved_at))
    if not each.nudges:
        return say("silent")
    return say_many("silent, asked once", "silent, asked {number} times", each.nudges)


def _board_buttons(cycle: Cycle, request: Request, session: Session) -> Sequence[Button]:
    number = cycle.number
    found = [Button(label=say("Look again"), command=f"survey board {number}")]

    def add(label: str, word: str, rest: str = "") -> None:
        found.append(Button(label=label, command=f"survey {word} {number}{rest}"))

    if cycle.state is CycleState.PLANNED:
        add(say("Open it now"), "open")
        add(say("Change it"), "define" if cycle.table else "ask")
    if cycle.state is CycleState.OPEN:
        add(say("Extend it"), "extend")
        add(say("Close it"), "close", f" {cycle.version}")
    if cycle.state in {CycleState.PLANNED, CycleState.OPEN}:
        asker = request.asker.user_id if request.asker else None
        if asker is None or keeper(session, cycle) != asker:
            add(say("I look after it"), "take")
        add(say("Cancel it"), "cancel")
    if cycle.state is CycleState.CLOSED:
        add(say("What came of it"), "preview")
    agency = own_agency(request, session) if request.asker else None
    if cycle.state is CycleState.OPEN and found_in(statuses(session, cycle), agency):
        add(say("My agency's answer"), "mine")
    return found


def _looked_after(cycle: Cycle, request: Request, session: Session) -> str:
    kept_by = keeper(session, cycle)
    if kept_by is None:
        return say("no coordinator any more: press I look after it")
    if request.asker is not None and request.asker.user_id == kept_by:
        return say("you")
    return names_of(session, [kept_by]).get(kept_by, UNLISTED)


def _closes(cycle: Cycle, session: Session) -> str:
    """
    Return until when it waits to close by itself; or why it does not, and what to do.
    """
    last, why = day(cycle.dates.closes_on), hindered(session, cycle)
    if cycle.state not in {CycleState.PLANNED, CycleState.OPEN} or why is None:
        return last
    return say("{last}; but {hindered}", last=last, hindered=say(HINDERED[why]))
