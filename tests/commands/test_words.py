import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from commands.words import fold, language_of, singular, unmarked, words


@pytest.mark.parametrize(
    ("typed", "folded"),
    [
        ("  Victim \n\t Services ", "victim services"),
        ("Mélody Saint-Saëns", "melody saint-saens"),
        ("NIÑA AÑOS", "nina anos"),
        ("ＤＯＢ： １２／３", "dob: 12/3"),
        ("vic\u200btim\u2060s\ufeff", "victims"),
        ("non\u2011breaking – dash — minus −", "non-breaking - dash - minus -"),
        ("“smart” ‘quotes’", "\"smart\" 'quotes'"),
        ("hot\u00adline", "hotline"),
        ("a\u00a0b\u3000c", "a b c"),
        ("housing 🏠 now", "housing now"),
        ("n.º 12 / N° 12", "n.o 12 / no 12"),
        ("٣٤", "34"),
        ("STRASSE straße", "strasse strasse"),
        ("a\x00b\x1bc", "abc"),
        ("", ""),
    ],
)
def test_two_spellings_of_one_text_fold_to_the_same(typed: str, folded: str) -> None:
    assert fold(typed) == folded


@given(st.text())
def test_folding_twice_changes_nothing_more(text: str) -> None:
    once = fold(text)

    assert fold(once) == once


@given(st.text())
def test_a_folded_text_has_no_edges_runs_of_spaces_or_accents(text: str) -> None:
    folded = fold(text)

    assert folded == " ".join(folded.split())
    assert not any(unicodedata.category(char) in {"Cf", "Cc", "Mn"} for char in folded)


@pytest.mark.parametrize(
    ("typed", "found"),
    [
        ("Children's Interview Center", ("children", "interview", "center")),
        ("victims’ rights", ("victims", "rights")),
        ("don't", ("dont",)),
        ("CSEC/Y HT-MDT 24/7", ("csec", "y", "ht", "mdt", "24", "7")),
        ("¿Dónde está?", ("donde", "esta")),
        ("STAND!", ("stand",)),
        ("!!!", ()),
    ],
)
def test_words_are_folded_and_free_of_marks(typed: str, found: tuple[str, ...]) -> None:
    assert words(typed) == found


@pytest.mark.parametrize(
    ("plural", "one"),
    [
        ("victims", "victim"),
        ("agencies", "agency"),
        ("services", "service"),
        ("children", "child"),
        ("people", "person"),
        ("crises", "crisis"),
        ("churches", "church"),
        ("boxes", "box"),
        ("victimas", "victima"),
        ("menores", "menor"),
        ("mujeres", "mujer"),
        ("adicciones", "adiccion"),
        ("trabajadores", "trabajador"),
        ("ninos", "nino"),
    ],
)
def test_a_plural_and_its_singular_are_one_word(plural: str, one: str) -> None:
    assert singular(plural) == one
    assert singular(one) == one


@pytest.mark.parametrize(
    "word", ["crisis", "status", "address", "cvs", "dhhs", "gas", "news", "hmis", "a", ""]
)
def test_a_word_that_only_ends_like_a_plural_stays(word: str) -> None:
    assert singular(word) == word


@pytest.mark.parametrize(
    ("typed", "shown"),
    [
        ("*DOB:* _today_", "DOB: today"),
        ("call <tel:+19255550100|925-555-0100>", "call 925-555-0100 +19255550100"),
        ("<mailto:ana@example.org|ana@example.org>", "ana@example.org"),
        ("ask <@U1|jane>", "ask Jane"),
        ("ask <@U024BE7LH>", "ask"),
        ("<https://example.org>", "example.org"),
        ("1 &lt; 2 &amp;amp; 3", "1 2 & 3"),
        ("hi :wave: there", "hi there"),
        ("at 10:30:15", "at 10:30:15"),
        ("star_baby@example.com", "star_baby@example.com"),
        ("client_id", "client id"),
    ],
)
def test_slacks_marks_are_read_as_a_person_sees_them(typed: str, shown: str) -> None:
    assert " ".join(unmarked(typed).split()) == shown


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("my client needs a bed", "en"),
        ("mi clienta necesita una cama", "es"),
        ("DOB 1/2/2010", "en"),
        ("", "en"),
    ],
)
def test_the_language_is_that_of_most_small_words(text: str, language: str) -> None:
    assert language_of(text, "en") == language


def test_a_text_without_small_words_takes_the_language_it_is_given() -> None:
    assert language_of("DOB 1/2/2010", "es") == "es"
