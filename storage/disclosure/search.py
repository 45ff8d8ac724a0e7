"""
Whole-number tables that attain an end: found and checked, or proved not to exist.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import Enum

import numpy as np

from storage.disclosure.program import NEAR, Outcome, Program, Status

NODES = 400  # of one search
DIVE = 25  # of them before the solver's own search is asked
ABOVE_EVERYTHING = 10**9  # what a cell without bound is shown to reach


class Verdict(Enum):
    """
    What a search came to.
    """

    ATTAINED = "attained"
    IMPOSSIBLE = "impossible"  # proved in whole numbers
    UNKNOWN = "unknown"  # the search ended without an answer


@dataclass(frozen=True, kw_only=True)
class Answer:
    """
    Attributes:
        table: a whole-number table that attains the end and fits, or None.
        first: what the linear program answered before any branching.
    """

    verdict: Verdict
    table: Sequence[int] | None = None
    first: Outcome | None = None


def attain(program: Program, column: int, *, sense: int, target: int, nodes: int = NODES) -> Answer:
    """
    Search for a whole-number table in which *column* is *target* or beyond.

    Args:
        sense: 1 for *target* or more, -1 for *target* or less.
        nodes: how many linear programs it may take.
    Returns:
        The table, checked exactly; or that there is none, proved exactly; or neither.
    """
    first = program.maximize({column: sense})
    if first.status is Status.UNBOUNDED:
        low, high = program.domains[column]
        end = (max(low, target), high) if sense > 0 else (low, target)
        with program.given({column: end}):
            answer = _search(program, {column: -sense}, None, nodes=nodes)
        return Answer(verdict=answer.verdict, table=answer.table, first=first)
    quick = min(nodes, DIVE)
    answer = _search(program, {column: sense}, sense * target, nodes=quick, root=first)
    if answer.verdict is Verdict.UNKNOWN and quick < nodes:
        low, high = program.domains[column]
        end = (max(low, target), high) if sense > 0 else (low, target)
        with program.given({column: end}):
            table = program.whole_table()
        if table is not None:
            return Answer(verdict=Verdict.ATTAINED, table=table, first=first)
        answer = _search(program, {column: sense}, sense * target, nodes=nodes, root=first)
    return Answer(verdict=answer.verdict, table=answer.table, first=first)


def any_table(program: Program, *, nodes: int = NODES) -> Answer:
    """
    Search for a whole-number table that fits at all.
    """
    return _search(program, {}, None, nodes=nodes)


def _search(
    program: Program,
    objective: Mapping[int, int],
    target: int | None,
    *,
    nodes: int,
    root: Outcome | None = None,
) -> Answer:
    budget = [nodes]
    proved = [True]
    table = _branch(program, objective, target, budget, proved, root)
    if table is not None:
        return Answer(verdict=Verdict.ATTAINED, table=table)
    return Answer(verdict=Verdict.IMPOSSIBLE if proved[0] else Verdict.UNKNOWN)


def _branch(
    program: Program,
    objective: Mapping[int, int],
    target: int | None,
    budget: list[int],
    proved: list[bool],
    root: Outcome | None = None,
) -> Sequence[int] | None:
    if budget[0] <= 0:
        proved[0] = False
        return None
    budget[0] -= 1
    outcome = program.maximize(objective) if root is None else root
    if outcome.status is Status.NONE_FITS:
        proved[0] = proved[0] and program.empty()
        return None
    if outcome.status is not Status.BEST:
        proved[0] = False
        return None
    if target is not None and outcome.value < target - NEAR:
        most = program.ceiling(objective, outcome.prices)
        proved[0] &= most is not None and most < target
        return None
    if (table := program.whole(outcome)) is not None:
        reached = sum(table[column] * times for column, times in objective.items())
        if target is None or reached >= target:
            return table
    apart = np.abs(outcome.values - np.rint(outcome.values))
    column = int(np.argmax(apart))
    if apart[column] <= NEAR:  # whole, but it does not fit: the solver erred
        proved[0] = False
        return None
    low, high = program.domains[column]
    floor = int(np.floor(outcome.values[column]))
    sides = [(low, floor), (floor + 1, high)]
    for side in sides if outcome.values[column] - floor <= 0.5 else reversed(sides):
        with program.given({column: side}):
            found = _branch(program, objective, target, budget, proved)
        if found is not None:
            return found
    return None
