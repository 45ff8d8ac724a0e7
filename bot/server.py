"""
The process: one of Slack's two doors open, the clock ticking, until told to stop.
"""

import asyncio
import json
import logging
import re
import signal
import socket
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress
from typing import Any, TypeAlias

import uvicorn
from slack_bolt.adapter.asgi.async_handler import AsyncSlackRequestHandler
from slack_bolt.adapter.socket_mode.async_internals import run_async_bolt_app, send_async_response
from slack_sdk.socket_mode.aiohttp import SocketModeClient
from slack_sdk.socket_mode.async_client import AsyncBaseSocketModeClient
from slack_sdk.socket_mode.request import SocketModeRequest

from bot.app import Bot, make_bot
from bot.feeds import FEEDS_PATH, Feed
from bot.identity import SLACK_TROUBLE, reason
from bot.library import Library
from bot.scheduler import make_scheduler
from bot.settings import Settings

log = logging.getLogger(__name__)

EVENTS_PATH = "/slack/events"
HEALTH_PATH = "/healthz"
NOT_FOUND = '{"error": "not found"}'
LARGEST_BODY = 1_000_000  # bytes; Slack's own are far smaller
SIGNED = {
    b"x-slack-request-timestamp": re.compile(rb"[0-9]{1,12}"),
    b"x-slack-signature": re.compile(rb"v0=[0-9a-f]{64}"),
}
DRAIN_SECONDS = 5
WATCH_SECONDS = 15

Scope: TypeAlias = dict[str, Any]
Receive: TypeAlias = Callable[[], Awaitable[dict[str, Any]]]
Send: TypeAlias = Callable[[dict[str, Any]], Awaitable[None]]


async def run(settings: Settings, *, library: Library) -> None:
    """
    Serve until SIGINT or SIGTERM, then finish what is under way.

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
        if bot.refused:
            raise bot.refused
    finally:
        for number in (signal.SIGINT, signal.SIGTERM):
            loop.remove_signal_handler(number)


@asynccontextmanager
async def serving(
    settings: Settings, *, library: Library, stop: Callable[[], None] = lambda: None
) -> AsyncIterator[Bot]:
    """
    Yield the bot while it answers: in Socket Mode if there is an app token, else
    over HTTP.

    Args:
        stop: called when the bot must not go on.
    """
    async with make_bot(settings, library=library, stop=stop) as bot:
        scheduler = make_scheduler(bot.tick, seconds=settings.tick_seconds)
        scheduler.start()
        try:
            door = socket_mode(bot) if settings.slack_app_token else http(bot)
            async with door:
                yield bot
        finally:
            scheduler.shutdown(wait=False)


class _SocketClient(SocketModeClient):
    async def issue_new_wss_url(self) -> str:
        try:
            return await super().issue_new_wss_url()
        except SLACK_TROUBLE as error:  # the client tries again, and again
            log.warning("Slack opens no connection: %s", reason(error))
            raise


@asynccontextmanager
async def socket_mode(bot: Bot) -> AsyncIterator[None]:
    """
    Answer over a connection to Slack, made as soon as Slack can be reached.
    """
    client = _SocketClient(
        bot.settings.slack_app_token or "",
        logger=bot.bolt.logger,
        web_client=bot.client,
        ping_interval=10,
    )
    client.proxy = bot.client.proxy
    under_way: set[asyncio.Task[Any]] = set()

    async def answer(client: AsyncBaseSocketModeClient, request: SocketModeRequest) -> None:
        task = asyncio.current_task()
        assert task is not None  # noqa: S101 - a coroutine runs in a task
        under_way.add(task)
        try:
            response = await run_async_bolt_app(bot.bolt, request)
            await send_async_response(client, request, response, bot.clock().timestamp())
        except ConnectionError as error:  # cut off between the question and the answer
            log.warning("an answer could not be sent: %s", type(error).__name__)
        finally:
            under_way.discard(task)

    client.socket_mode_request_listeners.append(answer)
    keeping = asyncio.create_task(_keep_connected(client))
    try:
        yield
        with suppress(TimeoutError):
            async with asyncio.timeout(DRAIN_SECONDS):
                while under_way:
                    await asyncio.wait(set(under_way))
    finally:
        for task in (keeping, *under_way):
            task.cancel()
        await asyncio.gather(keeping, *under_way, return_exceptions=True)
        await client.close()  # type: ignore[no-untyped-call]


async def _keep_connected(client: SocketModeClient) -> None:
    await client.connect()  # type: ignore[no-untyped-call]
    log.info("listening in Socket Mode")
    while True:
        await asyncio.sleep(WATCH_SECONDS)
        if not await client.is_connected():
            # Its ticket is good for one connection, and the client would knock
            # with the same one for ever.
            client.wss_uri = None


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
    config = uvicorn.Config(
        asgi(bot),
        access_log=False,
        log_config=None,
        lifespan="off",
        ws="none",
        server_header=False,
        timeout_graceful_shutdown=DRAIN_SECONDS,
    )
    server = _Server(config)
    with _listening(bot.settings.host, bot.settings.port) as listener:
        task = asyncio.create_task(server.serve(sockets=[listener]))
        try:
            await server.listening.wait()
            log.info("listening for HTTP on port %d", bot.settings.port)
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


def asgi(bot: Bot) -> Callable[[Scope, Receive, Send], Awaitable[None]]:
    """
    Return the HTTP door: /slack/events, /healthz and /calendar/…, everything else 404.
    """
    slack = AsyncSlackRequestHandler(bot.bolt, path=EVENTS_PATH)

    async def door(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return
        if scope["path"] == HEALTH_PATH and scope["method"] in {"GET", "HEAD"}:
            _ = bot.library.memory  # looks at the database's file
            trouble = bot.library.trouble
            body = {"ok": trouble is None, "database": trouble or "ok", "slack": bot.connected}
            await _send(send, 200 if trouble is None else 503, json.dumps(body))
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
            await _slack(slack, scope, body_bytes, send)
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


async def _slack(slack: Any, scope: Scope, body: bytes, send: Send) -> None:
    started = False

    async def receive_whole() -> dict[str, Any]:
        return {"type": "http.request", "body": body, "more_body": False}

    async def send_noted(event: dict[str, Any]) -> None:
        nonlocal started
        started = True
        await send(event)

    try:
        await slack(scope, receive_whole, send_noted)
    except Exception as error:  # noqa: BLE001 - the edge: Bolt cannot read what is no Slack request
        log.warning("a request could not be read: %s", type(error).__name__)
        if not started:
            await _send(send, 400, '{"error": "not a request of Slack\'s"}')


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


async def _send(send: Send, status: int, body: str) -> None:
    content = body.encode()
    headers = [
        (b"content-type", b"application/json"),
        (b"content-length", str(len(content)).encode()),
        (b"cache-control", b"no-store"),
    ]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": content})
