"""
What the bot is measured beside: a bare stock Bolt app, the fastest bare Bolt app, a floor; and
the first two in Socket Mode, where there is an app token.
"""

import asyncio
import hashlib
import hmac
import json
import os
import sys

import uvicorn
import uvloop
from slack_bolt.adapter.asgi.async_handler import AsyncSlackRequestHandler
from slack_bolt.adapter.socket_mode.aiohttp import AsyncSocketModeHandler
from slack_bolt.async_app import AsyncApp
from slack_sdk.web.async_client import AsyncWebClient

from bot.server import EVENTS_PATH

ANSWER = {"response_type": "ephemeral", "text": "Hello."}


def bolt(*, process_before_response: bool) -> AsyncApp:
    app = AsyncApp(
        client=AsyncWebClient(
            token=os.environ["SLACK_BOT_TOKEN"], base_url=os.environ["SLACK_API_URL"]
        ),
        signing_secret=os.environ["SLACK_SIGNING_SECRET"],
        process_before_response=process_before_response,
    )

    @app.command("/ht")
    async def answer(ack):
        await ack(ANSWER)

    return app


async def floor(scope, receive, send):
    """
    Check the signature and answer a constant.
    """
    event = await receive()
    body = event["body"]
    while event.get("more_body"):
        event = await receive()
        body += event["body"]
    headers = dict(scope["headers"])
    signed = b"v0:%s:%s" % (headers[b"x-slack-request-timestamp"], body)
    key = os.environ["SLACK_SIGNING_SECRET"].encode()
    digest = hmac.new(key, signed, hashlib.sha256).hexdigest()
    right = hmac.compare_digest(f"v0={digest}".encode(), headers[b"x-slack-signature"])
    answer = json.dumps(ANSWER).encode()
    kept = [(b"content-type", b"application/json"), (b"content-length", b"%d" % len(answer))]
    await send(
        {"type": "http.response.start", "status": 200 if right else 401, "headers": kept},
    )
    await send({"type": "http.response.body", "body": answer})


async def connected(kind: str) -> None:
    """
    Answer over a WebSocket, for ever.
    """
    handler = AsyncSocketModeHandler(
        bolt(process_before_response=kind == "fastest"), os.environ["SLACK_APP_TOKEN"]
    )
    await handler.start_async()


def main(kind: str, port: int) -> None:
    if "SLACK_APP_TOKEN" in os.environ:
        fast = uvloop.new_event_loop if kind == "fastest" else None
        with asyncio.Runner(loop_factory=fast) as runner:
            runner.run(connected(kind))
        return
    if kind == "stock":
        bolt(process_before_response=False).start(port, path=EVENTS_PATH)
        return
    app = floor
    if kind == "fastest":
        app = AsyncSlackRequestHandler(bolt(process_before_response=True), path=EVENTS_PATH)
    uvicorn.run(app, port=port, access_log=False, log_config=None, lifespan="off")


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))
