"""
From the parts of a reply to pieces: mrkdwn, blocks and plain words, none of
them longer than Slack takes.

Source: https://docs.slack.dev/reference/block-kit/blocks
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any, TypeAlias, assert_never

from bot.data_blocks import chart_block, is_pie, table_block
from commands.contract import (
    Account,
    Bullets,
    Button,
    Buttons,
    Chart,
    Entry,
    Facts,
    Heading,
    Part,
    Table,
    Text,
)
from commands.speech import say

Block: TypeAlias = dict[str, Any]

HEADER_CHARACTERS = 150
BUTTON_CHARACTERS = 75
ACTIONS_BUTTONS = 25
ROW_CHARACTERS = 2500  # of the buttons of one row, read out
# Room for "&amp;" in every place and for the marks around a line.
PIECE_CHARACTERS = 580
LABEL_CHARACTERS = 300  # of those: a label or a title before what it is of
SAID_CHARACTERS = 480  # of a button: its label and its command

_USER = re.compile(r"[UW][A-Z0-9]{2,}")
_URL = re.compile(r"https://[^\s<>|\"]+[^\s<>|\".,;:)\]]")


@dataclass(frozen=True, kw_only=True, eq=False)
class Figure:
    """
    A table or a chart, drawn: it may take the place of the pieces that say it.

    Attributes:
        blocks: the data block first.
        size: how many pieces say it. Where a page holds fewer, they stay as they are.
    """

    blocks: tuple[Block, ...]
    size: int

    @property
    def kind(self) -> str:
        """
        Return the type of its data block.
        """
        return str(self.blocks[0]["type"])


@dataclass(frozen=True, kw_only=True)
class Piece:
    """
    The smallest thing that stays together on a page.

    Attributes:
        line: mrkdwn that may share one section with the lines beside it; such a
            piece has no blocks of its own.
        heading: belongs to what follows it.
        quiet: a note or a button, read out close to its like.
        figure: what may be drawn in place of this and its neighbours.
    """

    text: str
    blocks: tuple[Block, ...] = ()
    line: str | None = None
    heading: bool = False
    quiet: bool = False
    figure: Figure | None = None

    def joins(self, other: "Piece") -> bool:
        """
        Say whether *other* is read out right after this, without a pause.
        """
        lines = self.line is not None and other.line is not None
        return lines or (self.quiet and other.quiet)


def escape(text: str) -> str:
    """
    Make *text* inert in mrkdwn: no mentions, no links.

    Source: https://docs.slack.dev/messaging/formatting-message-text
    """
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def section(markdown: str, *, button: Button | None = None) -> Block:
    """
    Return a section that is shown whole: Slack may else fold a long one away.
    """
    block: Block = {"type": "section", "text": _mrkdwn(markdown), "expand": True}
    if button:
        block["accessory"] = _button(button)
    return block


def pieces_of(part: Part) -> Iterator[Piece]:
    """
    Yield *part*, longer texts in several pieces.
    """
    match part:
        case Heading(text=text):
            yield from heading(text, level=2)
        case Text(text=text):
            for chunk in split(text):
                yield Piece(text=_linked(chunk), blocks=(section(_linked(chunk)),))
        case Facts(rows=rows):
            for label, value in rows:
                yield from _labelled(label, value)
        case Account(label=label, user_id=user_id):
            who = f"<@{user_id}>" if _USER.fullmatch(user_id) else escape(user_id)
            yield _line(f"{_bold(label)}  {who}", text=f"{escape(label)}: {who}")
        case Bullets(items=items):
            for item in items:
                for chunk in split(item):
                    yield _line(f"• {_linked(chunk)}")
        case Entry():
            yield from _entry(part)
        case Table():
            block = table_block(part)
            yield from _drawn_as((block,) if block else (), _tabled(part))
        case Chart():
            yield from _charted(part)
        case Buttons(buttons=buttons):
            yield from button_rows(buttons)
        case _:
            assert_never(part)


def card_pieces(lines: Sequence[str]) -> Iterator[Piece]:
    """
    Yield the hotline card, and the line that parts it from what follows.
    """
    for chunk in split("\n".join(lines)):
        yield Piece(
            text=_linked(chunk),
            blocks=(section("\n".join(filter(None, map(_bold, chunk.splitlines())))),),
        )
    yield Piece(text="", blocks=({"type": "divider"},))


def heading(text: str, *, level: int) -> tuple[Piece, ...]:
    """
    Return a heading: Slack's own at *level* 1 if it is short enough, else bold.
    """
    if level == 1 and 0 < len(text) <= HEADER_CHARACTERS:
        header = {"type": "header", "text": {"type": "plain_text", "text": text, "emoji": False}}
        return (Piece(text=escape(text), blocks=(header,), heading=True),)
    return tuple(
        Piece(text=escape(chunk), blocks=(section(_bold(chunk)),), heading=True)
        for chunk in split(text)
    )


def note_pieces(notes: Sequence[str]) -> Iterator[Piece]:
    """
    Yield *notes* as Slack's small print.
    """
    for chunk in (chunk for note in notes for chunk in split(note)):
        context = {"type": "context", "elements": [_mrkdwn(_linked(chunk))]}
        yield Piece(text=_linked(chunk), blocks=(context,), quiet=True)


def button_rows(buttons: Sequence[Button]) -> Iterator[Piece]:
    """
    Yield *buttons* in rows; one that Slack would refuse is said instead.
    """
    row: list[Button] = []
    for button in buttons:
        if row and (not _is_short(button) or _is_full([*row, button])):
            yield _row(row)
            row = []
        if _is_short(button):
            row.append(button)
            continue
        for chunk in split(_unescaped(button)):
            yield Piece(text=escape(chunk), blocks=(section(escape(chunk)),), quiet=True)
    if row:
        yield _row(row)


def split(text: str, *, limit: int = PIECE_CHARACTERS) -> list[str]:
    """
    Return *text* in chunks of at most *limit* characters, broken at a line, a
    sentence or a word where there is one; blank text in none. Nothing but white
    space is dropped.
    """
    chunks = []
    text = text.strip()
    while len(text) > limit:
        window = text[:limit]
        at = max(window.rfind("\n"), window.rfind(". ") + 1)
        if at < limit // 3:
            at = window.rfind(" ")
        if at <= 0:
            at = limit
        chunks.append(text[:at].rstrip())
        text = text[at:].lstrip()
    return [*chunks, text] if text else chunks


def _drawn_as(blocks: tuple[Block, ...], said: Iterator[Piece]) -> Iterator[Piece]:
    """
    Yield the pieces *said*, and with them how they may be drawn; without *blocks*
    they stay words.
    """
    if not blocks:
        yield from said
        return
    pieces = list(said)
    figure = Figure(blocks=blocks, size=len(pieces))
    yield from (replace(piece, figure=figure) for piece in pieces)


def _tabled(table: Table) -> Iterator[Piece]:
    yield from heading(table.caption or "", level=2)
    if table.caption and len(table.columns) == 2:  # said once: no line below names it
        yield from _labelled(*table.columns)
    for row in table.rows:
        if len(row) == 2:  # its only column needs no name on every line
            yield from _labelled(*row)
            continue
        cells = zip(table.columns[1:], row[1:], strict=True)
        yield from _labelled(row[0], " · ".join(f"{name}: {cell}" for name, cell in cells))


def _charted(chart: Chart) -> Iterator[Piece]:
    blocks: tuple[Block, ...] = ()
    if block := chart_block(chart):
        blocks = (block,)
        if is_pie(chart):  # it has no axis to say its unit
            named = f"{chart.series[0][0]}: {chart.unit}"
            blocks = (block, {"type": "context", "elements": [_mrkdwn(_linked(named))]})
    yield from _drawn_as(blocks, _counted(chart))
    if chart.left_out:
        yield from _labelled(say("Not in the chart"), ", ".join(chart.left_out))


def _counted(chart: Chart) -> Iterator[Piece]:
    yield from heading(chart.title, level=2)
    for name, numbers in chart.series:
        pairs = zip(chart.categories, numbers, strict=True)
        said = ", ".join(f"{category} {number:,}" for category, number in pairs)
        yield from _labelled(name, f"{said} {chart.unit}")


def _labelled(label: str, value: str) -> Iterator[Piece]:
    *labels, label = split(label, limit=LABEL_CHARACTERS) or [""]
    for chunk in labels:
        yield _line(_bold(chunk), text=escape(chunk))
    values = split(value, limit=PIECE_CHARACTERS - LABEL_CHARACTERS) or [""]
    if label or values[0]:
        yield _line(
            "  ".join(filter(None, [_bold(label), _linked(values[0])])),
            text=": ".join(filter(None, [escape(label), _linked(values[0])])),
        )
    for chunk in values[1:]:
        yield _line(_linked(chunk))


def _line(markdown: str, *, text: str | None = None) -> Piece:
    return Piece(text=markdown if text is None else text, line=markdown)


def _entry(entry: Entry) -> Iterator[Piece]:
    *titles, title = split(entry.title, limit=LABEL_CHARACTERS) or [""]
    yield from (piece for chunk in titles for piece in heading(chunk, level=2))
    lines = split("\n".join(entry.lines), limit=PIECE_CHARACTERS - LABEL_CHARACTERS)
    first, rest = (lines[0], lines[1:]) if lines else ("", [])
    button = entry.button
    if title or first:
        own = button if button and _is_short(button) else None
        yield Piece(
            text="\n".join(
                filter(None, [escape(title), _linked(first), _said(own) if own else ""])
            ),
            blocks=(section("\n".join(filter(None, [_bold(title), _linked(first)])), button=own),),
        )
        button = None if own else button
    for chunk in rest:
        yield Piece(text=_linked(chunk), blocks=(section(_linked(chunk)),))
    if button:
        yield from button_rows([button])


def _row(buttons: Sequence[Button]) -> Piece:
    return Piece(
        text="\n".join(map(_said, buttons)),
        blocks=({"type": "actions", "elements": [_button(button) for button in buttons]},),
        quiet=True,
    )


def _is_full(row: Sequence[Button]) -> bool:
    return len(row) > ACTIONS_BUTTONS or sum(len(_said(each)) for each in row) > ROW_CHARACTERS


def _is_short(button: Button) -> bool:
    return len(_unescaped(button)) <= SAID_CHARACTERS


def _said(button: Button) -> str:
    return escape(_unescaped(button))


def _unescaped(button: Button) -> str:
    label = f"[{_label(button)}]"
    return label if button.share else f"{label} /ht {button.command}".rstrip()


def _label(button: Button) -> str:
    return " ".join(button.label.split()) or button.command or say("Menu")


def _button(button: Button) -> Block:
    label = _label(button)
    if len(label) > BUTTON_CHARACTERS:
        label = label[: BUTTON_CHARACTERS - 1].rstrip() + "…"
    block: Block = {
        "type": "button",
        "action_id": "share" if button.share else "run",
        "text": {"type": "plain_text", "text": label, "emoji": False},
        "value": button.command or "menu",
    }
    if button.urgent:
        block["style"] = "danger"
    return block


def _mrkdwn(markdown: str) -> Block:
    # verbatim: Slack must not find mentions or channels in what we did not mark.
    return {"type": "mrkdwn", "text": markdown, "verbatim": True}


def _linked(text: str) -> str:
    linked, done = "", 0
    for found in _URL.finditer(text):
        linked += f"{escape(text[done : found.start()])}<{escape(found.group())}>"
        done = found.end()
    return linked + escape(text[done:])


def _bold(text: str) -> str:
    # An asterisk or a new line inside would end the bold; a look-alike and a space do not.
    inside = " ".join(text.split()).replace("*", "∗")
    return f"*{_linked(inside)}*" if inside else ""
