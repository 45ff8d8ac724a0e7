"""
How long the disclosure engine takes: `python -m tests.bench.disclosure [SHAPE …] [--large]`.

Every table has all margins and 30 % small cells, from a seed; the medians are printed, and
for the large tables one run each. Nothing is asserted.
"""

import argparse
import random
from collections.abc import Sequence
from itertools import product
from math import prod
from statistics import median
from time import perf_counter
from typing import Any

from storage.disclosure.audit import audit
from storage.disclosure.protect import protect
from storage.disclosure.reading import read_table_file

SHAPES = ("10x4", "50x10", "10x4x3", "200x20")
LARGE = ("1000x20", "50x10x5")
SMALL_SHARE = 0.3


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


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("shapes", nargs="*", default=SHAPES)
    parser.add_argument("--large", action="store_true", help="1000x20 and 50x10x5, one run each")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--runs", type=int, default=5)
    arguments = parser.parse_args()
    shapes = LARGE if arguments.large else arguments.shapes
    runs = 1 if arguments.large else arguments.runs
    print(f"seed {arguments.seed}, {runs} tables of each shape, seconds")
    print("shape       inner cells   audit median   protect median    worst   optimal   worst gap")
    for shape in shapes:
        sizes = [int(size) for size in shape.split("x")]
        audits, protections, gaps = [], [], []
        for seed in range(arguments.seed, arguments.seed + runs):
            problem = read_table_file(table_file(sizes, seed))
            start = perf_counter()
            audit(problem)
            audits.append(perf_counter() - start)
            start = perf_counter()
            found = protect(problem)
            protections.append(perf_counter() - start)
            gaps.append((found.cost - found.bound) / max(1, found.cost))
        print(
            f"{shape:<10} {prod(sizes):>12} {median(audits):>14.3f} {median(protections):>16.3f} "
            f"{max(protections):>8.3f} {gaps.count(0.0):>6}/{runs} {max(gaps):>10.1%}",
            flush=True,
        )


if __name__ == "__main__":
    main()
