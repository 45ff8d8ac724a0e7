"""
A private copy of a pack, to answer from while the database cannot be reached.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from tempfile import TemporaryDirectory

from sqlmodel import SQLModel

from storage.packs.loading import install
from storage.packs.reading import Pack
from storage.session import Database, open_database
from storage.task_forces import TaskForce


@contextmanager
def scratch(pack: Pack, *, now: datetime) -> Iterator[tuple[Database, TaskForce]]:
    """
    Yield a temporary database with *pack* loaded, and its task force.

    It is gone when the block ends. Use ``ExitStack`` to keep it for longer.
    """
    with TemporaryDirectory(prefix="htbot-", ignore_cleanup_errors=True) as folder:
        database = open_database(f"sqlite:///{Path(folder) / 'pack.db'}", durable=False)
        try:
            assert database.file is not None  # noqa: S101 - SQLite; for the type checker
            database.file.create()
            SQLModel.metadata.create_all(database.writes)
            found, _ = install(database, pack, now=now)
            yield database, found
        finally:
            database.dispose()
