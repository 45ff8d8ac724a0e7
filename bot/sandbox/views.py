"""Opening, pushing, updating and publishing views, and leaving them."""

import copy
import re
from typing import Any

from bot.sandbox import limits
from bot.sandbox.errors import SlackError
from bot.sandbox.offers import options_of
from bot.sandbox.people import APP, BOT, TEAM
from bot.sandbox.workspace import STACK, Trigger, View, Workspace, interactive

TRIGGER = re.compile(r"\d+\.\d+\.[0-9a-f]+")


def open_view(workspace: Workspace, trigger_id: str, view: Any) -> View:
    """Show *view* as a new modal, for `views.open`."""
    _require(limits.validate_view(view), "modal")
    trigger = take(workspace, trigger_id)
    shown = _make(workspace, trigger.person, view)
    workspace.stacks[trigger.person] = [shown]
    workspace.bell.ring()
    return shown


def push_view(workspace: Workspace, trigger_id: str, view: Any) -> View:
    """Show *view* on top of the modal the trigger came from, for `views.push`."""
    _require(limits.validate_view(view), "modal")
    trigger = take(workspace, trigger_id)
    stack = workspace.stacks.get(trigger.person) or []
    if not trigger.from_modal or not stack:
        raise SlackError("not_found")
    return push(workspace, trigger.person, view)


def push(workspace: Workspace, person: str, view: dict[str, Any]) -> View:
    """Put a valid view on *person*'s stack."""
    stack = workspace.stacks.setdefault(person, [])
    if len(stack) >= STACK:
        raise SlackError("push_limit_reached")
    shown = _make(workspace, person, view, below=stack[-1] if stack else None)
    stack.append(shown)
    workspace.bell.ring()
    return shown


def update_view(
    workspace: Workspace,
    view: Any,
    *,
    view_id: str | None,
    external_id: str | None,
    hash: str | None,
) -> View:
    """Put *view* in place of an open one, for `views.update`."""
    kind = limits.validate_view(view)
    shown = find(workspace, view_id, external_id)
    _require(kind, shown.type)
    replace(workspace, shown, view, hash=hash)
    return shown


def publish(workspace: Workspace, person: str, view: Any, *, hash: str | None) -> View:
    """Put *view* on *person*'s Home tab, for `views.publish`."""
    _require(limits.validate_view(view), "home")
    workspace.person(person)
    shown = workspace.homes.get(person)
    if shown is None:
        shown = workspace.homes[person] = _make(workspace, person, view)
        workspace.bell.ring()
    else:
        replace(workspace, shown, view, hash=hash)
    return shown


def replace(workspace: Workspace, shown: View, view: dict[str, Any], *, hash: str | None) -> None:
    """Put a valid view in place of *shown*, keeping what was typed where blocks stay the same."""
    if hash and hash != shown.body["hash"]:
        raise SlackError("hash_conflict")
    _check_external_id(workspace, view, but=shown)
    kept = {key: shown.body[key] for key in ("id", "root_view_id", "previous_view_id")}
    typed = shown.body["state"]["values"]
    shown.body = _body(workspace, view) | kept
    values = shown.body["state"]["values"]
    for block in shown.blocks:
        for element in interactive(block):
            place, id = block["block_id"], element.get("action_id", "")
            if _fits(element, before := typed.get(place, {}).get(id)):
                values[place][id] = before
    shown.errors = {}
    shown.sequence = workspace.tick()
    workspace.bell.ring()


def _fits(element: dict[str, Any], typed: dict[str, Any] | None) -> bool:
    if typed is None or typed["type"] != element["type"]:
        return False
    if not element.get("options") and not element.get("option_groups"):
        return True
    chosen = typed[STATES[element["type"]][0]] or []
    chosen = chosen if isinstance(chosen, list) else [chosen]
    known = options_of(element)
    return all(entry in known for entry in chosen)


def find(workspace: Workspace, view_id: str | None, external_id: str | None) -> View:
    """
    Return the view that is open under this id.

    Raises:
        SlackError: `not_found`.
    """
    for view in _all(workspace):
        if view_id == view.id or (external_id and external_id == view.body["external_id"]):
            return view
    raise SlackError("not_found")


def take(workspace: Workspace, trigger_id: str) -> Trigger:
    """
    Use up a trigger id.

    Raises:
        SlackError: `invalid_trigger_id`, `exchanged_trigger_id`, `expired_trigger_id`.
    """
    if not TRIGGER.fullmatch(trigger_id) or trigger_id not in workspace.triggers:
        raise SlackError("invalid_trigger_id")
    trigger = workspace.triggers[trigger_id]
    if trigger.used:
        raise SlackError("exchanged_trigger_id")
    if workspace.clock() > trigger.expires:
        raise SlackError("expired_trigger_id")
    trigger.used = True
    return trigger


def _all(workspace: Workspace) -> list[View]:
    modals = [view for stack in workspace.stacks.values() for view in stack]
    return [*modals, *workspace.homes.values()]


def _require(kind: str, wanted: str) -> None:
    if kind != wanted:
        raise SlackError(
            "invalid_arguments", f"must be {wanted}, not {kind} [json-pointer:/view/type]"
        )


def _check_external_id(workspace: Workspace, view: dict[str, Any], *, but: View | None) -> None:
    wanted = view.get("external_id")
    if wanted and any(v is not but and v.body["external_id"] == wanted for v in _all(workspace)):
        raise SlackError("duplicate_external_id")


def _make(
    workspace: Workspace, person: str, view: dict[str, Any], *, below: View | None = None
) -> View:
    _check_external_id(workspace, view, but=None)
    id = f"V0{workspace.tick():06d}"
    body = _body(workspace, view)
    body |= {
        "id": id,
        "root_view_id": below.body["root_view_id"] if below else id,
        "previous_view_id": below.id if below else None,
    }
    return View(id=id, person=person, body=body, sequence=workspace.tick())


def _body(workspace: Workspace, view: dict[str, Any]) -> dict[str, Any]:
    blocks = workspace.with_ids(view["blocks"])
    return {
        "team_id": TEAM,
        "type": view["type"],
        "blocks": blocks,
        "private_metadata": view.get("private_metadata", ""),
        "callback_id": view.get("callback_id", ""),
        "state": {"values": initial_state(blocks)},
        "hash": f"{int(workspace.clock().timestamp())}.{workspace.tick():08x}",
        "title": copy.deepcopy(view.get("title")),
        "close": copy.deepcopy(view.get("close")),
        "submit": copy.deepcopy(view.get("submit")),
        "clear_on_close": view.get("clear_on_close", False),
        "notify_on_close": view.get("notify_on_close", False),
        "app_id": APP,
        "external_id": view.get("external_id", ""),
        "app_installed_team_id": TEAM,
        "bot_id": BOT,
    }


STATES = {
    "plain_text_input": ("value", "initial_value"),
    "email_text_input": ("value", "initial_value"),
    "url_text_input": ("value", "initial_value"),
    "number_input": ("value", "initial_value"),
    "rich_text_input": ("rich_text_value", "initial_value"),
    "checkboxes": ("selected_options", "initial_options"),
    "radio_buttons": ("selected_option", "initial_option"),
    "static_select": ("selected_option", "initial_option"),
    "external_select": ("selected_option", "initial_option"),
    "multi_static_select": ("selected_options", "initial_options"),
    "multi_external_select": ("selected_options", "initial_options"),
    "users_select": ("selected_user", "initial_user"),
    "multi_users_select": ("selected_users", "initial_users"),
    "channels_select": ("selected_channel", "initial_channel"),
    "multi_channels_select": ("selected_channels", "initial_channels"),
    "conversations_select": ("selected_conversation", "initial_conversation"),
    "multi_conversations_select": ("selected_conversations", "initial_conversations"),
    "datepicker": ("selected_date", "initial_date"),
    "timepicker": ("selected_time", "initial_time"),
    "datetimepicker": ("selected_date_time", "initial_date_time"),
}


def initial_state(blocks: list[dict[str, Any]]) -> dict[str, dict[str, Any]]:
    """Return the ``state.values`` of blocks nobody has touched yet."""
    values: dict[str, dict[str, Any]] = {}
    for block in blocks:
        for element in interactive(block):
            if element["type"] in STATES:
                key, initial = STATES[element["type"]]
                empty: Any = [] if key.endswith("s") else None
                state = {"type": element["type"], key: element.get(initial, empty)}
                values.setdefault(block["block_id"], {})[element["action_id"]] = state
    return values


def leave(workspace: Workspace, view: View, *, clear: bool) -> None:
    """Close *view*, or with *clear* all that are open with it."""
    stack = workspace.stacks.get(view.person, [])
    workspace.stacks[view.person] = [] if clear else [v for v in stack if v is not view]
    workspace.tick()
    workspace.bell.ring()


def respond(workspace: Workspace, view: View, body: Any) -> None:
    """
    Do what the acknowledgement of a submission asks for; without a wish, close the view.

    A view that was closed meanwhile stays closed.

    Raises:
        SlackError: if Slack would show the person an error instead.
    """
    if view not in workspace.stacks.get(view.person, []):
        return  # closed while the bot thought about it: nothing is there to change
    body = {} if body is None else body
    if not isinstance(body, dict):
        raise SlackError("invalid_arguments", "must be an object")
    action = body.get("response_action")
    if action is None and body:
        raise SlackError("invalid_arguments", "missing required field: response_action")
    if action is None:
        leave(workspace, view, clear=False)
    elif action == "clear":
        leave(workspace, view, clear=True)
    elif action == "errors":
        _show_errors(workspace, view, body.get("errors"))
    elif action in ("update", "push"):
        _require(limits.validate_view(body.get("view")), "modal")
        if action == "push":
            push(workspace, view.person, body["view"])
        else:
            replace(workspace, view, body["view"], hash=None)
    else:
        raise SlackError("invalid_arguments", f"unsupported response_action: {action}")


def _show_errors(workspace: Workspace, view: View, errors: Any) -> None:
    inputs = {block["block_id"] for block in view.blocks if block["type"] == "input"}
    if not isinstance(errors, dict) or not errors:
        raise SlackError("invalid_arguments", "missing required field: errors")
    for block_id, text in errors.items():
        if block_id not in inputs:
            raise SlackError("invalid_arguments", f"no input has block_id {block_id}")
        if not isinstance(text, str) or not text:
            raise SlackError("invalid_arguments", f"no text for {block_id}")
    view.errors = dict(errors)
    view.sequence = workspace.tick()
    workspace.bell.ring()
