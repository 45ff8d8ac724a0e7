"""
Clients that ask over HTTP as Slack does, every request signed anew, and what they wait.
"""

import asyncio
import itertools
import json
import re
import statistics
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from urllib.parse import urlencode

from bot.clock import utc_now
from bot.sandbox.people import APP, BOT_USER, TEAM
from bot.sandbox.signed import FORM, JSON, Signed
from bot.server import EVENTS_PATH
from tests.bench.slack import SECRET, Slack

LENGTH = re.compile(rb"content-length: (\d+)", re.IGNORECASE)
COUNTER = itertools.count(1)
SIGNED = Signed(None, secret=SECRET, clock=utc_now)


@dataclass(frozen=True, kw_only=True)
class Series:
    """
    One thing asked of one server.

    Attributes:
        body: what *person*'s request says, made anew for each; and its content type.
        expected: is in every answer, so that no refusal is measured.
    """

    name: str
    port: int
    body: Callable[[str], tuple[bytes, str]]
    expected: bytes

    def request(self, person: str) -> bytes:
        body, kind = self.body(person)
        headers = {
            "Host": f"127.0.0.1:{self.port}",
            "Content-Type": kind,
            "Content-Length": str(len(body)),
            **SIGNED.sign(body),
        }
        head = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
        return f"POST {EVENTS_PATH} HTTP/1.1\r\n{head}\r\n".encode() + body


def command(text: str, slack: Slack) -> Callable[[str], tuple[bytes, str]]:
    """
    Return what makes the requests of "/ht *text*".
    """

    def body(person: str) -> tuple[bytes, str]:
        fields = {
            "team_id": TEAM,
            "channel_id": "C0GENERAL",
            "user_id": person,
            "command": "/ht",
            "text": text,
            "response_url": slack.response_url,
            "trigger_id": f"{next(COUNTER)}.1.1",
        }
        return urlencode(fields).encode(), FORM

    return body


def home(slack: Slack) -> Callable[[str], tuple[bytes, str]]:
    """
    Return what makes the events of somebody who opens Home, with the view that stands there.
    """

    def body(person: str) -> tuple[bytes, str]:
        number = next(COUNTER)
        now = int(time.time())
        who = {"team_id": TEAM, "user_id": BOT_USER, "enterprise_id": None, "is_bot": True}
        said = {
            "team_id": TEAM,
            "context_team_id": TEAM,
            "context_enterprise_id": None,
            "api_app_id": APP,
            "type": "event_callback",
            "event_id": f"Ev{number}",
            "event_time": now,
            "authorizations": [{**who, "is_enterprise_install": False}],
            "is_ext_shared_channel": False,
            "event": {
                "type": "app_home_opened",
                "user": person,
                "channel": f"D{person[1:]}",
                "tab": "home",
                "event_ts": f"{now}.{number:06d}",
            },
        }
        event = json.dumps(said).encode()
        view = slack.home(person)
        # Spliced in at the event's end: to write it anew would cost more than to sign it.
        return (event[:-2] + b', "view": ' + view + b"}}" if view else event), JSON

    return body


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
        if hasattr(self, "answer") and not self.answer.done():
            self.answer.set_exception(ConnectionError("the server hung up"))

    async def ask(self, request: bytes) -> bytes:
        self.answer = asyncio.get_running_loop().create_future()
        self.transport.write(request)
        return await self.answer


async def connect(port: int, *, seconds: float = 15, look_seconds: float = 0.02) -> Connection:
    """
    Return a connection as soon as somebody listens.

    Args:
        look_seconds: between two looks.
    """
    deadline = time.perf_counter() + seconds
    while True:
        try:
            loop = asyncio.get_running_loop()
            _, connection = await loop.create_connection(Connection, "127.0.0.1", port)
        except OSError:
            if time.perf_counter() > deadline:
                raise
            await asyncio.sleep(look_seconds)
        else:
            return connection


async def ask_all(series: Series, people: list[str]) -> None:
    """
    Let each of *people* ask once.
    """
    connection = await connect(series.port)
    for person in people:
        await ask(series, connection, person)
    connection.transport.close()


async def measure(series: Series, *, clients: int, seconds: float, people: list[str]) -> Sample:
    """
    Ask for *seconds* with so many clients at once.
    """
    waits: list[float] = []
    turns = itertools.cycle(people)
    connections = [await connect(series.port) for _ in range(clients)]
    began = time.perf_counter()
    until = began + seconds
    await asyncio.gather(*(_ask_until(series, each, until, turns, waits) for each in connections))
    took = time.perf_counter() - began
    for each in connections:
        each.transport.close()
    return Sample(
        p50_ms=1000 * statistics.median(waits),
        p99_ms=1000 * statistics.quantiles(waits, n=100)[98],
        answers_per_second=len(waits) / took,
    )


async def _ask_until(
    series: Series,
    connection: Connection,
    until: float,
    turns: Iterator[str],
    waits: list[float],
) -> None:
    while time.perf_counter() < until:
        waits.append(await ask(series, connection, next(turns)))


async def ask(series: Series, connection: Connection, person: str) -> float:
    """
    Return for how many seconds *person* waited for the answer.

    Raises:
        AssertionError: if it was another than expected.
    """
    request = series.request(person)
    began = time.perf_counter()
    answer = await connection.ask(request)
    waited = time.perf_counter() - began
    if not answer.startswith(b"HTTP/1.1 200") or series.expected not in answer:
        raise AssertionError(f"{series.name} answered otherwise: {answer[:300]!r}")
    return waited
