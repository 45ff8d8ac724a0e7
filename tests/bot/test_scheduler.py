"""
The tick: late ones are kept, several late ones are one, a failing one is not the last.
"""

import asyncio
import time

from bot.scheduler import make_scheduler


async def test_it_ticks_again_and_again():
    ticks = asyncio.Queue()
    scheduler = make_scheduler(lambda: ticks.put(1), seconds=0.02)
    scheduler.start()
    async with asyncio.timeout(5):
        for _ in range(3):
            await ticks.get()
    scheduler.shutdown(wait=False)


async def test_a_blocked_loop_loses_no_tick_and_doubles_none():
    ticks = asyncio.Queue()
    scheduler = make_scheduler(lambda: ticks.put(1), seconds=0.3)
    scheduler.start()
    time.sleep(1.5)  # noqa: ASYNC251 - the loop is blocked, as a slow caller would
    async with asyncio.timeout(5):
        await ticks.get()
    late = ticks.qsize()
    scheduler.shutdown(wait=False)

    assert late == 0


async def test_a_tick_that_fails_is_not_the_last(caplog):
    ticks = asyncio.Queue()

    async def tick():
        await ticks.put(1)
        raise ValueError

    scheduler = make_scheduler(tick, seconds=0.02)
    scheduler.start()
    async with asyncio.timeout(5):
        for _ in range(3):
            await ticks.get()
    scheduler.shutdown(wait=False)


async def test_one_tick_at_a_time():
    running, most = 0, 0
    done = asyncio.Event()

    async def tick():
        nonlocal running, most
        running += 1
        most = max(most, running)
        await asyncio.wait([asyncio.create_task(done.wait())], timeout=0.2)
        running -= 1
        done.set()

    scheduler = make_scheduler(tick, seconds=0.02)
    scheduler.start()
    async with asyncio.timeout(5):
        await done.wait()
    scheduler.shutdown(wait=False)

    assert most == 1
