"""
Who may be the second coordinator of a broadcast, and when there must be one.
"""

import pytest
from sqlmodel import select

from storage import models
from storage.audiences import COORDINATORS, EVERYBODY, SEATED
from storage.audit import LEFT
from storage.broadcast_approvals import (
    approve,
    approvers,
    decline,
    may_approve,
    needs_approval,
    release,
)
from storage.broadcasts import BroadcastState, find_broadcast
from storage.errors import NotApproverError, ProposerLeftError
from storage.people import RoleName
from storage.session import transaction
from tests.storage.telling import appoint, drafted, seat

ONE, OTHER = "coalition", "other"
PART = "subcommittee:youth"
BOTH = (f"collaborative:{ONE}", f"collaborative:{OTHER}")


@pytest.fixture
def session(loaded, now):
    """
    A task force of two collaboratives, with a coordinator of all, of each, of a third, and
    an administrator.
    """
    with transaction(loaded, task_force_id=1) as session:
        row = session.exec(select(models.Collaborative)).one()
        values = row.model_dump(exclude={"id", "key", "name"})
        session.add(models.Collaborative(key=OTHER, name="Other", **values))
        session.flush()
        for user_id, scope in (("UALL", ""), ("UONE", ONE), ("UOTHER", OTHER), ("UTHIRD", "third")):
            appoint(session, now, user_id, scope=scope)
        appoint(session, now, "UADMIN", role=RoleName.ADMIN)
        seat(session, now, "U1")
        yield session


@pytest.mark.parametrize(
    ("sender", "audience", "who"),
    [
        # All of it is theirs.
        ("U9", (BOTH[0],), {"UALL", "UONE"}),
        ("U9", (PART,), {"UALL", "UONE"}),
        ("U9", (BOTH[1],), {"UALL", "UOTHER"}),
        # It crosses: somebody of any of them, but of another one than its sender.
        ("U9", BOTH, {"UALL", "UONE", "UOTHER"}),
        ("UONE", BOTH, {"UALL", "UOTHER"}),
        ("UONE", (PART, BOTH[1]), {"UALL", "UOTHER"}),
        ("UALL", BOTH, {"UONE", "UOTHER"}),
        # Nobody knows of which collaborative that is.
        ("U9", (EVERYBODY,), {"UALL"}),
        ("U9", (BOTH[0], "agency:county"), {"UALL"}),
        ("U9", (BOTH[0], "channel:C1"), {"UALL"}),
        ("U9", (BOTH[0], "service:x"), {"UALL"}),
        ("U9", (BOTH[0], COORDINATORS), {"UALL"}),
        ("U9", (SEATED,), {"UALL"}),
        # Where there is nobody else, the administrators.
        ("UALL", (EVERYBODY,), {"UADMIN"}),
    ],
)
def test_a_second_coordinator_is_one_of_what_it_concerns(session, now, sender, audience, who):
    found = drafted(session, now, *audience, sender=sender)

    assert set(approvers(session, found)) == who
    for user_id in {"UALL", "UONE", "UOTHER", "UTHIRD", "UNOBODY"} - {sender}:
        assert may_approve(session, found, by=user_id) is (user_id in who)
    assert may_approve(session, found, by="UADMIN")
    assert not may_approve(session, found, by=sender)


def test_whoever_coordinates_something_else_decides_nothing(session, now):
    found = drafted(session, now, EVERYBODY)
    release(session, found.number, by="U9", version=1, now=now)

    for by in ("UONE", "UNOBODY"):
        with pytest.raises(NotApproverError):
            approve(session, found.number, by=by, version=1, now=now)
        with pytest.raises(NotApproverError):
            decline(session, found.number, by=by, version=1, reason="x", now=now)
    assert find_broadcast(session, found.number).state is BroadcastState.WAITING

    approve(session, found.number, by="UADMIN", version=1, now=now)
    assert find_broadcast(session, found.number).state is BroadcastState.SCHEDULED


def test_an_administrator_does_not_approve_their_own(session, now):
    found = drafted(session, now, EVERYBODY, sender="UADMIN")

    assert not may_approve(session, found, by="UADMIN")
    assert "UADMIN" not in approvers(session, found)


@pytest.mark.parametrize(("sender", "needed"), [("UONE", True), ("UOTHER", False), ("UALL", False)])
def test_what_is_for_another_collaborative_than_its_senders_needs_a_second(
    session, now, sender, needed
):
    assert needs_approval(session, drafted(session, now, BOTH[1], sender=sender)) is needed


def test_nobody_approves_what_may_be_their_own(session, now):
    found = drafted(session, now, EVERYBODY)
    release(session, found.number, by="U9", version=1, now=now)
    session.exec(select(models.Broadcast)).one().sender = LEFT
    session.flush()

    with pytest.raises(ProposerLeftError):
        approve(session, found.number, by="UALL", version=1, now=now)
