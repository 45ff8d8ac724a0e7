"""Menus whose options the bot names only when somebody searches."""

import json
from urllib.parse import parse_qs

import pytest
from slack_sdk.web.async_client import AsyncWebClient

from bot.sandbox.server import Sandbox
from tests.bot.sandbox.forms import Bot, entry, modal, open_modal, option, plain

ONE = {"type": "external_select", "min_query_length": 2}
SEVERAL = {"type": "multi_external_select", "min_query_length": 0}
FOUND = [option("7", "Alpha House"), option("8", "Alliance")]


@pytest.fixture
async def bot(connect):
    bot = Bot()
    bot.answer = {"options": FOUND}
    await connect(bot)
    return bot


@pytest.fixture
async def view(bot, client, sandbox):
    form = modal(entry("agency", ONE), entry("also", SEVERAL, optional=True))
    return await open_modal(sandbox, client, form)


async def test_the_bot_is_asked_and_what_it_offers_can_be_submitted(view, bot, sandbox):
    outcome = await sandbox.suggest("U0MEMBER", view, "agency-value", "al")
    bot.answer = {}

    await sandbox.submit("U0MEMBER", view, {"agency": "Alpha House"})

    asked, sent = bot.payloads
    assert outcome.error is None
    assert {key: asked[key] for key in ("type", "action_id", "block_id", "value")} == {
        "type": "block_suggestion",
        "action_id": "agency-value",
        "block_id": "agency",
        "value": "al",
    }
    assert asked["container"] == {"type": "view", "view_id": view.id}
    assert asked["view"]["id"] == view.id
    assert not {"trigger_id", "response_url"} & asked.keys()
    assert sandbox.socket.envelopes[0].type == "interactive"
    state = sent["view"]["state"]["values"]["agency"]["agency-value"]
    assert state == {"type": "external_select", "selected_option": FOUND[0]}


async def test_by_http_it_comes_to_the_one_request_url(http_sandbox, request_url):
    request_url.answer = {"options": FOUND}
    client = AsyncWebClient(token=http_sandbox.bot_token, base_url=http_sandbox.api_url)
    view = await open_modal(http_sandbox, client, modal(entry("agency", ONE)))

    outcome = await http_sandbox.suggest("U0MEMBER", view, "agency-value", "al")

    [(headers, body)] = request_url.requests
    payload = json.loads(parse_qs(body.decode())["payload"][0])
    assert (outcome.status, outcome.error, payload["value"]) == (200, None, "al")
    assert "X-Slack-Signature" in headers


async def test_a_menu_in_a_message_is_asked_about_too(bot, sandbox):
    menu = {**ONE, "action_id": "agency"}
    bot.answer = {"text": "t", "blocks": [{"type": "actions", "elements": [menu]}]}
    message = (await sandbox.command("U0MEMBER", "/ht", channel="C0GENERAL")).message
    bot.answer = {"options": FOUND}
    await sandbox.suggest("U0MEMBER", message, "agency", "al")
    bot.answer = {}

    await sandbox.select("U0MEMBER", message, "agency", "8")

    asked, chosen = bot.payloads[1:]
    assert asked["container"]["type"] == "message"
    assert asked["channel"]["id"] == "C0GENERAL"
    assert chosen["actions"][0]["selected_option"] == FOUND[1]


@pytest.mark.parametrize(
    ("fields", "typed", "asked"),
    [
        ({}, "al", False),
        ({}, "alp", True),
        ({"min_query_length": 2}, "a", False),
        ({"min_query_length": 2}, "al", True),
        ({"min_query_length": 0}, "", True),
    ],
)
async def test_slack_waits_for_enough_characters(fields, typed, asked, bot, client, sandbox):
    menu = {"type": "external_select", **fields}
    view = await open_modal(sandbox, client, modal(entry("agency", menu)))

    outcome = await sandbox.suggest("U0MEMBER", view, "agency-value", typed)

    assert len(bot.payloads) == asked
    assert outcome.error == (None if asked else "query_too_short")


def groups(*options):
    return {"option_groups": [{"label": plain("g"), "options": list(options)}]}


@pytest.mark.parametrize(
    ("answer", "shown"),
    [
        ({"options": []}, True),
        ({"options": [option(str(n)) for n in range(100)]}, True),
        ({"options": [option(str(n)) for n in range(101)]}, False),
        ({"options": [option("v", "x" * 75)]}, True),
        ({"options": [option("v", "x" * 76)]}, False),
        ({"options": [option("x" * 150, "t")]}, True),
        ({"options": [option("x" * 151, "t")]}, False),
        ({"options": [{"text": {"type": "mrkdwn", "text": "t"}, "value": "v"}]}, False),
        (groups(option("a")), True),
        (groups(option("a", "x" * 76)), False),
        (groups(), False),
        ({"options": FOUND, **groups(option("a"))}, False),
        ({"option": FOUND}, False),
        ({"text": "no options"}, False),
        ({}, False),
    ],
)
async def test_an_answer_slack_does_not_take_shows_no_options(answer, shown, view, bot, sandbox):
    bot.answer = answer

    outcome = await sandbox.suggest("U0MEMBER", view, "agency-value", "al")

    offer = view.offers["agency", "agency-value"]
    assert outcome.error == (None if shown else "invalid_arguments")
    assert bool(outcome.detail) is not shown
    given = answer if shown else {}
    assert offer.options == given.get("options", [])
    assert offer.groups == given.get("option_groups", [])


async def test_no_answer_in_time_shows_no_options(clock, http):
    async with Sandbox(clock=clock, seconds=0.01) as sandbox:
        link = f"{sandbox.base_url}/link/?ticket={sandbox.socket.ticket()}"
        async with http.ws_connect(link):
            await sandbox.connected()
            client = AsyncWebClient(token=sandbox.bot_token, base_url=sandbox.api_url)
            view = await open_modal(sandbox, client, modal(entry("agency", ONE)))

            outcome = await sandbox.suggest("U0MEMBER", view, "agency-value", "al")

    assert outcome.error == "operation_timeout"
    assert view.offers["agency", "agency-value"].known == []


async def test_what_an_earlier_search_found_can_still_be_chosen(view, bot, sandbox):
    await sandbox.suggest("U0MEMBER", view, "also-value", "")
    bot.answer = {"options": [option("9", "Beta")]}
    await sandbox.suggest("U0MEMBER", view, "also-value", "beta")

    await sandbox.select("U0MEMBER", view, "also-value", ["7", "Beta"])

    chosen = view.body["state"]["values"]["also"]["also-value"]["selected_options"]
    assert [entry["value"] for entry in chosen] == ["7", "9"]
    with pytest.raises(LookupError, match="no option"):
        await sandbox.select("U0MEMBER", view, "also-value", ["10"])


async def test_what_one_menu_offers_cannot_be_chosen_in_another(view, sandbox):
    await sandbox.suggest("U0MEMBER", view, "agency-value", "al")

    with pytest.raises(LookupError, match="no option"):
        await sandbox.submit("U0MEMBER", view, {"also": ["7"]})


async def test_an_ordinary_menu_is_not_searched(bot, client, sandbox):
    menu = {"type": "static_select", "options": FOUND}
    view = await open_modal(sandbox, client, modal(entry("agency", menu)))

    with pytest.raises(LookupError, match="all there"):
        await sandbox.suggest("U0MEMBER", view, "agency-value", "al")
