"""
A little of `make chaos`: two real processes, killed and frozen, on SQLite, and on PostgreSQL
where there is time: `make test-thorough` and `make chaos`.
"""

import pytest

from tests.chaos.torment import Setting, run
from tests.conftest import fill
from tests.storage.small_pack import write_pack
from tests.thorough import THOROUGH, draws


@pytest.mark.parametrize(
    "empty_url", ["sqlite", "postgresql"] if THOROUGH else ["sqlite"], indirect=True
)
@pytest.mark.timeout(120)
async def test_nothing_comes_twice_and_nothing_is_lost(empty_url, tmp_path):
    pack = write_pack(tmp_path / "pack")
    fill(empty_url, pack)
    setting = Setting(engine="", processes=2, blows=draws(4, quickly=2), seed=7)

    result = await run(setting, url=empty_url, pack=pack, folder=tmp_path)

    assert (result.duplicates, result.lost, result.untrue) == (0, 0, 0)
    # Which of them is whose takes a machine with time to spare to tell: `make chaos` does.
    assert result.not_written + result.unexplained <= result.blows
    assert result.sent > 0
