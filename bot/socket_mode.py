"""
Socket Mode: a connection to Slack that is watched, and that ends without losing a word.
"""

import asyncio
import json
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from typing import Any

import aiohttp
from slack_bolt.adapter.socket_mode.async_internals import run_async_bolt_app, send_async_response
from slack_bolt.response import BoltResponse
from slack_sdk.socket_mode.aiohttp import SocketModeClient
from slack_sdk.socket_mode.async_client import AsyncBaseSocketModeClient
from slack_sdk.socket_mode.request import SocketModeRequest
from slack_sdk.webhook.async_client import AsyncWebhookClient

from bot.app import Bot
from bot.health import Pulse
from bot.identity import SLACK_TROUBLE, reason

log = logging.getLogger(__name__)

DRAIN_SECONDS = 5
WATCH_SECONDS = 15
PATIENCE = 2  # looks
TURNS = 3
QUIET_SECONDS = 3.0  # Slack waits no longer for an answer
GOODBYE_SECONDS = 2.0  # for Slack to say so too
NORMAL = (1000).to_bytes(2, "big")  # RFC 6455: it was done with


class _SocketClient(SocketModeClient):
    """
    Attributes:
        leaving: it said goodbye: whatever it sends now is heard by nobody (RFC 6455, 5.5.1).
    """

    leaving = False

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

    async def answer(_: AsyncBaseSocketModeClient, request: SocketModeRequest) -> None:
        task = asyncio.current_task()
        assert task is not None  # noqa: S101 - a coroutine runs in a task
        under_way.add(task)
        try:
            response = await run_async_bolt_app(bot.bolt, request)
            # It may also be cut off between the question and the answer.
            with suppress(ConnectionError):
                if not client.leaving:
                    await send_async_response(client, request, response, bot.clock().timestamp())
                    return
            await _answer_late(bot, request, response)
        finally:
            under_way.discard(task)

    client.socket_mode_request_listeners.append(answer)
    keeping = asyncio.create_task(_keep_connected(client, bot.pulse))
    try:
        yield
        keeping.cancel()  # nothing reconnects any more
        with suppress(TimeoutError):
            async with asyncio.timeout(QUIET_SECONDS):  # where more is asked all the time
                await _all_answered(client, under_way)
        with suppress(TimeoutError):
            async with asyncio.timeout(DRAIN_SECONDS):
                await _say_goodbye(client)
                await _all_answered(client, under_way)
    finally:
        bot.pulse.heard = False
        for task in (keeping, *under_way):
            task.cancel()
        await asyncio.gather(keeping, *under_way, return_exceptions=True)
        await client.close()  # type: ignore[no-untyped-call]


async def _all_answered(client: SocketModeClient, under_way: set[asyncio.Task[Any]]) -> None:
    """
    Wait until nothing is under way, and nothing waits to be.
    """
    quiet = 0  # turns of the loop: what was taken from the queue begins at the next
    while quiet < TURNS:
        if under_way:
            await asyncio.wait(set(under_way))
        quiet = 0 if under_way or not client.message_queue.empty() else quiet + 1
        await asyncio.sleep(0)


async def _say_goodbye(client: _SocketClient) -> None:
    """
    Tell Slack to send nothing more down this connection, and wait until it says so too: what
    it had sent by then is taken all the same.
    """
    client.auto_reconnect_enabled = False
    session = client.current_session
    if session is None or session.closed:
        return
    gone = asyncio.Event()

    async def note(_: aiohttp.WSMessage) -> None:
        gone.set()

    client.on_close_listeners.append(note)
    with suppress(ConnectionError, TimeoutError):
        client.leaving = True
        await session.send_frame(NORMAL, aiohttp.WSMsgType.CLOSE)
        async with asyncio.timeout(GOODBYE_SECONDS):
            await gone.wait()


async def _answer_late(bot: Bot, request: SocketModeRequest, response: BoltResponse) -> None:
    """
    Answer at the address that came with the question, which Slack takes for half an hour:
    the connection it came by is closed.
    """
    address = request.payload.get("response_url")
    if not address or not response.body:
        log.warning("an answer could not be sent: its connection is closed")
        return
    said = json.loads(response.body) if response.body.startswith("{") else {"text": response.body}
    webhook = AsyncWebhookClient(
        address, timeout=DRAIN_SECONDS, session=bot.client.session, retry_handlers=[]
    )
    webhook.proxy = bot.client.proxy
    try:
        await webhook.send_dict({"response_type": "ephemeral", **said})
    except SLACK_TROUBLE as error:
        log.warning("an answer could not be sent: %s", reason(error))


async def _keep_connected(client: SocketModeClient, pulse: Pulse) -> None:
    await client.connect()  # type: ignore[no-untyped-call]
    log.info("listening in Socket Mode")
    pulse.heard = True
    lost = 0  # looks in a row at a connection that was none
    while True:
        await asyncio.sleep(WATCH_SECONDS)
        pulse.heard = await client.is_connected()
        if pulse.heard:
            lost = 0
            continue
        lost += 1
        # Its ticket is good for one connection, and the client would knock
        # with the same one for ever.
        client.wss_uri = None
        if lost >= PATIENCE:  # the client's own watch should have noticed long ago
            log.warning("no connection to Slack for %d s", lost * WATCH_SECONDS)
            with suppress(*SLACK_TROUBLE):  # it does nothing while the client is at it itself
                await client.connect_to_new_endpoint()
