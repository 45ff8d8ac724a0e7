"""
The Home tab and the modal: an answer where there is no channel to answer in.
"""

from typing import Any

from bot.render import Rendered


def home_view(menu: Rendered) -> dict[str, Any]:
    """
    Return the Home tab: the card and the menu.
    """
    return {"type": "home", "blocks": list(menu.blocks)}


def modal_view(answer: Rendered) -> dict[str, Any]:
    """
    Return an answer as a modal: what a button of the Home tab opens.
    """
    return {
        "type": "modal",
        "title": {"type": "plain_text", "text": "Answer", "emoji": False},
        "close": {"type": "plain_text", "text": "Close", "emoji": False},
        "blocks": list(answer.blocks),
    }
