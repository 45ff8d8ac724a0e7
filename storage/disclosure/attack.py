"""
What readers of a pattern must not be able to rule out, and the tables that show they cannot.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from storage.disclosure.completions import Move, always_open
from storage.disclosure.program import NEAR, Outcome, Program, Status
from storage.disclosure.search import NODES, Verdict, attain
from storage.disclosure.states import Domain

WITNESSES = 12  # kept of each goal
FEW = 0.04  # of the open goals: what a batch must meet to be worth another


@dataclass(frozen=True, kw_only=True)
class Goal:
    """
    A value that must stay possible for a cell.

    Attributes:
        ends: pairs of a sense (1 or more, -1 or less) and a whole number; one has to be met.
            None: another value than the true one, under any counts the marks leave possible.
        insider: who must not rule it out, or None for everybody outside.
        among: without ends: the counts of the cell that matter, which are the small ones.
    """

    column: int
    ends: tuple[tuple[int, int], ...] | None
    insider: str | None = None
    among: tuple[int, int] | None = None


@dataclass(frozen=True, kw_only=True)
class Unmet:
    """
    A goal that a pattern leaves no table for.

    Attributes:
        goal: with its ends for those counts under which it is unmet.
        outcomes: of each of the goal's ends, what the linear program answered.
        known: the columns that its reader knows, each with its count alone.
        proved: whether it is certain; if not, the search ended without an answer.
    """

    goal: Goal
    outcomes: tuple[Outcome, ...]
    known: Mapping[int, Domain]
    proved: bool


class Attack:
    """
    Readers of every pattern of withheld cells in turn. A pattern is a whole number with
    a bit for each cell that may be withheld; a table found for one pattern shows the same
    for every pattern that withholds the cells in which it differs.
    """

    def __init__(
        self,
        program: Program,
        goals: Sequence[Goal],
        *,
        openings: Mapping[int, Domain] | None = None,
        truth: Sequence[int] | None = None,
        truths: Sequence[Domain] | None = None,
        insiders: Mapping[str, Sequence[int]] | None = None,
    ) -> None:
        """
        Args:
            program: with every cell that may be withheld at its printed number.
            openings: what each column that may be withheld can be where it is.
            truth: the true table, where it is known.
            truths: what is known of it where it is not, as domains of all the cells: what
                insiders must not learn is then asked of every table within them.
            insiders: the columns that each of them knows.
        """
        self.program = program
        self.goals = tuple(goals)
        self.openings = dict(openings or {})
        self.closed = {column: program.domains[column] for column in self.openings}
        self.bits = {column: 1 << place for place, column in enumerate(self.openings)}
        self._open_columns = np.array(list(self.openings), dtype=np.intp)
        self._printed = np.array([low for low, _ in self.closed.values()], dtype=np.int64)
        self._truth = None if truth is None else np.array(truth, dtype=np.int64)
        self._known = {who: np.array(own, dtype=np.intp) for who, own in (insiders or {}).items()}
        self._truths = None if truths is None else Program(program.system, truths)
        self._examples: dict[int, list[Sequence[int]]] = {}  # true tables that left a goal unmet
        self._moves: dict[int, list[Move]] = {}  # found for a goal without ends
        self._masks: list[list[int]] = [[] for _ in self.goals]
        self._outside = _Ends(
            (number, goal.column, goal.ends[0])
            for number, goal in enumerate(self.goals)
            if goal.insider is None and goal.ends
        )
        self._inside: dict[str, list[int]] = {}
        for number, goal in enumerate(self.goals):
            if goal.insider is not None and goal.ends:
                self._inside.setdefault(goal.insider, []).append(number)

    def pattern(self, columns: Iterable[int]) -> int:
        """
        Return the pattern that withholds *columns*.
        """
        return sum(self.bits[column] for column in columns)

    def columns(self, pattern: int) -> list[int]:
        """
        Return the columns that *pattern* withholds.
        """
        return [column for column, bit in self.bits.items() if pattern & bit]

    def known(
        self, who: str | None, truth: Sequence[int] | NDArray[np.int64] | None
    ) -> dict[int, Domain]:
        """
        Return the columns that *who* knows, each with its count in *truth* alone.
        """
        if truth is None:
            return {}
        return {column: (int(truth[column]),) * 2 for column in self.own(who)}

    def own(self, who: str | None) -> list[int]:
        """
        Return the columns that *who* knows.
        """
        return [] if who is None else [int(column) for column in self._known.get(who, ())]

    def met(self, number: int, pattern: int) -> bool:
        """
        Say whether a table found so far meets a goal under *pattern*.
        """
        return any(mask & ~pattern == 0 for mask in self._masks[number])

    def record(self, table: Sequence[int]) -> None:
        """
        Note which goals a table meets, for every pattern that allows it.

        Args:
            table: whole numbers that fit, checked exactly.
        """
        values = np.array(table, dtype=np.int64)
        differs = values[self._open_columns] != self._printed
        mask = 0
        for column in self._open_columns[differs]:
            mask |= self.bits[int(column)]
        for number in self._outside.met(values):
            self._keep(number, mask)
        if self._inside and self._truth is not None:
            changed = values != self._truth
            for who, numbers in self._inside.items():
                if not changed[self._known[who]].any():
                    for number in numbers:
                        if changed[self.goals[number].column]:
                            self._keep(number, mask)

    def unmet(
        self,
        pattern: int,
        *,
        nodes: int = NODES,
        most: int | None = None,
        tell: Callable[[int], None] = lambda _: None,
    ) -> list[Unmet]:
        """
        Return the goals that *pattern* leaves no table for.

        Args:
            nodes: how many linear programs a whole-number search may take.
            most: stop at so many; None finds them all.
            tell: is told how many goals are open, now and then.
        """
        self.program.restrict(
            {
                column: self.openings[column] if pattern & bit else self.closed[column]
                for column, bit in self.bits.items()
            }
        )
        open_goals = [number for number in range(len(self.goals)) if not self.met(number, pattern)]
        self._in_batches([n for n in open_goals if self.goals[n].insider is None], pattern)
        found: list[Unmet] = []
        for place, number in enumerate(open_goals):
            if self.met(number, pattern):
                continue
            if place % 50 == 0:
                tell(len(open_goals) - place)
            if (each := self._try(number, pattern, nodes)) is not None:
                found.append(each)
                if most is not None and len(found) >= most:
                    break
        return found

    def _keep(self, number: int, mask: int) -> None:
        masks = self._masks[number]
        if any(kept & ~mask == 0 for kept in masks):
            return
        masks[:] = [kept for kept in masks if mask & ~kept]
        masks.append(mask)
        if len(masks) > WITNESSES:
            del masks[0]

    def _in_batches(self, numbers: Sequence[int], pattern: int) -> None:
        """
        Look for tables that meet many goals at once.
        """
        for sense in (1, -1):
            left = [n for n in numbers if (self.goals[n].ends or ((0, 0),))[0][0] == sense]
            while left:
                objective = {
                    column: sense
                    for n in left
                    if self.program.domains[column := self.goals[n].column][1] is not None
                }
                outcome = self.program.maximize(objective)
                table = self.program.whole(outcome) if outcome.status is Status.BEST else None
                if table is None:
                    break
                self.record(table)
                rest = [n for n in left if not self.met(n, pattern)]
                if len(left) - len(rest) <= FEW * len(left) + 1:
                    break
                left = rest

    def _try(self, number: int, pattern: int, nodes: int) -> Unmet | None:
        goal = self.goals[number]
        if goal.ends is None:
            return self._try_always(number, goal, pattern, nodes)
        return self._try_once(number, goal, self.known(goal.insider, self._truth), pattern, nodes)

    def _try_always(self, number: int, goal: Goal, pattern: int, nodes: int) -> Unmet | None:
        """
        Try a goal under every true table there can be.
        """
        if self._truths is None or goal.insider is None or goal.among is None:
            raise ValueError(goal)
        examples = self._examples.setdefault(number, [])
        for example in examples:
            if (found := self._try_example(goal, example, pattern, nodes)) is not None:
                return found
        low, high = self._truths.domains[goal.column]
        least, most = goal.among
        small = (max(low, least), most if high is None else min(high, most))
        with self._truths.given({goal.column: small}):
            moves = self._moves.setdefault(number, [])
            answer = always_open(
                self._truths,
                self.program,
                goal.column,
                self.own(goal.insider),
                moves=moves,
                nodes=nodes,
            )
        if answer.verdict is Verdict.ATTAINED:
            # Every pattern that withholds the cells that were changed leaves as much open.
            changed = answer.changed & self.bits.keys()
            self._keep(number, self.pattern(changed))
            return None
        if answer.verdict is Verdict.UNKNOWN or answer.table is None:
            return Unmet(goal=goal, outcomes=(), known={}, proved=False)
        examples.append(answer.table)
        return self._try_example(goal, answer.table, pattern, nodes) or Unmet(
            goal=goal, outcomes=(), known={}, proved=False
        )

    def _try_example(
        self, goal: Goal, truth: Sequence[int], pattern: int, nodes: int
    ) -> Unmet | None:
        count = truth[goal.column]
        concrete = replace(goal, ends=((1, count + 1), (-1, count - 1)))
        return self._try_once(None, concrete, self.known(goal.insider, truth), pattern, nodes)

    def _try_once(
        self, number: int | None, goal: Goal, known: Mapping[int, Domain], pattern: int, nodes: int
    ) -> Unmet | None:
        """
        Args:
            number: of the goal, to keep a table that meets it; None keeps none.
        """
        outcomes = []
        proved = True
        with self.program.given(known):
            for sense, target in goal.ends or ():
                answer = attain(self.program, goal.column, sense=sense, target=target, nodes=nodes)
                if answer.table is not None:
                    if number is None:
                        return None
                    self.record(answer.table)
                    if not self.met(number, pattern):  # kept no longer, or not counted
                        self._keep(number, pattern)
                    return None
                proved = proved and answer.verdict is Verdict.IMPOSSIBLE
                if answer.first is not None:
                    outcomes.append(answer.first)
        return Unmet(goal=goal, outcomes=tuple(outcomes), known=known, proved=proved)


class _Ends:
    """
    The goals of outsiders as arrays, to see at once which of them a table meets.
    """

    def __init__(self, goals: Iterable[tuple[int, int, tuple[int, int]]]) -> None:
        given = list(goals)
        self.numbers = [number for number, _, _ in given]
        self.columns = np.array([column for _, column, _ in given], dtype=np.intp)
        self.senses = np.array([sense for _, _, (sense, _) in given], dtype=np.int64)
        self.targets = np.array([target for _, _, (_, target) in given], dtype=np.int64)

    def met(self, values: NDArray[np.int64]) -> Iterator[int]:
        reached = self.senses * values[self.columns] >= self.senses * self.targets
        return (self.numbers[place] for place in np.flatnonzero(reached))


def falls_short(outcome: Outcome, sense: int, target: int) -> bool:
    """
    Say whether the linear program alone already rules an end out.
    """
    return outcome.status is Status.BEST and outcome.value < sense * target - NEAR
