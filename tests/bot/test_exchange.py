"""
`htbot export`, `htbot import` and `htbot audit`, as they are typed.
"""

import csv
import io
import json

import pytest

from bot.cli import main
from commands.exports import _FORMULA
from storage.session import open_database
from tests.storage.dumping import dump

AGENCY = (
    "key;name;note;phones;email\r\n"
    "open-door;Open Door;\"=cmd|' /C calc'!A0 <!channel>\";+1 925 555 0111\r\n"
    "cvs;;;;desk@example.org\r\n"
)


@pytest.fixture
def htbot(sqlite_url, tmp_path, capsys):
    """
    Runs `htbot` on a database with the built-in pack; returns its status and what it printed.
    """
    environ = {"HT_DATABASE_URL": sqlite_url, "HT_SECRET_KEY": "A" * 43 + "="}

    def run(*argv):
        status = main([*map(str, argv)], environ)
        printed = capsys.readouterr()
        return status, printed.out + printed.err

    return run


@pytest.fixture
def sheet(tmp_path):
    def write(text, encoding="utf-8-sig"):
        path = tmp_path / "sheet.csv"
        path.write_bytes(text.encode(encoding))
        return path

    return write


def test_a_dry_run_tells_all_and_does_nothing(htbot, sheet, sqlite_url):
    htbot("audit")  # makes what is made at the first start
    database = open_database(sqlite_url)
    before = dump(database)

    status, printed = htbot("import", "agencies", sheet(AGENCY), "--dry-run")

    assert status == 0
    assert printed.splitlines() == [
        "Agencies: 1 added, 1 changed, 0 unchanged, 0 rejected.",
        "+ open-door (line 2)",
        "    name: Open Door",
        "    note: =cmd|' /C calc'!A0 <!channel>",
        "    phone +1 925 555 0111: added (type: voice)",
        "~ cvs (line 3)",
        "    email: (empty) → desk@example.org",
        "Nothing was imported: this was a dry run.",
    ]
    assert dump(database) == before
    database.dispose()


def test_an_import_is_applied_exported_undone_and_audited(htbot, sheet, tmp_path):
    status, printed = htbot("import", "agencies", sheet(AGENCY))
    assert (status, printed.splitlines()[-1]) == (
        0,
        "Imported, as batch 1. `htbot import undo 1` puts it back.",
    )

    out = tmp_path / "out.csv"
    assert htbot("export", "agencies", "--out", out) == (0, f"{out}: written.\n")
    status, printed = htbot("import", "agencies", out)
    assert printed.splitlines()[-1] == "Nothing was imported: it is all there already."

    status, printed = htbot("import", "undo", 1)
    assert (status, printed.splitlines()[0]) == (0, "Import 1 is undone: 3 put back, 0 left.")
    status, printed = htbot("import", "undo", 1)
    assert status == 1
    assert "was undone already" in printed

    _, printed = htbot("audit")
    assert [line.split("  ")[1] for line in printed.splitlines()] == [
        "htbot import undo undid import 1 (kind: agencies)",
        "htbot export exported the directory (format: agencies)",
        "htbot import applied import 1 (kind: agencies)",
    ]
    _, printed = htbot("audit", "--json", "--since", "2026-01-01")
    assert [each["act"] for each in json.loads(printed)][-1] == "import.applied"
    assert htbot("audit", "--since", "2099-01-01") == (
        0,
        "Nothing is in the audit since 2099-01-01.\n",
    )


def test_two_hundred_faults_are_all_told(htbot, sheet):
    rows = "".join(f"x-{number},X,http://x\n" for number in range(200))

    status, printed = htbot("import", "agencies", sheet(f"key,name,website\n{rows}"))

    assert status == 1
    assert sum(line.startswith("    website: ") for line in printed.splitlines()) == 200
    assert printed.splitlines()[0] == "Agencies: 0 added, 0 changed, 0 unchanged, 200 rejected."
    assert printed.splitlines()[-1] == (
        "Nothing was imported: 200 faults. Mend them, and try again."
    )


def test_a_file_that_is_not_utf_8_is_refused_in_words(htbot, sheet):
    status, printed = htbot("import", "agencies", sheet("key;name\nx;Ä\n", "latin-1"))

    assert status == 1
    assert "is not UTF-8 text" in printed


@pytest.mark.parametrize("what", ["agencies", "members"])
def test_the_columns_are_listed(what, htbot):
    status, printed = htbot("import", what, "--columns")

    assert status == 0
    assert "needed" in printed.splitlines()[0]


def test_a_file_must_be_named_and_there(htbot, tmp_path):
    assert htbot("import", "agencies") == (2, "htbot: Which file? Name it, or list the columns with --columns.\n")  # fmt: skip
    missing = tmp_path / "no.csv"
    assert htbot("import", "agencies", missing) == (1, f"htbot: {missing}: No such file or directory\n")  # fmt: skip


def test_members_are_imported_without_their_contacts_being_printed(htbot, sheet):
    text = "slack_user_id,name,agency,title,email,phone\nU0ADA,Ada,cvs,Advocate,ada@example.org,(925) 555-0100\n"  # fmt: skip
    path = sheet(text)

    assert htbot("import", "members", path)[0] == 2  # the workspace is not known
    assert htbot("import", "members", path, "--team", "x")[0] == 2
    status, printed = htbot("import", "members", path, "--team", "T0TEST")
    assert status == 0
    undone = htbot("import", "undo", 1)[1]

    for text in (printed, undone):
        assert "ada@example.org" not in text
        assert "555-0100" not in text
    assert "    email: given, not shown here" in printed


def test_hsds_is_printed_and_written(htbot, sheet, tmp_path):
    htbot("import", "agencies", sheet(AGENCY))

    status, printed = htbot("export", "hsds")
    assert status == 0
    document = json.loads(printed)
    assert document["version"] == "3.1"
    assert "Open Door" in {row["name"] for row in document["organizations"]}

    out = tmp_path / "hsds.json"
    htbot("export", "hsds", "--out", out)
    assert json.loads(out.read_text()) == document


def test_tables_are_written_and_no_cell_is_a_formula(htbot, sheet, tmp_path):
    htbot("import", "agencies", sheet(AGENCY))

    status, printed = htbot("export", "csv", "--out", tmp_path / "hsds")

    folder = tmp_path / "hsds"
    package = json.loads((folder / "datapackage.json").read_text())
    assert (status, printed) == (0, f"{folder}: 9 tables, and datapackage.json.\n")
    for resource in package["resources"]:
        text = (folder / resource["path"]).read_text("utf-8-sig")
        rows = list(csv.reader(io.StringIO(text)))
        assert rows[0] == [field["name"] for field in resource["schema"]["fields"]]
        assert not [cell for row in rows for cell in row if cell.startswith(_FORMULA)]
        assert {len(row) for row in rows} == {len(rows[0])}


def test_the_meetings_are_printed_and_written_and_noted(htbot, tmp_path):
    status, printed = htbot("export", "calendar")
    assert status == 0
    assert printed.startswith("BEGIN:VCALENDAR\r\n")

    out = tmp_path / "meetings.ics"
    assert htbot("export", "calendar", "--of", "HTTF", "--out", out) == (0, f"{out}: written.\n")
    assert out.read_bytes().endswith(b"END:VCALENDAR\r\n")
    assert "htbot export exported calendar: meetings" in htbot("audit")[1]

    status, printed = htbot("export", "calendar", "--of", "zzz")
    assert status == 2
    assert "There is no collaborative of that name. There are: httf," in printed
