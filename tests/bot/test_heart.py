"""
A process says in the database that it is there, and takes it back when it ends.
"""

import os
from datetime import timedelta

from bot.clock import AheadClock, utc_now
from bot.heart import EVERY_SECONDS
from storage.processes import processes, running
from tests.workshop import bot_behind, workspace, write_locked


async def test_a_bot_that_ticks_is_known_to_run_and_no_more_once_it_ended(library):
    async with workspace() as sandbox, bot_behind("http", sandbox, library) as at:
        await at.bot.tick()
        await at.bot.tick()

        [found] = library.read_now(lambda session: running(session, now=utc_now()))
        assert found.name.split(":")[1] == str(os.getpid())
        assert found.every.total_seconds() == EVERY_SECONDS
        assert at.bot.pulse.noted_at is not None
        told = await sandbox.command("U0ADMIN", "/ht", "system")
        assert f"{found.name}: runs since" in told.message.text.replace("*", "")

    assert library.read_now(processes) == ()


async def test_a_busy_database_is_told_at_the_next_tick(library, sqlite_url):
    async with workspace() as sandbox, bot_behind("http", sandbox, library) as at:
        with write_locked(sqlite_url):
            await at.bot.heart.tick()
        assert library.read_now(processes) == ()

        await at.bot.heart.tick()

        assert len(library.read_now(processes)) == 1


async def test_it_is_told_again_once_the_clock_was_put_ahead(library):
    clock = AheadClock()
    async with workspace() as sandbox, bot_behind("http", sandbox, library, clock=clock) as at:
        await at.bot.heart.tick()
        clock.put(clock() + timedelta(hours=1))
        assert library.read_now(lambda session: running(session, now=clock())) == ()

        await at.bot.heart.tick()

        assert len(library.read_now(lambda session: running(session, now=clock()))) == 1
