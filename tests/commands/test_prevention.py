"""
Three tiers, and four levels with their risk and protective factors.
"""

import pytest

from commands.contract import UserError
from tests.commands.answers import entries, lists, texts, titles
from tests.commands.conftest import Say

TIERS = {
    "Primary Prevention": "Identify root causes. Decrease risk factors & enhance protective factors to prevent HT before it occurs.",
    "Secondary Prevention": "Guide identification & early response to incidents of HT.",
    "Tertiary Prevention": "Reduce recidivism & revictimization & mitigate long-term impacts of HT.",
}
LEVELS = {
    "Individual level": (
        ("Age (minors, elder adults)", "Marginalized group", "Exposure to other trauma &/or abuse", "Substance use", "Systems involvement", "Unmet basic necessities", "Limited education"),
        ("Mental health & substance use disorders treatment", "Affordable, quality education", "Steady income", "Social-emotional well-being", "Basic necessities"),
    ),
    "Relational level": (
        ("Lack of support from family or caregiver", "Isolation", "Polyvictimization", "Aggressive/violent peer behavior", "Lack of financial stability"),
        ("Peer support", "Healthy relationship programs/education", "Parent & family engagement & social support programs", "Mentorship"),
    ),
    "Community level": (
        ("Lack of resources for social supports & healthy relationships", "Poverty", "Absence or lack of enforcement of worker rights", "Lack of intervention against violence"),
        ("Access to education & resources that address poverty", "Worker's Rights coalitions", "Positive youth development programs", "Mental health & social support resources"),
    ),
    "Societal level": (
        ("Societal factors that enable sex/labor exploitation of persons", "Discrimination & income inequity", "Laws/policies that limit access to health care, education, mental health resources, & economic stability"),
        ("Education & awareness trainings that promote social norms of non-exploitation & non-violence", "Laws, policies, & funding that increase access to social services & address inequities"),
    ),
}  # fmt: skip


def test_the_three_tiers_and_four_levels_are_listed(say: Say) -> None:
    assert titles(say("prevention")) == [*TIERS, *LEVELS]


def test_each_tier_is_told_at_once_and_each_level_says_how_much_there_is(say: Say) -> None:
    told = list(entries(say("prevention")).values())

    assert told[:3] == [(text,) for text in TIERS.values()]
    assert told[3:] == [
        ("7 risk factors, 5 protective factors",),
        ("5 risk factors, 4 protective factors",),
        ("4 risk factors, 4 protective factors",),
        ("3 risk factors, 2 protective factors",),
    ]


@pytest.mark.parametrize("level", LEVELS)
def test_a_level_has_its_factors_as_on_its_slide(level: str, say: Say) -> None:
    risks, protection = LEVELS[level]

    assert lists(say(f"prevention {level}")) == {
        "Risk factors": risks,
        "Protective factors": protection,
    }


@pytest.mark.parametrize(
    ("asked", "title"),
    [
        ("primary", "Primary Prevention"),
        ("tier 1", "Primary Prevention"),
        ("second", "Secondary Prevention"),
        ("tertiary", "Tertiary Prevention"),
        ("tier 3", "Tertiary Prevention"),
        ("level 2", "Relational level"),
        ("individual", "Individual level"),
        ("family", "Relational level"),
        ("comunity", "Community level"),
        ("society", "Societal level"),
        ("poverty", "Community level"),
        ("4", "Individual level"),
        ("mentorship", "Relational level"),
    ],
)
def test_a_tier_or_level_is_found_by_name_number_or_word(asked: str, title: str, say: Say) -> None:
    assert say(f"prevention {asked}").title == title


def test_the_last_slide_closes_the_list(say: Say) -> None:
    assert texts(say("prevention")) == ["We are all preventionists!"]


def test_an_unknown_word_offers_all_seven(say: Say) -> None:
    with pytest.raises(UserError) as error:
        say("prevention zebra")

    assert len(error.value.buttons) == 7
