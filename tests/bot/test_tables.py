"""
`htbot tables`: what it prints, and the exit status it ends with.
"""

import json
from pathlib import Path
from typing import Any

import pytest
from openpyxl import Workbook

from bot.cli import main

LABELS = ["Total", "Sex", "Labor"]
TABLE: dict[str, Any] = {
    "threshold": 10,
    "tables": [
        {
            "name": "t",
            "dims": [
                {"name": "agency", "labels": ["A"], "tree": {}},
                {"name": "type", "labels": LABELS, "tree": {"Total": LABELS[1:]}},
            ],
        }
    ],
    "counts": {"t/A/Total": 42, "t/A/Sex": 35, "t/A/Labor": 7},
    "insiders": {"A": ["t/A/Total", "t/A/Sex", "t/A/Labor"]},
}


@pytest.fixture
def table(tmp_path: Path) -> Path:
    path = tmp_path / "t.json"
    path.write_text(json.dumps(TABLE), "utf-8")
    return path


def written(path: Path, document: object) -> str:
    path.write_text(json.dumps(document), "utf-8")
    return str(path)


def test_an_audit_prints_intervals_and_verdicts_and_fails_on_a_leak(
    table: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    status = main(["tables", "audit", str(table), "--json"], {})

    assert status == 1
    assert json.loads(capsys.readouterr().out) == {
        "intervals": {"t/A/Labor": [7, 7]},
        "verdicts": {"t/A/Labor": "exact"},
    }


def test_what_protect_prints_passes_the_audit_as_marks(
    table: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["tables", "protect", str(table), "--json"], {}) == 0
    protected = json.loads(capsys.readouterr().out)
    marks = written(tmp_path / "marks.json", protected["marks"])

    status = main(["tables", "audit", str(table), "--marks", marks, "--insiders", "--json"], {})

    assert protected == {
        "marks": {"t/A/Total": 42, "t/A/Sex": "*", "t/A/Labor": "<10"},
        "withheld": ["t/A/Sex"],
        "cost": 1,
        "optimal": True,
        "bound": 1,
        "forced": [],
    }
    assert status == 0
    assert json.loads(capsys.readouterr().out) == {
        "intervals": {"t/A/Labor": [1, 9]},
        "verdicts": {"t/A/Labor": "protected"},
        "insiders": {"A": []},
    }


def test_a_table_is_protected_from_marks_alone(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    without = {key: value for key, value in TABLE.items() if key != "counts"}
    path = written(tmp_path / "t.json", without)
    marks = written(tmp_path / "m.json", {"t/A/Total": 42, "t/A/Sex": 35, "t/A/Labor": "<10"})

    status = main(["tables", "protect", path, "--marks", marks, "--cost", "count"], {})

    *printed, blank, said = capsys.readouterr().out.splitlines()
    assert status == 0
    assert [line.split()[0] for line in printed] == ["t/A/Total", "t/A/Sex", "t/A/Labor"]
    assert sorted(line.split()[1] for line in printed)[0] == "*"
    assert (blank, said) == ("", "1 cell withheld at a cost of 1: proved to be the least.")


def test_a_forced_cell_is_refused_with_the_reason_and_no_marks(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = {"t/A/Total": 42, "t/A/Sex": 35}
    path = written(tmp_path / "t.json", TABLE | {"published": out})

    assert main(["tables", "protect", path, "--json"], {}) == 1
    printed = capsys.readouterr()
    assert main(["tables", "audit", path, "--json"], {}) == 1

    answer = json.loads(printed.out)
    assert (answer["marks"], answer["forced"]) == ({}, ["t/A/Labor"])
    assert "htbot: refused: t/A/Labor is given away by the marks alone" in printed.err
    assert json.loads(capsys.readouterr().out)["verdicts"] == {"t/A/Labor": "forced"}


@pytest.mark.parametrize("kind", ["csv", "xlsx"])
def test_plain_tables_are_read(
    kind: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    rows: list[list[object]] = [["Agency", *LABELS], ["A", 42, 35, "<10"], ["B", 30, 30, 0]]
    path = tmp_path / f"served.{kind}"
    if kind == "csv":
        path.write_text("\n".join(",".join(map(str, row)) for row in rows), "utf-8")
    else:
        book = Workbook()
        sheet = book.active
        assert sheet is not None
        for row in rows:
            sheet.append(row)
        book.save(path)

    status = main(["tables", "audit", str(path)], {})

    assert status == 1
    assert capsys.readouterr().out.startswith("served/A/Labor: exact. Printed as <10, it is 7;")
    assert main(["tables", "protect", str(path)], {}) == 0


@pytest.mark.parametrize(
    ("name", "text", "said"),
    [
        ("t.json", "{", "t.json:1: is no JSON"),
        ("t.json", '{"tables": 3}', "tables: is no list: write […]"),
        ("t.json", '{"counts": {"a": 1, "a": 2}}', "a: is there twice"),
        ("t.json", '{"side_info": [{"lo": NaN}]}', "NaN: is no number"),
        ("t.csv", "a,b\nx,\n", "row 2, column b: is no mark"),
        ("t.xlsx", "no workbook", "t.xlsx: is no XLSX workbook"),
    ],
)
def test_a_file_that_cannot_be_used_is_a_misuse(
    name: str, text: str, said: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / name).write_text(text, "utf-8")

    status = main(["tables", "audit", str(tmp_path / name)], {})

    assert status == 2
    assert said in capsys.readouterr().err


def test_a_file_that_is_not_there_is_named(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["tables", "protect", str(tmp_path / "none.json")], {}) == 2
    assert "none.json: No such file or directory" in capsys.readouterr().err


def test_help_says_how_plain_tables_are_read(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["tables", "audit", "--help"])

    assert "the first row is the header" in capsys.readouterr().out
