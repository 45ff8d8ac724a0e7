"""
The file of a backup: a zip with a table a member, a row a line, and a manifest by which
all of it is proved.
"""

import json
import zipfile
import zlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from hashlib import sha256
from pathlib import Path
from typing import Any, Self

from storage.backup.errors import ArchiveError

FORMAT = 1
MANIFEST = "manifest.json"
_MOMENT = (1980, 1, 1, 0, 0, 0)  # of every member: when it was taken stands in the manifest
_MOST = 64 * 1024 * 1024  # bytes of a line, or of a manifest
_TROUBLE = (zipfile.BadZipFile, zlib.error, EOFError, OSError, RuntimeError)


@dataclass(frozen=True, kw_only=True)
class Column:
    """
    Attributes:
        kind: see `storage.backup.cells`.
    """

    name: str
    kind: str


@dataclass(frozen=True, kw_only=True)
class Table:
    """
    Attributes:
        rows: how many.
        digest: SHA-256 of its lines, in hexadecimal.
    """

    name: str
    columns: tuple[Column, ...]
    rows: int
    digest: str

    @property
    def member(self) -> str:
        return f"tables/{self.name}.jsonl"


@dataclass(frozen=True, kw_only=True)
class Manifest:
    """
    Attributes:
        revision: of the schema.
        engine: "sqlite" or "postgresql": where it is from.
        taken_at: the moment that everything in it is of.
    """

    format: int
    revision: str
    engine: str
    taken_at: datetime
    tables: tuple[Table, ...]

    @property
    def rows(self) -> int:
        return sum(table.rows for table in self.tables)

    def to_json(self) -> str:
        said = asdict(self) | {"taken_at": self.taken_at.isoformat()}
        return json.dumps(said, indent=1)

    @classmethod
    def from_json(cls, text: bytes) -> Self:
        """
        Raises:
            ArchiveError: if it is no manifest, or of a format that is not known.
        """
        try:
            said = json.loads(text)
            if said["format"] != FORMAT:
                raise ArchiveError(
                    f"it is of format {said['format']!r}, and this version knows format {FORMAT}"
                )
            return cls(
                format=FORMAT,
                revision=str(said["revision"]),
                engine=str(said["engine"]),
                taken_at=datetime.fromisoformat(said["taken_at"]),
                tables=tuple(
                    Table(
                        name=str(each["name"]),
                        columns=tuple(
                            Column(name=str(column["name"]), kind=str(column["kind"]))
                            for column in each["columns"]
                        ),
                        rows=int(each["rows"]),
                        digest=str(each["digest"]),
                    )
                    for each in said["tables"]
                ),
            )
        except (ValueError, KeyError, TypeError):
            raise ArchiveError("its manifest is damaged") from None


class Count:
    """
    How many lines there were, and the digest of them.
    """

    def __init__(self) -> None:
        self.rows = 0
        self._digest = sha256()

    def add(self, line: bytes) -> None:
        self.rows += 1
        self._digest.update(line)

    @property
    def digest(self) -> str:
        return self._digest.hexdigest()

    def proves(self, table: Table) -> bool:
        return (self.rows, self.digest) == (table.rows, table.digest)


def line_of(cells: Sequence[Any]) -> bytes:
    """
    Return the line of a row.
    """
    return json.dumps(cells, separators=(",", ":")).encode() + b"\n"


class Writer:
    """
    Writes a backup into *path*, table by table.
    """

    def __init__(self, path: Path) -> None:
        self._zip = zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED)
        self._tables: list[Table] = []

    def add(self, name: str, columns: Sequence[Column], rows: Iterable[Sequence[Any]]) -> None:
        """
        Write a table.

        Args:
            rows: their cells as JSON takes them, in the order of *columns*.
        """
        count = Count()
        table = Table(name=name, columns=tuple(columns), rows=0, digest="")
        with self._zip.open(_member(table.member), "w", force_zip64=True) as out:
            for cells in rows:
                line = line_of(cells)
                count.add(line)
                out.write(line)
        self._tables.append(
            Table(name=name, columns=tuple(columns), rows=count.rows, digest=count.digest)
        )

    def finish(self, *, revision: str, engine: str, taken_at: datetime) -> Manifest:
        """
        Write the manifest, and close the file.
        """
        manifest = Manifest(
            format=FORMAT,
            revision=revision,
            engine=engine,
            taken_at=taken_at,
            tables=tuple(self._tables),
        )
        self._zip.writestr(_member(MANIFEST), manifest.to_json())
        self.close()
        return manifest

    def close(self) -> None:
        self._zip.close()


class Archive:
    """
    A backup to read from, for the length of a `with` block.

    Raises:
        ArchiveError: if *path* is no backup, or is damaged.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        try:
            self._zip = zipfile.ZipFile(path)
        except FileNotFoundError:
            raise ArchiveError("there is no such file") from None
        except _TROUBLE:
            raise ArchiveError("it is no backup of ours, or is cut off") from None
        try:
            self.manifest = Manifest.from_json(self._whole(MANIFEST))
        except BaseException:
            self._zip.close()
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._zip.close()

    def rows(self, table: Table) -> Iterator[list[Any]]:
        """
        Yield the rows of *table*, as they were written.

        Raises:
            ArchiveError: at the end, if they are not all there as they were.
        """
        count = Count()
        try:
            with self._zip.open(table.member) as lines:
                while line := lines.readline(_MOST):
                    count.add(line)
                    cells = json.loads(line)
                    if not isinstance(cells, list) or len(cells) != len(table.columns):
                        raise ArchiveError(f"a row of {table.name} is damaged")
                    yield cells
        except (*_TROUBLE, ValueError, KeyError):
            raise ArchiveError(f"{table.name} is damaged") from None
        if not count.proves(table):
            raise ArchiveError(f"{table.name} is not what was written")

    def verify(self) -> Manifest:
        """
        Read all of it, and prove every count and digest.

        Raises:
            ArchiveError: if anything is not as it was written.
        """
        held = [name for name in self._zip.namelist() if name != MANIFEST]
        if sorted(held) != sorted(table.member for table in self.manifest.tables):
            raise ArchiveError("its tables are not those of its manifest")
        for table in self.manifest.tables:
            for _ in self.rows(table):
                pass
        return self.manifest

    def _whole(self, name: str) -> bytes:
        try:
            with self._zip.open(name) as member:
                return member.read(_MOST)
        except (*_TROUBLE, KeyError):
            raise ArchiveError("it has no manifest that can be read") from None


def _member(name: str) -> zipfile.ZipInfo:
    info = zipfile.ZipInfo(name, date_time=_MOMENT)
    info.compress_type = zipfile.ZIP_DEFLATED
    info.external_attr = 0o600 << 16
    return info
