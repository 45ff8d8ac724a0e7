"""
The process: one of Slack's two doors open, the clock ticking, until told to stop.
"""

import asyncio
import logging
import re
import signal
import socket
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager, nullcontext
from typing import Any, TypeAlias
from urllib.parse import parse_qsl

import uvicorn
from slack_bolt.async_app import AsyncApp
from slack_bolt.request.async_request import AsyncBoltRequest

from bot.app import Bot, make_bot
from bot.clock import Clock, utc_now
from bot.feeds import FEEDS_PATH, Feed
from bot.library import Library
from bot.operations import JSON, METRICS, metrics, page
from bot.scheduler import ticking
from bot.settings import Settings
from bot.socket_mode import DRAIN_SECONDS, socket_mode

log = logging.getLogger(__name__)

LEAVE_SECONDS = 2.0  # in which what stands before it looks at /servingz
OWN = "127.0.0.1"  # metrics are for this machine alone
EVENTS_PATH = "/slack/events"
FORM = "application/x-www-form-urlencoded"
NOT_FOUND = '{"error": "not found"}'
LARGEST_BODY = 1_000_000  # bytes; Slack's own are far smaller
SIGNED = {
    b"x-slack-request-timestamp": re.compile(rb"[0-9]{1,12}"),
    b"x-slack-signature": re.compile(rb"v0=[0-9a-f]{64}"),
}

Scope: TypeAlias = dict[str, Any]
Receive: TypeAlias = Callable[[], Awaitable[dict[str, Any]]]
Send: TypeAlias = Callable[[dict[str, Any]], Awaitable[None]]


async def run(
    settings: Settings, *, library: Library, leave_seconds: float = LEAVE_SECONDS
) -> None:
    """
    Serve until SIGINT or SIGTERM, then finish what is under way.

    Args:
        leave_seconds: how long it goes on answering HTTP after it was told to stop.
    Raises:
        ListenError: if the port is taken or not ours to take.
        WrongWorkspaceError: if the database belongs to another workspace.
    """
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stop.set)
    try:
        async with serving(settings, library=library, stop=stop.set) as bot:
            await stop.wait()
            log.info("stopping")
            if settings.slack_app_token is None and not bot.refused:
                await leave(bot, seconds=leave_seconds)
        if bot.refused:
            raise bot.refused
    finally:
        for number in (signal.SIGINT, signal.SIGTERM):
            loop.remove_signal_handler(number)


async def leave(bot: Bot, *, seconds: float) -> None:
    """
    Say by /servingz that others are to be asked from now on, and go on answering for a while:
    a request that waits at a port when it is closed is answered by nobody.
    """
    bot.pulse.heard = False
    await asyncio.sleep(seconds)


@asynccontextmanager
async def serving(
    settings: Settings,
    *,
    library: Library,
    clock: Clock = utc_now,
    stop: Callable[[], None] = lambda: None,
) -> AsyncIterator[Bot]:
    """
    Yield the bot while it answers: in Socket Mode if there is an app token, else
    over HTTP.

    Args:
        stop: called when the bot must not go on.
    """
    async with make_bot(settings, library=library, clock=clock, stop=stop) as bot:
        door = socket_mode(bot) if settings.slack_app_token else http(bot)
        port = settings.metrics_port
        own = _served(operations(bot), OWN, port) if port else nullcontext()
        ticks = ticking(bot.tick, seconds=settings.tick_seconds)
        async with bot.library.watched(), ticks, own, door:
            yield bot


class _Server(uvicorn.Server):
    """
    Leaves signals to `run`, and says when it listens.
    """

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.listening = asyncio.Event()

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self.listening.set()


@asynccontextmanager
async def http(bot: Bot) -> AsyncIterator[None]:
    """
    Listen for Slack's signed requests.

    Raises:
        ListenError: if the port is taken or not ours to take.
    """
    async with _served(asgi(bot), bot.settings.host, bot.settings.port):
        log.info("listening for HTTP on port %d", bot.settings.port)
        bot.pulse.heard = True
        try:
            yield
        finally:
            bot.pulse.heard = False


@asynccontextmanager
async def _served(
    door: Callable[[Scope, Receive, Send], Awaitable[None]], host: str, port: int
) -> AsyncIterator[None]:
    config = uvicorn.Config(
        door,
        access_log=False,
        log_config=None,
        lifespan="off",
        ws="none",
        server_header=False,
        timeout_graceful_shutdown=DRAIN_SECONDS,
    )
    server = _Server(config)
    with _listening(host, port) as listener:
        task = asyncio.create_task(server.serve(sockets=[listener]))
        try:
            await server.listening.wait()
            yield
        finally:
            server.should_exit = True
            await task


def _listening(host: str, port: int) -> socket.socket:
    try:
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        listening = socket.create_server((host, port), family=family)
    except OSError as error:
        raise ListenError(port) from error
    # What is accepted here inherits it. An answer goes out in two parts, and the second
    # would wait 40 ms for a word that the first had come.
    listening.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return listening


class ListenError(Exception):
    """
    The port cannot be listened on.
    """

    def __init__(self, port: int) -> None:
        super().__init__("HT_HOST and HT_PORT cannot be listened on: is the port taken?")
        self.port = port


def operations(bot: Bot) -> Callable[[Scope, Receive, Send], Awaitable[None]]:
    """
    Return the door for whoever operates the bot: health and metrics, everything else 404.
    """

    async def door(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return
        found = None
        if scope["method"] in {"GET", "HEAD"}:
            is_metrics = scope["path"] == METRICS
            found = await (metrics(bot) if is_metrics else page(bot, scope["path"]))
        status, kind, body = found or (404, JSON, NOT_FOUND.encode())
        await _send(send, status, body, kind=kind)

    return door


def asgi(bot: Bot) -> Callable[[Scope, Receive, Send], Awaitable[None]]:
    """
    Return the HTTP door: /slack/events, /healthz, /readyz, /servingz and /calendar/…, everything else 404.
    """

    async def door(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return
        if scope["method"] in {"GET", "HEAD"} and (found := await page(bot, scope["path"])):
            status, kind, body = found
            await _send(send, status, body, kind=kind)
        elif scope["path"].startswith(FEEDS_PATH) and scope["method"] in {"GET", "HEAD"}:
            await _feed(bot, scope, send)
        elif scope["path"] == EVENTS_PATH and scope["method"] == "POST":
            if not _well_signed(scope):
                await _send(send, 401, '{"error": "invalid request"}')
                return
            body_bytes = await _body(receive)
            if body_bytes is None:
                await _send(send, 413, '{"error": "too large"}')
                return
            await _slack(bot.bolt, scope, body_bytes, send)
        else:
            await _send(send, 404, NOT_FOUND)

    return door


async def _feed(bot: Bot, scope: Scope, send: Send) -> None:
    """
    Answer a calendar program. What it asks for is a secret: it is in no log, and whatever
    is not there is answered alike.
    """
    asked = dict(scope["headers"]).get(b"if-none-match", b"").decode("latin-1")
    try:
        found = await bot.feeds.answer(scope["path"].removeprefix(FEEDS_PATH), seen=asked)
    except Exception:
        log.exception("a calendar failed")  # where, and none of its words
        found = Feed(status=503)
    if found.status == 404:
        await _send(send, 404, NOT_FOUND)
        return
    headers = [(name.encode(), value.encode()) for name, value in found.headers]
    if found.status != 304:
        headers.append((b"content-length", str(len(found.body)).encode()))
    body = found.body if scope["method"] == "GET" else b""
    await send({"type": "http.response.start", "status": found.status, "headers": headers})
    await send({"type": "http.response.body", "body": body})


async def _slack(bolt: AsyncApp, scope: Scope, body: bytes, send: Send) -> None:
    """
    Have Bolt answer a request, and send what it answers.
    """
    try:
        request = AsyncBoltRequest(
            body=body.decode(),
            query=scope["query_string"].decode("latin-1"),
            headers={
                name.decode("latin-1"): value.decode("latin-1") for name, value in scope["headers"]
            },
        )
        if not request.body and request.content_type == FORM:
            # Bolt takes any form with the word "payload" in it for an interaction.
            typed = dict(parse_qsl(request.raw_body, keep_blank_values=True))
            request.body = {} if "payload" in typed else typed
        answer = await bolt.async_dispatch(request)
    except Exception as error:  # noqa: BLE001 - the edge: Bolt cannot read what is no Slack request
        log.warning("a request could not be read: %s", type(error).__name__)
        await _send(send, 400, '{"error": "not a request of Slack\'s"}')
        return
    content = answer.body.encode()
    headers = [
        (name.encode(), value.encode()) for name, some in answer.headers.items() for value in some
    ]
    headers.append((b"content-length", b"%d" % len(content)))
    await send({"type": "http.response.start", "status": answer.status, "headers": headers})
    await send({"type": "http.response.body", "body": content})


def _well_signed(scope: Scope) -> bool:
    """
    Say whether the signature has the form of one. Bolt, which checks it, fails on
    any other form with an error of its own, and that is answered like a crash.
    """
    return all(SIGNED[name].fullmatch(value) for name, value in scope["headers"] if name in SIGNED)


async def _body(receive: Receive) -> bytes | None:
    """
    Return the whole body, or None if it is too large to be Slack's.
    """
    chunks, size = [], 0
    while True:
        event = await receive()
        chunks.append(event.get("body", b""))
        size += len(chunks[-1])
        if size > LARGEST_BODY:
            return None
        if not event.get("more_body"):
            return b"".join(chunks)


async def _send(send: Send, status: int, body: str | bytes, *, kind: str = JSON) -> None:
    content = body.encode() if isinstance(body, str) else body
    headers = [
        (b"content-type", kind.encode()),
        (b"content-length", str(len(content)).encode()),
        (b"cache-control", b"no-store"),
    ]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": content})
