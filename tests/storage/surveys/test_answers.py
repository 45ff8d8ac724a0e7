import threading
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import text
from sqlmodel import select

from storage.audit import LEFT, entries
from storage.errors import NoKeyError, NotAskedError, SurveyMovedOnError
from storage.models import SurveyAgency
from storage.session import open_database, transaction
from storage.surveys.answers import AgencyState, keep, said_of, send, status, tell
from storage.surveys.cycles import find_cycle
from storage.surveys.life import freeze
from storage.surveys.shapes import Question
from storage.traces import forget
from tests.surveying import (
    BOTH,
    CORA,
    DATES,
    LABOR,
    NA,
    SEX,
    TOTAL,
    UNKNOWN,
    opened,
    questions,
    rows_of,
    said,
    send_in,
)

MEL, ANA = "U0MEL", "U0ANA"
PACIFIC = ZoneInfo("America/Los_Angeles")


@pytest.fixture
def cycle(session, now):
    return opened(session, now=now)


@pytest.fixture
def cvs(session):
    return rows_of(session)["cvs"]


def save(session, cycle, agency, said, *, now, by=MEL, seen=None, **how):
    return keep(session, cycle.number, agency, said=said, seen=seen, by=by, now=now, **how)


def test_a_draft_says_what_is_entered_and_is_not_sent_in(session, cycle, cvs, now):
    trouble = save(session, cycle, cvs, {(TOTAL,): 185, (LABOR,): NA}, now=now)

    found = status(session, cycle, cvs)
    assert not trouble
    assert found.entered == {(TOTAL,), (LABOR,)}
    assert (found.state, found.has_draft, found.saved_by, found.saved_at) == (AgencyState.SILENT, True, MEL, now)  # fmt: skip
    assert said_of(session, cycle) == {}


def test_what_is_left_out_stays_and_what_is_emptied_goes(session, cycle, cvs, now):
    save(session, cycle, cvs, {(TOTAL,): 185, (SEX,): 177, (LABOR,): 8}, now=now)

    save(session, cycle, cvs, {(SEX,): 180}, emptied=[(LABOR,)], now=now)

    assert status(session, cycle, cvs).entered == {(TOTAL,), (SEX,)}
    save(session, cycle, cvs, {(LABOR,): 5, (BOTH,): NA}, now=now, sending=True)
    assert said_of(session, cycle) == {cvs: said(185, 180, 5, NA)}


def test_what_is_sent_in_is_whole_and_adds_up(session, cycle, cvs, now):
    save(session, cycle, cvs, {(TOTAL,): 185}, now=now)

    missing = send(session, cycle.number, cvs, seen=None, by=MEL, now=now)
    wrong = save(session, cycle, cvs, said(184, 177, 8, 0), now=now, sending=True)

    assert (missing.missing, missing.wrong) == (((SEX,), (LABOR,), (BOTH,)), ())
    assert (wrong.missing, wrong.wrong) == ((), ((TOTAL,),))
    assert status(session, cycle, cvs).entered == {(TOTAL,)}  # nothing was changed
    assert said_of(session, cycle) == {}


def test_a_draft_over_what_was_sent_in_does_not_count_until_it_is_sent(session, cycle, cvs, now):
    send_in(session, cycle, "cvs", 185, 177, 8, 0)

    save(session, cycle, cvs, {(TOTAL,): 190, (SEX,): 182}, now=now)

    found = status(session, cycle, cvs)
    assert (found.state, found.has_draft) == (AgencyState.ANSWERED, True)
    assert said_of(session, cycle) == {cvs: said(185, 177, 8, 0)}
    send(session, cycle.number, cvs, seen=found.version, by=ANA, now=now)
    assert said_of(session, cycle) == {cvs: said(190, 182, 8, 0)}
    assert status(session, cycle, cvs).sent_by == ANA


def test_neither_na_nor_not_collected_becomes_a_zero(session, cycle, cvs, now):
    send_in(session, cycle, "cvs", 100, 60, UNKNOWN, NA)

    assert said_of(session, cycle)[cvs][LABOR,] is UNKNOWN
    assert said_of(session, cycle)[cvs][BOTH,] is NA


def test_who_saw_another_version_changes_nothing(session, cycle, cvs, now):
    seen = status(session, cycle, cvs).version
    save(session, cycle, cvs, said(185, 177, 8, 0), now=now, seen=seen, sending=True)

    with pytest.raises(SurveyMovedOnError):
        save(session, cycle, cvs, said(9, 9, 0, 0), now=now, by=ANA, seen=seen, sending=True)

    assert said_of(session, cycle) == {cvs: said(185, 177, 8, 0)}
    assert status(session, cycle, cvs).sent_by == MEL


def test_of_two_who_send_at_once_one_is_first(sealing, now):
    with transaction(sealing, task_force_id=1) as session:
        cycle = opened(session, now=now)
        cvs = rows_of(session)["cvs"]
        seen = status(session, cycle, cvs).version
    together, ends = threading.Barrier(2), []

    def press(by, values):
        together.wait(10)
        try:
            with transaction(sealing, task_force_id=1) as session:
                save(session, cycle, cvs, values, now=now, by=by, seen=seen, sending=True)
            ends.append(by)
        except SurveyMovedOnError:
            ends.append("too late")

    threads = [
        threading.Thread(target=press, args=[MEL, said(185, 177, 8, 0)]),
        threading.Thread(target=press, args=[ANA, said(90, 90, 0, 0)]),
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)

    assert sorted(ends)[1] == "too late"
    with transaction(sealing, task_force_id=1) as session:
        assert status(session, cycle, cvs).sent_by in ends
        assert len(entries(session, limit=9, acts=["survey.answered"])) == 1


@pytest.mark.parametrize(("days", "late", "taken"), [(0, False, True), (1, False, False), (1, True, True)])  # fmt: skip
def test_answers_are_taken_until_the_end_of_grace_and_a_coordinators_until_it_is_closed(
    session, cycle, cvs, days, late, taken
):
    last = datetime(*DATES.grace_on.timetuple()[:3], 23, 59, tzinfo=PACIFIC)
    now = last + timedelta(minutes=days)

    def answer():
        return save(session, cycle, cvs, said(9, 9, 0, 0), now=now, sending=True, late=late)

    if taken:
        assert not answer()
    else:
        with pytest.raises(SurveyMovedOnError):
            answer()


def test_what_is_closed_takes_no_answer_from_anybody(session, cycle, cvs, now):
    freeze(session, cycle.number, by=CORA, now=now)

    for late in (False, True):
        with pytest.raises(SurveyMovedOnError):
            save(session, cycle, cvs, said(9, 9, 0, 0), now=now, late=late)
    with pytest.raises(SurveyMovedOnError):
        tell(session, cycle.number, cvs, AgencyState.DECLINED, by=MEL, now=now)


def test_an_agency_that_is_not_asked_does_not_answer(session, cycle, now):
    other = rows_of(session, ["h3"])["h3"]

    with pytest.raises(NotAskedError):
        save(session, cycle, other, said(9, 9, 0, 0), now=now)
    with pytest.raises(NotAskedError):
        status(session, cycle, other)


def test_a_cell_that_is_not_asked_for_is_not_taken(session, cycle, cvs, now):
    with pytest.raises(SurveyMovedOnError):
        save(session, cycle, cvs, {("Other",): 1}, now=now)


@pytest.mark.parametrize(
    ("state", "keeps"),
    [(AgencyState.DECLINED, False), (AgencyState.NOT_OURS, False), (AgencyState.EMAILED, True)],
)
def test_who_does_not_answer_says_why_and_may_change_their_mind(
    session, cycle, cvs, now, state, keeps
):
    save(session, cycle, cvs, {(TOTAL,): 185}, now=now)

    told = tell(session, cycle.number, cvs, state, by=ANA, now=now)
    again = tell(session, cycle.number, cvs, state, by=MEL, now=now + timedelta(1))

    assert (told.state, told.said_by, told.said_at, told.has_draft) == (state, ANA, now, keeps)
    assert again == told
    back = tell(session, cycle.number, cvs, AgencyState.SILENT, by=MEL, now=now)
    assert back.state is AgencyState.SILENT


def test_what_is_sent_in_was_not_sent_by_email(session, cycle, cvs, now):
    send_in(session, cycle, "cvs", 185, 177, 8, 0)

    told = tell(session, cycle.number, cvs, AgencyState.EMAILED, by=MEL, now=now)

    assert told.state is AgencyState.ANSWERED
    assert cvs in said_of(session, cycle)


def test_who_declines_after_all_is_counted_no_more(session, cycle, cvs, now):
    send_in(session, cycle, "cvs", 185, 177, 8, 0)

    tell(session, cycle.number, cvs, AgencyState.DECLINED, by=MEL, now=now)

    assert said_of(session, cycle) == {}
    assert status(session, cycle, cvs).entered == frozenset()


def test_whoever_declined_and_begins_to_answer_is_asked_again(session, cycle, cvs, now):
    tell(session, cycle.number, cvs, AgencyState.DECLINED, by=MEL, now=now)

    save(session, cycle, cvs, {(TOTAL,): 185}, now=now)

    found = status(session, cycle, cvs)
    assert (found.state, found.said_by) == (AgencyState.SILENT, None)


def test_saving_nothing_changes_nothing(session, cycle, cvs, now):
    save(session, cycle, cvs, {(TOTAL,): 185}, now=now)
    before = status(session, cycle, cvs)

    save(session, cycle, cvs, {}, emptied=[(SEX,)], now=now + timedelta(1), by=ANA)

    assert status(session, cycle, cvs) == before


@pytest.mark.parametrize("guess", [184, 185])
def test_saving_does_not_tell_whether_it_is_what_a_colleague_entered(
    session, cycle, cvs, now, guess
):
    send_in(session, cycle, "cvs", 185, 177, 8, 0)

    save(session, cycle, cvs, {(TOTAL,): guess}, now=now + timedelta(1), by=ANA)

    found = status(session, cycle, cvs)
    assert (found.has_draft, found.saved_by, found.version) == (True, ANA, 3)


def test_no_count_stands_in_the_database_in_clear(session, cycle, now):
    send_in(session, cycle, "cvs", 918273, 918270, 3, 0)
    save(session, cycle, rows_of(session)["stand"], {(TOTAL,): 726151}, now=now)
    session.flush()

    rows = session.exec(select(SurveyAgency)).all()
    dump = str([vars(row) for row in rows]) + str(entries(session, limit=99))
    tables = session.connection().execute(text("SELECT * FROM audit_entry")).all()
    for count in ("918273", "726151"):
        assert count not in dump
        assert count not in str(tables)
        assert count not in repr(rows)
    sealed = {len(row.answer or row.draft) for row in rows if row.answer or row.draft}
    assert len(sealed) == 1  # nor does its length tell


def test_a_sealed_answer_is_of_no_other_agency(session, cycle, now):
    send_in(session, cycle, "cvs", 185, 177, 8, 0)
    send_in(session, cycle, "stand", 21, 17, 2, 2)
    ids = rows_of(session)
    one, other = (
        session.exec(select(SurveyAgency).where(SurveyAgency.organization_id == ids[key])).one()
        for key in ("cvs", "stand")
    )
    one.answer, other.answer = other.answer, one.answer
    session.flush()

    with pytest.raises(Exception, match="cannot be opened") as caught:
        said_of(session, cycle)
    assert "185" not in str(caught.value)


def test_without_a_key_nothing_is_taken(database_url, now):
    database = open_database(database_url, busy_seconds=0.5)
    with transaction(database, task_force_id=1) as session:
        cycle = opened(session, now=now)
        with pytest.raises(NoKeyError):
            send_in(session, cycle, "cvs", 185, 177, 8, 0)
    database.dispose()


def test_who_left_is_named_by_a_word_and_their_agencys_answer_stays(session, cycle, cvs, now):
    save(session, cycle, cvs, {(TOTAL,): 1}, now=now)
    send_in(session, cycle, "cvs", 185, 177, 8, 0)

    forget(session, team_id="T1", user_id=MEL, now=now)

    found = status(session, find_cycle(session, cycle.number), cvs)
    assert (found.sent_by, found.saved_by) == (LEFT, LEFT)
    assert cvs in said_of(session, cycle)


def test_who_and_when_is_in_the_audit_without_a_count(session, cycle, cvs, now):
    save(session, cycle, cvs, {(TOTAL,): 185}, now=now)
    send_in(session, cycle, "cvs", 185, 177, 8, 0)
    tell(session, cycle.number, cvs, AgencyState.NOT_OURS, by=ANA, now=now)

    told = [
        (each.act, each.actor, each.subject, dict(each.details))
        for each in entries(session, limit=3)
    ]
    where = (f"survey:{cycle.number}", {"organization": "cvs"})
    assert told == [
        ("survey.not_ours", ANA, *where),
        ("survey.answered", MEL, *where),
        ("survey.saved", MEL, *where),
    ]


def test_questions_are_answered_in_numbers_and_choices(session, now):
    asked = questions(session, Question(text="How many?"), Question(text="Night?", options=("yes", "N/A")))  # fmt: skip
    cycle = opened(session, asked, now=now)

    send_in(session, cycle, "cvs", 4, "N/A")
    send_in(session, cycle, "stand", UNKNOWN, "yes")

    ids = rows_of(session)
    assert said_of(session, cycle) == {
        ids["cvs"]: {("How many?",): 4, ("Night?",): "N/A"},
        ids["stand"]: {("How many?",): UNKNOWN, ("Night?",): "yes"},
    }
