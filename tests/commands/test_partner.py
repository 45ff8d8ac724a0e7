"""
One agency: how to reach it, what it does, what it was paid, as in the deck.
"""

import pytest

from commands.contract import Reply, UserError
from commands.partner import NO_CONTACT
from tests.commands.answers import entries, facts, headings, lists, texts
from tests.commands.conftest import Say

IPV = "Funding for interpersonal violence that includes human trafficking (from Alliance to End Abuse)"
HT = "Funding specifically for human trafficking prevention and intervention (from Alliance to End Abuse)"
CIC = "Children's Interview Center, CSEC program, and human trafficking intervention direct services (from Children and Family Services)"
FOOTNOTE = "The CIC contract with CVS includes $122,000 revenue submitted to EHSD from local law enforcement agencies."

DUTIES = {
    "alliance": [
        "Implements BOS' policy to end interpersonal violence (IPV) incl. all forms of HT.",
        "Offers backbone support to a county-wide, multi-sector, public-private partnership & multiple collaboratives.",
    ],
    "cfs": [
        "Under Commercially Sexual Exploited Children (CSEC) Services Program.",
        "Identifies children/youth who are, or at risk of becoming, victims of commercial sexual exploitation.",
        "Determines appropriate & trauma-informed services.",
    ],
    "wfs": [
        "Facilitates access to governmental programs for those in need.",
        "Administers Trafficking & Crime Victim Assistance Program (TCVAP), CalWORKS, CalFresh, Medi-Cal, etc.",
    ],
    "da": [
        "Collaborates to identify & investigate cases of HT",
        "Prosecutes HT & HT-related crimes",
        "Seeks restitution to make victims whole",
        "Provides services and support to crime victims (VWAP)",
        "Partners on other forms of relief available to HT survivors",
        "Co-Chairs CCHTTF",
        "Subcontracts with: local LE agencies to support collaborative HT investigations",
    ],
    "cvs": [
        "Provides 24/7/365 crisis line & on-site response",
        "Team of expert HT case specialists",
        "Array of services & programs",
        "Co-chairs CCHTTF",
    ],
}  # fmt: skip
FUNDING = {
    "da": [f"FY 2023-24: $332,222, {HT}", f"FY 2024-25: $250,000, {HT}"],
    "justice at last": [f"FY 2023-24: $100,000, {HT}", f"FY 2024-25: N/A, {HT}"],
    "bay area legal aid": [f"FY 2023-24: $87,003, {IPV}", f"FY 2024-25: $160,594, {IPV}"],
    "cvs": [
        f"FY 2023-24: $124,384, {IPV}", f"FY 2024-25: $280,065, {IPV}",
        f"FY 2023-24: $312,000, {CIC}. {FOOTNOTE}", f"FY 2024-25: $190,000, {CIC}",
    ],
    "family justice center": [f"FY 2023-24: $228,740, {IPV}", f"FY 2024-25: $427,588, {IPV}"],
    "tahirih": [f"FY 2023-24: N/A, {IPV}", f"FY 2024-25: $40,000, {IPV}"],
    "love never fails": [
        "FY 2023-24: $120,085, Search and recovery services (from Children and Family Services)",
        "FY 2024-25: $124,598, Search and recovery services (from Children and Family Services)",
    ],
    "alliance": ["Year not printed: $107,280.40, 1 FTE"],
    "cfs": ["Year not printed: $363,328, 2.45 FTE"],
    "wfs": ["Year not printed: $90,614, .58 FTE, TCVAP"],
}  # fmt: skip
REACHED = {
    "cvs": {"Community Violence Solutions crisis line": "1 (800) 670-7273"},
    "da": {"Contra Costa Human Trafficking Tip Line": "(925) 957-8658"},
    "cfs": {
        "Child Abuse Hotline, Children & Family Services": "1 (877) 881-1116",
        "CSEC e-mail, Children & Family Services": "CFSCEC@ehsd.cccounty.us (as printed, unconfirmed)",
    },
    "family justice center": {"Contra Costa County Family Justice Alliance": "(510) 974-7200 – West County (Richmond)"},
    "stand": {"STAND!": "1-888-215-5555"},
}  # fmt: skip
UNKNOWN = [
    "ehsd", "alliance", "wfs", "justice at last", "irc", "love never fails", "arm of care", "h3", "bay area legal aid",
    "tahirih", "my sisters house", "missey", "uc berkeley", "board of supervisors", "victim witness",
]  # fmt: skip


@pytest.mark.parametrize("agency", DUTIES)
def test_its_duties_are_those_of_its_slide(agency: str, say: Say) -> None:
    assert list(lists(say(f"partner {agency}"))["What it does"]) == DUTIES[agency]


@pytest.mark.parametrize("agency", FUNDING)
def test_its_funding_is_as_printed(agency: str, say: Say) -> None:
    assert list(lists(say(f"partner {agency}"))["Funding"]) == FUNDING[agency]


@pytest.mark.parametrize("agency", REACHED)
def test_its_lines_are_those_of_our_sources_and_stand_first(agency: str, say: Say) -> None:
    reply = say(f"partner {agency}")

    found = {name: lines[0] for name, lines in entries(reply).items()}
    assert found == REACHED[agency]
    assert headings(reply)[0] == "Contact"


@pytest.mark.parametrize("agency", UNKNOWN)
def test_without_a_contact_in_our_sources_none_is_guessed(agency: str, say: Say) -> None:
    reply = say(f"partner {agency}")

    assert NO_CONTACT == "No contact on file. Ask a coordinator."
    assert NO_CONTACT in texts(reply)
    assert entries(reply) == {}


def test_a_line_from_elsewhere_says_so_on_the_page_of_its_agency(say: Say) -> None:
    reply = say("partner stand")

    assert (
        "Not from the county deck: City of Concord, date not recorded" in entries(reply)["STAND!"]
    )
    assert len(reply.notes) == 2


def test_the_tip_line_is_said_to_be_voicemail(say: Say) -> None:
    assert "Non-emergency voicemail" in entries(say("partner da"))["Contra Costa Human Trafficking Tip Line"]  # fmt: skip


def test_the_task_force_has_its_mission_projects_and_education(say: Say) -> None:
    told = lists(say("partner cchttf"))

    assert told["Mission"] == (
        "Comprehensive services",
        "Exploiter accountability",
        "Education & Prevention",
        "Data-driven approach",
    )
    assert told["Key projects and initiatives"] == (
        "Survivor Leadership",
        "Vacatur",
        "Interpreters Bureau",
        "Protocols",
    )
    assert told["Education, training and outreach"] == (
        "Prevention Education",
        "Basic & Advanced Trainings",
        "Strategic Outreach",
    )


def test_cvs_has_its_schools_its_four_subcontracts_and_the_doubt_about_its_slide(say: Say) -> None:
    reply = say("partner cvs")

    assert lists(reply)["Education, training and outreach"] == ("Education/prevention in schools",)
    assert lists(reply)["Subcontracts with"] == (
        "Bay Area Legal Aid",
        "Justice At Last",
        "International Rescue Committee",
        "My Sister's House",
    )
    assert any("is inferred" in text for text in texts(reply))


def test_a_bureau_says_whose_it_is_and_a_department_opens_its_bureaus(say: Say) -> None:
    assert facts(say("partner cfs"))["Part of"] == "Employment & Human Services Department"
    assert [button.command for button in say("partner ehsd").buttons] == [
        "partner alliance",
        "partner cfs",
        "partner wfs",
        "partners",
        "wrong number organization ehsd",
    ]


@pytest.mark.parametrize(
    ("asked", "title"),
    [
        ("CVS", "Community Violence Solutions (CVS)"),
        ("community violence", "Community Violence Solutions (CVS)"),
        ("comunity violense solutions", "Community Violence Solutions (CVS)"),
        ("the da", "Contra Costa County District Attorney's Office"),
        ("District Attorneys office", "Contra Costa County District Attorney's Office"),
        ("victim witness", "DA - Victim Witness Assistance"),
        ("justise at last", "Justice At Last"),
        ("IRC", "International Rescue Committee"),
        ("FJC", "Family Justice Center"),
        ("family justice alliance", "Family Justice Center"),
        ("stand", "STAND! for Families Free of Violence (STAND!)"),
        ("LNF", "Love Never Fails"),
        ("msh", "My Sister's House"),
        ("berkeley", "UC Berkeley"),
        ("tcvap", "Workforce Services (WFS)"),
    ],
)
def test_a_name_is_found_however_it_is_typed(asked: str, title: str, say: Say) -> None:
    assert say(f"partner {asked}").title == title


def test_a_name_that_several_have_asks_which(say: Say) -> None:
    reply: Reply = say("partner justice")

    assert (reply.title, list(entries(reply))) == (
        "Which agency do you mean?",
        ["Justice At Last", "Family Justice Center", "Tahirih Justice Center"],
    )
    assert reply.shareable is False


@pytest.mark.parametrize(("asked", "told"), [("", "Which agency?"), ("liberty", "No agency of that name"), ("zebra", "No agency of that name")])  # fmt: skip
def test_no_name_and_an_unknown_name_say_what_to_do(asked: str, told: str, say: Say) -> None:
    with pytest.raises(UserError, match=told) as error:
        say(f"partner {asked}")

    assert [button.command for button in error.value.buttons] == ["partners"]
