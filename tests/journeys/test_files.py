"""
Files: handed to whoever asked and nobody else, or said why not.
"""

import asyncio
import json
from typing import Any

import pytest

from bot.hiding import hidden_by
from commands.contract import Button, Command, File, Reply, Request, Standing, Text
from commands.registry import COMMANDS
from tests.workshop import DOORS, Place, bot_behind, place, workspace

CSV = File(name="figures.csv", title="Figures 2023", content=b"agency,people\nCVS,SECRETCELL\n")
BOOK = File(name="figures.xlsx", title="Figures 2023", content=b"PK\x03\x04 SECRETCELL")


def command(verb: str, *files: File, text: str = "Here.") -> Command:
    def recall(request: Request) -> Reply:
        return Reply(title="Export", parts=(Text(text=text),), again=verb, files=files)

    return Command(
        verb=verb, usage=verb, summary="S.", who=Standing.MEMBER, public=True, menu=verb, recall=recall
    )  # fmt: skip


def words(request: Request) -> Reply:
    button = Button(label="Get it", command="handout")
    return Reply(title="Words", parts=(Text(text="None."),), buttons=(button,), again="words")


ALL = (
    *COMMANDS,
    command("handout", CSV),
    command("both", CSV, BOOK),
    command("long", CSV, text="fact " * 2000),
    Command(verb="words", usage="words", summary="W.", who=Standing.MEMBER, recall=words),
)


@pytest.fixture(params=DOORS)
def door(request: pytest.FixtureRequest) -> str:
    return str(request.param)


def handed(at: Place, person: str) -> list[tuple[str, bytes]]:
    """
    Return name and content of every file *person* can see.
    """
    seen = at.sandbox.workspace.visible(person)
    return [(file.name, file.content or b"") for message in seen for file in message.files]


async def told(at: Place, outcome: Any) -> str:
    """
    Return what was said of a file beside the answer, as soon as it is.
    """
    await at.bot.listeners.drain()
    [message] = [each for each in outcome.messages if "handed over" in each.text]
    assert message.to == "U0MEMBER"
    return str(message.text)


async def test_a_file_comes_to_its_asker_alone_in_a_direct_message(door, library):
    async with place(door, library, commands=ALL) as at:
        outcome = await at.sandbox.command("U0MEMBER", "/ht", "both")
        await at.bot.listeners.drain()
        files = {person: handed(at, person) for person in ("U0MEMBER", "U0ADMIN")}
        [*_, announcement, shared] = at.sandbox.workspace.visible("U0MEMBER", channel="D0MEMBER")

    assert "For you alone, in a direct message: figures.csv, figures.xlsx" in json.dumps(
        outcome.body
    )
    assert files == {
        "U0MEMBER": [("figures.csv", CSV.content), ("figures.xlsx", BOOK.content)],
        "U0ADMIN": [],
    }
    assert announcement.text == "The file you asked for."
    assert [file.title for file in shared.files] == ["Figures 2023"] * 2


async def test_without_the_scope_it_is_said_so_and_a_short_file_is_shown(door, library):
    async with place(door, library, commands=ALL) as at:
        at.sandbox.endpoints.scopes -= {"files:write"}
        outcome = await at.sandbox.command("U0MEMBER", "/ht", "both")
        said = await told(at, outcome)
        dms = at.sandbox.workspace.visible("U0MEMBER", channel="D0MEMBER")

    assert said.removesuffix(f"\n\n{hidden_by()}") == (
        "figures.csv, figures.xlsx could not be handed over: an administrator can give this bot "
        "the scope files:write, or run `htbot say` with `--save` where the bot runs.\n\n"
        "figures.csv:\n```\nagency,people\nCVS,SECRETCELL\n```"
    )
    assert dms == [], "nothing announces a file that does not come"


@pytest.mark.parametrize(
    ("file", "shown"),
    [
        (File(name="a.csv", title="A", content=b"x" * 2500), True),
        (File(name="a.csv", title="A", content=b"x" * 2501), False),
        (File(name="a.JSON", title="A", content=b'{"a": "<!channel>"}'), True),
        (File(name="a.ics", title="A", content=b"\xef\xbb\xbfBEGIN:VCALENDAR\r\n"), True),
        (File(name="a.csv", title="A", content=b"\xff\xfe"), False),
        (File(name="a.csv", title="A", content=b"\r\n"), False),
        (File(name="a.xlsx", title="A", content=b"text"), False),
    ],
)
async def test_only_short_text_is_shown_instead(file, shown, library):
    async with place("http", library, commands=(*COMMANDS, command("handout", file))) as at:
        at.sandbox.endpoints.scopes -= {"files:write"}
        outcome = await at.sandbox.command("U0MEMBER", "/ht", "handout")
        said = await told(at, outcome)

    assert ("```" in said) is shown
    assert "<!" not in said


@pytest.mark.parametrize(
    ("method", "failure"),
    [
        ("files.getUploadURLExternal", {"retry_after": 30}),
        ("files.getUploadURLExternal", {"drop": "before"}),
        ("files.getUploadURLExternal", {"status": 500}),
        ("upload", {"status": 500}),
        ("upload", {"drop": "after"}),
        ("chat.postMessage", {"error": "messages_tab_disabled"}),
        ("files.completeUploadExternal", {"error": "channel_not_found"}),
    ],
)
async def test_a_file_slack_does_not_take_is_said_so_and_not_tried_again(
    method, failure, door, library
):
    async with place(door, library, commands=ALL) as at:
        at.sandbox.fail_next(method, **failure)
        outcome = await at.sandbox.command("U0MEMBER", "/ht", "handout")
        said = await told(at, outcome)
        files = handed(at, "U0MEMBER")

    assert "could not be handed over just now" in said
    assert (files, len(at.sandbox.calls_of(method))) == ([], 1)


async def test_a_file_nobody_knows_of_is_said_so(door, library):
    async with place(door, library, commands=ALL) as at:
        at.sandbox.fail_next("files.completeUploadExternal", drop="after")
        outcome = await at.sandbox.command("U0MEMBER", "/ht", "handout")
        await at.bot.listeners.drain()
        said = [message.text for message in outcome.messages]

    assert [text for text in said if text.startswith("figures.csv may or may not have arrived")]
    assert not any("SECRETCELL" in text for text in said)


async def test_a_press_in_a_message_hands_the_file_over_too(door, library):
    async with place(door, library, commands=ALL) as at:
        before = (await at.sandbox.command("U0MEMBER", "/ht", "words")).message
        pressed = await at.sandbox.press("U0MEMBER", before, "Get it")
        await at.bot.listeners.drain()
        files = handed(at, "U0MEMBER")

    assert (pressed.error, files) == (None, [("figures.csv", CSV.content)])
    assert "For you alone" in before.text


async def test_a_press_in_a_message_is_told_beside_the_answer(door, library):
    async with place(door, library, commands=ALL) as at:
        at.sandbox.endpoints.scopes -= {"files:write"}
        before = (await at.sandbox.command("U0MEMBER", "/ht", "words")).message
        pressed = await at.sandbox.press("U0MEMBER", before, "Get it")
        said = await told(at, pressed)

    assert "files:write" in said
    assert before.text.startswith("Export")


@pytest.mark.parametrize("scopes", [{"files:write"}, set()])
async def test_a_dialog_keeps_its_answer_whatever_becomes_of_the_file(scopes, door, library):
    async with place(door, library, commands=ALL) as at:
        at.sandbox.endpoints.scopes -= {"files:write"} - scopes
        await at.sandbox.open_home("U0MEMBER")
        home = await at.sandbox.wait_for_view("U0MEMBER", kind="home")
        await at.sandbox.press("U0MEMBER", home, "handout")
        await at.bot.listeners.drain()
        modal = json.dumps(at.sandbox.modal("U0MEMBER").blocks)
        files = handed(at, "U0MEMBER")

    assert "Here." in modal
    assert ("could not be handed over" in modal) is not bool(scopes)
    assert ("SECRETCELL" in modal) is not bool(scopes)
    assert bool(files) is bool(scopes)


async def test_a_share_hands_no_file_to_anybody(door, library):
    async with place(door, library, commands=ALL) as at:
        answer = (await at.sandbox.command("U0MEMBER", "/ht", "handout")).message
        await at.bot.listeners.drain()
        shared = await at.sandbox.press("U0MEMBER", answer, "Share in channel")
        await at.bot.listeners.drain()

    assert len(at.sandbox.calls_of("files.getUploadURLExternal")) == 1
    assert (shared.message.to, "For you alone" in shared.message.text) == (None, False)


async def test_turning_pages_hands_the_file_over_once(door, library):
    async with place(door, library, commands=ALL) as at:
        answer = (await at.sandbox.command("U0MEMBER", "/ht", "long")).message
        await at.bot.listeners.drain()
        for page in ("Next page", "Previous page"):
            await at.sandbox.press("U0MEMBER", answer, page)
        await at.bot.listeners.drain()

    assert len(at.sandbox.calls_of("files.completeUploadExternal")) == 1


async def test_what_comes_twice_hands_the_file_over_once(library):
    async with place("http", library, commands=ALL) as at:
        await at.sandbox.command("U0MEMBER", "/ht", "handout")
        await asyncio.gather(*(at.sandbox.signed.replay() for _ in range(3)))
        before = (await at.sandbox.command("U0MEMBER", "/ht", "words")).message
        await at.sandbox.press("U0MEMBER", before, "Get it")
        await asyncio.gather(*(at.sandbox.signed.replay() for _ in range(3)))
        await at.bot.listeners.drain()

    assert len(at.sandbox.calls_of("files.completeUploadExternal")) == 2


async def test_a_file_under_way_is_handed_over_before_the_bot_goes(door, library):
    async with workspace() as sandbox:
        sandbox.fail_next("upload", delay=0.5)
        async with bot_behind(door, sandbox, library, commands=ALL) as at:
            outcome = await sandbox.command("U0MEMBER", "/ht", "handout")
        files = handed(at, "U0MEMBER")

    assert (outcome.error, files) == (None, [("figures.csv", CSV.content)])


@pytest.mark.parametrize("scopes", [{"files:write"}, set()])
async def test_nothing_of_a_file_is_logged(scopes, door, library, logged):
    async with place(door, library, commands=ALL) as at:
        at.sandbox.endpoints.scopes -= {"files:write"} - scopes
        await at.sandbox.command("U0MEMBER", "/ht", "both")
        await at.bot.listeners.drain()

    assert "SECRETCELL" not in logged.getvalue()
    assert "U0MEMBER" not in logged.getvalue()
