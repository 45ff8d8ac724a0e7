import re
from dataclasses import replace
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import event
from sqlmodel import col, update

from storage.audit import entries
from storage.errors import SamePeriodError, SurveyMovedOnError, UnknownSurveyError
from storage.models import CycleState, Organization
from storage.people import RoleName, grant, revoke
from storage.session import open_database, transaction
from storage.surveys.answers import AgencyState, keep, statuses
from storage.surveys.closing import make, store
from storage.surveys.cycles import any_alive, asked, cycles, define, find_cycle
from storage.surveys.life import (
    BOT,
    Hindrance,
    cancel,
    extend,
    freeze,
    hindered,
    keep_time,
    leave_out_retired,
    open_cycle,
    overdue,
    take_over,
)
from storage.surveys.shapes import Question
from storage.traces import forget
from tests.surveying import (
    CORA,
    DATES,
    SOL,
    YEAR,
    coordinate,
    definition,
    opened,
    questions,
    rows_of,
    send_in,
)
from tests.workshop import KEY

PACIFIC = ZoneInfo("America/Los_Angeles")


def at(day: date, hour: int = 12, minute: int = 0) -> datetime:
    return datetime(day.year, day.month, day.day, hour, minute, tzinfo=PACIFIC)


@pytest.fixture
def postgres_url(postgres, postgres_template):
    name = postgres.create(template=postgres_template)
    yield postgres.url_of(name)
    postgres.drop(name)


LATE = at(DATES.closes_on + timedelta(9))


def test_a_survey_is_stored_as_it_was_defined(session, now):
    made = define(session, definition(session), by=CORA, now=now)

    assert find_cycle(session, made.number) == made
    assert (made.table, made.dates, made.responsible) == (YEAR, DATES, CORA)
    assert made.state is CycleState.PLANNED
    assert set(asked(session, made.number)) == set(rows_of(session).values())
    assert {each.state for each in statuses(session, made)} == {AgencyState.SILENT}


def test_questions_have_one_cell_each(session, now):
    wanted = questions(session, Question(text="How many advocates?"), Question(text="Open at night?", options=("yes", "no")))  # fmt: skip

    made = define(session, wanted, by=CORA, now=now)

    assert made.table is None
    assert made.cells == (("How many advocates?",), ("Open at night?",))
    assert find_cycle(session, made.number).questions == wanted.questions


def test_there_is_one_survey_of_a_table_and_period(session, now):
    first = define(session, definition(session), by=CORA, now=now)

    with pytest.raises(SamePeriodError) as caught:
        define(session, definition(session, name="Again"), by=SOL, now=now)

    assert caught.value.number == first.number
    define(session, definition(session), by=CORA, now=now, number=first.number)
    cancel(session, first.number, by=CORA, now=now)
    define(session, definition(session, name="Again"), by=SOL, now=now)


def test_what_is_open_is_not_defined_anew(session, now):
    made = opened(session, now=now)

    with pytest.raises(SurveyMovedOnError):
        define(session, definition(session), by=CORA, now=now, number=made.number)


def test_two_who_change_it_at_once_do_not_undo_each_other(session, now):
    made = define(session, definition(session), by=CORA, now=now)
    define(session, definition(session, name="First"), by=CORA, now=now, number=made.number, seen=1)

    with pytest.raises(SurveyMovedOnError):
        define(session, definition(session, name="Second"), by=SOL, now=now, number=made.number, seen=1)  # fmt: skip

    assert find_cycle(session, made.number).name == "First"


def test_opening_twice_is_opening_once(session, now):
    made = define(session, definition(session), by=CORA, now=now)

    first = open_cycle(session, made.number, by=CORA, now=now)
    second = open_cycle(session, made.number, by=SOL, now=now)

    assert first == second
    assert [each.actor for each in entries(session, limit=9, acts=["survey.opened"])] == [CORA]


@pytest.mark.parametrize(("days", "opens"), [(0, True), (1, False)])
def test_what_is_due_before_it_opens_is_not_opened(session, now, days, opens):
    made = define(session, definition(session), by=CORA, now=now)
    moment = at(DATES.due_on + timedelta(days))

    if opens:
        assert open_cycle(session, made.number, by=CORA, now=moment).state is CycleState.OPEN
    else:
        with pytest.raises(SurveyMovedOnError):
            open_cycle(session, made.number, by=CORA, now=moment)


def test_it_opens_by_itself_on_its_day_where_the_task_force_is(session, now):
    made = define(session, definition(session), by=CORA, now=now)
    eve = at(DATES.opens_on - timedelta(1), 23, 59)

    assert keep_time(session, now=eve) == ()
    (changed,) = keep_time(session, now=eve + timedelta(minutes=1))

    assert (changed.number, changed.state) == (made.number, CycleState.OPEN)
    assert [each.actor for each in entries(session, limit=9, acts=["survey.opened"])] == [BOT]


def test_it_is_frozen_by_itself_when_its_last_day_is_over_in_its_coordinators_name(session, now):
    coordinate(session, CORA)
    made = opened(session, now=now)
    last = at(DATES.closes_on, 23, 59)

    assert keep_time(session, now=last) == ()
    (changed,) = keep_time(session, now=last + timedelta(minutes=1))

    assert (changed.state, changed.closed_by) == (CycleState.CLOSING, CORA)
    assert [each.actor for each in entries(session, limit=9, acts=["survey.closed"])] == [BOT]
    assert find_cycle(session, made.number) == changed


def test_who_had_the_last_hand_in_it_signs_what_closes_by_itself(session, now):
    coordinate(session, CORA, SOL)
    made = opened(session, now=now)
    extend(session, made.number, DATES, by=SOL, now=now, seen=made.version)

    (closed,) = keep_time(session, now=LATE)

    assert (closed.responsible, closed.closed_by) == (CORA, SOL)


@pytest.mark.parametrize("role", [RoleName.COORDINATOR, RoleName.ADMIN])
def test_what_a_coordinator_no_more_looks_after_waits_for_one(session, now, role):
    grant(session, team_id="T1", user_id=CORA, role=role, granted_by="t", now=now)
    made = opened(session, now=now)
    revoke(session, team_id="T1", user_id=CORA, role=role)

    assert hindered(session, made) is Hindrance.NOBODY
    assert keep_time(session, now=LATE) == ()
    assert [each.number for each in overdue(session, now=LATE)] == [made.number]
    grant(session, team_id="T1", user_id=CORA, role=role, granted_by="t", now=now)
    assert overdue(session, now=LATE) == ()
    assert len(keep_time(session, now=LATE)) == 1


def test_what_nobody_answers_for_waits_for_a_coordinator(session, now):
    coordinate(session, CORA, SOL)
    made = opened(session, now=now)
    forget(session, team_id="T1", user_id=CORA, now=now)

    assert find_cycle(session, made.number).responsible is None
    assert keep_time(session, now=LATE) == ()
    taken = take_over(session, made.number, by=SOL, now=LATE)
    assert hindered(session, taken) is Hindrance.UNSIGNED  # whoever had the last hand in it left
    assert keep_time(session, now=LATE) == ()
    assert freeze(session, made.number, by=SOL, now=LATE).closed_by == SOL


def test_it_is_overdue_when_its_last_day_is_over(session, now):
    opened(session, now=now)
    last = at(DATES.closes_on, 23, 59)

    assert overdue(session, now=last) == ()
    assert len(overdue(session, now=last + timedelta(minutes=1))) == 1


def test_closing_twice_is_closing_once_by_the_first(session, now):
    made = opened(session, now=now)

    freeze(session, made.number, by=CORA, now=now)
    again = freeze(session, made.number, by=SOL, now=now + timedelta(1))

    assert (again.closed_by, again.closed_at) == (CORA, now)


def test_who_did_not_see_that_it_was_extended_does_not_close_it(session, now):
    made = opened(session, now=now)
    later = replace(DATES, grace_on=date(2026, 4, 3), closes_on=date(2026, 4, 3))

    extend(session, made.number, later, by=SOL, now=now, seen=made.version)

    with pytest.raises(SurveyMovedOnError):
        freeze(session, made.number, by=CORA, now=now, seen=made.version)
    with pytest.raises(SurveyMovedOnError):
        extend(session, made.number, DATES, by=CORA, now=now, seen=made.version)
    assert find_cycle(session, made.number).dates == later


def test_answers_are_taken_until_the_last_day_of_grace(session, now):
    made = opened(session, now=now)

    assert made.takes(DATES.grace_on)
    assert not made.takes(DATES.grace_on + timedelta(1))


def test_what_is_cancelled_keeps_nothing_that_was_said(session, now):
    made = opened(session, now=now)
    send_in(session, made, "cvs", 185, 177, 8, 0)

    cancel(session, made.number, by=CORA, now=now)

    (cvs, *_) = (each for each in statuses(session, made) if each.key == "cvs")
    assert (cvs.state, cvs.has_draft) == (AgencyState.ANSWERED, False)
    assert find_cycle(session, made.number).purged
    with pytest.raises(SurveyMovedOnError):
        open_cycle(session, made.number, by=CORA, now=now)


def test_what_is_being_closed_is_not_cancelled(session, now):
    made = opened(session, now=now)
    freeze(session, made.number, by=CORA, now=now)

    with pytest.raises(SurveyMovedOnError):
        cancel(session, made.number, by=CORA, now=now)


def test_the_newest_comes_first(session, now):
    one = define(session, definition(session), by=CORA, now=now)
    two = define(session, questions(session, Question(text="How many?")), by=CORA, now=now)

    assert [each.number for each in cycles(session)] == [two.number, one.number]
    assert cycles(session, states=[CycleState.OPEN]) == ()


def test_what_is_not_there_is_said(session):
    with pytest.raises(UnknownSurveyError):
        find_cycle(session, 99)


def retire(session, key, now):
    session.exec(update(Organization).where(col(Organization.key) == key).values(retired_at=now))


def state_of(session, cycle, key):
    return next(each.state for each in statuses(session, cycle) if each.key == key)


def test_an_agency_that_is_in_the_directory_no_more_is_asked_no_more(session, now):
    made = opened(session, now=now)
    send_in(session, made, "stand", 21, 17, 2, 2)
    keep(session, made.number, rows_of(session)["arm-of-care"], said={("Total # Served",): 3}, seen=None, by=CORA, now=now)  # fmt: skip
    for key in ("cvs", "stand", "arm-of-care"):
        retire(session, key, now)

    keep_time(session, now=now)

    assert state_of(session, made, "cvs") is AgencyState.NOT_OURS
    assert state_of(session, made, "stand") is AgencyState.ANSWERED  # it said something
    assert state_of(session, made, "arm-of-care") is AgencyState.SILENT
    assert leave_out_retired(session, now=now) == 0


def test_whoever_locks_a_survey_and_the_task_force_locks_that_first(postgres_url, now):
    """
    Two that lock them the other way round would wait for each other for ever.
    """
    database = open_database(postgres_url, busy_seconds=0.5, secret_key=KEY)
    locks: list[str] = []

    def note(_connection, _cursor, statement, *_):
        found = re.search(r"FROM (\w+).*FOR UPDATE", statement, re.DOTALL)
        if found:
            locks.append(found[1])

    with transaction(database, task_force_id=1) as session:
        made = opened(session, now=now)
        send_in(session, made, "stand", 21, 17, 2, 2)
        freeze(session, made.number, by=CORA, now=now)
    event.listen(database.writes, "before_cursor_execute", note)
    with transaction(database, task_force_id=1) as session:
        store(session, make(session, made.number), now=now)
        stored, locks[:] = locks[:], []
        extend(session, made.number, DATES, by=SOL, now=now, seen=made.version)
        extended, locks[:] = locks[:], []
        wanted = define(session, definition(session, table=None, questions=(Question(text="How many?"),)), by=CORA, now=now)  # fmt: skip
        define(session, definition(session, table=None, questions=(Question(text="How many?"),)), by=CORA, now=now, number=wanted.number)  # fmt: skip
    database.dispose()

    for each in (stored, extended, locks):
        assert each.index("task_force") < each.index("survey_cycle")


def test_there_is_nothing_to_do_about_surveys_that_are_long_over(session, now):
    assert not any_alive(session, since=now)
    made = define(session, definition(session), by=CORA, now=now)
    assert any_alive(session, since=now)

    cancel(session, made.number, by=CORA, now=now)

    assert any_alive(session, since=now)
    assert not any_alive(session, since=now + timedelta(seconds=1))
