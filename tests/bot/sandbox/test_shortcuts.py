"""Global shortcuts: named by the manifest, used by people."""

import json
from urllib.parse import parse_qs

import pytest
from slack_sdk.web.async_client import AsyncWebClient

from bot.sandbox.server import Sandbox
from bot.sandbox.shortcuts import Shortcut, read_shortcuts
from tests.bot.sandbox.forms import modal

REGISTER = Shortcut(name="Register", callback_id="register")


@pytest.fixture
async def workspace(clock, request_url):
    async with Sandbox(clock=clock, request_url=request_url.url, shortcuts=[REGISTER]) as sandbox:
        yield sandbox


async def test_a_shortcut_brings_a_trigger_that_opens_a_form(workspace, request_url):
    outcome = await workspace.shortcut("U0GUEST", "register")

    payload = json.loads(parse_qs(request_url.requests[0][1].decode())["payload"][0])
    assert outcome.error is None
    assert (payload["type"], payload["callback_id"]) == ("shortcut", "register")
    assert payload["user"] == {"id": "U0GUEST", "username": "guest", "team_id": "T0SANDBOX"}
    assert not {"channel", "response_url", "message"} & payload.keys()
    client = AsyncWebClient(token=workspace.bot_token, base_url=workspace.api_url)
    await client.views_open(trigger_id=payload["trigger_id"], view=modal())
    assert outcome.views == [workspace.modal("U0GUEST")]


@pytest.mark.parametrize("person", ["U0EXTERN", "U0GONE"])
async def test_slack_lets_neither_externals_nor_deactivated_people_use_it(
    person, workspace, request_url
):
    refused = await workspace.shortcut(person, "register")
    forced = await workspace.shortcut(person, "register", force=True)

    assert (refused.error, forced.error) == ("not_allowed", None)
    assert len(request_url.requests) == 1


async def test_a_shortcut_the_app_has_not_is_not_there_to_use(workspace):
    with pytest.raises(LookupError, match="there are: \\['register'\\]"):
        await workspace.shortcut("U0MEMBER", "other")


def test_the_manifest_names_them(tmp_path):
    manifest = {
        "features": {
            "shortcuts": [
                {"name": "Register", "type": "global", "callback_id": "register"},
                {"name": "Keep", "type": "message", "callback_id": "keep"},
            ]
        }
    }
    path = tmp_path / "manifest.json"
    path.write_text(json.dumps(manifest))

    assert read_shortcuts(path) == (REGISTER,)
    assert read_shortcuts(tmp_path / "none.json") == ()


def test_the_apps_own_manifest_is_read(clock):
    assert tuple(Sandbox(clock=clock).workspace.shortcuts.values()) == read_shortcuts()
