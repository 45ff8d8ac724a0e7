"""
/ht notices: which of the bot's own messages somebody wants, and at which hours.
"""

import re
from collections.abc import Sequence
from dataclasses import replace
from datetime import time
from zoneinfo import ZoneInfo, available_timezones

from commands.contract import (
    Action,
    Button,
    Command,
    DeliveryKind,
    Facts,
    Reply,
    Request,
    Standing,
    Text,
    UserError,
)
from storage.deliveries import Priority
from storage.preferences import EVERY_KIND, Preference, QuietHours, prefer, said_by
from storage.reports import REPORT
from storage.session import Session
from storage.task_forces import task_force

NOBODY = "What you want to be told is kept in your name. Type it in Slack."
HOURS = re.compile(r"(\d{1,2})[:.](\d{2})\s*(?:-|–|to)\s*(\d{1,2})[:.](\d{2})(?:\s+(\S+))?")
HOW = "Type the hours as in `/ht notices quiet 21:00-07:00`, or `/ht notices quiet off`."
MINE = Button(label="My notices", command="notices")


def command_for(others: Sequence[Command]) -> Command:
    """
    Return the command by which people choose among the kinds of delivery of *others*.
    """
    kinds = {
        kind.name: kind
        for command in others
        for kind in command.deliveries
        if kind.priority is not Priority.EMERGENCY and kind.name != REPORT
    }

    def handle(request: Request, session: Session) -> Reply:
        if request.asker is None:
            return Reply(title="Your notices", parts=(Text(text=NOBODY),), shareable=False)
        return _shown(session, request.asker.user_id, kinds=tuple(kinds.values()))

    def change(request: Request, session: Session, *, muted: bool) -> Reply:
        user_id = _asker(request)
        _, _, name = request.text.partition(" ")
        kind = kinds.get(" ".join(name.casefold().split()))
        if kind is None:
            word = "mute" if muted else "unmute"
            raise UserError(
                "Which kind? Press one, or type `/ht notices` to see them.",
                buttons=[
                    Button(label=f"{word.capitalize()} {each}", command=f"notices {word} {each}")
                    for each in kinds
                ],
            )
        before = said_by(session, user_id).get(kind.name, Preference())
        prefer(session, user_id, replace(before, muted=muted), kind=kind.name)
        return _shown(session, user_id, kinds=tuple(kinds.values()))

    def mute(request: Request, session: Session) -> Reply:
        return change(request, session, muted=True)

    def unmute(request: Request, session: Session) -> Reply:
        return change(request, session, muted=False)

    def quiet(request: Request, session: Session) -> Reply:
        user_id = _asker(request)
        _, _, typed = request.text.partition(" ")
        hours = None
        if typed.strip().casefold() != "off":
            hours = _hours(typed.strip(), timezone=task_force(session).timezone)
        before = said_by(session, user_id).get(EVERY_KIND, Preference())
        prefer(session, user_id, replace(before, quiet=hours), kind=EVERY_KIND)
        return _shown(session, user_id, kinds=tuple(kinds.values()))

    return Command(
        verb="notices",
        usage="notices",
        summary="Which messages the bot sends you by itself, and when it stays quiet.",
        aliases=("notifications", "quiet hours"),
        examples=("notices",),
        who=Standing.MEMBER,
        handle=handle,
        actions=(
            Action(
                word="mute",
                usage="notices mute KIND",
                summary="Get none of a kind.",
                who=Standing.MEMBER,
                handle=mute,
            ),
            Action(
                word="unmute",
                usage="notices unmute KIND",
                summary="Get them again.",
                who=Standing.MEMBER,
                handle=unmute,
            ),
            Action(
                word="quiet",
                usage="notices quiet 21:00-07:00",
                summary="Get nothing in these hours, but after them; an emergency comes all the same. Off: quiet off.",
                who=Standing.MEMBER,
                handle=quiet,
            ),
        ),
    )


def _asker(request: Request) -> str:
    if request.asker is None:
        raise UserError(NOBODY)
    return request.asker.user_id


def _hours(typed: str, *, timezone: str) -> QuietHours:
    found = HOURS.fullmatch(typed)
    if found is None:
        raise UserError(f"I do not know those hours. {HOW}")
    try:
        start, end = time(int(found[1]), int(found[2])), time(int(found[3]), int(found[4]))
    except ValueError:
        raise UserError(f"A day has 24 hours of 60 minutes. {HOW}") from None
    if start == end:
        raise UserError(f"Those hours never end. {HOW}")
    zone = found[5] or timezone
    if zone not in available_timezones():
        raise UserError("I do not know that time zone. Type one such as America/Los_Angeles, or leave it out.")  # fmt: skip
    return QuietHours(start=start, end=end, zone=ZoneInfo(zone))


def _shown(session: Session, user_id: str, *, kinds: Sequence[DeliveryKind]) -> Reply:
    said = said_by(session, user_id)
    rows, buttons = [], []
    for kind in kinds:
        muted = said.get(kind.name, Preference()).muted
        word = "unmute" if muted else "mute"
        rows.append((f"{kind.title} ({kind.name})", "muted" if muted else "on"))
        buttons.append(Button(label=f"{word.capitalize()} {kind.name}", command=f"notices {word} {kind.name}"))  # fmt: skip
    hours = said.get(EVERY_KIND, Preference()).quiet
    rows.append(("Quiet hours", _told(hours) if hours else "none"))
    if hours:
        buttons.append(Button(label="No quiet hours", command="notices quiet off"))
    return Reply(
        title="Your notices",
        parts=(Facts(rows=tuple(rows)), Text(text=HOW)),
        notes=("An emergency from an administrator comes all the same.",),
        buttons=tuple(buttons),
        again="notices",
        shareable=False,
    )


def _told(hours: QuietHours) -> str:
    return f"{hours.start:%H:%M} to {hours.end:%H:%M}, {hours.zone.key}"
