"""
`htbot stats draft`: from a file to a draft, or to a reason why not.
"""

import json
from contextlib import closing

import pytest

from bot.cli import main
from bot.clock import utc_now
from bot.library import Library
from storage.disclosure.states import NOT_COLLECTED, WITHHELD, below, number
from storage.people import RoleName, grant
from storage.session import open_database, reading
from storage.statistics.published import drafts
from storage.task_forces import bind_workspace
from tests.workshop import KEY

TABLE = """\
Agency,Total,Sex trafficking,Labor trafficking
Community Violence Solutions,430,427,3
Nobody We Know,85,85,N/A
"""
SAID = {
    "--series": "beds", "--program": "Shelter", "--title": "Beds", "--unit": "people served",
    "--period": "Calendar Year 2024", "--starts": "2024-01-01", "--ends": "2024-12-31",
    "--source": "Data survey of May 2025", "--by": "U0AAA",
}  # fmt: skip


@pytest.fixture(autouse=True)
def quiet(logged):
    """
    `main` configures logging: undone after each test.
    """


@pytest.fixture
def environ(sqlite_url, pack):
    """
    A bot with one coordinator, U0AAA.
    """
    with closing(Library.open(sqlite_url, pack=pack, clock=utc_now)) as library:

        def prepare(session):
            bind_workspace(session, "T0TEST")
            grant(
                session, team_id="T0TEST", user_id="U0AAA", role=RoleName.COORDINATOR,
                granted_by="test", now=utc_now(),
            )  # fmt: skip

        library.write_now(prepare)
    return {"HT_DATABASE_URL": sqlite_url, "HT_SECRET_KEY": KEY, "HT_ADMINS": "U0BOSS"}


@pytest.fixture
def run(environ, tmp_path, capsys):
    def run(table=TABLE, *, name="served.csv", **changes):
        path = tmp_path / name
        path.write_text(table)
        said = SAID | {f"--{key.replace('_', '-')}": value for key, value in changes.items()}
        options = [part for option, value in said.items() if value is not None for part in (option, value)]  # fmt: skip
        try:
            status = main(["stats", "draft", str(path), *options], environ)
        except SystemExit as exit_:  # argparse
            status = exit_.code
        out, err = capsys.readouterr()
        return status, out, err

    return run


@pytest.fixture
def waiting(environ):
    def waiting():
        with closing_database(environ) as database, reading(database, task_force_id=1) as session:
            return drafts(session)

    return waiting


def closing_database(environ):
    class Closing:
        def __enter__(self):
            self.database = open_database(environ["HT_DATABASE_URL"])
            return self.database

        def __exit__(self, *_):
            self.database.dispose()

    return Closing()


def test_a_table_is_drafted_protected_with_agencies_known_by_their_keys(run, waiting):
    status, out, err = run()

    (draft,) = waiting()
    assert (status, err) == (0, "")
    assert f"Draft {draft.id} waits." in out
    assert "Withheld: beds Calendar Year 2024/Community Violence Solutions/Sex trafficking" in out
    assert "427" not in out
    assert draft.cells == {
        ("Community Violence Solutions", "Total"): number(430),
        ("Community Violence Solutions", "Sex trafficking"): WITHHELD,
        ("Community Violence Solutions", "Labor trafficking"): below(10),
        ("Nobody We Know", "Total"): number(85),
        ("Nobody We Know", "Sex trafficking"): number(85),
        ("Nobody We Know", "Labor trafficking"): NOT_COLLECTED,
    }
    assert draft.structure.knows == {
        "cvs": ("Community Violence Solutions",),
        "Nobody We Know": ("Nobody We Know",),
    }
    assert (draft.drafted_by, draft.provenance.source, draft.provenance.place) == (
        "U0AAA", "Data survey of May 2025", "Beds",
    )  # fmt: skip


def test_marks_alone_can_be_drafted(run, waiting):
    status, _, _ = run(TABLE.replace("427,3", "425,<10"))

    (draft,) = waiting()
    assert status == 0
    assert draft.cells["Community Violence Solutions", "Sex trafficking"] == WITHHELD


def test_a_table_of_three_dimensions_comes_from_json(run, waiting):
    labels = {
        "year": ["first half", "second half"],
        "kind": ["sex", "labor"],
        "age": ["minor", "adult"],
    }
    document = {
        "tables": [
            {
                "name": "t",
                "dims": [
                    {"name": name, "labels": each, "tree": {}} for name, each in labels.items()
                ],
            }
        ],
        "counts": {
            f"t/{a}/{b}/{c}": 12
            for a in labels["year"]
            for b in labels["kind"]
            for c in labels["age"]
        },
    }

    status, _, _ = run(json.dumps(document), name="t.json")

    (draft,) = waiting()
    assert status == 0
    assert draft.cells["first half", "sex", "minor"] == number(12)
    assert len(draft.cells) == 8


@pytest.mark.parametrize(
    ("changes", "status", "said"),
    [
        ({"by": "U0BBB"}, 2, "U0BBB is no coordinator"),
        ({"by": "ada"}, 2, "--by is not a Slack member ID"),
        ({"ends": "2023-12-31"}, 2, "--ends is before --starts"),
        ({"ends": "someday"}, 2, "'someday' is no day: write 2024-12-31"),
        ({"title": None}, 2, "There is no series beds yet: add --program and --title"),
        ({"threshold": "1"}, 2, "invalid choice"),
        ({"table": "Agency,Count\n"}, 2, "is empty"),
        ({"table": TABLE.replace("430", "431")}, 2, "the counts do not add up"),
        ({"table": TABLE.replace("427,3", "12,<10")}, 1, "Refused by the disclosure gate. Nothing was changed."),
        ({"table": '{"tables": [], "counts": {"a": 1}}', "name": "x.json"}, 2, "has 0 tables"),
        ({"table": TABLE.split("\n", 1)[1]}, 2, "is a figure and no name: write a header row"),
        ({"series": "member-served", "unit": "persons"}, 1, "member-served counts people served, not persons"),
        ({"series": "beds-2024"}, 2, "--series is a short key"),
        ({"series": "../beds"}, 2, "--series is a short key"),
        ({"threshold": "9"}, 2, "invalid choice"),
        ({"equation": "all"}, 2, "is no equation"),
    ],
)  # fmt: skip
def test_what_cannot_be_drafted_says_why_and_stores_nothing(changes, status, said, run, waiting):
    found, out, err = run(**changes)

    assert (found, out) == (status, "")
    assert said in err
    assert waiting() == ()
    assert not any(each in err for each in ("430", "427", "431"))


def test_an_administrator_by_settings_may_draft(run, waiting):
    assert run(by="U0BOSS")[0] == 0
    assert [each.drafted_by for each in waiting()] == ["U0BOSS"]


def test_a_series_that_is_there_needs_no_name(run, waiting):
    run()

    status, _, _ = run(
        program=None, title=None, starts="2025-01-01", ends="2025-12-31", period="2025"
    )

    assert status == 0
    assert [each.title for each in waiting()] == ["Beds", "Beds"]


def test_before_the_workspace_is_known_nothing_is_drafted(sqlite_url, tmp_path, capsys):
    path = tmp_path / "t.csv"
    path.write_text(TABLE)
    options = [part for pair in SAID.items() for part in pair]

    status = main(
        ["stats", "draft", str(path), *options],
        {"HT_DATABASE_URL": sqlite_url, "HT_SECRET_KEY": KEY},
    )

    assert status == 2
    assert (
        "The workspace is not known yet: start `htbot run` once, or add --team T…."
        in capsys.readouterr().err
    )


def json_table(**more):
    labels = ["North", "South", "Total"]
    return json.dumps(
        {
            "tables": [
                {"name": "t", "dims": [{"name": "agency", "labels": labels, "tree": {"Total": labels[:2]}}]}
            ],
            "counts": {"t/North": 6, "t/South": 14, "t/Total": 20},
        }
        | more
    )  # fmt: skip


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ({"threshold": 11}, "threshold: is not taken from a file"),
        ({"weights": {"t/North": 2}}, "weights: is not taken from a file"),
        ({"insiders": {"north": []}}, None),
    ],
)
def test_nothing_that_a_file_says_is_dropped_without_a_word(more, said, run, waiting):
    status, _, err = run(json_table(**more), name="t.json")

    assert status == (0 if said is None else 2)
    assert said is None or said in err


def test_an_insider_of_a_json_table_is_audited_by_the_cells_it_knows(run, waiting):
    """
    North knows its 6: beside a total of 20 the 14 would be no secret, beside 10 the 4 would.
    """
    counts = {"t/North": 6, "t/South": 4, "t/Total": 10}
    status, _, _ = run(json_table(counts=counts, insiders={"north": ["t/North"]}), name="t.json")

    (draft,) = waiting()
    assert status == 0
    assert draft.cells["Total",] == WITHHELD


def test_a_table_is_tied_to_another_on_the_command_line(run, waiting):
    status, _, _ = run(
        equation="all/Everybody = beds/Nobody We Know/Total + beds/Community Violence Solutions/Total"
    )

    (draft,) = waiting()
    assert status == 0
    assert draft.structure.equations == (
        ("all/Everybody", ("beds/Nobody We Know/Total", "beds/Community Violence Solutions/Total")),
    )


def test_an_overtaken_draft_is_checked_again(run, environ, capsys, waiting):
    run()
    (draft,) = waiting()

    status = main(["stats", "check", str(draft.id)], environ)
    nothing = main(["stats", "check", "999"], environ)

    out, err = capsys.readouterr()
    assert (status, nothing) == (0, 1)
    assert f"Draft {draft.id} is fit beside everything that is out" in out
    assert "no draft has the number 999" in err
