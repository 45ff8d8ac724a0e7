"""
Databases for storage's own tests: two small task forces side by side.
"""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from storage.packs.reading import Pack, read_pack
from storage.session import Database, open_database, unscoped_transaction
from storage.task_forces import find_or_create
from tests.conftest import fill
from tests.postgres import Server, shared_file
from tests.storage.small_pack import write_pack


@pytest.fixture
def empty(empty_url: str) -> Iterator[Database]:
    """
    A database without tables, on each engine in turn.
    """
    database = open_database(empty_url, busy_seconds=0.5)
    yield database
    database.dispose()


@pytest.fixture(scope="session")
def small(tmp_path_factory: pytest.TempPathFactory) -> Pack:
    return read_pack(write_pack(tmp_path_factory.mktemp("pack") / "small"))


@pytest.fixture(scope="session")
def small_sqlite(in_common: Path, small: Pack) -> Path:
    return shared_file(in_common / "small.db", lambda path: fill(f"sqlite:///{path}", small.folder))


@pytest.fixture(scope="session")
def small_postgres(postgres: Server, small: Pack) -> str:
    return postgres.template("small", lambda url: fill(url, small.folder))


@pytest.fixture(params=["sqlite", "postgresql"])
def loaded_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """
    The address of a database with the small pack, on each engine in turn.
    """
    if request.param == "sqlite":
        shutil.copyfile(request.getfixturevalue("small_sqlite"), tmp_path / "ht.db")
        yield f"sqlite:///{tmp_path / 'ht.db'}"
        return
    server = request.getfixturevalue("postgres")
    name = server.create(template=request.getfixturevalue("small_postgres"))
    yield server.url_of(name)
    server.drop(name)


@pytest.fixture
def loaded(loaded_url: str) -> Iterator[Database]:
    """
    That database, opened: the small pack is of task force 1.
    """
    database = open_database(loaded_url, busy_seconds=0.5)
    yield database
    database.dispose()


@pytest.fixture
def two(loaded: Database) -> Database:
    """
    The same, and a second task force without a row.
    """
    with unscoped_transaction(loaded) as session:
        made = find_or_create(session, key="other", name="O", county="O", timezone="UTC")
    assert made.id == 2
    return loaded


@pytest.fixture
def file(tmp_path: Path, small_sqlite: Path) -> Path:
    """
    An SQLite file with the small pack, for tests of files.
    """
    path = tmp_path / "ht.db"
    shutil.copyfile(small_sqlite, path)
    return path


@pytest.fixture
def sqlite(file: Path) -> Iterator[Database]:
    """
    That file, opened.
    """
    database = open_database(f"sqlite:///{file}", busy_seconds=0.1)
    yield database
    database.dispose()
