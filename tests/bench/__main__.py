"""
`make bench`: the real bot beside bare apps, in the same minute on the same machine.
"""

import asyncio
import json
import os
import platform
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from statistics import median

import uvloop

from bot.clock import utc_now
from bot.sandbox.people import Person
from bot.sandbox.server import Sandbox
from bot.sandbox.signed import Signed
from tests.bench import deliveries, directory
from tests.bench.load import Sample, Series, connect, measure

ROUNDS = 5
SLICE_SECONDS = 0.4
CLIENTS = (1, 16)
PEOPLE = [f"U0BENCH{number:03}" for number in range(500)]
RESULT = Path("build/bench.json")
ROOT = Path(__file__).parents[2]
# What is typed after /ht, and what the answer must hold.
COMMANDS = {
    "hotline": ("hotline", b"1-888-373-7888"),
    "help": ("help", b"/ht define"),
    "menu": ("", b"What do you need?"),
    "partners": ("partners", b"Tahirih"),
    "partner NAME": ("partner tahirih", b"No contact on file"),
    "define": ("define CSEC", b"Commercial"),
}
BARE = {"stock": "stock Bolt", "fastest": "fastest Bolt", "floor": "floor"}
BOT = [sys.executable, "-m", "bot", "run"]
WIDTHS = "{:>7}  {:<13}{:>9}{:>9}{:>11}{:>13}{:>13}{:>15}{:>13}"
HEADS = (
    "clients", "what", "p50 ms", "p99 ms", "answers/s",
    "p50 / stock", "rate / stock", "rate / fastest", "rate / floor",
)  # fmt: skip

Key = tuple[int, str]  # clients, name of the series


async def bench() -> dict[Key, list[Sample]]:
    async with Sandbox(clock=utc_now) as sandbox:
        for id in PEOPLE:
            person = Person(id=id, name=id.lower(), real_name=id, kind="member")
            sandbox.workspace.people[id] = person
        signed = Signed(None, secret=sandbox.signing_secret, clock=utc_now)
        with tempfile.TemporaryDirectory(prefix="htbot-bench-") as folder:
            ports = {name: _free_port() for name in ("bot", *BARE)}
            environ = {
                "PATH": os.environ["PATH"],
                "PYTHONPATH": str(ROOT),
                "SLACK_BOT_TOKEN": sandbox.bot_token,
                "SLACK_SIGNING_SECRET": sandbox.signing_secret,
                "SLACK_API_URL": sandbox.api_url,
                "HT_DATABASE_URL": f"sqlite:///{folder}/ht.db",
                "HT_PORT": str(ports["bot"]),
            }
            programs = [BOT]
            for name in BARE:
                server = [sys.executable, "-m", "tests.bench.servers", name, str(ports[name])]
                programs.append(server)
            with _running(programs, environ=environ, folder=Path(folder)):
                series = [
                    Series(name=name, port=ports["bot"], text=text, expected=expected)
                    for name, (text, expected) in COMMANDS.items()
                ] + [
                    Series(name=title, port=ports[name], text="hotline", expected=b"Hello.")
                    for name, title in BARE.items()
                ]
                await _warm(series, signed=signed)
                return await _rounds(series, signed=signed)


async def _warm(series: list[Series], *, signed: Signed) -> None:
    """
    Let everybody be known and every path be walked once.
    """
    for each in series:
        connection = await connect(each.port)
        for person in PEOPLE if each.name == "define" else PEOPLE[:20]:
            await connection.ask(each.request(person, signed=signed))
        connection.transport.close()


async def _rounds(series: list[Series], *, signed: Signed) -> dict[Key, list[Sample]]:
    samples: dict[Key, list[Sample]] = {}
    for number in range(ROUNDS):
        for clients in CLIENTS:
            # Every other round backwards: nobody always comes after the same neighbour.
            for each in series if number % 2 == 0 else reversed(series):
                sample = await measure(
                    each, clients=clients, seconds=SLICE_SECONDS, people=PEOPLE, signed=signed
                )
                samples.setdefault((clients, each.name), []).append(sample)
    return samples


@contextmanager
def _running(programs: list[list[str]], *, environ: dict[str, str], folder: Path) -> Iterator[None]:
    log = folder / "log"
    with log.open("wb") as output:
        started = [
            subprocess.Popen(program, env=environ, cwd=folder, stdout=output, stderr=output)
            for program in programs
        ]
        try:
            yield
        except Exception:
            print(log.read_text(errors="replace")[-3000:], file=sys.stderr)
            raise
        finally:
            for each in started:
                each.terminate()
            for each in started:
                each.wait(timeout=10)


def report(samples: dict[Key, list[Sample]]) -> list[dict[str, object]]:
    """
    Return the medians, and the medians of the ratios within each round.
    """
    return [
        {
            "clients": clients,
            "what": name,
            "p50_ms": median(each.p50_ms for each in own),
            "p99_ms": median(each.p99_ms for each in own),
            "answers_per_second": median(each.answers_per_second for each in own),
            "p50_to_stock": _ratio(own, samples[clients, BARE["stock"]], "p50_ms"),
            **{
                f"rate_to_{bare}": _ratio(own, samples[clients, title], "answers_per_second")
                for bare, title in BARE.items()
            },
            "rounds": [asdict(each) for each in own],
        }
        for (clients, name), own in samples.items()
    ]


def _ratio(own: list[Sample], other: list[Sample], field: str) -> float:
    return median(
        getattr(mine, field) / getattr(theirs, field)
        for mine, theirs in zip(own, other, strict=True)
    )


def table(rows: list[dict[str, object]]) -> str:
    lines = [WIDTHS.format(*HEADS)]
    formats = ("", "", ".2f", ".2f", ",.0f", ".3f", ".2f", ".2f", ".2f")
    for row in rows:
        values = [value for key, value in row.items() if key != "rounds"]
        shown = [format(value, how) for value, how in zip(values, formats, strict=True)]
        lines.append(WIDTHS.format(*shown))
    return "\n".join(lines)


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return listener.getsockname()[1]


def main() -> None:
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        rows = report(runner.run(bench()))
    machine = {"python": platform.python_version(), "cores": os.cpu_count()}
    RESULT.parent.mkdir(exist_ok=True)
    RESULT.write_text(json.dumps({"at": utc_now().isoformat(), **machine, "rows": rows}, indent=1))
    print(table(rows))
    print(f"\nMedians of {ROUNDS} interleaved rounds, also in {RESULT.resolve()}\n")
    directory.main()
    deliveries.main()


if __name__ == "__main__":
    main()
