"""
`htbot survey`: the file that agencies' answers are filled in, and back from it.
"""

import csv
import io
from collections.abc import Sequence
from datetime import datetime
from itertools import groupby
from pathlib import Path

from bot.grants import USER_ID
from bot.library import Library
from bot.tables import read_workbook
from storage.disclosure.errors import TableError
from storage.errors import UnknownSurveyError
from storage.exchange.sheets import MOST_BYTES, inert, written
from storage.people import coordinators
from storage.session import Session
from storage.surveys.filling import Taken, take, template

XLSX = ".xlsx"
UNSIGNED = "Nobody signed for it, so the survey does not close by itself: a coordinator closes it. With --by U… somebody signs."  # fmt: skip


class SurveyFileError(Exception):
    """
    A file cannot be written or read; the message says why and what to type.
    """


class _Undone(Exception):  # noqa: N818 - no error: it undoes a transaction
    def __init__(self, taken: Taken) -> None:
        super().__init__()
        self.taken = taken


def template_file(library: Library, number: int, *, kind: str) -> bytes:
    """
    Return the file to fill in for a survey: a row an agency, no figure in it.

    Args:
        kind: how the file's name ends; ".xlsx" is a workbook, all else CSV.
    Raises:
        SurveyFileError: if there is no such survey.
    """
    try:
        header, rows = library.read_now(lambda session: template(session, number))
    except UnknownSurveyError as error:
        raise SurveyFileError(f"{error}. In Slack `/ht survey` shows those there are.") from error
    if kind.casefold() != XLSX:
        return written(header, [dict(zip(header, row, strict=True)) for row in rows])
    from openpyxl import Workbook

    book = Workbook()
    sheet = book.active
    sheet.title = f"survey {number}"
    sheet.append(list(map(inert, header)))
    for row in rows:
        sheet.append([int(row[0]), *(inert(cell) or None for cell in row[1:])])
    content = io.BytesIO()
    book.save(content)
    return content.getvalue()


def import_answers(
    library: Library, path: Path, *, dry_run: bool, now: datetime, by: str | None = None
) -> tuple[str, bool]:
    """
    Send in what a file says for agencies; return what was done in words, without a figure,
    and whether nothing was wrong. With one fault in it nothing at all is stored.

    Args:
        by: the Slack id of who filled it in; None: nobody says.
    Raises:
        OSError: if the file cannot be read.
        SurveyFileError: if it is neither CSV nor a workbook, or nobody signs for it who may.
        DatabaseError: if the database cannot be asked or written.
    """
    if by is not None:
        _check_signer(library, by)
    rows = _rows(path)

    def change(session: Session) -> Taken:
        taken = take(session, rows, now=now, by=by)
        if taken.faults or dry_run:
            raise _Undone(taken)
        return taken

    try:
        taken = library.write_now(change)
    except _Undone as undone:
        taken = undone.taken
    return _told(taken, dry_run=dry_run, signed=by is not None), not taken.faults


def _check_signer(library: Library, by: str) -> None:
    if not USER_ID.fullmatch(by):
        raise SurveyFileError("--by is not a Slack member ID. It begins with U.")
    if by not in library.read_now(coordinators):
        raise SurveyFileError(f"{by} is no coordinator: only coordinators sign. See `htbot grant`, or leave out --by.")  # fmt: skip


def _rows(path: Path) -> Sequence[Sequence[object]]:
    if path.stat().st_size > MOST_BYTES:
        raise SurveyFileError(f"{path.name}: is larger than {MOST_BYTES // 1_000_000} MB")
    if path.suffix.casefold() == XLSX:
        try:
            return read_workbook(path)
        except TableError as error:
            raise SurveyFileError(str(error)) from error
    try:
        text = path.read_bytes().decode("utf-8-sig")
    except UnicodeDecodeError:
        # Its cause would carry the file's bytes.
        raise SurveyFileError(f"{path.name}: is not UTF-8 text: in Excel, save it as “CSV UTF-8” or .xlsx") from None  # fmt: skip
    first = text.lstrip().partition("\n")[0]
    delimiter = ";" if first.count(";") > first.count(",") else ","
    try:
        return list(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True))
    except csv.Error:
        raise SurveyFileError(f"{path.name}: has a quotation mark that opens or closes nothing") from None  # fmt: skip


def _told(taken: Taken, *, dry_run: bool, signed: bool) -> str:
    lines = []
    for line, found in groupby(taken.faults, key=lambda fault: fault.line):
        lines.append(f"! line {line}" if line else "! the file")
        lines += [f"    {each.column}: {each.message}" if each.column else f"    {each.message}" for each in found]  # fmt: skip
    if taken.faults:
        count = len(taken.faults)
        faults = "1 fault" if count == 1 else f"{count} faults"
        return "\n".join([*lines, f"Nothing was sent in: {faults}."])
    lines += [f"{agency}: {done}" for agency, done in taken.agencies]
    if dry_run:
        return "\n".join([*lines, "Nothing was sent in: this was a dry run."])
    ending = f"Survey {taken.survey}: {len(taken.agencies)} sent in."
    return "\n".join([*lines, ending, *([] if signed else [UNSIGNED])])
