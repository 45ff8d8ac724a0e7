"""
What was said of meetings that are long past: who came, what was put off, moved and told.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import func
from sqlalchemy.orm import aliased
from sqlmodel import and_, col, delete, exists, or_, select

from storage.meetings import key_text
from storage.models import Attendance, MeetingChange, MeetingException, Snooze
from storage.recurrence import FARTHEST
from storage.session import Session

# Days by which a meeting may be later than its name says: where clocks are behind, and where
# a holiday has pushed it.
LATER = timedelta(days=FARTHEST + 1)


@dataclass(frozen=True, kw_only=True)
class PutAway:
    """
    How many rows are gone.
    """

    attendances: int
    snoozes: int
    exceptions: int
    changes: int

    @property
    def total(self) -> int:
        return self.attendances + self.snoozes + self.exceptions + self.changes


def put_away_old(session: Session, *, before: datetime) -> PutAway:
    """
    Delete what was said of meetings that surely were over before a moment, and the changes
    made before it that everybody was told of. What still says something of a meeting to come
    stays: that it was moved there, and that an answer is older than its last change. The last
    change stays too: its number, by which people were told, is given to no other.
    Calendars show such a day of the past as the series has it from then on.
    """
    past = key_text((before - LATER).replace(tzinfo=None))
    gone = {}
    for model in (Attendance, Snooze):
        moved_on = exists().where(
            col(MeetingException.series_id) == col(model.series_id),
            col(MeetingException.occurrence) == col(model.occurrence),
            col(MeetingException.starts) >= past,
        )
        gone[model] = session.exec(
            delete(model)
            .where(col(model.occurrence) < past, ~moved_on)
            .execution_options(synchronize_session=False)
        ).rowcount
    exceptions = session.exec(
        delete(MeetingException)
        .where(
            col(MeetingException.occurrence) < past,
            or_(col(MeetingException.starts).is_(None), col(MeetingException.starts) < past),
        )
        .execution_options(synchronize_session=False)
    )
    answered = exists().where(
        or_(
            col(Attendance.series_id) == col(MeetingChange.series_id),
            col(Attendance.series_id) == col(MeetingChange.successor_id),
        ),
        col(Attendance.answered_at) < col(MeetingChange.made_at),
    )
    later = aliased(MeetingChange)
    changes = session.exec(
        delete(MeetingChange)
        .where(
            and_(col(MeetingChange.told_at) < before, col(MeetingChange.made_at) < before),
            ~answered,
            col(MeetingChange.id) < select(func.max(later.id)).scalar_subquery(),
        )
        .execution_options(synchronize_session=False)
    )
    return PutAway(
        attendances=gone[Attendance],
        snoozes=gone[Snooze],
        exceptions=exceptions.rowcount,
        changes=changes.rowcount,
    )
