"""
How long a form's search for an agency takes, with few agencies and with many.
"""

import tempfile
import time
from pathlib import Path
from statistics import median

from bot.clock import utc_now
from bot.library import Library
from commands.contract import Request, Standing
from commands.register import search_agencies
from storage import models
from storage.entered import entered_source
from storage.packs.reading import read_pack
from storage.session import Session

SIZES = (50, 500, 5000)
TIMES = 9
# What is typed; the last two fit nothing as they stand, and are looked for by likeness.
TYPED = ("", "leg", "agency number 49", "agenci numbre 44 vallee", "zzz")
PLACES, KINDS = ("Bay", "Valley", "Delta", "Coast"), ("Youth", "Legal", "Housing", "Health")
PACK = Path(__file__).parents[2] / "storage/packs/contra_costa"


def main() -> None:
    print("Searching an agency in a form (Slack waits 3,000 ms), medians in ms")
    print(f"{'typed':<26}" + "".join(f"{size:>10,}" for size in SIZES) + f"{'growth':>10}")
    columns = [_measured(size) for size in SIZES]
    for typed in TYPED:
        row = [column[typed] for column in columns]
        cells = "".join(f"{each:>10.1f}" for each in row)
        print(f"{typed!r:<26}{cells}{row[-1] / row[0]:>9.0f}x")


def _measured(size: int) -> dict[str, float]:
    with tempfile.TemporaryDirectory(prefix="htbot-bench-") as folder:
        url = f"sqlite:///{folder}/ht.db"
        library = Library.open(url, pack=read_pack(PACK), clock=utc_now)
        try:
            library.write_now(lambda session: _fill(session, size))
            return {typed: _search(library, typed) for typed in TYPED}
        finally:
            library.close()


def _fill(session: Session, size: int) -> None:
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


def _search(library: Library, typed: str) -> float:
    request = Request(text=typed, standing=Standing.MEMBER, now=utc_now(), memory=library.memory)
    took = []
    for _ in range(TIMES):
        began = time.perf_counter()
        library.read_now(lambda session: search_agencies(request, session))
        took.append(1000 * (time.perf_counter() - began))
    return median(took)
