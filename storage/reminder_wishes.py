"""
What people want of reminders for themselves: a series muted, one of them once more later,
the meetings of the week in one message.
"""

from dataclasses import dataclass
from datetime import datetime, time

from sqlmodel import col, delete, select, update

from storage.meetings import Occurrence, Series, all_series
from storage.models import AgendaWish, SeriesMute, Snooze
from storage.preferences import DIGEST_AT
from storage.scope import add_new
from storage.session import Session


@dataclass(frozen=True, kw_only=True)
class Agenda:
    """
    When the meetings of the coming days come in one message.

    Attributes:
        weekday: 0 is Monday.
        at: wall time in the reader's zone.
        days: how far ahead it looks.
    """

    weekday: int = 0
    at: time = DIGEST_AT
    days: int = 7


def muting(session: Session, series_id: int) -> frozenset[str]:
    """
    Return who wants no reminder of a series, by their Slack ids.
    """
    query = select(SeriesMute.user_id).where(SeriesMute.series_id == series_id)
    return frozenset(session.exec(query))


def muted_by(session: Session, user_id: str) -> frozenset[int]:
    """
    Return the series of which somebody wants no reminder, by their numbers.
    """
    query = select(SeriesMute.series_id).where(SeriesMute.user_id == user_id)
    return frozenset(session.exec(query))


def mute(session: Session, series: Series, *, user_id: str, now: datetime) -> bool:
    """
    Remind somebody of a series no more, nor of what it goes on as. Return False if they
    were not anyway.
    """
    new = [
        add_new(session, SeriesMute, series_id=number, user_id=user_id, muted_at=now)
        for number in _onward(session, series)
    ]
    return any(new)


def unmute(session: Session, series: Series, *, user_id: str) -> bool:
    """
    Remind somebody of a series again. Return False if they were.
    """
    gone = session.exec(
        delete(SeriesMute).where(
            col(SeriesMute.series_id).in_(_onward(session, series)),
            col(SeriesMute.user_id) == user_id,
        )
    )
    return bool(gone.rowcount)


def snooze(session: Session, found: Occurrence, *, user_id: str, until: datetime) -> bool:
    """
    Remind somebody of one meeting once more, at *until*, a whole minute; what they wanted
    of it before counts no more. Return False if it was the same.
    """
    who = {"series_id": found.series_id, "occurrence": found.name, "user_id": user_id}
    if add_new(session, Snooze, **who, until=until):
        return True
    done = session.exec(
        update(Snooze)
        .where(
            col(Snooze.series_id) == found.series_id,
            col(Snooze.occurrence) == found.name,
            col(Snooze.user_id) == user_id,
            col(Snooze.until) != until,
        )
        .values(until=until)
        .execution_options(synchronize_session=False)
    )
    return bool(done.rowcount)


def snoozed_until(session: Session, found: Occurrence, *, user_id: str) -> datetime | None:
    query = select(Snooze.until).where(
        Snooze.series_id == found.series_id,
        Snooze.occurrence == found.name,
        Snooze.user_id == user_id,
    )
    return session.exec(query).one_or_none()


def find_agenda(session: Session, user_id: str) -> Agenda | None:
    return agendas(session, user_id=user_id).get(user_id)


def agendas(session: Session, *, user_id: str | None = None) -> dict[str, Agenda]:
    """
    Return who wants the meetings of the coming days in one message, and when.

    Args:
        user_id: only theirs; None: everybody's.
    """
    query = select(AgendaWish)
    if user_id is not None:
        query = query.where(AgendaWish.user_id == user_id)
    rows = session.exec(query.execution_options(populate_existing=True))
    return {
        row.user_id: Agenda(weekday=row.weekday, at=row.at or DIGEST_AT, days=row.days)
        for row in rows
    }


def wish_agenda(session: Session, user_id: str, agenda: Agenda | None, *, now: datetime) -> None:
    """
    Let the meetings of the coming days come to *user_id* in one message; None: no more.
    """
    if agenda is None:
        session.exec(delete(AgendaWish).where(col(AgendaWish.user_id) == user_id))
        return
    if not add_new(session, AgendaWish, user_id=user_id, wished_at=now, **vars(agenda)):
        session.exec(
            update(AgendaWish)
            .where(col(AgendaWish.user_id) == user_id)
            .values(**vars(agenda))
            .execution_options(synchronize_session=False)
        )


def _onward(session: Session, series: Series) -> list[int]:
    """
    Return a series and those that it goes on as, by their numbers.
    """
    successors = {each.id: each.successor_id for each in all_series(session, cancelled=True)}
    found: list[int] = []
    number: int | None = series.id
    while number is not None and number not in found:
        found.append(number)
        number = successors.get(number)
    return found
