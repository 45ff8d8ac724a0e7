"""
What runs on the tick: one job's failure is not the others', and is told once.
"""

import logging
import secrets
from collections.abc import Awaitable, Callable

from bot.clock import Clock
from bot.library import Library
from bot.logging import where
from bot.metrics import Metrics
from storage.errors import DatabaseError
from storage.job_troubles import note_over, note_trouble

log = logging.getLogger(__name__)


class Jobs:
    def __init__(self, *, library: Library, clock: Clock, metrics: Metrics) -> None:
        self._library = library
        self._clock = clock
        self._metrics = metrics
        self._failing: set[str] = set()
        self._noted: set[str] = set()  # of which the database knows how they are

    async def run(self, job: str, work: Callable[[], Awaitable[object]]) -> None:
        """
        Do *work*, which is called *job*. Never raises.
        """
        try:
            await work()
        except DatabaseError as error:  # that the database is away, `Library` says
            log.info("%s waits for the database: %s", job, type(error).__name__)
        except Exception as error:  # noqa: BLE001 - the edge: the tick goes on
            await self.failed(job, error)
        else:
            await self.well(job)

    async def failed(self, job: str, error: Exception) -> None:
        """
        Log that *job* fails and have the administrators told, the first time.
        """
        self._metrics.job_failed(job)
        if job in self._failing and job in self._noted:
            return
        reference = secrets.token_hex(4)
        if job not in self._failing:
            log.error("%s fails, reference %s\n%s", job, reference, where(error))
        self._failing.add(job)
        self._noted.discard(job)
        name, now = type(error).__qualname__, self._clock()
        try:
            await self._library.deliver(
                lambda session: note_trouble(
                    session, job=job, reason=name, reference=reference, now=now
                )
            )
        except DatabaseError:
            return  # the next failure notes it
        self._noted.add(job)

    async def well(self, job: str) -> None:
        """
        Note that *job* works, if it did not or nobody knows.
        """
        if job in self._noted and job not in self._failing:
            return
        if job in self._failing:
            log.warning("%s works again", job)
        self._failing.discard(job)
        self._noted.discard(job)
        now = self._clock()
        try:
            await self._library.deliver(lambda session: note_over(session, job=job, now=now))
        except DatabaseError:
            return
        self._noted.add(job)
