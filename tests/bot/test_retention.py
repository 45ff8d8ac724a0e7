"""
The bot deletes what is over by itself, a little at each tick.
"""

from datetime import timedelta

from sqlmodel import select

from bot.clock import utc_now
from bot.retention import BATCHES, Purger
from storage import models
from storage.receipts import first_time
from storage.retention import rules
from storage.retention.rules import RULES
from storage.retention.slots import is_due
from tests.workshop import settings_for, workspace, write_locked

DAY = timedelta(days=1)


def old_receipts(library, number):
    def store(session):
        is_due(session, utc_now() - 2 * DAY)
        for each in range(number):
            first_time(session, interaction=str(each), now=utc_now() - 3 * DAY)

    library.write_now(store)


def left(library):
    return len(library.read_now(lambda session: session.exec(select(models.Receipt.id)).all()))


async def purger(library):
    async with workspace() as sandbox:
        kept = settings_for(sandbox, door="http").kept
    return Purger(library=library, clock=utc_now, kept=kept)


async def test_what_is_over_goes_over_several_ticks(library, monkeypatch):
    monkeypatch.setattr(rules, "AT_ONCE", 2)
    old_receipts(library, 2 * BATCHES + 3)
    purging = await purger(library)

    await purging.tick()
    assert left(library) == 3

    await purging.tick()
    assert left(library) == 0


async def test_it_is_done_with_once_a_day(library):
    old_receipts(library, 3)
    purging = await purger(library)
    for _ in RULES:
        await purging.tick()
    assert left(library) == 0
    library.write_now(lambda s: first_time(s, interaction="x", now=utc_now() - 3 * DAY))

    again = await purger(library)
    await again.tick()

    assert left(library) == 1


async def test_a_busy_database_is_left_alone_and_asked_again(library, sqlite_url):
    old_receipts(library, 3)
    purging = await purger(library)

    with write_locked(sqlite_url):
        await purging.tick()
    assert left(library) == 3

    purging._look_at = 0.0  # a minute later
    await purging.tick()

    assert left(library) == 0
