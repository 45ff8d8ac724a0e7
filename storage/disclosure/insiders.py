"""
What the agencies know of a table, and must not be able to work out.
"""

from collections.abc import Iterable, Mapping

from storage.disclosure.attack import Goal
from storage.disclosure.states import Domain, Mark
from storage.disclosure.system import System, printed_domains
from storage.disclosure.tables import Problem


def inside_goals(problem: Problem, bases: Mapping[str, Domain], system: System) -> list[Goal]:
    """
    Return, for each insider and each sensitive cell of others, that another value than
    the true one must stay possible: where not all counts are known, whatever they are.

    A cell that follows from an insider's own cells alone is its own. A total that is in
    no list is nobody's row.
    """
    listed = frozenset[str]().union(*problem.insiders.values())
    others = [cell for cell in bases if cell in listed or cell not in problem.totals]
    complete = len(problem.counts) >= len(system.cells)
    goals = []
    for who in problem.insiders:
        own = knowledge(problem, who)
        for cell in others:
            if cell in own:
                continue
            column = system.column[cell]
            if complete:
                count = problem.counts[cell]
                ends = ((1, count + 1), (-1, count - 1))
                goals.append(Goal(column=column, ends=ends, insider=who))
            else:
                small = (1, problem.thresholds[cell] - 1)
                goals.append(Goal(column=column, ends=None, insider=who, among=small))
    return goals


def true_domains(problem: Problem, marks: Mapping[str, Mark], system: System) -> list[Domain]:
    """
    Return what is known of the true counts: themselves, or what *marks* can stand for.
    """
    printed = printed_domains(problem, marks, system)
    return [
        allowed if (count := problem.counts.get(cell)) is None else (count, count)
        for cell, allowed in zip(system.cells, printed, strict=True)
    ]


def knowledge(problem: Problem, who: str) -> frozenset[str]:
    """
    Return an insider's cells, and those that follow from them alone.
    """
    own = set(problem.insiders[who])
    grown = True
    while grown:
        grown = False
        for each in problem.equations:
            cells = [c for c in (each.total, *each.parts) if c not in problem.absent]
            unknown = [cell for cell in cells if cell not in own]
            if len(unknown) == 1 and len(cells) > 1:
                own.add(unknown[0])
                grown = True
    return frozenset(own)


def known_columns(problem: Problem, system: System) -> dict[str, list[int]]:
    """
    Return the columns of what each insider knows.
    """
    return {
        who: [system.column[c] for c in knowledge(problem, who) if c in system.column]
        for who in problem.insiders
    }


def by_insider(
    problem: Problem, system: System, goals: Iterable[Goal]
) -> dict[str, tuple[str, ...]]:
    """
    Return the cells of *goals* by who could work them out.
    """
    found: dict[str, list[str]] = {}
    for goal in goals:
        if goal.insider is not None:
            found.setdefault(goal.insider, []).append(system.cells[goal.column])
    return {who: tuple(sorted(found.get(who, []))) for who in problem.insiders}
