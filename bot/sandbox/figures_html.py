"""Tables and charts as HTML: a chart is an SVG, with its numbers in a table beside it."""

import math
from collections.abc import Callable, Iterator
from typing import Any

from bot.sandbox.mrkdwn import escape

Block = dict[str, Any]

# In units of the drawing, which is as wide as its place.
WIDTH = 360
LINE = 18
BAR = 14
GAP = 10
ROOM = 60  # for a number at the end of a bar
RADIUS = 90


def draw_table(block: Block, cell: Callable[[Block], str]) -> str:
    """
    Return a table or a data_table.

    Args:
        cell: makes HTML of a cell.
    """
    named = block.get("row_header_column_index", 0) if block["type"] == "data_table" else None
    head, *rest = block["rows"]
    columns = range(max(map(len, block["rows"])))  # a plain table may be ragged
    sides = [_side([row[index] for row in rest if index < len(row)]) for index in columns]
    rows = "".join(
        f'<th scope="col"{sides[index]}>{cell(each)}</th>' for index, each in enumerate(head)
    )
    for row in rest:
        cells = (
            f'<th scope="row">{cell(each)}</th>'
            if index == named
            else f"<td{sides[index]}>{cell(each)}</td>"
            for index, each in enumerate(row)
        )
        rows += f"</tr><tr>{''.join(cells)}"
    return _wide(block.get("caption"), f"<tr>{rows}</tr>")


def _side(column: list[Block]) -> str:
    """Return how a column is set: to the right if there are numbers in it."""
    return ' class="number"' if any(each["type"] == "raw_number" for each in column) else ""


def _wide(caption: str | None, rows: str) -> str:
    name = escape(caption or "Table")
    said = f"<caption><span>{name}</span></caption>" if caption else ""
    # What may be wider than its place is reached and moved by keyboard too.
    return (
        f'<div class="wide" role="region" aria-label="{name}" tabindex="0">'
        f"<table>{said}{rows}</table></div>"
    )


def draw_chart(block: Block) -> str:
    """Return a data_visualization."""
    chart, title = block["chart"], escape(block["title"])
    pie = chart["type"] == "pie"
    series = chart.get("series") or [{"name": "", "data": chart.get("segments", [])}]
    unit = chart.get("axis_config", {}).get("y_label", "")
    drawing = _pie(series[0]["data"]) if pie else _bars(series)
    legend = [point["label"] for point in series[0]["data"]] if pie else _names(series)
    said = escape(f"{chart['type']} chart: {block['title']}. Its numbers follow as a table.")
    keys = "".join(f'<li class="s{n % 6}">{escape(name)}</li>' for n, name in enumerate(legend))
    parts = (
        f"<figcaption>{title}</figcaption>",
        f'<p class="unit">{escape(unit)}</p>' if unit else "",
        drawing.replace("<svg", f'<svg role="img" aria-label="{said}"', 1),
        f'<ul class="legend">{keys}</ul>',
        f"<details><summary>Numbers of the chart</summary>{_numbers(block, series)}</details>",
    )
    return f"<figure>{''.join(parts)}</figure>"


def _names(series: list[Block]) -> list[str]:
    return [line["name"] for line in series]


def _numbers(block: Block, series: list[Block]) -> str:
    heads = "".join(
        f'<th scope="col" class="number">{escape(name or "Number")}</th>' for name in _names(series)
    )
    labels = [point["label"] for point in series[0]["data"]]
    rows = "".join(
        f'<tr><th scope="row">{escape(label)}</th>'
        + "".join(
            f'<td class="number">{_number(line["data"][index]["value"])}</td>' for line in series
        )
        + "</tr>"
        for index, label in enumerate(labels)
    )
    return _wide(block["title"], f"<tr><td></td>{heads}</tr>{rows}")


def _bars(series: list[Block]) -> str:
    top = max((point["value"] for line in series for point in line["data"]), default=0)
    shapes, y = [], 0.0
    for index, point in enumerate(series[0]["data"]):
        shapes.append(f'<text x="0" y="{y + LINE - 5}">{escape(point["label"])}</text>')
        y += LINE
        for number, line in enumerate(series):
            value = line["data"][index]["value"]
            width = max(value, 0) / top * (WIDTH - ROOM) if top > 0 else 0
            shapes.append(
                f'<rect class="s{number % 6}" x="0" y="{y}" width="{max(width, 1):.1f}" '
                f'height="{BAR}"/><text x="{width + 6:.1f}" y="{y + BAR - 3}">{_number(value)}</text>'
            )
            y += BAR + 2
        y += GAP
    return f'<svg viewBox="0 0 {WIDTH} {y:.0f}">{"".join(shapes)}</svg>'


def _pie(segments: list[Block]) -> str:
    whole = sum(segment["value"] for segment in segments) or 1
    return (
        f'<svg class="pie" viewBox="0 0 {2 * RADIUS + 4} {2 * RADIUS + 4}">'
        f"{''.join(_slices([segment['value'] / whole for segment in segments]))}</svg>"
    )


def _slices(shares: list[float]) -> Iterator[str]:
    center, before = RADIUS + 2, 0.0
    for number, share in enumerate(shares):
        color = f's{number % 6}"'
        if share > 0.9999:  # an arc from a point to itself is none
            yield f'<circle class="{color} cx="{center}" cy="{center}" r="{RADIUS}"/>'
            return
        start, end = (2 * math.pi * part - math.pi / 2 for part in (before, before + share))
        ends = [
            f"{center + RADIUS * math.cos(angle):.2f} {center + RADIUS * math.sin(angle):.2f}"
            for angle in (start, end)
        ]
        large = int(share > 0.5)
        yield (
            f'<path class="{color} d="M{center} {center} L{ends[0]} '
            f'A{RADIUS} {RADIUS} 0 {large} 1 {ends[1]} Z"/>'
        )
        before += share


def _number(value: float) -> str:
    return f"{value:,}"
