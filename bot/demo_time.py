"""
Moves the demo's clock ahead: a quarter of an hour at a time, so that what falls in between
comes at its own time.
"""

import asyncio
import logging
from datetime import datetime, timedelta

from bot.app import Bot
from bot.clock import AheadClock
from bot.sandbox.workspace import Workspace
from storage.deliveries import DeliveryState, in_states
from storage.session import Session

log = logging.getLogger(__name__)

STEP = timedelta(minutes=15)
SHOWN_SECONDS = 0.5  # between two times that the page is told of on the way
STEP_SECONDS = 10.0  # for all that is due at one moment; what takes longer comes on the way
UNDER_WAY = (DeliveryState.PLANNED, DeliveryState.CLAIMED, DeliveryState.SENDING)


class DemoTime:
    """
    Args:
        bot: does what becomes due: its own scheduler's tick, and its own sender.
        workspace: is told as the time goes by.
    """

    def __init__(self, clock: AheadClock, *, bot: Bot, workspace: Workspace) -> None:
        self._clock = clock
        self._bot = bot
        self._workspace = workspace
        self._task: asyncio.Task[None] | None = None
        self._first: asyncio.Task[None] | None = None
        self._stopping = False

    @property
    def ahead(self) -> timedelta:
        return self._clock.ahead

    @property
    def moving(self) -> bool:
        return self._task is not None and not self._task.done()

    def catch_up(self) -> None:
        """
        Have what is due now done at once, and not at the bot's next tick.
        """
        self._first = asyncio.create_task(self.done_here())

    def begin(self, until: datetime, *, to_message: bool = False) -> "asyncio.Task[None]":
        """
        Move on to *until*, beside what else is done. Nobody is waited for.

        Args:
            to_message: no further than to the next message that the bot sends by itself.
        Raises:
            ValueError: if it is moving already, or *until* is over.
        """
        if self.moving:
            raise ValueError("The clock is moving already.")
        if until <= self._clock():
            raise ValueError("The clock goes ahead only, and that moment is over.")
        self._stopping = False
        self._task = asyncio.create_task(self._move(until, to_message=to_message))
        return self._task

    def stop(self) -> None:
        """
        Go no further than to where it is.
        """
        self._stopping = True

    async def end(self) -> None:
        """
        Stop, wherever it is.
        """
        under_way = [task for task in (self._first, self._task) if task is not None]
        for task in under_way:
            task.cancel()
        await asyncio.gather(*under_way, return_exceptions=True)

    async def _move(self, until: datetime, *, to_message: bool) -> None:
        loop = asyncio.get_running_loop()
        shown_at = loop.time()
        try:
            await self.done_here()
            while (now := self._clock()) < until and not self._stopping:
                before = self._sent()
                self._clock.put(min(next_step(now), until))
                await self.done_here()
                if to_message and self._sent() > before:
                    return
                if loop.time() - shown_at >= SHOWN_SECONDS:
                    shown_at = loop.time()
                    self._show()
        except Exception:  # the edge: nobody awaits this task's result
            log.exception("the clock could not be moved on")
        finally:
            # Once this task is done, so that the page does not say that it goes on.
            loop.call_soon(self._show)

    async def done_here(self) -> None:
        """
        Let the bot do all that is due at this moment.
        """
        library, bot = self._bot.library, self._bot

        def due(session: Session) -> bool:
            now = self._clock()
            waiting = in_states(session, UNDER_WAY, limit=500)
            return any(each.next_attempt_at <= now for each in waiting)

        await bot.tick()
        await bot.closer.settled()
        try:
            async with asyncio.timeout(STEP_SECONDS):
                while await library.read(due):
                    await bot.sender.tick()
                    await bot.sender.rested()
        except TimeoutError:
            log.info("what is due takes long; the clock goes on")

    def _sent(self) -> int:
        return sum(message.via.startswith("chat.") for message in self._workspace.messages)

    def _show(self) -> None:
        self._workspace.tick()
        self._workspace.bell.ring()


def next_step(now: datetime) -> datetime:
    """
    Return the first quarter of an hour after *now*.
    """
    begun = now.replace(minute=now.minute - now.minute % 15, second=0, microsecond=0)
    return begun + STEP
