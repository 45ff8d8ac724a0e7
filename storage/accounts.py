"""
Accounts that Slack has deactivated: what their people were here, they are no longer.
"""

from datetime import datetime

from sqlmodel import col, or_, select

from storage.audit import record
from storage.members import DEACTIVATED, end, find_member
from storage.models import Member, Person, Role, RoleName
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


def next_account(session: Session, *, after: int) -> tuple[int, str, str] | None:
    """
    Return the member or the holder of a role that comes next after the row *after*: the
    row, and the ids of workspace and person. None: there is no more.
    """
    holds = select(Role.person_id)
    belongs = select(Member.person_id).where(col(Member.ended_at).is_(None))
    found = session.exec(
        select(Person.id, Person.team_id, Person.user_id)
        .where(
            col(Person.id) > after,
            or_(col(Person.id).in_(holds), col(Person.id).in_(belongs)),
        )
        .order_by(col(Person.id))
        .limit(1)
    ).first()
    return None if found is None else (found[0] or 0, found[1], found[2])
