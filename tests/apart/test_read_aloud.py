"""
Whoever hears an answer gets all of it: Slack reads a message's text aloud, and not its blocks.
"""

import re
import unicodedata
from collections import Counter
from collections.abc import Iterator
from typing import Any

from bot.render import message, render
from commands.contract import Reply, Standing, UserError
from commands.forms import FieldError
from commands.registry import COMMANDS
from tests.apart.test_verbs import ADMIN, answered, texts
from tests.apart.world import CORA, MEL, trying

WORD = re.compile(r"[^\s*•·:,;()“”\"\[\]<>]+")
SHORTCODE = re.compile(r":[a-z_]+:")
CARD = ("Emergency: 911", "Suicide and crisis: 988, call or text")
# As everybody asks: what they may not, is refused before it is answered.
ASKERS = {
    Standing.GUEST: MEL,
    Standing.MEMBER: MEL,
    Standing.APPROVED: MEL,
    Standing.COORDINATOR: CORA,
    Standing.ADMIN: CORA,
}


def replies(session: Any) -> Iterator[tuple[str, Reply]]:
    """
    Yield every answer there is, as each standing gets it.
    """
    least = {command.verb: command.who for command in COMMANDS}
    for text in sorted(texts(session)):
        for standing, who in ASKERS.items():
            if standing < least[text.partition(" ")[0]] or (standing < ADMIN[1] and " " in text):
                continue
            try:
                with session.begin_nested() as trial:
                    said = answered(session, text, who, standing)
                    trial.rollback()
            except (UserError, FieldError):
                continue
            except Exception:  # noqa: BLE001 - what it is, is told of the answer itself
                continue
            yield from ((text, each) for each in said if isinstance(each, Reply))


def elements(block: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield from (each for each in block.get("elements", ()) if each["type"] == "button")
    if "accessory" in block:
        yield block["accessory"]


def seen(value: Any) -> Iterator[str]:
    """
    Yield every text and number of *value* that Slack draws.
    """
    if isinstance(value, dict):
        if value.get("type") == "button":
            return  # told apart
        for key, inner in value.items():
            if key in {"text", "caption", "title", "label", "name", "x_label", "y_label"} and isinstance(inner, str):  # fmt: skip
                yield inner
            elif key not in {"type", "value", "action_id"}:
                yield from seen(inner)
            elif key == "value" and isinstance(inner, int):
                yield f"{inner:,}"
    elif isinstance(value, list):
        for inner in value:
            yield from seen(inner)


def unheard(said: dict[str, Any]) -> Iterator[str]:
    """
    Yield what of a message's blocks its text does not say.
    """
    heard = Counter(WORD.findall(said["text"]))
    for block in said["blocks"]:
        rows = block.get("rows") or [[]]
        if len(rows[0]) > 2:  # what names its rows is clear from their names
            block = block | {"rows": [rows[0][1:], *rows[1:]]}
        for text in seen(block):
            yield from (
                word
                for word in WORD.findall(text)
                if word not in heard and unicodedata.category(word[0]) != "So"  # a bar of progress
            )
            if not any(mark.isalnum() for mark in text):
                yield f"nothing but signs: {text}"
            yield from SHORTCODE.findall(text)
        if "color" in block:
            yield "a colour"
        for button in elements(block):
            label = button["text"]["text"]
            if f"[{label.removesuffix('…')}" not in said["text"] or not label.strip():
                yield label
            if button["text"]["emoji"]:
                yield "emoji in a label"


def names(said: dict[str, Any]) -> list[str]:
    """
    Return what its buttons are called, once for each thing that they do.
    """
    called = {
        (button.get("accessibility_label", button["text"]["text"]), button["value"])
        for block in said["blocks"]
        for button in elements(block)
    }
    return [name for name, _ in called]


def test_the_text_of_every_answer_says_all_that_its_blocks_show(world):
    wrong: dict[str, object] = {}
    with trying(world.both) as session:
        for text, reply in replies(session):
            page, pages = 1, 1
            while page <= pages:
                shown = render(reply, card=CARD, page=page, share=True)
                for drawn in (False, True) if shown.rich else (False,):
                    said = message(shown, drawn=drawn)
                    if missing := set(unheard(said)):
                        wrong[text] = missing
                    called = Counter(names(said))
                    if twice := [name for name, number in called.items() if number > 1]:
                        wrong[f"{text}, buttons"] = twice
                page, pages = page + 1, shown.pages
    assert wrong == {}
