"""
How long the disclosure engine takes: `python -m tests.bench.disclosure [SHAPE …] [--large]`.

Every table has all margins and 30 % small cells, from a seed; the medians are printed, and
for the large tables one run each. Nothing is asserted.
"""

import argparse
import random
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import product
from math import prod
from statistics import median
from time import perf_counter, process_time
from typing import Any

from storage.disclosure.audit import audit
from storage.disclosure.protect import Protection, protect
from storage.disclosure.reading import read_table_file
from storage.disclosure.tables import Problem, marked

SHAPES = ("10x4", "50x10", "200x20", "10x4x3")
LARGE = ("1000x20", "50x10x5")
GOALS = {"10x4": "0.1 s", "50x10": "2 s", "200x20": "10 s", "10x4x3": "2 s", "1000x20": "180 s"}
SMALL_SHARE = 0.3
WIDTHS = "{:<9}{:>7}{:>8}{:>10}{:>6}{:>7}  {:<22}{:>9}{:>9}{:>9}{:>8}{:>8}  {}"
HEADS = (
    "shape", "cells", "small %", "withheld", "cost", "bound", "optimal",
    "audit s", "seconds", "worst s", "cpu s", "goal", "growth",
)  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class Run:
    """
    Attributes:
        audit: seconds that the audit of the primary-only publication took.
        seconds: that protecting took.
        cpu: seconds of the processor that protecting took.
    """

    small: float
    found: Protection
    audit: float
    seconds: float
    cpu: float


def table_file(shape: Sequence[int], seed: int) -> dict[str, Any]:
    """
    Return a table with all margins; its small cells are 1 to 9, the others 10 to 200.
    """
    draw = random.Random(seed)
    labels = [[f"{dim}.{number}" for number in range(size)] for dim, size in enumerate(shape)]
    counts: dict[str, int] = {}
    for cell in product(*labels):
        small = draw.random() < SMALL_SHARE
        count = draw.randint(1, 9) if small else draw.randint(10, 200)
        for margins in product(*((label, "T") for label in cell)):
            name = "/".join(["t", *margins])
            counts[name] = counts.get(name, 0) + count
    dims = [
        {"name": str(dim), "labels": ["T", *each], "tree": {"T": each}}
        for dim, each in enumerate(labels)
    ]
    return {"tables": [{"name": "t", "dims": dims}], "counts": counts}


def measure(problem: Problem, inner: int) -> Run:
    start = perf_counter()
    audit(problem)
    audited = perf_counter() - start
    start, cpu = perf_counter(), process_time()
    found = protect(problem)
    seconds, cpu = perf_counter() - start, process_time() - cpu
    if not audit(marked(problem, found.marks)).safe:
        raise SystemExit("what was protected does not pass the audit")
    small = sum(0 < count < 10 for count in problem.counts.values())
    return Run(small=small / inner, found=found, audit=audited, seconds=seconds, cpu=cpu)


def line(shape: str, runs: Sequence[Run], before: tuple[int, float] | None) -> str:
    """
    Return the medians of *runs*, and how the seconds grew from the last shape of as many
    dimensions: *before* holds its cells and seconds.
    """
    cells = prod(int(size) for size in shape.split("x"))
    seconds = median(run.seconds for run in runs)
    proved = sum(run.found.optimal for run in runs)
    gap = max((run.found.cost - run.found.bound) / max(1, run.found.cost) for run in runs)
    growth = ""
    if before is not None:
        growth = f"cells ×{cells / before[0]:.0f}, seconds ×{seconds / before[1]:.1f}"
    return WIDTHS.format(
        shape,
        cells,
        f"{median(run.small for run in runs):.0%}",
        f"{median(len(run.found.withheld) for run in runs):.0f}",
        f"{median(run.found.cost for run in runs):.0f}",
        f"{median(run.found.bound for run in runs):.0f}",
        f"{proved} of {len(runs)}" + (f", gap ≤ {gap:.1%}" if proved < len(runs) else ""),
        f"{median(run.audit for run in runs):.3f}",
        f"{seconds:.3f}",
        f"{max(run.seconds for run in runs):.3f}",
        f"{median(run.cpu for run in runs):.3f}",
        GOALS.get(shape, ""),
        growth,
    ).rstrip()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("shapes", nargs="*", default=SHAPES)
    parser.add_argument("--large", action="store_true", help="1000x20 and 50x10x5, one run each")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--runs", type=int, default=7)
    arguments = parser.parse_args()
    shapes = LARGE if arguments.large else arguments.shapes
    runs = 1 if arguments.large else arguments.runs
    many = f"the medians of {runs} tables" if runs > 1 else "one table"
    print(f"The disclosure engine: {many} of each shape, from seed {arguments.seed}.")
    print("Cells are without margins; seconds are to protect; each pattern is audited anew.")
    print(WIDTHS.format(*HEADS))
    last: dict[int, tuple[int, float]] = {}
    for shape in shapes:
        sizes = [int(size) for size in shape.split("x")]
        inner = prod(sizes)
        found = [
            measure(read_table_file(table_file(sizes, seed)), inner)
            for seed in range(arguments.seed, arguments.seed + runs)
        ]
        print(line(shape, found, last.get(len(sizes))), flush=True)
        last[len(sizes)] = (inner, median(run.seconds for run in found))


if __name__ == "__main__":
    main()
