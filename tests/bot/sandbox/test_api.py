"""The Web API, by slack-sdk's own client."""

import asyncio

import aiohttp
import pytest
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from bot.sandbox.server import Sandbox

MODAL = {
    "type": "modal",
    "title": {"type": "plain_text", "text": "Register"},
    "callback_id": "register",
    "blocks": [],
}


async def refusal(call):
    with pytest.raises(SlackApiError) as caught:
        await call
    return caught.value.response


async def test_says_whose_token_it_is(client):
    answer = await client.auth_test()

    assert (answer["team_id"], answer["user_id"], answer["bot_id"]) == (
        "T0SANDBOX",
        "U0HTBOT",
        "B0HTBOT",
    )


@pytest.mark.parametrize(
    ("token", "error"),
    [
        (None, "not_authed"),
        ("xoxb-another", "invalid_auth"),
        ("xapp-sandbox", "not_allowed_token_type"),
    ],
)
async def test_another_token_opens_nothing(token, error, sandbox):
    client = AsyncWebClient(token=token, base_url=sandbox.api_url)

    answer = await refusal(client.chat_postMessage(channel="C0GENERAL", text="t"))

    assert answer["error"] == error


async def test_only_the_app_token_opens_a_connection(client, sandbox):
    assert (await refusal(client.apps_connections_open(app_token=sandbox.bot_token)))["error"] == (
        "not_allowed_token_type"
    )

    answer = await client.apps_connections_open(app_token=sandbox.app_token)

    assert answer["url"].startswith("ws://127.0.0.1:")


async def test_a_method_there_is_none_of(client):
    assert (await refusal(client.api_call("chat.sing")))["error"] == "unknown_method"


async def test_a_scope_that_was_not_granted_is_named(client):
    answer = await refusal(client.conversations_open(users="U0MEMBER"))

    assert (answer["error"], answer["needed"]) == ("missing_scope", "im:write")
    assert "chat:write" in answer["provided"]


async def test_fewer_scopes_can_be_granted(clock):
    async with Sandbox(clock=clock, scopes=frozenset({"chat:write"})) as sandbox:
        client = AsyncWebClient(token=sandbox.bot_token, base_url=sandbox.api_url)

        answer = await refusal(client.conversations_info(channel="C0PRIVATE"))

    assert (answer["error"], answer["needed"]) == ("missing_scope", "groups:read")


@pytest.mark.parametrize(
    ("person", "marks"),
    [
        ("U0ADMIN", {"is_admin": True, "is_restricted": False, "deleted": False}),
        ("U0GUEST", {"is_admin": False, "is_restricted": True, "is_ultra_restricted": False}),
        ("U0SINGLE", {"is_restricted": True, "is_ultra_restricted": True}),
        ("U0EXTERN", {"is_stranger": True, "team_id": "T0ELSEWHERE"}),
        ("U0GONE", {"deleted": True}),
        ("U0HTBOT", {"is_bot": True}),
    ],
)
async def test_says_what_kind_of_person_somebody_is(person, marks, client):
    user = (await client.users_info(user=person, include_locale=True))["user"]

    assert {key: user[key] for key in marks} == marks


async def test_people_come_in_pages(client):
    ids, cursor = [], None
    while cursor != "":
        page = await client.users_list(limit=3, cursor=cursor)
        ids += [user["id"] for user in page["members"]]
        cursor = page["response_metadata"]["next_cursor"]

    assert ids[:2] == ["U0ADMIN", "U0COORD"]
    assert (len(ids), len(set(ids))) == (8, 8)


@pytest.mark.parametrize(
    ("channel", "shared", "private"),
    [("C0GENERAL", False, False), ("C0SHARED", True, False), ("C0PRIVATE", False, True)],
)
async def test_says_whether_a_channel_is_shared(channel, shared, private, client):
    answer = (await client.conversations_info(channel=channel))["channel"]

    assert (answer["is_ext_shared"], answer["is_private"]) == (shared, private)


async def test_lists_channels_but_no_private_one_the_bot_is_not_in(client):
    answer = await client.conversations_list(types="public_channel,private_channel")

    ids = {channel["id"] for channel in answer["channels"]}
    assert ids == {"C0GENERAL", "C0PRIVATE", "C0SHARED", "C0QUIET", "C0OLD"}


@pytest.mark.parametrize(
    ("channel", "error"),
    [
        ("C0NOWHERE", "channel_not_found"),
        ("C0SECRET", "channel_not_found"),
        ("C0QUIET", "not_in_channel"),
        ("C0OLD", "is_archived"),
        ("U0NOBODY", "channel_not_found"),
        ("U0EXTERN", "channel_not_found"),
        ("U0HTBOT", "cannot_dm_bot"),
    ],
)
async def test_some_places_cannot_be_written_to(channel, error, client):
    assert (await refusal(client.chat_postMessage(channel=channel, text="t")))["error"] == error


async def test_a_person_is_reached_by_their_id_unless_the_messages_tab_is_off(client, sandbox):
    answer = await client.chat_postMessage(channel="U0MEMBER", text="Meeting Tue 10:00")
    sandbox.workspace.messages_tab = False
    refused = await refusal(client.chat_postMessage(channel="U0MEMBER", text="Again"))

    assert (answer["channel"], answer["message"]["text"]) == ("D0MEMBER", "Meeting Tue 10:00")
    assert refused["error"] == "messages_tab_disabled"
    assert [m.text for m in sandbox.workspace.visible("U0MEMBER")] == ["Meeting Tue 10:00"]
    assert sandbox.workspace.visible("U0ADMIN") == []


async def test_an_ephemeral_message_is_seen_by_one_person_who_must_be_there(client, sandbox):
    await client.chat_postEphemeral(channel="C0GENERAL", user="U0MEMBER", text="Only you")
    refused = await refusal(
        client.chat_postEphemeral(channel="C0GENERAL", user="U0EXTERN", text="You?")
    )

    assert refused["error"] == "user_not_in_channel"
    assert [m.text for m in sandbox.workspace.visible("U0MEMBER")] == ["Only you"]
    assert sandbox.workspace.visible("U0ADMIN") == []


async def test_a_message_is_edited_and_deleted(client, sandbox):
    posted = await client.chat_postMessage(channel="C0GENERAL", text="Old")
    await client.chat_update(channel="C0GENERAL", ts=posted["ts"], text="New")
    [message] = sandbox.workspace.visible("U0MEMBER")
    assert (message.text, message.edited) == ("New", True)

    await client.chat_delete(channel="C0GENERAL", ts=posted["ts"])

    assert sandbox.workspace.visible("U0MEMBER") == []
    gone = await refusal(client.chat_update(channel="C0GENERAL", ts=posted["ts"], text="Newer"))
    assert gone["error"] == "message_not_found"


async def test_forms_and_json_say_the_same(http, sandbox):
    headers = {"Authorization": f"Bearer {sandbox.bot_token}"}
    form = {"channel": "C0GENERAL", "blocks": '[{"type":"divider"}]', "text": "t"}
    async with http.post(f"{sandbox.api_url}chat.postMessage", data=form, headers=headers) as r:
        answer = await r.json()
    async with http.post(
        f"{sandbox.api_url}chat.postMessage", data=form | {"blocks": "[{"}, headers=headers
    ) as r:
        refused = await r.json()

    assert answer["message"]["blocks"][0]["type"] == "divider"
    assert refused["error"] == "invalid_blocks_format"


async def test_every_call_is_remembered(client, sandbox):
    await client.chat_postMessage(channel="C0GENERAL", text="t")

    [call] = sandbox.calls_of("chat.postMessage")
    assert (call.args, call.status, call.answer["ok"]) == (
        {"channel": "C0GENERAL", "text": "t"},
        200,
        True,
    )


async def test_a_trigger_is_good_once_and_for_three_seconds(client, clock, sandbox):
    used, late, just = (sandbox.workspace.trigger("U0MEMBER").id for _ in range(3))
    await client.views_open(trigger_id=used, view=MODAL)

    again = await refusal(client.views_open(trigger_id=used, view=MODAL))
    clock.advance(seconds=3)
    await client.views_open(trigger_id=just, view=MODAL)
    clock.advance(microseconds=1)
    expired = await refusal(client.views_open(trigger_id=late, view=MODAL))
    garbage = await refusal(client.views_open(trigger_id="nonsense", view=MODAL))

    assert [a["error"] for a in (again, expired, garbage)] == [
        "exchanged_trigger_id",
        "expired_trigger_id",
        "invalid_trigger_id",
    ]


async def test_a_refused_view_leaves_its_trigger_good(client, sandbox):
    trigger = sandbox.workspace.trigger("U0MEMBER").id
    await refusal(client.views_open(trigger_id=trigger, view={"type": "modal"}))

    answer = await client.views_open(trigger_id=trigger, view=MODAL)

    assert answer["view"]["state"] == {"values": {}}


async def test_a_view_is_updated_by_its_id_unless_somebody_was_faster(client, sandbox):
    trigger = sandbox.workspace.trigger("U0MEMBER").id
    view = (await client.views_open(trigger_id=trigger, view=MODAL))["view"]
    new = await client.views_update(view_id=view["id"], hash=view["hash"], view=MODAL)

    late = await refusal(client.views_update(view_id=view["id"], hash=view["hash"], view=MODAL))
    nowhere = await refusal(client.views_update(view_id="V0NONE", view=MODAL))

    assert new["view"]["id"] == view["id"]
    assert (late["error"], nowhere["error"]) == ("hash_conflict", "not_found")


async def test_a_home_tab_is_published(client, sandbox):
    await client.views_publish(user_id="U0MEMBER", view={"type": "home", "blocks": []})
    refused = await refusal(client.views_publish(user_id="U0MEMBER", view=MODAL))
    nobody = await refusal(
        client.views_publish(user_id="U0NOBODY", view={"type": "home", "blocks": []})
    )

    assert sandbox.home("U0MEMBER").type == "home"
    assert (refused["error"], nobody["error"]) == ("invalid_arguments", "user_not_found")


async def test_a_call_can_be_made_to_fail(client, sandbox):
    sandbox.fail_next("chat.postMessage", error="internal_error")
    sandbox.fail_next("chat.postMessage", retry_after=30)
    sandbox.fail_next("chat.postMessage", status=503)

    first = await refusal(client.chat_postMessage(channel="C0GENERAL", text="t"))
    second = await refusal(client.chat_postMessage(channel="C0GENERAL", text="t"))
    with pytest.raises(SlackApiError) as third:
        await client.chat_postMessage(channel="C0GENERAL", text="t")
    await client.chat_postMessage(channel="C0GENERAL", text="at last")

    assert first["error"] == "internal_error"
    assert (second["error"], second.status_code) == ("ratelimited", 429)
    assert second.headers["Retry-After"] == "30"
    assert third.value.response.status_code == 503
    assert [m.text for m in sandbox.workspace.messages] == ["at last"]


@pytest.mark.parametrize(("drop", "posted"), [("before", 0), ("after", 1)])
async def test_a_connection_can_be_cut_before_or_after_the_call_took_effect(
    drop, posted, client, sandbox
):
    sandbox.fail_next("chat.postMessage", drop=drop)

    with pytest.raises(aiohttp.ClientError):
        await client.chat_postMessage(channel="C0GENERAL", text="t")

    assert len(sandbox.workspace.messages) == posted
    assert sandbox.calls_of("chat.postMessage")[0].status is None


async def test_a_call_can_be_held_up(client, sandbox):
    loop = asyncio.get_running_loop()
    sandbox.fail_next("api.test", delay=0.05)
    began = loop.time()

    await client.api_test()

    assert loop.time() - began >= 0.05
