"""Socket Mode: the connections of the bot, the envelopes sent down them, and the replies."""

import asyncio
import itertools
import json
import uuid
from dataclasses import dataclass, field
from typing import Any

from aiohttp import WSMsgType, web

from bot.sandbox.bell import Bell
from bot.sandbox.people import APP

CONNECTIONS = 10
PATH = "/link/"


@dataclass(kw_only=True)
class Envelope:
    """What was sent to the bot, and the reply to it."""

    id: str
    type: str
    payload: dict[str, Any]
    accepts_response_payload: bool
    reply: asyncio.Future[Any] = field(default_factory=asyncio.Future)


class SocketMode:
    """The WebSocket side of Slack."""

    def __init__(self, bell: Bell) -> None:
        self.bell = bell
        self.envelopes: list[Envelope] = []
        self.connections: list[web.WebSocketResponse] = []
        self._tickets: set[str] = set()
        self._numbers = itertools.count(1)
        self._turn = itertools.count()

    def routes(self) -> list[web.RouteDef]:
        """Return what to serve."""
        return [web.get(PATH, self._serve)]

    def ticket(self) -> str:
        """Return the ticket of one new connection."""
        ticket = str(uuid.UUID(int=next(self._numbers)))
        self._tickets.add(ticket)
        return ticket

    @property
    def live(self) -> list[web.WebSocketResponse]:
        """Return the connections that are open now."""
        return [connection for connection in self.connections if not connection.closed]

    async def _serve(self, request: web.Request) -> web.StreamResponse:
        ticket = request.query.get("ticket", "")
        if ticket not in self._tickets:
            raise web.HTTPForbidden(text="ticket used or unknown")
        self._tickets.discard(ticket)
        # Pings are answered by aiohttp, as Slack answers them.
        connection = web.WebSocketResponse(timeout=1)
        await connection.prepare(request)
        if len(self.live) >= CONNECTIONS:
            await connection.send_json({"type": "disconnect", "reason": "too_many_websockets"})
            await connection.close()
            return connection
        await connection.send_json(
            {
                "type": "hello",
                "num_connections": len(self.live) + 1,
                "debug_info": {"host": "sandbox", "approximate_connection_time": 18060},
                "connection_info": {"app_id": APP},
            }
        )
        self.connections.append(connection)
        self.bell.ring()
        try:
            async for message in connection:
                if message.type == WSMsgType.TEXT:
                    self._take_reply(message.data)
        finally:
            self.connections.remove(connection)
            self.bell.ring()
        return connection

    def _take_reply(self, data: str) -> None:
        reply = json.loads(data)
        for envelope in self.envelopes:
            if envelope.id == reply.get("envelope_id") and not envelope.reply.done():
                envelope.reply.set_result(reply.get("payload"))

    async def deliver(
        self, type: str, payload: dict[str, Any], *, accepts_response_payload: bool, seconds: float
    ) -> Any:
        """
        Send an envelope down any one connection and return the payload of its reply.

        Raises:
            ConnectionError: if no connection is open.
            TimeoutError: if no reply comes within *seconds*.
        """
        live = self.live
        if not live:
            raise ConnectionError("no Socket Mode connection is open")
        envelope = Envelope(
            id=str(uuid.UUID(int=next(self._numbers))),
            type=type,
            payload=payload,
            accepts_response_payload=accepts_response_payload,
        )
        self.envelopes.append(envelope)
        await live[next(self._turn) % len(live)].send_json(as_json(envelope))
        async with asyncio.timeout(seconds):
            return await envelope.reply

    async def again(self, envelope: Envelope) -> None:
        """Send the identical envelope once more, as Slack may."""
        for connection in self.live[:1]:
            await connection.send_json(as_json(envelope))

    async def disconnect(self, reason: str = "refresh_requested") -> None:
        """Ask every client to come back on a new connection."""
        for connection in self.live:
            notice = {"type": "disconnect", "reason": reason, "debug_info": {"host": "sandbox"}}
            await connection.send_json(notice)

    async def drop(self) -> None:
        """Close every connection without a word."""
        for connection in self.live:
            await connection.close()


def as_json(envelope: Envelope) -> dict[str, Any]:
    """Return the envelope as it goes over the wire."""
    message: dict[str, Any] = {
        "envelope_id": envelope.id,
        "type": envelope.type,
        "payload": envelope.payload,
        "accepts_response_payload": envelope.accepts_response_payload,
    }
    if envelope.type == "events_api":
        message |= {"retry_attempt": 0, "retry_reason": ""}
    return message
