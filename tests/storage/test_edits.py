"""
Which message is written anew first, and what is noted of it.
"""

from datetime import timedelta

import pytest
from sqlmodel import select

from storage import models
from storage.deliveries import DeliveryState, Plan, Priority, plan
from storage.edits import FURTHEST, ask_for_edits, edited, edits_due, put_off
from storage.session import transaction


@pytest.fixture
def session(loaded):
    with transaction(loaded, task_force_id=1) as session:
        yield session


def stands(session, now, kind, *recipients, priority=Priority.BROADCAST):
    plan(
        session,
        [Plan(kind=kind, occasion="1:", recipient=each, due_at=now, priority=priority) for each in recipients],
        now=now,
    )  # fmt: skip
    for row in session.exec(select(models.Delivery).where(models.Delivery.kind == kind)):
        row.state, row.slack_channel, row.slack_ts = DeliveryState.SENT.value, "D1", "1.0"
    session.flush()


def kinds(session, now, limit=99):
    found = edits_due(session, now=now, limit=limit, last=("many", "urgent many"))
    return [each.delivery.kind for each in found]


def test_what_is_written_into_hundreds_comes_after_what_was_asked_for_later(session, now):
    stands(session, now, "many", *(f"U{number}" for number in range(30)))
    stands(session, now, "urgent many", "U1", priority=Priority.EMERGENCY)
    stands(session, now, "status", "U9", priority=Priority.REMINDER)
    for seconds, kind in enumerate(("many", "urgent many", "status")):
        ask_for_edits(session, kind=kind, occasion="1:", now=now + timedelta(seconds=seconds))
    later = now + timedelta(seconds=9)

    assert kinds(session, later, limit=4) == ["status", "urgent many", "many", "many"]
    assert kinds(session, later).count("many") == 30


def test_a_clock_that_was_set_back_holds_up_no_edit(session, now):
    stands(session, now, "status", "U9")
    ahead = now + timedelta(hours=1)
    ask_for_edits(session, kind="status", occasion="1:", now=ahead)

    assert kinds(session, now) == ["status"]
    assert kinds(session, ahead - FURTHEST) == []  # as far as one may be put off


def test_what_became_of_an_edit_is_kept_until_another_is_asked_for(session, now):
    stands(session, now, "status", "U8", "U9")
    ask_for_edits(session, kind="status", occasion="1:", now=now)
    done, given_up = edits_due(session, now=now, limit=9)
    later = now + timedelta(seconds=5)

    assert edited(session, done, now=later)
    assert edited(session, given_up, now=later, trouble="the message is gone")
    assert not edited(session, done, now=later)
    assert not put_off(session, done, until=later)

    rows = session.exec(
        select(models.Delivery).order_by(models.Delivery.id).execution_options(populate_existing=True)
    ).all()  # fmt: skip
    noted = [(each.to_edit_at, each.edited_at, each.edit_trouble) for each in rows]
    assert noted == [(None, later, None), (None, None, "the message is gone")]

    ask_for_edits(session, kind="status", occasion="1:", now=later)
    for row in rows:
        session.refresh(row)
    noted = [(each.to_edit_at, each.edited_at, each.edit_trouble) for each in rows]
    assert noted == [(later, None, None)] * 2
