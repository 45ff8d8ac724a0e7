"""
What can be asked: help, the menu, and help on one verb.
"""

import pytest

from commands.contract import Command, Standing
from commands.hotline import NO_DETAILS
from commands.registry import COMMANDS
from tests.commands.answers import entries, facts, lists
from tests.commands.conftest import Read, Say, Shown

each_command = pytest.mark.parametrize("command", COMMANDS, ids=lambda command: command.verb)


@each_command
def test_every_usage_line_and_summary_is_in_help(command: Command, say: Say) -> None:
    assert facts(say("help", command.who))[f"/ht {command.usage}"] == command.summary


@each_command
def test_help_on_a_verb_shows_its_usage_and_examples(command: Command, say: Say) -> None:
    reply = say(f"help {command.verb}", Standing.ADMIN)

    told = {f"/ht {each.usage}": (each.summary,) for each in (command, *command.actions)}
    assert entries(reply) == told
    assert lists(reply)[""] == tuple(f"/ht {example}" for example in command.examples)


@pytest.mark.parametrize("asked", ["help FUNDING", "help /ht funding", "help budget", "help fund"])
def test_help_knows_a_verb_by_its_synonyms(asked: str, say: Say) -> None:
    assert say(asked).title == "Help: funding"


@pytest.mark.parametrize(
    ("standing", "usable"),
    [
        (Standing.EXTERNAL, ["hotline", "help"]),
        (Standing.GUEST, ["hotline", "partners", "partner", "services", "language", "help"]),
        (Standing.MEMBER, [each.verb for each in COMMANDS if each.who <= Standing.MEMBER]),
        (Standing.ADMIN, [command.verb for command in COMMANDS]),
    ],
)
def test_help_shows_everybody_what_they_may_use(
    standing: Standing, usable: list[str], say: Say
) -> None:
    told = facts(say("help", standing))

    assert [usage.split()[1] for usage in told] == usable


@pytest.mark.parametrize("asked", ["", "menu", "help"])
def test_menu_and_help_say_what_the_bot_is_not(asked: str, read: Read) -> None:
    assert NO_DETAILS in read(asked)


def test_an_empty_command_is_a_menu_with_the_card_above(shown: Shown) -> None:
    text = shown("").rendered.text

    assert text.startswith("Emergency: 911\n")
    for command in COMMANDS:
        offered = bool(command.menu) and command.who <= Standing.MEMBER
        assert (f"] /ht {command.verb}\n" in text) == offered, command.verb


@pytest.mark.parametrize(("standing", "absent"), [(Standing.EXTERNAL, "partners"), (Standing.GUEST, "funding")])  # fmt: skip
def test_the_menu_has_no_button_that_would_be_refused(
    standing: Standing, absent: str, read: Read
) -> None:
    assert "/ht hotline" in read("", standing)
    assert f"] /ht {absent}\n" not in read("", standing)
