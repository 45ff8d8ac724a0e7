"""
Two replicas are restarted one after the other under load: nobody's command is lost, and
nothing is sent twice.
"""

import asyncio
from collections import Counter
from contextlib import AsyncExitStack, asynccontextmanager

import aiohttp
import pytest
from aiohttp import web

from bot.clock import utc_now
from bot.sandbox.people import Person
from bot.server import EVENTS_PATH, leave, serving
from storage.deliveries import DeliveryState, Plan, in_states, plan
from tests.workshop import free_port, settings_for, workspace

ASKERS = ("U0MEMBER",)
PEOPLE = [f"U0{number:03}" for number in range(24)]
OPEN = (DeliveryState.PLANNED, DeliveryState.CLAIMED, DeliveryState.SENDING)
RATE = 30.0  # a second, of both together: they are still at it when the last one is back


@pytest.fixture(params=["sqlite-socket", "postgresql-http"])
def way(request):
    """
    The address of a database, and the door.
    """
    engine, _, door = request.param.partition("-")
    if engine == "sqlite":
        yield request.getfixturevalue("sqlite_url"), door
        return
    template = request.getfixturevalue("postgres_template")
    server = request.getfixturevalue("postgres")
    name = server.create(template=template)
    yield server.url_of(name), door
    server.drop(name)


class Replica:
    """
    A bot that can be ended, in an orderly way, and started again.
    """

    def __init__(self, start):
        self._start = start
        self.port = 0
        self.bot = None
        self._stack = AsyncExitStack()

    async def begin(self):
        self.port = free_port()  # another one each time: the last may be taken by now
        self.bot = await self._stack.enter_async_context(self._start(self.port))

    async def end(self):
        await leave(self.bot, seconds=0.1)
        await self._stack.aclose()


@asynccontextmanager
async def balanced(replicas):
    """
    Yield the address of what stands before the replicas: each request goes to one that says
    that it is ready.
    """
    turn = 0

    async def forward(request):
        nonlocal turn
        body, turn = await request.read(), turn + 1
        ready = [each for each in replicas if each.bot.pulse.heard]
        url = f"http://127.0.0.1:{ready[turn % len(ready)].port}{EVENTS_PATH}"
        async with http.post(url, data=body, headers=request.headers) as answer:
            kind = {"content-type": answer.headers.get("content-type", "text/plain")}
            return web.Response(status=answer.status, body=await answer.read(), headers=kind)

    app = web.Application()
    app.router.add_post("/", forward)
    runner = web.AppRunner(app)
    async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(force_close=True)) as http:
        await runner.setup()
        site = web.TCPSite(runner, "127.0.0.1", free_port())
        await site.start()
        yield site.name
        await runner.cleanup()


def messages(session):
    now = utc_now()
    plan(
        session,
        [Plan(kind="test", occasion=f"{n}", recipient=who, due_at=now) for n, who in enumerate(PEOPLE)],
        now=now,
    )  # fmt: skip


async def test_no_command_is_lost_and_nothing_is_sent_twice(way, open_library):
    url, door = way
    async with workspace() as sandbox, AsyncExitStack() as stack:

        @asynccontextmanager
        async def start(port):
            library = await asyncio.to_thread(open_library, url)
            settings = settings_for(sandbox, door=door, port=port, send_rate=RATE, tick_seconds=0.1)
            async with serving(settings, library=library) as bot:
                yield bot

        for id in PEOPLE:
            sandbox.workspace.people[id] = Person(id=id, name=id, real_name=id, kind="member")
        replicas = [Replica(start) for _ in range(2)]
        if door == "http":
            sandbox.signed.url = await stack.enter_async_context(balanced(replicas))
        for each in replicas:
            await each.begin()
        if door == "socket":
            await sandbox.workspace.bell.wait_for(
                lambda: len(sandbox.socket.live) == 2 or None, seconds=5
            )
        database = open_library(url)
        outcomes, over = [], asyncio.Event()

        async def ask(person):
            while not over.is_set():
                outcomes.append(await sandbox.command(person, "/ht", "hotline child"))

        asking = [asyncio.create_task(ask(person)) for person in ASKERS]
        database.write_now(messages)
        for each in replicas:
            await sandbox.wait_for_call("chat.postMessage")
            await each.end()
            await each.begin()
            if door == "socket":
                await sandbox.workspace.bell.wait_for(
                    lambda: len(sandbox.socket.live) == 2 or None, seconds=5
                )
        async with asyncio.timeout(20):
            while database.read_now(lambda s: in_states(s, OPEN, limit=1)):
                await sandbox.command("U0MEMBER", "/ht", "help")
        over.set()
        await asyncio.gather(*asking)
        for each in replicas:
            await each.end()

    lost = [each for each in outcomes if not any("911" in said.text for said in each.messages)]
    assert len(outcomes) > 20
    assert lost == []
    sent = Counter(call.args["channel"] for call in sandbox.calls_of("chat.postMessage"))
    assert sent == dict.fromkeys(PEOPLE, 1)
    rows = database.read_now(lambda s: in_states(s, tuple(DeliveryState), limit=99))
    assert Counter(each.state for each in rows) == {DeliveryState.SENT: len(PEOPLE)}
