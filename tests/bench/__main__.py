"""
`make bench`: how fast, how soon, how heavy. `python -m tests.bench PART …` measures parts of it.

Nothing is asserted: the figures are printed, and kept as JSON for `tests.bench.compare`.
"""

import argparse
import asyncio
import inspect
import tempfile
import time
from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path

import uvloop

from tests.bench import (
    broadcast,
    deliveries,
    directory,
    growth,
    memory,
    side_by_side,
    sockets,
    start,
    tick,
)
from tests.bench.criteria import verdict
from tests.bench.figures import Figure, save

FOLDER = Path("build")
Part = Callable[[Path], Awaitable[list[Figure]] | list[Figure]]
PARTS: Mapping[str, Part] = {
    side_by_side.PART: side_by_side.side_by_side,
    broadcast.PART: broadcast.broadcast,
    broadcast.FAST: broadcast.broadcast_fast,
    sockets.PART: sockets.sockets,
    start.PART: start.start,
    memory.PART: memory.memory,
    growth.PART: growth.growth,
    tick.PART: tick.tick,
    directory.PART: directory.directory,
    deliveries.PART: deliveries.deliveries,
}
EXTRA = {broadcast.FAST}  # measured only if named


def measured(part: str) -> list[Figure]:
    """
    Measure *part* in a folder of its own, and print what it found.
    """
    print(f"\n== {part}\n", flush=True)
    began = time.perf_counter()
    with (
        tempfile.TemporaryDirectory(prefix="htbot-bench-") as folder,
        asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner,
    ):
        found = PARTS[part](Path(folder))
        figures = runner.run(found) if inspect.iscoroutine(found) else found
    print(f"({time.perf_counter() - began:.0f} s)", flush=True)
    return figures


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.bench", description=__doc__)
    parser.add_argument("parts", nargs="*", metavar="PART", help=", ".join(PARTS))
    parser.add_argument("--out", type=Path, metavar="FILE", help="where the JSON goes")
    arguments = parser.parse_args()
    if unknown := set(arguments.parts) - PARTS.keys():
        parser.error(f"no such part: {', '.join(unknown)}; there are {', '.join(PARTS)}")
    parts = arguments.parts or [part for part in PARTS if part not in EXTRA]
    figures = [figure for part in parts for figure in measured(part)]
    path = arguments.out or FOLDER / f"{'-'.join(['bench', *arguments.parts])}.json"
    save(figures, path)
    print(f"\n{verdict(figures)}\n\nAll figures are in {path.resolve()}")


if __name__ == "__main__":
    main()
