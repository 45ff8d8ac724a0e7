"""
From a reply to Slack's blocks and to the complete text, page by page.

Every limit of Slack's holds by construction: a long text becomes several
sections, a long answer several pages, and nothing is cut.
"""

import json
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import count, groupby, zip_longest
from typing import Any

from bot.data_blocks import MOST
from bot.hiding import hidden_by, hiding
from bot.pieces import (
    HEADER_CHARACTERS,
    Block,
    Piece,
    button_rows,
    card_pieces,
    heading,
    note_pieces,
    pieces_of,
    section,
)
from commands.contract import Button, Reply
from commands.speech import phrase, say

SECTION_CHARACTERS = 3000
MESSAGE_BLOCKS = 49  # of Slack's 50: one is for hiding the message
# Of Slack's 50 blocks a page keeps some for the title, the card, the notes and
# the buttons; and a page is what a person reads on a phone without losing the thread.
PAGE_BLOCKS = 30
PAGE_CHARACTERS = 3500
# What may stand under every page: more of it is paged like the rest.
FOOT_BLOCKS = 10
FOOT_CHARACTERS = 2500
TITLE_CHARACTERS = HEADER_CHARACTERS - len(" (1000 of 1000)")

ALOUD_CHARACTERS = 75  # of what is read out in place of a button's label
UNTITLED = phrase("Answer")


@dataclass(frozen=True, kw_only=True)
class Rendered:
    """
    Attributes:
        text: the whole page in plain words, escaped for Slack: screen readers
            and notifications get only this.
        blocks: the same, laid out with the plainest blocks: they may stand in an
            acknowledgement and in any view.
        page, pages: from 1.
        rich: the same once more, with tables and charts drawn, for a message that is
            posted; None where there is none to draw.
    """

    text: str
    blocks: tuple[Block, ...]
    page: int
    pages: int
    rich: tuple[Block, ...] | None = None

    @cached_property
    def written(self) -> str:
        """
        As a message for one reader, in JSON: written once, however often it is given.
        """
        return json.dumps(message(self))


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
    body = [piece for part in reply.parts for piece in pieces_of(part)]
    notes, buttons = list(note_pieces(reply.notes)), reply.buttons
    foot = [*notes, *button_rows(buttons)]
    if not _fits(foot, blocks=FOOT_BLOCKS, characters=FOOT_CHARACTERS):
        body, notes, buttons = [*body, *foot], [], ()
    title = " ".join(reply.title.split()) or say(UNTITLED)
    head = heading(title, level=1) if len(title) <= TITLE_CHARACTERS else ()
    pages = _pages([*(() if head else heading(title, level=2)), *body])
    page = min(max(page, 1), len(pages))
    if head and len(pages) > 1:
        head = heading(
            say("{title} ({page} of {number})", title=title, page=page, number=len(pages)), level=1
        )
    pieces = [
        *(card_pieces(card) if card and page == 1 else ()),
        *head,
        *pages[page - 1],
        *notes,
        *button_rows(
            (
                *_paging(reply, page=page, pages=len(pages)),
                *buttons,
                *(_sharing(reply, page=page) if share else ()),
            )
        ),
    ]
    return Rendered(
        text=_read_out(pieces),
        blocks=unique(_laid_out(pieces)),
        page=page,
        pages=len(pages),
        rich=_rich(pieces),
    )


def plain(text: str) -> str:
    """
    Return what a person reads of a rendered *text*: Slack's escapes undone.
    """
    text = re.sub(r"<(https://[^>|]+)>", r"\1", text)
    return text.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")


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


def _rich(pieces: Sequence[Piece]) -> tuple[Block, ...] | None:
    drawn = list(_drawn(pieces))
    if drawn == list(pieces):
        return None
    blocks = unique(_laid_out(drawn))
    return blocks if len(blocks) <= MESSAGE_BLOCKS else None


def _drawn(pieces: Sequence[Piece]) -> Iterator[Piece]:
    """
    Yield *pieces*, the figures that stand among them whole in place of what says
    them, as many as Slack takes in one message.
    """
    room = dict(MOST)
    for figure, some in groupby(pieces, key=lambda piece: piece.figure):
        said = list(some)
        if figure is None or len(said) < figure.size or not room[figure.kind]:
            yield from said
            continue
        room[figure.kind] -= 1
        yield Piece(text="", blocks=figure.blocks)


def unique(blocks: Iterable[Block]) -> tuple[Block, ...]:
    """
    Give every button an action_id of its own: Slack wants them unique. Those that are
    labelled alike are read out with what each asks.
    """
    blocks = list(blocks)
    labels = Counter(_label(each) for block in blocks for each in _buttons(block))
    numbers = count()

    def named(element: dict[str, Any]) -> dict[str, Any]:
        if element["type"] != "button":
            return element
        label = _label(element)
        if labels[label] > 1:
            read_out = f"{label}, /ht {element['value']}"
            element = element | {"accessibility_label": read_out[:ALOUD_CHARACTERS]}
        return element | {"action_id": f"{element['action_id']}:{next(numbers)}"}

    listed = []
    for block in blocks:
        if "elements" in block:
            block = block | {"elements": [named(each) for each in block["elements"]]}
        if "accessory" in block:
            block = block | {"accessory": named(block["accessory"])}
        listed.append(block)
    return tuple(listed)


def _buttons(block: Block) -> Iterator[dict[str, Any]]:
    yield from (each for each in block.get("elements", ()) if each["type"] == "button")
    if "accessory" in block:
        yield block["accessory"]


def _label(button: dict[str, Any]) -> str:
    return str(button["text"]["text"])


def _paging(reply: Reply, *, page: int, pages: int) -> Iterator[Button]:
    if reply.again is None:
        return
    if page > 1:
        yield Button(label=say("Previous page"), command=f"{reply.again} page {page - 1}")
    if page < pages:
        yield Button(label=say("Next page"), command=f"{reply.again} page {page + 1}")


def _sharing(reply: Reply, *, page: int) -> Iterator[Button]:
    if reply.shareable and reply.again is not None:
        command = reply.again if page == 1 else f"{reply.again} page {page}"
        yield Button(label=say("Share in channel"), command=command, share=True)


def _pages(pieces: Sequence[Piece]) -> list[list[Piece]]:
    pages: list[list[Piece]] = [[]]
    for unit in _units(pieces, figures=True):
        for some in _fitting(unit):
            if pages[-1] and not _fit_page([*pages[-1], *some]):
                pages.append([])
            pages[-1].extend(some)
    return pages


def _fitting(unit: list[Piece]) -> Iterator[list[Piece]]:
    """
    Yield *unit* whole if a page holds it, else in parts that a page does hold: a
    heading stays with what it heads as long as that can be.
    """
    if _fit_page(unit):
        yield unit
        return
    for some in _units(unit, figures=False):
        yield from [some] if _fit_page(some) else [[piece] for piece in some]


def _units(pieces: Sequence[Piece], *, figures: bool) -> Iterator[list[Piece]]:
    """
    Yield *pieces* in order, every heading with what follows it.

    Args:
        figures: all that says one figure stays together as well.
    """
    unit: list[Piece] = []
    for piece, after in zip_longest(pieces, pieces[1:]):
        unit.append(piece)
        drawn = figures and piece.figure is not None
        goes_on = drawn and after is not None and after.figure is piece.figure
        if not piece.heading and not goes_on:
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


def message(rendered: Rendered, *, drawn: bool = False) -> dict[str, Any]:
    """
    Return *rendered* as a message for one reader, who may hide it again.

    Args:
        drawn: with tables and charts, where there are any; never in an acknowledgement.
    """
    return {
        "response_type": "ephemeral",
        "text": f"{rendered.text}\n\n{hidden_by()}",
        "blocks": [*((drawn and rendered.rich) or rendered.blocks), hiding()],
        "unfurl_links": False,
        "unfurl_media": False,
    }
