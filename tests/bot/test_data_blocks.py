"""
Tables and charts as Slack draws them: within its limits, and no number behind a mask.
"""

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.data_blocks import chart_block, table_block
from bot.sandbox.limits import validate_message
from commands.contract import Chart, ChartKind, Table

TABLE = Table(columns=("Agency", "People"), rows=(("CVS", "185"),), caption="Served")


def chart(points: int = 2, series: int = 1, kind: ChartKind = ChartKind.BAR) -> Chart:
    return Chart(
        title="Calls",
        kind=kind,
        unit="calls",
        categories=tuple(f"C{n}" for n in range(points)),
        series=tuple((f"S{n}", tuple(range(1, points + 1))) for n in range(series)),
    )


def taken(block: dict[str, Any]) -> bool:
    """
    Say that Slack takes *block* in a message.
    """
    validate_message({"text": "t", "blocks": [block]})
    return True


@pytest.mark.parametrize(
    ("text", "value"),
    [("0", 0), ("7", 7), ("1234", 1234), ("1,234", 1234), ("12,345,678", 12345678), ("9" * 15, 10**15 - 1)],
)  # fmt: skip
def test_a_plain_whole_number_is_a_number_and_shown_as_written(text, value):
    block = table_block(replace(TABLE, rows=(("CVS", text),)))

    assert block["rows"][1][1] == {"type": "raw_number", "value": value, "text": text}
    assert taken(block)


@pytest.mark.parametrize(
    "text",
    [
        "<10", "*", "withheld", "N/A", "not reported", "$580,374", "12%", "1.5", "-3", "+3", "1 234", "12,34", "1,2345",
        "007", "00", ",123", "1,", "about 5", "5 ", " 5", "5\n", "٣", "²", "1e3", "0x1", "∞", "9" * 16,
    ],
)  # fmt: skip
def test_a_mark_or_anything_else_is_text_and_carries_no_number(text):
    block = table_block(replace(TABLE, rows=(("CVS", text),)))

    assert block["rows"][1][1] == {"type": "raw_text", "text": text}
    assert taken(block)


@given(
    st.text(min_size=1, max_size=12) | st.from_regex(r"[<≥~]?[0-9,.]{1,9}[*+%]?", fullmatch=True)
)
@settings(derandomize=True, database=None)
def test_a_number_travels_only_under_a_text_that_says_it(text):
    block = table_block(replace(TABLE, rows=(("CVS", text),)))

    if block is not None:
        cell = block["rows"][1][1]
        assert cell["text"] == text
        assert cell["type"] == "raw_text" or f"{cell['value']}" == text.replace(",", "")


@pytest.mark.parametrize(
    ("fits", "too_much"),
    [
        ({"rows": (("CVS", "1"),) * 100}, {"rows": (("CVS", "1"),) * 101}),
        ({"caption": "x" * 300}, {"caption": "x" * 301}),
        ({"caption": "x"}, {"caption": " "}),
        ({"rows": (("CVS", "x" * 9985),)}, {"rows": (("CVS", "x" * 9986),)}),
        ({"rows": (("CVS", "x"),)}, {"rows": (("CVS", ""),)}),
        ({"rows": (("CVS", "-"),)}, {"rows": (("CVS", " \n"),)}),
        ({"columns": ("a", "b")}, {"columns": ("", "b")}),
        ({"rows": (("CVS", "1"),)}, {"rows": ()}),
        ({"rows": (("CVS", "1"),)}, {"rows": (("CVS", "1", "2"),)}),
        (
            {"columns": ("c",) * 20, "rows": (("1",) * 20,)},
            {"columns": ("c",) * 21, "rows": (("1",) * 21,)},
        ),
    ],
)
def test_a_table_is_drawn_up_to_every_limit_and_not_past_it(fits, too_much):
    assert taken(table_block(replace(TABLE, **fits)))
    assert table_block(replace(TABLE, **too_much)) is None


def test_every_row_is_on_the_first_page_of_a_drawn_table():
    block = table_block(replace(TABLE, rows=(("CVS", "1"),) * 37))

    assert block["page_size"] == 37


def test_bars_stand_over_every_category_in_order():
    block = chart_block(chart(2, 2))

    data = [{"label": "C0", "value": 1}, {"label": "C1", "value": 2}]
    assert block == {
        "type": "data_visualization",
        "title": "Calls",
        "chart": {
            "type": "bar",
            "series": [{"name": "S0", "data": data}, {"name": "S1", "data": data}],
            "axis_config": {"categories": ["C0", "C1"], "y_label": "calls"},
        },
    }
    assert taken(block)


@pytest.mark.parametrize(
    ("what", "kind"),
    [
        (chart(6, kind=ChartKind.PIE), "pie"),
        (chart(7, kind=ChartKind.PIE), "bar"),
        (chart(2, 2, kind=ChartKind.PIE), "bar"),
        (replace(chart(2, kind=ChartKind.PIE), series=(("S", (0, 1)),)), "bar"),
        (replace(chart(2, kind=ChartKind.PIE), series=(("S", (1, 1)),)), "pie"),
        (chart(2), "bar"),
    ],
)
def test_a_pie_has_one_series_few_slices_and_no_zero_and_is_bars_otherwise(what, kind):
    block = chart_block(what)

    assert block["chart"]["type"] == kind
    assert taken(block)


@pytest.mark.parametrize(
    ("fits", "too_much"),
    [
        (replace(chart(), title="x" * 50), replace(chart(), title="x" * 51)),
        (replace(chart(), unit="x" * 50), replace(chart(), unit="x" * 51)),
        (replace(chart(), title="x"), replace(chart(), title=" ")),
        (chart(20), chart(21)),
        (chart(2, 6), chart(2, 7)),
        (replace(chart(), categories=("x" * 20, "y")), replace(chart(), categories=("x" * 21, "y"))),
        (replace(chart(), categories=("x", "y")), replace(chart(), categories=("x", "x"))),
        (replace(chart(), categories=("x", "y")), replace(chart(), categories=("x", ""))),
        (replace(chart(), series=(("n" * 20, (1, 2)),)), replace(chart(), series=(("n" * 21, (1, 2)),))),
        (chart(1, 1), chart(0, 1)),
        (chart(1, 1), chart(1, 0)),
        (chart(), replace(chart(), series=(("S", (1, 2)), ("S", (3, 4))))),
        (chart(), replace(chart(), series=(("S", (1,)),))),
    ],
)  # fmt: skip
def test_a_chart_is_drawn_up_to_every_limit_and_not_past_it(fits, too_much):
    assert taken(chart_block(fits))
    assert chart_block(too_much) is None
