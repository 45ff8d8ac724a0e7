"""The addresses Slack gives a bot to answer at."""

import pytest
from slack_sdk.webhook.async_client import AsyncWebhookClient

CHART = {
    "type": "data_visualization",
    "title": "Calls",
    "chart": {"type": "pie", "segments": [{"label": "2024", "value": 7}]},
}
MORE = {
    "type": "actions",
    "elements": [
        {
            "type": "button",
            "action_id": "more",
            "text": {"type": "plain_text", "text": "More"},
        }
    ],
}


@pytest.fixture
async def asked(sandbox, connect):
    """A command that was acknowledged with nothing, so that its answer has yet to come."""

    async def answer(request):
        return {}

    await connect(answer)
    return await sandbox.command("U0MEMBER", "/ht", channel="C0GENERAL")


@pytest.fixture
def webhook(asked):
    return AsyncWebhookClient(asked.payload["response_url"], retry_handlers=[])


async def test_an_answer_is_seen_by_the_asker_alone(asked, webhook, sandbox):
    assert asked.messages == []

    response = await webhook.send(text="Here it is.")

    message = await sandbox.wait_for_answer(asked)
    assert (response.status_code, response.body) == (200, "ok")
    assert (message.text, message.to, message.via) == ("Here it is.", "U0MEMBER", "response_url")
    assert await sandbox.wait_for_message("U0MEMBER", after=asked) is message


async def test_an_answer_can_be_for_the_channel_even_one_the_bot_is_not_in(sandbox, connect):
    async def answer(request):
        return {}

    await connect(answer)
    asked = await sandbox.command("U0MEMBER", "/ht", channel="C0QUIET")

    await AsyncWebhookClient(asked.payload["response_url"]).send(
        text="For all.", response_type="in_channel"
    )

    assert [m.text for m in sandbox.workspace.visible("U0ADMIN", channel="C0QUIET")] == ["For all."]


async def test_an_address_is_good_for_five_answers(asked, webhook):
    responses = [await webhook.send(text=str(n)) for n in range(6)]

    assert [r.status_code for r in responses] == [200, 200, 200, 200, 200, 404]
    assert responses[-1].body == '{"ok": false, "error": "used_url"}'
    assert [m.text for m in asked.messages] == ["0", "1", "2", "3", "4"]


async def test_an_address_is_good_for_half_an_hour(webhook, clock):
    clock.advance(minutes=30)
    last = await webhook.send(text="Just in time")
    clock.advance(microseconds=1)
    late = await webhook.send(text="Too late")

    assert (last.status_code, late.status_code) == (200, 404)
    assert "expired_url" in late.body


async def test_an_address_that_never_was(sandbox):
    response = await AsyncWebhookClient(f"{sandbox.base_url}/response/T/1/2").send(text="t")

    assert (response.status_code, "no_service" in response.body) == (404, True)


async def test_refused_blocks_are_reported_and_cost_no_use(asked, webhook):
    bad = await webhook.send(text="t", blocks=[CHART | {"title": ""}])
    good = await webhook.send(text="t", blocks=[CHART])

    assert (bad.status_code, "invalid_blocks" in bad.body) == (400, True)
    assert good.status_code == 200
    assert [m.blocks[0]["type"] for m in asked.messages] == ["data_visualization"]


@pytest.mark.parametrize("blocks", [[], None])
async def test_an_empty_answer_is_refused(blocks, webhook):
    response = await webhook.send(blocks=blocks)

    assert (response.status_code, "no_text" in response.body) == (400, True)


async def test_a_pressed_message_is_replaced_or_deleted(asked, webhook, sandbox):
    await webhook.send(text="Page 1", blocks=[MORE])
    pressed = await sandbox.press("U0MEMBER", asked.message, "more")
    again = AsyncWebhookClient(pressed.payload["response_url"])

    await again.send(text="Page 2", blocks=[MORE], replace_original=True)
    shown = [m.text for m in sandbox.workspace.visible("U0MEMBER")]
    await again.send(delete_original=True)

    assert shown == ["Page 2"]
    assert pressed.payload["container"]["is_ephemeral"] is True
    assert sandbox.workspace.visible("U0MEMBER") == []


async def test_without_replace_original_the_answer_is_a_new_message(asked, webhook, sandbox):
    await webhook.send(text="Page 1", blocks=[MORE])
    pressed = await sandbox.press("U0MEMBER", asked.message, "more")

    await AsyncWebhookClient(pressed.payload["response_url"]).send(text="Page 2")

    assert [m.text for m in sandbox.workspace.visible("U0MEMBER")] == ["Page 1", "Page 2"]


async def test_an_answer_can_be_made_to_fail(asked, webhook, sandbox):
    sandbox.fail_next("response_url", status=500)

    first = await webhook.send(text="t")
    second = await webhook.send(text="t")

    assert (first.status_code, second.status_code) == (500, 200)
    assert len(sandbox.calls_of("response_url")) == 2
