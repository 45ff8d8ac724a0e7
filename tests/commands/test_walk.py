"""
Every button of every answer, pressed: none leads nowhere, and none shows what must not be shown.
"""

import re
from collections import deque
from dataclasses import dataclass

import pytest

from bot.render import plain
from commands.contract import Standing
from commands.registry import COMMANDS
from tests.commands.conftest import Shown

NO_ANSWER = (
    "Try it another way",
    "That did not work",
    "Not just now",
    "Not for everybody",
    "Did you mean one of these?",
    "I do not know that one.",
    "Please do not type client details here",
)
# Every count of people in the deck, large or small: none is shown before the gate of disclosure is built.
COUNTS = [
    "142", "126", "55", "164", "185", "177", "89", "73", "16", "49", "17", "12", "25", "13", "21", "555", "550", "777",
    "137", "178", "462",
]  # fmt: skip
# Words of the survivor's story, whose consent does not cover a bot.
STORY = ["Sergio", "environmental science", "acceptance letters", "community college", "haven", "Thriver", "My journey"]  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class Page:
    text: str
    blocks: str
    buttons: tuple[str, ...]
    verb: str | None
    done: bool


@pytest.fixture(scope="module")
def pages(shown: Shown) -> dict[str, Page]:
    """
    Every page that a member can reach by buttons, from the menu and all examples.
    """
    found: dict[str, Page] = {}
    waiting = deque(
        [
            "",
            *(
                text
                for command in COMMANDS
                if command.who <= Standing.MEMBER
                for text in (command.verb, *command.examples)
            ),
        ]
    )
    while waiting:
        text = waiting.popleft()
        if text in found:
            continue
        answer = shown(text, share=True)
        pressable = tuple(
            element["value"]
            for block in answer.rendered.blocks
            for element in (*block.get("elements", ()), block.get("accessory"))
            if element and element["type"] == "button"
        )
        found[text] = Page(
            text=plain(answer.rendered.text),
            blocks=str(answer.rendered.blocks),
            buttons=pressable,
            verb=answer.command.verb if answer.command else None,
            done=answer.done,
        )
        waiting.extend(pressable)
    return found


# What the deck prints and the gate keeps back, as far as no other figure is the same.
WITHHELD = {"126", "177", "550", "17"}


def test_no_button_leads_nowhere(pages: dict[str, Page]) -> None:
    ends = {
        text
        for text, page in pages.items()
        if page.text.startswith(NO_ANSWER) or f"\n{NO_ANSWER[0]}" in page.text
    }

    # The one example that is a verb alone and asks for a name.
    assert ends == {"partner"}
    assert len(pages) > 100


def test_every_page_of_facts_names_a_source_and_its_age_once(pages: dict[str, Page]) -> None:
    for text, page in pages.items():
        if page.verb in {None, "help", "about", "sources", "hotline"} or not page.done:
            continue
        assert page.text.count("County deck, Nov 2024; not yet re-checked by coordinators") == 1, text  # fmt: skip


def test_no_count_of_people_is_shown_but_by_stats(pages: dict[str, Page]) -> None:
    for text, page in pages.items():
        if page.verb == "stats":
            assert not WITHHELD & set(re.findall(r"\d+", page.text)), text
            continue
        told = page.text.replace("ages 12–24", "")
        bare = re.sub(r"[$(+]?[\d]+(?:[-,.)/ ]+\d+)+|\+?\$\d+", " ", told)
        assert not set(COUNTS) & set(re.findall(r"(?<![\w-])\d+(?![\w-])", bare)), text
        assert "580,374" not in page.text, text


def test_the_survivors_story_is_told_nowhere(pages: dict[str, Page]) -> None:
    for text, page in pages.items():
        assert not [word for word in STORY if word.casefold() in page.text.casefold()], text


def test_what_is_from_elsewhere_says_so_on_every_page(pages: dict[str, Page]) -> None:
    for text, page in pages.items():
        for number in ("1-800-843-5678", "1-888-539-2373", "1-888-215-5555", "1-855-297-5322", "1-866-347-2423", "1-800-422-4453"):  # fmt: skip
            if number in page.text:
                after = page.text.partition(number)[2].partition("\n\n")[0]
                assert "Not from the county deck" in after, (text, number)


def test_the_federal_tip_line_is_on_the_page_for_tips_only(pages: dict[str, Page]) -> None:
    assert [text for text, page in pages.items() if "1-866-347-2423" in page.text] == [
        "hotline tip"
    ]


def test_the_csec_address_is_always_said_to_be_unconfirmed(pages: dict[str, Page]) -> None:
    for page in pages.values():
        assert page.text.count("CFSCEC@ehsd.cccounty.us") == page.text.count(
            "CFSCEC@ehsd.cccounty.us (as printed, unconfirmed)"
        )
        assert "mailto:" not in page.blocks


def test_images_are_never_to_be_downloaded_or_forwarded(pages: dict[str, Page]) -> None:
    for text, page in pages.items():
        if "Images shared or threatened online\n" in page.text and text != "hotline":
            assert "Never download or forward the image" in page.text, text


def test_external_people_reach_hotlines_and_help_alone(shown: Shown) -> None:
    for command in COMMANDS:
        text = command.examples[-1]
        answer = shown(text, Standing.EXTERNAL)
        refused = "Not for everybody" in answer.rendered.text
        assert refused == (command.verb not in {"hotline", "help"}), text
