"""
The Home tab and the modal: an answer where there is no channel to answer in.
"""

from itertools import chain
from typing import Any

from bot.render import Rendered, unique
from commands.speech import say


def home_view(*shown: Rendered) -> dict[str, Any]:
    """
    Return the Home tab, one under the other: the card and the menu; or the card with what
    is its reader's own, and the menu.
    """
    return {
        "type": "home",
        "blocks": list(unique(chain.from_iterable(each.blocks for each in shown))),
    }


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
