"""
Transactions: the one way to the database, for questions and for writes.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from sqlalchemy import Engine
from sqlalchemy.exc import TimeoutError as PoolTimeoutError
from sqlalchemy.pool import QueuePool

from storage.changes import BESIDE, changed, count_revisions, noting_writes
from storage.engines import Database, open_database
from storage.errors import DatabaseBusyError
from storage.scope import Session, narrow

__all__ = [
    "Database",
    "Session",
    "check",
    "check_writable",
    "narrow",
    "open_database",
    "reading",
    "transaction",
    "unscoped_reading",
    "unscoped_transaction",
]


@contextmanager
def reading(database: Database, *, task_force_id: int) -> Iterator[Session]:
    """
    Open a session for questions: one snapshot, and it never waits for a writer.

    Raises:
        DatabaseLostError: if the file is no longer the one we opened.
        DatabaseUnreachableError: if there is no connection.
        DatabaseBusyError: if every connection is taken.
        ReadOnlyError: from the block, if it writes.
    """
    number = database.changes.number
    with _session(database, database.reads, task_force_id) as session:
        session.info["changes"], session.info["number"] = database.changes, number
        yield session


@contextmanager
def transaction(database: Database, *, task_force_id: int) -> Iterator[Session]:
    """
    Open a session for writes: commits when the block ends, not when it raises.

    Raises:
        DatabaseLostError: if the file is no longer the one we opened.
        DatabaseUnreachableError: if there is no connection.
        DatabaseBusyError: if another writer does not finish in time.
    """
    with _writing(database, task_force_id) as session:
        yield session


@contextmanager
def unscoped_reading(database: Database) -> Iterator[Session]:
    """
    Open a session for questions asked before the task force is known.
    """
    with _session(database, database.reads, None) as session:
        yield session


@contextmanager
def unscoped_transaction(database: Database) -> Iterator[Session]:
    """
    Open a session for writes made before the task force is known; see `narrow`.
    """
    with _writing(database, None) as session:
        yield session


def check(database: Database) -> None:
    """
    Make sure that the database can be reached: one look at the file, or SELECT 1.

    Raises:
        DatabaseLostError: if the file is no longer the one we opened.
        DatabaseUnreachableError: if there is no connection.
        DatabaseBusyError: if every connection is taken.
    """
    if database.file is not None:
        database.file.check()
        return
    try:
        with database.reads.connect() as connection:
            connection.exec_driver_sql("SELECT 1")
    except PoolTimeoutError as error:
        raise DatabaseBusyError(database.busy_seconds) from error


def check_writable(database: Database) -> None:
    """
    Make sure that tables can be made and written: one is, and is taken back.

    Raises:
        StorageError: if they cannot.
    """
    if database.file is not None:
        database.file.check()
    try:
        with database.writes.connect() as connection, connection.begin() as trial:
            connection.exec_driver_sql("CREATE TABLE htbot_trial (x INTEGER)")
            connection.exec_driver_sql("INSERT INTO htbot_trial VALUES (1)")
            trial.rollback()
    except PoolTimeoutError as error:
        raise DatabaseBusyError(database.busy_seconds) from error


@contextmanager
def _writing(database: Database, task_force_id: int | None) -> Iterator[Session]:
    """
    Open a session for writes, and leave word of what was written.
    """
    changes = database.changes
    numbers: Mapping[str, int] | None = None
    with noting_writes() as tables:
        try:
            with _session(database, database.writes, task_force_id) as session:
                yield session
                if session.in_transaction():  # else the block took all of it back
                    session.flush()
                if tables and session.in_transaction():
                    connection = session.connection()
                    if not changed(connection):
                        tables.clear()
                    if counted := tables - BESIDE:
                        owner = session.task_force_id
                        numbers = count_revisions(connection, counted, task_force_id=owner)
                        changes.own(numbers)
                        changed(connection)
        except BaseException:
            # Counted already: where the commit failed it may be there all the same.
            if numbers is not None:
                changes.disown(numbers)
            raise
    if tables:
        changes.note(tables)


@contextmanager
def _session(database: Database, engine: Engine, task_force_id: int | None) -> Iterator[Session]:
    file = database.file
    if file is not None:
        file.check()
    try:
        with Session(engine, expire_on_commit=False) as session, session.begin():
            session.info["task_force_id"] = task_force_id
            session.info["sealer"] = database.sealer
            session.info["admins"] = database.admins
            yield session
            if file is not None:
                # Before the commit: into a deleted file it would succeed, and be lost.
                file.check()
                if isinstance(engine.pool, QueuePool) and engine.pool.checkedout():
                    file.remember_log()
    except PoolTimeoutError as error:
        raise DatabaseBusyError(database.busy_seconds) from error
