"""
One story, told over Socket Mode and over signed HTTP: the same bytes come back.
"""

import asyncio
import json
from typing import Any

import aiohttp
import pytest

from bot.sandbox.limits import validate_message
from bot.sandbox.signed import JSON, form
from commands.contract import Button, Command, Entry, Reply, Request, Standing, Text
from commands.registry import COMMANDS
from tests.workshop import (
    DOORS,
    Place,
    bot_behind,
    buttons,
    place,
    shown,
    workspace,
    write_locked,
)

EXAMPLES = tuple(example for command in COMMANDS for example in command.examples)


def inner(request: Request) -> Reply:
    return Reply(title="For us alone", parts=(Text(text="Inner words."),), again="inner")


def many(request: Request) -> Reply:
    items = tuple(
        Entry(title=f"Thing {number}", button=Button(label=f"Open {number}", command="gaps"))
        for number in range(60)
    )
    return Reply(title="Many things", parts=items, again="many")


INNER = Command(
    verb="inner", usage="inner", summary="Not public.", who=Standing.MEMBER, recall=inner
)
MANY = Command(
    verb="many", usage="many", summary="Long.", who=Standing.GUEST, public=True, recall=many
)


@pytest.fixture(params=DOORS)
def door(request: pytest.FixtureRequest) -> str:
    return str(request.param)


async def story(at: Place) -> list[Any]:
    """
    Return everything that is shown in a long talk with the bot.
    """
    sandbox, told = at.sandbox, []
    for person in ("U0MEMBER", "U0GUEST", "U0SINGLE", "U0ADMIN"):
        for text in ("", *EXAMPLES, "zzz", "my client Jane Doe DOB 1/2/2003", "help me now gaps"):
            outcome = await sandbox.command(person, "/ht", text)
            assert (outcome.error, outcome.detail) == (None, []), text
            told.append([text, outcome.body])
    outcome = await sandbox.command("U0EXTERN", "/ht", "partners", channel="C0SHARED", force=True)
    told.append(outcome.body)

    menu = (await sandbox.command("U0MEMBER", "/ht", "")).message
    for press in ("partners", "partner cvs", "Share in channel"):
        pressed = await sandbox.press("U0MEMBER", menu, press)
        told.append(shown(pressed.message))
    assert (pressed.message.to, buttons(pressed.message)) == (None, {})
    assert menu.edited, "an answer takes the place of the one before"

    listed = (await sandbox.command("U0MEMBER", "/ht", "many")).message
    for press in ("Next page", "Previous page", "Next page", "Share in channel"):
        pressed = await sandbox.press("U0MEMBER", listed, press)
        told.append(shown(pressed.message))
    assert "Thing 59" in pressed.message.text
    assert "Thing 1\n" not in pressed.message.text
    pressed = await sandbox.press("U0MEMBER", listed, "Open 30")
    assert pressed.message is listed
    told.append(shown(listed))

    await sandbox.open_home("U0MEMBER")
    home = await sandbox.wait_for_view("U0MEMBER", kind="home")
    told.append(shown(home))
    pressed = await sandbox.press("U0MEMBER", home, "gaps")
    modal = await sandbox.wait_for_view("U0MEMBER")
    told.append(shown(modal))
    inside = next(value for value in buttons(modal).values() if value.startswith("gaps "))
    await sandbox.press("U0MEMBER", modal, inside)
    told.append(shown(sandbox.modal("U0MEMBER")))
    assert "Share in channel" not in buttons(home) | buttons(modal)
    return told


async def test_both_doors_give_the_same_answers_and_a_strict_slack_takes_every_call(
    open_library, sqlite_url
):
    told = {}
    for door in DOORS:
        async with place(door, open_library(sqlite_url), commands=(*COMMANDS, MANY)) as at:
            told[door] = await story(at)
            refused = [call for call in at.sandbox.calls if not call.answer.get("ok")]
            assert refused == []

    assert json.dumps(told["socket"]) == json.dumps(told["http"])


async def test_a_guest_and_somebody_of_another_workspace_get_what_they_may(door, library):
    async with place(door, library) as at:
        send = at.sandbox.command
        guest = await send("U0GUEST", "/ht", "funding")
        allowed = await send("U0GUEST", "/ht", "services")
        outside = await send("U0EXTERN", "/ht", "services", channel="C0SHARED", force=True)
        hotline = await send("U0EXTERN", "/ht", "hotline", channel="C0SHARED", force=True)

    assert "full members" in guest.message.text
    assert "people of this workspace" in outside.message.text
    assert "Immigration" in allowed.message.text
    assert "911" in hotline.message.text


async def test_only_what_is_public_is_shared_where_outsiders_read(door, library):
    async with place(door, library, commands=(*COMMANDS, INNER)) as at:
        sandbox = at.sandbox
        inner = await sandbox.command("U0MEMBER", "/ht", "inner", channel="C0SHARED")
        refused = await sandbox.press("U0MEMBER", inner.message, "Share in channel")
        private = await sandbox.command("U0MEMBER", "/ht", "inner", channel="C0PRIVATE")
        taken = await sandbox.press("U0MEMBER", private.message, "Share in channel")
        public = await sandbox.command("U0MEMBER", "/ht", "services", channel="C0SHARED")
        shared = await sandbox.press("U0MEMBER", public.message, "Share in channel")
        sandbox.fail_next("conversations.info", error="channel_not_found")
        unknown = await sandbox.press("U0MEMBER", private.message, "Share in channel")

    assert refused.message.to == "U0MEMBER"
    assert "read from outside" in refused.message.text
    assert taken.message.to is None
    assert "Inner words." in taken.message.text
    assert shared.message.to is None
    assert shared.message.text.endswith("Shared by <@U0MEMBER>.")
    assert unknown.message.to == "U0MEMBER"


async def test_a_press_on_a_message_others_see_leaves_it_as_it_is(door, library):
    async with place(door, library, commands=(*COMMANDS, MANY)) as at:
        sandbox = at.sandbox
        old = sandbox.workspace.post(
            (await sandbox.command("U0MEMBER", "/ht", "many")).body,
            channel="C0GENERAL",
            via="chat.postMessage",
        )
        pressed = await sandbox.press("U0ADMIN", old, "Next page")

    assert pressed.message is not old
    assert (old.edited, pressed.message.to) == (False, "U0ADMIN")


@pytest.mark.parametrize("door", ["http", "socket"])
async def test_a_share_that_slack_is_slow_to_take_is_acknowledged_in_time(door, library):
    async with place(door, library) as at:
        answer = await at.sandbox.command("U0MEMBER", "/ht", "gaps")
        at.sandbox.fail_next("response_url", delay=1.9)
        at.bot.identity.forget("U0MEMBER")
        at.sandbox.fail_next("users.info", delay=1.2)

        pressed = await at.sandbox.press("U0MEMBER", answer.message, "Share in channel")
        posted = await at.sandbox.wait_for_answer(pressed)

    assert pressed.error is None
    assert pressed.duration_seconds < 3  # Slack's own limit
    assert "Shared by" in posted.text


async def test_an_identical_replay_of_any_button_shows_nothing_again(library):
    async with place("http", library) as at:
        menu = await at.sandbox.command("U0MEMBER", "/ht", "")
        await at.sandbox.press("U0MEMBER", menu.message, "run:1")
        before = len(at.sandbox.calls_of("response_url"))
        replies = await asyncio.gather(*(at.sandbox.signed.replay() for _ in range(3)))

        after = len(at.sandbox.calls_of("response_url"))

    assert (before, after) == (1, 1)
    assert [reply.status for reply in replies] == [200, 200, 200]


async def test_an_identical_replay_of_a_share_posts_once(library):
    async with place("http", library) as at:
        answer = await at.sandbox.command("U0MEMBER", "/ht", "services")
        shared = await at.sandbox.press("U0MEMBER", answer.message, "Share in channel")

        replies = await asyncio.gather(*(at.sandbox.signed.replay() for _ in range(5)))

    assert [reply.status for reply in replies] == [200] * 5
    assert [message.to for message in shared.messages] == [None]


async def test_replays_at_the_same_moment_post_once_to_two_processes(open_library, sqlite_url):
    first, second = open_library(sqlite_url), open_library(sqlite_url)
    async with place("http", first) as at:
        sandbox = at.sandbox
        answer = await sandbox.command("U0MEMBER", "/ht", "services")
        url = sandbox.signed.url
        sandbox.signed.url = "http://127.0.0.1:1/"  # the press is recorded, and arrives nowhere
        lost = await sandbox.press("U0MEMBER", answer.message, "Share in channel")
        async with bot_behind("http", sandbox, second):
            other = sandbox.signed.url

            async def replay(address):
                sandbox.signed.url = address  # read before anything is waited for
                return (await sandbox.signed.replay()).status

            statuses = await asyncio.gather(*(replay(each) for each in [url, other] * 3))

    assert statuses == [200] * 6
    assert [message.to for message in lost.messages] == [None]


async def test_while_another_writes_nothing_is_shared_and_that_is_said(library, sqlite_url):
    async with place("http", library) as at:
        sandbox = at.sandbox
        answer = await sandbox.command("U0MEMBER", "/ht", "services")
        hotline = await sandbox.command("U0MEMBER", "/ht", "hotline")
        with write_locked(sqlite_url):
            shared = await sandbox.press("U0MEMBER", answer.message, "Share in channel")
            again = await sandbox.signed.replay()
            reads = await sandbox.command("U0MEMBER", "/ht", "gaps")
            await at.bot.listeners.drain()  # it gives up before the other ends
        later = await sandbox.press("U0MEMBER", hotline.message, "Share in channel")

    assert "The database is busy" in shared.message.text
    assert [message.to for message in shared.messages] == ["U0MEMBER"]
    assert (again.status, reads.error) == (200, None)
    assert later.message.to is None


async def test_while_the_database_is_lost_a_hotline_is_shared_once(library, tmp_path):
    async with place("http", library) as at:
        sandbox = at.sandbox
        answer = await sandbox.command("U0MEMBER", "/ht", "hotline")
        services = await sandbox.command("U0MEMBER", "/ht", "services")
        (tmp_path / "ht.db").unlink()
        shared = await sandbox.press("U0MEMBER", answer.message, "Share in channel")
        await asyncio.gather(*(sandbox.signed.replay() for _ in range(3)))
        refused = await sandbox.press("U0MEMBER", services.message, "Share in channel")

    assert [message.to for message in shared.messages] == [None]
    assert "missing or damaged" in shared.message.text
    assert "missing or damaged" in refused.message.text
    assert refused.message.to == "U0MEMBER"
    assert not (tmp_path / "ht.db").exists()


async def test_two_identical_requests_at_once_share_once_while_nothing_can_be_stored(
    library, tmp_path
):
    async with place("http", library) as at:
        sandbox = at.sandbox
        answer = await sandbox.command("U0MEMBER", "/ht", "hotline")
        (tmp_path / "ht.db").unlink()
        url, sandbox.signed.url = sandbox.signed.url, "http://127.0.0.1:1/"
        shared = await sandbox.press("U0MEMBER", answer.message, "Share in channel")
        sandbox.signed.url = url

        await asyncio.gather(*(sandbox.signed.replay() for _ in range(4)))

    assert [message.to for message in shared.messages] == [None]


@pytest.mark.parametrize(
    ("forgery", "status"),
    [
        ({"secret": "another"}, 401),
        ({"shift_seconds": -301}, 401),
        ({"shift_seconds": 301}, 401),
        ({"shift_seconds": -299}, 200),
        ({"headers": {"X-Slack-Signature": ""}}, 401),
        ({"headers": {"X-Slack-Signature": "v0=é"}}, 401),
        ({"headers": {"X-Slack-Request-Timestamp": "soon"}}, 401),
        ({"headers": {"X-Slack-Request-Timestamp": "1" * 400}}, 401),
        ({"headers": {"X-Slack-Request-Timestamp": "-1"}}, 401),
    ],
)
async def test_what_slack_did_not_just_sign_is_refused_and_not_logged(
    forgery, status, library, logged
):
    body = form({"command": "/ht", "text": "hotline SECRETWORD", "user_id": "U1", "team_id": "T1"})
    async with place("http", library) as at:
        answer = await at.sandbox.signed.post(body, **forgery)

    assert answer.status == status
    assert "SECRETWORD" not in logged.getvalue()


BAD_BODIES = [
    (b"{", JSON),
    (b"[]", JSON),
    (b"null", JSON),
    (b'"SECRETWORD"', JSON),
    (b"\xff\xfeSECRETWORD", JSON),
    (b'{"type": "event_callback"}', JSON),
    (b'{"type": "event_callback", "event": "SECRETWORD"}', JSON),
    (b'{"type": "event_callback", "event": {"type": "SECRETWORD", "text": "SECRETWORD"}}', JSON),
    (b'{"type": "event_callback", "event": {"type": "app_home_opened", "tab": "home"}}', JSON),
    (b'{"type": "event_callback", "event": {"type": "user_change"}}', JSON),
    (b"payload=SECRETWORD", None),
    (b"payload=%7B%22SECRETWORD%22", None),
    (b"payload=[]", None),
    (b"payload=%7B%22type%22%3A%22block_actions%22%7D", None),
    (b"payload=%7B%22type%22%3A%22view_submission%22%2C%22view%22%3A%7B%7D%7D", None),
    (b"payload=%7B%22type%22%3A%22block_actions%22%2C%22actions%22%3A%5B%5D%7D", None),
    (b"command=%2Fht", None),
    (b"command=/ht&text=gaps&user_id=&team_id=", None),
    (b"SECRETWORD", None),
    (b"\xff\xfe%ff=SECRETWORD", None),
    (b"", None),
    (b"", JSON),
]


@pytest.mark.parametrize(("body", "content_type"), BAD_BODIES)
async def test_a_signed_body_that_makes_no_sense_is_no_crash_and_not_logged(
    body, content_type, library, logged
):
    async with place("http", library) as at:
        kwargs = {"content_type": content_type} if content_type else {}
        answer = await at.sandbox.signed.post(body, **kwargs)

    assert answer.status < 500
    assert "SECRETWORD" not in logged.getvalue()
    if body == b"command=%2Fht":
        validate_message(answer.payload(), ack=True)


async def test_the_http_door_answers_what_slack_asks_of_it(library, tmp_path):
    async with place("http", library) as at, aiohttp.ClientSession() as http:
        sandbox, events = at.sandbox, f"{at.address}/slack/events"

        async def ask(method: str, url: str, **kwargs: Any) -> tuple[int, str]:
            async with http.request(method, url, **kwargs) as response:
                return response.status, await response.text()

        ssl_check = await ask("POST", events, data={"ssl_check": "1", "token": "t"})
        verified = await sandbox.signed.post(
            json.dumps({"type": "url_verification", "challenge": "abc", "token": "t"}).encode(),
            content_type=JSON,
        )
        others = [
            (await ask(method, url))[0]
            for method, url in [
                ("GET", events),
                ("PUT", events),
                ("POST", f"{at.address}/slack/install"),
                ("GET", f"{at.address}/"),
                ("POST", f"{at.address}/healthz"),
                ("GET", f"{at.address}/metrics"),
                ("GET", f"{at.address}/slack/events/../../etc"),
            ]
        ]
        large = await ask("POST", events, data=b"x" * 1_000_001)
        just = await ask("POST", events, data=b"x" * 1_000_000)
        well = await ask("GET", f"{at.address}/readyz")
        head = await ask("HEAD", f"{at.address}/healthz")
        (tmp_path / "ht.db").unlink()
        ill = await ask("GET", f"{at.address}/readyz")

    assert ssl_check == (200, "")
    assert (verified.status, json.loads(verified.body)) == (200, {"challenge": "abc"})
    assert others == [404] * 7
    assert (large[0], just[0]) == (413, 401)
    assert (well[0], json.loads(well[1])["ok"]) == (200, True)
    assert head == (200, "")
    assert (ill[0], json.loads(ill[1])["ok"]) == (503, False)


async def test_hotline_does_not_wait_for_who_is_asking(door, library):
    async with place(door, library) as at:
        at.sandbox.fail_next("users.info", delay=10)
        slow = asyncio.create_task(at.sandbox.command("U0MEMBER", "/ht", "gaps"))
        await asyncio.sleep(0)
        outcomes = [
            await at.sandbox.command("U0MEMBER", "/ht", text)
            for text in ("hotline", "hotline my client DOB 1/2/2003", "hot line kid", "kid")
        ]
        assert not slow.done()
        unknown = await slow

    assert all("911" in outcome.message.text for outcome in outcomes)
    assert unknown.error is None, "whom Slack cannot name in time is told so, in time"
    assert "Slack could perhaps not say who you are" in unknown.message.text


async def test_slack_that_never_says_who_it_is_costs_one_wait_and_not_three(door, library):
    async with place(door, library) as at:
        for _ in range(4):
            at.sandbox.fail_next("users.info", delay=10)
        outcome = await at.sandbox.command("U0MEMBER", "/ht", "somethingunheardof")

    assert outcome.error is None
    assert outcome.duration_seconds < 2.9


async def test_a_request_under_way_is_answered_before_the_bot_goes(door, library):
    async with workspace() as sandbox:
        sandbox.fail_next("users.info", delay=0.5)
        async with bot_behind(door, sandbox, library):
            command = asyncio.create_task(sandbox.command("U0MEMBER", "/ht", "gaps"))
            await asyncio.sleep(0.1)  # it is on its way
        outcome = await command

    assert outcome.error is None
    assert "gap" in outcome.message.text.lower()


async def test_a_bot_that_slack_did_not_greet_answers_hotline_and_greets_later(library):
    async with workspace() as sandbox:
        sandbox.fail_next("auth.test", error="fatal_error")
        async with bot_behind("http", sandbox, library) as at:
            hotline = await sandbox.command("U0MEMBER", "/ht", "hotline")
            before = at.bot.connected
            await at.bot.tick()
            gaps = await sandbox.command("U0MEMBER", "/ht", "gaps")

    assert "911" in hotline.message.text
    assert (before, at.bot.connected) == (False, True)
    assert "gap" in gaps.message.text.lower()
    assert library.team_id == "T0SANDBOX"


@pytest.mark.parametrize("how", ["disconnect", "drop"])
async def test_socket_mode_comes_back_after_a_cut(how, library):
    async with place("socket", library) as at:
        sandbox = at.sandbox
        old = sandbox.socket.live[0]
        await getattr(sandbox.socket, how)()
        await sandbox.workspace.bell.wait_for(
            lambda: (old not in sandbox.socket.live and sandbox.socket.live) or None, seconds=20
        )
        outcome = await sandbox.command("U0MEMBER", "/ht", "hotline")

    assert "911" in outcome.message.text


async def test_a_command_nobody_made_and_a_long_one_are_answered_too(door, library):
    async with place(door, library) as at:
        other = await at.sandbox.command("U0MEMBER", "/hotlines", "hotline")
        long = await at.sandbox.command("U0MEMBER", "/ht", "x" * 30_000)
        mention = await at.sandbox.command("U0MEMBER", "/ht", "partner @admin <!channel> & co")

    assert "911" in other.message.text
    assert (long.error, mention.error) == (None, None)
    assert "<!channel>" not in mention.message.text


async def test_a_failed_answer_by_response_url_is_told_once_more_and_nothing_is_doubled(
    door, library
):
    async with place(door, library) as at:
        menu = await at.sandbox.command("U0MEMBER", "/ht", "")
        at.sandbox.fail_next("response_url", status=500)
        pressed = await at.sandbox.press("U0MEMBER", menu.message, "services")

    assert "Reference:" in pressed.message.text
    assert pressed.error is None
