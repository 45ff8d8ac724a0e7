"""
The cheapest pattern that satisfies every cut found so far.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
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
        self._columns = list(costs)
        self._place = {column: place for place, column in enumerate(self._columns)}
        self._solver: Any = highspy.Highs()  # type: ignore[no-untyped-call]
        self._solver.setOptionValue("output_flag", False)
        self._solver.setOptionValue("threads", 1)
        model = highspy.HighsLp()
        width = len(self._columns)
        model.num_col_, model.num_row_ = width, 0
        model.col_cost_ = np.array(list(costs.values()), dtype=np.float64)
        model.col_lower_, model.col_upper_ = np.zeros(width), np.ones(width)
        model.integrality_ = [highspy.HighsVarType.kInteger] * width
        model.a_matrix_.start_ = np.zeros(width + 1, dtype=np.int32)
        self._solver.passModel(model)

    def add(self, cuts: Iterable[Cut]) -> int:
        """
        Add *cuts*, and return how many of them are new.
        """
        before = len(self.cuts)
        for cut in cuts:
            if cut in self.cuts:
                continue
            self.cuts[cut] = None
            self._solver.addRow(
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
        return all(
            sum(gain for column, gain in cut.gains if column in columns) >= cut.need
            for cut in self.cuts
        )

    def cheapest(self, *, nodes: int, hint: Iterable[int] = ()) -> Covering:
        """
        Return the cheapest pattern that satisfies the cuts, or the best found within *nodes*.

        Args:
            hint: a pattern to start from.
        """
        solver = self._solver
        solver.setOptionValue("mip_max_nodes", nodes)
        solver.setOptionValue("mip_abs_gap", 0.999)  # costs are whole numbers
        solver.setOptionValue("mip_rel_gap", 0.0)
        start = np.zeros(len(self._columns))
        start[[self._place[column] for column in hint]] = 1.0
        solution = highspy.HighsSolution()
        solution.col_value = start.tolist()
        solver.setSolution(solution)
        solver.run()
        info = solver.getInfo()
        found = info.primal_solution_status == 2
        values = np.array(solver.getSolution().col_value) if found else np.zeros(0)
        chosen = frozenset(self._columns[place] for place in np.flatnonzero(values > 0.5))
        bound = max(0, ceil(info.mip_dual_bound - 1e-6)) if np.isfinite(info.mip_dual_bound) else 0
        return Covering(columns=chosen, found=found, bound=bound)

    def greedy(self, chosen: Iterable[int], cuts: Sequence[Cut]) -> set[int]:
        """
        Return *chosen* and, one after the other, the columns that gain most for their cost,
        until *cuts* are satisfied.
        """
        withheld = set(chosen)
        missing = {}
        for number, cut in enumerate(cuts):
            lack = cut.need - sum(gain for column, gain in cut.gains if column in withheld)
            if lack > 0:
                missing[number] = lack
        of_column: dict[int, list[tuple[int, int]]] = {}
        for number in missing:
            for column, gain in cuts[number].gains:
                if column not in withheld:
                    of_column.setdefault(column, []).append((number, gain))
        worth = {
            column: sum(min(gain, missing[n]) / cuts[n].need for n, gain in places)
            for column, places in of_column.items()
        }
        while missing and worth:
            best = max(
                worth, key=lambda column: (worth[column] / max(1e-3, self.costs[column]), -column)
            )
            withheld.add(best)
            del worth[best]
            for number, gain in of_column[best]:
                if number not in missing:
                    continue
                before = missing[number]
                after = before - gain
                for column, other in cuts[number].gains:
                    if column in worth:
                        worth[column] -= (min(other, before) - min(other, max(after, 0))) / cuts[
                            number
                        ].need
                if after > 0:
                    missing[number] = after
                else:
                    del missing[number]
        return withheld
