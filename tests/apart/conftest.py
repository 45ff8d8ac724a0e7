"""
The two task forces, built once: every try is taken back.
"""

from collections.abc import Iterator

import pytest

from storage.packs.reading import Pack, read_pack
from tests.apart.world import World, build
from tests.storage.small_pack import write_pack


@pytest.fixture(scope="session")
def pack(tmp_path_factory: pytest.TempPathFactory) -> Pack:
    return read_pack(write_pack(tmp_path_factory.mktemp("pack") / "small"))


@pytest.fixture(scope="session")
def world(tmp_path_factory: pytest.TempPathFactory, pack: Pack) -> Iterator[World]:
    made = build(tmp_path_factory.mktemp("apart"), pack)
    yield made
    made.alone.dispose()
    made.both.dispose()
