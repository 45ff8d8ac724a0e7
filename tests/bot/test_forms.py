"""
Forms as modals: what Slack takes, and what comes back.
"""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.forms import described, opened, opened_by, options_answer, sent, unfit
from bot.render import render
from bot.sandbox.limits import validate_view
from bot.sandbox.views import initial_state
from commands.forms import (
    ChannelField,
    ChoiceField,
    ChoicesField,
    DateField,
    Option,
    PersonField,
    SearchesField,
    SearchField,
    Sheet,
    TextField,
    TextKind,
    TimeField,
)

OPTIONS = tuple(Option(label=f"Option {number}", value=f"o{number}") for number in range(12))
EVERY = Sheet(
    title="Every kind of field",
    says=("What this is for.",),
    fields=(
        TextField(name="free", label="Own words", value="x", free=True, lines=True),
        TextField(name="email", label="E-mail", value="a@example.org", kind=TextKind.EMAIL),
        TextField(name="url", label="Page", kind=TextKind.URL, optional=True),
        ChoiceField(name="one", label="One", options=OPTIONS[:3], value="o1"),
        ChoiceField(name="menu", label="One of many", options=OPTIONS, optional=True),
        ChoicesField(name="some", label="Some", options=OPTIONS[:3], values=("o0", "o2")),
        ChoicesField(name="many", label="Some of many", options=OPTIONS, values=("o11",)),
        SearchField(name="search", label="Agency", value=OPTIONS[0]),
        SearchesField(name="searches", label="Whom", values=OPTIONS[:2]),
        ChannelField(name="channel", label="Where", value="C0GENERAL"),
        PersonField(name="person", label="Who", value="U0MEMBER"),
        DateField(name="day", label="When", value="2026-11-05"),
        TimeField(name="time", label="At", value="09:30"),
    ),
    seen="7.2",
)


def filled(sheet=EVERY, **values):
    """
    Return the view as Slack gives it back, as it was opened but for *values*.
    """
    view = opened(sheet, opened_by="register", nonce="n1").view
    state = initial_state(view["blocks"])
    for name, value in values.items():
        (place,) = state[name].values()
        key = next(key for key in place if key != "type")
        place[key] = value
    return view | {"state": {"values": state}}


def test_every_kind_of_field_is_one_that_slack_takes():
    view = opened(EVERY, opened_by="register", nonce="n1").view

    assert validate_view(view) == "modal"
    kinds = [block["element"]["type"] for block in view["blocks"] if block["type"] == "input"]
    assert kinds == [
        "plain_text_input", "email_text_input", "url_text_input", "radio_buttons", "static_select",
        "checkboxes", "multi_static_select", "external_select", "multi_external_select",
        "channels_select", "users_select", "datepicker", "timepicker",
    ]  # fmt: skip


def test_what_was_filled_in_comes_back_as_it_was():
    form = sent(filled())

    assert form.opened_by == "register"
    assert form.nonce == "n1"
    assert form.first == "free"
    assert form.submission.seen == "7.2"
    assert form.submission.values == {
        "free": "x",
        "email": "a@example.org",
        "url": None,
        "one": "o1",
        "menu": None,
        "some": ("o0", "o2"),
        "many": ("o11",),
        "search": "o0",
        "searches": ("o0", "o1"),
        "channel": "C0GENERAL",
        "person": "U0MEMBER",
        "day": "2026-11-05",
        "time": "09:30",
    }
    assert unfit(form) == {}


def test_only_own_words_are_for_the_screen():
    assert sent(filled(free="my own")).free == ("my own",)


def test_blanks_are_nothing():
    form = sent(filled(free="   "))

    assert form.submission.one("free") is None
    assert form.free == ()


@pytest.mark.parametrize(
    ("name", "value", "wrong"),
    [
        ("email", "nobody", True),
        ("email", "a@b.org", False),
        ("url", "example.org", True),
        ("url", "https://example.org", False),
        ("day", "2026-02-30", True),
        ("day", "2026-02-28", False),
        ("time", "25:00", True),
        ("time", "23:59", False),
        ("free", "x" * 2001, True),
        ("free", "x" * 2000, False),
    ],
)
def test_what_cannot_be_of_its_kind_is_said_at_its_field(name, value, wrong):
    assert list(unfit(sent(filled(**{name: value})))) == ([name] if wrong else [])


def test_no_form_goes_without_the_warning():
    view = opened(Sheet(title="T", fields=EVERY.fields), opened_by="x", nonce="n").view

    assert "No client details" in json.dumps(view["blocks"])


def test_an_option_whose_value_is_too_long_is_a_fault_of_ours():
    sheet = Sheet(
        title="T",
        fields=(SearchField(name="a", label="A", value=Option(label="x", value="v" * 151)),),
    )

    with pytest.raises(ValueError, match="too long"):
        opened(sheet, opened_by="x", nonce="n")


@given(st.text(max_size=400))
def test_whatever_a_sheet_says_slack_takes_it(text):
    label = text.strip() or "x"
    sheet = Sheet(
        title=label,
        says=(label * 10,),
        send=label,
        fields=(
            TextField(name="a", label=label, hint=label, value=label[:300]),
            ChoiceField(name="b", label=label, options=(Option(label=label, value="v"),)),
        ),
    )

    assert validate_view(opened(sheet, opened_by="x", nonce="n").view) == "modal"


def test_in_words_it_says_what_is_asked_and_how_to_open_it():
    text = render(described(EVERY, again="register")).text

    assert "What this is for." in text
    assert all(field.label in text for field in EVERY.fields)
    assert "/ht register" in text


def test_whose_form_it_is_is_known_from_the_view():
    assert opened_by(filled()) == "register"


def test_what_is_found_is_offered_in_slacks_words():
    answer = options_answer((Option(label="A" * 75, value="1"),))

    (option,) = answer["options"]
    assert option["value"] == "1"
    assert option["text"] == {"type": "plain_text", "text": "A" * 75, "emoji": False}


def test_two_long_names_that_differ_at_their_end_are_told_apart():
    names = [f"Agency for the {'very ' * 30}long {end}" for end in ("North", "South")]

    options = options_answer(tuple(Option(label=name, value=name[-5:]) for name in names))

    shown = [option["text"]["text"] for option in options["options"]]
    assert all(len(each) <= 75 for each in shown)
    assert [each[-5:] for each in shown] == ["North", "South"]


@pytest.mark.parametrize(
    ("count", "kinds"),
    [
        (100, ["static_select", "multi_static_select"]),
        (101, ["external_select", "multi_external_select"]),
    ],
)
def test_more_options_than_a_menu_takes_are_searched_and_what_is_chosen_stays(count, kinds):
    options = tuple(Option(label=f"Group {number}", value=f"g{number}") for number in range(count))
    sheet = Sheet(
        title="T",
        fields=(
            ChoiceField(name="one", label="One", options=options, value="g99"),
            ChoicesField(name="some", label="Some", options=options, values=("g3", "g99")),
        ),
    )

    view = opened(sheet, opened_by="x", nonce="n").view

    assert validate_view(view) == "modal"
    assert [block["element"]["type"] for block in view["blocks"] if "element" in block] == kinds
    values = sent(filled(sheet)).submission.values
    assert values == {"one": "g99", "some": ("g3", "g99")}


@pytest.mark.parametrize(("length", "most"), [(100, 100), (101, 101)])
def test_what_stands_there_may_be_longer_than_what_may_be_typed(length, most):
    field = TextField(name="a", label="A", value="x" * length, longest=100)

    view = opened(Sheet(title="T", fields=(field,)), opened_by="x", nonce="n").view

    assert view["blocks"][-1]["element"]["max_length"] == most
