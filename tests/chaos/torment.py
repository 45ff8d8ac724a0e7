"""
One setting of the chaos: real processes on one database, killed and frozen while
Slack misbehaves, and then the count of what became of every message.
"""

import asyncio
import itertools
import os
import signal
import subprocess
import sys
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from datetime import timedelta
from pathlib import Path
from random import Random
from zoneinfo import ZoneInfo

import aiohttp

from bot.clock import utc_now
from bot.sandbox.faults import Ceiling, Fault, Faults, Weather
from bot.sandbox.people import Person
from bot.sandbox.server import Sandbox
from storage.broadcast_progress import readers
from storage.broadcasts import broadcasts
from storage.deliveries import (
    SETTLED,
    Delivery,
    DeliveryState,
    Plan,
    Priority,
    counts,
    counts_gathered,
    in_states,
    plan,
)
from storage.digests import ask_again
from storage.errors import DatabaseError
from storage.preferences import EVERY_KIND, DigestTime, Preference, prefer
from storage.reports import REPORT
from storage.session import Database, Session, open_database, reading, transaction
from tests.chaos.beside import (
    READERS,
    SECOND,
    SENDER,
    Sight,
    ended,
    held_back,
    launch,
    look,
    seat,
    told_the_end,
)
from tests.chaos.count import (
    CALL_SECONDS,
    LEASE_SECONDS,
    TEST,
    Blow,
    Result,
    Seen,
    count,
    transits_of,
)
from tests.workshop import free_port

ROOT = Path(__file__).parents[2]
POST, UPDATE = "chat.postMessage", "chat.update"
START_SECONDS = 0.4  # a process that was started sends nothing sooner
SETTLE_SECONDS = 60.0
BROADCAST_SECONDS = 180.0  # for the longest, blows and all
WAIT_SECONDS = 0.1  # a change that takes longer than this had to wait
PEOPLE = [f"U0CHAOS{number:03}" for number in range(200)]
EVERY = 20  # one of so many people is deactivated
GATHERERS = PEOPLE[:24]  # want digests, for a while; half of all messages are theirs
# Their dates differ always: so somebody may have more than one digest in a minute.
ZONES = [ZoneInfo(name) for name in ("Pacific/Kiritimati", "UTC", "Etc/GMT+12")]
CHANCES = (
    (0.02, Fault(retry_after=1)),
    (0.03, Fault(drop="before")),
    (0.03, Fault(drop="after")),
    (0.02, Fault(status=500)),
    (0.03, Fault(delay=CALL_SECONDS * 2)),
    (0.03, Fault(answer_delay=CALL_SECONDS * 2)),
    (0.15, Fault(answer_delay=CALL_SECONDS / 3)),
    (0.04, Fault(error="invalid_blocks")),
)
UPDATE_CHANCES = ((0.03, Fault(drop="before")), (0.03, Fault(drop="after")))
QUIET_SECONDS = 6.0  # reminders alone, to compare
REMINDERS = 2  # a second


class Fair(Ceiling):
    """
    Refuses nothing, and lets what the sender of the broadcast is told meet no fault: else
    there were often no live message to look at.
    """

    def __init__(self, faults: Faults) -> None:
        super().__init__(per_second=1)
        self._faults = faults

    def takes(self, channel: str, now: float) -> bool:
        if channel == SENDER:
            self._faults.add(POST, Fault())
        return True


@dataclass(frozen=True, kw_only=True)
class Setting:
    """
    Attributes:
        blows: kills and freezes together.
        broadcast: one to 500 goes out beside reminders, instead of messages of every kind.
    """

    engine: str
    processes: int
    blows: int
    seed: int
    broadcast: bool = False

    @property
    def rest_seconds(self) -> float:
        """
        At most, between a blow to a process and the next.
        """
        return 2.0 if self.broadcast else 0.5

    @property
    def rate(self) -> int:
        """
        Requests a second: a broadcast lasts for as long as the blows do.
        """
        return 20 if self.broadcast else 50


@dataclass(kw_only=True)
class Arena:
    """
    What the processes share, and the moments at which something was done to them.
    """

    setting: Setting
    sandbox: Sandbox
    database: Database
    url: str
    pack: Path
    folder: Path
    random: Random
    dealt: list[Blow] = field(default_factory=list)
    waits: list[tuple[float, float]] = field(default_factory=list)  # for the database
    planned: int = 0
    blows: int = 0


class Process:
    """
    A real `htbot run`, started again whenever it was killed.
    """

    def __init__(self, arena: Arena, *, name: str) -> None:
        self._arena = arena
        self._name = name
        self._port = free_port()
        self._process = self._start()

    def _start(self) -> subprocess.Popen[bytes]:
        arena = self._arena
        environ = {
            "PATH": os.environ["PATH"],
            "PYTHONPATH": str(ROOT),
            "SLACK_BOT_TOKEN": arena.sandbox.bot_token,
            "SLACK_SIGNING_SECRET": arena.sandbox.signing_secret,
            "SLACK_API_URL": f"{arena.sandbox.base_url}/{self._name}/api/",
            "HT_DATABASE_URL": arena.url,
            "HT_SECRET_KEY": "A" * 43 + "=",
            "HT_PACK": str(arena.pack),
            "HT_PORT": str(self._port),
            "HT_TICK_SECONDS": "0.2",
            "HT_SEND_RATE": str(arena.setting.rate),
            "HT_LEASE_SECONDS": str(LEASE_SECONDS),
        }
        with (arena.folder / "log").open("ab") as log:
            return subprocess.Popen(
                [sys.executable, "-m", "tests.chaos.bot"],
                env=environ, cwd=arena.folder, stdout=log, stderr=log,
            )  # fmt: skip

    async def torment(self) -> None:
        """
        Kill or freeze it at random moments, until enough blows were dealt.
        """
        arena, random = self._arena, self._arena.random
        while arena.blows < arena.setting.blows:
            await self.ready()
            await asyncio.sleep(random.uniform(0.05, arena.setting.rest_seconds))
            if arena.blows >= arena.setting.blows:
                return
            arena.blows += 1
            began = asyncio.get_running_loop().time()
            killed = random.random() < 0.6
            if killed:
                self._process.kill()
                self._process.wait()
                held = await _held_back(arena)
                self._process = self._start()
                over = began + START_SECONDS
            else:
                self._process.send_signal(signal.SIGSTOP)
                held = await _held_back(arena)
                await asyncio.sleep(LEASE_SECONDS * random.uniform(1.1, 1.4))
                over = asyncio.get_running_loop().time()
                self._process.send_signal(signal.SIGCONT)
            blow = Blow(whom=self._name, killed=killed, began=began, over=over, held=held)
            arena.dealt.append(blow)

    async def ready(self) -> None:
        async with asyncio.timeout(60), aiohttp.ClientSession() as http:
            while True:
                if self._process.poll() is not None:
                    raise RuntimeError(f"a bot ended by itself: {self._process.returncode}")
                with suppress(aiohttp.ClientError, TimeoutError):
                    timeout = aiohttp.ClientTimeout(total=1)
                    url = f"http://127.0.0.1:{self._port}/readyz"
                    async with http.get(url, timeout=timeout) as answer:
                        if answer.status == 200:
                            return
                await asyncio.sleep(0.05)

    def stop(self) -> None:
        """
        End it in an orderly way.
        """
        self._process.send_signal(signal.SIGCONT)
        self._process.terminate()
        try:
            self._process.wait(timeout=20)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
            raise


async def run(
    setting: Setting,
    *,
    url: str,
    pack: Path,
    folder: Path,
    restart: Callable[[], Awaitable[None]] | None = None,
) -> Result:
    """
    Return what became of every message planned in *setting*.

    Args:
        url: a database with the *pack* in it.
        restart: crashes the database and starts it again; called in the middle.
    """
    loop = asyncio.get_running_loop()
    began = loop.time()
    database = open_database(url, busy_seconds=10)
    try:
        async with Sandbox(clock=utc_now) as sandbox:
            _populate(sandbox, seed=setting.seed)
            if setting.broadcast:
                with transaction(database, task_force_id=1) as session:
                    seat(session, now=utc_now())
            arena = Arena(
                setting=setting,
                sandbox=sandbox,
                database=database,
                url=url,
                pack=pack,
                folder=folder,
                random=Random(setting.seed),
            )
            processes = [Process(arena, name=f"p{n}") for n in range(setting.processes)]
            try:
                if setting.broadcast:
                    beside = (_keep_reminding(arena), _keep_launching(arena))
                else:
                    beside = (_keep_planning(arena), _keep_wishing(arena))
                tasks = [asyncio.create_task(each) for each in beside]
                try:
                    async with asyncio.TaskGroup() as group:
                        for process in processes:
                            group.create_task(process.torment())
                        if restart is not None:
                            group.create_task(_restart_in_the_middle(arena, restart))
                        if setting.broadcast:
                            group.create_task(_until(arena, ended, seconds=BROADCAST_SECONDS))
                finally:
                    for each in tasks:
                        each.cancel()
                        with suppress(asyncio.CancelledError):
                            await each
                await _want_none_gathered(arena)
                await _settled(arena)
                if setting.broadcast:
                    await _until(arena, told_the_end, seconds=SETTLE_SECONDS)
            finally:
                for process in processes:
                    await asyncio.to_thread(process.stop)
            # A report may be due only later: it tells of what came to trouble just now.
            deliveries = [e for e in _all(arena) if e.state in SETTLED or e.kind != REPORT]
            seen = Seen(
                deliveries=deliveries,
                planned=arena.planned,
                messages=sandbox.workspace.messages,
                transits=[each for each in sandbox.endpoints.transits if each.method == POST],
                blows=arena.dealt,
                waits=arena.waits,
                ahead=utc_now().timestamp() - loop.time(),
                gone=frozenset(
                    id
                    for id, person in sandbox.workspace.people.items()
                    if person.kind == "deactivated"
                ),
            )
            result = count(seen, seconds=loop.time() - began)
            if setting.broadcast:
                found = look(_sight(arena, seen))
                result = replace(result, beside=str(found), astray=found.wrong)
            return result
    finally:
        database.dispose()


def _populate(sandbox: Sandbox, *, seed: int) -> None:
    for number, id in enumerate([*PEOPLE, *READERS]):
        sandbox.workspace.people[id] = Person(
            id=id,
            name=id.lower(),
            real_name=id,
            kind="deactivated" if number % EVERY == 0 else "member",
        )
    for id in (SENDER, SECOND):
        sandbox.workspace.people[id] = Person(id=id, name=id.lower(), real_name=id, kind="member")
    sandbox.endpoints.faults.ceilings[POST] = Fair(sandbox.endpoints.faults)
    sandbox.endpoints.faults.weather[POST] = Weather(CHANCES, seed=seed)
    sandbox.endpoints.faults.weather[UPDATE] = Weather(UPDATE_CHANCES, seed=seed)


async def _keep_planning(arena: Arena) -> None:
    """
    Let there always be something to send, and not much more.
    """
    for number in itertools.count():
        with suppress(DatabaseError), _waited(arena):  # while it restarts
            await asyncio.to_thread(_plan, arena, number)
        await asyncio.sleep(0.1)


def _plan(arena: Arena, number: int) -> None:
    now = utc_now()
    plans = [
        Plan(
            kind=TEST,
            occasion=f"chaos {number}",
            recipient=recipient,
            due_at=now,
            priority=Priority(1 + index % 2),
        )
        for index, recipient in enumerate(
            [*arena.random.sample(GATHERERS, 5), *arena.random.sample(PEOPLE[len(GATHERERS) :], 5)]
        )
    ]
    with transaction(arena.database, task_force_id=1) as session:
        state = DeliveryState.PLANNED
        waiting = counts(session)[state] - counts_gathered(session)[state]
        if waiting >= 30 * arena.setting.processes:
            return
        planned = plan(session, plans, now=now)
    arena.planned += planned


async def _keep_reminding(arena: Arena) -> None:
    """
    Let a few reminders be due every second, half of them for readers of the broadcast.
    """
    for number in itertools.count():
        with suppress(DatabaseError), _waited(arena):
            await asyncio.to_thread(_plan_reminders, arena, number)
        await asyncio.sleep(1)


def _plan_reminders(arena: Arena, number: int) -> None:
    now, half = utc_now(), REMINDERS // 2
    plans = [
        Plan(
            kind=TEST,
            occasion=f"chaos {number}",
            recipient=recipient,
            due_at=now + timedelta(seconds=1 + index / REMINDERS),
            priority=Priority.REMINDER,
        )
        for index, recipient in enumerate(
            [*arena.random.sample(PEOPLE, half), *arena.random.sample(READERS, half)]
        )
    ]
    with transaction(arena.database, task_force_id=1) as session:
        planned = plan(session, plans, now=now)
    arena.planned += planned


async def _keep_launching(arena: Arena) -> None:
    """
    Have the broadcast drafted and, half a second later, approved: the bot does the rest.
    """
    await asyncio.sleep(QUIET_SECONDS)
    while True:
        with suppress(DatabaseError), _waited(arena):
            await asyncio.to_thread(_launch, arena)
        await asyncio.sleep(0.5)


def _launch(arena: Arena) -> None:
    with transaction(arena.database, task_force_id=1) as session:
        launch(session, now=utc_now())


async def _until(arena: Arena, says: Callable[[Session], bool], *, seconds: float) -> None:
    """
    Wait until the database *says* so, or for *seconds*.
    """

    def asked() -> bool:
        with suppress(DatabaseError), reading(arena.database, task_force_id=1) as session:
            return says(session)
        return False

    with suppress(TimeoutError):
        async with asyncio.timeout(seconds):
            while not await asyncio.to_thread(asked):  # noqa: ASYNC110 - nothing rings: see `_settled`
                await asyncio.sleep(0.2)


async def _held_back(arena: Arena) -> frozenset[int] | None:
    """
    Return the reminders that nobody can claim after a blow; None if nobody knows.
    """
    if not arena.setting.broadcast:
        return None
    await asyncio.sleep(0.05)  # what was on its way into the database is there
    with suppress(DatabaseError):
        return await asyncio.to_thread(_look_for_held_back, arena)
    return None


def _look_for_held_back(arena: Arena) -> frozenset[int]:
    # A frozen writer keeps all others of SQLite waiting, but nobody who only asks.
    opened = transaction if arena.setting.engine == "postgresql" else reading
    with opened(arena.database, task_force_id=1) as session:
        return held_back(session)


def _sight(arena: Arena, seen: Seen) -> Sight:
    workspace = arena.sandbox.workspace
    with reading(arena.database, task_force_id=1) as session:
        found = broadcasts(session)
        return Sight(
            broadcasts=found,
            readers=[each for one in found for each in readers(session, one)],
            channels={id: workspace.dm(workspace.person(id)).id for id in READERS},
            deliveries=seen.deliveries,
            messages=seen.messages,
            transits=transits_of(seen),
            blows=seen.blows,
            ahead=seen.ahead,
        )


async def _keep_wishing(arena: Arena) -> None:
    """
    Let some people want digests that come soon, at ever another time, or none.
    """
    for number in itertools.count():
        user_id = GATHERERS[number % len(GATHERERS)]
        with suppress(DatabaseError), _waited(arena):
            await asyncio.to_thread(_wish, arena, user_id, digest=arena.random.random() < 0.8)
        await asyncio.sleep(0.1)


async def _want_none_gathered(arena: Arena) -> None:
    """
    Let whatever waits for a digest come by itself.
    """
    for user_id in GATHERERS:
        while True:
            try:
                await asyncio.to_thread(_wish, arena, user_id, digest=False)
            except DatabaseError:
                await asyncio.sleep(0.1)
            else:
                break


def _wish(arena: Arena, user_id: str, *, digest: bool) -> None:
    now, zone = utc_now(), arena.random.choice(ZONES)
    soon = now + timedelta(seconds=arena.random.uniform(0.5, 4))
    at = DigestTime(at=soon.astimezone(zone).time(), zone=zone)
    with transaction(arena.database, task_force_id=1) as session:
        prefer(session, user_id, Preference(digest=digest), kind=TEST)
        prefer(session, user_id, Preference(digest_at=at), kind=EVERY_KIND)
        ask_again(session, user_id, now=now)


async def _restart_in_the_middle(arena: Arena, restart: Callable[[], Awaitable[None]]) -> None:
    while arena.blows < arena.setting.blows // 2:  # noqa: ASYNC110 - nothing rings
        await asyncio.sleep(0.05)
    with _waited(arena):
        await restart()


@contextmanager
def _waited(arena: Arena) -> Iterator[None]:
    began = asyncio.get_running_loop().time()
    try:
        yield
    finally:
        over = asyncio.get_running_loop().time()
        if over - began > WAIT_SECONDS:
            arena.waits.append((began, over))


def _all(arena: Arena) -> tuple[Delivery, ...]:
    with transaction(arena.database, task_force_id=1) as session:
        return in_states(session, tuple(DeliveryState), limit=1_000_000)


async def _settled(arena: Arena) -> None:
    """
    Wait until every message is settled, or nobody would settle it any more.
    """
    with suppress(TimeoutError):
        async with asyncio.timeout(SETTLE_SECONDS):
            while any(  # noqa: ASYNC110 - nothing rings: others write to the database
                each.state not in SETTLED and each.kind != REPORT
                for each in await asyncio.to_thread(_all, arena)
            ):
                await asyncio.sleep(0.2)
