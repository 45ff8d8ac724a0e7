"""
What may be said in one cell of a survey: a whole number, or that there is none. No error
here repeats what was typed.
"""

import re
from collections.abc import Mapping
from enum import StrEnum
from typing import TypeAlias

MOST = 1_000_000  # beyond it a count is a slip of the pen
HOW = "Please type a whole number from 0 to 1,000,000, N/A, or not collected."
_WHOLE = re.compile(r"\d{1,9}|\d{1,3}(?:,\d{3}){1,2}", re.ASCII)


class Absent(StrEnum):
    """
    Why there is no number. Neither is a zero.
    """

    NOT_APPLICABLE = "N/A"  # there is nothing to count: it adds nothing to a total
    NOT_COLLECTED = "not collected"  # a total may have more than the parts that are known


# What one agency said, by the labels of a cell: of a question its text alone. What it
# picked of some options is text.
Value: TypeAlias = int | Absent | str
Labels: TypeAlias = tuple[str, ...]
Said: TypeAlias = Mapping[Labels, Value]

_WORDS = {
    "n/a": Absent.NOT_APPLICABLE,
    "na": Absent.NOT_APPLICABLE,
    "not applicable": Absent.NOT_APPLICABLE,
    "not collected": Absent.NOT_COLLECTED,
}


def read_value(typed: object) -> int | Absent:
    """
    Read what a person typed, or a spreadsheet holds.

    Raises:
        ValueError: if it is nothing of what may be said; `HOW` alone, never the value.
    """
    if isinstance(typed, float) and typed.is_integer():
        typed = int(typed)
    if isinstance(typed, int) and not isinstance(typed, bool):
        found: int | Absent | None = typed
    else:
        text = " ".join(typed.split()).casefold() if isinstance(typed, str) else ""
        found = _WORDS.get(text)
        if found is None and _WHOLE.fullmatch(text):
            found = int(text.replace(",", ""))
    if found is None or (isinstance(found, int) and not 0 <= found <= MOST):
        raise ValueError(HOW)
    return found
