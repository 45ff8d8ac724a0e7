"""
Which processes run is known by what they say of themselves.
"""

from datetime import timedelta

import pytest

from storage.processes import beat, end, forget_silent, processes, running
from storage.session import transaction, unscoped_reading

EVERY = timedelta(seconds=15)


@pytest.fixture
def session(two):
    with transaction(two, task_force_id=1) as session:
        yield session


def heard(session, name, now):
    beat(session, name=name, started_at=now, every=EVERY, now=now)


def test_a_process_is_one_row_however_often_it_says_that_it_is_there(session, now):
    later = now + EVERY

    heard(session, "desk:1", now)
    beat(session, name="desk:1", started_at=later, every=EVERY, now=later)

    [found] = processes(session)
    assert (found.name, found.started_at, found.ticked_at, found.every) == (
        "desk:1",
        now,
        later,
        EVERY,
    )


@pytest.mark.parametrize(("seconds", "runs"), [(60, True), (60.001, False)])
def test_a_process_that_missed_three_times_and_a_little_more_is_silent(session, now, seconds, runs):
    heard(session, "desk:1", now)

    found = running(session, now=now + timedelta(seconds=seconds))

    assert bool(found) is runs


def test_one_that_ended_as_it_should_is_not_there_any_more(session, now):
    heard(session, "desk:1", now)
    heard(session, "desk:2", now)

    end(session, name="desk:1")

    assert [each.name for each in processes(session)] == ["desk:2"]


@pytest.mark.parametrize(("seconds", "left"), [(0, 1), (1, 0)])
def test_what_is_silent_for_a_day_is_forgotten(session, now, seconds, left):
    heard(session, "desk:1", now)

    gone = forget_silent(session, now=now + timedelta(days=1, seconds=seconds))

    assert (gone, len(processes(session))) == (1 - left, left)


def test_processes_of_each_task_force_are_seen_where_none_is_named(two, now):
    for id in (1, 2):
        with transaction(two, task_force_id=id) as session:
            heard(session, f"desk:{id}", now)
            assert [each.name for each in processes(session)] == [f"desk:{id}"]

    with unscoped_reading(two) as session:
        assert {each.name for each in processes(session)} == {"desk:1", "desk:2"}
