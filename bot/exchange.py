"""
`htbot export` and `htbot import`: the directory out of here and into it.
"""

import json
from collections.abc import Iterator, Sequence
from datetime import datetime
from itertools import groupby
from pathlib import Path
from typing import Any, Protocol

from bot.grants import TEAM_ID
from bot.library import Library
from commands.ics import calendar, of_collaborative
from commands.screen import find_details
from storage import audit
from storage.exchange import agencies, hsds, roster
from storage.exchange.errors import UndoneError, UnknownBatchError
from storage.exchange.sheets import Fault, Sheet, written
from storage.exchange.undo import undo
from storage.exchange.writing import Step
from storage.seats import COLLABORATIVE, groups
from storage.session import Session

EXPORTED_BY = "htbot export"
HOW = (
    "CSV in UTF-8, its cells between commas or semicolons. An empty cell changes nothing,\n"
    "- empties the field. Several things in one cell stand between |, and are all there are:\n"
    "what is not in it goes."
)
_PACKAGE = "datapackage.json"
_NUMBERS = {"extension"}


class ExchangeError(Exception):
    """
    It cannot be done; the message says why.
    """


def hsds_json(library: Library, *, now: datetime) -> str:
    """
    Return the directory in HSDS's JSON, and note in the audit that it was exported.
    """
    document = _exported(library, "hsds", now=now).document()
    return json.dumps(document, ensure_ascii=False, indent=1)


def hsds_csv(library: Library, folder: Path, *, now: datetime) -> str:
    """
    Write the directory as HSDS's tables into *folder*; return what was done.

    Raises:
        OSError: if a file cannot be written.
    """
    tables = _exported(library, "csv", now=now).tables
    folder.mkdir(parents=True, exist_ok=True)
    for name, rows in tables.items():
        said = [{key: _text(value) for key, value in row.items()} for row in rows]
        (folder / f"{name}.csv").write_bytes(written(hsds.TABLES[name], said))
    package = json.dumps(_package(), ensure_ascii=False, indent=1)
    (folder / _PACKAGE).write_text(package, encoding="utf-8")
    return f"{folder}: {len(tables)} tables, and {_PACKAGE}."


def agencies_csv(library: Library, *, now: datetime) -> bytes:
    """
    Return the directory as `htbot import agencies` reads it.
    """

    def export(session: Session) -> list[dict[str, str]]:
        _note(session, "agencies", now=now)
        return agencies.agency_rows(session)

    return written(tuple(agencies.COLUMNS), library.write_now(export))


def meetings_ics(library: Library, *, of: str | None, now: datetime) -> bytes:
    """
    Return the meetings of a collaborative, or of all, as iCalendar.

    Args:
        of: its key or one of its names; None: all of them.
    Raises:
        ExchangeError: if there is no such collaborative.
    """

    def export(session: Session) -> bytes:
        every = [each for each in groups(session) if each.ref.startswith(COLLABORATIVE)]
        some = [each for each in every if of is None or of.casefold() in map(str.casefold, each.names)]  # fmt: skip
        if not some:
            known = ", ".join(each.key for each in every)
            raise ExchangeError(f"There is no collaborative of that name. There are: {known}.")
        keys = [each.key for each in some]
        audit.record(session, "calendar.exported", actor=EXPORTED_BY, now=now, subject="meetings")
        found = [series for key in keys for series in of_collaborative(session, key)]
        return calendar(session, found, now=now)

    return library.write_now(export)


def import_agencies(
    library: Library, content: bytes, *, dry_run: bool, now: datetime
) -> tuple[str, bool]:
    """
    Import agencies, or say what would be imported.

    Returns:
        What was or would be done, in full, and whether nothing is wrong with it.
    """
    number = None
    if dry_run:
        plan = library.read_now(
            lambda session: agencies.plan_agencies(session, content, telling=find_details)
        )
    else:
        plan, number = library.write_now(
            lambda session: agencies.apply_agencies(session, content, telling=find_details, now=now)
        )
    return _told("Agencies", plan.sheet, plan.agencies, number=number, dry_run=dry_run)


def import_members(
    library: Library, content: bytes, *, team_id: str | None, dry_run: bool, now: datetime
) -> tuple[str, bool]:
    """
    The same of members. No contact is in what is returned, only that it changes.

    Raises:
        ExchangeError: if the workspace is not known yet, or has no such id.
    """
    workspace = team_id or library.team_id
    number = None
    if dry_run:
        plan = library.read_now(
            lambda session: roster.plan_members(session, content, telling=find_details)
        )
    elif workspace is None:
        raise ExchangeError(
            "The workspace is not known yet: start `htbot run` once, or add --team T…."
        )
    elif not TEAM_ID.fullmatch(workspace):
        raise ExchangeError("That is not a Slack workspace ID. It begins with T.")
    else:
        plan, number = library.write_now(
            lambda session: roster.apply_members(
                session, content, telling=find_details, team_id=workspace, now=now
            )
        )
    return _told("Members", plan.sheet, plan.people, number=number, dry_run=dry_run)


class _Item(Protocol):
    """
    What becomes of one row of a sheet.
    """

    @property
    def line(self) -> int: ...

    @property
    def key(self) -> str: ...

    @property
    def state(self) -> str: ...

    @property
    def steps(self) -> tuple[Step, ...]: ...


def _told(
    what: str, sheet: Sheet, found: Sequence[_Item], *, number: int | None, dry_run: bool
) -> tuple[str, bool]:
    faulty = {fault.line for fault in sheet.faults}
    sound = [each for each in found if each.line not in faulty]
    counted = ", ".join(
        f"{sum(each.state == state for each in sound)} {state}"
        for state in ("added", "changed", "unchanged")
    )
    rejected = sum(each.line in faulty for each in sheet.rows)
    lines = [f"{what}: {counted}, {rejected} rejected."]
    for each in sound:
        if each.steps:
            lines.append(f"{'+' if each.state == 'added' else '~'} {each.key} (line {each.line})")
            lines += [f"    {line}" for step in each.steps for line in _said(step)]
    lines += _rejected(sheet.faults)
    ending = _ending(sheet.faults, number, dry_run=dry_run)
    return "\n".join([*lines, ending]), not sheet.faults


def undo_import(library: Library, number: int, *, now: datetime) -> str:
    """
    Undo an import; return what was put back and what was left, and why.

    Raises:
        ExchangeError: if there is nothing to undo.
    """
    try:
        undone = library.write_now(lambda session: undo(session, number, now=now))
    except (UnknownBatchError, UndoneError) as error:
        raise ExchangeError(f"{error}. See `htbot audit`.") from error
    lines = [f"Import {number} is undone: {len(undone.steps)} put back, {len(undone.left)} left."]
    for step in undone.steps:
        lines.append(f"~ {step.table} {step.key}")
        lines += [f"    {line}" for line in _said(step)]
    lines += [f"Left alone: {what}: {why}." for what, why in undone.left]
    return "\n".join(lines)


def columns_text(what: str) -> str:
    """
    Return what may stand in a sheet of *what*, "agencies" or "members", column by column.
    """
    columns = agencies.COLUMNS if what == "agencies" else roster.COLUMNS
    width = max(map(len, columns))
    lines = [f"{name:<{width}}  {about}" for name, about in columns.items()]
    return "\n".join([*lines, "", HOW])


def _exported(library: Library, format_: str, *, now: datetime) -> hsds.Directory:
    def export(session: Session) -> hsds.Directory:
        _note(session, format_, now=now)
        return hsds.directory(session, now=now)

    return library.write_now(export)


def _note(session: Session, format_: str, *, now: datetime) -> None:
    audit.record(
        session,
        "directory.exported",
        actor=EXPORTED_BY,
        now=now,
        subject="directory",
        format=format_,
    )


def _package() -> dict[str, Any]:
    return {
        "name": "human-services-directory",
        "profile": "tabular-data-package",
        "resources": [
            {
                "name": name,
                "path": f"{name}.csv",
                "profile": "tabular-data-resource",
                "encoding": "utf-8",
                "schema": {
                    "fields": [
                        {"name": each, "type": "number" if each in _NUMBERS else "string"}
                        for each in columns
                    ],
                    "primaryKey": "id",
                },
            }
            for name, columns in hsds.TABLES.items()
        ],
    }


def _said(step: Step) -> Iterator[str]:
    before, after = step.before or {}, step.after or {}
    if step.table == "phone":
        number = str(after.get("number") or step.key)
        if step.before is None:
            yield f"phone {number}: added{_but(after, 'number', 'organization')}"
            return
        if "retired" in after:
            yield f"phone {step.key}: {'retired' if after['retired'] else 'served again'}"
        label = f"phone {step.key}, "
    elif step.table == "offering":
        service = step.key.partition("/")[2]
        if step.before is None or step.after is None:
            yield f"service {service}: {'added' if step.before is None else 'taken out'}{_but(after)}"  # fmt: skip
            return
        label = f"service {service}, "
    else:
        label = "hours, " if step.table == "schedule" else ""
    for name in dict.fromkeys([*before, *after]):
        if name in roster.PRIVATE and step.table == "member":
            if before.get(name) != after.get(name):
                yield f"{name}: {'given' if after.get(name) else 'taken out'}, not shown here"
            continue
        if name not in after and step.after is not None:
            continue
        old, new = before.get(name), after.get(name)
        if old == new or (name == "retired" and step.table == "phone"):
            continue
        if step.before is None:
            if new:
                yield f"{label}{name}: {_shown(new)}"
        elif step.after is None and not old:
            continue
        else:
            yield f"{label}{name}: {_shown(old)} → {_shown(new)}"


def _but(values: Any, *names: str) -> str:
    told = [f"{name}: {_shown(value)}" for name, value in values.items() if value and name not in names]  # fmt: skip
    return f" ({'; '.join(told)})" if told else ""


def _shown(value: object) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, list):
        return " | ".join(map(str, value)) or "(empty)"
    return " ⏎ ".join(str(value).splitlines()) if value not in (None, "") else "(empty)"


def _text(value: object) -> str:
    return "" if value is None else str(value)


def _rejected(faults: Sequence[Fault]) -> Iterator[str]:
    for line, found in groupby(faults, key=lambda fault: fault.line):
        yield f"! line {line}" if line else "! the file"
        for fault in found:
            yield f"    {fault.column}: {fault.message}" if fault.column else f"    {fault.message}"


def _ending(faults: Sequence[Fault], number: int | None, *, dry_run: bool) -> str:
    if faults:
        count = len(faults)
        said = "1 fault" if count == 1 else f"{count} faults"
        return f"Nothing was imported: {said}. Mend {'it' if count == 1 else 'them'}, and try again."  # fmt: skip
    if dry_run:
        return "Nothing was imported: this was a dry run."
    if number is None:
        return "Nothing was imported: it is all there already."
    return f"Imported, as batch {number}. `htbot import undo {number}` puts it back."
