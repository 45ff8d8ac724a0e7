"""What each input sends, and what Slack's own client lets nobody send."""

import pytest
from slack_sdk.errors import SlackApiError

from tests.bot.sandbox.forms import Bot, entry, modal, open_modal, option, plain

OPTIONS = [option("a"), option("b"), option("c")]
TEXT, EMAIL, URL = ({"type": f"{kind}_input"} for kind in ("plain_text", "email_text", "url_text"))
WHOLE = {"type": "number_input", "is_decimal_allowed": False, "min_value": "1", "max_value": "99"}
DECIMAL = {"type": "number_input", "is_decimal_allowed": True, "min_value": "-0.5"}


@pytest.fixture
async def bot(connect):
    bot = Bot()
    await connect(bot)
    return bot


@pytest.mark.parametrize(
    ("element", "typed", "state"),
    [
        (TEXT, "two\nlines", {"value": "two\nlines"}),
        (EMAIL, "ada@county.example", {"value": "ada@county.example"}),
        (URL, "https://county.example/a?b", {"value": "https://county.example/a?b"}),
        (WHOLE, 12, {"value": "12"}),
        (DECIMAL, "1.5", {"value": "1.5"}),
        ({"type": "checkboxes", "options": OPTIONS}, ["a", "C"],
         {"selected_options": [OPTIONS[0], OPTIONS[2]]}),
        ({"type": "radio_buttons", "options": OPTIONS}, "b", {"selected_option": OPTIONS[1]}),
        ({"type": "static_select", "options": OPTIONS}, "B", {"selected_option": OPTIONS[1]}),
        ({"type": "static_select", "option_groups": [{"label": plain("g"), "options": OPTIONS}]},
         "b", {"selected_option": OPTIONS[1]}),
        ({"type": "multi_static_select", "options": OPTIONS}, ["b"],
         {"selected_options": [OPTIONS[1]]}),
        ({"type": "external_select", "initial_option": OPTIONS[0]}, "a",
         {"selected_option": OPTIONS[0]}),
        ({"type": "multi_external_select", "initial_options": OPTIONS}, ["c"],
         {"selected_options": [OPTIONS[2]]}),
        ({"type": "users_select"}, "U0ADMIN", {"selected_user": "U0ADMIN"}),
        ({"type": "multi_users_select"}, ["U0ADMIN"], {"selected_users": ["U0ADMIN"]}),
        ({"type": "datepicker"}, "2026-12-31", {"selected_date": "2026-12-31"}),
        ({"type": "timepicker"}, "23:59", {"selected_time": "23:59"}),
        ({"type": "datetimepicker"}, 1767225600, {"selected_date_time": 1767225600}),
    ],
)  # fmt: skip
async def test_an_input_sends_its_state(element, typed, state, bot, client, sandbox):
    view = await open_modal(sandbox, client, modal(entry("field", element)))

    outcome = await sandbox.submit("U0MEMBER", view, {"field": typed})

    sent = bot.payloads[0]["view"]["state"]["values"]["field"]["field-value"]
    assert (outcome.error, sent) == (None, {"type": element["type"], **state})


@pytest.mark.parametrize(
    ("element", "typed", "taken"),
    [
        (TEXT, "x" * 3000, True),
        (TEXT, "x" * 3001, False),
        ({**TEXT, "min_length": 2, "max_length": 3}, "x", False),
        ({**TEXT, "min_length": 2, "max_length": 3}, "xx", True),
        ({**TEXT, "min_length": 2, "max_length": 3}, "xxx", True),
        ({**TEXT, "min_length": 2, "max_length": 3}, "xxxx", False),
        (EMAIL, "a@b.example", True),
        (EMAIL, "a@b", False),
        (EMAIL, "a b@c.example", False),
        (EMAIL, "b.example", False),
        (URL, "http://b.example", True),
        (URL, "b.example", False),
        (URL, "ftp://b.example", False),
        (URL, "https://", False),
        (WHOLE, "0", False),
        (WHOLE, "1", True),
        (WHOLE, "99", True),
        (WHOLE, "100", False),
        (WHOLE, "1.5", False),
        (WHOLE, "many", False),
        (WHOLE, "1e1", False),
        (DECIMAL, "-0.5", True),
        (DECIMAL, "-0.6", False),
        (DECIMAL, "99999.25", True),
        ({"type": "multi_static_select", "options": OPTIONS, "max_selected_items": 2},
         ["a", "b"], True),
        ({"type": "multi_static_select", "options": OPTIONS, "max_selected_items": 2},
         ["a", "b", "c"], False),
    ],
)  # fmt: skip
async def test_slacks_client_looks_at_what_was_typed(element, typed, taken, bot, client, sandbox):
    view = await open_modal(sandbox, client, modal(entry("field", element, optional=True)))

    outcome = await sandbox.submit("U0MEMBER", view, {"field": typed})

    assert (outcome.error is None, bool(bot.payloads)) == (taken, taken)
    assert list(view.errors) == ([] if taken else ["field"])


@pytest.mark.parametrize(
    "element",
    [
        TEXT,
        EMAIL,
        WHOLE,
        {"type": "checkboxes", "options": OPTIONS},
        {"type": "radio_buttons", "options": OPTIONS},
        {"type": "external_select"},
        {"type": "multi_external_select"},
        {"type": "users_select"},
        {"type": "datepicker"},
    ],
)
@pytest.mark.parametrize("optional", [True, False])
async def test_only_an_optional_input_may_stay_empty(element, optional, bot, client, sandbox):
    view = await open_modal(sandbox, client, modal(entry("field", element, optional=optional)))

    outcome = await sandbox.submit("U0MEMBER", view)

    assert outcome.error == (None if optional else "missing_required")
    assert len(bot.payloads) == optional


@pytest.mark.parametrize(
    ("element", "chosen"),
    [
        ({"type": "static_select", "options": OPTIONS}, "d"),
        ({"type": "static_select", "options": [option("x", "Same"), option("y", "Same")]}, "Same"),
        ({"type": "external_select"}, "a"),
        ({"type": "datepicker"}, "31.12.2026"),
        ({"type": "datepicker"}, "2026-13-01"),
        ({"type": "timepicker"}, "24:00"),
    ],
)
async def test_nobody_can_choose_what_is_not_there(element, chosen, bot, client, sandbox):
    view = await open_modal(sandbox, client, modal(entry("field", element)))

    with pytest.raises(LookupError):
        await sandbox.submit("U0MEMBER", view, {"field": chosen})

    assert bot.payloads == []


async def test_what_is_mended_is_not_complained_about_any_more(bot, client, sandbox):
    view = await open_modal(sandbox, client, modal(entry("a", TEXT), entry("b", TEXT)))
    await sandbox.submit("U0MEMBER", view)

    await sandbox.select("U0MEMBER", view, "a-value", "typed")

    assert list(view.errors) == ["b"]


@pytest.mark.parametrize(
    ("element", "value", "sent"),
    [
        (TEXT, "typed", {"value": "typed"}),
        ({"type": "static_select", "options": OPTIONS}, "b", {"selected_option": OPTIONS[1]}),
    ],
)
@pytest.mark.parametrize("dispatches", [True, False])
async def test_an_input_tells_the_bot_at_once_only_if_it_shall(
    dispatches, element, value, sent, bot, client, sandbox
):
    block = entry("field", element, dispatch_action=dispatches)
    view = await open_modal(sandbox, client, modal(block))

    await sandbox.select("U0MEMBER", view, "field-value", value)

    told = [payload["actions"][0] for payload in bot.payloads]
    assert [action.items() >= sent.items() for action in told] == [True] * dispatches
    assert view.body["state"]["values"]["field"]["field-value"].items() >= sent.items()


@pytest.mark.parametrize(
    "element",
    [
        {"type": "number_input", "is_decimal_allowed": True, "min_value": 1},
        {"type": "number_input", "is_decimal_allowed": True, "min_value": "2", "max_value": "1"},
        {"type": "number_input", "is_decimal_allowed": True, "initial_value": "many"},
        {"type": "external_select", "initial_option": {"value": "a"}},
        {"type": "multi_external_select", "initial_options": [option("a", "x" * 76)]},
        {"type": "plain_text_input", "dispatch_action_config": {"trigger_actions_on": ["never"]}},
    ],
)
async def test_a_form_with_a_wrong_input_is_not_opened(element, client, sandbox):
    trigger = sandbox.workspace.trigger("U0MEMBER").id

    with pytest.raises(SlackApiError, match="invalid_arguments"):
        await client.views_open(trigger_id=trigger, view=modal(entry("field", element)))
