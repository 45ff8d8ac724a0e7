"""
Clients that ask over HTTP as Slack does, every request signed anew, and what they wait.
"""

import asyncio
import itertools
import re
import statistics
import time
from collections.abc import Iterator
from dataclasses import dataclass
from urllib.parse import urlencode

from bot.sandbox.people import TEAM
from bot.sandbox.signed import FORM, Signed
from bot.server import EVENTS_PATH

LENGTH = re.compile(rb"content-length: (\d+)", re.IGNORECASE)
COUNTER = itertools.count(1)


@dataclass(frozen=True, kw_only=True)
class Series:
    """
    One command asked of one server.

    Attributes:
        expected: is in every answer, so that no refusal is measured.
    """

    name: str
    port: int
    text: str
    expected: bytes

    def request(self, person: str, *, signed: Signed) -> bytes:
        fields = {
            "team_id": TEAM,
            "channel_id": "C0GENERAL",
            "user_id": person,
            "command": "/ht",
            "text": self.text,
            "response_url": "http://127.0.0.1/none",
            "trigger_id": f"{next(COUNTER)}.1.1",
        }
        body = urlencode(fields).encode()
        headers = {
            "Host": f"127.0.0.1:{self.port}",
            "Content-Type": FORM,
            "Content-Length": str(len(body)),
            **signed.sign(body),
        }
        head = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
        return f"POST {EVENTS_PATH} HTTP/1.1\r\n{head}\r\n".encode() + body


@dataclass(frozen=True, kw_only=True)
class Sample:
    """
    What one slice of time showed.
    """

    p50_ms: float
    p99_ms: float
    answers_per_second: float


class Connection(asyncio.Protocol):
    """
    A kept-alive connection: one request at a time, little work of its own.
    """

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = transport
        self.received = b""

    def data_received(self, data: bytes) -> None:
        self.received += data
        head, found, body = self.received.partition(b"\r\n\r\n")
        if found and len(body) >= int(LENGTH.search(head)[1]):
            answer, self.received = self.received, b""
            self.answer.set_result(answer)

    def connection_lost(self, error: Exception | None) -> None:
        if not self.answer.done():
            self.answer.set_exception(ConnectionError("the server hung up"))

    async def ask(self, request: bytes) -> bytes:
        self.answer = asyncio.get_running_loop().create_future()
        self.transport.write(request)
        return await self.answer


async def connect(port: int, *, seconds: float = 15) -> Connection:
    """
    Return a connection as soon as somebody listens.
    """
    deadline = time.perf_counter() + seconds
    while True:
        try:
            loop = asyncio.get_running_loop()
            _, connection = await loop.create_connection(Connection, "127.0.0.1", port)
        except OSError:
            if time.perf_counter() > deadline:
                raise
            await asyncio.sleep(0.02)
        else:
            return connection


async def measure(
    series: Series, *, clients: int, seconds: float, people: list[str], signed: Signed
) -> Sample:
    """
    Ask for *seconds* with so many clients at once.
    """
    waits: list[float] = []
    turns = itertools.cycle(people)
    connections = [await connect(series.port) for _ in range(clients)]
    began = time.perf_counter()
    until = began + seconds
    await asyncio.gather(
        *(_ask(series, each, until, turns, waits, signed=signed) for each in connections)
    )
    took = time.perf_counter() - began
    for each in connections:
        each.transport.close()
    hundredths = statistics.quantiles(waits, n=100)
    return Sample(
        p50_ms=hundredths[49] * 1000,
        p99_ms=hundredths[98] * 1000,
        answers_per_second=len(waits) / took,
    )


async def _ask(
    series: Series,
    connection: Connection,
    until: float,
    turns: Iterator[str],
    waits: list[float],
    *,
    signed: Signed,
) -> None:
    while time.perf_counter() < until:
        request = series.request(next(turns), signed=signed)
        began = time.perf_counter()
        answer = await connection.ask(request)
        waits.append(time.perf_counter() - began)
        if not answer.startswith(b"HTTP/1.1 200") or series.expected not in answer:
            raise AssertionError(f"{series.name} answered otherwise: {answer[:300]!r}")
