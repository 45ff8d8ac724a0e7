"""
When series meet. The judge is a plain loop over the days, and lists written by hand.
"""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import holidays
import pytest
from hypothesis import given
from hypothesis import strategies as st

from storage.errors import RuleError, UnknownHolidaysError
from storage.models import HolidayPolicy
from storage.recurrence import (
    AMERICAN,
    Different,
    Happening,
    Plan,
    Rule,
    check_holidays,
    expand,
    holiday,
    originals,
    utc,
)
from tests.storage.plain_calendar import calendar, every_day, meets

LA = "America/Los_Angeles"
DAYS = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")
# As the county's offices would mark them on a wall calendar.
CALIFORNIA_2026 = {
    "01-01", "01-19", "02-15", "02-16", "03-31", "05-25", "06-19", "07-03", "07-04", "09-07",
    "11-08", "11-11", "11-26", "11-27", "12-25",
}  # fmt: skip


def plan(starts_on, rule="", *, at="10:00", **values):
    return Plan(
        starts_on=starts_on and date.fromisoformat(starts_on),
        starts_at=time.fromisoformat(at),
        minutes=60,
        zone=LA,
        rule=rule,
        **values,
    )


def dates(found):
    return [f"{each.starts:%m-%d}" for each in found if each.state in {"on", "moved"}]


rules = st.one_of(
    st.just(""),
    st.builds(
        lambda every, days: f"FREQ=WEEKLY;INTERVAL={every};BYDAY={','.join(days)}",
        st.integers(1, 5),
        st.lists(st.sampled_from(DAYS), min_size=1, max_size=3, unique=True),
    ),
    st.builds(
        lambda every, days: (
            f"FREQ=MONTHLY;INTERVAL={every};BYDAY={','.join(f'{n}{d}' for n, d in days)}"
        ),
        st.integers(1, 13),
        st.lists(
            st.tuples(st.sampled_from([1, 2, 3, 4, 5, -1]), st.sampled_from(DAYS)),
            min_size=1,
            max_size=3,
            unique=True,
        ),
    ),
)
plans = st.builds(
    Plan,
    starts_on=st.dates(date(2024, 1, 1), date(2027, 12, 31)),
    starts_at=st.times().map(lambda at: at.replace(second=0, microsecond=0)),
    minutes=st.integers(15, 600),
    zone=st.sampled_from([LA, "UTC", "Europe/Berlin", "Asia/Tokyo", "America/Phoenix"]),
    rule=rules,
    ends_on=st.none() | st.dates(date(2025, 1, 1), date(2029, 12, 31)),
    on_holiday=st.sampled_from(HolidayPolicy),
    holidays=st.sampled_from(["", "US-CA", "US", "DE-BY", "JP"]),
)


@given(plans, st.dates(date(2025, 1, 1), date(2028, 1, 1)), st.integers(0, 500))
def test_the_days_are_those_a_plain_loop_over_the_calendar_finds(plan, first, length):
    last = first + timedelta(days=length)

    found = originals(plan, first=first, last=last)

    assert list(found) == [day for day in every_day(first, last) if meets(plan, day)]


@given(plans, st.dates(date(2025, 1, 1), date(2028, 1, 1)), st.integers(0, 400), st.data())
def test_what_holidays_and_people_make_of_them_is_what_the_loop_finds(plan, first, length, data):
    last = first + timedelta(days=length)
    days = list(originals(plan, first=first, last=last))
    changed = data.draw(st.lists(st.sampled_from(days), unique=True, max_size=4)) if days else []
    different, said = {}, {}
    for number, day in enumerate(changed):
        key = plan.key(day)
        state = data.draw(st.sampled_from(["set", "skipped", "cancelled"]))
        # Each to a day of its own, as forms see to it; on another, or at the old time.
        to = data.draw(st.none() | st.just(key + timedelta(hours=200 + number)))
        different[key] = Different(state=state, starts=to)
        shown = state if state != "set" else "moved" if to else "on"
        said[key] = (shown, to or key)
    off = set()
    if plan.holidays:
        country, _, part = plan.holidays.partition("-")
        years = range(first.year - 1, last.year + 2)
        off = set(holidays.country_holidays(country, subdiv=part or None, years=years))

    wide = timedelta(days=60)
    found = expand(plan, different, first=first - wide, last=last + wide)

    inside = {each.key: each for each in found if first <= each.key.date() <= last}
    judged = calendar(plan, off, first, last, said)
    assert {key: (each.starts, each.state) for key, each in inside.items()} == judged


@given(plans, st.dates(date(2025, 6, 1), date(2027, 6, 1)), st.integers(0, 60))
def test_a_window_changes_nothing_of_what_is_in_it(plan, first, length):
    last = first + timedelta(days=length)
    wide = expand(plan, {}, first=first - timedelta(days=200), last=last + timedelta(days=200))

    found = expand(plan, {}, first=first, last=last)

    assert list(found) == [each for each in wide if first <= each.starts.date() <= last]


@given(plans)
def test_holidays_never_let_a_series_meet_twice_on_a_day(plan):
    found = expand(plan, {}, first=date(2026, 1, 1), last=date(2027, 12, 31))

    days = [each.starts.date() for each in found if each.state in {"on", "moved"}]
    assert len(days) == len(set(days))


@pytest.mark.parametrize(
    ("starts_on", "rule", "said"),
    [
        ("2026-01-13", "FREQ=MONTHLY;BYDAY=2TU", "01-13 02-10 03-10 04-14 05-12 06-09"),
        ("2026-01-30", "FREQ=MONTHLY;BYDAY=-1FR", "01-30 02-27 03-27 04-24 05-29 06-26"),
        ("2026-01-27", "FREQ=MONTHLY;INTERVAL=3;BYDAY=4TU", "01-27 04-28"),
        ("2026-05-06", "FREQ=WEEKLY;BYDAY=WE", "05-06 05-13 05-20 05-27 06-03 06-10 06-17 06-24"),
        ("2026-05-06", "FREQ=WEEKLY;INTERVAL=2;BYDAY=WE", "05-06 05-20 06-03 06-17"),
        ("2026-01-29", "FREQ=MONTHLY;BYDAY=5TH", "01-29 04-30"),
        ("2026-02-17", "", "02-17"),
    ],
)
def test_what_forms_offer_meets_as_on_a_wall_calendar(starts_on, rule, said):
    found = expand(plan(starts_on, rule), {}, first=date(2026, 1, 1), last=date(2026, 6, 30))

    assert " ".join(dates(found)) == said


def test_the_holidays_of_california_are_those_on_the_wall():
    marked = {
        f"{day:%m-%d}" for day in every_day(date(2026, 1, 1), date(2026, 12, 31)) if holiday("US-CA", day)
    }  # fmt: skip

    assert marked == CALIFORNIA_2026


@pytest.mark.parametrize(
    ("policy", "said"),
    [("skip", "11-19 12-03"), ("earlier", "11-19 11-25 12-03"), ("later", "11-19 11-30 12-03")],
)
def test_thanksgiving_skips_or_moves_a_thursday(policy, said):
    thursdays = plan(
        "2026-11-05",
        "FREQ=WEEKLY;BYDAY=TH",
        holidays="US-CA",
        on_holiday=HolidayPolicy(policy),
    )

    found = expand(thursdays, {}, first=date(2026, 11, 15), last=date(2026, 12, 5))

    assert " ".join(dates(found)) == said


def test_a_holiday_moves_nothing_to_a_day_on_which_the_series_meets_anyway():
    twice = plan(
        "2026-09-01",
        "FREQ=WEEKLY;BYDAY=MO,TU",
        holidays="US-CA",
        on_holiday=HolidayPolicy.LATER,
    )

    found = expand(twice, {}, first=date(2026, 9, 6), last=date(2026, 9, 12))

    monday, tuesday = (datetime.fromisoformat(f"2026-09-{day}T10:00") for day in ("07", "08"))
    assert found == (
        Happening(key=monday, starts=monday, state="skipped", holiday="Labor Day", clash=True),
        Happening(key=tuesday, starts=tuesday, state="on"),
    )


def test_of_two_that_a_holiday_would_move_to_one_day_the_first_is():
    both = plan(
        "2026-11-05",
        "FREQ=WEEKLY;BYDAY=TH,FR",
        holidays="US-CA",
        on_holiday=HolidayPolicy.LATER,
    )

    found = expand(both, {}, first=date(2026, 11, 23), last=date(2026, 12, 1))

    assert [(f"{each.key:%m-%d}", f"{each.starts:%m-%d}", each.state) for each in found] == [
        ("11-27", "11-27", "skipped"),
        ("11-26", "11-30", "moved"),
    ]


def test_what_people_say_of_a_meeting_comes_before_any_holiday():
    thursdays = plan("2026-11-05", "FREQ=WEEKLY;BYDAY=TH", holidays="US-CA")
    key = datetime.fromisoformat("2026-11-26T10:00")

    found = expand(thursdays, {key: Different(state="set")}, first=key.date(), last=key.date())

    assert found == (Happening(key=key, starts=key, state="on"),)


@pytest.mark.parametrize(
    ("local", "instant"),
    [
        # Clocks go from 02:00 to 03:00 on 2026-03-08: 02:30 is not there, and is read as 03:30.
        ("2026-03-08T01:30", "2026-03-08T09:30"),
        ("2026-03-08T02:30", "2026-03-08T10:30"),
        ("2026-03-08T03:30", "2026-03-08T10:30"),
        # And from 02:00 to 01:00 on 2026-11-01: 01:30 is there twice, and is the first.
        ("2026-11-01T00:30", "2026-11-01T07:30"),
        ("2026-11-01T01:30", "2026-11-01T08:30"),
        ("2026-11-01T02:30", "2026-11-01T10:30"),
        # 10:00 stays 10:00.
        ("2026-03-07T10:00", "2026-03-07T18:00"),
        ("2026-03-08T10:00", "2026-03-08T17:00"),
        ("2026-10-31T10:00", "2026-10-31T17:00"),
        ("2026-11-01T10:00", "2026-11-01T18:00"),
    ],
)
def test_a_wall_time_on_the_nights_when_clocks_change(local, instant):
    assert utc(datetime.fromisoformat(local), LA) == datetime.fromisoformat(instant + "+00:00")


def test_ten_stays_ten_over_both_changes():
    weekly = plan("2026-01-04", "FREQ=WEEKLY;BYDAY=SU")

    found = expand(weekly, {}, first=date(2026, 1, 1), last=date(2026, 12, 31))

    seen = {utc(each.starts, LA).astimezone(ZoneInfo(LA)).time() for each in found}
    assert seen == {time(10)}
    assert {utc(each.starts, LA).astimezone(UTC).hour for each in found} == {17, 18}


@pytest.mark.parametrize(
    "text",
    [
        "FREQ=DAILY", "FREQ=WEEKLY", "FREQ=WEEKLY;BYDAY=2TU", "FREQ=MONTHLY;BYDAY=TU",
        "FREQ=MONTHLY;BYDAY=6TU", "FREQ=WEEKLY;BYDAY=TU;COUNT=3", "FREQ=WEEKLY;INTERVAL=0;BYDAY=TU",
        "FREQ=WEEKLY;INTERVAL=25;BYDAY=TU", "FREQ=WEEKLY;BYDAY=XX", "x",
        "FREQ=WEEKLY;BYDAY=TU\nATTENDEE:x",
    ],
)  # fmt: skip
def test_any_other_rule_is_refused(text):
    with pytest.raises(RuleError):
        Rule.read(text)


@given(rules.filter(bool))
def test_a_rule_is_written_as_it_is_read(text):
    assert str(Rule.read(str(Rule.read(text)))) == str(Rule.read(text))


def test_a_calendar_of_holidays_that_nobody_knows_is_refused():
    check_holidays("US-CA")
    check_holidays("")
    for calendar_name in ("XX", "US-XX", "us ca"):
        with pytest.raises(UnknownHolidaysError):
            check_holidays(calendar_name)


def test_the_calendars_that_are_known_without_looking_are_there():
    new_year = date(2026, 1, 1)

    assert {holiday(each, new_year) for each in AMERICAN} == {"New Year's Day"}


def test_what_has_no_date_yet_never_meets():
    assert expand(plan(None), {}, first=date.min, last=date.max) == ()


@given(
    starts_on=st.dates(date(2020, 1, 1), date(2022, 12, 31)),
    interval=st.integers(1, 24),
    days=st.sets(st.sampled_from(DAYS), min_size=1, max_size=3),
    nth=st.sampled_from([0, 1, 2, 4, 5, -1]),
    ahead=st.integers(-10, 2000),
    wide=st.integers(0, 90),
)
def test_years_later_it_meets_on_the_days_that_counting_from_the_start_gives(
    starts_on, interval, days, nth, ahead, wide
):
    byday = ",".join(sorted(f"{nth or ''}{day}" for day in days))
    freq = "MONTHLY" if nth else "WEEKLY"
    every = Plan(starts_on=starts_on, starts_at=time(10), minutes=60, zone=LA, rule=f"FREQ={freq};INTERVAL={interval};BYDAY={byday}")  # fmt: skip
    first = starts_on + timedelta(ahead)
    last = first + timedelta(wide)

    found = originals(every, first=first, last=last)

    whole = originals(every, first=starts_on, last=last)
    assert found == tuple(day for day in whole if day >= first)
    assert found == tuple(day for day in every_day(first, last) if meets(every, day))
