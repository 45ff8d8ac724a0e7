"""Slack's limits on messages and views, and the error each breach earns."""

import json
from typing import Any

from bot.sandbox import shapes
from bot.sandbox.blocks import Surface, check_blocks
from bot.sandbox.errors import Findings, SlackError

MESSAGE_TEXT = 40_000
UPDATED_TEXT = 4_000  # chat.update takes a tenth of what chat.postMessage does
ATTACHMENTS = 100
# Published nowhere: measured at about 13,200 (slackapi/bolt-js#2509), the tables' cells not counted.
MESSAGE_BLOCKS_CHARACTERS = 13_200
VIEW_TITLE = 24
PRIVATE_METADATA = 3000
CALLBACK_ID = EXTERNAL_ID = 255
VIEW_BYTES = 250 * 1024
# Slack never tells the bot that it refused an acknowledgement, so only the plainest blocks go there.
IN_ACK = frozenset({"section", "header", "context", "actions", "divider"})


def _characters(value: Any) -> int:
    if isinstance(value, list):
        return sum(map(_characters, value))
    if not isinstance(value, dict):
        return 0
    own = len(value["text"]) if isinstance(value.get("text"), str) else 0
    return own + sum(_characters(entry) for key, entry in value.items() if key != "rows")


def validate_message(
    message: dict[str, Any],
    *,
    longest: int = MESSAGE_TEXT,
    ack: bool = False,
    data_blocks: bool = True,
) -> None:
    """
    Refuse a message that Slack would refuse.

    Args:
        message: with ``text``, ``blocks`` or ``attachments``, already decoded.
        longest: characters of ``text``.
        ack: whether it is the body of an acknowledgement.
        data_blocks: whether this workspace knows data_table and data_visualization.
    Raises:
        SlackError: `no_text`, `msg_too_long`, `too_many_attachments`, `invalid_blocks`,
            `invalid_attachments` (a second table), `msg_blocks_too_long`.
    """
    text, blocks = message.get("text") or "", message.get("blocks")
    attachments = message.get("attachments") or []
    if not text and not blocks and not attachments:
        raise SlackError("no_text")
    if not isinstance(text, str):
        raise SlackError("invalid_arguments", "must be a string [json-pointer:/text]")
    if len(text) > longest:
        raise SlackError("msg_too_long", f"must be less than {longest + 1} characters")
    if not isinstance(attachments, list):
        raise SlackError("invalid_attachments", "must be an array [json-pointer:/attachments]")
    if len(attachments) > ATTACHMENTS:
        raise SlackError("too_many_attachments")
    if blocks is None:
        return
    found = check_blocks(blocks, "message")
    for index, block in enumerate(blocks if isinstance(blocks, list) else []):
        kind, where = block.get("type") if isinstance(block, dict) else None, f"/blocks/{index}"
        if ack and kind is not None and kind not in IN_ACK:
            found.add(f"{kind} in an acknowledgement", f"{where}/type")
        if not data_blocks and kind in ("data_table", "data_visualization"):
            found.add(f"unsupported type: {kind}", f"{where}/type")
    if found.problems:
        raise SlackError(found.code or "invalid_blocks", found.problems)
    if _characters(blocks) > MESSAGE_BLOCKS_CHARACTERS:
        raise SlackError("msg_blocks_too_long")


def validate_view(view: Any) -> Surface:
    """
    Refuse a view that Slack would refuse, and return which kind it is.

    Raises:
        SlackError: `invalid_arguments` with every problem, or `view_too_large`.
    """
    found = Findings()
    if not shapes.is_object(found, view, "/view"):
        raise SlackError("invalid_arguments", found.problems)
    if len(json.dumps(view, ensure_ascii=False).encode()) > VIEW_BYTES:
        raise SlackError("view_too_large")
    kind: Surface = "home" if view.get("type") == "home" else "modal"
    if view.get("type") not in ("home", "modal"):
        found.add(f"unsupported type: {view.get('type')}", "/view/type")
    shared = ("private_metadata", "callback_id", "external_id")
    if kind == "home":
        shapes.keys(found, view, "/view", required=("blocks",), optional=shared)
    else:
        optional = ("close", "submit", "clear_on_close", "notify_on_close", "submit_disabled")
        shapes.keys(
            found, view, "/view", required=("title", "blocks"), optional=(*shared, *optional)
        )
        shapes.flags(found, view, "/view", optional[2:])
        for key in ("title", "close", "submit"):
            if view.get(key) is not None:
                shapes.text(found, view[key], f"/view/{key}", most=VIEW_TITLE, kinds=shapes.PLAIN)
    for key, most in zip(shared, (PRIVATE_METADATA, CALLBACK_ID, EXTERNAL_ID), strict=True):
        if key in view:
            shapes.string(found, view[key], f"/view/{key}", most=most, least=0)
    if "blocks" in view:
        found.problems += check_blocks(view["blocks"], kind, pointer="/view/blocks").problems
        blocks = view["blocks"] if isinstance(view["blocks"], list) else []
        inputs = any(isinstance(b, dict) and b.get("type") == "input" for b in blocks)
        if kind == "modal" and inputs and not view.get("submit"):
            found.add("missing required field: submit", "/view")
    if found.problems:
        raise SlackError("invalid_arguments", found.problems)
    return kind
