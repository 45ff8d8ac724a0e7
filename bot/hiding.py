"""
"Hide this": an answer that its reader alone sees goes from their screen, and what that
does not erase.

Source: https://docs.slack.dev/interactivity/handling-user-interaction#deleting_message_response
"""

from bot.pieces import Block, escape, section
from commands.speech import phrase, say

HIDE = "hide"  # the button's action_id; no command begins with it
LABEL = phrase("Hide this")
WHAT = phrase(
    "takes this answer off your screen. What was typed stays with Slack, where administrators may "
    "be able to read it."
)


def hidden_by() -> str:
    """
    Return the button and what it does, in words.
    """
    return escape(f"[{say(LABEL)}] {say(WHAT)}")


def hiding() -> Block:
    """
    Return the last block of an answer that can be hidden, for its reader's own screen.
    """
    button = {
        "type": "button",
        "action_id": HIDE,
        "text": {"type": "plain_text", "text": say(LABEL), "emoji": False},
        "value": HIDE,
    }
    return section(escape(f"“{say(LABEL)}” {say(WHAT)}")) | {"accessory": button}
