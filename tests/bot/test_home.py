"""
The Home tab and the modal, as Slack takes them.
"""

import json

import pytest

from bot.clock import utc_now
from bot.home import home_view, modal_view
from bot.router import Router
from bot.sandbox.limits import validate_view
from commands.contract import Standing
from commands.registry import COMMANDS

EXAMPLES = tuple(example for command in COMMANDS for example in command.examples)


@pytest.fixture
def library(shared_library):
    return shared_library


@pytest.fixture
def ask(library):
    async def ask(text, who=Standing.ADMIN):
        async def standing():
            return who

        router = Router(library=library, clock=utc_now)
        return (await router.answer(text, standing=standing)).rendered

    return ask


@pytest.mark.parametrize("who", Standing)
async def test_home_has_the_card_the_menu_and_the_warning(who, ask):
    view = home_view(await ask("menu", who))

    assert validate_view(view) == "home"
    said = json.dumps(view, ensure_ascii=False)
    for words in ("911", "1 (800) 670-7273", "not a reporting line", "Slack keeps what you type"):
        assert words in said


@pytest.mark.parametrize("text", EXAMPLES)
async def test_every_answer_fits_a_modal(text, ask):
    assert validate_view(modal_view(await ask(text))) == "modal"
