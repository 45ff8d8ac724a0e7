"""
Tables and charts on their way: drawn where Slack takes them, in words where it does
not, and never lost.
"""

import asyncio
import json
from typing import Any

import pytest

from bot.hiding import HIDE
from bot.listeners import is_refused
from commands.contract import (
    Button,
    Chart,
    ChartKind,
    Command,
    Reply,
    Request,
    Standing,
    Table,
    Text,
)
from commands.registry import COMMANDS
from tests.workshop import DOORS, Place, buttons, place, shown

DRAWN = ["header", "data_table", "data_visualization", "section", "actions"]
SAID = ["header", "section", "section", "section", "section", "actions"]


def figures(request: Request) -> Reply:
    table = Table(
        caption="People served, 2023",
        columns=("Agency", "Labor", "Sex"),
        rows=(("CVS", "1,234", "<10"), ("IRC", "withheld", "0")),
    )
    chart = Chart(
        title="Youth identified",
        kind=ChartKind.BAR,
        unit="youth",
        categories=("2022", "2023"),
        series=(("CSEC", (41, 55)),),
        left_out=("2021 (withheld)",),
    )
    again = Button(label="Again", command="sketch")
    return Reply(title="Figures", parts=(table, chart), buttons=(again,), again="sketch")


def words(request: Request) -> Reply:
    button = Button(label="Show figures", command="sketch")
    return Reply(title="Words", parts=(Text(text="None."),), buttons=(button,), again="words")


FIGURES = Command(
    verb="sketch",
    usage="sketch",
    summary="Figures.",
    who=Standing.MEMBER,
    public=True,
    recall=figures,
    menu="Sketch",
)
WORDS = Command(verb="words", usage="words", summary="Words.", who=Standing.MEMBER, recall=words)
ALL = (*COMMANDS, FIGURES, WORDS)
# How the post of a drawn answer fails: by a code with a 4xx, without an answer, cut off.
FAILURES: list[dict[str, Any]] = [
    {"error": "invalid_blocks"},
    {"error": "invalid_attachments"},
    {"status": 500},
    {"status": 503},
    {"retry_after": 30},
    {"drop": "before"},
]


@pytest.fixture(params=DOORS)
def door(request: pytest.FixtureRequest) -> str:
    return str(request.param)


def kinds(message: Any) -> list[str]:
    """
    Return the types of its blocks, but for the one that hides it.
    """
    hides = [block.get("accessory", {}).get("action_id") == HIDE for block in message.blocks]
    return [block["type"] for block, hide in zip(message.blocks, hides, strict=True) if not hide]


async def story(at: Place) -> list[Any]:
    sandbox = at.sandbox
    told = []
    typed = await sandbox.command("U0MEMBER", "/ht", "sketch")
    answer = typed.message
    told.append([typed.body, shown(answer)])
    for press in ("Again", "Share in channel"):
        pressed = await sandbox.press("U0MEMBER", answer, press)
        told.append([pressed.body, shown(pressed.message)])
    sandbox.forget_data_blocks()
    plain = await sandbox.command("U0MEMBER", "/ht", "sketch")
    told.append([plain.body, shown(plain.message)])
    return told


async def test_both_doors_draw_the_same_and_say_the_same(open_library, tmp_path):
    told = {}
    for door in DOORS:
        # A database each: the two workspaces number their presses alike.
        library = open_library(f"sqlite:///{tmp_path / door}.db")
        async with place(door, library, commands=ALL) as at:
            told[door] = await story(at)

    assert json.dumps(told["socket"]) == json.dumps(told["http"])


async def test_a_typed_answer_is_drawn_ahead_of_an_empty_acknowledgement(door, library):
    async with place(door, library, commands=ALL) as at:
        outcome = await at.sandbox.command("U0MEMBER", "/ht", "sketch")

    [message] = outcome.messages
    assert (outcome.error, outcome.body) == (None, None)
    assert (message.via, message.to, kinds(message)) == ("response_url", "U0MEMBER", DRAWN)
    assert "CVS: Labor: 1,234 · Sex: &lt;10" in message.text
    assert "Share in channel" in buttons(message)


async def test_an_answer_in_words_alone_is_still_one_round_trip(door, library):
    async with place(door, library, commands=ALL) as at:
        outcome = await at.sandbox.command("U0MEMBER", "/ht", "words")

    assert at.sandbox.calls_of("response_url") == []
    assert [message.via for message in outcome.messages] == ["ack"]


async def test_a_workspace_that_knows_no_tables_gets_the_words_once(door, library):
    async with place(door, library, commands=ALL) as at:
        at.sandbox.forget_data_blocks()
        outcome = await at.sandbox.command("U0MEMBER", "/ht", "sketch")
        [call] = at.sandbox.calls_of("response_url")

    [message] = outcome.messages
    assert call.answer["error"] == "invalid_blocks"
    assert (outcome.error, message.via, kinds(message)) == (None, "ack", SAID)


@pytest.mark.parametrize("failure", FAILURES, ids=str)
async def test_however_the_drawing_fails_the_acknowledgement_has_the_words(failure, door, library):
    async with place(door, library, commands=ALL) as at:
        at.sandbox.fail_next("response_url", **failure)
        outcome = await at.sandbox.command("U0MEMBER", "/ht", "sketch")

    [message] = outcome.messages
    assert (outcome.error, message.via, kinds(message)) == (None, "ack", SAID)


@pytest.mark.parametrize("slow", [False, True])
async def test_a_drawing_slack_is_slow_to_take_is_followed_by_the_words_in_time(
    slow, door, library
):
    async with place(door, library, commands=ALL) as at:
        if slow:  # so is Slack to say who asks
            at.sandbox.fail_next("users.info", delay=1.3)
        at.sandbox.fail_next("response_url", delay=2.5)
        outcome = await at.sandbox.command("U0MEMBER", "/ht", "sketch")
        acknowledged = [message.via for message in outcome.messages]
        await at.sandbox.wait_for_answer(outcome, count=2)

    assert (outcome.error, acknowledged) == (None, ["ack"])
    assert [kinds(message) for message in outcome.messages] == [SAID, DRAWN]


async def test_a_command_that_comes_twice_is_drawn_once(library):
    async with place("http", library, commands=ALL) as at:
        outcome = await at.sandbox.command("U0MEMBER", "/ht", "sketch")
        replies = await asyncio.gather(*(at.sandbox.signed.replay() for _ in range(3)))

    assert [reply.status for reply in replies] == [200] * 3
    assert len(outcome.messages) == 1
    assert len(at.sandbox.calls_of("response_url")) == 1


async def test_a_press_draws_in_place_of_the_answer_pressed(door, library):
    async with place(door, library, commands=ALL) as at:
        before = (await at.sandbox.command("U0MEMBER", "/ht", "words")).message
        pressed = await at.sandbox.press("U0MEMBER", before, "Show figures")

    assert pressed.message is before
    assert kinds(before) == DRAWN


@pytest.mark.parametrize("failure", [*FAILURES, {"delay": 2.5}], ids=str)
async def test_a_press_whose_drawing_fails_gets_the_words(failure, door, library):
    async with place(door, library, commands=ALL) as at:
        before = (await at.sandbox.command("U0MEMBER", "/ht", "words")).message
        at.sandbox.fail_next("response_url", **failure)
        pressed = await at.sandbox.press("U0MEMBER", before, "Show figures")
        await at.sandbox.wait_for_call("response_url", count=1 if "delay" in failure else 2)
        await at.bot.listeners.drain()

    assert pressed.error is None
    assert pressed.messages == [before]
    assert kinds(before) in (SAID, DRAWN if "delay" in failure else SAID)


async def test_a_share_is_drawn_with_nothing_to_press(door, library):
    async with place(door, library, commands=ALL) as at:
        answer = (await at.sandbox.command("U0MEMBER", "/ht", "sketch")).message
        shared = await at.sandbox.press("U0MEMBER", answer, "Share in channel")

    [message] = shared.messages
    assert (message.to, kinds(message)) == (None, [*DRAWN[:-1], "context"])
    assert message.text.endswith("Shared by <@U0MEMBER>.")
    assert buttons(message) == {}


@pytest.mark.parametrize("code", ["invalid_blocks", "invalid_attachments"])
async def test_a_share_refused_for_certain_follows_in_words(code, door, library):
    async with place(door, library, commands=ALL) as at:
        answer = (await at.sandbox.command("U0MEMBER", "/ht", "sketch")).message
        at.sandbox.fail_next("response_url", error=code)
        shared = await at.sandbox.press("U0MEMBER", answer, "Share in channel")

    [message] = shared.messages
    assert (message.to, kinds(message)) == (None, [*SAID[:-1], "context"])


async def test_a_share_refused_in_words_too_is_said_not_to_be_shared(door, library):
    async with place(door, library, commands=ALL) as at:
        answer = (await at.sandbox.command("U0MEMBER", "/ht", "sketch")).message
        for _ in range(2):
            at.sandbox.fail_next("response_url", error="invalid_blocks")
        shared = await at.sandbox.press("U0MEMBER", answer, "Share in channel")

    [message] = shared.messages
    assert (message.to, message.text.splitlines()[0]) == ("U0MEMBER", "Not shared")


@pytest.mark.parametrize("failure", [{"status": 500}, {"drop": "after"}, {"drop": "before"}])
async def test_a_share_nobody_knows_of_is_not_posted_again(failure, door, library):
    async with place(door, library, commands=ALL) as at:
        answer = (await at.sandbox.command("U0MEMBER", "/ht", "sketch")).message
        at.sandbox.fail_next("response_url", **failure)
        shared = await at.sandbox.press("U0MEMBER", answer, "Share in channel")

    posted = [message for message in shared.messages if message.to is None]
    told = [message for message in shared.messages if message.to == "U0MEMBER"]
    assert [kinds(message) for message in posted] == (
        [[*DRAWN[:-1], "context"]] if failure == {"drop": "after"} else []
    )
    assert [message.text.splitlines()[0] for message in told] == ["Perhaps shared"]


async def test_views_say_figures_in_words(door, library):
    async with place(door, library, commands=ALL) as at:
        await at.sandbox.open_home("U0MEMBER")
        home = await at.sandbox.wait_for_view("U0MEMBER", kind="home")
        pressed = await at.sandbox.press("U0MEMBER", home, "sketch")
        modal = at.sandbox.modal("U0MEMBER")

    assert pressed.error is None
    assert {block["type"] for block in modal.blocks} == {"header", "section", "actions"}
    assert "Labor: 1,234" in json.dumps(modal.blocks)


@pytest.mark.parametrize(
    ("status", "body", "refused"),
    [
        (200, "ok", False),
        (200, "", False),
        (200, '{"ok": true}', False),
        (200, '{"ok": false, "error": "invalid_blocks"}', True),
        (200, "invalid_blocks", True),
        (200, "invalid_attachments", True),
        (200, "[]", True),
        (400, "invalid_blocks", True),
        (400, '{"ok": false, "error": "invalid_blocks"}', True),
        (404, "used_url", True),
        (429, "", True),
        (500, "invalid_blocks", False),
        (502, "", False),
        (302, "", False),
    ],
)
def test_a_refusal_is_known_by_its_status_or_by_its_body(status, body, refused):
    assert is_refused(status, body) is refused
