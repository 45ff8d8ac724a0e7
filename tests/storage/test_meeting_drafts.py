"""
What a coordinator filled in, until they have seen the dates; on both engines.
"""

from datetime import date, time, timedelta

import pytest

from storage.errors import FirstDateError, StaleError
from storage.meeting_drafts import Draft, drop_draft, find_draft, keep_draft, save_draft
from storage.meeting_edits import skip
from storage.meetings import all_series, read_key
from storage.models import HolidayPolicy
from storage.recurrence import Plan

CORA, COLE = ({"team_id": "T1", "user_id": user_id} for user_id in ("U0CORA", "U0COLE"))
DRAFT = Draft(
    group="collaborative:httf",
    name="HTTF",
    plan=Plan(
        starts_on=date(2026, 3, 10),
        starts_at=time(10),
        minutes=90,
        zone="America/Los_Angeles",
        rule="FREQ=MONTHLY;BYDAY=2TU",
        ends_on=date(2027, 6, 30),
        on_holiday=HolidayPolicy.LATER,
        holidays="US-CA",
    ),
    place="Room 1",
    link="https://meet.example.org/a",
    since=date(2026, 4, 14),
)


def test_a_draft_is_kept_as_it_was_filled_in_one_a_person(session, now):
    first = keep_draft(session, DRAFT, **CORA, now=now)
    other = keep_draft(session, DRAFT, **COLE, now=now)
    second = keep_draft(session, DRAFT, **CORA, now=now)

    assert len({first, other, second}) == 3
    assert find_draft(session, **CORA) == (second, DRAFT)
    assert drop_draft(session, **CORA)
    assert not drop_draft(session, **CORA)
    assert find_draft(session, **COLE) == (other, DRAFT)


def test_a_draft_that_nobody_saves_is_not_kept_for_ever(session, now):
    keep_draft(session, DRAFT, **CORA, now=now)

    keep_draft(session, DRAFT, **COLE, now=now + timedelta(days=8))

    assert find_draft(session, **CORA) is None


def test_a_draft_without_a_date_that_fits_is_refused(session, now):
    plan = Plan(**{**vars(DRAFT.plan), "starts_on": date(2026, 3, 11)})

    with pytest.raises(FirstDateError):
        keep_draft(session, Draft(**{**vars(DRAFT), "plan": plan}), **CORA, now=now)


def test_a_draft_becomes_a_series_or_a_change_of_one(session, now):
    made = save_draft(session, DRAFT, plain=False, **CORA, now=now)
    assert (made.plan, made.place, made.group) == (DRAFT.plan, "Room 1", "collaborative:httf")

    change = Draft(**{**vars(DRAFT), "series_id": made.id, "version": 1, "place": "Room 2"})
    after = save_draft(session, change, plain=False, **CORA, now=now)

    assert (after.follows_id, after.place) == (made.id, "Room 2")
    assert len(all_series(session)) == 6


def test_a_draft_of_what_has_changed_meanwhile_is_not_saved(session, now):
    made = save_draft(session, DRAFT, plain=False, **CORA, now=now)
    skip(session, made.id, key=read_key("2026-05-12T10:00"), version=1, by="U0COLE", now=now)

    change = Draft(**{**vars(DRAFT), "series_id": made.id, "version": 1})
    with pytest.raises(StaleError):
        save_draft(session, change, plain=False, **CORA, now=now)
