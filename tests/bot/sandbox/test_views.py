"""Forms: opened, filled in, refused, replaced, stacked and closed."""

import pytest
from slack_sdk.web.async_client import AsyncWebClient

from bot.sandbox.server import Sandbox
from tests.bot.sandbox.forms import Bot, entry, modal, open_modal, option

OPTIONS = [option("housing"), option("legal")]


FORM = modal(
    entry("name", {"type": "plain_text_input", "max_length": 10}),
    entry("services", {"type": "checkboxes", "options": OPTIONS}, optional=True),
    entry("from", {"type": "datepicker", "initial_date": "2026-11-03"}, optional=True),
    callback_id="register",
    private_metadata="step-1",
)


@pytest.fixture
async def bot(connect):
    bot = Bot()
    await connect(bot)
    return bot


@pytest.fixture
async def view(bot, client, sandbox):
    trigger = sandbox.workspace.trigger("U0MEMBER").id
    await client.views_open(trigger_id=trigger, view=FORM)
    return sandbox.modal("U0MEMBER")


async def test_a_form_is_filled_in_and_submitted(view, bot, sandbox):
    values = {"name": "Ada", "services-value": ["legal"]}

    outcome = await sandbox.submit("U0MEMBER", view, values)

    [payload] = bot.payloads
    assert outcome.error is None
    assert (payload["type"], payload["view"]["callback_id"]) == ("view_submission", "register")
    assert payload["view"]["private_metadata"] == "step-1"
    assert payload["view"]["state"]["values"] == {
        "name": {"name-value": {"type": "plain_text_input", "value": "Ada"}},
        "services": {"services-value": {"type": "checkboxes", "selected_options": [OPTIONS[1]]}},
        "from": {"from-value": {"type": "datepicker", "selected_date": "2026-11-03"}},
    }
    assert sandbox.modal("U0MEMBER") is None


@pytest.mark.parametrize("values", [{}, {"name": ""}, {"name": "x" * 11}])
async def test_slack_itself_sends_no_form_with_something_missing(values, view, bot, sandbox):
    outcome = await sandbox.submit("U0MEMBER", view, values)

    assert (outcome.error, list(view.errors), bot.payloads) == ("missing_required", ["name"], [])
    assert sandbox.modal("U0MEMBER") is view


async def test_errors_stand_at_their_inputs(view, bot, sandbox):
    bot.answer = {"response_action": "errors", "errors": {"name": "Already taken."}}

    outcome = await sandbox.submit("U0MEMBER", view, {"name": "Ada"})

    assert (outcome.error, view.errors) == (None, {"name": "Already taken."})
    assert sandbox.modal("U0MEMBER") is view


@pytest.mark.parametrize(
    "answer",
    [
        {"response_action": "errors", "errors": {"nowhere": "Wrong key."}},
        {"response_action": "errors", "errors": {}},
        {"response_action": "dance"},
        {"response_action": "update", "view": {"type": "modal"}},
        {"text": "a message"},
    ],
)
async def test_a_wrong_acknowledgement_leaves_the_form_open(answer, view, bot, sandbox):
    bot.answer = answer

    outcome = await sandbox.submit("U0MEMBER", view, {"name": "Ada"})

    assert outcome.error == "invalid_arguments"
    assert sandbox.modal("U0MEMBER") is view


async def test_a_form_is_replaced_and_keeps_what_was_typed(view, bot, sandbox):
    bot.answer = {"response_action": "update", "view": modal(*FORM["blocks"], callback_id="two")}

    await sandbox.submit("U0MEMBER", view, {"name": "Ada"})

    shown = sandbox.modal("U0MEMBER")
    assert (shown.id, shown.body["callback_id"]) == (view.id, "two")
    assert shown.body["state"]["values"]["name"]["name-value"]["value"] == "Ada"


async def test_forms_are_stacked_and_cleared_together(view, bot, sandbox):
    bot.answer = {"response_action": "push", "view": modal()}
    pushed = await sandbox.submit("U0MEMBER", view, {"name": "Ada"})
    top = pushed.views[-1]
    bot.answer = {"response_action": "clear"}

    await sandbox.submit("U0MEMBER", top)

    assert pushed.views == []
    assert top.body["previous_view_id"] == top.body["root_view_id"] == view.id
    assert sandbox.modal("U0MEMBER") is None


async def test_the_bot_hears_of_a_closed_form_only_if_it_wants_to(view, bot, client, sandbox):
    await sandbox.close("U0MEMBER", view)
    trigger = sandbox.workspace.trigger("U0MEMBER").id
    await client.views_open(trigger_id=trigger, view=modal(notify_on_close=True))

    await sandbox.close("U0MEMBER", sandbox.modal("U0MEMBER"))

    assert [(p["type"], p["is_cleared"]) for p in bot.payloads] == [("view_closed", False)]


async def test_a_menu_in_a_form_sends_what_was_chosen(bot, client, sandbox):
    menu = {"type": "static_select", "action_id": "kind", "options": OPTIONS}
    trigger = sandbox.workspace.trigger("U0MEMBER").id
    view = modal({"type": "actions", "block_id": "row", "elements": [menu]})
    await client.views_open(trigger_id=trigger, view=view)

    outcome = await sandbox.select("U0MEMBER", sandbox.modal("U0MEMBER"), "kind", "Legal")

    [payload] = bot.payloads
    assert outcome.error is None
    assert payload["container"] == {"type": "view", "view_id": payload["view"]["id"]}
    assert payload["actions"][0]["selected_option"] == OPTIONS[1]
    assert "response_url" not in payload
    with pytest.raises(LookupError, match="no option"):
        await sandbox.select("U0MEMBER", sandbox.modal("U0MEMBER"), "kind", "dental")


async def test_a_press_in_a_form_may_push_another(view, bot, client, sandbox):
    trigger = sandbox.workspace.trigger("U0MEMBER", from_modal=True).id

    pushed = await client.views_push(trigger_id=trigger, view=modal())

    assert pushed["view"]["previous_view_id"] == view.id


async def test_home_is_opened_and_then_published(bot, client, sandbox):
    outcome = await sandbox.open_home("U0MEMBER")
    assert outcome.views == []

    await client.views_publish(user_id="U0MEMBER", view={"type": "home", "blocks": []})

    home = await sandbox.wait_for_view("U0MEMBER", after=outcome, kind="home")
    assert bot.payloads[0]["event"]["tab"] == "home"
    assert outcome.views == [home]


@pytest.mark.parametrize(
    "element",
    [
        {"type": "email_text_input"},
        {"type": "static_select", "options": [option("a"), option("b")]},
        {"type": "plain_text_input"},
    ],
)
async def test_what_was_typed_stays_only_in_an_input_it_fits(element, bot, client, sandbox):
    menu = {"type": "static_select", "options": [option("a"), option("c")]}
    view = await open_modal(sandbox, client, modal(entry("kind", menu)))
    fresh = dict.fromkeys(("value", "selected_option"))
    bot.answer = {"response_action": "update", "view": modal(entry("kind", element))}

    await sandbox.submit("U0MEMBER", view, {"kind": "c"})

    held = dict(view.body["state"]["values"]["kind"]["kind-value"])
    assert held.pop("type") == element["type"]
    assert held.items() <= fresh.items()


async def test_a_form_that_was_closed_meanwhile_stays_closed(connect, client, sandbox):
    async def close_first(_):
        await sandbox.close("U0MEMBER", sandbox.modal("U0MEMBER"))
        return {"response_action": "push", "view": modal()}

    await connect(close_first)
    view = await open_modal(sandbox, client, modal(entry("name", {"type": "plain_text_input"})))

    outcome = await sandbox.submit("U0MEMBER", view, {"name": "Ada"})

    assert (outcome.error, sandbox.modal("U0MEMBER")) == (None, None)


async def test_a_submission_says_which_view_it_was_and_where_to_answer(bot, client, sandbox):
    where = {"type": "conversations_select", "response_url_enabled": True}
    view = await open_modal(
        sandbox,
        client,
        modal(entry("where", where), private_metadata="m", external_id="x", callback_id="c"),
    )

    await sandbox.submit("U0MEMBER", view, {"where": "C0GENERAL"})

    [payload] = bot.payloads
    [address] = payload["response_urls"]
    assert address["response_url"].startswith(sandbox.base_url)
    assert (address["block_id"], address["action_id"]) == ("where", "where-value")
    assert address["channel_id"] == "C0GENERAL"
    shown = {key: payload["view"][key] for key in ("id", "root_view_id", "previous_view_id")}
    assert shown == {"id": view.id, "root_view_id": view.id, "previous_view_id": None}
    assert (payload["view"]["private_metadata"], payload["view"]["external_id"]) == ("m", "x")
    assert payload["view"]["hash"] == view.body["hash"]
    assert payload["trigger_id"] in sandbox.workspace.triggers


async def test_a_submission_acknowledged_too_late_keeps_the_form(clock, http):
    async with Sandbox(clock=clock, seconds=0.01) as sandbox:
        link = f"{sandbox.base_url}/link/?ticket={sandbox.socket.ticket()}"
        async with http.ws_connect(link):
            await sandbox.connected()
            client = AsyncWebClient(token=sandbox.bot_token, base_url=sandbox.api_url)
            form = modal(entry("name", {"type": "plain_text_input"}))
            view = await open_modal(sandbox, client, form)

            outcome = await sandbox.submit("U0MEMBER", view, {"name": "Ada"})

        assert (outcome.error, sandbox.modal("U0MEMBER")) == ("operation_timeout", view)
        assert view.body["state"]["values"]["name"]["name-value"]["value"] == "Ada"
