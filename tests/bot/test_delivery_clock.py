"""
The sender when clocks jump, ticks pile up, or the process stops: nothing twice, nothing lost.
"""

import asyncio
import threading
from collections import Counter
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from slack_sdk.web.async_client import AsyncWebClient

from bot.app import make_bot
from bot.posting import FROZEN, METADATA, Post, Verdict, guarded_session, post
from commands.contract import Command, DeliveryKind, Notice, Reply, Standing
from commands.registry import COMMANDS
from storage.deliveries import SETTLED, DeliveryState, Plan, in_states, plan
from storage.errors import DatabaseBusyError
from storage.slots import advance, due_slots
from tests.workshop import settings_for, workspace

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
LA = ZoneInfo("America/Los_Angeles")
BEFORE_NINE = datetime(2026, 3, 7, 16, 59, tzinfo=UTC)  # of the day before clocks go forward
ALL = tuple(DeliveryState)


def plan_daily(session, now):
    after = advance(session, "daily", now=now)
    plan(
        session,
        [
            Plan(kind="daily", occasion=slot.occasion, recipient="U0MEMBER", due_at=slot.at)
            for slot in due_slots("daily", at=time(9), zone=LA, after=after, until=now)
        ],
        now=now,
    )


DAILY = Command(
    verb="daily",
    usage="daily",
    summary="Reminds of a day.",
    who=Standing.MEMBER,
    recall=lambda _: Reply(title="D"),
    deliveries=(
        DeliveryKind(
            name="daily",
            title="Daily",
            render=lambda delivery, session, now: Notice(text="A new day.", opens="help"),
            plan=plan_daily,
        ),
    ),
)


class World:
    """
    A bot whose clock a test sets, and the workspace it writes to.
    """

    def __init__(self, sandbox, library, now):
        self.sandbox, self.library, self.now = sandbox, library, now
        self.bot = None

    def clock(self):
        return self.now

    @asynccontextmanager
    async def running(self, **changes):
        settings = settings_for(self.sandbox, door="http", **changes)
        async with make_bot(
            settings, library=self.library, clock=self.clock, commands=(*COMMANDS, DAILY)
        ) as bot:
            self.bot = bot
            yield self

    def plan(self, number, *, due_at, first=0):
        plans = [
            Plan(kind="test", occasion=f"{n}", recipient=f"U0WORLD{n}", due_at=due_at)
            for n in range(first, first + number)
        ]
        for each in plans:
            self.sandbox.workspace.people[each.recipient] = self.sandbox.workspace.person("U0ADMIN")
        self.library.write_now(lambda session: plan(session, plans, now=self.now))

    def all(self):
        return self.library.write_now(lambda session: in_states(session, ALL, limit=1000))

    def arrived(self):
        return Counter(
            message.metadata["event_payload"]["delivery"]
            for message in self.sandbox.workspace.messages
            if message.metadata and message.metadata["event_type"] == METADATA
        )

    async def until(self, true):
        async with asyncio.timeout(15):
            while not true():
                self.now += timedelta(seconds=1)
                await self.bot.tick()
                await asyncio.sleep(0.05)

    async def tick(self, *, at):
        self.now = at
        await self.bot.tick()

    def settled(self):
        return all(each.state in SETTLED for each in self.all())

    def of_tests(self):
        return Counter(
            {each.id: self.arrived()[each.id] for each in self.all() if each.kind == "test"}
        )


@pytest.fixture
async def world(database_url, open_library):
    async with workspace() as sandbox:
        yield World(sandbox, open_library(database_url), BEFORE_NINE)


async def test_what_becomes_due_by_the_minute_is_planned_once_a_minute(sqlite_url, open_library):
    asked, busy = [], [True]

    def look(session, now):
        if busy.pop() if busy else False:
            raise DatabaseBusyError(2)  # so it was not done
        asked.append(now)

    minute = replace(DAILY.deliveries[0], name="minute", plan=look, minutely=True)
    command = replace(DAILY, verb="minute", usage="minute", deliveries=(minute,))
    now = [BEFORE_NINE - HOUR]
    async with workspace() as sandbox:
        settings = settings_for(sandbox, door="http")
        library = open_library(sqlite_url)
        async with make_bot(
            settings, library=library, clock=lambda: now[0], commands=(*COMMANDS, command)
        ) as bot:
            while busy or not asked:
                await bot.sender.tick()
                await asyncio.sleep(0.02)
            asked.clear()
            for seconds in (0, 1, 59, 60, 119, 60, 0, 30):
                now[0] = BEFORE_NINE + timedelta(seconds=seconds)
                await bot.sender.tick()

    assert [(each - BEFORE_NINE).seconds for each in asked] == [0, 60, 0]


async def test_ten_ticks_at_once_send_everything_once(world):
    async with world.running(send_rate=50.0):
        world.plan(30, due_at=world.now)
        await asyncio.gather(*(world.bot.sender.tick() for _ in range(10)))
        await world.until(world.settled)

    assert sorted(world.arrived().values()) == [1] * 30


async def test_a_clock_set_forth_and_back_an_hour_while_sending_sends_everything_once(world):
    start = world.now
    async with world.running(send_rate=50.0):
        for number, shift in enumerate((0, 1, -1, 0, 1, 0, -1, 1, 0)):
            before = len(world.arrived())
            # Some more each time: a slow machine may have sent all there were.
            world.plan(15, first=15 * number, due_at=start - HOUR)
            await world.tick(at=start + shift * HOUR)
            await world.until(lambda before=before: len(world.arrived()) > before)
        world.now = start + 2 * HOUR
        await world.until(world.settled)

    states = Counter(each.state for each in world.all() if each.kind == "test")
    assert states == {DeliveryState.SENT: 135}
    assert sorted(world.of_tests().values()) == [1] * 135


async def test_after_days_of_downtime_what_was_missed_goes_out_once_and_says_it_is_late(world):
    async with world.running(send_rate=50.0):
        await world.bot.tick()
    world.now += 2 * DAY - 2 * HOUR
    async with world.running(send_rate=50.0):
        await asyncio.gather(*(world.bot.sender.tick() for _ in range(5)))
        await world.until(lambda: world.settled() and world.all())

    daily = [each for each in world.all() if each.kind == "daily"]
    ids = {each.id for each in daily}
    texts = [
        message.text
        for message in world.sandbox.workspace.messages
        if message.metadata and message.metadata["event_payload"]["delivery"] in ids
    ]
    assert sorted(each.occasion for each in daily) == ["daily:2026-03-07", "daily:2026-03-08"]
    assert sorted(texts) == [
        "Late: this was due Sat Mar 07 at 09:00. A new day.",
        "Late: this was due Sun Mar 08 at 09:00. A new day.",
    ]
    # The county's directory is due as well, and asked about once.
    assert [each.kind for each in world.all() if each.id not in ids] == ["upkeep"]
    assert sorted(world.arrived().values()) == [1, 1, 1]


async def test_stopped_it_gives_back_what_it_did_not_send(world):
    async with world.running(send_rate=10.0):
        world.plan(30, due_at=world.now)
        await world.until(lambda: world.arrived())
    left = Counter(each.state for each in world.all())
    async with world.running(send_rate=50.0):
        await world.until(world.settled)

    assert set(left) == {DeliveryState.PLANNED, DeliveryState.SENT}
    assert sorted(world.arrived().values()) == [1] * 30


async def test_two_processes_share_the_work_and_double_nothing(world, open_library, database_url):
    other = World(world.sandbox, open_library(database_url), world.now)
    async with world.running(send_rate=50.0), other.running(send_rate=50.0):
        world.plan(120, due_at=world.now)
        async with asyncio.timeout(15):
            while not world.settled():
                world.now = other.now = world.now + timedelta(seconds=1)
                await asyncio.gather(world.bot.tick(), other.bot.tick())
        sent = [each.bot.sender._accepted for each in (world, other)]

    assert sorted(world.arrived().values()) == [1] * 120
    assert sum(sent) == 120
    assert all(sent)


async def test_a_bot_of_the_wrong_workspace_sends_nothing(world):
    async with world.running():
        world.bot.connected = False
        world.plan(1, due_at=world.now)
        world.bot._greet_at = float("inf")
        for _ in range(5):
            await world.bot.tick()

    assert [each.state for each in world.all()] == [DeliveryState.PLANNED]


async def send(sandbox, *, in_time=lambda: True, url=None):
    async with guarded_session() as session:
        client = AsyncWebClient(
            token=sandbox.bot_token,
            base_url=url or sandbox.api_url,
            session=session,
            retry_handlers=[],
        )
        return await post(
            client,
            Post(channel="U0MEMBER", text="x", delivery_id=1),
            seconds=1,
            in_time=in_time,
            written=asyncio.Event(),
        )


async def test_a_process_that_was_frozen_for_too_long_writes_nothing():
    async with workspace() as sandbox:
        outcome = await send(sandbox, in_time=lambda: False)

        assert (outcome.verdict, outcome.reason) == (Verdict.LATER, FROZEN)
        assert sandbox.calls == []


async def test_where_nobody_listens_nothing_was_sent():
    async with workspace() as sandbox:
        outcome = await send(sandbox, url="http://127.0.0.1:1/api/")

    assert outcome.verdict is Verdict.UNREACHED


@pytest.mark.parametrize(("said", "seconds"), [(1, 1), (1.5, 1.5), (900, 900), (99999, 900)])
async def test_as_long_as_slack_says_it_waits_but_not_for_hours(said, seconds):
    async with workspace() as sandbox:
        sandbox.fail_next("chat.postMessage", retry_after=said)
        outcome = await send(sandbox)

    assert (outcome.verdict, outcome.seconds) == (Verdict.HASTY, seconds)


async def test_no_answer_in_time_is_unknown():
    async with workspace() as sandbox:
        sandbox.fail_next("chat.postMessage", delay=1.5)
        outcome = await send(sandbox)

    assert outcome.verdict is Verdict.UNKNOWN


async def test_an_answer_that_came_while_the_process_stood_still_is_read():
    body = b'{"ok": true, "ts": "1.5"}'

    async def answer(reader, writer):
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n")
        writer.write(b"Content-Length: %d\r\n\r\n%s" % (len(body), body))
        threading.Event().wait(1.2)  # nothing else runs, as if it were frozen
        writer.close()

    server = await asyncio.start_server(answer, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    async with workspace() as sandbox, server:
        outcome = await send(sandbox, url=f"http://127.0.0.1:{port}/api/")

    assert (outcome.verdict, outcome.slack_ts) == (Verdict.SENT, "1.5")
