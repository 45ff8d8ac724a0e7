"""
Accounts that Slack has deactivated: what their people were here, they are no longer.
"""

from datetime import datetime

from sqlmodel import select

from storage.audit import record
from storage.members import DEACTIVATED, end, find_member
from storage.models import Person, RoleName
from storage.people import grants, revoke
from storage.registrations import let_go_of
from storage.seats import leave_seats
from storage.session import Session
from storage.task_forces import own_row

BY = "the bot"


def end_account(session: Session, *, team_id: str, user_id: str, now: datetime) -> bool:
    """
    End what somebody was here whose account Slack has deactivated: the membership, its
    seats, an open request, a coordinator's role and an administrator's, but the last one's.
    Return False if they were nothing.
    """
    own_row(session, lock=True)  # of the last two administrators one stays
    found = find_member(session, team_id=team_id, user_id=user_id)
    ended = found is not None and end(session, found, as_=DEACTIVATED, now=now)
    known = session.exec(select(Person.id).where(Person.team_id == team_id, Person.user_id == user_id))  # fmt: skip
    if known.first() is None:
        return bool(leave_seats(session, user_id=user_id, now=now))
    ended |= let_go_of(session, team_id=team_id, user_id=user_id, now=now, by=BY)
    roles = [RoleName.COORDINATOR]
    if any(
        each.role is RoleName.ADMIN and each.user_id != user_id
        for each in grants(session, but_members=True)
    ):
        roles.append(RoleName.ADMIN)
    for role in roles:
        if revoke(session, team_id=team_id, user_id=user_id, role=role):
            record(session, "role.revoked", actor=BY, now=now, subject=user_id, role=role.value)
            ended = True
    return bool(leave_seats(session, user_id=user_id, now=now)) or ended
