"""
The equations of a problem as rows over whole numbers, checked and argued with exactly.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from storage.disclosure.errors import TableError
from storage.disclosure.states import Domain, Mark, domain
from storage.disclosure.tables import Problem, effective

# Sums of fewer and smaller products than this stay exact in 64 bits.
EXACT_IN_64_BITS = 2**61
DENOMINATORS = (1, 2, 3, 4, 6, 12, 60, 840)


@dataclass(frozen=True, kw_only=True)
class System:
    """
    Attributes:
        cells: of the first columns; the rest are what each piece of side information sums up.
        rows: each a sum of (column, coefficient) that is zero.
        slacks: what the columns after the cells can be.
    """

    cells: tuple[str, ...]
    rows: tuple[tuple[tuple[int, int], ...], ...]
    slacks: tuple[Domain, ...]

    @property
    def width(self) -> int:
        return len(self.cells) + len(self.slacks)

    @cached_property
    def column(self) -> Mapping[str, int]:
        return {cell: column for column, cell in enumerate(self.cells)}

    @cached_property
    def rows_of(self) -> Sequence[Sequence[int]]:
        """
        The rows in which each column stands.
        """
        found: list[list[int]] = [[] for _ in range(self.width)]
        for number, row in enumerate(self.rows):
            for column, _ in row:
                found[column].append(number)
        return found

    def fits(self, table: Sequence[int], domains: Sequence[Domain]) -> bool:
        """
        Say whether *table* satisfies every equation and every domain, exactly.

        Args:
            table: a whole number for each column.
        """
        if not all(
            low <= value and (high is None or value <= high)
            for value, (low, high) in zip(table, domains, strict=True)
        ):
            return False
        return all(not sum(table[column] * times for column, times in row) for row in self.rows)

    def complete(self, values: Sequence[int]) -> list[int]:
        """
        Return a table for every column from one of the cells alone.

        Args:
            values: of the cells, in their order.
        """
        table = [*values, *([0] * len(self.slacks))]
        for column in range(len(self.cells), self.width):
            (row,) = self.rows_of[column]
            table[column] = sum(
                times * values[each] for each, times in self.rows[row] if each != column
            )
        return table

    def reduce(
        self, objective: Mapping[int, int], prices: NDArray[np.float64]
    ) -> tuple[int, NDArray[Any]] | None:
        """
        Return whole coefficients r and a scale s so that s · objective(x) = r · x for every x
        that satisfies the rows: the objective less rows times *prices*.

        Args:
            prices: of each row, as a solver gives them; rounded to small fractions. Whatever
                they are, what is returned holds exactly.
        Returns:
            None where they are no small fractions.
        """
        for scale in DENOMINATORS:
            scaled = np.rint(prices * scale)
            if np.abs(scaled - prices * scale).max(initial=0.0) < 1e-6 * scale:
                break
        else:
            return None
        kind: Any = np.int64 if self._size * np.abs(scaled).max(initial=1.0) < 2**40 else object
        reduced = np.zeros(self.width, dtype=kind)
        for column, times in objective.items():
            reduced[column] = scale * times
        rows, columns, times_of = self._terms
        used = scaled[rows] != 0
        amounts = [int(each) for each in scaled] if kind is object else scaled.astype(np.int64)
        part = np.array(amounts, dtype=kind)[rows[used]] * times_of[used]
        np.subtract.at(reduced, columns[used], part)
        return scale, reduced

    @cached_property
    def _terms(self) -> tuple[NDArray[np.intp], NDArray[np.intp], NDArray[np.int64]]:
        terms = [
            (number, column, times) for number, row in enumerate(self.rows) for column, times in row
        ]
        rows, columns, times_of = zip(*terms, strict=True) if terms else ((), (), ())
        return np.array(rows, np.intp), np.array(columns, np.intp), np.array(times_of, np.int64)

    @cached_property
    def _size(self) -> int:
        return max((abs(times) for row in self.rows for _, times in row), default=1)


def build(problem: Problem) -> System:
    """
    Return the rows of *problem*: its equations, and its side information with a column each.
    """
    cells = tuple(problem.present())
    column = {cell: number for number, cell in enumerate(cells)}
    rows: list[tuple[tuple[int, int], ...]] = []
    for each in effective(problem):
        terms: dict[int, int] = {}
        for cell, times in [(each.total, 1), *((part, -1) for part in each.parts)]:
            terms[column[cell]] = terms.get(column[cell], 0) + times
        rows.append(tuple((place, times) for place, times in terms.items() if times))
    slacks: list[Domain] = []
    for known in problem.side:
        terms_known = [(column[cell], times) for cell, times in known.terms if cell in column]
        low = known.low
        if low is None:  # turned round, so that an end without bound is always the upper one
            terms_known = [(place, -times) for place, times in terms_known]
            if known.high is None:
                continue
            slacks.append((-known.high, None))
        else:
            slacks.append((low, known.high))
        rows.append((*terms_known, (len(cells) + len(slacks) - 1, -1)))
    return System(cells=cells, rows=tuple(rows), slacks=tuple(slacks))


def printed_domains(problem: Problem, marks: Mapping[str, Mark], system: System) -> list[Domain]:
    """
    Return what each cell's mark can stand for, in the system's order.
    """
    found = []
    for cell in system.cells:
        allowed = domain(marks[cell], problem.thresholds[cell])
        if allowed is None:
            raise TableError([f"{cell}: is {marks[cell]}, but its equations need it"])
        found.append(allowed)
    return found


def fraction(value: object) -> Fraction:
    """
    Return a number as it was written: 0.1 is a tenth.
    """
    return Fraction(str(value))
