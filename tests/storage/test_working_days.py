from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest

from storage.recurrence import working_day
from storage.working_days import next_working_moment, working_days

CALIFORNIA = "US-CA"
PACIFIC = ZoneInfo("America/Los_Angeles")


@pytest.mark.parametrize(
    ("day", "working"),
    [
        (date(2026, 3, 6), True),  # Friday
        (date(2026, 3, 7), False),
        (date(2026, 3, 8), False),
        (date(2026, 3, 31), False),  # Cesar Chavez Day, of California
        (date(2026, 7, 3), False),  # Independence Day, observed
        (date(2026, 11, 27), False),  # the day after Thanksgiving, of California
        (date(2027, 12, 31), False),  # New Year's Day of 2028, observed
        (date(2026, 12, 24), True),
        (date(2026, 12, 25), False),
    ],
)
def test_weekends_and_holidays_are_no_working_days(day, working):
    assert working_day(CALIFORNIA, day) is working


def test_other_places_have_other_holidays():
    assert working_day("US-NY", date(2026, 3, 31))
    assert working_day("", date(2026, 12, 25))


def test_both_ends_of_a_span_are_in_it():
    assert working_days(date(2026, 3, 6), date(2026, 3, 9), calendar=CALIFORNIA) == (
        date(2026, 3, 6),
        date(2026, 3, 9),
    )
    assert working_days(date(2026, 3, 7), date(2026, 3, 8), calendar=CALIFORNIA) == ()
    assert working_days(date(2026, 3, 9), date(2026, 3, 6), calendar=CALIFORNIA) == ()


@pytest.mark.parametrize(
    ("now", "then"),
    [
        ("2026-03-06T08:59", "2026-03-06T09:00"),
        ("2026-03-06T09:00", "2026-03-06T09:00"),
        ("2026-03-06T16:59", "2026-03-06T16:59"),
        ("2026-03-06T17:00", "2026-03-09T09:00"),  # over a weekend on which clocks change
        ("2026-03-07T12:00", "2026-03-09T09:00"),
        ("2026-11-25T17:00", "2026-11-30T09:00"),  # Thanksgiving
        ("2026-12-31T18:00", "2027-01-04T09:00"),
    ],
)
def test_the_next_moment_at_which_somebody_is_at_their_desk(now, then):
    asked, expected = (datetime.fromisoformat(each).replace(tzinfo=PACIFIC) for each in (now, then))

    found = next_working_moment(asked.astimezone(UTC), PACIFIC, calendar=CALIFORNIA)

    assert found == expected
    assert found.tzinfo is UTC
