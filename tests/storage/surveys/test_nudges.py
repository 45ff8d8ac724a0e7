import threading
from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest

from storage.custodians import Part
from storage.session import transaction
from storage.surveys.answers import AgencyState, keep, tell
from storage.surveys.cycles import Dates, locked
from storage.surveys.life import extend, freeze
from storage.surveys.nudges import MOST, any_needed, days, due_nudges, is_needed
from storage.task_forces import own_row
from tests.keeping import add_coordinator, add_custodian
from tests.surveying import DATES, TOTAL, definition, opened, rows_of, send_in
from tests.thorough import THOROUGH

PACIFIC = ZoneInfo("America/Los_Angeles")


def at(day, hour=10, minute=0):
    return datetime.combine(day, time(hour, minute), PACIFIC).astimezone(UTC)


HOURS = range(24) if THOROUGH else (0, 5, 8, 9, 10, 12, 16, 17, 18, 23)


def every_hour(first, last):
    """
    Yield the hours of each day; in `make test` those in which something might begin or end,
    and some between.
    """
    while first <= last:
        yield from (at(first, hour) for hour in HOURS)
        first += timedelta(1)


@pytest.fixture
def cvs(session):
    """
    The row of an agency with an owner and a delegate; there is one coordinator.
    """
    add_coordinator(session, "UCOORD")
    add_custodian(session, "UOWNER", of="cvs")
    add_custodian(session, "UDELEGATE", of="cvs", part=Part.DELEGATE)
    return rows_of(session)["cvs"]


@pytest.fixture
def cycle(session, cvs):
    return opened(session, definition(session, organizations=(cvs,)), now=at(DATES.opens_on, 8))


def told(session, first=DATES.opens_on, last=DATES.closes_on):
    return [
        (moment.astimezone(PACIFIC), nudge.recipients)
        for moment in every_hour(first, last)
        for nudge in due_nudges(session, now=moment)
    ]


def test_a_silent_agency_is_nudged_five_times_its_owner_first(session, cycle):
    found = told(session)

    assert [recipients for _, recipients in found] == [
        ("UOWNER",), ("UOWNER",), ("UDELEGATE",), ("UDELEGATE",), ("UCOORD",),
    ]  # fmt: skip
    assert [moment.date() for moment, _ in found] == [
        date(2026, 3, 2),  # it opens
        date(2026, 3, 16),  # it is due
        date(2026, 3, 19),
        date(2026, 3, 24),
        date(2026, 3, 27),  # the last day
    ]
    assert {moment.time() for moment, _ in found} == {time(9)}


@pytest.mark.parametrize(
    ("length", "recipients"),
    [
        (0, ["UOWNER"]),
        (1, ["UOWNER", "UCOORD"]),
        (2, ["UOWNER", "UDELEGATE", "UCOORD"]),
        (3, ["UOWNER", "UOWNER", "UDELEGATE", "UCOORD"]),
        (4, ["UOWNER", "UOWNER", "UDELEGATE", "UCOORD"]),  # due as it opens: one for both
    ],
)
def test_however_short_it_is_the_last_one_is_the_coordinators(session, cvs, length, recipients):
    day = date(2026, 8, 3)
    dates = Dates(opens_on=day, due_on=day, grace_on=day + timedelta(length), closes_on=day + timedelta(length))  # fmt: skip
    opened(session, definition(session, organizations=(cvs,), dates=dates), now=at(day, 8))

    found = told(session, first=day, last=day + timedelta(length))

    assert [each for _, (each,) in found] == recipients


def test_no_nudge_falls_on_a_weekend_a_holiday_or_out_of_hours():
    # Cesar Chavez Day, a Tuesday, and a weekend in between.
    dates = Dates(opens_on=date(2026, 3, 28), due_on=date(2026, 3, 31), grace_on=date(2026, 4, 5), closes_on=date(2026, 4, 5))  # fmt: skip

    assert days(dates, dates.opens_on, calendar="US-CA") == (
        date(2026, 3, 30), date(2026, 4, 1), date(2026, 4, 2), date(2026, 4, 3),
    )  # fmt: skip


@pytest.mark.parametrize("length", [0, 1, 2, 3, 4, 9, 30, 90])
def test_they_are_spread_from_the_due_day_to_the_last(length):
    due = date(2026, 8, 3)
    last = due + timedelta(length)
    dates = Dates(opens_on=date(2026, 7, 1), due_on=due, grace_on=last, closes_on=last)

    found = days(dates, dates.opens_on, calendar="US-CA")

    assert found[0] == date(2026, 7, 1)
    assert len(found) <= MOST
    assert all(one < other for one, other in pairwise(found))
    assert all(due <= day <= last for day in found[1:])
    assert found[1] == due


@pytest.mark.parametrize(
    ("hour", "minute", "nudged"), [(8, 59, False), (9, 0, True), (16, 59, True), (17, 0, False)]
)
def test_both_edges_of_the_working_hours(session, cycle, hour, minute, nudged):
    assert bool(due_nudges(session, now=at(DATES.opens_on, hour, minute))) is nudged


@pytest.mark.parametrize(("calendar", "nudged"), [("US-CA", False), ("US-NY", True), ("", True)])
def test_the_holidays_are_those_of_the_task_force(session, cycle, calendar, nudged):
    own_row(session).holidays = calendar
    chavez_day = date(2026, 3, 31)  # California's alone
    locked(session, cycle.number).grace_on = locked(session, cycle.number).closes_on = chavez_day

    assert bool(due_nudges(session, now=at(chavez_day))) is nudged


@pytest.mark.parametrize("state", [AgencyState.DECLINED, AgencyState.EMAILED, AgencyState.NOT_OURS])
def test_what_an_agency_says_stops_them_at_once(session, cycle, cvs, state):
    assert due_nudges(session, now=at(DATES.opens_on))
    assert is_needed(session, cycle.number, cvs, day=DATES.opens_on, now=at(DATES.opens_on))

    tell(session, cycle.number, cvs, state, by="UOWNER", now=at(DATES.opens_on))

    assert not is_needed(session, cycle.number, cvs, day=DATES.opens_on, now=at(DATES.opens_on))
    assert told(session) == []


def test_an_answer_stops_them_and_a_draft_does_not(session, cycle, cvs):
    now = at(DATES.opens_on)
    keep(session, cycle.number, cvs, said={(TOTAL,): 3}, seen=None, by="UOWNER", now=now)
    assert due_nudges(session, now=now)
    assert is_needed(session, cycle.number, cvs, day=DATES.opens_on, now=now)

    send_in(session, cycle, "cvs", 185, 177, 8, 0, now=now)

    assert not any_needed(session, cycle.number, day=DATES.opens_on, now=now)
    assert told(session) == []


def test_closing_stops_them(session, cycle, cvs):
    freeze(session, cycle.number, by="UCOORD", now=at(DATES.opens_on))

    assert told(session) == []
    assert not is_needed(session, cycle.number, cvs, day=DATES.opens_on, now=at(DATES.opens_on))


def test_extending_gives_no_more_than_five_in_all(session, cycle):
    first = told(session, last=date(2026, 3, 20))
    later = Dates(opens_on=DATES.opens_on, due_on=date(2026, 4, 6), grace_on=date(2026, 6, 30), closes_on=date(2026, 6, 30))  # fmt: skip

    extend(session, cycle.number, later, by="UCOORD", now=at(date(2026, 3, 20)), seen=cycle.version)  # fmt: skip
    rest = told(session, first=date(2026, 3, 21), last=date(2026, 7, 3))

    assert len(first) + len(rest) == MOST
    assert all(moment.date() >= later.due_on for moment, _ in rest)


def test_what_nobody_looked_at_for_days_is_one_nudge(session, cycle):
    found = due_nudges(session, now=at(date(2026, 3, 20)))

    assert [nudge.recipients for nudge in found] == [("UOWNER",)]
    assert due_nudges(session, now=at(date(2026, 3, 20), 11)) == ()


def test_an_earlier_nudge_that_was_held_up_gives_way_to_the_next(session, cycle, cvs):
    due_nudges(session, now=at(DATES.opens_on))
    due_nudges(session, now=at(DATES.due_on))

    now = at(DATES.due_on)
    assert not is_needed(session, cycle.number, cvs, day=DATES.opens_on, now=now)
    assert is_needed(session, cycle.number, cvs, day=DATES.due_on, now=now)


def test_nothing_comes_after_the_last_day(session, cycle):
    assert due_nudges(session, now=at(DATES.grace_on + timedelta(3))) == ()


def test_agencies_that_nobody_looks_after_are_one_message_to_the_coordinators(session, cvs):
    cycle = opened(session, now=at(DATES.opens_on, 8))

    found = due_nudges(session, now=at(DATES.opens_on))

    assert [(nudge.organization_id, nudge.recipients) for nudge in found] == [
        (cvs, ("UOWNER",)),
        (None, ("UCOORD",)),
    ]
    assert any_needed(session, cycle.number, day=DATES.opens_on, now=at(DATES.opens_on))


def test_several_processes_nudge_once(sealing):
    with transaction(sealing, task_force_id=1) as session:
        add_coordinator(session, "UCOORD")
        add_custodian(session, "UOWNER", of="cvs")
        opened(session, now=at(DATES.opens_on, 8))
    together, found = threading.Barrier(3), []

    def look():
        together.wait(10)
        with transaction(sealing, task_force_id=1) as session:
            found.extend(due_nudges(session, now=at(DATES.opens_on)))

    threads = [threading.Thread(target=look) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)

    assert sum(nudge.organization_id is not None for nudge in found) == 1
