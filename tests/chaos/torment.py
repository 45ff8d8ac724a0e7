"""
One setting of the chaos: real processes on one database, killed and frozen while
Slack misbehaves, and then the count of what became of every message.
"""

import asyncio
import itertools
import json
import os
import signal
import subprocess
import sys
from collections import Counter
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from random import Random

import aiohttp

from bot.clock import utc_now
from bot.delivery import DATABASE
from bot.posting import FROZEN, GONE, METADATA, SLOWED, UNREACHED
from bot.sandbox.faults import Fault, Transit, Weather
from bot.sandbox.people import Person
from bot.sandbox.server import Sandbox
from storage.deliveries import SETTLED, Delivery, DeliveryState, Plan, Priority, in_states, plan
from storage.errors import DatabaseError
from storage.session import Database, open_database, transaction
from tests.workshop import free_port

ROOT = Path(__file__).parents[2]
POST = "chat.postMessage"
LEASE_SECONDS = 2.0
CALL_SECONDS = LEASE_SECONDS / 4  # how long the bot waits for an answer
NOTED_SECONDS = 0.5  # how long an answer may be on its way into the database of a busy machine
START_SECONDS = 0.4  # a process that was started sends nothing sooner
# Why a delivery may have failed: all else is a fault of ours. Only the first is for good;
# the others lost their lease before they could be planned again.
BECAUSE = (GONE, FROZEN, SLOWED, UNREACHED, DATABASE, "Slack refused it: invalid_blocks")
SETTLE_SECONDS = 60.0
PEOPLE = [f"U0CHAOS{number:03}" for number in range(200)]
EVERY = 20  # one of so many people is deactivated
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
            sent, and not there.
        untrue: said to be surely not sent, and there.
        on_the_wire: unknown ones with a request of their own of whose effect the sandbox
            gave no answer in time, or that was on its way at a blow to its own process.
        noted_late: unknown ones that were answered so shortly before a blow to their own
            process, or to the database, that it could not be noted.
        not_written: unknown ones of which the sandbox saw no request at all; one a blow
            may be on its way from "sending" to the wire.
        unexplained: unknown ones that are none of these, and those that failed for no
            reason that a delivery may fail for.
    """

    planned: int
    sent: int
    failed: int
    unknown: int
    duplicates: int
    lost: int
    untrue: int
    on_the_wire: int
    noted_late: int
    not_written: int
    unexplained: int
    blows: int
    seconds: float

    @property
    def right(self) -> bool:
        wrong = self.duplicates + self.lost + self.untrue + self.unexplained
        return wrong == 0 and self.not_written <= self.blows and self.sent > 0

    def __str__(self) -> str:
        return (
            f"planned: {self.planned}, sent: {self.sent}, failed: {self.failed}, "
            f"duplicates: {self.duplicates}, lost: {self.lost}, untrue: {self.untrue}, "
            f"unknown: {self.unknown} (on the wire: {self.on_the_wire}, noted too late: "
            f"{self.noted_late}, not written: {self.not_written}, unexplained: "
            f"{self.unexplained}), "
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
    # Whom, and from when until when it surely wrote nothing: what the sandbox sees of it
    # meanwhile was on its way before.
    struck_at: list[tuple[str, float, float]] = field(default_factory=list)
    restarts: list[tuple[float, float]] = field(default_factory=list)  # of the database
    planned: int = 0
    blows: int = 0

    def struck(self, whom: str, *, began: float, over: float) -> None:
        self.struck_at.append((whom, began, over))


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
            "HT_SEND_RATE": "50",
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
            await asyncio.sleep(random.uniform(0.05, 0.5))
            if arena.blows >= arena.setting.blows:
                return
            arena.blows += 1
            began = asyncio.get_running_loop().time()
            if random.random() < 0.6:
                self._process.kill()
                self._process.wait()
                self._process = self._start()
                arena.struck(self._name, began=began, over=began + START_SECONDS)
            else:
                self._process.send_signal(signal.SIGSTOP)
                await asyncio.sleep(LEASE_SECONDS * random.uniform(1.1, 1.4))
                over = asyncio.get_running_loop().time()
                arena.struck(self._name, began=began, over=over)
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
            processes = [Process(arena, name=f"p{n}") for n in range(setting.processes)]
            try:
                planning = asyncio.create_task(_keep_planning(arena))
                try:
                    async with asyncio.TaskGroup() as group:
                        for each in processes:
                            group.create_task(each.torment())
                        if restart is not None:
                            group.create_task(_restart_in_the_middle(arena, restart))
                finally:
                    planning.cancel()
                    with suppress(asyncio.CancelledError):
                        await planning
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
        waiting = arena.planned - len(arena.sandbox.endpoints.calls)
        if waiting < 30 * arena.setting.processes:
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
        for index, recipient in enumerate(arena.random.sample(PEOPLE, 10))
    ]
    with transaction(arena.database, task_force_id=1) as session:
        planned = plan(session, plans, now=now)
    arena.planned += planned


async def _restart_in_the_middle(arena: Arena, restart: Callable[[], Awaitable[None]]) -> None:
    while arena.blows < arena.setting.blows // 2:  # noqa: ASYNC110 - nothing rings
        await asyncio.sleep(0.05)
    began = asyncio.get_running_loop().time()
    await restart()
    arena.restarts.append((began, asyncio.get_running_loop().time()))


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
    by_state = Counter(each.state for each in deliveries)
    unsettled = sum(1 for each in deliveries if each.state not in SETTLED)
    missing = sum(1 for each in deliveries if each.state is DeliveryState.SENT and not arrived[each.id])  # fmt: skip
    surely_not = (DeliveryState.FAILED, DeliveryState.SKIPPED)
    why = _why_unknown(arena, [each for each in deliveries if each.state is DeliveryState.UNKNOWN])
    failed = [each for each in deliveries if each.state is DeliveryState.FAILED]
    return Result(
        planned=len(deliveries),
        sent=by_state[DeliveryState.SENT],
        failed=by_state[DeliveryState.FAILED],
        unknown=by_state[DeliveryState.UNKNOWN],
        duplicates=sum(number - 1 for number in arrived.values() if number > 1),
        # A row that was planned and is not there is lost as well.
        lost=unsettled + missing + max(0, arena.planned - len(deliveries)),
        untrue=sum(1 for each in deliveries if each.state in surely_not and arrived[each.id]),
        on_the_wire=why["on the wire"],
        noted_late=why["noted late"],
        not_written=why["not written"],
        unexplained=why["unexplained"] + sum(1 for each in failed if each.reason not in BECAUSE),
        blows=arena.blows,
        seconds=seconds,
    )


def _why_unknown(arena: Arena, unknown: list[Delivery]) -> Counter[str]:
    """
    Count *unknown* by the best excuse that each has among its own requests.
    """
    transits: dict[int, list[Transit]] = {}
    for transit in arena.sandbox.endpoints.transits:
        if transit.method == POST:
            transits.setdefault(_delivery_of(transit), []).append(transit)
    excuses: Counter[str] = Counter()
    for each in unknown:
        mine = transits.get(each.id, [])
        if not mine:
            excuses["not written"] += 1
        elif any(_in_doubt(arena, transit) for transit in mine):
            excuses["on the wire"] += 1
        elif any(_noted_late(arena, transit) for transit in mine):
            excuses["noted late"] += 1
        else:
            excuses["unexplained"] += 1
    return excuses


def _delivery_of(transit: Transit) -> int:
    metadata = transit.args["metadata"]
    found = json.loads(metadata) if isinstance(metadata, str) else metadata
    return int(found["event_payload"]["delivery"])


def _in_doubt(arena: Arena, transit: Transit) -> bool:
    ended = float("inf") if transit.ended is None else transit.ended
    return (
        not transit.proved
        or ended - transit.begun > CALL_SECONDS / 2
        or any(
            transit.begun <= over and ended >= began
            for whom, began, over in arena.struck_at
            if whom == transit.caller
        )
    )


def _noted_late(arena: Arena, transit: Transit) -> bool:
    ended = transit.begun if transit.ended is None else transit.ended
    blows = [(began, over) for whom, began, over in arena.struck_at if whom == transit.caller]
    return any(
        transit.begun <= over and ended >= began - NOTED_SECONDS
        for began, over in (*blows, *arena.restarts)
    )
