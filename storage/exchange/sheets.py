"""
A sheet that somebody filled in, as CSV: its rows, and every fault of them.
"""

import csv
import io
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from difflib import get_close_matches

MOST_BYTES = 10_000_000
MOST_ROWS = 20_000
LONGEST = 2_000  # characters of a cell
LONGEST_LIST = 20_000
EMPTIED = "-"  # a cell that says so
SEPARATOR = "|"  # between the items of one cell
# A cell that begins with one of these is a formula to a spreadsheet.
FORMULA = ("=", "+", "-", "@", "\t", "\r")
# What a column about a client, and not about an agency or a member, would be called.
_CLIENT = {
    "abuse", "age", "alias", "birth", "birthdate", "birthday", "case", "casenumber",
    "cases", "child", "client", "clients", "dateofbirth", "diagnosis", "dob", "ethnicity",
    "gender", "immigration", "incident", "minor", "minors", "offender", "patient", "patients",
    "race", "ssn", "survivor", "survivors", "trafficker", "victim", "victims",
}  # fmt: skip
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]")


@dataclass(frozen=True, kw_only=True, order=True)
class Fault:
    """
    What is wrong, and where.

    Attributes:
        line: of the file; 1 is the header. 0: the file as a whole.
        column: as the header calls it; "": the row as a whole.
    """

    line: int
    column: str
    message: str

    def __str__(self) -> str:
        where = f"line {self.line}" if self.line else "file"
        return f"{where}, {self.column}: {self.message}" if self.column else f"{where}: {self.message}"  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class Row:
    """
    Attributes:
        cells: column -> what stands there; only columns of the file that are not blank.
    """

    line: int
    cells: Mapping[str, str]


@dataclass(kw_only=True)
class Sheet:
    rows: list[Row] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)
    _faulty: set[tuple[int, str]] = field(default_factory=set)

    def is_faulty(self, line: int, column: str) -> bool:
        return (line, column) in self._faulty

    def report(self, line: int, column: str, message: str) -> None:
        self._faulty.add((line, column))
        self.faults.append(Fault(line=line, column=column, message=message))


def read_sheet(
    content: bytes,
    *,
    columns: Sequence[str],
    needed: Sequence[str],
    long: Sequence[str] = (),
    lists: Sequence[str] = (),
) -> Sheet:
    """
    Read a CSV file in UTF-8, its cells between commas or semicolons.

    Args:
        columns: those there may be.
        needed: of them, those there must be.
        long: of them, those that may run over several lines.
        lists: of them, those that may hold several items, and so more characters.
    """
    sheet = Sheet()
    if len(content) > MOST_BYTES:
        sheet.report(0, "", f"is larger than {MOST_BYTES // 1_000_000} MB")
        return sheet
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        sheet.report(0, "", "is not UTF-8 text: in Excel, save it as “CSV UTF-8”")
        return sheet
    lines = _lines(text, sheet)
    for number, header in lines:
        names = _header(header, number, sheet, columns=columns, needed=needed)
        if names is not None:
            _rows(lines, names, sheet, long=frozenset(long), lists=frozenset(lists))
        break
    else:
        if not sheet.faults:
            sheet.report(0, "", f"is empty: its first line names the columns: {', '.join(columns)}")
    return sheet


def items(cell: str) -> list[str]:
    """
    Return the items of one cell; a separator inside an item is written "\\|".
    """
    found, taken = [""], False
    for sign in cell:
        if taken or sign not in ("\\", SEPARATOR):
            found[-1] += sign
            taken = False
        elif sign == SEPARATOR:
            found.append("")
        else:
            taken = True
    return [item.strip() for item in found if item.strip()]


def joined(values: Sequence[str]) -> str:
    """
    Return the cell of which `items` are *values*.
    """
    return f" {SEPARATOR} ".join(
        value.replace("\\", "\\\\").replace(SEPARATOR, f"\\{SEPARATOR}") for value in values
    )


def inert(text: str) -> str:
    """
    Return *text* so that no spreadsheet takes it for a formula.
    """
    return f"'{text}" if text.lstrip("'").startswith(FORMULA) else text


def live(cell: str) -> str:
    """
    Undo `inert`.
    """
    return cell[1:] if cell.startswith("'") and cell.lstrip("'").startswith(FORMULA) else cell


def written(header: Sequence[str], rows: Sequence[Mapping[str, str]]) -> bytes:
    """
    Return a CSV file that Excel reads as UTF-8, and takes nothing in it for a formula.
    """
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow(header)
    writer.writerows([inert(row.get(column, "")) for column in header] for row in rows)
    return text.getvalue().encode("utf-8-sig")


def _lines(text: str, sheet: Sheet) -> Iterator[tuple[int, list[str]]]:
    first = text.lstrip().partition("\n")[0]
    delimiter = ";" if first.count(";") > first.count(",") else ","
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    while True:
        line = reader.line_num + 1
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error:
            sheet.report(line, "", "has a quotation mark that opens or closes nothing, or a cell that never ends")  # fmt: skip
            return
        if any(cell.strip() for cell in cells):
            yield line, cells


def _header(
    cells: Sequence[str],
    line: int,
    sheet: Sheet,
    *,
    columns: Sequence[str],
    needed: Sequence[str],
) -> list[str] | None:
    names = [re.sub(r"[\s_-]+", "_", cell.strip().lower()) for cell in cells]
    before = len(sheet.faults)
    for position, name in enumerate(names):
        given = shortened(cells[position].strip())
        if not name:
            continue
        if name in columns:
            if name in names[:position]:
                sheet.report(line, given, "is there twice")
        elif _CLIENT & {*re.findall(r"[a-z0-9]+", name), re.sub(r"[^a-z0-9]", "", name)}:
            sheet.report(line, given, "looks like a detail of a client. None belongs here: take the column out")  # fmt: skip
        else:
            near = get_close_matches(name, columns, n=1)
            hint = f"did you mean {near[0]}?" if near else f"write one of {', '.join(columns)}"
            sheet.report(line, given, f"is no column here: {hint}")
    for name in needed:
        if name not in names:
            sheet.report(line, name, "is missing: every row needs it")
    return names if len(sheet.faults) == before else None


def _rows(
    lines: Iterator[tuple[int, list[str]]],
    names: Sequence[str],
    sheet: Sheet,
    *,
    long: frozenset[str],
    lists: frozenset[str],
) -> None:
    for count, (line, cells) in enumerate(lines):
        if count == MOST_ROWS:
            sheet.report(line, "", f"has more than {MOST_ROWS} rows before it: take several files")
            return
        if any(cell.strip() for cell in cells[len(names) :]):
            sheet.report(line, "", f"has {len(cells)} cells for {len(names)} columns")
        found: dict[str, str] = {}
        for name, cell in zip(names, cells, strict=False):
            value = cell.replace("\r\n", "\n").strip()
            if not value:
                continue
            if not name:
                sheet.report(line, "", f"“{shortened(value)}” stands under no column")
            elif len(value) > (most := LONGEST_LIST if name in lists else LONGEST):
                sheet.report(line, name, f"is longer than {most} characters")
            elif _CONTROL.search(value) or ("\n" in value and name not in long):
                sheet.report(line, name, "has a line break or a sign that nobody can see")
            else:
                found[name] = value
        sheet.rows.append(Row(line=line, cells=found))


def shortened(text: str, longest: int = 60) -> str:
    """
    Return *text* in one line, cut where it is long.
    """
    plain = " ".join(_CONTROL.sub(" ", text).split())
    return plain if len(plain) <= longest else f"{plain[: longest - 1]}…"
