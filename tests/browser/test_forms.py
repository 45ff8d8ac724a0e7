"""
Forms on the sandbox's page, filled in by hand in a real browser, for a small bot
of the test's own.
"""

from collections.abc import AsyncIterator

import pytest
from playwright.async_api import Page, expect
from slack_sdk.socket_mode.aiohttp import SocketModeClient
from slack_sdk.socket_mode.request import SocketModeRequest
from slack_sdk.socket_mode.response import SocketModeResponse
from slack_sdk.web.async_client import AsyncWebClient

from bot.clock import utc_now
from bot.sandbox.server import Sandbox
from bot.sandbox.shortcuts import Shortcut

DESKTOP = {"width": 1280, "height": 900}
PHONE = {"width": 390, "height": 844}
OVERFLOW = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
AGENCIES = ("Alpha House", "Alliance for Youth", "Not listed")


def plain(text):
    return {"type": "plain_text", "text": text}


def option(text):
    return {"text": plain(text), "value": text.lower()}


def entry(name, kind, **fields):
    optional = {"optional": True} if fields.pop("optional", False) else {}
    element = {"type": kind, "action_id": "value", **fields}
    return {
        "type": "input",
        "block_id": name,
        "label": plain(name),
        "element": element,
        **optional,
    }


OPTIONS = [option("Housing"), option("Legal"), option("Medical")]
FIRST = {
    "type": "modal",
    "callback_id": "first",
    "title": plain("Register"),
    "submit": plain("Next"),
    "close": plain("Cancel"),
    "blocks": [
        entry("Name", "plain_text_input"),
        entry("Agency", "external_select", min_query_length=2),
        entry("Also with", "multi_external_select", min_query_length=0, optional=True),
        entry("Email", "email_text_input"),
        entry("Site", "url_text_input", optional=True),
        entry("Beds", "number_input", is_decimal_allowed=False, min_value="1"),
        entry("Services", "checkboxes", options=OPTIONS),
        entry("Visible to", "radio_buttons", options=OPTIONS[:2]),
        entry("Role", "static_select", options=OPTIONS),
        entry("Languages", "multi_static_select", options=OPTIONS),
        entry("Owner", "users_select"),
        entry("From", "datepicker"),
        entry("Opens", "timepicker"),
    ],
}
SECOND = {
    "type": "modal",
    "callback_id": "second",
    "title": plain("Almost done"),
    "submit": plain("Finish"),
    "blocks": [entry("Code", "plain_text_input")],
}


class Bot:
    """
    Opens a form in two steps, offers agencies, and takes one code only.
    """

    def __init__(self, web: AsyncWebClient) -> None:
        self.web = web
        self.values: dict[str, object] = {}

    async def answer(self, payload):
        if payload["type"] == "shortcut":
            await self.web.views_open(trigger_id=payload["trigger_id"], view=FIRST)
        elif payload["type"] == "block_suggestion":
            typed = payload["value"].lower()
            return {"options": [option(name) for name in AGENCIES if typed in name.lower()]}
        elif payload["type"] == "view_submission":
            return self.submitted(payload["view"])
        return {}

    def submitted(self, view):
        values = {block: actions["value"] for block, actions in view["state"]["values"].items()}
        if view["callback_id"] == "first":
            self.values = values
            return {"response_action": "update", "view": SECOND}
        if values["Code"]["value"] != "42":
            return {"response_action": "errors", "errors": {"Code": "That is not the code."}}
        return {}


@pytest.fixture
async def bot() -> Bot:
    return Bot(AsyncWebClient())


@pytest.fixture
async def sandbox(bot: Bot) -> AsyncIterator[Sandbox]:
    """
    A workspace with the small bot connected to it.
    """
    shortcut = Shortcut(name="Register me", callback_id="register")
    async with Sandbox(clock=utc_now, shortcuts=[shortcut]) as sandbox:
        bot.web = AsyncWebClient(token=sandbox.bot_token, base_url=sandbox.api_url)
        client = SocketModeClient(app_token=sandbox.app_token, web_client=bot.web)

        async def take(_: object, request: SocketModeRequest) -> None:
            known = request.type == "interactive"
            payload = await bot.answer(request.payload) if known else {}
            await client.send_socket_mode_response(
                SocketModeResponse(envelope_id=request.envelope_id, payload=payload)
            )

        client.socket_mode_request_listeners.append(take)
        await client.connect()
        await sandbox.connected()
        yield sandbox
        await client.close()


async def go(page: Page, name: str) -> None:
    async with page.expect_navigation():
        await page.get_by_role("button", name=name).click()


async def open_form(page: Page):
    await page.get_by_text("Shortcuts").click()
    await go(page, "Register me")
    return page.get_by_role("dialog")


async def fill(page: Page, form) -> None:
    await form.get_by_label("Name").fill("Ada")
    await form.get_by_label("Agency", exact=True).fill("al")
    await go(page, "Search Agency")
    await form.get_by_label("Agency: found").select_option("Alpha House")
    await form.get_by_label("Also with: search").fill("youth")
    await go(page, "Search Also with")
    await form.get_by_label("Alliance for Youth").check()
    await form.get_by_label("Email").fill("ada@county.example")
    await form.get_by_label("Beds").fill("12")
    for group in ("Services", "Languages"):
        boxes = form.get_by_role("group", name=group)
        await boxes.get_by_label("Housing").check()
        await boxes.get_by_label("Medical").check()
    await form.get_by_role("radiogroup", name="Visible to").get_by_label("Legal").check()
    await form.get_by_label("Role").select_option("Legal")
    await form.get_by_label("Owner").select_option("Ada Admin")
    await form.get_by_label("From").fill("2026-12-31")
    await form.get_by_label("Opens").fill("09:30")


@pytest.mark.parametrize("script", [True, False])
@pytest.mark.parametrize("window", [DESKTOP, PHONE])
async def test_a_form_of_every_input_is_filled_in_and_sent_in_two_steps(visit, bot, window, script):
    page = await visit(**window, script=script)
    form = await open_form(page)

    await fill(page, form)
    if script:
        assert await page.evaluate(OVERFLOW) == 0
    await go(page, "Next")
    await expect(form.get_by_role("heading", name="Almost done")).to_be_visible()
    await form.get_by_label("Code").fill("41")
    await go(page, "Finish")
    await expect(form.get_by_label("Code")).to_have_accessible_description("That is not the code.")
    await form.get_by_label("Code").fill("42")
    await go(page, "Finish")

    await expect(form).to_have_count(0)
    chosen = {
        block: next(v for k, v in state.items() if k != "type")
        for block, state in bot.values.items()
    }
    assert chosen == {
        "Name": "Ada",
        "Agency": option("Alpha House"),
        "Also with": [option("Alliance for Youth")],
        "Email": "ada@county.example",
        "Site": None,
        "Beds": "12",
        "Services": [OPTIONS[0], OPTIONS[2]],
        "Visible to": OPTIONS[1],
        "Role": OPTIONS[1],
        "Languages": [OPTIONS[0], OPTIONS[2]],
        "Owner": "U0ADMIN",
        "From": "2026-12-31",
        "Opens": "09:30",
    }


async def test_a_search_is_made_and_answered_with_the_keyboard_alone(visit, bot):
    page = await visit(**PHONE)
    form = await open_form(page)
    await expect(form.get_by_role("heading")).to_be_focused()

    await page.keyboard.press("Tab")
    await page.keyboard.type("Ada")
    await page.keyboard.press("Tab")
    await page.keyboard.type("al")
    async with page.expect_navigation():
        await page.keyboard.press("Enter")

    found = form.get_by_label("Agency: found")
    await expect(found).to_be_focused()
    await expect(found.get_by_role("option")).to_have_text(
        ["Choose…", "Alpha House", "Alliance for Youth"]
    )
    await expect(form.get_by_label("Name")).to_have_value("Ada")
    assert bot.values == {}


async def test_the_first_field_that_is_wrong_is_where_one_goes_on(visit, bot):
    page = await visit(**PHONE)
    form = await open_form(page)
    await form.get_by_label("Name").fill("Ada")
    await form.get_by_label("Beds").fill("0")

    await go(page, "Next")

    agency = form.get_by_label("Agency", exact=True)
    await expect(agency).to_be_focused()
    await expect(agency).to_have_accessible_description("Please complete this required field.")
    await expect(form.get_by_label("Beds")).to_have_accessible_description(
        "Please enter 1 or more."
    )
    assert bot.values == {}


async def test_a_form_drawn_anew_keeps_what_is_being_typed(visit, bot, sandbox):
    page = await visit()
    form = await open_form(page)
    await form.get_by_label("Name").fill("Ada")
    view = sandbox.modal("U0MEMBER")

    changed = {**FIRST, "title": plain("Register now")}
    await bot.web.views_update(view_id=view.id, view=changed)

    await expect(form.get_by_role("heading", name="Register now")).to_be_visible()
    await expect(form.get_by_label("Name")).to_have_value("Ada")
    await expect(form.get_by_label("Name")).to_be_focused()


async def test_what_others_do_leaves_a_form_alone(visit, bot, sandbox):
    page = await visit()
    form = await open_form(page)
    await go(page, "Next")
    await form.get_by_label("Email").fill("ada@county.example")

    await bot.web.chat_postMessage(channel="C0GENERAL", text="Somebody else was here")

    await expect(page.get_by_text("Somebody else was here")).to_be_attached()
    await expect(form.get_by_label("Email")).to_be_focused()
    await expect(form.get_by_label("Email")).to_have_value("ada@county.example")


async def test_an_account_is_deactivated_from_the_page_and_others_go_on(visit):
    page = await visit("U0COORD", **PHONE)
    await page.get_by_text("Account", exact=True).click()

    await go(page, "Deactivate Cora Coordinator")

    await expect(page.get_by_text("is deactivated: nothing is shown")).to_be_visible()
    await expect(page.get_by_label("Command")).to_be_disabled()
    await page.get_by_label("You are").select_option("Ada Admin (admin)")
    await go(page, "Switch")
    await expect(page.get_by_label("Command")).to_be_enabled()
