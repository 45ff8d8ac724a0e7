"""
The linear program over a system's tables, kept warm from one question to the next.
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from enum import Enum
from typing import Any

import highspy
import numpy as np
from numpy.typing import NDArray

from storage.disclosure.states import Domain
from storage.disclosure.system import EXACT_IN_64_BITS, System

PRIMAL_SIMPLEX, DUAL_SIMPLEX = 4, 1  # HiGHS' numbers for them
FEASIBLE = 2  # too
WHOLE_SECONDS = 5.0  # for a search for whole numbers, by the solver's own clock
NEAR = 1e-6  # how far from a whole number the solver may be


class Status(Enum):
    """
    How a linear program ended.
    """

    BEST = "best"
    NONE_FITS = "none fits"
    UNBOUNDED = "unbounded"
    FAILED = "failed"


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """
    Attributes:
        value: of the objective, with the solver's rounding; meaningless unless BEST.
        values: of each column.
        prices: of each row: the dual solution.
    """

    status: Status
    value: float
    values: NDArray[np.float64]
    prices: NDArray[np.float64]


class Program:
    """
    The tables that fit a system, with numbers that need not be whole.
    """

    def __init__(self, system: System, domains: Sequence[Domain]) -> None:
        """
        Args:
            domains: of each cell, in the system's order; the slacks bring their own.
        """
        self.system = system
        self.domains: list[Domain] = [*domains, *system.slacks]
        self._cost: dict[int, int] = {}
        self._lows = np.array([low for low, _ in self.domains], dtype=np.int64)
        self._highs = np.array(
            [0 if high is None else high for _, high in self.domains], dtype=np.int64
        )
        self._endless = np.array([high is None for _, high in self.domains], dtype=bool)
        self._highs_solver = _solver(system, self.domains)
        self._whole_solver: Any = None

    @property
    def seconds(self) -> float:
        """
        Return how long the solver took so far, by its own clock.
        """
        solvers = (self._highs_solver, self._whole_solver)
        return sum(float(solver.getRunTime()) for solver in solvers if solver is not None)

    def restrict(self, changes: Mapping[int, Domain]) -> None:
        """
        Give columns another domain.
        """
        changed = [each for each in changes if self.domains[each] != changes[each]]
        if not changed:
            return
        for column in changed:
            low, high = self.domains[column] = changes[column]
            self._lows[column] = low
            self._highs[column] = 0 if high is None else high
            self._endless[column] = high is None
        self._highs_solver.changeColsBounds(
            len(changed),
            np.array(changed, dtype=np.int32),
            np.array([changes[each][0] for each in changed], dtype=np.float64),
            np.array([_upper(changes[each]) for each in changed], dtype=np.float64),
        )

    @contextmanager
    def given(self, changes: Mapping[int, Domain]) -> Iterator[None]:
        """
        Give columns another domain for a while.
        """
        before = {column: self.domains[column] for column in changes}
        self.restrict(changes)
        try:
            yield
        finally:
            self.restrict(before)

    @contextmanager
    def stretched(
        self, columns: Sequence[int], lows: NDArray[np.float64], highs: NDArray[np.float64]
    ) -> Iterator[None]:
        """
        Let the solver alone take *columns* within ends that need not be whole, for a while.
        What it answers then says something of its prices only.
        """
        places = np.array(columns, dtype=np.int32)
        self._highs_solver.changeColsBounds(len(places), places, lows, highs)
        try:
            yield
        finally:
            before = [self.domains[column] for column in columns]
            self._highs_solver.changeColsBounds(
                len(places),
                places,
                np.array([low for low, _ in before], dtype=np.float64),
                np.array([_upper(each) for each in before], dtype=np.float64),
            )

    def maximize(self, objective: Mapping[int, int]) -> Outcome:
        """
        Return the table, of numbers that need not be whole, with the greatest *objective*.
        """
        costs = dict.fromkeys(self._cost, 0) | {each: -times for each, times in objective.items()}
        changed = [each for each in costs if self._cost.get(each, 0) != costs[each]]
        if changed:
            self._highs_solver.changeColsCost(
                len(changed),
                np.array(changed, dtype=np.int32),
                np.array([costs[each] for each in changed], dtype=np.float64),
            )
        self._cost = {each: cost for each, cost in costs.items() if cost}
        # The last basis still fits, or else it is still the best where the objective stays.
        self._highs_solver.setOptionValue(
            "simplex_strategy", PRIMAL_SIMPLEX if changed else DUAL_SIMPLEX
        )
        outcome = self._run()
        if outcome.status is Status.FAILED:
            self._highs_solver.clearSolver()
            outcome = self._run()
        return outcome

    def ceiling(self, objective: Mapping[int, int], prices: NDArray[np.float64]) -> int | None:
        """
        Return a whole number that *objective* exceeds in no whole-number table that fits:
        proved here in whole numbers, whatever the solver said.

        Returns:
            None where *prices* prove nothing.
        """
        found = self.system.reduce(objective, prices)
        if found is None:
            return None
        scale, reduced = found
        if np.any(self._endless & (reduced > 0)):
            return None
        ends = np.where(reduced > 0, self._highs, self._lows)
        return exact_product(reduced, ends) // scale

    def empty(self) -> bool:
        """
        Say whether it can be proved, exactly, that no table fits: by prices at which every
        table would miss an equation.
        """
        solver = _solver(self.system, self.domains, elastic=True)
        solver.run()
        if _STATUS.get(solver.getModelStatus()) is not Status.BEST:
            return False
        most = self.ceiling({}, -np.array(solver.getSolution().row_dual, dtype=np.float64))
        return most is not None and most < 0

    def whole(self, outcome: Outcome) -> list[int] | None:
        """
        Return the whole-number table of *outcome*, or None if it is none or does not fit.
        """
        rounded = np.rint(outcome.values)
        if np.abs(rounded - outcome.values).max(initial=0.0) > NEAR:
            return None
        table = self.system.complete([int(each) for each in rounded[: len(self.system.cells)]])
        return table if self.system.fits(table, self.domains) else None

    def whole_table(self, seconds: float = WHOLE_SECONDS) -> list[int] | None:
        """
        Return any whole-number table that fits, checked exactly, as the solver's own search
        for whole numbers finds it; None proves nothing.
        """
        if self._whole_solver is None:
            self._whole_solver = _solver(self.system, self.domains)
            self._whole_solver.setOptionValue("presolve", "choose")
            self._whole_solver.setOptionValue("solver", "choose")
            self._whole_solver.changeColsIntegrality(
                self.system.width,
                np.arange(self.system.width, dtype=np.int32),
                np.array([highspy.HighsVarType.kInteger] * self.system.width),
            )
        solver = self._whole_solver
        solver.clearSolver()
        solver.setOptionValue("time_limit", seconds)
        solver.changeColsBounds(
            self.system.width,
            np.arange(self.system.width, dtype=np.int32),
            self._lows.astype(np.float64),
            np.where(self._endless, highspy.kHighsInf, self._highs.astype(np.float64)),
        )
        solver.run()
        if solver.getInfo().primal_solution_status != FEASIBLE:
            return None
        values = np.rint(np.array(solver.getSolution().col_value, dtype=np.float64))
        table = self.system.complete([int(each) for each in values[: len(self.system.cells)]])
        return table if self.system.fits(table, self.domains) else None

    def _run(self) -> Outcome:
        solver = self._highs_solver
        solver.run()
        status = _STATUS.get(solver.getModelStatus(), Status.FAILED)
        solution = solver.getSolution()
        return Outcome(
            status=status,
            value=-solver.getObjectiveValue(),
            values=np.array(solution.col_value, dtype=np.float64),
            # of a maximum: the solver was given the minimum of the opposite
            prices=-np.array(solution.row_dual, dtype=np.float64),
        )


_STATUS = {
    highspy.HighsModelStatus.kOptimal: Status.BEST,
    highspy.HighsModelStatus.kInfeasible: Status.NONE_FITS,
    highspy.HighsModelStatus.kUnbounded: Status.UNBOUNDED,
}


def exact_product(left: NDArray[Any], right: NDArray[np.int64]) -> int:
    """
    Return the exact sum of products of whole numbers.
    """
    greatest = int(np.abs(left).max(initial=0)) * int(np.abs(right).max(initial=0))
    if greatest * max(1, len(left)) < EXACT_IN_64_BITS:
        return int(np.dot(left.astype(np.int64), right))
    return sum(int(a) * int(b) for a, b in zip(left, right, strict=True))


def _upper(allowed: Domain) -> float:
    return highspy.kHighsInf if allowed[1] is None else allowed[1]


def _solver(system: System, domains: Sequence[Domain], *, elastic: bool = False) -> Any:
    """
    Args:
        elastic: let each row miss its zero, and make the misses as small as can be.
    """
    terms = [[*row] for row in system.rows]
    lows, highs = [low for low, _ in domains], [_upper(each) for each in domains]
    costs = [0] * len(domains)
    if elastic:
        for number, row in enumerate(terms):
            row += [(len(domains) + 2 * number, 1), (len(domains) + 2 * number + 1, -1)]
        misses = 2 * len(terms)
        lows, highs = lows + [0] * misses, highs + [highspy.kHighsInf] * misses
        costs += [1] * misses
    model = highspy.HighsLp()
    model.num_col_, model.num_row_ = len(lows), len(terms)
    model.col_cost_ = np.array(costs, dtype=np.float64)
    model.col_lower_ = np.array(lows, dtype=np.float64)
    model.col_upper_ = np.array(highs, dtype=np.float64)
    model.row_lower_ = model.row_upper_ = np.zeros(len(terms))
    model.a_matrix_.format_ = highspy.MatrixFormat.kRowwise
    model.a_matrix_.start_ = np.cumsum([0, *map(len, terms)], dtype=np.int32)
    model.a_matrix_.index_ = np.array([c for row in terms for c, _ in row], dtype=np.int32)
    model.a_matrix_.value_ = np.array([t for row in terms for _, t in row], dtype=np.float64)
    solver: Any = highspy.Highs()  # type: ignore[no-untyped-call]
    for option, value in {
        "output_flag": False,
        "threads": 1,
        "presolve": "off",  # it would throw the warm basis away
        "solver": "simplex",
        "simplex_strategy": PRIMAL_SIMPLEX,
    }.items():
        solver.setOptionValue(option, value)
    solver.passModel(model)
    return solver
