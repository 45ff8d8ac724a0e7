"""
Corrections of broadcasts: by two where the broadcast was, once, counted message by message.
"""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from sqlmodel import select

from storage import models
from storage.audit import LEFT, entries
from storage.broadcast_approvals import approve, release, set_approval_above
from storage.broadcast_corrections import (
    CorrectionState,
    approve_correction,
    decline_correction,
    finish_corrections,
    latest_correction,
    propose,
    put_forward,
    waiting_corrections,
    withdraw,
)
from storage.broadcast_progress import progress, recently_ended
from storage.broadcast_rewriting import DOUBTFUL, NOWHERE, Fate, Rewriting, rewritten
from storage.broadcast_runs import finish_done, start_due
from storage.broadcast_stops import abort
from storage.broadcasts import EMERGENCY, BroadcastState, find_broadcast
from storage.deliveries import DeliveryState
from storage.edits import edited, edits_due
from storage.errors import (
    MovedOnError,
    NotApproverError,
    OwnBroadcastError,
    ProposerLeftError,
    UnknownBroadcastError,
)
from storage.people import RoleName
from storage.seats import groups
from storage.session import reading, transaction
from tests.storage.telling import appoint, drafted, seat, sent


@pytest.fixture
def session(loaded, now):
    with transaction(loaded, task_force_id=1) as session:
        appoint(session, now, "U7", "U8", "U9")
        yield session


def arrive(session, now):
    """
    Let everything that was planned arrive.
    """
    for number, row in enumerate(session.exec(select(models.Delivery))):
        row.state, row.settled_at = DeliveryState.SENT.value, now
        row.slack_channel, row.slack_ts = f"D{row.recipient}", f"{number}.0"
    session.flush()


def proposed(session, now, found, text="Other.", seen=0):
    return propose(session, found.number, text=text, by="U9", seen=seen, now=now)


def waiting(session, now, **values):
    """
    Return a broadcast that was approved and sent, and a correction of it that waits.
    """
    seat(session, now, "U1")
    found = sent(session, now, **values)
    arrive(session, now)
    correction = proposed(session, now, found)
    assert put_forward(session, found.number, correction.id, by="U9", now=now) is CorrectionState.WAITING  # fmt: skip
    return found, correction


def small(session, now, **values):
    """
    Send a broadcast that needed nobody's approval.
    """
    first = groups(session)[0]
    seat(session, now, "U1", refs=(first.ref,))
    seat(session, now, "U2", refs=(first.ref,))
    found = drafted(session, now, first.ref, **values)
    assert release(session, found.number, by="U9", version=1, now=now) is BroadcastState.SCHEDULED
    start_due(session, now=now)
    arrive(session, now)
    return find_broadcast(session, found.number)


def said(session, found):
    return find_broadcast(session, found.number).draft.text


def test_what_was_approved_says_nothing_else_before_that_is_approved_too(session, now):
    found, correction = waiting(session, now)

    assert said(session, found) == "Hello."
    assert edits_due(session, now=now, limit=9) == []
    assert [each.id for each in waiting_corrections(session)] == [correction.id]
    with pytest.raises(OwnBroadcastError):
        approve_correction(session, found.number, correction.id, by="U9", now=now)

    approve_correction(session, found.number, correction.id, by="U8", now=now)

    after = find_broadcast(session, found.number)
    assert (after.draft.text, after.version, after.approved_by) == ("Other.", 2, "U8")
    assert [each["before"] for each in after.corrections] == ["Hello."]
    assert [each.delivery.recipient for each in edits_due(session, now=now, limit=9)] == ["U1"]


@pytest.mark.parametrize(
    "first",
    [
        lambda *args, **who: approve_correction(*args, by="U8", **who),
        lambda *args, **who: decline_correction(*args, by="U8", reason="No.", **who),
        lambda *args, **who: withdraw(*args, by="U9", **who),
    ],
)
def test_what_is_decided_on_is_decided_once(session, now, first):
    found, correction = waiting(session, now)
    number = found.number

    first(session, number, correction.id, now=now)

    text = said(session, found)
    for late in (
        lambda: approve_correction(session, number, correction.id, by="U7", now=now),
        lambda: decline_correction(session, number, correction.id, by="U7", reason="x", now=now),
        lambda: withdraw(session, number, correction.id, by="U9", now=now),
        lambda: put_forward(session, number, correction.id, by="U9", now=now),
    ):
        with pytest.raises(MovedOnError):
            late()
    assert said(session, found) == text


def test_another_takes_the_place_of_what_waits(session, now):
    found, first = waiting(session, now)
    with pytest.raises(MovedOnError):  # written by somebody who had not seen the first
        proposed(session, now, found, "Third.", seen=0)

    second = proposed(session, now, found, "Third.", seen=first.id)

    assert waiting_corrections(session) == ()
    with pytest.raises(MovedOnError):
        approve_correction(session, found.number, first.id, by="U8", now=now)
    with pytest.raises(MovedOnError):  # nobody has put it forward
        approve_correction(session, found.number, second.id, by="U8", now=now)
    put_forward(session, found.number, second.id, by="U9", now=now)
    approve_correction(session, found.number, second.id, by="U8", now=now)
    assert said(session, found) == "Third."


def test_what_was_not_sent_or_says_that_already_is_not_corrected(session, now):
    seat(session, now, "U1")
    draft = drafted(session, now)
    with pytest.raises(MovedOnError):
        proposed(session, now, draft)
    found = sent(session, now)
    with pytest.raises(MovedOnError):
        proposed(session, now, found, "Hello.")
    with pytest.raises(UnknownBroadcastError):
        propose(session, found.number, text="x", by="U8", seen=0, now=now)


def test_in_two_processes_at_once_one_approves(loaded, now):
    with transaction(loaded, task_force_id=1) as session:
        appoint(session, now, "U7", "U8", "U9")
        found, correction = waiting(session, now)

    def decide(by):
        try:
            with transaction(loaded, task_force_id=1) as session:
                approve_correction(session, found.number, correction.id, by=by, now=now)
        except MovedOnError:
            return False
        return True

    with ThreadPoolExecutor(2) as threads:
        assert sorted(threads.map(decide, ("U7", "U8"))) == [False, True]
    with reading(loaded, task_force_id=1) as session:
        after = find_broadcast(session, found.number)
        assert [each["before"] for each in after.corrections] == ["Hello."]


def test_few_are_corrected_by_one_and_by_two_once_they_are_too_many(session, now):
    found = small(session, now)

    first = proposed(session, now, found)
    assert put_forward(session, found.number, first.id, by="U9", now=now) is CorrectionState.WRITING
    # Fewer may be reached alone by now: it goes by whom it went to.
    set_approval_above(session, 1, by="UA", now=now)
    second = proposed(session, now, found, "Third.", seen=first.id)
    assert put_forward(session, found.number, second.id, by="U9", now=now) is CorrectionState.WAITING  # fmt: skip


def test_whom_it_went_to_counts_though_they_are_gone(session, now):
    found = small(session, now)
    for row in session.exec(select(models.Seat)):
        row.user_id = None
    session.flush()
    set_approval_above(session, 1, by="UA", now=now)

    correction = proposed(session, now, found)

    assert put_forward(session, found.number, correction.id, by="U9", now=now) is CorrectionState.WAITING  # fmt: skip


def test_an_emergency_is_corrected_at_once(session, now):
    appoint(session, now, "U9", role=RoleName.ADMIN)
    seat(session, now, "U1")
    found = sent(session, now, kind=EMERGENCY)
    correction = proposed(session, now, found)

    assert put_forward(session, found.number, correction.id, by="U9", now=now) is CorrectionState.WRITING  # fmt: skip


def test_who_coordinates_something_else_does_not_decide(session, now):
    found, correction = waiting(session, now)
    appoint(session, now, "U6", scope="elsewhere")

    for decide in (
        lambda: approve_correction(session, found.number, correction.id, by="U6", now=now),
        lambda: decline_correction(
            session, found.number, correction.id, by="U5", reason="x", now=now
        ),
    ):
        with pytest.raises(NotApproverError):
            decide()


def test_nobody_decides_on_what_is_nobodys(session, now):
    found, correction = waiting(session, now)
    session.exec(select(models.Broadcast)).one().sender = LEFT
    session.flush()

    with pytest.raises(ProposerLeftError):
        approve_correction(session, found.number, correction.id, by="U8", now=now)


def test_what_was_ended_is_corrected_where_it_was_sent(session, now):
    found, correction = waiting(session, now, repeat="daily")
    seat(session, now, "U2")
    finish_done(session, now=now)
    start_due(session, now=now + timedelta(days=1))
    abort(session, found.number, by="U9", now=now)

    approve_correction(session, found.number, correction.id, by="U8", now=now)

    assert [each.delivery.recipient for each in edits_due(session, now=now, limit=9)] == ["U1"]
    assert find_broadcast(session, found.number).state is BroadcastState.ABORTED


def test_the_next_run_goes_with_what_was_approved(session, now):
    found, correction = waiting(session, now, repeat="daily")
    finish_done(session, now=now)
    approve_correction(session, found.number, correction.id, by="U8", now=now)

    (run,) = start_due(session, now=now + timedelta(days=1))

    assert (run.state, run.draft.text) == (BroadcastState.SENDING, "Other.")


def test_a_run_that_waits_is_not_approved_by_who_saw_the_old_text(session, now):
    first = groups(session)[0]
    seat(session, now, "U1", refs=(first.ref,))
    set_approval_above(session, 1, by="UA", now=now)
    found = drafted(session, now, first.ref, repeat="daily")
    release(session, found.number, by="U9", version=1, now=now)
    start_due(session, now=now)
    arrive(session, now)
    finish_done(session, now=now)
    seat(session, now, "U2", refs=(first.ref,))
    (waits,) = start_due(session, now=now + timedelta(days=1))
    assert waits.state is BroadcastState.WAITING
    correction = proposed(session, now, found)
    put_forward(session, found.number, correction.id, by="U9", now=now)

    approve_correction(session, found.number, correction.id, by="U8", now=now)

    with pytest.raises(MovedOnError):
        approve(session, found.number, by="U8", version=waits.version, now=now)


def counted(session, found):
    return progress(session, find_broadcast(session, found.number)).correction


def test_what_became_of_every_message_is_counted(session, now):
    found, correction = waiting(session, now)
    for user_id in ("U2", "U3", "U4", "U5"):
        session.add(
            models.Delivery(
                kind="broadcast",
                occasion=f"{found.number}.1:",
                recipient=user_id,
                state=DeliveryState.UNKNOWN.value if user_id == "U4" else DeliveryState.SENT.value,
                priority=2,
                due_at=now,
                next_attempt_at=now,
                attempts=0,
                slack_channel=None if user_id == "U5" else f"D{user_id}",
                slack_ts=None if user_id in {"U4", "U5"} else "1.0",
                planned_at=now,
            )
        )
    session.flush()
    assert counted(session, found) is None
    approve_correction(session, found.number, correction.id, by="U8", now=now)
    assert counted(session, found) == Rewriting(changed=0, left=3, failed=2, why_not={DOUBTFUL: 1, NOWHERE: 1})  # fmt: skip

    one, other, third = edits_due(session, now=now, limit=9)
    edited(session, one, now=now)
    edited(session, other, now=now, trouble="the message is gone")
    assert counted(session, found) == Rewriting(
        changed=1, left=1, failed=3, why_not={DOUBTFUL: 1, NOWHERE: 1, "the message is gone": 1}
    )
    assert rewritten(session, find_broadcast(session, found.number)) == {
        one.delivery.recipient: (Fate.CHANGED, ""),
        other.delivery.recipient: (Fate.NOT, "the message is gone"),
        third.delivery.recipient: (Fate.LEFT, ""),
        "U4": (Fate.NOT, DOUBTFUL),
        "U5": (Fate.NOT, NOWHERE),
    }

    # The next correction is counted anew.
    second = proposed(session, now, found, "Third.", seen=correction.id)
    put_forward(session, found.number, second.id, by="U9", now=now)
    approve_correction(session, found.number, second.id, by="U8", now=now)
    assert counted(session, found).left == 3


def test_its_sender_is_told_how_it_goes_until_it_is_written(session, now):
    found, correction = waiting(session, now)
    finish_done(session, now=now)
    approve_correction(session, found.number, correction.id, by="U8", now=now)
    later = now + timedelta(hours=5)

    finish_corrections(session, now=later)
    assert latest_correction(session, found.number).state is CorrectionState.WRITING
    assert [each.number for each in recently_ended(session, since=later)] == [found.number]

    (edit,) = edits_due(session, now=later, limit=9)
    edited(session, edit, now=later)
    finish_corrections(session, now=later)
    assert latest_correction(session, found.number).state is CorrectionState.WRITTEN
    assert [each.number for each in recently_ended(session, since=later)] == [found.number]


def test_every_step_is_in_the_audit_without_the_text(session, now):
    found, correction = waiting(session, now)
    approve_correction(session, found.number, correction.id, by="U8", now=now)

    told = entries(session, limit=3, acts=["broadcast."])
    assert [(each.act, each.actor) for each in told] == [
        ("broadcast.approved", "U8"),
        ("broadcast.corrected", "U9"),
        ("broadcast.asked", "U9"),
    ]
    assert "Other" not in str(told)
