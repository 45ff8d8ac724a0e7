"""
What was measured: a figure a line, in a table for people and in a file for the next run.
"""

import json
import os
import platform
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median

from bot.clock import utc_now


@dataclass(frozen=True, kw_only=True)
class Figure:
    """
    Attributes:
        part: of the bench, "side-by-side".
        name: of what, "hotline, 1 client: p50".
        rounds: what each round found.
    """

    part: str
    name: str
    unit: str
    rounds: tuple[float, ...]

    @property
    def value(self) -> float:
        return median(self.rounds)


def ratios(own: Iterable[float], other: Iterable[float]) -> tuple[float, ...]:
    """
    Return the ratio within each round.
    """
    return tuple(mine / theirs for mine, theirs in zip(own, other, strict=True))


def shown(heads: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """
    Return a table: the first column is of words, the others are of numbers.
    """
    lines = [heads, *rows]
    first, *others = (max(map(len, column)) for column in zip(*lines, strict=True))
    return "\n".join(
        line[0].ljust(first)
        + "".join(cell.rjust(width + 2) for cell, width in zip(line[1:], others, strict=True))
        for line in lines
    )


def save(figures: Sequence[Figure], path: Path) -> None:
    said = {
        "at": utc_now().isoformat(timespec="seconds"),
        "python": platform.python_version(),
        "cores": os.cpu_count(),
        "figures": [{**vars(each), "median": each.value} for each in figures],
    }
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(said, indent=1) + "\n")


def load(path: Path) -> list[Figure]:
    return [
        Figure(
            part=each["part"], name=each["name"], unit=each["unit"], rounds=tuple(each["rounds"])
        )
        for each in json.loads(path.read_text())["figures"]
    ]
