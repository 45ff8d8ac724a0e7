"""
The tick: APScheduler wakes us, and has no plan of its own.
"""

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress

from apscheduler.schedulers.asyncio import AsyncIOScheduler

log = logging.getLogger(__name__)

LAST_SECONDS = 5.0  # for the tick that is under way at the end


@asynccontextmanager
async def ticking(tick: Callable[[], Awaitable[None]], *, seconds: float) -> AsyncIterator[None]:
    """
    Await *tick* every *seconds* while the block lasts; then let the one that is under way end.
    """
    idle = asyncio.Event()
    idle.set()

    async def whole() -> None:
        idle.clear()
        try:
            await tick()
        finally:
            idle.set()

    scheduler = make_scheduler(whole, seconds=seconds)
    scheduler.start()
    try:
        yield
    finally:
        scheduler.pause()
        with suppress(TimeoutError):
            async with asyncio.timeout(LAST_SECONDS):
                await idle.wait()
        scheduler.shutdown(wait=False)


def make_scheduler(tick: Callable[[], Awaitable[None]], *, seconds: float) -> AsyncIOScheduler:
    """
    Return a scheduler that awaits *tick* every *seconds*, not yet started.

    A late tick is never dropped and several late ones are one: the default of
    one second's grace would lose ticks whenever the loop is busy.
    """

    async def awaited() -> None:  # APScheduler awaits nothing but an `async def`
        await tick()

    scheduler = AsyncIOScheduler(timezone="UTC")
    scheduler.add_job(
        awaited,
        "interval",
        seconds=seconds,
        jitter=seconds / 10,
        id="tick",
        misfire_grace_time=None,
        coalesce=True,
        max_instances=1,
    )
    return scheduler
