"""
The SQLite file: is it still the one we opened?

A deleted or replaced file stays readable through the descriptors we hold, so
SQLite itself would go on answering, and writing into nothing. Looking costs a
few microseconds, so it is done at every session.
"""

import os
import sqlite3
import tempfile
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from secrets import randbelow
from threading import Lock
from typing import TypeAlias

from storage.errors import DatabaseLostError, DatabaseUnreachableError

MAGIC = b"SQLite format 3\x00"
APPLICATION_ID = 0x48546274  # "HTbt": `file` and a curious person can tell what it is

Inode: TypeAlias = tuple[int, int]  # device, number


@dataclass
class _Descriptor:
    number: int
    users: int


# POSIX drops all of a process's locks on a file when it closes *any* descriptor
# of it, SQLite's own among them (sqlite.org/howtocorrupt.html, 2.2). So one
# descriptor a file is shared by the whole process, and closed after the engines.
_descriptors: dict[Inode, _Descriptor] = {}
_descriptors_lock = Lock()


class DatabaseFile:
    """
    One SQLite file and what made it ours: its inode, its header, its log.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._wal = Path(f"{path}-wal")
        self._shm = Path(f"{path}-shm")
        self._inode: Inode | None = None
        self._descriptor = -1
        self._header = b""
        self._size = 0  # bytes
        self._companions: tuple[Inode, Inode] | None = None  # of the -wal and the -shm
        self._lost: str | None = None
        self._closed = False

    def create(self) -> bool:
        """
        Make the file, readable by its owner alone. Return False if there is one.

        It appears at once and whole, so that two processes may try together,
        with a number of its own in the header (`user_version`) to know it by.

        Raises:
            DatabaseLostError: if we had a file here before.
            DatabaseUnreachableError: if the folder cannot be written.
        """
        self._refuse()
        if self._inode is not None or self.path.exists():
            return False
        try:
            self.path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            with tempfile.TemporaryDirectory(dir=self.path.parent, prefix=".new-") as folder:
                fresh = Path(folder) / self.path.name
                fresh.touch(mode=0o600)
                with closing(sqlite3.connect(fresh, isolation_level=None)) as connection:
                    connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")
                    connection.execute(f"PRAGMA user_version = {1 + randbelow(2**31 - 1)}")
                    connection.execute("PRAGMA journal_mode = WAL")
                try:
                    os.link(fresh, self.path)
                except FileExistsError:
                    return False
                except OSError:  # a file system without links
                    if self.path.exists():
                        return False
                    fresh.rename(self.path)
        except (OSError, sqlite3.Error) as error:
            raise DatabaseUnreachableError("its file cannot be created") from error
        return True

    def check(self) -> None:
        """
        Make sure that the file is there, is ours and begins as a database does.

        Raises:
            DatabaseLostError: if it was ours and is no longer; from then on always.
            DatabaseUnreachableError: if it was never opened, and cannot be.
        """
        self._refuse()
        if self._inode is None:
            self._adopt()
            return
        if _inode(self.path) != self._inode:
            raise self.lose("it was deleted or replaced")
        # The kept descriptor is the very file at the path, as was just seen.
        header = _identity(os.pread(self._descriptor, 100, 0))
        if header != self._header:
            raise self.lose("it was overwritten")
        if self._companions and self._companions != (_inode(self._wal), _inode(self._shm)):
            raise self.lose("its -wal or -shm file was removed")
        size = os.fstat(self._descriptor).st_size
        if size < self._size:  # cut off, or a VACUUM by hand
            self._look_through()
        self._size = size

    def remember_log(self) -> None:
        """
        Remember the -wal and -shm files, while a connection holds them in place.
        """
        if self._companions is None:
            wal, shm = _inode(self._wal), _inode(self._shm)
            if wal and shm:
                self._companions = (wal, shm)

    def lose(self, reason: str) -> DatabaseLostError:
        """
        Give the file up, for good. Return the error to raise.
        """
        self._lost = self._lost or reason
        return DatabaseLostError(self.path, reason=self._lost)

    def close(self) -> None:
        """
        Let the file go. Every connection to it must be closed before.
        """
        self._closed = True
        if self._inode is not None:
            _release(self._inode)
            self._inode = None

    def _refuse(self) -> None:
        if self._lost is not None:
            raise DatabaseLostError(self.path, reason=self._lost)
        if self._closed:
            raise DatabaseUnreachableError("it was closed")

    def _adopt(self) -> None:
        with _descriptors_lock:
            if self._inode is not None:  # another thread was faster
                return
            try:
                inode, descriptor = _acquire(self.path)
            except OSError as error:
                reason = (
                    "its file is not there" if not self.path.exists() else "its file cannot be read"
                )
                raise DatabaseUnreachableError(reason) from error
            try:
                header = os.pread(descriptor, 100, 0)
            except OSError:  # a folder
                header = b""
            if not header.startswith(MAGIC):
                _release_locked(inode)
                raise DatabaseUnreachableError("its file is not an SQLite database")
            self._header = _identity(header)
            self._size = os.fstat(descriptor).st_size
            self._descriptor = descriptor
            self._inode = inode

    def _look_through(self) -> None:
        # A connection of its own: the others may still hold the old pages.
        uri = f"{self.path.absolute().as_uri()}?mode=rw"
        try:
            with closing(sqlite3.connect(uri, uri=True)) as connection:
                found = connection.execute("PRAGMA quick_check(1)").fetchone()
        except sqlite3.DatabaseError:
            found = None
        if found != ("ok",):
            raise self.lose("it was cut off")


def _identity(header: bytes) -> bytes:
    """
    Return what never changes in a file's first 100 bytes: sqlite.org/fileformat.html, 1.3.
    """
    return header[:16] + header[60:64] + header[68:72]


def _inode(path: Path) -> Inode | None:
    try:
        found = os.stat(path)
    except OSError:
        return None
    return found.st_dev, found.st_ino


def _acquire(path: Path) -> tuple[Inode, int]:
    found = os.stat(path)
    inode = found.st_dev, found.st_ino
    if kept := _descriptors.get(inode):
        kept.users += 1
        return inode, kept.number
    number = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    opened = os.fstat(number)
    inode = opened.st_dev, opened.st_ino
    # Replaced between the two looks, by one we know: leave it open, see above.
    kept = _descriptors.setdefault(inode, _Descriptor(number, 0))
    kept.users += 1
    return inode, kept.number


def _release(inode: Inode) -> None:
    with _descriptors_lock:
        _release_locked(inode)


def _release_locked(inode: Inode) -> None:
    kept = _descriptors[inode]
    kept.users -= 1
    if not kept.users:
        del _descriptors[inode]
        os.close(kept.number)
