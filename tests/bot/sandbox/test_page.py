"""The page for people, over real HTTP."""

import json
import re

import pytest

from bot.sandbox.mrkdwn import render
from bot.sandbox.page import render_blocks
from bot.sandbox.shortcuts import Shortcut
from tests.bot.sandbox.forms import entry, modal, open_modal, option

EVIL = "<script>alert('x')</script>"
BUTTON = {
    "type": "button",
    "action_id": "more",
    "text": {"type": "plain_text", "text": "More"},
}


class Bot:
    """Answers everything with what it was told to, and remembers what it was sent."""

    def __init__(self):
        self.answer = {"text": "Call 911 first."}
        self.payloads = []

    async def __call__(self, request):
        self.payloads.append(request.payload)
        return self.answer


@pytest.fixture
async def bot(connect):
    bot = Bot()
    await connect(bot)
    return bot


@pytest.fixture
def own(sandbox):
    return {"Origin": sandbox.base_url}


async def get(http, sandbox, **query):
    async with http.get(sandbox.page_url, params=query) as response:
        assert response.status == 200
        return await response.text()


async def test_the_page_offers_people_channels_and_a_command(http, sandbox):
    page = await get(http, sandbox)

    assert "Ada Admin (admin)" in page
    assert "#general" in page
    assert 'value="/ht hotline"' in page


async def test_a_command_is_answered_on_the_page_for_the_asker_alone(http, sandbox, bot, own):
    bot.answer = {
        "text": "Call 911 first. Then 1-888-373-7888.",
        "blocks": [{"type": "section", "text": {"type": "mrkdwn", "text": "Call *911* first."}}],
    }
    form = {"person": "U0MEMBER", "channel": "C0GENERAL", "command": "/ht hotline"}

    async with http.post(f"{sandbox.base_url}/command", data=form, headers=own) as response:
        page = await response.text()

    assert "Call <strong>911</strong> first." in page
    assert "Only visible to you" in page
    assert "What a screen reader hears" in page
    assert "Then 1-888-373-7888." in page
    assert "911" not in await get(http, sandbox, person="U0ADMIN", channel="C0GENERAL")


async def test_a_button_is_pressed(http, sandbox, bot, own):
    bot.answer = {"text": "t", "blocks": [{"type": "actions", "elements": [BUTTON]}]}
    asked = await sandbox.command("U0MEMBER", "/ht", channel="C0GENERAL")
    block_id = asked.message.blocks[0]["block_id"]
    form = {
        "person": "U0MEMBER",
        "channel": "C0GENERAL",
        "in": "C0GENERAL",
        "ts": asked.message.ts,
        "press": json.dumps([block_id, "more"]),
    }
    bot.answer = {}

    async with http.post(f"{sandbox.base_url}/act", data=form, headers=own) as response:
        assert response.status == 200

    assert bot.payloads[-1]["actions"][0]["action_id"] == "more"


async def test_a_form_is_shown_as_a_dialog_and_submitted(http, sandbox, bot, client, own):
    view = {
        "type": "modal",
        "title": {"type": "plain_text", "text": "Register"},
        "submit": {"type": "plain_text", "text": "Save"},
        "blocks": [
            {
                "type": "input",
                "block_id": "name",
                "label": {"type": "plain_text", "text": "Your name"},
                "element": {"type": "plain_text_input", "action_id": "value"},
            }
        ],
    }
    trigger = sandbox.workspace.trigger("U0MEMBER").id
    shown = (await client.views_open(trigger_id=trigger, view=view))["view"]
    page = await get(http, sandbox, person="U0MEMBER")
    name = json.dumps(["value", "name", "value"])
    form = {"person": "U0MEMBER", "view": shown["id"], name: "Ada", "submit": "1"}
    bot.answer = {}

    async with http.post(f"{sandbox.base_url}/act", data=form, headers=own) as response:
        after = await response.text()

    assert "<dialog" in page
    assert "Your name" in page
    assert bot.payloads[-1]["view"]["state"]["values"]["name"]["value"]["value"] == "Ada"
    assert "<dialog" not in after


AGENCY = {"type": "external_select", "min_query_length": 2}
SEARCH = json.dumps(["search", "agency", "agency-value"])
AGENCY_FIELD = json.dumps(["value", "agency", "agency-value"])
NAME_FIELD = json.dumps(["value", "name", "name-value"])
BY_BUTTON = {"search": json.dumps(["agency", "agency-value"])}
BY_ENTER = {"submit": "enter"}


@pytest.fixture
async def searchable(client, sandbox, bot):
    bot.answer = {"options": [option("7", "Alpha House")]}
    name = entry("name", {"type": "plain_text_input"})
    return await open_modal(sandbox, client, modal(name, entry("agency", AGENCY)))


async def act(http, sandbox, view, own, **fields):
    form = {"person": "U0MEMBER", "view": view.id, **fields}
    async with http.post(f"{sandbox.base_url}/act", data=form, headers=own) as response:
        return await response.text()


@pytest.mark.parametrize("how", [BY_BUTTON, BY_ENTER])
async def test_what_a_search_finds_can_be_chosen(how, http, sandbox, bot, own, searchable):
    typed = {NAME_FIELD: "Ada", SEARCH: "al"}
    found = await act(http, sandbox, searchable, own, **typed, **how)
    bot.answer = {}

    await act(http, sandbox, searchable, own, **typed, **{AGENCY_FIELD: "7", "submit": "enter"})

    asked, sent = bot.payloads
    assert (asked["type"], asked["value"]) == ("block_suggestion", "al")
    assert '<option value="7">Alpha House</option>' in found
    assert 'value="Ada"' in found
    assert "1 found." in found
    state = sent["view"]["state"]["values"]["agency"]["agency-value"]
    assert state["selected_option"]["value"] == "7"


@pytest.mark.parametrize(
    ("typed", "answer", "said"),
    [
        ("a", {}, "Type at least 2 characters."),
        ("al", {"options": []}, "No options."),
        ("al", {"nothing": []}, "The bot answered something Slack refuses (invalid_arguments)."),
    ],
)
async def test_a_search_that_finds_nothing_says_so(
    typed, answer, said, http, sandbox, bot, own, searchable
):
    bot.answer = answer

    page = await act(http, sandbox, searchable, own, **{SEARCH: typed}, **BY_BUTTON)

    assert said in page
    assert AGENCY_FIELD not in page.replace("&quot;", '"')


async def test_what_is_wrong_and_the_hint_are_tied_to_their_field(http, sandbox, client, own):
    hint = {"type": "plain_text", "text": "As on your card"}
    form = modal(entry("your name", {"type": "plain_text_input"}, hint=hint))
    view = await open_modal(sandbox, client, form)

    page = await act(http, sandbox, view, own, submit="1")

    [said] = re.findall(r'aria-describedby="([^"]+)"', page)
    told = [re.search(rf'id="{re.escape(id)}">([^<]+)<', page)[1] for id in said.split(" ")]
    assert told == ["As on your card", "Please complete this required field."]
    assert '<h2 id="title" tabindex="-1">' in page  # the field that is wrong has the focus
    assert page.count("autofocus") == 1


async def test_every_input_shows_what_is_in_it(client, sandbox, http):
    options = [option("a"), option("b")]
    blocks = [
        entry("n", {"type": "number_input", "is_decimal_allowed": False, "initial_value": "7"}),
        entry("d", {"type": "datepicker", "initial_date": "2026-12-31"}),
        entry("t", {"type": "timepicker", "initial_time": "09:30"}),
        entry("dt", {"type": "datetimepicker", "initial_date_time": 1798707600}),
        entry("r", {"type": "radio_buttons", "options": options, "initial_option": options[1]}),
        entry("m", {"type": "multi_static_select", "options": options,
                    "initial_options": options[:1]}),
        entry("s", {"type": "static_select", "initial_option": options[0],
                    "option_groups": [{"label": options[1]["text"], "options": options}]}),
        entry("x", {"type": "external_select", "initial_option": options[1]}),
        entry("u", {"type": "users_select", "initial_user": "U0ADMIN"}),
    ]  # fmt: skip
    await open_modal(sandbox, client, modal(*blocks))

    page = await get(http, sandbox, person="U0MEMBER")

    for shown in (
        'type="text" value="7" inputmode="decimal"',
        'type="date" value="2026-12-31"',
        'type="time" value="09:30"',
        'type="datetime-local" value="2026-12-31T09:00"',
        'value="b" checked',
        'value="a" checked',
        '<optgroup label="B"><option value="a" selected>',
        '<option value="b" selected>',
        '<option value="U0ADMIN" selected>',
    ):
        assert shown in page
    assert "Gus Gone" not in page


async def test_a_shortcut_is_in_a_menu(http, sandbox, bot, own):
    sandbox.workspace.shortcuts["register"] = Shortcut(name="Register", callback_id="register")
    bot.answer = {}
    form = {"person": "U0MEMBER", "callback_id": "register"}

    page = await get(http, sandbox)
    async with http.post(f"{sandbox.base_url}/shortcut", data=form, headers=own) as response:
        assert response.status == 200
    form["callback_id"] = "other"
    async with http.post(f"{sandbox.base_url}/shortcut", data=form, headers=own) as response:
        assert response.status == 400

    assert '<button type="submit" name="callback_id" value="register">Register</button>' in page
    assert [payload["type"] for payload in bot.payloads] == ["shortcut"]


async def test_an_account_is_deactivated_and_given_back(http, sandbox, bot, own):
    bot.answer = {}
    url, form = f"{sandbox.base_url}/account", {"person": "U0COORD", "tab": "home"}

    async with http.post(url, data={**form, "deactivate": "1"}, headers=own) as response:
        gone = await response.text()
    async with http.post(url, data={**form, "deactivate": "1"}, headers=own) as response:
        assert response.status == 400
    async with http.post(url, data={**form, "reactivate": "1"}, headers=own) as response:
        back = await response.text()

    assert "The account of Cora Coordinator is deactivated" in gone
    assert "Cora Coordinator (deactivated)" in gone
    assert gone.count(" disabled>") >= 3
    assert "Cora Coordinator (coordinator)" in back
    assert [payload["event"]["user"]["deleted"] for payload in bot.payloads] == [True, False]


async def test_home_is_opened(http, sandbox, bot, client, own):
    view = {"type": "home", "blocks": [{"type": "header", "text": BUTTON["text"]}]}
    await client.views_publish(user_id="U0MEMBER", view=view)

    async with http.post(
        f"{sandbox.base_url}/home", data={"person": "U0MEMBER"}, headers=own
    ) as response:
        page = await response.text()

    assert bot.payloads[-1]["event"]["type"] == "app_home_opened"
    assert "<h3>More</h3>" in page


async def test_a_bot_that_does_not_answer_is_said_so(http, sandbox, own):
    form = {"person": "U0MEMBER", "channel": "C0GENERAL", "command": "/ht"}

    async with http.post(f"{sandbox.base_url}/command", data=form, headers=own) as response:
        assert "The bot could not be reached (dispatch_failed)." in await response.text()


@pytest.mark.parametrize("path", ["command", "home", "act", "shortcut", "account", "clock"])
@pytest.mark.parametrize("origin", [{}, {"Origin": "http://evil.example"}, {"Origin": "null"}])
async def test_another_page_can_do_nothing(path, origin, http, sandbox):
    url = f"{sandbox.base_url}/{path}"

    async with http.post(url, data={"command": "/ht"}, headers=origin) as response:
        assert response.status == 403


@pytest.mark.parametrize("path", ["", "api/api.test"])
async def test_a_name_from_elsewhere_gets_nothing(path, http, sandbox):
    headers = {"Host": "rebound.example"}

    async with http.get(f"{sandbox.page_url}{path}", headers=headers) as response:
        assert response.status == 403


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.0.2.1", "example.org"])
async def test_it_serves_this_machine_only(host, sandbox):
    with pytest.raises(ValueError, match="this machine only"):
        await sandbox.start(host=host)


async def test_the_page_learns_of_what_came_later(http, sandbox, client):
    after = sandbox.workspace.sequence
    await client.chat_postMessage(channel="C0GENERAL", text="Later")

    async with http.get(f"{sandbox.base_url}/changes", params={"after": after}) as response:
        assert (await response.json())["sequence"] > after


@pytest.mark.parametrize(
    ("name", "kind"), [("style.css", "text/css"), ("page.js", "text/javascript")]
)
async def test_the_page_needs_nothing_from_elsewhere(name, kind, http, sandbox):
    async with http.get(f"{sandbox.base_url}/static/{name}") as response:
        assert (response.status, response.content_type) == (200, kind)
        policy = response.headers["Content-Security-Policy"]
        text = await response.text()

    assert policy.startswith("default-src 'none'")
    assert "//" not in text.replace("// ", "")
    async with http.get(f"{sandbox.base_url}/static/secrets.txt") as response:
        assert response.status == 404


@pytest.mark.parametrize(
    "block",
    [
        {"type": "header", "text": {"type": "plain_text", "text": EVIL}},
        {"type": "section", "text": {"type": "mrkdwn", "text": EVIL}},
        {"type": "section", "fields": [{"type": "mrkdwn", "text": f"`{EVIL}`"}]},
        {"type": "context", "elements": [{"type": "plain_text", "text": EVIL}]},
        {"type": "image", "alt_text": EVIL, "image_url": EVIL},
        {"type": "markdown", "text": EVIL},
        {"type": "table", "rows": [[{"type": "raw_text", "text": EVIL}]]},
        {"type": EVIL},
        {
            "type": "actions",
            "block_id": EVIL,
            "elements": [
                {**BUTTON, "action_id": EVIL, "text": {"type": "plain_text", "text": EVIL}}
            ],
        },
        {
            "type": "input",
            "block_id": EVIL,
            "label": {"type": "plain_text", "text": EVIL},
            "element": {"type": "plain_text_input", "action_id": EVIL},
        },
        {
            "type": "data_visualization",
            "title": EVIL,
            "chart": {"type": "pie", "segments": [{"label": EVIL, "value": 1}]},
        },
        {
            "type": "data_table",
            "caption": EVIL,
            "rows": [[{"type": "raw_text", "text": EVIL}], [{"type": "raw_text", "text": EVIL}]],
        },
        {
            "type": "data_visualization",
            "title": EVIL,
            "chart": {
                "type": "bar",
                "series": [{"name": EVIL, "data": [{"label": EVIL, "value": 1}]}],
                "axis_config": {"categories": [EVIL], "y_label": EVIL},
            },
        },
        {"type": "section", "text": {"type": "mrkdwn", "text": f"<javascript:alert(1)|{EVIL}>"}},
    ],
    ids=lambda block: block["type"][:20],
)
def test_everything_the_bot_sends_is_escaped(block):
    html = render_blocks([block], errors={EVIL: EVIL})

    assert "<script" not in html
    assert "&lt;script" in html
    assert 'href="javascript' not in html


def test_a_table_has_a_caption_and_names_its_columns_and_rows():
    html = render_blocks(
        [
            {
                "type": "data_table",
                "caption": "Served",
                "rows": [
                    [{"type": "raw_text", "text": text} for text in ("Agency", "People")],
                    [
                        {"type": "raw_text", "text": "CVS"},
                        {"type": "raw_number", "value": 1234, "text": "1,234"},
                    ],
                    [{"type": "raw_text", "text": text} for text in ("IRC", "<10")],
                ],
            }
        ]
    )

    assert "<caption><span>Served</span></caption>" in html
    assert '<th scope="col">Agency</th><th scope="col" class="number">People</th>' in html
    assert '<th scope="row">CVS</th><td class="number">1,234</td>' in html
    assert '<th scope="row">IRC</th><td class="number">&lt;10</td>' in html


@pytest.mark.parametrize("values", [(3, 1), (1,), (0, 0), (1e9, 1)])
@pytest.mark.parametrize("kind", ["pie", "bar"])
def test_a_chart_is_a_picture_with_a_name_and_its_numbers_in_a_table(kind, values):
    points = [{"label": f"L{n}", "value": value} for n, value in enumerate(values)]
    chart = {"type": "pie", "segments": points}
    if kind == "bar":
        axis = {"categories": [point["label"] for point in points], "y_label": "calls"}
        chart = {"type": "bar", "series": [{"name": "2023", "data": points}], "axis_config": axis}

    html = render_blocks([{"type": "data_visualization", "title": "Calls", "chart": chart}])

    assert (
        f'<svg role="img" aria-label="{kind} chart: Calls. Its numbers follow as a table."' in html
    )
    for n, value in enumerate(values):
        assert f'<th scope="row">L{n}</th><td class="number">{value:,}</td>' in html
    assert "nan" not in html.lower()


@pytest.mark.parametrize(
    ("text", "html"),
    [
        ("*bold* _slanted_ ~gone~", "<strong>bold</strong> <em>slanted</em> <s>gone</s>"),
        ("2*3*4 snake_case_name", "2*3*4 snake_case_name"),
        ("`*code*`", "<code>*code*</code>"),
        ("```a\nb```", "<pre>a\nb</pre>"),
        ("one\ntwo", "one<br>two"),
        ("R&amp;D &lt;3", "R&amp;D &lt;3"),
        ("*<tel:911|911>*", '<strong><a href="tel:911" rel="noreferrer">911</a></strong>'),
        ("<https://x.example/?a=1&amp;b=2>", '<a href="https://x.example/?a=1&amp;b=2" rel="noreferrer">https://x.example/?a=1&amp;b=2</a>'),
        ("<!date^1762189200^{date_short_pretty}|3 Nov>", "<time>3 Nov</time>"),
        ("<!channel>", '<span class="mention live">@channel</span>'),
        ("<@U0ADMIN>", '<span class="mention">@U0ADMIN</span>'),
        ("&gt; said\nthen", "<blockquote>said</blockquote>then"),
        ("\ue0000\ue001", "0"),
    ],
)  # fmt: skip
def test_mrkdwn_is_shown_as_slack_shows_it(text, html):
    assert render(text) == html
