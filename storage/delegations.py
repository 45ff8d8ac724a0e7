"""
Delegates: who is asked to go to a meeting for a colleague, and what becomes of it.
"""

from datetime import datetime, timedelta

from sqlmodel import col, select

from storage.attendance import Answer, answers, going, members_among
from storage.deliveries import Plan, Priority, plan
from storage.meetings import Occurrence, key_text
from storage.models import Attendance
from storage.reminder_wishes import muting
from storage.reminders import as_told, meeting_of
from storage.session import Session
from storage.slots import minutes_due

DELEGATION = "delegation"  # the kind, and the series of the minutes it is planned for
LOST = "lost"
DAY = timedelta(days=1)


def tell_delegate(
    session: Session, found: Occurrence, *, recipient: str, what: str, now: datetime
) -> int:
    """
    Plan what tells somebody that they go for a colleague, or do not; or a colleague that
    they cannot.

    Args:
        what: "asked", "freed" or "declined".
    """
    return plan(
        session,
        [_told(found, recipient=recipient, what=what, named=f"{now:%Y-%m-%dT%H:%M:%SZ}", now=now)],
        now=now,
    )


def plan_lost(session: Session, *, now: datetime) -> int:
    """
    Plan what tells those who send somebody that they do not go any more: who has left, or
    is reminded of the series no more. From then on who sends them is reminded. Return how
    many are new.
    """
    if minutes_due(session, DELEGATION, now=now, farthest=DAY) is None:
        return 0
    # Names of meetings are local times: a day more on the safe side.
    query = select(Attendance).where(
        Attendance.answer == Answer.DELEGATE.value,
        col(Attendance.occurrence) >= key_text((now - 2 * DAY).replace(tzinfo=None)),
    )
    rows = session.exec(query.order_by(col(Attendance.id))).all()
    members = members_among(session, {row.delegate_user_id for row in rows if row.delegate_user_id})
    muted = {number: muting(session, number) for number in {row.series_id for row in rows}}
    plans = []
    for row in rows:
        who = row.delegate_user_id
        if who in members and who not in muted[row.series_id]:
            continue  # as nearly all are: no meeting is looked up for that
        found = meeting_of(session, {"series": row.series_id, "key": row.occurrence})
        if found is None or not found.takes_place or found.starts_at <= now:
            continue
        if is_lost(session, found, row.user_id):
            since = f"{row.answered_at:%Y-%m-%dT%H:%M:%SZ}"
            plans.append(_told(found, recipient=row.user_id, what=LOST, named=since, now=now))
    return plan(session, plans, now=now)


def is_lost(session: Session, found: Occurrence, user_id: str) -> bool:
    """
    Say whether *user_id* sends somebody to a meeting who is told nothing of it any more.
    """
    own = answers(session, found).get(user_id)
    if own is None or own.answer is not Answer.DELEGATE:
        return False
    reached = members_among(session, {own.delegate or ""}) - muting(session, found.series_id)
    return own.delegate not in reached


def goes(session: Session, found: Occurrence, user_id: str) -> bool:
    """
    Say whether somebody goes to a meeting for *user_id*.
    """
    said = answers(session, found)
    own = said.get(user_id)
    reached = members_among(session, {(own and own.delegate) or ""})
    return going(said, user_id, members=reached - muting(session, found.series_id)) is not None


def _told(found: Occurrence, *, recipient: str, what: str, named: str, now: datetime) -> Plan:
    return Plan(
        kind=DELEGATION,
        occasion=f"{found.series_id} {found.name} {what} {named}",
        recipient=recipient,
        due_at=now,
        useful_until=found.starts_at,
        priority=Priority.REMINDER,
        payload={**as_told(found), "what": what},
    )
