"""
The cheapest protecting pattern as one big program: slow, and written apart from the engine.
"""

from collections.abc import Mapping
from typing import Any

import highspy

from storage.disclosure.states import Mark, State
from storage.disclosure.tables import Problem

ROOM = 60  # how far a withheld cell can be from its number


def cheapest(
    problem: Problem, marks: Mapping[str, Mark], base: Mapping[str, tuple[int, int]]
) -> int:
    """
    Return the cost of the cheapest pattern under which both ends of *base* are attained.
    """
    solver: Any = highspy.Highs()
    solver.silent()
    solver.setOptionValue("threads", 1)  # as the engine: HiGHS sets them once a process
    chosen = {
        cell: solver.addBinary()
        for cell, mark in marks.items()
        if mark.state is State.NUMBER
        and (mark.value or 0) >= problem.thresholds[cell]
        and cell not in problem.published
    }
    for goal, ends in base.items():
        for end in ends:
            table = {}
            for cell, mark in marks.items():
                value = mark.value or 0
                if cell in chosen:
                    table[cell] = solver.addIntegral(problem.thresholds[cell], value + ROOM)
                    down = value - problem.thresholds[cell]
                    solver.addConstr(table[cell] - ROOM * chosen[cell] <= value)
                    solver.addConstr(table[cell] + down * chosen[cell] >= value)
                elif mark.state is State.BELOW:
                    table[cell] = solver.addIntegral(1, value - 1)
                else:
                    table[cell] = solver.addIntegral(value, value)
            solver.addConstr(table[goal] == end)
            for each in problem.equations:
                solver.addConstr(table[each.total] == sum(table[part] for part in each.parts))
    cost = sum(problem.weights[cell] * column for cell, column in chosen.items())
    solver.minimize(cost)
    return round(solver.getObjectiveValue())
