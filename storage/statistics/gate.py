"""
The gate: what a table may print, given everything that is out.

One system of equations over the tables that want out and every release there is. What
it decides is made of marks; counts are read here and leave as marks alone.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from itertools import product
from typing import Any

from storage.disclosure.audit import audit
from storage.disclosure.errors import DisclosureError, NotAuditedError, RefusedError, TableError
from storage.disclosure.program import Program
from storage.disclosure.protect import Effort, Protection, protect
from storage.disclosure.reading import read_marks, read_table_file
from storage.disclosure.report import gate_report
from storage.disclosure.search import Verdict, any_table
from storage.disclosure.states import Mark, State, below, domain, number, written
from storage.disclosure.system import build, printed_domains
from storage.disclosure.tables import Problem, marked, primary

EFFORT = Effort(seconds=20.0)  # for a cheaper pattern; the one found is valid whatever it is

DIFFERENCE = "the difference of a correction"

Labels = tuple[str, ...]  # one a dimension


@dataclass(frozen=True, kw_only=True)
class Dimension:
    """
    Attributes:
        tree: parent label → its children; empty: no total.
    """

    name: str
    labels: tuple[str, ...]
    tree: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Structure:
    """
    A table without its figures.

    Attributes:
        knows: agency → the labels of the first dimension that it reported itself.
        equations: (total, parts) over cells as ``series/label/label``, of this period: what
            ties the table to others.
    """

    dimensions: tuple[Dimension, ...]
    knows: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    equations: tuple[tuple[str, tuple[str, ...]], ...] = ()

    def cells(self) -> Iterator[Labels]:
        return product(*(each.labels for each in self.dimensions))

    def to_json(self) -> dict[str, Any]:
        return {
            "dims": [
                {
                    "name": each.name,
                    "labels": list(each.labels),
                    "tree": {parent: list(children) for parent, children in each.tree.items()},
                }
                for each in self.dimensions
            ],
            "knows": {who: list(labels) for who, labels in self.knows.items()},
            "equations": [[total, list(parts)] for total, parts in self.equations],
        }

    @classmethod
    def from_json(cls, document: Mapping[str, Any]) -> "Structure":
        return cls(
            dimensions=tuple(
                Dimension(
                    name=each["name"],
                    labels=tuple(each["labels"]),
                    tree={parent: tuple(children) for parent, children in each["tree"].items()},
                )
                for each in document["dims"]
            ),
            knows={who: tuple(labels) for who, labels in document["knows"].items()},
            equations=tuple((total, tuple(parts)) for total, parts in document["equations"]),
        )


@dataclass(frozen=True, kw_only=True)
class Sheet:
    """
    One table of one period before the gate, or behind it.

    Attributes:
        number: from 1 within the series and period; a correction has the next.
        starts, ends: first and last day of the period.
        marks: what is printed; for a table that wants out, what its source prints. None
            where there are counts to make them of.
        counts: the true ones, where they are known.
    """

    series: str
    period: str
    starts: date
    ends: date
    number: int
    threshold: int
    structure: Structure
    marks: Mapping[Labels, Mark] | None = None
    counts: Mapping[Labels, int] | None = field(default=None, repr=False)
    absent: Mapping[Labels, Mark] = field(default_factory=dict)

    @property
    def name(self) -> str:
        return name_of(self.series, self.period, number=self.number)

    def cell(self, labels: Labels) -> str:
        return "/".join([self.name, *labels])


def name_of(series: str, period: str, *, number: int) -> str:
    """
    Return what a table is called in reports.
    """
    again = "" if number == 1 else f", correction {number - 1}"
    return f"{series} {period}{again}".replace("/", "∕")  # "/" parts the labels of a cell


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
        own = [line for line in lines if f"{sheet.name}/" in line]
        return (*own, f"{len(self.marks)} tables together: {cost}")


def gate(sheets: Sequence[Sheet], *, ledger: Sequence[Sheet], effort: Effort = EFFORT) -> Passed:
    """
    Return what *sheets* may print together, with everything on the *ledger* known.

    What is withheld is chosen from the marks alone wherever that can be proved; an agency
    that knows its own row may need the counts. The end is the same either way: nothing
    that is out lets a reader learn more than the marks say.

    Raises:
        RefusedError: if no pattern protects them.
        NotAuditedError: if that could not be found out.
        TableError: if the figures contradict each other or what is out.
    """
    ledger = in_play(sheets, ledger)
    problem = _problem(sheets, ledger)
    printed = primary(problem)
    outside = _without_counts(problem, printed)
    if _ruled_out(outside):
        # Withholding could hide the contradiction, and print half of a mistake.
        raise TableError(["the figures: no table fits them all: correct them"])
    protection = _protect(problem, outside, effort)
    audited = audit(_without_counts(problem, protection.marks))
    if not audited.safe:
        raise NotAuditedError("the pattern found does not pass the audit from its marks alone")
    for world in _other_worlds(sheets, ledger, protection):
        _check_difference(world)
    return Passed(
        marks=tuple(
            {labels: protection.marks[sheet.cell(labels)] for labels in sheet.structure.cells()}
            for sheet in sheets
        ),
        report=tuple(gate_report(audited, protection).splitlines()),
        cost=protection.cost,
        bound=protection.bound,
    )


def in_play(sheets: Sequence[Sheet], ledger: Sequence[Sheet]) -> list[Sheet]:
    """
    Return the releases of *ledger* that anything joins to *sheets*, however many steps away.
    """
    near, rest = list(sheets), list(ledger)
    found: list[Sheet] = []
    while joined := [each for each in rest if any(_joined(each, other) for other in near)]:
        found += joined
        rest = [each for each in rest if each not in joined]
        near = joined
    return sorted(found, key=ledger.index)


def _joined(one: Sheet, other: Sheet) -> bool:
    if one.series == other.series:
        return _within(one, other) or _within(other, one)
    named = {
        cell.split("/")[0]
        for sheet in (one, other)
        for total, parts in sheet.structure.equations
        for cell in (total, *parts)
    }
    return _same_period(one, other) and {one.series, other.series} <= named


def _within(one: Sheet, other: Sheet) -> bool:
    return one.starts >= other.starts and one.ends <= other.ends


def check_marks(sheets: Sequence[Sheet], *, ledger: Sequence[Sheet]) -> None:
    """
    Make sure that *sheets*, printed as their marks say, give nothing away beside the *ledger*.

    Raises:
        RefusedError, NotAuditedError, TableError: if they do, or it cannot be known.
    """
    ledger = in_play(sheets, ledger)
    check(_problem(sheets, ledger))
    for world in _other_worlds(sheets, ledger, None):
        _check_difference(world)


def ledger_problem(ledger: Sequence[Sheet]) -> Problem:
    """
    Return everything that is out as one problem, of marks alone.

    Raises:
        TableError: if the marks contradict each other.
    """
    return _problem((), [replace(sheet, counts=None) for sheet in ledger])


def check(problem: Problem) -> None:
    """
    Raises:
        RefusedError: if what *problem* prints gives something away.
    """
    found = audit(problem)
    if not found.safe:
        raise RefusedError(
            forced=[each.cell for each in found.cells if each.finding.value != "protected"]
        )


def _check_difference(world: Problem) -> None:
    """
    Raises:
        RefusedError: if the difference of a correction is exact in *world*, and small. What
            the small counts on both sides leave of it is no more than their marks say, so
            here, where its sign is not known, nothing else counts as narrowing.
    """
    for each in audit(world).cells:
        if each.cell == DIFFERENCE and each.interval[0] == each.interval[1]:
            raise RefusedError(forced=[each.cell])


def _protect(problem: Problem, outside: Problem, effort: Effort) -> Protection:
    try:
        return protect(outside, insiders=True, effort=effort)
    except DisclosureError:
        if not problem.counts.keys() >= set(problem.present()):
            raise
    return protect(problem, insiders=True, effort=effort)


def _without_counts(problem: Problem, marks: Mapping[str, Mark]) -> Problem:
    return replace(marked(problem, marks), counts={})


def _problem(
    sheets: Sequence[Sheet],
    ledger: Sequence[Sheet],
    *,
    hidden: Mapping[str, tuple[str, str]] | None = None,
) -> Problem:
    """
    Return the one problem of everything in play.

    Args:
        hidden: more derivable differences: their name → (the greater cell, the lesser).
    """
    every = [*ledger, *sheets]
    differences = dict(_differences(sheets, ledger)) | dict(hidden or {})
    counts = {
        sheet.cell(labels): count
        for sheet in every
        for labels, count in (sheet.counts or {}).items()
    }
    counted = bool(sheets) and all(sheet.counts is not None for sheet in sheets)
    insiders: dict[str, list[str]] = {}
    for sheet in every:
        for who, rows in sheet.structure.knows.items():
            insiders.setdefault(who, []).extend(
                sheet.cell(labels) for labels in sheet.structure.cells() if labels[0] in rows
            )
    absent = [
        (sheet.cell(labels), mark)
        for sheet in sheets
        for labels, mark in {**sheet.absent, **_absent(sheet.marks or {})}.items()
    ]
    document = {
        "tables": [
            {"name": sheet.name, "dims": sheet.structure.to_json()["dims"]} for sheet in every
        ],
        "thresholds": {sheet.name: sheet.threshold for sheet in every},
        "counts": counts if counted else {},
        "na": [cell for cell, mark in absent if mark.state is State.NOT_COLLECTED],
        "not_reported": [cell for cell, mark in absent if mark.state is State.NOT_REPORTED],
        "equations": [
            *_links(every),
            *([greater, [lesser, name]] for name, (greater, lesser) in differences.items()),
        ],
        "hidden": list(differences),
        "published": {
            sheet.cell(labels): written(mark)
            for sheet in ledger
            for labels, mark in (sheet.marks or {}).items()
        },
        "insiders": insiders,
    }
    problem = read_table_file(document)
    if counted:
        return problem
    given = {
        sheet.cell(labels): written(mark)
        for sheet in every
        for labels, mark in _marks_of(sheet).items()
    }
    return read_marks(replace(problem, counts={}), given)


def _marks_of(sheet: Sheet) -> dict[Labels, Mark]:
    """
    Return what a sheet prints, or would with its small counts alone withheld.
    """
    if sheet.marks is not None:
        return dict(sheet.marks)
    return {labels: _at_most(sheet, labels) for labels in sheet.structure.cells()}


def _absent(marks: Mapping[Labels, Mark]) -> dict[Labels, Mark]:
    return {labels: mark for labels, mark in marks.items() if mark.absent}


def _links(sheets: Sequence[Sheet]) -> Iterator[list[Any]]:
    """
    Yield the equations between tables of one period, over the newest release of each.
    """
    newest: dict[tuple[str, date, date], Sheet] = {}
    for sheet in sheets:
        newest[sheet.series, sheet.starts, sheet.ends] = sheet
    for sheet in newest.values():
        for total, parts in sheet.structure.equations:
            cells = []
            for cell in (total, *parts):
                series, *labels = cell.split("/")
                other = newest.get((series, sheet.starts, sheet.ends))
                if other is None or tuple(labels) not in set(other.structure.cells()):
                    break
                cells.append(other.cell(tuple(labels)))
            else:
                yield [cells[0], cells[1:]]


def _differences(
    sheets: Sequence[Sheet], ledger: Sequence[Sheet]
) -> Iterator[tuple[str, tuple[str, str]]]:
    """
    Yield what a reader can subtract: nested periods of one series, the longer less the
    shorter; and a correction and what it corrects where it is known which is greater.
    """
    every = [*ledger, *sheets]
    for one, other in _pairs(every):
        for labels in _shared(one, other):
            name = f"{other.cell(labels)} less {one.cell(labels)}"
            if _same_period(one, other):
                order = _order(_printed(one, labels), _printed(other, labels), other.threshold)
                if order < 0:
                    yield name, (one.cell(labels), other.cell(labels))
                elif order > 0:
                    yield name, (other.cell(labels), one.cell(labels))
            elif _within(one, other):
                yield name, (other.cell(labels), one.cell(labels))
            elif _within(other, one):
                yield name, (one.cell(labels), other.cell(labels))


def _other_worlds(
    sheets: Sequence[Sheet], ledger: Sequence[Sheet], protection: Protection | None
) -> Iterator[Problem]:
    """
    Yield, for each cell of a correction of which the marks do not say whether it grew or
    shrank, the problem where it grew and the one where it shrank: a reader may guess.

    The difference is hidden in them as `DIFFERENCE`.
    """
    if protection is not None:
        sheets = [
            replace(
                sheet,
                counts=None,
                marks={
                    each: protection.marks[sheet.cell(each)] for each in sheet.structure.cells()
                },
            )
            for sheet in sheets
        ]
    ledger = [replace(sheet, counts=None) for sheet in ledger]
    wanting = {sheet.name for sheet in sheets}
    for one, other in _pairs([*ledger, *sheets]):
        if not _same_period(one, other) or not {one.name, other.name} & wanting:
            continue
        for labels in _shared(one, other):
            marks = _printed(one, labels), _printed(other, labels)
            if State.WITHHELD not in {mark.state for mark in marks if mark}:
                continue
            if _order(*marks, other.threshold):
                continue  # known, and in the problem already
            for cells in [(one, other), (other, one)]:
                greater, lesser = (sheet.cell(labels) for sheet in cells)
                world = _problem(sheets, ledger, hidden={DIFFERENCE: (greater, lesser)})
                if not _ruled_out(world):
                    yield world


def _ruled_out(problem: Problem) -> bool:
    """
    Say whether the marks let no table of *problem* be, for certain.
    """
    system = build(problem)
    program = Program(system, printed_domains(problem, primary(problem), system))
    return any_table(program).verdict is Verdict.IMPOSSIBLE


def _pairs(sheets: Sequence[Sheet]) -> Iterator[tuple[Sheet, Sheet]]:
    for at, other in enumerate(sheets):
        for one in sheets[:at]:
            if one.series == other.series:
                yield one, other


def _same_period(one: Sheet, other: Sheet) -> bool:
    return (one.starts, one.ends) == (other.starts, other.ends)


def _shared(one: Sheet, other: Sheet) -> list[Labels]:
    """
    Return the cells that both have, neither of them absent.
    """
    there = set(one.structure.cells())
    return [
        labels
        for labels in other.structure.cells()
        if labels in there and _printed(one, labels) and _printed(other, labels)
    ]


def _printed(sheet: Sheet, labels: Labels) -> Mark | None:
    """
    Return what a sheet prints at most in a cell, or None where there is no cell.
    """
    mark = _at_most(sheet, labels)
    return None if mark.absent else mark


def _at_most(sheet: Sheet, labels: Labels) -> Mark:
    if sheet.marks is not None:
        return sheet.marks[labels]
    if labels in sheet.absent:
        return sheet.absent[labels]
    count = (sheet.counts or {})[labels]
    return below(sheet.threshold) if 0 < count < sheet.threshold else number(count)


def _order(before: Mark | None, after: Mark | None, threshold: int) -> int:
    """
    Return 1 where the marks show growth, −1 where they show the opposite, 0 where they
    show neither or no change.
    """
    if before is None or after is None or before == after:
        return 0
    (low, high), (least, most) = (domain(mark, threshold) or (0, None) for mark in (before, after))
    if high is not None and least >= high:
        return 1
    return -1 if most is not None and low >= most else 0
