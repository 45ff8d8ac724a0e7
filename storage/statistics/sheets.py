"""
One table of one period: its structure, its marks, and its counts where they are known.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from itertools import product
from typing import Any

from storage.disclosure.errors import TableError
from storage.disclosure.states import Mark, below, number

Labels = tuple[str, ...]  # one a dimension


@dataclass(frozen=True, kw_only=True)
class Dimension:
    """
    Attributes:
        tree: parent label → its children; empty: no total.
    """

    name: str
    labels: tuple[str, ...]
    tree: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Structure:
    """
    A table without its figures.

    Attributes:
        knows: agency → the labels of the first dimension that it reported itself.
        equations: (total, parts) over cells as ``series/label/label``, of this period: what
            ties the table to others.
    """

    dimensions: tuple[Dimension, ...]
    knows: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    equations: tuple[tuple[str, tuple[str, ...]], ...] = ()

    def cells(self) -> Iterator[Labels]:
        return product(*(each.labels for each in self.dimensions))

    def to_json(self) -> dict[str, Any]:
        return {
            "dims": [
                {
                    "name": each.name,
                    "labels": list(each.labels),
                    "tree": {parent: list(children) for parent, children in each.tree.items()},
                }
                for each in self.dimensions
            ],
            "knows": {who: list(labels) for who, labels in self.knows.items()},
            "equations": [[total, list(parts)] for total, parts in self.equations],
        }

    @classmethod
    def from_json(cls, document: Mapping[str, Any]) -> "Structure":
        return cls(
            dimensions=tuple(
                Dimension(
                    name=each["name"],
                    labels=tuple(each["labels"]),
                    tree={parent: tuple(children) for parent, children in each["tree"].items()},
                )
                for each in document["dims"]
            ),
            knows={who: tuple(labels) for who, labels in document["knows"].items()},
            equations=tuple((total, tuple(parts)) for total, parts in document["equations"]),
        )


@dataclass(frozen=True, kw_only=True)
class Sheet:
    """
    One table of one period before the gate, or behind it.

    Attributes:
        number: from 1 within the series and period; a correction has the next.
        starts, ends: first and last day of the period.
        marks: what is printed; for a table that wants out, what its source prints. None
            where there are counts to make them of.
        counts: the true ones, where they are known.
    """

    series: str
    period: str
    starts: date
    ends: date
    number: int
    threshold: int
    structure: Structure
    marks: Mapping[Labels, Mark] | None = None
    counts: Mapping[Labels, int] | None = field(default=None, repr=False)
    absent: Mapping[Labels, Mark] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if slashed := [
            label for each in self.structure.dimensions for label in each.labels if "/" in label
        ]:
            raise TableError(
                [
                    f"{label}: has a slash, which parts the labels of a cell: rename it"
                    for label in slashed
                ]
            )

    @property
    def name(self) -> str:
        return name_of(self.series, self.period, number=self.number)

    def cell(self, labels: Labels) -> str:
        return "/".join([self.name, *labels])


def name_of(series: str, period: str, *, number: int) -> str:
    """
    Return what a table is called in reports.
    """
    again = "" if number == 1 else f", correction {number - 1}"
    return f"{series} {period}{again}".replace("/", "∕")  # "/" parts the labels of a cell


def at_most(sheet: Sheet, labels: Labels) -> Mark:
    """
    Return what a sheet prints in a cell; before the gate, what it would print at most.
    """
    if sheet.marks is not None:
        return sheet.marks[labels]
    if labels in sheet.absent:
        return sheet.absent[labels]
    count = (sheet.counts or {})[labels]
    return below(sheet.threshold) if 0 < count < sheet.threshold else number(count)


def same_period(one: Sheet, other: Sheet) -> bool:
    return (one.starts, one.ends) == (other.starts, other.ends)


def within(one: Sheet, other: Sheet) -> bool:
    return one.starts >= other.starts and one.ends <= other.ends


def overlaps(one: Sheet, other: Sheet) -> bool:
    return one.starts <= other.ends and other.starts <= one.ends
