"""
What the bot weighs: after its first answer, and after a minute of all kinds of questions.
"""

import asyncio
import itertools
import time
from pathlib import Path

from tests.bench.figures import Figure, shown
from tests.bench.load import Series, ask, command, connect, home
from tests.bench.people import PEOPLE, prepared
from tests.bench.running import BOT, environ_for, running, weight
from tests.bench.side_by_side import COMMANDS, HOME
from tests.bench.slack import Slack
from tests.workshop import free_port

PART = "memory"
SECONDS = 60.0
CLIENTS = 16


async def memory(folder: Path) -> list[Figure]:
    port = free_port()
    async with Slack() as slack:
        environ = environ_for(slack, HT_DATABASE_URL=prepared(folder), HT_PORT=str(port))
        series = [
            Series(name=name, port=port, body=command(text, slack), expected=expected)
            for name, (text, expected) in COMMANDS.items()
        ]
        series.append(Series(name=HOME, port=port, body=home(slack), expected=b""))
        with running(BOT, environ=environ, folder=folder) as [bot]:
            connection = await connect(port)
            await ask(series[0], connection, PEOPLE[0])
            first = weight(bot)
            asked = await _load(series)
            loaded = weight(bot)
            connection.transport.close()
    print(
        shown(
            ("memory of the bot, MB", "first answer", "after the load"),
            [[name, f"{first[name]:.1f}", f"{loaded[name]:.1f}"] for name in first],
        )
    )
    print(f"\n{asked:,} answers of {len(series)} kinds in {SECONDS:g} s, {CLIENTS} clients")
    return [
        Figure(part=PART, name=f"{name} {when}", unit="MB", rounds=(found[name],))
        for when, found in (("at the first answer", first), ("after a minute", loaded))
        for name in found
    ]


async def _load(series: list[Series]) -> int:
    """
    Ask everything in turn for a minute; return how many answers came.
    """
    turns = itertools.cycle(itertools.product(PEOPLE, series))
    until = time.perf_counter() + SECONDS

    async def one() -> int:
        connection = await connect(series[0].port)
        number = 0
        while time.perf_counter() < until:
            person, each = next(turns)
            await ask(each, connection, person)
            number += 1
        connection.transport.close()
        return number

    return sum(await asyncio.gather(*(one() for _ in range(CLIENTS))))
