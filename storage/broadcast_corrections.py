"""
Corrections of broadcasts: proposed, approved by a second coordinator where the broadcast
would have to be, then written into every message that stands.
"""

from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlmodel import col, select, update

from storage.audit import record
from storage.broadcast_approvals import approval_above, needs_approval, to_decide
from storage.broadcast_rewriting import is_left
from storage.broadcasts import EMERGENCY, Broadcast, find_broadcast
from storage.edits import ask_for_edits
from storage.errors import MovedOnError, UnknownBroadcastError
from storage.models import Broadcast as BroadcastRow
from storage.models import BroadcastCorrection as CorrectionRow
from storage.models import CorrectionState as CorrectionState
from storage.session import Session

OPEN = (CorrectionState.DRAFT, CorrectionState.WAITING)


@dataclass(frozen=True, kw_only=True)
class BroadcastCorrection:
    """
    Attributes:
        text: what the broadcast says once it is made.
        decided_by: the second coordinator; None: nobody was needed, or has decided.
        reason: why a second coordinator said no.
    """

    id: int
    number: int
    text: str = field(repr=False)
    state: CorrectionState
    proposed_by: str
    decided_by: str | None
    reason: str | None


def propose(
    session: Session, number: int, *, text: str, by: str, seen: int, now: datetime
) -> BroadcastCorrection:
    """
    Store what a broadcast is to say from now on, for its sender to look at first. It takes
    the place of what they proposed before, where that is not decided on.

    Args:
        seen: what `latest_correction` was when the text was written, or 0.
    Raises:
        UnknownBroadcastError: if there is none of this sender's.
        MovedOnError: if nothing of it was sent, it says that already, or another correction
            was proposed meanwhile.
    """
    found = _own(session, number, by=by)
    last = latest_correction(session, number)
    if found.started_at is None or found.draft.text == text or seen != (last.id if last else 0):
        raise MovedOnError(number)
    if last is not None and last.state in OPEN:
        _move(session, last, of=OPEN, to=CorrectionState.WITHDRAWN)
    row = CorrectionRow(
        broadcast_id=number,
        text=text,
        state=CorrectionState.DRAFT.value,
        proposed_by=by,
        proposed_at=now,
    )
    session.add(row)
    session.flush()
    return _value(row)


def latest_correction(session: Session, number: int) -> BroadcastCorrection | None:
    """
    Return the correction of a broadcast that was proposed last, whatever became of it.
    """
    query = select(CorrectionRow).where(CorrectionRow.broadcast_id == number)
    row = session.exec(
        query.order_by(col(CorrectionRow.id).desc())
        .limit(1)
        .execution_options(populate_existing=True)
    ).one_or_none()
    return None if row is None else _value(row)


def waiting_corrections(session: Session) -> tuple[BroadcastCorrection, ...]:
    """
    Return the corrections that wait for a second coordinator, oldest first.
    """
    query = select(CorrectionRow).where(CorrectionRow.state == CorrectionState.WAITING.value)
    return tuple(_value(row) for row in session.exec(query.order_by(col(CorrectionRow.id))))


def correction_needs_approval(session: Session, broadcast: Broadcast) -> bool:
    """
    Say whether a second coordinator must say yes to another text: wherever one would have
    to if it were sent now, or had to when it was.
    """
    if broadcast.draft.kind == EMERGENCY:
        return False
    if broadcast.approved_by is not None or needs_approval(session, broadcast):
        return True
    return broadcast.people > approval_above(session)


def put_forward(
    session: Session, number: int, correction_id: int, *, by: str, now: datetime
) -> CorrectionState:
    """
    Make a correction that its sender has looked at, or have it wait for a second
    coordinator. Return which.

    Raises:
        UnknownBroadcastError: if there is none of this sender's.
        MovedOnError: if it was put forward or thrown away before.
    """
    found = _own(session, number, by=by)
    correction = _find(session, number, correction_id)
    if not correction_needs_approval(session, found):
        _make(session, found, correction, of=CorrectionState.DRAFT, now=now)
        return CorrectionState.WRITING
    _move(session, correction, of=(CorrectionState.DRAFT,), to=CorrectionState.WAITING)
    _record(session, "broadcast.asked", number, actor=by, now=now)
    return CorrectionState.WAITING


def approve_correction(
    session: Session, number: int, correction_id: int, *, by: str, now: datetime
) -> None:
    """
    Have it written into every message that stands, also of a broadcast that was ended
    meanwhile: what was sent of it says the wrong thing all the same.

    Raises:
        UnknownBroadcastError, OwnBroadcastError, ProposerLeftError, NotApproverError: as for
            `storage.broadcast_approvals.to_decide`.
        MovedOnError: if it was decided on, taken back, or another took its place.
    """
    found = to_decide(session, number, by=by)
    correction = _find(session, number, correction_id)
    _make(session, found, correction, of=CorrectionState.WAITING, now=now, decided_by=by)
    _record(session, "broadcast.approved", number, actor=by, now=now)


def decline_correction(
    session: Session, number: int, correction_id: int, *, by: str, reason: str, now: datetime
) -> None:
    """
    Say no: everything stays as it was.

    Raises:
        UnknownBroadcastError, OwnBroadcastError, ProposerLeftError, NotApproverError,
        MovedOnError: as for `approve_correction`.
    """
    to_decide(session, number, by=by)
    _move(
        session,
        _find(session, number, correction_id),
        of=(CorrectionState.WAITING,),
        to=CorrectionState.DECLINED,
        decided_by=by,
        decided_at=now,
        reason=reason,
    )
    _record(session, "broadcast.declined", number, actor=by, now=now)


def withdraw(session: Session, number: int, correction_id: int, *, by: str, now: datetime) -> None:
    """
    Take a correction back that nobody has decided on.

    Raises:
        UnknownBroadcastError: if there is none of this sender's.
        MovedOnError: if it was decided on, or taken back before.
    """
    _own(session, number, by=by)
    correction = _find(session, number, correction_id)
    _move(session, correction, of=OPEN, to=CorrectionState.WITHDRAWN)
    if correction.state is CorrectionState.WAITING:
        _record(session, "broadcast.withdrawn", number, actor=by, now=now)


def finish_corrections(session: Session, *, now: datetime) -> None:
    """
    End those that are written into all that stood and took it.
    """
    query = select(CorrectionRow).where(CorrectionRow.state == CorrectionState.WRITING.value)
    for row in session.exec(query.order_by(col(CorrectionRow.id))).all():
        correction = _value(row)
        if not is_left(session, find_broadcast(session, correction.number)):
            _move(
                session,
                correction,
                of=(CorrectionState.WRITING,),
                to=CorrectionState.WRITTEN,
                written_at=now,
            )


def _make(
    session: Session,
    found: Broadcast,
    correction: BroadcastCorrection,
    *,
    of: CorrectionState,
    now: datetime,
    decided_by: str | None = None,
) -> None:
    """
    Let *found* say another text from now on, keep what it said before, and have every
    message of it that stands written anew. Of what repeats the next run goes with that text;
    whoever approved it has approved that.
    """
    decided = {"decided_by": decided_by, "decided_at": now} if decided_by else {}
    _move(session, correction, of=(of,), to=CorrectionState.WRITING, made_at=now, **decided)
    before = {"at": now.isoformat(), "before": found.draft.text}
    session.exec(
        update(BroadcastRow)
        .where(col(BroadcastRow.id) == found.number)
        .values(
            text=correction.text,
            corrections=[*found.corrections, before],
            version=col(BroadcastRow.version) + 1,
            approved_by=decided_by,
            approved_at=now if decided_by else None,
        )
        .execution_options(synchronize_session=False)
    )
    subject = f"broadcast:{found.number}"
    record(session, "broadcast.corrected", actor=correction.proposed_by, now=now, subject=subject)
    ask_for_edits(session, kind=found.draft.kind, occasion=f"{found.number}.", now=now)


def _own(session: Session, number: int, *, by: str) -> Broadcast:
    found = find_broadcast(session, number, lock=True)
    if found.sender != by:
        raise UnknownBroadcastError(number)
    return found


def _find(session: Session, number: int, correction_id: int) -> BroadcastCorrection:
    last = latest_correction(session, number)
    if last is None or last.id != correction_id:
        raise MovedOnError(number)
    return last


def _move(
    session: Session,
    correction: BroadcastCorrection,
    *,
    of: Collection[CorrectionState],
    to: CorrectionState,
    **values: Any,
) -> None:
    # One conditional UPDATE: of two who press at once the second changes nothing.
    done = session.exec(
        update(CorrectionRow)
        .where(
            col(CorrectionRow.id) == correction.id,
            col(CorrectionRow.state).in_([state.value for state in of]),
        )
        .values(state=to.value, **values)
        .execution_options(synchronize_session=False)
    )
    if not done.rowcount:
        raise MovedOnError(correction.number)


def _record(session: Session, act: str, number: int, *, actor: str, now: datetime) -> None:
    record(session, act, actor=actor, now=now, subject=f"broadcast:{number}", what="a correction")


def _value(row: CorrectionRow) -> BroadcastCorrection:
    return BroadcastCorrection(
        id=row.id or 0,
        number=row.broadcast_id,
        text=row.text,
        state=CorrectionState(row.state),
        proposed_by=row.proposed_by,
        decided_by=row.decided_by,
        reason=row.reason,
    )
