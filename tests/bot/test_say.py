"""
`htbot say`: what Slack would get, in the terminal.
"""

import json

import pytest

from bot.clock import utc_now
from bot.hiding import hidden_by
from bot.render import plain
from bot.router import Router
from bot.sandbox.limits import validate_message
from bot.say import ROLES, say
from commands.contract import Command, File, Reply, Standing, Table
from commands.registry import COMMANDS

EXAMPLES = tuple(example for command in COMMANDS for example in command.examples)


@pytest.fixture
def library(shared_library):
    return shared_library


@pytest.fixture
def router(library):
    return Router(library=library, clock=utc_now)


@pytest.mark.parametrize("text", ["/ht hotline", "hotline", "  /HT   hotline ", "/ht\thotline"])
async def test_the_command_may_stand_before_the_text(text, router):
    told = await say(text, router=router, role="member", as_json=False)

    assert told == await say("hotline", router=router, role="member", as_json=False)
    assert told.startswith("Emergency: 911")


@pytest.mark.parametrize("text", ["/ht", "", " /ht "])
async def test_nothing_is_the_menu(text, router):
    assert "What do you need?" in await say(text, router=router, role="member", as_json=False)


@pytest.mark.parametrize("text", EXAMPLES)
async def test_every_example_is_answered_as_text_and_as_slacks_json(text, router):
    told = await say(text, router=router, role="admin", as_json=False)
    sent = json.loads(await say(text, router=router, role="admin", as_json=True))

    validate_message(sent)
    said, _, _ = told.partition("\n\nFile: ")
    own = plain(sent["text"]).removesuffix(f"\n\n{hidden_by()}")
    assert own.replace("\n[Share in channel]", "") == said
    assert "Did you mean" not in told
    assert "&amp;" not in told


async def test_a_role_sees_what_it_may(router):
    told = {role: await say("funding", router=router, role=role, as_json=False) for role in ROLES}

    assert {role for role, text in told.items() if "Not for everybody" in text} == {
        "external",
        "guest",
    }


CSV = File(name="figures.csv", title="Figures", content=b"\xffagency,SECRETCELL\n")


def export(request):
    table = Table(caption="Served", columns=("Agency", "People"), rows=(("CVS", "185"),))
    return Reply(title="Export", parts=(table,), files=(CSV,), again="handout")


@pytest.fixture
def exporting(library):
    command = Command(
        verb="handout", usage="handout", summary="E.", who=Standing.MEMBER, recall=export
    )
    return Router(library=library, clock=utc_now, commands=(*COMMANDS, command))


async def test_a_file_is_named_and_not_printed(exporting, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)

    told = await say("/ht handout", router=exporting, role="member", as_json=False)

    assert told == (
        "Export\nServed\nAgency: People\nCVS: 185\n\n"
        "File: figures.csv. To have it written, add --save FOLDER."
    )
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("as_json", [False, True])
async def test_a_file_is_written_where_it_is_wanted(as_json, exporting, tmp_path):
    folder = tmp_path / "new" / "folder"

    told = await say("handout", router=exporting, role="member", as_json=as_json, save=folder)

    assert (folder / "figures.csv").read_bytes() == CSV.content
    assert (f"Written: {folder / 'figures.csv'}" in told) is not as_json
    if as_json:
        assert json.loads(told)["text"].startswith("Export")


async def test_no_file_is_written_over_another(exporting, tmp_path):
    (tmp_path / "figures.csv").write_text("mine")

    with pytest.raises(FileExistsError):
        await say("handout", router=exporting, role="member", as_json=False, save=tmp_path)

    assert (tmp_path / "figures.csv").read_text() == "mine"


async def test_the_json_has_tables_as_slack_draws_them(exporting):
    sent = json.loads(await say("handout", router=exporting, role="member", as_json=True))

    assert [block["type"] for block in sent["blocks"]] == [
        "header",
        "data_table",
        "actions",
        "section",
    ]
