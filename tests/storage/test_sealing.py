"""
Sealed values open for their key and their place alone, and tell nothing by their length.
"""

import pytest

from storage.errors import UnsealableError
from storage.sealing import BLOCK_BYTES, Sealer

KEY = "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="
OTHER_KEY = "AQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQE="


def test_what_was_sealed_opens_again():
    sealed = Sealer(KEY).seal([["North"], 7], context="release 1")

    assert Sealer(KEY).open(sealed, context="release 1") == [["North"], 7]


def test_the_same_value_is_sealed_differently_each_time_and_never_readable():
    first, second = (Sealer(KEY).seal({"North": 1234567}, context="release 1") for _ in range(2))

    assert first != second
    assert b"North" not in first
    assert b"1234567" not in first


def test_the_length_does_not_tell_a_large_count_from_a_small_one():
    sealer = Sealer(KEY)

    small, large = (len(sealer.seal({"a": count}, context="x")) for count in (1, 10**9))

    assert small == large > BLOCK_BYTES


@pytest.mark.parametrize(
    ("key", "context", "change"),
    [
        (OTHER_KEY, "release 1", lambda sealed: sealed),
        (KEY, "release 2", lambda sealed: sealed),
        (KEY, "release 1", lambda sealed: sealed[:-1] + bytes([sealed[-1] ^ 1])),
        (KEY, "release 1", lambda sealed: b"\\x02" + sealed[1:]),
        (KEY, "release 1", lambda sealed: sealed[:20]),
        (KEY, "release 1", lambda sealed: b""),
    ],
    ids=["another key", "another place", "a changed byte", "another format", "cut off", "empty"],
)
def test_what_is_not_as_it_was_does_not_open_and_says_nothing_of_what_is_in_it(
    key, context, change
):
    sealed = change(Sealer(KEY).seal(["SECRETVALUE"], context="release 1"))

    with pytest.raises(UnsealableError) as failed:
        Sealer(key).open(sealed, context=context)

    assert "SECRETVALUE" not in str(failed.value)
    assert failed.value.__cause__ is None
    assert KEY not in str(failed.value) + repr(Sealer(KEY))
