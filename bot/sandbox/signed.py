"""HTTP mode: requests to the bot, signed as Slack signs them, or deliberately not."""

import asyncio
import hashlib
import hmac
import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import urlencode

import aiohttp

FORM = "application/x-www-form-urlencoded"
JSON = "application/json"


@dataclass(frozen=True, kw_only=True)
class Sent:
    """A request as it went out."""

    headers: dict[str, str]
    body: bytes


@dataclass(frozen=True, kw_only=True)
class Answer:
    """What the bot answered."""

    status: int
    content_type: str
    body: bytes

    def payload(self) -> Any:
        """Return the body as Slack understands it: JSON, or a text message, or None."""
        if not self.body.strip():
            return None
        if self.content_type == JSON:
            return json.loads(self.body)
        return {"text": self.body.decode()}


def form(payload: dict[str, Any]) -> bytes:
    """Return the body of a slash command."""
    return urlencode(payload).encode()


def interaction(payload: dict[str, Any]) -> bytes:
    """Return the body of an interaction: JSON in the one field of a form."""
    return urlencode({"payload": json.dumps(payload)}).encode()


class Signed:
    """
    Posts to the bot's request URL.

    Args:
        url: the request URL; None when the bot is reached by Socket Mode only.
        secret: the signing secret.
        clock: what the timestamps are taken from.
    """

    def __init__(self, url: str | None, *, secret: str, clock: Callable[[], datetime]) -> None:
        self.url = url
        self.secret = secret
        self.clock = clock
        self.last: Sent | None = None
        self._session: aiohttp.ClientSession | None = None

    def sign(
        self, body: bytes, *, secret: str | None = None, shift_seconds: int = 0
    ) -> dict[str, str]:
        """
        Return the two headers that sign *body*.

        Args:
            secret: another one than the app's, for a forgery.
            shift_seconds: added to the time: -301 is just too old.
        """
        timestamp = str(int(self.clock().timestamp()) + shift_seconds)
        key = (secret or self.secret).encode()
        digest = hmac.new(key, b"v0:%s:%s" % (timestamp.encode(), body), hashlib.sha256)
        return {
            "X-Slack-Request-Timestamp": timestamp,
            "X-Slack-Signature": f"v0={digest.hexdigest()}",
        }

    async def post(
        self,
        body: bytes,
        *,
        content_type: str = FORM,
        secret: str | None = None,
        shift_seconds: int = 0,
        seconds: float = 3,
        headers: dict[str, str] | None = None,
    ) -> Answer:
        """
        Sign and post *body*.

        Args:
            seconds: how long Slack waits.
            headers: more headers, or others in place of the signature.
        Raises:
            ConnectionError: if there is no request URL, or nobody listens there.
            TimeoutError: if no answer comes in time.
        """
        signature = self.sign(body, secret=secret, shift_seconds=shift_seconds)
        agent = {"User-Agent": "Slackbot 1.0 (+https://api.slack.com/robots)"}
        everything = {"Content-Type": content_type, **agent, **signature, **(headers or {})}
        self.last = Sent(headers=everything, body=body)
        return await self.replay(self.last, seconds=seconds)

    async def replay(self, sent: Sent | None = None, *, seconds: float = 3) -> Answer:
        """Post the identical bytes of *sent*, or of the last request, once more."""
        sent = sent or self.last
        if self.url is None or sent is None:
            raise ConnectionError("there is no request URL, or nothing to replay")
        if self._session is None:
            self._session = aiohttp.ClientSession()
        try:
            async with (
                asyncio.timeout(seconds),
                self._session.post(self.url, data=sent.body, headers=sent.headers) as response,
            ):
                return Answer(
                    status=response.status,
                    content_type=response.content_type,
                    body=await response.read(),
                )
        except aiohttp.ClientError as error:
            raise ConnectionError(f"no answer from the request URL: {error}") from error

    async def close(self) -> None:
        """Close the connections."""
        if self._session is not None:
            await self._session.close()
            self._session = None
