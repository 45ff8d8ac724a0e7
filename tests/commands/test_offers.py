"""
Who says they offer what, and what nobody does.
"""

import pytest

from commands.contract import Standing
from commands.offers import hours
from storage.directory import save
from storage.offerings import Hours
from tests.commands.office import Office
from tests.conftest import NOON

HOUSING = "immediate-and-daily-needs-shelter-housing"
IMMIGRATION = "legal-and-advocacy-immigration"
ALL = ["MO", "TU", "WE", "TH", "FR", "SA", "SU"]


@pytest.fixture
def library(sqlite_url, open_library):
    return open_library(sqlite_url)


@pytest.fixture
def office(library):
    office = Office(library, UGUEST=Standing.GUEST)

    def prepare(session):
        for key, languages in (
            (f"missey/{HOUSING}", ["spanish"]),
            (f"stand/{HOUSING}", []),
            (f"missey/{IMMIGRATION}", ["english"]),
        ):
            after = {"persons": ["minor"], "languages": languages}
            save(session, "offering", key, after, by="U1", now=NOON)

    office.do(prepare)
    return office


def test_who_says_they_offer_a_service_is_said_with_languages_and_date(office):
    text = office.say("services housing", by="UGUEST")

    assert "Agencies that say they offer it" in text
    assert (
        "MISSEY\nShelter, housing – A minor, under 18 · Spanish · Said by the agency, Mar 2026"
        in text
    )
    assert "Violence\nShelter, housing – A minor, under 18 · Said by the agency, Mar 2026" in text
    assert "partner stand" in office.buttons("services housing", by="UGUEST")


@pytest.mark.parametrize("asked", ["housing spanish", "housing in spanish", "vivienda en español", "spanish housing"])  # fmt: skip
def test_a_language_leaves_those_who_speak_it(asked, office):
    text = office.say(f"services {asked}", by="UANY")

    assert "Shelter, housing" in text
    assert "MISSEY" in text
    assert "STAND!" not in text


def test_where_nobody_speaks_it_the_others_are_shown_and_said_to_be_others(office):
    text = office.say("services immigration spanish", by="UANY")

    assert "No agency says it offers this in Spanish. These do not say so, or speak others:" in text
    assert "Immigration – A minor, under 18 · English" in text
    assert "Immigration" in office.say("services legal spanish", by="UANY")


def test_a_language_alone_lists_what_is_offered_in_it(office):
    text = office.say("services spanish", by="UANY")

    assert text.startswith("Services in Spanish")
    assert "Shelter, housing" in text
    assert "STAND!" not in text
    assert "No agency says it offers a service in" in office.say("services mandarin", by="UANY")


def test_a_service_nobody_offers_says_so(office):
    assert "No agency has said yet that it offers one of these" in office.say("services dental", by="UANY")  # fmt: skip


def test_the_gaps_are_what_nobody_or_only_one_says_they_offer(office):
    text = office.say("gaps services", by="UANY")

    nobody, _, alone = text.partition("Only one agency says it offers")
    assert "• Dental" in nobody
    assert "• Immigration" not in nobody
    assert "Immigration: MISSEY – Said by the agency, Mar 2026" in alone
    assert "Shelter, housing" not in text
    assert "Agencies that said what they offer: 2." in text
    assert text.count("• ") == 28


@pytest.mark.parametrize(
    ("byday", "note", "said"),
    [
        (ALL, None, "Mon–Sun"),
        (["SU", "MO"], None, "Mon, Sun"),
        (["MO", "TU", "TH"], "by phone", "Mon–Tue, Thu; by phone"),
        ([], "by appointment", "by appointment"),
    ],
)
def test_days_in_a_row_are_said_as_one(byday, note, said):
    found = Hours(byday=tuple(byday), opens_at=None, closes_at=None, description=note)

    assert hours(found) == said
