"""
Places to restore into, on both engines.
"""

import shutil

import pytest

from storage.session import open_database, transaction
from tests.storage.backup.full import fill_every_table


@pytest.fixture
def loaded_url(request):
    """
    The address of the small pack's database: SQLite's, which goes into PostgreSQL, unless a
    test asks for another.
    """
    if getattr(request, "param", "sqlite") == "sqlite":
        shutil.copyfile(
            request.getfixturevalue("small_sqlite"), request.getfixturevalue("tmp_path") / "ht.db"
        )
        yield f"sqlite:///{request.getfixturevalue('tmp_path') / 'ht.db'}"
        return
    server = request.getfixturevalue("postgres")
    name = server.create(template=request.getfixturevalue("small_postgres"))
    yield server.url_of(name)
    server.drop(name)


@pytest.fixture
def full(loaded):
    fill_every_table(loaded)
    return loaded


@pytest.fixture
def elsewhere_url(request, tmp_path):
    """
    The address of a place on the other engine than the backup is from, or on the same.
    """
    [source] = {"loaded_url", "empty_url", "sqlite"} & set(request.fixturenames)
    found = request.getfixturevalue(source)
    from_sqlite = source == "sqlite" or found.startswith("sqlite")
    if from_sqlite == (getattr(request, "param", "other") == "same"):
        yield f"sqlite:///{tmp_path / 'elsewhere.db'}"
        return
    server = request.getfixturevalue("postgres")
    name = server.create()
    yield server.url_of(name)
    server.drop(name)


@pytest.fixture
def elsewhere(elsewhere_url):
    """
    Another database, without tables.
    """
    database = open_database(elsewhere_url, busy_seconds=0.5)
    yield database
    database.dispose()


@pytest.fixture
def change(loaded):
    """
    Runs a function in a transaction of its own in the database that is backed up.
    """

    def run(act):
        with transaction(loaded, task_force_id=1) as session:
            return act(session)

    return run
