"""Buttons, menus and inputs: which fields each takes, and how long they may be."""

import re
from collections.abc import Callable
from decimal import Decimal
from typing import Any

from bot.sandbox import shapes
from bot.sandbox.errors import Findings

Check = Callable[[Findings, Any, str], None]

SELECT_OPTIONS = 100
CHOICES = 10  # checkboxes and radio buttons
OVERFLOW_OPTIONS = 5
BUTTON_TEXT = 75
BUTTON_VALUE = 2000
NUMBER = r"-?\d+(\.\d+)?"


def _string(most: int, least: int = 1) -> Check:
    return lambda found, value, where: shapes.string(found, value, where, most=most, least=least)


def _plain(most: int) -> Check:
    return lambda found, value, where: shapes.text(
        found, value, where, most=most, kinds=shapes.PLAIN
    )


def _integer(least: int, most: int) -> Check:
    def check(found: Findings, value: Any, where: str) -> None:
        if not isinstance(value, int) or isinstance(value, bool) or not least <= value <= most:
            found.add(f"must be an integer from {least} to {most}", where)

    return check


def _matches(pattern: str, name: str) -> Check:
    def check(found: Findings, value: Any, where: str) -> None:
        if not isinstance(value, str) or not re.fullmatch(pattern, value):
            found.add(f"must be {name}", where)

    return check


def _dispatch(found: Findings, value: Any, where: str) -> None:
    if not shapes.is_object(found, value, where):
        return
    shapes.keys(found, value, where, required=("trigger_actions_on",))
    at = f"{where}/trigger_actions_on"
    for index, entry in enumerate(shapes.items(found, value.get("trigger_actions_on"), at, most=2)):
        if entry not in ("on_enter_pressed", "on_character_entered"):
            found.add("must be on_enter_pressed or on_character_entered", f"{at}/{index}")


def _flag(found: Findings, value: Any, where: str) -> None:
    if not isinstance(value, bool):
        found.add("must be a boolean", where)


def _strings(found: Findings, value: Any, where: str) -> None:
    for index, entry in enumerate(shapes.items(found, value, where, most=100)):
        shapes.string(found, entry, f"{where}/{index}", most=255)


def _groups(found: Findings, value: Any, where: str) -> None:
    for index, group in enumerate(shapes.items(found, value, where, most=100)):
        at = f"{where}/{index}"
        if shapes.is_object(found, group, at):
            shapes.keys(found, group, at, required=("label", "options"))
            _plain(75)(found, group.get("label"), f"{at}/label")
            options = shapes.items(
                found, group.get("options"), f"{at}/options", most=SELECT_OPTIONS
            )
            for position, entry in enumerate(options):
                shapes.option(found, entry, f"{at}/options/{position}")


FIELDS: dict[str, Check] = {
    "accessibility_label": _string(75),
    "action_id": _string(shapes.ACTION_ID),
    "confirm": shapes.confirm,
    "dispatch_action_config": _dispatch,
    "focus_on_load": _flag,
    "initial_date": _matches(r"\d{4}-\d\d-\d\d", "a date in the form YYYY-MM-DD"),
    "initial_date_time": _integer(1_000_000_000, 9_999_999_999),
    "initial_time": _matches(r"([01]\d|2[0-3]):[0-5]\d", "a time in the form HH:mm"),
    "initial_value": _string(3000, least=0),
    "is_decimal_allowed": _flag,
    "max_length": _integer(1, 3000),
    "max_selected_items": _integer(1, 100),
    **dict.fromkeys(("min_value", "max_value"), _matches(NUMBER, "a string of a number")),
    "min_length": _integer(0, 3000),
    "min_query_length": _integer(0, 100),
    "multiline": _flag,
    "option_groups": _groups,
    "placeholder": _plain(150),
    "style": _matches("primary|danger", "primary or danger"),
    "text": _plain(BUTTON_TEXT),
    "timezone": _string(100),
    "url": _string(shapes.URL),
    "value": _string(BUTTON_VALUE),
    **dict.fromkeys(
        ("initial_users", "initial_channels", "initial_conversations", "filetypes"), _strings
    ),
    **dict.fromkeys(("initial_user", "initial_channel", "initial_conversation"), _string(255)),
    **dict.fromkeys(("response_url_enabled", "default_to_current_conversation"), _flag),
}

_MENU = "action_id confirm focus_on_load placeholder"
_LIST = "options option_groups"
_INPUT = "action_id dispatch_action_config focus_on_load initial_value placeholder"
_CONVERSATIONS = "default_to_current_conversation filter"

# type: (fields that must be there, fields that may)
ELEMENTS: dict[str, tuple[str, str]] = {
    "button": ("text", "action_id url value style confirm accessibility_label"),
    "checkboxes": ("options", "action_id confirm focus_on_load initial_options"),
    "radio_buttons": ("options", "action_id confirm focus_on_load initial_option"),
    "overflow": ("options", "action_id confirm"),
    "datepicker": ("", f"{_MENU} initial_date"),
    "timepicker": ("", f"{_MENU} initial_time timezone"),
    "datetimepicker": ("", "action_id confirm focus_on_load initial_date_time"),
    "static_select": ("", f"{_MENU} {_LIST} initial_option"),
    "multi_static_select": ("", f"{_MENU} {_LIST} initial_options max_selected_items"),
    "external_select": ("", f"{_MENU} initial_option min_query_length"),
    "multi_external_select": (
        "",
        f"{_MENU} initial_options min_query_length max_selected_items",
    ),
    "users_select": ("", f"{_MENU} initial_user"),
    "multi_users_select": ("", f"{_MENU} initial_users max_selected_items"),
    "channels_select": ("", f"{_MENU} initial_channel response_url_enabled"),
    "multi_channels_select": ("", f"{_MENU} initial_channels max_selected_items"),
    "conversations_select": (
        "",
        f"{_MENU} initial_conversation response_url_enabled {_CONVERSATIONS}",
    ),
    "multi_conversations_select": (
        "",
        f"{_MENU} initial_conversations max_selected_items {_CONVERSATIONS}",
    ),
    "plain_text_input": ("", f"{_INPUT} multiline min_length max_length"),
    "email_text_input": ("", _INPUT),
    "url_text_input": ("", _INPUT),
    "number_input": ("is_decimal_allowed", f"{_INPUT} min_value max_value"),
    "rich_text_input": ("", _INPUT),
    "file_input": ("", "action_id filetypes max_files"),
    "image": ("alt_text", "image_url slack_file"),
    "feedback_buttons": ("positive_button negative_button", "action_id"),
    "icon_button": ("icon text", "action_id value confirm accessibility_label visible_to_user_ids"),
}

_MENUS = frozenset(kind for kind in ELEMENTS if kind.endswith(("_select", "picker")))
_CHOICES = frozenset({"checkboxes", "radio_buttons"})
IN_ACTIONS = _MENUS | _CHOICES | {"button", "overflow", "rich_text_input"}
IN_SECTION = _MENUS | _CHOICES | {"button", "overflow", "image"}
IN_INPUT = _MENUS | _CHOICES | {kind for kind in ELEMENTS if kind.endswith("_input")}
IN_CONTEXT_ACTIONS = frozenset({"feedback_buttons", "icon_button"})


def element(found: Findings, value: Any, where: str, *, allowed: frozenset[str] | set[str]) -> None:
    """Note what is wrong with the interactive element or image *value*."""
    if not shapes.is_object(found, value, where):
        return
    kind = value.get("type")
    if not isinstance(kind, str) or kind not in ELEMENTS or kind not in allowed:
        found.add(f"unsupported type: {kind}", f"{where}/type")
        return
    required, optional = (names.split() for names in ELEMENTS[kind])
    shapes.keys(found, value, where, required=required, optional=optional)
    for key, entry in value.items():
        if key in FIELDS and key in (*required, *optional):
            FIELDS[key](found, entry, f"{where}/{key}")
    if kind == "image":
        shapes.image(found, value, where)
    elif kind == "feedback_buttons":
        _feedback(found, value, where)
    elif kind in _CHOICES or kind == "overflow" or kind.endswith("static_select"):
        _options(found, value, where, kind)
    elif kind.endswith("external_select"):
        _initial(found, value, where)
    elif kind == "number_input":
        _number(found, value, where)


def _initial(found: Findings, value: dict[str, Any], where: str) -> None:
    # No list to compare it with: the bot names the options only when somebody searches.
    if "initial_option" in value:
        shapes.option(found, value["initial_option"], f"{where}/initial_option")
    if "initial_options" in value:
        at = f"{where}/initial_options"
        for index, entry in enumerate(
            shapes.items(found, value["initial_options"], at, most=SELECT_OPTIONS)
        ):
            shapes.option(found, entry, f"{at}/{index}")


def _number(found: Findings, value: dict[str, Any], where: str) -> None:
    numbers = {
        key: Decimal(value[key])
        for key in ("initial_value", "min_value", "max_value")
        if isinstance(value.get(key), str) and re.fullmatch(NUMBER, value[key])
    }
    if "initial_value" in value and "initial_value" not in numbers:
        found.add("must be a string of a number", f"{where}/initial_value")
    if numbers.keys() >= {"min_value", "max_value"} and numbers["min_value"] > numbers["max_value"]:
        found.add("must be less than or equal to max_value", f"{where}/min_value")


def _options(found: Findings, value: dict[str, Any], where: str, kind: str) -> None:
    if kind.endswith("static_select") and ("options" in value) == ("option_groups" in value):
        found.add("must define either `options` or `option_groups`", where)
    most = {"overflow": OVERFLOW_OPTIONS}.get(kind, CHOICES if kind in _CHOICES else SELECT_OPTIONS)
    kinds = shapes.ANY_TEXT if kind in _CHOICES else shapes.PLAIN
    known: list[Any] = [
        entry
        for group in _listed(value.get("option_groups"))
        if isinstance(group, dict)
        for entry in _listed(group.get("options"))
    ]
    if "options" in value:
        options = shapes.items(found, value["options"], f"{where}/options", most=most)
        for index, entry in enumerate(options):
            at = f"{where}/options/{index}"
            shapes.option(found, entry, at, kinds=kinds, url=kind == "overflow")
        known += options
    chosen = _listed(value.get("initial_options"))
    for entry in [*chosen, *([value["initial_option"]] if "initial_option" in value else [])]:
        if entry not in known:
            found.add("initial option must be exactly one of the options", where)


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


def _feedback(found: Findings, value: dict[str, Any], where: str) -> None:
    for key in ("positive_button", "negative_button"):
        button = value.get(key)
        if isinstance(button, dict):
            at = f"{where}/{key}"
            shapes.keys(
                found, button, at, required=("text", "value"), optional=("accessibility_label",)
            )
            for name in ("text", "value", "accessibility_label"):
                if name in button:
                    FIELDS[name](found, button[name], f"{at}/{name}")
