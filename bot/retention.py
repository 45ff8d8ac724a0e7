"""
Deletes, once a day and a little at a time, what is kept no longer.
"""

import asyncio
import logging
from collections import Counter, deque

from bot.clock import Clock
from bot.library import Library
from storage.errors import DatabaseError
from storage.retention.kept import Kept
from storage.retention.rules import RULES, Rule
from storage.retention.slots import is_due

log = logging.getLogger(__name__)

LOOK_SECONDS = 60.0  # between two looks whether it is time
BATCHES = 5  # a tick: what people do and what is sent comes in between


class Purger:
    """
    Args:
        kept: how long is kept what a county may decide about.
    """

    def __init__(self, *, library: Library, clock: Clock, kept: Kept) -> None:
        self._library = library
        self._clock = clock
        self._kept = kept
        self._look_at = 0.0  # the loop's time
        self._waiting: deque[Rule] = deque()
        self._after = 0  # the last row that the first of them has looked at
        self._gone: Counter[str] = Counter()

    async def tick(self) -> None:
        """
        Look whether it is time, or go on.

        Raises:
            Exception: whatever a rule does: the next one goes on at the next tick, and what
                is not done today, is tomorrow.
        """
        try:
            if not self._waiting and not await self._is_time():
                return
            for _ in range(BATCHES):
                if not await self._step():
                    return
        except DatabaseError:
            log.info("what is kept no longer waits for the database")
        except Exception:
            if self._waiting:
                self._next()
            raise

    async def _is_time(self) -> bool:
        at = asyncio.get_running_loop().time()
        if at < self._look_at:
            return False
        self._look_at = at + LOOK_SECONDS
        now = self._clock()
        if not await self._library.deliver(lambda session: is_due(session, now)):
            return False
        self._waiting.extend(RULES)
        return True

    async def _step(self) -> bool:
        """
        Do a batch. Return whether there is more to do.
        """
        rule, after, now = self._waiting[0], self._after, self._clock()
        batch = await self._library.deliver(
            lambda session: rule.apply(session, now, self._kept, after)
        )
        self._gone[rule.what] += batch.gone
        if batch.after is None:
            self._next()
        else:
            self._after = batch.after
        return bool(self._waiting)

    def _next(self) -> None:
        self._waiting.popleft()
        self._after = 0
        if not self._waiting:
            told = ", ".join(f"{what} {number}" for what, number in self._gone.items() if number)
            log.info("kept no longer, and deleted: %s", told or "nothing")
            self._gone.clear()
