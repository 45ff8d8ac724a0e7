"""
One setting of the chaos: real processes on one database, killed and frozen while
Slack misbehaves, and then the count of what became of every message.
"""

import asyncio
import itertools
import json
import os
import re
import signal
import sqlite3
import subprocess
import sys
from collections import Counter
from collections.abc import Awaitable, Callable
from contextlib import closing, suppress
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from random import Random
from zoneinfo import ZoneInfo

import aiohttp

from bot.clock import utc_now
from bot.delivery import DATABASE
from bot.posting import FROZEN, GONE, METADATA, NO_ANSWER, SLOWED, UNREACHED
from bot.sandbox.faults import Fault, Transit, Weather
from bot.sandbox.people import Person
from bot.sandbox.server import Sandbox
from storage.deliveries import (
    NOT_NEEDED,
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
NOTED_AGAIN_SECONDS = 2.0  # how long the bot may wait until it tries a database again
START_SECONDS = 0.4  # a process that was started sends nothing sooner
# Why a delivery may have failed: all else is a fault of ours. Only the first is for good;
# the others lost their lease before they could be planned again.
BECAUSE = (GONE, FROZEN, SLOWED, UNREACHED, DATABASE, "Slack refused it: invalid_blocks")
SETTLE_SECONDS = 60.0
ON_THE_WIRE, NOTED_LATE, NOT_WRITTEN = "on the wire", "noted too late", "not written"
UNEXPLAINED = "unexplained"
CLOCKS_SECONDS = 0.1  # by which the wall's clock and the loop's may have parted
NEAR_SECONDS = 5.0  # the blows that are told of with what they may have done
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
class Blow:
    """
    A process was killed, or frozen and thawed.

    Attributes:
        began, over: the loop's time. In between the process surely wrote nothing: what the
            sandbox sees of it meanwhile was on its way before.
        alone: it kept a whole SQLite database from the others meanwhile.
    """

    whom: str
    killed: bool
    began: float
    over: float
    alone: bool = False


@dataclass(frozen=True, kw_only=True)
class Result:
    """
    A digest is a request, and no message; those inside it share its fate.

    Attributes:
        planned, sent, failed: messages.
        gathered: sent inside digests.
        lost: planned, and in the end neither sent nor said not to be; or said to be
            sent, and not there; or not inside the digest that it is said to be in.
        untrue: said to be surely not sent, and there.
        unknown: requests; the next three say why.
        on_the_wire: unknown ones with a request of their own of whose effect the sandbox
            gave no answer in time, or that was on its way at a blow to its own process.
        noted_late: unknown ones that were answered so shortly before a blow to their own
            process that it could not be noted.
        not_written: unknown ones of which the sandbox saw no request at all; one a blow
            may be on its way from "sending" to the wire.
        unexplained: unknown ones that are none of these, those that failed for no reason
            that a delivery may fail for, and those inside a digest whose fate is another.
        wrong: what is known of each one that was lost, untrue or unexplained.
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
    noted_late: int
    not_written: int
    unexplained: int
    blows: int
    seconds: float
    wrong: tuple[str, ...]

    @property
    def right(self) -> bool:
        faults = self.duplicates + self.lost + self.untrue + self.unexplained
        return faults == 0 and self.sent > 0

    def __str__(self) -> str:
        return (
            f"planned: {self.planned}, sent: {self.sent} ({self.gathered} inside "
            f"{self.digests} digests), failed: {self.failed}, "
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
    dealt: list[Blow] = field(default_factory=list)
    restarts: list[tuple[float, float]] = field(default_factory=list)  # of the database
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
                over = began + START_SECONDS
                arena.dealt.append(Blow(whom=self._name, killed=True, began=began, over=over))
            else:
                self._process.send_signal(signal.SIGSTOP)
                looking = asyncio.create_task(asyncio.to_thread(_is_kept, arena.url))
                await asyncio.sleep(LEASE_SECONDS * random.uniform(1.1, 1.4))
                alone, over = await looking, asyncio.get_running_loop().time()
                arena.dealt.append(
                    Blow(whom=self._name, killed=False, began=began, over=over, alone=alone)
                )
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
                wishing = asyncio.create_task(_keep_wishing(arena))
                try:
                    async with asyncio.TaskGroup() as group:
                        for process in processes:
                            group.create_task(process.torment())
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
                for process in processes:
                    await asyncio.to_thread(process.stop)
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
    began = asyncio.get_running_loop().time()
    await restart()
    arena.restarts.append((began, asyncio.get_running_loop().time()))


def _is_kept(url: str) -> bool:
    """
    Say whether the database is one that somebody keeps from all others for a lease.
    """
    if not url.startswith("sqlite:///"):
        return False
    path = url.removeprefix("sqlite:///")
    with closing(sqlite3.connect(path, timeout=LEASE_SECONDS, isolation_level=None)) as connection:
        try:
            connection.execute("BEGIN IMMEDIATE")
        except sqlite3.OperationalError:
            return True
        connection.execute("ROLLBACK")
    return False


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
    digests = {each.id: each for each in deliveries if each.kind == DIGEST}
    inside = [each for each in deliveries if each.digest_id is not None]
    by_itself = [each for each in deliveries if each.kind != DIGEST and each.digest_id is None]
    # Of the two kinds of requests, and then of what a person was told: all but the digests.
    requests = [*digests.values(), *by_itself]
    told = Counter(each.state for each in (*inside, *by_itself))
    surely_not = (DeliveryState.FAILED, DeliveryState.SKIPPED)
    lost = [
        each
        for each in deliveries
        if each.state not in SETTLED
        or (each.state is DeliveryState.SENT and not arrived[each.digest_id or each.id])
    ]
    untrue = [
        each
        for each in deliveries
        if each.state in surely_not and arrived[each.digest_id or each.id]
    ]
    unknown = [each for each in requests if each.state is DeliveryState.UNKNOWN]
    excuses = _excuses(arena, unknown)
    unexplained = [
        *(each for each in unknown if excuses[each.id] == UNEXPLAINED),
        *(each for each in deliveries if each.state in surely_not and not _may_fail(each)),
        *(each for each in inside if each.state is not digests[each.digest_id or 0].state),
    ]
    why = Counter(excuses.values())
    doubled, left_out = _compared(arena, set(digests), inside)
    return Result(
        planned=len(inside) + len(by_itself),
        sent=told[DeliveryState.SENT],
        gathered=sum(1 for each in inside if each.state is DeliveryState.SENT),
        digests=sum(1 for each in digests.values() if each.state is DeliveryState.SENT),
        failed=told[DeliveryState.FAILED],
        unknown=len(unknown),
        duplicates=doubled
        + sum(number - 1 for number in arrived.values() if number > 1)
        + sum(1 for each in inside if arrived[each.id]),
        # A row that was planned and is not there is lost as well.
        lost=len(lost) + left_out + max(0, arena.planned - len(inside) - len(by_itself)),
        untrue=len(untrue),
        on_the_wire=why[ON_THE_WIRE],
        noted_late=why[NOTED_LATE],
        not_written=why[NOT_WRITTEN],
        unexplained=len(unexplained),
        blows=arena.blows,
        seconds=seconds,
        wrong=_told_of(arena, lost=lost, untrue=untrue, unexplained=unexplained),
    )


def _may_fail(delivery: Delivery) -> bool:
    if delivery.state is DeliveryState.SKIPPED:  # nobody wants less, and nothing comes too late
        return delivery.kind == DIGEST and delivery.reason == NOT_NEEDED
    return delivery.reason in BECAUSE


def _compared(arena: Arena, digests: set[int], inside: list[Delivery]) -> tuple[int, int]:
    """
    Return how many messages more, and how many fewer, the *digests* that arrived say they
    hold than they do: one more was let go and came by itself too, one fewer never came.
    """
    holds = Counter(each.digest_id for each in inside)
    more = fewer = 0
    for message in arena.sandbox.workspace.messages:
        number = (message.metadata or {}).get("event_payload", {}).get("delivery")
        if number in digests:
            said = HELD.search(message.text)
            difference = (int(said[1]) if said else 0) - holds[number]
            more, fewer = more + max(0, difference), fewer + max(0, -difference)
    return more, fewer


def _excuses(arena: Arena, unknown: list[Delivery]) -> dict[int, str]:
    """
    Return the best excuse that each of *unknown* has, by its number.
    """
    transits = _transits(arena)
    excuses: dict[int, str] = {}
    blows = sorted(arena.dealt, key=lambda blow: blow.began)
    for each in sorted(unknown, key=_begun):
        # What was tried before was refused, or would not have been tried again.
        mine = [one for one in transits.get(each.id, []) if one.begun >= _begun(each)]
        if not mine:
            # Later than half a lease nothing of it is written.
            until = _noted_by(arena, _begun(each) + LEASE_SECONDS / 2)
            blow = next((one for one in blows if _begun(each) <= one.began <= until), None)
            excuses[each.id] = NOT_WRITTEN if blow else UNEXPLAINED
            if blow is not None:
                blows.remove(blow)
        elif any(_in_doubt(arena, each, transit) for transit in mine):
            excuses[each.id] = ON_THE_WIRE
        elif _noted_late(arena, each, mine[-1]):
            excuses[each.id] = NOTED_LATE
        else:
            excuses[each.id] = UNEXPLAINED
    return excuses


def _transits(arena: Arena) -> dict[int, list[Transit]]:
    """
    Return the requests of each delivery, by its number.
    """
    transits: dict[int, list[Transit]] = {}
    for transit in arena.sandbox.endpoints.transits:
        if transit.method == POST:
            metadata = transit.args["metadata"]
            found = json.loads(metadata) if isinstance(metadata, str) else metadata
            transits.setdefault(int(found["event_payload"]["delivery"]), []).append(transit)
    return transits


def _begun(delivery: Delivery) -> float:
    """
    Return the loop's time right before the last attempt of *delivery* was noted as "sending".
    """
    assert delivery.leased_until is not None  # an unknown one keeps the lease of its request
    ago = utc_now() - delivery.leased_until + timedelta(seconds=LEASE_SECONDS)
    return asyncio.get_running_loop().time() - ago.total_seconds() - CLOCKS_SECONDS


def _in_doubt(arena: Arena, delivery: Delivery, transit: Transit) -> bool:
    slow = _ended(transit) - transit.begun > CALL_SECONDS / 2
    return (
        not transit.proved
        or (slow and delivery.reason == NO_ANSWER)
        or any(
            transit.begun <= blow.over and _ended(transit) >= blow.began
            for blow in arena.dealt
            if blow.whom == transit.caller
        )
    )


def _noted_late(arena: Arena, delivery: Delivery, transit: Transit) -> bool:
    """
    Say whether the process was killed before it could note the answer, or frozen before
    it could read it. One that only had to wait, notes it all the same.
    """
    ended = _ended(transit)
    noted = _noted_by(arena, ended, whom=transit.caller)
    read = transit.begun + CALL_SECONDS if delivery.reason == NO_ANSWER else ended
    return any(
        ended <= blow.began <= (noted if blow.killed else read)
        for blow in arena.dealt
        if blow.whom == transit.caller
    )


def _noted_by(arena: Arena, known: float, *, whom: str | None = None) -> float:
    """
    Return when what was *known* then is surely in the database, if its process lives.

    Args:
        whom: the process, which may be frozen meanwhile; None: which one is not known.
    """
    waits = [(began, over + NOTED_AGAIN_SECONDS) for began, over in arena.restarts]
    for blow in arena.dealt:
        if blow.alone:
            waits.append((blow.began, blow.over + NOTED_AGAIN_SECONDS))
        elif blow.whom == whom and not blow.killed:
            waits.append((blow.began, blow.over))
    until = known + NOTED_SECONDS
    for began, over in sorted(waits):
        if began <= until and over > known:
            until = max(until, over + NOTED_SECONDS)
    return until


def _told_of(arena: Arena, **wrong: list[Delivery]) -> tuple[str, ...]:
    """
    Return what is known of each that went *wrong*: its requests, and what was done near
    them to their processes and to the database. Moments are seconds of the loop's time.
    """
    transits = _transits(arena)
    told = []
    for word, deliveries in wrong.items():
        for each in deliveries:
            mine = transits.get(each.digest_id or each.id, [])
            lines = [f"{word}: {each}"]
            moments = [(one.begun, one.begun if one.ended is None else one.ended) for one in mine]
            if each.leased_until is not None:
                moments.append((_begun(each), _begun(each)))
                lines.append(f"  its last lease began at {_begun(each):.3f}")
            lines += [
                f"  request of {one.caller}: begun {one.begun:.3f}, ended {_ended(one):.3f}, "
                f"{'proved' if one.proved else 'not proved'}"
                for one in mine
            ]
            lines += [
                f"  {blow}"
                for blow in arena.dealt
                if any(_is_near(blow.began, blow.over, moment) for moment in moments)
            ]
            lines += [
                f"  database restarted: {began:.3f} to {over:.3f}" for began, over in arena.restarts
            ]
            told.append("\n".join(lines))
    return tuple(told)


def _is_near(began: float, over: float, moment: tuple[float, float]) -> bool:
    return began - NEAR_SECONDS <= moment[1] and moment[0] <= over + NEAR_SECONDS


def _ended(transit: Transit) -> float:
    return float("inf") if transit.ended is None else transit.ended
