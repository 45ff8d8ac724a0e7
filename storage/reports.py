"""
Deliveries that came to trouble: who is told, and what they decide.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256

from sqlmodel import col, select, update

from storage.deliveries import SENT_AGAIN, DeliveryState, Plan, Priority, plan
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
    """

    done: bool
    state: DeliveryState | None
    again_id: int | None = None


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
    return Decision(done=done, state=_state(session, delivery_id))


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
        known = session.exec(
            select(DeliveryRow.id).where(DeliveryRow.again_of == delivery_id)
        ).first()
        return Decision(done=False, state=_state(session, delivery_id), again_id=known)
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


def _state(session: Session, delivery_id: int) -> DeliveryState | None:
    state = session.exec(select(DeliveryRow.state).where(DeliveryRow.id == delivery_id)).first()
    return None if state is None else DeliveryState(state)


def _untold(session: Session) -> list[tuple[int, str | None]]:
    rows = session.exec(
        select(DeliveryRow.id, DeliveryRow.responsible)
        .where(col(DeliveryRow.to_report_at).is_not(None), DeliveryRow.kind != REPORT)
        .order_by(col(DeliveryRow.id))
    )
    return [(delivery_id, responsible) for delivery_id, responsible in rows if delivery_id]
