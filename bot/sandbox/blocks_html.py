"""Blocks as HTML."""

import json
from collections.abc import Callable
from typing import Any

from bot.sandbox.figures_html import draw_chart, draw_table
from bot.sandbox.mrkdwn import escape, plain, render

Block = dict[str, Any]
State = dict[str, dict[str, dict[str, Any]]]


def render_blocks(
    blocks: list[Block],
    *,
    name_of: Callable[[str], str] = str,
    people: dict[str, str] | None = None,
    state: State | None = None,
    errors: dict[str, str] | None = None,
) -> str:
    """
    Return *blocks* as HTML, everything in them escaped.

    Args:
        name_of: the name to show for a person's id.
        people: id and name of whom a people menu offers.
        state: what was typed, by block_id and action_id.
        errors: what is wrong with an input, by block_id.
    """
    renderer = _Renderer(name_of, people or {}, state or {}, errors or {})
    return "\n".join(renderer.block(block) for block in blocks)


def field_name(block_id: str, action_id: str) -> str:
    """Return the name of the form field of an input."""
    return json.dumps(["value", block_id, action_id])


class _Renderer:
    def __init__(
        self,
        name_of: Callable[[str], str],
        people: dict[str, str],
        state: State,
        errors: dict[str, str],
    ) -> None:
        self.name_of = name_of
        self.people = people
        self.state = state
        self.errors = errors

    def block(self, block: Block) -> str:
        kind = str(block.get("type"))
        draw: Callable[[Block], str] = getattr(self, f"_{kind}", _unknown)
        return f'<div class="block {escape(kind)}">{draw(block)}</div>'

    def text(self, value: Any) -> str:
        if not isinstance(value, dict):
            return ""
        if value.get("type") == "mrkdwn":
            return render(value["text"], name_of=self.name_of)
        return plain(value.get("text", ""))

    def _header(self, block: Block) -> str:
        return f"<h3>{self.text(block['text'])}</h3>"

    def _section(self, block: Block) -> str:
        parts = [f"<p>{self.text(block['text'])}</p>"] if "text" in block else []
        if "fields" in block:
            fields = "".join(f"<li>{self.text(field)}</li>" for field in block["fields"])
            parts.append(f'<ul class="fields">{fields}</ul>')
        said = "".join(parts)
        if "accessory" not in block:
            return said
        accessory = self.element(block, block["accessory"])
        return f'<div class="beside"><div>{said}</div><div>{accessory}</div></div>'

    def _context(self, block: Block) -> str:
        parts = [
            _picture(part) if part.get("type") == "image" else f"<span>{self.text(part)}</span>"
            for part in block["elements"]
        ]
        return f"<small>{' '.join(parts)}</small>"

    def _actions(self, block: Block) -> str:
        return " ".join(self.element(block, element) for element in block["elements"])

    _context_actions = _actions

    def _divider(self, _: Block) -> str:
        return "<hr>"

    def _image(self, block: Block) -> str:
        return _picture(block)

    def _alert(self, block: Block) -> str:
        return f'<p role="note">{self.text(block["text"])}</p>'

    def _markdown(self, block: Block) -> str:
        return f'<pre class="markdown">{escape(block["text"])}</pre>'

    def _card(self, block: Block) -> str:
        parts = [
            f"<{tag}>{self.text(block[key])}</{tag}>"
            for key, tag in (
                ("title", "h4"),
                ("subtitle", "p"),
                ("body", "p"),
                ("subtext", "small"),
            )
            if key in block
        ]
        parts += [self.element(block, element) for element in block.get("actions", [])]
        return "".join(parts)

    def _input(self, block: Block) -> str:
        element = block["element"]
        id = escape(field_name(block["block_id"], element["action_id"]))
        error = self.errors.get(block["block_id"])
        optional = ' <span class="optional">(optional)</span>' if block.get("optional") else ""
        hint = f'<p class="hint">{self.text(block["hint"])}</p>' if "hint" in block else ""
        wrong = f'<p class="wrong" role="alert" id="{id}!">{plain(error)}</p>' if error else ""
        field = self.field(block, element)
        if element["type"] in ("checkboxes", "radio_buttons"):
            legend = f"<legend>{self.text(block['label'])}{optional}</legend>"
            return f"<fieldset>{legend}{field}</fieldset>{hint}{wrong}"
        label = f'<label for="{id}">{self.text(block["label"])}{optional}</label>'
        return f"{label}{field}{hint}{wrong}"

    def _rich_text(self, block: Block) -> str:
        return "".join(self._rich_part(part) for part in block["elements"])

    def _rich_part(self, part: Block) -> str:
        if part["type"] == "rich_text_list":
            tag = "ol" if part.get("style") == "ordered" else "ul"
            entries = "".join(f"<li>{self._rich_part(entry)}</li>" for entry in part["elements"])
            return f"<{tag}>{entries}</{tag}>"
        tags = {"rich_text_preformatted": "pre", "rich_text_quote": "blockquote"}
        tag = tags.get(part["type"], "p")
        return f"<{tag}>{''.join(map(self._leaf, part['elements']))}</{tag}>"

    def _leaf(self, leaf: Block) -> str:
        if leaf["type"] == "link":
            return render(f"<{leaf['url']}|{leaf.get('text', leaf['url'])}>")
        if leaf["type"] == "user":
            return f'<span class="mention">@{escape(self.name_of(leaf["user_id"]))}</span>'
        shown = plain(leaf.get("text") or leaf.get("name") or leaf.get("fallback") or "")
        for style, tag in (("bold", "strong"), ("italic", "em"), ("strike", "s"), ("code", "code")):
            if leaf.get("style", {}).get(style):
                shown = f"<{tag}>{shown}</{tag}>"
        return shown

    def _table(self, block: Block) -> str:
        return draw_table(block, self._cell)

    _data_table = _table

    def _cell(self, cell: Block) -> str:
        if cell["type"] == "rich_text":
            return self._rich_text(cell)
        return plain(cell.get("text", cell.get("value", "")))

    def _data_visualization(self, block: Block) -> str:
        return draw_chart(block)

    def element(self, block: Block, element: Block) -> str:
        """Draw an element outside an input: a button, or a menu with a button beside it."""
        kind = element["type"]
        if kind == "image":
            return _picture(element)
        place = escape(json.dumps([block["block_id"], element["action_id"]]))
        if kind in ("button", "icon_button"):
            return _button(element, place, self.text(element["text"]))
        if kind == "feedback_buttons":
            return " ".join(
                self._feedback(block, element, element[half])
                for half in ("positive_button", "negative_button")
            )
        choose = f'<button type="submit" name="choose" value="{place}">Choose</button>'
        return f'<span class="choice">{self.field(block, element)} {choose}</span>'

    def _feedback(self, block: Block, element: Block, half: Block) -> str:
        place = json.dumps([block["block_id"], element["action_id"], half["value"]])
        text = self.text(half["text"])
        return f'<button type="submit" name="feedback" value="{escape(place)}">{text}</button>'

    def _said_of(self, block: Block, element: Block, name: str) -> str:
        """Return what is read out of a control beside its label."""
        if block["type"] != "input":
            placeholder = element.get("placeholder", {}).get("text") or "Options"
            return f' aria-label="{escape(placeholder)}"'
        required = "" if block.get("optional") else ' aria-required="true"'
        if block["block_id"] not in self.errors:
            return required
        return f'{required} aria-invalid="true" aria-describedby="{name}!"'

    def field(self, block: Block, element: Block) -> str:
        """Draw the control of an input or a menu."""
        name = escape(field_name(block["block_id"], element["action_id"]))
        common = f'id="{name}" name="{name}"{self._said_of(block, element, name)}'
        state = self.state.get(block["block_id"], {}).get(element["action_id"], {})
        value = next((entry for key, entry in state.items() if key != "type"), None)
        kind = element["type"]
        if kind in ("checkboxes", "radio_buttons"):
            return _choices(element, name, _values(value), self.text)
        if kind in ("overflow", "static_select", "multi_static_select"):
            options = [
                entry for group in element.get("option_groups", []) for entry in group["options"]
            ]
            pairs = [
                (entry["value"], entry["text"]["text"])
                for entry in [*element.get("options", []), *options]
            ]
            return _menu(common, pairs, _values(value), several=kind.startswith("multi"))
        if "users" in kind:
            pairs = list(self.people.items())
            return _menu(common, pairs, _values(value), several=kind.startswith("multi"))
        shown = escape("" if value is None else value)
        if element.get("multiline"):
            return f'<textarea {common} rows="4">{shown}</textarea>'
        types = {
            "datepicker": "date",
            "timepicker": "time",
            "datetimepicker": "datetime-local",
            "email_text_input": "email",
            "url_text_input": "url",
        }
        return f'<input {common} type="{types.get(kind, "text")}" value="{shown}">'


def _button(element: Block, place: str, label: str) -> str:
    if element.get("url"):
        href = (
            escape(element["url"]) if element["url"].startswith(("http", "mailto:", "tel:")) else ""
        )
        return f'<a class="button" href="{href}" rel="noreferrer">{label}</a>'
    style = escape(element.get("style", ""))
    spoken = element.get("accessibility_label")
    aria = f' aria-label="{escape(spoken)}"' if spoken else ""
    confirm = element.get("confirm")
    ask = f' data-confirm="{escape(confirm["text"]["text"])}"' if confirm else ""
    return (
        f'<button type="submit" name="press" value="{place}" class="{style}"{aria}{ask}>'
        f"{label}</button>"
    )


def _choices(element: Block, name: str, chosen: list[str], text: Callable[[Any], str]) -> str:
    kind = "checkbox" if element["type"] == "checkboxes" else "radio"
    return "".join(
        f'<label class="option"><input type="{kind}" name="{name}" '
        f'value="{escape(option["value"])}"{" checked" if option["value"] in chosen else ""}> '
        f"{text(option['text'])}</label>"
        for option in element["options"]
    )


def _menu(common: str, pairs: list[tuple[str, str]], chosen: list[str], *, several: bool) -> str:
    options = "".join(
        f'<option value="{escape(value)}"{" selected" if value in chosen else ""}>'
        f"{escape(label)}</option>"
        for value, label in pairs
    )
    empty = "" if several else '<option value="">Choose…</option>'
    return f"<select {common}{' multiple' if several else ''}>{empty}{options}</select>"


def _values(value: Any) -> list[str]:
    entries = value if isinstance(value, list) else [] if value is None else [value]
    return [entry["value"] if isinstance(entry, dict) else str(entry) for entry in entries]


def _picture(image: Block) -> str:
    # The page loads nothing from elsewhere, so a picture is what it says it is.
    return f'<span class="picture">[image: {escape(image.get("alt_text", ""))}]</span>'


def _unknown(block: Block) -> str:
    return f"<pre>{escape(json.dumps(block, indent=2))}</pre>"
