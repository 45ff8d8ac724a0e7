"""
/ht digest: what came gathered in one message; and how that message is written.
"""

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from commands.contract import (
    Button,
    Command,
    DeliveryKind,
    Entry,
    Notice,
    Part,
    Reply,
    Request,
    Skip,
    Standing,
    Text,
    UserError,
    Wait,
)
from commands.speech import phrase, say, say_many
from storage.deliveries import Delivery, Priority, latest
from storage.digests import DIGEST, Contents, gathered, shown
from storage.errors import DatabaseError
from storage.session import Session
from storage.task_forces import task_force

log = logging.getLogger(__name__)

NOBODY = phrase("A digest is its reader's own. Type it in Slack.")
NONE = phrase("You have no such digest. Type `/ht digest` for your last one.")
EMPTY = phrase("Nothing of it is left to read.")
LAST = Button(label=phrase("My last digest"), command="digest")
NOTICES = Button(label=phrase("My notices"), command="notices")


class UnwritableError(Exception):
    """
    No member of a digest could be written.
    """

    def __init__(self, delivery_id: int) -> None:
        super().__init__(
            say("no member of digest {delivery_id} could be written", delivery_id=delivery_id)
        )
        self.delivery_id = delivery_id


@dataclass(frozen=True, kw_only=True)
class Pages:
    """
    The members of a digest as their kinds write them.

    Attributes:
        written: each with its kind's title.
    """

    written: tuple[tuple[Delivery, str, Notice], ...]
    contents: Contents


def write(
    kinds: Mapping[str, DeliveryKind],
    members: Sequence[Delivery],
    session: Session,
    *,
    now: datetime,
) -> Pages:
    """
    Have each of *members* written by the kind it is of.
    """
    written, unneeded, broken = [], [], []
    for member in members:
        kind = kinds.get(member.kind)
        if kind is None:  # another version of the bot planned it
            broken.append(member.id)
            continue
        try:
            notice = kind.render(member, session, now)
        except DatabaseError:
            raise
        except Exception:  # one bad row never holds up the rest
            log.exception("delivery %d could not be rendered", member.id)
            broken.append(member.id)
            continue
        if isinstance(notice, Wait):
            broken.append(member.id)
        elif notice is None or isinstance(notice, Skip):
            unneeded.append(member.id)
        else:
            written.append((member, say(kind.title), notice))
    contents = Contents(unneeded=tuple(unneeded), broken=tuple(broken))
    return Pages(written=tuple(written), contents=contents)


def command_for(others: Sequence[Command]) -> Command:
    """
    Return the command that owns the digests of what *others* have the bot send.
    """
    kinds = {kind.name: kind for command in others for kind in command.deliveries}

    def handle(request: Request, session: Session) -> Reply:
        if request.asker is None:
            return Reply(title=say("Your digest"), parts=(Text(text=say(NOBODY)),), shareable=False)
        number = _number(request.text, session, reader=request.asker.user_id)
        members = shown(session, number, reader=request.asker.user_id)
        if members is None:
            raise UserError(say(NONE), buttons=(LAST.spoken,))
        pages = write(kinds, members, session, now=request.now)
        timezone = ZoneInfo(task_force(session).timezone)
        parts: list[Part] = [
            Entry(
                title=title,
                lines=(notice.text, _due(member, timezone=timezone)),
                button=Button(label=say("Open"), command=notice.opens),
            )
            for member, title, notice in pages.written
        ]
        if broken := len(pages.contents.broken):
            parts.append(
                Text(
                    text=say(
                        "{messages} could not be written just now.", messages=_messages(broken)
                    )
                )
            )
        return Reply(
            title=say("Your digest"),
            parts=tuple(parts) or (Text(text=say(EMPTY)),),
            buttons=(NOTICES.spoken,),
            again=f"digest {number}",
            shareable=False,
        )

    def render(delivery: Delivery, session: Session, now: datetime) -> Notice | None:
        pages = write(kinds, gathered(session, delivery.id), session, now=now)
        number = len(pages.written)
        if not number and pages.contents.broken:
            raise UnwritableError(delivery.id)
        if not number:
            return None
        return Notice(
            text=say_many(
                "1 message from the bot. Open to read it.",
                "{number} messages from the bot. Open to read them.",
                number,
            ),
            opens=f"digest {delivery.id}",
            contents=pages.contents,
        )

    return Command(
        verb="digest",
        usage="digest [NUMBER]",
        summary=phrase(
            "The messages that came to you gathered in one; choose which in your notices."
        ),
        aliases=(
            "daily digest",
            "my digest",
            "resumen",
        ),
        examples=("digest",),
        who=Standing.MEMBER,
        handle=handle,
        deliveries=(
            DeliveryKind(
                name=DIGEST,
                title=phrase("Digests"),
                render=render,
                # Stored with each: that of its most urgent member.
                priority=Priority.REMINDER,
                digest=False,
            ),
        ),
    )


def _number(typed: str, session: Session, *, reader: str) -> int:
    if typed:
        if not (typed.isascii() and typed.isdecimal() and len(typed) < 10):
            raise UserError(say(NONE), buttons=(LAST.spoken,))
        return int(typed)
    last = latest(session, kind=DIGEST, recipient=reader)
    if last is None:
        raise UserError(say("No digest came to you yet. Choose what it gathers in `/ht notices`."), buttons=(NOTICES.spoken,))  # fmt: skip
    return last.id


def _messages(number: int) -> str:
    return say_many("1 message", "{number} messages", number)


def _due(delivery: Delivery, *, timezone: ZoneInfo) -> str:
    return say(
        "It was due {due_at:%a %b %d at %H:%M}.", due_at=delivery.due_at.astimezone(timezone)
    )
