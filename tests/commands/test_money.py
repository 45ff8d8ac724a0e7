"""
Amounts as people read them.
"""

import pytest

from commands.money import dollars


@pytest.mark.parametrize(
    ("cents", "said"),
    [
        (None, "N/A"),
        (0, "$0"),
        (99, "$0.99"),
        (100, "$1"),
        (10_728_040, "$107,280.40"),
        (10_728_005, "$107,280.05"),
        (33_222_200, "$332,222"),
        (129_443_400, "$1,294,434"),
    ],
)
def test_cents_are_said_as_dollars_and_none_as_printed(cents: int | None, said: str) -> None:
    assert dollars(cents) == said
