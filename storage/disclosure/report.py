"""
What an audit found, in words: for the analyst at the table, and for the gate's file.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence

import numpy as np

from storage.disclosure.audit import Audit, Audited, Finding
from storage.disclosure.program import NEAR, Program, Status
from storage.disclosure.protect import Protection
from storage.disclosure.states import Domain, Mark
from storage.disclosure.system import System, build, printed_domains
from storage.disclosure.tables import Problem, effective

A_CELL = "Withheld: "  # begins the line of a cell
SAID = {
    Finding.EXACT: "can be worked out exactly",
    Finding.NARROWED: "can be narrowed",
    Finding.FORCED: "is given away by the marks alone, whatever is withheld",
}


def offline_report(problem: Problem, found: Audit) -> str:
    """
    Return a complete report of an audit, with each leak explained by its equations.

    It has the solved values in it: for the analyst's own machine, and for nowhere else.
    """
    system = build(problem)
    program = Program(system, printed_domains(problem, found.marks, system))
    leaks = [each for each in found.cells if each.finding is not Finding.PROTECTED]
    lines = []
    for each in leaks:
        lines.append(
            f"{each.cell}: {each.finding.value}. Printed as {found.marks[each.cell]}, "
            f"it {_is(each.interval)}; the marks alone would leave {_span(each.base)}."
        )
        lines += [f"  {line}" for line in _reasons(problem, system, program, found.marks, each)]
    lines += _insiders(found.insiders)
    kept = len(found.cells) - len(leaks)
    lines.append(f"{_sensitive(len(found.cells))}: {kept} protected, {len(leaks)} not.")
    return "\n".join(lines)


def gate_report(found: Audit, protection: Protection) -> str:
    """
    Return what was withheld, why and at what cost.

    It says nothing that does not follow from the marks: not even which cells a publication
    of the primary marks alone would have given away, or how far. Whether such a cell had
    been exact or only narrowed tells of the number that is withheld now.

    Args:
        found: the audit of what is printed.
    """
    lines = [f"{_sensitive(len(found.cells))} in play, all protected."]
    if protection.withheld:
        lines.append(
            "What is withheld would let a count below its threshold be worked out or narrowed down."
        )
    lines += [f"{A_CELL}{cell}" for cell in protection.withheld]
    if not protection.withheld:
        lines.append("Nothing more than the small counts has to be withheld.")
    lines.append(cost_line(protection))
    return "\n".join(lines)


def cost_line(protection: Protection) -> str:
    """
    Return the cost in one sentence: proved least, or with its gap.
    """
    number = len(protection.withheld)
    cells = "1 cell" if number == 1 else f"{number} cells"
    if protection.optimal:
        return f"{cells} withheld at a cost of {protection.cost}: proved to be the least."
    return (
        f"{cells} withheld at a cost of {protection.cost}; the least is not known, but at least "
        f"{protection.bound}."
    )


def _reasons(
    problem: Problem,
    system: System,
    program: Program,
    marks: Mapping[str, Mark],
    each: Audited,
) -> Iterator[str]:
    """
    Yield the equations from which the ends of an interval follow: those with a price.
    """
    column = system.column[each.cell]
    for sense, end, free in (
        (1, each.interval[1], each.base[1]),
        (-1, each.interval[0], each.base[0]),
    ):
        if end is None or free is None or sense * end >= sense * free:
            continue
        outcome = program.maximize({column: sense})
        if outcome.status is not Status.BEST:
            continue
        rows = np.flatnonzero(np.abs(outcome.prices) > NEAR).tolist()
        word = "more" if sense > 0 else "less"
        how = ", together" if len(rows) > 1 else ""
        yield f"not {word} than {end}{how}:"
        for row in rows:
            yield f"  {_row(problem, row, marks)}"
        if sense * end < np.floor(outcome.value + NEAR):
            yield "  and because people are whole"


def _row(problem: Problem, row: int, marks: Mapping[str, Mark]) -> str:
    equations = effective(problem)
    if row < len(equations):
        each = equations[row]
        printed = " + ".join(str(marks[part]) for part in each.parts)
        return f"{each}, printed as {marks[each.total]} = {printed}"
    side = [side for side in problem.side if (side.low, side.high) != (None, None)]
    known = side[row - len(equations)]
    terms = " + ".join(
        cell if times == 1 else f"{times} × {cell}"
        for cell, times in known.terms
        if cell not in problem.absent
    )
    return f"side information: {terms} is {_span((known.low, known.high))}"


def _is(interval: Domain) -> str:
    low, high = interval
    return f"is {low}" if low == high else f"can only be {_span(interval)}"


def _span(ends: Sequence[int | None]) -> str:
    low, high = ends
    if low == high:
        return f"{low}"
    if high is None:
        return f"{low} or more"
    return f"{high} or less" if low is None else f"{low} to {high}"


def _insiders(found: Mapping[str, Iterable[str]]) -> list[str]:
    return [
        f"{who}, who knows its own cells, can work out exactly: {', '.join(cells)}"
        for who, cells in found.items()
        if cells
    ]


def _sensitive(number: int) -> str:
    return "1 sensitive cell" if number == 1 else f"{number} sensitive cells"
