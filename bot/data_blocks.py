"""
Slack's blocks for figures: a table of released cells, a chart of released numbers.

Source: https://docs.slack.dev/reference/block-kit/blocks/data-table-block and
https://docs.slack.dev/reference/block-kit/blocks/data-visualization-block
"""

import re
from collections.abc import Sequence
from typing import Any

from commands.contract import Chart, ChartKind, Table

TABLE_ROWS = 100  # under the header
TABLE_COLUMNS = 20
TABLE_CHARACTERS = 10_000  # of all its cells
CAPTION_CHARACTERS = 300  # Slack names no limit; a caption is a sentence
TITLE_CHARACTERS = AXIS_CHARACTERS = 50
LABEL_CHARACTERS = 20
POINTS = 20
# The published pages disagree (6 and 12); the smaller number holds on either.
SERIES = SEGMENTS = 6
# Of each kind in one message: Slack refuses a message with more.
MOST = {"data_table": 1, "data_visualization": 2}

# No leading zero, which a number would lose, and no more digits than JSON's numbers keep.
_WHOLE = re.compile(r"0|[1-9][0-9]{0,14}|[1-9][0-9]{0,2}(?:,[0-9]{3}){1,4}")


def table_block(table: Table) -> dict[str, Any] | None:
    """
    Return *table* as a data_table, or None where Slack would refuse it: one empty
    cell, and the whole message is.
    """
    rows = [table.columns, *table.rows]
    cells = [cell for row in rows for cell in row]
    fits = (
        _is_said(table.caption, most=CAPTION_CHARACTERS)
        and 1 <= len(table.rows) <= TABLE_ROWS
        and 1 <= len(table.columns) <= TABLE_COLUMNS
        and all(len(row) == len(table.columns) for row in rows)
        and all(_is_said(cell, most=TABLE_CHARACTERS) for cell in cells)
        and sum(map(len, cells)) <= TABLE_CHARACTERS
    )
    if not fits:
        return None
    return {
        "type": "data_table",
        "caption": table.caption,
        "rows": [
            [_text(name) for name in table.columns],
            *([_cell(cell) for cell in row] for row in table.rows),
        ],
        "page_size": len(table.rows),  # by itself Slack shows five
    }


def chart_block(chart: Chart) -> dict[str, Any] | None:
    """
    Return *chart* as a data_visualization, or None where it breaks a limit of Slack's.
    """
    names = [name for name, _ in chart.series]
    fits = (
        _is_said(chart.title, most=TITLE_CHARACTERS)
        and _is_said(chart.unit, most=AXIS_CHARACTERS)
        and _are_labels(chart.categories, most=POINTS)
        and _are_labels(names, most=SERIES)
        and all(len(numbers) == len(chart.categories) for _, numbers in chart.series)
    )
    if not fits:
        return None
    drawn = _pie(chart) if is_pie(chart) else _bars(chart)
    return {"type": "data_visualization", "title": chart.title, "chart": drawn}


def is_pie(chart: Chart) -> bool:
    """
    Say whether *chart* is drawn as a pie: one series, nothing in it 0, a few slices.
    """
    return (
        chart.kind is ChartKind.PIE
        and len(chart.series) == 1
        and len(chart.categories) <= SEGMENTS
        and all(number > 0 for _, numbers in chart.series for number in numbers)
    )


def _cell(text: str) -> dict[str, Any]:
    # The number is read from the very text that is shown, and from nothing else: so no
    # true count can travel behind a mask. "<10", "withheld" and "$580,374" are no numbers.
    if _WHOLE.fullmatch(text):
        return {"type": "raw_number", "value": int(text.replace(",", "")), "text": text}
    return _text(text)


def _text(text: str) -> dict[str, Any]:
    return {"type": "raw_text", "text": text}


def _pie(chart: Chart) -> dict[str, Any]:
    ((_, numbers),) = chart.series
    return {"type": "pie", "segments": _points(chart, numbers)}


def _bars(chart: Chart) -> dict[str, Any]:
    return {
        "type": "bar",
        "series": [
            {"name": name, "data": _points(chart, numbers)} for name, numbers in chart.series
        ],
        "axis_config": {"categories": list(chart.categories), "y_label": chart.unit},
    }


def _points(chart: Chart, numbers: Sequence[int]) -> list[dict[str, Any]]:
    pairs = zip(chart.categories, numbers, strict=True)
    return [{"label": category, "value": number} for category, number in pairs]


def _are_labels(labels: Sequence[str], *, most: int) -> bool:
    return (
        1 <= len(labels) <= most
        and len(set(labels)) == len(labels)
        and all(_is_said(label, most=LABEL_CHARACTERS) for label in labels)
    )


def _is_said(text: str | None, *, most: int) -> bool:
    return text is not None and bool(text.strip()) and len(text) <= most
