"""
From a reply to Slack's blocks and to the complete text, page by page.

Every limit of Slack's holds by construction: a long text becomes several
sections, a long answer several pages, and nothing is cut.
Source: https://docs.slack.dev/reference/block-kit/blocks
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias, assert_never

from commands.contract import (
    Bullets,
    Button,
    Buttons,
    Entry,
    Facts,
    Heading,
    Part,
    Reply,
    Table,
    Text,
)

Block: TypeAlias = dict[str, Any]

HEADER_CHARACTERS = 150
SECTION_CHARACTERS = 3000
BUTTON_CHARACTERS = 75
ACTIONS_BUTTONS = 25
# Of Slack's 50 blocks a page keeps some for the title, the card, the notes and
# the buttons; and a page is what a person reads on a phone without losing the thread.
PAGE_BLOCKS = 30
PAGE_CHARACTERS = 3500
# What may stand under every page: more of it is paged like the rest.
FOOT_BLOCKS = 10
FOOT_CHARACTERS = 2500
# Room for "&amp;" in every place and for the marks around a line.
PIECE_CHARACTERS = 580
LABEL_CHARACTERS = 300  # of those: a label or a title before what it is of
SAID_CHARACTERS = 480  # of a button: its label and its command
TITLE_CHARACTERS = HEADER_CHARACTERS - len(" (1000 of 1000)")

UNTITLED = "Answer"

_URL = re.compile(r"https://[^\s<>|\"]+[^\s<>|\".,;:)\]]")


@dataclass(frozen=True, kw_only=True)
class Rendered:
    """
    Attributes:
        text: the whole page in plain words, escaped for Slack: screen readers
            and notifications get only this.
        blocks: the same, laid out.
        page, pages: from 1.
    """

    text: str
    blocks: tuple[Block, ...]
    page: int
    pages: int


@dataclass(frozen=True, kw_only=True)
class Piece:
    """
    The smallest thing that stays together on a page.

    Attributes:
        line: mrkdwn that may share one section with the lines beside it; such a
            piece has no blocks of its own.
        heading: belongs to what follows it.
        quiet: a note or a button, read out close to its like.
    """

    text: str
    blocks: tuple[Block, ...] = ()
    line: str | None = None
    heading: bool = False
    quiet: bool = False

    def joins(self, other: "Piece") -> bool:
        """
        Say whether *other* is read out right after this, without a pause.
        """
        lines = self.line is not None and other.line is not None
        return lines or (self.quiet and other.quiet)


def render(
    reply: Reply, *, card: Sequence[str] = (), page: int = 1, share: bool = False
) -> Rendered:
    """
    Return page *page* of *reply*; past the last page, the last.

    Notes and buttons stand under every page; where they are too long for that,
    they are paged like the rest.

    Args:
        card: the hotline card's lines, put above everything on the first page.
        share: whether a "Share in channel" button may stand below.
    """
    body = [piece for part in reply.parts for piece in _pieces(part)]
    notes, buttons = list(_notes(reply.notes)), reply.buttons
    foot = [*notes, *_buttons(buttons)]
    if not _fits(foot, blocks=FOOT_BLOCKS, characters=FOOT_CHARACTERS):
        body, notes, buttons = [*body, *foot], [], ()
    title = " ".join(reply.title.split()) or UNTITLED
    head = _heading(title, level=1) if len(title) <= TITLE_CHARACTERS else ()
    pages = _pages([*(() if head else _heading(title, level=2)), *body])
    page = min(max(page, 1), len(pages))
    if head and len(pages) > 1:
        head = _heading(f"{title} ({page} of {len(pages)})", level=1)
    pieces = [
        *(_card(card) if card and page == 1 else ()),
        *head,
        *pages[page - 1],
        *notes,
        *_buttons(
            (
                *_paging(reply, page=page, pages=len(pages)),
                *buttons,
                *(_sharing(reply, page=page) if share else ()),
            )
        ),
    ]
    return Rendered(
        text=_read_out(pieces),
        blocks=_unique(_laid_out(pieces)),
        page=page,
        pages=len(pages),
    )


def escape(text: str) -> str:
    """
    Make *text* inert in mrkdwn: no mentions, no links.

    Source: https://docs.slack.dev/messaging/formatting-message-text
    """
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def plain(text: str) -> str:
    """
    Return what a person reads of a rendered *text*: Slack's escapes undone.
    """
    text = re.sub(r"<(https://[^>|]+)>", r"\1", text)
    return text.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")


def section(markdown: str, *, button: Button | None = None) -> Block:
    block: Block = {"type": "section", "text": _mrkdwn(markdown)}
    if button:
        block["accessory"] = _button(button)
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


def _pieces(part: Part) -> Iterator[Piece]:
    match part:
        case Heading(text=text):
            yield from _heading(text, level=2)
        case Text(text=text):
            for chunk in split(text):
                yield Piece(text=_linked(chunk), blocks=(section(_linked(chunk)),))
        case Facts(rows=rows):
            for label, value in rows:
                yield from _labelled(label, value)
        case Bullets(items=items):
            for item in items:
                for chunk in split(item):
                    yield _line(f"• {_linked(chunk)}")
        case Entry():
            yield from _entry(part)
        case Table(columns=columns, rows=rows):
            for row in rows:
                cells = zip(columns[1:], row[1:], strict=True)
                yield from _labelled(row[0], " · ".join(f"{name}: {cell}" for name, cell in cells))
        case Buttons(buttons=buttons):
            yield from _buttons(buttons)
        case _:
            assert_never(part)


def _heading(text: str, *, level: int) -> tuple[Piece, ...]:
    if level == 1 and 0 < len(text) <= HEADER_CHARACTERS:
        header = {"type": "header", "text": {"type": "plain_text", "text": text, "emoji": False}}
        return (Piece(text=escape(text), blocks=(header,), heading=True),)
    return tuple(
        Piece(text=escape(chunk), blocks=(section(_bold(chunk)),), heading=True)
        for chunk in split(text)
    )


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


def _read_out(pieces: Sequence[Piece]) -> str:
    """
    Return the text of *pieces*, with a blank line where a new thing begins.
    """
    text = ""
    before: Piece | None = None
    for piece in pieces:
        if piece.text:
            together = before is None or before.heading or before.joins(piece)
            text += ("\n" if together else "\n\n") + piece.text
            before = piece
    return text.lstrip("\n")


def _laid_out(pieces: Sequence[Piece]) -> Iterator[Block]:
    """
    Yield the blocks of *pieces*, neighbouring lines together in as few sections
    as Slack's limit allows.
    """
    lines: list[str] = []
    for piece in pieces:
        if piece.line is not None and len("\n".join([*lines, piece.line])) <= SECTION_CHARACTERS:
            lines.append(piece.line)
            continue
        if lines:
            yield section("\n".join(lines))
        lines = [] if piece.line is None else [piece.line]
        yield from piece.blocks
    if lines:
        yield section("\n".join(lines))


def _entry(entry: Entry) -> Iterator[Piece]:
    *titles, title = split(entry.title, limit=LABEL_CHARACTERS) or [""]
    yield from (piece for chunk in titles for piece in _heading(chunk, level=2))
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
        yield from _buttons([button])


def _card(lines: Sequence[str]) -> Iterator[Piece]:
    for chunk in split("\n".join(lines)):
        yield Piece(
            text=_linked(chunk),
            blocks=(section("\n".join(filter(None, map(_bold, chunk.splitlines())))),),
        )
    yield Piece(text="", blocks=({"type": "divider"},))


def _notes(notes: Sequence[str]) -> Iterator[Piece]:
    for chunk in (chunk for note in notes for chunk in split(note)):
        context = {"type": "context", "elements": [_mrkdwn(_linked(chunk))]}
        yield Piece(text=_linked(chunk), blocks=(context,), quiet=True)


def _buttons(buttons: Sequence[Button]) -> Iterator[Piece]:
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


def _row(buttons: Sequence[Button]) -> Piece:
    return Piece(
        text="\n".join(map(_said, buttons)),
        blocks=({"type": "actions", "elements": [_button(button) for button in buttons]},),
        quiet=True,
    )


def _is_full(row: Sequence[Button]) -> bool:
    return len(row) > ACTIONS_BUTTONS or sum(len(_said(each)) for each in row) > FOOT_CHARACTERS


def _is_short(button: Button) -> bool:
    return len(_unescaped(button)) <= SAID_CHARACTERS


def _said(button: Button) -> str:
    return escape(_unescaped(button))


def _unescaped(button: Button) -> str:
    label = f"[{_label(button)}]"
    return label if button.share else f"{label} /ht {button.command}".rstrip()


def _label(button: Button) -> str:
    return " ".join(button.label.split()) or button.command or "Menu"


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


def _unique(blocks: Iterator[Block] | Sequence[Block]) -> tuple[Block, ...]:
    """
    Give every button an action_id of its own: Slack wants them unique.
    """
    number = 0
    listed = tuple(blocks)
    for block in listed:
        elements = [*block.get("elements", ()), block.get("accessory")]
        for element in elements:
            if element and element.get("type") == "button":
                element["action_id"] = f"{element['action_id']}:{number}"
                number += 1
    return listed


def _paging(reply: Reply, *, page: int, pages: int) -> Iterator[Button]:
    if reply.again is None:
        return
    if page > 1:
        yield Button(label="Previous page", command=f"{reply.again} page {page - 1}")
    if page < pages:
        yield Button(label="Next page", command=f"{reply.again} page {page + 1}")


def _sharing(reply: Reply, *, page: int) -> Iterator[Button]:
    if reply.shareable and reply.again is not None:
        command = reply.again if page == 1 else f"{reply.again} page {page}"
        yield Button(label="Share in channel", command=command, share=True)


def _pages(pieces: Sequence[Piece]) -> list[list[Piece]]:
    pages: list[list[Piece]] = [[]]
    for unit in _units(pieces):
        # A heading moves to the next page together with what it heads, if a page holds both.
        for some in [unit] if _fit_page(unit) else [[piece] for piece in unit]:
            if pages[-1] and not _fit_page([*pages[-1], *some]):
                pages.append([])
            pages[-1].extend(some)
    return pages


def _units(pieces: Sequence[Piece]) -> Iterator[list[Piece]]:
    """
    Yield *pieces* in order, every heading with what follows it.
    """
    unit: list[Piece] = []
    for piece in pieces:
        unit.append(piece)
        if not piece.heading:
            yield unit
            unit = []
    if unit:
        yield unit


def _fit_page(pieces: Sequence[Piece]) -> bool:
    return _fits(pieces, blocks=PAGE_BLOCKS, characters=PAGE_CHARACTERS)


def _fits(pieces: Sequence[Piece], *, blocks: int, characters: int) -> bool:
    return (
        sum(len(piece.text) + 1 for piece in pieces) <= characters
        and sum(1 for _ in _laid_out(pieces)) <= blocks
    )


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
