"""
/ht meetings: when and where the task force's groups meet next.
"""

from commands.contract import (
    Button,
    Buttons,
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
from commands.schedules import (
    ALL,
    coordinates,
    following,
    mine,
    named,
    remark,
    rows_of,
    series_in,
    visible,
    when,
    where,
)
from commands.speech import phrase, say
from storage.meetings import Occurrence, Series, coming
from storage.session import Session

DAYS = 45  # ahead, of one's own meetings
FARTHEST = 400  # days ahead, of everybody's next one
MOST = 12  # of one's own
SHOWN = 6  # of one series
CALENDAR = Button(label=phrase("Into my calendar"), command="calendar")
NEXT = Button(label=phrase("My next one"), command="next")
MANAGE = Button(label=phrase("Add or change"), command="meeting")


def handle(request: Request, session: Session) -> Reply:
    if request.text:
        series = series_in(request.text, request, session, command="meetings")
        if series is None:
            raise UserError(say("Which meeting? `/ht meetings` lists them."), buttons=(ALL.spoken,))
        return page(series, request, session)
    every = visible(request, session)
    own = mine(request, session)
    ours = [each for each in every if each.group in own]
    parts: list[Part] = []
    if ours:
        found = coming(session, ours, now=request.now, days=DAYS, all_states=True)
        parts.append(Heading(text=say("Yours")))
        parts += map(_entry, found[:MOST])
        if not found:
            parts.append(Text(text=say("None in the next {days} days.", days=DAYS)))
    others = _first_of_each([each for each in every if each.group not in own], request, session)
    if others:
        parts.append(Heading(text=say("Others you may know of, the next one of each")))
        parts += map(_entry, others)
    unset = [each for each in every if each.plan.starts_on is None]
    if unset:
        parts.append(Heading(text=say("Not set yet")))
        parts.append(Text(text=say("Nobody has said when these meet: ") + ", ".join(map(named, unset)) + "."))  # fmt: skip
    manages = request.standing >= Standing.COORDINATOR
    return Reply(
        title=say("Meetings"),
        parts=tuple(parts) or (Text(text=say("There are no meetings yet.")),),
        notes=(say("Times are those of the place where it meets."),),
        buttons=(NEXT.spoken, CALENDAR.spoken, *((MANAGE.spoken,) if manages else ())),
        again="meetings",
        shareable=False,
    )


def page(series: Series, request: Request, session: Session) -> Reply:
    """
    Show one series: how often, and its next dates with what differs.
    """
    next_ones = following(session, series, now=request.now, count=SHOWN)
    manages = coordinates(request, session, series.collaborative)
    parts: list[Part] = [Facts(rows=rows_of(series))]
    if next_ones:
        parts.append(Heading(text=say("Next")))
    for each in next_ones:
        button = Button(label=say("Move, skip, cancel"), command=f"meeting {series.id} {each.name}")
        lines = filter(None, [remark(each), each.place if each.place != series.place else None])
        title = when(each)
        parts.append(Entry(title=title, lines=tuple(lines), button=button if manages else None))
    if series.plan.starts_on and not next_ones:
        parts.append(Text(text=say("No more of these are to come.")))
    if manages:
        label = say("Change it") if series.plan.starts_on else say("Set its dates")
        change = [Button(label=label, command=f"meeting change {series.id}")]
        if next_ones:
            change.append(Button(label=say("Cancel it altogether"), command=f"meeting cancel {series.id} {next_ones[0].name} all"))  # fmt: skip
        parts.append(Buttons(buttons=tuple(change)))
    return Reply(
        title=named(series),
        parts=tuple(parts),
        buttons=(ALL.spoken, CALENDAR.spoken),
        again=f"meetings {series.id}",
        shareable=False,
    )


def _first_of_each(
    some: list[Series], request: Request, session: Session
) -> tuple[Occurrence, ...]:
    found: dict[int, Occurrence] = {}
    for each in coming(session, some, now=request.now, days=FARTHEST):
        found.setdefault(each.series_id, each)
    return tuple(found.values())


def _entry(found: Occurrence) -> Entry:
    return Entry(
        title=f"{named(found.series)}: {when(found)}",
        lines=tuple(filter(None, [remark(found), *(where(found) if found.takes_place else ())])),
        button=Button(label=say("Open"), command=f"meetings {found.series_id}"),
    )


COMMAND = Command(
    verb="meetings",
    usage="meetings [NAME]",
    summary=phrase("When and where your groups and the others meet next."),
    aliases=("when are the meetings", "reuniones"),
    examples=("meetings", "meetings httf"),
    who=Standing.APPROVED,
    menu=phrase("Meetings"),
    handle=handle,
)
