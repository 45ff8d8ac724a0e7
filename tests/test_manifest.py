"""
The app's manifest: valid, no scope without a reason, no room for disclosures.
"""

import json
import os
from pathlib import Path

import jsonschema
import pytest

from commands.contract import Standing
from commands.registry import COMMANDS

ROOT = Path(__file__).parents[1]
MANIFEST = json.loads((ROOT / "manifest.json").read_text())
SCHEMAS = Path(os.environ.get("HT_SCHEMAS", ROOT.parent / "shared" / "schemas"))

# Scope -> why the bot cannot do without it.
REASONS = {
    "commands": "people type /ht",
    "chat:write": "a shared answer, and later reminders, are messages of the bot's own",
    "users:read": "users.info says who is a member, a guest or of another workspace",
    "channels:read": "conversations.info says whether a public channel is shared outside",
    "groups:read": "the same of a private channel",
}
# The same, where an administrator may leave it out: the bot then says what it cannot do.
OPTIONAL = {
    "files:write": "a table or a calendar is handed to whoever asked as a file",
}
# Event -> what it is for.
EVENTS = {
    "app_home_opened": "the Home tab is drawn when it is opened",
    "user_change": "who was deactivated or made a guest is asked about again",
}


def test_it_is_valid_against_slacks_schema():
    schema = SCHEMAS / "slack" / "manifest.schema.2.0.0.json"
    if not schema.exists():
        assert os.environ.get("HT_NO_SKIPS") != "1", "HT_SCHEMAS does not hold Slack's schema"
        pytest.skip("Slack's manifest schema is not here: set HT_SCHEMAS")

    jsonschema.validate(MANIFEST, json.loads(schema.read_text()))


def test_every_scope_and_event_has_a_reason_and_no_other_is_asked_for():
    assert MANIFEST["oauth_config"]["scopes"] == {
        "bot": list(REASONS),
        "bot_optional": list(OPTIONAL),
    }
    assert MANIFEST["settings"]["event_subscriptions"] == {"bot_events": list(EVENTS)}


def test_no_scope_ever_reads_messages():
    scopes = json.dumps(MANIFEST["oauth_config"])
    for word in ("history", "im:", "mpim:", "search", "files:read", "user_scopes"):
        assert word not in scopes


def test_the_messages_tab_is_on_for_reminders_and_read_only_against_disclosures():
    assert MANIFEST["features"]["app_home"] == {
        "home_tab_enabled": True,
        "messages_tab_enabled": True,
        "messages_tab_read_only_enabled": True,
    }


def test_the_command_is_ht_and_what_is_typed_comes_escaped():
    [command] = MANIFEST["features"]["slash_commands"]

    assert (command["command"], command["should_escape"]) == ("/ht", True)
    hinted = {word.split()[0] for word in command["usage_hint"].split(" | ")}
    assert hinted <= {each.verb for each in COMMANDS if each.who <= Standing.MEMBER}


def test_the_name_on_a_lock_screen_is_neutral():
    said = json.dumps([MANIFEST["display_information"], MANIFEST["features"]["bot_user"]]).lower()

    assert not any(word in said for word in ("traffick", "victim", "survivor", "exploit"))


def test_socket_mode_and_buttons_are_on():
    assert MANIFEST["settings"]["socket_mode_enabled"] is True
    assert MANIFEST["settings"]["interactivity"]["is_enabled"] is True
