"""
`htbot demo`: one answer through a whole workspace, and a page that works.
"""

import asyncio
import os
import re
import signal
import socket
import tempfile

import aiohttp
import pytest

from bot.demo import demo


@pytest.mark.parametrize("http", [False, True])
async def test_once_prints_the_answer_and_the_time_and_leaves_nothing(http, tmp_path, monkeypatch):
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    shown = []
    await demo(port=0, once=True, http=http, show=shown.append)

    text = "\n".join(shown)
    assert "911" in text
    assert "1 (800) 670-7273" in text
    assert re.search(r"Answered in \d+\.\d ms, by (HTTP|Socket Mode)", text)
    assert os.listdir(tmp_path) == []


async def test_the_page_is_there_until_it_is_told_to_stop():
    shown = asyncio.Queue()
    running = asyncio.create_task(demo(port=0, once=False, http=False, show=shown.put_nowait))
    async with asyncio.timeout(20):
        while not (found := re.search(r"http://127\.0\.0\.1:\d+/", await shown.get())):
            pass
        async with aiohttp.ClientSession() as http, http.get(found[0]) as answer:
            page = await answer.text()
        os.kill(os.getpid(), signal.SIGINT)
        await running

    assert answer.status == 200
    assert "/ht" in page


async def test_its_workspace_has_a_story_to_go_on_with_and_says_how():
    shown: asyncio.Queue[str] = asyncio.Queue()
    running = asyncio.create_task(demo(port=0, once=False, http=False, show=shown.put_nowait))
    async with asyncio.timeout(20):
        while not (found := re.search(r"http://127\.0\.0\.1:\d+", await shown.get())):
            pass
        lines = [await shown.get(), await shown.get(), await shown.get()]

        async with aiohttp.ClientSession(headers={"Origin": found[0]}) as http:

            async def say(person: str, command: str) -> str:
                typed = {"person": person, "channel": "C0GENERAL", "command": command}
                async with http.post(f"{found[0]}/command", data=typed) as answer:
                    return await answer.text()

            requests = await say("U0COORD", "/ht registrations")
            listed = await say("U0LISTED", "/ht members")
            mel = await say("U0MEMBER", "/ht me")
            access = await say("U0ADMIN", "/ht access")
            survey = await say("U0LISTED", "/ht survey")
            meeting = await say("U0LISTED", "/ht next")
            broadcasts = await say("U0COORD", "/ht broadcasts")
        os.kill(os.getpid(), signal.SIGINT)
        await running

    assert "as Mel Member type /ht register" in lines[0]
    assert "as Cora Coordinator" in lines[1]
    assert "press Next message" in lines[2]
    assert "Wen Waiting, Alliance to End Abuse" in requests
    assert "Open Amina Approved" in listed
    assert "You are not registered" in mel
    assert all(f"{who} Coordinator: coordinator" in access for who in ("Cora", "Cole"))
    assert "Community Violence Solutions: not answered yet" in survey
    assert "Community Violence Solutions" in meeting  # where it meets
    assert "waits for a second coordinator" in broadcasts
    for name in ("Cole Coordinator", "Amina Approved", "Wen Waiting"):
        assert f">{name} (" in listed  # one may be them


async def test_a_port_that_is_taken_is_an_error():
    with (
        socket.create_server(("127.0.0.1", 0)) as taken,
        pytest.raises(OSError, match="in use"),
    ):
        await demo(port=taken.getsockname()[1], once=False, http=False, show=print)
