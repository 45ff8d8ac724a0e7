"""
What every test may take: a moment, a fresh database on each engine, a session.
"""

import contextlib
import gc
import io
import logging
import os
import shutil
from collections import defaultdict
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection, Engine, event
from sqlalchemy.engine.default import DefaultDialect
from xdist.scheduler import LoadScopeScheduling

import bot.logging
from bot.clock import utc_now
from bot.demo_week import seed_week
from bot.library import Library
from storage.broadcast_runs import start_due
from storage.migrations import migrate
from storage.packs.loading import install
from storage.packs.reading import Pack, find_pack, read_pack
from storage.session import Database, Session, open_database, transaction
from tests.postgres import Server, shared_file, shared_server
from tests.workshop import KEY

# What takes long comes first: no worker sits over it alone when the others are done.
LONGEST = (
    "test_hostile_texts.py",
    "test_digests.py",
    "test_two_years.py",
    "test_chaos.py",
    "test_hostile_surveys.py",
    "test_hostile_statistics.py",
    "test_wheel.py",
)
# What these set up is dear: one worker does it, for all their tests.
TOGETHER = ("test_two_years.py", "test_hostile_statistics.py", "test_wheel.py", "test_walk.py")
COMPILED: dict[Any, Any] = {}
YOUNG = 20_000  # objects; looking for cycles after every 700 took a tenth of the time
NOON = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
WEEK_TEAM = "T0TEST"  # whose the week of `week_template` is


@event.listens_for(Engine, "engine_connect")
def share_what_is_compiled(connection: Connection) -> None:
    """
    Thousands of tests open their own engines, all of two kinds. What SQLAlchemy
    compiled for one serves every other of its kind; else it is half of the work.
    """
    connection.execution_options(compiled_cache=COMPILED)


def _same_kind(one: DefaultDialect, other: object) -> bool:
    return type(one) is type(other)


def _hash_of_kind(one: DefaultDialect) -> int:
    return hash(type(one))


# The cache tells dialects apart as objects; ours differ in their kind alone.
DefaultDialect.__eq__ = _same_kind  # type: ignore[method-assign, assignment]
DefaultDialect.__hash__ = _hash_of_kind  # type: ignore[method-assign, assignment]


@pytest.fixture
def now() -> datetime:
    return NOON


@pytest.fixture(scope="session")
def contra_costa() -> Path:
    """
    The folder of the built-in pack.
    """
    return find_pack("contra_costa")


@pytest.fixture(scope="session")
def in_common(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """
    A folder that the workers have in common.
    """
    folder = tmp_path_factory.getbasetemp()
    return folder.parent if "PYTEST_XDIST_WORKER" in os.environ else folder


@pytest.fixture(scope="session")
def postgres(in_common: Path) -> Iterator[Server]:
    with shared_server(in_common) as server:
        yield server


@pytest.fixture(params=["sqlite", "postgresql"])
def empty_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """
    The address of a database without tables: no file yet, or a new database.
    """
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path / 'ht.db'}"
        return
    server: Server = request.getfixturevalue("postgres")
    name = server.create()
    yield server.url_of(name)
    server.drop(name)


@pytest.fixture(scope="session")
def sqlite_template(in_common: Path, contra_costa: Path) -> Path:
    return shared_file(
        in_common / "template.db", lambda path: fill(f"sqlite:///{path}", contra_costa)
    )


@pytest.fixture(scope="session")
def week_template(in_common: Path, sqlite_template: Path, pack: Pack) -> Path:
    """
    A file with the demo's week in it, and its broadcast on its way.
    """

    def make(path: Path) -> None:
        shutil.copyfile(sqlite_template, path)
        library = Library.open(f"sqlite:///{path}", pack=pack, clock=lambda: NOON)
        seed_week(library, team_id=WEEK_TEAM, now=NOON)
        library.write_now(lambda session: start_due(session, now=NOON))
        library.close()

    return shared_file(in_common / "week.db", make)


@pytest.fixture(scope="session")
def postgres_template(postgres: Server, contra_costa: Path) -> str:
    return postgres.template("template", lambda url: fill(url, contra_costa))


@pytest.fixture
def sqlite_url(tmp_path: Path, sqlite_template: Path) -> str:
    """
    The address of an SQLite file with the built-in pack loaded.
    """
    path = tmp_path / "ht.db"
    shutil.copyfile(sqlite_template, path)
    return f"sqlite:///{path}"


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest) -> Iterator[str]:
    """
    The address of a database with the built-in pack loaded, on each engine in turn.
    """
    if request.param == "sqlite":
        yield request.getfixturevalue("sqlite_url")
        return
    template: str = request.getfixturevalue("postgres_template")
    server: Server = request.getfixturevalue("postgres")
    name = server.create(template=template)
    yield server.url_of(name)
    server.drop(name)


@pytest.fixture
def database(database_url: str) -> Iterator[Database]:
    """
    That database, opened. A test takes this or `session`, never both.
    """
    database = open_database(database_url, busy_seconds=0.5)
    yield database
    database.dispose()


@pytest.fixture
def task_force_id() -> int:
    return 1  # the first one of every database here


@pytest.fixture
def session(database: Database, task_force_id: int) -> Iterator[Session]:
    with transaction(database, task_force_id=task_force_id) as session:
        yield session


def fill(url: str, folder: Path) -> None:
    """
    Make the tables at *url* and load the pack in *folder*.
    """
    database = open_database(url)
    migrate(database)
    install(database, read_pack(folder), now=NOON)
    database.dispose()


@pytest.fixture(scope="session")
def pack(contra_costa: Path) -> Pack:
    return read_pack(contra_costa)


@pytest.fixture
def open_library(pack: Pack) -> Iterator[Callable[..., Library]]:
    """
    Opens libraries as `htbot run` does, and closes them after the test.
    """
    opened: list[Library] = []

    def open_one(url: str) -> Library:
        library = Library.open(url, pack=pack, clock=utc_now, secret_key=KEY)
        opened.append(library)
        return library

    yield open_one
    for library in opened:
        library.close()


@pytest.fixture
def library(sqlite_url: str, open_library: Callable[..., Library]) -> Library:
    """
    A library on an SQLite file with the built-in pack in it.
    """
    return open_library(sqlite_url)


@pytest.fixture(scope="session")
def shared_library(
    tmp_path_factory: pytest.TempPathFactory, sqlite_template: Path, pack: Pack
) -> Iterator[Library]:
    """
    One for all tests that only ask.
    """
    path = tmp_path_factory.mktemp("shared") / "ht.db"
    shutil.copyfile(sqlite_template, path)
    library = Library.open(f"sqlite:///{path}", pack=pack, clock=utc_now, secret_key=KEY)
    yield library
    library.close()


@pytest.fixture
def logged() -> Iterator[io.StringIO]:
    """
    What the process would log at its most talkative.
    """
    root = logging.getLogger()
    before = root.handlers[:], root.level
    stream = io.StringIO()
    with contextlib.redirect_stderr(stream):
        bot.logging.configure("DEBUG")
    yield stream
    logging.captureWarnings(capture=False)
    root.handlers[:], level = before[0], before[1]
    root.setLevel(level)
    for name in bot.logging.TALKATIVE:
        logging.getLogger(name).setLevel(logging.NOTSET)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """
    Begin with what takes long. The rest is taken from all folders in turn: those whose tests
    wait, for servers and clocks, beside those whose tests work.
    """
    rank = {name: number for number, name in enumerate(LONGEST)}
    folders = defaultdict(list)
    for item in items:
        folders[item.nodeid.split("/")[1]].append(item)
    place = {
        item: number / len(some) for some in folders.values() for number, item in enumerate(some)
    }
    items.sort(key=lambda item: (rank.get(item.path.name, len(rank)), place[item]))


class Modules(LoadScopeScheduling):
    """
    Shares the tests out one by one, those of some modules together.
    """

    def _split_scope(self, nodeid: str) -> str:
        module = nodeid.partition("::")[0]
        return module if module.endswith(TOGETHER) else nodeid


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Modules:
    return Modules(config, log)


def pytest_collection_finish() -> None:
    """
    What is imported by now stays until the end: it need not be looked through again.
    """
    gc.freeze()
    gc.set_threshold(YOUNG, 10, 10)


def pytest_sessionfinish(session: pytest.Session) -> None:
    """
    With HT_NO_SKIPS=1, as in .ci/run, a skipped test fails the run.
    """
    reporter = session.config.pluginmanager.get_plugin("terminalreporter")
    if os.environ.get("HT_NO_SKIPS") == "1" and reporter and reporter.stats.get("skipped"):
        session.exitstatus = pytest.ExitCode.TESTS_FAILED
