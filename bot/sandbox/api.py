"""The Web API: what each method does and answers."""

import base64
import copy
import json
from collections.abc import Callable, Mapping
from typing import Any

from bot.sandbox import files, limits, views
from bot.sandbox.errors import SlackError
from bot.sandbox.people import APP, BOT, BOT_USER, TEAM, TEAM_DOMAIN, Channel
from bot.sandbox.workspace import View, Workspace

Args = Mapping[str, Any]
Method = Callable[[Workspace, Args], dict[str, Any]]

SCOPES = frozenset(
    {"commands", "chat:write", "users:read", "channels:read", "groups:read", "files:write"}
)


def _need(args: Args, *names: str) -> list[Any]:
    missing = [name for name in names if args.get(name) in (None, "")]
    if missing:
        raise SlackError(
            "invalid_arguments", [f"missing required field: {name}" for name in missing]
        )
    return [args[name] for name in names]


def decode(args: Args, name: str, *, error: str) -> Any:
    """Return a field that came as JSON, or as a string of JSON when it was a form's."""
    value = args.get(name)
    if not isinstance(value, str):
        return value
    try:
        return json.loads(value)
    except ValueError as problem:
        raise SlackError(error) from problem


def _content(
    workspace: Workspace, args: Args, *, longest: int = limits.MESSAGE_TEXT
) -> dict[str, Any]:
    content = dict(args)
    for name, error in (
        ("blocks", "invalid_blocks_format"),
        ("attachments", "invalid_attachments"),
        ("metadata", "invalid_metadata_format"),
    ):
        if name in args:
            content[name] = decode(args, name, error=error)
    if content.get("blocks") is not None and not isinstance(content["blocks"], list):
        raise SlackError("invalid_blocks_format")
    limits.validate_message(content, longest=longest, data_blocks=workspace.data_blocks)
    return content


def _writable(workspace: Workspace, id: Any, *, open_dm: bool) -> Channel:
    if id == BOT_USER:
        raise SlackError("cannot_dm_bot")
    channel = workspace.channel(str(id), open_dm=open_dm)
    if BOT_USER not in channel.members:
        # A private channel the bot is not in does not exist for it.
        raise SlackError("channel_not_found" if channel.is_private else "not_in_channel")
    if channel.is_archived:
        raise SlackError("is_archived")
    if channel.is_im and not workspace.messages_tab:
        raise SlackError("messages_tab_disabled")
    return channel


def _api_test(_: Workspace, args: Args) -> dict[str, Any]:
    if args.get("error"):
        raise SlackError(str(args["error"]))
    return {"args": {key: value for key, value in args.items() if key != "token"}}


def _auth_test(_: Workspace, __: Args) -> dict[str, Any]:
    return {
        "url": f"https://{TEAM_DOMAIN}.slack.com/",
        "team": "Sandbox",
        "user": "htbot",
        "team_id": TEAM,
        "user_id": BOT_USER,
        "bot_id": BOT,
        "is_enterprise_install": False,
    }


def _users_info(workspace: Workspace, args: Args) -> dict[str, Any]:
    [id] = _need(args, "user")
    if id == BOT_USER:
        return {"user": _bot_user()}
    return {"user": workspace.person(str(id)).as_user(include_locale=_true(args, "include_locale"))}


def _bot_user() -> dict[str, Any]:
    return {
        "id": BOT_USER,
        "team_id": TEAM,
        "name": "htbot",
        "deleted": False,
        "real_name": "HT bot",
        "profile": {"real_name": "HT bot", "bot_id": BOT, "api_app_id": APP},
        "is_bot": True,
        "is_app_user": False,
        "updated": 0,
    }


def _users_list(workspace: Workspace, args: Args) -> dict[str, Any]:
    locale = _true(args, "include_locale")
    users = [person.as_user(include_locale=locale) for person in workspace.people.values()]
    page, cursor = _page([*users, _bot_user()], args)
    return {"members": page, "cache_ts": 0, "response_metadata": {"next_cursor": cursor}}


def _true(args: Args, name: str) -> bool:
    return args.get(name) in (True, 1, "true", "1", "True")


def _page(entries: list[Any], args: Args) -> tuple[list[Any], str]:
    wanted = str(args.get("limit") or len(entries))
    if not wanted.isdecimal():
        raise SlackError("invalid_limit")
    limit = int(wanted)
    try:
        start = int(base64.b64decode(str(args.get("cursor") or "")) or b"0")
    except ValueError as problem:
        raise SlackError("invalid_cursor") from problem
    end = start + limit
    cursor = base64.b64encode(str(end).encode()).decode() if end < len(entries) else ""
    return entries[start:end], cursor


def _conversations_info(workspace: Workspace, args: Args) -> dict[str, Any]:
    [id] = _need(args, "channel")
    channel = workspace.channel(str(id))
    if channel.is_private and BOT_USER not in channel.members:
        raise SlackError("channel_not_found")
    return {"channel": channel.as_conversation()}


def _conversations_list(workspace: Workspace, args: Args) -> dict[str, Any]:
    kinds = str(args.get("types") or "public_channel").replace(" ", "").split(",")
    shown = [
        channel.as_conversation()
        for channel in workspace.channels.values()
        if not channel.is_im
        and ("private_channel" if channel.is_private else "public_channel") in kinds
        and (not channel.is_private or BOT_USER in channel.members)
        and not (channel.is_archived and _true(args, "exclude_archived"))
    ]
    page, cursor = _page(shown, args)
    return {"channels": page, "response_metadata": {"next_cursor": cursor}}


def _conversations_open(workspace: Workspace, args: Args) -> dict[str, Any]:
    [users] = _need(args, "users")
    person = workspace.person(str(users).split(",")[0])
    if person.kind == "deactivated":
        raise SlackError("user_disabled")
    return {"channel": {"id": workspace.dm(person).id}}


def _post_message(workspace: Workspace, args: Args) -> dict[str, Any]:
    [id] = _need(args, "channel")
    channel = _writable(workspace, id, open_dm=True)
    message = workspace.post(_content(workspace, args), channel=channel.id, via="chat.postMessage")
    return {"channel": channel.id, "ts": message.ts, "message": message.as_event()}


def _post_ephemeral(workspace: Workspace, args: Args) -> dict[str, Any]:
    id, user = _need(args, "channel", "user")
    channel = _writable(workspace, id, open_dm=False)
    reader = workspace.people.get(str(user))
    if reader is None or reader.kind == "deactivated" or reader.id not in channel.members:
        raise SlackError("user_not_in_channel")
    message = workspace.post(
        _content(workspace, args), channel=channel.id, via="chat.postEphemeral", to=str(user)
    )
    return {"message_ts": message.ts}


def _update(workspace: Workspace, args: Args) -> dict[str, Any]:
    id, ts = _need(args, "channel", "ts")
    message = workspace.find(workspace.channel(str(id)).id, str(ts))
    if message.ephemeral:
        raise SlackError("message_not_found")
    workspace.edit(message, _content(workspace, args, longest=limits.UPDATED_TEXT))
    return {
        "channel": message.channel,
        "ts": message.ts,
        "text": message.text,
        "message": message.as_event(),
    }


def _delete(workspace: Workspace, args: Args) -> dict[str, Any]:
    id, ts = _need(args, "channel", "ts")
    message = workspace.find(workspace.channel(str(id)).id, str(ts))
    if message.ephemeral:
        raise SlackError("message_not_found")
    workspace.delete(message)
    return {"channel": message.channel, "ts": message.ts}


def _view(args: Args) -> Any:
    _need(args, "view")
    return decode(args, "view", error="invalid_arguments")


def _shown(view: View) -> dict[str, Any]:
    return {"view": copy.deepcopy(view.body)}


def _hash(args: Args) -> str | None:
    return str(args["hash"]) if args.get("hash") else None


def _views_open(workspace: Workspace, args: Args) -> dict[str, Any]:
    [trigger] = _need(args, "trigger_id")
    return _shown(views.open_view(workspace, str(trigger), _view(args)))


def _views_push(workspace: Workspace, args: Args) -> dict[str, Any]:
    [trigger] = _need(args, "trigger_id")
    return _shown(views.push_view(workspace, str(trigger), _view(args)))


def _views_update(workspace: Workspace, args: Args) -> dict[str, Any]:
    view = _view(args)
    if not args.get("view_id") and not args.get("external_id"):
        raise SlackError("invalid_arguments", "must define either `view_id` or `external_id`")
    shown = views.update_view(
        workspace,
        view,
        view_id=args.get("view_id"),
        external_id=args.get("external_id"),
        hash=_hash(args),
    )
    return _shown(shown)


def _views_publish(workspace: Workspace, args: Args) -> dict[str, Any]:
    [user] = _need(args, "user_id")
    return _shown(views.publish(workspace, str(user), _view(args), hash=_hash(args)))


def _upload_url(workspace: Workspace, args: Args) -> dict[str, Any]:
    # The address is this sandbox's own: see `Endpoints`, which completes it.
    upload = files.announce(workspace, args)
    return {"upload_url": f"/upload/{upload.id}", "file_id": upload.id}


def _complete_upload(workspace: Workspace, args: Args) -> dict[str, Any]:
    wanted = decode(args, "files", error="invalid_arguments")
    shared = files.complete(workspace, wanted, args.get("channel_id"), args.get("initial_comment"))
    return {"files": [{"id": upload.id, "title": upload.title} for upload in shared]}


# method: (what it does, the scope it needs)
METHODS: dict[str, tuple[Method, str | None]] = {
    "api.test": (_api_test, None),
    "auth.test": (_auth_test, None),
    "users.info": (_users_info, "users:read"),
    "users.list": (_users_list, "users:read"),
    "conversations.info": (_conversations_info, "channels:read"),
    "conversations.list": (_conversations_list, "channels:read"),
    "conversations.open": (_conversations_open, "im:write"),
    "chat.postMessage": (_post_message, "chat:write"),
    "chat.postEphemeral": (_post_ephemeral, "chat:write"),
    "chat.update": (_update, "chat:write"),
    "chat.delete": (_delete, "chat:write"),
    "files.getUploadURLExternal": (_upload_url, "files:write"),
    "files.completeUploadExternal": (_complete_upload, "files:write"),
    "views.open": (_views_open, None),
    "views.push": (_views_push, None),
    "views.update": (_views_update, None),
    "views.publish": (_views_publish, None),
}


def scope_of(workspace: Workspace, method: str, args: Args) -> str | None:
    """Return the scope this call needs: of a conversation, it depends on its kind."""
    needed = METHODS[method][1]
    channel = workspace.channels.get(str(args.get("channel")))
    if method == "conversations.info" and channel is not None:
        return (
            "im:read" if channel.is_im else "groups:read" if channel.is_private else "channels:read"
        )
    if method == "conversations.list" and "private_channel" in str(args.get("types")):
        return "groups:read"
    return needed
