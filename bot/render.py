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
# Room for "&amp;" in every place and for the marks around a line.
PIECE_CHARACTERS = 580

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

    Args:
        card: the hotline card's lines, put above everything on the first page.
        share: whether a "Share in channel" button may stand below.
    """
    pages = _pages([piece for part in reply.parts for piece in _pieces(part)])
    page = min(max(page, 1), len(pages))
    title = reply.title if len(pages) == 1 else f"{reply.title} ({page} of {len(pages)})"
    pieces = [
        *(_card(card) if card and page == 1 else ()),
        *_heading(title, level=1),
        *pages[page - 1],
        *(_context(note) for note in reply.notes),
        *_buttons(_navigation(reply, page=page, pages=len(pages), share=share)),
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
    return _URL.sub(lambda found: f"<{found.group()}>", escape(text))


def _bold(text: str) -> str:
    # An asterisk inside would end the bold; the look-alike does not.
    return f"*{_linked(text).replace('*', '∗')}*" if text.strip() else ""


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


def _heading(text: str, *, level: int) -> Iterator[Piece]:
    if level == 1 and len(text) <= HEADER_CHARACTERS:
        header = {"type": "header", "text": {"type": "plain_text", "text": text, "emoji": False}}
        yield Piece(text=escape(text), blocks=(header,), heading=True)
        return
    for chunk in split(text):
        yield Piece(text=escape(chunk), blocks=(section(_bold(chunk)),), heading=True)


def _labelled(label: str, value: str) -> Iterator[Piece]:
    head, *rest = split(f"{label}\0{value}")
    label, _, value = head.partition("\0")
    yield Piece(text=f"{escape(label)}: {_linked(value)}", line=f"{_bold(label)}  {_linked(value)}")
    for chunk in rest:
        yield _line(_linked(chunk))


def _line(markdown: str) -> Piece:
    return Piece(text=markdown, line=markdown)


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
    chunks = split("\n".join(entry.lines)) if entry.lines else [""]
    opening = f"\n{_said(entry.button)}" if entry.button else ""
    first = "\n".join(filter(None, [escape(entry.title), _linked(chunks[0])]))
    yield Piece(
        text=f"{first}{opening}",
        blocks=(
            section(
                "\n".join(filter(None, [_bold(entry.title), _linked(chunks[0])])),
                button=entry.button,
            ),
        ),
    )
    for chunk in chunks[1:]:
        yield Piece(text=_linked(chunk), blocks=(section(_linked(chunk)),))


def _card(lines: Sequence[str]) -> Iterator[Piece]:
    text = "\n".join(lines)
    for chunk in split(text):
        yield Piece(
            text=_linked(chunk),
            blocks=(section("\n".join(_bold(line) for line in chunk.splitlines())),),
        )
    yield Piece(text="", blocks=({"type": "divider"},))


def _context(note: str) -> Piece:
    chunks = split(note)
    return Piece(
        text="\n".join(_linked(chunk) for chunk in chunks),
        blocks=tuple(
            {"type": "context", "elements": [_mrkdwn(_linked(chunk))]} for chunk in chunks
        ),
        quiet=True,
    )


def _buttons(buttons: Sequence[Button]) -> Iterator[Piece]:
    for start in range(0, len(buttons), ACTIONS_BUTTONS):
        some = buttons[start : start + ACTIONS_BUTTONS]
        yield Piece(
            text="\n".join(_said(button) for button in some),
            blocks=({"type": "actions", "elements": [_button(button) for button in some]},),
            quiet=True,
        )


def _said(button: Button) -> str:
    if button.share:
        return f"[{escape(button.label)}]"
    return f"[{escape(button.label)}] /ht {escape(button.command)}".rstrip()


def _button(button: Button) -> Block:
    label = button.label
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


def _navigation(reply: Reply, *, page: int, pages: int, share: bool) -> tuple[Button, ...]:
    buttons = []
    if reply.again is not None:
        if page > 1:
            buttons.append(Button(label="Previous page", command=f"{reply.again} page {page - 1}"))
        if page < pages:
            buttons.append(Button(label="Next page", command=f"{reply.again} page {page + 1}"))
    buttons.extend(reply.buttons)
    if share and reply.shareable and reply.again is not None:
        command = reply.again if page == 1 else f"{reply.again} page {page}"
        buttons.append(Button(label="Share in channel", command=command, share=True))
    return tuple(buttons)


def _pages(pieces: Sequence[Piece]) -> list[list[Piece]]:
    pages: list[list[Piece]] = [[]]
    blocks = characters = 0  # of the page so far; lines are counted by their characters
    for position, piece in enumerate(pieces):
        # A heading moves to the next page together with what it heads.
        needed = [piece]
        while needed[-1].heading and position + len(needed) < len(pieces):
            needed.append(pieces[position + len(needed)])
        more_blocks = sum(len(each.blocks) for each in needed)
        more_characters = sum(len(each.text) + 1 for each in needed)
        if pages[-1] and (
            blocks + more_blocks > PAGE_BLOCKS or characters + more_characters > PAGE_CHARACTERS
        ):
            pages.append([])
            blocks = characters = 0
        pages[-1].append(piece)
        blocks += len(piece.blocks)
        characters += len(piece.text) + 1
    return pages


def split(text: str, *, limit: int = PIECE_CHARACTERS) -> list[str]:
    """
    Return *text* in chunks of at most *limit* characters, broken at a line, a
    sentence or a word where there is one. Nothing but white space is dropped.
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
    return [*chunks, text] if text or not chunks else chunks
