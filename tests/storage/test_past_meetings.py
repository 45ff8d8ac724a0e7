"""
What is long past is put away, and nothing that still says something of a meeting to come.
"""

from datetime import UTC, datetime, timedelta

import pytest
from sqlmodel import select

from storage.attendance import Answer, answers
from storage.meetings import find_occurrence, read_key
from storage.models import Attendance, MeetingChange, MeetingException, Snooze
from storage.past_meetings import LATER, PutAway, put_away_old
from tests.conftest import NOON
from tests.gathering import add_meeting

BEFORE = datetime(2027, 1, 1, 12, tzinfo=UTC)
EDGE = (BEFORE - LATER).replace(tzinfo=None)
SECOND = timedelta(seconds=1)


def name(moment):
    return moment.isoformat(timespec="minutes")


def said(session, series, moment, *, answered_at=NOON):
    common = {"series_id": series.id, "occurrence": name(moment), "user_id": "U1"}
    session.add(Attendance(**common, answer="yes", answered_at=answered_at))
    session.add(Snooze(**common, until=NOON))
    session.flush()


def differs(session, series, moment, *, starts=None):
    session.add(
        MeetingException(
            series_id=series.id, occurrence=name(moment), state="set", sequence=1, changed_at=NOON,
            starts=name(starts) if starts else None,
        )
    )  # fmt: skip
    session.flush()


def changed(session, series, *, made_at, told_at):
    session.add(MeetingChange(series_id=series.id, what="moved", since_on=NOON.date(), made_at=made_at, told_at=told_at))  # fmt: skip
    session.flush()


@pytest.fixture
def series(session):
    found = add_meeting(session)
    for row in session.exec(select(MeetingChange)):
        session.delete(row)
    session.flush()
    return found


@pytest.mark.parametrize(("minutes", "gone"), [(0, False), (-1, True)])
def test_what_was_said_of_a_meeting_goes_once_it_surely_is_past(session, series, minutes, gone):
    said(session, series, EDGE + timedelta(minutes=minutes))
    differs(session, series, EDGE + timedelta(minutes=minutes))

    found = put_away_old(session, before=BEFORE)

    assert found == PutAway(attendances=gone, snoozes=gone, exceptions=gone, changes=0)
    assert found.total == 3 * gone
    assert put_away_old(session, before=BEFORE).total == 0


@pytest.mark.parametrize(("minutes", "gone"), [(0, False), (-1, True)])
def test_what_was_moved_later_stays_until_that_is_past(session, series, minutes, gone):
    old = EDGE - timedelta(days=300)
    said(session, series, old)
    differs(session, series, old, starts=EDGE + timedelta(minutes=minutes))

    found = put_away_old(session, before=BEFORE)

    assert found == PutAway(attendances=gone, snoozes=gone, exceptions=gone, changes=0)


@pytest.mark.parametrize(
    ("made", "told", "gone"),
    [(-SECOND, -SECOND, True), (-SECOND, timedelta(0), False), (-SECOND, None, False), (timedelta(0), timedelta(0), False)],
)  # fmt: skip
def test_a_change_goes_once_it_is_old_and_was_told(session, series, made, told, gone):
    told_at = None if told is None else BEFORE + told
    changed(session, series, made_at=BEFORE + made, told_at=told_at)
    changed(session, series, made_at=BEFORE, told_at=None)

    assert put_away_old(session, before=BEFORE).changes == gone


@pytest.mark.parametrize(("after", "stays"), [(-SECOND, True), (timedelta(0), False)])
def test_a_change_stays_that_makes_an_answer_out_of_date(session, series, after, stays):
    key = read_key("2027-03-09T10:00")
    made_at = NOON + timedelta(days=1)
    changed(session, series, made_at=made_at, told_at=made_at)
    changed(session, series, made_at=NOON, told_at=None)  # before the answer
    said(session, series, key, answered_at=made_at + after)

    put_away_old(session, before=BEFORE)

    assert (len(session.exec(select(MeetingChange)).all()) == 2) is stays
    found = answers(session, find_occurrence(session, series.id, key=key))
    assert [each.answer for each in found.values()] == ([] if stays else [Answer.YES])


def test_the_last_change_stays_so_that_its_number_is_given_to_no_other(session, series):
    changed(session, series, made_at=NOON, told_at=NOON)
    changed(session, series, made_at=NOON, told_at=NOON)
    [_, last] = [row.id for row in session.exec(select(MeetingChange))]

    assert put_away_old(session, before=BEFORE).changes == 1
    changed(session, series, made_at=BEFORE, told_at=None)

    numbers = [row.id for row in session.exec(select(MeetingChange))]
    assert numbers[0] == last < numbers[1]
