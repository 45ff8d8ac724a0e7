"""
Which cells to withhold so that what is printed gives nothing away, at the least cost.
"""

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from itertools import combinations
from math import sqrt
from typing import Literal

from storage.disclosure.attack import Attack, Goal
from storage.disclosure.audit import audit_of, basis, outside_goals, refuse_unsure, sensitive
from storage.disclosure.cover import Cover
from storage.disclosure.cuts import Cutter
from storage.disclosure.errors import NotAuditedError, RefusedError
from storage.disclosure.insiders import by_insider, inside_goals, known_columns, true_domains
from storage.disclosure.program import Program
from storage.disclosure.search import NODES
from storage.disclosure.states import WITHHELD, Domain, Mark, State, below
from storage.disclosure.system import System, build, printed_domains
from storage.disclosure.tables import Problem, candidates, known_counts, primary

Cost = Literal["weighted", "count"]
CUTS = 200  # of one attack: more of them are seldom other ones
EASY = 220  # cells of 10x4x3 and its margins, which the least seconds are for
TIGHT = 0.97  # of the best pattern's cost: what a relaxed problem reaches that needs no more cuts
EXCHANGES = 200  # tried each round
LEAST_SECONDS, MOST_SECONDS = 1.0, 60.0


@dataclass(frozen=True, kw_only=True)
class Effort:
    """
    How much work protecting may take. The pattern found is valid whatever it is; only how
    cheap it is, and whether that is proved, depends on it.

    Attributes:
        rounds: of cutting planes.
        attacks: on patterns made by hand, each round.
        seconds: for the search for a cheaper pattern, by the solver's own clock; making sure
            that one protects may take longer. None: as many as suit the size of the table.
        nodes: linear programs of one whole-number search.
    """

    rounds: int = 100
    attacks: int = 40
    seconds: float | None = None
    nodes: int = NODES


@dataclass(frozen=True, kw_only=True)
class Protection:
    """
    Attributes:
        marks: what to print.
        withheld: the complementary cells chosen, in the order of the cells.
        cost: of those.
        bound: no pattern that protects costs less.
        optimal: whether that is this one's cost.
    """

    marks: Mapping[str, Mark]
    withheld: tuple[str, ...]
    cost: int
    bound: int
    optimal: bool


def protect(
    problem: Problem,
    *,
    cost: Cost = "weighted",
    insiders: bool = False,
    effort: Effort | None = None,
    tell: Callable[[str], None] = lambda _: None,
) -> Protection:
    """
    Return the marks that protect *problem*: primary ones, and the cheapest complementary
    ones that the effort allows to find.

    What is chosen depends on what a primary-only publication prints, and on which cells are
    hidden and sensitive; with insiders also on the counts.

    Args:
        insiders: protect every agency's cells from every other agency too.
        tell: is told how far it got, in words without a value.
    Raises:
        RefusedError: if no pattern protects it.
        NotAuditedError: if that could not be found out.
        TableError: if the marks contradict each other or the equations.
    Source:
        suppression.md, "The rule".
    """
    effort = effort or Effort()
    marks = primary(problem)
    system = build(problem)
    cells = sensitive(problem, marks, system, nodes=effort.nodes)
    bases = basis(problem, marks, cells, system, nodes=effort.nodes, tell=tell)
    if forced := [cell for cell, (low, high) in bases.items() if low == high]:
        raise RefusedError(forced=forced)
    for cell in cells:
        if marks[cell].state is State.NUMBER:  # printed, though it is small
            marks[cell] = below(problem.thresholds[cell])
    search = _Search(problem, marks, bases, system, insiders=insiders, cost=cost, effort=effort)
    search.refuse_hopeless()
    search.run(tell)
    withheld = [system.cells[column] for column in sorted(search.best)]
    printed = marks | dict.fromkeys(withheld, WITHHELD)
    known = replace(problem, counts=known_counts(problem, printed))
    found = audit_of(
        known, printed, bases, system=system, insiders=insiders, nodes=effort.nodes, tell=tell
    )
    if not found.safe:
        raise NotAuditedError("the pattern found does not pass the audit", cells=withheld)
    total = search.cover.cost(search.best)
    return Protection(
        marks=printed,
        withheld=tuple(withheld),
        cost=total,
        bound=min(search.bound, total),
        optimal=search.bound >= total,
    )


class _Search:
    """
    The search for the cheapest pattern: greedy, prune, then cutting planes.
    """

    def __init__(
        self,
        problem: Problem,
        marks: Mapping[str, Mark],
        bases: Mapping[str, Domain],
        system: System,
        *,
        insiders: bool,
        cost: Cost,
        effort: Effort,
    ) -> None:
        self.problem, self.system, self.effort = problem, system, effort
        goals: list[Goal] = outside_goals(bases, system)
        truth = None
        if insiders:
            goals += inside_goals(problem, bases, system)
            if len(problem.counts) >= len(system.cells):
                truth = system.complete([problem.counts[cell] for cell in system.cells])
        may = [system.column[cell] for cell in candidates(problem, marks)]
        self.attack = Attack(
            Program(system, printed_domains(problem, marks, system)),
            goals,
            openings={column: (problem.thresholds[system.cells[column]], None) for column in may},
            truth=truth,
            truths=true_domains(problem, marks, system) if insiders and truth is None else None,
            insiders=known_columns(problem, system) if insiders else None,
        )
        self.cutter = Cutter(self.attack)
        self.cover = Cover(
            {
                column: problem.weights[system.cells[column]] if cost == "weighted" else 1
                for column in may
            }
        )
        self.seconds = _seconds(effort, len(system.cells))
        self.best = frozenset(may)
        self.bound = 0
        self.certain = True  # that every goal found unmet is

    def refuse_hopeless(self) -> None:
        """
        Refuse what not even withholding everything protects.
        """
        missed = self.attack.unmet(self.attack.pattern(self.best), nodes=self.effort.nodes)
        refuse_unsure(missed, self.system)
        if missed:
            hopeless = by_insider(self.problem, self.system, (each.goal for each in missed))
            raise RefusedError(insiders={who: cells for who, cells in hopeless.items() if cells})

    def run(self, tell: Callable[[str], None]) -> None:
        """
        Search until the cheapest pattern is proved, or the effort is spent.
        """
        self.cover.add(self.cutter.by_equation())
        self.take(self.prune(self.repair(self.settle(set()))))
        if self.tighten():
            self.take(self.prune(self.repair(self.settle(set()))))
        for number in range(self.effort.rounds):
            left = self.left()
            # Once at least, so that there is a bound to state.
            covering = self.cover.cheapest(
                seconds=max(left, self.seconds / 6), enough=self.bound, hint=self.best
            )
            if self.certain:
                self.bound = max(self.bound, covering.bound)
            total = self.cover.cost(self.best)
            tell(f"round {number + 1}: {total} is enough, {self.bound} is needed at least")
            if self.bound >= total or not covering.found or self.left() <= 0:
                return
            if not self.separate(covering.columns):
                self.take(covering.columns)
                return
            self.take(self.prune(self.repair(self.settle(set(covering.columns)))))
            self.exchange()
            if self.bound >= self.cover.cost(self.best):
                return

    def left(self) -> float:
        """
        Return the seconds left for the search.
        """
        return self.seconds - self.cover.seconds - self.attack.program.seconds

    def tighten(self) -> bool:
        """
        Add cuts until the relaxed covering problem satisfies all that can be found, and say
        whether there are any. Where it is nearly as dear as the best pattern, as in most
        tables of two dimensions, it is left as it is.
        """
        enough = self.left() * 2 / 3
        for number in range(self.effort.attacks):
            shares = self.cover.shares()
            relaxed = sum(self.cover.costs[column] * share for column, share in shares.items())
            if not shares or relaxed > TIGHT * self.cover.cost(self.best):
                return number > 0
            found = self.cutter.of_shares(shares, lambda: self.left() > enough)
            if not self.cover.add(found):
                return number > 0
        return True

    def settle(self, columns: set[int]) -> set[int]:
        """
        Return a cheap pattern near *columns* that satisfies the cuts, also those that come up
        when it is attacked, for as many attacks as the effort allows.
        """
        enough = self.left() / 2
        for _ in range(self.effort.attacks):
            if self.left() < enough:
                break
            columns = self.cover.thin(self.cover.greedy(columns))
            if not self.separate(columns):
                break
        return columns

    def exchange(self) -> None:
        """
        Look for cheaper patterns that do without one or two of the best one's columns.
        """
        tried: set[frozenset[int]] = set()
        left = EXCHANGES
        while left and (found := self.cheaper(tried, left)):
            columns, left = found
            tried.add(columns)
            if not self.separate(columns):
                self.take(self.prune(columns))

    def cheaper(
        self, tried: Collection[frozenset[int]], attempts: int
    ) -> tuple[frozenset[int], int] | None:
        """
        Return a pattern near the best one that satisfies the cuts for less, and how many of
        the *attempts* are left; None where there is none.
        """
        for size in (1, 2):
            for given_up in combinations(sorted(self.best), size):
                if not attempts:
                    return None
                attempts -= 1
                rest = self.cover.greedy(self.best - set(given_up), without=given_up)
                columns = frozenset(self.cover.thin(rest))
                cheaper = self.cover.cost(columns) < self.cover.cost(self.best)
                if cheaper and columns not in tried and self.cover.satisfied(columns):
                    return columns, attempts
        return None

    def repair(self, columns: set[int]) -> frozenset[int]:
        """
        Withhold more until every goal is met, and keep the cuts that come up.
        """
        while True:
            columns = self.cover.greedy(columns)
            if not self.separate(columns):
                return frozenset(columns)

    def separate(self, columns: Iterable[int]) -> bool:
        """
        Add the cuts that *columns* do not satisfy, and say whether there are any.
        """
        pattern = self.attack.pattern(columns)
        missed = self.attack.unmet(pattern, nodes=self.effort.nodes, most=CUTS)
        self.certain = self.certain and all(each.proved for each in missed)
        self.cover.add(self.cutter.cut(each, pattern) for each in missed)
        return bool(missed)

    def prune(self, columns: frozenset[int]) -> frozenset[int]:
        """
        Take back, dearest first, what need not be withheld, while there is time: a pattern
        that withholds more protects as well.
        """
        kept = set(columns)
        for column in sorted(columns, key=lambda each: (-self.cover.costs[each], each)):
            less = kept - {column}
            if not self.cover.satisfied(less):
                continue  # a cut says that it is needed
            if self.left() <= 0:
                break
            pattern = self.attack.pattern(less)
            if missed := self.attack.unmet(pattern, nodes=self.effort.nodes, most=1):
                self.cover.add(self.cutter.cut(each, pattern) for each in missed)
            else:
                kept = less
        return frozenset(kept)

    def take(self, columns: frozenset[int]) -> None:
        """
        Keep a pattern that protects if it is the cheapest so far.
        """
        if self.cover.cost(columns) < self.cover.cost(self.best):
            self.best = columns


def _seconds(effort: Effort, cells: int) -> float:
    if effort.seconds is not None:
        return effort.seconds
    size = max(1.0, cells / EASY)
    return min(MOST_SECONDS, LEAST_SECONDS * size * sqrt(size))
