"""
How long a form's search for an agency takes, with few agencies and with many. Slack waits
three seconds.
"""

import time
from pathlib import Path

from bot.clock import utc_now
from bot.library import Library
from commands.contract import Request, Standing
from commands.register import search_agencies
from storage import models
from storage.entered import entered_source
from storage.session import Session
from tests.bench.figures import Figure, shown
from tests.bench.people import open_library

PART = "search"
SIZES = (50, 500, 5000)
TIMES = 9
# What is typed; the last two fit nothing as they stand, and are looked for by likeness.
TYPED = ("", "leg", "agency number 49", "agenci numbre 44 vallee", "zzz")
PLACES, KINDS = ("Bay", "Valley", "Delta", "Coast"), ("Youth", "Legal", "Housing", "Health")


def directory(folder: Path) -> list[Figure]:
    columns = {size: _searched(folder, size) for size in SIZES}
    figures = [
        Figure(part=PART, name=f"{typed!r} in {size:,}", unit="ms", rounds=column[typed])
        for typed in TYPED
        for size, column in columns.items()
    ]
    medians = {each.name: each.value for each in figures}
    rows = []
    for typed in TYPED:
        row = [medians[f"{typed!r} in {size:,}"] for size in SIZES]
        rows.append([repr(typed), *(f"{each:.1f}" for each in row), f"{row[-1] / row[0]:.0f}x"])
    heads = ("searching an agency in a form, ms", *(f"{size:,}" for size in SIZES), "growth")
    print(shown(heads, rows))
    return figures


def _searched(folder: Path, size: int) -> dict[str, tuple[float, ...]]:
    library = open_library(f"sqlite:///{folder}/{size}.db")
    try:
        library.write_now(lambda session: add_agencies(session, size))
        return {typed: _search(library, typed) for typed in TYPED}
    finally:
        library.close()


def add_agencies(session: Session, size: int) -> None:
    now = utc_now()
    source = entered_source(session, now=now)
    session.add_all(
        models.Organization(
            key=f"bench-{number}",
            name=f"Agency number {number} of the {PLACES[number % 4]} {KINDS[number // 4 % 4]}",
            source_id=source,
            place="bench",
            as_of=now.date(),
            position=number,
        )
        for number in range(size)
    )


def _search(library: Library, typed: str) -> tuple[float, ...]:
    request = Request(text=typed, standing=Standing.MEMBER, now=utc_now(), memory=library.memory)
    took = []
    for _ in range(TIMES):
        library.refresh()  # as the bot looks all the time
        began = time.perf_counter()
        library.read_now(lambda session: search_agencies(request, session))
        took.append(1000 * (time.perf_counter() - began))
    return tuple(took)
