"""
The Home tab and the modal: an answer where there is no channel to answer in.
"""

import json
from hashlib import sha256
from itertools import chain
from typing import Any

from bot.render import Rendered, unique
from commands.speech import say


def home_view(*shown: Rendered) -> dict[str, Any]:
    """
    Return the Home tab, one under the other: the card and the menu; or the card with what
    is its reader's own, and the menu.
    """
    blocks = list(unique(chain.from_iterable(each.blocks for each in shown)))
    mark = sha256(json.dumps(blocks).encode()).hexdigest()
    return {"type": "home", "blocks": blocks, "private_metadata": mark}


def mark_of(view: dict[str, Any]) -> str:
    """
    Return what tells one Home from another that shows something else: Slack gives it back
    with what it says of a view. "": it is no Home of ours.
    """
    return str(view.get("private_metadata") or "")


def modal_view(answer: Rendered) -> dict[str, Any]:
    """
    Return an answer as a modal: what a button of the Home tab opens.
    """
    return {
        "type": "modal",
        "title": {"type": "plain_text", "text": say("Answer"), "emoji": False},
        "close": {"type": "plain_text", "text": say("Close"), "emoji": False},
        "blocks": list(answer.blocks),
    }
