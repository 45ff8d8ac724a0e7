"""
Broadcasts: what they are, drafted and found.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlmodel import col, select, update

from storage.audiences import resolve
from storage.errors import MovedOnError, UnknownBroadcastError
from storage.models import Broadcast as BroadcastRow
from storage.models import BroadcastState as BroadcastState
from storage.models import Reminding as Reminding
from storage.session import Session

BROADCAST, EMERGENCY = "broadcast", "emergency"
STATUS = "broadcast status"
REPEATS = ("daily", "weekly", "monthly")
BACK = "it came back from a backup, and may have gone out since: look before you send it"


@dataclass(frozen=True, kw_only=True)
class Draft:
    """
    What a sender says of a broadcast.

    Attributes:
        kind: `BROADCAST` or `EMERGENCY`.
        audience, only: see `storage.audiences.resolve`.
        wants_ack: readers are asked to say that they read it.
        harmless: the text may stand on a lock screen.
        send_at: None: as soon as it may.
        repeat: one of `REPEATS`, or None.
    """

    kind: str = BROADCAST
    text: str = field(repr=False)
    audience: tuple[str, ...]
    only: tuple[str, ...] = ()
    wants_ack: bool = False
    harmless: bool = False
    send_at: datetime | None = None
    repeat: str | None = None


@dataclass(frozen=True, kw_only=True)
class Broadcast:
    """
    Attributes:
        people: how many it was for when it was last counted; of a run, whom it went to.
        corrections: when, and what it said before, oldest first.
        first_at: when its first run was due; what repeats keeps to that.
        reminders: how those go that were sent last; None: none is left.
    """

    number: int
    team_id: str
    sender: str
    draft: Draft
    run: int
    state: BroadcastState
    version: int
    people: int
    approved_by: str | None
    reason: str | None
    corrections: tuple[Mapping[str, Any], ...]
    drafted_at: datetime
    started_at: datetime | None
    ended_at: datetime | None
    first_at: datetime | None = None
    reminders: Reminding | None = None


def save(
    session: Session,
    draft: Draft,
    *,
    team_id: str,
    sender: str,
    now: datetime,
    number: int | None = None,
) -> Broadcast:
    """
    Store a new draft, or change the sender's own *number*: what was approved of it no
    longer is. What went out before stays what its readers got: its change is a new draft,
    and it is not repeated.

    Raises:
        UnknownBroadcastError: if there is none of this sender's.
        MovedOnError: if it is on its way already.
    """
    values = {
        **vars(draft),
        "audience": list(draft.audience),
        "only": list(draft.only),
        "people": len(resolve(session, draft.audience, only=draft.only).people),
    }
    found = None if number is None else find_broadcast(session, number)
    if found is not None and found.sender != sender:
        raise UnknownBroadcastError(found.number)
    changeable = (BroadcastState.DRAFT, BroadcastState.WAITING, BroadcastState.SCHEDULED)
    if found is not None and found.started_at is not None:
        move(session, found.number, of=changeable, to=BroadcastState.SENT, ended_at=now)
        found = None
    if found is None:
        row = BroadcastRow(
            team_id=team_id,
            sender=sender,
            state=BroadcastState.DRAFT.value,
            drafted_at=now,
            **values,
        )
        session.add(row)
        session.flush()
        return find_broadcast(session, row.id or 0)
    move(
        session,
        found.number,
        of=changeable,
        to=BroadcastState.DRAFT,
        version=col(BroadcastRow.version) + 1,
        approved_by=None,
        approved_at=None,
        reason=None,
        **values,
    )
    return find_broadcast(session, found.number)


def find_broadcast(session: Session, number: int, *, lock: bool = False) -> Broadcast:
    """
    Args:
        lock: nobody else changes it before this transaction ends.
    Raises:
        UnknownBroadcastError: if there is none.
    """
    query = (
        select(BroadcastRow)
        .where(BroadcastRow.id == number)
        .execution_options(populate_existing=True)
    )
    row = session.exec(query.with_for_update() if lock else query).one_or_none()
    if row is None:
        raise UnknownBroadcastError(number)
    return stored(row)


def broadcasts(
    session: Session,
    *,
    states: Collection[BroadcastState] = tuple(BroadcastState),
    limit: int = 50,
) -> tuple[Broadcast, ...]:
    """
    Return the latest broadcasts in one of *states*, newest first.
    """
    query = (
        select(BroadcastRow)
        .where(col(BroadcastRow.state).in_([state.value for state in states]))
        .order_by(col(BroadcastRow.id).desc())
        .limit(limit)
        .execution_options(populate_existing=True)
    )
    return tuple(stored(row) for row in session.exec(query))


def move(
    session: Session,
    number: int,
    *,
    of: Collection[BroadcastState],
    to: BroadcastState,
    seen: int | None = None,
    **values: Any,
) -> None:
    """
    Change the state of a broadcast in one conditional UPDATE: of two who press at once the
    second changes nothing.

    Args:
        seen: the version that it must still have.
    Raises:
        MovedOnError: if it is in none of the states *of*, or was changed.
    """
    where = [
        col(BroadcastRow.id) == number,
        col(BroadcastRow.state).in_([state.value for state in of]),
    ]
    if seen is not None:
        where.append(col(BroadcastRow.version) == seen)
    done = session.exec(
        update(BroadcastRow)
        .where(*where)
        .values(state=to.value, **values)
        .execution_options(synchronize_session=False)
    )
    if not done.rowcount:
        raise MovedOnError(number)


def stored(row: BroadcastRow) -> Broadcast:
    """
    Return what the rest of the code sees of *row*.
    """
    return Broadcast(
        number=row.id or 0,
        team_id=row.team_id,
        sender=row.sender,
        draft=Draft(
            kind=row.kind,
            text=row.text,
            audience=tuple(row.audience),
            only=tuple(row.only),
            wants_ack=row.wants_ack,
            harmless=row.harmless,
            send_at=row.send_at,
            repeat=row.repeat,
        ),
        run=row.run,
        state=BroadcastState(row.state),
        version=row.version,
        people=row.people,
        approved_by=row.approved_by,
        reason=row.reason,
        corrections=tuple(row.corrections),
        drafted_at=row.drafted_at,
        started_at=row.started_at,
        ended_at=row.ended_at,
        first_at=row.first_at,
        reminders=Reminding(row.reminders) if row.reminders else None,
    )
