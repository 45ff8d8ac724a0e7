"""
What an answer costs where there is more of everything: verbs, agencies, members, meetings.

In this process and on SQLite: HTTP adds the same to all.
"""

import asyncio
import itertools
import shutil
import time
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from contextlib import AsyncExitStack, contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from statistics import median

from bot.library import Library
from commands.registry import COMMANDS
from storage.session import Session
from tests.bench import grown
from tests.bench.desk import Desk
from tests.bench.figures import Figure, ratios, shown
from tests.bench.people import COORDINATORS, PEOPLE, open_library

PART = "growth"
ROUNDS = 5
MOST, SECONDS = 200, 0.1  # answers in a round, and for how long, if it is time for more than one
LATE = "Not just now"  # the answer after two seconds without one
MEMBER, COORDINATOR = PEOPLE[1], COORDINATORS[0]
AGENCY = "Agency number 9 of the Valley Housing"


@dataclass(frozen=True, kw_only=True)
class Asked:
    """
    Attributes:
        ask: one of a desk's ways to ask.
        expected: is in every answer.
        bound: it is a command, or Home: its growth is held against the bound. What is none is
            looked for among all names, however fast, and is shown beside.
    """

    name: str
    ask: Callable[[Desk], Awaitable[str]]
    expected: str
    bound: bool = True


def typed(text: str, *, expected: str, by: str = MEMBER, bound: bool = True) -> Asked:
    return Asked(
        name=f"/ht {text}",
        ask=lambda desk: desk.answer(text, by),
        expected=expected,
        bound=bound,
    )


def opened(name: str, *, by: str) -> Asked:
    return Asked(name=name, ask=lambda desk: desk.home(by), expected="Next for you")


def searched(text: str, *, expected: str) -> Asked:
    return Asked(
        name=f"search {text!r}",
        ask=lambda desk: desk.search(text, MEMBER),
        expected=expected,
        bound=False,
    )


HOMES = (opened("Home", by=MEMBER), opened("Home of a coordinator", by=COORDINATOR))


@dataclass(frozen=True, kw_only=True)
class Growth:
    """
    Attributes:
        fill: makes a database as large as it is told; None: the verbs grow.
    """

    of: str
    sizes: tuple[int, int]
    fill: Callable[[Session, int], None] | None
    asked: tuple[Asked, ...]
    bound: float | None


GROWTHS = (
    Growth(
        of="verbs",
        sizes=(10, 60),
        fill=None,
        bound=1.1,
        asked=(
            typed("hotline", expected="1-888-373-7888"),
            typed("hotlnie", expected="1-888-373-7888"),
            typed("help", expected="/ht define"),
            typed("", expected="What do you need?"),
            typed("partnr tahirih", expected="Tahirih"),
            typed("zebra quilting xyzzy", expected="I do not know that one.", bound=False),
        ),
    ),
    Growth(
        of="agencies",
        sizes=(50, 5000),
        fill=grown.with_agencies,
        bound=1.5,
        asked=(
            typed("hotline", expected="1-888-373-7888"),
            typed("partners", expected="Board of Supervisors"),
            typed("partner tahirih", expected="Tahirih"),
            typed(f"partner {AGENCY}", expected=AGENCY),
            typed("zebra quilting xyzzy", expected="I do not know that one.", bound=False),
            searched("tahi", expected="Tahirih"),
            *HOMES,
        ),
    ),
    Growth(
        of="members",
        sizes=(200, 20_000),
        fill=grown.with_members,
        bound=1.5,
        asked=(
            typed("", expected="What do you need?"),
            typed(f"whois <@{PEOPLE[7]}>", expected="Person 7 of Bench"),
            typed("whois Person 7 of Bench", expected="Person 7 of Bench"),
            *HOMES,
        ),
    ),
    Growth(
        of="meetings",
        sizes=(10, 1000),
        fill=grown.with_meetings,
        bound=None,
        asked=(
            typed("next", expected="meet.example.org/bench"),
            typed("meetings", expected="Online"),
            typed("calendar", expected="Meetings in your calendar"),
            typed("calendar file", expected="Calendar: My meetings"),
            HOMES[0],
        ),
    ),
)


async def growth(folder: Path) -> list[Figure]:
    figures = []
    for each in GROWTHS:
        async with AsyncExitStack() as watched:
            both = watched.enter_context(desks(each, folder))
            for desk in both.values():
                await watched.enter_async_context(desk.library.watched())
            found = await _measured(each, both)
        figures += found
        print(_table(each, found), end="\n\n", flush=True)
    print(
        f"Medians of {ROUNDS} interleaved rounds, each of them the median of up to {MOST} answers;"
        " from 2,000 ms on there was none in time."
    )
    return figures


@contextmanager
def desks(growth: Growth, folder: Path) -> Iterator[Mapping[int, Desk]]:
    """
    Yield a desk of a small and one of a large task force.
    """
    opened: dict[int, Library] = {}
    template = folder / "template.db"
    if not template.exists():
        open_library(f"sqlite:///{template}").close()
    for size in growth.sizes:
        path = folder / f"{growth.of}-{size}.db"
        shutil.copyfile(template, path)
        library = open_library(f"sqlite:///{path}")
        fill, total = (growth.fill, size) if growth.fill else (grown.with_members, grown.FEW)
        library.write_now(partial(fill, total=total))
        library.close()
        opened[size] = open_library(f"sqlite:///{path}")  # as it is found at a start
    try:
        yield {
            size: Desk(library, commands=COMMANDS if growth.fill else grown.with_verbs(size))
            for size, library in opened.items()
        }
    finally:
        for library in opened.values():
            library.close()


async def _measured(growth: Growth, both: Mapping[int, Desk]) -> list[Figure]:
    took: dict[tuple[str, int], list[float]] = {}
    for number, each in itertools.product(range(ROUNDS), growth.asked):
        for size in growth.sizes if number % 2 == 0 else reversed(growth.sizes):
            took.setdefault((each.name, size), []).append(await _ms(each, both[size]))
    figures = []
    grown_by = {}
    small, large = growth.sizes
    for each in growth.asked:
        rounds = {size: tuple(took[each.name, size]) for size in growth.sizes}
        figures += [
            Figure(
                part=PART,
                name=f"{growth.of}: {each.name}: {size:,}",
                unit="ms",
                rounds=rounds[size],
            )
            for size in growth.sizes
        ]
        grew = ratios(rounds[large], rounds[small])
        if each.bound:
            grown_by[each.name] = median(grew)
        figures.append(
            Figure(part=PART, name=f"{growth.of}: {each.name}: growth", unit="×", rounds=grew)
        )
    worst = max(grown_by.values())
    return [
        *figures,
        Figure(part=PART, name=f"{growth.of}: worst growth", unit="×", rounds=(worst,)),
    ]


async def _ms(asked: Asked, desk: Desk) -> float:
    """
    Return the milliseconds of an answer: the median of some, after one that is not counted.
    """
    answer = await asked.ask(desk)
    if asked.expected not in answer and LATE not in answer:
        raise AssertionError(f"{asked.name} answered otherwise: {answer[:300]}")
    waits: list[float] = []
    until = time.perf_counter() + SECONDS
    while not waits or (len(waits) < MOST and time.perf_counter() < until):
        await asyncio.sleep(0)
        began = time.perf_counter()
        await asked.ask(desk)
        waits.append(1000 * (time.perf_counter() - began))
    return median(waits)


def _table(growth: Growth, figures: Sequence[Figure]) -> str:
    rows = []
    for at, each in enumerate(growth.asked):
        small, large, grew = figures[3 * at : 3 * at + 3]
        name = each.name if each.bound else f"({each.name})"
        rows.append([name, f"{small.value:.3f}", f"{large.value:.3f}", f"{grew.value:.2f}"])
    sizes = (f"{size:,}" for size in growth.sizes)
    bound = f"growth (≤ {growth.bound:g})" if growth.bound else "growth"
    return shown((f"{growth.of}, ms", *sizes, bound), rows)
