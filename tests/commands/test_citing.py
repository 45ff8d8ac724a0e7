"""
The quiet last line: each source once, the deck's first, with its places and its age.
"""

from dataclasses import replace
from datetime import date

from commands.citing import age, cite
from storage.provenance import Provenance

DECK = Provenance(
    source="Anti-Human Trafficking Update",
    kind="deck",
    publisher="Contra Costa County",
    place="Roles",
    as_of=date(2024, 11, 5),
    verified_on=None,
)
PAGE = replace(
    DECK,
    source="Page on 211",
    kind="page",
    publisher=None,
    place="public page",
    as_of=date(2025, 1, 1),
)


def test_a_source_is_named_once_with_all_its_places_in_order() -> None:
    assert cite([DECK, replace(DECK, place="Need"), DECK]) == (
        "County deck, Nov 2024; not yet re-checked by coordinators: “Roles”, “Need”.",
    )


def test_the_deck_comes_before_what_is_not_from_it() -> None:
    assert cite([PAGE, DECK]) == (
        "County deck, Nov 2024; not yet re-checked by coordinators: “Roles”.",
        "Not from the county deck. Page on 211, Jan 2025; not yet re-checked by coordinators: “public page”.",
    )


def test_a_publisher_stands_for_its_page() -> None:
    (note,) = cite([replace(PAGE, publisher="City of Concord")])

    assert note.startswith("Not from the county deck. City of Concord, Jan 2025;")


def test_what_coordinators_checked_says_when() -> None:
    assert age(DECK) == "Nov 2024; not yet re-checked by coordinators"
    assert age(replace(DECK, verified_on=date(2026, 2, 28))) == (
        "Nov 2024; checked by coordinators Feb 2026"
    )


def test_nothing_to_cite_is_no_note() -> None:
    assert cite([]) == ()
