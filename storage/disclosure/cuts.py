"""
What every protecting pattern must withhold: covering inequalities from failed attacks.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from storage.disclosure.attack import Attack, Goal, Unmet, falls_short
from storage.disclosure.program import exact_product
from storage.disclosure.states import Domain

CLEARLY = 1e-3  # of what it needs: what a cut must lack to be worth adding


@dataclass(frozen=True)
class Cut:
    """
    A pattern that protects withholds columns whose gains add up to *need* or more.

    Attributes:
        gains: (column, gain), in the order of the columns; no gain exceeds *need*.
    """

    gains: tuple[tuple[int, int], ...]
    need: int


class Cutter:
    """
    Cuts for one attack. Each is derived in whole numbers from prices of the rows: whatever
    the prices are, every pattern that meets the goal satisfies it.

    Source:
        Fischetti & Salazar-González, Management Science 47 (2001): capacity constraints
        from the dual of the attacker's linear program.
    """

    def __init__(self, attack: Attack) -> None:
        self._attack = attack
        domains = list(attack.program.domains)
        for column, allowed in attack.closed.items():
            domains[column] = allowed
        self._closed = domains

    def cut(self, unmet: Unmet, pattern: int) -> Cut:
        """
        Return a cut that *pattern*, which leaves *unmet* unmet, does not satisfy.
        """
        goal = unmet.goal
        found: list[Cut] = []
        ends = goal.ends or ()
        for (sense, target), outcome in zip(ends, unmet.outcomes, strict=False):
            if falls_short(outcome, sense, target):
                each = self.priced(goal.column, sense, target, outcome.prices, known=unmet.known)
                if each is not None and not _satisfied(each, self._attack.columns(pattern)):
                    found.append(each)
        if found and len(found) == len(ends):
            return _either(found)
        # Withholding more never narrows anything, so that one more cell it must be.
        own = set(self._attack.own(goal.insider))
        rest = [
            column
            for column, bit in self._attack.bits.items()
            if not pattern & bit and column not in own
        ]
        return Cut(tuple((column, 1) for column in rest), 1)

    def of_shares(self, shares: Mapping[int, float], more: Callable[[], bool]) -> Iterator[Cut]:
        """
        Yield cuts that *shares* do not satisfy: how much of each column is withheld, from 0
        to 1. A cell withheld in part can go that part of the way, and the prices of readers
        of such a table make cuts that bind the relaxed covering problem.

        Args:
            more: says whether to go on.
        """
        columns = list(shares)
        part = np.array([shares[column] for column in columns])
        printed = np.array([self._attack.closed[column][0] for column in columns], dtype=float)
        ends = [self._attack.openings[column] for column in columns]
        down = printed - np.array([low for low, _ in ends])
        # Nothing needs to go further than a small count can.
        room = np.array([low - 1 for low, _ in ends], dtype=float)
        program = self._attack.program
        program.restrict(self._attack.closed)
        with program.stretched(
            columns, printed - part * np.minimum(down, room), printed + part * room
        ):
            for goal in self._attack.goals:
                if goal.insider is not None or goal.ends is None:
                    continue
                if not more():
                    return
                ((sense, target),) = goal.ends
                outcome = program.maximize({goal.column: sense})
                if not falls_short(outcome, sense, target):
                    continue
                cut = self.priced(goal.column, sense, target, outcome.prices, known={})
                if cut is not None and _met(cut, shares) < 1.0 - CLEARLY:
                    yield cut

    def priced(
        self,
        column: int,
        sense: int,
        target: int,
        prices: NDArray[np.float64],
        *,
        known: Mapping[int, Domain],
    ) -> Cut | None:
        """
        Return what *prices* of the rows say of one end of a cell's goal, or None if nothing.

        Args:
            known: the columns that the goal's reader knows.
        """
        reduced = self._attack.program.system.reduce({column: sense}, prices)
        if reduced is None:
            return None
        scale, rates = reduced
        places = np.flatnonzero(rates)
        gains: dict[int, int | None] = {}
        ends = np.zeros(len(places), dtype=np.int64)
        for number, place in enumerate(places.tolist()):
            rate = int(rates[place])
            allowed = known.get(place, self._closed[place])
            end = allowed[1] if rate > 0 else allowed[0]
            if end is None:
                return None
            ends[number] = end
            if place in self._attack.openings and place not in known:
                gains[place] = _gain(rate, end, self._attack.openings[place])
        need = scale * sense * target - exact_product(rates[places], ends)
        if need <= 0:
            return None
        capped = {
            column: need if gain is None else min(gain, need) for column, gain in gains.items()
        }
        return Cut(tuple((column, gain) for column, gain in capped.items() if gain), need)

    def by_equation(self) -> Iterable[Cut]:
        """
        Yield what each equation alone says of the goals of outsiders.
        """
        system = self._attack.program.system
        for goal in self._attack.goals:
            if goal.insider is not None or goal.ends is None:
                continue
            ((sense, target),) = goal.ends
            for row in system.rows_of[goal.column]:
                (times,) = (times for column, times in system.rows[row] if column == goal.column)
                if abs(times) != 1:
                    continue
                if (found := self._of_row(goal, sense, target, row, times)) is not None:
                    yield found

    def _of_row(self, goal: Goal, sense: int, target: int, row: int, times: int) -> Cut | None:
        """
        The cut of one row: the others of it must be able to make up for the goal.
        """
        need = sense * target
        gains: list[tuple[int, int | None]] = []
        for column, other in self._attack.program.system.rows[row]:
            if column == goal.column:
                continue
            rate = -sense * times * other
            allowed = self._closed[column]
            end = allowed[1] if rate > 0 else allowed[0]
            if end is None:
                return None
            need -= rate * end
            if column in self._attack.openings:
                gains.append((column, _gain(rate, end, self._attack.openings[column])))
        if need <= 0:
            return None
        capped = ((column, need if gain is None else min(gain, need)) for column, gain in gains)
        return Cut(tuple((column, gain) for column, gain in capped if gain), need)


def _gain(rate: int, end: int, opening: Domain) -> int | None:
    """
    Return how much withholding a cell adds; None is as much as one likes.
    """
    most = opening[1] if rate > 0 else opening[0]
    return None if most is None else rate * (most - end)


def _satisfied(cut: Cut, columns: Iterable[int]) -> bool:
    gains = dict(cut.gains)
    return sum(gains.get(column, 0) for column in columns) >= cut.need


def _met(cut: Cut, shares: Mapping[int, float]) -> float:
    """
    Return how much of what *cut* needs *shares* withhold.
    """
    return sum(gain * shares[column] for column, gain in cut.gains) / cut.need


def _either(found: list[Cut]) -> Cut:
    """
    Return the cut that holds where at least one of *found* does.
    """
    while len(found) > 1:
        first, second = found.pop(), found.pop()
        gains: Mapping[int, Any] = {
            column: max(
                dict(first.gains).get(column, 0) * second.need,
                dict(second.gains).get(column, 0) * first.need,
            )
            for column in sorted({column for cut in (first, second) for column, _ in cut.gains})
        }
        found.append(Cut(tuple(gains.items()), first.need * second.need))
    return found[0]
