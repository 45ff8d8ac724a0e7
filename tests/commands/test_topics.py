"""
A subject of the deck alone, in a list, or picked from its section.
"""

from datetime import date

import pytest

from commands.contract import Bullets, Button, Entry, Heading, Text, UserError
from commands.topics import chosen, described, listed, page, whole
from storage.provenance import Provenance
from storage.topics import Topic

PROVENANCE = Provenance(
    source="Deck", kind="deck", publisher=None, place="Slide", as_of=date(2024, 11, 5), verified_on=None,
)  # fmt: skip


def topic(key: str, **values: object) -> Topic:
    known = {
        "section": "gap", "title": key.title(), "text": None, "note": None, "aliases": (), "points": {},
        "provenance": PROVENANCE,
    }  # fmt: skip
    return Topic(key=key, **{**known, **values})  # type: ignore[arg-type]


SHELTER = topic("shelter", aliases=("housing",), points={"Responses": ("Mapping", "Placements")})
LEGAL = topic("legal", text="Pro bono.", note="From surveys.", points={"": ("Mapping",)})
DATA = topic("data", points={"Responses": ("Plan",)})
THREE = (SHELTER, LEGAL, DATA)


def test_a_subject_is_told_with_its_text_points_and_note() -> None:
    assert described(LEGAL) == [
        Text(text="Pro bono."),
        Bullets(items=("Mapping",)),
        Text(text="Note: From surveys."),
    ]
    assert described(SHELTER) == [
        Heading(text="Responses"),
        Bullets(items=("Mapping", "Placements")),
    ]


def test_alone_it_has_a_way_back_and_can_be_asked_again() -> None:
    reply = page(SHELTER, verb="gaps", back="All gaps")

    assert (reply.title, reply.again) == ("Shelter", "gaps shelter")
    assert reply.buttons == (Button(label="All gaps", command="gaps"),)


def test_a_section_is_told_whole_under_its_titles() -> None:
    assert whole([DATA]) == [
        Heading(text="Data"),
        Heading(text="Responses"),
        Bullets(items=("Plan",)),
    ]


def test_in_a_list_each_says_what_there_is_and_opens() -> None:
    first, second, _ = listed(THREE, verb="gaps", numbered=True)

    assert first == Entry(
        title="1. Shelter",
        lines=("2 responses",),
        button=Button(label="Open 1", command="gaps shelter"),
    )
    assert second.lines == ("Pro bono.",)
    assert listed([DATA], verb="gaps")[0].button == Button(label="Open Data", command="gaps data")


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        ("1", SHELTER),
        ("3", DATA),
        ("#2", LEGAL),
        ("No. 2", LEGAL),
        ("two", LEGAL),
        ("housing", SHELTER),
        ("SHELTERS", SHELTER),
        ("placements", SHELTER),
        ("plan", DATA),
    ],
)
def test_a_number_a_name_or_a_word_of_it_picks_one(asked: str, found: Topic) -> None:
    assert chosen(asked, THREE, verb="gaps") is found


@pytest.mark.parametrize("asked", ["0", "4", "four", "9999"])
def test_a_number_that_is_none_of_them_says_so(asked: str) -> None:
    with pytest.raises(UserError, match="There are 3"):
        chosen(asked, THREE, verb="gaps")


@pytest.mark.parametrize(("asked", "offered"), [("mapping", ["Shelter", "Legal"]), ("zebra", ["Shelter", "Legal", "Data"])])  # fmt: skip
def test_what_fits_several_or_none_offers_them(asked: str, offered: list[str]) -> None:
    with pytest.raises(UserError) as error:
        chosen(asked, THREE, verb="gaps")

    assert [button.label for button in error.value.buttons] == offered
