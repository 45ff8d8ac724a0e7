"""
/ht notices: which of the bot's own messages somebody wants, and at which hours.
"""

import re
from collections.abc import Callable, Mapping, Sequence
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
from commands.speech import phrase, say
from storage.deliveries import Priority
from storage.digests import ask_again
from storage.preferences import (
    DIGEST_AT,
    EVERY_KIND,
    DigestTime,
    Preference,
    QuietHours,
    prefer,
    said_by,
)
from storage.reports import REPORT
from storage.session import Session
from storage.task_forces import task_force

NOBODY = phrase("What you want to be told is kept in your name. Type it in Slack.")
HOURS = re.compile(r"(\d{1,2})[:.](\d{2})\s*(?:-|–|to)\s*(\d{1,2})[:.](\d{2})(?:\s+(\S+))?")
HOW = phrase("Type the hours as in `/ht notices quiet 21:00-07:00`, or `/ht notices quiet off`.")
MOMENT = re.compile(r"(\d{1,2})[:.](\d{2})(?:\s+(\S+))?")
HOW_AT = phrase("Type when your digest comes as in `/ht notices at 08:00`.")
CHANGES: Mapping[str, Callable[[Preference], Preference]] = {
    "mute": lambda wish: replace(wish, muted=True),
    "unmute": lambda wish: replace(wish, muted=False),
    "digest": lambda wish: replace(wish, digest=True),
    "direct": lambda wish: replace(wish, digest=False),
}
LABELS = {
    "mute": phrase("Mute {kind}"),
    "unmute": phrase("Unmute {kind}"),
    "digest": phrase("Digest {kind}"),
    "direct": phrase("Direct {kind}"),
}
OF_DIGESTS = frozenset({"digest", "direct"})  # not offered for what always comes at once
MINE = Button(label=phrase("My notices"), command="notices")


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
            return Reply(
                title=say("Your notices"), parts=(Text(text=say(NOBODY)),), shareable=False
            )
        return _shown(session, request.asker.user_id, kinds=tuple(kinds.values()))

    def change(request: Request, session: Session) -> Reply:
        user_id = _asker(request)
        word, _, name = request.text.partition(" ")
        word = word.casefold()
        may = [each for each in kinds.values() if each.digest or word not in OF_DIGESTS]
        kind = kinds.get(" ".join(name.casefold().split()))
        if kind not in may:
            once = say("{title} come at once, one by one. ", title=say(kind.title)) if kind else ""
            raise UserError(
                say("{once}Which kind? Press one, or type `/ht notices` to see them.", once=once),
                buttons=[_button(word, each) for each in may],
            )
        before = said_by(session, user_id).get(kind.name, Preference())
        return keep(request, session, CHANGES[word](before), kind=kind.name)

    def keep(request: Request, session: Session, wish: Preference, *, kind: str) -> Reply:
        user_id = _asker(request)
        prefer(session, user_id, wish, kind=kind)
        # What waits for a digest goes as they want it now.
        ask_again(session, user_id, now=request.now)
        return _shown(session, user_id, kinds=tuple(kinds.values()))

    def quiet(request: Request, session: Session) -> Reply:
        user_id = _asker(request)
        _, _, typed = request.text.partition(" ")
        hours = None
        if typed.strip().casefold() != "off":
            hours = _hours(typed.strip(), timezone=task_force(session).timezone)
        before = said_by(session, user_id).get(EVERY_KIND, Preference())
        return keep(request, session, replace(before, quiet=hours), kind=EVERY_KIND)

    def at(request: Request, session: Session) -> Reply:
        user_id = _asker(request)
        _, _, typed = request.text.partition(" ")
        moment = _moment(typed.strip(), timezone=task_force(session).timezone)
        before = said_by(session, user_id).get(EVERY_KIND, Preference())
        return keep(request, session, replace(before, digest_at=moment), kind=EVERY_KIND)

    return Command(
        verb="notices",
        usage="notices",
        summary=phrase("Which messages the bot sends you by itself, and when it stays quiet."),
        aliases=(
            "notifications",
            "quiet hours",
            "avisos",
        ),
        examples=("notices",),
        who=Standing.MEMBER,
        handle=handle,
        actions=(
            Action(
                word="mute",
                usage="notices mute KIND",
                summary=phrase("Get none of a kind."),
                who=Standing.MEMBER,
                handle=change,
            ),
            Action(
                word="unmute",
                usage="notices unmute KIND",
                summary=phrase("Get them again."),
                who=Standing.MEMBER,
                handle=change,
            ),
            Action(
                word="digest",
                usage="notices digest KIND",
                summary=phrase("Get those of a kind in one message a day."),
                who=Standing.MEMBER,
                handle=change,
            ),
            Action(
                word="direct",
                usage="notices direct KIND",
                summary=phrase("Get each of a kind by itself, at once."),
                who=Standing.MEMBER,
                handle=change,
            ),
            Action(
                word="at",
                usage="notices at 08:00",
                summary=phrase("Get the digest at this time."),
                who=Standing.MEMBER,
                handle=at,
            ),
            Action(
                word="quiet",
                usage="notices quiet 21:00-07:00",
                summary=phrase(
                    "Get nothing in these hours, but after them; an emergency comes all the same. Off: quiet off."
                ),
                who=Standing.MEMBER,
                handle=quiet,
            ),
        ),
    )


def _asker(request: Request) -> str:
    if request.asker is None:
        raise UserError(say(NOBODY))
    return request.asker.user_id


def _hours(typed: str, *, timezone: str) -> QuietHours:
    found = HOURS.fullmatch(typed)
    if found is None:
        raise UserError(say("I do not know those hours. {how}", how=say(HOW)))
    try:
        start, end = time(int(found[1]), int(found[2])), time(int(found[3]), int(found[4]))
    except ValueError:
        raise UserError(say("A day has 24 hours of 60 minutes. {how}", how=say(HOW))) from None
    if start == end:
        raise UserError(say("Those hours never end. {how}", how=say(HOW)))
    return QuietHours(start=start, end=end, zone=_zone(found[5] or timezone))


def _moment(typed: str, *, timezone: str) -> DigestTime:
    found = MOMENT.fullmatch(typed)
    if found is None:
        raise UserError(say("I do not know that time. {how_at}", how_at=say(HOW_AT)))
    try:
        moment = time(int(found[1]), int(found[2]))
    except ValueError:
        raise UserError(
            say("A day has 24 hours of 60 minutes. {how_at}", how_at=say(HOW_AT))
        ) from None
    return DigestTime(at=moment, zone=_zone(found[3] or timezone))


def _zone(name: str) -> ZoneInfo:
    if name not in available_timezones():
        raise UserError(say("I do not know that time zone. Type one such as America/Los_Angeles, or leave it out."))  # fmt: skip
    return ZoneInfo(name)


def _button(word: str, kind: DeliveryKind) -> Button:
    label = say(LABELS[word], kind=kind.name)  # by the name that is typed
    return Button(label=label, command=f"notices {word} {kind.name}")


def _shown(session: Session, user_id: str, *, kinds: Sequence[DeliveryKind]) -> Reply:
    said = said_by(session, user_id)
    rows, buttons = [], []
    for kind in kinds:
        wish = said.get(kind.name, Preference())
        way = say("in the digest") if wish.digest else say("on")
        rows.append((f"{say(kind.title)} ({kind.name})", say("muted") if wish.muted else way))
        buttons.append(_button("unmute" if wish.muted else "mute", kind))
        if kind.digest and not wish.muted:
            buttons.append(_button("direct" if wish.digest else "digest", kind))
    every = said.get(EVERY_KIND, Preference())
    zone = ZoneInfo(task_force(session).timezone)
    comes = every.digest_at or DigestTime(at=DIGEST_AT, zone=zone)
    rows.append((say("Digest"), say("at {at:%H:%M}, {key}", at=comes.at, key=comes.zone.key)))
    hours = every.quiet
    rows.append((say("Quiet hours"), _told(hours) if hours else say("none")))
    if hours:
        buttons.append(Button(label=say("No quiet hours"), command="notices quiet off"))
    return Reply(
        title=say("Your notices"),
        parts=(Facts(rows=tuple(rows)), Text(text=f"{say(HOW)} {say(HOW_AT)}")),
        notes=(say("An emergency from an administrator comes all the same."),),
        buttons=tuple(buttons),
        again="notices",
        shareable=False,
    )


def _told(hours: QuietHours) -> str:
    return say(
        "{start:%H:%M} to {end:%H:%M}, {key}", start=hours.start, end=hours.end, key=hours.zone.key
    )
