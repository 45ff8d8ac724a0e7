"""
`htbot say`: an answer in the terminal, with no Slack at all.
"""

import json

from bot.listeners import message
from bot.render import plain
from bot.router import Router
from commands.contract import Standing

ROLES = {each.name.lower(): each for each in Standing}


async def say(text: str, *, router: Router, role: str, as_json: bool) -> str:
    """
    Return what the bot answers to *text* ("/ht hotline" or "hotline") for somebody
    of *role*: the complete text, or the JSON that Slack would get.
    """

    async def standing() -> Standing:
        return ROLES[role]

    answer = await router.answer(_asked(text), standing=standing, share=as_json)
    if as_json:
        return json.dumps(message(answer.rendered), ensure_ascii=False, indent=2)
    return plain(answer.rendered.text)


def _asked(text: str) -> str:
    first, *rest = text.split(maxsplit=1) or [""]
    return "".join(rest) if first.casefold() == "/ht" else text
