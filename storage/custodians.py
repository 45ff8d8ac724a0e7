"""
Custodians: who looks after an agency's entry, and who does where nobody does.
"""

from collections import defaultdict
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from sqlmodel import col, delete, select

from storage import audit
from storage.details import MEMBERS
from storage.errors import NotTheirMemberError, UnknownFactError
from storage.kept import kept
from storage.models import Collaborative, Custodian, Member, Organization, Person, Role, Seat
from storage.people import RoleName
from storage.session import Session
from storage.task_forces import own_row


class Part(StrEnum):
    OWNER = "owner"
    DELEGATE = "delegate"


@dataclass(frozen=True, kw_only=True)
class Keeper:
    """
    Somebody who looks after an agency's entry.

    Attributes:
        name: as they gave it when they registered.
        listed: members may know who they are, not coordinators alone.
    """

    team_id: str
    user_id: str
    name: str
    part: Part
    listed: bool


def custodians(
    session: Session, *, today: date, organization_id: int | None = None
) -> Mapping[int, tuple[Keeper, ...]]:
    """
    Return the custodians of each organization by its row, the owner first. Whoever is no
    member of it any more is none.

    Args:
        organization_id: only of this one; None: of all.
    """
    if organization_id is None:
        return _of_all(session, today)
    return _custodians(session, today, organization_id)


@kept
def _of_all(session: Session, today: date) -> Mapping[int, tuple[Keeper, ...]]:
    return _custodians(session, today, None)


def _custodians(
    session: Session, today: date, organization_id: int | None
) -> Mapping[int, tuple[Keeper, ...]]:
    query = (
        select(Custodian, Person, Member)
        .join(Person, col(Custodian.person_id) == col(Person.id))
        .join(Member, col(Member.person_id) == col(Person.id))
        .where(
            col(Member.organization_id) == col(Custodian.organization_id),
            col(Member.ended_at).is_(None),
            col(Member.lapses_on) >= today,
        )
        .order_by(col(Custodian.part).desc(), col(Custodian.since), col(Custodian.id))
    )
    if organization_id is not None:
        query = query.where(col(Custodian.organization_id) == organization_id)
    found: dict[int, list[Keeper]] = defaultdict(list)
    for row, person, member in session.exec(query):
        keeper = Keeper(
            team_id=person.team_id,
            user_id=person.user_id,
            name=member.name,
            part=Part(row.part),
            listed=member.listed == MEMBERS,
        )
        found[row.organization_id].append(keeper)
    return {key: tuple(keepers) for key, keepers in found.items()}


def names_of(
    session: Session, user_ids: Collection[str], *, listed: bool = False
) -> Mapping[str, str]:
    """
    Return what members call themselves, by their Slack ids; others are not in it.

    Args:
        listed: only those who are in the lists that members see.
    """
    query = (
        select(Person.user_id, Member.name)
        .join(Member, col(Member.person_id) == col(Person.id))
        .where(col(Person.user_id).in_(user_ids))
    )
    if listed:
        query = query.where(Member.listed == MEMBERS)
    return dict(session.exec(query).all())


def own_organization(session: Session, *, team_id: str, user_id: str, today: date) -> str | None:
    """
    Return the key of the agency a member is of, or None.
    """
    return session.exec(
        select(Organization.key)
        .join(Member, col(Member.organization_id) == col(Organization.id))
        .join(Person, col(Member.person_id) == col(Person.id))
        .where(
            Person.team_id == team_id,
            Person.user_id == user_id,
            col(Member.ended_at).is_(None),
            col(Member.lapses_on) >= today,
        )
    ).one_or_none()


def appoint(
    session: Session,
    organization: str,
    *,
    team_id: str,
    user_id: str,
    part: Part,
    by: str,
    today: date,
    now: datetime,
) -> bool:
    """
    Make a member of an agency its owner, in the place of the one there is, or a delegate.

    Args:
        organization: its key.
        by: the Slack id of the coordinator.
    Returns:
        False if they were that before.
    Raises:
        UnknownFactError: if no agency has this key.
        NotTheirMemberError: if they are no approved member of it.
    """
    own_row(session, lock=True)
    row = _organization(session, organization)
    person_id = session.exec(
        select(Member.person_id)
        .join(Person, col(Member.person_id) == col(Person.id))
        .where(
            Person.team_id == team_id,
            Person.user_id == user_id,
            Member.organization_id == row.id,
            col(Member.ended_at).is_(None),
            col(Member.lapses_on) >= today,
        )
    ).one_or_none()
    if person_id is None:
        raise NotTheirMemberError(user_id, organization=organization)
    every = session.exec(
        select(Custodian)
        .where(Custodian.organization_id == row.id)
        .execution_options(populate_existing=True)
    ).all()
    theirs = next((each for each in every if each.person_id == person_id), None)
    if theirs is not None and theirs.part == part:
        return False
    for each in every:
        if part is Part.OWNER and each.part == Part.OWNER:
            each.part, each.since = Part.DELEGATE.value, now  # nobody loses it by the way
    if theirs is None:
        session.add(
            Custodian(organization_id=row.id or 0, person_id=person_id, part=part.value, since=now)
        )
    else:
        theirs.part, theirs.since = part.value, now
    session.flush()
    audit.record(
        session, "custodian.appointed", actor=by, now=now, subject=user_id, organization=organization, part=part.value
    )  # fmt: skip
    return True


def release(
    session: Session, organization: str, *, team_id: str, user_id: str, by: str, now: datetime
) -> bool:
    """
    Let somebody look after an agency's entry no longer. Return False if they did not.

    Raises:
        UnknownFactError: if no agency has this key.
    """
    own_row(session, lock=True)
    row = _organization(session, organization)
    person = select(Person.id).where(Person.team_id == team_id, Person.user_id == user_id)
    gone = session.exec(
        delete(Custodian).where(
            col(Custodian.organization_id) == row.id,
            col(Custodian.person_id).in_(person),
        )
    ).rowcount
    if gone:
        audit.record(
            session, "custodian.released", actor=by, now=now, subject=user_id, organization=organization
        )  # fmt: skip
    return bool(gone)


class Responsible:
    """
    Who answers for an entry: its custodians; without one the coordinators of its
    collaboratives; without one of these, every coordinator; and at last the administrators.

    Args:
        organization_id: the one that is asked about; None: any.
    """

    def __init__(
        self, session: Session, *, today: date, organization_id: int | None = None
    ) -> None:
        self.custodians = custodians(session, today=today, organization_id=organization_id)
        roles = session.exec(
            select(Person.user_id, Role.name, Role.scope)
            .join(Role, col(Role.person_id) == col(Person.id))
            .where(col(Role.name).in_([RoleName.COORDINATOR.value, RoleName.ADMIN.value]))
            .order_by(col(Role.id))
        ).all()
        self._everywhere: list[str] = []
        self._scoped: dict[str, list[str]] = defaultdict(list)
        admins: list[str] = []
        for user_id, name, scope in roles:
            if name == RoleName.ADMIN:
                admins.append(user_id)
            elif scope:
                self._scoped[scope].append(user_id)
            else:
                self._everywhere.append(user_id)
        every = [*self._everywhere, *(each for ids in self._scoped.values() for each in ids)]
        self.coordinators = tuple(dict.fromkeys(every or [*admins, *sorted(session.admins)]))
        self._groups: dict[int, set[str]] = defaultdict(set)
        if self._scoped:
            self._read_groups(session)

    def of(self, organization_id: int | None) -> tuple[str, ...]:
        """
        Return the Slack ids of those who answer for an organization's entry.

        Args:
            organization_id: its row; None: a line of no agency.
        """
        if organization_id is None:
            return self.coordinators
        if keepers := self.custodians.get(organization_id):
            return tuple(each.user_id for each in keepers)
        scoped = [
            user_id
            for group in sorted(self._groups.get(organization_id, ()))
            for user_id in self._scoped.get(group, ())
        ]
        return tuple(dict.fromkeys([*scoped, *self._everywhere])) or self.coordinators

    def keeps(self, organization_id: int | None, user_id: str) -> bool:
        """
        Say whether somebody is a custodian of an organization.
        """
        keepers = self.custodians.get(organization_id or 0, ())
        return any(each.user_id == user_id for each in keepers)

    def _read_groups(self, session: Session) -> None:
        ids = dict(session.exec(select(Organization.key, Organization.id)).all())
        for key, leads in session.exec(select(Collaborative.key, Collaborative.leads)):
            for lead in leads:
                if lead in ids:
                    self._groups[ids[lead] or 0].add(key)
        seats = select(Seat.organization_id, Seat.group).where(
            col(Seat.group).startswith("collaborative:")
        )
        for organization_id, group in session.exec(seats):
            self._groups[organization_id].add(group.partition(":")[2])


def _organization(session: Session, key: str) -> Organization:
    row = session.exec(select(Organization).where(Organization.key == key)).one_or_none()
    if row is None:
        raise UnknownFactError("organization", key)
    return row
