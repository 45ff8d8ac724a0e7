"""
The index of names: whatever is asked, it finds what looking through every name finds.
"""

from hypothesis import given
from hypothesis import strategies as st

from commands.match import find, mentioned
from commands.names import Names

WORDS = st.sampled_from(
    [
        "justice",
        "last",
        "at",
        "tahirih",
        "center",
        "family",
        "county",
        "bay",
        "legal",
        "aid",
        "ruby",
        "place",
        "cvs",
        "child",
        "abuse",
        "prevention",
        "justicia",
        "último",
        "7",
        "12",
        "victim",
        "victims",
        "north",
    ]
)
NAMES = st.lists(st.lists(WORDS, max_size=4).map(" ".join), max_size=3)
THINGS = st.lists(NAMES, max_size=12).map(lambda all_: list(enumerate(all_)))
BROKEN = st.text(alphabet="abceijlnrstuv -7\n", max_size=14)
ASKED = st.one_of(
    st.lists(WORDS, max_size=4).map(" ".join),
    st.lists(WORDS, min_size=1, max_size=3).map(lambda some: " ".join(some)[1:-1]),
    BROKEN,
)


@given(things=THINGS, asked=ASKED)
def test_it_finds_what_looking_through_all_of_them_finds(things, asked):
    match, index = find(asked, things), Names(things).find(asked)

    assert index.best == match.best
    if match.best is None or len(index.close) > 1:
        assert index.close == match.close


@given(things=THINGS, said=ASKED)
def test_what_is_mentioned_is_what_looking_through_all_of_them_finds(things, said):
    assert Names(things).mentioned(said) == mentioned(said, things)


@given(
    things=THINGS,
    typed=st.one_of(ASKED.filter(bool), st.sampled_from(["t", "al", "just", " ", "\n", "É"])),
)
def test_what_holds_a_text_is_found_in_its_order(things, typed):
    found = list(Names(things).containing(typed))

    assert found == [
        thing
        for thing, names in things
        if any(typed.casefold() in name.casefold() for name in names)
    ]
