"""
A bot in a sandbox workspace, behind either of Slack's doors: for tests of whole stories.
"""

import socket
import sqlite3
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager, closing, contextmanager
from dataclasses import dataclass
from typing import Any

from bot.app import Bot, make_bot
from bot.clock import Clock, utc_now
from bot.hiding import HIDE
from bot.library import Library
from bot.sandbox.server import Sandbox
from bot.sandbox.workspace import Message, View
from bot.server import EVENTS_PATH, http
from bot.settings import Settings
from bot.socket_mode import socket_mode
from commands.contract import Command
from commands.registry import COMMANDS

DOORS = ("socket", "http")
KEY = "A" * 43 + "="


@dataclass(frozen=True, kw_only=True)
class Place:
    """
    A workspace and the bot in it.
    """

    sandbox: Sandbox
    bot: Bot
    address: str  # of the bot, in HTTP mode


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return int(listener.getsockname()[1])


def settings_for(sandbox: Sandbox, *, door: str, port: int = 1, **changes: Any) -> Settings:
    values: dict[str, Any] = {
        "slack_bot_token": sandbox.bot_token,
        "slack_app_token": sandbox.app_token if door == "socket" else None,
        "slack_signing_secret": sandbox.signing_secret,
        "slack_api_url": sandbox.api_url,
        "send_rate": 50.0,  # tests of the pace itself set their own
        "database_url": "sqlite:///unused",
        "secret_key": KEY,
        "port": port,
        "admins": frozenset({"U0ADMIN"}),
        "asks_per_minute": 0.0,
    }
    return Settings(**values | changes)


@asynccontextmanager
async def workspace(seconds: float = 3.0) -> AsyncIterator[Sandbox]:
    async with Sandbox(clock=utc_now, seconds=seconds) as sandbox:
        yield sandbox


@asynccontextmanager
async def bot_behind(
    door: str,
    sandbox: Sandbox,
    library: Library,
    *,
    commands: Sequence[Command] = COMMANDS,
    clock: Clock = utc_now,
    **changes: Any,
) -> AsyncIterator[Place]:
    """
    Yield the bot while it answers behind *door*. Its clock does not tick by itself.

    Args:
        changes: of its settings.
    """
    port = free_port()
    settings = settings_for(sandbox, door=door, port=port, **changes)
    address = f"http://127.0.0.1:{port}"
    async with (
        make_bot(settings, library=library, commands=commands, clock=clock) as bot,
        library.watched(),
    ):
        if door == "socket":
            async with socket_mode(bot):
                await sandbox.connected()
                yield Place(sandbox=sandbox, bot=bot, address="")
        else:
            sandbox.signed.url = address + EVENTS_PATH
            async with http(bot):
                yield Place(sandbox=sandbox, bot=bot, address=address)


@asynccontextmanager
async def place(
    door: str,
    library: Library,
    *,
    commands: Sequence[Command] = COMMANDS,
    seconds: float = 3.0,
    **changes: Any,
) -> AsyncIterator[Place]:
    async with (
        workspace(seconds) as sandbox,
        bot_behind(door, sandbox, library, commands=commands, **changes) as found,
    ):
        yield found


def shown(what: Message | View) -> Any:
    """
    Return what a person sees of it, without the ids that Slack makes up.
    """
    blocks = [{key: each[key] for key in each if key != "block_id"} for each in what.blocks]
    if isinstance(what, Message):
        return {"text": what.text, "blocks": blocks, "to": what.to}
    return {"type": what.type, "blocks": blocks}


def buttons(what: Message | View) -> dict[str, str]:
    """
    Return its buttons: label -> value; but for the one that hides it, which is no answer's own.
    """
    elements = [
        element
        for block in what.blocks
        for element in [*block.get("elements", ()), block.get("accessory") or {}]
        if element.get("type") == "button" and element["action_id"] != HIDE
    ]
    return {element["text"]["text"]: element["value"] for element in elements}


@contextmanager
def write_locked(url: str) -> Iterator[None]:
    """
    Let another process's connection hold SQLite's write lock.
    """
    path = url.removeprefix("sqlite:///")
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        yield
        other.execute("ROLLBACK")
