"""What a person's hand does on blocks: finding a button, choosing, filling in a form."""

from collections.abc import Mapping
from typing import Any

from bot.sandbox.views import STATES
from bot.sandbox.workspace import View, interactive

Block = dict[str, Any]
Element = dict[str, Any]


def find(
    blocks: list[Block], wanted: str, *, value: str | None = None, block_id: str | None = None
) -> tuple[Block, Element]:
    """
    Return the one element whose action_id, value or label is *wanted*, and its block.

    Args:
        value, block_id: the button's, where several share an action_id.
    Raises:
        LookupError: if there is none, or more than one.
    """
    every = [(block, element) for block in blocks for element in interactive(block)]
    for name in (_action_id, _value, _label):
        found = [
            pair
            for pair in every
            if name(pair[1]) == wanted
            and value in (None, pair[1].get("value"))
            and block_id in (None, pair[0]["block_id"])
        ]
        if len(found) == 1:
            return found[0]
        if found:
            raise LookupError(f"{len(found)} elements are {wanted!r}; say which value")
    there = ", ".join(f"{_action_id(e)}={_value(e)!r} ({_label(e)})" for _, e in every)
    raise LookupError(f"no element {wanted!r} here; there are: {there or 'none'}")


def _action_id(element: Element) -> str:
    return str(element.get("action_id"))


def _value(element: Element) -> str:
    return str(element.get("value"))


def _label(element: Element) -> str:
    return str((element.get("text") or {}).get("text"))


def pressed(block: Block, element: Element, *, ts: str) -> dict[str, Any]:
    """Return the action of a pressed button."""
    copied = {key: element[key] for key in ("text", "value", "style", "url") if key in element}
    return _named(block, element, ts) | copied


def chosen(block: Block, element: Element, value: Any, *, ts: str) -> dict[str, Any]:
    """Return the action of a menu in which *value* was chosen."""
    if element["type"] == "overflow":
        return _named(block, element, ts) | {"selected_option": option(element, str(value))}
    if element["type"] == "feedback_buttons":
        for half in (element["positive_button"], element["negative_button"]):
            if value == half["value"]:
                return {**_named(block, element, ts), **half}
        raise LookupError(f"no feedback {value!r}")
    return _named(block, element, ts) | state(element, value)


def _named(block: Block, element: Element, ts: str) -> dict[str, Any]:
    return {
        "type": element["type"],
        "action_id": element["action_id"],
        "block_id": block["block_id"],
        "action_ts": ts,
    }


def option(element: Element, value: str) -> dict[str, Any]:
    """
    Return the option whose value or label is *value*.

    Raises:
        LookupError: if the menu has no such option.
    """
    options = list(element.get("options") or [])
    for group in element.get("option_groups") or []:
        options += group["options"]
    for entry in options:
        if value in (entry["value"], entry["text"]["text"]):
            return dict(entry)
    if element["type"].endswith("external_select"):  # its options came from the bot, not the view
        return {"text": {"type": "plain_text", "text": value}, "value": value}
    known = [entry["value"] for entry in options]
    raise LookupError(f"no option {value!r}; there are {known}")


def state(element: Element, value: Any) -> dict[str, Any]:
    """Return the state of an input in which *value* was typed or chosen; None empties it."""
    key, _ = STATES[element["type"]]
    if key == "selected_option" and value is not None:
        value = option(element, str(value))
    elif key == "selected_options":
        value = [option(element, str(entry)) for entry in value or []]
    elif key.endswith("s"):
        value = list(value or [])
    elif key == "value" and value is not None:
        value = str(value) or None
    return {"type": element["type"], key: value}


def fill(view: View, values: Mapping[str, Any]) -> None:
    """
    Type *values* into the view's inputs.

    Args:
        values: by block_id or action_id.
    Raises:
        LookupError: for a key that names no input, or an option that is not there.
    """
    inputs = [(block, element) for block in view.blocks for element in interactive(block)]
    for key, value in values.items():
        for block, element in inputs:
            if key in (block["block_id"], element["action_id"]) and element["type"] in STATES:
                place = view.body["state"]["values"].setdefault(block["block_id"], {})
                place[element["action_id"]] = state(element, value)
                break
        else:
            known = [block["block_id"] for block, _ in inputs]
            raise LookupError(f"no input {key!r}; there are {known}")


def missing(view: View) -> dict[str, str]:
    """Return what Slack's own client finds wrong before it submits, by block_id."""
    problems = {}
    for block in view.blocks:
        if block["type"] != "input" or block["element"]["type"] not in STATES:
            continue
        element = block["element"]
        key, _ = STATES[element["type"]]
        value = view.body["state"]["values"][block["block_id"]][element["action_id"]].get(key)
        if not value and not block.get("optional"):
            problems[block["block_id"]] = "Please complete this required field."
        elif value and key == "value":
            least = element.get("min_length", 0)
            most = element.get("max_length", 3000)
            if not least <= len(value) <= most:
                problems[block["block_id"]] = f"Please use {least} to {most} characters."
    return problems
