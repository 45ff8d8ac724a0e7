"""
Answers that come in a sheet, a row an agency: what to fill in, and what was. No fault
repeats what stands in a cell.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from storage import audit
from storage.errors import UnknownSurveyError
from storage.exchange.sheets import Fault
from storage.session import Session
from storage.surveys.answers import AgencyState, Status, Trouble, keep, statuses
from storage.surveys.cycles import Cycle, CycleState, find_cycle, shape
from storage.surveys.values import HOW, Labels, Value, read_value

FIXED = ("survey", "agency", "name")
SEEN = "row version"  # a number: which state of an agency's answer the row was written at
CHANGED = "was answered or changed since this file was written: take the row out to keep that, or fill in a new template"
KEPT = frozenset({*FIXED, SEEN})
IMPORTED_BY = "htbot import"
MOST_ROWS = 2_000


@dataclass(frozen=True, kw_only=True)
class Taken:
    """
    What a sheet would send in, or did.

    Attributes:
        agencies: what was done, by agency: "sent in" or "sent in anew".
    """

    survey: int | None = None
    agencies: tuple[tuple[str, str], ...] = ()
    faults: tuple[Fault, ...] = ()


@dataclass(kw_only=True)
class _Reading:
    cycle: Cycle
    columns: dict[int, Labels] = field(default_factory=dict)
    places: dict[str, int] = field(default_factory=dict)
    faults: list[Fault] = field(default_factory=list)

    def report(self, line: int, column: str, message: str) -> None:
        self.faults.append(Fault(line=line, column=column, message=message))


def template(session: Session, number: int) -> tuple[tuple[str, ...], tuple[tuple[str, ...], ...]]:
    """
    Return the header and the rows to fill in: every agency that is rightly asked. What was
    entered before is not in it.

    Raises:
        UnknownSurveyError: if there is no survey of this number.
    """
    cycle = find_cycle(session, number)
    header = (*FIXED, *map(_column, cycle.cells), SEEN)
    rows = tuple(
        (str(number), each.key, each.name, *("" for _ in cycle.cells), str(each.version))
        for each in statuses(session, cycle)
        if each.state is not AgencyState.NOT_OURS
    )
    return header, rows


def take(
    session: Session, rows: Sequence[Sequence[object]], *, now: datetime, by: str | None = None
) -> Taken:
    """
    Send in what the *rows* of a sheet say, the first of which is the header. With a fault
    in them some may be sent in all the same: whoever asks undoes it.

    Args:
        rows: cells as text, or as a spreadsheet holds them; None is blank.
        by: the Slack id of who filled it in, and so signs the survey if it closes by
            itself; None: nobody says, and then somebody has to close it.
    """
    if len(rows) > MOST_ROWS:
        return Taken(faults=(Fault(line=0, column="", message=f"has more than {MOST_ROWS} rows"),))
    cycle, fault = _survey(session, rows)
    if cycle is None:
        return Taken(faults=(fault,) if fault else ())
    reading = _Reading(cycle=cycle)
    if not _header(reading, rows[0]):
        return Taken(survey=cycle.number, faults=tuple(sorted(reading.faults)))
    asked = {each.key: each for each in statuses(session, cycle)}
    done: dict[str, str] = {}
    for line, row in enumerate(rows[1:], start=2):
        if all(_is_blank(cell) for cell in row):
            continue
        agency = _agency(reading, line, row, asked, done)
        said = _said(reading, line, row)
        if agency is None or said is None:
            continue
        if _is_newer(reading, row, agency):
            reading.report(line, FIXED[1], CHANGED)
            continue
        done[agency.key] = "sent in anew" if agency.sent_at else "sent in"
        trouble = keep(
            session, cycle.number, agency.organization_id, said=said, seen=agency.version,
            by=IMPORTED_BY, now=now, sending=True, late=True,
        )  # fmt: skip
        _tell(reading, line, trouble)
    if not done and not reading.faults:
        reading.report(0, "", "has no figures: fill in at least one agency's row")
    if done:
        shape(session, cycle.number, by=by)
        audit.record(session, "survey.imported", actor=by or IMPORTED_BY, now=now, subject=f"survey:{cycle.number}")  # fmt: skip
    return Taken(
        survey=cycle.number, agencies=tuple(done.items()), faults=tuple(sorted(reading.faults))
    )


def _survey(
    session: Session, rows: Sequence[Sequence[object]]
) -> tuple[Cycle | None, Fault | None]:
    """
    Return the one survey that every row names, which must be open.
    """
    if not rows:
        return None, Fault(line=0, column="", message="is empty")
    header = [_plain(cell) for cell in rows[0]]
    if FIXED[0] not in header or FIXED[1] not in header:
        return None, Fault(
            line=1, column="", message="has no columns survey and agency: `htbot survey template NUMBER` writes a file that has"
        )  # fmt: skip
    place = header.index(FIXED[0])
    named = {
        (line, _plain(row[place]) if place < len(row) else "")
        for line, row in enumerate(rows[1:], start=2)
        if not all(_is_blank(cell) for cell in row)
    }
    numbers = {text for _, text in named}
    if len(numbers) != 1 or not (text := next(iter(numbers))).isdecimal() or len(text) > 9:
        line = min((line for line, text in named if not text.isdecimal()), default=2)
        return None, Fault(line=line, column=FIXED[0], message="write the survey's number in every row, the same in all")  # fmt: skip
    try:
        cycle = find_cycle(session, int(text))
    except UnknownSurveyError:
        return None, Fault(line=2, column=FIXED[0], message="there is no survey of this number")
    if cycle.state is not CycleState.OPEN:
        return None, Fault(line=2, column=FIXED[0], message="this survey is not open: a coordinator opens it, or opens it again, in Slack")  # fmt: skip
    return cycle, None


def _header(reading: _Reading, header: Sequence[object]) -> bool:
    wanted = {_plain(_column(cell)): cell for cell in reading.cycle.cells}
    for place, given in enumerate(header):
        name = _plain(given)
        if not name:
            continue
        if name in KEPT and name not in reading.places:
            reading.places[name] = place
        elif name in wanted and wanted[name] not in reading.columns.values():
            reading.columns[place] = wanted[name]
        elif name in KEPT or name in wanted:
            reading.report(1, f"column {place + 1}", "is there twice")
        else:
            reading.report(1, f"column {place + 1}", "is none of this survey: take it out, or correct its name")  # fmt: skip
    for cell in wanted.values():
        if cell not in reading.columns.values():
            reading.report(1, _column(cell), "is missing")
    return not reading.faults


def _agency(
    reading: _Reading,
    line: int,
    row: Sequence[object],
    asked: dict[str, Status],
    done: dict[str, str],
) -> Status | None:
    place = reading.places[FIXED[1]]
    key = _plain(row[place]) if place < len(row) else ""
    found = asked.get(key)
    if found is None:
        reading.report(line, FIXED[1], "is none that this survey asks: write its key as in the template")  # fmt: skip
        return None
    if key in done:
        reading.report(line, FIXED[1], "is there twice")
        return None
    return found


def _is_newer(reading: _Reading, row: Sequence[object], agency: Status) -> bool:
    """
    Say whether somebody changed an agency's answer since its row was written. A sheet goes
    over another sheet: whoever corrects one fills it in again.
    """
    place = reading.places.get(SEEN)
    seen = _plain(row[place]) if place is not None and place < len(row) else ""
    if seen == str(agency.version):
        return False
    moments = [each for each in (agency.saved_at, agency.sent_at, agency.said_at) if each]
    if not moments:
        return False
    by_sheet = agency.sent_by == IMPORTED_BY and agency.sent_at == max(moments)
    return not by_sheet


def _said(reading: _Reading, line: int, row: Sequence[object]) -> dict[Labels, Value] | None:
    """
    Return what a row says; None: nothing, or something that cannot be.
    """
    said: dict[Labels, Value] = {}
    faulty = False
    for place, given in enumerate(row):
        if _is_blank(given):
            continue
        if place not in reading.columns:
            if place not in reading.places.values():
                reading.report(line, f"column {place + 1}", "has no name in the first row")
                faulty = True
            continue
        cell = reading.columns[place]
        try:
            said[cell] = _value(reading.cycle, cell, given)
        except ValueError as error:
            reading.report(line, _column(cell), str(error))
            faulty = True
    return None if faulty or not said else said


def _value(cycle: Cycle, cell: Labels, given: object) -> Value:
    options = next((each.options for each in cycle.questions if (each.text,) == cell), ())
    if not options:
        return read_value(given)
    for option in options:
        if _plain(option) == _plain(given):
            return option
    raise ValueError(f"write one of: {', '.join(options)}")


def _tell(reading: _Reading, line: int, trouble: Trouble) -> None:
    for cell in trouble.missing:
        reading.report(line, _column(cell), f"is not filled in. {HOW}")
    for cell in trouble.wrong:
        reading.report(
            line,
            _column(cell),
            "its parts do not add up to it: N/A adds nothing; not collected, for a kind that was not counted, lets it be more",
        )


def _column(cell: Labels) -> str:
    return " · ".join(cell)


def _plain(cell: object) -> str:
    if isinstance(cell, float) and cell.is_integer():
        cell = int(cell)
    return "" if cell is None else " ".join(str(cell).split()).casefold()


def _is_blank(cell: object) -> bool:
    return cell is None or (isinstance(cell, str) and not cell.strip())
