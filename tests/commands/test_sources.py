"""
Where the facts come from, and what the deck tells of itself.
"""

from itertools import pairwise

import pytest

from commands.contract import UserError
from tests.commands.answers import facts, headings, texts, titles
from tests.commands.conftest import Say

PRESENTERS = {
    "Corinna Espino": "CSEC Services Program Coordinator, Children and Family Services, EHSD.",
    "Mélody Saint-Saëns": "Alliance to End Abuse Division Manager, EHSD.",
    "Katrina Natale": "Director of Contra Costa Human Trafficking Taskforce, CCCDA.",
}
CHARTS = [
    "Age Distribution",
    "Race/Ethnicity",
    "New Human Trafficking Identifications, Investigations & Prosecutions (CY2023)",
    "Services Provided to HT Survivors",
]


def test_the_deck_comes_first_and_nothing_is_said_to_be_re_checked(say: Say) -> None:
    listed = titles(say("sources"))

    assert listed[0] == "Anti-Human Trafficking Update"
    assert len(listed) == len(set(listed)) > 10


def test_the_deck_says_whose_it_is_and_how_old(say: Say) -> None:
    told = facts(say("sources deck"))

    assert (told["Publisher"], told["As of"], told["Re-checked"]) == (
        "Contra Costa County",
        "Nov 05, 2024",
        "not yet",
    )


def test_the_agenda_has_its_five_points(say: Say) -> None:
    assert facts(say("sources agenda"))["Agenda"] == (
        "Need · Roles · Models & Best Practices · Trends & Gaps · Motion"
    )


def test_presenters_are_presenters_of_that_day_and_no_contacts(say: Say) -> None:
    reply = say("sources presenters")

    told = facts(reply)
    assert headings(reply) == ["Presenters of that day, not contacts of today"]
    assert told == {
        name: f"{office} A presenter of November 5, 2024, not a contact of today."
        for name, office in PRESENTERS.items()
    }


@pytest.mark.parametrize("name", [*PRESENTERS, "katrina natale", "melody saint-saens"])
def test_a_presenter_is_found_by_name(name: str, say: Say) -> None:
    assert list(facts(say(f"sources {name}"))) == list(PRESENTERS)


@pytest.mark.parametrize("asked", ["charts", "age chart", "race chart", "age distribution", "race/ethnicity"])  # fmt: skip
def test_a_chart_says_that_its_data_is_not_in_our_source(asked: str, say: Say) -> None:
    told = facts(say(f"sources {asked}"))

    assert list(told) == CHARTS
    assert all(said.startswith("The chart's data is not in our source.") for said in told.values())


def test_the_motion_and_the_last_slide_are_as_printed(say: Say) -> None:
    assert facts(say("sources motion"))["Motion"] == (
        "RECEIVE presentation on Anti-Human Trafficking Update."
    )
    assert texts(say("sources last slide")) == ["We are all preventionists!"]


def test_the_note_on_its_figures_is_as_printed(say: Say) -> None:
    assert texts(say("sources survey")) == [
        (
            "Data based on CCHTF data survey of May 2024. Not all members represented. When the "
            "number of cases is less than 10, this is indicated as “<10” to preserve anonymity."
        )
    ]


def test_what_our_copy_lost_is_said(say: Say) -> None:
    told = facts(say("sources lost"))

    assert told["Collaboratives & Partnerships"] == (
        "The slide's logos are lost in our copy: which partners it showed is not in our source."
    )


def test_the_deck_tells_all_of_it_in_the_order_of_its_slides(say: Say) -> None:
    told = headings(say("sources deck"))

    assert told[0] == "Agenda"
    assert told[-1] == "Last slide"
    assert all(one != other for one, other in pairwise(told))


@pytest.mark.parametrize(("asked", "title"), [("childhelp", "Page on Childhelp"), ("211", "Page on 211"), ("county deck", "Anti-Human Trafficking Update"), ("slides", "Anti-Human Trafficking Update")])  # fmt: skip
def test_a_source_is_found_by_its_words(asked: str, title: str, say: Say) -> None:
    assert say(f"sources {asked}").title == title


def test_an_unknown_source_offers_them(say: Say) -> None:
    with pytest.raises(UserError, match="Which source") as error:
        say("sources zebra")

    assert error.value.buttons
