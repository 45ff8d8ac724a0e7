"""What Slack's own client finds wrong with an input, before it sends the form."""

import re
from collections.abc import Callable
from decimal import Decimal
from typing import Any

from bot.sandbox.views import STATES

Element = dict[str, Any]

TEXT_MOST = 3000  # characters, where the input names no max_length
REQUIRED = "Please complete this required field."
EMAIL = re.compile(r"[^\s@<>,;:\"()\[\]]+@[^\s@.<>,;:\"()\[\]]+(\.[^\s@.<>,;:\"()\[\]]+)+")
URL = re.compile(r"https?://[^\s/?#.]+(\.[^\s/?#.]+)*(:\d+)?([/?#]\S*)?", re.IGNORECASE)
NUMBER = re.compile(r"-?(\d+(\.\d+)?|\.\d+)")


def problem(block: dict[str, Any], state: dict[str, Any]) -> str | None:
    """
    Return what the client says beside an input, or None.

    Args:
        block: an input block.
        state: of its element, as in ``state.values``.
    """
    element = block["element"]
    kind = element["type"]
    value = state.get(STATES[kind][0])
    if not value:
        return None if block.get("optional") else REQUIRED
    if isinstance(value, list):
        return _too_many(element, value)
    if STATES[kind][0] != "value":
        return None
    return _length(element, value) or (CHECKS[kind](element, value) if kind in CHECKS else None)


def _too_many(element: Element, chosen: list[Any]) -> str | None:
    most = element.get("max_selected_items")
    return f"Please choose no more than {most}." if most and len(chosen) > most else None


def _length(element: Element, value: str) -> str | None:
    least, most = element.get("min_length", 0), element.get("max_length", TEXT_MOST)
    return None if least <= len(value) <= most else f"Please use {least} to {most} characters."


def _email(_: Element, value: str) -> str | None:
    return None if EMAIL.fullmatch(value) else "Please enter a valid email address."


def _url(_: Element, value: str) -> str | None:
    return None if URL.fullmatch(value) else "Please enter a valid URL."


def _number(element: Element, value: str) -> str | None:
    if not NUMBER.fullmatch(value):
        return "Please enter a valid number."
    number = Decimal(value)
    if not element["is_decimal_allowed"] and "." in value:
        return "Please enter a whole number."
    if "min_value" in element and number < Decimal(element["min_value"]):
        return f"Please enter {element['min_value']} or more."
    if "max_value" in element and number > Decimal(element["max_value"]):
        return f"Please enter {element['max_value']} or less."
    return None


CHECKS: dict[str, Callable[[Element, str], str | None]] = {
    "email_text_input": _email,
    "url_text_input": _url,
    "number_input": _number,
}
