"""
Broadcasts and their audiences: each once, to whoever they are for by then.
"""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlmodel import select

from storage import models
from storage.audiences import COORDINATORS, EVERYBODY, SEATED, YOURS, choices, labels, resolve
from storage.audit import entries
from storage.broadcast_approvals import (
    approve,
    decline,
    needs_approval,
    release,
    set_approval_above,
)
from storage.broadcast_progress import acknowledge, progress, readers
from storage.broadcast_reminders import remind, send_test
from storage.broadcast_runs import finish_done, next_time, start_due
from storage.broadcast_stops import abort, pause, resume
from storage.broadcasts import EMERGENCY, Broadcast, BroadcastState, Draft, find_broadcast, save
from storage.deliveries import DeliveryState, in_states
from storage.errors import MovedOnError, OwnBroadcastError, UnknownBroadcastError
from storage.people import RoleName, grant
from storage.reports import send_again
from storage.seats import groups
from storage.session import reading, transaction
from tests.storage.telling import appoint, drafted, planned, seat, sent, settle

CALIFORNIA = ZoneInfo("America/Los_Angeles")


@pytest.fixture
def session(loaded, now):
    with transaction(loaded, task_force_id=1) as session:
        appoint(session, now, "U7", "U8", "U9")
        yield session


def two_groups(session):
    every = groups(session)
    first = every[0]
    other = next(each for each in every if each.collaborative != first.collaborative) if len({each.collaborative for each in every}) > 1 else None  # fmt: skip
    part = next(each for each in every if each.ref.startswith("subcommittee"))
    return first, part, other


def test_an_audience_is_whoever_is_in_any_of_it_once(session, now):
    first, part, _ = two_groups(session)
    seat(session, now, "U1", refs=(first.ref, part.ref))
    seat(session, now, "U2", refs=(part.ref,))
    seat(session, now, "U3")

    found = resolve(session, (first.ref, part.ref, "agency:nowhere"))

    assert set(found.people) == {"U1", "U2"}
    assert found.people["U1"] == (first.ref, part.ref)
    assert set(resolve(session, (EVERYBODY,)).people) == {"U1", "U2", "U3"}


def test_a_collaborative_is_its_subcommittees_too(session, now):
    _first, part, _ = two_groups(session)
    seat(session, now, "U1", refs=(part.ref,))
    whole = f"collaborative:{part.collaborative}"

    assert set(resolve(session, (whole,)).people) == {"U1"}


def test_an_audience_can_be_narrowed_to_roles(session, now):
    first, *_ = two_groups(session)
    seat(session, now, "U1", refs=(first.ref,))
    seat(session, now, "U2")
    grant(session, team_id="T1", user_id="U2", role=RoleName.COORDINATOR, granted_by="x", now=now)

    assert set(resolve(session, (EVERYBODY,), only=(SEATED,)).people) == {"U1"}
    assert set(resolve(session, (EVERYBODY,), only=(COORDINATORS,)).people) == {"U2"}
    assert set(resolve(session, (EVERYBODY,), only=(COORDINATORS, SEATED)).people) == {"U1", "U2"}


def test_agencies_and_services_are_audiences(session, now):
    seat(session, now, "U1", organization=1)
    seat(session, now, "U2", organization=2)
    key = session.exec(select(models.Organization.key).where(models.Organization.id == 2)).one()
    service = session.exec(select(models.Service)).first()
    session.add(models.Offering(organization_id=1, service_id=service.id, said_by="U1", said_at=now))  # fmt: skip
    session.flush()

    assert set(resolve(session, (f"agency:{key}",)).people) == {"U2"}
    assert set(resolve(session, (f"service:{service.key}",)).people) == {"U1"}
    assert {f"agency:{key}", f"service:{service.key}"} <= {each.ref for each in choices(session)}


def test_who_sits_in_a_group_of_the_coordinators_is_not_said_to_others(session, now):
    hidden = next((each for each in groups(session) if each.for_coordinators), None)
    if hidden is None:
        row = session.exec(select(models.Subcommittee)).first()
        row.roster = "coordinators"
        session.flush()
        hidden = next(each for each in groups(session) if each.for_coordinators)

    assert labels(session, (hidden.ref,), for_all=True) == (YOURS,)
    assert labels(session, (hidden.ref,), for_all=False) != (YOURS,)


@pytest.mark.parametrize(("above", "needed"), [(2, False), (1, True)])
def test_more_people_than_one_may_reach_alone_need_a_second(session, now, above, needed):
    first, *_ = two_groups(session)
    for user_id in ("U1", "U2"):
        seat(session, now, user_id, refs=(first.ref,))
    set_approval_above(session, above, by="UA", now=now)

    found = drafted(session, now, first.ref)

    assert needs_approval(session, found) is needed
    assert needs_approval(session, drafted(session, now, EVERYBODY)) is True
    assert needs_approval(session, drafted(session, now, EVERYBODY, kind=EMERGENCY)) is False


def test_nobody_approves_their_own_and_one_approval_counts(session, now):
    seat(session, now, "U1")
    found = drafted(session, now)
    release(session, found.number, by="U9", version=1, now=now)

    with pytest.raises(OwnBroadcastError):
        approve(session, found.number, by="U9", version=1, now=now)
    approve(session, found.number, by="U8", version=1, now=now)
    for late in (
        lambda: approve(session, found.number, by="U7", version=1, now=now),
        lambda: decline(session, found.number, by="U7", version=1, reason="x", now=now),
        lambda: release(session, found.number, by="U9", version=1, now=now),
    ):
        with pytest.raises(MovedOnError):
            late()


def test_a_change_takes_an_approval_back(session, now):
    seat(session, now, "U1")
    found = drafted(session, now)
    release(session, found.number, by="U9", version=1, now=now)
    approve(session, found.number, by="U8", version=1, now=now)

    draft = Draft(text="Other.", audience=(EVERYBODY,))
    changed = save(session, draft, team_id="T1", sender="U9", now=now, number=found.number)

    assert (changed.state, changed.version, changed.approved_by) == (BroadcastState.DRAFT, 2, None)
    assert start_due(session, now=now) == ()
    with pytest.raises(UnknownBroadcastError):
        save(session, draft, team_id="T1", sender="U8", now=now, number=found.number)


def test_it_goes_to_whoever_it_is_for_when_it_starts(session, now):
    seat(session, now, "U1")
    found = drafted(session, now)
    release(session, found.number, by="U9", version=1, now=now)
    approve(session, found.number, by="U8", version=1, now=now)
    seat(session, now, "U2")

    start_due(session, now=now)
    start_due(session, now=now)

    assert planned(session) == ["U1", "U2"]


def test_in_two_processes_at_once_it_starts_once(loaded, now):
    with transaction(loaded, task_force_id=1) as session:
        appoint(session, now, "U8")
        seat(session, now, "U1")
        found = drafted(session, now)
        release(session, found.number, by="U9", version=1, now=now)
        approve(session, found.number, by="U8", version=1, now=now)

    def start(_):
        with transaction(loaded, task_force_id=1) as session:
            return len(start_due(session, now=now))

    with ThreadPoolExecutor(2) as threads:
        assert sorted(threads.map(start, range(2))) == [0, 1]
    with reading(loaded, task_force_id=1) as session:
        assert planned(session) == ["U1"]


def somebody_waits(database):
    with database.reads.connect() as connection:
        waiting = connection.exec_driver_sql(
            "SELECT count(*) FROM pg_stat_activity"
            " WHERE datname = current_database() AND wait_event_type = 'Lock'"
        )
        return waiting.scalar_one() > 0


def test_in_two_processes_at_once_it_ends_once(loaded, now):
    with transaction(loaded, task_force_id=1) as session:
        appoint(session, now, "U8")
        seat(session, now, "U1")
        sent(session, now)
        settle(session, now)

    def finish():
        with transaction(loaded, task_force_id=1) as session:
            return len(finish_done(session, now=now))

    with ThreadPoolExecutor(1) as threads:
        with transaction(loaded, task_force_id=1) as session:
            assert len(finish_done(session, now=now)) == 1
            other = threads.submit(finish)
            if loaded.dialect == "postgresql":  # on SQLite the other does not even begin
                while not (other.done() or somebody_waits(loaded)):
                    pass
        assert other.result() == 0


@pytest.mark.parametrize("move", [pause, abort])
def test_what_is_not_on_its_way_can_be_stopped(session, now, move):
    seat(session, now, "U1")
    found = sent(session, now)

    move(session, found.number, by="U9", now=now)

    (delivery,) = in_states(session, tuple(DeliveryState), limit=9)
    if move is pause:
        assert delivery.next_attempt_at > now + timedelta(days=1000)
        resume(session, found.number, by="U9", now=now)
        (delivery,) = in_states(session, (DeliveryState.PLANNED,), limit=9)
        assert delivery.next_attempt_at == now
    else:
        assert delivery.state is DeliveryState.SKIPPED
        with pytest.raises(MovedOnError):
            abort(session, found.number, by="U9", now=now)


def test_a_run_ends_once_nothing_of_it_is_to_be_sent(session, now):
    seat(session, now, "U1")
    found = sent(session, now)
    assert finish_done(session, now=now) == ()

    settle(session, now)

    assert len(finish_done(session, now=now)) == 1
    assert find_broadcast(session, found.number).state is BroadcastState.SENT
    assert progress(session, found).sent == 1


def test_reading_is_said_once_and_only_by_readers(session, now):
    seat(session, now, "U1")
    found = sent(session, now, wants_ack=True)

    assert acknowledge(session, found.number, user_id="U1", now=now) is True
    assert acknowledge(session, found.number, user_id="U1", now=now) is False
    assert acknowledge(session, found.number, user_id="U5", now=now) is False
    assert [each.acknowledged_at for each in readers(session, found)] == [now]


def test_only_those_who_have_it_and_did_not_read_it_are_reminded(session, now):
    for user_id in ("U1", "U2"):
        seat(session, now, user_id)
    found = sent(session, now, wants_ack=True)
    assert remind(session, found.number, by="U9", now=now) == 0
    settle(session, now)
    acknowledge(session, found.number, user_id="U1", now=now)

    assert remind(session, found.number, by="U9", now=now) == 1
    assert remind(session, found.number, by="U9", now=now) == 0
    assert progress(session, found).people == 2

    with pytest.raises(MovedOnError):
        remind(session, sent(session, now).number, by="U9", now=now)


def test_a_test_goes_to_its_sender_alone(session, now):
    seat(session, now, "U1")
    found = drafted(session, now)

    assert send_test(session, found.number, by="U9", now=now) is True
    assert send_test(session, found.number, by="U9", now=now) is False

    assert planned(session) == ["U9"]
    with pytest.raises(UnknownBroadcastError):
        send_test(session, found.number, by="U8", now=now)


def test_each_step_is_in_the_audit_without_the_text(session, now):
    seat(session, now, "U1")
    found = sent(session, now)
    abort(session, found.number, by="U9", now=now)

    told = entries(session, limit=9, acts=["broadcast."])
    assert [each.act for each in told] == [
        "broadcast.aborted",
        "broadcast.sent",
        "broadcast.approved",
        "broadcast.asked",
    ]
    assert "Hello" not in str(told)


def test_another_task_force_sees_none_of_it(two, now):
    with transaction(two, task_force_id=1) as session:
        appoint(session, now, "U8")
        seat(session, now, "U1")
        number = sent(session, now).number

    with transaction(two, task_force_id=2) as session:
        with pytest.raises(UnknownBroadcastError):
            find_broadcast(session, number)
        assert resolve(session, (EVERYBODY,)).people == {}
        assert start_due(session, now=now) == ()


def repeating(first, repeat):
    return Broadcast(
        number=1,
        team_id="T1",
        sender="U9",
        draft=Draft(text="x", audience=(), send_at=first, repeat=repeat),
        run=1,
        state=BroadcastState.SENDING,
        version=1,
        people=0,
        approved_by=None,
        reason=None,
        corrections=(),
        drafted_at=first,
        started_at=first,
        ended_at=None,
    )


@pytest.mark.parametrize(
    ("repeat", "first", "after", "expected"),
    [
        ("daily", "2026-03-07 10:00", "2026-03-07 10:00", "2026-03-08 10:00"),  # DST begins
        ("weekly", "2026-10-30 10:00", "2026-10-30 10:00", "2026-11-06 10:00"),  # DST ends
        ("monthly", "2026-01-31 10:00", "2026-01-31 10:00", "2026-02-28 10:00"),
        ("monthly", "2026-01-31 10:00", "2026-02-28 10:00", "2026-03-31 10:00"),
        ("monthly", "2026-11-15 10:00", "2026-12-15 10:00", "2027-01-15 10:00"),
        ("daily", "2026-03-02 10:00", "2026-03-09 12:00", "2026-03-10 10:00"),  # after a downtime
    ],
)
def test_it_repeats_at_the_same_wall_time(repeat, first, after, expected):
    def local(text):
        return datetime.fromisoformat(text).replace(tzinfo=CALIFORNIA)

    found = next_time(repeating(local(first), repeat), after=local(after), zone=CALIFORNIA)

    assert found == local(expected)
    assert next_time(repeating(local(first), None), after=local(after), zone=CALIFORNIA) is None


@given(
    first=st.datetimes(datetime(2026, 1, 1), datetime(2027, 1, 1)),  # noqa: DTZ001 - made aware below
    days=st.integers(0, 400),
    repeat=st.sampled_from(["daily", "weekly", "monthly"]),
)
def test_the_next_time_is_later_and_on_the_same_clock(first, days, repeat):
    moment = first.replace(second=0, microsecond=0, tzinfo=UTC)
    after = moment + timedelta(days=days)

    found = next_time(repeating(moment, repeat), after=after, zone=CALIFORNIA)

    assert after < found <= after + timedelta(days=32)
    wall = moment.astimezone(CALIFORNIA)
    assert found.astimezone(CALIFORNIA).date() >= wall.date()
    assert (found.hour, found.minute) == (wall.hour, wall.minute)


def ran(session, now, found):
    """
    Let a run that is due begin, arrive and end.
    """
    start_due(session, now=now)
    settle(session, now)
    finish_done(session, now=now)
    return find_broadcast(session, found.number)


def test_what_repeats_monthly_keeps_to_the_day_of_its_first_run(session, now):
    seat(session, now, "U1")
    first = datetime(2026, 1, 31, 18, tzinfo=UTC)
    found = drafted(session, first - timedelta(days=1), send_at=first, repeat="monthly")
    release(session, found.number, by="U9", version=1, now=first - timedelta(days=1))
    approve(session, found.number, by="U8", version=1, now=first - timedelta(days=1))

    days = []
    for _ in range(3):
        after = ran(session, find_broadcast(session, found.number).draft.send_at, found)
        days.append(after.draft.send_at.astimezone(CALIFORNIA).strftime("%m-%d %H:%M"))

    assert days == ["02-28 10:00", "03-31 10:00", "04-30 10:00"]


def test_what_lasts_until_its_next_time_does_not_miss_it(session, now):
    seat(session, now, "U1")
    found = drafted(session, now, send_at=now + timedelta(hours=1), repeat="daily")
    release(session, found.number, by="U9", version=1, now=now)
    approve(session, found.number, by="U8", version=1, now=now)
    due = now + timedelta(hours=1)
    start_due(session, now=due)
    settle(session, due)

    finish_done(session, now=due + timedelta(days=1, seconds=2))

    assert find_broadcast(session, found.number).draft.send_at == due + timedelta(days=1)


def test_between_two_runs_the_last_one_is_what_can_be_looked_at(session, now):
    seat(session, now, "U1")
    found = drafted(session, now, repeat="daily", wants_ack=True)
    release(session, found.number, by="U9", version=1, now=now)
    approve(session, found.number, by="U8", version=1, now=now)

    after = ran(session, now, found)

    assert after.state is BroadcastState.SCHEDULED
    assert progress(session, after).sent == 1
    assert [each.user_id for each in readers(session, after)] == ["U1"]
    assert remind(session, found.number, by="U9", now=now) == 1


def test_a_change_after_a_run_is_another_broadcast(session, now):
    seat(session, now, "U1")
    found = drafted(session, now, repeat="daily")
    release(session, found.number, by="U9", version=1, now=now)
    approve(session, found.number, by="U8", version=1, now=now)
    ran(session, now, found)

    other = Draft(text="For others.", audience=(EVERYBODY,), repeat="daily")
    changed = save(session, other, team_id="T1", sender="U9", now=now, number=found.number)

    assert changed.number != found.number
    assert (changed.state, changed.started_at) == (BroadcastState.DRAFT, None)
    before = find_broadcast(session, found.number)
    assert (before.draft.text, before.state) == ("Hello.", BroadcastState.SENT)
    assert start_due(session, now=now + timedelta(days=2)) == ()


def test_one_that_has_grown_past_what_one_may_reach_alone_waits(session, now):
    first, *_ = two_groups(session)
    set_approval_above(session, 1, by="UA", now=now)
    seat(session, now, "U1", refs=(first.ref,))
    found = drafted(session, now, first.ref, send_at=now + timedelta(days=30))
    assert release(session, found.number, by="U9", version=1, now=now) is BroadcastState.SCHEDULED
    seat(session, now, "U2", refs=(first.ref,))
    due = now + timedelta(days=30)

    (moved,) = start_due(session, now=due)
    assert (moved.number, moved.state) == (found.number, BroadcastState.WAITING)
    assert planned(session) == []

    # Two days go by until somebody says yes: then it is sent, and not too late.
    approve(session, found.number, by="U8", version=1, now=due + timedelta(days=2))
    start_due(session, now=due + timedelta(days=2))
    every = in_states(session, (DeliveryState.PLANNED,), limit=9)
    assert {each.recipient for each in every} == {"U1", "U2"}
    assert all(each.useful_until > due + timedelta(days=2) for each in every)


def test_pressed_twice_nobody_is_reminded_twice(session, now):
    seat(session, now, "U1")
    found = sent(session, now, wants_ack=True)
    settle(session, now)
    minute = now.replace(second=59)

    assert remind(session, found.number, by="U9", now=minute) == 1
    assert remind(session, found.number, by="U9", now=minute + timedelta(seconds=2)) == 0
    settle(session, now)
    assert remind(session, found.number, by="U9", now=minute + timedelta(days=1)) == 1


def test_what_was_sent_again_is_counted_where_it_went(session, now):
    seat(session, now, "U1")
    found = sent(session, now, wants_ack=True)
    row = session.exec(select(models.Delivery)).one()
    row.state, row.settled_at = DeliveryState.UNKNOWN.value, now
    session.flush()
    send_again(session, row.id, by="U9", now=now)

    assert progress(session, found).waiting == 1
    settle_again = session.exec(select(models.Delivery).where(models.Delivery.again_of == row.id)).one()  # fmt: skip
    settle_again.state = DeliveryState.SENT.value
    session.flush()

    how = progress(session, found)
    assert (how.people, how.sent, how.skipped) == (1, 1, 0)
    (reader,) = readers(session, found)
    assert reader.delivery.state is DeliveryState.SENT
    assert remind(session, found.number, by="U9", now=now) == 1
