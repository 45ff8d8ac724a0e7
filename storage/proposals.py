"""
Changes of lines: proposed by one person, made when a second, a coordinator, approves.
"""

from datetime import datetime

from sqlmodel import col, select

from storage import audit
from storage.directory import DECLINED, MADE, PROPOSED, Edit, agrees, apply, edit_of, keep, lock
from storage.entries import Values, current, version
from storage.errors import (
    OwnProposalError,
    ProposedAlreadyError,
    ProposerLeftError,
    StaleError,
    UnknownChangeError,
)
from storage.models import Change
from storage.session import Session

TABLE = "hotline"


def propose(
    session: Session,
    key: str,
    after: Values | None,
    *,
    by: str,
    now: datetime,
    seen: str | None = None,
) -> int | None:
    """
    Store how a line is to be, for a second person to approve. It is served as it is until then.

    Args:
        key: of the line, or what a new one gets.
        after: all of its values; None: it is no more.
        by: the Slack id of who proposes it.
        seen: the `version` of the values it was made from; None: whatever is there.
    Returns:
        The number of the change; None if the line is that already.
    Raises:
        StaleError: if the line is no more what was seen.
        ProposedAlreadyError: if another change of it waits.
    """
    lock(session)
    before = current(session, TABLE, key)
    if before == after:
        return None
    if seen is not None and seen != version(before):
        raise StaleError(TABLE, key)
    waiting = session.exec(
        select(Change.id).where(Change.table == TABLE, Change.key == key, Change.state == PROPOSED)
    ).first()
    if waiting is not None:
        raise ProposedAlreadyError(waiting)
    if before is not None and after is not None:
        fields = [field for field in after if before.get(field) != after[field]]
        before = {field: before.get(field) for field in fields}
        after = {field: after[field] for field in fields}
    row = Change(
        table=TABLE,
        key=key,
        before=before,
        after=None if after is None else dict(after),
        state=PROPOSED,
        made_by=by,
        made_at=now,
    )
    session.add(row)
    session.flush()
    audit.record(session, "directory.proposed", actor=by, now=now, subject=f"{TABLE}:{key}")
    return row.id


def proposals(session: Session) -> tuple[Edit, ...]:
    """
    Return the changes that wait for a decision, oldest first.
    """
    query = select(Change).where(Change.state == PROPOSED).order_by(col(Change.id))
    return tuple(edit_of(row) for row in session.exec(query))


def approve(session: Session, number: int, *, by: str, now: datetime) -> bool:
    """
    Make a proposed change. Return False if it was approved before.

    Args:
        by: the Slack id of the coordinator who approves.
    Raises:
        UnknownChangeError: if there is none of this number, or it was declined.
        OwnProposalError: if it is their own.
        ProposerLeftError: if nobody can tell whether it is.
        StaleError: if the line is no more what it was when the change was proposed.
    """
    lock(session)
    row = _row(session, number)
    if row.state == MADE:
        return False
    if row.made_by == by:
        raise OwnProposalError
    if row.made_by == audit.LEFT:
        raise ProposerLeftError
    values = current(session, TABLE, row.key)
    if not agrees(values, row.before):
        raise StaleError(TABLE, row.key)
    after = None if row.after is None else {**(values or {}), **row.after}
    apply(session, TABLE, row.key, after, by=by, now=now)
    row.state, row.decided_by, row.decided_at = MADE, by, now
    keep(session, row, by=by, now=now)
    return True


def decline(session: Session, number: int, *, by: str, now: datetime) -> bool:
    """
    Put a proposed change away; whoever proposed it may do so too. Return False if it was
    declined before.

    Raises:
        UnknownChangeError: if there is none of this number, or it was approved.
    """
    lock(session)
    row = _row(session, number, approved=False)
    if row.state == DECLINED:
        return False
    row.state, row.decided_by, row.decided_at = DECLINED, by, now
    session.flush()
    subject = f"{TABLE}:{row.key}"
    audit.record(session, "directory.declined", actor=by, now=now, subject=subject)
    return True


def _row(session: Session, number: int, *, approved: bool = True) -> Change:
    row = session.exec(
        select(Change)
        .where(Change.id == number, Change.table == TABLE)
        .execution_options(populate_existing=True)
    ).one_or_none()
    state = MADE if approved else DECLINED
    if row is None or row.state not in {PROPOSED, state} or row.batch_id is not None:
        raise UnknownChangeError(number)
    return row
