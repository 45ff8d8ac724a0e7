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
from collections.abc import Callable
from pathlib import Path

from bot.clock import utc_now
from bot.grants import change_role
from bot.library import Library
from bot.render import plain
from bot.sandbox.server import Sandbox
from bot.server import EVENTS_PATH, serving
from bot.settings import Settings
from storage.packs.reading import find_pack, read_pack
from storage.people import RoleName

ADMIN, COORDINATOR, MEMBER = "U0ADMIN", "U0COORD", "U0MEMBER"
CHANNEL = "C0GENERAL"


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
    with tempfile.TemporaryDirectory(prefix="htbot-demo-") as folder:
        bot_port = _free_port()
        sandbox = Sandbox(
            clock=utc_now, request_url=f"http://127.0.0.1:{bot_port}{EVENTS_PATH}" if http else None
        )
        await sandbox.start(port=0 if once else port)
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
                settings.database_url, pack=read_pack(find_pack(settings.pack)), clock=utc_now
            )
            try:
                async with serving(settings, library=library):
                    if not http:
                        await sandbox.connected()
                    change_role(
                        library,
                        user_id=COORDINATOR,
                        role=RoleName.COORDINATOR,
                        team_id=sandbox.team_id,
                        take=False,
                        now=utc_now(),
                    )
                    await _first_answer(sandbox, show=show, door="HTTP" if http else "Socket Mode")
                    if not once:
                        show(f"\nTry it yourself: {sandbox.page_url}   (Ctrl-C ends it)")
                        await _until_told_to_stop()
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
