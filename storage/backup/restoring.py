"""
A backup put into a database, of either engine: all of it, proved, or nothing.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Table, bindparam, func, inspect, select, text
from sqlalchemy.exc import DBAPIError, StatementError

from storage import models
from storage.audit import record
from storage.backup.aftermath import Aftermath, Planner, come_back
from storage.backup.archive import Archive, Manifest
from storage.backup.cells import read
from storage.backup.errors import (
    ArchiveError,
    NewerArchiveError,
    NotEmptyError,
    RunningError,
    UnprovedError,
)
from storage.backup.tables import (
    ROWS_AT_ONCE,
    columns_of,
    counted,
    our_names,
    our_tables,
    rows_in,
)
from storage.engines import Database
from storage.errors import ConstraintError, DatabaseDamagedError
from storage.migrations import VERSION, exclusive, is_known, known_revisions, upgrade
from storage.processes import processes
from storage.scope import Session

BY = "htbot restore"


@dataclass(frozen=True, kw_only=True)
class Restored:
    """
    Attributes:
        applied: the revisions that it was brought up to date by.
        aftermath: what became of what the bot was about to send; None: nothing did.
    """

    manifest: Manifest
    applied: tuple[str, ...]
    aftermath: Aftermath | None


def restore(
    database: Database,
    path: Path,
    *,
    now: datetime,
    replace: bool = False,
    sent_since: bool = True,
    planners: Sequence[Planner] = (),
    tell: Callable[[Session, tuple[int, ...], datetime], object] | None = None,
    by: str = BY,
) -> Restored:
    """
    Put the backup at *path* into *database*, in one transaction; then bring it up to date.

    Args:
        replace: give up what the database holds.
        sent_since: the bot may have sent messages since the backup was taken: what waited
            then is not sent by itself, see `storage.backup.aftermath`.
        planners: what plans messages that have become due, by the names of their kinds.
        tell: plans what tells the senders of broadcasts, by number, that came back.
        by: for the audit.
    Raises:
        ArchiveError, NewerArchiveError: if the backup cannot be used; nothing was touched.
        NotEmptyError: if the database holds something, and is not to give it up.
        RunningError: if a bot runs on it.
        UnprovedError, DatabaseDamagedError: if what is in the database then is not what is
            in the backup, or refers to rows that are not there; nothing was changed.
        DatabaseError: if the database cannot be written; nothing was changed.
    """
    with Archive(path) as archive:
        manifest = archive.verify()
        if not is_known(manifest.revision):
            raise NewerArchiveError(manifest.revision)
        if database.file is not None:
            database.file.create()
            database.file.check()
        with exclusive(database) as connection:
            known_revisions(connection)
            _clear(connection, now=now, replace=replace)
            upgrade(connection, to=manifest.revision)
            _fill(connection, archive)
            applied = upgrade(connection)
            _number_on(connection)
            aftermath = None
            for session in _sessions(connection, database):
                # They were heard of on the machine that the backup is of.
                session.connection().execute(models.Process.__table__.delete())  # type: ignore[attr-defined]
                if sent_since:
                    done = come_back(session, now=now, planners=planners, tell=tell)
                    aftermath = done if aftermath is None else aftermath + done
                taken_at = manifest.taken_at.isoformat(timespec="minutes")
                record(session, "database.restored", actor=by, now=now, taken_at=taken_at)
                session.flush()
                session.commit()  # of the session alone: the transaction goes on
                session.close()
    return Restored(manifest=manifest, applied=applied, aftermath=aftermath)


def bots_on(database: Database, *, now: datetime) -> tuple[tuple[str, datetime], ...]:
    """
    Return the processes that run on *database*: name, and when each was heard of last.
    """
    if database.file is not None:
        database.file.check()
    with database.reads.connect() as connection:
        return running_on(connection, now=now)


def running_on(connection: Connection, *, now: datetime) -> tuple[tuple[str, datetime], ...]:
    """
    The same, of the database that *connection* leads to. One of before they were noted
    has none.
    """
    if models.Process.__tablename__ not in inspect(connection).get_table_names():
        return ()
    session = Session(connection)
    found = [(each.name, each.ticked_at) for each in processes(session) if each.runs(now)]
    session.close()
    return tuple(found)


def _clear(connection: Connection, *, now: datetime, replace: bool) -> None:
    ours = our_names(connection)
    if rows := rows_in(connection, ours):
        if not replace:
            raise NotEmptyError(rows)
        if found := running_on(connection, now=now):
            raise RunningError(found)
    names = [*ours, *({VERSION} & set(inspect(connection).get_table_names()))]
    if not names:
        return
    quote = connection.dialect.identifier_preparer.quote
    if connection.dialect.name == "postgresql":  # in one statement: they refer to each other
        connection.exec_driver_sql(f"DROP TABLE {', '.join(map(quote, names))}")
        return
    for name in names:
        connection.exec_driver_sql(f"DROP TABLE {quote(name)}")


def _fill(connection: Connection, archive: Archive) -> None:
    tables = our_tables(connection)
    for entry in archive.manifest.tables:
        table = tables.get(entry.name)
        if table is None or columns_of(table) != entry.columns:
            raise ArchiveError(f"{entry.name} in it is not as its revision has it")
    if missing := tables.keys() - {entry.name for entry in archive.manifest.tables}:
        raise ArchiveError(f"it has no {', '.join(sorted(missing))}")
    references = _let_go_of_references(connection, list(tables))
    for entry in archive.manifest.tables:
        _load(connection, archive, tables[entry.name], entry.name)
    for entry in archive.manifest.tables:
        if not counted(connection, tables[entry.name], entry.columns).proves(entry):
            raise UnprovedError(entry.name)
    _hold_references(connection, references)


def _load(connection: Connection, archive: Archive, table: Table, name: str) -> None:
    [entry] = [each for each in archive.manifest.tables if each.name == name]
    rows = (
        {
            column.name: read(column.kind, cell)
            for column, cell in zip(entry.columns, cells, strict=True)
        }
        for cells in archive.rows(entry)
    )
    try:
        while some := list(islice(rows, ROWS_AT_ONCE)):
            connection.execute(table.insert(), some)
    except ConstraintError as error:
        raise ArchiveError(f"rows of {name} break a rule of their table") from error
    except (DBAPIError, StatementError):
        # No cause: it would repeat the row.
        raise ArchiveError(f"a row of {name} cannot be stored in {connection.dialect.name}") from None  # fmt: skip


def _let_go_of_references(
    connection: Connection, names: Sequence[str]
) -> tuple[tuple[str, str, str], ...]:
    """
    Take the references from the tables while they are filled: rows refer to later ones,
    also of their own table. On SQLite they are off as it is.
    """
    if connection.dialect.name != "postgresql":
        return ()
    query = text(
        "SELECT conrelid::regclass::text, quote_ident(conname), pg_get_constraintdef(c.oid)"
        " FROM pg_constraint c JOIN pg_class t ON t.oid = c.conrelid"
        " WHERE c.contype = 'f' AND t.relname IN :names"
        " AND t.relnamespace = current_schema()::regnamespace"
    ).bindparams(bindparam("names", expanding=True))
    found = tuple(
        (table, name, definition)
        for table, name, definition in connection.execute(query, {"names": list(names)})
    )
    for table, name, _ in found:
        connection.exec_driver_sql(f"ALTER TABLE {table} DROP CONSTRAINT {name}")
    return found


def _hold_references(connection: Connection, references: Sequence[tuple[str, str, str]]) -> None:
    """
    Raises:
        DatabaseDamagedError: if rows refer to rows that are not there.
    """
    if connection.dialect.name != "postgresql":
        broken = connection.exec_driver_sql("PRAGMA foreign_key_check").first()
        if broken is not None:
            raise DatabaseDamagedError(table=broken[0])
        return
    for table, name, definition in references:
        try:
            connection.exec_driver_sql(f"ALTER TABLE {table} ADD CONSTRAINT {name} {definition}")
        except ConstraintError as error:
            raise DatabaseDamagedError(table=table) from error


def _number_on(connection: Connection) -> None:
    """
    Have new rows numbered after those that are there. SQLite does so by itself.
    """
    if connection.dialect.name != "postgresql":
        return
    quote = connection.dialect.identifier_preparer.quote
    for name in our_names(connection):
        last = connection.exec_driver_sql(f"SELECT max(id) FROM {quote(name)}").scalar_one()  # noqa: S608 - a name of ours
        if last is not None:
            sequence = func.pg_get_serial_sequence(quote(name), "id")
            connection.execute(select(func.setval(sequence, last)))


def _sessions(connection: Connection, database: Database) -> list[Session]:
    """
    Return a session for each task force, all in the transaction of *connection*.
    """
    ids = connection.execute(select(models.TaskForce.__table__.c.id)).scalars()  # type: ignore[attr-defined]
    sessions = []
    for id in sorted(ids):
        session = Session(connection, expire_on_commit=False)
        info: dict[str, Any] = {
            "task_force_id": id,
            "sealer": database.sealer,
            "admins": database.admins,
        }
        session.info.update(info)
        sessions.append(session)
    return sessions
