"""
The two kinds of database, opened for safe use: one engine for questions, one
for writes, and the driver's errors turned into ours.
"""

import sqlite3
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import Any, TypeAlias

from sqlalchemy import URL, Connection, Engine, create_engine, event, make_url
from sqlalchemy.engine import ExceptionContext
from sqlalchemy.exc import ArgumentError

from storage.changes import Changes, note_asked, note_done
from storage.errors import (
    ConstraintError,
    DatabaseBusyError,
    DatabaseLostError,
    DatabaseUnreachableError,
    DatabaseUrlError,
    NaiveMomentError,
    ReadOnlyError,
    StorageError,
)
from storage.files import DatabaseFile
from storage.sealing import Sealer

BUSY_SECONDS = 2.0  # Slack gives an answer 3 s in all
READERS = 8  # connections kept open for reading

NO_CONNECTION = "no connection to the server; it is down, or refuses our login or database"

Translator: TypeAlias = Callable[[ExceptionContext], StorageError | None]


@dataclass(frozen=True, kw_only=True)
class Database:
    """
    One database: an engine for questions and one for writes.

    Attributes:
        sealer: seals and opens counts; None where nothing needs to.
        admins: Slack ids of the administrators by settings.
        changes: what was written, as far as this process knows.
    """

    reads: Engine = field(repr=False)
    writes: Engine = field(repr=False)
    file: DatabaseFile | None = field(repr=False)  # None: PostgreSQL
    busy_seconds: float
    sealer: Sealer | None = None
    admins: frozenset[str] = frozenset()
    changes: Changes = field(default_factory=Changes, repr=False, compare=False)

    @property
    def dialect(self) -> str:
        return self.writes.dialect.name

    def dispose(self) -> None:
        """
        Close every connection. The database cannot be used afterwards.
        """
        self.reads.dispose()
        self.writes.dispose()
        if self.file is not None:
            self.file.close()


def open_database(
    url: str,
    *,
    busy_seconds: float = BUSY_SECONDS,
    durable: bool = True,
    secret_key: str | None = None,
) -> Database:
    """
    Return the database at *url*. Connects to nothing yet: the server may be down.

    Args:
        url: ``sqlite:///file`` or ``postgresql://…``.
        busy_seconds: how long to wait for another writer, and for a statement.
        durable: whether a commit has reached the disk. False is for copies that
            can be made again.
        secret_key: `HT_SECRET_KEY`, where counts are to be sealed or opened.
    Raises:
        DatabaseUrlError: if *url* is neither.
    """
    database = _opened(url, busy_seconds=busy_seconds, durable=durable)
    return replace(database, sealer=Sealer(secret_key)) if secret_key else database


def _opened(url: str, *, busy_seconds: float, durable: bool) -> Database:
    try:
        parsed = make_url(url)
    except (ArgumentError, ValueError):  # ValueError: a port that is no number
        # No cause: SQLAlchemy repeats the address, and with it the password.
        raise DatabaseUrlError("cannot be read: sqlite:///FILE or postgresql://…") from None
    match parsed.drivername.partition("+")[0]:
        case "sqlite":
            return _open_sqlite(parsed, busy_seconds=busy_seconds, durable=durable)
        case "postgresql" | "postgres":
            return _open_postgresql(parsed, busy_seconds=busy_seconds)
    raise DatabaseUrlError("must begin with sqlite:/// or postgresql://")


# SQLite


def _open_sqlite(url: URL, *, busy_seconds: float, durable: bool) -> Database:
    if not url.database or url.database == ":memory:" or url.database.startswith("file:"):
        raise DatabaseUrlError("names no file: sqlite:///FILE")
    if url.query:
        raise DatabaseUrlError("takes no options after `?`: sqlite:///FILE")
    path = Path(url.database).absolute()
    file = DatabaseFile(path)
    # mode=rw: a file that has gone is an error, never silently a new, empty one.
    connect = partial(
        sqlite3.connect,
        f"{path.as_uri()}?mode=rw",
        uri=True,
        timeout=busy_seconds,
        isolation_level=None,  # we say BEGIN ourselves, below
        check_same_thread=False,  # the pool gives a connection to one thread at a time
    )
    reads = create_engine(
        url,
        creator=lambda: _reader(connect()),
        hide_parameters=True,
        pool_size=READERS,
        max_overflow=2 * READERS,
        pool_timeout=busy_seconds,
    )
    writes = create_engine(
        url,
        creator=lambda: _writer(connect(), durable=durable),
        hide_parameters=True,
        pool_size=1,
        max_overflow=0,
        pool_timeout=busy_seconds,
    )
    event.listen(reads, "begin", _begin_deferred)
    event.listen(writes, "begin", _begin_immediate)
    for engine in (reads, writes):
        event.listen(engine, "handle_error", _sqlite_translator(file, busy_seconds))
        event.listen(engine, "before_cursor_execute", note_asked)
        event.listen(engine, "after_cursor_execute", note_done)
    return Database(reads=reads, writes=writes, file=file, busy_seconds=busy_seconds)


def _reader(connection: sqlite3.Connection) -> sqlite3.Connection:
    # The version is asked for to open the file in earnest: from here on the -wal
    # and -shm files stay where they are.
    return _configured(connection, "query_only = ON", "schema_version")


def _writer(connection: sqlite3.Connection, *, durable: bool) -> sqlite3.Connection:
    return _configured(
        connection,
        "journal_mode = WAL",
        f"synchronous = {'FULL' if durable else 'OFF'}",
        "foreign_keys = ON",
    )


def _configured(connection: sqlite3.Connection, *pragmas: str) -> sqlite3.Connection:
    try:
        for pragma in pragmas:
            connection.execute(f"PRAGMA {pragma}")
    except BaseException:
        connection.close()
        raise
    return connection


def _begin_deferred(connection: Connection) -> None:
    # The snapshot is taken by the first SELECT, and is the same for all of them.
    connection.exec_driver_sql("BEGIN")


def _begin_immediate(connection: Connection) -> None:
    # The driver would not begin a transaction for DDL, and a migration that
    # fails half way would stay half applied. IMMEDIATE takes the write lock
    # first, so that two processes queue instead of deadlocking.
    connection.exec_driver_sql("BEGIN IMMEDIATE")


_SQLITE_BUSY = {sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED}
_SQLITE_UNREACHABLE = {
    sqlite3.SQLITE_CANTOPEN: "its file cannot be opened",
    sqlite3.SQLITE_FULL: "the disk is full",
    sqlite3.SQLITE_IOERR: "the disk gave an error",
    sqlite3.SQLITE_PERM: "its file may not be used",
    sqlite3.SQLITE_NOMEM: "no memory is left",
}


def _sqlite_translator(file: DatabaseFile, busy_seconds: float) -> Translator:
    def error_for(original: sqlite3.Error, statement: str | None) -> StorageError | None:
        code = getattr(original, "sqlite_errorcode", None)
        if code is None:
            return None
        primary = code & 0xFF
        if primary in _SQLITE_BUSY:
            return DatabaseBusyError(busy_seconds)
        if primary == sqlite3.SQLITE_CONSTRAINT:
            return ConstraintError(str(original))  # names columns, never values
        if primary in (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB):
            return file.lose("it is damaged")
        if code in (sqlite3.SQLITE_READONLY_DBMOVED, sqlite3.SQLITE_IOERR_SHORT_READ):
            return file.lose("it was deleted or cut off")
        if primary == sqlite3.SQLITE_READONLY:
            return ReadOnlyError(statement)
        if primary in _SQLITE_UNREACHABLE:
            try:
                file.check()
            except DatabaseLostError as lost:
                return lost
            return DatabaseUnreachableError(_SQLITE_UNREACHABLE[primary])
        return None

    return partial(_translate, sqlite3.Error, error_for)


# PostgreSQL


def _open_postgresql(url: URL, *, busy_seconds: float) -> Database:
    milliseconds = round(busy_seconds * 1000)
    query = {
        "connect_timeout": "2",  # seconds; the least libpq takes
        "tcp_user_timeout": str(max(milliseconds, 1000)),  # a server that fell silent
        "application_name": "htbot",
        # A commit has reached the disk, whatever the server is set to: what was about to
        # be sent must not be forgotten by a crash, or it is sent twice.
        "options": (
            f"-c lock_timeout={milliseconds} -c statement_timeout={milliseconds}"
            " -c synchronous_commit=on"
        ),
        **url.query,  # the address has the last word
    }
    engine = create_engine(
        url.set(drivername="postgresql+psycopg", query=query),
        hide_parameters=True,
        isolation_level="READ COMMITTED",
        pool_pre_ping=True,  # so that it comes back by itself
        pool_size=READERS,
        max_overflow=READERS,
        pool_timeout=busy_seconds,
    )
    event.listen(engine, "handle_error", _postgresql_translator(busy_seconds))
    event.listen(engine, "before_cursor_execute", note_asked)
    event.listen(engine, "after_cursor_execute", note_done)
    reads = engine.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)
    return Database(reads=reads, writes=engine, file=None, busy_seconds=busy_seconds)


_POSTGRESQL_BUSY = {
    "55P03",  # lock_not_available: lock_timeout
    "57014",  # query_canceled: statement_timeout
    "40001",  # serialization_failure
    "40P01",  # deadlock_detected
}
_POSTGRESQL_UNREACHABLE = {
    "53100": "the server's disk is full",
    "53200": "the server has no memory left",
    "53300": "the server has no connection left",
    "25P03": "the server ended a transaction that stood still",
    "42501": "the server does not let our user do that",
}


def _postgresql_translator(busy_seconds: float) -> Translator:
    # With it come libpq and a TLS of its own, 10 MB: on SQLite nothing of that is loaded.
    import psycopg

    def error_for(original: psycopg.Error, statement: str | None) -> StorageError | None:
        state = original.sqlstate
        if original.diag.message_detail is not None:
            # "Failing row contains (…)": the values of a row do not belong in a log.
            original.args = (original.diag.message_primary,)
        if state is not None and state.startswith("23"):
            broken = original.diag.constraint_name or original.diag.column_name
            return ConstraintError(broken or "unnamed")
        if state in _POSTGRESQL_BUSY:
            return DatabaseBusyError(busy_seconds)
        if state == "25006":  # read_only_sql_transaction
            return ReadOnlyError(statement)
        if state in _POSTGRESQL_UNREACHABLE:
            return DatabaseUnreachableError(_POSTGRESQL_UNREACHABLE[state])
        # 08: connection; 57P: the server is going down. None: we did not get in; why
        # is only in the driver's words, which repeat the address.
        if state is not None and not state.startswith(("08", "57P")):
            return None
        if isinstance(original, psycopg.OperationalError | psycopg.InterfaceError):
            return DatabaseUnreachableError(NO_CONNECTION)
        return None

    return partial(_translate, psycopg.Error, error_for)


def _translate(
    kind: type[Exception],
    error_for: Callable[[Any, str | None], StorageError | None],
    context: ExceptionContext,
) -> StorageError | None:
    if context.is_pre_ping:  # the pool connects again, or fails with an error of its own
        return None
    original = context.original_exception
    if isinstance(original, kind):
        return error_for(original, context.statement)
    if isinstance(original, NaiveMomentError):
        return NaiveMomentError(original.moment)
    return None
