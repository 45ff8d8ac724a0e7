from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from sqlmodel import update

from storage.claims import claim
from storage.deliveries import Plan, Priority, plan
from storage.models import Preference as PreferenceRow
from storage.preferences import (
    EVERY_KIND,
    Preference,
    QuietHours,
    QuietHoursError,
    prefer,
    preference,
    quiet_hours,
    quiet_people,
)
from storage.session import transaction

LA = ZoneInfo("America/Los_Angeles")
NIGHT = QuietHours(start=time(21), end=time(7), zone=LA)
SECOND = timedelta(seconds=1)


@pytest.fixture
def session(loaded):
    with transaction(loaded, task_force_id=1) as session:
        yield session


def local(*moment, fold=0):
    return datetime(*moment, tzinfo=LA, fold=fold).astimezone(UTC)


@pytest.mark.parametrize(
    ("now", "over"),
    [
        (local(2026, 3, 2, 20, 59), None),
        (local(2026, 3, 2, 21), local(2026, 3, 3, 7)),
        (local(2026, 3, 3, 3), local(2026, 3, 3, 7)),
        (local(2026, 3, 3, 6, 59), local(2026, 3, 3, 7)),
        (local(2026, 3, 3, 7), None),
        (local(2026, 3, 7, 22), local(2026, 3, 8, 7)),  # the night clocks go forward
        (local(2026, 10, 31, 22), local(2026, 11, 1, 7)),  # and back
    ],
)
def test_quiet_hours_run_over_midnight_and_over_clock_changes(now, over):
    assert NIGHT.over_at(now) == over


def test_quiet_hours_that_end_in_a_doubled_hour_end_at_the_first():
    quiet = QuietHours(start=time(21), end=time(1, 30), zone=LA)

    assert quiet.over_at(local(2026, 11, 1, 1, 15)) == local(2026, 11, 1, 1, 30)
    assert quiet.over_at(local(2026, 11, 1, 1, 15, fold=1)) is None


def test_quiet_hours_without_an_end_are_refused():
    with pytest.raises(QuietHoursError, match="21:00"):
        QuietHours(start=time(21), end=time(21), zone=LA)


def test_what_a_person_prefers_is_kept_by_kind(session):
    prefer(session, "U1", Preference(muted=True), kind="news")
    prefer(session, "U1", Preference(quiet=NIGHT), kind=EVERY_KIND)

    assert preference(session, "U1", kind="news") == Preference(muted=True, quiet=NIGHT)
    assert preference(session, "U1", kind="meeting") == Preference(quiet=NIGHT)
    assert preference(session, "U2", kind="news") == Preference()
    prefer(session, "U1", Preference(), kind="news")
    assert preference(session, "U1", kind="news") == Preference(quiet=NIGHT)


def test_in_quiet_hours_a_delivery_waits_for_their_end_and_an_emergency_does_not(session):
    night, morning = local(2026, 3, 2, 23), local(2026, 3, 3, 7)
    prefer(session, "U1", Preference(quiet=NIGHT), kind=EVERY_KIND)
    plan(
        session,
        [
            Plan(kind="meeting", occasion="1", recipient="U1", due_at=night),
            Plan(
                kind="alarm",
                occasion="1",
                recipient="U1",
                due_at=night,
                priority=Priority.EMERGENCY,
            ),
        ],
        now=night,
    )

    def kinds(now):
        room = dict.fromkeys(Priority, 9)
        found = claim(session, holder="x", now=now, lease=timedelta(minutes=1), room=room)
        return [each.kind for each in found.deliveries]

    assert [kinds(night), kinds(morning - SECOND), kinds(morning)] == [["alarm"], [], ["meeting"]]


def test_a_zone_that_is_unknown_here_is_the_county_s_and_stops_nobody(session):
    prefer(session, "U1", Preference(quiet=NIGHT), kind=EVERY_KIND)
    session.exec(update(PreferenceRow).values(zone="Mars/Base"))
    evening = local(2026, 3, 2, 22)
    plans = [Plan(kind="k", occasion="1", recipient=f"U{n}", due_at=evening) for n in (1, 2)]
    plan(session, plans, now=evening)
    room = dict.fromkeys(Priority, 9)

    assert preference(session, "U1", kind="k").quiet == NIGHT  # the county's zone
    taken = claim(session, holder="x", now=evening, lease=SECOND, room=room).deliveries
    assert [each.recipient for each in taken] == ["U2"]


def test_the_quiet_hours_that_anybody_has_are_known_without_asking_whose(session):
    day = QuietHours(start=time(8), end=time(9), zone=LA)
    for number, (kind, quiet) in enumerate([(EVERY_KIND, NIGHT), (EVERY_KIND, NIGHT), ("test", day), ("other", QuietHours(start=time(1), end=time(2), zone=LA))]):  # fmt: skip
        prefer(session, f"U{number}", Preference(quiet=quiet), kind=kind)
    prefer(session, "U9", Preference(muted=True), kind=EVERY_KIND)

    assert quiet_hours(session, kind="test") == {NIGHT, day}
    assert quiet_hours(session, kind="test") >= set(quiet_people(session, kind="test").values())
