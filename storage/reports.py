"""
Deliveries that came to trouble: who is told, and what they decide.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256

from sqlalchemy.orm import aliased
from sqlmodel import col, select, update

from storage.deliveries import SENT_AGAIN, DeliveryState, Plan, Priority, plan
from storage.digests import DIGEST, carry_over, follow
from storage.models import Delivery as DeliveryRow
from storage.people import RoleName, grants
from storage.session import Session
from storage.task_forces import own_row

REPORT = "delivery report"  # the kind; a report's own trouble is reported to nobody
GATHERING = timedelta(seconds=30)  # several troubles at once are one report
TROUBLE = (DeliveryState.UNKNOWN, DeliveryState.FAILED)


@dataclass(frozen=True, kw_only=True)
class Decision:
    """
    Attributes:
        done: this decision counted; else somebody had decided, or it is settled.
        state: what the delivery is now; None if there is none of this number.
        again_id: the delivery that takes its place.
        digest_id: the digest it is part of, about which to decide instead.
    """

    done: bool
    state: DeliveryState | None
    again_id: int | None = None
    digest_id: int | None = None


def plan_reports(session: Session, *, now: datetime, admins: Collection[str]) -> int:
    """
    Plan what tells of new trouble: one report a person, while there is none on its way.
    Return how many were planned.

    Args:
        admins: are told where nobody is responsible and there is no coordinator.
    """
    if not _untold(session):
        return 0
    own_row(session, lock=True)  # of several processes one reports
    untold = _untold(session)
    everybody = [each.user_id for each in grants(session) if each.role is RoleName.COORDINATOR]
    told: dict[str, list[int]] = {}
    ids: list[int] = []
    for delivery_id, responsible in untold:
        readers = {responsible} if responsible else set(everybody or admins)
        for reader in readers:
            told.setdefault(reader, []).append(delivery_id)
        if readers:
            ids.append(delivery_id)
    waiting = set(
        session.exec(
            select(DeliveryRow.recipient).where(
                DeliveryRow.kind == REPORT, DeliveryRow.state == DeliveryState.PLANNED
            )
        )
    )
    reports = [
        Plan(
            kind=REPORT,
            occasion=sha256(",".join(map(str, sorted(about))).encode()).hexdigest()[:16],
            recipient=reader,
            due_at=now + GATHERING,
            priority=Priority.REMINDER,
        )
        for reader, about in told.items()
        if reader not in waiting
    ]
    session.exec(
        update(DeliveryRow)
        .where(col(DeliveryRow.id).in_(ids))
        .values(to_report_at=None)
        .execution_options(synchronize_session=False)
    )
    return plan(session, reports, now=now)


def arrived(session: Session, delivery_id: int, *, by: str, now: datetime) -> Decision:
    """
    Take somebody's word that an unknown delivery arrived.
    """
    done = _resolve(
        session,
        delivery_id,
        of=(DeliveryState.UNKNOWN,),
        by=by,
        now=now,
        state=DeliveryState.SENT,
        reason=None,
    )
    if not done:
        return _undecided(session, delivery_id)
    # Only a digest has any members.
    follow(session, [delivery_id], state=DeliveryState.SENT.value, reason=None, settled_at=now)
    return Decision(done=True, state=DeliveryState.SENT)


def send_again(session: Session, delivery_id: int, *, by: str, now: datetime) -> Decision:
    """
    Plan an unknown or failed delivery once more, as a new one. However often and by
    whomever this is asked, at the same time too, there is one new one.
    """
    if not _resolve(
        session,
        delivery_id,
        of=TROUBLE,
        by=by,
        now=now,
        state=DeliveryState.SKIPPED,
        reason=SENT_AGAIN,
    ):
        return _undecided(session, delivery_id)
    old = session.exec(
        select(DeliveryRow)
        .where(DeliveryRow.id == delivery_id)
        .execution_options(populate_existing=True)
    ).one()
    late = None if old.useful_until is None else now + (old.useful_until - old.due_at)
    new = DeliveryRow(
        kind=old.kind,
        occasion=f"{old.occasion}+{delivery_id}",
        recipient=old.recipient,
        state=DeliveryState.PLANNED.value,
        priority=old.priority,
        due_at=now,
        useful_until=late,
        next_attempt_at=now,
        attempts=0,
        responsible=old.responsible,
        payload=dict(old.payload),
        again_of=delivery_id,
        planned_at=now,
    )
    session.add(new)
    session.flush()
    if new.kind == DIGEST and new.id is not None:
        carry_over(session, delivery_id, new.id, now=now)
    return Decision(done=True, state=DeliveryState.SKIPPED, again_id=new.id)


def _resolve(
    session: Session,
    delivery_id: int,
    *,
    of: Collection[DeliveryState],
    by: str,
    now: datetime,
    state: DeliveryState,
    reason: str | None,
) -> bool:
    done = session.exec(
        update(DeliveryRow)
        .where(
            col(DeliveryRow.id) == delivery_id,
            col(DeliveryRow.state).in_([each.value for each in of]),
            col(DeliveryRow.digest_id).is_(None),
        )
        .values(
            state=state.value,
            reason=reason,
            resolved_by=by,
            settled_at=now,
            to_report_at=None,
            token=None,  # a late answer no longer counts
        )
        .execution_options(synchronize_session=False)
    )
    return bool(done.rowcount)


def _undecided(session: Session, delivery_id: int) -> Decision:
    found = session.exec(
        select(DeliveryRow.state, DeliveryRow.digest_id).where(DeliveryRow.id == delivery_id)
    ).first()
    if found is None:
        return Decision(done=False, state=None)
    again = select(DeliveryRow.id).where(DeliveryRow.again_of == delivery_id)
    return Decision(
        done=False,
        state=DeliveryState(found[0]),
        again_id=session.exec(again).first(),
        digest_id=found[1],
    )


def _untold(session: Session) -> list[tuple[int, str | None]]:
    """
    Return what somebody must be told of, with who is responsible: of a digest, whoever
    is of any of its members.
    """
    member = aliased(DeliveryRow)
    rows = session.exec(
        select(DeliveryRow.id, DeliveryRow.responsible, member.id, member.responsible)
        .outerjoin(member, col(member.digest_id) == col(DeliveryRow.id))
        .where(col(DeliveryRow.to_report_at).is_not(None), DeliveryRow.kind != REPORT)
        .order_by(col(DeliveryRow.id))
    )
    return [
        (delivery_id, responsible if member_id is None else of_member)
        for delivery_id, responsible, member_id, of_member in rows
        if delivery_id
    ]
