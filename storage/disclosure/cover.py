"""
The cheapest pattern that satisfies every cut found so far.
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from math import ceil
from typing import Any

import highspy
import numpy as np

from storage.disclosure.cuts import Cut


@dataclass(frozen=True, kw_only=True)
class Covering:
    """
    Attributes:
        columns: what the pattern withholds; empty where the solver found none in time.
        found: whether it did.
        bound: no pattern that satisfies the cuts costs less.
    """

    columns: frozenset[int]
    found: bool
    bound: int


class Cover:
    """
    The covering problem over columns with a cost each, to which cuts are added.
    """

    def __init__(self, costs: Mapping[int, int]) -> None:
        self.costs = dict(costs)
        self.cuts: dict[Cut, None] = {}
        self.seconds = 0.0  # that the solvers took
        self._needs: list[int] = []
        self._gains: list[tuple[tuple[int, int], ...]] = []
        self._places: dict[int, list[tuple[int, int]]] = {}  # column -> (number of a cut, gain)
        self._columns = list(costs)
        self._place = {column: place for place, column in enumerate(self._columns)}
        self._solver = _solver(self.costs)
        self._solver.changeColsIntegrality(
            len(self._columns),
            np.arange(len(self._columns), dtype=np.int32),
            np.array([highspy.HighsVarType.kInteger] * len(self._columns)),
        )
        self._relaxed = _solver(self.costs)
        self._relaxed.setOptionValue("presolve", "off")  # it would throw the warm basis away

    def add(self, cuts: Iterable[Cut]) -> int:
        """
        Add *cuts*, and return how many of them are new.
        """
        before = len(self.cuts)
        for cut in cuts:
            if cut in self.cuts:
                continue
            for column, gain in cut.gains:
                self._places.setdefault(column, []).append((len(self.cuts), gain))
            self._needs.append(cut.need)
            self._gains.append(cut.gains)
            self.cuts[cut] = None
            for solver in (self._solver, self._relaxed):
                solver.addRow(
                    1.0,
                    highspy.kHighsInf,
                    len(cut.gains),
                    np.array([self._place[column] for column, _ in cut.gains], dtype=np.int32),
                    np.array([gain / cut.need for _, gain in cut.gains], dtype=np.float64),
                )
        return len(self.cuts) - before

    def cost(self, columns: Iterable[int]) -> int:
        """
        Return what withholding *columns* costs.
        """
        return sum(self.costs[column] for column in columns)

    def satisfied(self, columns: Collection[int]) -> bool:
        """
        Say whether withholding *columns* satisfies every cut.
        """
        return all(lack <= 0 for lack in self._lacks(columns))

    def thin(self, columns: Iterable[int]) -> set[int]:
        """
        Return *columns* without those that no cut needs, the dearest taken back first.
        """
        kept = set(columns)
        lacks = self._lacks(kept)
        for column in sorted(kept, key=lambda each: (-self.costs[each], each)):
            places = self._places.get(column, [])
            if all(lacks[number] + gain <= 0 for number, gain in places):
                kept.remove(column)
                for number, gain in places:
                    lacks[number] += gain
        return kept

    def _lacks(self, columns: Collection[int]) -> list[int]:
        lacks = list(self._needs)
        for column in columns:
            for number, gain in self._places.get(column, ()):
                lacks[number] -= gain
        return lacks

    def shares(self) -> dict[int, float]:
        """
        Return how much of each column is withheld, from 0 to 1, where the cuts are satisfied
        at the least cost and columns can be withheld in part; empty where the solver failed.
        """
        self._relaxed.run()
        self._note_seconds()
        if self._relaxed.getModelStatus() != highspy.HighsModelStatus.kOptimal:
            return {}
        values = np.clip(np.array(self._relaxed.getSolution().col_value), 0.0, 1.0)
        return dict(zip(self._columns, values.tolist(), strict=True))

    def cheapest(self, *, seconds: float, enough: int = 0, hint: Iterable[int] = ()) -> Covering:
        """
        Return the cheapest pattern that satisfies the cuts, or the best found in time.

        Args:
            seconds: by the solver's own clock.
            enough: a bound that is known already: a pattern of that cost is the cheapest.
            hint: a pattern to start from.
        """
        solver = self._solver
        solver.setOptionValue("time_limit", seconds)
        solver.setOptionValue("objective_target", enough + 0.5)
        solver.setOptionValue("mip_abs_gap", 0.999)  # costs are whole numbers
        solver.setOptionValue("mip_rel_gap", 0.0)
        start = np.zeros(len(self._columns))
        start[[self._place[column] for column in hint]] = 1.0
        solution = highspy.HighsSolution()
        solution.col_value = start.tolist()
        solver.setSolution(solution)
        solver.run()
        self._note_seconds()
        info = solver.getInfo()
        found = info.primal_solution_status == 2
        values = np.array(solver.getSolution().col_value) if found else np.zeros(0)
        chosen = frozenset(self._columns[place] for place in np.flatnonzero(values > 0.5))
        bound = max(0, ceil(info.mip_dual_bound - 1e-6)) if np.isfinite(info.mip_dual_bound) else 0
        return Covering(columns=chosen, found=found, bound=bound)

    def _note_seconds(self) -> None:
        self.seconds = self._solver.getRunTime() + self._relaxed.getRunTime()  # of all runs

    def greedy(self, chosen: Iterable[int], *, without: Collection[int] = ()) -> set[int]:
        """
        Return *chosen* and, one after the other, the columns that gain most for their cost,
        until the cuts are satisfied, or as far as that goes *without* some columns.
        """
        withheld = set(chosen)
        lacks = self._lacks(withheld)
        missing = {number for number, lack in enumerate(lacks) if lack > 0}
        worth: dict[int, float] = {}
        for number in missing:
            for column, gain in self._gains[number]:
                if column not in withheld and column not in without:
                    more = min(gain, lacks[number]) / self._needs[number]
                    worth[column] = worth.get(column, 0.0) + more
        while missing and worth:
            best = max(worth, key=lambda each: (worth[each] / max(1e-3, self.costs[each]), -each))
            withheld.add(best)
            del worth[best]
            for number, gain in self._places[best]:
                if number not in missing:
                    continue
                before, after = lacks[number], max(0, lacks[number] - gain)
                lacks[number] = after
                for column, other in self._gains[number]:
                    if column in worth:
                        less = min(other, before) - min(other, after)
                        worth[column] -= less / self._needs[number]
                if not after:
                    missing.remove(number)
        return withheld


def _solver(costs: Mapping[int, int]) -> Any:
    width = len(costs)
    model = highspy.HighsLp()
    model.num_col_, model.num_row_ = width, 0
    model.col_cost_ = np.array(list(costs.values()), dtype=np.float64)
    model.col_lower_, model.col_upper_ = np.zeros(width), np.ones(width)
    model.a_matrix_.start_ = np.zeros(width + 1, dtype=np.int32)
    solver: Any = highspy.Highs()  # type: ignore[no-untyped-call]
    solver.setOptionValue("output_flag", False)
    solver.setOptionValue("threads", 1)
    solver.passModel(model)
    return solver
