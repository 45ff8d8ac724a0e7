"""
Plain tables, a header row and rows below it, as a table file.
"""

import re
from collections.abc import Mapping, Sequence
from itertools import product
from typing import Any

from storage.disclosure.errors import TableError
from storage.disclosure.states import HOW_TO_MARK, Mark, State, read_mark, written

_YEAR = re.compile(r"(?:19|20)\d\d")
COUNT_HEADERS = {"count", "counts", "n", "number", "value", "people", "mark"}
TOTAL_LABELS = {"total", "totals", "all", "sum", "overall", "grand total"}


def read_grid(rows: Sequence[Sequence[object]], *, name: str) -> tuple[dict[str, Any], bool]:
    """
    Return the table file that a plain table stands for, and whether it is marks alone.

    The first row is the header. The first column holds labels, and so does each column
    after it up to the first that holds nothing but counts and marks; if the last header
    is "count" (or n, number, value, people, mark), every other column holds labels. Several
    columns of counts are a dimension of their own, with the headers as its labels. A label
    such as Total, Totals, All, Sum or one that begins with "Total " is the total of the
    other labels of its dimension. Whoever a first label names knows their own cells.

    Args:
        rows: cells as read: text, numbers or None; empty rows are passed over.
        name: of the table.
    Raises:
        TableError: with everything that is wrong, each with its row and column.
    """
    numbered = [
        (number, [_plain(cell) for cell in row])
        for number, row in enumerate(rows, start=1)
        if any(_plain(cell) != "" for cell in row)
    ]
    if len(numbered) < 2:
        raise TableError(["the table: is empty: write a header row, and rows below it"])
    (_, header), *body = numbered
    while header and header[-1] == "":
        header = header[:-1]
    headers = [str(cell) for cell in header]
    body = [(number, _fitted(row, len(headers))) for number, row in body]
    labels = _label_columns(headers, [row for _, row in body])
    problems = _header_problems(headers, labels)
    marks: dict[tuple[str, ...], Mark] = {}
    for number, row in body:
        place = [str(cell) for cell in row[:labels]]
        if "" in place:
            column = headers[place.index("")] or place.index("") + 1
            problems.append(f"row {number}, column {column}: has no label: write one")
            continue
        for column in range(labels, len(headers)):
            key = (*place, headers[column]) if len(headers) - labels > 1 else tuple(place)
            try:
                mark = read_mark(row[column])
            except ValueError:
                problems.append(
                    f"row {number}, column {headers[column]}: is no mark: write {HOW_TO_MARK}"
                )
                continue
            if key in marks:
                problems.append(f"row {number}: {'/'.join(key)} is there twice: rename a label")
            marks[key] = mark
    if problems:
        raise TableError(problems)
    return _document(name, headers, labels, marks)


def _document(
    name: str, headers: Sequence[str], labels: int, marks: Mapping[tuple[str, ...], Mark]
) -> tuple[dict[str, Any], bool]:
    width = len(next(iter(marks)))
    names = [*headers[:labels], "column"][:width]
    dims = [
        _dimension(names[at], list(dict.fromkeys(key[at] for key in marks))) for at in range(width)
    ]
    missing = [key for key in product(*(dim["labels"] for dim in dims)) if tuple(key) not in marks]
    if missing:
        raise TableError(
            [
                f"{'/'.join(key)}: has no row: write one with 0, N/A or not reported"
                for key in missing
            ]
        )
    cells = {"/".join([name, *key]): mark for key, mark in marks.items()}
    total = next(iter(dims[0]["tree"]), None)
    document: dict[str, Any] = {
        "tables": [{"name": name, "dims": dims}],
        "insiders": {
            label: ["/".join([name, *key]) for key in marks if key[0] == label]
            for label in dims[0]["labels"]
            if label != total
        },
        "na": [cell for cell, mark in cells.items() if mark.state is State.NOT_COLLECTED],
        "not_reported": [cell for cell, mark in cells.items() if mark.state is State.NOT_REPORTED],
    }
    present = {cell: mark for cell, mark in cells.items() if not mark.absent}
    if all(mark.state is State.NUMBER for mark in present.values()):
        return document | {"counts": {cell: written(m) for cell, m in present.items()}}, False
    return document | {"audit_marks": {cell: written(m) for cell, m in present.items()}}, True


def _dimension(name: str, labels: Sequence[str]) -> dict[str, Any]:
    totals = [label for label in labels if _is_total(label)]
    if len(totals) > 1:
        raise TableError(
            [f"{name}: has several totals, {', '.join(totals)}: rename all but one, or write JSON"]
        )
    others = [label for label in labels if label not in totals]
    tree = {totals[0]: others} if totals and others else {}
    return {"name": name, "labels": list(labels), "tree": tree}


def _is_total(label: str) -> bool:
    folded = " ".join(label.split()).casefold()
    return folded in TOTAL_LABELS or folded.startswith("total ")


def _label_columns(headers: Sequence[str], rows: Sequence[Sequence[object]]) -> int:
    if len(headers) > 1 and headers[-1].casefold() in COUNT_HEADERS:
        return len(headers) - 1
    labels = 1
    while labels < len(headers) - 1 and not all(_is_mark(row[labels]) for row in rows):
        if any(_is_mark(row[labels]) for row in rows):
            break  # a count with a slip in it, which is reported in its place
        labels += 1
    return labels


def _header_problems(headers: Sequence[str], labels: int) -> list[str]:
    if len(headers) <= labels:
        return ["the header: has no column of counts: write one"]
    counts = headers[labels:]
    problems = [
        f"the header, column {labels + at + 1}: is blank: name it"
        for at, each in enumerate(counts)
        if not each
    ]
    # A first row of figures is a table whose header is missing: its counts would be names.
    problems += [
        f"the header, column {labels + at + 1}: is a figure and no name: write a header row above it"
        for at, each in enumerate(counts)
        if each and _is_mark(each) and not _YEAR.fullmatch(each)
    ]
    doubled = sorted({each for each in counts if each and counts.count(each) > 1})
    return problems + [f"the header: {each} is there twice: rename one" for each in doubled]


def _is_mark(cell: object) -> bool:
    try:
        read_mark(cell)
    except ValueError:
        return False
    return True


def _fitted(row: Sequence[object], width: int) -> list[object]:
    return [*row, *([""] * width)][:width]


def _plain(cell: object) -> object:
    if cell is None:
        return ""
    return " ".join(cell.split()) if isinstance(cell, str) else cell
