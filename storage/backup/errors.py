"""
What goes wrong with backups. In none of it is a row's value.
"""

from collections.abc import Sequence
from datetime import datetime

from storage.errors import StorageError


class BackupError(StorageError):
    """
    Base of what is wrong with a backup, or with the place it is to go to.
    """


class ArchiveError(BackupError):
    """
    A file is no backup, or no longer what was written.
    """

    def __init__(self, problem: str) -> None:
        super().__init__(f"the backup cannot be used: {problem}")
        self.problem = problem


class NewerArchiveError(BackupError):
    """
    A newer version of this software made the backup.
    """

    def __init__(self, revision: str) -> None:
        super().__init__(
            f"the backup is of revision {revision!r}, which this version does not know: "
            "restore it with the version that made it, or a newer one"
        )
        self.revision = revision


class NotEmptyError(BackupError):
    """
    The database that was to be filled holds something already.
    """

    def __init__(self, rows: int) -> None:
        super().__init__(f"the database is not empty: it holds {rows} rows")
        self.rows = rows


class RunningError(BackupError):
    """
    A process answers Slack from a database that is to be replaced, moved or resealed.
    """

    def __init__(self, processes: Sequence[tuple[str, datetime]]) -> None:
        names = ", ".join(name for name, _ in processes)
        super().__init__(f"a bot runs on this database: {names}")
        self.processes = tuple(processes)


class UnprovedError(BackupError):
    """
    What was written into a database is not what is read from it.
    """

    def __init__(self, table: str) -> None:
        super().__init__(f"{table} does not read as it was written; nothing was changed")
        self.table = table
