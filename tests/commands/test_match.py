"""
Finding what was meant: spelling, plurals, order and filler forgiven, and no more.
"""

import pytest

from commands.match import (
    CLOSE,
    SURE,
    Words,
    corrected,
    find,
    holds,
    key_words,
    mentioned,
    named,
    same,
    score,
)

THINGS = [
    ("cvs", ("Community Violence Solutions", "CVS")),
    ("last", ("Justice At Last",)),
    ("family", ("Family Justice Center", "FJC")),
    ("tahirih", ("Tahirih Justice Center",)),
]


@pytest.mark.parametrize(
    ("query", "best"),
    [
        ("cvs", "cvs"),
        ("C V S", "cvs"),
        ("community violence", "cvs"),
        ("solutions community violence", "cvs"),
        ("comunity violense solutions", "cvs"),
        ("the Justice at Last", "last"),
        ("justice last", "last"),
        ("Tahirih", "tahirih"),
        ("tahiri justice center", "tahirih"),
    ],
)
def test_what_is_surely_meant_is_found(query: str, best: str) -> None:
    assert find(query, THINGS).best == best


def test_what_several_have_is_offered_and_not_chosen() -> None:
    match = find("justice", THINGS)

    assert match.best is None
    assert set(match.close) == {"last", "family", "tahirih"}


@pytest.mark.parametrize("query", ["", "  ", "zebra", "x", "?!", "liberty"])
def test_what_resembles_nothing_is_not_found(query: str) -> None:
    match = find(query, THINGS)

    assert (match.best, match.close) == (None, ())


def test_two_things_of_the_same_name_are_not_chosen_between() -> None:
    assert find("dup", [(1, ("dup",)), (2, ("dup",))]).best is None


@pytest.mark.parametrize(
    ("asked", "name", "least", "most"),
    [
        (("cvs",), ("cvs",), 100, 100),
        (("ht", "mdt"), ("htmdt",), 100, 100),
        (("justice",), ("justice", "last"), 80, 99),
        (("justic",), ("justice",), 80, 99.9),
        (("ab",), ("ac",), 0, 0),
        (("abc",), (), 0, 0),
        (("zebra",), ("justice",), 0, CLOSE - 1),
    ],
)
def test_a_score_is_a_hundred_only_for_the_same_words(
    asked: tuple[str, ...], name: tuple[str, ...], least: float, most: float
) -> None:
    assert least <= score(Words.of(asked), Words.of(name)) <= most
    assert CLOSE < SURE < 100


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("What is the CSEC?", ("csec",)),
        ("what does CSEC stand for", ("csec",)),
        ("the agencies", ("agency",)),
        ("who is", ("who", "is")),
        ("", ()),
        ("¿Qué es la HTTF?", ("httf",)),
    ],
)
def test_filler_is_dropped_unless_there_is_nothing_else(text: str, kept: tuple[str, ...]) -> None:
    assert key_words(text) == kept


@pytest.mark.parametrize(
    ("asked", "text", "held"),
    [
        (("legal",), "Legal Aid", True),
        (("lega",), "Legal Aid", True),
        (("le",), "Legal Aid", False),
        (("lagel",), "Legal Aid", False),
        (("houseing",), "housing", True),
        (("dental",), "mental", False),
        (("legal", "zebra"), "Legal Aid", False),
        ((), "anything", True),
    ],
)
def test_every_word_must_stand_in_the_text(asked: tuple[str, ...], text: str, held: bool) -> None:
    assert holds(asked, [text]) is held


@pytest.mark.parametrize(
    ("asked", "own"),
    [
        (("legal",), ("legal",)),
        (("lega",), ("lega",)),
        (("houseing",), ("housing",)),
        (("zebra",), None),
        (("legal", "zebra"), None),
        ((), ()),
    ],
)
def test_typed_words_are_replaced_by_our_own(
    asked: tuple[str, ...], own: tuple[str, ...] | None
) -> None:
    assert corrected(asked, ["Legal Aid", "housing"]) == own


def test_a_name_is_named_only_word_for_word() -> None:
    assert named("the CVS", THINGS) == ("cvs",)
    assert named("community violence", THINGS) == ()
    assert named("", THINGS) == ()


NEEDS = [
    ("crisis", ("crisis", "abuse", "help now")),
    ("child", ("child", "kid", "child abuse")),
    ("image", ("image abuse", "photos")),
    ("labor", ("wage theft", "not paid")),
]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("my kids", ("child",)),
        ("KID!", ("child",)),
        ("child abuse", ("child",)),
        ("image abuse", ("image",)),
        ("abuse of a child", ("crisis", "child")),
        ("photo of a kid", ("child", "image")),
        ("photoes", ("image",)),
        ("not getting paid", ("labor",)),
        ("not at all getting paid", ()),
        ("paid not", ()),
        ("kidney", ()),
        ("help me now", ("crisis",)),
        ("", ()),
    ],
)
def test_a_word_belongs_to_the_longest_name_it_stands_in(text: str, found: tuple[str, ...]) -> None:
    assert mentioned(text, NEEDS) == found


def test_ten_thousand_characters_are_no_trouble() -> None:
    assert mentioned("kid abuse " * 1_000, NEEDS) == ("crisis", "child")


def test_the_same_is_the_same_without_case_and_accents() -> None:
    assert same("Línea", "linea")
    assert not same("line", "lines")
