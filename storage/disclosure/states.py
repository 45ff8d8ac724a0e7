"""
What can be printed in a cell, and which whole numbers each mark can stand for.
"""

import re
from dataclasses import dataclass
from enum import Enum

# The least and the greatest whole number, both included; None means without end.
Domain = tuple[int, int | None]


class State(Enum):
    """
    The states of a cell. No two are ever written or read the same.
    """

    NUMBER = "number"
    BELOW = "below"  # primary: 1 up to the threshold less one
    WITHHELD = "withheld"  # complementary: the threshold or more
    HIDDEN = "hidden"  # never printed, but it can be derived
    NOT_COLLECTED = "not collected"
    NOT_REPORTED = "not reported"


@dataclass(frozen=True)
class Mark:
    """
    Attributes:
        value: the number of a NUMBER, the threshold of a BELOW, None in every other state.
    """

    state: State
    value: int | None = None

    def __str__(self) -> str:
        if self.state is State.NUMBER:
            return str(self.value)
        return f"<{self.value}" if self.state is State.BELOW else _WORDS[self.state]

    @property
    def absent(self) -> bool:
        """
        Say whether there is no cell here at all, so that it adds nothing to a total.
        """
        return self.state in {State.NOT_COLLECTED, State.NOT_REPORTED}


_WORDS = {
    State.WITHHELD: "*",
    State.HIDDEN: "hidden",
    State.NOT_COLLECTED: "N/A",
    State.NOT_REPORTED: "not reported",
}
_BY_WORD = {
    "*": State.WITHHELD,
    "hidden": State.HIDDEN,
    "n/a": State.NOT_COLLECTED,
    "not collected": State.NOT_COLLECTED,
    "not reported": State.NOT_REPORTED,
}
HOW_TO_MARK = 'a whole number, "<10", "*", "N/A" or "not reported"'
WITHHELD = Mark(State.WITHHELD)
HIDDEN = Mark(State.HIDDEN)
NOT_COLLECTED = Mark(State.NOT_COLLECTED)
NOT_REPORTED = Mark(State.NOT_REPORTED)


def number(value: int) -> Mark:
    """
    Return the mark that prints *value* itself.
    """
    return Mark(State.NUMBER, value)


def below(threshold: int) -> Mark:
    """
    Return the primary mark, ``<threshold``.
    """
    return Mark(State.BELOW, threshold)


def read_mark(written: object) -> Mark:
    """
    Read a mark as JSON, a spreadsheet or a person writes it.

    Args:
        written: a whole number, or text; "1,234" and " < 10 " are read too.

    Raises:
        ValueError: if it is no mark; a blank is none either, because it says nothing.
    """
    if isinstance(written, float) and written.is_integer():
        written = int(written)
    if isinstance(written, int) and not isinstance(written, bool) and written >= 0:
        return number(written)
    text = " ".join(written.split()).casefold() if isinstance(written, str) else ""
    if text in _BY_WORD:
        return Mark(_BY_WORD[text])
    if re.fullmatch(r"\d+|\d{1,3}(,\d{3})+", text):
        return number(int(text.replace(",", "")))
    if (found := re.fullmatch(r"< ?(\d+)", text)) and int(found[1]) > 1:
        return below(int(found[1]))
    raise ValueError(written)


def written(mark: Mark) -> int | str:
    """
    Return *mark* as JSON holds it: a number for a number, text for every other state.
    """
    return mark.value if mark.state is State.NUMBER and mark.value is not None else str(mark)


def domain(mark: Mark, threshold: int) -> Domain | None:
    """
    Return the whole numbers that *mark* can stand for.

    Args:
        threshold: of the cell's table; a ``<t`` carries its own.
    Returns:
        None where there is no cell.
    Source:
        suppression.md, "What the reader is assumed to know".
    """
    if mark.state is State.NUMBER and mark.value is not None:
        return (mark.value, mark.value)
    if mark.state is State.BELOW and mark.value is not None:
        return (1, mark.value - 1)
    if mark.state is State.WITHHELD:
        return (threshold, None)
    return (0, None) if mark.state is State.HIDDEN else None


def within(value: int, allowed: Domain) -> bool:
    """
    Say whether *value* lies in *allowed*.
    """
    low, high = allowed
    return low <= value and (high is None or value <= high)
