"""
The problem to audit or to protect: cells, what adds up to what, and what is known.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace

from storage.disclosure.errors import TableError
from storage.disclosure.states import HIDDEN, Mark, State, below, domain, number, within


@dataclass(frozen=True, kw_only=True)
class Equation:
    """
    *total* is the sum of *parts*; with one part they are the same quantity.
    """

    total: str
    parts: tuple[str, ...]

    def __str__(self) -> str:
        return f"{self.total} = {' + '.join(self.parts)}"


@dataclass(frozen=True, kw_only=True)
class SideInformation:
    """
    What a reader knows from a percentage, a rate, a rounded or a worded figure: the sum
    of cells times coefficients lies from *low* to *high*, both included; None is no end.
    """

    terms: tuple[tuple[str, int], ...]
    low: int | None
    high: int | None


@dataclass(frozen=True, kw_only=True)
class Problem:
    """
    One system of cells over every table and release in play.

    Attributes:
        cells: every cell, in the order of the tables; ``table/label/label``.
        thresholds: of each cell's table.
        weights: what withholding each cell costs a reader, 3^k for a total in k dimensions.
        equations: of the dimensions' trees and those that were given, each once.
        totals: cells that are a total of any equation.
        counts: the true counts, or as many as are known; none in marks alone.
        marks: what is printed, where that is given and not made from the counts.
        absent: cells that were not collected or not reported.
        hidden: cells that are never printed.
        published: marks that are out already.
        insiders: who knows which cells.
    """

    cells: tuple[str, ...]
    thresholds: Mapping[str, int]
    weights: Mapping[str, int]
    equations: tuple[Equation, ...] = ()
    side: tuple[SideInformation, ...] = ()
    counts: Mapping[str, int] = field(default_factory=dict, repr=False)
    marks: Mapping[str, Mark] | None = None
    absent: Mapping[str, Mark] = field(default_factory=dict)
    hidden: frozenset[str] = frozenset()
    published: Mapping[str, Mark] = field(default_factory=dict)
    insiders: Mapping[str, frozenset[str]] = field(default_factory=dict)

    @property
    def totals(self) -> frozenset[str]:
        return frozenset(each.total for each in self.equations if len(each.parts) > 1)

    def present(self) -> Iterator[str]:
        """
        Yield the cells that there are: neither N/A nor not reported.
        """
        return (cell for cell in self.cells if cell not in self.absent)


def effective(problem: Problem) -> tuple[Equation, ...]:
    """
    Return the equations among the cells that there are, each once.

    A part that was not collected adds nothing; a total that was not collected, or of
    which no part was, says nothing.
    """
    found: dict[tuple[str, frozenset[str]], Equation] = {}
    for each in problem.equations:
        parts = tuple(part for part in each.parts if part not in problem.absent)
        if parts and each.total not in problem.absent:
            key = (each.total, frozenset(parts))
            found.setdefault(key, Equation(total=each.total, parts=parts))
    return tuple(found.values())


def primary(problem: Problem) -> dict[str, Mark]:
    """
    Return what a primary-only publication prints: the given marks, or those of the counts.

    Raises:
        TableError: if a cell has neither a count nor a mark.
    """
    printed: dict[str, Mark] = {}
    unknown = []
    for cell in problem.cells:
        given = problem.marks.get(cell) if problem.marks is not None else None
        if cell in problem.absent:
            printed[cell] = problem.absent[cell]
        elif cell in problem.hidden:
            printed[cell] = HIDDEN
        elif cell in problem.published:
            printed[cell] = problem.published[cell]
        elif given is not None:
            printed[cell] = given
        elif problem.marks is None and cell in problem.counts:
            small = 0 < problem.counts[cell] < problem.thresholds[cell]
            printed[cell] = (
                below(problem.thresholds[cell]) if small else number(problem.counts[cell])
            )
        else:
            unknown.append(cell)
    if unknown:
        what = "count" if problem.marks is None else "mark"
        raise TableError(
            [f"{cell}: it has no {what}: give one, or list the cell in `na`" for cell in unknown]
        )
    return printed


def marked(problem: Problem, marks: Mapping[str, Mark]) -> Problem:
    """
    Return *problem* with *marks* as what is printed. A number that it printed before, and
    *marks* withhold, stays known as a count.

    Raises:
        TableError: if a mark is of a cell that there is not, or cannot stand for the count,
            or a mark that is out already is another one.
    """
    wrong = [
        f"{cell}: there is no such cell: correct its name"
        for cell in marks
        if cell not in problem.thresholds
    ]
    absent = dict(problem.absent)
    for cell, mark in marks.items():
        if cell not in problem.thresholds:
            continue
        out = problem.published.get(cell)
        if out is not None and out != mark:
            wrong.append(f"{cell}: it is out as {out}: print the same mark again")
        if mark.state is State.HIDDEN and cell not in problem.hidden:
            wrong.append(f"{cell}: is hidden by its mark alone: list it under `hidden`")
        if cell in problem.hidden and mark.state is not State.HIDDEN:
            wrong.append(f"{cell}: is hidden, and has no mark: take its mark out")
        if cell in problem.absent and mark != problem.absent[cell]:
            wrong.append(f"{cell}: is {problem.absent[cell]}, but its mark is not: correct one")
        if mark.absent:
            absent[cell] = mark
        wrong += _contradicted(problem, cell, mark)
    if wrong:
        raise TableError(wrong)
    kept = {cell: mark for cell, mark in marks.items() if not mark.absent}
    return replace(problem, marks=kept, absent=absent, counts=known_counts(problem, kept))


def known_counts(problem: Problem, marks: Mapping[str, Mark]) -> dict[str, int]:
    """
    Return the counts of *problem*, and the numbers that it prints and *marks* withhold: who
    withholds a number knows it.
    """
    printed = problem.marks or {}
    return {
        cell: mark.value
        for cell, mark in printed.items()
        if mark.state is State.NUMBER
        and mark.value is not None
        and mark.value >= problem.thresholds[cell]
        and cell in marks
        and marks[cell].state is State.WITHHELD
    } | dict(problem.counts)


def _contradicted(problem: Problem, cell: str, mark: Mark) -> list[str]:
    if cell not in problem.counts:
        return []
    allowed = domain(mark, problem.thresholds[cell])
    if allowed is not None and within(problem.counts[cell], allowed):
        return []
    return [f"{cell}: its mark {mark.state.value} cannot stand for its count: correct one of them"]


def candidates(problem: Problem, marks: Mapping[str, Mark]) -> list[str]:
    """
    Return the cells that may be withheld: printed numbers of the threshold or more that
    are not out yet. A zero, a small count and what is out never are.
    """
    return [
        cell
        for cell in problem.cells
        if (mark := marks[cell]).state is State.NUMBER
        and mark.value is not None
        and mark.value >= problem.thresholds[cell]
        and cell not in problem.published
    ]
