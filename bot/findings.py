"""
What whoever looks after the bot is told: one line each, and what to do.
"""

from dataclasses import dataclass
from enum import StrEnum


class Level(StrEnum):
    OK = "ok"
    NOTE = "note"  # worth knowing; nothing to mend
    BAD = "bad"


@dataclass(frozen=True, kw_only=True)
class Finding:
    """
    Attributes:
        about: a word or two: "database".
        do: what to do; empty: nothing.
    """

    about: str
    level: Level
    says: str
    do: str = ""


def ok(about: str, says: str) -> Finding:
    return Finding(about=about, level=Level.OK, says=says)


def note(about: str, says: str, *, do: str = "") -> Finding:
    return Finding(about=about, level=Level.NOTE, says=says, do=do)


def bad(about: str, says: str, *, do: str) -> Finding:
    return Finding(about=about, level=Level.BAD, says=says, do=do)
