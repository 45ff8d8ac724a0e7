"""
Slack is away for an hour, the database for a minute, the disk is full: whoever asks for a
line gets it, nothing is half-written, and what waited goes out once.
"""

import asyncio
import json
from collections import Counter
from datetime import UTC, datetime, timedelta

import aiohttp
import psycopg
import pytest
from psycopg import sql

from bot.sandbox.people import TEAM
from storage.broadcasts import broadcasts
from storage.deliveries import TOO_LATE, DeliveryState, Plan, in_states, plan
from storage.people import RoleName, grant
from tests.workshop import bot_behind, workspace

BEGAN = datetime(2026, 3, 2, 18, tzinfo=UTC)
HOUR = timedelta(hours=1)
NOT_JUST_NOW = "Not just now"
FILLED = {"name": "Mel Member", "other": "Agency of the Bay", "title": "Lead"}
HTTF = "collaborative:httf"
LONG = "\N{SPARKLES}" * 2000  # more bytes than a page of the file: it needs new ones


class Moving:
    """
    A clock that stands where it is put.
    """

    def __init__(self):
        self.now = BEGAN

    def __call__(self):
        return self.now


@pytest.fixture
def clock():
    return Moving()


def coordinator(session):
    grant(session, team_id=TEAM, user_id="U0COORD", role=RoleName.COORDINATOR, granted_by="x", now=BEGAN)  # fmt: skip


def message(who, *, useful):
    one = Plan(kind="test", occasion="x", recipient=who, due_at=BEGAN, useful_until=BEGAN + useful, responsible="U0COORD")  # fmt: skip
    return lambda session: plan(session, [one], now=BEGAN)


def told(sandbox):
    """
    Return whom the bot told what by itself.
    """
    return Counter((call.args["channel"], call.args["text"].split(",")[0].split(".")[0]) for call in sandbox.calls_of("chat.postMessage") if call.status == 200)  # fmt: skip


async def until(at, true):
    async with asyncio.timeout(30):
        while not true():
            await at.bot.tick()


async def ready(at):
    async with aiohttp.ClientSession() as http, http.get(f"{at.address}/readyz") as answer:
        return answer.status, await answer.json()


async def test_slack_is_away_for_an_hour(library, clock):
    library.write_now(coordinator)
    async with workspace() as sandbox, bot_behind("http", sandbox, library, clock=clock) as at:
        port = sandbox._port
        await sandbox.stop()  # nobody listens where Slack was
        library.write_now(message("U0MEMBER", useful=2 * HOUR))
        library.write_now(message("U0GUEST", useful=HOUR / 2))
        for _ in range(3):
            await at.bot.tick()
        line = await sandbox.command("U0MEMBER", "/ht", "hotline child")
        inner = await sandbox.command("U0MEMBER", "/ht", "members")
        waiting = library.read_now(lambda s: in_states(s, tuple(DeliveryState), limit=9))
        before = told(sandbox)

        clock.now += HOUR
        await sandbox.start(port=port)
        await until(at, lambda: told(sandbox))
        clock.now += timedelta(minutes=1)  # a report waits for others for a while
        await until(at, lambda: len(told(sandbox)) == 2)
        for _ in range(3):
            await at.bot.tick()
        rows = library.read_now(lambda s: in_states(s, tuple(DeliveryState), limit=9))

    assert "911" in line.message.text  # it asks Slack nothing
    assert "Not for everybody" in inner.message.text
    assert "try again in a minute: Slack could perhaps not say who you are" in inner.message.text
    assert before == {}
    assert {each.state for each in waiting} == {DeliveryState.PLANNED}
    assert told(sandbox) == {
        ("U0MEMBER", "Late: this was due Mon Mar 02 at 10:00"): 1,
        ("U0COORD", "Some messages of the bot may not have arrived"): 1,
    }
    assert {each.recipient: (each.state, each.reason) for each in rows} == {
        "U0MEMBER": (DeliveryState.SENT, None),
        "U0GUEST": (DeliveryState.SKIPPED, TOO_LATE),
        "U0COORD": (DeliveryState.SENT, None),
    }


@pytest.fixture
def server(postgres, postgres_template):
    """
    A database of its own on the server, which can be taken away and given back.
    """
    name = postgres.create(template=postgres_template)

    def run(statement, *more):
        with psycopg.connect(postgres.url, autocommit=True) as connection:
            connection.execute(sql.SQL(statement).format(sql.Identifier(name)), *more)

    def away(is_away):
        run(f"ALTER DATABASE {{}} ALLOW_CONNECTIONS {'false' if is_away else 'true'}")
        if is_away:
            run("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s", [name])

    yield postgres.url_of(name), away
    away(is_away=False)
    postgres.drop(name)


@pytest.mark.parametrize("at_the_start", [False, True])
async def test_the_database_is_away_for_a_minute(server, open_library, clock, at_the_start):
    url, away = server
    first = open_library(url)
    first.write_now(coordinator)
    first.write_now(message("U0MEMBER", useful=HOUR))
    if at_the_start:
        away(is_away=True)
        first = open_library(url)
    async with workspace() as sandbox, bot_behind("http", sandbox, first, clock=clock) as at:
        forms = []
        if not at_the_start:
            forms = (await sandbox.command("U0MEMBER", "/ht", "register")).views
            away(is_away=True)
        line = await sandbox.command("U0MEMBER", "/ht", "hotline child")
        spanish = await sandbox.command("U0GUEST", "/ht", "me quiero morir")
        helped = await sandbox.command("U0GUEST", "/ht", "help")
        asked = await sandbox.command("U0MEMBER", "/ht", "gaps")
        changed = await sandbox.command("U0MEMBER", "/ht", "register")
        noted = await sandbox.command("U0MEMBER", "/ht", "hotline child")
        sent = [words(await sandbox.submit("U0MEMBER", form, FILLED)) for form in forms]
        for _ in range(3):
            await at.bot.tick()
        unready = await ready(at)

        away(is_away=False)
        clock.now += timedelta(minutes=1)
        await until(at, lambda: told(sandbox))
        again = await sandbox.command("U0MEMBER", "/ht", "gaps")
        well = await ready(at)

    for each in (line, noted, spanish):
        assert "911" in each.message.text
    assert "This answer is from memory" in noted.message.text
    assert "hotline" in helped.message.text
    for each in (asked, changed):
        assert NOT_JUST_NOW in each.message.text
        assert "hotline" in each.message.text  # what still works
    assert len(sent) == int(not at_the_start)
    for each in sent:
        assert NOT_JUST_NOW in each
    assert unready[0] == 503
    assert "cannot be reached" in unready[1]["database"]
    assert "Trends" in again.message.text
    assert well[0] == 200
    assert told(sandbox) == {("U0MEMBER", "A test message of the bot"): 1}


async def test_the_disk_is_full(library, clock):
    library.write_now(coordinator)
    async with workspace() as sandbox, bot_behind("http", sandbox, library, clock=clock) as at:
        with library.database.writes.connect() as connection:
            pages = connection.exec_driver_sql("PRAGMA page_count").scalar()
            connection.exec_driver_sql(f"PRAGMA max_page_count = {pages}")
        refused = await write_broadcast(sandbox)
        line = await sandbox.command("U0MEMBER", "/ht", "hotline child")
        await at.bot.tick()
        asked = await sandbox.command("U0MEMBER", "/ht", "gaps")
        kept = library.read_now(broadcasts)

        with library.database.writes.connect() as connection:  # there is room again
            connection.exec_driver_sql("PRAGMA max_page_count = 1073741823")
        await at.bot.tick()
        taken = await write_broadcast(sandbox)
        now_kept = library.read_now(broadcasts)

    assert NOT_JUST_NOW in refused
    assert "911" in line.message.text
    assert "Trends" in asked.message.text
    assert "Preview of broadcast" in taken
    assert (len(kept), len(now_kept)) == (0, 1)


async def write_broadcast(sandbox):
    (form,) = (await sandbox.command("U0COORD", "/ht", "broadcast")).views
    await sandbox.suggest("U0COORD", form, "typed", "httf", block_id="audience")
    return words(await sandbox.submit("U0COORD", form, {"text": LONG, "audience": [HTTF]}))


def words(outcome):
    """
    Return what a person sees now of what came of a form.
    """
    return json.dumps([each.blocks for each in (*outcome.views, *outcome.messages)])
