"""
What Slack posts to an app, as JSON schemas: commands, interactions, options and events.

Source: Slack's reference of slash commands, interaction payloads and the Events API.
"""

from typing import Any

Schema = dict[str, Any]

TEXT: Schema = {"type": "string"}
ID: Schema = {"type": "string", "enum": ["U0MEMBER", "U0COORD", "U0ADMIN", "U0GUEST", "U0NOBODY"]}
TEAM: Schema = {"type": "string", "enum": ["T0SANDBOX", "T0OTHER"]}
PLACE: Schema = {"type": "string", "enum": ["C0GENERAL", "C0SHARED", "D0MEMBER", "G1"]}
STAMP: Schema = {"type": "string", "enum": ["1700000000.000100", "0", "x"]}
# Nobody listens there: what the bot says later is said to nobody.
ADDRESS: Schema = {"type": "string", "enum": ["http://127.0.0.1:1/later"]}
# Texts that the bot knows, with whatever else.
WORDS: Schema = {"type": "string", "x-words": True}


def of(required: Schema, optional: Schema | None = None) -> Schema:
    return {
        "type": "object",
        "properties": {**required, **(optional or {})},
        "required": sorted(required),
    }


def many(item: Schema, *, most: int = 3) -> Schema:
    return {"type": "array", "items": item, "maxItems": most}


COMMAND = of(
    {
        "command": {"type": "string", "enum": ["/ht", "/HT", "/other"]},
        "text": WORDS,
        "user_id": ID,
        "team_id": TEAM,
        "channel_id": PLACE,
    },
    {
        "user_name": TEXT,
        "team_domain": TEXT,
        "channel_name": TEXT,
        "enterprise_id": TEXT,
        "is_enterprise_install": {"type": "string", "enum": ["true", "false", ""]},
        "api_app_id": TEXT,
        "response_url": ADDRESS,
        "trigger_id": TEXT,
    },
)

PERSON = of({"id": ID}, {"team_id": TEAM, "username": TEXT, "name": TEXT})
OPTION = of({"text": of({"type": TEXT, "text": TEXT}), "value": WORDS})
ACTION = of(
    {
        "type": {"type": "string", "enum": ["button", "static_select", "overflow", "users_select", "x"]},
        "action_id": {"type": "string", "x-action": True},
        "block_id": TEXT,
    },
    {"value": WORDS, "selected_option": OPTION, "selected_user": ID, "action_ts": STAMP},
)  # fmt: skip
STATE: Schema = {
    "type": "object",
    "additionalProperties": {
        "type": "object",
        "additionalProperties": of(
            {"type": TEXT},
            {
                "value": {"type": ["string", "null"]},
                "selected_option": {"anyOf": [OPTION, {"type": "null"}]},
                "selected_options": many(OPTION),
                "selected_date": {"type": ["string", "null"]},
                "selected_users": many(ID),
            },
        ),
    },
}
VIEW = of(
    {"id": TEXT, "type": {"type": "string", "enum": ["modal", "home", "x"]}},
    {
        "callback_id": {"type": "string", "x-callback": True},
        "private_metadata": {"type": "string", "x-metadata": True},
        "state": of({"values": STATE}),
        "hash": TEXT,
        "root_view_id": TEXT,
        "external_id": TEXT,
        "blocks": many(
            of({"type": {"type": "string", "enum": ["input", "section"]}, "block_id": TEXT})
        ),
    },
)
MESSAGE = of({"ts": STAMP}, {"text": TEXT, "blocks": many({"type": "object"}), "user": ID})
_INTERACTION: Schema = {"user": PERSON, "team": of({"id": TEAM}, {"domain": TEXT})}
_MORE: Schema = {
    "api_app_id": TEXT,
    "enterprise": {"type": "null"},
    "is_enterprise_install": {"type": "boolean"},
    "trigger_id": TEXT,
    "response_url": ADDRESS,
    "channel": of({"id": PLACE}, {"name": TEXT}),
    "container": of({"type": TEXT}, {"message_ts": STAMP, "channel_id": PLACE, "is_ephemeral": {"type": "boolean"}}),
    "message": MESSAGE,
}  # fmt: skip


def _interaction(type_: str, more: Schema) -> Schema:
    return of({"type": {"type": "string", "const": type_}, **_INTERACTION, **more}, _MORE)


INTERACTION: Schema = {
    "anyOf": [
        _interaction("block_actions", {"actions": many(ACTION)}),
        _interaction("view_submission", {"view": VIEW}),
        _interaction("view_closed", {"view": VIEW, "is_cleared": {"type": "boolean"}}),
        _interaction("shortcut", {"callback_id": {"type": "string", "x-callback": True}}),
        _interaction("message_action", {"callback_id": TEXT}),
        _interaction("x", {}),
    ]
}
OPTIONS = _interaction(
    "block_suggestion",
    {"action_id": {"type": "string", "x-action": True}, "block_id": WORDS, "value": TEXT, "view": VIEW},
)  # fmt: skip
EVENT = of(
    {
        "type": {"type": "string", "const": "event_callback"},
        "team_id": TEAM,
        "event": {
            "anyOf": [
                of(
                    {
                        "type": {"type": "string", "const": "app_home_opened"},
                        "user": ID,
                        "tab": {"type": "string", "enum": ["home", "messages", "x"]},
                    },
                    {"view": VIEW, "channel": PLACE, "event_ts": STAMP},
                ),
                of(
                    {
                        "type": {"type": "string", "const": "user_change"},
                        "user": of({"id": ID}, {"deleted": {"type": "boolean"}, "team_id": TEAM}),
                    }
                ),
                of({"type": TEXT}, {"text": TEXT, "user": {"type": ["string", "null"]}}),
            ]
        },
    },
    {"event_id": TEXT, "event_time": {"type": "integer"}, "api_app_id": TEXT},
)
