"""
Published figures as files: CSV, and a workbook. A mark is exported as what it reads.
"""

import csv
import io
import re
import zipfile
from collections.abc import Iterator, Sequence
from datetime import datetime

from commands.contract import File
from commands.figures import grid, heading, notes, shown
from commands.speech import say
from storage.disclosure.states import State
from storage.statistics.published import Published

HEADER = (
    "program", "table", "unit", "period", "starts", "ends", "row", "column", "state", "shown",
    "threshold", "coverage", "source", "place", "as of", "released",
)  # fmt: skip
# A cell that begins with one of these is a formula to a spreadsheet.
_FORMULA = ("=", "+", "-", "@", "\t", "\r")
_SHEET_FORBIDDEN = str.maketrans(dict.fromkeys("[]:*?/\\'", " "))
SHEET_CHARACTERS = 31
_MODIFIED = re.compile(rb"(?<=>)\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ(?=</dcterms:modified>)")


def csv_file(tables: Sequence[Published], *, name: str) -> File:
    """
    Return *tables* as CSV, a cell a line: its state, and what it reads as.
    """
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow(HEADER)
    writer.writerows(_lines(tables))
    content = text.getvalue().encode("utf-8-sig")  # Excel reads it as UTF-8 only with the mark
    return File(name=f"{name}.csv", title=say("Statistics, as published (CSV)"), content=content)


def sheet_file(
    heads: Sequence[str], rows: Sequence[Sequence[str]], *, name: str, title: str
) -> File:
    """
    Return *rows* under *heads* as CSV, no cell of which a spreadsheet takes for a formula.
    """
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow(heads)
    writer.writerows([_inert(cell) for cell in row] for row in rows)
    return File(name=f"{name}.csv", title=title, content=text.getvalue().encode("utf-8-sig"))


def xlsx_file(tables: Sequence[Published], *, name: str, now: datetime) -> File:
    """
    Return *tables* as a workbook: a sheet a table, and one with every cell a line.
    """
    # Imported when a sheet is asked for: not at every start.
    from openpyxl import Workbook
    from openpyxl.styles import Alignment, Font

    book = Workbook()
    book.properties.creator = "htbot"
    book.properties.created = book.properties.modified = now.replace(tzinfo=None)
    book.remove(book.active)
    for number, table in enumerate(tables, start=1):
        title = f"{number} {table.series} {table.starts:%Y}".translate(_SHEET_FORBIDDEN)
        sheet = book.create_sheet(title[:SHEET_CHARACTERS])
        laid = grid(table)
        sheet.append([_inert(f"{heading(table)} ({table.unit})")])
        sheet["A1"].font = Font(bold=True)
        sheet.append(list(map(_inert, laid.columns)))
        for row in laid.rows:
            sheet.append([_inert(row[0]), *map(_number_or_mark, row[1:])])
        for note in notes([table]):
            sheet.append([_inert(note)])
        sheet.column_dimensions["A"].width = 44
        for column in range(2, len(laid.columns) + 1):
            letter = sheet.cell(row=2, column=column).column_letter
            sheet.column_dimensions[letter].width = 22
            for cell in sheet[letter]:
                cell.alignment = Alignment(horizontal="right", wrap_text=cell.row == 2)
    every = book.create_sheet("Every figure")
    every.append(list(HEADER))
    for line in _lines(tables):
        every.append(list(line))
    content = io.BytesIO()
    book.save(content)
    return File(
        name=f"{name}.xlsx",
        title=say("Statistics, as published (Excel)"),
        content=_dated(content, now=now),
    )


def _dated(workbook: io.BytesIO, *, now: datetime) -> bytes:
    """
    Return *workbook* with the moment it was asked for on everything in it, so that the same
    figures are the same bytes.
    """
    dated = io.BytesIO()
    with zipfile.ZipFile(workbook) as given, zipfile.ZipFile(dated, "w") as written:
        for part in given.infolist():
            info = zipfile.ZipInfo(part.filename, date_time=now.timetuple()[:6])
            info.compress_type = zipfile.ZIP_DEFLATED
            content = given.read(part)
            if part.filename == "docProps/core.xml":  # openpyxl puts its own moment there
                content = _MODIFIED.sub(f"{now:%Y-%m-%dT%H:%M:%SZ}".encode(), content)
            written.writestr(info, content)
    return dated.getvalue()


def _lines(tables: Sequence[Published]) -> Iterator[tuple[str, ...]]:
    for table in tables:
        for labels, mark in table.cells.items():
            *rows, last = labels if len(labels) > 1 else (*labels, table.unit)
            line = (
                table.program,
                table.title,
                table.unit,
                table.period,
                f"{table.starts:%Y-%m-%d}",
                f"{table.ends:%Y-%m-%d}",
                " · ".join(rows),
                last,
                mark.state.value,
                str(mark.value) if mark.state is State.NUMBER else shown(mark),
                str(table.threshold),
                table.note or "no note",
                table.provenance.source,
                table.provenance.place,
                f"{table.provenance.as_of:%Y-%m-%d}",
                f"{table.decided_at or table.drafted_at:%Y-%m-%d}",
            )
            yield tuple(map(_inert, line))


def _number_or_mark(text: str) -> int | str:
    bare = text.replace(",", "").removeprefix("$")
    return int(bare) if bare.isascii() and bare.isdigit() else _inert(text)


def _inert(text: str) -> str:
    """
    Return *text* so that no spreadsheet takes it for a formula.
    """
    return f"'{text}" if text.startswith(_FORMULA) else text
