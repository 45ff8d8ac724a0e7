"""
The real bot beside bare apps, in the same minutes on the same machine.

The bot has its default settings, a real database, 500 known people with roles and a Slack
that costs next to nothing; the bare apps answer a constant.
"""

import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from tests.bench.figures import Figure, ratios, shown
from tests.bench.load import Sample, Series, ask_all, command, home, measure
from tests.bench.people import PEOPLE, own_group, prepared
from tests.bench.running import ASKS_PER_MINUTE, BOT, environ_for, running
from tests.bench.slack import Slack
from tests.workshop import free_port

PART = "side-by-side"
ROUNDS = 5
CLIENTS = {1: 0.7, 16: 1.0}  # at once, and for how many seconds
# What is typed after /ht, and what the answer must hold. A drawn table goes to the response_url,
# and then the acknowledgement is empty.
COMMANDS = {
    "hotline": ("hotline", b"1-888-373-7888"),
    "help": ("help", b"/ht define"),
    "menu": ("", b"What do you need?"),
    "partners": ("partners", b"Tahirih"),
    "partner NAME": ("partner tahirih", b"No contact on file"),
    "define": ("define CSEC", b"Commercial"),
    "stats": ("stats", b"Small counts"),
    "stats TABLE": ("stats csec", b""),
}
HOME = "Home"
BARE = {"stock": "stock Bolt", "fastest": "fastest Bolt", "floor": "floor"}
FORMATS = (".2f", ".2f", ",.0f", ".3f", ".2f", ".2f", ".2f")
HEADS = (
    "what", "p50 ms", "p99 ms", "answers/s",
    "p50 / stock", "rate / stock", "rate / fastest", "rate / floor",
)  # fmt: skip

Samples = Mapping[tuple[int, str], Sequence[Sample]]  # by clients and what


async def side_by_side(folder: Path) -> list[Figure]:
    async with Slack() as slack:
        ports = {name: free_port() for name in ("bot", *BARE)}
        environ = environ_for(slack, HT_DATABASE_URL=prepared(folder), HT_PORT=str(ports["bot"]))
        servers = [
            [sys.executable, "-m", "tests.bench.servers", name, str(ports[name])] for name in BARE
        ]
        with running(BOT, *servers, environ=environ, folder=folder):
            series = _series(slack, ports)
            await _warm(series, slack)
            before = slack.calls.copy()
            samples = await _rounds(series)
            _look_at_homes(slack)
            figures = _figures(samples)
    print(_table(figures))
    during = slack.calls - before
    print(
        f"\nMedians of {ROUNDS} interleaved rounds; ratios within a round."
        f" Settings: the default's, but HT_ASKS_PER_MINUTE={ASKS_PER_MINUTE}: asking so fast,"
        f" 500 people would be told to wait at 30.\nSlack was asked meanwhile: {dict(during)}"
    )
    return figures


def _series(slack: Slack, ports: Mapping[str, int]) -> list[Series]:
    asked = [
        Series(name=name, port=ports["bot"], body=command(text, slack), expected=expected)
        for name, (text, expected) in COMMANDS.items()
    ]
    opened = Series(name=HOME, port=ports["bot"], body=home(slack), expected=b"")
    bare = [
        Series(name=title, port=ports[name], body=command("hotline", slack), expected=b"Hello.")
        for name, title in BARE.items()
    ]
    return [*asked, opened, *bare]


async def _warm(series: Sequence[Series], slack: Slack) -> None:
    """
    Let everybody be known, have a Home with what is their own, and every path be walked.
    """
    for each in series:
        await ask_all(each, PEOPLE if each.name in {"define", HOME} else PEOPLE[:20])
        if each.name == HOME:
            await ask_all(each, PEOPLE)  # now with the view that stands there
    _look_at_homes(slack)


def _look_at_homes(slack: Slack) -> None:
    """
    Raises:
        AssertionError: if somebody's Home has nothing of their own.
    """
    for person in PEOPLE:
        view = slack.home(person) or b""
        if not all(each in view for each in (b"Next for you", own_group(person).encode())):
            raise AssertionError(f"not the Home of {person}: {view[:300]!r}")


async def _rounds(series: Sequence[Series]) -> Samples:
    samples: dict[tuple[int, str], list[Sample]] = {}
    for number in range(ROUNDS):
        for clients, seconds in CLIENTS.items():
            # Every other round backwards: nobody always comes after the same neighbour.
            for each in series if number % 2 == 0 else reversed(series):
                sample = await measure(each, clients=clients, seconds=seconds, people=PEOPLE)
                samples.setdefault((clients, each.name), []).append(sample)
    return dict(sorted(samples.items(), key=lambda each: each[0][0]))


def _figures(samples: Samples) -> list[Figure]:
    figures = []
    for (clients, name), own in samples.items():
        of = f"{name}, {clients} client{'s' if clients > 1 else ''}"
        rates = [each.answers_per_second for each in own]
        found = {
            ("p50", "ms"): [each.p50_ms for each in own],
            ("p99", "ms"): [each.p99_ms for each in own],
            ("rate", "/s"): rates,
            ("p50 / stock", "×"): ratios(
                [each.p50_ms for each in own],
                [each.p50_ms for each in samples[clients, BARE["stock"]]],
            ),
        }
        for bare, title in BARE.items():
            other = [each.answers_per_second for each in samples[clients, title]]
            found[f"rate / {bare}", "×"] = ratios(rates, other)
        figures += [
            Figure(part=PART, name=f"{of}: {what}", unit=unit, rounds=tuple(rounds))
            for (what, unit), rounds in found.items()
        ]
    return figures


def _table(figures: Sequence[Figure]) -> str:
    lines = [figures[at : at + len(FORMATS)] for at in range(0, len(figures), len(FORMATS))]
    rows = [
        [
            line[0].name.partition(":")[0],
            *(format(each.value, how) for each, how in zip(line, FORMATS, strict=True)),
        ]
        for line in lines
    ]
    return shown(HEADS, rows)
