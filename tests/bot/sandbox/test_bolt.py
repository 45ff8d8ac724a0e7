"""A bot made with Bolt, as ours is, from command to form and back."""

import pytest
from slack_bolt.adapter.socket_mode.async_handler import AsyncSocketModeHandler
from slack_bolt.async_app import AsyncApp
from slack_sdk.web.async_client import AsyncWebClient

from bot.sandbox.shortcuts import Shortcut
from tests.bot.sandbox.forms import entry, modal, option

NAME = {
    "type": "input",
    "block_id": "name",
    "label": {"type": "plain_text", "text": "Name"},
    "element": {"type": "plain_text_input", "action_id": "value"},
}
FORM = {
    "type": "modal",
    "callback_id": "register",
    "title": {"type": "plain_text", "text": "Register"},
    "submit": {"type": "plain_text", "text": "Save"},
    "blocks": [NAME],
}
SEARCH = modal(
    entry("agency", {"type": "external_select", "action_id": "agency"}),
    callback_id="search",
    notify_on_close=True,
)
REGISTER = {
    "type": "actions",
    "elements": [
        {
            "type": "button",
            "action_id": "register",
            "text": {"type": "plain_text", "text": "Register"},
        }
    ],
}


@pytest.fixture
async def app(sandbox):
    app = AsyncApp(client=AsyncWebClient(token=sandbox.bot_token, base_url=sandbox.api_url))

    @app.command("/ht")
    async def command(ack, respond):
        await ack(text="Welcome.", blocks=[REGISTER])
        await respond(text="More.")

    @app.action("register")
    async def open_form(ack, body, client):
        await ack()
        await client.views_open(trigger_id=body["trigger_id"], view=FORM)

    @app.view("register")
    async def save(ack, body, client, view):
        name = view["state"]["values"]["name"]["value"]["value"]
        if name == "Ada":
            await ack(response_action="errors", errors={"name": "Already taken."})
            return
        await ack()
        await client.chat_postMessage(channel=body["user"]["id"], text=f"Saved {name}.")

    @app.shortcut("search")
    async def search(ack, body, client):
        await client.views_open(trigger_id=body["trigger_id"], view=SEARCH)
        await ack()

    @app.options("agency")
    async def offer(ack, payload):
        await ack(options=[option(payload["value"])])

    @app.view("search")
    async def found(ack, view, client):
        await ack(response_action="clear")

    @app.view_closed("search")
    async def closed(ack, body, client):
        await ack()
        await client.chat_postMessage(channel=body["user"]["id"], text="Closed.")

    @app.event("user_change")
    async def changed(event, client):
        await client.chat_postMessage(channel="C0GENERAL", text=f"Gone: {event['user']['name']}")

    @app.event("app_home_opened")
    async def home(event, client):
        await client.views_publish(user_id=event["user"], view={"type": "home", "blocks": []})

    handler = AsyncSocketModeHandler(app, sandbox.app_token)
    await handler.connect_async()
    await sandbox.connected()
    yield app
    await handler.close_async()


@pytest.mark.usefixtures("app")
async def test_a_story_from_command_to_form_and_back(sandbox):
    asked = await sandbox.command("U0MEMBER", "/ht", "register")
    await sandbox.wait_for_answer(asked, count=2)
    # Which of them comes first is Bolt's choice: it looks for the acknowledgement every 10 ms.
    [welcome] = [message for message in asked.messages if message.via == "ack"]
    assert {(m.text, m.via) for m in asked.messages} == {
        ("Welcome.", "ack"),
        ("More.", "response_url"),
    }

    pressed = await sandbox.press("U0MEMBER", welcome, "register")
    view = await sandbox.wait_for_view("U0MEMBER", after=pressed)
    refused = await sandbox.submit("U0MEMBER", view, {"name": "Ada"})
    assert (refused.error, view.errors) == (None, {"name": "Already taken."})

    saved = await sandbox.submit("U0MEMBER", view, {"name": "Eve"})
    told = await sandbox.wait_for_message("U0MEMBER", channel="D0MEMBER", after=saved.after)
    assert (saved.error, told.text, sandbox.modal("U0MEMBER")) == (None, "Saved Eve.", None)


@pytest.mark.usefixtures("app")
async def test_home_is_published_after_it_was_opened(sandbox):
    opened = await sandbox.open_home("U0MEMBER")

    home = await sandbox.wait_for_view("U0MEMBER", after=opened, kind="home")

    assert (opened.error, home.person) == (None, "U0MEMBER")


@pytest.mark.usefixtures("app")
async def test_a_shortcut_leads_to_a_form_with_a_search(sandbox):
    sandbox.workspace.shortcuts["search"] = Shortcut(name="Search", callback_id="search")

    used = await sandbox.shortcut("U0MEMBER", "search")
    searched = await sandbox.suggest("U0MEMBER", used.views[-1], "agency", "alpha")
    sent = await sandbox.submit("U0MEMBER", used.views[-1], {"agency": "alpha"})

    assert (used.error, searched.error, sent.error) == (None, None, None)
    assert searched.body == {"options": [option("alpha")]}
    assert sandbox.modal("U0MEMBER") is None


@pytest.mark.usefixtures("app")
async def test_a_form_that_is_closed_is_heard_of(sandbox):
    sandbox.workspace.shortcuts["search"] = Shortcut(name="Search", callback_id="search")
    used = await sandbox.shortcut("U0MEMBER", "search")

    closed = await sandbox.close("U0MEMBER", used.views[-1])

    told = await sandbox.wait_for_message("U0MEMBER", channel="D0MEMBER", after=closed.after)
    assert told.text == "Closed."


@pytest.mark.usefixtures("app")
async def test_a_deactivated_account_is_heard_of(sandbox):
    gone = await sandbox.deactivate("U0COORD")

    told = await sandbox.wait_for_message("U0ADMIN", after=gone.after)
    assert told.text == "Gone: coordinator"
