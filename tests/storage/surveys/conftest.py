"""
A database with the built-in pack and a key to seal with, on each engine in turn.
"""

from collections.abc import Iterator

import pytest

from storage.session import Database, Session, open_database, transaction
from tests.workshop import KEY


@pytest.fixture
def sealing(database_url: str) -> Iterator[Database]:
    database = open_database(database_url, busy_seconds=0.5, secret_key=KEY)
    yield database
    database.dispose()


@pytest.fixture
def session(sealing: Database) -> Iterator[Session]:
    with transaction(sealing, task_force_id=1) as session:
        yield session
