"""
Small table files, as hypothesis deals them.
"""

from itertools import product
from random import Random
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
def insider_release_files(draw: st.DrawFn) -> dict[str, Any]:
    """
    Two releases of agencies and their total, of which the earlier one is out, and the hidden
    difference; each agency knows its own of all three.
    """
    threshold = draw(st.integers(3, 4))
    labels = draw(st.sampled_from([["A", "B"], ["A", "B", "C"]]))
    dim = _dim("agency", labels, total=True)
    old = _table(draw, "old", [dim], na=False)["counts"]
    more = _table(draw, "more", [dim], na=False)["counts"]
    shown = dim["labels"]
    new = {f"new/{each}": old[f"old/{each}"] + more[f"more/{each}"] for each in shown}
    marks = {c: f"<{threshold}" if 0 < count < threshold else count for c, count in old.items()}
    if draw(st.booleans()):
        marks |= {cell: "*" for cell, count in old.items() if count >= threshold}
    return {
        "threshold": threshold,
        "tables": [{"name": name, "dims": [dim]} for name in ("old", "new")],
        "counts": old | new | more,
        "published": marks,
        "hidden": list(more),
        "equations": [
            *([f"new/{each}", [f"old/{each}", f"more/{each}"]] for each in shown),
            ["more/T", [f"more/{each}" for each in labels]],
        ],
        "insiders": {who: [f"{of}/{who}" for of in ("old", "new", "more")] for who in labels},
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


def _numbered(name: str, size: int) -> dict[str, Any]:
    return _dim(name, [str(number) for number in range(size)], total=True)


def _regions(name: str) -> dict[str, Any]:
    tree = {"T": ["N", "S"], "N": ["1", "2", "3"], "S": ["4", "5"]}
    return {"name": name, "labels": ["T", *tree["T"], *tree["N"], *tree["S"]], "tree": tree}


@st.composite
def large_files(draw: st.DrawFn) -> dict[str, Any]:
    """
    Tables beyond what trying every one can reach, as the deck's threshold has them: in two
    and three dimensions, with a hierarchy, linked, or with an earlier release.
    """
    kind = draw(st.sampled_from(["wide", "cube", "hierarchy", "linked", "release"]))
    random = draw(st.randoms(use_true_random=False))
    if kind == "cube":
        dims = [_numbered("a", 4), _numbered("b", 3), _numbered("c", 3)]
    elif kind == "hierarchy":
        dims = [_regions("a"), _numbered("b", 3)]
    else:
        dims = [_numbered("a", 6), _numbered("b", 4)]
    document: dict[str, Any] = {"tables": [{"name": "t", "dims": dims}], "equations": []}
    counts = _counts(random, "t", dims)
    if kind == "linked":  # the same totals by another split
        rest = [_numbered("a", 6), _numbered("c", 2)]
        document["tables"].append({"name": "u", "dims": rest})
        for label in dims[0]["labels"]:
            total = counts[f"t/{label}/T"]
            first = random.randint(0, total) if label != "T" else 0
            counts |= {f"u/{label}/T": total, f"u/{label}/0": first, f"u/{label}/1": total - first}
            document["equations"].append([f"u/{label}/T", [f"t/{label}/T"]])
        for each in "01":
            counts[f"u/T/{each}"] = sum(
                counts[f"u/{label}/{each}"] for label in dims[0]["labels"][1:]
            )
    if kind == "release":  # a column of it, one period earlier, and what was added since
        more = {}
        for label in dims[0]["labels"]:
            more[f"more/{label}"] = counts[f"t/{label}/0"]
            old = random.choice([0, 5, 12, 40]) if label != "T" else 0
            counts[f"old/{label}"] = old
        counts["old/T"] = sum(counts[f"old/{label}"] for label in dims[0]["labels"][1:])
        for label in dims[0]["labels"]:
            for at in ("0", "T"):
                counts[f"t/{label}/{at}"] += counts[f"old/{label}"]
            document["equations"].append([f"t/{label}/0", [f"old/{label}", f"more/{label}"]])
        document["tables"].append({"name": "old", "dims": dims[:1]})
        labels = dims[0]["labels"][1:]
        document["equations"].append(["more/T", [f"more/{label}" for label in labels]])
        document["hidden"] = list(more)
        document["published"] = {
            cell: count if count in (0, 40) else "<10" if count < 10 else "*"
            for cell, count in counts.items()
            if cell.startswith("old/")
        }
        counts |= more
    return document | {"counts": counts}


def _counts(random: Random, name: str, dims: list[dict[str, Any]]) -> dict[str, int]:
    found: dict[str, int] = {}
    inner = {
        each: random.randint(1, 9) if random.random() < 0.3 else random.choice([0, 11, 25, 60])
        for each in product(*(leaves(dim, dim["labels"][0]) for dim in dims))
    }
    for each in product(*(dim["labels"] for dim in dims)):
        below = product(*(leaves(dim, label) for dim, label in zip(dims, each, strict=True)))
        found["/".join([name, *each])] = sum(inner[cell] for cell in below)
    return found
