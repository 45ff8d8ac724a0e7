"""
The 29 services of the deck in its four groups.
"""

import pytest

from commands.contract import UserError
from commands.services import WHO
from tests.commands.answers import lists, texts
from tests.commands.conftest import Say

GROUPS = {
    "Legal help and advocacy": (
        "Restraining Orders", "Immigration", "Family Law", "Labor/employment law", "Consumer law, tax law",
        "Dependency", "Vacatur/post-conviction relief", "Court accompaniment", "Victim's rights advocacy",
    ),
    "Money, education and work": (
        "Victim Compensation", "Financial Supports", "Education, GED, scholarships",
        "Job Trainings & Employment Support", "Work Permits",
    ),
    "Immediate and daily needs": (
        "Crisis intervention", "Safety plan", "Food", "Shelter, housing", "Clothes, toiletries",
        "Childcare, family needs", "Aids, accommodations", "Transport", "Language access",
    ),
    "Health": (
        "Medical Treatment", "Access to Medication", "Mental Health", "Dental", "Substance Use", "Alcohol Abuse",
    ),
}  # fmt: skip


def test_all_29_services_are_listed_in_four_groups(say: Say) -> None:
    told = lists(say("services"))

    assert told == GROUPS
    assert sum(map(len, told.values())) == 29


def test_that_the_groups_names_are_ours_is_said_once(say: Say) -> None:
    notes = say("services").notes

    assert notes == (
        "County deck, Nov 2024; not yet re-checked by coordinators: “Comprehensive Services”.",
        "The slide's column heads are lost in our copy: the group's name is ours.",
    )


def test_who_offers_them_is_not_guessed(say: Say) -> None:
    assert texts(say("services")) == [WHO]


@pytest.mark.parametrize(("asked", "group"), [("legal", 0), ("lawyer", 0), ("abogado", 0), ("money", 1), ("economic", 1), ("basic needs", 2), ("health", 3), ("healthcare", 3), ("salud", 3)])  # fmt: skip
def test_a_group_is_found_by_its_names(asked: str, group: int, say: Say) -> None:
    name = list(GROUPS)[group]

    assert lists(say(f"services {asked}")) == {name: GROUPS[name]}


@pytest.mark.parametrize(
    ("asked", "service"),
    [
        ("housing", "Shelter, housing"),
        ("shelters", "Shelter, housing"),
        ("rent", "Shelter, housing"),
        ("refugio", "Shelter, housing"),
        ("dentist", "Dental"),
        ("mental health", "Mental Health"),
        ("therapy", "Mental Health"),
        ("drugs", "Substance Use"),
        ("visa", "Immigration"),
        ("imigration", "Immigration"),
        ("wage theft", "Labor/employment law"),
        ("GED", "Education, GED, scholarships"),
        ("work permits", "Work Permits"),
        ("interpreter", "Language access"),
        ("expungement", "Vacatur/post-conviction relief"),
        ("child care", "Childcare, family needs"),
        ("bus", "Transport"),
    ],
)
def test_a_service_is_found_by_what_people_call_it(asked: str, service: str, say: Say) -> None:
    assert list(lists(say(f"services {asked}")).values()) == [(service,)]


def test_a_part_of_a_word_finds_all_that_begin_so(say: Say) -> None:
    reply = say("services educ")

    assert lists(reply) == {"Money, education and work": ("Education, GED, scholarships",)}
    assert say(reply.again or "") == reply


def test_words_of_no_service_offer_the_groups_and_the_hotlines_that_fit(say: Say) -> None:
    with pytest.raises(UserError, match="No service in our sources") as error:
        say("services zebra for a minor")

    assert [button.command for button in error.value.buttons] == [
        "services legal-and-advocacy",
        "services money-education-work",
        "services immediate-and-daily-needs",
        "services health",
        "hotline minor",
    ]
