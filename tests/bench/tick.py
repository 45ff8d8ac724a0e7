"""
What a tick of the bot takes: with nothing due, and with 500 messages that have just become due.
"""

import shutil
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from bot.app import Bot, make_bot
from bot.clock import utc_now
from bot.settings import Settings
from storage.deliveries import Plan, plan
from storage.session import Session
from tests.bench.figures import Figure, shown
from tests.bench.people import PEOPLE, open_library, prepared
from tests.bench.slack import SECRET, TOKEN, Slack
from tests.workshop import KEY

PART = "tick"
ROUNDS = 5
TICKS = 40
NOTHING, DUE = "nothing due", f"{len(PEOPLE)} due"


async def tick(folder: Path) -> list[Figure]:
    took: dict[str, list[float]] = {NOTHING: [], DUE: []}
    template = prepared(folder, name="template.db").removeprefix("sqlite:///")
    async with Slack() as slack:
        for number in range(ROUNDS):
            path = folder / f"{number}.db"
            shutil.copyfile(template, path)
            async with _bot(f"sqlite:///{path}", slack) as bot:
                await bot.tick()  # what is done once a minute is done now
                ticks = [await _ms(bot) for _ in range(TICKS)]
                took[NOTHING].append(sum(ticks) / len(ticks))
                bot.library.write_now(_due)
                took[DUE].append(await _ms(bot))
    figures = [
        Figure(part=PART, name=name, unit="ms", rounds=tuple(rounds))
        for name, rounds in took.items()
    ]
    rows = [[each.name, f"{each.value:.2f}", f"{max(each.rounds):.2f}"] for each in figures]
    print(shown(("a tick with", "ms", "worst round"), rows))
    return figures


@asynccontextmanager
async def _bot(url: str, slack: Slack) -> AsyncIterator[Bot]:
    settings = Settings(
        slack_bot_token=TOKEN,
        slack_signing_secret=SECRET,
        slack_api_url=slack.api_url,
        database_url=url,
        secret_key=KEY,
    )
    library = open_library(url)
    try:
        async with make_bot(settings, library=library) as bot:
            yield bot
    finally:
        library.close()


def _due(session: Session) -> None:
    now = utc_now()
    plans = [Plan(kind="test", occasion="bench", recipient=each, due_at=now) for each in PEOPLE]
    plan(session, plans, now=now)


async def _ms(bot: Bot) -> float:
    began = time.perf_counter()
    await bot.tick()
    return 1000 * (time.perf_counter() - began)
