"""
`htbot say`: what Slack would get, in the terminal.
"""

import json

import pytest

from bot.clock import utc_now
from bot.render import plain
from bot.router import Router
from bot.sandbox.limits import validate_message
from bot.say import ROLES, say
from commands.registry import COMMANDS

EXAMPLES = tuple(example for command in COMMANDS for example in command.examples)


@pytest.fixture
def library(shared_library):
    return shared_library


@pytest.fixture
def router(library):
    return Router(library=library, clock=utc_now)


@pytest.mark.parametrize("text", ["/ht hotline", "hotline", "  /HT   hotline ", "/ht\thotline"])
async def test_the_command_may_stand_before_the_text(text, router):
    told = await say(text, router=router, role="member", as_json=False)

    assert told == await say("hotline", router=router, role="member", as_json=False)
    assert told.startswith("Emergency: 911")


@pytest.mark.parametrize("text", ["/ht", "", " /ht "])
async def test_nothing_is_the_menu(text, router):
    assert "What do you need?" in await say(text, router=router, role="member", as_json=False)


@pytest.mark.parametrize("text", EXAMPLES)
async def test_every_example_is_answered_as_text_and_as_slacks_json(text, router):
    told = await say(text, router=router, role="admin", as_json=False)
    sent = json.loads(await say(text, router=router, role="admin", as_json=True))

    validate_message(sent, ack=True)
    assert plain(sent["text"]).replace("\n[Share in channel]", "") == told
    assert "Did you mean" not in told
    assert "&amp;" not in told


async def test_a_role_sees_what_it_may(router):
    told = {role: await say("funding", router=router, role=role, as_json=False) for role in ROLES}

    assert {role for role, text in told.items() if "Not for everybody" in text} == {
        "external",
        "guest",
    }
