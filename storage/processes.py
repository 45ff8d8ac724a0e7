"""
Which processes answer Slack from this database, by what they say of themselves.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlmodel import col, delete, select, update

from storage.models import Process as ProcessRow
from storage.scope import add_new
from storage.session import Session

MISSED = 3  # times that a process has not said that it is there: it is silent
SLACK = timedelta(seconds=15)  # for a busy database, and for clocks that differ
FORGOTTEN = timedelta(days=1)  # after which what is silent is no finding any more


@dataclass(frozen=True, kw_only=True)
class Process:
    """
    Attributes:
        name: of the machine, with the process's number.
        every: how often it says that it is there.
    """

    name: str
    started_at: datetime
    ticked_at: datetime
    every: timedelta

    def runs(self, now: datetime) -> bool:
        """
        Say whether it was heard of as lately as one that runs is.
        """
        return now - self.ticked_at <= MISSED * self.every + SLACK


def beat(
    session: Session, *, name: str, started_at: datetime, every: timedelta, now: datetime
) -> None:
    """
    Note that the process *name* is there.
    """
    said = {"ticked_at": now, "every_seconds": every.total_seconds(), "counts": True}
    if not add_new(session, ProcessRow, name=name, started_at=started_at, **said):
        session.exec(
            update(ProcessRow)
            .where(col(ProcessRow.name) == name)
            .values(**said)
            .execution_options(synchronize_session=False)
        )


def end(session: Session, *, name: str) -> None:
    """
    Note that the process *name* ended as it should.
    """
    session.exec(delete(ProcessRow).where(col(ProcessRow.name) == name))


def processes(session: Session) -> tuple[Process, ...]:
    """
    Return every process that has not ended as it should, the one heard of last first.
    An unscoped session sees those of every task force.
    """
    query = select(ProcessRow).order_by(col(ProcessRow.ticked_at).desc(), col(ProcessRow.id))
    return tuple(
        Process(
            name=row.name,
            started_at=row.started_at,
            ticked_at=row.ticked_at,
            every=timedelta(seconds=row.every_seconds),
        )
        for row in session.exec(query)
    )


def running(session: Session, *, now: datetime) -> tuple[Process, ...]:
    """
    Return those of `processes` that run.
    """
    return tuple(each for each in processes(session) if each.runs(now))


def all_count(session: Session, *, now: datetime) -> bool:
    """
    Say whether every process that runs counts its changes. One of an older version, still
    there while a newer one takes its place, does not.
    """
    query = select(ProcessRow.every_seconds, ProcessRow.ticked_at).where(
        col(ProcessRow.counts).is_(None)
    )
    return not any(
        now - ticked_at <= MISSED * timedelta(seconds=every) + SLACK
        for every, ticked_at in session.exec(query)
    )


def forget_silent(session: Session, *, now: datetime) -> int:
    """
    Delete what has been silent for long. Return how many there were.
    """
    gone = session.exec(delete(ProcessRow).where(col(ProcessRow.ticked_at) < now - FORGOTTEN))
    return int(gone.rowcount)
