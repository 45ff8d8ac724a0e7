"""
The process: it starts though others are away, stops when told, and drains.
"""

import asyncio
import os
import signal
import socket

import aiohttp
import pytest

from bot.server import ListenError, _listening, run, serving
from storage.errors import WrongWorkspaceError
from tests.workshop import DOORS, free_port, settings_for, workspace


@pytest.mark.parametrize("door", DOORS)
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
async def test_a_signal_ends_it_cleanly(door, number, library, caplog):
    caplog.set_level("INFO")
    async with workspace() as sandbox:
        port = free_port()
        sandbox.signed.url = f"http://127.0.0.1:{port}/slack/events"
        settings = settings_for(sandbox, door=door, port=port)
        running = asyncio.create_task(run(settings, library=library, leave_seconds=0.1))
        if door == "socket":
            await sandbox.connected()
        else:
            await until(lambda: "listening for HTTP" in caplog.text)
        outcome = await sandbox.command("U0MEMBER", "/ht", "hotline")
        os.kill(os.getpid(), number)
        if door == "http":  # whoever stands before it is told to ask others
            await until(lambda: "stopping" in caplog.text)
            async with (
                aiohttp.ClientSession() as http,
                http.get(f"http://127.0.0.1:{port}/readyz") as ready,
            ):
                assert (ready.status, (await ready.json())["slack"]) == (503, "not connected")
        async with asyncio.timeout(5):
            await running

    assert "911" in outcome.message.text


async def until(true):
    """
    Wait for what rings no bell.
    """
    async with asyncio.timeout(5):
        while not true():  # noqa: ASYNC110
            await asyncio.sleep(0.01)


async def test_it_can_be_stopped_while_slack_cannot_be_reached(library, caplog):
    async with workspace() as sandbox:
        settings = settings_for(sandbox, door="socket", slack_api_url="http://127.0.0.1:1/api/")
    caplog.set_level("INFO")
    running = asyncio.create_task(run(settings, library=library))
    async with asyncio.timeout(5):
        await until(lambda: "Slack opens no connection" in caplog.text)
        os.kill(os.getpid(), signal.SIGINT)
        await running


async def test_a_wrong_app_token_is_said_by_slacks_own_code(library, caplog):
    async with workspace() as sandbox:
        settings = settings_for(sandbox, door="socket", slack_app_token="xapp-another")
        async with serving(settings, library=library):
            await sandbox.wait_for_call("apps.connections.open")
            await until(lambda: "Slack opens no connection: invalid_auth" in caplog.text)
    assert "xapp-another" not in caplog.text


@pytest.mark.parametrize("host", ["127.0.0.1", "not.a.host.invalid"])
async def test_a_place_that_cannot_be_listened_on_is_said_without_its_name(host, library):
    async with workspace() as sandbox:
        with socket.create_server(("127.0.0.1", 0)) as taken:
            port = taken.getsockname()[1]
            settings = settings_for(sandbox, door="http", port=port, host=host)
            with pytest.raises(ListenError) as caught:
                async with serving(settings, library=library):
                    pass

    assert str(caught.value) == "HT_HOST and HT_PORT cannot be listened on: is the port taken?"


async def test_the_database_of_another_workspace_ends_it_at_the_start(library):
    await library.bind("T0OTHER")
    async with workspace() as sandbox:
        with pytest.raises(WrongWorkspaceError):
            await run(settings_for(sandbox, door="socket"), library=library)


async def test_a_database_that_comes_back_as_another_workspaces_ends_it(
    tmp_path, sqlite_url, pack, open_library
):
    other = open_library(sqlite_url)
    await other.bind("T0OTHER")
    (tmp_path / "ht.db").rename(tmp_path / "away.db")
    (tmp_path / "ht.db").mkdir()  # in the way
    library = open_library(sqlite_url)
    assert library.trouble is not None
    async with workspace() as sandbox:
        settings = settings_for(sandbox, door="socket", tick_seconds=0.1)
        running = asyncio.create_task(run(settings, library=library))
        await sandbox.connected()
        before = await sandbox.command("U0MEMBER", "/ht", "hotline")
        (tmp_path / "ht.db").rmdir()
        (tmp_path / "away.db").rename(tmp_path / "ht.db")
        async with asyncio.timeout(5):
            with pytest.raises(WrongWorkspaceError):
                await running

    assert "911" in before.message.text


async def test_the_clock_ticks_and_health_follows(library, tmp_path):
    async with workspace() as sandbox, aiohttp.ClientSession() as http:
        port = free_port()
        settings = settings_for(sandbox, door="http", port=port, tick_seconds=0.1)

        async def ask(page):
            async with http.get(f"http://127.0.0.1:{port}/{page}") as answer:
                return answer.status, await answer.json()

        async with serving(settings, library=library):
            well = await ask("readyz")
            (tmp_path / "ht.db").unlink()
            await until(lambda: library.trouble is not None)
            ill = await ask("readyz")
            alive = await ask("healthz")

    assert well == (200, {"ok": True, "tick": "ok", "database": "ok", "slack": "ok"})
    assert (ill[0], ill[1]["slack"]) == (503, "ok")
    assert "missing or damaged" in ill[1]["database"]
    assert alive == (200, {"ok": True, "tick": "ok"})  # a new process would not mend that


async def test_no_proxy_stands_before_this_machine(library, monkeypatch):
    monkeypatch.setenv("HTTPS_PROXY", "http://127.0.0.1:1")
    async with (
        workspace() as sandbox,
        serving(settings_for(sandbox, door="socket"), library=library),
    ):
        await sandbox.connected()
        outcome = await sandbox.command("U0MEMBER", "/ht", "")
        pressed = await sandbox.press("U0MEMBER", outcome.message, "services")

    assert "Immigration" in pressed.message.text


async def test_slack_is_greeted_ever_more_rarely_while_it_does_not_answer(library, caplog):
    async with workspace() as sandbox:
        for _ in range(9):
            sandbox.fail_next("auth.test", error="fatal_error")
        async with serving(settings_for(sandbox, door="socket"), library=library) as bot:
            for _ in range(20):
                await bot.tick()
            calls = len(sandbox.calls_of("auth.test"))

    assert calls == 2
    assert caplog.text.count("Slack did not say who we are: fatal_error") == 1


def test_the_second_part_of_an_answer_waits_for_nobody():
    with (
        _listening("127.0.0.1", 0) as listening,
        socket.create_connection(listening.getsockname()),
        listening.accept()[0] as accepted,
    ):
        assert accepted.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)
