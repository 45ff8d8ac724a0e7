"""
What people wait while the same process delivers a broadcast to 500 members.

In every round the same is asked without and with it, in turns first and last; then the
broadcast is ended by its sender. Messages go at the default's pace, or at the fastest there is.
"""

import asyncio
import time
from collections.abc import Sequence
from pathlib import Path

from bot.clock import utc_now
from bot.library import Library
from bot.sandbox.people import TEAM
from storage.audiences import EVERYBODY
from storage.broadcast_approvals import approve, release
from storage.broadcast_stops import abort
from storage.broadcasts import Draft, find_broadcast, save
from storage.session import Session
from tests.bench.figures import Figure, ratios, shown
from tests.bench.load import Sample, Series, ask_all, command, measure
from tests.bench.people import COORDINATORS, PEOPLE, open_library, prepared
from tests.bench.running import BOT, environ_for, running
from tests.bench.side_by_side import COMMANDS
from tests.bench.slack import Slack
from tests.workshop import free_port

PART, FAST = "broadcast", "broadcast-fast"
ROUNDS = 5
SLICE_SECONDS = 0.8
BEGINNING_SECONDS = 2.0  # in which it begins: a tick, and 500 messages are planned
QUIET_SECONDS = 1.5  # without a message: it has ended
CLIENTS = (4, 16)
ASKED = ("hotline", "help", "partners")
SENDER, SECOND = COORDINATORS[:2]
WITHOUT, DURING = "without", "during"

Samples = dict[tuple[str, int, str], list[Sample]]  # by what, clients and when


async def broadcast(folder: Path) -> list[Figure]:
    return await _measured(folder, PART, {})


async def broadcast_fast(folder: Path) -> list[Figure]:
    return await _measured(folder, FAST, {"HT_SEND_RATE": "50"})


async def _measured(folder: Path, part: str, settings: dict[str, str]) -> list[Figure]:
    port, url = free_port(), prepared(folder)
    samples: Samples = {}
    beginnings: list[Sample] = []
    sent: list[float] = []
    async with Slack() as slack:
        series = [
            Series(name=name, port=port, body=command(text, slack), expected=expected)
            for name, (text, expected) in COMMANDS.items()
            if name in ASKED
        ]
        environ = environ_for(slack, HT_DATABASE_URL=url, HT_PORT=str(port), **settings)
        library = open_library(url)
        with running(BOT, environ=environ, folder=folder):
            for each in series:
                await ask_all(each, PEOPLE)
            for number in range(ROUNDS):
                # Whatever comes first after the beginning is another in every round.
                turn = number % len(series)
                turned = [*series[turn:], *series[:turn]]
                if number % 2 == 0:
                    await _ask(turned, WITHOUT, samples)
                asking = asyncio.create_task(_slice(series[0], 16, seconds=BEGINNING_SECONDS))
                begun = await asyncio.to_thread(library.write_now, _begin)
                beginnings.append(await asking)
                at, since = len(slack.posted_at), time.perf_counter()
                await _ask(turned, DURING, samples)
                sent.append((len(slack.posted_at) - at) / (time.perf_counter() - since))
                await _end(library, slack, begun)
                if number % 2:
                    await _ask(turned, WITHOUT, samples)
        library.close()
    figures = _figures(part, samples, beginnings, sent)
    print(_table(figures))
    print(
        f"\nHotline, 16 clients, while it begins: p99 {figures[-2].value:.1f} ms."
        f" Meanwhile {figures[-1].value:.1f} messages a second went out."
        f"\nMedians of {ROUNDS} rounds of {SLICE_SECONDS:g} s; ratios within a round."
    )
    return figures


async def _ask(series: Sequence[Series], when: str, samples: Samples) -> None:
    for each in series:
        for clients in CLIENTS:
            sample = await _slice(each, clients)
            samples.setdefault((each.name, clients, when), []).append(sample)


async def _slice(series: Series, clients: int, seconds: float = SLICE_SECONDS) -> Sample:
    return await measure(series, clients=clients, seconds=seconds, people=PEOPLE)


def _begin(session: Session) -> int:
    """
    Release a broadcast to everybody and approve it; return its number.
    """
    now = utc_now()
    draft = Draft(text="We meet on Monday.", audience=(EVERYBODY,))
    made = save(session, draft, team_id=TEAM, sender=SENDER, now=now)
    release(session, made.number, by=SENDER, version=made.version, now=now)
    waits = find_broadcast(session, made.number)
    approve(session, made.number, by=SECOND, version=waits.version, now=now)
    return made.number


async def _end(library: Library, slack: Slack, number: int) -> None:
    """
    End the broadcast, and wait until nothing of it is on its way.
    """
    await asyncio.to_thread(
        library.write_now, lambda session: abort(session, number, by=SENDER, now=utc_now())
    )
    began = time.perf_counter()
    while True:
        left = max(began, slack.posted_at[-1]) + QUIET_SECONDS - time.perf_counter()
        if left <= 0:
            return
        await asyncio.sleep(left)


def _figures(
    part: str,
    samples: Samples,
    beginnings: Sequence[Sample],
    sent: Sequence[float],
) -> list[Figure]:
    figures = []
    for name, clients in sorted({each[:2] for each in samples}):
        without, during = (samples[name, clients, when] for when in (WITHOUT, DURING))
        p99s = [[each.p99_ms for each in some] for some in (without, during)]
        found = {
            ("p50 without", "ms"): [each.p50_ms for each in without],
            ("p50 during", "ms"): [each.p50_ms for each in during],
            ("p99 without", "ms"): p99s[0],
            ("p99 during", "ms"): p99s[1],
            ("p99 during / without", "×"): ratios(p99s[1], p99s[0]),
        }
        figures += [
            Figure(
                part=part,
                name=f"{name}, {clients} clients: {what}",
                unit=unit,
                rounds=tuple(rounds),
            )
            for (what, unit), rounds in found.items()
        ]
    beginning = tuple(each.p99_ms for each in beginnings)
    return [
        *figures,
        Figure(
            part=part, name="hotline, 16 clients: p99 at the beginning", unit="ms", rounds=beginning
        ),
        Figure(part=part, name="messages sent meanwhile", unit="/s", rounds=tuple(sent)),
    ]


def _table(figures: Sequence[Figure]) -> str:
    rows: dict[str, list[str]] = {}
    for each in figures[:-2]:
        name, _, _ = each.name.partition(":")
        rows.setdefault(name, [name]).append(f"{each.value:.2f}")
    heads = ("ms", "p50 without", "p50 during", "p99 without", "p99 during", "during / without")
    return shown(heads, rows.values())
