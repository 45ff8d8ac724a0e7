"""
One description, two shapes: blocks that Slack takes, and a text that says all of it.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.pieces import BUTTON_CHARACTERS, split
from bot.render import Rendered, plain, render
from bot.sandbox.limits import validate_message
from commands.contract import (
    Account,
    Bullets,
    Button,
    Buttons,
    Chart,
    ChartKind,
    Entry,
    Facts,
    Heading,
    Part,
    Reply,
    Table,
    Text,
)
from tests.thorough import draws

ACK_BLOCKS = {"section", "header", "context", "actions", "divider"}
LIVE = re.compile(r"<[!@#]")
CARD = ("Emergency: 911", "Child at risk: 1 (877) 881-1116")
HOSTILE = [
    "", " ", "\n", "\n\n \n", "<!channel>", "<!here|x>", "<@U1>", "<#C1|general>", "&", "&amp;", "&lt;!channel&gt;",
    "*bold* _it_ ~no~ `code`", "<https://evil.example|bank>", "https://a.example/?x=1&y=<2>", "https://a.example/&gt;.",
    "🙂", "🏳️‍🌈" * 20, "ñ́", "\u202e", "a\nb", "  a  b  ", "&" * 600, "x" * 3001, "word " * 2000, "<" * 151, "é" * 150, "-", "…",
]  # fmt: skip

texts = st.one_of(
    st.sampled_from(HOSTILE),
    st.text(max_size=60),
    st.integers(500, 900).map(lambda n: "long & " * (n // 7)),
)
shorts = st.one_of(st.sampled_from(HOSTILE[:20]), st.text(max_size=40))
buttons = st.builds(Button, label=texts, command=shorts, share=st.booleans(), urgent=st.booleans())


def tuples(each: st.SearchStrategy[Any], most: int = 6) -> st.SearchStrategy[tuple[Any, ...]]:
    return st.lists(each, max_size=most).map(tuple)


@st.composite
def tables(draw: st.DrawFn) -> Table:
    columns = draw(st.lists(shorts, min_size=1, max_size=4))
    row = st.tuples(*(texts for _ in columns))
    return Table(columns=tuple(columns), rows=draw(tuples(row)), caption=draw(st.none() | texts))


# Within Slack's limits most of the time, and past one of them now and then.
tame = st.text("abcdefgh& <", min_size=1, max_size=20).filter(str.strip)
words = st.integers(0, 30).flatmap(lambda n: tame if n else st.sampled_from(HOSTILE))
cells = st.integers(0, 10**7).map("{:,}".format) | st.sampled_from(["<10", "withheld"]) | words


@st.composite
def captioned(draw: st.DrawFn) -> Table:
    columns = tuple(draw(st.lists(words, min_size=1, max_size=6)))
    row = st.tuples(*(cells for _ in columns))
    return Table(columns=columns, rows=draw(tuples(row, 40)), caption=draw(words))


@st.composite
def charts(draw: st.DrawFn, labels: st.SearchStrategy[str] = words) -> Chart:
    categories = tuple(draw(st.lists(labels, min_size=1, max_size=21, unique=True)))
    numbers = st.tuples(*(st.integers(0, 10**6) for _ in categories))
    series = st.lists(st.tuples(labels, numbers), min_size=1, max_size=7)
    return Chart(
        title=draw(labels),
        kind=draw(st.sampled_from(ChartKind)),
        unit=draw(labels),
        categories=categories,
        series=tuple(draw(series)),
        left_out=draw(tuples(labels, 3)),
    )


parts = st.one_of(
    st.builds(Heading, text=texts),
    st.builds(Text, text=texts),
    st.builds(Facts, rows=tuples(st.tuples(texts, texts))),
    st.builds(Bullets, items=tuples(texts)),
    st.builds(Entry, title=texts, lines=tuples(texts, 3), button=st.none() | buttons),
    tables(),
    charts(texts),
    st.builds(Buttons, buttons=tuples(buttons, 30)),
)
some = st.one_of(captioned(), charts(), st.builds(Text, text=words), st.builds(Heading, text=words))
figures = st.builds(
    Reply,
    title=words,
    parts=st.lists(some, min_size=1, max_size=8).map(tuple),
    notes=tuples(words, 2),
    buttons=tuples(buttons, 3),
    again=st.just("stats"),
)
replies = st.builds(
    Reply,
    title=texts,
    parts=tuples(parts, 12),
    notes=tuples(texts, 4),
    buttons=tuples(buttons, 8),
    again=st.none() | st.sampled_from(["partners", "gaps gap-data"]),
    shareable=st.booleans(),
)
THOROUGH = settings(
    max_examples=draws(300, quickly=100),
    deadline=None,
    derandomize=True,
    database=None,
    suppress_health_check=list(HealthCheck),
)


@THOROUGH
@given(replies | figures, st.booleans())
def test_whatever_is_described_slack_takes_every_page_and_nothing_is_lost(
    reply: Reply, share: bool
) -> None:
    pages = whole(reply, share=share)

    for rendered in pages:
        taken(rendered)
    check_nothing_lost(reply, pages)
    for rendered in pages:
        check_text_says_the_blocks(rendered)
        check_action_ids(rendered)
        assert LIVE.search(rendered.text) is None
        for blocks in (rendered.blocks, rendered.rich or ()):
            assert all(LIVE.search(said) is None for said in strings(blocks))


@pytest.mark.parametrize("count", [1, 24, 25, 26, 200])
def test_any_number_of_entries_is_paged_in_order(count: int) -> None:
    names = [f"Agency number {number:03}" for number in range(count)]
    reply = Reply(
        title="Agencies",
        parts=tuple(
            Entry(title=name, lines=("x" * 90,), button=Button(label="Open", command=name))
            for name in names
        ),
        again="agencies",
    )

    pages = whole(reply)

    for rendered in pages:
        taken(rendered)
    read = [line for rendered in pages for line in rendered.text.splitlines() if line in set(names)]
    assert read == names


@pytest.mark.parametrize("text", ["é" * 10_000, "word " * 2_000, "&" * 10_000, "a. " * 3_333])
@pytest.mark.parametrize("kind", ["heading", "text", "facts", "label", "bullets", "title", "lines", "note", "title of all", "button"])  # fmt: skip
def test_a_text_of_ten_thousand_characters_fits_wherever_it_stands(kind: str, text: str) -> None:
    reply = {
        "heading": Reply(title="T", parts=(Heading(text=text), Text(text="under it"))),
        "text": Reply(title="T", parts=(Text(text=text),)),
        "facts": Reply(title="T", parts=(Facts(rows=(("Label", text),)),)),
        "label": Reply(title="T", parts=(Facts(rows=((text, "value"),)),)),
        "bullets": Reply(title="T", parts=(Bullets(items=(text, "last")),)),
        "title": Reply(title="T", parts=(Entry(title=text, lines=("line",)),)),
        "lines": Reply(title="T", parts=(Entry(title="Entry", lines=(text, text)),)),
        "note": Reply(title="T", parts=(Text(text="fact"),), notes=(text,)),
        "title of all": Reply(title=text, parts=(Text(text="fact"),)),
        "button": Reply(title="T", buttons=(Button(label=text, command="gaps"),)),
    }[kind]

    pages = whole(reply)

    for rendered in pages:
        taken(rendered)
    check_nothing_lost(reply, pages)


@pytest.mark.parametrize("length", [149, 150, 151])
def test_a_title_is_shown_whole_at_every_length(length: int) -> None:
    title = "x" * length

    rendered = render(Reply(title=title, parts=(Text(text="fact"),)))

    taken(rendered)
    assert rendered.text == f"{title}\nfact"


@pytest.mark.parametrize(("length", "shown"), [(75, "x" * 75), (76, "x" * 74 + "…")])
def test_a_label_is_whole_up_to_75_characters_and_beyond_in_the_text(
    length: int, shown: str
) -> None:
    label = "x" * length

    rendered = render(Reply(title="T", buttons=(Button(label=label, command="gaps"),)))

    (button,) = pressable(rendered)
    assert (button["text"]["text"], f"[{label}] /ht gaps" in rendered.text) == (shown, True)


@pytest.mark.parametrize("rows", range(1, 40))
def test_a_heading_never_stands_last_on_a_page(rows: int) -> None:
    reply = Reply(
        title="T",
        parts=(
            Bullets(items=tuple("b" * 100 for _ in range(rows))),
            Heading(text="The heading"),
            Text(text="what it heads " * 20),
        ),
    )

    pages = [rendered.text for rendered in whole(reply)]

    (page,) = [text for text in pages if "The heading" in text]
    assert page.partition("The heading")[2].startswith("\nwhat it heads")


def test_a_heading_over_lines_and_a_heading_over_a_heading_stay_with_them() -> None:
    reply = Reply(
        title="T",
        parts=tuple(
            part
            for number in range(60)
            for part in (
                Heading(text=f"Outer {number}"),
                Heading(text=f"Inner {number}"),
                Facts(rows=((f"Label {number}", "value " * 15),)),
            )
        ),
    )

    for rendered in whole(reply):
        taken(rendered)
        assert rendered.text.rstrip().endswith("value")


def test_neighbouring_lines_share_a_section_and_a_heading_has_its_own() -> None:
    reply = Reply(
        title="Groups",
        parts=(Heading(text="Health"), Bullets(items=("Dental", "Mental Health"))),
        notes=("County deck",),
        buttons=(Button(label="All", command="services"),),
    )

    rendered = render(reply)

    assert [block["type"] for block in rendered.blocks] == [
        "header", "section", "section", "context", "actions",
    ]  # fmt: skip
    assert rendered.blocks[2]["text"]["text"] == "• Dental\n• Mental Health"
    assert rendered.text == (
        "Groups\nHealth\n• Dental\n• Mental Health\n\nCounty deck\n[All] /ht services"
    )


def test_a_table_is_read_row_by_row_with_the_names_of_its_columns() -> None:
    table = Table(columns=("Partner", "FY 1", "FY 2"), rows=(("CVS", "$1", "N/A"),))

    rendered = render(Reply(title="Funding", parts=(table,)))

    assert rendered.text == "Funding\nCVS: FY 1: $1 · FY 2: N/A"


SERVED = Table(
    caption="People served in 2023",
    columns=("Agency", "Labor", "Sex"),
    rows=(("CVS", "1,234", "<10"), ("IRC", "withheld", "0")),
)
YEARS = Chart(
    title="Youth identified",
    kind=ChartKind.BAR,
    unit="youth",
    categories=("2022", "2023"),
    series=(("CSEC", (41, 55)),),
    left_out=("2021 (withheld)",),
)


def test_a_captioned_table_is_drawn_and_said_cell_by_cell() -> None:
    rendered = render(Reply(title="T", parts=(SERVED, Text(text="after")), notes=("Deck",)))

    assert rendered.text == (
        "T\nPeople served in 2023\nCVS: Labor: 1,234 · Sex: &lt;10\nIRC: Labor: withheld · Sex: 0"
        "\n\nafter\n\nDeck"
    )
    assert types(rendered.blocks) == ["header", "section", "section", "section", "context"]
    assert rendered.rich is not None
    assert types(rendered.rich) == ["header", "data_table", "section", "context"]
    assert rendered.rich[1] == {
        "type": "data_table",
        "caption": "People served in 2023",
        "rows": [
            [{"type": "raw_text", "text": text} for text in ("Agency", "Labor", "Sex")],
            [
                {"type": "raw_text", "text": "CVS"},
                {"type": "raw_number", "value": 1234, "text": "1,234"},
                {"type": "raw_text", "text": "<10"},
            ],
            [
                {"type": "raw_text", "text": "IRC"},
                {"type": "raw_text", "text": "withheld"},
                {"type": "raw_number", "value": 0, "text": "0"},
            ],
        ],
        "page_size": 2,
    }


def test_a_chart_is_drawn_and_what_it_leaves_out_is_still_said_beside_it() -> None:
    rendered = render(Reply(title="T", parts=(YEARS,)))

    assert rendered.text == (
        "T\nYouth identified\nCSEC: 2022 41, 2023 55 youth\nNot in the chart: 2021 (withheld)"
    )
    assert rendered.rich is not None
    assert types(rendered.rich) == ["header", "data_visualization", "section"]
    assert rendered.rich[2]["text"]["text"] == "*Not in the chart*  2021 (withheld)"


def test_a_pie_says_its_unit_under_it() -> None:
    rendered = render(Reply(title="T", parts=(replace(YEARS, kind=ChartKind.PIE),)))

    assert rendered.rich is not None
    assert types(rendered.rich) == ["header", "data_visualization", "context", "section"]
    assert rendered.rich[2]["elements"][0]["text"] == "CSEC: youth"


@pytest.mark.parametrize(
    "part",
    [
        replace(SERVED, caption=None),
        replace(SERVED, rows=(("CVS", "1", " "),)),
        replace(YEARS, unit=""),
        Text(text="words"),
    ],
)
def test_what_cannot_be_drawn_stays_words(part: Part) -> None:
    assert render(Reply(title="T", parts=(part,))).rich is None


def test_one_table_and_two_charts_are_drawn_in_a_message_and_the_others_said() -> None:
    parts = (YEARS, SERVED, YEARS, replace(SERVED, caption="Again"), YEARS)

    rendered = render(Reply(title="T", parts=parts))

    taken(rendered)
    drawn = [kind for kind in types(rendered.rich or ()) if kind.startswith("data")]
    assert drawn == ["data_visualization", "data_table", "data_visualization"]
    assert rendered.text.count("Youth identified") == 3


def test_a_table_that_a_page_holds_is_not_torn() -> None:
    parts = (Text(text="fact " * 560), replace(SERVED, rows=(("CVS", "1", "2 " * 40),) * 9))

    pages = whole(Reply(title="T", parts=parts, again="t"))

    assert [page.rich is None for page in pages] == [True, False]
    assert [page.text.count("CVS") for page in pages] == [0, 9]


def test_a_table_longer_than_a_page_is_said_on_each() -> None:
    table = replace(SERVED, rows=tuple((f"Agency {n}", "1,234", "<10") for n in range(120)))

    pages = whole(Reply(title="T", parts=(Heading(text="Above"), table), again="t"))

    assert {page.rich for page in pages} == {None}
    assert "Above\nPeople served in 2023\nAgency 0" in pages[0].text
    read = [line.split(":")[0] for page in pages for line in page.text.splitlines()]
    assert [line for line in read if line.startswith("Agency")] == [row[0] for row in table.rows]


def test_an_https_address_becomes_a_link_and_nothing_else_does() -> None:
    text = "See https://takeitdown.ncmec.org. Or http://x.example, www.y.example, a@b.example <https://z.example|bank>"

    rendered = render(Reply(title="T", parts=(Text(text=text),)))

    assert rendered.text == (
        "T\nSee <https://takeitdown.ncmec.org>. Or http://x.example, www.y.example, a@b.example "
        "&lt;<https://z.example>|bank&gt;"
    )


def test_mentions_and_markup_in_data_are_inert() -> None:
    rendered = render(Reply(title="T", parts=(Facts(rows=(("<!channel>*", "<@U1> & <#C1>"),)),)))

    said = rendered.blocks[1]["text"]
    assert said == {
        "type": "mrkdwn",
        "text": "*&lt;!channel&gt;∗*  &lt;@U1&gt; &amp; &lt;#C1&gt;",
        "verbatim": True,
    }


@pytest.mark.parametrize(
    ("user_id", "shown"),
    [("U0MEMBER", "<@U0MEMBER>"), ("!channel", "!channel"), ("U1> <!here", "U1&gt; &lt;!here")],
)
def test_an_account_is_named_by_slack_and_nothing_else_is_called(user_id: str, shown: str) -> None:
    rendered = render(Reply(title="T", parts=(Account(label="Slack account", user_id=user_id),)))

    assert rendered.text == f"T\nSlack account: {shown}"
    assert rendered.blocks[1]["text"]["text"] == f"*Slack account*  {shown}"


def test_plain_text_is_what_was_described() -> None:
    said = "<!channel> & &lt; https://a.example/?x=1&y=2 <https://b.example>"

    rendered = render(Reply(title="T", parts=(Text(text=said),)))

    assert plain(rendered.text) == f"T\n{said}"


def test_the_card_stands_above_the_first_page_only() -> None:
    first, *others = whole(long_reply(), card=CARD)

    assert first.text.startswith("Emergency: 911\nChild at risk: 1 (877) 881-1116\n\nLong")
    assert first.blocks[0]["text"]["text"] == "*Emergency: 911*\n*Child at risk: 1 (877) 881-1116*"
    assert others
    assert all("911" not in rendered.text for rendered in others)


def test_notes_and_buttons_stand_under_every_page() -> None:
    for rendered in whole(long_reply()):
        assert "County deck, Nov 2024" in rendered.text
        assert "[All] /ht gaps" in rendered.text


def test_pages_lead_to_one_another_and_stop_at_both_ends() -> None:
    pages = whole(long_reply())
    last = len(pages)

    turns = [[each for each in commands(rendered) if "page" in each] for rendered in pages]

    assert last > 2
    assert turns[0] == ["long page 2"]
    assert turns[1] == ["long page 1", "long page 3"]
    assert turns[-1] == [f"long page {last - 1}"]
    assert [render(long_reply(), page=page).page for page in (0, last, last + 1)] == [1, last, last]


def test_what_cannot_be_asked_again_has_no_page_and_no_share_button() -> None:
    reply = Reply(title="T", parts=(Text(text="fact " * 2000),))

    assert [commands(rendered) for rendered in whole(reply, share=True)] == [[], [], []]


@pytest.mark.parametrize(
    ("share", "shareable", "again", "offered"),
    [
        (True, True, "gaps", ["gaps"]),
        (False, True, "gaps", []),
        (True, False, "gaps", []),
        (True, True, None, []),
    ],
)
def test_sharing_is_offered_only_where_it_is_asked_for_and_allowed(
    share: bool, shareable: bool, again: str | None, offered: list[str]
) -> None:
    reply = Reply(title="T", parts=(Text(text="fact"),), again=again, shareable=shareable)

    rendered = render(reply, share=share)

    shared = [each["value"] for each in pressable(rendered) if each["action_id"][:5] == "share"]
    assert shared == offered


def test_a_page_further_on_is_shared_as_that_page() -> None:
    rendered = render(long_reply(), page=2, share=True)

    shared = [each["value"] for each in pressable(rendered) if each["action_id"][:5] == "share"]
    assert shared == ["long page 2"]


def test_a_button_without_label_or_command_can_still_be_pressed() -> None:
    rendered = render(
        Reply(title="T", buttons=(Button(label=" ", command="gaps"), Button(label="", command="")))
    )

    taken(rendered)
    assert [(each["text"]["text"], each["value"]) for each in pressable(rendered)] == [
        ("gaps", "gaps"),
        ("Menu", "menu"),
    ]


def test_only_what_is_urgent_is_drawn_so() -> None:
    rendered = render(
        Reply(
            title="T",
            buttons=(
                Button(label="Hotlines", command="hotline", urgent=True),
                Button(label="Help", command="help"),
            ),
        )
    )

    assert [each.get("style") for each in pressable(rendered)] == ["danger", None]


@pytest.mark.parametrize(
    ("text", "chunks"),
    [
        ("", []),
        (" \n ", []),
        ("x" * 10, ["x" * 10]),
        ("x" * 11, ["x" * 10, "x"]),
        ("one two three", ["one two", "three"]),
        ("Yes. It is so.", ["Yes.", "It is so."]),
        ("first\nsecond line", ["first", "second", "line"]),
    ],
)
def test_a_text_is_split_where_it_breathes(text: str, chunks: list[str]) -> None:
    assert split(text, limit=10) == chunks


def long_reply() -> Reply:
    return Reply(
        title="Long",
        parts=tuple(Text(text=f"{number} " + "fact " * 100) for number in range(20)),
        notes=("County deck, Nov 2024",),
        buttons=(Button(label="All", command="gaps"),),
        again="long",
    )


def whole(reply: Reply, *, card: Sequence[str] = (), share: bool = False) -> list[Rendered]:
    first = render(reply, card=card, share=share)
    return [first] + [
        render(reply, card=card, share=share, page=page) for page in range(2, first.pages + 1)
    ]


def taken(rendered: Rendered) -> None:
    """
    Assert that Slack would take *rendered* as the body of an acknowledgement, and
    its tables and charts in a message.
    """
    validate_message({"text": rendered.text, "blocks": list(rendered.blocks)}, ack=True)
    assert {block["type"] for block in rendered.blocks} <= ACK_BLOCKS
    if rendered.rich is not None:
        validate_message({"text": rendered.text, "blocks": list(rendered.rich)})
        assert {"data_table", "data_visualization"} & set(types(rendered.rich))


def check_nothing_lost(reply: Reply, pages: Sequence[Rendered]) -> None:
    """
    Assert that every letter is read in its place, and every short text in one piece.
    """
    joined = "".join(squeezed(plain(rendered.text)) for rendered in pages)
    said = list(described(reply.parts))
    assert follows("".join(map(squeezed, said)), joined)
    own = [part.button for part in reply.parts if isinstance(part, Entry) and part.button]
    for text in (*said, reply.title, *reply.notes, *map(told, (*own, *reply.buttons))):
        if len(text) <= 100:
            assert squeezed(text) in joined
        else:
            assert follows(squeezed(text), joined)


def follows(wanted: str, read: str) -> bool:
    """
    Say whether the characters of *wanted* stand in *read* in their order.
    """
    rest = iter(read)
    return all(character in rest for character in wanted)


def described(parts: Sequence[Part]) -> Iterator[str]:
    for part in parts:
        match part:
            case Heading(text=text) | Text(text=text):
                yield text
            case Facts(rows=rows):
                yield from (each for row in rows for each in row)
            case Bullets(items=items):
                yield from items
            case Entry(title=title, lines=lines):  # its button stands beside the first of them
                yield title
                yield from lines
            case Table(rows=rows, caption=caption):
                yield caption or ""
                yield from (each for row in rows for each in row)
            case Chart(title=title, unit=unit, series=series, left_out=left_out):
                yield title
                for name, numbers in series:
                    yield name
                    pairs = zip(part.categories, numbers, strict=True)
                    said = ", ".join(f"{category} {number:,}" for category, number in pairs)
                    yield f"{said} {unit}"
                yield from left_out
            case Buttons(buttons=some):
                yield from map(told, some)


def told(button: Button) -> str:
    label = " ".join(button.label.split()) or button.command or "Menu"
    return f"[{label}]" if button.share else f"[{label}] /ht {button.command}"


def check_text_says_the_blocks(rendered: Rendered) -> None:
    read = unstarred(plain(rendered.text))
    for block in (*rendered.blocks, *(rendered.rich or ())):
        for said in shown(block):
            assert follows(unstarred(said), read)
    assert pressable(rendered) == pressable(rendered, rendered.rich or rendered.blocks)
    for button in pressable(rendered):
        assert unstarred(button["text"]["text"].removesuffix("…")) in read
        if not button["action_id"].startswith("share"):
            assert button["value"] == "menu" or unstarred(button["value"]) in read


def unstarred(text: str) -> str:
    return squeezed(text).replace("∗", "").replace("*", "")


def check_action_ids(rendered: Rendered) -> None:
    ids = [button["action_id"] for button in pressable(rendered)]
    assert len(ids) == len(set(ids))
    assert all(len(button["text"]["text"]) <= BUTTON_CHARACTERS for button in pressable(rendered))


def shown(block: dict[str, Any]) -> Iterator[str]:
    """
    Yield what a person reads of *block*, its buttons aside.
    """
    if block["type"] == "data_table":
        yield block["caption"]
        # The name of the first column is the only thing that only the drawing says.
        yield from (cell["text"] for row in block["rows"][1:] for cell in row)
    if block["type"] == "data_visualization":
        yield block["title"]
        chart = block["chart"]
        yield chart.get("axis_config", {}).get("y_label", "")
        for line in chart.get("series", [{"name": "", "data": chart.get("segments", [])}]):
            yield line["name"]
            yield "".join(f"{point['label']}{point['value']:,}" for point in line["data"])
    for each in (block.get("text"), *block.get("elements", ())):
        if each and each["type"] == "mrkdwn":
            yield plain(each["text"])
        elif each and each["type"] == "plain_text":
            yield each["text"]


def types(blocks: Sequence[dict[str, Any]]) -> list[str]:
    return [block["type"] for block in blocks]


def pressable(
    rendered: Rendered, blocks: Sequence[dict[str, Any]] | None = None
) -> list[dict[str, Any]]:
    return [
        element
        for block in blocks or rendered.blocks
        for element in (*block.get("elements", ()), block.get("accessory"))
        if element and element["type"] == "button"
    ]


def commands(rendered: Rendered) -> list[str]:
    return [button["value"] for button in pressable(rendered)]


def strings(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        if value.get("type") == "mrkdwn":
            yield value["text"]
        for each in value.values():
            yield from strings(each)
    elif isinstance(value, list | tuple):
        for each in value:
            yield from strings(each)


def squeezed(text: str) -> str:
    return "".join(text.split())
