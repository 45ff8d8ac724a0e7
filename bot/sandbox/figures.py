"""The blocks that hold data: table, data_table and data_visualization."""

from typing import Any

from bot.sandbox import shapes
from bot.sandbox.errors import Findings

ROWS = 100  # of a table, its header among them
DATA_ROWS = 101  # of a data_table: 100 and the header
COLUMNS = 20
TABLE_CHARACTERS = 10_000
PAGE_SIZE = 100
CHART_TITLE = AXIS_LABEL = 50
POINT_LABEL = 20
POINTS = 20
# The published pages disagree (6 and 12); the smaller number holds on either.
SERIES = SEGMENTS = 6
CHARTS = 2
TABLES = 1


def rich_text(found: Findings, block: dict[str, Any], where: str) -> int:
    """Note what is wrong with a rich_text, and return its number of characters."""
    shapes.keys(found, block, where, required=("elements",), optional=("block_id",))
    characters = 0
    for index, part in enumerate(shapes.items(found, block.get("elements"), where, most=500)):
        at = f"{where}/elements/{index}"
        if not shapes.is_object(found, part, at):
            continue
        if str(part.get("type")) not in _RICH_PARTS:
            found.add(f"unsupported type: {part.get('type')}", f"{at}/type")
            continue
        characters += _rich_part(found, part, at)
    return characters


_RICH_PARTS = {"rich_text_section", "rich_text_list", "rich_text_preformatted", "rich_text_quote"}
_RICH_LEAVES = {
    "text": "text",
    "link": "url",
    "emoji": "name",
    "user": "user_id",
    "channel": "channel_id",
    "usergroup": "usergroup_id",
    "broadcast": "range",
    "date": "format",
    "color": "value",
}


def _rich_part(found: Findings, part: dict[str, Any], where: str) -> int:
    characters = 0
    elements = shapes.items(found, part.get("elements"), f"{where}/elements", most=500)
    for index, leaf in enumerate(elements):
        at = f"{where}/elements/{index}"
        if not shapes.is_object(found, leaf, at):
            continue
        if part["type"] == "rich_text_list":
            if leaf.get("type") != "rich_text_section":
                found.add(f"unsupported type: {leaf.get('type')}", f"{at}/type")
            else:
                characters += _rich_part(found, leaf, at)
            continue
        needed = _RICH_LEAVES.get(str(leaf.get("type")))
        if needed is None:
            found.add(f"unsupported type: {leaf.get('type')}", f"{at}/type")
        elif not leaf.get(needed):
            found.add(f"missing required field: {needed}", at)
        else:
            characters += len(str(leaf.get("text") or leaf[needed]))
    return characters


def table(found: Findings, block: dict[str, Any], where: str) -> None:
    """Note what is wrong with a table."""
    shapes.keys(found, block, where, required=("rows",), optional=("block_id", "column_settings"))
    settings = block.get("column_settings")
    if settings is not None:
        shapes.items(found, settings, f"{where}/column_settings", most=COLUMNS, least=0)
    _rows(found, block, where, most=ROWS, least=1)


def data_table(found: Findings, block: dict[str, Any], where: str) -> None:
    """Note what is wrong with a data_table."""
    shapes.keys(
        found,
        block,
        where,
        required=("rows", "caption"),
        optional=("block_id", "page_size", "row_header_column_index"),
    )
    if block.get("caption") is not None:
        shapes.string(found, block["caption"], f"{where}/caption", most=shapes.TEXT_OBJECT)
    rows = _rows(found, block, where, most=DATA_ROWS, least=2)
    width = len(rows[0]) if rows and isinstance(rows[0], list) else 0
    for index, row in enumerate(rows):
        if isinstance(row, list) and len(row) != width:
            found.add("all rows must have the same number of cells", f"{where}/rows/{index}")
    for index, cell in enumerate(rows[0] if width else []):
        if isinstance(cell, dict) and cell.get("type") == "rich_text":
            found.add("rich_text is not allowed in a header", f"{where}/rows/0/{index}")
    for key, least, most in (
        ("page_size", 1, PAGE_SIZE),
        ("row_header_column_index", 0, width - 1),
    ):
        value = block.get(key)
        if value is not None and (not isinstance(value, int) or not least <= value <= most):
            found.add(f"must be an integer from {least} to {most}", f"{where}/{key}")


def _rows(
    found: Findings, block: dict[str, Any], where: str, *, most: int, least: int
) -> list[Any]:
    if block.get("rows") is None:
        return []
    rows = shapes.items(found, block["rows"], f"{where}/rows", most=most, least=least)
    characters = 0
    for index, row in enumerate(rows):
        at = f"{where}/rows/{index}"
        for column, cell in enumerate(shapes.items(found, row, at, most=COLUMNS)):
            characters += _cell(found, cell, f"{at}/{column}")
    if characters > TABLE_CHARACTERS:
        found.add(f"must be less than {TABLE_CHARACTERS + 1} characters in all", f"{where}/rows")
    return rows


def _cell(found: Findings, cell: Any, where: str) -> int:
    if not shapes.is_object(found, cell, where):
        return 0
    kind = cell.get("type")
    if kind == "rich_text":
        return rich_text(found, cell, where)
    if kind == "raw_text":
        shapes.keys(found, cell, where, required=("text",))
        shapes.string(found, cell.get("text"), f"{where}/text", most=TABLE_CHARACTERS)
        return len(str(cell.get("text")))
    if kind == "raw_number":
        shapes.keys(found, cell, where, required=("value",), optional=("text",))
        if not shapes.number(cell.get("value")):
            found.add("must be a number", f"{where}/value")
        if "text" in cell:
            shapes.string(found, cell["text"], f"{where}/text", most=TABLE_CHARACTERS)
        return len(str(cell.get("text", cell.get("value"))))
    found.add(f"unsupported type: {kind}", f"{where}/type")
    return 0


def data_visualization(found: Findings, block: dict[str, Any], where: str) -> None:
    """Note what is wrong with a chart."""
    shapes.keys(found, block, where, required=("title", "chart"), optional=("block_id",))
    if block.get("title") is not None:
        shapes.string(found, block["title"], f"{where}/title", most=CHART_TITLE)
    chart, at = block.get("chart"), f"{where}/chart"
    if not isinstance(chart, dict):
        return
    if chart.get("type") == "pie":
        shapes.keys(found, chart, at, required=("segments",))
        segments = shapes.items(found, chart.get("segments"), f"{at}/segments", most=SEGMENTS)
        _points(found, segments, f"{at}/segments", positive=True)
    elif chart.get("type") in ("bar", "area", "line"):
        _series(found, chart, at)
    else:
        found.add(f"unsupported type: {chart.get('type')}", f"{at}/type")


def _series(found: Findings, chart: dict[str, Any], where: str) -> None:
    shapes.keys(found, chart, where, required=("series", "axis_config"))
    axis = chart.get("axis_config")
    if not isinstance(axis, dict):
        return
    at = f"{where}/axis_config"
    shapes.keys(found, axis, at, required=("categories",), optional=("x_label", "y_label"))
    categories = shapes.items(found, axis.get("categories"), f"{at}/categories", most=POINTS)
    for index, label in enumerate(categories):
        shapes.string(found, label, f"{at}/categories/{index}", most=POINT_LABEL)
        if label in categories[:index]:
            found.add("categories must be unique", f"{at}/categories/{index}")
    for key in ("x_label", "y_label"):
        if key in axis:
            shapes.string(found, axis[key], f"{at}/{key}", most=AXIS_LABEL)
    names: list[Any] = []
    series = shapes.items(found, chart.get("series"), f"{where}/series", most=SERIES)
    for index, line in enumerate(series):
        at = f"{where}/series/{index}"
        if not shapes.is_object(found, line, at):
            continue
        shapes.keys(found, line, at, required=("name", "data"))
        shapes.string(found, line.get("name"), f"{at}/name", most=POINT_LABEL)
        if line.get("name") in names:
            found.add("series names must be unique", f"{at}/name")
        names.append(line.get("name"))
        data = shapes.items(found, line.get("data"), f"{at}/data", most=POINTS)
        labels = _points(found, data, f"{at}/data", positive=False)
        if labels != categories:
            found.add("must have one value for every category, in order", f"{at}/data")


def _points(found: Findings, points: list[Any], where: str, *, positive: bool) -> list[Any]:
    labels = []
    for index, point in enumerate(points):
        at = f"{where}/{index}"
        if not shapes.is_object(found, point, at):
            continue
        shapes.keys(found, point, at, required=("label", "value"))
        shapes.string(found, point.get("label"), f"{at}/label", most=POINT_LABEL)
        labels.append(point.get("label"))
        value = point.get("value")
        if not shapes.number(value):
            found.add("must be a number", f"{at}/value")
        elif positive and value <= 0:
            found.add("must be more than 0", f"{at}/value")
    return labels
