"""
Eight trends and gaps, each with its responses.
"""

import pytest

from commands.contract import UserError
from tests.commands.answers import buttons, entries, headings, lists, titles
from tests.commands.conftest import Say

GAPS = {
    "Targeting of Youth incl. Foster Care & Unaccompanied": ("CFS CSEC services program", "Targeted HT Operations", "UC minors convening", "Targeted training/outreach", "LE/LT Data Collection", "Expanded youth legal services"),
    "Under-identification of HT Cases & Survivors": ("Targeted training/outreach", "Universal screening", "Expand network of ID partners", "Media campaign & materials"),
    "Limited Data Coordination & Sharing": ("Form HT Data Working Group", "Develop HT Data Plan", "Establish shared data principles & practices"),
    "Pro Bono Legal Services limited range & capacity": ("Mapping & gap analysis", "Develop provider relationships", "Expand available services", "Provide HT-specific training"),
    "Unstable Funding & Lack of Supports": ("Collaborative Funding Proposals", "Seek funding targeted to gaps", "ID alternate funding streams"),
    "Inadequate Shelter & Housing Resources": ("Survivor-centered placements", "Mapping & gap analysis", "Increase referrals to existing resources (LNF, MISSEY, MSH)"),
    "Need for Increased Coordination of Services": ("Case Referral Protocol", "Case Operations Protocol", "Increase referrals to HT-MDT", "Analyze service & cross-referral gaps"),
    "Few Specialized Mental Health Providers": ("Mapping & gap analysis", "Outreach to schools/programs", "Consider HT-specific program"),
}  # fmt: skip


def test_all_eight_are_listed_with_their_numbers(say: Say) -> None:
    assert titles(say("gaps")) == [f"{n}. {title}" for n, title in enumerate(GAPS, start=1)]
    assert next(iter(entries(say("gaps")).values())) == ("6 responses",)


@pytest.mark.parametrize("number", range(1, 9))
def test_a_number_opens_its_gap_with_its_responses(number: int, say: Say) -> None:
    title, responses = list(GAPS.items())[number - 1]

    reply = say(f"gaps {number}")

    assert (reply.title, lists(reply)) == (title, {"Responses": responses})


def test_the_buttons_open_what_they_stand_beside(say: Say) -> None:
    assert [say(button.command).title for button in buttons(say("gaps"))] == [
        *GAPS,
        "Gaps in services",
    ]


@pytest.mark.parametrize(
    ("asked", "number"),
    [
        ("#3", 3),
        ("number 3", 3),
        ("three", 3),
        ("eight", 8),
        ("shelter", 6),
        ("housing", 6),
        ("mental health", 8),
        ("legal", 4),
        ("pro bono", 4),
        ("funding", 5),
        ("data", 3),
        ("youth", 1),
        ("foster care", 1),
        ("coordination of services", 7),
        ("underidentification", 2),
        ("universal screening", 2),
        ("MISSEY", 6),
    ],
)
def test_a_gap_is_found_by_number_or_words(asked: str, number: int, say: Say) -> None:
    assert say(f"gaps {asked}").title == list(GAPS)[number - 1]


@pytest.mark.parametrize("asked", ["0", "9", "1000"])
def test_a_number_out_of_range_says_which_are_in_it(asked: str, say: Say) -> None:
    with pytest.raises(UserError, match=r"There are 8\. Type a number from 1 to 8: `/ht gaps 1`"):
        say(f"gaps {asked}")


def test_words_in_several_gaps_offer_just_those(say: Say) -> None:
    with pytest.raises(UserError) as error:
        say("gaps mapping")

    assert [button.label for button in error.value.buttons] == [
        list(GAPS)[3],
        list(GAPS)[5],
        list(GAPS)[7],
    ]


def test_where_they_come_from_is_said(say: Say) -> None:
    assert say("gaps").notes[1] == (
        "Based on responses received from CCHTF and CCHTC Partners to 2024 surveys."
    )


def test_before_any_agency_said_what_it_offers_every_service_is_a_gap(say: Say) -> None:
    reply = say("gaps services")

    assert headings(reply) == ["No agency says it offers"]
    assert len(lists(reply)["No agency says it offers"]) == 29
    assert reply.again == "gaps services"
