"""Every limit of Slack's that the bot has to keep: at it passes, one past it is refused."""

import contextlib
import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.sandbox import limits
from bot.sandbox.errors import SlackError


def plain(characters=1):
    return {"type": "plain_text", "text": "x" * characters}


def mrkdwn(characters=1):
    return {"type": "mrkdwn", "text": "x" * characters}


def section(text=None, **fields):
    return {"type": "section", "text": text or mrkdwn(), **fields}


def button(n=0, **fields):
    return {"type": "button", "text": plain(), "action_id": f"b{n}", **fields}


def actions(*elements):
    return {"type": "actions", "elements": list(elements)}


def option(n=0, **fields):
    return {"text": plain(), "value": f"v{n}", **fields}


def select(count=1, **fields):
    return {"type": "static_select", "options": [option(n) for n in range(count)], **fields}


def entry(element=None, **fields):
    element = element or {"type": "plain_text_input"}
    return {"type": "input", "label": plain(), "element": element, **fields}


def raw(text="x"):
    return {"type": "raw_text", "text": text}


def rows(count, columns=1, *, first="x"):
    return [[raw(first), *[raw() for _ in range(columns - 1)]] for _ in range(count)]


def table(count=1, columns=1, **fields):
    return {"type": "table", "rows": rows(count, columns), **fields}


def data_table(count=2, columns=1, **fields):
    return {"type": "data_table", "caption": "c", "rows": rows(count, columns), **fields}


def long_table(kind, characters):
    """Two rows whose cells hold this many characters in all."""
    block = {"type": kind, "rows": [[raw("x")], [raw("x" * (characters - 1))]]}
    return block | ({"caption": "c"} if kind == "data_table" else {})


def pie(**fields):
    chart = {"type": "pie", "segments": [{"label": "a", "value": 1}], **fields}
    return {"type": "data_visualization", "title": "t", "chart": chart}


def bars(series=1, points=1, *, label=1, name=1, **axis):
    labels = [str(n).rjust(label, "0") for n in range(points)]
    data = [{"label": text, "value": 0} for text in labels]
    lines = [{"name": str(n).rjust(name, "0"), "data": data} for n in range(series)]
    chart = {"type": "bar", "series": lines, "axis_config": {"categories": labels, **axis}}
    return {"type": "data_visualization", "title": "t", "chart": chart}


def card(**fields):
    return {"type": "card", "title": mrkdwn(), **fields}


def modal(*blocks, **fields):
    return {"type": "modal", "title": plain(), "blocks": list(blocks), **fields}


def home(*blocks, **fields):
    return {"type": "home", "blocks": list(blocks), **fields}


def markdown(characters):
    return {"type": "markdown", "text": "x" * characters}


def feedback(text=1):
    half = {"text": plain(text), "value": "v"}
    return {"type": "feedback_buttons", "positive_button": half, "negative_button": half}


@dataclass(frozen=True, kw_only=True)
class Limit:
    """What is counted, how far it may go, and what `build` makes of a count."""

    name: str
    most: int
    build: Callable[[int], Any]
    code: str = "invalid_blocks"


def block(name, most, build, code="invalid_blocks"):
    """Return the limit of something in one block of a message."""
    return Limit(
        name=name, most=most, build=lambda n: {"text": "t", "blocks": [build(n)]}, code=code
    )


def message(name, most, build, code="invalid_blocks"):
    return Limit(name=name, most=most, build=build, code=code)


MESSAGES = [
    message("blocks of a message", 50, lambda n: {"blocks": [section()] * n}),
    message("characters of text", 40_000, lambda n: {"text": "x" * n}, "msg_too_long"),
    message("attachments", 100, lambda n: {"attachments": [{}] * n}, "too_many_attachments"),
    message(
        "characters of all blocks",
        13_200,
        lambda n: {"blocks": [section(mrkdwn(1200)), *[section(mrkdwn(3000))] * 4]
                   + ([section(mrkdwn(n - 13_200))] if n > 13_200 else [])},
        "msg_blocks_too_long",
    ),
    block("header", 150, lambda n: {"type": "header", "text": plain(n)}),
    block("section text", 3000, lambda n: section(mrkdwn(n))),
    block("section fields", 10, lambda n: {"type": "section", "fields": [mrkdwn()] * n}),
    block("section field", 2000, lambda n: {"type": "section", "fields": [mrkdwn(n)]}),
    block("context elements", 10, lambda n: {"type": "context", "elements": [mrkdwn()] * n}),
    block("context text", 3000, lambda n: {"type": "context", "elements": [mrkdwn(n)]}),
    block("actions", 25, lambda n: actions(*map(button, range(n)))),
    block("button text", 75, lambda n: actions(button(text=plain(n)))),
    block("button value", 2000, lambda n: actions(button(value="x" * n))),
    block("button url", 3000, lambda n: actions(button(url="x" * n))),
    block("accessibility label", 75, lambda n: actions(button(accessibility_label="x" * n))),
    block("action_id", 255, lambda n: actions(button(action_id="x" * n))),
    block("block_id", 255, lambda n: section(block_id="x" * n)),
    block("option text", 75, lambda n: section(accessory=select(options=[option(text=plain(n))]))),
    block("option value", 150, lambda n: section(accessory=select(options=[option(value="x" * n)]))),
    block(
        "option description",
        75,
        lambda n: section(accessory=select(options=[option(description=plain(n))])),
    ),
    block("select options", 100, lambda n: section(accessory=select(n))),
    block("placeholder", 150, lambda n: section(accessory=select(placeholder=plain(n)))),
    block("overflow options", 5, lambda n: section(accessory=select(n, type="overflow"))),
    block("checkboxes", 10, lambda n: section(accessory=select(n, type="checkboxes"))),
    block("radio buttons", 10, lambda n: section(accessory=select(n, type="radio_buttons"))),
    block(
        "image address",
        3000,
        lambda n: {"type": "image", "alt_text": "a", "image_url": "x" * n},
    ),
    block(
        "image description",
        2000,
        lambda n: {"type": "image", "alt_text": "x" * n, "image_url": "https://x"},
    ),
    block("table rows", 100, lambda n: table(n)),
    block("table columns", 20, lambda n: table(1, n)),
    block("table characters", 10_000, lambda n: long_table("table", n)),
    block("data_table rows, with its header", 101, lambda n: data_table(n)),
    block("data_table columns", 20, lambda n: data_table(2, n)),
    block("data_table characters", 10_000, lambda n: long_table("data_table", n)),
    block("data_table page", 100, lambda n: data_table(page_size=n)),
    block("chart title", 50, lambda n: pie() | {"title": "x" * n}),
    block("chart points", 20, lambda n: bars(points=n)),
    block("chart series", 6, lambda n: bars(series=n)),
    block("chart label", 20, lambda n: bars(label=n)),
    block("chart series name", 20, lambda n: bars(name=n)),
    block("chart axis label", 50, lambda n: bars(x_label="x" * n)),
    block("pie segments", 6, lambda n: pie(segments=[{"label": str(i), "value": 1} for i in range(n)])),
    block("pie label", 20, lambda n: pie(segments=[{"label": "x" * n, "value": 1}])),
    message("charts of a message", 2, lambda n: {"blocks": [pie()] * n}),
    message("tables of a message", 1, lambda n: {"blocks": [table()] * n}, "invalid_attachments"),
    message(
        "tables of either kind",
        1,
        lambda n: {"blocks": [table(), *[data_table()] * (n - 1)]},
        "invalid_attachments",
    ),
    block("markdown", 12_000, markdown),
    message(
        "markdown of a message",
        12_000,
        lambda n: {"blocks": [markdown(6000), markdown(n - 6000)]},
        "msg_blocks_too_long",
    ),
    block("card title", 150, lambda n: card(title=mrkdwn(n))),
    block("card subtitle", 150, lambda n: card(subtitle=mrkdwn(n))),
    block("card body", 200, lambda n: card(body=mrkdwn(n))),
    block("card buttons", 3, lambda n: card(actions=[button(i) for i in range(n)])),
    block(
        "context actions",
        5,
        lambda n: {"type": "context_actions", "elements": [feedback()] * n},
    ),
    block(
        "feedback text",
        75,
        lambda n: {"type": "context_actions", "elements": [feedback(n)]},
    ),
]  # fmt: skip


def _view_of_bytes(size):
    view = modal()
    texts = ["x" * 3000 for _ in range(90)]
    view["blocks"] = [{"type": "section", "text": {"type": "mrkdwn", "text": t}} for t in texts]
    while (over := len(json.dumps(view, ensure_ascii=False)) - size) > 0:
        text = view["blocks"][-1]["text"]
        text["text"] = text["text"][: max(0, len(text["text"]) - over)]
        if not text["text"]:
            view["blocks"].pop()
    return view


VIEWS = [
    Limit(name=name, most=most, build=build, code=code)
    for name, most, build, code in [
        ("blocks of a modal", 100, lambda n: modal(*[section()] * n), "invalid_arguments"),
        ("blocks of a Home tab", 100, lambda n: home(*[section()] * n), "invalid_arguments"),
        ("modal title", 24, lambda n: modal(title=plain(n)), "invalid_arguments"),
        ("modal submit", 24, lambda n: modal(submit=plain(n)), "invalid_arguments"),
        ("modal close", 24, lambda n: modal(close=plain(n)), "invalid_arguments"),
        ("private_metadata", 3000, lambda n: modal(private_metadata="x" * n), "invalid_arguments"),
        ("callback_id", 255, lambda n: modal(callback_id="x" * n), "invalid_arguments"),
        ("external_id", 255, lambda n: modal(external_id="x" * n), "invalid_arguments"),
        (
            "input label",
            2000,
            lambda n: modal(entry(label=plain(n)), submit=plain()),
            "invalid_arguments",
        ),
        (
            "input hint",
            2000,
            lambda n: modal(entry(hint=plain(n)), submit=plain()),
            "invalid_arguments",
        ),
        (
            "alert",
            200,
            lambda n: modal({"type": "alert", "text": plain(n)}),
            "invalid_arguments",
        ),
        (
            "options of an input",
            100,
            lambda n: modal(entry(select(n)), submit=plain()),
            "invalid_arguments",
        ),
        (
            "typed characters",
            3000,
            lambda n: modal(entry({"type": "plain_text_input", "max_length": n}), submit=plain()),
            "invalid_arguments",
        ),
        ("bytes of a view", 250 * 1024, _view_of_bytes, "view_too_large"),
    ]
]


async def post(http, sandbox, method, body):
    headers = {"Authorization": f"Bearer {sandbox.bot_token}"}
    async with http.post(f"{sandbox.api_url}{method}", json=body, headers=headers) as response:
        return await response.json()


async def show(http, sandbox, view):
    if isinstance(view, dict) and view.get("type") == "home":
        body = {"user_id": "U0MEMBER", "view": view}
        return await post(http, sandbox, "views.publish", body)
    trigger = sandbox.workspace.trigger("U0MEMBER").id
    return await post(http, sandbox, "views.open", {"trigger_id": trigger, "view": view})


@pytest.mark.parametrize("limit", MESSAGES, ids=lambda limit: limit.name)
async def test_a_message_may_go_up_to_the_limit_and_not_past_it(limit, http, sandbox):
    to = {"channel": "C0GENERAL"}

    at = await post(http, sandbox, "chat.postMessage", to | limit.build(limit.most))
    past = await post(http, sandbox, "chat.postMessage", to | limit.build(limit.most + 1))

    assert (at["ok"], at.get("error")) == (True, None), at
    assert (past["ok"], past.get("error")) == (False, limit.code)


@pytest.mark.parametrize("limit", VIEWS, ids=lambda limit: limit.name)
async def test_a_view_may_go_up_to_the_limit_and_not_past_it(limit, http, sandbox):
    at = await show(http, sandbox, limit.build(limit.most))
    past = await show(http, sandbox, limit.build(limit.most + 1))

    assert (at["ok"], at.get("error")) == (True, None), at
    assert (past["ok"], past.get("error")) == (False, limit.code)


async def test_an_edit_takes_a_tenth_of_the_text_of_a_new_message(client, http, sandbox):
    posted = await client.chat_postMessage(channel="C0GENERAL", text="t")
    to = {"channel": "C0GENERAL", "ts": posted["ts"]}

    at = await post(http, sandbox, "chat.update", to | {"text": "x" * 4000})
    past = await post(http, sandbox, "chat.update", to | {"text": "x" * 4001})

    assert (at["ok"], past["error"]) == (True, "msg_too_long")


async def test_a_stack_holds_three_views(http, sandbox):
    errors = [(await show(http, sandbox, modal())).get("error")]
    for _ in range(3):
        trigger = sandbox.workspace.trigger("U0MEMBER", from_modal=True).id
        body = {"trigger_id": trigger, "view": modal()}
        errors.append((await post(http, sandbox, "views.push", body)).get("error"))

    assert errors == [None, None, None, "push_limit_reached"]


def _where(kind):
    blocks = {
        "section": section(),
        "header": {"type": "header", "text": plain()},
        "context": {"type": "context", "elements": [mrkdwn()]},
        "actions": actions(button()),
        "divider": {"type": "divider"},
        "input": entry(),
        "image": {"type": "image", "alt_text": "a", "image_url": "https://x"},
        "rich_text": {
            "type": "rich_text",
            "elements": [
                {"type": "rich_text_section", "elements": [{"type": "text", "text": "t"}]}
            ],
        },
        "card": card(),
        "table": table(),
        "data_table": data_table(),
        "data_visualization": pie(),
        "alert": {"type": "alert", "text": plain()},
        "markdown": markdown(1),
        "context_actions": {"type": "context_actions", "elements": [feedback()]},
    }
    return blocks[kind]


ANYWHERE = ("message", "modal", "home")
PLACES = {
    **dict.fromkeys(
        ("section", "header", "context", "actions", "divider", "input", "image"), ANYWHERE
    ),
    **dict.fromkeys(("rich_text", "card"), ANYWHERE),
    "table": ("message", "home"),
    "data_table": ("message", "home"),
    "data_visualization": ("message",),
    "alert": ("modal",),
    "markdown": ("message",),
    "context_actions": ("message",),
}


@pytest.mark.parametrize("surface", ANYWHERE)
@pytest.mark.parametrize("kind", PLACES)
async def test_each_block_stands_only_where_slack_has_room_for_it(kind, surface, http, sandbox):
    shown = _where(kind)

    if surface == "message":
        body = {"channel": "C0GENERAL", "blocks": [shown]}
        answer = await post(http, sandbox, "chat.postMessage", body)
    else:
        view = modal(shown, submit=plain()) if surface == "modal" else home(shown)
        answer = await show(http, sandbox, view)

    expected = None if surface in PLACES[kind] else "invalid_blocks"
    if expected and surface != "message":
        expected = "invalid_arguments"
    assert answer.get("error") == expected


@pytest.mark.parametrize(
    "wrong",
    [
        {"type": "sonnet"},
        {},
        "text",
        {"type": "section"},
        {"type": "section", "text": "bare"},
        {"type": "section", "text": {"type": "mrkdwn", "text": ""}},
        {"type": "section", "text": {"type": "mrkdwn"}},
        {"type": "section", "text": {"type": "html", "text": "t"}},
        {"type": "section", "text": {"type": "mrkdwn", "text": "t", "emoji": True}},
        {"type": "section", "fields": []},
        section(note="unknown"),
        section(accessory={"type": "plain_text_input"}),
        {"type": "header", "text": mrkdwn()},
        {"type": "header", "text": plain(0)},
        {"type": "context", "elements": []},
        actions(),
        actions(button(text=mrkdwn())),
        actions(button(style="blue")),
        actions(button(value=None)),
        actions(button(value="")),
        actions(button(1), button(1)),
        section(accessory=select(0)),
        section(accessory=select(initial_option=option(9))),
        entry({"type": "datepicker", "initial_date": "3 Nov"}),
        table(0),
        {"type": "table", "rows": [[raw("")]]},
        {"type": "table", "rows": [[{"type": "plain_text", "text": "t"}]]},
        {"type": "data_table", "rows": rows(2)},
        data_table(1),
        data_table(rows=[[raw()], [raw(), raw()]]),
        data_table(rows=[[raw()], [raw("")]]),
        data_table(rows=[[raw()], [{"type": "raw_number", "value": "7"}]]),
        data_table(rows=[[{"type": "rich_text", "elements": []}], [raw()]]),
        data_table(page_size=0),
        pie(segments=[{"label": "a", "value": 0}]),
        pie(segments=[{"label": "a", "value": None}]),
        pie(type="radar"),
        bars(points=0),
        {**bars(), "title": ""},
        {
            "type": "data_visualization",
            "title": "t",
            "chart": {
                "type": "bar",
                "series": [{"name": "s", "data": [{"label": "2023", "value": 1}] * 2}],
                "axis_config": {"categories": ["2023", "2023"]},
            },
        },
        {
            "type": "data_visualization",
            "title": "t",
            "chart": {
                "type": "line",
                "series": [{"name": "s", "data": [{"label": "2023", "value": 1}]}],
                "axis_config": {"categories": ["2023", "2024"]},
            },
        },
        {"type": "card", "subtitle": mrkdwn()},
        {"type": "image", "image_url": "https://x"},
        {"type": "rich_text", "elements": [{"type": "text", "text": "t"}]},
    ],
    ids=lambda wrong: json.dumps(wrong)[:70],
)
async def test_a_malformed_block_is_refused(wrong, http, sandbox):
    body = {"channel": "C0GENERAL", "text": "t", "blocks": [wrong]}

    answer = await post(http, sandbox, "chat.postMessage", body)

    assert answer["error"] == "invalid_blocks"
    assert answer["errors"]
    assert answer["response_metadata"]["messages"] == [f"[ERROR] {e}" for e in answer["errors"]]


@pytest.mark.parametrize("block", [data_table(), pie(), bars()], ids=lambda block: block["type"])
async def test_a_workspace_may_not_know_tables_and_charts(block, http, sandbox):
    body = {"channel": "C0GENERAL", "text": "t", "blocks": [section(), block]}
    known = await post(http, sandbox, "chat.postMessage", body)

    sandbox.forget_data_blocks()
    unknown = await post(http, sandbox, "chat.postMessage", body)

    assert known["ok"]
    assert unknown["error"] == "invalid_blocks"
    assert unknown["errors"] == [f"unsupported type: {block['type']} [json-pointer:/blocks/1/type]"]


async def test_a_refusal_says_where_as_slack_does(http, sandbox):
    body = {"channel": "C0GENERAL", "blocks": [section(), section(mrkdwn(3001))]}

    answer = await post(http, sandbox, "chat.postMessage", body)

    assert answer == {
        "ok": False,
        "error": "invalid_blocks",
        "errors": ["must be less than 3001 characters [json-pointer:/blocks/1/text/text]"],
        "response_metadata": {
            "messages": [
                "[ERROR] must be less than 3001 characters [json-pointer:/blocks/1/text/text]"
            ]
        },
    }


async def test_two_blocks_cannot_share_an_id(http, sandbox):
    body = {"channel": "C0GENERAL", "blocks": [section(block_id="a"), section(block_id="a")]}

    assert (await post(http, sandbox, "chat.postMessage", body))["error"] == "invalid_blocks"


@pytest.mark.parametrize(
    "view",
    [
        {"type": "modal", "blocks": []},
        {"type": "dialog", "title": plain(), "blocks": []},
        {"type": "modal", "title": mrkdwn(), "blocks": []},
        {"type": "modal", "title": plain()},
        modal(entry()),
        home(title=plain()),
        modal(state={}),
        "view",
    ],
    ids=lambda view: json.dumps(view)[:70],
)
async def test_a_malformed_view_is_refused(view, http, sandbox):
    assert (await show(http, sandbox, view))["error"] == "invalid_arguments"


@pytest.mark.parametrize("kind", PLACES)
def test_only_the_plainest_blocks_may_stand_in_an_acknowledgement(kind):
    shown = {"text": "t", "blocks": [_where(kind)]}

    if kind in ("section", "header", "context", "actions", "divider"):
        limits.validate_message(shown, ack=True)
    else:
        with pytest.raises(SlackError, match="invalid_blocks"):
            limits.validate_message(shown, ack=True)


@pytest.mark.parametrize("nothing", [{}, {"text": ""}, {"blocks": []}, {"text": None}])
async def test_an_empty_message_is_refused(nothing, http, sandbox):
    body = {"channel": "C0GENERAL", **nothing}

    assert (await post(http, sandbox, "chat.postMessage", body))["error"] == "no_text"


ODD = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner),
    max_leaves=5,
)


MENUS = [
    bars(2, 2),
    section(accessory=select(2, initial_option=option(1), confirm={"title": plain()})),
    entry(select(2, type="checkboxes", initial_options=[option(1)])),
    entry(
        {
            "type": "static_select",
            "option_groups": [{"label": plain(), "options": [option()]}],
        }
    ),
]


@st.composite
def spoilt(draw):
    """A proper block in which one thing, at any depth, is something odd."""
    shown = draw(st.sampled_from([*map(_where, PLACES), bars(2, 2), section(accessory=select(2))]))
    shown = json.loads(json.dumps(shown))
    place = shown
    while True:
        key = draw(st.sampled_from(sorted(place) if isinstance(place, dict) else range(len(place))))
        if not isinstance(place[key], dict | list) or not place[key] or draw(st.booleans()):
            place[key] = draw(ODD)
            return shown
        place = place[key]


@settings(max_examples=200, deadline=None)
@given(block=spoilt(), surface=st.sampled_from(ANYWHERE))
def test_whatever_is_sent_is_taken_or_refused_and_never_breaks_the_sandbox(block, surface):
    # Any other error would be the sandbox's own.
    with contextlib.suppress(SlackError):
        if surface == "message":
            limits.validate_message({"text": "t", "blocks": [block]})
        else:
            limits.validate_view(modal(block, submit=plain()) | {"type": surface})
