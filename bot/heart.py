"""
Says in the database, now and then, that this process is there.
"""

import asyncio
import logging
import os
import secrets
import socket
from datetime import timedelta

from bot.clock import Clock
from bot.health import Pulse
from bot.library import Library
from storage.errors import DatabaseError
from storage.processes import beat, end

log = logging.getLogger(__name__)

EVERY_SECONDS = 15.0


class Heart:
    """
    Args:
        pulse: is told whenever the database took it.
        tick_seconds: between two ticks: it cannot be there more often than that.
    """

    def __init__(
        self, *, library: Library, clock: Clock, pulse: Pulse, tick_seconds: float
    ) -> None:
        self._pulse = pulse
        self._library = library
        self._clock = clock
        self._every = max(EVERY_SECONDS, tick_seconds)
        self._name = f"{socket.gethostname()}:{os.getpid()}:{secrets.token_hex(2)}"
        self._started_at = clock()
        self._at = 0.0  # the loop's time of the next beat
        self._due = self._started_at  # the clock's, which may be put ahead of the loop's
        self._known = False

    async def tick(self) -> None:
        """
        Say it, if it is time. Never raises.
        """
        now, moment = asyncio.get_running_loop().time(), self._clock()
        if now < self._at and moment < self._due:
            return
        every = timedelta(seconds=self._every)
        try:
            await self._library.deliver(
                lambda session: beat(
                    session, name=self._name, started_at=self._started_at, every=every, now=moment
                )
            )
        except DatabaseError:
            log.info("the database was not told that this process is there; the next tick will")
            return
        self._known = True
        self._pulse.noted_at = asyncio.get_running_loop().time()
        self._at, self._due = now + self._every, moment + 2 * every

    async def stop(self) -> None:
        """
        Take it back: this process ends as it should.
        """
        if not self._known:
            return
        try:
            await self._library.deliver(lambda session: end(session, name=self._name))
        except DatabaseError:
            log.info("the database was not told that this process ends")
