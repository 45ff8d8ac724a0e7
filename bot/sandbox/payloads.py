"""The payloads Slack sends: commands, button presses, submitted forms, events."""

import copy
import html
import re
from typing import Any

from bot.sandbox.people import APP, BOT_USER, TEAM, TEAM_DOMAIN, Channel, Person
from bot.sandbox.workspace import Message, ResponseUrl, Trigger, View, Workspace

TOKEN = "verification-token-nobody-should-use"  # noqa: S105 - Slack still sends the deprecated field


def escaped(workspace: Workspace, text: str) -> str:
    """Return what a person typed as Slack passes it on with ``should_escape``."""
    text = html.escape(text.strip(), quote=False)

    def person(match: re.Match[str]) -> str:
        for known in workspace.people.values():
            if known.name == match[1]:
                return f"<@{known.id}|{known.name}>"
        return match[0]

    def channel(match: re.Match[str]) -> str:
        for known in workspace.channels.values():
            if known.name == match[1] and not known.is_im:
                return f"<#{known.id}|{known.name}>"
        return match[0]

    text = re.sub(r"(?<!\S)@([\w.-]+)", person, text)
    return re.sub(r"(?<!\S)#([\w-]+)", channel, text)


def command(
    person: Person,
    channel: Channel,
    *,
    name: str,
    text: str,
    response_url: str,
    trigger: Trigger,
) -> dict[str, Any]:
    """Return the fields of a slash command, in Slack's order."""
    return {
        "token": TOKEN,
        "team_id": person.team_id,
        "team_domain": TEAM_DOMAIN if person.team_id == TEAM else "elsewhere",
        "channel_id": channel.id,
        "channel_name": "privategroup" if channel.is_private else channel.name,
        "user_id": person.id,
        "user_name": person.name,
        "command": name,
        "text": text,
        "api_app_id": APP,
        "is_enterprise_install": "false",
        "response_url": response_url,
        "trigger_id": trigger.id,
    }


def _interaction(kind: str, person: Person, trigger: Trigger | None) -> dict[str, Any]:
    payload: dict[str, Any] = {
        "type": kind,
        "team": {"id": TEAM, "domain": TEAM_DOMAIN},
        "user": {
            "id": person.id,
            "username": person.name,
            "name": person.name,
            "team_id": person.team_id,
        },
        "api_app_id": APP,
        "token": TOKEN,
        "enterprise": None,
        "is_enterprise_install": False,
    }
    if trigger is not None:
        payload["trigger_id"] = trigger.id
    return payload


def message_action(
    person: Person,
    message: Message,
    channel: Channel,
    *,
    action: dict[str, Any],
    response_url: str,
    trigger: Trigger,
    state: dict[str, Any],
) -> dict[str, Any]:
    """Return a `block_actions` from a message."""
    return (
        _interaction("block_actions", person, trigger)
        | _place(message, channel)
        | {"state": {"values": state}, "response_url": response_url, "actions": [action]}
    )


def _place(message: Message, channel: Channel) -> dict[str, Any]:
    place: dict[str, Any] = {
        "container": {
            "type": "message",
            "message_ts": message.ts,
            "channel_id": channel.id,
            "is_ephemeral": message.ephemeral,
        },
        "channel": {"id": channel.id, "name": channel.name},
    }
    if not message.ephemeral:  # of an ephemeral message Slack sends the place alone
        place["message"] = message.as_event()
    return place


def view_action(
    person: Person, view: View, *, action: dict[str, Any], trigger: Trigger
) -> dict[str, Any]:
    """Return a `block_actions` from a modal or a Home tab."""
    return _interaction("block_actions", person, trigger) | {
        "container": {"type": "view", "view_id": view.id},
        "view": copy.deepcopy(view.body),
        "actions": [action],
    }


def suggestion(
    person: Person,
    where: Message | View,
    channel: Channel | None,
    *,
    block_id: str,
    action_id: str,
    typed: str,
) -> dict[str, Any]:
    """
    Return a `block_suggestion`.

    Args:
        channel: of a message; None for a view.
    """
    payload = _interaction("block_suggestion", person, None) | {
        "action_id": action_id,
        "block_id": block_id,
        "value": typed,
    }
    if isinstance(where, View):
        payload["container"] = {"type": "view", "view_id": where.id}
        payload["view"] = copy.deepcopy(where.body)
    elif channel is not None:
        payload |= _place(where, channel)
    return payload


def shortcut(
    workspace: Workspace, person: Person, *, callback_id: str, trigger: Trigger
) -> dict[str, Any]:
    """Return a global `shortcut`: it comes from no channel, and names no app."""
    return {
        "type": "shortcut",
        "token": TOKEN,
        "action_ts": workspace.timestamp(),
        "team": {"id": TEAM, "domain": TEAM_DOMAIN},
        "user": {"id": person.id, "username": person.name, "team_id": person.team_id},
        "is_enterprise_install": False,
        "enterprise": None,
        "callback_id": callback_id,
        "trigger_id": trigger.id,
    }


def view_submission(
    person: Person, view: View, *, trigger: Trigger, response_urls: list[dict[str, Any]]
) -> dict[str, Any]:
    """
    Return a `view_submission`.

    Args:
        response_urls: one for each channel chosen in a menu with ``response_url_enabled``.
    """
    return _interaction("view_submission", person, trigger) | {
        "view": copy.deepcopy(view.body),
        "response_urls": response_urls,
    }


def view_closed(person: Person, view: View, *, cleared: bool) -> dict[str, Any]:
    """Return a `view_closed`."""
    return _interaction("view_closed", person, None) | {
        "view": copy.deepcopy(view.body),
        "is_cleared": cleared,
    }


def event(workspace: Workspace, inner: dict[str, Any]) -> dict[str, Any]:
    """Return an `event_callback` around *inner*."""
    number = workspace.tick()
    shared = workspace.channels.get(str(inner.get("channel")))
    return {
        "token": TOKEN,
        "team_id": TEAM,
        "context_team_id": TEAM,
        "context_enterprise_id": None,
        "api_app_id": APP,
        "event": inner,
        "type": "event_callback",
        "event_id": f"Ev0{number:07d}",
        "event_time": int(workspace.clock().timestamp()),
        "authorizations": [
            {
                "enterprise_id": None,
                "team_id": TEAM,
                "user_id": BOT_USER,
                "is_bot": True,
                "is_enterprise_install": False,
            }
        ],
        "is_ext_shared_channel": bool(shared and shared.is_ext_shared),
    }


def url_of(base: str, address: ResponseUrl) -> str:
    """Return the full response address under *base*."""
    return f"{base}/response/{address.id}"
