"""
The schema's history, oldest first, applied by Alembic from inside the package.

A new revision: change `storage.models`, then
``python -m storage.migrations "What it is for"``, then read what it wrote.
"""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import Connection, inspect, text

from storage.engines import Database
from storage.errors import DatabaseDamagedError, DatabaseNewerError

if TYPE_CHECKING:
    from alembic.config import Config

PATIENCE_SECONDS = 60  # for another process that migrates at the same moment
ADVISORY_LOCK = 0x48546274  # any number of our own
VERSION = "alembic_version"  # Alembic's table
_FILE = re.compile(r"r([0-9]{4})_")


def migrate(database: Database, *, to: str = "head") -> tuple[str, ...]:
    """
    Bring the schema up to date, in one transaction. Makes the SQLite file.

    Processes that start together queue here: one does the work.

    Args:
        to: a revision; tests stop at old ones.
    Returns:
        The revisions applied, oldest first.
    Raises:
        DatabaseNewerError: if a newer version of this software migrated it.
        DatabaseLostError, DatabaseUnreachableError, DatabaseBusyError: as any session.
    """
    if database.file is not None:
        database.file.create()
        database.file.check()
    with exclusive(database) as connection:
        known_revisions(connection)
        return upgrade(connection, to=to)


def upgrade(connection: Connection, *, to: str = "head") -> tuple[str, ...]:
    """
    Apply the revisions up to *to*, in the transaction of `exclusive`. Return them.
    """
    # Imported when there is something to do: a start finds out without it.
    from alembic import command

    applied: list[str] = []
    config = configuration()
    config.attributes.update(connection=connection, applied=applied)
    command.upgrade(config, to)
    return tuple(applied)


def head() -> str:
    """
    Return the revision that this version works with.
    """
    return revisions()[-1]


def is_known(revision: str) -> bool:
    """
    Say whether this version knows *revision*; else a newer one made it.
    """
    return revision in revisions()


def is_current(database: Database) -> bool:
    """
    Tell whether the schema is the one this version works with.

    Raises:
        DatabaseNewerError: if a newer version of this software migrated it.
        DatabaseLostError, DatabaseUnreachableError: as any session.
    """
    if database.file is not None:
        database.file.check()
    with database.reads.connect() as connection:
        found = known_revisions(connection)
    return found == (head(),)


def configuration() -> "Config":
    """
    Return Alembic's configuration; there is no alembic.ini to look for.
    """
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", "storage:migrations")
    config.set_main_option("path_separator", "os")
    config.set_main_option("file_template", "r%%(rev)s_%%(slug)s")
    return config


@cache  # the files do not change under a process
def revisions() -> tuple[str, ...]:
    """
    Return the revisions there are, oldest first: one line, as their files are numbered.
    """
    names = (
        _FILE.match(path.name) for path in (Path(__file__).parent / "versions").glob("r*_*.py")
    )
    return tuple(sorted(found[1] for found in names if found))


def known_revisions(connection: Connection) -> tuple[str, ...]:
    """
    Return what the schema is at; nothing where there is none.

    Raises:
        DatabaseNewerError: if a newer version of this software migrated it.
    """
    if not inspect(connection).has_table(VERSION):
        return ()
    query = text(f"SELECT version_num FROM {VERSION}")  # noqa: S608 - a name of ours
    found = tuple(connection.execute(query).scalars())
    for revision in found:
        if not is_known(revision):
            raise DatabaseNewerError(revision)
    return found


@contextmanager
def exclusive(database: Database) -> Iterator[Connection]:
    """
    Hold the database alone, in one transaction, to change its schema. On SQLite references
    are looked through at its end, and not before.

    Raises:
        DatabaseDamagedError: if rows refer to rows that are not there.
    """
    with database.writes.connect() as connection:
        if database.dialect == "postgresql":
            with connection.begin():
                connection.exec_driver_sql("SET LOCAL statement_timeout = 0")
                connection.exec_driver_sql(f"SET LOCAL lock_timeout = '{PATIENCE_SECONDS}s'")
                connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({ADVISORY_LOCK})")
                yield connection
            return
        driver = connection.connection.driver_connection
        assert driver is not None  # noqa: S101 - it is connected; for the type checker
        # SQLite changes a table by copying it and dropping the old one, which
        # would empty the tables that refer to it. Both pragmas must stand
        # before the transaction begins.
        driver.execute(f"PRAGMA busy_timeout = {PATIENCE_SECONDS * 1000}")
        driver.execute("PRAGMA foreign_keys = OFF")
        try:
            with connection.begin():
                yield connection
                broken = connection.exec_driver_sql("PRAGMA foreign_key_check").first()
                if broken is not None:
                    raise DatabaseDamagedError(table=broken[0])
        finally:
            driver.execute("PRAGMA foreign_keys = ON")
            driver.execute(f"PRAGMA busy_timeout = {round(database.busy_seconds * 1000)}")
