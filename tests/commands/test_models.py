"""
The four models and the nine principles.
"""

from tests.commands.answers import lists
from tests.commands.conftest import Say


def test_models_and_principles_are_those_of_the_slide(say: Say) -> None:
    told = lists(say("models"))

    assert told == {
        "4 models": (
            "Harm reduction",
            "Human rights",
            "Community safety",
            "Public health (prevention)",
        ),
        "9 principles": (
            "Multi-disciplinary",
            "Collaborative",
            "Trauma-informed",
            "Strengths-based",
            "Victim/survivor-centered",
            "Self-sufficiency & empowerment",
            "Survivor leadership",
            "Culturally, linguistically, & SOGIE competent & affirming",
            "Data & outcome driven",
        ),
    }


def test_what_follows_the_verb_changes_nothing(say: Say) -> None:
    assert say("models harm reduction") == say("models")
