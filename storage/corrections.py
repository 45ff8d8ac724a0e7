"""
Corrections: somebody's word that an entry is wrong, until whoever looks after it settles it.
"""

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from sqlmodel import col, select

from storage import audit
from storage.custodians import Responsible
from storage.deliveries import Plan, Priority, plan
from storage.models import Correction as CorrectionRow
from storage.session import Session
from storage.task_forces import own_row

REPORTED = "correction"  # the kind that tells whoever looks after an entry
SETTLED = "correction settled"  # the kind that tells who reported it


class Outcome(StrEnum):
    CHANGED = "changed"
    STILL_CORRECT = "still correct"
    RETIRED = "retired"


@dataclass(frozen=True, kw_only=True)
class Correction:
    """
    Attributes:
        table, key: of the entry.
        said: what is wrong, if they said it; None once it is settled.
        outcome: None while it is open.
    """

    id: int
    table: str
    key: str
    said: str | None = field(repr=False)
    reported_at: datetime
    settled_at: datetime | None
    outcome: Outcome | None


def report(
    session: Session,
    table: str,
    key: str,
    *,
    said: str | None,
    by: str,
    organization_id: int | None,
    responsible: Responsible,
    now: datetime,
) -> bool:
    """
    Store that an entry is said to be wrong, and plan what tells its custodians.

    Args:
        said: in the reporter's words, which were screened.
        by: the reporter's Slack id.
        organization_id: whose the entry is, by its row; None: of no agency.
    Returns:
        False if theirs of this entry was open: it says now what they say now.
    """
    own_row(session, lock=True)
    theirs = session.exec(
        select(CorrectionRow)
        .where(
            CorrectionRow.table == table,
            CorrectionRow.key == key,
            CorrectionRow.reported_by == by,
            col(CorrectionRow.settled_at).is_(None),
        )
        .execution_options(populate_existing=True)
    ).first()
    if theirs is not None:
        theirs.said, theirs.reported_at = said, now
        session.flush()
        return False
    row = CorrectionRow(table=table, key=key, said=said, reported_by=by, reported_at=now)
    session.add(row)
    session.flush()
    plans = [
        Plan(
            kind=REPORTED,
            occasion=str(row.id),
            recipient=reader,
            due_at=now,
            priority=Priority.REMINDER,
            payload={"correction": row.id},
        )
        for reader in responsible.of(organization_id)
        if reader != by
    ]
    plan(session, plans, now=now)
    return True


def open_corrections(session: Session) -> tuple[Correction, ...]:
    """
    Return what waits to be settled, oldest first.
    """
    query = (
        select(CorrectionRow)
        .where(col(CorrectionRow.settled_at).is_(None))
        .order_by(col(CorrectionRow.reported_at), col(CorrectionRow.id))
        .execution_options(populate_existing=True)
    )
    return tuple(map(_value, session.exec(query)))


def find_correction(session: Session, number: int) -> Correction | None:
    row = session.exec(select(CorrectionRow).where(CorrectionRow.id == number)).one_or_none()
    return None if row is None else _value(row)


def settle(
    session: Session, table: str, key: str, *, outcome: Outcome, by: str, now: datetime
) -> int:
    """
    Settle everything that is open about an entry. Who reported it is told once; what they
    said and who they are is kept no longer. Return how many were open.
    """
    query = (
        select(CorrectionRow)
        .where(
            CorrectionRow.table == table,
            CorrectionRow.key == key,
            col(CorrectionRow.settled_at).is_(None),
        )
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    rows = list(session.exec(query))
    told = [
        Plan(
            kind=SETTLED,
            occasion=str(row.id),
            recipient=row.reported_by,
            due_at=now,
            priority=Priority.BROADCAST,
            payload={"correction": row.id},
        )
        for row in rows
        if row.reported_by and row.reported_by != by
    ]
    for row in rows:
        row.said = row.reported_by = None
        row.settled_by, row.settled_at, row.outcome = by, now, outcome.value
    session.flush()
    plan(session, told, now=now)
    if rows:
        subject = f"{table}:{key}"
        audit.record(
            session, "correction.settled", actor=by, now=now, subject=subject, outcome=outcome.value
        )
    return len(rows)


def _value(row: CorrectionRow) -> Correction:
    return Correction(
        id=row.id or 0,
        table=row.table,
        key=row.key,
        said=row.said,
        reported_at=row.reported_at,
        settled_at=row.settled_at,
        outcome=Outcome(row.outcome) if row.outcome else None,
    )
