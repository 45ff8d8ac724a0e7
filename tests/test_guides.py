"""
The guides can be followed on the demo: everything they say to type is answered.
"""

import asyncio
import re
import shutil
from contextlib import closing
from pathlib import Path

import pytest

from bot.demo_week import AMINA, CORA, NAMES
from bot.library import Library
from bot.metrics import Outcome
from bot.router import Router
from commands.contract import Person, Standing
from storage.people import RoleName, grant
from tests.conftest import NOON, WEEK_TEAM

DOCS = Path(__file__).parents[1] / "docs"
READERS = {
    "member": (AMINA, Standing.APPROVED),
    "coordinator": (CORA, Standing.COORDINATOR),
    "admin": ("U0ADMIN", Standing.ADMIN),
    "county": ("U0ADMIN", Standing.ADMIN),
    "developer": ("U0ADMIN", Standing.ADMIN),
}
UNANSWERED = ("Not for everybody", "I do not know that one", "Did you mean one of these?")


@pytest.fixture(scope="module")
def library(tmp_path_factory, week_template, pack):
    path = tmp_path_factory.mktemp("guides") / "ht.db"
    shutil.copyfile(week_template, path)
    with closing(Library.open(f"sqlite:///{path}", pack=pack, clock=lambda: NOON)) as library:
        library.write_now(
            lambda session: grant(
                session, team_id=WEEK_TEAM, user_id="U0ADMIN", role=RoleName.ADMIN, granted_by="t", now=NOON
            )
        )  # fmt: skip
        yield library


def typed(text: str) -> str:
    """
    Return *text* as Slack hands it over: with ids in the place of names.
    """
    ids = {name: id for id, name in NAMES.items()}
    return re.sub(r"@(\w+)", lambda found: f"<@{ids[found[1]]}|{found[1]}>", text)


@pytest.mark.parametrize("guide", READERS)
def test_everything_a_guide_says_to_type_is_answered(guide, library):
    who, standing = READERS[guide]
    said = re.findall(r"[`\"]/ht ?([^`\"]*)[`\"]", (DOCS / f"{guide}.md").read_text())
    commands = [each for each in dict.fromkeys(said) if each != "…"]
    router = Router(library=library, clock=lambda: NOON)

    async def stands() -> Standing:
        return standing

    async def unanswered() -> list[str]:
        found = []
        for text in commands:
            answer = await router.answer(
                typed(text), standing=stands, asker=Person(team_id=WEEK_TEAM, user_id=who), channel="C0GENERAL"
            )  # fmt: skip
            refused = any(words in answer.rendered.text for words in UNANSWERED)
            if answer.outcome is not Outcome.ANSWERED or refused:
                found.append(f"/ht {text}: {answer.rendered.text[:200]}")
        return found

    assert commands
    assert asyncio.run(unanswered()) == []
