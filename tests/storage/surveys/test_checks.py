"""
Totals are compared with what somebody else typed a few times a day, and no more.
"""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from storage.audit import entries
from storage.errors import OftenCheckedError
from storage.surveys.answers import keep, send, status
from storage.surveys.checks import CHECKED, MOST
from storage.surveys.filling import IMPORTED_BY
from tests.surveying import LABOR, TOTAL, opened, rows_of, said, send_in

MEL, ANA = "U0MEL", "U0ANA"
PACIFIC = ZoneInfo("America/Los_Angeles")


@pytest.fixture
def database_url(sqlite_url):
    return sqlite_url


@pytest.fixture
def cvs(session):
    return rows_of(session)["cvs"]


@pytest.fixture
def cycle(session, now):
    made = opened(session, now=now)
    send_in(session, made, "cvs", 185, 177, 8, 0, by=MEL, now=now)
    return made


def guess(session, cycle, total, *, by=ANA, key="cvs", now, **how):
    number = rows_of(session)[key]
    return keep(session, cycle.number, number, said={(TOTAL,): total}, seen=None, by=by, now=now, sending=True, **how)  # fmt: skip


def test_a_total_is_tried_three_times_a_day_and_then_no_more(session, cycle, cvs, now):
    assert MOST == 3
    for total in (180, 181, 182):
        assert guess(session, cycle, total, now=now).wrong == ((TOTAL,),)
    before = status(session, cycle, cvs)

    with pytest.raises(OftenCheckedError):
        guess(session, cycle, 185, now=now)  # which is right, and not said to be

    assert status(session, cycle, cvs) == before
    assert [each.actor for each in entries(session, limit=9, acts=[CHECKED])] == [ANA] * 3


def test_that_a_total_fits_counts_as_that_it_does_not(session, cycle, now):
    for _ in range(MOST):
        assert not guess(session, cycle, 185, now=now)

    with pytest.raises(OftenCheckedError):
        guess(session, cycle, 185, now=now)


def test_pressing_send_on_a_draft_counts_too(session, cycle, cvs, now):
    for total in (180, 181, 182, 183):
        keep(session, cycle.number, cvs, said={(TOTAL,): total}, seen=None, by=ANA, now=now)
        if total < 183:
            assert send(session, cycle.number, cvs, seen=None, by=ANA, now=now).wrong

    with pytest.raises(OftenCheckedError):
        send(session, cycle.number, cvs, seen=None, by=ANA, now=now)


def test_what_is_typed_all_at_once_is_compared_with_nothing_else(session, cycle, cvs, now):
    for _ in range(MOST + 1):
        assert not keep(session, cycle.number, cvs, said=said(90, 80, 10, 0), seen=None, by=ANA, now=now, sending=True)  # fmt: skip

    assert entries(session, limit=9, acts=[CHECKED]) == ()


def test_what_is_not_whole_is_compared_with_nothing(session, now, cvs):
    cycle = opened(session, now=now)
    keep(session, cycle.number, cvs, said={(LABOR,): 8}, seen=None, by=MEL, now=now)

    assert guess(session, cycle, 7, now=now).missing

    assert entries(session, limit=9, acts=[CHECKED]) == ()


def test_another_person_another_agency_and_another_day_have_their_own(session, cycle, cvs, now):
    send_in(session, cycle, "stand", 21, 17, 2, 2, by=ANA, now=now)
    midnight = datetime(2026, 3, 3, tzinfo=PACIFIC)
    late = midnight - timedelta(seconds=1)
    for _ in range(MOST):
        guess(session, cycle, 180, now=late)

    assert guess(session, cycle, 180, by=MEL, now=late).wrong
    assert guess(session, cycle, 20, key="stand", now=late).wrong
    with pytest.raises(OftenCheckedError):
        guess(session, cycle, 180, now=late)
    assert guess(session, cycle, 180, now=midnight).wrong


def test_a_coordinators_sheet_is_not_counted(session, cycle, now):
    for _ in range(MOST + 1):
        assert not guess(session, cycle, 185, by=IMPORTED_BY, now=now, late=True)
