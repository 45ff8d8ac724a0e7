"""
What runs on the tick: a failure is told once, and is nobody else's.
"""

import asyncio
import logging

import pytest

from bot.jobs import Jobs
from bot.metrics import Metrics
from commands.contract import Command, DeliveryKind, Notice, Reply, Standing
from commands.registry import COMMANDS
from storage.errors import DatabaseBusyError
from storage.job_troubles import troubles
from storage.session import reading
from tests.workshop import bot_behind, workspace, write_locked


class Work:
    """
    A job that fails as long as it is told to.
    """

    def __init__(self):
        self.error = None
        self.times = 0

    async def __call__(self):
        self.times += 1
        if self.error is not None:
            raise self.error


@pytest.fixture
def work():
    return Work()


@pytest.fixture
def metrics():
    return Metrics()


@pytest.fixture
def jobs(library, now, metrics):
    return Jobs(library=library, clock=lambda: now, metrics=metrics)


def known(library):
    with reading(library.database, task_force_id=1) as session:
        return [
            (each.job, each.reason, each.over_at is None) for each in troubles(session, ended=True)
        ]


async def test_a_job_that_fails_at_every_tick_is_logged_and_noted_once(
    jobs, work, library, metrics, caplog
):
    work.error = ValueError("SECRETWORD")
    for _ in range(50):
        await jobs.run("counting", work)

    (line,) = [each for each in caplog.records if each.levelno == logging.ERROR]
    assert line.getMessage().startswith("counting fails, reference ")
    assert "SECRETWORD" not in caplog.text
    assert known(library) == [("counting", "ValueError", True)]
    assert 'htbot_job_failures_total{job="counting"} 50.0' in metrics.written({}, None).decode()


async def test_what_works_again_is_said_and_what_fails_again_is_trouble_again(
    jobs, work, library, caplog
):
    work.error = ValueError()
    await jobs.run("counting", work)
    work.error = None
    await jobs.run("counting", work)
    over = known(library)
    await jobs.run("counting", work)
    work.error = KeyError()
    await jobs.run("counting", work)

    assert caplog.text.count("counting works again") == 1
    assert over == [("counting", "ValueError", False)]
    assert known(library) == [("counting", "KeyError", True)]


async def test_a_new_process_ends_what_an_earlier_one_noted(jobs, work, library, now, metrics):
    work.error = ValueError()
    await jobs.run("counting", work)
    work.error = None
    await Jobs(library=library, clock=lambda: now, metrics=metrics).run("counting", work)

    assert known(library) == [("counting", "ValueError", False)]


async def test_a_database_that_is_away_is_no_trouble_of_the_job(jobs, work, library):
    work.error = DatabaseBusyError(waited_seconds=2)
    await jobs.run("counting", work)

    assert known(library) == []


async def test_trouble_that_cannot_be_noted_yet_is_noted_later(
    jobs, work, library, sqlite_url, caplog
):
    work.error = ValueError()
    with write_locked(sqlite_url):
        await jobs.run("counting", work)
    await jobs.run("counting", work)

    assert known(library) == [("counting", "ValueError", True)]
    assert caplog.text.count("counting fails") == 1


def broken(session, now):
    raise ValueError("SECRETWORD")


BROKEN = Command(
    verb="teacher",
    usage="teacher",
    summary="Owns deliveries.",
    who=Standing.MEMBER,
    recall=lambda _: Reply(title="T"),
    deliveries=(
        DeliveryKind(
            name="meeting",
            title="Meetings",
            render=lambda *_: Notice(text="A meeting.", opens="help"),
            plan=broken,
        ),
    ),
)


async def test_the_administrators_are_told_once_and_everything_else_goes_on(library, now):
    async with (
        workspace() as sandbox,
        bot_behind("socket", sandbox, library, commands=(*COMMANDS, BROKEN)) as at,
    ):
        for _ in range(20):
            await at.bot.tick()
        async with asyncio.timeout(5):
            while not sandbox.calls_of("chat.postMessage"):
                await at.bot.tick()
                await asyncio.sleep(0.02)
        for _ in range(20):
            await at.bot.tick()
        told = [call.args for call in sandbox.calls_of("chat.postMessage")]
        opened = await sandbox.command("U0ADMIN", "/ht", "system")
        others = await sandbox.command("U0MEMBER", "/ht", "system")

    assert [(each["channel"], each["text"]) for each in told] == [
        ("U0ADMIN", "The bot has trouble with its own work. Open to see what.")
    ]
    assert "Planning meeting" in opened.message.text
    assert "ValueError, reference" in opened.message.text
    assert "SECRETWORD" not in opened.message.text
    assert "administrators" in others.message.text
