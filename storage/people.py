"""
People with a role here, by their Slack ids alone.
"""

from dataclasses import dataclass
from datetime import datetime
from functools import cache

from sqlalchemy import bindparam
from sqlmodel import col, delete, select
from sqlmodel.sql.expression import SelectOfScalar

from storage.errors import UnknownPersonError
from storage.models import Person, Role, RoleName
from storage.scope import add_new
from storage.session import Session

__all__ = [
    "Grant",
    "RoleName",
    "admins",
    "coordinators",
    "grant",
    "grants",
    "person_id",
    "revoke",
    "roles_of",
]


@dataclass(frozen=True, kw_only=True)
class Grant:
    """
    Attributes:
        granted_by: "htbot grant", or the Slack id of who approved.
        scope: the key of the collaborative a coordinator is for; "": of all of them.
    """

    team_id: str
    user_id: str
    role: RoleName
    granted_by: str
    granted_at: datetime
    scope: str = ""


def grant(
    session: Session,
    *,
    team_id: str,
    user_id: str,
    role: RoleName,
    granted_by: str,
    now: datetime,
    scope: str = "",
) -> bool:
    """
    Give a person a role. Return False if they had it; who granted it first stays.
    """
    return add_new(
        session,
        Role,
        person_id=person_id(session, team_id=team_id, user_id=user_id),
        name=role.value,
        scope=scope,
        granted_by=granted_by,
        granted_at=now,
    )


def person_id(session: Session, *, team_id: str, user_id: str) -> int:
    """
    Return the row of a person, who is made known if they were not.
    """
    add_new(session, Person, team_id=team_id, user_id=user_id)
    given = {"team_id": team_id, "user_id": user_id}
    return session.exec(_person(), params=given).one().id or 0


def revoke(
    session: Session, *, team_id: str, user_id: str, role: RoleName, scope: str | None = None
) -> bool:
    """
    Take a role from a person. Return False if they did not have it.

    Args:
        scope: which of them, of a coordinator's; None: all.
    Raises:
        UnknownPersonError: if nobody with this id ever had a role here.
    """
    given = {"team_id": team_id, "user_id": user_id}
    person = session.exec(_person(), params=given).one_or_none()
    if person is None:
        raise UnknownPersonError(user_id)
    which = [col(Role.person_id) == person.id, col(Role.name) == role.value]
    if scope is not None:
        which.append(col(Role.scope) == scope)
    taken = session.exec(delete(Role).where(*which))
    return bool(taken.rowcount)


def roles_of(session: Session, team_id: str, user_id: str) -> frozenset[RoleName]:
    """
    Return the roles of a person: none for somebody unknown.
    """
    given = {"team_id": team_id, "user_id": user_id}
    return frozenset(map(RoleName, session.exec(_roles(), params=given)))


def grants(session: Session, *, but_members: bool = False) -> tuple[Grant, ...]:
    """
    Return who has which role, oldest first.

    Args:
        but_members: leave out that of a member, which thousands may have.
    """
    query = (
        select(Person, Role)
        .join(Role, col(Role.person_id) == col(Person.id))
        .order_by(col(Role.granted_at), col(Role.id))
    )
    if but_members:
        query = query.where(Role.name != RoleName.MEMBER.value)
    return tuple(
        Grant(
            team_id=person.team_id,
            user_id=person.user_id,
            role=RoleName(role.name),
            granted_by=role.granted_by,
            granted_at=role.granted_at,
            scope=role.scope,
        )
        for person, role in session.exec(query)
    )


@cache
def _roles() -> SelectOfScalar[str]:
    return (
        select(Role.name)
        .join(Person, col(Role.person_id) == col(Person.id))
        .where(
            col(Person.team_id) == bindparam("team_id"), col(Person.user_id) == bindparam("user_id")
        )
    )


def admins(session: Session) -> frozenset[str]:
    """
    Return the administrators' Slack ids, those by settings included.
    """
    given = grants(session, but_members=True)
    return session.admins | {each.user_id for each in given if each.role is RoleName.ADMIN}


def coordinators(session: Session) -> frozenset[str]:
    """
    Return the Slack ids of those who may do now what is a coordinator's to do, of one
    collaborative or all: administrators may too.
    """
    given = grants(session, but_members=True)
    return session.admins | {each.user_id for each in given}


@cache
def _person() -> SelectOfScalar[Person]:
    return select(Person).where(
        col(Person.team_id) == bindparam("team_id"), col(Person.user_id) == bindparam("user_id")
    )
