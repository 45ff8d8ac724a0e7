"""
What the bot does by itself and fails to do: noted once, and told to the administrators.
"""

from dataclasses import dataclass
from datetime import datetime

from sqlmodel import col, select

from storage.models import JobTrouble as JobTroubleRow
from storage.scope import add_new
from storage.session import Session


@dataclass(frozen=True, kw_only=True)
class JobTrouble:
    """
    Attributes:
        job: in words: "planning reminders".
        reason: the error's class.
        reference: what the log calls it.
        over_at: since when it works again; None: it does not.
    """

    id: int
    job: str
    reason: str
    reference: str
    since: datetime
    over_at: datetime | None


def note_trouble(session: Session, *, job: str, reason: str, reference: str, now: datetime) -> None:
    """
    Note that *job* fails. One that was noted, and is not over, stands as it is.
    """
    added = add_new(session, JobTroubleRow, job=job, reason=reason, reference=reference, since=now)
    if added:
        return
    row = session.exec(select(JobTroubleRow).where(JobTroubleRow.job == job)).one()
    if row.over_at is not None:
        row.reason, row.reference, row.since, row.over_at = reason, reference, now, None
        session.flush()


def note_over(session: Session, *, job: str, now: datetime) -> None:
    """
    Note that *job* works again, if it did not.
    """
    row = session.exec(
        select(JobTroubleRow).where(JobTroubleRow.job == job, col(JobTroubleRow.over_at).is_(None))
    ).one_or_none()
    if row is not None:
        row.over_at = now
        session.flush()


def troubles(session: Session, *, ended: bool = False) -> tuple[JobTrouble, ...]:
    """
    Return what fails now, the oldest first.

    Args:
        ended: with what failed once and works again.
    """
    query = select(JobTroubleRow).order_by(col(JobTroubleRow.since), col(JobTroubleRow.id))
    if not ended:
        query = query.where(col(JobTroubleRow.over_at).is_(None))
    return tuple(
        JobTrouble(
            id=row.id or 0,
            job=row.job,
            reason=row.reason,
            reference=row.reference,
            since=row.since,
            over_at=row.over_at,
        )
        for row in session.exec(query)
    )
