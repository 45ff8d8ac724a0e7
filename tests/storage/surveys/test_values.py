import pytest

from storage.surveys.values import HOW, MOST, Absent, read_value


@pytest.mark.parametrize(
    ("typed", "read"),
    [
        ("0", 0),
        (" 17 ", 17),
        ("007", 7),
        ("1,234", 1234),
        ("1,000,000", MOST),
        (str(MOST), MOST),
        (12, 12),
        (12.0, 12),
        ("N/A", Absent.NOT_APPLICABLE),
        ("na", Absent.NOT_APPLICABLE),
        ("Not  Collected", Absent.NOT_COLLECTED),
    ],
)
def test_a_whole_number_or_that_there_is_none_is_read(typed, read):
    assert read_value(typed) == read


@pytest.mark.parametrize(
    "typed",
    ["", "-1", "-0", "1.5", "1.0", "12 people", "1000001", "1,000,001", "12,34", "1e3", "0x1", "<10",
     "*", "٣", "²", "twelve", "unknown", "1_000", "+4", "1 000", "=4", None, True, -1, 1.5, MOST + 1,
     float("nan"), float("inf"), [], "9" * 400],
)  # fmt: skip
def test_all_else_is_refused_in_the_same_words(typed):
    with pytest.raises(ValueError, match=r"whole number") as caught:
        read_value(typed)

    assert str(caught.value) == HOW
    assert caught.value.__cause__ is None
    assert caught.value.__context__ is None


def test_neither_word_is_a_zero():
    assert {*Absent} & {0, "0"} == set()
    assert Absent.NOT_APPLICABLE != Absent.NOT_COLLECTED
