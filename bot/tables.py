"""
`htbot tables`: audit and protect a table on one's own machine, with no database and no Slack.
"""

import csv
import json
from pathlib import Path
from typing import Any

from storage.disclosure.audit import Audit
from storage.disclosure.errors import RefusedError, TableError
from storage.disclosure.grids import read_grid
from storage.disclosure.protect import Protection
from storage.disclosure.reading import audit_marks, read_marks, read_table_file
from storage.disclosure.report import cost_line
from storage.disclosure.states import State, written
from storage.disclosure.tables import Problem


def read_problem(path: Path, marks: Path | None, *, audited: bool) -> Problem:
    """
    Read a table, and what is printed of it: as *marks* says, or else what a primary-only
    publication prints.

    Args:
        audited: take the file's own ``audit_marks`` where there are no *marks*.
    Raises:
        OSError: if a file cannot be read.
        TableError: with everything that is wrong.
    """
    document, alone = read_document(path)
    problem = read_table_file(document)
    if marks is not None:
        given, _ = read_document(marks, name=path.stem)
        if marks.suffix.casefold() in {".csv", ".xlsx"}:
            read = dict(given.get("audit_marks") or given.get("counts") or {})
            read |= dict.fromkeys(given["na"], "N/A")
            read |= dict.fromkeys(given["not_reported"], "not reported")
            return read_marks(problem, read)
        return read_marks(problem, given)
    only_marks = alone or not problem.counts
    return audit_marks(problem, document) if audited or only_marks else problem


def audit_json(found: Audit, *, insiders: bool) -> str:
    """
    Return an audit as suppression.md writes it.
    """
    document: dict[str, Any] = {
        "intervals": {each.cell: list(each.interval) for each in found.cells},
        "verdicts": {each.cell: each.finding.value for each in found.cells},
    }
    if insiders:
        document["insiders"] = {who: list(cells) for who, cells in found.insiders.items()}
    return json.dumps(document, ensure_ascii=False, indent=1)


def protect_json(found: Protection | RefusedError) -> str:
    """
    Return a protection as suppression.md writes it; a refusal with no marks at all.
    """
    document: dict[str, Any] = {
        "marks": {},
        "withheld": [],
        "cost": 0,
        "optimal": False,
        "bound": 0,
        "forced": [],
    }
    if isinstance(found, RefusedError):
        document |= {
            "forced": list(found.forced),
            "insiders": {who: list(cells) for who, cells in found.insiders.items()},
            "refused": str(found),
        }
    else:
        document |= {
            "marks": {
                cell: written(mark)
                for cell, mark in found.marks.items()
                if mark.state is not State.HIDDEN
            },
            "withheld": list(found.withheld),
            "cost": found.cost,
            "optimal": found.optimal,
            "bound": found.bound,
        }
    return json.dumps(document, ensure_ascii=False, indent=1)


def protect_text(found: Protection) -> str:
    """
    Return what to print in each cell, and what it costs.
    """
    printed = {cell: m for cell, m in found.marks.items() if m.state is not State.HIDDEN}
    width = max((len(cell) for cell in printed), default=0)
    lines = [f"{cell:<{width}}  {mark}" for cell, mark in printed.items()]
    return "\n".join([*lines, "", cost_line(found)])


def read_document(path: Path, *, name: str | None = None) -> tuple[Any, bool]:
    """
    Read a file of any kind as a table file; say whether it is marks alone.
    """
    kind = path.suffix.casefold()
    table = (name or path.stem).replace("/", "-")
    if kind == ".csv":
        try:
            rows = list(csv.reader(path.read_text("utf-8-sig").splitlines()))
        except UnicodeDecodeError as error:
            raise TableError([f"{path.name}: is not UTF-8 text: save it as CSV UTF-8"]) from error
        return read_grid(rows, name=table)
    if kind == ".xlsx":
        return read_grid(read_workbook(path), name=table)
    try:
        text = path.read_text("utf-8")
        return json.loads(text, object_pairs_hook=_once, parse_constant=_no_number), False
    except json.JSONDecodeError as error:
        raise TableError(
            [f"{path.name}:{error.lineno}: is no JSON: {error.msg}; CSV and XLSX end so"]
        ) from error
    except UnicodeDecodeError as error:
        raise TableError([f"{path.name}: is not UTF-8 text: save it as UTF-8"]) from error


def _once(pairs: list[tuple[str, object]]) -> dict[str, object]:
    made = dict(pairs)
    if len(made) < len(pairs):
        keys = [key for key, _ in pairs]
        doubled = sorted({key for key in keys if keys.count(key) > 1})
        raise TableError([f"{key}: is there twice: take one out" for key in doubled])
    return made


def _no_number(written: str) -> object:
    raise TableError([f"{written}: is no number: write one, or null"])


def read_workbook(path: Path) -> list[tuple[object, ...]]:
    """
    Return the rows of a workbook's first sheet, as a spreadsheet shows them.

    Raises:
        OSError: if it cannot be read.
        TableError: if it is no workbook.
    """
    from zipfile import BadZipFile

    from openpyxl import load_workbook
    from openpyxl.utils.exceptions import InvalidFileException

    try:
        with path.open("rb") as opened:
            book = load_workbook(opened, read_only=True, data_only=True)
            try:
                return [tuple(row) for row in book.worksheets[0].iter_rows(values_only=True)]
            finally:
                book.close()
    except (BadZipFile, InvalidFileException, KeyError) as error:
        raise TableError([f"{path.name}: is no XLSX workbook: save it as .xlsx"]) from error
