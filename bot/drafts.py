"""
`htbot stats draft`: a table of counts from a file to a draft that waits for a second
coordinator.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from pathlib import Path
from typing import Any

from bot.grants import USER_ID
from bot.library import Library
from bot.tables import read_document
from storage.disclosure.errors import TableError
from storage.disclosure.reading import read_marks, read_table_file
from storage.disclosure.states import Mark
from storage.disclosure.tables import Problem
from storage.organizations import partners
from storage.people import RoleName, roles_of
from storage.session import Session
from storage.statistics.ledger import (
    Origin,
    Proposal,
    Series,
    draft,
    examine,
    known_series,
    note_recheck,
    put_survey,
    recheck,
    survey_key,
)
from storage.statistics.published import drafts
from storage.statistics.sheets import Dimension, Labels, Structure

AFTER_THE_PACKS = 1000  # where a new series stands in lists
KEY = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")
# What of a table file would be lost here, or is said on the command line.
NOT_TAKEN = frozenset(
    {"threshold", "thresholds", "equations", "published", "hidden", "side_info", "weights"}
)
YEAR = re.compile(r"(?:19|20)\d\d")
MAY_DRAFT = {RoleName.COORDINATOR, RoleName.ADMIN}


class DraftError(Exception):
    """
    A draft cannot be made; the message says why and what to type.
    """


@dataclass(frozen=True, kw_only=True)
class Wanted:
    """
    What is said of a table on the command line.

    Attributes:
        series: its key; *program* and *title* are needed for a new one.
        by: the Slack member id of the coordinator who drafts it.
        source: what the figures come from, in words.
        place: where in it, or None.
        equations: (total, parts) over cells as series/row/column, which tie it to other tables.
        apart: it counts others than the tables it resembles.
        team: Slack's id of the workspace, where the bot never ran.
    """

    file: Path
    series: str
    program: str | None
    title: str | None
    unit: str
    period: str
    starts: date
    ends: date
    threshold: int
    source: str
    place: str | None
    as_of: date
    note: str | None
    by: str
    equations: tuple[tuple[str, tuple[str, ...]], ...] = ()
    apart: bool = False
    team: str | None = None


def make_draft(library: Library, wanted: Wanted, *, admins: frozenset[str], now: datetime) -> str:
    """
    Put the table before the gate and store what may be printed as a draft. Return what was
    done in sentences: what is withheld, and who has to approve it. No count is in them.

    Raises:
        DraftError: if something said does not fit.
        TableError: with everything that is wrong with the table.
        NotOnLedgerError: if the gate does not let it pass; nothing is stored.
        DatabaseError: if the database cannot be asked or written.
        OSError: if the file cannot be read.
    """
    _check(library, wanted, admins=admins)
    structure, counts, marks, absent = _table(wanted.file, name=wanted.series)
    known = library.read_now(lambda session: known_series(session, wanted.series))
    if known is None and not (wanted.program and wanted.title):
        raise DraftError(
            f"There is no series {wanted.series} yet: add --program and --title to begin one."
        )

    named = library.read_now(lambda session: _known_agencies(session, structure))
    proposal = Proposal(
        series=Series(
            key=wanted.series,
            program=wanted.program or (known.program if known else ""),
            title=wanted.title or (known.title if known else ""),
            aliases=known.aliases if known else (),
            position=known.position if known else AFTER_THE_PACKS,
        ),
        period=wanted.period,
        starts=wanted.starts,
        ends=wanted.ends,
        unit=wanted.unit,
        threshold=wanted.threshold,
        note=wanted.note,
        origin=Origin(
            source=survey_key(wanted.source),
            place=wanted.place or wanted.title or (known.title if known else wanted.period),
            as_of=wanted.as_of,
        ),
        structure=replace(named, equations=wanted.equations),
        counts=counts,
        marks=marks,
        absent=absent,
        apart=wanted.apart,
    )
    # The gate may take long, and nobody should wait for it to write.
    examined = library.read_now(lambda session: examine(session, proposal))

    def store(session: Session) -> tuple[int, tuple[str, ...]]:
        put_survey(session, title=wanted.source, as_of=wanted.as_of)
        number = draft(session, proposal, by=wanted.by, now=now, examined=examined)
        return number, next(each.report for each in drafts(session) if each.id == number)

    number, report = library.write_now(store)
    return "\n".join(
        [
            *report,
            f"Draft {number} waits.",
            f"Another coordinator publishes it in Slack: /ht stats drafts, /ht stats approve {number}.",
        ]
    )


def check_draft(library: Library, number: int) -> str:
    """
    Let the gate look again at a draft that something else overtook, and return what came of it.

    Raises:
        UnknownReleaseError: if no draft has this number.
        NotOnLedgerError: if it may not go out as it is.
        DatabaseError: if the database cannot be asked or written.
    """
    out = library.read_now(lambda session: recheck(session, number))
    library.write_now(lambda session: note_recheck(session, number, out=out))
    return f"Draft {number} is fit beside everything that is out: /ht stats approve {number}."


def read_equation(text: str) -> tuple[str, tuple[str, ...]]:
    """
    Read "all/Everybody = served/North/Total + served/South/Total".

    Raises:
        ValueError: if it is no equation.
    """
    total, _, parts = (part.strip() for part in text.partition("="))
    cells = tuple(part.strip() for part in parts.split(" + "))
    if not all("/" in cell for cell in (total, *cells)):
        raise ValueError(text)
    return total, cells


def _check(library: Library, wanted: Wanted, *, admins: frozenset[str]) -> None:
    if not KEY.fullmatch(wanted.series) or YEAR.search(wanted.series):
        raise DraftError(
            "--series is a short key in lower case, with hyphens and without a year: member-served."
        )
    if not USER_ID.fullmatch(wanted.by):
        raise DraftError("--by is not a Slack member ID. It begins with U.")
    if wanted.ends < wanted.starts:
        raise DraftError("--ends is before --starts.")
    team_id = library.team_id or wanted.team
    if team_id is None:
        raise DraftError(
            "The workspace is not known yet: start `htbot run` once, or add --team T…."
        )
    roles = library.read_now(lambda session: roles_of(session, team_id, wanted.by))
    if wanted.by not in admins and not roles & MAY_DRAFT:
        raise DraftError(
            f"{wanted.by} is no coordinator: only coordinators draft. See `htbot grant`."
        )


def _table(
    path: Path, *, name: str
) -> tuple[Structure, dict[Labels, int] | None, dict[Labels, Mark] | None, dict[Labels, Mark]]:
    """
    Return the one table of a file: its structure, and its counts or else its marks.
    """
    document, alone = read_document(path, name=name)
    problem = read_table_file(document)
    tables = document.get("tables", []) if isinstance(document, dict) else []
    if len(tables) != 1:
        raise TableError([f"{path.name}: has {len(tables)} tables: draft them one by one"])
    (table,) = tables
    if extra := sorted(set(document) & NOT_TAKEN):
        raise TableError(
            [
                f"{path.name}: {key}: is not taken from a file: take it out, and see "
                "`htbot stats draft --help`"
                for key in extra
            ]
        )
    structure = _structure(table, document.get("insiders", {}))
    named = {labels: "/".join([table["name"], *labels]) for labels in structure.cells()}
    absent = {
        labels: problem.absent[cell] for labels, cell in named.items() if cell in problem.absent
    }
    if problem.counts and not alone:
        counts = {
            labels: problem.counts[cell] for labels, cell in named.items() if cell in problem.counts
        }
        return structure, counts, None, absent
    return structure, None, _marks(problem, document, named), absent


def _structure(table: Mapping[str, Any], insiders: Mapping[str, Any]) -> Structure:
    dimensions = tuple(
        Dimension(
            name=dim["name"],
            labels=tuple(dim["labels"]),
            tree={parent: tuple(children) for parent, children in dim.get("tree", {}).items()},
        )
        for dim in table["dims"]
    )
    structure = Structure(dimensions=dimensions)
    named = {"/".join([table["name"], *labels]): labels for labels in structure.cells()}
    knows, wrong = {}, []
    for who, cells in insiders.items():
        rows = tuple(dict.fromkeys(named[cell][0] for cell in cells if cell in named))
        if {labels for labels in named.values() if labels[0] in rows} != {
            named.get(cell) for cell in cells
        }:
            wrong.append(f"insiders.{who}: knows part of a row: name whole rows")
        knows[who] = rows
    if wrong:
        raise TableError(wrong)
    return replace(structure, knows=knows)


def _marks(
    problem: Problem, document: Mapping[str, Any], named: Mapping[Labels, str]
) -> dict[Labels, Mark]:
    read = read_marks(problem, document.get("audit_marks", {}))
    printed = {**(read.marks or {}), **read.absent}
    return {labels: printed[cell] for labels, cell in named.items()}


def _known_agencies(session: Session, structure: Structure) -> Structure:
    """
    Return *structure* with agencies by their keys, so that one agency is one insider in
    every table.
    """
    keys = {
        name.casefold(): partner.key
        for partner in partners(session)
        for name in (partner.name, partner.alternate_name or partner.name, *partner.aliases)
    }
    knows: dict[str, list[str]] = {}
    for who, labels in structure.knows.items():
        knows.setdefault(keys.get(who.casefold(), who), []).extend(labels)
    return Structure(
        dimensions=structure.dimensions,
        knows={who: tuple(labels) for who, labels in knows.items()},
        equations=structure.equations,
    )
