"""
What an abbreviation stands for as printed, or that the deck does not say.
"""

import pytest

from commands.contract import UserError
from commands.define import NOT_SAID
from tests.commands.answers import facts, headings, texts
from tests.commands.conftest import Say

KEY = {
    "CA DOJ": "California Department of Justice",
    "CaITIPA": "California Human Trafficking Investigators and Prosecutors",
    "CCHTTF": "Contra Costa Human Trafficking Task Force",
    "CFPIC/PACT": "Child and Family Policy Institute of California/Preventing and Addressing Child Trafficking Project",
    "DHHS-ACF": "Department of Health and Human Services-Administration for Children & Families",
    "ECM TA": "Enhanced Collaborative Model Technical Assistance",
    "FBI": "Federal Bureau of Investigations",
    "HSI": "Homeland Security Investigations",
    "IACP": "International Association of Chiefs of Police",
    "JESF": "Joint Enforcement Strike Force",
    "LCDAO": "Los Angeles County District Attorney's Office",
    "NCMEC": "National Center for Missing and Exploited Children",
    "NHTHL": "National Human Trafficking Hotline",
    "SOGIE": "Sexual Orientation, Gender Identity & Expression",
    "USAO": "United States Attorneys' Offices",
    "USDOJ": "United States Department of Justice",
    "USDOL": "United States Department of Labor",
}
ON_A_SLIDE = {
    "EHSD": "Employment & Human Services Department",
    "CFS": "Children and Family Services Bureau",
    "WFS": "Workforce Services Bureau",
    "TCVAP": "Trafficking and Crime Victim Assistance Program",
    "CSEC": "Commercially Sexually Exploited Children",
    "CSEC/Y": "Commercial Sexual Exploitation of Children/Youth",
    "HTTF": "Human Trafficking Task Force",
    "HT-MDT": "Human Trafficking Multi-Disciplinary Team",
    "HT": "Human Trafficking",
    "IPV": "interpersonal violence",
    "CWS/CMS": "Child Welfare Services/Case Management System",
}
UNEXPLAINED = [
    "CCHTC", "CCCDA", "DEIA", "BIPOC", "BOS", "CVS", "HMIS", "H3", "CIC", "VWAP", "IBP", "LNF", "MSH", "MISSEY", "LE",
    "LT", "UC", "AI", "CC", "CY", "DA", "FTE", "FY", "GED", "ID",
]  # fmt: skip


@pytest.mark.parametrize("term", {**KEY, **ON_A_SLIDE})
def test_an_expansion_is_as_printed(term: str, say: Say) -> None:
    assert facts(say(f"define {term}")) == {term: {**KEY, **ON_A_SLIDE}[term]}


@pytest.mark.parametrize("term", UNEXPLAINED)
def test_what_the_deck_never_expands_is_not_guessed(term: str, say: Say) -> None:
    assert NOT_SAID == "the deck does not say"
    assert facts(say(f"define {term}")) == {term: "the deck does not say, and we do not guess"}


def test_all_terms_stand_in_three_classes(say: Say) -> None:
    reply = say("define")

    assert facts(reply) == {**KEY, **ON_A_SLIDE}
    assert len(KEY) == 17
    assert texts(reply) == [", ".join(UNEXPLAINED)]
    assert headings(reply) == [
        "In the deck's acronyms key",
        "Expanded on a slide",
        "Used in the deck; the deck does not say what they stand for",
    ]


@pytest.mark.parametrize(
    ("term", "note"),
    [
        ("CaITIPA", 'Printed "CaITIPA"'),
        ("FBI", 'Printed "Investigations"'),
        ("CCHTTF", "CCHTF"),
        ("CSEC", '"Commercially Sexual Exploited Children"'),
        ("UC", "University of California"),
        ("UC", "unaccompanied children"),
        ("CVS", "Community Violence Solutions"),
    ],
)
def test_oddities_stand_beside_the_term(term: str, note: str, say: Say) -> None:
    assert any(note in text for text in texts(say(f"define {term}")))


@pytest.mark.parametrize(
    ("asked", "term"),
    [
        ("csec", "CSEC"),
        ("CSEC?", "CSEC"),
        ("c.s.e.c.", "CSEC"),
        ("csec/y", "CSEC/Y"),
        ("CSECY", "CSEC/Y"),
        ("ht mdt", "HT-MDT"),
        ("mdt", "HT-MDT"),
        ("does CSEC stand for", "CSEC"),
        ("caltipa", "CaITIPA"),
        ("doj", "CA DOJ"),
        ("cchtf", "CCHTTF"),
        ("fbi mean", "FBI"),
        ("national human trafficking hotline", "NHTHL"),
        ("ht", "HT"),
        ("le/lt", "LT"),
    ],
)
def test_a_term_is_found_however_it_is_typed(asked: str, term: str, say: Say) -> None:
    assert say(f"define {asked}").title == f"Define: {term}"


def test_a_misspelt_term_is_offered(say: Say) -> None:
    with pytest.raises(UserError, match="Which term") as error:
        say("define htff")

    assert "define HTTF" in [button.command for button in error.value.buttons]


def test_an_unknown_term_is_not_in_our_sources_and_not_repeated(say: Say) -> None:
    with pytest.raises(UserError, match="That term is not in our sources") as error:
        say("define zebra")

    assert "zebra" not in str(error.value)
    assert [button.command for button in error.value.buttons] == ["define"]


def test_a_term_that_names_an_agency_leads_to_it(say: Say) -> None:
    assert [button.command for button in say("define CVS").buttons] == [
        "partner Community Violence Solutions",
        "define",
    ]
