"""
The four worked examples, and the deck as it is printed.
"""

import json
import os
import random
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from storage.disclosure.audit import Finding, audit
from storage.disclosure.errors import NotAuditedError
from storage.disclosure.protect import Cost, Effort, protect
from storage.disclosure.reading import read_marks, read_table_file
from storage.disclosure.report import gate_report, offline_report
from storage.disclosure.states import State, written
from storage.disclosure.tables import Problem, marked, primary
from storage.packs.reading import read_pack
from tests.storage.disclosure import brute
from tests.storage.disclosure.plain_mip import cheapest

REPOSITORY = Path(__file__).resolve().parents[3]
EXAMPLES = ("deck-arm-of-care", "deck-services", "insider-column", "lower-narrowing")


def read_example(name: str) -> dict[str, Any]:
    folder = Path(os.environ.get("HT_TABLES", REPOSITORY.parent / "shared" / "tables"))
    path = folder / f"{name}.json"
    if not path.exists():
        pytest.skip(f"the example tables are not at {folder}: set HT_TABLES to their folder")
    document: dict[str, Any] = json.loads(path.read_text("utf-8"))
    return document


@pytest.mark.parametrize("name", EXAMPLES)
def test_what_a_primary_only_publication_gives_away_is_as_expected(name: str) -> None:
    document = read_example(name)
    expected = document["expected"]

    found = audit(read_table_file(document), insiders=True)

    assert {each.cell: list(each.interval) for each in found.cells} == expected["naive"]
    verdicts = {
        finding: sorted(each.cell for each in found.cells if each.finding is finding)
        for finding in Finding
    }
    assert verdicts[Finding.EXACT] == sorted(expected.get("naive_exact", []))
    assert verdicts[Finding.NARROWED] == sorted(expected.get("naive_narrowed", []))
    assert {who: list(cells) for who, cells in found.insiders.items()} == expected.get(
        "naive_insider_exact", {}
    )


@pytest.mark.parametrize("insiders", [False, True], ids=["outsiders", "insiders"])
@pytest.mark.parametrize("cost", ["count", "weighted"])
@pytest.mark.parametrize("name", EXAMPLES)
def test_the_cheapest_pattern_is_found_and_passes_the_audit(
    name: str, cost: Cost, insiders: bool
) -> None:
    document = read_example(name)
    problem = read_table_file(document)
    optimum = document["expected"]["optimum"]
    rule = "full+insider" if insiders and problem.insiders else "full"

    found = protect(problem, cost=cost, insiders=insiders)

    assert (found.cost, found.bound, found.optimal) == (optimum[rule][cost],) * 2 + (True,)
    assert audit(marked(problem, found.marks), insiders=insiders).safe


@pytest.mark.parametrize("name", ["deck-arm-of-care", "deck-services", "lower-narrowing"])
def test_marks_alone_lead_to_the_same_cost_as_counts(name: str) -> None:
    document = read_example(name)
    printed = {c: written(m) for c, m in primary(read_table_file(document)).items()}
    without = {key: value for key, value in document.items() if key != "counts"}
    problem = read_marks(read_table_file(without), printed)

    naive = audit(problem, insiders=True)
    found = protect(problem, insiders=True)

    assert {each.cell: list(each.interval) for each in naive.cells} == document["expected"]["naive"]
    assert found.cost == document["expected"]["optimum"]["full"]["weighted"]
    assert found.optimal
    assert audit(marked(problem, found.marks), insiders=True).safe


def deck(contra_costa: Path) -> Problem:
    tables, marks = [], {}
    for figure in read_pack(contra_costa).figures:
        rows = list(figure.rows)
        total = next((row for row in rows if row.startswith("Total")), None)
        first, *types = figure.columns
        tables.append(
            {
                "name": figure.key,
                "dims": [
                    {
                        "name": "row",
                        "labels": rows,
                        "tree": {total: [row for row in rows if row != total]} if total else {},
                    },
                    {
                        "name": "column",
                        "labels": list(figure.columns),
                        "tree": {first: types} if first.startswith("Total") else {},
                    },
                ],
            }
        )
        for row, values in figure.rows.items():
            for column, value in zip(figure.columns, values, strict=True):
                marks[f"{figure.key}/{row}/{column}"] = value
    return read_marks(read_table_file({"threshold": 10, "tables": tables}), marks)


def test_the_whole_deck_is_protected_from_its_marks_alone(contra_costa: Path) -> None:
    problem = deck(contra_costa)

    naive = audit(problem)
    found = protect(problem)

    assert [each.cell for each in naive.cells if each.finding is Finding.EXACT] == [
        "member-served-2023/Community Violence Solutions/Labor Trafficking",
        "member-contacts-2023/Arm of Care/Sex & Labor Trafficking",
    ]
    assert sum(each.finding is Finding.NARROWED for each in naive.cells) == 8
    assert audit(marked(problem, found.marks)).safe
    assert (found.cost, found.optimal) == (8, True)
    assert len(found.withheld) == 6
    base = {each.cell: (each.base[0], each.base[1] or 0) for each in naive.cells}
    assert brute.narrowed(problem, found.marks, base) == []
    zeros = [cell for cell, mark in found.marks.items() if mark.value == 0]
    assert all(found.marks[cell].state is State.NUMBER for cell in zeros)


def test_no_agency_works_out_another_from_the_protected_deck_whatever_the_counts_are(
    contra_costa: Path,
) -> None:
    problem = deck(contra_costa)
    rows: dict[str, set[str]] = {}
    for cell in problem.present():
        table, row, _ = cell.split("/", 2)
        if table.startswith("member-"):
            rows.setdefault(row, set()).add(cell)
    problem = replace(problem, insiders={who: frozenset(own) for who, own in rows.items()})

    found = protect(problem, insiders=True)

    assert any(audit(problem, insiders=True).insiders.values())
    assert (found.cost, found.optimal) == (8, True)
    # even for whoever has the printed marks alone
    assert audit(replace(marked(problem, found.marks), counts={}), insiders=True).safe


def test_the_offline_report_names_the_equation_and_the_gate_s_no_solved_value() -> None:
    problem = read_table_file(read_example("deck-services"))
    naive = audit(problem)

    offline = offline_report(problem, naive)
    found = protect(problem)
    gate = gate_report(audit(marked(problem, found.marks)), found)

    assert (
        "svc/CVS/Labor: exact. Printed as <10, it is 8; the marks alone would leave 1 to 9.\n"
        "  not more than 8:\n"
        "    svc/CVS/Total = svc/CVS/Sex + svc/CVS/Labor, printed as 185 = 177 + <10\n"
    ) in offline
    assert "svc/CVS/Labor" not in gate  # how much it would have told depends on what is withheld
    assert "4 cells withheld at a cost of 6: proved to be the least." in gate
    assert "8" not in gate


@pytest.mark.parametrize("seed", range(6))
def test_another_solver_finds_no_cheaper_pattern(seed: int) -> None:
    draw = random.Random(seed)
    labels = {"a": ["1", "2", "3"], "b": ["1", "2", "3"]}
    inner = {
        (row, column): draw.randint(1, 9) if draw.random() < 0.35 else draw.randint(10, 30)
        for row in labels["a"]
        for column in labels["b"]
    }
    counts = {f"t/{row}/{column}": count for (row, column), count in inner.items()}
    for row in labels["a"]:
        counts[f"t/{row}/T"] = sum(inner[row, column] for column in labels["b"])
    for column in ["T", *labels["b"]]:
        counts[f"t/T/{column}"] = sum(counts[f"t/{row}/{column}"] for row in labels["a"])
    problem = read_table_file(
        {
            "tables": [
                {
                    "name": "t",
                    "dims": [
                        {"name": name, "labels": ["T", *each], "tree": {"T": each}}
                        for name, each in labels.items()
                    ],
                }
            ],
            "counts": counts,
        }
    )
    base = {each.cell: (each.base[0], each.base[1] or 0) for each in audit(problem).cells}

    found = protect(problem)

    assert (found.cost, found.optimal) == (cheapest(problem, primary(problem), base), True)


def test_what_is_withheld_depends_on_the_marks_and_not_on_the_counts_behind_them() -> None:
    document = read_example("deck-services")
    other = document | {
        "counts": document["counts"]
        | {"svc/IRC/Sex": 1, "svc/IRC/Both": 4, "svc/JAL/Sex": 9, "svc/JAL/Both": 5}
    }

    assert protect(read_table_file(document)) == protect(read_table_file(other))


def test_what_the_search_cannot_answer_is_not_audited_rather_than_protected() -> None:
    document = read_example("lower-narrowing")

    with pytest.raises(NotAuditedError, match="not audited: an end was neither reached nor"):
        audit(read_table_file(document), nodes=0)


def test_a_doubtful_search_never_claims_the_least_cost() -> None:
    problem = read_table_file(read_example("lower-narrowing"))

    found = protect(problem, effort=Effort(nodes=0))

    assert audit(marked(problem, found.marks)).safe
    assert found.bound <= 5 <= found.cost
    assert not found.optimal


def test_a_pattern_found_with_no_time_to_search_is_valid_and_says_its_gap() -> None:
    problem = read_table_file(read_example("lower-narrowing"))

    found = protect(problem, effort=Effort(rounds=0, attacks=0))

    assert audit(marked(problem, found.marks)).safe
    assert (found.optimal, found.bound) == (False, 0)
    assert "the least is not known" in gate_report(audit(problem), found)
