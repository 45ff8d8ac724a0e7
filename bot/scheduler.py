"""
The tick: APScheduler wakes us, and has no plan of its own.
"""

import logging
from collections.abc import Awaitable, Callable

from apscheduler.schedulers.asyncio import AsyncIOScheduler

log = logging.getLogger(__name__)


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
