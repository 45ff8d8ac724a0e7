"""Socket Mode, by slack-sdk's own client."""

import asyncio

import aiohttp
import pytest

from bot.sandbox.server import Sandbox

SECTION = {"type": "section", "text": {"type": "mrkdwn", "text": "Call *911* first."}}
BUTTON = {
    "type": "button",
    "action_id": "more",
    "value": "page-2",
    "text": {"type": "plain_text", "text": "More"},
}


async def test_a_command_reaches_the_bot_and_its_acknowledgement_becomes_a_message(
    sandbox, connect
):
    requests = []

    async def answer(request):
        requests.append(request)
        return {"text": "Call 911 first.", "blocks": [SECTION]}

    await connect(answer)

    outcome = await sandbox.command("U0MEMBER", "/ht", "hotline", channel="C0GENERAL")

    assert outcome.error is None
    assert [(m.to, m.channel, m.text, m.via) for m in outcome.messages] == [
        ("U0MEMBER", "C0GENERAL", "Call 911 first.", "ack")
    ]
    assert requests[0].type == "slash_commands"
    assert requests[0].accepts_response_payload is True
    assert requests[0].payload == {
        "token": "verification-token-nobody-should-use",
        "team_id": "T0SANDBOX",
        "team_domain": "sandbox",
        "channel_id": "C0GENERAL",
        "channel_name": "general",
        "user_id": "U0MEMBER",
        "user_name": "member",
        "command": "/ht",
        "text": "hotline",
        "api_app_id": "A0HTBOT",
        "is_enterprise_install": "false",
        "response_url": outcome.payload["response_url"],
        "trigger_id": outcome.payload["trigger_id"],
    }


async def test_what_is_typed_is_escaped_and_names_are_resolved(sandbox, connect):
    texts = asyncio.Queue()

    async def answer(request):
        await texts.put(request.payload["text"])
        return {}

    await connect(answer)

    await sandbox.command("U0MEMBER", "/ht", "  remind @guest in #leads <!channel> & me@admin ")

    assert await texts.get() == (
        "remind <@U0GUEST|guest> in <#C0PRIVATE|leads> &lt;!channel&gt; &amp; me@admin"
    )


async def test_a_command_nobody_acknowledges_times_out(clock):
    async with Sandbox(clock=clock, seconds=0.05) as sandbox, aiohttp.ClientSession() as session:
        async with session.ws_connect(sandbox._socket_url()):
            await sandbox.connected()

            outcome = await sandbox.command("U0MEMBER", "/ht")

        assert (outcome.error, outcome.messages) == ("operation_timeout", [])


async def test_a_command_without_a_bot_is_not_dispatched(sandbox):
    outcome = await sandbox.command("U0MEMBER", "/ht")

    assert (outcome.error, outcome.status) == ("dispatch_failed", None)


@pytest.mark.parametrize("person", ["U0EXTERN", "U0GONE"])
async def test_some_people_can_type_no_command(person, sandbox, connect):
    async def answer(request):
        return {"text": "Seen."}

    await connect(answer)

    refused = await sandbox.command(person, "/ht", channel="C0SHARED")
    forced = await sandbox.command(person, "/ht", channel="C0SHARED", force=True)

    assert (refused.error, refused.messages) == ("not_allowed", [])
    assert (forced.error, len(forced.messages)) == (None, 1)


async def test_a_bad_acknowledgement_is_shown_to_nobody_and_reported_to_the_test_alone(
    sandbox, connect
):
    async def answer(request):
        return {"blocks": [SECTION, {"type": "markdown", "text": "# No"}], "text": "No"}

    await connect(answer)

    outcome = await sandbox.command("U0MEMBER", "/ht")

    assert outcome.error == "invalid_blocks"
    assert outcome.detail == ["markdown in an acknowledgement [json-pointer:/blocks/1/type]"]
    assert outcome.messages == []


async def test_an_answer_in_channel_also_shows_what_was_typed(sandbox, connect):
    async def answer(request):
        return {"text": "Everybody sees this.", "response_type": "in_channel"}

    await connect(answer)

    await sandbox.command("U0MEMBER", "/ht", "hotline", channel="C0GENERAL")

    seen = sandbox.workspace.visible("U0GUEST", channel="C0GENERAL")
    assert [message.text for message in seen] == ["/ht hotline", "Everybody sees this."]


async def test_a_press_on_an_ephemeral_message_names_its_place_but_not_its_content(
    sandbox, connect
):
    async def answer(request):
        if request.type == "slash_commands":
            blocks = [SECTION, {"type": "actions", "block_id": "a", "elements": [BUTTON]}]
            return {"text": "Page 1", "blocks": blocks}
        return {}

    await connect(answer)
    first = await sandbox.command("U0MEMBER", "/ht", channel="C0GENERAL")

    outcome = await sandbox.press("U0MEMBER", first.message, "more")

    payload = outcome.payload
    assert payload["container"] == {
        "type": "message",
        "message_ts": first.message.ts,
        "channel_id": "C0GENERAL",
        "is_ephemeral": True,
    }
    assert "message" not in payload
    assert payload["user"]["team_id"] == "T0SANDBOX"
    assert [(a["action_id"], a["block_id"], a["value"]) for a in payload["actions"]] == [
        ("more", "a", "page-2")
    ]


async def test_an_envelope_can_come_twice(sandbox, connect):
    seen = asyncio.Queue()

    async def answer(request):
        await seen.put(request.envelope_id)
        return {}

    await connect(answer)
    await sandbox.command("U0MEMBER", "/ht")

    await sandbox.socket.again(sandbox.socket.envelopes[-1])

    assert await seen.get() == await seen.get()


async def test_a_client_comes_back_when_it_is_told_to(sandbox, connect):
    async def answer(request):
        return {"text": "Still here."}

    await connect(answer)
    first = sandbox.socket.live[0]

    await sandbox.socket.disconnect()
    await sandbox.workspace.bell.wait_for(
        lambda: [c for c in sandbox.socket.live if c is not first] or None, seconds=5
    )
    outcome = await sandbox.command("U0MEMBER", "/ht")

    assert outcome.message.text == "Still here."


async def test_the_eleventh_connection_is_turned_away(sandbox, http):
    connections = [await http.ws_connect(sandbox._socket_url()) for _ in range(11)]
    greetings = [(await connection.receive_json())["type"] for connection in connections]

    assert greetings == ["hello"] * 10 + ["disconnect"]


async def test_a_ticket_opens_one_connection(sandbox, http):
    url = sandbox._socket_url()
    await http.ws_connect(url)

    with pytest.raises(aiohttp.WSServerHandshakeError) as caught:
        await http.ws_connect(url)

    assert caught.value.status == 403


async def test_an_event_reaches_the_bot(sandbox, connect):
    events = asyncio.Queue()

    async def answer(request):
        await events.put(request.payload)
        return {}

    await connect(answer)

    outcome = await sandbox.event("user_change", user={"id": "U0GONE", "deleted": True})

    payload = await events.get()
    assert outcome.error is None
    assert payload["type"] == "event_callback"
    assert payload["event"]["user"] == {"id": "U0GONE", "deleted": True}
