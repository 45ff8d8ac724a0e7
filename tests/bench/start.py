"""
How soon a process answers: from its start to the first `/ht hotline` over HTTP, and `--help`.

The database is migrated, and the bytecode compiled: both were started once before. Files are
in the system's cache, as after a restart of the process and unlike one of the machine.
"""

import subprocess
import sys
import time
from pathlib import Path

from tests.bench.figures import Figure, shown
from tests.bench.load import Series, ask, command, connect
from tests.bench.people import PEOPLE, prepared
from tests.bench.running import BOT, environ_for, running
from tests.bench.slack import Slack
from tests.workshop import free_port

PART = "start"
ROUNDS = 5
LOOK_SECONDS = 0.003
HELP = [str(Path(sys.executable).with_name("htbot")), "--help"]
ANSWERED, HELPED = "to the first answer", "htbot --help"


async def start(folder: Path) -> list[Figure]:
    took: dict[str, list[float]] = {ANSWERED: [], HELPED: []}
    async with Slack() as slack:
        environ = environ_for(slack, HT_DATABASE_URL=prepared(folder))
        for _ in range(1 + ROUNDS):
            took[ANSWERED].append(await _first_answer(slack, environ, folder))
            took[HELPED].append(_helped(environ, folder))
    figures = [
        Figure(part=PART, name=name, unit="s", rounds=tuple(rounds[1:]))
        for name, rounds in took.items()
    ]
    rows = [[each.name, f"{each.value:.2f}", f"{max(each.rounds):.2f}"] for each in figures]
    print(shown(("from the start of the process", "median s", "worst s"), rows))
    print(f"\n{ROUNDS} rounds after one that migrated, compiled and was not counted")
    return figures


async def _first_answer(slack: Slack, environ: dict[str, str], folder: Path) -> float:
    port = free_port()
    body = command("hotline", slack)
    hotline = Series(name="hotline", port=port, body=body, expected=b"1-888-373-7888")
    began = time.perf_counter()
    with running(BOT, environ={**environ, "HT_PORT": str(port)}, folder=folder):
        connection = await connect(port, look_seconds=LOOK_SECONDS)
        await ask(hotline, connection, PEOPLE[0])
        took = time.perf_counter() - began
        connection.transport.close()
    return took


def _helped(environ: dict[str, str], folder: Path) -> float:
    began = time.perf_counter()
    subprocess.run(HELP, env=environ, cwd=folder, check=True, stdout=subprocess.DEVNULL)
    return time.perf_counter() - began
