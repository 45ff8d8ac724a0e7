"""
The commands there are: whole, apart, and clean.
"""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from pydantic import BaseModel

from commands.contract import Command, Standing
from commands.registry import COMMANDS
from commands.routing import Verbs
from commands.screen import find_details
from commands.words import words
from storage.deliveries import Priority
from storage.packs.reading import read_pack

each_command = pytest.mark.parametrize("command", COMMANDS, ids=lambda command: command.verb)

VERBS = [
    "hotline", "partners", "partner", "services", "collaboratives", "roles", "funding", "stats", "define", "prevention",
    "models", "gaps", "equity", "techsafety", "sources", "about", "language", "register", "me", "members", "whois", "meetings", "next", "meeting", "calendar", "reminders", "registrations", "access", "broadcast", "broadcasts", "message", "emergency", "survey", "entry", "directory", "wrong", "ping", "deliveries", "audit", "system", "digest", "notices", "help",
]  # fmt: skip
WHO = {
    "hotline": Standing.EXTERNAL,
    "help": Standing.EXTERNAL,
    "language": Standing.GUEST,
    "services": Standing.GUEST,
    "partners": Standing.GUEST,
    "partner": Standing.GUEST,
    "members": Standing.APPROVED,
    "whois": Standing.APPROVED,
    "meetings": Standing.APPROVED,
    "next": Standing.APPROVED,
    "meeting": Standing.APPROVED,
    "calendar": Standing.APPROVED,
    "registrations": Standing.COORDINATOR,
    "reminders": Standing.APPROVED,
    "access": Standing.COORDINATOR,
    "broadcast": Standing.COORDINATOR,
    "broadcasts": Standing.COORDINATOR,
    "emergency": Standing.ADMIN,
    "audit": Standing.COORDINATOR,
    "system": Standing.ADMIN,
    "entry": Standing.APPROVED,
    "survey": Standing.APPROVED,
}
INNER = {
    "broadcast",
    "broadcasts",
    "emergency",
    "message",
    "access",
    "language",
    "me",
    "members",
    "register",
    "registrations",
    "reminders",
    "stats",
    "ping",
    "deliveries",
    "audit",
    "system",
    "digest",
    "notices",
    "whois",
    "entry",
    "directory",
    "wrong",
    "meetings",
    "next",
    "meeting",
    "calendar",
    "survey",
}  # never into channels that are read outside
MADE_KEY = re.compile(r"-[0-9a-f]{6}$")  # ends a key that no person made, reads or types


def test_the_verbs_are_those_agreed() -> None:
    assert [command.verb for command in COMMANDS] == VERBS


@each_command
def test_a_command_has_one_way_to_answer_and_something_to_try(command: Command) -> None:
    assert (command.handle is None) != (command.recall is None)
    assert command.examples
    assert command.usage.split()[0] == command.verb
    assert command.summary.endswith(".")


@each_command
def test_a_command_is_for_those_it_is_meant_for_and_public(command: Command) -> None:
    assert command.who is WHO.get(command.verb, Standing.MEMBER)
    assert command.public == (command.verb not in INNER)


def test_hotlines_and_help_need_no_database() -> None:
    assert [command.verb for command in COMMANDS if command.recall] == ["hotline", "help"]


def test_no_phrase_stands_for_two_verbs() -> None:
    assert Verbs(commands=COMMANDS).phrases


@each_command
def test_every_phrase_usage_and_summary_passes_the_screen(command: Command) -> None:
    said = [command.verb, command.usage, command.summary, *command.aliases, *command.subjects, *command.examples]  # fmt: skip

    assert [text for text in said if find_details(text)] == []


def test_every_string_of_the_pack_passes_the_screen(contra_costa: Path) -> None:
    every = set(_strings(vars(read_pack(contra_costa))))
    strings = {text for text in every if not MADE_KEY.search(text)}

    assert len(strings) > 1_000
    assert sorted(text for text in strings if find_details(text)) == []


def _strings(value: object) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, BaseModel):
        yield from _strings(vars(value))
    elif isinstance(value, dict):
        yield from _strings([*value.keys(), *value.values()])
    elif isinstance(value, list | tuple):
        for each in value:
            yield from _strings(each)


@each_command
def test_an_action_begins_with_a_word_of_its_own(command: Command) -> None:
    typed = [action.word for action in command.actions]

    assert sorted(set(typed)) == sorted(typed)
    assert [word for word in typed if words(word) != (word,)] == []
    assert all(
        action.usage.split()[:2] == [command.verb, action.word] for action in command.actions
    )
    # In which language they are spoken to is guests' own to say, and nothing else.
    least = Standing.GUEST if command.verb == "language" else Standing.MEMBER
    assert all(action.who >= max(command.who, least) for action in command.actions)


def test_a_kind_of_delivery_has_one_owner_and_a_name_to_type() -> None:
    names = [kind.name for command in COMMANDS for kind in command.deliveries]

    assert sorted(set(names)) == sorted(names)
    assert [name for name in names if " ".join(words(name)) != name] == []


@each_command
def test_an_emergency_is_planned_by_admins_alone(command: Command) -> None:
    urgent = any(kind.priority is Priority.EMERGENCY for kind in command.deliveries)

    assert not urgent or all(action.who is Standing.ADMIN for action in command.actions)
