"""
`make chaos`: kills, freezes and a misbehaving Slack, on both engines with one, two and
three processes, and with two that send a broadcast beside reminders. Exit status 1 if
anything came twice or was lost in silence, nobody can tell what became of it though no
request of its own was in doubt, or a reminder had to wait for a broadcast. Given
`broadcasts`, only the settings with one.
"""

import asyncio
import sys
import tempfile
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path

from tests import postgres
from tests.chaos.count import Result
from tests.chaos.torment import Setting, run
from tests.conftest import fill
from tests.storage.small_pack import write_pack

ENGINES = ("sqlite", "postgresql")
ROUNDS = (  # processes, blows, with a broadcast; on two engines 200 blows in all
    (1, 20, False),
    (2, 28, False),
    (3, 34, False),
    (2, 18, True),
)
SETTINGS = [
    Setting(engine=engine, processes=processes, blows=blows, seed=seed, broadcast=broadcast)
    for seed, (processes, blows, broadcast, engine) in enumerate(
        (*each, engine) for each in ROUNDS for engine in ENGINES
    )
]


async def chaos(*, of: Sequence[Setting] = SETTINGS) -> bool:
    """
    Run every setting; return whether all were right.
    """
    cluster = await asyncio.to_thread(postgres.start)
    filling = asyncio.Lock()  # Alembic knows one migration at a time
    try:
        results: list[Result] = []
        for some in zip(*[iter(of)] * len(ENGINES), strict=True):
            # Two at a time: the frozen leave the machine to others.
            results += await asyncio.gather(*(_run(each, cluster, filling) for each in some))
    finally:
        postgres.stop(cluster)
    blows = sum(each.blows for each in results)
    print(f"{blows} kills and freezes, {sum(each.planned for each in results)} messages")
    return all(each.right for each in results)


async def _run(setting: Setting, cluster: Path, filling: asyncio.Lock) -> Result:
    with tempfile.TemporaryDirectory(prefix="htbot-chaos-") as name:
        folder = Path(name)
        pack = write_pack(folder / "pack")
        url, restart = f"sqlite:///{folder / 'ht.db'}", None
        if setting.engine == "postgresql":
            server = postgres.Server(postgres.url_at(cluster), cluster)
            url, restart = server.url_of(server.create()), _restarting(cluster)
        async with filling:
            await asyncio.to_thread(fill, url, pack)
        result = await run(setting, url=url, pack=pack, folder=folder, restart=restart)
        print(f"{setting.engine:<10} {setting.processes} process(es): {result}", flush=True)
        if not result.right:
            print(*result.wrong, *result.astray, sep="\n", file=sys.stderr)
            print((folder / "log").read_text(errors="replace")[-3000:], file=sys.stderr)
    return result


def _restarting(cluster: Path) -> Callable[[], Awaitable[None]]:
    async def restart() -> None:
        await asyncio.to_thread(postgres.restart, cluster)

    return restart


if __name__ == "__main__":
    only = [each for each in SETTINGS if each.broadcast] if "broadcasts" in sys.argv else SETTINGS
    sys.exit(0 if asyncio.run(chaos(of=only)) else 1)
