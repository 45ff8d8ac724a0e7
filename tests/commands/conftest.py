"""
Answers as a member gets them, over the county's own facts.
"""

import asyncio
import shutil
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Protocol

import pytest

from bot.library import Library
from bot.render import plain
from bot.router import Answer, Router
from commands.contract import Reply, Request, Standing
from commands.registry import COMMANDS
from commands.routing import Verbs
from storage.memory import Memory
from storage.packs.reading import Pack
from storage.session import Session, reading
from tests.conftest import NOON


class Say(Protocol):
    def __call__(self, text: str, standing: Standing = Standing.MEMBER) -> Reply: ...


class Shown(Protocol):
    def __call__(
        self, text: str, standing: Standing = Standing.MEMBER, *, share: bool = False
    ) -> Answer: ...


class Read(Protocol):
    def __call__(self, text: str, standing: Standing = Standing.MEMBER) -> str: ...


@pytest.fixture(scope="session")
def library(
    tmp_path_factory: pytest.TempPathFactory, sqlite_template: Path, pack: Pack
) -> Iterator[Library]:
    path = tmp_path_factory.mktemp("commands") / "ht.db"
    shutil.copyfile(sqlite_template, path)
    with closing(Library.open(f"sqlite:///{path}", pack=pack, clock=lambda: NOON)) as library:
        yield library


@pytest.fixture
def desk_library(tmp_path: Path, sqlite_template: Path, pack: Pack) -> Iterator[Library]:
    """
    One of a test's own, for what changes something.
    """
    shutil.copyfile(sqlite_template, tmp_path / "ht.db")
    url = f"sqlite:///{tmp_path / 'ht.db'}"
    with closing(Library.open(url, pack=pack, clock=lambda: NOON)) as library:
        yield library


@pytest.fixture(scope="session")
def memory(library: Library) -> Memory:
    return library.memory


@pytest.fixture(scope="session")
def session(library: Library) -> Iterator[Session]:
    """
    One session for all: commands only read.
    """
    with reading(library.database, task_force_id=1) as session:
        yield session


@pytest.fixture(scope="session")
def verbs() -> Verbs:
    return Verbs(commands=COMMANDS)


@pytest.fixture(scope="session")
def say(verbs: Verbs, session: Session, memory: Memory) -> Say:
    """
    The reply to a text that begins with its verb, of the command alone.
    """

    def say(text: str, standing: Standing = Standing.MEMBER) -> Reply:
        verb, _, rest = text.partition(" ")
        command = verbs.named(verb)
        request = Request(text=rest.strip(), standing=standing, now=NOON, memory=memory)
        if command.recall:
            return command.recall(request)
        assert command.handle
        return command.handle(request, session)

    return say


@pytest.fixture(scope="session")
def shown(library: Library) -> Shown:
    """
    The answer to anything typed after /ht: screened, routed and rendered.
    """
    router = Router(library=library, clock=lambda: NOON)

    def shown(text: str, standing: Standing = Standing.MEMBER, *, share: bool = False) -> Answer:
        async def who() -> Standing:
            return standing

        return asyncio.run(router.answer(text, standing=who, share=share))

    return shown


@pytest.fixture(scope="session")
def read(shown: Shown) -> Read:
    """
    Everything a person can read of an answer, page after page, as plain words.
    """

    def read(text: str, standing: Standing = Standing.MEMBER) -> str:
        first = shown(text, standing).rendered
        others = (
            shown(f"{text} page {page}", standing).rendered for page in range(2, first.pages + 1)
        )
        return "\n".join(plain(each.text) for each in (first, *others))

    return read
