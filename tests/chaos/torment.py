"""
One setting of the chaos: real processes on one database, killed and frozen while
Slack misbehaves, and then the count of what became of every message.
"""

import asyncio
import itertools
import os
import re
import signal
import subprocess
import sys
from collections import Counter
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from random import Random
from zoneinfo import ZoneInfo

import aiohttp

from bot.clock import utc_now
from bot.posting import METADATA
from bot.sandbox.faults import Fault, Weather
from bot.sandbox.people import Person
from bot.sandbox.server import Sandbox
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
from storage.digests import DIGEST, ask_again
from storage.errors import DatabaseError
from storage.preferences import EVERY_KIND, DigestTime, Preference, prefer
from storage.session import Database, open_database, transaction
from tests.workshop import free_port

ROOT = Path(__file__).parents[2]
POST = "chat.postMessage"
LEASE_SECONDS = 2.0
CALL_SECONDS = LEASE_SECONDS / 4  # how long the bot waits for an answer
NOTED_SECONDS = 0.5  # how long an answer may be on its way into the database of a busy machine
SETTLE_SECONDS = 60.0
PEOPLE = [f"U0CHAOS{number:03}" for number in range(200)]
EVERY = 20  # one of so many people is deactivated
GATHERERS = PEOPLE[:24]  # want digests, for a while; half of all messages are theirs
# Their dates differ always: so somebody may have more than one digest in a minute.
ZONES = [ZoneInfo(name) for name in ("Pacific/Kiritimati", "UTC", "Etc/GMT+12")]
HELD = re.compile(r"(\d+) messages? from the bot")  # what a digest says
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


@dataclass(frozen=True, kw_only=True)
class Setting:
    """
    Attributes:
        blows: kills and freezes together.
    """

    engine: str
    processes: int
    blows: int
    seed: int


@dataclass(frozen=True, kw_only=True)
class Result:
    """
    Attributes:
        lost: planned, and in the end neither sent nor said not to be; or said to be
            sent, and not there; or not inside the digest that it is said to be in.
        gathered: sent inside digests.
        untrue: said to be surely not sent, and there.
        on_the_wire: requests of whose effect the sandbox gave no answer in time, or
            that were on their way at a blow.
    """

    planned: int
    sent: int
    gathered: int
    digests: int
    failed: int
    unknown: int
    duplicates: int
    lost: int
    untrue: int
    on_the_wire: int
    blows: int
    seconds: float
    left: tuple[str, ...]  # what was not settled, for whoever looks for the reason

    @property
    def right(self) -> bool:
        wrong = self.duplicates + self.lost + self.untrue
        return wrong == 0 and self.unknown <= self.on_the_wire

    def __str__(self) -> str:
        return (
            f"planned: {self.planned}, sent: {self.sent} "
            f"({self.gathered} inside {self.digests} digests), failed: {self.failed}, "
            f"duplicates: {self.duplicates}, lost: {self.lost}, untrue: {self.untrue}, "
            f"unknown: {self.unknown} (on the wire: {self.on_the_wire}), "
            f"blows: {self.blows}, {self.seconds:.0f} s"
        )


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
    moments: list[float] = field(default_factory=list)  # the loop's time
    planned: int = 0
    blows: int = 0

    def struck(self) -> None:
        self.moments.append(asyncio.get_running_loop().time())


class Process:
    """
    A real `htbot run`, started again whenever it was killed.
    """

    def __init__(self, arena: Arena) -> None:
        self._arena = arena
        self._port = free_port()
        self._process = self._start()

    def _start(self) -> subprocess.Popen[bytes]:
        arena = self._arena
        environ = {
            "PATH": os.environ["PATH"],
            "PYTHONPATH": str(ROOT),
            "SLACK_BOT_TOKEN": arena.sandbox.bot_token,
            "SLACK_SIGNING_SECRET": arena.sandbox.signing_secret,
            "SLACK_API_URL": arena.sandbox.api_url,
            "HT_DATABASE_URL": arena.url,
            "HT_SECRET_KEY": "A" * 43 + "=",
            "HT_PACK": str(arena.pack),
            "HT_PORT": str(self._port),
            "HT_TICK_SECONDS": "0.2",
            "HT_SEND_RATE": "50",
            "HT_LEASE_SECONDS": str(LEASE_SECONDS),
        }
        with (arena.folder / "log").open("ab") as log:
            return subprocess.Popen(
                [sys.executable, "-m", "bot", "run"],
                env=environ, cwd=arena.folder, stdout=log, stderr=log,
            )  # fmt: skip

    async def torment(self) -> None:
        """
        Kill or freeze it at random moments, until enough blows were dealt.
        """
        arena, random = self._arena, self._arena.random
        while arena.blows < arena.setting.blows:
            await self.ready()
            await asyncio.sleep(random.uniform(0.05, 0.5))
            if arena.blows >= arena.setting.blows:
                return
            arena.blows += 1
            arena.struck()
            if random.random() < 0.6:
                self._process.kill()
                self._process.wait()
                self._process = self._start()
            else:
                self._process.send_signal(signal.SIGSTOP)
                await asyncio.sleep(LEASE_SECONDS * random.uniform(1.1, 1.4))
                arena.struck()
                self._process.send_signal(signal.SIGCONT)

    async def ready(self) -> None:
        async with asyncio.timeout(30), aiohttp.ClientSession() as http:
            while True:
                if self._process.poll() is not None:
                    raise RuntimeError(f"a bot ended by itself: {self._process.returncode}")
                with suppress(aiohttp.ClientError, TimeoutError):
                    timeout = aiohttp.ClientTimeout(total=1)
                    url = f"http://127.0.0.1:{self._port}/healthz"
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
            arena = Arena(
                setting=setting,
                sandbox=sandbox,
                database=database,
                url=url,
                pack=pack,
                folder=folder,
                random=Random(setting.seed),
            )
            processes = [Process(arena) for _ in range(setting.processes)]
            try:
                planning = asyncio.create_task(_keep_planning(arena))
                wishing = asyncio.create_task(_keep_wishing(arena))
                try:
                    async with asyncio.TaskGroup() as group:
                        for each in processes:
                            group.create_task(each.torment())
                        if restart is not None:
                            group.create_task(_restart_in_the_middle(arena, restart))
                finally:
                    for each in (planning, wishing):
                        each.cancel()
                        with suppress(asyncio.CancelledError):
                            await each
                await _want_none_gathered(arena)
                await _settled(arena)
            finally:
                for each in processes:
                    await asyncio.to_thread(each.stop)
            return _counted(arena, _all(arena), seconds=loop.time() - began)
    finally:
        database.dispose()


def _populate(sandbox: Sandbox, *, seed: int) -> None:
    for number, id in enumerate(PEOPLE):
        sandbox.workspace.people[id] = Person(
            id=id,
            name=id.lower(),
            real_name=id,
            kind="deactivated" if number % EVERY == 0 else "member",
        )
    sandbox.endpoints.faults.weather[POST] = Weather(CHANCES, seed=seed)


async def _keep_planning(arena: Arena) -> None:
    """
    Let there always be something to send, and not much more.
    """
    for number in itertools.count():
        with suppress(DatabaseError):  # while it restarts
            await asyncio.to_thread(_plan, arena, number)
        await asyncio.sleep(0.1)


def _plan(arena: Arena, number: int) -> None:
    now = utc_now()
    plans = [
        Plan(
            kind="test",
            occasion=f"chaos {number}",
            recipient=recipient,
            due_at=now,
            priority=Priority(1 + index % 2),
        )
        for index, recipient in enumerate(
            [*arena.random.sample(GATHERERS, 5), *arena.random.sample(PEOPLE[24:], 5)]
        )
    ]
    with transaction(arena.database, task_force_id=1) as session:
        state = DeliveryState.PLANNED
        waiting = counts(session)[state] - counts_gathered(session)[state]
        if waiting >= 30 * arena.setting.processes:
            return
        planned = plan(session, plans, now=now)
    arena.planned += planned


async def _keep_wishing(arena: Arena) -> None:
    """
    Let some people want digests that come soon, at ever another time, or none.
    """
    for number in itertools.count():
        user_id = GATHERERS[number % len(GATHERERS)]
        with suppress(DatabaseError):
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
        prefer(session, user_id, Preference(digest=digest), kind="test")
        prefer(session, user_id, Preference(digest_at=at), kind=EVERY_KIND)
        ask_again(session, user_id, now=now)


async def _restart_in_the_middle(arena: Arena, restart: Callable[[], Awaitable[None]]) -> None:
    while arena.blows < arena.setting.blows // 2:  # noqa: ASYNC110 - nothing rings
        await asyncio.sleep(0.05)
    arena.struck()
    await restart()
    arena.struck()


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
                each.state not in SETTLED for each in await asyncio.to_thread(_all, arena)
            ):
                await asyncio.sleep(0.2)


def _counted(arena: Arena, deliveries: tuple[Delivery, ...], *, seconds: float) -> Result:
    arrived = Counter(
        message.metadata["event_payload"]["delivery"]
        for message in arena.sandbox.workspace.messages
        if message.metadata and message.metadata["event_type"] == METADATA
    )
    digests = [each for each in deliveries if each.kind == DIGEST]
    inside = [each for each in deliveries if each.digest_id is not None]
    by_itself = [each for each in deliveries if each.kind != DIGEST and each.digest_id is None]
    # Of the two kinds of requests, and then of what a person was told: all but the digests.
    requests = Counter(each.state for each in (*digests, *by_itself))
    told = Counter(each.state for each in (*inside, *by_itself))
    unsettled = sum(1 for each in deliveries if each.state not in SETTLED)
    missing = sum(
        1
        for each in deliveries
        if each.state is DeliveryState.SENT and not arrived[each.digest_id or each.id]
    )
    surely_not = (DeliveryState.FAILED, DeliveryState.SKIPPED)
    doubled, left_out = _compared(arena, digests, inside)
    return Result(
        planned=len(inside) + len(by_itself),
        sent=told[DeliveryState.SENT],
        gathered=sum(1 for each in inside if each.state is DeliveryState.SENT),
        digests=sum(1 for each in digests if each.state is DeliveryState.SENT),
        failed=told[DeliveryState.FAILED],
        unknown=requests[DeliveryState.UNKNOWN],
        duplicates=doubled
        + sum(number - 1 for number in arrived.values() if number > 1)
        + sum(1 for each in inside if arrived[each.id]),
        # A row that was planned and is not there is lost as well.
        lost=unsettled + missing + left_out + max(0, arena.planned - len(inside) - len(by_itself)),
        untrue=sum(
            1
            for each in deliveries
            if each.state in surely_not and arrived[each.digest_id or each.id]
        ),
        on_the_wire=_on_the_wire(arena),
        blows=arena.blows,
        seconds=seconds,
        left=tuple(str(each) for each in deliveries if each.state not in SETTLED),
    )


def _compared(arena: Arena, digests: list[Delivery], inside: list[Delivery]) -> tuple[int, int]:
    """
    Return how many messages more, and how many fewer, the digests that arrived say they
    hold than they do: one more was let go and came by itself too, one fewer never came.
    """
    holds = Counter(each.digest_id for each in inside)
    numbers = {each.id for each in digests}
    more = fewer = 0
    for message in arena.sandbox.workspace.messages:
        number = (message.metadata or {}).get("event_payload", {}).get("delivery")
        if number in numbers:
            said = HELD.search(message.text)
            difference = (int(said[1]) if said else 0) - holds[number]
            more, fewer = more + max(0, difference), fewer + max(0, -difference)
    return more, fewer


def _on_the_wire(arena: Arena) -> int:
    number = 0
    for transit in arena.sandbox.endpoints.transits:
        if transit.method != POST:
            continue
        ended = float("inf") if transit.ended is None else transit.ended
        slow = ended - transit.begun > CALL_SECONDS / 2
        struck = any(transit.begun <= at <= ended + NOTED_SECONDS for at in arena.moments)
        number += not transit.proved or slow or struck
    return number
