"""
A backup taken while others read and write: one moment of the database, whole.
"""

import os
import sqlite3
import tempfile
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import datetime
from pathlib import Path

from sqlalchemy import Connection, NullPool, create_engine

from storage.backup.archive import Archive, Manifest, Writer
from storage.backup.errors import ArchiveError, BackupError
from storage.backup.tables import columns_of, our_tables, rows_of
from storage.engines import Database
from storage.migrations import known_revisions


def back_up(database: Database, path: Path, *, now: datetime, overwrite: bool = False) -> Manifest:
    """
    Write everything of *database* into *path*, readable by its owner alone: whole and proved
    by reading it back, or not at all. Nobody waits for it, and the key is not in it.

    Args:
        now: the moment it is of.
        overwrite: whether a file that is there is replaced.
    Raises:
        FileExistsError: if there is one, and it is not to be.
        OSError: if the file cannot be written.
        BackupError: if there is nothing to back up, or it does not read as it was written.
        DatabaseError: if the database cannot be read, or is of a newer version.
    """
    path = path.absolute()
    if path.exists() and not overwrite:
        raise FileExistsError(None, "there is such a file already", str(path))
    descriptor, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    os.close(descriptor)
    draft = Path(name)
    try:
        manifest = _write(database, draft, now=now)
        with Archive(draft) as archive:
            if archive.verify() != manifest:
                raise ArchiveError("it does not read as it was written")
        _flush(draft)
        if overwrite:
            draft.replace(path)
        else:
            _put(draft, path)
        _flush(path.parent)
    finally:
        draft.unlink(missing_ok=True)
    return manifest


def verify(path: Path) -> Manifest:
    """
    Read a backup, and prove every count and digest in it.

    Raises:
        ArchiveError: if anything is not as it was written.
    """
    with Archive(path) as archive:
        return archive.verify()


def _write(database: Database, draft: Path, *, now: datetime) -> Manifest:
    writer = Writer(draft)
    try:
        with _snapshot(database, draft.parent) as connection:
            found = known_revisions(connection)
            if len(found) != 1:
                raise BackupError("the database has no tables of ours: there is nothing to back up")
            for name, table in our_tables(connection).items():
                columns = columns_of(table)
                writer.add(name, columns, rows_of(connection, table, columns))
        return writer.finish(revision=found[0], engine=database.dialect, taken_at=now)
    finally:
        writer.close()


@contextmanager
def _snapshot(database: Database, folder: Path) -> Iterator[Connection]:
    """
    Yield a connection to one moment of the database, which keeps nobody waiting.
    """
    if database.file is None:
        with database.reads.connect() as connection, connection.begin():
            # Each row of a large table is fetched in good time, all of them may not be.
            connection.exec_driver_sql("SET LOCAL statement_timeout = 0")
            yield connection
        return
    database.file.check()
    # A copy, by SQLite's own way to copy what is in use: rows take longer to write out than
    # pages to copy, and while a snapshot is held its log can only grow.
    with tempfile.TemporaryDirectory(dir=folder, prefix=".htbot-") as place:
        copy = Path(place) / "copy.db"
        _copy(database, copy)
        engine = create_engine(
            "sqlite://", creator=lambda: sqlite3.connect(copy), poolclass=NullPool
        )
        with engine.connect() as connection:
            if connection.exec_driver_sql("PRAGMA integrity_check(1)").scalar() != "ok":
                raise BackupError("the database is damaged, and no backup of it was made")
            yield connection
        engine.dispose()


def _copy(database: Database, copy: Path) -> None:
    try:
        with database.reads.connect() as connection, closing(sqlite3.connect(copy)) as target:
            driver = connection.connection.driver_connection
            assert isinstance(driver, sqlite3.Connection)  # noqa: S101 - for the type checker
            driver.backup(target)  # all pages in one step: nobody's write makes it begin anew
    except sqlite3.Error as error:
        raise BackupError(
            "the database cannot be copied to beside its backup: is the disk full?"
        ) from error


def _put(draft: Path, path: Path) -> None:
    try:
        os.link(draft, path)
    except FileExistsError:
        raise FileExistsError(None, "there is such a file already", str(path)) from None
    except OSError:  # a file system without links
        draft.replace(path)


def _flush(path: Path) -> None:
    """
    Have what was written of a file or folder reach the disk.
    """
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
