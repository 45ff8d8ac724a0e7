"""
The table file as a problem, or everything that is wrong with it at once.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from difflib import get_close_matches
from itertools import product
from math import ceil, floor, lcm
from typing import Any

from storage.disclosure.errors import TableError
from storage.disclosure.states import (
    HOW_TO_MARK,
    NOT_COLLECTED,
    NOT_REPORTED,
    Mark,
    read_mark,
)
from storage.disclosure.system import fraction
from storage.disclosure.tables import (
    Equation,
    Problem,
    SideInformation,
    effective,
    marked,
    primary,
)

DEFAULT_THRESHOLD = 10  # the deck's "<10"
MOST = 10**12  # people; beyond it a count is a slip of the pen
KEYS = {
    "threshold", "thresholds", "tables", "counts", "na", "not_reported", "equations", "published",
    "hidden", "side_info", "weights", "insiders", "audit_marks",
}  # fmt: skip


def read_table_file(document: object) -> Problem:
    """
    Read a table file.

    Args:
        document: what its JSON holds.
    Returns:
        The problem; with ``audit_marks`` as its marks only through `audit_marks`.
    Raises:
        TableError: with everything that is wrong, each with its place.
    Source:
        suppression.md, "Table file (JSON)".
    """
    return _Reader(document).read()


def audit_marks(problem: Problem, document: object) -> Problem:
    """
    Return *problem* with the file's ``audit_marks`` as what is printed, where it has any.
    """
    given = document.get("audit_marks") if isinstance(document, Mapping) else None
    if given is None:
        return problem
    return read_marks(problem, given, place="audit_marks", rest=bool(problem.counts))


def read_marks(
    problem: Problem, document: object, *, place: str = "marks", rest: bool = False
) -> Problem:
    """
    Return *problem* with the marks of *document* as what is printed.

    Args:
        document: cell → mark.
        rest: whether a cell without a mark keeps its primary-only one.
    Raises:
        TableError: with everything that is wrong with the marks.
    """
    if isinstance(document, Mapping) and isinstance(document.get("marks"), Mapping):
        document = document["marks"]  # what `htbot tables protect --json` prints
    problems: list[str] = []
    marks = {
        cell: mark
        for cell, mark in _marks(document, place, problems).items()
        # a hidden cell has no mark: that it is said to be hidden again is in order
        if not (cell in problem.hidden and str(mark) == "hidden")
    }
    if problems:
        raise TableError(problems)
    if rest:
        printed = primary(problem)
        marks = {
            cell: printed[cell] for cell in problem.present() if cell not in problem.hidden
        } | marks
    made = marked(problem, marks)
    primary(made)  # every cell has one
    return made


def _marks(document: object, place: str, problems: list[str]) -> dict[str, Mark]:
    if not isinstance(document, Mapping):
        problems.append(f"{place}: is no object: write cell → mark")
        return {}
    marks = {}
    for cell, value in document.items():
        try:
            marks[str(cell)] = read_mark(value)
        except ValueError:
            problems.append(f"{place}: {cell}: is no mark: write {HOW_TO_MARK}")
    return marks


class _Reader:
    def __init__(self, document: object) -> None:
        self.problems: list[str] = []
        self.document: Mapping[str, Any] = {}
        if isinstance(document, Mapping):
            self.document = document
        else:
            self.problems.append("the file: is no JSON object: write {…}")
        # cell -> threshold and weight, in the order of the tables
        self.thresholds: dict[str, int] = {}
        self.weights: dict[str, int] = {}
        self.equations: list[Equation] = []
        self.implied: list[Equation] = []

    def read(self) -> Problem:
        for key in self.document:
            if key not in KEYS and key not in {"id", "title", "source", "tags", "expected", "note"}:
                near = get_close_matches(key, KEYS, n=1)
                hint = f": did you mean {near[0]}?" if near else ": take it out"
                self.fault(key, f"is no part of a table file{hint}")
        common = self.threshold("threshold", self.document.get("threshold", DEFAULT_THRESHOLD))
        own = self.mapping("thresholds")
        by_table = {table: self.threshold(f"thresholds.{table}", t) for table, t in own.items()}
        tables = self.items("tables")
        names = [self.table(number, each, common, by_table) for number, each in enumerate(tables)]
        for table in by_table:
            if table not in names:
                self.fault(f"thresholds.{table}", "there is no such table: correct its name")
        hidden = self.strings("hidden")
        published = _marks(self.document.get("published", {}), "published", self.problems)
        counts = self.counts()
        for cell in [*counts, *hidden, *published]:
            if cell not in self.thresholds:
                self.loose(cell, names, common, by_table)
        absent = dict.fromkeys(self.strings("na"), NOT_COLLECTED)
        absent |= dict.fromkeys(self.strings("not_reported"), NOT_REPORTED)
        absent |= {cell: mark for cell, mark in published.items() if mark.absent}
        published = {cell: mark for cell, mark in published.items() if not mark.absent}
        for number, each in enumerate(self.items("equations")):
            self.equation(f"equations[{number}]", each)
        self.equations += self.implied
        for where, cells in [("na", absent), ("hidden", hidden)]:
            self.known(where, cells)
        for cell in absent:
            if cell in counts:
                self.fault(f"na: {cell}", "has a count too: take one of the two out")
        side = [
            found
            for number, each in enumerate(self.items("side_info"))
            if (found := self.side(f"side_info[{number}]", each)) is not None
        ]
        for cell, weight in self.mapping("weights").items():
            if self.known("weights", [cell]) and self.whole(f"weights: {cell}", weight):
                self.weights[cell] = weight
        insiders = {
            who: frozenset(self.named(f"insiders.{who}", cells))
            for who, cells in self.mapping("insiders").items()
        }
        if not self.thresholds and not self.problems:
            self.fault("the file", "has no cells: write tables and counts")
        if self.problems:
            raise TableError(self.problems)
        problem = Problem(
            cells=tuple(self.thresholds),
            thresholds=self.thresholds,
            weights=self.weights,
            equations=tuple(self.equations),
            side=tuple(side),
            counts=counts,
            absent=absent,
            hidden=frozenset(hidden),
            published=published,
            insiders=insiders,
        )
        return _checked(problem)

    def fault(self, place: str, message: str) -> None:
        self.problems.append(f"{place}: {message}")

    def mapping(self, key: str) -> Mapping[str, Any]:
        found = self.document.get(key, {})
        if isinstance(found, Mapping):
            return found
        self.fault(key, "is no object: write {…}")
        return {}

    def items(self, key: str) -> Sequence[Any]:
        found = self.document.get(key, [])
        if isinstance(found, list):
            return found
        self.fault(key, "is no list: write […]")
        return []

    def strings(self, key: str) -> list[str]:
        return self.text_list(key, self.items(key))

    def text_list(self, place: str, found: object) -> list[str]:
        if isinstance(found, list) and all(isinstance(each, str) for each in found):
            return found
        self.fault(place, "is no list of names: write them in quotes")
        return []

    def whole(self, place: str, value: object) -> bool:
        if isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= MOST:
            return True
        self.fault(place, "is no whole number from 0: write one")
        return False

    def threshold(self, place: str, value: object) -> int:
        if isinstance(value, int) and not isinstance(value, bool) and 2 <= value <= MOST:
            return value
        self.fault(place, "is no whole number from 2: write the least count that may be shown")
        return DEFAULT_THRESHOLD

    def table(self, number: int, each: object, common: int, own: Mapping[str, int]) -> str:
        place = f"tables[{number}]"
        if not isinstance(each, Mapping) or not isinstance(each.get("name"), str):
            self.fault(place, "has no name: write name and dims")
            return ""
        name: str = each["name"]
        dims = each.get("dims")
        if not isinstance(dims, list) or not dims:
            self.fault(f"{place}.dims", "is no list: write the table's dimensions")
            return name
        labels = [self.labels(f"{place}.dims[{at}]", dim) for at, dim in enumerate(dims)]
        trees = [
            self.tree(f"{place}.dims[{at}].tree", dim, labels[at]) for at, dim in enumerate(dims)
        ]
        for combination in product(*labels):
            cell = "/".join([name, *combination])
            if cell in self.thresholds:
                self.fault(place, f"{cell} is there twice: rename a table or a label")
            self.thresholds[cell] = own.get(name, common)
            totals = sum(label in tree for label, tree in zip(combination, trees, strict=True))
            self.weights[cell] = 3**totals
        self.implied += _of_trees(name, labels, trees)
        return name

    def labels(self, place: str, dim: object) -> list[str]:
        labels = dim.get("labels") if isinstance(dim, Mapping) else None
        found = self.text_list(f"{place}.labels", labels)
        if len(set(found)) < len(found):
            self.fault(f"{place}.labels", "has a label twice: rename one")
        if not found and not self.problems:
            self.fault(f"{place}.labels", "is empty: write the labels of this dimension")
        return list(dict.fromkeys(found))

    def tree(self, place: str, dim: object, labels: Sequence[str]) -> dict[str, list[str]]:
        tree = dim.get("tree", {}) if isinstance(dim, Mapping) else {}
        if not isinstance(tree, Mapping):
            self.fault(place, "is no object: write parent → children, {} for no total")
            return {}
        found = {}
        for parent, children in tree.items():
            names = self.text_list(f"{place}.{parent}", children)
            for label in [parent, *names]:
                if label not in labels:
                    near = get_close_matches(label, labels, n=1)
                    hint = f": did you mean {near[0]}?" if near else ": add it to `labels`"
                    self.fault(f"{place}.{parent}", f"{label} is no label of this dimension{hint}")
            if parent in names or len(set(names)) < len(names):
                self.fault(f"{place}.{parent}", "names a label twice: name each child once")
            if names:
                found[parent] = names
        if self.problems:
            return {}
        self.check_rounds(place, found)
        return found

    def check_rounds(self, place: str, tree: Mapping[str, Sequence[str]]) -> None:
        for parent in tree:
            below, seen = list(tree[parent]), set[str]()
            while below:
                label = below.pop()
                if label == parent:
                    self.fault(f"{place}.{parent}", "is a part of itself: take it out below")
                    return
                if label not in seen:
                    seen.add(label)
                    below += tree.get(label, [])

    def loose(self, cell: str, tables: Sequence[str], common: int, own: Mapping[str, int]) -> None:
        """
        Take a cell that no table's dimensions have; a table of that name would have it.
        """
        table = cell.split("/")[0]
        if table in tables and cell in self.mapping("counts"):
            near = get_close_matches(cell, list(self.thresholds), n=1)
            hint = f": did you mean {near[0]}?" if near else ": correct the name"
            self.fault(f"counts: {cell}", f"is no cell of table {table}{hint}")
        self.thresholds[cell] = own.get(table, common)
        self.weights[cell] = 1

    def counts(self) -> dict[str, int]:
        return {
            cell: count
            for cell, count in self.mapping("counts").items()
            if self.whole(f"counts: {cell}", count)
        }

    def known(self, place: str, cells: Iterable[str]) -> bool:
        unknown = [cell for cell in cells if cell not in self.thresholds]
        for cell in unknown:
            near = get_close_matches(cell, list(self.thresholds), n=1)
            hint = f": did you mean {near[0]}?" if near else ": give it a count"
            self.fault(place, f"there is no cell {cell}{hint}")
        return not unknown

    def named(self, place: str, found: object) -> list[str]:
        cells = self.text_list(place, found)
        self.known(place, cells)
        return cells

    def equation(self, place: str, each: object) -> None:
        if not (isinstance(each, list) and len(each) == 2 and isinstance(each[0], str)):
            self.fault(place, "is no equation: write [total, [parts]]")
            return
        parts = self.text_list(place, each[1])
        if not self.known(place, [each[0], *parts]):
            return
        if not parts or each[0] in parts or len(set(parts)) < len(parts):
            self.fault(place, "names a cell twice, or no part: write [total, [parts]]")
            return
        self.equations.append(Equation(total=each[0], parts=tuple(parts)))

    def side(self, place: str, each: object) -> SideInformation | None:
        terms = each.get("terms") if isinstance(each, Mapping) else None
        if not isinstance(each, Mapping) or not isinstance(terms, Mapping) or not terms:
            self.fault(place, "has no terms: write {terms: {cell: coefficient}, lo, hi}")
            return None
        ends = [each.get("lo"), each.get("hi")]
        numbers = [*terms.values(), *(end for end in ends if end is not None)]
        if not all(isinstance(n, int | float) and not isinstance(n, bool) for n in numbers):
            self.fault(place, "has something else than numbers: write numbers, or null for no end")
            return None
        if not self.known(place, terms):
            return None
        exact = {cell: fraction(times) for cell, times in terms.items()}
        scale = lcm(*(times.denominator for times in exact.values()))
        low, high = (None if end is None else fraction(end) * scale for end in ends)
        return SideInformation(
            terms=tuple((cell, int(times * scale)) for cell, times in exact.items() if times),
            low=None if low is None else ceil(low),
            high=None if high is None else floor(high),
        )


def _of_trees(
    name: str, labels: Sequence[Sequence[str]], trees: Sequence[Mapping[str, Sequence[str]]]
) -> Iterator[Equation]:
    for at, tree in enumerate(trees):
        others = [[""] if number == at else each for number, each in enumerate(labels)]
        for combination in product(*others):
            before, after = combination[:at], combination[at + 1 :]
            for parent, children in tree.items():
                cells = ["/".join([name, *before, label, *after]) for label in [parent, *children]]
                yield Equation(total=cells[0], parts=tuple(cells[1:]))


def _checked(problem: Problem) -> Problem:
    """
    Fill in the counts that follow from others, and check that all of them agree.
    """
    counts = dict(problem.counts)
    wrong: list[str] = []
    equations = effective(problem)
    found = bool(counts)
    while found:
        found = False
        for each in equations:
            unknown = [cell for cell in (each.total, *each.parts) if cell not in counts]
            if len(unknown) == 1 and unknown[0] in problem.hidden:
                parts = sum(counts[part] for part in each.parts if part in counts)
                (cell,) = unknown
                counts[cell] = parts if cell == each.total else counts[each.total] - parts
                found = True
    wrong += [
        f"{each}: the counts do not add up: correct one, or take the equation out"
        for each in equations
        if all(cell in counts for cell in (each.total, *each.parts))
        and counts[each.total] != sum(counts[part] for part in each.parts)
    ]
    wrong += [
        f"{cell}: its count would be below zero: turn the equation round"
        for cell in sorted(problem.hidden)
        if counts.get(cell, 0) < 0
    ]
    if counts:
        wrong += [
            f"{cell}: it has no count: give one, or list the cell in `na`"
            for cell in problem.present()
            if cell not in counts and cell not in problem.published and cell not in problem.hidden
        ]
    for number, known in enumerate(problem.side):
        terms = [(cell, times) for cell, times in known.terms if cell not in problem.absent]
        if all(cell in counts for cell, _ in terms):
            value = sum(counts[cell] * times for cell, times in terms)
            if (known.low is not None and value < known.low) or (
                known.high is not None and value > known.high
            ):
                wrong.append(
                    f"side_info[{number}]: the counts do not agree with it: correct lo and hi"
                )
    if wrong:
        raise TableError(wrong)
    made = Problem(**{**vars(problem), "counts": counts})
    if problem.published:
        marked(made, problem.published)  # each can stand for its count
    return made
