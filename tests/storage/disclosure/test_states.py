"""
Marks: the five states, and what each can stand for.
"""

import pytest

from storage.disclosure.states import (
    HIDDEN,
    NOT_COLLECTED,
    NOT_REPORTED,
    WITHHELD,
    Mark,
    below,
    domain,
    number,
    read_mark,
    written,
)


@pytest.mark.parametrize(
    ("mark", "value", "allowed"),
    [
        (number(0), 0, (0, 0)),
        (number(12), 12, (12, 12)),
        (below(10), "<10", (1, 9)),
        (below(11), "<11", (1, 10)),
        (WITHHELD, "*", (10, None)),
        (HIDDEN, "hidden", (0, None)),
        (NOT_COLLECTED, "N/A", None),
        (NOT_REPORTED, "not reported", None),
    ],
)
def test_a_state_is_written_and_read_as_itself_alone(
    mark: Mark, value: object, allowed: object
) -> None:
    assert written(mark) == value
    assert read_mark(value) == mark
    assert domain(mark, 10) == allowed


@pytest.mark.parametrize(
    ("text", "mark"),
    [
        ("1,234", number(1234)),
        (" < 10 ", below(10)),
        ("n/a", NOT_COLLECTED),
        ("Not  Reported", NOT_REPORTED),
        (7.0, number(7)),
    ],
)
def test_the_ways_people_write_marks_are_read(text: object, mark: Mark) -> None:
    assert read_mark(text) == mark


@pytest.mark.parametrize("text", ["", None, "-", "**", "<1", "1.5", 1.5, -1, True, "12 34", "ten"])
def test_what_is_no_mark_is_never_guessed(text: object) -> None:
    with pytest.raises(ValueError):  # noqa: PT011  # read_mark raises it for nothing else
        read_mark(text)
