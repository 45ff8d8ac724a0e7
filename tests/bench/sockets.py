"""
Socket Mode: what `/ht hotline` takes over a real WebSocket, beside bare Bolt apps.

Each app is alone in a sandbox of its own, whose part in every round trip is the same.
"""

import json
import statistics
import sys
import time
from collections.abc import Mapping
from contextlib import AsyncExitStack
from pathlib import Path

from bot.clock import utc_now
from bot.sandbox.people import Person
from bot.sandbox.server import Sandbox
from tests.bench.figures import Figure, ratios, shown
from tests.bench.people import PEOPLE, prepared
from tests.bench.running import BOT, environ_for, running
from tests.bench.slack import SECRET, TOKEN, Slack

PART = "socket"
ROUNDS = 5
SLICE_SECONDS = 0.7
TITLES = {"bot": "hotline", "stock": "stock Bolt", "fastest": "fastest Bolt"}
EXPECTED = {"bot": "1-888-373-7888", "stock": "Hello.", "fastest": "Hello."}

Found = Mapping[str, list[tuple[float, float]]]  # p50 and p99 of each round, in ms


async def sockets(folder: Path) -> list[Figure]:
    url = prepared(folder)
    found: dict[str, list[tuple[float, float]]] = {name: [] for name in TITLES}
    async with AsyncExitStack() as stack:
        slack = await stack.enter_async_context(Slack())
        sandboxes = {}
        for name in TITLES:
            sandbox = Sandbox(clock=utc_now, bot_token=TOKEN, signing_secret=SECRET)
            sandboxes[name] = await stack.enter_async_context(sandbox)
            for id in PEOPLE:
                person = Person(id=id, name=id.lower(), real_name=id, kind="member")
                sandbox.workspace.people[id] = person
            environ = environ_for(
                slack,
                SLACK_APP_TOKEN=sandbox.app_token,
                SLACK_API_URL=sandbox.api_url,
                HT_DATABASE_URL=url,
            )
            program = (
                BOT if name == "bot" else [sys.executable, "-m", "tests.bench.servers", name, "0"]
            )
            stack.enter_context(running(program, environ=environ, folder=folder))
        for name, sandbox in sandboxes.items():
            await sandbox.connected(timeout=15)
            await _slice(sandbox, EXPECTED[name], seconds=0.3)
        for number in range(ROUNDS):
            for name in TITLES if number % 2 == 0 else reversed(TITLES):
                waits = await _slice(sandboxes[name], EXPECTED[name], seconds=SLICE_SECONDS)
                found[name].append(
                    (statistics.median(waits), statistics.quantiles(waits, n=100)[98])
                )
    figures = _figures(found)
    print(_table(figures))
    print(f"\nOne client; medians of {ROUNDS} interleaved rounds of {SLICE_SECONDS:g} s.")
    return figures


async def _slice(sandbox: Sandbox, expected: str, *, seconds: float) -> list[float]:
    """
    Ask over and over, one after the other; return the milliseconds that each answer took.
    """
    waits: list[float] = []
    until = time.perf_counter() + seconds
    while time.perf_counter() < until:
        number = len(waits)
        fields = {
            "team_id": sandbox.team_id,
            "channel_id": "C0GENERAL",
            "user_id": PEOPLE[number % len(PEOPLE)],
            "command": "/ht",
            "text": "hotline",
            "response_url": f"{sandbox.base_url}/response/none",
            "trigger_id": f"{sandbox.workspace.tick()}.1.1",
        }
        began = time.perf_counter()
        answer = await sandbox.socket.deliver(
            "slash_commands", fields, accepts_response_payload=True, seconds=3
        )
        waits.append(1000 * (time.perf_counter() - began))
        sandbox.socket.envelopes.clear()  # it looks through all there ever were
        if expected not in json.dumps(answer):
            raise AssertionError(f"answered otherwise: {answer}")
    return waits


def _figures(found: Found) -> list[Figure]:
    figures = []
    for name, title in TITLES.items():
        p50s, p99s = zip(*found[name], strict=True)
        stock, _ = zip(*found["stock"], strict=True)
        figures += [
            Figure(part=PART, name=f"{title}: p50", unit="ms", rounds=p50s),
            Figure(part=PART, name=f"{title}: p99", unit="ms", rounds=p99s),
            Figure(part=PART, name=f"{title}: p50 / stock", unit="×", rounds=ratios(p50s, stock)),
        ]
    return figures


def _table(figures: list[Figure]) -> str:
    rows = [
        [title, *(f"{each.value:.2f}" for each in figures[3 * at : 3 * at + 3])]
        for at, title in enumerate(TITLES.values())
    ]
    return shown(("over a WebSocket, ms", "p50", "p99", "p50 / stock"), rows)
