"""
The README and the guides name everything a person can type, and nothing that is not there.
"""

import argparse
import re
import tomllib
from pathlib import Path

import pytest

from bot.cli import _parser
from bot.settings import KEYS
from commands.registry import COMMANDS

ROOT = Path(__file__).parents[1]
GUIDES = ("member", "coordinator", "admin", "county", "developer")
DOCUMENTS = (
    ROOT / "README.md",
    ROOT / "CHANGELOG.md",
    *(ROOT / "docs" / f"{name}.md" for name in (*GUIDES, "reference", "operating")),
)
README = "\n".join(
    (ROOT / name).read_text() for name in ("README.md", "docs/reference.md", "docs/developer.md")
)
PLAIN = README.replace("\\|", "|")


def subcommands(parser: argparse.ArgumentParser) -> dict[str, argparse.ArgumentParser]:
    found = {}
    for action in parser._actions:
        if isinstance(action, argparse._SubParsersAction):
            for name, inner in action.choices.items():
                deeper = subcommands(inner)
                found |= {f"{name} {key}": each for key, each in deeper.items()} or {name: inner}
    return found


@pytest.mark.parametrize("name", subcommands(_parser()))
def test_every_subcommand_and_option_is_named(name):
    assert f"htbot {name}" in README
    options = {
        option
        for action in subcommands(_parser())[name]._actions
        for option in action.option_strings
        if option.startswith("--") and option != "--help"
    }
    assert not {option for option in options if option not in README}


def test_no_other_subcommand_is_named():
    first = {name.split()[0] for name in subcommands(_parser())}

    assert set(re.findall(r"`(?:\S*/)?htbot ([a-z]+)", README)) <= first


@pytest.mark.parametrize("command", COMMANDS, ids=lambda command: command.verb)
def test_every_verb_is_named_with_its_usage(command):
    assert f"/ht {command.usage}`" in PLAIN


def test_no_other_verb_is_named():
    named = set(re.findall(r"^\| `/ht ([a-z]+)", README, re.MULTILINE))

    assert named == {command.verb for command in COMMANDS}


def test_every_setting_is_named_and_no_other():
    assert set(re.findall(r"\b(?:SLACK|HT)_[A-Z_]+", README)) == set(KEYS)


def test_every_make_target_is_named_and_no_other():
    makefile = (ROOT / "Makefile").read_text()
    [listed] = re.findall(r"^\.PHONY: (.*)$", makefile, re.MULTILINE)
    targets = set(listed.split()) - {"clean"}

    named = set(re.findall(r"(?:`|^ {4})make ([a-z-]+)", README, re.MULTILINE))
    assert named - {"clean"} == targets


def anchors(document: Path) -> set[str]:
    headings = re.findall(r"^#+ (.*)$", document.read_text(), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", each).strip().lower().replace(" ", "-") for each in headings}


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda document: document.stem)
def test_every_link_leads_somewhere(document):
    found = re.findall(r"\]\((?!https?://)([^)#]*)#?([^)]*)\)", document.read_text())

    for path, anchor in found:
        to = document.parent / path if path else document
        assert to.exists(), path
        assert not anchor or anchor in anchors(to), f"{path}#{anchor}"


def test_every_picture_is_shown_and_none_is_missing():
    shown = {
        Path(path).name
        for document in DOCUMENTS
        for path in re.findall(r"!\[[^\]]{20,}\]\(([^)]+)\)", document.read_text())
    }

    assert shown == {each.name for each in (ROOT / "docs" / "pictures").iterdir()}


def test_the_python_it_asks_for_is_the_one_the_project_does():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]

    assert f"Python {project['requires-python'].removeprefix('>=')} or newer" in README


def test_what_must_be_said_plainly_is_said():
    for words in ("not a reporting line", "bare name", "No lawyer", "Slack keeps what you type"):
        assert words in README
