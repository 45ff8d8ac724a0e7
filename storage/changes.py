"""
What was written, and what was read from it: by the words of the statements themselves, so that
nobody has to say so and nobody can forget it.

What was read stays good until one of its tables is written. This process knows of its own writes
when they are committed; of others' by the numbers that every transaction leaves in `revision`.
"""

import re
import threading
from collections.abc import Collection, Hashable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from functools import cache, lru_cache
from time import monotonic
from typing import Any

from sqlalchemy import Connection, TextClause, text
from sqlmodel import SQLModel

# Each process writes these all the time, and none of it is in an answer that is kept.
BESIDE = frozenset({"process", "receipt", "revision"})
HELD = 2048  # statements whose tables are remembered
LONGEST = 4000  # characters of such a one; with many values no two are alike
ASKING = re.compile(r"\s*(?:SELECT|PRAGMA|SAVEPOINT|RELEASE|BEGIN|SET|SHOW)\b", re.IGNORECASE)
NAMES = re.compile(r"(?<![.\w])\w+")  # what follows a point is a column
CHANGING = re.compile(r'\s*(?:INSERT INTO|UPDATE|DELETE FROM)\s+"?(\w+)', re.IGNORECASE)
COUNT = (
    "INSERT INTO revision (task_force_id, changed, number) VALUES {rows} "
    "ON CONFLICT (task_force_id, changed) DO UPDATE SET number = revision.number + 1 "
    "RETURNING changed, number{besides}"
)
# Whoever freezes between here and the commit would hold up every other writer: the server ends
# such a transaction by itself.
HURRIED = ", set_config('idle_in_transaction_session_timeout', '1s', true)"
COUNT_FOR_ALL = text(
    "INSERT INTO revision (task_force_id, changed, number) "
    "SELECT id, :changed, 1 FROM task_force WHERE true ORDER BY id "
    "ON CONFLICT (task_force_id, changed) DO UPDATE SET number = revision.number + 1"
)
LOOK = text("SELECT changed, number FROM revision WHERE task_force_id = :task_force_id")

_read: ContextVar[set[str] | None] = ContextVar("read", default=None)
_written: ContextVar[set[str] | None] = ContextVar("written", default=None)


@dataclass(frozen=True, kw_only=True)
class Read:
    """
    From what something was read.

    Attributes:
        number: of the last change that was known before the reading session began.
    """

    number: int
    tables: frozenset[str]


class Changes:
    """
    The changes of one database, as far as this process knows of them. Safe between threads.

    Attributes:
        number: grows with every change.
        sure_until: by `monotonic`: until then others have written nothing that was missed.
        kept: what `storage.kept` keeps, by what made it and the task force.
    """

    def __init__(self) -> None:
        self.number = 0
        self.sure_until = 0.0
        self.kept: dict[Hashable, tuple[Read, Any]] = {}
        self._lock = threading.Lock()
        self._of: dict[str, int] = {}  # table -> the number of its last change
        self._of_all = 0
        self._seen: Mapping[str, int] | None = None  # the revisions at the last look
        self._own: set[tuple[str, int]] = set()  # those since that this process made

    def note(self, tables: Collection[str]) -> None:
        """
        Note that *tables* were written. Called when the commit is done.
        """
        with self._lock:
            self.number += 1
            for table in tables:
                self._of[table] = self.number

    def note_all(self) -> None:
        """
        Note that anything may have been written.
        """
        with self._lock:
            self.number += 1
            self._of_all = self.number

    def since(self, number: int, tables: Collection[str]) -> bool:
        """
        Say whether one of *tables* may have changed since *number* was the last change.
        """
        if self.number == number:
            return False
        return self._of_all > number or any(self._of.get(table, 0) > number for table in tables)

    def sure(self) -> bool:
        """
        Say whether what others wrote was looked at lately enough.
        """
        return monotonic() < self.sure_until

    def stands(self, read: Read) -> bool:
        """
        Say whether what was *read* is certainly there as it was.
        """
        return monotonic() < self.sure_until and not self.since(read.number, read.tables)

    def own(self, revisions: Mapping[str, int]) -> None:
        """
        Note the *revisions* that this process is about to commit.
        """
        with self._lock:
            self._own.update(revisions.items())

    def disown(self, revisions: Mapping[str, int]) -> None:
        """
        Note that nobody knows what became of *revisions*.
        """
        with self._lock:
            self._own.difference_update(revisions.items())
        self.note_all()

    def look(self, revisions: Mapping[str, int]) -> None:
        """
        Compare with the *revisions* that stand in the database: between the last look and
        this one others may have written.
        """
        with self._lock:
            before, self._seen = self._seen, revisions
            own = self._own
            self._own = {each for each in own if each[1] > revisions.get(each[0], 0)}
        if before is None or any(revisions.get(table, 0) < before[table] for table in before):
            self.note_all()  # there was no look yet, or an older database was put in its place
            return
        others = [
            table
            for table, number in revisions.items()
            if any((table, each) not in own for each in range(before.get(table, 0) + 1, number + 1))
        ]
        if others:
            self.note(others)


def note_asked(
    connection: Connection, cursor: Any, statement: str, parameters: Any, context: Any, many: bool
) -> None:
    """
    Note which tables a *statement* names: for SQLAlchemy's `before_cursor_execute`.
    """
    read = _read.get()
    if read is not None:
        read |= tables_in(statement)


def note_done(
    connection: Connection, cursor: Any, statement: str, parameters: Any, context: Any, many: bool
) -> None:
    """
    Note which tables a *statement* names, if it may have changed a row: for
    `after_cursor_execute`.
    """
    written = _written.get()
    # SQLite does not say how many it is before what RETURNING gives was fetched.
    nothing = cursor.rowcount == 0 and connection.dialect.name != "sqlite"
    if written is not None and not nothing and not ASKING.match(statement):
        written |= changed_by(statement)


def changed(connection: Connection) -> bool:
    """
    Say whether a row was changed down *connection* since this was asked before. What was taken
    back counts too.
    """
    if connection.dialect.name != "sqlite":
        return True  # each statement was looked at
    total = connection.connection.driver_connection.total_changes  # type: ignore[union-attr]
    before = connection.info.get("total_changes", 0)
    connection.info["total_changes"] = total
    return bool(total != before)


@contextmanager
def noting_reads() -> Iterator[set[str]]:
    """
    Yield the set to which the tables that the block reads are added.
    """
    tables: set[str] = set()
    token = _read.set(tables)
    try:
        yield tables
    finally:
        _read.reset(token)
        note_read(tables)  # for the block around this one


def note_read(tables: Collection[str]) -> None:
    """
    Note that *tables* were read, or what was read from them before is used again.
    """
    if (read := _read.get()) is not None:
        read.update(tables)


@contextmanager
def noting_writes() -> Iterator[set[str]]:
    """
    Yield the set to which the tables that the block writes are added.
    """
    tables: set[str] = set()
    token = _written.set(tables)
    try:
        yield tables
    finally:
        _written.reset(token)


def tables_in(statement: str) -> frozenset[str]:
    """
    Return every table of ours that *statement* names anywhere, and perhaps one it does not.
    """
    return (_known_in if len(statement) <= LONGEST else _named_in)(statement)


def _named_in(statement: str) -> frozenset[str]:
    return _tables().intersection(NAMES.findall(statement))


_known_in = lru_cache(maxsize=HELD)(_named_in)


def changed_by(statement: str) -> frozenset[str]:
    """
    Return the table that *statement* changes; of one that begins in another way, all it names.
    No foreign key of ours changes the rows that refer to one.
    """
    found = CHANGING.match(statement)
    return _tables() & {found[1]} if found else tables_in(statement)


@cache
def _tables() -> frozenset[str]:
    from storage import models  # noqa: F401 - the models are made with the engines' help

    return frozenset(SQLModel.metadata.tables)


def count_revisions(
    connection: Connection, tables: Collection[str], *, task_force_id: int | None
) -> Mapping[str, int]:
    """
    Count a change of *tables* for everybody who looks, as the last thing of its transaction
    and in one order: so that who counts never waits for anybody but who counted before.

    Args:
        task_force_id: None: every task force's.
    Returns:
        The new numbers; none if they are of no single task force.
    """
    ordered = sorted(tables)
    if task_force_id is None:
        for table in ordered:
            connection.execute(COUNT_FOR_ALL, {"changed": table})
        return {}
    given = {f"changed_{number}": table for number, table in enumerate(ordered)}
    count = _count(len(ordered), connection.dialect.name)
    found = connection.execute(count, {"task_force_id": task_force_id, **given})
    return {row[0]: row[1] for row in found}


@cache
def _count(number: int, dialect: str) -> TextClause:
    rows = (f"(:task_force_id, :changed_{each}, 1)" for each in range(number))
    besides = HURRIED if dialect == "postgresql" else ""
    return text(COUNT.format(rows=", ".join(rows), besides=besides))


def revisions(connection: Connection, *, task_force_id: int) -> Mapping[str, int]:
    """
    Return the numbers of the last changes that were committed, by table.
    """
    found = connection.execute(LOOK, {"task_force_id": task_force_id})
    return {table: number for table, number in found}  # noqa: C416 - a row is no pair to mypy
