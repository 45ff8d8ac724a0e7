"""
Works out what becomes of closed surveys, and deletes the counts that were kept for long
enough: in a thread of its own, because the solver may take long and nobody waits for it.
"""

import asyncio
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from functools import partial

from bot.clock import Clock
from bot.jobs import Jobs
from bot.library import Library
from commands.survey_notices import tell_end
from storage.errors import DatabaseError, NoKeyError
from storage.session import Session
from storage.surveys.closing import Made, anything_to_purge, give_up, make, purge, store, waiting
from storage.surveys.cycles import find_cycle

PAUSE = 60.0  # seconds, after it failed
PURGED_EVERY = timedelta(minutes=1)


class Closer:
    """
    Args:
        keep: how long counts are kept.
    """

    def __init__(self, *, library: Library, clock: Clock, keep: timedelta, jobs: Jobs) -> None:
        self._library = library
        self._jobs = jobs
        self._clock = clock
        self._keep = keep
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="closing")
        self._task: asyncio.Task[None] | None = None
        self._closed_until = 0.0  # the loop's time
        self._purged_at: datetime | None = None

    def tick(self) -> None:
        """
        Begin with what is due, unless it is under way. Never waits.
        """
        if self._task is not None and not self._task.done():
            return
        if asyncio.get_running_loop().time() >= self._closed_until:
            self._task = asyncio.create_task(self._work())

    async def settled(self) -> None:
        """
        Wait for what is under way.
        """
        if self._task is not None:
            await self._task

    async def stop(self) -> None:
        await self.settled()
        self._thread.shutdown()

    async def _work(self) -> None:
        await self._jobs.run("closing surveys", self._try)

    async def _try(self) -> None:
        loop = asyncio.get_running_loop()
        try:
            await loop.run_in_executor(self._thread, self._close_and_purge)
        except DatabaseError:
            self._closed_until = loop.time() + 1.0
            raise
        except Exception:
            self._closed_until = loop.time() + PAUSE
            raise

    def _close_and_purge(self) -> None:
        now = self._clock()
        try:
            close_due(self._library, now=now)
        finally:  # what cannot be closed keeps no count alive
            if self._purged_at is None or abs(now - self._purged_at) >= PURGED_EVERY:
                purge_due(self._library, now=now, keep=self._keep)
                self._purged_at = now


def close_due(library: Library, *, now: datetime) -> int:
    """
    Work out and store what becomes of every survey that is frozen; return of how many it was.

    One that cannot be worked out holds up no other. It is tried again; after a day it is as
    if the gate had refused it, so that a coordinator may open it again.

    Raises:
        DatabaseError: if the database cannot be asked or written: what was not stored is
            worked out again.
        Exception: the first that kept one from being worked out, once the others are done.
    """
    done = 0
    stuck: Exception | None = None
    for number in library.read_now(waiting):
        try:
            made = library.read_now(partial(make, number=number))
        except DatabaseError:
            raise
        except NoKeyError as error:  # of this process: another one may have it
            stuck = stuck or error
            continue
        except Exception as error:  # noqa: BLE001 - the edge: the others go on
            stuck = stuck or error
            made = library.read_now(partial(give_up, number=number, now=now))
        if made is not None:
            done += library.write_now(partial(_stored, made=made, now=now))
    if stuck is not None:
        raise stuck
    return done


def purge_due(library: Library, *, now: datetime, keep: timedelta) -> int:
    """
    Delete the counts that were kept for long enough; return of how many surveys and releases.

    Raises:
        DatabaseError: if the database cannot be asked or written.
    """
    if not library.read_now(lambda session: anything_to_purge(session, now=now, keep=keep)):
        return 0
    return library.write_now(lambda session: purge(session, now=now, keep=keep))


def _stored(session: Session, made: Made, *, now: datetime) -> bool:
    if not store(session, made, now=now):
        return False
    tell_end(session, find_cycle(session, made.number), now=now)
    return True
