"""
The database of one task force and what is remembered of it, kept in step, and
what is answered while it cannot be reached.
"""

import asyncio
import logging
import threading
from collections.abc import AsyncIterator, Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, asynccontextmanager, suppress
from contextvars import copy_context
from dataclasses import replace
from time import monotonic
from typing import Protocol, TypeVar
from zoneinfo import ZoneInfo

from bot.clock import Clock
from bot.logging import where
from commands.names import index_names
from commands.speech import phrase, say
from storage.changes import Read, noting_reads, revisions
from storage.errors import (
    DatabaseBusyError,
    DatabaseError,
    DatabaseLostError,
    DatabaseUnreachableError,
)
from storage.facts import content_version
from storage.memory import Memory, remember
from storage.migrations import is_current, migrate
from storage.packs.loading import install
from storage.packs.reading import Pack
from storage.processes import all_count
from storage.scratch import scratch
from storage.session import (
    Database,
    Session,
    check,
    open_database,
    reading,
    transaction,
    unscoped_reading,
)
from storage.task_forces import TaskForce, bind_workspace, find_task_force

log = logging.getLogger(__name__)

Value = TypeVar("Value")
READERS = 4  # threads
LONGEST_QUEUE = 32  # changes; more would wait longer than anybody does
READ_SECONDS = 2.0  # of the three that Slack gives an answer
PUBLIC = ("task_force",)  # where each change of what anybody may read is counted
LOOK_SECONDS = 0.4  # between two looks at what others have written
DOUBT_SECONDS = 60.0  # after which all is read anew: a hand may have written, and counted nothing
SURE_SECONDS = 1.0  # that what others have written may stay unseen
LOST = phrase(
    "The database is missing or damaged; an administrator must restore it and restart the bot."
)
UNREACHABLE = phrase("The database cannot be reached just now.")


class Opened(Protocol):
    """
    `storage.session.reading` or `transaction`.
    """

    def __call__(
        self, database: Database, /, *, task_force_id: int
    ) -> AbstractContextManager[Session]: ...


class UnpreparedError(DatabaseError):
    """
    The database could not be reached since the start.
    """

    def __init__(self) -> None:
        super().__init__("the database cannot be reached")


class Library:
    """
    Args:
        pack: the facts to load, and to answer from until the database answers.
        timezone: for the times that are shown; None: the pack's.
    """

    def __init__(
        self, database: Database, *, pack: Pack, clock: Clock, timezone: ZoneInfo | None = None
    ) -> None:
        self.database = database
        self.pack = pack
        self.timezone = timezone or ZoneInfo(pack.task_force.timezone)
        self._clock = clock
        self._task_force_id: int | None = None
        self._team_id: str | None = None
        self._refreshing = threading.Lock()
        self._readers = ThreadPoolExecutor(READERS, thread_name_prefix="reading")
        self._writer = ThreadPoolExecutor(1, thread_name_prefix="writing")
        # Its own: nobody who pressed a button queues behind a broadcast.
        self._deliverer = ThreadPoolExecutor(1, thread_name_prefix="delivering")
        # Its own, so that it never queues behind questions that get no answer.
        self._looker = ThreadPoolExecutor(1, thread_name_prefix="looking")
        self._queued = 0  # changes that wait for the writer, or are being written
        self._memory: Memory | None = None
        self._trouble: str | None = None
        self._pack_waits = False  # it could not be loaded yet: somebody else was writing
        self._doubted_at = 0.0  # by `monotonic`

    @classmethod
    def open(
        cls,
        url: str,
        *,
        pack: Pack,
        clock: Clock,
        timezone: ZoneInfo | None = None,
        secret_key: str | None = None,
    ) -> "Library":
        """
        Open and prepare the database at *url*: migrated, with the pack loaded. If
        it cannot be reached the library opens all the same, from the pack.

        Args:
            secret_key: `HT_SECRET_KEY`, for what is stored sealed.
        Raises:
            DatabaseUrlError: if *url* names no database we know.
        """
        database = open_database(url, secret_key=secret_key)
        library = cls(database, pack=pack, clock=clock, timezone=timezone)
        try:
            library.prepare()
        except DatabaseError as error:
            library._fail(error)
            with (
                scratch(pack, now=clock()) as (database, task_force),
                reading(database, task_force_id=task_force.id) as session,
            ):
                library._memory = remember(session, now=clock())
        return library

    def close(self) -> None:
        """
        Wait for what is under way, then close every connection.
        """
        self._looker.shutdown()
        self._deliverer.shutdown()
        self._readers.shutdown()
        self._writer.shutdown()
        self.database.dispose()

    @property
    def memory(self) -> Memory:
        """
        What is remembered, with the trouble that is known now. Never waits: for a
        file one look at it, for a server what the last refresh found.
        """
        if self._memory is None:
            raise UnpreparedError
        if self.database.file is not None and self._trouble is None:
            try:
                check(self.database)
            except DatabaseError as error:
                self._fail(error)
        if self._trouble is None:
            return self._memory
        taken = self._memory.taken_at.astimezone(self.timezone)
        said = say(
            "{trouble} This answer is from memory, of {taken:%b %d, %Y at %H:%M}.",
            trouble=say(self._trouble),
            taken=taken,
        )
        return replace(self._memory, trouble=said)

    def know_admins(self, admins: frozenset[str]) -> None:
        """
        Let every session know who administers by settings.
        """
        self.database = replace(self.database, admins=admins)

    @property
    def trouble(self) -> str | None:
        return self._trouble

    def prepare(self) -> None:
        """
        Migrate, load the pack, and remember. While somebody else is writing, a
        database that is up to date serves as it is, and the pack is loaded later.

        Raises:
            DatabaseError: if the database cannot be prepared; nothing is half-done.
        """
        try:
            # Migrating waits long for whoever writes, so it is done only where it must be.
            for revision in () if self._is_current() else migrate(self.database):
                log.info("database migrated to %s", revision)
            task_force, loaded = install(self.database, self.pack, now=self._clock(), again=False)
        except DatabaseBusyError:
            known = self._prepared_before()
            if known is None:
                raise
            task_force, self._pack_waits = known, True
            log.warning("the database is busy: the pack will be loaded later")
        else:
            self._pack_waits = False
            if loaded.anything:
                log.info(
                    "pack loaded: %d added, %d changed, %d retired",
                    *map(len, (loaded.added, loaded.changed, loaded.retired)),
                )
        self._task_force_id = task_force.id
        self._team_id = task_force.team_id
        with reading(self.database, task_force_id=task_force.id) as session:
            self._memory = remember(session, now=self._clock())
        self._trouble = None

    def _is_current(self) -> bool:
        try:
            return is_current(self.database)
        except DatabaseUnreachableError:
            return False  # not made yet; else migrating says what is wrong

    def _prepared_before(self) -> TaskForce | None:
        if not self._is_current():
            return None
        with unscoped_reading(self.database) as session:
            return find_task_force(session, key=self.pack.task_force.key)

    def refresh(self) -> None:
        """
        Look whether the database is there, whether its facts changed and what others wrote.
        Called all the time; logs a change for the worse or the better once.
        """
        if not self._refreshing.acquire(blocking=False):
            return  # the look before this one still waits for an answer
        began = monotonic()
        try:
            if self._task_force_id is None or self._pack_waits:
                self.prepare()
                return
            back = self._trouble is not None
            everybody_counts = self._look_at(self._task_force_id, anew=back)
            if back:
                self.database.changes.note_all()  # what came back may have another history
            if began >= self._doubted_at + DOUBT_SECONDS:
                self.database.changes.kept.clear()
                self._doubted_at = began
            self.database.changes.sure_until = began + SURE_SECONDS if everybody_counts else 0.0
            if self._trouble is not None:
                log.warning("the database answers again")
            self._trouble = None
        except DatabaseBusyError:
            log.info("the database is busy; what is remembered stands")
        except DatabaseError as error:
            self._fail(error)
        finally:
            self._refreshing.release()

    def _look_at(self, task_force_id: int, *, anew: bool = False) -> bool:
        with reading(self.database, task_force_id=task_force_id) as session:
            connection = session.connection()
            self.database.changes.look(revisions(connection, task_force_id=task_force_id))
            memory = self._memory
            if anew or memory is None or content_version(session) != memory.version:
                memory = self._memory = remember(session, now=self._clock())
            index_names(memory)
            return all_count(session, now=self._clock())

    async def look(self) -> None:
        """
        `refresh` beside the event loop.
        """
        await asyncio.get_running_loop().run_in_executor(self._looker, self.refresh)

    @asynccontextmanager
    async def watched(self) -> AsyncIterator[None]:
        """
        Look again and again while the block lasts, whatever else the tick is at: only then is
        what was read given again.
        """

        async def look_on() -> None:
            while True:
                try:
                    await self.look()
                except Exception as error:  # noqa: BLE001 - the edge: whatever it is, look again
                    self.database.changes.sure_until = 0.0
                    log.warning("a look at the database failed\n%s", where(error))
                await asyncio.sleep(LOOK_SECONDS)

        looking = asyncio.create_task(look_on())
        try:
            yield
        finally:
            looking.cancel()
            with suppress(asyncio.CancelledError):
                await looking

    async def read(self, question: Callable[[Session], Value]) -> Value:
        """
        Run *question* in a session beside the event loop.

        Raises:
            DatabaseError: if the database cannot be asked, or does not answer in time.
        """
        try:
            async with asyncio.timeout(READ_SECONDS):
                return await self._beside(self._readers, reading, question)
        except TimeoutError as error:
            raise DatabaseUnreachableError("no answer in time") from error

    async def read_noting(self, question: Callable[[Session], Value]) -> tuple[Value, Read]:
        """
        Do the same, and return beside it from what it was read.
        """
        number = self.database.changes.number

        def noted(session: Session) -> tuple[Value, Read]:
            with noting_reads() as tables:
                value = question(session)
            return value, Read(number=number, tables=frozenset(tables))

        return await self.read(noted)

    def stands(self, read: Read) -> bool:
        """
        Say whether what was *read* is there still as it was: this process wrote none of it
        since, and what others wrote was looked at less than a second ago.
        """
        return self._trouble is None and self.database.changes.stands(read)

    async def write(self, change: Callable[[Session], Value]) -> Value:
        """
        Run *change* in a transaction beside the event loop, one at a time.

        Raises:
            DatabaseBusyError: if others write first, and for too long.
            DatabaseError: if the database cannot be written; nothing is changed.
        """
        if self._queued >= LONGEST_QUEUE:
            raise DatabaseBusyError(self.database.busy_seconds)
        self._queued += 1
        try:
            return await self._beside(self._writer, transaction, change)
        finally:
            self._queued -= 1

    def read_now(self, question: Callable[[Session], Value]) -> Value:
        """
        Run *question* here and now: for the command line.
        """
        return self._run(reading, question)

    async def deliver(self, step: Callable[[Session], Value]) -> Value:
        """
        Run a *step* of the deliveries in a transaction, beside what people change.

        Raises:
            DatabaseError: if the database cannot be written; perhaps all of the step
                is done, if the connection was cut off at its end, or nothing.
        """
        return await self._beside(self._deliverer, transaction, step)

    def write_now(self, change: Callable[[Session], Value]) -> Value:
        """
        Run *change* here and now: for the command line.
        """
        return self._run(transaction, change)

    async def bind(self, team_id: str) -> None:
        """
        Store which workspace this is. If it cannot be stored now, the next call will.

        Raises:
            WrongWorkspaceError: if the database belongs to another.
        """
        if self._team_id == team_id:
            return
        try:
            await self.write(lambda session: bind_workspace(session, team_id))
        except DatabaseError:
            log.info("the workspace could not be stored yet")
        else:
            self._team_id = team_id

    @property
    def team_id(self) -> str | None:
        return self._team_id

    async def _beside(
        self, threads: ThreadPoolExecutor, opened: Opened, work: Callable[[Session], Value]
    ) -> Value:
        loop = asyncio.get_running_loop()
        spoken = copy_context()  # the thread answers in the language of whoever asks
        return await loop.run_in_executor(threads, spoken.run, self._run, opened, work)

    def _run(self, opened: Opened, work: Callable[[Session], Value]) -> Value:
        if self._task_force_id is None:
            raise UnpreparedError
        number = self.database.changes.number
        try:
            with opened(self.database, task_force_id=self._task_force_id) as session:
                value = work(session)
        except DatabaseBusyError:
            raise  # somebody else is writing: no trouble of the database's
        except DatabaseError as error:
            self._fail(error)
            raise
        if opened is transaction and self.database.changes.since(number, PUBLIC):
            self._remember_anew(self._task_force_id)
        return value

    def _remember_anew(self, task_force_id: int) -> None:
        """
        Remember what was just written: whoever asks next in this process is told.
        """
        if not self._refreshing.acquire(timeout=self.database.busy_seconds):
            return  # the database hangs: nothing is given again meanwhile
        try:
            self._look_at(task_force_id)
        except Exception as error:  # noqa: BLE001 - it is written all the same
            self.database.changes.sure_until = 0.0
            log.warning("what was written could not be read again yet\n%s", where(error))
        finally:
            self._refreshing.release()

    def _fail(self, error: DatabaseError) -> None:
        self.database.changes.sure_until = 0.0
        trouble = LOST if isinstance(error, DatabaseLostError) else UNREACHABLE
        if self._trouble != trouble:
            log.error("%s (%s)", trouble, error)
        self._trouble = trouble
