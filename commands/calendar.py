"""
/ht calendar: meetings in one's own calendar program, as an address to subscribe to or a file.
"""

from commands.contract import (
    Action,
    Button,
    Buttons,
    Command,
    Entry,
    Part,
    Reply,
    Request,
    Standing,
    Text,
    UserError,
)
from commands.ics import ics_file, of_collaborative, of_person
from commands.register import asker_of, day
from commands.schedules import ALL
from commands.speech import phrase, say
from storage.feeds import Feed, close_feed, feeds_of, open_feed
from storage.meetings import Series, groups_of
from storage.seats import COLLABORATIVE, Group, groups
from storage.session import Session
from storage.task_forces import local_day

MINE = "mine"
BACK = Button(label=phrase("My calendars"), command="calendar")
WHAT = phrase("Only times, places and links are in a calendar; no names, and no text.")
BY_FILE = phrase(
    "Here a calendar comes as a file: it is as of today, and another one replaces it after a change."
)
BY_ADDRESS = phrase(
    "An address keeps itself up to date. Whoever has it reads your meetings: give it to nobody."
)
ONCE = phrase(
    "Copy it now: it is shown this once. In your calendar program choose “Subscribe from address” "
    "or “From URL”. A new one ends this one, and so does the end of your membership."
)
NO_ADDRESS = phrase("No calendar program can reach this bot. Take the calendar as a file instead.")
NOTHING = phrase(
    "You sit in no group, so there is no calendar of your own. A collaborative's is below."
)


def handle(request: Request, session: Session) -> Reply:
    word, _, rest = request.text.partition(" ")
    if word.casefold() == "file":
        return _file(rest, request, session)
    asker = request.asker
    mine = groups_of(session, asker.user_id) if asker else frozenset()
    given = feeds_of(session, team_id=asker.team_id, user_id=asker.user_id) if asker else ()
    feeds = {each.group: each for each in given}
    parts: list[Part] = [
        Text(text=f"{say(WHAT)} {say(BY_ADDRESS) if request.calendars else say(BY_FILE)}")
    ]
    if mine or "" in feeds:
        parts += _offered(say("My meetings"), "", feeds.get(""), request, session)
    else:
        parts.append(Text(text=say(NOTHING)))
    for each in _collaboratives(session):
        parts += _offered(each.name, each.ref, feeds.get(each.ref), request, session)
    return Reply(
        title=say("Meetings in your calendar"),
        parts=tuple(parts),
        buttons=(ALL.spoken,),
        again="calendar",
        shareable=False,
    )


def subscribe(request: Request, session: Session) -> Reply:
    """
    Make an address, in the place of the one that was.
    """
    asker = asker_of(request)
    if not request.calendars:
        raise UserError(say(NO_ADDRESS), buttons=(BACK.spoken,))
    name, ref = _which(_rest(request), session)
    token = open_feed(
        session, team_id=asker.team_id, user_id=asker.user_id, group=ref, now=request.now
    )
    return Reply(
        title=say("Your address: {name}", name=name),
        parts=(Text(text=f"{request.calendars}{token}.ics"), Text(text=say(ONCE))),
        buttons=(BACK.spoken,),
        shareable=False,
    )


def revoke(request: Request, session: Session) -> Reply:
    asker = asker_of(request)
    name, ref = _which(_rest(request), session)
    gone = close_feed(
        session, team_id=asker.team_id, user_id=asker.user_id, group=ref, now=request.now
    )
    return Reply(
        title=say("Ended") if gone else say("There was no address"),
        parts=(Text(text=say("{name}: the address answers nobody any more.", name=name)),)
        if gone
        else (),
        buttons=(BACK.spoken,),
        shareable=False,
    )


def content_of(session: Session, feed: Feed) -> tuple[Series, ...]:
    """
    Return the series that an address is for.
    """
    if feed.group:
        return of_collaborative(session, feed.group.partition(":")[2])
    return of_person(session, feed.user_id)


def _file(text: str, request: Request, session: Session) -> Reply:
    name, ref = _which(text, session)
    if ref:
        some = of_collaborative(session, ref.partition(":")[2])
    else:
        some = of_person(session, asker_of(request).user_id)
    if not any(each.plan.starts_on for each in some):
        raise UserError(
            say("{name}: nobody has set a date there yet.", name=name),
            buttons=(BACK.spoken, ALL.spoken),
        )
    return Reply(
        title=say("Calendar: {name}", name=name),
        parts=(Text(text=say("Open the file with your calendar program, or import it there.")),),
        buttons=(BACK.spoken,),
        files=(ics_file(session, some, now=request.now),),
        shareable=False,
    )


def _offered(
    name: str, ref: str, feed: Feed | None, request: Request, session: Session
) -> list[Part]:
    key = ref.partition(":")[2] or MINE
    line = (
        say("Address since {day}", day=day(local_day(session, feed.made_at)))
        if feed
        else say("No address yet")
    )
    buttons = [Button(label=say("As a file"), command=f"calendar file {key}")]
    if request.calendars:
        label = say("New address") if feed else say("Address to subscribe")
        buttons.insert(0, Button(label=label, command=f"calendar subscribe {key}"))
    if feed:
        buttons.append(Button(label=say("End the address"), command=f"calendar revoke {key}"))
    lines = (line,) if request.calendars or feed else ()
    return [Entry(title=name, lines=lines), Buttons(buttons=tuple(buttons))]


def _which(text: str, session: Session) -> tuple[str, str]:
    """
    Return the name and the ref of what *text* names; of one's own meetings the ref is "".
    """
    asked = text.strip().casefold()
    if asked in {"", MINE}:
        return say("My meetings"), ""
    every = _collaboratives(session)
    for each in every:
        if asked in {name.casefold() for name in (each.key, *each.names)}:
            return each.name, each.ref
    raise UserError(
        say("Which calendar? Type `mine`, or the name of a collaborative."),
        buttons=(BACK.spoken, *(Button(label=each.name, command=f"calendar file {each.key}") for each in every)),
    )  # fmt: skip


def _collaboratives(session: Session) -> tuple[Group, ...]:
    return tuple(each for each in groups(session) if each.ref.startswith(COLLABORATIVE))


def _rest(request: Request) -> str:
    return request.text.partition(" ")[2]


COMMAND = Command(
    verb="calendar",
    usage="calendar [file | subscribe | revoke]",
    summary=phrase("The meetings in your own calendar program."),
    aliases=("ics", "ical", "calendars", "calendario"),
    examples=("calendar",),
    who=Standing.APPROVED,
    handle=handle,
    actions=(
        Action(
            word="subscribe",
            usage="calendar subscribe [COLLABORATIVE]",
            summary=phrase("Get an address that your calendar program keeps reading."),
            who=Standing.APPROVED,
            handle=subscribe,
        ),
        Action(
            word="revoke",
            usage="calendar revoke [COLLABORATIVE]",
            summary=phrase("End such an address."),
            who=Standing.APPROVED,
            handle=revoke,
        ),
    ),
)
