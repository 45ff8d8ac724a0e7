"""
Readers who ask z3: exact whole-number arithmetic, with nothing of HiGHS in it.
"""

from collections.abc import Mapping

import z3

from storage.disclosure.states import Mark, State
from storage.disclosure.tables import Problem


class Reader:
    """
    Whoever sees *marks*, and knows what adds up to what.
    """

    def __init__(self, problem: Problem, marks: Mapping[str, Mark]) -> None:
        self.solver = z3.Solver()
        self.cells = {cell: z3.Int(cell) for cell, mark in marks.items() if not mark.absent}
        for cell, known in self.cells.items():
            mark = marks[cell]
            if mark.state is State.NUMBER:
                self.solver.add(known == mark.value)
            elif mark.state is State.BELOW:
                self.solver.add(known >= 1, known < mark.value)
            else:
                hidden = mark.state is State.HIDDEN
                self.solver.add(known >= (0 if hidden else problem.thresholds[cell]))
        for each in problem.equations:
            parts = [self.cells[part] for part in each.parts if part in self.cells]
            if each.total in self.cells and parts:
                self.solver.add(self.cells[each.total] == z3.Sum(parts))
        for side in problem.side:
            terms = [times * self.cells[cell] for cell, times in side.terms if cell in self.cells]
            if side.low is not None:
                self.solver.add(z3.Sum(terms) >= side.low)
            if side.high is not None:
                self.solver.add(z3.Sum(terms) <= side.high)

    def possible(self, *cases: z3.BoolRef) -> bool:
        """
        Say whether a whole-number table fits *cases*.
        """
        answer = self.solver.check(*cases)
        if answer == z3.unknown:
            raise AssertionError(self.solver.reason_unknown())
        return bool(answer == z3.sat)

    def confirms(self, cell: str, interval: tuple[int, int | None]) -> bool:
        """
        Say whether *interval* is the least and the greatest value of *cell*.
        """
        low, high = interval
        known = self.cells[cell]
        if self.possible(known < low) or not self.possible(known == low):
            return False
        if high is None:
            return self.possible(known > 10**9)
        return self.possible(known == high) and not self.possible(known > high)

    def another(self, counts: Mapping[str, int]) -> dict[str, int] | None:
        """
        Return other counts than *counts* that fit, or None if there are none.
        """
        differs = [known != counts[cell] for cell, known in self.cells.items()]
        if not self.possible(z3.Or(differs)):
            return None
        model = self.solver.model()
        return {
            cell: model.eval(known, model_completion=True).as_long()
            for cell, known in self.cells.items()
        }
