"""
`htbot survey`: the file to fill in, and back from it; and the thread that closes.
"""

import csv
import io
import logging
from collections.abc import Callable
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from openpyxl import Workbook, load_workbook
from sqlmodel import col, select

from bot.backups import _close
from bot.cli import main
from bot.closing import Closer, close_due
from bot.jobs import Jobs
from bot.library import Library
from bot.metrics import Metrics
from bot.surveys import UNSIGNED, SurveyFileError, import_answers, template_file
from storage.audit import entries
from storage.backup.aftermath import come_back
from storage.deliveries import DeliveryState, in_states
from storage.job_troubles import troubles
from storage.models import CycleState, SurveyAgency
from storage.surveys.answers import AgencyState, keep, said_of, status, tell
from storage.surveys.closing import GIVE_UP, NOT_MADE
from storage.surveys.cycles import find_cycle
from storage.surveys.filling import CHANGED, SEEN
from storage.surveys.life import Hindrance, freeze, hindered, keep_time
from storage.surveys.shapes import Question
from storage.task_forces import own_row
from tests.conftest import NOON
from tests.keeping import add_coordinator
from tests.surveying import (
    CORA,
    LABOR,
    SEX,
    SOL,
    TOTAL,
    coordinate,
    opened,
    questions,
    rows_of,
    said,
    send_in,
)
from tests.workshop import KEY

SECRET = "918273"


@pytest.fixture
def own(sqlite_url: str, open_library: Callable[..., Library]) -> Library:
    library = open_library(sqlite_url)
    library.write_now(lambda session: opened(session))
    return library


def cells(own, *, kind=""):
    content = template_file(own, 1, kind=kind)
    return list(csv.reader(io.StringIO(content.decode("utf-8-sig"))))


def filled(rows, **answers):
    """
    Return the template with what agencies say in it, by key.
    """
    return [
        [*row[:3], *answers[row[1]], *row[3 + len(answers[row[1]]) :]] if row[1] in answers else row for row in rows
    ]  # fmt: skip


def file_of(rows, folder: Path, name="survey.csv") -> Path:
    path = folder / name
    with path.open("w", newline="", encoding="utf-8") as opened_:
        csv.writer(opened_).writerows(rows)
    return path


def answers(own):
    def read(session):
        names = {row: key for key, row in rows_of(session).items()}
        return {names[row]: said for row, said in said_of(session, find_cycle(session, 1)).items()}

    return own.read_now(read)


def test_the_template_has_a_row_an_agency_and_no_figure(own):
    own.write_now(lambda session: send_in(session, find_cycle(session, 1), "cvs", 185, 177, 8, 0))
    own.write_now(lambda session: tell(session, 1, rows_of(session)["arm-of-care"], AgencyState.NOT_OURS, by="U1", now=NOON))  # fmt: skip

    header, *rows = cells(own)

    assert header == [
        "survey",
        "agency",
        "name",
        TOTAL,
        SEX,
        LABOR,
        "Sex & Labor Trafficking",
        SEEN,
    ]
    assert {row[1] for row in rows} == {
        "cvs", "da-victim-witness", "family-justice-center", "international-rescue-committee",
        "justice-at-last", "love-never-fails", "stand",
    }  # fmt: skip
    assert {tuple(row[3:7]) for row in rows} == {("",) * 4}
    assert {row[1]: row[7] for row in rows}["cvs"] == "2"
    assert {row[0] for row in rows} == {"1"}


@pytest.mark.parametrize("kind", ["csv", "xlsx"])
def test_what_is_filled_in_is_sent_in_and_not_said(own, tmp_path, kind):
    if kind == "csv":
        path = file_of(filled(cells(own), cvs=[SECRET, "918270", "3", "N/A"], stand=["21", "17", "not collected", "2"]), tmp_path)  # fmt: skip
    else:
        path = tmp_path / "survey.xlsx"
        path.write_bytes(template_file(own, 1, kind=".xlsx"))
        book = load_workbook(path)
        for row in book.active.iter_rows(min_row=2):
            if row[1].value == "cvs":
                for cell, value in zip(row[3:7], [int(SECRET), 918270.0, 3, "n/a"], strict=True):
                    cell.value = value
            if row[1].value == "stand":
                for cell, value in zip(row[3:7], [21, 17, "Not Collected", 2], strict=True):
                    cell.value = value
        book.save(path)

    own.write_now(lambda session: coordinate(session, SOL))

    text, sound = import_answers(own, path, dry_run=False, now=NOON, by=SOL)

    assert sound
    assert text.splitlines() == ["cvs: sent in", "stand: sent in", "Survey 1: 2 sent in."]
    assert own.read_now(lambda session: find_cycle(session, 1).shaped_by) == SOL
    assert answers(own) == {
        "cvs": said(918273, 918270, 3, "N/A"),
        "stand": said(21, 17, "not collected", 2),
    }
    by = own.read_now(lambda session: status(session, find_cycle(session, 1), rows_of(session)["cvs"]).sent_by)  # fmt: skip
    assert by == "htbot import"


@pytest.mark.parametrize(
    ("by", "why"), [("sol", "not a Slack member ID"), (SOL, "is no coordinator")]
)
def test_only_a_coordinator_signs_for_a_sheet(own, tmp_path, by, why):
    path = file_of(filled(cells(own), cvs=["185", "177", "8", "0"]), tmp_path)

    with pytest.raises(SurveyFileError, match=why):
        import_answers(own, path, dry_run=False, now=NOON, by=by)

    assert answers(own) == {}
    own.know_admins(frozenset({SOL}))  # by settings
    assert import_answers(own, path, dry_run=False, now=NOON, by=SOL)[1]


def test_a_sheet_that_nobody_signs_for_is_one_that_somebody_has_to_close(own, tmp_path):
    path = file_of(filled(cells(own), cvs=["185", "177", "8", "0"]), tmp_path)
    own.write_now(lambda session: coordinate(session, CORA))
    late = datetime(2026, 4, 1, tzinfo=UTC)

    text, sound = import_answers(own, path, dry_run=False, now=NOON)

    assert (sound, text.splitlines()[-1]) == (True, UNSIGNED)
    assert own.read_now(lambda session: hindered(session, find_cycle(session, 1))) is Hindrance.UNSIGNED  # fmt: skip
    assert own.write_now(lambda session: keep_time(session, now=late)) == ()
    assert own.write_now(lambda session: freeze(session, 1, by=CORA, now=late)).closed_by == CORA


@pytest.mark.parametrize("dry_run", [True, False])
def test_what_was_answered_since_the_file_was_written_is_not_gone_over(own, tmp_path, dry_run):
    rows = filled(cells(own), cvs=["185", "177", "8", "0"], stand=["21", "17", "2", "2"])
    own.write_now(lambda session: send_in(session, find_cycle(session, 1), "cvs", 190, 182, 8, 0))

    text, sound = import_answers(own, file_of(rows, tmp_path), dry_run=dry_run, now=NOON)

    assert not sound
    assert f"agency: {CHANGED}" in text
    assert answers(own) == {"cvs": said(190, 182, 8, 0)}


def test_a_draft_that_was_begun_since_is_kept_too(own, tmp_path):
    rows = filled(cells(own), cvs=["185", "177", "8", "0"])
    own.write_now(lambda session: keep(session, 1, rows_of(session)["cvs"], said={(TOTAL,): 190}, seen=None, by="U1", now=NOON))  # fmt: skip

    _, sound = import_answers(own, file_of(rows, tmp_path), dry_run=False, now=NOON)

    assert (sound, answers(own)) == (False, {})


def test_a_file_of_its_own_making_says_of_no_row_when_it_was_written(own, tmp_path):
    own.write_now(lambda session: send_in(session, find_cycle(session, 1), "cvs", 190, 182, 8, 0))
    rows = [row[:7] for row in filled(cells(own), cvs=["1", "1", "0", "0"], stand=["21", "17", "2", "2"])]  # fmt: skip

    assert not import_answers(own, file_of(rows, tmp_path), dry_run=False, now=NOON)[1]
    rows = [row for row in rows if row[1] != "cvs"]
    assert import_answers(own, file_of(rows, tmp_path), dry_run=False, now=NOON)[1]

    assert set(answers(own)) == {"cvs", "stand"}


def test_a_sheet_that_was_corrected_goes_over_what_the_sheet_said(own, tmp_path):
    rows = cells(own)
    for total in ("185", "186"):
        path = file_of(
            filled(rows, cvs=[total, "177", "8", "0" if total == "185" else "1"]), tmp_path
        )
        assert import_answers(own, path, dry_run=False, now=NOON)[1]

    assert answers(own) == {"cvs": said(186, 177, 8, 1)}


def test_a_survey_that_cannot_be_worked_out_holds_up_no_other(own):
    def spoil(session):
        other = opened(session, questions(session, Question(text="How many advocates?")))
        for number, values in ((1, (21, 17, 2, 2)), (other.number, (40,))):
            for key in ("cvs", "stand", "arm-of-care"):
                send_in(session, find_cycle(session, number), key, *values)
            freeze(session, number, by=CORA, now=NOON)
        row = session.exec(select(SurveyAgency).where(SurveyAgency.cycle_id == 1, col(SurveyAgency.answer).is_not(None))).first()  # fmt: skip
        context = f"answer of agency {row.organization_id} to survey 1 of task force 1"
        row.answer = session.sealer.seal({"of another day": 1}, context=context)
        return other.number

    other = own.write_now(spoil)

    with pytest.raises(ValueError, match="unpack"):
        close_due(own, now=NOON)

    assert own.read_now(lambda session: find_cycle(session, other)).outcome == "results"
    assert own.read_now(lambda session: find_cycle(session, 1)).state is CycleState.CLOSING
    with pytest.raises(ValueError, match="unpack"):
        close_due(own, now=NOON + GIVE_UP - timedelta(seconds=1))
    assert own.read_now(lambda session: find_cycle(session, 1)).state is CycleState.CLOSING
    with pytest.raises(ValueError, match="unpack"):
        close_due(own, now=NOON + GIVE_UP)
    found = own.read_now(lambda session: find_cycle(session, 1))
    assert (found.outcome, found.reasons, found.reopens) == ("refused", (NOT_MADE,), True)


def test_a_dry_run_checks_all_and_stores_nothing(own, tmp_path):
    path = file_of(filled(cells(own), cvs=["185", "177", "8", "0"]), tmp_path)
    before = own.read_now(lambda session: len(entries(session, limit=99)))

    text, sound = import_answers(own, path, dry_run=True, now=NOON)

    assert (sound, text.splitlines()[-1]) == (True, "Nothing was sent in: this was a dry run.")
    assert answers(own) == {}
    assert own.read_now(lambda session: len(entries(session, limit=99))) == before


def test_all_faults_are_told_by_line_and_column_without_a_value_and_nothing_is_stored(
    own, tmp_path
):
    rows = filled(
        cells(own),
        **{
            "cvs": ["185", "177", "8", "0"],
            "stand": [SECRET, "-7654", "1.5", "x7654"],
            "justice-at-last": [SECRET, "7654", "0", "0"],
            "love-never-fails": ["13", "", "", "0"],
            "family-justice-center": ["1000001", "", "", ""],
        },
    )
    rows += [["1", "nobody-7654", "", "1", "1", "0", "0"], ["1", "cvs", "", "1", "1", "0", "0", "", "7654"]]  # fmt: skip
    line = {row[1]: number for number, row in enumerate(rows, start=1)}

    text, sound = import_answers(own, file_of(rows, tmp_path), dry_run=False, now=NOON)

    assert not sound
    assert text.splitlines()[-1] == "Nothing was sent in: 10 faults."
    for word in (SECRET, "7654", "1.5", "nobody"):
        assert word not in text
    assert f"! line {line['justice-at-last']}\n    {TOTAL}: its parts do not add up to it" in text
    assert text.count("Please type a whole number from 0 to 1,000,000") == 6
    assert "    agency: is none that this survey asks" in text
    assert "    agency: is there twice" in text
    assert "    column 9: has no name in the first row" in text
    assert answers(own) == {}


@pytest.mark.parametrize(
    ("rows", "said"),
    [
        ([], "is empty"),
        ([["918273", "918274"]], "has no columns survey and agency"),
        ([["survey", "agency", TOTAL], ["1", "cvs", "918273"]], "is missing"),
        ([["survey", "agency", "name", TOTAL, SEX, LABOR, "Sex & Labor Trafficking", "918273"], ["1", "cvs"]], "column 8: is none of this survey"),
        ([["survey", "agency", TOTAL, TOTAL], ["1", "cvs", "918273"]], "is there twice"),
        ([["survey", "agency"], ["918273", "cvs"]], "there is no survey of this number"),
        ([["survey", "agency"], ["918x273", "cvs"]], "write the survey's number in every row"),
        ([["survey", "agency"], ["1", "cvs"], ["2", "stand"]], "write the survey's number in every row"),
        ([["survey", "agency", "name", TOTAL, SEX, LABOR, "Sex & Labor Trafficking"], ["1", "cvs", "", "", "", "", ""]], "has no figures"),
        ([["survey", "agency"], *[["1", "cvs"]] * 2001], "has more than 2000 rows"),
    ],
)  # fmt: skip
def test_a_file_that_is_not_the_surveys_is_refused(own, tmp_path, rows, said):
    text, sound = import_answers(own, file_of(rows, tmp_path), dry_run=False, now=NOON)

    assert not sound
    assert said in text
    assert "918" not in text
    assert answers(own) == {}


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("survey.xlsx", b"918273 is no workbook"),
        ("survey.csv", b"survey,agency\n1,\xff918273"),
        ("survey.csv", b'survey,agency\n1,"918273'),
        ("survey.csv", b" " * 10_000_001),
    ],
)
def test_what_is_no_file_of_figures_is_refused_without_a_word_of_it(own, tmp_path, name, content):
    path = tmp_path / name
    path.write_bytes(content)

    with pytest.raises(SurveyFileError) as caught:
        import_answers(own, path, dry_run=False, now=NOON)

    assert "918273" not in str(caught.value)
    assert caught.value.__cause__ is None or "918273" not in str(caught.value.__cause__)


def test_what_a_spreadsheet_holds_besides_numbers_is_refused(own, tmp_path):
    book = Workbook()
    book.active.append(["survey", "agency", "name", TOTAL, SEX, LABOR, "Sex & Labor Trafficking"])
    book.active.append([1, "cvs", None, True, NOON.date(), 1.5, "=1+1"])
    path = tmp_path / "survey.xlsx"
    book.save(path)

    text, sound = import_answers(own, path, dry_run=False, now=NOON)

    assert not sound
    # A formula that nobody has worked out is blank to whoever reads it.
    assert text.count("Please type a whole number") == 3


def test_semicolons_are_read_as_excel_writes_them(own, tmp_path):
    rows = filled(cells(own), cvs=["185", "177", "8", "0"])
    path = tmp_path / "survey.csv"
    path.write_text("\n".join(";".join(row) for row in rows), encoding="utf-8-sig")

    assert import_answers(own, path, dry_run=False, now=NOON)[1]
    assert "cvs" in answers(own)


def test_what_is_entered_already_need_not_be_again(own, tmp_path):
    own.write_now(lambda session: send_in(session, find_cycle(session, 1), "cvs", 185, 177, 8, 0))
    path = file_of(filled(cells(own), cvs=["190", "182", "", ""]), tmp_path)

    text, sound = import_answers(own, path, dry_run=False, now=NOON)

    assert (sound, text.splitlines()[0]) == (True, "cvs: sent in anew")
    assert answers(own) == {"cvs": said(190, 182, 8, 0)}


@pytest.mark.parametrize(("days", "taken"), [(26, True), (99, True)])
def test_a_file_is_taken_until_it_is_closed(own, tmp_path, days, taken):
    path = file_of(filled(cells(own), cvs=["190", "182", "8", "0"]), tmp_path)

    assert import_answers(own, path, dry_run=True, now=NOON + timedelta(days))[1] is taken
    own.write_now(lambda session: freeze(session, 1, by=CORA, now=NOON))
    text, sound = import_answers(own, path, dry_run=False, now=NOON)
    assert not sound
    assert "is not open" in text


def test_questions_are_answered_by_option(sqlite_url, open_library, tmp_path):
    own = open_library(sqlite_url)
    own.write_now(lambda session: opened(session, questions(session, Question(text="How many?"), Question(text="Night?", options=("yes", "no")))))  # fmt: skip
    rows = cells(own)

    text, sound = import_answers(own, file_of(filled(rows, cvs=["4", "YES"], stand=["5", "maybe"]), tmp_path), dry_run=False, now=NOON)  # fmt: skip
    assert not sound
    assert "Night?: write one of: yes, no" in text
    assert "maybe" not in text
    assert import_answers(own, file_of(filled(rows, cvs=["4", "YES"]), tmp_path), dry_run=False, now=NOON)[1]  # fmt: skip
    assert answers(own)["cvs"] == {("How many?",): 4, ("Night?",): "yes"}


def test_from_the_command_line(own, sqlite_url, tmp_path, capsys):
    environ = {"HT_DATABASE_URL": sqlite_url, "HT_SECRET_KEY": KEY}
    path = tmp_path / "out.csv"

    assert main(["survey", "template", "1"], environ) == 0
    assert capsys.readouterr().out.startswith("survey,agency,name")
    assert main(["survey", "template", "1", "--out", str(path)], environ) == 0
    rows = list(csv.reader(path.read_text("utf-8-sig").splitlines()))
    file_of(filled(rows, cvs=["185", "177", "8", "0"]), tmp_path, "out.csv")
    assert main(["survey", "import", str(path), "--dry-run"], environ) == 0
    assert main(["survey", "import", str(path)], environ) == 0
    assert "cvs" in answers(own)
    file_of(filled(rows, cvs=["918273", "177", "8", "0"]), tmp_path, "out.csv")
    assert main(["survey", "import", str(path)], environ) == 1
    assert main(["survey", "template", "99"], environ) == 1
    assert main(["survey", "import", str(tmp_path / "none.csv")], environ) == 1
    said = capsys.readouterr()
    assert "918273" not in said.out + said.err
    assert "there is no survey 99" in said.err


# The thread that closes.


def closer(library, now=NOON):
    jobs = Jobs(library=library, clock=lambda: now, metrics=Metrics())
    return Closer(library=library, clock=lambda: now, keep=timedelta(days=180), jobs=jobs)


async def test_what_is_frozen_is_closed_beside_the_loop(own):
    own.write_now(lambda session: send_in(session, find_cycle(session, 1), "cvs", 185, 177, 8, 0))
    own.write_now(lambda session: freeze(session, 1, by=CORA, now=NOON))
    at = closer(own)

    at.tick()
    at.tick()
    await at.stop()

    cycle = own.read_now(lambda session: find_cycle(session, 1))
    assert (cycle.state, cycle.outcome) == (CycleState.CLOSED, "drafted")


async def test_two_processes_close_it_once(sqlite_url, own, open_library):
    own.write_now(lambda session: send_in(session, find_cycle(session, 1), "cvs", 185, 177, 8, 0))
    own.write_now(lambda session: freeze(session, 1, by=CORA, now=NOON))
    both = closer(own), closer(open_library(sqlite_url))

    for each in both:
        each.tick()
    for each in both:
        await each.stop()

    acts = own.read_now(lambda session: entries(session, limit=99, acts=["survey.drafted"]))
    assert len(acts) == 1


async def test_counts_are_purged_on_the_tick_and_both_edges_hold(own):
    own.write_now(lambda session: send_in(session, find_cycle(session, 1), "cvs", 185, 177, 8, 0))
    own.write_now(lambda session: freeze(session, 1, by=CORA, now=NOON))
    for moment, kept in [(0, True), (180 * 86400 - 1, True), (180 * 86400, False)]:
        at = closer(own, NOON + timedelta(seconds=moment))
        at.tick()
        await at.stop()
        sealed = own.read_now(lambda session: [row.answer for row in session.exec(select(SurveyAgency)) if row.answer])  # fmt: skip
        assert bool(sealed) is kept


async def test_what_goes_wrong_is_logged_without_a_count_and_tried_again(
    own, sqlite_url, pack, caplog
):
    own.write_now(lambda session: send_in(session, find_cycle(session, 1), "cvs", 918273, 918270, 3, 0))  # fmt: skip
    own.write_now(lambda session: freeze(session, 1, by=CORA, now=NOON))
    with closing(Library.open(sqlite_url, pack=pack, clock=lambda: NOON)) as keyless:
        at = closer(keyless)
        with caplog.at_level(logging.INFO):
            at.tick()
            await at.settled()
        at.tick()  # not before a while
        await at.stop()

    assert caplog.text.count("closing surveys fails") == 1
    assert "NoKeyError" in caplog.text
    assert "918273" not in caplog.text
    assert own.read_now(lambda session: find_cycle(session, 1)).state is CycleState.CLOSING


async def test_a_process_with_the_old_key_gives_no_answers_up(own):
    own.write_now(lambda session: send_in(session, find_cycle(session, 1), "cvs", 185, 177, 8, 0))
    own.write_now(lambda session: freeze(session, 1, by=CORA, now=NOON))
    own.write_now(lambda session: setattr(own_row(session), "key_print", "another's"))
    at = closer(own)
    at.tick()
    await at.stop()

    assert own.read_now(lambda session: find_cycle(session, 1)).state is CycleState.CLOSING
    [trouble] = own.read_now(troubles)
    assert (trouble.job, trouble.reason) == ("closing surveys", "WrongKeyError")


def test_a_survey_that_was_closed_since_the_backup_is_closed_and_told_of_within_the_restore(own):
    own.write_now(lambda session: send_in(session, find_cycle(session, 1), "cvs", 185, 177, 8, 0))
    own.write_now(lambda session: freeze(session, 1, by=CORA, now=NOON))
    own.write_now(lambda session: add_coordinator(session, CORA))
    own.write_now(lambda session: come_back(session, now=NOON, planners=[("x", _close)], tell=None))

    assert own.read_now(lambda session: find_cycle(session, 1)).state is CycleState.CLOSED
    rows = own.read_now(lambda session: in_states(session, tuple(DeliveryState), limit=99))
    told = [each for each in rows if each.kind == "closed surveys"]
    assert told
    assert {each.state for each in told} == {DeliveryState.UNKNOWN}


async def test_what_cannot_be_closed_keeps_no_count_of_another_survey(own, sqlite_url, pack):
    own.write_now(lambda session: send_in(session, find_cycle(session, 1), "cvs", 185, 177, 8, 0))
    own.write_now(lambda session: freeze(session, 1, by=CORA, now=NOON))
    first = closer(own)
    first.tick()
    await first.stop()

    def another(session):
        cycle = opened(session, questions(session, Question(text="How many?")))
        send_in(session, cycle, "cvs", 185)
        freeze(session, cycle.number, by=CORA, now=NOON)

    own.write_now(another)
    with closing(Library.open(sqlite_url, pack=pack, clock=lambda: NOON)) as keyless:
        at = closer(keyless, NOON + timedelta(days=180))
        at.tick()
        await at.stop()

    assert own.read_now(lambda session: find_cycle(session, 2)).state is CycleState.CLOSING
    assert own.read_now(lambda session: find_cycle(session, 1)).purged
