"""
Sheets: what is read of them, and every fault at once.
"""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from storage.exchange.sheets import inert, items, joined, live, read_sheet, written

COLUMNS = ("key", "name", "note", "aliases")


def read(text, encoding="utf-8"):
    content = text if isinstance(text, bytes) else text.encode(encoding)
    return read_sheet(content, columns=COLUMNS, needed=("key",), long=("note",), lists=("aliases",))


def faults(text):
    return [str(fault) for fault in read(text).faults]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig"])
@pytest.mark.parametrize("end", ["\n", "\r\n"])
@pytest.mark.parametrize("delimiter", [",", ";"])
def test_a_sheet_is_read_however_it_was_saved(delimiter, end, encoding):
    lines = [["Key", "NAME", "note"], ["a", "Ärzte", ""], ["", "", ""], ["b", "", '"x\ny"']]
    text = end.join(delimiter.join(line) for line in lines)

    sheet = read(text, encoding)

    assert [(row.line, dict(row.cells)) for row in sheet.rows] == [
        (2, {"key": "a", "name": "Ärzte"}),
        (4, {"key": "b", "note": "x\ny"}),
    ]
    assert sheet.faults == []


@pytest.mark.parametrize("column", ["Client", "DOB", "Case number", "date_of_birth", "Victim's name", "minor", "SSN"])  # fmt: skip
def test_a_column_about_a_client_is_refused_by_its_name(column):
    assert faults(f"key,{column}\na,b\n") == [
        f"line 1, {column}: looks like a detail of a client. None belongs here: take the column out"
    ]


def test_every_fault_of_the_header_is_told():
    assert faults("name,name,nam,zzz\nx,x,x,x\n") == [
        "line 1, name: is there twice",
        "line 1, nam: is no column here: did you mean name?",
        "line 1, zzz: is no column here: write one of key, name, note, aliases",
        "line 1, key: is missing: every row needs it",
    ]


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (b"key\n\xff\n", "file: is not UTF-8 text: in Excel, save it as “CSV UTF-8”"),
        (b"", "file: is empty: its first line names the columns: key, name, note, aliases"),
        ("key,name\na,b,c\n", "line 2: has 3 cells for 2 columns"),
        ("key,\na,b\n", "line 2: “b” stands under no column"),
        ("key,name\na,x\x00y\n", "line 2, name: has a line break or a sign that nobody can see"),
        ('key,name\na,"x\ny"\n', "line 2, name: has a line break or a sign that nobody can see"),
        (f"key,name\na,{'x' * 10_000}\n", "line 2, name: is longer than 2000 characters"),
        (f"key,aliases\na,{'x' * 30_000}\n", "line 2, aliases: is longer than 20000 characters"),
        (
            'key,name\na,"never',
            "line 2: has a quotation mark that opens or closes nothing, or a cell that never ends",
        ),
        (b"key\n" + b"a\n" * 5_000_000, "file: is larger than 10 MB"),
    ],
)
def test_what_cannot_be_read_is_said(text, told):
    content = text + b"aaaa" if isinstance(text, bytes) and len(text) > 9_000_000 else text
    assert faults(content) == [told]


def test_a_cell_with_the_most_characters_is_read():
    assert faults(f"key,name\na,{'x' * 2_000}\n") == []


texts = st.text(st.sampled_from("ab'=+-@|\\ ;,\"é<"), max_size=8).map(str.strip)


@given(texts)
def test_what_is_made_inert_is_made_live_again(text):
    assert not inert(text).startswith(("=", "+", "-", "@"))
    assert live(inert(text)) == text


@given(st.lists(texts.filter(bool)))
def test_items_of_a_cell_are_those_that_were_joined(values):
    assert items(joined(values)) == values


@given(st.lists(st.tuples(texts.filter(bool), texts), min_size=1))
def test_what_is_written_is_read(rows):
    cells = [dict(zip(("key", "name"), row, strict=True)) for row in rows]

    sheet = read(written(COLUMNS, cells))

    assert [{name: live(cell) for name, cell in row.cells.items()} for row in sheet.rows] == [
        {name: cell for name, cell in row.items() if cell} for row in cells
    ]
