"""Blocks as HTML."""

import json
from collections.abc import Callable
from typing import Any

from bot.sandbox.fields_html import Fields, State
from bot.sandbox.figures_html import draw_chart, draw_table
from bot.sandbox.mrkdwn import escape, plain, render
from bot.sandbox.workspace import Offers

Block = dict[str, Any]


def render_blocks(
    blocks: list[Block],
    *,
    name_of: Callable[[str], str] = str,
    people: dict[str, str] | None = None,
    state: State | None = None,
    errors: dict[str, str] | None = None,
    offers: Offers | None = None,
    focus: str = "",
) -> str:
    """
    Return *blocks* as HTML, everything in them escaped.

    Args:
        name_of: the name to show for a person's id.
        people: id and name of whom a people menu offers.
        state: what was typed, by block_id and action_id.
        errors: what is wrong with an input, by block_id.
        offers: what searches found, by block_id and action_id.
        focus: the block_id of the input to go on at; empty leaves that to the page.
    """
    fields = Fields(
        people=people or {},
        state=state or {},
        errors=errors or {},
        offers=offers or {},
        focus=focus,
    )
    renderer = _Renderer(name_of, fields)
    return "\n".join(renderer.block(block) for block in blocks)


class _Renderer:
    def __init__(self, name_of: Callable[[str], str], fields: Fields) -> None:
        self.name_of = name_of
        self.fields = fields

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
        return self.fields.draw_input(block)

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
        return self.fields.draw_menu(block, element)

    def _feedback(self, block: Block, element: Block, half: Block) -> str:
        place = json.dumps([block["block_id"], element["action_id"], half["value"]])
        text = self.text(half["text"])
        return f'<button type="submit" name="feedback" value="{escape(place)}">{text}</button>'


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


def _picture(image: Block) -> str:
    # The page loads nothing from elsewhere, so a picture is what it says it is.
    return f'<span class="picture">[image: {escape(image.get("alt_text", ""))}]</span>'


def _unknown(block: Block) -> str:
    return f"<pre>{escape(json.dumps(block, indent=2))}</pre>"
