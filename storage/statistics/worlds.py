"""
What a reader may hold to be true of everything that is out: each way to see it is a world,
one system of equations, and in each of them nothing may be given away.

The plain world has what is certain: the tables' own equations, those between tables, and
what can be subtracted. In others a reader takes for granted what is likely: that a correction
left alone what it could leave alone, and that periods which make up another add up to it.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from itertools import pairwise
from typing import Any

from storage.disclosure.errors import TableError
from storage.disclosure.program import Program
from storage.disclosure.reading import read_table_file
from storage.disclosure.search import Verdict, any_table
from storage.disclosure.states import Domain, Mark, State, domain, written
from storage.disclosure.system import build, printed_domains
from storage.disclosure.tables import Problem, marked, primary
from storage.statistics.sheets import Labels, Sheet, at_most, overlaps, same_period, within

DIFFERENCE = "the difference of a correction"
Equation = tuple[str, tuple[str, ...]]
Marks = Mapping[str, Mark]  # by cell


@dataclass(frozen=True, kw_only=True)
class World:
    """
    Attributes:
        counted: with the true counts, where they are known.
        outside: the same with nothing known but what is printed.
        hidden: whether something can be derived in it that is never printed.
        false: whether the true counts rule it out, which a reader cannot know.
    """

    counted: Problem
    outside: Problem
    hidden: bool
    false: bool = False


def worlds(sheets: Sequence[Sheet], ledger: Sequence[Sheet], marks: Marks) -> list[World]:
    """
    Return every world of *sheets*, printed as *marks* say, beside what is out. The plain
    one is the first.

    Raises:
        TableError: if the figures contradict each other or what is out.
    """
    every = [*ledger, *sheets]
    differences = dict(_differences(every, marks))
    found = [_world(sheets, ledger, marks, (), differences)]
    alike, tiles = list(_alike(every, marks)), dict(_tiles(every, marks))
    if alike and not is_possible(_world(sheets, ledger, marks, alike, differences)):
        alike = _together(sheets, ledger, marks, alike, differences)
    added = [equation for equations in tiles.values() for equation in equations]
    for equations, atoms in (
        (alike, ()),
        (added, tuple(tiles)),
        ([*alike, *added] if alike and added else [], tuple(tiles)),
    ):
        if equations:
            world = _world(sheets, ledger, marks, equations, differences, atoms=atoms)
            if is_possible(world):
                found.append(world)
    return found


def uncertain(sheets: Sequence[Sheet], ledger: Sequence[Sheet], marks: Marks) -> Iterator[Problem]:
    """
    Yield, for each cell of a correction of which the marks do not say whether it grew or
    shrank, the plain world where it grew and the one where it shrank: a reader may guess.

    The difference is hidden in them as `DIFFERENCE`.
    """
    every = [*ledger, *sheets]
    wanting = {sheet.name for sheet in sheets}
    differences = dict(_differences(every, marks))
    for one, other in _pairs(every):
        if not same_period(one, other) or not {one.name, other.name} & wanting:
            continue
        for labels in _shared(one, other):
            cells = one.cell(labels), other.cell(labels)
            both = marks[cells[0]], marks[cells[1]]
            if State.WITHHELD not in {mark.state for mark in both} or _order(
                *both, other.threshold
            ):
                continue
            for greater, lesser in (cells, cells[::-1]):
                world = _world(
                    sheets, ledger, marks, (), differences | {DIFFERENCE: (greater, lesser)},
                    threshold=other.threshold,
                )  # fmt: skip
                if is_possible(world):
                    yield world.outside


def ledger_problem(ledger: Sequence[Sheet]) -> Problem:
    """
    Return everything that is out as its plain world, of marks alone.

    Raises:
        TableError: if the marks contradict each other.
    """
    marks = printed(ledger)
    return _world((), ledger, marks, (), dict(_differences(ledger, marks))).outside


def printed(sheets: Sequence[Sheet]) -> dict[str, Mark]:
    """
    Return what *sheets* print, or would with their small counts alone withheld.
    """
    return {
        sheet.cell(labels): at_most(sheet, labels)
        for sheet in sheets
        for labels in sheet.structure.cells()
    }


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


def check_shapes(sheets: Sequence[Sheet], ledger: Sequence[Sheet]) -> None:
    """
    Make sure that tables of one series whose periods meet can be laid over each other: a
    row that was renamed, or left out, would be taken for another one.

    Raises:
        TableError: if one has not all rows and columns of the other.
    """
    wrong = []
    for one, other in _pairs([*ledger, *sheets]):
        if other not in sheets and one not in sheets:
            continue
        first, second = (set(each.structure.cells()) for each in (one, other))
        missing = first - second if same_period(one, other) else min(first - second, second - first)
        if missing:
            wrong.append(
                f"{other.name}: {', '.join(min(missing))} is in {one.name} and not here: keep every "
                "row and column by its name, and write N/A where there is nothing"
            )
    wrong += _unknown_links([*ledger, *sheets])
    if wrong:
        raise TableError(wrong)


def _joined(one: Sheet, other: Sheet) -> bool:
    if one.series == other.series:
        return overlaps(one, other)
    named = {
        cell.split("/")[0]
        for sheet in (one, other)
        for total, parts in sheet.structure.equations
        for cell in (total, *parts)
    }
    return same_period(one, other) and {one.series, other.series} <= named


def _world(
    sheets: Sequence[Sheet],
    ledger: Sequence[Sheet],
    marks: Marks,
    equations: Sequence[Equation],
    differences: Mapping[str, tuple[str, str]],
    *,
    atoms: Sequence[str] = (),
    threshold: int | None = None,
) -> World:
    every = [*ledger, *sheets]
    counted = bool(sheets) and all(sheet.counts is not None for sheet in sheets)
    insiders: dict[str, list[str]] = {}
    for sheet in every:
        for who, rows in sheet.structure.knows.items():
            insiders.setdefault(who, []).extend(
                sheet.cell(labels) for labels in sheet.structure.cells() if labels[0] in rows
            )
    wanted = [sheet.cell(labels) for sheet in sheets for labels in sheet.structure.cells()]
    common = {} if threshold is None else {"threshold": threshold}
    document: dict[str, Any] = common | {
        "tables": [
            {"name": sheet.name, "dims": sheet.structure.to_json()["dims"]} for sheet in every
        ],
        "thresholds": {sheet.name: sheet.threshold for sheet in every},
        "counts": {
            sheet.cell(labels): count
            for sheet in every
            for labels, count in (sheet.counts or {}).items()
        }
        if counted
        else {},
        "na": [cell for cell in wanted if marks[cell].state is State.NOT_COLLECTED],
        "not_reported": [cell for cell in wanted if marks[cell].state is State.NOT_REPORTED],
        "equations": [
            *_links(every),
            *([greater, [lesser, name]] for name, (greater, lesser) in differences.items()),
            *([total, list(parts)] for total, parts in equations),
        ],
        "hidden": [*differences, *atoms],
        "published": {
            sheet.cell(labels): written(mark)
            for sheet in ledger
            for labels, mark in (sheet.marks or {}).items()
        },
        "insiders": insiders,
    }
    false = False
    try:
        problem = read_table_file(document)
    except TableError:
        if not equations and DIFFERENCE not in differences:
            raise
        # Taken for granted, and not so: then the counts have no say in it.
        false, problem = True, read_table_file(document | {"counts": {}})
    at_first = dict(printed(every).items())
    bare = marked(replace(problem, counts={}), at_first)
    return World(
        counted=marked(marked(problem, at_first), marks),
        outside=marked(bare, marks),
        hidden=bool(differences or atoms),
        false=false,
    )


def is_possible(world: World) -> bool:
    """
    Say whether some table may be so; only what is surely impossible is not.
    """
    problem = replace(world.outside, counts={})
    system = build(problem)
    program = Program(system, printed_domains(problem, primary(problem), system))
    return any_table(program).verdict is not Verdict.IMPOSSIBLE


def _together(
    sheets: Sequence[Sheet],
    ledger: Sequence[Sheet],
    marks: Marks,
    equations: Sequence[Equation],
    differences: Mapping[str, tuple[str, str]],
) -> list[Equation]:
    """
    Return as many of *equations* as can be true together, those that say a number first.
    """
    kept: list[Equation] = []
    for each in sorted(equations, key=lambda each: not _says_a_number(each, marks)):
        if is_possible(_world(sheets, ledger, marks, [*kept, each], differences)):
            kept.append(each)
    return kept


def _says_a_number(equation: Equation, marks: Marks) -> bool:
    total, parts = equation
    return any(marks[cell].state is State.NUMBER for cell in (total, *parts))


def _links(sheets: Sequence[Sheet]) -> Iterator[list[Any]]:
    """
    Yield the equations between tables of one period, over the newest release of each.
    """
    newest = {(sheet.series, sheet.starts, sheet.ends): sheet for sheet in sheets}
    for sheet in newest.values():
        for total, parts in sheet.structure.equations:
            cells = []
            for cell in (total, *parts):
                series, *labels = cell.split("/")
                other = newest.get((series, sheet.starts, sheet.ends))
                if other is None:
                    break  # not out yet: whichever comes last is held to it
                cells.append(other.cell(tuple(labels)))
            else:
                yield [cells[0], cells[1:]]


def _unknown_links(sheets: Sequence[Sheet]) -> Iterator[str]:
    newest = {(sheet.series, sheet.starts, sheet.ends): sheet for sheet in sheets}
    for sheet in newest.values():
        for total, parts in sheet.structure.equations:
            for cell in (total, *parts):
                series, *labels = cell.split("/")
                other = newest.get((series, sheet.starts, sheet.ends))
                if other is not None and tuple(labels) not in set(other.structure.cells()):
                    yield f"equations of {sheet.series}: there is no cell {cell}: correct its name"


def _differences(every: Sequence[Sheet], marks: Marks) -> Iterator[tuple[str, tuple[str, str]]]:
    """
    Yield what a reader can subtract for certain: nested periods of one series, the longer
    less the shorter; and a correction and what it corrects where the marks show which is
    greater.
    """
    newest = list({(sheet.series, sheet.starts, sheet.ends): sheet for sheet in every}.values())
    for one, other in _pairs(every):
        for labels in _shared(one, other):
            cells = one.cell(labels), other.cell(labels)
            name = f"{cells[1]} less {cells[0]}"
            if same_period(one, other):
                order = _order(marks[cells[0]], marks[cells[1]], other.threshold)
                if order:
                    yield name, cells if order < 0 else cells[::-1]
            elif one in newest and other in newest:  # a wrong figure need not nest
                if within(one, other):
                    yield name, cells[::-1]
                elif within(other, one):
                    yield name, cells


def _alike(every: Sequence[Sheet], marks: Marks) -> Iterator[Equation]:
    """
    Yield, for each cell of a correction that the marks let be what it was, that it is.
    """
    for one, other in _pairs(every):
        if not same_period(one, other):
            continue
        for labels in _shared(one, other):
            cells = one.cell(labels), other.cell(labels)
            before, after = (_domain(marks[cell], other.threshold) for cell in cells)
            if _meet(before, after):
                yield cells[1], (cells[0],)


def _tiles(every: Sequence[Sheet], marks: Marks) -> Iterator[tuple[str, tuple[Equation, ...]]]:
    """
    Yield the pieces of time that the periods of a series part each other into, cell by cell,
    each with the equations that it closes: a period is the sum of its pieces. Two periods
    have no more to tell than their difference.
    """
    by_series: dict[str, dict[tuple[date, date], Sheet]] = {}
    for sheet in every:
        by_series.setdefault(sheet.series, {})[sheet.starts, sheet.ends] = sheet
    for sheets in by_series.values():
        if len(sheets) < 3:
            continue
        edges = sorted({edge for starts, ends in sheets for edge in (starts, ends + timedelta(1))})
        pieces = [
            (first, after)
            for first, after in pairwise(edges)
            if any(starts <= first and after <= ends + timedelta(1) for starts, ends in sheets)
        ]
        last = list(sheets.values())[-1]
        for labels in last.structure.cells():
            having = [
                sheet
                for sheet in sheets.values()
                if labels in set(sheet.structure.cells()) and not marks[sheet.cell(labels)].absent
            ]
            names = {
                piece: f"{last.cell(labels)} from {piece[0]} to {piece[1]}" for piece in pieces
            }
            equations = tuple(
                (sheet.cell(labels), tuple(names[piece] for piece in _of(sheet, pieces)))
                for sheet in having
            )
            used = {name for _, parts in equations for name in parts}
            for name in names.values():
                if name in used:
                    yield name, ()
            if having:
                yield next(name for name in names.values() if name in used), equations


def _of(sheet: Sheet, pieces: Sequence[tuple[date, date]]) -> list[tuple[date, date]]:
    return [
        (first, after)
        for first, after in pieces
        if sheet.starts <= first and after <= sheet.ends + timedelta(1)
    ]


def _pairs(sheets: Sequence[Sheet]) -> Iterator[tuple[Sheet, Sheet]]:
    """
    Yield the pairs of one series whose periods meet, the earlier release first.
    """
    for at, other in enumerate(sheets):
        for one in sheets[:at]:
            if one.series == other.series and overlaps(one, other):
                yield one, other


def _shared(one: Sheet, other: Sheet) -> list[Labels]:
    """
    Return the cells that both have, neither of them absent.
    """
    there = set(one.structure.cells())
    return [
        labels
        for labels in other.structure.cells()
        if labels in there and not at_most(one, labels).absent and not at_most(other, labels).absent
    ]


def _order(before: Mark, after: Mark, threshold: int) -> int:
    """
    Return 1 where the marks show growth, −1 where they show the opposite, 0 where they
    show neither or no change.
    """
    (low, high), (least, most) = (_domain(mark, threshold) for mark in (before, after))
    if before == after:
        return 0
    if high is not None and least >= high:
        return 1
    return -1 if most is not None and low >= most else 0


def _domain(mark: Mark, threshold: int) -> Domain:
    return domain(mark, threshold) or (0, None)


def _meet(one: Domain, other: Domain) -> bool:
    (low, high), (least, most) = one, other
    return (high is None or least <= high) and (most is None or low <= most)
