"""
Broadcasts for tests of storage: who is seated, what is drafted, sent and arrived.
"""

from sqlmodel import select

from storage import models
from storage.audiences import EVERYBODY
from storage.broadcast_approvals import approve, release
from storage.broadcast_runs import start_due
from storage.broadcasts import BroadcastState, Draft, find_broadcast, save
from storage.deliveries import DeliveryState, in_states
from storage.details import Details
from storage.members import admit
from storage.people import RoleName, grant


def appoint(session, now, *user_ids, scope="", role=RoleName.COORDINATOR):
    for user_id in user_ids:
        grant(
            session, team_id="T1", user_id=user_id, role=role, granted_by="x", now=now, scope=scope
        )


def seat(session, now, user_id, *, refs=(), organization=1):
    admit(
        session,
        team_id="T1",
        user_id=user_id,
        details=Details(name=user_id, organization_id=organization, title="x"),
        groups=tuple(refs),
        seat_user_id=user_id,
        by="U9",
        now=now,
    )


def drafted(session, now, *audience, sender="U9", **values):
    draft = Draft(text="Hello.", audience=audience or (EVERYBODY,), **values)
    return save(session, draft, team_id="T1", sender=sender, now=now)


def sent(session, now, **values):
    found = drafted(session, now, **values)
    if release(session, found.number, by="U9", version=1, now=now) is BroadcastState.WAITING:
        approve(session, found.number, by="U8", version=1, now=now)
    start_due(session, now=now)
    return find_broadcast(session, found.number)


def planned(session):
    return sorted(each.recipient for each in in_states(session, tuple(DeliveryState), limit=99))


def settle(session, now):
    for row in session.exec(select(models.Delivery)):
        row.state, row.settled_at = DeliveryState.SENT.value, now
    session.flush()
