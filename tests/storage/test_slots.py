"""
A slot a day whatever the clocks do: set back, set forward, away for a day, or asked ten times.
"""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest

from storage.deliveries import Plan, counts, plan
from storage.session import open_database, transaction
from storage.slots import advance, due_slots
from tests.storage.test_deliveries import at_once

LA = ZoneInfo("America/Los_Angeles")
HOUR, DAY = timedelta(hours=1), timedelta(days=1)


def utc(*moment):
    return datetime(*moment, tzinfo=UTC)


def on(day, at):
    start = datetime.combine(day, time(0), LA).astimezone(UTC) - HOUR
    return [slot.at for slot in due_slots("s", at=at, zone=LA, after=start, until=start + 26 * HOUR) if slot.date == day]  # fmt: skip


@pytest.mark.parametrize(
    ("day", "at", "instant"),
    [
        (date(2026, 3, 7), time(2, 30), utc(2026, 3, 7, 10, 30)),
        (date(2026, 3, 8), time(2, 30), utc(2026, 3, 8, 10, 30)),  # skipped: 03:30
        (date(2026, 3, 8), time(9, 0), utc(2026, 3, 8, 16, 0)),
        (date(2026, 11, 1), time(1, 30), utc(2026, 11, 1, 8, 30)),  # doubled: the first
        (date(2026, 11, 1), time(9, 0), utc(2026, 11, 1, 17, 0)),
    ],
)
def test_a_wall_time_is_one_instant_on_every_day(day, at, instant):
    assert on(day, at) == [instant]


def test_the_window_is_open_at_its_begin_and_closed_at_its_end():
    nine = utc(2026, 3, 2, 17)
    slots = due_slots("s", at=time(9), zone=LA, after=nine - DAY, until=nine)
    none = due_slots("s", at=time(9), zone=LA, after=nine, until=nine + HOUR)

    assert [(slot.occasion, slot.at) for slot in slots] == [("s:2026-03-02", nine)]
    assert none == ()


def test_only_the_days_that_are_asked_for():
    start = utc(2026, 3, 1)
    slots = due_slots("s", at=time(9), zone=LA, after=start, until=start + 14 * DAY, weekdays={1})

    assert [slot.date for slot in slots] == [date(2026, 3, 3), date(2026, 3, 10)]


def tick(session, now):
    """
    What a planner of a daily reminder does on a tick.
    """
    after = advance(session, "daily", now=now)
    slots = due_slots("daily", at=time(9), zone=LA, after=after, until=now)
    plans = [
        Plan(kind="k", occasion=slot.occasion, recipient="U1", due_at=slot.at) for slot in slots
    ]
    return plan(session, plans, now=now)


@pytest.fixture
def series(loaded):
    def run(*moments):
        planned = []
        for moment in moments:
            with transaction(loaded, task_force_id=1) as session:
                planned.append(tick(session, moment))
        return planned

    return run


NINE = utc(2026, 3, 2, 17)


def test_a_new_series_plans_nothing_of_the_past(series):
    assert series(NINE + HOUR, NINE + DAY) == [0, 1]


def test_a_clock_set_back_an_hour_plans_nothing_twice(series):
    assert series(NINE - HOUR, NINE, NINE - HOUR, NINE - HOUR / 2, NINE, NINE + DAY) == [0, 1, 0, 0, 0, 1]  # fmt: skip


def test_a_clock_set_forth_an_hour_and_back_plans_nothing_twice_and_loses_nothing(series):
    assert series(NINE - 2 * HOUR, NINE - HOUR, NINE, NINE - HOUR, NINE, NINE + DAY) == [0, 0, 1, 0, 0, 1]  # fmt: skip


def test_after_days_of_downtime_each_slot_is_planned(series):
    assert series(NINE - HOUR, NINE + 3 * DAY) == [0, 4]


def test_ten_ticks_at_once_plan_a_slot_once(loaded_url):
    database = open_database(loaded_url, busy_seconds=10)
    with transaction(database, task_force_id=1) as session:
        tick(session, NINE - HOUR)

    def work(_, opened):
        with transaction(opened, task_force_id=1) as session:
            return tick(session, NINE)

    results = at_once(loaded_url, database, work, workers=10)
    with transaction(database, task_force_id=1) as session:
        total = sum(counts(session).values())
    database.dispose()
    assert (sorted(results), total) == ([0] * 9 + [1], 1)
