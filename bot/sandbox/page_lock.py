"""A phone's lock screen: what of the bot's messages stands there for anybody to read."""

import re
from collections.abc import Callable
from datetime import datetime
from zoneinfo import ZoneInfo

from bot.sandbox.mrkdwn import escape, plain, unescape
from bot.sandbox.page_clock import hour
from bot.sandbox.people import APP_NAME
from bot.sandbox.workspace import Message, Workspace

SHOWN = 12  # notifications
LONGEST = 178  # characters of one, as phones cut them
MENTION = re.compile(r"<[@#!]([^>|]+)(?:\|([^>]*))?>")
WHAT = (
    "What a phone shows before anybody unlocks it: the plain text of what the bot sends by itself, "
    "never its blocks. Answers to a command ring no bell."
)


def notifications(workspace: Workspace, person: str) -> list[Message]:
    """Return what rang *person*'s phone, the newest first: posted by the bot, for all to see."""
    rang = [
        message
        for message in workspace.visible(person)
        if not message.ephemeral and message.via.startswith("chat.")
    ]
    return sorted(rang, key=lambda message: float(message.ts), reverse=True)


def draw_lock(
    workspace: Workspace,
    person: str,
    *,
    zone: ZoneInfo,
    said: Callable[[datetime], str],
    name_of: Callable[[str], str],
) -> str:
    """
    Return *person*'s lock screen.

    Args:
        said: says when something came.
        name_of: of a person, by their id.
    """
    now = workspace.clock().astimezone(zone)
    rang = notifications(workspace, person)
    cards = "".join(_card(workspace, each, zone, said, name_of) for each in rang[:SHOWN])
    more = len(rang) - SHOWN
    older = f'<p class="older">and {more} older</p>' if more > 0 else ""
    nothing = '<p class="older">No notifications</p>' if not rang else ""
    return (
        f'<div class="phone" data-key="lock"><p class="lock-time">{hour(now)}</p>'
        f'<p class="lock-day">{now:%A, %B} {now.day}</p>'
        f'<ul aria-label="Notifications">{cards}</ul>{older}{nothing}</div>'
        f'<p class="quiet" data-key="what">{WHAT}</p>'
    )


def _card(
    workspace: Workspace,
    message: Message,
    zone: ZoneInfo,
    said: Callable[[datetime], str],
    name_of: Callable[[str], str],
) -> str:
    channel = workspace.channels[message.channel]
    place = APP_NAME if channel.is_im else f"{APP_NAME} in #{channel.name}"
    came = datetime.fromtimestamp(float(message.ts), zone)
    text = MENTION.sub(lambda found: f"@{name_of(found[2] or found[1])}", message.notified)
    text = unescape(text)
    cut = f"{text[: LONGEST - 1].rstrip()}…" if len(text) > LONGEST else text
    return (
        f'<li><p class="from"><strong>{escape(place)}</strong> <time '
        f'datetime="{came.isoformat()}">{said(came)}</time></p><p>{plain(cut)}</p></li>'
    )
