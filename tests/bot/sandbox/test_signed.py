"""HTTP mode: what a bot's request URL receives."""

import json
from urllib.parse import parse_qs

import pytest
from slack_sdk.signature import Clock, SignatureVerifier

from bot.sandbox.server import Sandbox
from bot.sandbox.signed import form


@pytest.fixture
def verifier(http_sandbox, clock):
    class Turned(Clock):
        def now(self):
            return clock().timestamp()

    # Not the verifier's own: all verifiers of a process share that one.
    return SignatureVerifier(http_sandbox.signing_secret, clock=Turned())


async def test_a_command_comes_signed(http_sandbox, request_url, verifier):
    request_url.answer = {"text": "Call 911 first."}

    outcome = await http_sandbox.command("U0MEMBER", "/ht", "hotline & more")

    headers, body = request_url.requests[0]
    assert (outcome.status, outcome.error, outcome.message.text) == (200, None, "Call 911 first.")
    assert headers["Content-Type"] == "application/x-www-form-urlencoded"
    assert parse_qs(body.decode())["text"] == ["hotline &amp; more"]
    assert verifier.is_valid_request(body, headers)


async def test_a_press_comes_as_json_in_a_form(http_sandbox, request_url, verifier):
    button = {
        "type": "button",
        "action_id": "more",
        "text": {"type": "plain_text", "text": "More"},
    }
    request_url.answer = {"text": "t", "blocks": [{"type": "actions", "elements": [button]}]}
    outcome = await http_sandbox.command("U0MEMBER", "/ht")
    request_url.answer = {}

    await http_sandbox.press("U0MEMBER", outcome.message, "More")

    headers, body = request_url.requests[1]
    payload = json.loads(parse_qs(body.decode())["payload"][0])
    assert payload["type"] == "block_actions"
    assert payload["actions"][0]["action_id"] == "more"
    assert verifier.is_valid_request(body, headers)


async def test_an_event_comes_as_json(http_sandbox, request_url, verifier):
    await http_sandbox.open_home("U0MEMBER")

    headers, body = request_url.requests[0]
    assert headers["Content-Type"] == "application/json"
    assert json.loads(body)["event"]["type"] == "app_home_opened"
    assert verifier.is_valid_request(body, headers)


@pytest.mark.parametrize(
    ("secret", "shift_seconds", "valid"),
    [
        (None, 0, True),
        (None, -300, True),
        (None, -301, False),
        (None, 301, False),
        ("another secret", 0, False),
    ],
)
async def test_a_request_can_be_forged_or_old(
    secret, shift_seconds, valid, http_sandbox, request_url, verifier
):
    await http_sandbox.signed.post(
        form({"command": "/ht"}), secret=secret, shift_seconds=shift_seconds
    )

    headers, body = request_url.requests[0]
    assert verifier.is_valid_request(body, headers) is valid


async def test_a_request_can_be_replayed_to_the_byte(http_sandbox, request_url):
    await http_sandbox.command("U0MEMBER", "/ht")

    answer = await http_sandbox.signed.replay()

    first, second = request_url.requests
    assert answer.status == 200
    assert first == second


@pytest.mark.parametrize("status", [401, 500])
async def test_any_other_status_is_shown_as_not_dispatched(status, http_sandbox, request_url):
    request_url.status = status

    outcome = await http_sandbox.command("U0MEMBER", "/ht")

    assert (outcome.status, outcome.error) == (status, "dispatch_failed")


async def test_nobody_listening_is_shown_as_not_dispatched(clock):
    async with Sandbox(clock=clock, request_url="http://127.0.0.1:1/slack/events") as sandbox:
        outcome = await sandbox.command("U0MEMBER", "/ht")

    assert (outcome.status, outcome.error) == (None, "dispatch_failed")
