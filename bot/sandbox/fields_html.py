"""Inputs and menus as HTML: each works with the keyboard, on a phone, and without script."""

import json
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote

from bot.sandbox.mrkdwn import escape, plain, render
from bot.sandbox.offers import least_query, options_of
from bot.sandbox.workspace import Offer, Offers

Block = dict[str, Any]
State = dict[str, dict[str, dict[str, Any]]]

CHOICES = ("checkboxes", "radio_buttons")
TYPES = {  # of an input: (type, more attributes)
    "datepicker": ("date", ""),
    "timepicker": ("time", ""),
    "datetimepicker": ("datetime-local", ""),
    "email_text_input": ("email", ' autocomplete="off"'),
    "url_text_input": ("url", ' autocomplete="off"'),
    "number_input": ("text", ' inputmode="decimal" autocomplete="off"'),
}


def field_name(block_id: str, action_id: str) -> str:
    """Return the name of the form field of an input."""
    return json.dumps(["value", block_id, action_id])


def search_name(block_id: str, action_id: str) -> str:
    """Return the name of the form field in which an external select is searched."""
    return json.dumps(["search", block_id, action_id])


def listed(element: Block) -> bool:
    """Say whether the choices stand on the page one below the other, instead of in a menu."""
    return element["type"] in CHOICES or element["type"].startswith("multi_")


@dataclass(frozen=True, kw_only=True)
class Fields:
    """
    Draws inputs and menus.

    Args:
        people: id and name of whom a people menu offers.
        state: what was typed, by block_id and action_id.
        errors: what is wrong with an input, by block_id.
        offers: what searches found.
        focus: the block_id of the input to go on at.
    """

    people: dict[str, str] = field(default_factory=dict)
    state: State = field(default_factory=dict)
    errors: dict[str, str] = field(default_factory=dict)
    offers: Offers = field(default_factory=dict)
    focus: str = ""

    def draw_input(self, block: Block) -> str:
        """Draw an input block: label, field, hint, and what is wrong with it."""
        element = block["element"]
        id = _id(block, element)
        error = self.errors.get(block["block_id"])
        optional = ' <span class="optional">(optional)</span>' if block.get("optional") else ""
        label = f"{plain(block['label']['text'])}{optional}"
        below, told = "", []
        if "hint" in block:
            told.append(f"{id}-hint")
            below = f'<p class="hint" id="{told[-1]}">{plain(block["hint"]["text"])}</p>'
        if error is not None:
            told.append(f"{id}-wrong")
            below += f'<p class="wrong" role="alert" id="{told[-1]}">{plain(error)}</p>'
        said = f' aria-describedby="{" ".join(told)}"' if told else ""
        sending = _button("choose", block, element, "Update") * bool(block.get("dispatch_action"))
        if listed(element):
            role = "radiogroup" if element["type"] == "radio_buttons" else "group"
            drawn = self._field(block, element, "")
            # An external menu has a field to search in, or what it found, to go on at.
            mark = "" if element["type"].endswith("external_select") else self._marked(block)
            return (
                f'<fieldset role="{role}"{said}{mark}><legend>{label}</legend>'
                f"{drawn}{sending}</fieldset>{below}"
            )
        said += "" if error is None else ' aria-invalid="true"'
        said += "" if block.get("optional") else ' aria-required="true"'
        drawn = self._field(block, element, said)
        if sending:
            drawn = f'<div class="with-button">{drawn}{sending}</div>'
        return f'<label for="{id}">{label}</label>{drawn}{below}'

    def draw_menu(self, block: Block, element: Block) -> str:
        """Draw a menu outside an input, with a button that sends what was chosen."""
        named = f' aria-label="{escape(_name_of(block, element))}"'
        several, external = listed(element), element["type"].endswith("external_select")
        drawn = self._field(block, element, "" if several or external else named)
        if several:
            drawn = f'<span role="group"{named}>{drawn}</span>'
        return f'<span class="choice">{drawn} {_button("choose", block, element, "Choose")}</span>'

    def _marked(self, block: Block) -> str:
        return ' tabindex="-1" autofocus' if block["block_id"] == self.focus else ""

    def _field(self, block: Block, element: Block, said: str) -> str:
        name = escape(field_name(block["block_id"], element["action_id"]))
        state = self.state.get(block["block_id"], {}).get(element["action_id"], {})
        value = next((entry for key, entry in state.items() if key != "type"), None)
        kind = element["type"]
        if kind.endswith("external_select"):
            return self._search(block, element, said, value)
        if "users" in kind:
            options = [_option(id, shown) for id, shown in self.people.items()]
        else:
            options = options_of(element)
        if listed(element):
            return _listing(element, name, options, _values(value))
        focus = " autofocus" if block["block_id"] == self.focus else ""
        common = f'id="{_id(block, element)}" name="{name}"{said}{focus}'
        if kind == "overflow" or kind.endswith("_select"):
            return _menu(common, element.get("option_groups"), options, _values(value))
        return _typed(common, element, value)

    def _search(self, block: Block, element: Block, said: str, value: Any) -> str:
        place = (block["block_id"], element["action_id"])
        offer = self.offers.get(place)
        found = _found(offer)
        focus = " autofocus" if block["block_id"] == self.focus else ""
        label = escape(_name_of(block, element))
        # A legend names the group alone, and not the field in it.
        named = block["type"] == "input" and not listed(element)
        spoken = "" if named else f' aria-label="{label}: search"'
        hint = escape(element.get("placeholder", {}).get("text", ""))
        results = self._results(place, element, label, said, value, focus)
        return (
            f'<div class="with-button"><input id="{_id(block, element)}" type="search" '
            f'name="{escape(search_name(*place))}" value="{escape(offer.typed if offer else "")}" '
            f'placeholder="{hint}" autocomplete="off"{said}{spoken}{"" if found else focus}>'
            f"{_button('search', block, element, 'Search')}</div>"
            f"{_said_of(offer, len(found), least_query(element))}{results}"
        )

    def _results(
        self,
        place: tuple[str, str],
        element: Block,
        label: str,
        said: str,
        value: Any,
        focus: str,
    ) -> str:
        offer, name = self.offers.get(place), escape(field_name(*place))
        found = _found(offer)
        chosen = value if isinstance(value, list) else [value] if value else []
        options = [*(entry for entry in chosen if entry not in found), *found]
        if not options:
            return ""
        focus = focus if found else ""
        if listed(element):
            drawn = _listing(element, name, options, _values(value))
            group = f'role="group" tabindex="-1" aria-label="{label}: found"{focus}'
            return f'<div class="found" {group}>{drawn}</div>'
        common = f'name="{name}" aria-label="{label}: found"{said}{focus}'
        return _menu(common, offer.groups if offer else [], options, _values(value))


def _found(offer: Offer | None) -> list[Block]:
    if offer is None:
        return []
    return options_of({"options": offer.options, "option_groups": offer.groups})


def _name_of(block: Block, element: Block) -> str:
    """Return what is read out of a control: its label, or what a menu without one says."""
    if block["type"] == "input":
        return str(block["label"]["text"])
    return str(element.get("placeholder", {}).get("text") or "Options")


def _id(block: Block, element: Block) -> str:
    # A list of ids is divided by spaces, so an id must have none.
    return quote(f"{block['block_id']}/{element['action_id']}", safe="")


def _button(name: str, block: Block, element: Block, text: str) -> str:
    place = escape(json.dumps([block["block_id"], element["action_id"]]))
    label = f" {plain(block['label']['text'])}" if block["type"] == "input" else ""
    spoken = f'<span class="unseen">{label}</span>' if label else ""
    return f'<button type="submit" name="{name}" value="{place}" formnovalidate>{text}{spoken}</button>'


def _said_of(offer: Offer | None, found: int, least: int) -> str:
    if offer is None:
        return ""
    if len(offer.typed) < least:
        said = f"Type at least {least} characters."
    else:
        said = f"{found} found." if found else "No options."
    return f'<p class="quiet" role="status">{said}</p>'


def _option(value: str, text: str) -> dict[str, Any]:
    return {"text": {"type": "plain_text", "text": text}, "value": value}


def _text(value: dict[str, Any]) -> str:
    return render(value["text"]) if value["type"] == "mrkdwn" else plain(value["text"])


def _listing(element: Block, name: str, options: list[Block], chosen: list[str]) -> str:
    kind = "radio" if element["type"] == "radio_buttons" else "checkbox"
    return "".join(
        f'<label class="option"><input type="{kind}" name="{name}" '
        f'value="{escape(option["value"])}"{" checked" if option["value"] in chosen else ""}> '
        f"<span>{_text(option['text'])}{_described(option)}</span></label>"
        for option in options
    )


def _described(option: Block) -> str:
    said = option.get("description")
    return f'<br><span class="quiet">{_text(said)}</span>' if said else ""


def _menu(common: str, groups: list[Block] | None, options: list[Block], chosen: list[str]) -> str:
    grouped = [entry for group in groups or [] for entry in group["options"]]
    listed = "".join(_entry(entry, chosen) for entry in options if entry not in grouped)
    for group in groups or []:
        entries = "".join(_entry(entry, chosen) for entry in group["options"])
        listed += f'<optgroup label="{escape(group["label"]["text"])}">{entries}</optgroup>'
    return f'<select {common}><option value="">Choose…</option>{listed}</select>'


def _entry(option: Block, chosen: list[str]) -> str:
    mark = " selected" if option["value"] in chosen else ""
    return (
        f'<option value="{escape(option["value"])}"{mark}>{escape(option["text"]["text"])}</option>'
    )


def _typed(common: str, element: Block, value: Any) -> str:
    if element["type"] == "datetimepicker" and value is not None:
        value = datetime.fromtimestamp(value, UTC).strftime("%Y-%m-%dT%H:%M")
    shown = escape("" if value is None else str(value))
    hint = element.get("placeholder", {}).get("text")
    common += f' placeholder="{escape(hint)}"' if hint else ""
    if element.get("multiline"):
        return f'<textarea {common} rows="4">{shown}</textarea>'
    type, more = TYPES.get(element["type"], ("text", ""))
    return f'<input {common} type="{type}" value="{shown}"{more}>'


def _values(value: Any) -> list[str]:
    entries = value if isinstance(value, list) else [] if value is None else [value]
    return [entry["value"] if isinstance(entry, dict) else str(entry) for entry in entries]
