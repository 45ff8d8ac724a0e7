"""
Attendance: who says that they come to a meeting, that they cannot, or whom they send.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from sqlmodel import and_, col, func, or_, select, update

from storage.audiences import COORDINATORS
from storage.errors import PlainSeriesError
from storage.meetings import Occurrence
from storage.models import Attendance, MeetingChange, Member, Person, RoleName, Seat
from storage.people import grants
from storage.scope import add_new
from storage.seats import within
from storage.session import Session


class Answer(StrEnum):
    YES = "yes"
    NO = "no"
    DELEGATE = "delegate"


@dataclass(frozen=True, kw_only=True)
class Said:
    """
    Attributes:
        delegate: Slack's id of whom they send; None: they send nobody, or nobody any more.
    """

    answer: Answer
    delegate: str | None
    answered_at: datetime


def answers(session: Session, found: Occurrence) -> dict[str, Said]:
    """
    Return what people said of one meeting, by their Slack ids. That somebody comes or not
    counts only for the day and time of which they said it; whom they send, after it was
    moved too.
    """
    query = select(Attendance).where(
        Attendance.series_id == found.series_id, Attendance.occurrence == found.name
    )
    rows = session.exec(query.execution_options(populate_existing=True)).all()
    since = _moved_at(session, found) if rows else None
    return {
        row.user_id: Said(
            answer=Answer(row.answer),
            delegate=row.delegate_user_id,
            answered_at=row.answered_at,
        )
        for row in rows
        if row.answer in set(Answer)
        and (row.answer == Answer.DELEGATE or since is None or row.answered_at >= since)
    }


def say(
    session: Session,
    found: Occurrence,
    *,
    user_id: str,
    answer: Answer,
    delegate: str | None = None,
    now: datetime,
) -> bool:
    """
    Note what *user_id* says of one meeting. Return False if that is what they said before.

    Raises:
        PlainSeriesError: of a plain series nobody's coming is kept.
    """
    if found.series.plain:
        raise PlainSeriesError(found.series_id)
    before = answers(session, found).get(user_id)
    if before is not None and (before.answer, before.delegate) == (answer, delegate):
        return False
    values = {"answer": answer.value, "delegate_user_id": delegate, "answered_at": now}
    key = {"series_id": found.series_id, "occurrence": found.name, "user_id": user_id}
    if not add_new(session, Attendance, **key, **values):
        session.exec(
            update(Attendance)
            .where(
                col(Attendance.series_id) == found.series_id,
                col(Attendance.occurrence) == found.name,
                col(Attendance.user_id) == user_id,
            )
            .values(**values)
            .execution_options(synchronize_session=False)
        )
    return True


def people_of(session: Session, found: Occurrence, *, role: str = "") -> frozenset[str]:
    """
    Return the members whose meeting it is: who sit in its group, or in a part of it.

    Args:
        role: of them only those with it, `COORDINATORS`; "": all.
    """
    inside = within(session, found.series.group)
    # Not a join of all three: nothing leads from a seat to its person but reading them all.
    seated = select(Seat.user_id).where(col(Seat.group).in_(inside))
    query = (
        select(Person.user_id)
        .join(Member, col(Member.person_id) == col(Person.id))
        .where(col(Person.user_id).in_(seated), col(Member.ended_at).is_(None))
    )
    people = set(session.exec(query))
    if role == COORDINATORS:
        given = grants(session, but_members=True)
        people &= {each.user_id for each in given if each.role is RoleName.COORDINATOR}
    return frozenset(people)


def expected(said: Mapping[str, Said], people: Collection[str], *, members: Collection[str]) -> dict[str, str | None]:  # fmt: skip
    """
    Return who of *people* is still to be told of a meeting, or whoever goes for them, each
    with for whom they go; None: for themself. Who said that they cannot come is told no
    more; whose delegate cannot either is told again.

    Args:
        members: who is a member now; nobody else goes for anybody.
    """
    found: dict[str, str | None] = {}
    for user_id in sorted(people):
        own = said.get(user_id)
        sent = going(said, user_id, members=members)
        if sent is not None:
            found.setdefault(sent, user_id)
        elif own is None or own.answer is not Answer.NO:
            found[user_id] = None
    return found


def going(said: Mapping[str, Said], user_id: str, *, members: Collection[str]) -> str | None:
    """
    Return who goes for *user_id*; None: nobody does.
    """
    own = said.get(user_id)
    if own is None or own.answer is not Answer.DELEGATE:
        return None
    if own.delegate is None or own.delegate not in members:
        return None
    theirs = said.get(own.delegate)
    return own.delegate if theirs is None or theirs.answer is Answer.YES else None


def senders(said: Mapping[str, Said], user_id: str) -> tuple[str, ...]:
    """
    Return who sends *user_id*, whatever they say to it.
    """
    return tuple(
        who
        for who, each in sorted(said.items())
        if each.answer is Answer.DELEGATE and each.delegate == user_id
    )


def members_among(session: Session, user_ids: Collection[str]) -> frozenset[str]:
    """
    Return those of *user_ids* who are members now.
    """
    if not user_ids:
        return frozenset()
    query = (
        select(Person.user_id)
        .join(Member, col(Member.person_id) == col(Person.id))
        .where(col(Person.user_id).in_(user_ids), col(Member.ended_at).is_(None))
    )
    return frozenset(session.exec(query))


def _moved_at(session: Session, found: Occurrence) -> datetime | None:
    """
    Return when it was last set to another time, or to take place after all.
    """
    whole = and_(
        col(MeetingChange.occurrence).is_(None),
        col(MeetingChange.since_on) <= found.key.date(),
    )
    query = select(func.max(MeetingChange.made_at)).where(
        or_(
            col(MeetingChange.series_id) == found.series_id,
            col(MeetingChange.successor_id) == found.series_id,
        ),
        col(MeetingChange.what).in_(["moved", "restored"]),
        or_(col(MeetingChange.occurrence) == found.name, whole),
    )
    return session.exec(query).one()
