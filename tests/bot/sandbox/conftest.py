"""A running sandbox, a clock that tests turn, and a real client of the Web API."""

from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import UTC, datetime, timedelta

import aiohttp
import pytest
from aiohttp import web
from slack_sdk.socket_mode.aiohttp import SocketModeClient
from slack_sdk.socket_mode.request import SocketModeRequest
from slack_sdk.socket_mode.response import SocketModeResponse
from slack_sdk.web.async_client import AsyncWebClient

from bot.sandbox.server import Sandbox


class Clock:
    """Stands still until a test moves it."""

    def __init__(self) -> None:
        self.now = datetime(2026, 11, 3, 17, 0, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now

    def advance(self, **by: float) -> None:
        self.now += timedelta(**by)


class RequestUrl:
    """A bot in HTTP mode that answers every request alike and remembers it."""

    def __init__(self) -> None:
        self.requests: list[tuple[dict[str, str], bytes]] = []
        self.answer: dict[str, object] = {}
        self.status = 200
        self.url = ""

    async def take(self, request: web.Request) -> web.Response:
        self.requests.append((dict(request.headers), await request.read()))
        return web.json_response(self.answer, status=self.status)


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
async def sandbox(clock) -> AsyncIterator[Sandbox]:
    async with Sandbox(clock=clock) as sandbox:
        yield sandbox


@pytest.fixture
async def client(sandbox) -> AsyncWebClient:
    return AsyncWebClient(token=sandbox.bot_token, base_url=sandbox.api_url, retry_handlers=[])


@pytest.fixture
async def http() -> AsyncIterator[aiohttp.ClientSession]:
    async with aiohttp.ClientSession() as session:
        yield session


@pytest.fixture
async def request_url() -> AsyncIterator[RequestUrl]:
    bot = RequestUrl()
    application = web.Application()
    application.add_routes([web.post("/slack/events", bot.take)])
    runner = web.AppRunner(application, access_log=None, shutdown_timeout=1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    bot.url = f"http://127.0.0.1:{runner.addresses[0][1]}/slack/events"
    yield bot
    await runner.cleanup()


@pytest.fixture
async def http_sandbox(clock, request_url) -> AsyncIterator[Sandbox]:
    """A sandbox whose bot takes signed HTTP requests."""
    async with Sandbox(clock=clock, request_url=request_url.url) as sandbox:
        yield sandbox


Listener = Callable[[SocketModeRequest], Awaitable[object]]


@pytest.fixture
async def connect(sandbox) -> AsyncIterator[Callable[[Listener], Awaitable[SocketModeClient]]]:
    """Connects slack-sdk's own client, which acknowledges with what the listener returns."""
    clients = []

    async def connect(listener: Listener) -> SocketModeClient:
        web_client = AsyncWebClient(base_url=sandbox.api_url)
        client = SocketModeClient(app_token=sandbox.app_token, web_client=web_client)

        async def take(_: object, request: SocketModeRequest) -> None:
            payload = await listener(request)
            if payload is not None:
                response = SocketModeResponse(envelope_id=request.envelope_id, payload=payload)
                await client.send_socket_mode_response(response)

        client.socket_mode_request_listeners.append(take)
        clients.append(client)
        await client.connect()
        await sandbox.connected()
        return client

    yield connect
    for client in clients:
        await client.close()
