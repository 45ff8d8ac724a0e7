"""
The audit: what a reader, or an insider, can work out of what is printed.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum

from storage.disclosure.attack import Attack, Goal, Unmet
from storage.disclosure.errors import NotAuditedError, TableError
from storage.disclosure.insiders import by_insider, inside_goals, known_columns, true_domains
from storage.disclosure.program import NEAR, Program, Status
from storage.disclosure.search import (
    ABOVE_EVERYTHING,
    NODES,
    Verdict,
    any_table,
    attain,
)
from storage.disclosure.states import WITHHELD, Domain, Mark, State, below
from storage.disclosure.system import System, build, printed_domains
from storage.disclosure.tables import Problem, candidates, primary


class Finding(Enum):
    """
    What became of a sensitive cell.
    """

    PROTECTED = "protected"
    NARROWED = "narrowed"
    EXACT = "exact"
    FORCED = "forced"  # exact, and it would be with every cell withheld that may be


@dataclass(frozen=True, kw_only=True)
class Audited:
    """
    Attributes:
        interval: the least and greatest whole value over all tables that fit; None: no end.
        base: the same with every cell withheld that may be, cut to the small counts: B(c).
    """

    cell: str
    interval: Domain = field(repr=False)
    base: Domain = field(repr=False)
    finding: Finding


@dataclass(frozen=True, kw_only=True)
class Audit:
    """
    Attributes:
        marks: what is printed.
        cells: every sensitive one.
        insiders: who can work out which cells of others exactly; from marks alone, under
            some of the counts that the marks leave possible.
    """

    marks: Mapping[str, Mark]
    cells: tuple[Audited, ...]
    insiders: Mapping[str, tuple[str, ...]]

    @property
    def safe(self) -> bool:
        """
        Say whether nothing is narrowed, exact or forced, for nobody.
        """
        return not any(self.insiders.values()) and all(
            each.finding is Finding.PROTECTED for each in self.cells
        )


def audit(
    problem: Problem,
    *,
    insiders: bool = False,
    nodes: int = NODES,
    tell: Callable[[str], None] = lambda _: None,
) -> Audit:
    """
    Return what *problem* as printed gives away: its marks, or a primary-only publication.

    Args:
        insiders: audit the insiders as attackers as well. Where not all counts are known,
            none may be able to work a cell out under any counts that the marks leave possible.
        nodes: how many linear programs a whole-number search may take.
        tell: is told how far it got, in words without a value.
    Raises:
        TableError: if the marks contradict each other or the equations.
        NotAuditedError: if a search ended without an answer.
    Source:
        suppression.md, "The rule".
    """
    marks = primary(problem)
    system = build(problem)
    cells = sensitive(problem, marks, system, nodes=nodes)
    bases = basis(problem, marks, cells, system, nodes=nodes, tell=tell)
    return audit_of(problem, marks, bases, system=system, insiders=insiders, nodes=nodes, tell=tell)


def audit_of(
    problem: Problem,
    marks: Mapping[str, Mark],
    bases: Mapping[str, Domain],
    *,
    system: System,
    insiders: bool,
    nodes: int = NODES,
    tell: Callable[[str], None] = lambda _: None,
) -> Audit:
    """
    Return what *marks* give away of the cells of *bases*, as `basis` returns them.

    Raises:
        TableError: if no table fits the marks.
        NotAuditedError: if a search ended without an answer.
    """
    program = Program(system, printed_domains(problem, marks, system))
    truth = _truth(problem, system)
    if truth is None and any_table(program, nodes=nodes).table is None:
        raise TableError(["the marks: no whole-number table fits them all: correct them"])
    tell(f"auditing {len(bases)} sensitive cells")
    goals = outside_goals(bases, system)
    attack = Attack(program, goals, truth=truth)
    if truth is not None:
        attack.record(_checked(truth, program))
    missed = attack.unmet(0, nodes=nodes)
    refuse_unsure(missed, system)
    unmet = {each.goal.column for each in missed}
    found = []
    for cell, base in bases.items():
        column = system.column[cell]
        interval = base
        if column in unmet or program.domains[column] != base:
            interval = _interval(program, column, nodes)
        finding = Finding.PROTECTED
        if base[0] == base[1]:
            finding = Finding.FORCED
        elif interval[0] == interval[1]:
            finding = Finding.EXACT
        elif column in unmet:
            finding = Finding.NARROWED
        found.append(Audited(cell=cell, interval=interval, base=base, finding=finding))
    inside = {}
    if insiders:
        attack = Attack(
            program,
            inside_goals(problem, bases, system),
            truth=truth,
            truths=None if truth is not None else true_domains(problem, marks, system),
            insiders=known_columns(problem, system),
        )
        missed = attack.unmet(0, nodes=nodes)
        refuse_unsure(missed, system)
        inside = by_insider(problem, system, (each.goal for each in missed))
    return Audit(marks=marks, cells=tuple(found), insiders=inside)


def refuse_unsure(missed: Iterable[Unmet], system: System) -> None:
    """
    Refuse what a search has neither found nor ruled out.
    """
    if unsure := [system.cells[each.goal.column] for each in missed if not each.proved]:
        raise NotAuditedError("an end was neither reached nor ruled out", cells=unsure)


def sensitive(
    problem: Problem, marks: Mapping[str, Mark], system: System, *, nodes: int = NODES
) -> list[str]:
    """
    Return the cells whose count is from 1 to the threshold less one. Where a count is not
    known, that is what a mark says, or for a hidden cell what the marks leave possible.
    """
    found = []
    program: Program | None = None
    for cell in problem.present():
        most = problem.thresholds[cell] - 1
        mark = marks[cell]
        if cell in problem.counts:
            small = 1 <= problem.counts[cell] <= most
        elif mark.state is State.HIDDEN:
            if program is None:
                program = Program(system, printed_domains(problem, marks, system))
            low, high = _interval(program, system.column[cell], nodes)
            small = low <= most and (high is None or high >= 1)
        else:
            small = mark.state is State.BELOW or (
                mark.state is State.NUMBER and mark.value is not None and 1 <= mark.value <= most
            )
        if small:
            found.append(cell)
    return found


def withheld_all(
    problem: Problem, marks: Mapping[str, Mark], cells: Iterable[str]
) -> dict[str, Mark]:
    """
    Return *marks* with every cell withheld that may be, and every one of the sensitive
    *cells* that is printed as a number, and not out yet, under its primary mark.
    """
    most = dict(marks) | dict.fromkeys(candidates(problem, marks), WITHHELD)
    for cell in cells:
        if marks[cell].state is State.NUMBER and cell not in problem.published:
            most[cell] = below(problem.thresholds[cell])
    return most


def basis(
    problem: Problem,
    marks: Mapping[str, Mark],
    cells: Sequence[str],
    system: System,
    *,
    nodes: int = NODES,
    tell: Callable[[str], None] = lambda _: None,
) -> dict[str, Domain]:
    """
    Return B(c) of each of the sensitive *cells*: its interval of whole values with every
    cell withheld that may be, cut to 1 up to the threshold less one.

    Raises:
        TableError: if no table fits.
        NotAuditedError: if an end could neither be attained nor be proved out of reach.
    """
    tell(f"finding what the marks alone say of {len(cells)} sensitive cells")
    most = withheld_all(problem, marks, cells)
    program = Program(system, printed_domains(problem, most, system))
    wanted = {}
    for cell in cells:
        low, high = program.domains[system.column[cell]]
        top = problem.thresholds[cell] - 1
        if marks[cell].state is not State.HIDDEN and high is not None:
            top = high
        wanted[cell] = (max(1, low), top)
    attack = Attack(program, outside_goals(wanted, system))
    if (truth := _truth(problem, system)) is not None:
        attack.record(_checked(truth, program))
    unmet = attack.unmet(0, nodes=nodes)
    found: dict[str, Domain] = dict(wanted)
    if unmet and any_table(program, nodes=nodes).table is None:
        raise TableError(["the marks: no whole-number table fits them all: correct them"])
    cell_at = system.cells
    for each in unmet:
        ((sense, target),) = each.goal.ends or ()
        cell = cell_at[each.goal.column]
        low, high = wanted[cell]
        reach = range(target - sense, low - 1 if sense > 0 else high + 1, -sense)
        if not each.proved:
            raise NotAuditedError("an end was neither reached nor ruled out", cells=[cell])
        for value in reach:
            answer = attain(program, each.goal.column, sense=sense, target=value, nodes=nodes)
            if answer.verdict is Verdict.UNKNOWN:
                raise NotAuditedError("an end was neither reached nor ruled out", cells=[cell])
            if answer.verdict is Verdict.ATTAINED:
                ends = found[cell]
                found[cell] = (ends[0], value) if sense > 0 else (value, ends[1])
                break
    return found


def outside_goals(bases: Mapping[str, Domain], system: System) -> list[Goal]:
    """
    Return both ends of every base, as what no reader may be able to rule out.
    """
    return [
        Goal(column=system.column[cell], ends=((sense, target),))
        for sense in (1, -1)
        for cell, base in bases.items()
        if (target := base[1] if sense > 0 else base[0]) is not None
    ]


def _interval(program: Program, column: int, nodes: int) -> Domain:
    least, greatest = (_most(program, column, sense, nodes) for sense in (-1, 1))
    return (0 if least is None else -least, greatest)  # no cell goes below 0


def _most(program: Program, column: int, sense: int, nodes: int) -> int | None:
    """
    Return the greatest of sense times *column* that a whole-number table attains.
    """
    outcome = program.maximize({column: sense})
    if outcome.status is Status.UNBOUNDED:
        answer = attain(program, column, sense=sense, target=ABOVE_EVERYTHING, nodes=nodes)
        if answer.verdict is Verdict.ATTAINED:
            return None
        raise NotAuditedError("no end was found", cells=[program.system.cells[column]])
    if outcome.status is not Status.BEST:
        raise NotAuditedError("the solver failed", cells=[program.system.cells[column]])
    value = int((outcome.value + NEAR) // 1)
    for _ in range(nodes):
        answer = attain(program, column, sense=sense, target=sense * value, nodes=nodes)
        if answer.table is not None:
            return sense * answer.table[column]
        value -= 1
    raise NotAuditedError("no table was found", cells=[program.system.cells[column]])


def _truth(problem: Problem, system: System) -> list[int] | None:
    if any(cell not in problem.counts for cell in system.cells):
        return None
    return system.complete([problem.counts[cell] for cell in system.cells])


def _checked(truth: Sequence[int], program: Program) -> Sequence[int]:
    if not program.system.fits(truth, program.domains):
        raise TableError(["the counts: do not fit the marks or the side information: correct them"])
    return truth
