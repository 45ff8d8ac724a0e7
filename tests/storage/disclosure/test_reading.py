"""
Table files: what is wrong with one is said with its place, and what to write.
"""

from collections.abc import Sequence
from typing import Any

import pytest

from storage.disclosure.audit import Finding, audit
from storage.disclosure.errors import RefusedError, TableError
from storage.disclosure.grids import read_grid
from storage.disclosure.protect import protect
from storage.disclosure.reading import audit_marks, read_marks, read_table_file
from storage.disclosure.states import WITHHELD, State, below
from storage.disclosure.tables import marked, primary

ROW = {"name": "type", "labels": ["Total", "Sex", "Labor"], "tree": {"Total": ["Sex", "Labor"]}}
COUNTS = {"t/Total": 42, "t/Sex": 35, "t/Labor": 7}


def table_file(**changes: Any) -> dict[str, Any]:
    return {"tables": [{"name": "t", "dims": [ROW]}], "counts": COUNTS} | changes


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"counts": COUNTS | {"t/Sex": 34}}, "t/Total = t/Sex + t/Labor: the counts do not add up"),
        ({"counts": {"t/Total": 42, "t/Sex": 35}}, "t/Labor: it has no count: give one"),
        ({"counts": COUNTS | {"t/Sexx": 1}}, "counts: t/Sexx: is no cell of table t: did you mean"),
        ({"counts": COUNTS | {"t/Sex": -1}}, "counts: t/Sex: is no whole number from 0"),
        ({"counts": COUNTS | {"t/Sex": True}}, "counts: t/Sex: is no whole number from 0"),
        ({"na": ["t/Bot"]}, "na: there is no cell t/Bot"),
        ({"na": ["t/Labor"]}, "na: t/Labor: has a count too"),
        ({"threshold": 1}, "threshold: is no whole number from 2"),
        ({"thresholds": {"u": 11}}, "thresholds.u: there is no such table"),
        ({"equations": [["t/Total"]]}, "equations[0]: is no equation: write [total, [parts]]"),
        ({"equations": [["t/Total", ["t/Total"]]]}, "equations[0]: names a cell twice"),
        ({"equation": []}, "equation: is no part of a table file: did you mean equations?"),
        ({"published": {"t/Sex": "few"}}, "published: t/Sex: is no mark: write a whole number"),
        ({"published": {"t/Sex": 34}}, "t/Sex: its mark number cannot stand for its count"),
        ({"side_info": [{"terms": {}}]}, "side_info[0]: has no terms"),
        ({"side_info": [{"terms": {"t/Sex": 1}, "hi": 3}]}, "side_info[0]: the counts do not agree"),
        ({"weights": {"t/Sex": "much"}}, "weights: t/Sex: is no whole number"),
        ({"insiders": {"A": "t/Sex"}}, "insiders.A: is no list of names"),
        ({"tables": [{"dims": [ROW]}]}, "tables[0]: has no name"),
        ({"tables": [], "counts": {}}, "the file: has no cells: write tables and counts"),
        ({"tables": [{"name": "t", "dims": [{"labels": []}]}]}, "tables[0].dims[0].labels: is empty"),
        (
            {"tables": [{"name": "t", "dims": [ROW | {"tree": {"Total": ["Sexx"]}}]}]},
            "tables[0].dims[0].tree.Total: Sexx is no label of this dimension: did you mean Sex?",
        ),
        (
            {"tables": [{"name": "t", "dims": [ROW | {"tree": {"Sex": ["Labor"], "Labor": ["Sex"]}}]}]},
            "is a part of itself",
        ),
    ],
)  # fmt: skip
def test_a_wrong_table_file_says_where_and_what_to_write(
    changes: dict[str, Any], said: str
) -> None:
    with pytest.raises(TableError) as raised:
        read_table_file(table_file(**changes))

    assert said in str(raised.value)
    assert "35" not in str(raised.value)  # no count in an error


def test_no_json_object_is_no_table_file() -> None:
    with pytest.raises(TableError, match="is no JSON object"):
        read_table_file([])


@pytest.mark.parametrize(
    ("marks", "said"),
    [
        ({"t/Total": 42, "t/Sex": 35}, "t/Labor: it has no mark"),
        ({"t/Total": 42, "t/Sex": 35, "t/Labor": "*"}, "its mark withheld cannot stand for"),
        ({"t/Total": 42, "t/Sex": 35, "t/Labor": "?"}, "marks: t/Labor: is no mark"),
        ({"t/Total": 42, "t/Sex": 35, "t/Labor": "<10", "u": 3}, "u: there is no such cell"),
        ([], "marks: is no object"),
    ],
)
def test_wrong_marks_say_where_and_what_to_write(marks: object, said: str) -> None:
    with pytest.raises(TableError) as raised:
        read_marks(read_table_file(table_file()), marks)

    assert said in str(raised.value)


def test_marks_that_no_table_fits_are_an_error() -> None:
    without = table_file()
    del without["counts"]
    problem = read_marks(read_table_file(without), {"t/Total": 90, "t/Sex": 35, "t/Labor": "<10"})

    with pytest.raises(TableError, match="no whole-number table fits"):
        audit(problem)


def test_audit_marks_are_what_is_audited() -> None:
    document = table_file(audit_marks={"t/Sex": "*"})

    found = audit(audit_marks(read_table_file(document), document))

    assert [(each.interval, each.finding) for each in found.cells] == [((1, 9), Finding.PROTECTED)]


def test_a_small_number_that_is_printed_is_exact_and_protect_marks_it() -> None:
    without = table_file()
    del without["counts"]
    problem = read_marks(read_table_file(without), COUNTS)

    found = audit(problem)

    assert [(each.interval, each.finding) for each in found.cells] == [((7, 7), Finding.EXACT)]
    protected = protect(problem)
    assert protected.marks["t/Labor"] == below(10)
    assert protected.withheld == ("t/Sex",)


def test_what_is_out_is_never_withheld_and_what_it_forces_is_refused() -> None:
    one = protect(read_table_file(table_file(published={"t/Sex": 35})))
    assert one.withheld == ("t/Total",)

    problem = read_table_file(table_file(published={"t/Sex": 35, "t/Total": 42}))
    with pytest.raises(RefusedError) as refused:
        protect(problem)

    assert refused.value.forced == ("t/Labor",)
    assert [each.finding for each in audit(problem).cells] == [Finding.FORCED]
    assert "7" not in str(refused.value)


def test_two_agencies_and_their_published_total_are_refused_for_insiders() -> None:
    dim = {"name": "agency", "labels": ["Total", "A", "B"], "tree": {"Total": ["A", "B"]}}
    problem = read_table_file(
        {
            "tables": [{"name": "t", "dims": [dim]}],
            "counts": {"t/Total": 10, "t/A": 5, "t/B": 5},
            "published": {"t/Total": 10},
            "insiders": {"A": ["t/A"], "B": ["t/B"]},
        }
    )

    assert protect(problem).withheld == ()
    with pytest.raises(RefusedError) as refused:
        protect(problem, insiders=True)
    assert refused.value.insiders == {"A": ("t/B",), "B": ("t/A",)}


@pytest.mark.parametrize(("total", "refused"), [(10, True), (11, False)])
def test_marks_alone_are_protected_from_insiders_unless_some_counts_would_be_exact(
    total: int, refused: bool
) -> None:
    dim = {"name": "agency", "labels": ["Total", "A", "B"], "tree": {"Total": ["A", "B"]}}
    document = {
        "tables": [{"name": "t", "dims": [dim]}],
        "insiders": {"A": ["t/A"], "B": ["t/B"]},
    }
    marks = {"t/Total": total, "t/A": "<10", "t/B": "<10"}
    problem = read_marks(read_table_file(document), marks)

    assert audit(problem, insiders=True).insiders == {"A": ("t/B",), "B": ("t/A",)}
    if refused:  # were A 1, it would know B: with a total of 10 or more it can only be 9
        with pytest.raises(RefusedError):
            protect(problem, insiders=True)
        return
    found = protect(problem, insiders=True)
    assert found.withheld == ("t/Total",)
    assert audit(marked(problem, found.marks), insiders=True).safe


def test_what_is_not_collected_adds_nothing_and_a_total_without_parts_stands_alone() -> None:
    problem = read_table_file(
        {
            "tables": [{"name": "t", "dims": [ROW]}],
            "counts": {"t/Total": 42},
            "na": ["t/Sex"],
            "not_reported": ["t/Labor"],
        }
    )

    marks = primary(problem)

    assert [marks[cell].state for cell in problem.cells] == [
        State.NUMBER,
        State.NOT_COLLECTED,
        State.NOT_REPORTED,
    ]
    assert protect(problem).withheld == ()


def test_two_thresholds_meet_in_one_audit() -> None:
    dims = [{"name": "x", "labels": ["a"], "tree": {}}]
    problem = read_table_file(
        {
            "threshold": 10,
            "thresholds": {"state": 11},
            "tables": [{"name": "state", "dims": dims}, {"name": "deck", "dims": dims}],
            "counts": {"state/a": 10, "deck/a": 10},
            "equations": [["state/a", ["deck/a"]]],
        }
    )

    found = audit(problem)

    # 10 is small for the one and not for the other: what the two marks leave is 10
    assert {each.cell: each.finding for each in found.cells} == {"state/a": Finding.FORCED}
    assert primary(problem)["state/a"] == below(11)


def test_a_share_narrows_and_is_reckoned_exactly() -> None:
    share = {"terms": {"t/Labor": 1, "t/Total": -0.1}, "lo": None, "hi": 2.8}
    problem = read_table_file(table_file(side_info=[share]))
    protected = marked(problem, primary(problem) | {"t/Sex": WITHHELD})

    found = audit(protected)

    # 42 people: at most 7 of them
    assert [(each.interval, each.base) for each in found.cells] == [((1, 7), (1, 9))]


def test_hidden_cells_get_their_count_from_an_equation() -> None:
    row = {"name": "x", "labels": ["a"], "tree": {}}
    problem = read_table_file(
        {
            "tables": [{"name": name, "dims": [row]} for name in ("old", "new")],
            "counts": {"old/a": 30, "new/a": 34},
            "hidden": ["more/a"],
            "equations": [["new/a", ["old/a", "more/a"]]],
            "published": {"old/a": 30},
        }
    )

    found = audit(problem)
    protected = protect(problem)

    assert [(each.cell, each.interval, each.finding) for each in found.cells] == [
        ("more/a", (4, 4), Finding.EXACT)
    ]
    assert protected.withheld == ("new/a",)
    assert [each.interval for each in audit(marked(problem, protected.marks)).cells] == [(0, None)]


WIDE: list[Sequence[object]] = [
    ["Agency", "Total served", "Sex", "Labor"],
    ["CVS", 185, 177, 8],
    [None, None, None, None],
    ["DA", "89", "73", "16"],
    ["IRC", 17, 17, "N/A"],
]


def test_a_plain_table_has_its_labels_its_totals_and_its_agencies() -> None:
    document, alone = read_grid(WIDE, name="served")

    problem = read_table_file(document)

    assert not alone
    assert {str(each) for each in problem.equations} == {
        f"served/{who}/Total served = served/{who}/Sex + served/{who}/Labor"
        for who in ("CVS", "DA", "IRC")
    }
    assert problem.insiders["DA"] == {
        "served/DA/Total served",
        "served/DA/Sex",
        "served/DA/Labor",
    }
    assert protect(problem).withheld == ("served/CVS/Sex",)


def test_a_long_table_with_marks_is_marks_alone() -> None:
    rows = [
        ["agency", "year", "count"],
        ["A", 2023, "<10"],
        ["B", 2023, 30],
        ["Total", 2023, 34],
    ]

    document, alone = read_grid(rows, name="t")

    assert alone
    problem = audit_marks(read_table_file(document), document)
    assert [each.interval for each in audit(problem).cells] == [(4, 4)]
    assert protect(problem).withheld == ("t/B/2023",)


@pytest.mark.parametrize(
    ("rows", "said"),
    [
        ([], "is empty"),
        ([["a", "b"]], "is empty"),
        ([["a", "b"], ["x", ""]], "row 2, column b: is no mark: write a whole number"),
        ([["a", "b"], ["", 3]], "row 2, column a: has no label"),
        ([["a"], ["x"]], "has no column of counts"),
        ([["a", "b", "b"], ["x", 3, 4]], "the header: b is there twice"),
        ([["a", "b"], ["x", 3], ["x", 4]], "row 3: x is there twice"),
        ([["a", "b"], ["Total", 3], ["All", 4], ["x", 4]], "has several totals, Total, All"),
        ([["a", "y", "n"], ["x", "1", 3], ["z", "2", 4]], "x/2: has no row"),
    ],
)
def test_a_wrong_plain_table_says_where_and_what_to_write(
    rows: list[list[object]], said: str
) -> None:
    with pytest.raises(TableError) as raised:
        read_grid(rows, name="t")

    assert said in str(raised.value)
