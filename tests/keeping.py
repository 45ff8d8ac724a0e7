"""
People who look after entries: for tests of the directory.
"""

from datetime import date

from sqlmodel import select

from storage.custodians import Part, appoint
from storage.models import Member, Organization
from storage.people import RoleName, grant, person_id
from storage.session import Session
from storage.task_forces import local_day
from tests.conftest import NOON

TEAM = "T1"
LAPSES = date(2027, 3, 2)


def add_member(
    session: Session, user_id: str, *, of: str, team_id: str = TEAM, name: str | None = None
) -> int:
    """
    Make *user_id* an approved member of the agency with the key *of*.
    """
    person = person_id(session, team_id=team_id, user_id=user_id)
    agency = session.exec(select(Organization.id).where(Organization.key == of)).one()
    session.add(
        Member(
            person_id=person,
            name=name or f"Name of {user_id}",
            organization_id=agency,
            title="Advocate",
            approved_by="UBOSS",
            approved_at=NOON,
            confirmed_on=local_day(session, NOON),
            lapses_on=LAPSES,
        )
    )
    session.flush()
    grant(
        session, team_id=team_id, user_id=user_id, role=RoleName.MEMBER, granted_by="UBOSS", now=NOON
    )  # fmt: skip
    return person


def add_coordinator(
    session: Session, user_id: str, *, scope: str = "", team_id: str = TEAM
) -> None:
    grant(
        session,
        team_id=team_id,
        user_id=user_id,
        role=RoleName.COORDINATOR,
        granted_by="test",
        now=NOON,
        scope=scope,
    )


def add_custodian(
    session: Session, user_id: str, *, of: str, part: Part = Part.OWNER, team_id: str = TEAM
) -> None:
    """
    Make *user_id* an approved member of an agency who looks after its entry.
    """
    add_member(session, user_id, of=of, team_id=team_id)
    appoint(
        session,
        of,
        team_id=team_id,
        user_id=user_id,
        part=part,
        by="UBOSS",
        today=local_day(session, NOON),
        now=NOON,
    )
