"""
The gate: what a table may print, given everything that is out.

What it decides is made of marks; counts are read here and leave as marks alone.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from storage.disclosure.audit import audit
from storage.disclosure.errors import DisclosureError, NotAuditedError, RefusedError, TableError
from storage.disclosure.protect import Effort, Protection, protect
from storage.disclosure.report import A_CELL, gate_report
from storage.disclosure.states import WITHHELD, Mark, State
from storage.disclosure.tables import Problem, marked
from storage.statistics.sheets import Labels, Sheet, at_most, same_period
from storage.statistics.worlds import (
    DIFFERENCE,
    World,
    check_shapes,
    in_play,
    is_possible,
    printed,
    uncertain,
    worlds,
)

EFFORT = Effort(seconds=20.0)  # for a cheaper pattern; the one found is valid whatever it is
ROUNDS = 12  # what one world wants withheld may open another; more rounds than this are hopeless


@dataclass(frozen=True, kw_only=True)
class Passed:
    """
    Attributes:
        marks: for each sheet that wanted out, in their order, what it may print.
        report: what was withheld, why and at what cost, without a solved value.
        cost: of all that is withheld; no pattern that protects costs less than *bound*.
    """

    marks: tuple[Mapping[Labels, Mark], ...]
    report: tuple[str, ...]
    cost: int
    bound: int

    def about(self, sheet: Sheet) -> tuple[str, ...]:
        """
        Return the lines of the report that are about *sheet*, and the last, on the cost of all.
        """
        if len(self.marks) == 1:
            return self.report
        *lines, cost = self.report
        own = [line for line in lines if line.startswith(f"{A_CELL}{sheet.name}/")]
        why = [line for line in lines if not line.startswith(A_CELL)] if own else []
        return (*why, *own, f"{len(self.marks)} tables together: {cost}")


def gate(
    sheets: Sequence[Sheet],
    *,
    ledger: Sequence[Sheet],
    shown: Sequence[Sheet] = (),
    effort: Effort = EFFORT,
) -> Passed:
    """
    Return what *sheets* may print together, with everything on the *ledger* known.

    What is withheld is chosen from the marks alone wherever that can be proved; an agency
    that knows its own row may need the counts. The end is the same either way: nothing
    that is out lets a reader learn more than the marks say, in no world.

    Args:
        shown: drafts that somebody saw: as known as what is out, but a row of theirs that
            was a mistake need not be there for ever.
    Raises:
        RefusedError: if no pattern protects them.
        NotAuditedError: if that could not be found out.
        TableError: if the figures contradict each other or what is out.
    """
    # Of two of one period what is out is the one that counts: it comes later.
    out = in_play(sheets, [*shown, *ledger])
    check_shapes(sheets, [each for each in out if each not in shown])
    marks = printed([*out, *sheets])
    if not is_possible(worlds(sheets, out, marks)[0]):
        # Withholding could hide the contradiction, and print half of a mistake.
        raise TableError(["the figures: no table fits them all: correct them"])
    wanted = [sheet.cell(labels) for sheet in sheets for labels in sheet.structure.cells()]
    for cell in _still_withheld(sheets, out, marks):
        marks[cell] = WITHHELD
    bound = 0
    for _ in range(ROUNDS):
        before = dict(marks)
        every = worlds(sheets, out, marks)
        for number, world in enumerate(every):
            found = _protect(_with(world, marks), effort)
            marks |= {cell: found.marks[cell] for cell in wanted}
            if number == 0:
                bound = max(bound, found.bound)
        if marks == before or (len(every) == 1 and not every[0].hidden):
            break
    else:
        raise NotAuditedError("no pattern was found that protects it in every way to read it")
    for problem in uncertain(sheets, out, marks):
        _check_difference(problem)
    plain = worlds(sheets, out, marks)[0].outside
    audited = audit(replace(plain, counts={}))
    withheld = tuple(cell for cell in wanted if marks[cell].state is State.WITHHELD)
    cost = sum(plain.weights[cell] for cell in withheld)
    bound = min(bound, cost)
    protection = Protection(
        marks=marks, withheld=withheld, cost=cost, bound=bound, optimal=bound == cost
    )
    return Passed(
        marks=tuple(
            {labels: marks[sheet.cell(labels)] for labels in sheet.structure.cells()}
            for sheet in sheets
        ),
        report=tuple(gate_report(audited, protection).splitlines()),
        cost=cost,
        bound=bound,
    )


def _still_withheld(
    sheets: Sequence[Sheet], ledger: Sequence[Sheet], marks: Mapping[str, Mark]
) -> list[str]:
    """
    Return the numbers that an earlier release of the same period withholds: printed now,
    they would say what was kept back then.
    """
    return [
        sheet.cell(labels)
        for sheet in sheets
        for labels in sheet.structure.cells()
        if marks[sheet.cell(labels)].state is State.NUMBER
        and (marks[sheet.cell(labels)].value or 0) >= sheet.threshold
        and any(
            labels in set(earlier.structure.cells())
            and at_most(earlier, labels).state is State.WITHHELD
            for earlier in ledger
            if earlier.series == sheet.series and same_period(earlier, sheet)
        )
    ]


def _with(world: World, marks: Mapping[str, Mark]) -> World:
    """
    Return *world* with what other worlds wanted withheld since it was made.
    """
    return World(
        counted=marked(world.counted, marks),
        outside=marked(world.outside, marks),
        hidden=world.hidden,
        false=world.false,
    )


def _protect(world: World, effort: Effort) -> Protection:
    try:
        return protect(world.outside, insiders=True, effort=effort)
    except DisclosureError:
        if world.false:  # an agency that believes in it works out what is not so
            return protect(world.outside, effort=effort)
        if not world.counted.counts.keys() >= set(world.counted.present()):
            raise
    return protect(world.counted, insiders=True, effort=effort)


def _check_difference(problem: Problem) -> None:
    """
    Raises:
        RefusedError: if the difference of a correction is exact, and small. What the small
            counts on both sides leave of it is no more than their marks say, so where its
            sign is not known nothing else counts as narrowing.
    """
    for each in audit(replace(problem, counts={})).cells:
        if each.cell == DIFFERENCE and each.interval[0] == each.interval[1]:
            raise RefusedError(forced=[each.cell])
