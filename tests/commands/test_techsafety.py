"""
AI and technology abuse: dangers, cautions, solutions.
"""

from commands.contract import Button
from tests.commands.answers import lists, texts
from tests.commands.conftest import Say


def test_dangers_cautions_and_solutions_are_those_of_the_slide(say: Say) -> None:
    assert lists(say("techsafety")) == {
        "Dangers": (
            "Fake jobs, gaming campaigns, etc.",
            "Misuse of language software.",
            "Using AI created content to commit online extortion and phishing.",
            "AI-generated malware.",
        ),
        "Cautions": ("Privacy", "Confidentiality", "Hallucinations", "Copyright"),
        "Solutions": (
            "AI Detection Software",
            "Get support removing unwanted content online at www.takeitdown.ncmec.org",
            "AI may facilitate advocacy, but use with caution.",
        ),
    }


def test_the_lost_heading_is_said_to_be_ours(say: Say) -> None:
    assert "Note: The list's heading is lost in our copy: the word Cautions is ours." in texts(
        say("techsafety")
    )


def test_who_helps_with_images_is_a_button_away(say: Say) -> None:
    assert say("techsafety").buttons == (
        Button(label="Images online: who helps", command="hotline image-abuse"),
    )
