"""
Small table files, as hypothesis deals them.
"""

from itertools import product
from typing import Any

from hypothesis import strategies as st

SHAPES = ("row", "row of two", "square", "no totals", "one margin", "cube", "tree")


def _dim(name: str, labels: list[str], *, total: bool) -> dict[str, Any]:
    if not total:
        return {"name": name, "labels": labels, "tree": {}}
    return {"name": name, "labels": ["T", *labels], "tree": {"T": labels}}


def _dims(shape: str) -> list[dict[str, Any]]:
    if shape == "row":
        return [_dim("a", ["1", "2", "3"], total=True)]
    if shape == "row of two":
        return [_dim("a", ["1", "2"], total=True)]
    if shape == "no totals":
        return [_dim("a", ["1", "2"], total=False), _dim("b", ["1", "2"], total=False)]
    if shape == "one margin":
        return [_dim("a", ["1", "2"], total=False), _dim("b", ["1", "2", "3"], total=True)]
    if shape == "cube":
        return [_dim(name, ["1", "2"], total=True) for name in "abc"]
    if shape == "tree":
        tree = {"T": ["N", "S"], "N": ["1", "2"]}
        return [{"name": "a", "labels": ["T", "N", "S", "1", "2"], "tree": tree}]
    return [_dim("a", ["1", "2"], total=True), _dim("b", ["1", "2", "3"], total=True)]


def leaves(dim: dict[str, Any], label: str) -> list[str]:
    children = dim["tree"].get(label)
    return [label] if children is None else [leaf for c in children for leaf in leaves(dim, c)]


def _table(draw: st.DrawFn, name: str, dims: list[dict[str, Any]], *, na: bool) -> dict[str, Any]:
    """
    Counts of a table whose totals are right, and the cells that were not collected.
    """
    labels = [dim["labels"] for dim in dims]
    inner = [
        c
        for c in product(*labels)
        if all(leaves(d, x) == [x] for d, x in zip(dims, c, strict=True))
    ]
    counts = {c: draw(st.integers(0, 6) | st.sampled_from([1, 2, 9])) for c in inner}
    missing = set(draw(st.lists(st.sampled_from(inner), max_size=1))) if na else set()
    found: dict[str, int] = {}
    absent: list[str] = []
    for each in product(*labels):
        below = list(product(*(leaves(dim, x) for dim, x in zip(dims, each, strict=True))))
        there = [c for c in below if c not in missing]
        cell = "/".join([name, *each])
        if there:
            found[cell] = sum(counts[c] for c in there)
        else:
            absent.append(cell)
    return {"counts": found, "na": absent}


@st.composite
def table_files(draw: st.DrawFn) -> dict[str, Any]:
    """
    One table, with or without totals, N/A and side information.
    """
    dims = _dims(draw(st.sampled_from(SHAPES)))
    table = _table(draw, "t", dims, na=draw(st.booleans()))
    document = {"threshold": draw(st.integers(3, 4)), "tables": [{"name": "t", "dims": dims}]}
    cells = sorted(table["counts"])
    side = []
    if draw(st.booleans()):
        chosen = draw(st.lists(st.sampled_from(cells), min_size=1, max_size=2, unique=True))
        terms = {cell: draw(st.integers(1, 3)) for cell in chosen}
        value = sum(table["counts"][cell] * times for cell, times in terms.items())
        side.append({"terms": terms, "lo": value - 1, "hi": value + 2})
    return document | table | {"side_info": side}


@st.composite
def linked_files(draw: st.DrawFn) -> dict[str, Any]:
    """
    Two tables with thresholds of their own that share a total.
    """
    row = _dims("row of two")
    first = _table(draw, "t", row, na=False)
    second = _table(draw, "u", _dims("row of two"), na=False)
    apart = first["counts"]["t/T"] - second["counts"]["u/T"]
    less = "u" if apart > 0 else "t"
    counts = first["counts"] | second["counts"]
    counts[f"{less}/1"] += abs(apart)
    counts[f"{less}/T"] += abs(apart)
    return {
        "threshold": 3,
        "thresholds": {"u": 4},
        "tables": [{"name": "t", "dims": row}, {"name": "u", "dims": row}],
        "counts": counts,
        "equations": [["t/T", ["u/T"]]],
    }


@st.composite
def release_files(draw: st.DrawFn) -> dict[str, Any]:
    """
    A release that is out, a later one of which it is a part, and their hidden difference.
    """
    threshold = draw(st.integers(3, 4))
    row = _dims("row of two")
    old = _table(draw, "old", row, na=False)["counts"]
    more = _table(draw, "more", row, na=False)["counts"]
    new = {f"new/{label}": old[f"old/{label}"] + more[f"more/{label}"] for label in ["T", "1", "2"]}
    out = {cell: f"<{threshold}" if 0 < count < threshold else count for cell, count in old.items()}
    if draw(st.booleans()):  # it went out protected, as far as a row of two can be
        out |= {cell: "*" for cell, count in old.items() if count >= threshold}
    return {
        "threshold": threshold,
        "tables": [{"name": name, "dims": row} for name in ("old", "new")],
        "counts": old | new | more,
        "published": out,
        "hidden": list(more),
        "equations": [
            *([f"new/{x}", [f"old/{x}", f"more/{x}"]] for x in ["T", "1", "2"]),
            ["more/T", ["more/1", "more/2"]],
        ],
    }


@st.composite
def insider_files(draw: st.DrawFn) -> dict[str, Any]:
    """
    Three agencies and their totals; each knows its own row.
    """
    labels = ["A", "B", "C"] if draw(st.booleans()) else ["A", "B"]
    types = draw(st.sampled_from([["1"], ["1", "2"]]))
    dims = [_dim("agency", labels, total=True), _dim("type", types, total=len(types) > 1)]
    table = _table(draw, "t", dims, na=False)
    shown = dims[1]["labels"]
    return {
        "threshold": draw(st.integers(3, 4)),
        "tables": [{"name": "t", "dims": dims}],
        "counts": table["counts"],
        "insiders": {who: [f"t/{who}/{each}" for each in shown] for who in labels},
    }
