"""Accounts that are deactivated and given back."""

import pytest
from slack_sdk.errors import SlackApiError

from tests.bot.sandbox.forms import Bot, modal, open_modal


@pytest.fixture
async def bot(connect):
    bot = Bot()
    await connect(bot)
    return bot


async def test_the_bot_hears_of_a_deactivated_account_with_the_whole_user(bot, client, sandbox):
    outcome = await sandbox.deactivate("U0COORD")

    [payload] = bot.payloads
    event = payload["event"]
    user = (await client.users_info(user="U0COORD"))["user"]
    assert outcome.error is None
    assert event["type"] == "user_change"
    assert event["user"] == user
    assert (user["deleted"], user["name"], user["team_id"]) == (True, "coordinator", "T0SANDBOX")
    assert event["cache_ts"] == user["updated"] == int(sandbox.workspace.clock().timestamp())
    assert "is_restricted" not in user


async def test_who_is_reactivated_is_what_they_were(bot, client, sandbox):
    before = (await client.users_info(user="U0GUEST"))["user"]
    await sandbox.deactivate("U0GUEST")

    await sandbox.reactivate("U0GUEST")

    after = (await client.users_info(user="U0GUEST"))["user"]
    assert [payload["event"]["user"]["deleted"] for payload in bot.payloads] == [True, False]
    assert after == {**before, "updated": after["updated"]}
    assert (await client.chat_postMessage(channel="U0GUEST", text="Back"))["ok"]


async def test_nobody_is_deactivated_or_reactivated_twice(bot, sandbox):
    with pytest.raises(ValueError, match="already"):
        await sandbox.deactivate("U0GONE")
    with pytest.raises(ValueError, match="not deactivated"):
        await sandbox.reactivate("U0MEMBER")

    assert bot.payloads == []


@pytest.mark.parametrize("channel", ["U0MEMBER", "D0MEMBER"])
async def test_a_deactivated_person_gets_no_message(channel, bot, client, sandbox):
    sent = await client.chat_postMessage(channel="U0MEMBER", text="Still here")
    await sandbox.deactivate("U0MEMBER")

    with pytest.raises(SlackApiError, match="channel_not_found"):
        await client.chat_postMessage(channel=channel, text="Gone")
    with pytest.raises(SlackApiError, match="user_not_in_channel"):
        await client.chat_postEphemeral(channel="C0GENERAL", user="U0MEMBER", text="Gone")

    # What was sent before is still there to be corrected.
    assert (await client.chat_update(channel=sent["channel"], ts=sent["ts"], text="Moot"))["ok"]


async def test_a_deactivated_person_has_no_form_open_and_types_no_command(bot, client, sandbox):
    await open_modal(sandbox, client, modal())

    await sandbox.deactivate("U0MEMBER")

    assert sandbox.modal("U0MEMBER") is None
    assert (await sandbox.command("U0MEMBER", "/ht")).error == "not_allowed"
