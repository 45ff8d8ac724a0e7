"""
Audiences: whom a broadcast is for, by where they sit, what they are and what they offer.
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass

from sqlmodel import col, select

from storage.members import Member, members
from storage.models import Offering, Organization, RoleName, Service
from storage.people import grants
from storage.seats import COLLABORATIVE, groups, places
from storage.session import Session

EVERYBODY = "everybody:members"
AGENCY, SERVICE, ROLE, CHANNEL = "agency", "service", "role", "channel"
COORDINATORS, SEATED = "role:coordinators", "role:seated"
ROLES = {COORDINATORS: "Coordinators", SEATED: "Those who sit for their agency"}
YOURS = "a subcommittee you sit in"


@dataclass(frozen=True, kw_only=True)
class Choice:
    """
    Something an audience can be made of.

    Attributes:
        names: all of its names, the one that is shown first.
    """

    ref: str
    label: str
    names: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class Reach:
    """
    Attributes:
        collaboratives: the keys of those that an audience is made of, or of whose parts.
        beyond: it is made of something else as well, which may be of any collaborative.
    """

    collaboratives: frozenset[str]
    beyond: bool

    @property
    def crosses(self) -> bool:
        """
        Say whether it is not of one collaborative alone, as far as anybody can tell.
        """
        return self.beyond or len(self.collaboratives) > 1


@dataclass(frozen=True, kw_only=True)
class Audience:
    """
    Attributes:
        people: Slack id -> the refs by which they are in it, each person once.
        channels: Slack ids.
    """

    people: Mapping[str, tuple[str, ...]]
    channels: tuple[str, ...]


def choices(session: Session) -> tuple[Choice, ...]:
    """
    Return all that an audience can be made of, channels aside.
    """
    found = [Choice(ref=EVERYBODY, label="All members", names=("All members", "everybody"))]
    for group in groups(session):
        kind = "" if group.ref.startswith(COLLABORATIVE) else " (subcommittee)"
        found.append(Choice(ref=group.ref, label=f"{group.name}{kind}", names=group.names))
    found += [Choice(ref=ref, label=label, names=(label,)) for ref, label in ROLES.items()]
    for row in session.exec(select(Service).where(col(Service.retired_at).is_(None))):
        names = (row.name, *row.aliases)
        found.append(Choice(ref=f"{SERVICE}:{row.key}", label=f"Offers: {row.name}", names=names))
    with_members = {each.details.organization_id for each in members(session)}
    listed = select(Organization).where(col(Organization.id).in_(with_members))
    for agency in session.exec(listed.order_by(col(Organization.name))):
        short = (agency.alternate_name,) if agency.alternate_name else ()
        names = (agency.name, *short, *agency.aliases)
        found.append(Choice(ref=f"{AGENCY}:{agency.key}", label=agency.name, names=names))
    return tuple(found)


def labels(session: Session, refs: Collection[str], *, for_all: bool) -> tuple[str, ...]:
    """
    Return what *refs* are called.

    Args:
        for_all: not only coordinators read it: who sits in a group whose roster is the
            coordinators' is not said.
    """
    hidden = {each.ref for each in groups(session) if each.for_coordinators}
    names = {each.ref: each.label for each in choices(session)} | ROLES
    found = []
    for ref in refs:
        if ref.startswith(f"{CHANNEL}:"):
            found.append("a channel")
        elif for_all and ref in hidden:
            found.append(YOURS)
        else:
            found.append(names.get(ref, "something that is no longer there"))
    return tuple(dict.fromkeys(found))


def reach(session: Session, refs: Collection[str]) -> Reach:
    """
    Return which collaboratives *refs* concern, whoever is in them.
    """
    every = {each.ref: each.collaborative for each in groups(session)}
    # Nobody here knows who reads a channel.
    elsewhere = {EVERYBODY, *ROLES}
    kinds = {AGENCY, SERVICE, CHANNEL}
    return Reach(
        collaboratives=frozenset(every[ref] for ref in refs if ref in every),
        beyond=any(ref in elsewhere or ref.partition(":")[0] in kinds for ref in refs),
    )


def resolve(session: Session, refs: Collection[str], *, only: Collection[str] = ()) -> Audience:
    """
    Return whom *refs* mean now: members alone, each once.

    Args:
        only: refs of roles; of the members only those who have one of them.
    """
    everybody = {each.user_id: each for each in members(session)}
    every = {each.ref: each for each in groups(session)}
    seats = places(session)
    coordinating = {each.user_id for each in grants(session) if each.role is RoleName.COORDINATOR}
    sitting = {place.user_id for place in seats if place.user_id}
    roles = {COORDINATORS: coordinating, SEATED: sitting}
    found: dict[str, list[str]] = {}
    for ref in dict.fromkeys(refs):
        kind, _, key = ref.partition(":")
        some: Collection[str | None] = ()
        if ref == EVERYBODY:
            some = everybody
        elif ref in every:
            inside = {ref}
            if kind == COLLABORATIVE:
                inside |= {each.ref for each in every.values() if each.collaborative == key}
            some = {place.user_id for place in seats if place.ref in inside}
        elif ref in roles:
            some = roles[ref]
        elif kind == AGENCY:
            agencies = set(
                session.exec(select(Organization.id).where(Organization.key == key)).all()
            )
            some = _of_agencies(everybody.values(), agencies)
        elif kind == SERVICE:
            query = (
                select(Offering.organization_id)
                .join(Service, col(Offering.service_id) == col(Service.id))
                .where(Service.key == key)
            )
            some = _of_agencies(everybody.values(), set(session.exec(query).all()))
        for user_id in some:
            if user_id in everybody:
                found.setdefault(str(user_id), []).append(ref)
    narrowed = set[str]().union(*(roles[ref] for ref in only if ref in roles)) if only else None
    return Audience(
        people={
            user_id: tuple(why)
            for user_id, why in sorted(found.items())
            if narrowed is None or user_id in narrowed
        },
        channels=tuple(
            ref.partition(":")[2] for ref in dict.fromkeys(refs) if ref.startswith(f"{CHANNEL}:")
        ),
    )


def _of_agencies(everybody: Iterable[Member], ids: Collection[int | None]) -> set[str]:
    return {each.user_id for each in everybody if each.details.organization_id in ids}
