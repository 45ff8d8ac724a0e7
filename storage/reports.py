"""
Deliveries that came to trouble: who is told, and what they decide.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import IntEnum
from hashlib import sha256

from sqlalchemy import ColumnElement
from sqlalchemy.orm import aliased
from sqlmodel import and_, col, or_, select, update

from storage.deliveries import (
    PUT_AWAY,
    SENT_AGAIN,
    TOO_LATE,
    DeliveryState,
    Plan,
    Priority,
    plan,
)
from storage.digests import DIGEST, carry_over, follow
from storage.models import Delivery as DeliveryRow
from storage.people import RoleName, grants
from storage.session import Session
from storage.task_forces import own_row

REPORT = "delivery report"  # the kind
GATHERING = timedelta(seconds=30)  # several troubles at once are one report
TROUBLE = (DeliveryState.UNKNOWN, DeliveryState.FAILED)


class Circle(IntEnum):
    """
    Who is told: where a report does not arrive, the next circle gets one, and after
    the last nobody.
    """

    RESPONSIBLE = 0
    COORDINATORS = 1
    ADMINS = 2


@dataclass(frozen=True, kw_only=True)
class _Trouble:
    id: int
    responsible: str | None
    circle: Circle | None  # that was to be told by this one, if it is a report itself


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
        admins: by settings: with those in the database they are told where nobody is
            responsible and there is no coordinator, or what these were told did not arrive.
    """
    if not _untold(session):
        return 0
    own_row(session, lock=True)  # of several processes one reports
    untold = _untold(session)
    granted = grants(session, but_members=True)
    readers_of = {
        Circle.COORDINATORS: {e.user_id for e in granted if e.role is RoleName.COORDINATOR},
        Circle.ADMINS: {e.user_id for e in granted if e.role is RoleName.ADMIN} | {*admins},
    }
    told: dict[tuple[Circle, str], list[int]] = {}
    ids: list[int] = []
    for trouble in untold:
        circle, readers = _readers(trouble, readers_of)
        for reader in readers:
            told.setdefault((circle, reader), []).append(trouble.id)
        if readers or trouble.circle is not None:  # a report is not waited for any longer
            ids.append(trouble.id)
    waiting = {
        (row.recipient, row.payload.get("circle", 0))
        for row in session.exec(
            select(DeliveryRow).where(
                DeliveryRow.kind == REPORT, DeliveryRow.state == DeliveryState.PLANNED
            )
        )
    }
    reports = [
        Plan(
            kind=REPORT,
            occasion=sha256(",".join(map(str, sorted(about))).encode()).hexdigest()[:16],
            recipient=reader,
            due_at=now + GATHERING,
            priority=Priority.REMINDER,
            payload={"circle": int(circle)},
        )
        for (circle, reader), about in told.items()
        # What waits already tells of this too, if it would reach as many.
        if not any((reader, other) in waiting for other in Circle if other <= circle)
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
    Plan an unknown, failed or too late delivery once more, as a new one. However often
    and by whomever this is asked, at the same time too, there is one new one.

    It is as late as the first was, and says so; what is too late may go for once more
    as long as it was useful, because somebody wants it to.
    """
    if not _resolve(
        session,
        delivery_id,
        of=TROUBLE,
        by=by,
        now=now,
        state=DeliveryState.SKIPPED,
        reason=SENT_AGAIN,
        late=True,
    ):
        return _undecided(session, delivery_id)
    old = session.exec(
        select(DeliveryRow)
        .where(DeliveryRow.id == delivery_id)
        .execution_options(populate_existing=True)
    ).one()
    until = old.useful_until
    if until is not None and until < now:
        until = now + (until - old.due_at)
    new = DeliveryRow(
        kind=old.kind,
        occasion=f"{old.occasion}+{delivery_id}",
        recipient=old.recipient,
        state=DeliveryState.PLANNED.value,
        priority=old.priority,
        due_at=min(old.due_at, now),
        useful_until=until,
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


def put_away(session: Session, delivery_id: int, *, by: str, now: datetime) -> Decision:
    """
    Note that a failed or too late delivery needs nothing more.
    """
    done = _resolve(
        session,
        delivery_id,
        of=(DeliveryState.FAILED,),
        by=by,
        now=now,
        state=DeliveryState.SKIPPED,
        reason=PUT_AWAY,
        late=True,
    )
    if not done:
        return _undecided(session, delivery_id)
    follow(
        session, [delivery_id], state=DeliveryState.SKIPPED.value, reason=PUT_AWAY, settled_at=now
    )
    return Decision(done=True, state=DeliveryState.SKIPPED)


def _resolve(
    session: Session,
    delivery_id: int,
    *,
    of: Collection[DeliveryState],
    by: str,
    now: datetime,
    state: DeliveryState,
    reason: str | None,
    late: bool = False,
) -> bool:
    found: ColumnElement[bool] = col(DeliveryRow.state).in_([each.value for each in of])
    if late:
        skipped = col(DeliveryRow.state) == DeliveryState.SKIPPED.value
        found = or_(found, and_(skipped, col(DeliveryRow.reason) == TOO_LATE))
    done = session.exec(
        update(DeliveryRow)
        .where(
            col(DeliveryRow.id) == delivery_id,
            found,
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


def _untold(session: Session) -> list[_Trouble]:
    """
    Return what somebody must be told of, with who is responsible: of a digest, whoever
    is of any of its members.
    """
    member = aliased(DeliveryRow)
    rows = session.exec(
        select(DeliveryRow, member)
        .outerjoin(member, col(member.digest_id) == col(DeliveryRow.id))
        .where(col(DeliveryRow.to_report_at).is_not(None))
        .order_by(col(DeliveryRow.id))
    )
    return [
        _Trouble(
            id=row.id,
            responsible=row.responsible if inside is None else inside.responsible,
            circle=Circle(row.payload.get("circle", 0)) if row.kind == REPORT else None,
        )
        for row, inside in rows
        if row.id is not None
    ]


def _readers(
    trouble: _Trouble, readers_of: dict[Circle, set[str]]
) -> tuple[Circle, Collection[str]]:
    """
    Return whom to tell of *trouble*: the first circle that has anybody in it.
    """
    if trouble.circle is None and trouble.responsible:
        return Circle.RESPONSIBLE, {trouble.responsible}
    before = Circle.RESPONSIBLE if trouble.circle is None else trouble.circle
    for circle, readers in readers_of.items():
        if circle > before and readers:
            return circle, readers
    return Circle.ADMINS, ()
