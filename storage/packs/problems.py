"""
What can be wrong with a pack, said so that its author can put it right.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from storage.errors import StorageError


@dataclass(frozen=True, kw_only=True)
class Problem:
    """
    Attributes:
        file: its name in the pack's folder; the folder's own where no file is meant.
        line: from 1, or None where the whole file is meant.
        field: ``hotlines[3].phones[0].number``, counted from 0; empty outside any.
        message: what is wrong, and what to write.
    """

    file: str
    line: int | None = None
    field: str = ""
    message: str

    def __str__(self) -> str:
        place = self.file if self.line is None else f"{self.file}:{self.line}"
        return ": ".join(part for part in (place, self.field, self.message) if part)


class PackError(StorageError):
    """
    A pack cannot be used. Carries all of its problems, in the order of the files.
    """

    def __init__(self, folder: Path, problems: Sequence[Problem]) -> None:
        self.folder = folder
        self.problems = tuple(
            sorted(problems, key=lambda problem: (problem.file, problem.line or 0))
        )
        super().__init__("\n".join(map(str, self.problems)))


class UnknownPackError(StorageError):
    """
    Neither a built-in pack nor a folder.
    """

    def __init__(self, name: str, *, known: Sequence[str]) -> None:
        super().__init__(
            f"there is no pack {name!r}: give a folder, or one of {', '.join(known) or 'none'}"
        )
        self.name = name
        self.known = tuple(known)
