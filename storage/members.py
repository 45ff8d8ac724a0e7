"""
Members: approved, confirmed once a year, lapsed otherwise.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlmodel import col, select, update

from storage.audit import record
from storage.details import Details, agency_names, columns, details_of
from storage.errors import NotAMemberError
from storage.feeds import end_feeds
from storage.models import Delivery, Person, RoleName
from storage.models import Member as MemberRow
from storage.people import grant, person_id, revoke, roles_of
from storage.scope import add_new
from storage.seats import leave_seats, take_seats
from storage.session import Session
from storage.task_forces import local_day

YEAR = 365  # days that a confirmation lasts
EARLY = 30  # days before its end that it may be given anew
LAPSED, DEACTIVATED = "lapsed", "deactivated"


@dataclass(frozen=True, kw_only=True)
class Member:
    """
    Attributes:
        agency: the name of their agency.
        approved_by: a Slack id, or "htbot import".
        lapses_on: the last day on which they can confirm; after it they are none any more.
        ended_as: "lapsed" or "deactivated"; None: they are one.
    """

    id: int
    team_id: str
    user_id: str
    details: Details
    agency: str
    approved_by: str
    approved_at: datetime
    confirmed_on: date
    lapses_on: date
    ended_at: datetime | None
    ended_as: str | None


def admit(
    session: Session,
    *,
    team_id: str,
    user_id: str,
    details: Details,
    groups: tuple[str, ...],
    seat_user_id: str | None,
    by: str,
    now: datetime,
) -> None:
    """
    Make a person a member for a year, or an old one what they asked to be now. Their
    agency takes part in *groups*, and *seat_user_id* sits there.
    """
    who = person_id(session, team_id=team_id, user_id=user_id)
    today = local_day(session, now)
    values = columns(details) | {
        "approved_by": by,
        "approved_at": now,
        "confirmed_on": today,
        "lapses_on": today + timedelta(days=YEAR),
        "ended_at": None,
        "ended_as": None,
    }
    if not add_new(session, MemberRow, person_id=who, **values):
        session.exec(
            update(MemberRow)
            .where(col(MemberRow.person_id) == who)
            .values(**values)
            .execution_options(synchronize_session=False)
        )
    grant(session, team_id=team_id, user_id=user_id, role=RoleName.MEMBER, granted_by=by, now=now)
    if details.organization_id is not None:
        # Where they sat and did not ask to sit again, they no longer do.
        kept = [(details.organization_id, ref) for ref in groups] if seat_user_id == user_id else []
        leave_seats(session, user_id=user_id, now=now, but=kept)
        take_seats(
            session,
            organization_id=details.organization_id,
            refs=groups,
            user_id=seat_user_id,
            now=now,
        )


def find_member(session: Session, *, team_id: str, user_id: str) -> Member | None:
    """
    Return a member, one that was included.
    """
    found = _select(session, Person.team_id == team_id, Person.user_id == user_id)
    return found[0] if found else None


def members(session: Session, *, ended: bool = False) -> tuple[Member, ...]:
    """
    Return the members, by name.

    Args:
        ended: those that were, instead.
    """
    gone = col(MemberRow.ended_at)
    return _select(session, gone.is_not(None) if ended else gone.is_(None))


@dataclass(frozen=True, kw_only=True)
class Called:
    """
    A member by their name alone, and for whom they are listed.
    """

    id: int
    name: str
    listed: str


def called(session: Session) -> tuple[Called, ...]:
    """
    Return what the members are called, by name.
    """
    query = select(col(MemberRow.id), col(MemberRow.name), col(MemberRow.listed)).where(
        col(MemberRow.ended_at).is_(None)
    )
    ordered = query.order_by(col(MemberRow.name), col(MemberRow.id))
    return tuple(
        Called(id=id or 0, name=name, listed=listed) for id, name, listed in session.exec(ordered)
    )


def members_by_id(session: Session, ids: Collection[int]) -> dict[int, Member]:
    """
    Return the members of these rows.
    """
    found = _select(session, col(MemberRow.id).in_(ids), col(MemberRow.ended_at).is_(None))
    return {each.id: each for each in found}


def change_details(
    session: Session, *, team_id: str, user_id: str, details: Details, now: datetime
) -> None:
    """
    Store what a member changed of themself; their agency stays.

    Raises:
        NotAMemberError: if they are none.
    """
    values = columns(details)
    del values["organization_id"], values["agency"]
    _change(session, team_id=team_id, user_id=user_id, **values)
    record(session, "member.changed", actor=user_id, now=now, subject=user_id)


def confirm(session: Session, *, team_id: str, user_id: str, now: datetime) -> bool:
    """
    Take a member's word that they still are one: it lasts a year from its day. Return
    False if the last one was given too lately to be due again.

    Raises:
        NotAMemberError: if they are none, or it has lapsed.
    """
    found = find_member(session, team_id=team_id, user_id=user_id)
    if found is None or found.ended_at is not None:
        raise NotAMemberError(user_id)
    today = local_day(session, now)
    if found.lapses_on < today:  # and no tick has ended it yet
        raise NotAMemberError(user_id)
    if found.lapses_on - today > timedelta(days=EARLY):
        return False
    _change(
        session,
        team_id=team_id,
        user_id=user_id,
        confirmed_on=today,
        lapses_on=today + timedelta(days=YEAR),
    )
    record(session, "member.confirmed", actor=user_id, now=now, subject=user_id)
    return True


def days_due(session: Session, *, now: datetime) -> tuple[date, ...]:
    """
    Return on which days memberships lapse whose confirmation is due, or will be within a month.
    """
    until = local_day(session, now) + timedelta(days=EARLY)
    query = select(col(MemberRow.lapses_on)).where(
        col(MemberRow.ended_at).is_(None), col(MemberRow.lapses_on) <= until
    )
    return tuple(session.exec(query.distinct().order_by(col(MemberRow.lapses_on))))


def untold(
    session: Session, lapses_on: date, *, kind: str, occasion: str, limit: int
) -> tuple[Member, ...]:
    """
    Return members whose membership lapses on a day, and for whom no delivery of this kind
    and occasion was planned yet.
    """
    told = select(Delivery.recipient).where(Delivery.kind == kind, Delivery.occasion == occasion)
    return _select(
        session,
        col(MemberRow.ended_at).is_(None),
        col(MemberRow.lapses_on) == lapses_on,
        col(Person.user_id).not_in(told),
        limit=limit,
    )


def lapse(session: Session, *, now: datetime, limit: int | None = None) -> tuple[Member, ...]:
    """
    End the memberships that nobody confirmed in time. Return them.

    Args:
        limit: how many at most; None: all.
    """
    today = local_day(session, now)
    late = _select(
        session,
        col(MemberRow.ended_at).is_(None),
        col(MemberRow.lapses_on) < today,
        limit=limit,
    )
    return tuple(each for each in late if end(session, each, as_=LAPSED, now=now))


def end(session: Session, member: Member, *, as_: str, now: datetime) -> bool:
    """
    End a membership, and leave its seats. Return False if it had ended.

    Args:
        as_: `LAPSED` or `DEACTIVATED`.
    """
    done = session.exec(
        update(MemberRow)
        .where(col(MemberRow.id) == member.id, col(MemberRow.ended_at).is_(None))
        .values(ended_at=now, ended_as=as_)
        .execution_options(synchronize_session=False)
    )
    if not done.rowcount:
        return False
    who = {"team_id": member.team_id, "user_id": member.user_id}
    revoke(session, **who, role=RoleName.MEMBER)
    # Who does not say that they are still there decides on nobody else.
    if RoleName.COORDINATOR in roles_of(session, **who):
        revoke(session, **who, role=RoleName.COORDINATOR)
        record(session, "role.revoked", actor="the bot", now=now, subject=member.user_id, role="coordinator")  # fmt: skip
    leave_seats(session, user_id=member.user_id, now=now)
    end_feeds(session, **who)
    record(session, f"member.{as_}", actor="the bot", now=now, subject=member.user_id)
    return True


def _change(session: Session, *, team_id: str, user_id: str, **values: object) -> None:
    who = person_id(session, team_id=team_id, user_id=user_id)
    done = session.exec(
        update(MemberRow)
        .where(col(MemberRow.person_id) == who, col(MemberRow.ended_at).is_(None))
        .values(**values)
        .execution_options(synchronize_session=False)
    )
    if not done.rowcount:
        raise NotAMemberError(user_id)


def _select(session: Session, *where: object, limit: int | None = None) -> tuple[Member, ...]:
    query = (
        select(MemberRow, Person)
        .join(Person, col(MemberRow.person_id) == col(Person.id))
        .where(*where)  # type: ignore[arg-type]
        .order_by(col(MemberRow.name), col(MemberRow.id))
        .limit(limit)
        .execution_options(populate_existing=True)
    )
    rows = session.exec(query).all()
    names = agency_names(session, *(row.organization_id for row, _ in rows))
    return tuple(
        Member(
            id=row.id or 0,
            team_id=person.team_id,
            user_id=person.user_id,
            details=details_of(row),
            agency=names.get(row.organization_id or 0) or row.agency or "",
            approved_by=row.approved_by,
            approved_at=row.approved_at,
            confirmed_on=row.confirmed_on,
            lapses_on=row.lapses_on,
            ended_at=row.ended_at,
            ended_as=row.ended_as,
        )
        for row, person in rows
    )
