"""
Reminders and tests of a broadcast can be stopped as its run can.
"""

from datetime import timedelta

import pytest
from sqlmodel import select

from commands.broadcasting import render_broadcast
from commands.contract import Notice, Wait
from storage import models
from storage.audit import entries
from storage.broadcast_progress import progress, recently_ended, tell_progress
from storage.broadcast_reminders import finish_reminders, remind, send_test
from storage.broadcast_runs import finish_done, start_due
from storage.broadcast_stops import ENDED, HELD, abort, hold_back, pause, resume
from storage.broadcasts import BroadcastState, Reminding, find_broadcast
from storage.deliveries import DeliveryState, value
from storage.errors import MovedOnError
from storage.session import transaction
from tests.storage.telling import appoint, drafted, seat, sent, settle

EVERY = timedelta(seconds=3)


@pytest.fixture
def session(loaded, now):
    with transaction(loaded, task_force_id=1) as session:
        appoint(session, now, "U8", "U9")
        yield session


@pytest.fixture
def found(session, now):
    """
    A broadcast that was sent to two, who are being reminded.
    """
    for user_id in ("U1", "U2"):
        seat(session, now, user_id)
    found = sent(session, now, wants_ack=True)
    settle(session, now)
    finish_done(session, now=now)
    assert remind(session, found.number, by="U9", now=now) == 2
    return look(session, found)


def look(session, found):
    return find_broadcast(session, found.number)


def again(session):
    query = select(models.Delivery).where(models.Delivery.occasion.contains("again"))
    rows = session.exec(query.order_by(models.Delivery.id).execution_options(populate_existing=True))  # fmt: skip
    return rows.all()


def rendered(session, row, now):
    return render_broadcast(value(row), session, now)


def test_reminders_of_what_was_sent_are_paused_and_go_on(session, now, found):
    assert (found.state, found.reminders) == (BroadcastState.SENT, Reminding.GOING)
    assert progress(session, found).reminding == 2

    pause(session, found.number, by="U9", now=now)
    assert look(session, found).reminders is Reminding.PAUSED
    assert look(session, found).state is BroadcastState.SENT
    assert all(each.next_attempt_at > now + timedelta(days=999) for each in again(session))
    assert {each.reason for each in again(session)} == {HELD}
    with pytest.raises(MovedOnError):
        pause(session, found.number, by="U9", now=now)
    with pytest.raises(MovedOnError):
        remind(session, found.number, by="U9", now=now + timedelta(hours=1))

    later = now + timedelta(days=3)
    resume(session, found.number, by="U9", now=later)
    assert look(session, found).reminders is Reminding.GOING
    assert {(each.next_attempt_at, each.reason) for each in again(session)} == {(later, None)}
    assert all(each.useful_until > later for each in again(session))
    with pytest.raises(MovedOnError):
        resume(session, found.number, by="U9", now=later)


def test_reminders_of_what_was_sent_are_ended(session, now, found):
    assert abort(session, found.number, by="U9", now=now) == 2

    after = look(session, found)
    assert (after.state, after.reminders) == (BroadcastState.SENT, Reminding.ENDED)
    assert {(each.state, each.reason) for each in again(session)} == {("skipped", ENDED)}
    with pytest.raises(MovedOnError):
        abort(session, found.number, by="U9", now=now)
    (told,) = entries(session, limit=1, acts=["broadcast."])
    assert (told.act, dict(told.details)) == ("broadcast.aborted", {"what": "reminders"})

    # Who wants to remind them after all begins anew.
    assert remind(session, found.number, by="U9", now=now + timedelta(hours=1)) == 2
    assert look(session, found).reminders is Reminding.GOING


@pytest.mark.parametrize(("stop", "says"), [(pause, Wait), (abort, type(None))])
def test_a_reminder_that_somebody_has_is_stopped_too(session, now, found, stop, says):
    row = again(session)[0]
    row.state = DeliveryState.CLAIMED.value
    session.flush()
    assert isinstance(rendered(session, row, now), Notice)

    stop(session, found.number, by="U9", now=now)

    assert isinstance(rendered(session, row, now), says)


def test_a_reminder_that_was_put_off_waits_as_long_as_the_rest(session, now, found):
    pause(session, found.number, by="U9", now=now)
    again(session)[0].next_attempt_at = now
    session.flush()

    assert hold_back(session, look(session, found), now=now) == 1
    assert all(each.next_attempt_at > now + timedelta(days=999) for each in again(session))


def test_the_next_run_and_the_reminders_of_the_last_are_stopped_together(session, now):
    seat(session, now, "U1")
    found = sent(session, now, wants_ack=True, repeat="daily")
    settle(session, now)
    finish_done(session, now=now)
    remind(session, found.number, by="U9", now=now)
    day = now + timedelta(days=1)
    start_due(session, now=day)

    pause(session, found.number, by="U9", now=day)
    held = session.exec(select(models.Delivery).where(models.Delivery.reason == HELD)).all()
    assert len(held) == 2
    assert isinstance(rendered(session, again(session)[0], day), Wait)

    resume(session, found.number, by="U9", now=day)
    assert isinstance(rendered(session, again(session)[0], day), Notice)
    assert abort(session, found.number, by="U9", now=day) == 2
    assert rendered(session, again(session)[0], day) is None


def test_between_two_runs_the_reminders_alone_are_paused(session, now):
    seat(session, now, "U1")
    found = sent(session, now, wants_ack=True, repeat="daily")
    settle(session, now)
    finish_done(session, now=now)
    remind(session, found.number, by="U9", now=now)

    pause(session, found.number, by="U9", now=now)

    after = look(session, found)
    assert (after.state, after.reminders) == (BroadcastState.SCHEDULED, Reminding.PAUSED)
    (run,) = start_due(session, now=now + timedelta(days=1))
    assert run.state is BroadcastState.SENDING


def test_who_is_still_to_be_reminded_is_not_reminded_twice(session, now, found):
    assert remind(session, found.number, by="U9", now=now + timedelta(hours=1)) == 0

    row = again(session)[0]
    row.state = DeliveryState.SENT.value
    session.flush()
    assert remind(session, found.number, by="U9", now=now + timedelta(hours=1)) == 1


def test_a_sender_is_told_of_reminders_until_none_is_left(session, now, found):
    later = now + timedelta(hours=3)
    finish_reminders(session)
    assert [each.number for each in recently_ended(session, since=later)] == [found.number]

    for row in again(session):
        row.state = DeliveryState.SENT.value
    session.flush()
    finish_reminders(session)

    assert look(session, found).reminders is None
    assert [each.number for each in recently_ended(session, since=later)] == [found.number]
    assert tell_progress(session, look(session, found), said="Done.", now=later, every=EVERY)
    assert recently_ended(session, since=later) == ()


def test_what_was_ended_after_it_went_out_can_be_reminded_of(session, now):
    seat(session, now, "U1")
    found = sent(session, now, wants_ack=True, repeat="daily")
    settle(session, now)
    finish_done(session, now=now)
    abort(session, found.number, by="U9", now=now)

    assert remind(session, found.number, by="U9", now=now) == 1
    assert isinstance(rendered(session, again(session)[0], now), Notice)


def test_a_test_of_what_is_thrown_away_is_not_sent(session, now):
    seat(session, now, "U1")
    found = drafted(session, now)
    send_test(session, found.number, by="U9", now=now)
    (row,) = session.exec(select(models.Delivery)).all()

    assert abort(session, found.number, by="U9", now=now) == 1
    assert rendered(session, row, now) is None  # if somebody has it
    with pytest.raises(MovedOnError):
        send_test(session, found.number, by="U9", now=now + timedelta(minutes=1))


def test_a_clock_that_was_set_back_does_not_silence_the_status(session, now, found):
    ahead, back = now + timedelta(hours=1), now
    assert tell_progress(session, look(session, found), said="One.", now=ahead, every=EVERY)

    assert tell_progress(session, look(session, found), said="Two.", now=back, every=EVERY)
    # At its pace again.
    soon = back + timedelta(seconds=1)
    assert not tell_progress(session, look(session, found), said="Three.", now=soon, every=EVERY)
    soon = back + EVERY
    assert tell_progress(session, look(session, found), said="Three.", now=soon, every=EVERY)


def test_clocks_that_differ_by_a_second_keep_the_pace(session, now, found):
    assert tell_progress(session, look(session, found), said="One.", now=now, every=EVERY)

    behind = now - timedelta(seconds=1)
    assert not tell_progress(session, look(session, found), said="Two.", now=behind, every=EVERY)
