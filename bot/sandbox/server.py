"""The sandbox: a Slack workspace in a box, over real HTTP and WebSocket."""

import ipaddress
from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime
from typing import Self

from aiohttp import web
from aiohttp.typedefs import Handler

from bot.sandbox import api
from bot.sandbox.acting import Acting
from bot.sandbox.blocks import Surface
from bot.sandbox.endpoints import Endpoints
from bot.sandbox.faults import Call, Drop, Fault
from bot.sandbox.outcome import Outcome
from bot.sandbox.page import Page
from bot.sandbox.page_clock import Timekeeper
from bot.sandbox.people import TEAM
from bot.sandbox.shortcuts import Shortcut, read_shortcuts
from bot.sandbox.signed import Signed
from bot.sandbox.socket import PATH, SocketMode
from bot.sandbox.workspace import Message, View, Workspace

ANSWER_SECONDS = 3.0
BODY_BYTES = 4 * 1024 * 1024


class Sandbox(Acting):
    """
    A Slack workspace with one app installed.

    Args:
        clock: what time it is, aware and UTC: the only clock the workspace reads.
        stamps: what signed requests are stamped with, if that clock is not the machine's: the
            bot compares them with the machine's.
        request_url: where the bot takes signed HTTP requests; None when it uses Socket Mode.
        scopes: what the app was granted.
        shortcuts: of the app; None takes them from the manifest.
        seconds: how long Slack waits for an acknowledgement.
    """

    def __init__(
        self,
        *,
        clock: Callable[[], datetime],
        stamps: Callable[[], datetime] | None = None,
        request_url: str | None = None,
        scopes: frozenset[str] = api.SCOPES,
        shortcuts: Sequence[Shortcut] | None = None,
        seconds: float = ANSWER_SECONDS,
        bot_token: str = "xoxb-sandbox",  # noqa: S107 - opens nothing but this sandbox
        app_token: str = "xapp-sandbox",  # noqa: S107
        signing_secret: str = "sandbox-signing-secret",  # noqa: S107
    ) -> None:
        workspace = Workspace(
            clock=clock, shortcuts=read_shortcuts() if shortcuts is None else shortcuts
        )
        super().__init__(
            workspace,
            socket=SocketMode(workspace.bell),
            signed=Signed(request_url, secret=signing_secret, clock=stamps or clock),
            seconds=seconds,
        )
        self.bot_token = bot_token
        self.app_token = app_token
        self.signing_secret = signing_secret
        self.team_id = TEAM
        self.timekeeper: Timekeeper | None = None  # of a clock that can be moved
        self.endpoints = Endpoints(
            self.workspace,
            bot_token=bot_token,
            app_token=app_token,
            scopes=scopes,
            connect=self._socket_url,
        )
        self._runner: web.AppRunner | None = None
        self._port = 0
        self._host = "127.0.0.1"

    # The server.

    async def __aenter__(self) -> Self:
        """Start on any free port."""
        await self.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        """Stop."""
        await self.stop()

    async def start(self, host: str = "127.0.0.1", port: int = 0) -> None:
        """
        Serve until `stop`.

        Raises:
            ValueError: if *host* is not this machine alone.
        """
        if not _is_loopback(host):
            raise ValueError(f"the sandbox serves this machine only, not {host}")
        application = web.Application(middlewares=[_loopback_only], client_max_size=BODY_BYTES)
        application.add_routes(self.endpoints.routes())
        application.add_routes(self.socket.routes())
        application.add_routes(Page(self).routes())
        application.on_shutdown.append(self._hang_up)
        self._runner = web.AppRunner(application, access_log=None, shutdown_timeout=1)
        await self._runner.setup()
        site = web.TCPSite(self._runner, host, port)
        await site.start()
        self._host, self._port = host, self._runner.addresses[0][1]

    async def stop(self) -> None:
        """Close every connection and stop serving."""
        await self.signed.close()
        if self._runner is not None:
            await self._runner.cleanup()
            self._runner = None

    async def _hang_up(self, _: web.Application) -> None:
        # After the door is shut: a client that is hung up on calls again at once.
        self.workspace.tick()
        self.workspace.bell.ring()
        await self.socket.drop()

    @property
    def base_url(self) -> str:
        """Return the address without a final slash."""
        host = f"[{self._host}]" if ":" in self._host else self._host
        return f"http://{host}:{self._port}"

    @property
    def api_url(self) -> str:
        """Return the base URL for a Web API client."""
        return f"{self.base_url}/api/"

    @property
    def page_url(self) -> str:
        """Return the address of the page for people."""
        return f"{self.base_url}/"

    def _socket_url(self) -> str:
        base = self.base_url.replace("http://", "ws://", 1)
        return f"{base}{PATH}?ticket={self.socket.ticket()}"

    # What tests watch and break.

    @property
    def calls(self) -> list[Call]:
        """Return every request the bot made, oldest first; response addresses too."""
        return self.endpoints.calls

    def calls_of(self, method: str) -> list[Call]:
        """Return the requests of one *method*, or of ``response_url``."""
        return [call for call in self.calls if call.method == method]

    def forget_data_blocks(self) -> None:
        """Be a workspace that does not know tables and charts: refuse them all from now on."""
        self.workspace.data_blocks = False

    def fail_next(
        self,
        method: str,
        *,
        error: str | None = None,
        status: int | None = None,
        retry_after: int | None = None,
        delay: float | None = None,
        drop: Drop | None = None,
    ) -> None:
        """
        Let the next call of *method* fail; called twice, the next two.

        Args:
            method: a Web API method, ``response_url``, or ``upload`` for a file's bytes.
            error: Slack's code, in an otherwise ordinary answer.
            status: an HTTP status, with a body that is no JSON.
            retry_after: seconds, with 429 `ratelimited`.
            delay: seconds to wait first; alone, the call then succeeds.
            drop: cut the connection before or after the call takes effect.
        """
        fault = Fault(error=error, status=status, retry_after=retry_after, delay=delay, drop=drop)
        self.endpoints.faults.add(method, fault)

    async def connected(self, timeout: float = 5) -> None:  # noqa: ASYNC109
        """Wait until a Socket Mode client is connected."""
        await self.workspace.bell.wait_for(lambda: self.socket.live or None, seconds=timeout)

    async def wait_for_message(
        self,
        person: str,
        *,
        after: int | Outcome | Message = 0,
        channel: str | None = None,
        timeout: float = 5,  # noqa: ASYNC109
    ) -> Message:
        """
        Return the first message *person* sees, new or changed, after *after*.

        Args:
            after: a sequence, a message, or an outcome: then what came after its acknowledgement.
        Raises:
            TimeoutError: if none comes.
        """

        def look() -> Message | None:
            seen = self.workspace.visible(person, channel=channel, after=_sequence(after))
            return min(seen, key=lambda message: message.sequence, default=None)

        return await self.workspace.bell.wait_for(look, seconds=timeout)

    async def wait_for_answer(self, outcome: Outcome, *, count: int = 1) -> Message:
        """Return the newest message of *outcome* as soon as it has *count* of them."""
        return await self.workspace.bell.wait_for(
            lambda: outcome.message if len(outcome.messages) >= count else None, seconds=5
        )

    async def wait_for_view(
        self,
        person: str,
        *,
        after: int | Outcome | View = 0,
        kind: Surface = "modal",
        timeout: float = 5,  # noqa: ASYNC109
    ) -> View:
        """Return *person*'s top modal, or Home, once it opened or changed after *after*."""
        sequence = after.after if isinstance(after, Outcome) else _sequence(after)

        def look() -> View | None:
            view = self.home(person) if kind == "home" else self.modal(person)
            return view if view is not None and view.sequence > sequence else None

        return await self.workspace.bell.wait_for(look, seconds=timeout)

    async def wait_for_call(self, method: str, *, count: int = 1) -> Call:
        """Return the latest request of *method* as soon as there are *count* of them."""
        return await self.workspace.bell.wait_for(
            lambda: calls[-1] if len(calls := self.calls_of(method)) >= count else None, seconds=5
        )


def _sequence(after: int | Outcome | Message | View) -> int:
    if isinstance(after, Outcome):
        return after.until
    return after if isinstance(after, int) else after.sequence


def _is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False


@web.middleware
async def _loopback_only(request: web.Request, handler: Handler) -> web.StreamResponse:
    # A page elsewhere can point a name of its own at 127.0.0.1; its name gives it away.
    host = request.headers.get("Host", "")
    name = host.rsplit(":", 1)[0] if not host.endswith("]") else host
    if not _is_loopback(name):
        raise web.HTTPForbidden(text="The sandbox answers to this machine's own names only.")
    answer: Awaitable[web.StreamResponse] = handler(request)
    return await answer
