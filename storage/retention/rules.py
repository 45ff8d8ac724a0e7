"""
The rules: what is deleted when, a batch at a time.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, func
from sqlalchemy.orm import aliased
from sqlmodel import and_, col, delete, or_, select, update

from storage.broadcasts import BROADCAST, EMERGENCY, BroadcastState
from storage.deliveries import SETTLED
from storage.models import (
    AuditEntry,
    Broadcast,
    BroadcastCorrection,
    BroadcastReader,
    Change,
    Correction,
    Delivery,
    Member,
    Receipt,
    Registration,
    RegistrationState,
    Scoped,
)
from storage.past_meetings import put_away_old
from storage.processes import forget_silent
from storage.receipts import KEPT as RECEIPTS_KEPT
from storage.retention.kept import LEAST_MESSAGES, Kept
from storage.retention.occasions import OCCASIONS
from storage.session import Session

DAY = timedelta(days=1)
AT_ONCE = 200  # rows: some milliseconds of the writer
DETAILS_KEPT = timedelta(days=90)  # of a request, after it was decided


@dataclass(frozen=True, kw_only=True)
class Batch:
    """
    Attributes:
        gone: how many rows were deleted, or emptied.
        after: the last row that was looked at; None: there is no more.
    """

    gone: int
    after: int | None


@dataclass(frozen=True, kw_only=True)
class Rule:
    """
    Attributes:
        what: in a word or two, for the log.
        apply: deletes what is over among the next rows.
    """

    what: str
    apply: Callable[[Session, datetime, Kept, int], Batch]


def _deliveries(session: Session, now: datetime, kept: Kept, after: int) -> Batch:
    """
    Delete settled deliveries whose occasion cannot come again, of which nobody is still to
    be told, and to which no other row refers. The last one stays: where numbers are given
    out anew, another broadcast's would be taken for it.
    """
    before = now - max(kept.messages, LEAST_MESSAGES)
    other = aliased(Delivery)
    refers = select(other.id).where(
        or_(col(other.again_of) == col(Delivery.id), col(other.digest_id) == col(Delivery.id))
    )
    query = (
        select(Delivery)
        .where(
            col(Delivery.id) > after,
            col(Delivery.id) < _last(Delivery),
            col(Delivery.kind).in_(OCCASIONS),
            col(Delivery.state).in_([state.value for state in SETTLED]),
            col(Delivery.settled_at) < before,
            col(Delivery.due_at) < before,
            col(Delivery.to_report_at).is_(None),
            ~refers.exists(),
        )
        .order_by(col(Delivery.id))
        .limit(AT_ONCE)
    )
    rows = session.exec(query).all()
    guards = {kind: OCCASIONS[kind](session) for kind in {row.kind for row in rows}}
    over = [row.id for row in rows if not guards[row.kind](row.occasion)]
    return _gone(session, Delivery, over, seen=[row.id for row in rows])


def _readers(session: Session, now: datetime, kept: Kept, after: int) -> Batch:
    """
    Delete who got a broadcast, once nothing is known any more of how it went to them.
    """
    before = now - max(kept.messages, LEAST_MESSAGES)
    query = (
        select(BroadcastReader, Broadcast)
        .join(Broadcast, col(BroadcastReader.broadcast_id) == col(Broadcast.id))
        .where(
            col(BroadcastReader.id) > after,
            or_(_over(before), col(BroadcastReader.run) < col(Broadcast.run)),
        )
        .order_by(col(BroadcastReader.id))
        .limit(AT_ONCE)
    )
    rows = session.exec(query).all()
    occasions = {f"{reader.broadcast_id}.{reader.run}:" for reader, _ in rows}
    known = set(
        session.exec(
            select(Delivery.occasion)
            .where(
                col(Delivery.kind).in_([BROADCAST, EMERGENCY]),
                col(Delivery.occasion).in_(occasions),
            )
            .distinct()
        )
    )
    over = [reader.id for reader, _ in rows if f"{reader.broadcast_id}.{reader.run}:" not in known]
    return _gone(session, BroadcastReader, over, seen=[reader.id for reader, _ in rows])


def _broadcasts(session: Session, now: datetime, kept: Kept, after: int) -> Batch:
    """
    Delete broadcasts that ended, and drafts that nobody sent. The last one stays: its
    number is given to no other.
    """
    before = now - max(kept.messages, LEAST_MESSAGES)
    reader = select(BroadcastReader.id).where(
        col(BroadcastReader.broadcast_id) == col(Broadcast.id)
    )
    draft = and_(
        col(Broadcast.state) == BroadcastState.DRAFT.value,
        col(Broadcast.started_at).is_(None),
        col(Broadcast.drafted_at) < before,
    )
    found = _ids(
        session,
        Broadcast,
        or_(_over(before), draft),
        col(Broadcast.id) < _last(Broadcast),
        ~reader.exists(),
        after=after,
    )
    if found:  # what was proposed or said of them goes with them
        session.exec(
            delete(BroadcastCorrection).where(col(BroadcastCorrection.broadcast_id).in_(found))
        )
    return _gone(session, Broadcast, found, seen=found)


def _over(before: datetime) -> ColumnElement[bool]:
    ended = (BroadcastState.SENT.value, BroadcastState.ABORTED.value)
    return and_(col(Broadcast.state).in_(ended), col(Broadcast.ended_at) < before)


def _corrections(session: Session, now: datetime, kept: Kept, after: int) -> Batch:
    before = now - max(kept.messages, LEAST_MESSAGES)
    where = (col(Correction.settled_at) < before, col(Correction.id) < _last(Correction))
    found = _ids(session, Correction, *where, after=after)
    return _gone(session, Correction, found, seen=found)


def _past_meetings(session: Session, now: datetime, kept: Kept, after: int) -> Batch:
    """
    Delete who came, what was put off, moved and told: a few rows a day, so all at once.
    """
    gone = put_away_old(session, before=now - max(kept.messages, LEAST_MESSAGES))
    return Batch(gone=gone.total, after=None)


def _requests(session: Session, now: datetime, kept: Kept, after: int) -> Batch:
    """
    Empty decided requests of what people said of themselves; that they asked, and what
    became of it, stays.
    """
    found = _ids(
        session,
        Registration,
        Registration.state != RegistrationState.ASKED.value,
        col(Registration.decided_at) < now - DETAILS_KEPT,
        Registration.name != "",
        after=after,
    )
    if found:
        session.exec(
            update(Registration)
            .where(col(Registration.id).in_(found))
            .values(
                name="",
                title="",
                agency=None,
                organization_id=None,
                languages=[],
                email=None,
                phone=None,
                groups=[],
                seat_user_id=None,
                question=None,
                answer=None,
                reason=None,
            )
            .execution_options(synchronize_session=False)
        )
    return _batch(found, gone=len(found))


def _former_members(session: Session, now: datetime, kept: Kept, after: int) -> Batch:
    found = _ids(session, Member, col(Member.ended_at) < now - kept.former, after=after)
    return _gone(session, Member, found, seen=found)


def _changes_of_members(session: Session, now: datetime, kept: Kept, after: int) -> Batch:
    """
    Delete what imports changed of members: their contacts, as they were, are in it.
    """
    found = _ids(
        session,
        Change,
        Change.table == "member",
        col(Change.made_at) < now - kept.former,
        col(Change.id) < _last(Change),
        after=after,
    )
    return _gone(session, Change, found, seen=found)


def _audit(session: Session, now: datetime, kept: Kept, after: int) -> Batch:
    found = _ids(session, AuditEntry, col(AuditEntry.at) < now - kept.audit, after=after)
    return _gone(session, AuditEntry, found, seen=found)


def _receipts(session: Session, now: datetime, kept: Kept, after: int) -> Batch:
    found = _ids(session, Receipt, col(Receipt.received_at) < now - RECEIPTS_KEPT, after=after)
    return _gone(session, Receipt, found, seen=found)


def _processes(session: Session, now: datetime, kept: Kept, after: int) -> Batch:
    return Batch(gone=forget_silent(session, now=now), after=None)


RULES: tuple[Rule, ...] = (
    Rule(what="receipts", apply=_receipts),
    Rule(what="deliveries", apply=_deliveries),
    Rule(what="readers of broadcasts", apply=_readers),
    Rule(what="broadcasts", apply=_broadcasts),
    Rule(what="corrections", apply=_corrections),
    Rule(what="what was said of past meetings", apply=_past_meetings),
    Rule(what="details of requests", apply=_requests),
    Rule(what="former members", apply=_former_members),
    Rule(what="changes of members", apply=_changes_of_members),
    Rule(what="audit", apply=_audit),
    Rule(what="processes", apply=_processes),
)


def _last(model: type[Scoped]) -> Any:
    other = aliased(model)
    return select(func.max(other.id)).scalar_subquery()


def _ids(session: Session, model: type[Scoped], *where: Any, after: int) -> list[int]:
    query = select(model.id).where(col(model.id) > after, *where).order_by(col(model.id))
    return [id for id in session.exec(query.limit(AT_ONCE)) if id is not None]


def _gone(
    session: Session, model: type[Scoped], ids: Sequence[int | None], *, seen: Sequence[int | None]
) -> Batch:
    if ids:
        session.exec(delete(model).where(col(model.id).in_(ids)))
    return _batch(seen, gone=len(ids))


def _batch(seen: Sequence[int | None], *, gone: int) -> Batch:
    return Batch(gone=gone, after=seen[-1] if len(seen) == AT_ONCE else None)
