"""
Groups, the collaboratives and their subcommittees, and who sits there for which agency.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlmodel import col, delete, select

from storage.kept import kept
from storage.models import Collaborative, Member, Organization, Person, Seat, Subcommittee
from storage.session import Session

COLLABORATIVE, SUBCOMMITTEE = "collaborative", "subcommittee"
# Asked many times a minute: written once, and of their columns alone.
_WHOLES: Any = (
    select(  # type: ignore[call-overload]
        col(Collaborative.id),
        col(Collaborative.key),
        col(Collaborative.name),
        col(Collaborative.alternate_name),
        col(Collaborative.aliases),
    )
    .where(col(Collaborative.retired_at).is_(None))
    .order_by(col(Collaborative.position), col(Collaborative.id))
)
_PARTS: Any = (
    select(  # type: ignore[call-overload]
        col(Subcommittee.collaborative_id),
        col(Subcommittee.key),
        col(Subcommittee.name),
        col(Subcommittee.roster),
        col(Subcommittee.proposed),
    )
    .where(col(Subcommittee.retired_at).is_(None))
    .order_by(col(Subcommittee.position), col(Subcommittee.id))
)


@dataclass(frozen=True, kw_only=True)
class Group:
    """
    Attributes:
        ref: "collaborative:KEY" or "subcommittee:KEY".
        collaborative: the key of the collaborative it is, or is a part of.
        for_coordinators: who sits there is for coordinators alone to know.
        proposed: our suggestion, not yet confirmed by coordinators.
    """

    ref: str
    key: str
    name: str
    names: tuple[str, ...]
    collaborative: str
    for_coordinators: bool
    proposed: bool


@dataclass(frozen=True, kw_only=True)
class Place:
    """
    A seat, and whose.

    Attributes:
        user_id: Slack's id, or None where it is empty.
        emptied_at: since when, where somebody sat there before.
    """

    id: int
    ref: str
    organization_id: int
    organization: str
    organization_key: str
    user_id: str | None
    emptied_at: datetime | None


@kept
def groups(session: Session) -> tuple[Group, ...]:
    """
    Return every collaborative, each followed by its subcommittees.
    """
    found: list[Group] = []
    parts = session.exec(_PARTS).all()
    for row in session.exec(_WHOLES):
        found.append(_whole(row))
        found += [
            _part(part, collaborative=row.key) for part in parts if part.collaborative_id == row.id
        ]
    return tuple(found)


def find_group(session: Session, ref: str) -> Group | None:
    """
    Return one group, or None if none that is served is called so.
    """
    kind, _, key = ref.partition(":")
    if kind == COLLABORATIVE:
        row = session.exec(_WHOLES.where(col(Collaborative.key) == key)).one_or_none()
        return row and _whole(row)
    found = session.exec(
        _PARTS.add_columns(col(Collaborative.key).label("whole"))
        .join(Collaborative, col(Subcommittee.collaborative_id) == col(Collaborative.id))
        .where(col(Subcommittee.key) == key, col(Collaborative.retired_at).is_(None))
    ).one_or_none()
    return found and _part(found, collaborative=found.whole)


def places(
    session: Session,
    *,
    ref: str | None = None,
    organization_id: int | None = None,
    user_id: str | None = None,
    empty: bool = False,
) -> tuple[Place, ...]:
    """
    Return seats, by agency.

    Args:
        ref, organization_id, user_id: only those of this group, this agency, this person.
        empty: only those where nobody sits any more.
    """
    query = select(Seat, Organization).join(
        Organization, col(Seat.organization_id) == col(Organization.id)
    )
    if ref is not None:
        query = query.where(Seat.group == ref)
    if organization_id is not None:
        query = query.where(Seat.organization_id == organization_id)
    if user_id is not None:
        query = query.where(Seat.user_id == user_id)
    if empty:
        query = query.where(col(Seat.user_id).is_(None))
    query = query.order_by(col(Organization.name), col(Seat.group), col(Seat.id))
    return tuple(
        Place(
            id=seat.id or 0,
            ref=seat.group,
            organization_id=seat.organization_id,
            organization=organization.name,
            organization_key=organization.key,
            user_id=seat.user_id,
            emptied_at=seat.emptied_at,
        )
        for seat, organization in session.exec(query)
    )


def within(session: Session, ref: str) -> frozenset[str]:
    """
    Return a group and its parts.
    """
    if not ref.startswith(COLLABORATIVE):
        return frozenset({ref})
    key = ref.partition(":")[2]
    return frozenset({ref, *(each.ref for each in groups(session) if each.collaborative == key)})


def sits_in(session: Session, ref: str, user_id: str) -> bool:
    """
    Say whether *user_id* sits in a group, or in a part of it.
    """
    seated = set(session.exec(select(Seat.group).where(Seat.user_id == user_id)))
    return ref in seated or (bool(seated) and not seated.isdisjoint(within(session, ref)))


def take_seats(
    session: Session,
    *,
    organization_id: int,
    refs: Collection[str],
    user_id: str | None,
    now: datetime,
) -> None:
    """
    Let an agency take part in the groups *refs*, and *user_id* sit there for it. Where
    nobody is named the seat is there, and empty.
    """
    for ref in refs:
        mine = [Seat.organization_id == organization_id, Seat.group == ref]
        rows = session.exec(select(Seat).where(*mine)).all()
        vacant = next((row for row in rows if row.user_id is None), None)
        if user_id is None:
            if not rows:
                session.add(Seat(organization_id=organization_id, group=ref, since=now))
        elif any(row.user_id == user_id for row in rows):
            continue
        elif vacant is not None:
            vacant.user_id, vacant.since, vacant.emptied_at = user_id, now, None
        else:
            session.add(
                Seat(organization_id=organization_id, group=ref, user_id=user_id, since=now)
            )
    session.flush()


def leave_seats(
    session: Session, *, user_id: str, now: datetime, but: Collection[tuple[int, str]] = ()
) -> int:
    """
    Let *user_id* sit nowhere any more. An agency's last seat in a group stays, empty and
    flagged. Return how many were left.

    Args:
        but: pairs of an agency and a group where they stay.
    """
    left = 0
    for row in session.exec(select(Seat).where(Seat.user_id == user_id)).all():
        if (row.organization_id, row.group) in but:
            continue
        others = select(Seat.id).where(
            Seat.organization_id == row.organization_id,
            Seat.group == row.group,
            col(Seat.id) != row.id,
        )
        left += 1
        if session.exec(others).first() is None:
            row.user_id, row.emptied_at = None, now
        else:
            session.delete(row)
    session.flush()
    return left


def give_up(session: Session, seat_id: int) -> bool:
    """
    Let an agency no longer take part where it has an empty seat. Return False if somebody
    sits there, or it is no seat.
    """
    gone = session.exec(delete(Seat).where(col(Seat.id) == seat_id, col(Seat.user_id).is_(None)))
    return bool(gone.rowcount)


def sitting_members(session: Session, refs: Collection[str]) -> dict[str, tuple[int, ...]]:
    """
    Return for each of *refs* the members who sit there, by their numbers.
    """
    found: dict[str, list[int]] = {ref: [] for ref in refs}
    query = (
        select(Seat.group, Member.id)
        .join(Person, col(Person.user_id) == col(Seat.user_id))
        .join(Member, col(Member.person_id) == col(Person.id))
        .where(col(Seat.group).in_(refs), col(Member.ended_at).is_(None))
        .order_by(col(Member.name), col(Member.id))
    )
    for ref, member_id in session.exec(query):
        if member_id is not None and member_id not in found[ref]:
            found[ref].append(member_id)
    return {ref: tuple(ids) for ref, ids in found.items()}


def _whole(row: Any) -> Group:
    short = (row.alternate_name,) if row.alternate_name else ()
    return Group(
        ref=f"{COLLABORATIVE}:{row.key}",
        key=row.key,
        name=row.alternate_name or row.name,
        names=(row.name, row.key, *short, *row.aliases),
        collaborative=row.key,
        for_coordinators=False,
        proposed=False,
    )


def _part(row: Any, *, collaborative: str) -> Group:
    return Group(
        ref=f"{SUBCOMMITTEE}:{row.key}",
        key=row.key,
        name=row.name,
        names=(row.name, row.key),
        collaborative=collaborative,
        for_coordinators=row.roster != "members",
        proposed=row.proposed,
    )
