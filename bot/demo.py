"""
`htbot demo`: the bot in a sandbox workspace, over real HTTP and WebSocket, with
nothing installed and nobody asked.
"""

import asyncio
import base64
import secrets
import signal
import socket
import tempfile
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from bot.clock import AheadClock, utc_now
from bot.demo_time import DemoTime
from bot.demo_week import CHANNEL, people_it, seed_week
from bot.library import Library
from bot.render import plain
from bot.sandbox.server import Sandbox
from bot.server import EVENTS_PATH, serving
from bot.settings import Settings
from storage.packs.reading import find_pack, read_pack

ADMIN, MEMBER = "U0ADMIN", "U0MEMBER"
STORY = (
    "Try it: as Mel Member type /ht register, and send the form.",
    "Then as Cora Coordinator, in Direct message, press Open and Approve; Mel's news is in his.",
    "Beside the time press Next message: reminders come, each at its own time.",
)


@dataclass(frozen=True, kw_only=True)
class Demo:
    """
    A workspace, and the bot in it.
    """

    sandbox: Sandbox
    library: Library
    time: DemoTime


async def demo(*, port: int, once: bool, http: bool, show: Callable[[str], None]) -> None:
    """
    Start a workspace and the bot in it, send "/ht hotline" through both, and
    *show* the answer, the time it took and the page's address.

    Args:
        port: of the page; 0 takes any.
        once: end after the answer, instead of at Ctrl-C.
        http: signed HTTP instead of Socket Mode.
    Raises:
        OSError: if *port* cannot be listened on.
    """
    async with running_demo(clock=AheadClock(), port=0 if once else port, http=http) as found:
        sandbox = found.sandbox
        await _first_answer(sandbox, show=show, door="HTTP" if http else "Socket Mode")
        if not once:
            show(f"\nThe page: {sandbox.page_url}   (Ctrl-C ends it)")
            for line in STORY:
                show(line)
            found.time.catch_up()
            await _until_told_to_stop()


@asynccontextmanager
async def running_demo(
    *, clock: AheadClock, port: int = 0, http: bool = False
) -> AsyncIterator[Demo]:
    """
    Yield a workspace with people and a believable week in it, and the bot answering.

    Raises:
        OSError: if *port* cannot be listened on.
    """
    with tempfile.TemporaryDirectory(prefix="htbot-demo-") as folder:
        bot_port = _free_port()
        sandbox = Sandbox(
            clock=clock,
            stamps=utc_now,
            request_url=f"http://127.0.0.1:{bot_port}{EVENTS_PATH}" if http else None,
        )
        await sandbox.start(port=port)
        try:
            settings = Settings(
                slack_bot_token=sandbox.bot_token,
                slack_app_token=None if http else sandbox.app_token,
                slack_signing_secret=sandbox.signing_secret,
                slack_api_url=sandbox.api_url,
                database_url=f"sqlite:///{Path(folder) / 'ht.db'}",
                secret_key=base64.urlsafe_b64encode(secrets.token_bytes(32)).decode(),
                port=bot_port,
                admins=frozenset({ADMIN}),
            )
            library = Library.open(
                settings.database_url,
                pack=read_pack(find_pack(settings.pack)),
                clock=clock,
                secret_key=settings.secret_key,
            )
            try:
                async with serving(settings, library=library, clock=clock) as bot:
                    if not http:
                        await sandbox.connected()
                    people_it(sandbox.workspace)
                    seed_week(library, team_id=sandbox.team_id, now=clock())
                    time = DemoTime(clock, bot=bot, workspace=sandbox.workspace)
                    sandbox.timekeeper = time
                    try:
                        yield Demo(sandbox=sandbox, library=library, time=time)
                    finally:
                        await time.end()
            finally:
                library.close()
        finally:
            await sandbox.stop()


async def _first_answer(sandbox: Sandbox, *, show: Callable[[str], None], door: str) -> None:
    outcome = await sandbox.command(MEMBER, "/ht", "hotline", channel=CHANNEL)
    message = outcome.message
    show("A member types /ht hotline. The bot answers:\n")
    show(plain(message.text))
    milliseconds = outcome.duration_seconds * 1000
    show(f"\nAnswered in {milliseconds:.1f} ms, by {door}, with a real Slack protocol between.")


async def _until_told_to_stop() -> None:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stop.set)
    await stop.wait()


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port: int = listener.getsockname()[1]
        return port
