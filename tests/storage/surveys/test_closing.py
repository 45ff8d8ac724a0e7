from dataclasses import replace
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from sqlmodel import col, select, update

from storage.audit import entries
from storage.disclosure.audit import Finding, audit
from storage.disclosure.states import NOT_COLLECTED, NOT_REPORTED, WITHHELD, below, number
from storage.errors import OwnDraftError, SurveyMovedOnError
from storage.models import CycleState, Organization, SealedCounts, Source, SurveyAgency
from storage.session import open_database, reading, transaction
from storage.statistics.audits import verdicts
from storage.statistics.ledger import approve, decline, draft, ledger
from storage.statistics.published import drafts, published
from storage.statistics.sheets import Sheet
from storage.statistics.worlds import ledger_problem
from storage.surveys.answers import AgencyState, keep, tell
from storage.surveys.closing import (
    DRAFTED,
    NOTHING,
    REFUSED,
    RESULTS,
    anything_to_purge,
    make,
    proposal_of,
    purge,
    store,
    waiting,
)
from storage.surveys.cycles import Table, find_cycle
from storage.surveys.life import extend, freeze
from storage.surveys.shapes import NOT_BROKEN_DOWN, Question
from storage.traces import forget
from tests.surveying import (
    AGES,
    BOTH,
    CORA,
    DATES,
    KINDS,
    LABOR,
    NA,
    SEX,
    SOL,
    TOTAL,
    UNKNOWN,
    YEAR,
    definition,
    opened,
    questions,
    rows_of,
    send_in,
)

CVS, STAND = "Community Violence Solutions", "STAND! for Families Free of Violence"
KEEP = timedelta(days=180)
PACIFIC = ZoneInfo("America/Los_Angeles")


@pytest.fixture
def cycle(session, now):
    return opened(session, now=now)


def close(session, cycle, now, *, by=CORA):
    freeze(session, cycle.number, by=by, now=now)
    made = make(session, cycle.number)
    assert store(session, made, now=now)
    return find_cycle(session, cycle.number)


def row(table, label):
    return tuple(mark for labels, mark in table.cells.items() if labels[0] == label)


def test_it_becomes_the_draft_that_the_gate_lets_pass(session, cycle, now):
    send_in(session, cycle, "cvs", 185, 177, 8, 0)
    send_in(session, cycle, "stand", 21, 17, 2, 2)
    send_in(session, cycle, "love-never-fails", 13, 13, 0, NA)
    tell(session, cycle.number, rows_of(session)["arm-of-care"], AgencyState.DECLINED, by="U1", now=now)  # fmt: skip

    done = close(session, cycle, now)

    assert (done.state, done.outcome, done.closed_by) == (CycleState.CLOSED, DRAFTED, CORA)
    (table,) = drafts(session)
    assert (table.id, table.drafted_by, table.series) == (done.release, CORA, "member-served")
    assert row(table, CVS)[2] == below(10)
    assert WITHHELD in row(table, CVS)[:2]
    assert row(table, "Love Never Fails Us") == (number(13), number(13), number(0), NOT_COLLECTED)
    assert row(table, "Arm of Care") == (NOT_REPORTED,) * 4
    assert row(table, "Justice At Last") == (NOT_REPORTED,) * 4
    assert table.note == "Data based on Data survey of 2024. 3 of the 8 agencies that were asked reported."  # fmt: skip
    assert [each.act for each in entries(session, limit=2)] == ["survey.drafted", "survey.closed"]


def test_agencies_are_called_what_the_table_called_them_before(session, cycle, now):
    send_in(session, cycle, "da-victim-witness", 89, 73, 16, NA)

    close(session, cycle, now)

    (table,) = drafts(session)
    assert "DA - Victim Witness Assistance" in table.structure.dimensions[0].labels
    assert table.structure.knows["da-victim-witness"] == ("DA - Victim Witness Assistance",)


def test_another_coordinator_publishes_it_beside_the_decks_year(session, cycle, now):
    send_in(session, cycle, "stand", 121, 117, 2, 2)
    done = close(session, cycle, now)

    with pytest.raises(OwnDraftError):
        approve(session, done.release, by=CORA, now=now)
    approve(session, done.release, by=SOL, now=now)

    years = [each.period for each in published(session) if each.series == "member-served"]
    assert years == ["Calendar Year 2024", "Calendar Year 2023"]
    assert verdicts(session).leaks == ()


def test_drafts_of_agencies_do_not_count(session, cycle, now):
    cvs = rows_of(session)["cvs"]
    keep(session, cycle.number, cvs, said={(TOTAL,): 185}, seen=None, by="U1", now=now)
    send_in(session, cycle, "stand", 121, 117, 2, 2)

    close(session, cycle, now)

    (table,) = drafts(session)
    assert row(table, CVS) == (NOT_REPORTED,) * 4


def rename(session, key, name):
    session.exec(update(Organization).where(col(Organization.key) == key).values(name=name))


def test_two_agencies_of_one_name_have_a_row_each(session, cycle, now):
    for key in ("cvs", "justice-at-last", "love-never-fails"):
        rename(session, key, "Hope")  # cvs has its row by the name of the deck's year
    send_in(session, cycle, "justice-at-last", 185, 177, 8, 0)
    send_in(session, cycle, "love-never-fails", 21, 17, 2, 2)

    assert close(session, cycle, now).outcome == DRAFTED

    (table,) = drafts(session)
    assert {"justice-at-last", "love-never-fails"} <= table.structure.knows.keys()
    labels = [each for each in table.structure.dimensions[0].labels if "Hope" in each]
    assert len(set(table.structure.dimensions[0].labels)) == 8
    assert "Hope" not in labels or labels == ["Hope"]


def test_a_new_name_that_was_anothers_row_is_told_apart(session, now):
    table = replace(YEAR, series="my-table", title="Mine", apart=True)
    first = opened(session, definition(session, table=table, organizations=tuple(rows_of(session, ["cvs", "stand"]).values())), now=now)  # fmt: skip
    send_in(session, first, "cvs", 121, 97, 22, 2)
    approve(session, close(session, first, now).release, by=SOL, now=now)
    rename(session, "arm-of-care", CVS)
    later = replace(table, starts=date(2025, 1, 1), ends=date(2025, 12, 31), period="Calendar Year 2025")  # fmt: skip
    second = opened(session, definition(session, table=later, organizations=tuple(rows_of(session, ["arm-of-care", "stand"]).values())), now=now)  # fmt: skip
    send_in(session, second, "arm-of-care", 121, 97, 22, 2)

    close(session, second, now)

    (found,) = drafts(session)
    assert found.structure.knows == {"arm-of-care": (f"{CVS} (arm-of-care)",)}


def test_two_surveys_of_one_name_are_two_sources(session, now):
    for year in (2024, 2025):
        table = replace(YEAR, period=f"Calendar Year {year}", starts=date(year, 1, 1), ends=date(year, 12, 31))  # fmt: skip
        made = opened(session, definition(session, table=table, name="Data survey"), now=now)
        send_in(session, made, "stand", 121, 97, 22, 2)
        close(session, made, now + timedelta(days=year - 2024))

    keys = [each.key for each in session.exec(select(Source).where(Source.title == "Data survey"))]
    assert len(keys) == 2
    assert [each.provenance.as_of.isoformat() for each in drafts(session)] == ["2026-03-02", "2026-03-03"]  # fmt: skip


def test_an_agency_that_was_asked_wrongly_is_not_in_the_table(session, cycle, now):
    tell(session, cycle.number, rows_of(session)["arm-of-care"], AgencyState.NOT_OURS, by="U1", now=now)  # fmt: skip
    send_in(session, cycle, "stand", 121, 117, 2, 2)

    close(session, cycle, now)

    (table,) = drafts(session)
    assert "Arm of Care" not in table.structure.dimensions[0].labels
    assert table.note.endswith("Not all agencies that were asked reported.")


@pytest.mark.parametrize(
    ("reported", "said"),
    [
        (2, "Not all agencies that were asked reported."),
        (3, "3 of the 8 agencies that were asked reported."),
        (8, "All agencies that were asked reported."),
    ],
)
def test_how_many_reported_is_said_from_three_up(session, cycle, now, reported, said):
    for key in list(rows_of(session))[:reported]:
        send_in(session, cycle, key, 121, 117, 2, 2)

    close(session, cycle, now)

    assert drafts(session)[0].note.endswith(said)


def test_what_is_not_broken_down_has_a_column_of_its_own(session, cycle, now):
    send_in(session, cycle, "cvs", 185, 145, UNKNOWN, 0)
    send_in(session, cycle, "stand", 121, 117, 2, 2)

    close(session, cycle, now)

    (table,) = drafts(session)
    assert table.structure.dimensions[-1].labels == (TOTAL, SEX, LABOR, BOTH, NOT_BROKEN_DOWN)
    assert row(table, CVS) == (number(185), number(145), NOT_COLLECTED, number(0), number(40))
    assert row(table, STAND)[-1] == number(0)


def test_a_small_rest_is_as_protected_as_any_count(session, cycle, now):
    send_in(session, cycle, "cvs", 185, 182, UNKNOWN, 0)

    close(session, cycle, now)

    (table,) = drafts(session)
    assert row(table, CVS)[-1] == below(10)
    assert WITHHELD in row(table, CVS)[:2]


def test_two_dimensions_become_a_table_of_three(session, now):
    table = replace(YEAR, series="served-by-age", title="Served by age", dims=(AGES, KINDS), apart=True)  # fmt: skip
    cycle = opened(session, definition(session, table=table), now=now)
    send_in(session, cycle, "cvs", 40, 25, 15, 0, 28, 14, 14, 0, 12, 11, 1, 0)

    close(session, cycle, now)

    (made,) = drafts(session)
    assert made.cells[CVS, "Minors", LABOR] == below(10)
    assert [each.name for each in made.structure.dimensions] == ["Agency", "Age", "column"]


def test_without_an_answer_there_is_nothing_to_publish(session, cycle, now):
    done = close(session, cycle, now)

    assert (done.outcome, done.release) == (NOTHING, None)
    assert drafts(session) == ()


def test_what_the_gate_refuses_is_said_with_its_reasons_and_no_value(session, now):
    table = replace(YEAR, series="my-served")  # counts the same rows and is not tied to the deck's
    same = replace(table, starts=date(2023, 1, 1), ends=date(2023, 12, 31))
    cycle = opened(session, definition(session, table=same), now=now)
    send_in(session, cycle, "cvs", 1183, 1181, 2, 0)

    done = close(session, cycle, now)

    assert (done.outcome, done.release) == (REFUSED, None)
    assert any("member-served" in reason for reason in done.reasons)
    assert not any(count in str(done.reasons) for count in ("1183", "1181"))
    assert session.exec(select(SealedCounts)).all() == []


def test_a_crash_between_working_out_and_storing_loses_nothing(sealing, now):
    with transaction(sealing, task_force_id=1) as session:
        cycle = opened(session, now=now)
        send_in(session, cycle, "stand", 121, 117, 2, 2)
        freeze(session, cycle.number, by=CORA, now=now)
    with reading(sealing, task_force_id=1) as session:
        assert make(session, cycle.number) is not None  # and the process dies here

    with reading(sealing, task_force_id=1) as session:
        (number_,) = waiting(session)
        made = make(session, number_)
    with transaction(sealing, task_force_id=1) as session:
        assert store(session, made, now=now)

    with reading(sealing, task_force_id=1) as session:
        assert waiting(session) == ()
        assert len(drafts(session)) == 1


def test_of_two_that_work_it_out_one_stores_it(session, cycle, now):
    send_in(session, cycle, "stand", 121, 117, 2, 2)
    freeze(session, cycle.number, by=CORA, now=now)
    one, other = make(session, cycle.number), make(session, cycle.number)

    assert store(session, one, now=now)
    assert not store(session, other, now=now)

    assert len(drafts(session)) == 1
    assert make(session, cycle.number) is None


def test_what_more_is_out_meanwhile_is_looked_at_first(session, cycle, now):
    send_in(session, cycle, "stand", 121, 117, 2, 2)
    freeze(session, cycle.number, by=CORA, now=now)
    made = make(session, cycle.number)
    other = replace(made.proposal, period="Calendar Year 2022", starts=date(2022, 1, 1), ends=date(2022, 12, 31))  # fmt: skip
    store_source(session, other)
    approve(session, draft(session, other, by="U1", now=now), by="U2", now=now)

    assert not store(session, made, now=now)

    assert find_cycle(session, cycle.number).state is CycleState.CLOSING
    assert store(session, make(session, cycle.number), now=now)


def store_source(session, proposal):
    from storage.statistics.ledger import put_survey

    put_survey(session, key=proposal.origin.source, title="2024", as_of=proposal.origin.as_of)


def test_what_was_opened_again_meanwhile_is_not_stored(session, cycle, now):
    send_in(session, cycle, "stand", 121, 117, 2, 2)
    close(session, cycle, now)
    again = extend(session, cycle.number, DATES, by=SOL, now=now, seen=1)
    freeze(session, cycle.number, by=CORA, now=now)
    made = make(session, cycle.number)
    assert store(session, made, now=now)
    extend(session, cycle.number, DATES, by=SOL, now=now, seen=again.version)

    assert not store(session, made, now=now)
    assert drafts(session) == ()


def test_opening_it_again_puts_its_draft_away_and_its_counts(session, cycle, now):
    send_in(session, cycle, "stand", 121, 117, 2, 2)
    done = close(session, cycle, now)

    again = extend(session, cycle.number, DATES, by=SOL, now=now, seen=done.version)

    assert (again.state, again.outcome, again.release, again.closed_by) == (CycleState.OPEN, None, None, None)  # fmt: skip
    assert drafts(session) == ()
    assert session.exec(select(SealedCounts)).all() == []
    assert entries(session, limit=1)[0].act == "survey.reopened"


def leaks_of(tables):
    """
    Return what whoever saw all of *tables* can work out, by the auditor.
    """
    sheets = [
        Sheet(
            series=each.series,
            period=each.period,
            starts=each.starts,
            ends=each.ends,
            number=each.number,
            threshold=each.threshold,
            structure=each.structure,
            marks=each.cells,
        )
        for each in tables
    ]
    found = audit(ledger_problem(sheets))
    return [each.cell for each in found.cells if each.finding is not Finding.PROTECTED]


# What one agency counts, and what it says it counts when the survey was opened again.
CHANGED = {
    "the change itself is small": ((185, 177, 8, 0), (187, 179, 8, 0)),
    "what was withheld is large enough to print": ((185, 177, 8, 0), (185, 165, 20, 0)),
    "another column is withheld": ((40, 22, 10, 8), (40, 22, 8, 10)),
    "nothing is small any more": ((40, 22, 10, 8), (44, 22, 11, 11)),
}


@pytest.mark.parametrize(("first", "second"), CHANGED.values(), ids=CHANGED)
def test_of_two_previews_no_small_count_can_be_worked_out(session, cycle, now, first, second):
    send_in(session, cycle, "cvs", *first)
    send_in(session, cycle, "stand", 121, 97, 22, 2)
    done = close(session, cycle, now)
    (before,) = drafts(session)
    extend(session, cycle.number, DATES, by=SOL, now=now, seen=done.version)
    send_in(session, cycle, "cvs", *second)

    again = close(session, cycle, now)

    assert again.outcome == DRAFTED
    (after,) = drafts(session)
    assert leaks_of([before, after]) == []
    # What nobody changed is printed as it was.
    assert row(after, STAND) == row(before, STAND)


def test_a_preview_that_was_declined_by_hand_binds_as_one_of_a_survey_opened_again(
    session, cycle, now
):
    send_in(session, cycle, "cvs", 185, 177, 8, 0)
    done = close(session, cycle, now)
    (before,) = drafts(session)
    decline(session, done.release, by=SOL, now=now)
    extend(session, cycle.number, DATES, by=SOL, now=now, seen=done.version)
    send_in(session, cycle, "cvs", 187, 179, 8, 0)

    close(session, cycle, now)

    (after,) = drafts(session)
    assert leaks_of([before, after]) == []
    assert number(187) not in row(after, CVS)


def test_opening_it_again_and_closing_it_with_nothing_new_draws_the_same(session, cycle, now):
    send_in(session, cycle, "cvs", 185, 177, 8, 0)
    send_in(session, cycle, "stand", 121, 97, 22, 2)
    done = close(session, cycle, now)
    (before,) = drafts(session)
    extend(session, cycle.number, DATES, by=SOL, now=now, seen=done.version)

    again = close(session, cycle, now)

    (after,) = drafts(session)
    assert after.cells == before.cells
    approve(session, again.release, by=SOL, now=now)
    assert verdicts(session).leaks == ()


def test_an_honest_correction_of_a_preview_goes_out(session, cycle, now):
    send_in(session, cycle, "stand", 121, 97, 22, 2)
    done = close(session, cycle, now)
    extend(session, cycle.number, DATES, by=SOL, now=now, seen=done.version)
    send_in(session, cycle, "cvs", 285, 200, 60, 25)  # was late
    send_in(session, cycle, "stand", 151, 117, 32, 2)  # had left some out

    again = close(session, cycle, now)
    approve(session, again.release, by=SOL, now=now)

    (table,) = (each for each in published(session) if each.period == "Calendar Year 2024")
    assert row(table, CVS) == (number(285), number(200), number(60), number(25))
    assert number(151) in row(table, STAND) or number(117) in row(table, STAND)


def test_a_row_that_was_shown_stays_though_its_agency_is_asked_no_more(session, cycle, now):
    send_in(session, cycle, "stand", 121, 97, 22, 2)
    send_in(session, cycle, "cvs", 185, 177, 8, 0)
    done = close(session, cycle, now)
    extend(session, cycle.number, DATES, by=SOL, now=now, seen=done.version)
    tell(session, cycle.number, rows_of(session)["cvs"], AgencyState.NOT_OURS, by="U1", now=now)

    close(session, cycle, now)

    (table,) = drafts(session)
    assert row(table, CVS) == (NOT_REPORTED,) * 4


def test_after_publication_the_next_closing_drafts_a_correction(session, cycle, now):
    tell(session, cycle.number, rows_of(session)["arm-of-care"], AgencyState.DECLINED, by="U1", now=now)  # fmt: skip
    send_in(session, cycle, "stand", 121, 97, UNKNOWN, 2)
    done = close(session, cycle, now)
    approve(session, done.release, by=SOL, now=now)
    extend(session, cycle.number, DATES, by=SOL, now=now, seen=done.version)
    tell(session, cycle.number, rows_of(session)["arm-of-care"], AgencyState.NOT_OURS, by="U1", now=now)  # fmt: skip
    send_in(session, cycle, "stand", 121, 97, 22, 2)

    again = close(session, cycle, now + timedelta(1))
    approve(session, again.release, by=SOL, now=now + timedelta(1))

    (table,) = (each for each in published(session) if each.period == "Calendar Year 2024")
    assert (table.id, table.correction) == (again.release, 1)
    assert row(table, "Arm of Care") == (NOT_REPORTED,) * 5
    assert row(table, STAND)[-1] == number(0)  # it has the columns of what it corrects


def test_whoever_was_silent_at_first_is_called_the_same_in_the_correction(session, cycle, now):
    send_in(session, cycle, "stand", 121, 117, 2, 2)
    done = close(session, cycle, now)
    approve(session, done.release, by=SOL, now=now)
    extend(session, cycle.number, DATES, by=SOL, now=now, seen=done.version)
    send_in(session, cycle, "da-victim-witness", 89, 73, 16, NA)

    close(session, cycle, now + timedelta(1))

    (table,) = drafts(session)
    assert len(table.structure.dimensions[0].labels) == 8
    assert row(table, "DA - Victim Witness Assistance")[0] == number(89)


def test_numbers_of_questions_are_summed_so_that_nobody_knows_anothers(session, now):
    cycle = opened(session, questions(session, Question(text="How many advocates?")), now=now)
    for key, value in {"cvs": 40, "stand": 30, "arm-of-care": 25, "justice-at-last": UNKNOWN}.items():  # fmt: skip
        send_in(session, cycle, key, value)

    done = close(session, cycle, now)

    assert (done.outcome, done.release) == (RESULTS, None)
    assert done.results == (("How many advocates?", "95 in all, of 3 agencies that gave a number."),)  # fmt: skip


@pytest.mark.parametrize("values", [(40, 30), (40,), (UNKNOWN, NA, 4, 5)])
def test_the_sum_of_two_is_not_shown(session, now, values):
    cycle = opened(session, questions(session, Question(text="How many?")), now=now)
    for key, value in zip(rows_of(session), values, strict=False):
        send_in(session, cycle, key, value)

    done = close(session, cycle, now)

    assert done.results == (("How many?", "Fewer than 3 agencies gave a number: it is not shown."),)


def test_a_small_sum_is_a_mark(session, now):
    cycle = opened(session, questions(session, Question(text="How many?")), now=now)
    for key, value in zip(rows_of(session), (3, 1, 0), strict=False):
        send_in(session, cycle, key, value)

    (result,) = close(session, cycle, now).results

    assert result[1] == "<10 in all, of 3 agencies that gave a number."


def test_what_few_picked_is_not_shown(session, now):
    cycle = opened(session, questions(session, Question(text="Night?", options=("yes", "no"))), now=now)  # fmt: skip
    for key in rows_of(session):
        send_in(session, cycle, key, "yes")

    (result,) = close(session, cycle, now).results

    assert result == ("Night?", "Fewer than 10 agencies answered: what they picked is not shown.")


@pytest.mark.parametrize(("short", "gone"), [(timedelta(seconds=1), False), (timedelta(0), True)])
def test_counts_are_purged_when_their_time_is_over_and_not_before(session, cycle, now, short, gone):  # fmt: skip
    send_in(session, cycle, "stand", 121, 117, 2, 2)
    done = close(session, cycle, now)
    approve(session, done.release, by=SOL, now=now)
    later = now + KEEP - short

    assert anything_to_purge(session, now=later, keep=KEEP) is gone
    assert purge(session, now=later, keep=KEEP) == (2 if gone else 0)
    assert purge(session, now=later, keep=KEEP) == 0

    session.expire_all()
    answers = [each.answer for each in session.exec(select(SurveyAgency)) if each.answer]
    assert bool(answers) is not gone
    assert bool(session.exec(select(SealedCounts)).all()) is not gone
    assert find_cycle(session, cycle.number).purged is gone
    acts = [each.act for each in entries(session, limit=2)]
    assert (acts == ["statistics.purged", "survey.purged"]) is gone


def test_later_audits_and_releases_need_no_purged_count(session, cycle, now):
    send_in(session, cycle, "stand", 121, 117, 2, 2)
    send_in(session, cycle, "cvs", 185, 177, 8, 0)
    done = close(session, cycle, now)
    approve(session, done.release, by=SOL, now=now)
    before = verdicts(session)

    purge(session, now=now + KEEP, keep=KEEP)

    assert all(sheet.counts is None for sheet in ledger(session, counts=True))
    assert verdicts(session) == before
    next_year = replace(YEAR, period="Calendar Year 2025", starts=date(2025, 1, 1), ends=date(2025, 12, 31))  # fmt: skip
    another = opened(session, definition(session, table=next_year, name="Next"), now=now)
    send_in(session, another, "stand", 11, 9, 1, 1)
    assert close(session, another, now).outcome == DRAFTED


def test_what_is_purged_is_not_opened_again(session, cycle, now):
    send_in(session, cycle, "stand", 121, 117, 2, 2)
    done = close(session, cycle, now)
    purge(session, now=now + KEEP, keep=KEEP)

    with pytest.raises(SurveyMovedOnError):
        extend(session, cycle.number, DATES, by=SOL, now=now, seen=done.version)


def test_results_that_were_shown_are_not_added_to(session, now):
    cycle = opened(session, questions(session, Question(text="How many?")), now=now)
    for key, value in {"cvs": 40, "stand": 30, "arm-of-care": 25}.items():
        send_in(session, cycle, key, value)
    done = close(session, cycle, now)

    with pytest.raises(SurveyMovedOnError):  # the next sum, less this one, is one agency's
        extend(session, cycle.number, DATES, by=SOL, now=now, seen=done.version)

    assert find_cycle(session, cycle.number).results == done.results


@pytest.mark.parametrize(("days", "gone"), [(0, False), (1, True)])
def test_what_nobody_closes_is_not_kept_for_ever(session, cycle, now, days, gone):
    send_in(session, cycle, "stand", 121, 117, 2, 2)
    forget(session, team_id="T1", user_id=CORA, now=now)
    later = datetime(2026, 3, 31, 0, 0, tzinfo=PACIFIC) + KEEP - timedelta(1 - days)

    assert anything_to_purge(session, now=later, keep=KEEP) is gone
    assert purge(session, now=later, keep=KEEP) == gone

    found = find_cycle(session, cycle.number)
    assert (found.state is CycleState.CANCELLED, found.purged) == (gone, gone)
    session.expire_all()
    assert bool([each for each in session.exec(select(SurveyAgency)) if each.answer]) is not gone


def test_a_lost_key_loses_the_answers_and_says_so(database_url, now):
    first = open_database(database_url, busy_seconds=0.5, secret_key="A" * 43 + "=")
    with transaction(first, task_force_id=1) as session:
        cycle = opened(session, now=now)
        send_in(session, cycle, "stand", 121, 117, 2, 2)
        freeze(session, cycle.number, by=CORA, now=now)
    first.dispose()
    other = open_database(database_url, busy_seconds=0.5, secret_key="B" * 42 + "A=")
    with reading(other, task_force_id=1) as session:
        made = make(session, cycle.number)
    other.dispose()

    assert made.examined is None
    assert "cannot be opened" in made.reasons[0]


def test_the_table_of_a_survey_has_its_names(session, cycle, now):
    send_in(session, cycle, "stand", 121, 117, 2, 2)
    frozen = freeze(session, cycle.number, by=CORA, now=now)
    assert isinstance(frozen.table, Table)

    from storage.surveys.answers import said_of

    made = proposal_of(session, frozen, frozen.table, said_of(session, frozen))

    assert (made.series.key, made.unit, made.period) == ("member-served", "people served", "Calendar Year 2024")  # fmt: skip
    assert made.series.aliases[:2] == ("served", "agencies")
    assert made.structure.dimensions[1:] == (KINDS,)
    assert "121" not in repr(made)
