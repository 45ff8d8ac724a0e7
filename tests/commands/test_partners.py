"""
The agencies that the county's sources name, and no others.
"""

import pytest

from commands.contract import UserError
from tests.commands.answers import buttons, entries, titles
from tests.commands.conftest import Say

# Every agency of the deck's text, in the order of its slides.
AGENCIES = [
    "Board of Supervisors",
    "Employment & Human Services Department (EHSD)",
    "Alliance to End Abuse",
    "Children & Family Services (CFS)",
    "Workforce Services (WFS)",
    "Contra Costa County District Attorney's Office",
    "DA - Victim Witness Assistance",
    "Contra Costa Human Trafficking Task Force (CCHTTF)",
    "Community Violence Solutions (CVS)",
    "Family Justice Center",
    "International Rescue Committee",
    "Justice At Last",
    "Love Never Fails",
    "STAND! for Families Free of Violence (STAND!)",
    "Arm of Care",
    "Contra Costa H3",
    "Bay Area Legal Aid",
    "Tahirih Justice Center",
    "My Sister's House",
    "MISSEY",
    "UC Berkeley",
    "Contra Costa County Department of Human Services",
]


def test_all_agencies_of_the_deck_are_listed(say: Say) -> None:
    assert titles(say("partners")) == AGENCIES


def test_every_agency_has_a_button_to_its_own_page(say: Say) -> None:
    pages = [say(button.command).title for button in buttons(say("partners"))]

    assert pages == AGENCIES


def test_an_agency_with_a_mission_is_told_by_the_whole_of_it(say: Say) -> None:
    lines = entries(say("partners"))["Contra Costa Human Trafficking Task Force (CCHTTF)"]

    assert lines == (
        (
            "Mission: Comprehensive services; Exploiter accountability; Education & Prevention; "
            "Data-driven approach"
        ),
    )


@pytest.mark.parametrize(
    ("asked", "first", "count"),
    [
        ("legal", "Bay Area Legal Aid", 2),
        ("lega", "Bay Area Legal Aid", 2),
        ("justise", "Family Justice Center", 4),
        ("housing shelter", "Love Never Fails", 3),
        ("crisis line", "Community Violence Solutions (CVS)", 1),
        ("CSEC", "Children & Family Services (CFS)", 2),
        ("the alliance", "Alliance to End Abuse", None),
    ],
)
def test_words_narrow_the_list_and_names_come_first(
    asked: str, first: str, count: int | None, say: Say
) -> None:
    found = titles(say(f"partners {asked}"))

    assert found[0] == first
    assert count is None or len(found) == count


@pytest.mark.parametrize(("asked", "again"), [("LEGAL", "partners legal"), ("justise", "partners justice"), ("the lega", "partners lega")])  # fmt: skip
def test_what_was_typed_travels_only_as_words_of_ours(asked: str, again: str, say: Say) -> None:
    reply = say(f"partners {asked}")

    assert reply.again == again
    assert say(again) == reply


@pytest.mark.parametrize("asked", ["zebra", "legal zebra", "<!channel>"])
def test_words_that_no_agency_has_are_said_to_be_unknown_and_not_repeated(
    asked: str, say: Say
) -> None:
    with pytest.raises(UserError, match="No partner in our sources has all of these words") as told:
        say(f"partners {asked}")

    assert asked not in str(told.value)
    assert [button.command for button in told.value.buttons] == ["partners", "services"]


def test_the_list_says_that_the_task_force_is_larger(say: Say) -> None:
    assert "The agencies that our sources name; the task force has more than 40." in say("partners").notes  # fmt: skip
