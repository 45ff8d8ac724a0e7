"""
Slack's payloads in and out: what the doors have in common, at its edges.
"""

import asyncio
import re

import pytest

from bot import listeners
from commands.contract import Command, Standing
from commands.registry import COMMANDS
from tests.workshop import DOORS, buttons, place, shown, write_locked


@pytest.fixture(params=DOORS)
def door(request):
    return request.param


async def test_an_answer_is_for_its_asker_alone_and_unfurls_nothing(door, library):
    async with place(door, library) as at:
        outcome = await at.sandbox.command("U0MEMBER", "/ht", "hotline")

    body = outcome.body
    assert body["response_type"] == "ephemeral"
    assert (body["unfurl_links"], body["unfurl_media"]) == (False, False)
    assert body.keys() == {"response_type", "text", "blocks", "unfurl_links", "unfurl_media"}


async def test_share_is_offered_in_channels_and_not_in_a_direct_message(door, library):
    async with place(door, library) as at:
        dm = at.sandbox.workspace.dm(at.sandbox.workspace.person("U0MEMBER")).id
        private = await at.sandbox.command("U0MEMBER", "/ht", "services", channel="C0PRIVATE")
        direct = await at.sandbox.command("U0MEMBER", "/ht", "services", channel=dm)

    assert "Share in channel" in buttons(private.message)
    assert "Share in channel" not in buttons(direct.message)


async def test_a_tab_that_is_not_home_publishes_nothing(door, library):
    async with place(door, library) as at:
        await at.sandbox.event("app_home_opened", user="U0MEMBER", channel="D1", tab="messages")

    assert at.sandbox.calls_of("views.publish") == []


async def test_an_event_nobody_wants_is_taken_all_the_same(door, library):
    async with place(door, library) as at:
        outcome = await at.sandbox.event("reaction_added", user="U0MEMBER")

    assert outcome.error is None


async def test_a_home_that_cannot_be_shown_is_logged_with_slacks_code(door, library, caplog):
    async with place(door, library) as at:
        at.sandbox.fail_next("views.publish", error="not_enabled")
        outcome = await at.sandbox.open_home("U0MEMBER")

    assert outcome.error is None
    assert "the Home tab could not be shown: not_enabled" in caplog.text


async def test_home_has_the_card_before_the_database_has_said_what_is_ones_own(
    library, monkeypatch
):
    monkeypatch.setattr(listeners, "HOME_SECONDS", 0.0)
    answers = asyncio.Event()
    async with place("socket", library) as at:
        ask = library.read

        async def slow(question):
            await answers.wait()
            return await ask(question)

        monkeypatch.setattr(library, "read", slow)
        opening = asyncio.create_task(at.sandbox.open_home("U0ADMIN"))
        at_once = shown(await at.sandbox.wait_for_view("U0ADMIN", kind="home"))
        after = at.sandbox.workspace.sequence
        answers.set()
        later = shown(await at.sandbox.wait_for_view("U0ADMIN", kind="home", after=after))
        await opening

    for home in (at_once, later):
        assert "Emergency: 911" in str(home)
        assert "not a reporting line" in str(home)
    assert "Boards" not in str(at_once)
    assert "Boards" in str(later)


async def test_home_of_a_guest_offers_what_a_guest_may(door, library):
    async with place(door, library) as at:
        await at.sandbox.open_home("U0GUEST")
        home = await at.sandbox.wait_for_view("U0GUEST", kind="home")

    values = set(buttons(home).values())
    assert {"hotline", "services", "partners"} <= values
    assert "gaps" not in values


async def test_a_view_that_cannot_be_shown_is_told_as_a_modal(door, library):
    async with place(door, library) as at:
        await at.sandbox.open_home("U0MEMBER")
        home = await at.sandbox.wait_for_view("U0MEMBER", kind="home")
        at.sandbox.fail_next("views.open", error="fatal_error")
        outcome = await at.sandbox.press("U0MEMBER", home, "gaps")
        modal = at.sandbox.modal("U0MEMBER")

    assert outcome.error is None
    assert re.search(r"Reference: [0-9a-f]{8}", str(modal.blocks))


async def test_a_crash_behind_a_button_is_told_to_the_presser(door, library, caplog):
    def handle(request, session):
        raise ValueError("SECRETWORD")

    command = Command(
        verb="crash",
        usage="crash",
        summary="Crashes.",
        who=Standing.MEMBER,
        public=True,
        menu="Crash",
        handle=handle,
    )
    async with place(door, library, commands=(*COMMANDS, command)) as at:
        menu = await at.sandbox.command("U0MEMBER", "/ht", "")
        pressed = await at.sandbox.press("U0MEMBER", menu.message, "crash")

    [reference] = re.findall(r"Reference: ([0-9a-f]{8})", pressed.message.text)
    assert f"reference {reference}" in caplog.text
    assert "SECRETWORD" not in caplog.text


async def test_a_crash_of_the_listener_itself_is_told_too(door, library, monkeypatch, caplog):
    async with place(door, library) as at:
        menu = await at.sandbox.command("U0MEMBER", "/ht", "")
        monkeypatch.setattr(at.bot.router, "_menu", None)
        monkeypatch.setattr(at.bot.router, "answer", lambda *_, **__: asyncio.sleep(0, result=None))
        typed = await at.sandbox.command("U0MEMBER", "/ht", "gaps SECRETWORD")
        pressed = await at.sandbox.press("U0MEMBER", menu.message, "gaps")

    for outcome in (typed, pressed):
        assert outcome.error is None
        assert re.search(r"Reference: [0-9a-f]{8}", outcome.message.text)
    assert pressed.message.to == "U0MEMBER"
    assert "SECRETWORD" not in caplog.text


async def test_receipts_are_forgotten_when_they_are_old(library):
    async with place("http", library) as at:
        for _ in range(3):
            answer = await at.sandbox.command("U0MEMBER", "/ht", "services")
            await at.sandbox.press("U0MEMBER", answer.message, "Share in channel")

    with library.database.reads.connect() as connection:
        rows = connection.exec_driver_sql("SELECT * FROM receipt").fetchall()
    assert len(rows) == 3
    assert "U0MEMBER" not in str(rows)


async def test_a_share_that_was_busy_can_be_pressed_again(library, sqlite_url):
    async with place("http", library) as at:
        answer = await at.sandbox.command("U0MEMBER", "/ht", "hotline")
        with write_locked(sqlite_url):
            busy = await at.sandbox.press("U0MEMBER", answer.message, "Share in channel")
            await at.sandbox.wait_for_answer(busy)
        again = await at.sandbox.press("U0MEMBER", answer.message, "Share in channel")

    assert "busy" in busy.message.text
    assert busy.error is None
    assert again.message.to is None
