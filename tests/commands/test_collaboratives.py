"""
The four collaboratives, as their slide tells them, with what our copy lost.
"""

import pytest

from commands.contract import UserError
from tests.commands.answers import entries, facts, lists, texts, titles
from tests.commands.conftest import Say

# name, purpose, size, how it is led, by whom
FOUR = {
    "httf": (
        "Human Trafficking Task Force (HTTF)",
        "A collaborative effort of over 40 agencies that provides direct services to survivors, holds traffickers accountable, educates the community and members, and harnesses data to support these efforts.",
        "over 40 agencies", "Co-led by", "Community Violence Solutions",
    ),
    "coalition": (
        "Human Trafficking Coalition",
        "An informal body overseen by the Board of Supervisors since 2009 which shares information, best practices, training, and networking around human trafficking issues.",
        None, "Led by", "Alliance to End Abuse",
    ),
    "mdt": (
        "Human Trafficking Multi-Disciplinary Team (HT-MDT)",
        "A collective of 30+ agencies that plans for and meets survivor goals for complex or high-risk human trafficking cases.",
        "30+ agencies", "Co-led by", "Alliance to End Abuse, Family Justice Center",
    ),
    "csec": (
        "Commercially Sexually Exploited Children / Youth (CSEC/Y) Interagency Steering Committee",
        "A committee that supports and guides the work of Contra Costa County to end CSEC/Y through identification, intervention, and education.",
        None, "Co-led by", "Contra Costa County Department of Human Services",
    ),
}  # fmt: skip


def test_there_are_four_each_with_its_purpose(say: Say) -> None:
    reply = say("collaboratives")

    assert titles(reply) == [name for name, *_ in FOUR.values()]
    assert [lines[0] for lines in entries(reply).values()] == [each[1] for each in FOUR.values()]


@pytest.mark.parametrize("key", FOUR)
def test_each_has_its_purpose_size_and_leads(key: str, say: Say) -> None:
    name, purpose, size, how, leads = FOUR[key]

    reply = say(f"collaboratives {key}")

    assert (reply.title, texts(reply)[0]) == (name, purpose)
    assert facts(reply) == {**({"Size": size} if size else {}), how: leads}


@pytest.mark.parametrize(("key", "incomplete"), [("httf", True), ("csec", True), ("coalition", False), ("mdt", False)])  # fmt: skip
def test_leads_lost_with_their_logos_are_said_to_be_incomplete(
    key: str, incomplete: bool, say: Say
) -> None:
    told = texts(say(f"collaboratives {key}"))

    assert any("Leads incomplete" in text for text in told) == incomplete


def test_subcommittees_are_said_to_be_proposed(say: Say) -> None:
    (heading,) = lists(say("collaboratives httf"))

    assert heading == "Subcommittees, proposed: not yet confirmed by coordinators"


@pytest.mark.parametrize(
    ("asked", "key"),
    [
        ("MDT", "mdt"),
        ("multi disciplinary team", "mdt"),
        ("the task force", "httf"),
        ("taskforce", "httf"),
        ("coaliton", "coalition"),
        ("steering committee", "csec"),
        ("CSEC/Y", "csec"),
        ("vacatur", "httf"),
        ("interpreters bureau", "httf"),
    ],
)
def test_a_name_or_a_seat_finds_its_collaborative(asked: str, key: str, say: Say) -> None:
    assert say(f"collaboratives {asked}").title == FOUR[key][0]


def test_an_unknown_name_offers_all_four(say: Say) -> None:
    with pytest.raises(UserError, match="Which collaborative") as error:
        say("collaboratives zebra")

    assert len(error.value.buttons) == 4
