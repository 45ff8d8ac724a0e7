"""What a person's hand does on blocks: finding a button, choosing, filling in a form."""

import re
from collections.abc import Mapping
from typing import Any

from bot.sandbox.inputs import problem
from bot.sandbox.offers import options_of
from bot.sandbox.views import STATES
from bot.sandbox.workspace import Message, View, interactive

Block = dict[str, Any]
Element = dict[str, Any]

FORMS = {
    "selected_date": r"\d{4}-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])",
    "selected_time": r"([01]\d|2[0-3]):[0-5]\d",
    "selected_date_time": r"\d{10}",
}


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


def chosen(
    where: Message | View, block: Block, element: Element, value: Any, *, ts: str
) -> dict[str, Any]:
    """
    Return the action of a menu in which *value* was chosen, or of a field it was typed in.

    Raises:
        LookupError: if there is no such option, day or time.
    """
    if element["type"] == "overflow":
        options = options_of(element)
        return _named(block, element, ts) | {"selected_option": option(options, str(value))}
    if element["type"] == "feedback_buttons":
        for half in (element["positive_button"], element["negative_button"]):
            if value == half["value"]:
                return {**_named(block, element, ts), **half}
        raise LookupError(f"no feedback {value!r}")
    return _named(block, element, ts) | state(where, block, element, value)


def _named(block: Block, element: Element, ts: str) -> dict[str, Any]:
    return {
        "type": element["type"],
        "action_id": element["action_id"],
        "block_id": block["block_id"],
        "action_ts": ts,
    }


def choices(where: Message | View, block: Block, element: Element) -> list[dict[str, Any]]:
    """Return the options of a menu: of an external one what was offered, initial or chosen."""
    if not element["type"].endswith("external_select"):
        return options_of(element)
    place = (block["block_id"], element["action_id"])
    offered = where.offers[place].known if place in where.offers else []
    initial = [*element.get("initial_options", []), element.get("initial_option")]
    key, _ = STATES[element["type"]]
    held = states(where).get(place[0], {}).get(place[1], {}).get(key) or []
    held = held if isinstance(held, list) else [held]
    return [entry for entry in (*offered, *initial, *held) if entry is not None]


def states(where: Message | View) -> dict[str, dict[str, Any]]:
    """Return what was typed and chosen there, by block_id and action_id."""
    if isinstance(where, Message):
        return where.state
    values: dict[str, dict[str, Any]] = where.body["state"]["values"]
    return values


def option(options: list[dict[str, Any]], wanted: str) -> dict[str, Any]:
    """
    Return the option whose value or label is *wanted*.

    Raises:
        LookupError: if the menu has no such option, or more than one of that label.
    """
    for entry in options:
        if entry["value"] == wanted:
            return dict(entry)
    named = {entry["value"]: entry for entry in options if entry["text"]["text"] == wanted}
    if len(named) == 1:
        return dict(*named.values())
    if named:
        raise LookupError(f"{len(named)} options are {wanted!r}; say which value")
    raise LookupError(f"no option {wanted!r}; there are {[entry['value'] for entry in options]}")


def state(where: Message | View, block: Block, element: Element, value: Any) -> dict[str, Any]:
    """
    Return the state of an input in which *value* was typed or chosen; None empties it.

    Raises:
        LookupError: if there is no such option, day or time.
    """
    key, _ = STATES[element["type"]]
    if key == "selected_option" and value is not None:
        value = option(choices(where, block, element), str(value))
    elif key == "selected_options":
        options = choices(where, block, element)
        value = [option(options, str(entry)) for entry in value or []]
    elif key.endswith("s"):
        value = list(value or [])
    elif key == "value" and value is not None:
        value = str(value) or None
    elif key in FORMS and value is not None and not re.fullmatch(FORMS[key], str(value)):
        raise LookupError(f"no {key.removeprefix('selected_')} {value!r}")
    return {"type": element["type"], key: value}


def put(where: Message | View, block: Block, element: Element, value: Any) -> None:
    """
    Type or choose *value* in an input, or in a menu outside of one.

    Raises:
        LookupError: if there is no such option, day or time.
    """
    place, id = states(where).setdefault(block["block_id"], {}), element["action_id"]
    before, place[id] = place.get(id), state(where, block, element, value)
    if isinstance(where, View) and place[id] != before:
        where.errors.pop(block["block_id"], None)  # whoever mends it is not told of it any more


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
                put(view, block, element, value)
                break
        else:
            known = [block["block_id"] for block, _ in inputs]
            raise LookupError(f"no input {key!r}; there are {known}")


def missing(view: View) -> dict[str, str]:
    """Return what Slack's own client finds wrong before it submits, by block_id."""
    held = states(view)
    problems = {
        block["block_id"]: problem(
            block, held.get(block["block_id"], {}).get(block["element"]["action_id"], {})
        )
        for block in view.blocks
        if block["type"] == "input" and block["element"]["type"] in STATES
    }
    return {block_id: said for block_id, said in problems.items() if said is not None}
