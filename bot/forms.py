"""
Forms as Slack's modals: a sheet becomes a view, and what comes back its values.

Source: https://docs.slack.dev/reference/block-kit/blocks/input-block
"""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, time
from typing import Any, TypeAlias, assert_never

from bot.pieces import escape
from commands.contract import Bullets, Button, Part, Reply, Text
from commands.forms import (
    LONGEST_TEXT,
    MOST_OPTIONS,
    AnyField,
    ChannelField,
    ChoiceField,
    ChoicesField,
    DateField,
    Option,
    PersonField,
    SearchesField,
    SearchField,
    Sheet,
    Submission,
    TextField,
    TextKind,
    TimeField,
    Value,
)
from commands.speech import phrase, say

Block: TypeAlias = dict[str, Any]

CALLBACK = "form"
FREE, TYPED = "free", "typed"  # action ids: a person's own words are screened
TITLE_CHARACTERS = 24
OPTION_CHARACTERS = 75
OPTION_END = 24  # of those: what is kept of the end of one that is longer
VALUE_CHARACTERS = 150
LABEL_CHARACTERS = 2000
CHECKBOXES = 10  # more options are a menu
RADIO_BUTTONS = 10
SECTION_CHARACTERS = 3000
NO_DETAILS = phrase(
    "No client details, please. Slack keeps what you type; this bot is no reporting line."
)
# Slack checks these as they are typed; what comes without Slack's own window is checked here.
EMAIL = re.compile(r"[^@\s<>|]+@[^@\s<>|]+\.[^@\s<>|]+")
URL = re.compile(r"https?://[^\s<>|]+")
_TEXTS = {
    TextKind.PLAIN: "plain_text_input",
    TextKind.EMAIL: "email_text_input",
    TextKind.URL: "url_text_input",
}


@dataclass(frozen=True, kw_only=True)
class Opened:
    """
    Attributes:
        view: for Slack's views.open.
    """

    view: dict[str, Any]


@dataclass(frozen=True, kw_only=True)
class Sent:
    """
    A form that came back.

    Attributes:
        opened_by: the command text that opened it.
        nonce: its own, from when it opened.
        free: what of it are a person's own words.
        first: its first field.
        kinds: field -> Slack's type of its input.
    """

    opened_by: str
    nonce: str
    submission: Submission
    free: tuple[str, ...]
    first: str
    kinds: Mapping[str, str]


def opened(sheet: Sheet, *, opened_by: str, nonce: str) -> Opened:
    """
    Return *sheet* as a modal.

    Args:
        opened_by: the command text; it says whose form this is when it comes back.
        nonce: makes what comes back of this one known from any other.
    """
    metadata = {"opened_by": opened_by, "nonce": nonce, "seen": sheet.seen}
    says = [*sheet.says, say(NO_DETAILS)]
    return Opened(
        view={
            "type": "modal",
            "callback_id": CALLBACK,
            "private_metadata": json.dumps(metadata),
            "title": _plain(sheet.title, most=TITLE_CHARACTERS),
            "submit": _plain(say(sheet.send), most=TITLE_CHARACTERS),
            "close": _plain(say("Cancel"), most=TITLE_CHARACTERS),
            "blocks": [
                *({"type": "section", "text": _markdown(text), "expand": True} for text in says),
                *map(_input, sheet.fields),
            ],
        }
    )


def described(sheet: Sheet, *, again: str) -> Reply:
    """
    Return *sheet* in words, where no form can be opened.
    """
    parts: list[Part] = [Text(text=text) for text in sheet.says]
    parts.append(Text(text=say("This opens a form in Slack, which asks for:")))
    parts.append(Bullets(items=tuple(field.label for field in sheet.fields)))
    parts.append(
        Text(text=say("It could not be opened here just now. Press the button to try again."))
    )
    return Reply(
        title=sheet.title,
        parts=tuple(parts),
        notes=(say(NO_DETAILS),),
        buttons=(Button(label=say("Open the form"), command=again),),
        again=again,
        shareable=False,
    )


def sent(view: Mapping[str, Any]) -> Sent:
    """
    Return what came back in *view*, Slack's of a submission.

    Raises:
        KeyError, ValueError: if it is no form of ours.
    """
    metadata = json.loads(view["private_metadata"])
    values: dict[str, Value] = {}
    kinds: dict[str, str] = {}
    free: list[str] = []
    for name, actions in view["state"]["values"].items():
        for action_id, state in actions.items():
            values[name] = value = _value(state)
            kinds[name] = state["type"]
            if action_id == FREE and isinstance(value, str):
                free.append(value)
    inputs = [block["block_id"] for block in view["blocks"] if block["type"] == "input"]
    return Sent(
        opened_by=metadata["opened_by"],
        nonce=metadata["nonce"],
        submission=Submission(values=values, seen=metadata["seen"]),
        free=tuple(free),
        first=inputs[0],
        kinds=kinds,
    )


def opened_by(view: Mapping[str, Any]) -> str:
    """
    Return the command text that opened the form in *view*.

    Raises:
        KeyError, ValueError: if it is no form of ours.
    """
    return str(json.loads(view["private_metadata"])["opened_by"])


def people(form: Sent) -> dict[str, str]:
    """
    Return whom its fields name: field -> Slack's id.
    """
    values = form.submission.values.items()
    return {
        name: value
        for name, value in values
        if form.kinds.get(name) == "users_select" and isinstance(value, str)
    }


def unfit(form: Sent) -> dict[str, str]:
    """
    Return what cannot be of its kind, which Slack's own window would not have let through.
    """
    errors = {}
    for name, value in form.submission.values.items():
        if not isinstance(value, str):
            continue
        match form.kinds[name]:
            case "email_text_input" if not EMAIL.fullmatch(value):
                errors[name] = say("Please type an address such as name@example.org.")
            case "url_text_input" if not URL.fullmatch(value):
                errors[name] = say("Please type an address such as https://example.org.")
            case "datepicker" if not _is(date, value):
                errors[name] = say("Please pick a day.")
            case "timepicker" if not _is(time, value):
                errors[name] = say("Please pick a time.")
            case _ if len(value) > LONGEST_TEXT:
                errors[name] = say(
                    "Please use at most {longest_text} characters.", longest_text=LONGEST_TEXT
                )
    return errors


def options_answer(options: tuple[Option, ...]) -> dict[str, Any]:
    """
    Return the answer to a search.
    """
    return {"options": [_option(each) for each in options]}


def _input(field: AnyField) -> Block:
    block: Block = {
        "type": "input",
        "block_id": field.name,
        "label": _plain(field.label, most=LABEL_CHARACTERS),
        "element": _element(field),
        "optional": field.optional,
    }
    if field.hint:
        block["hint"] = _plain(field.hint, most=LABEL_CHARACTERS)
    return block


def _element(field: AnyField) -> Block:
    match field:
        case TextField():
            return _text(field)
        case ChoiceField() | ChoicesField() if len(field.options) > MOST_OPTIONS:
            return _searched(field)
        case ChoiceField():
            few = len(field.options) <= RADIO_BUTTONS and not field.optional
            return _choice(field, kind="radio_buttons" if few else "static_select")
        case ChoicesField():
            few = len(field.options) <= CHECKBOXES
            return _choices(field, kind="checkboxes" if few else "multi_static_select")
        case SearchField():
            element: Block = {"type": "external_select", "min_query_length": 0}
            if field.value is not None:
                element["initial_option"] = _option(field.value)
        case SearchesField():
            element = {"type": "multi_external_select", "min_query_length": 0}
            if field.values:
                element["initial_options"] = [_option(each) for each in field.values]
        case ChannelField():
            element = {"type": "channels_select"} | _initial("initial_channel", field.value)
        case PersonField():
            element = {"type": "users_select"} | _initial("initial_user", field.value)
        case DateField():
            element = {"type": "datepicker"} | _initial("initial_date", field.value)
        case TimeField():
            element = {"type": "timepicker"} | _initial("initial_time", field.value)
        case _:
            assert_never(field)
    return element | {"action_id": TYPED}


def _text(field: TextField) -> Block:
    element: Block = {
        "type": _TEXTS[field.kind],
        "action_id": FREE if field.free else TYPED,
    } | _initial("initial_value", field.value)
    if field.kind is TextKind.PLAIN:
        # What stands there already may be longer: Slack would refuse the whole form for it.
        most = max(field.longest, len(field.value or ""))
        element["max_length"] = min(most, LONGEST_TEXT)
        if field.lines:
            element["multiline"] = True
    return element


def _choice(field: ChoiceField, *, kind: str) -> Block:
    options = [_option(each) for each in field.options]
    chosen = [each for each in options if each["value"] == field.value]
    element: Block = {"type": kind, "action_id": TYPED, "options": options}
    return element | ({"initial_option": chosen[0]} if chosen else {})


def _choices(field: ChoicesField, *, kind: str) -> Block:
    options = [_option(each) for each in field.options]
    chosen = [each for each in options if each["value"] in field.values]
    element: Block = {"type": kind, "action_id": TYPED, "options": options}
    return element | ({"initial_options": chosen} if chosen else {})


def _searched(field: ChoiceField | ChoicesField) -> Block:
    """
    Return a menu that is searched: Slack takes no more options in one that is not.
    """
    element: Block = {"action_id": TYPED, "min_query_length": 0}
    chosen = field.values if isinstance(field, ChoicesField) else (field.value,)
    options = [_option(each) for each in field.options if each.value in chosen]
    if isinstance(field, ChoicesField):
        element["type"] = "multi_external_select"
        return element | ({"initial_options": options} if options else {})
    element["type"] = "external_select"
    return element | ({"initial_option": options[0]} if options else {})


def _option(option: Option) -> Block:
    if len(option.value) > VALUE_CHARACTERS:
        raise ValueError("an option's value is too long")
    label = " ".join(option.label.split())
    if len(label) > OPTION_CHARACTERS:  # what tells two long names apart may be their end
        start = label[: OPTION_CHARACTERS - OPTION_END - 1].rstrip()
        label = f"{start}…{label[-OPTION_END:].lstrip()}"
    return {"text": _plain(label, most=OPTION_CHARACTERS), "value": option.value}


def _initial(key: str, value: str | None) -> Block:
    return {key: value} if value else {}


def _plain(text: str, *, most: int) -> Block:
    text = " ".join(text.split())
    shown = text if len(text) <= most else f"{text[: most - 1]}…"
    return {"type": "plain_text", "text": shown, "emoji": False}


def _markdown(text: str) -> Block:
    return {"type": "mrkdwn", "text": escape(text)[:SECTION_CHARACTERS]}


def _value(state: Mapping[str, Any]) -> Value:
    """
    Return what a person left in one input.

    Source: https://docs.slack.dev/reference/views#state
    """
    if state["type"] in {"checkboxes", "multi_static_select", "multi_external_select"}:
        return tuple(option["value"] for option in state.get("selected_options") or ())
    if state["type"] in {"static_select", "external_select", "radio_buttons"}:
        option = state.get("selected_option")
        return str(option["value"]) if option else None
    for key in ("value", "selected_user", "selected_channel", "selected_date", "selected_time"):
        if key in state:
            return (state[key] or "").strip() or None
    return None


def _is(kind: type[date] | type[time], value: str) -> bool:
    try:
        kind.fromisoformat(value)
    except ValueError:
        return False
    return True
