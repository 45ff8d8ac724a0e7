"""
What an insider could work out under any of the counts that the marks leave possible.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from storage.disclosure.program import Program
from storage.disclosure.search import NODES, Verdict, any_table, attain
from storage.disclosure.states import Domain

BRANCHES = 400  # of one question: more, and it stays without an answer
NEARBY = 40  # linear programs of a search near a table
# How far from a table to look for another: bounded cells, and those without an upper end.
RADII = ((0, 2), (1, 4), (3, 12))

Changes = dict[int, Domain]
Move = NDArray[np.int64]


@dataclass(frozen=True, kw_only=True)
class Answer:
    """
    Attributes:
        verdict: ATTAINED: another value is possible under all counts; IMPOSSIBLE: not under
            those of *table*; UNKNOWN: the search ended without an answer.
        table: counts under which the cell is exact for this insider.
        changed: the columns in which the true table and the others found differ: with no
            others changed, another value is possible as well.
    """

    verdict: Verdict
    table: Sequence[int] | None = None
    changed: frozenset[int] = frozenset()


def always_open(
    truths: Program,
    readers: Program,
    column: int,
    own: Sequence[int],
    *,
    moves: list[Move] | None = None,
    nodes: int = NODES,
) -> Answer:
    """
    Say whether, whatever the true table is, who knows *own* of it can never tell what
    *column* is.

    A table is found in *truths*, and another one in *readers* that agrees with it in *own*
    and not in *column*. Their difference is a move: every true table that can make it is
    settled. The search goes on among those that cannot, each cut off by an end of a cell that
    the move would cross, until none is left, which is proved as every other end is; or until
    one has no other table at all.

    Args:
        truths: the tables of which one is true.
        readers: the tables that fit what is printed.
        moves: that were found before for the same question of other readers; those that are
            found now are added.
        nodes: how many linear programs each search may take.
    """
    question = _Question(truths, readers, column, own, [] if moves is None else moves, nodes)
    answer = question.answer()
    return replace(answer, changed=frozenset(question.changed))


class _Question:
    def __init__(
        self,
        truths: Program,
        readers: Program,
        column: int,
        own: Sequence[int],
        moves: list[Move],
        nodes: int,
    ) -> None:
        self.truths, self.readers, self.column, self.nodes = truths, readers, column, nodes
        self.own = list(own)
        self.moves = moves
        self.changed: set[int] = set()
        self.left = min(nodes, BRANCHES)
        domains = readers.domains
        self.lows = np.array([low for low, _ in domains], dtype=np.int64)
        self.highs = np.array(
            [np.iinfo(np.int64).max if high is None else high for _, high in domains],
            dtype=np.int64,
        )

    def answer(self) -> Answer:
        """
        Settle all true tables, or find one that cannot be.
        """
        if self.left <= 0:
            return Answer(verdict=Verdict.UNKNOWN)
        self.left -= 1
        found = any_table(self.truths, nodes=self.nodes)
        if found.table is None:
            settled = found.verdict is Verdict.IMPOSSIBLE
            return Answer(verdict=Verdict.ATTAINED if settled else Verdict.UNKNOWN)
        table = np.array(found.table, dtype=np.int64)
        move = self.known_move(table)
        if move is None:
            other = self.another(found.table)
            if isinstance(other, Answer):
                return other
            move = np.array(other, dtype=np.int64) - table
            self.moves.append(move)
        self.changed.update(np.flatnonzero(move).tolist())
        for changes in self.blocked(move):
            with self.truths.given(changes):
                answer = self.answer()
            if answer.verdict is not Verdict.ATTAINED:
                return answer
        return Answer(verdict=Verdict.ATTAINED)

    def known_move(self, table: Move) -> Move | None:
        """
        Return the move that *table* can make and that fewest tables cannot.
        """
        able = [
            move
            for move in self.moves
            if np.all((table + move >= self.lows) & (table + move <= self.highs))
        ]
        return min(able, key=lambda move: sum(1 for _ in self.blocked(move)), default=None)

    def another(self, table: Sequence[int]) -> Sequence[int] | Answer:
        """
        Return a table that a reader cannot tell from *table* with another value, near it if
        there is one; or that there is none.
        """
        fixed = {each: (table[each], table[each]) for each in self.own}
        value = table[self.column]
        low, high = self.readers.domains[self.column]
        steps = [
            (sense, each)
            for sense in (1, -1)
            if (each := value + sense) >= low and (high is None or each <= high)
        ]
        for radius in RADII:
            near = self.near(table, *radius) | fixed
            for _, each in steps:
                ends = near | {self.column: (each, each)}
                with self.readers.given(ends):
                    found = any_table(self.readers, nodes=min(self.nodes, NEARBY))
                if found.table is not None:
                    return self.nearest(table, found.table, ends)
        proved = True
        with self.readers.given(fixed):
            for sense, each in steps:
                answer = attain(
                    self.readers, self.column, sense=sense, target=each, nodes=self.nodes
                )
                if answer.table is not None:
                    return answer.table
                proved = proved and answer.verdict is Verdict.IMPOSSIBLE
        return Answer(verdict=Verdict.IMPOSSIBLE if proved else Verdict.UNKNOWN, table=table)

    def nearest(self, table: Sequence[int], other: Sequence[int], ends: Changes) -> Sequence[int]:
        """
        Return a table like *other*, within *ends*, that differs from *table* in as few
        columns as it is easily brought to: the fewer, the fewer true tables it leaves out.
        """
        with self.readers.given(ends):
            for column, (_, high) in enumerate(self.readers.domains):
                if other[column] == table[column] or column == self.column or high is None:
                    continue
                with self.readers.given(dict.fromkeys([column], (table[column],) * 2)):
                    found = any_table(self.readers, nodes=1)
                if found.table is not None:
                    other = found.table
                    self.readers.restrict({column: (table[column],) * 2})
        return other

    def near(self, table: Sequence[int], bounded: int, endless: int) -> Changes:
        found: Changes = {}
        for column, (low, high) in enumerate(self.readers.domains):
            if high is None:
                found[column] = (max(low, table[column] - endless), table[column] + endless)
            elif low < high:
                least, most = table[column] - bounded, table[column] + bounded
                found[column] = (max(low, least), min(high, most))
        return found

    def blocked(self, move: Move) -> Iterator[Changes]:
        """
        Yield the parts of the true tables that cannot make *move*; no two overlap.
        """
        free: Changes = {}
        for column in np.flatnonzero(move).tolist():
            step = int(move[column])
            low, high = free.get(column, self.truths.domains[column])
            reach, end = self.readers.domains[column]
            if step > 0:
                if end is None:
                    continue
                crossing: Domain = (max(low, end - step + 1), high)
                clear: Domain = (low, end - step if high is None else min(high, end - step))
            else:
                last = reach - step - 1
                crossing = (low, last if high is None else min(high, last))
                clear = (max(low, last + 1), high)
            if crossing[1] is None or crossing[0] <= crossing[1]:
                yield {**free, column: crossing}
            if clear[1] is not None and clear[0] > clear[1]:
                return
            free[column] = clear
