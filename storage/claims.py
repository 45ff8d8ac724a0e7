"""
Who may send a delivery, and what became of it: every step is one conditional
UPDATE, so that whoever lost a delivery meanwhile changes nothing.
"""

import secrets
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import String, cast, func, literal
from sqlmodel import col, select, update

from storage.deliveries import TOO_LATE, Delivery, DeliveryState, Priority, value
from storage.models import Delivery as DeliveryRow
from storage.preferences import Preference, preferences
from storage.reports import REPORT
from storage.session import Session

MUTED = "its reader wants none of this kind"
STOPPED = "the bot stopped, or lost its connection, while this was on its way"
ROUNDS = 8  # a claim passes by so many batches that nobody may be sent now

PLANNED, CLAIMED, SENDING = DeliveryState.PLANNED, DeliveryState.CLAIMED, DeliveryState.SENDING
SENT, FAILED, SKIPPED = DeliveryState.SENT, DeliveryState.FAILED, DeliveryState.SKIPPED
UNKNOWN = DeliveryState.UNKNOWN

_FREE: dict[str, None] = {"token": None, "holder": None, "leased_until": None}


@dataclass(frozen=True, kw_only=True)
class Claimed:
    """
    Attributes:
        deliveries: ours now, in the order they should go.
        sharers: processes that hold deliveries just now, this one included.
    """

    deliveries: tuple[Delivery, ...]
    sharers: int


@dataclass(frozen=True, kw_only=True)
class Recovered:
    """
    Attributes:
        planned: had been claimed only, and wait again.
        unknown: may have been sent.
    """

    planned: int
    unknown: int


def claim(
    session: Session,
    *,
    holder: str,
    now: datetime,
    lease: timedelta,
    room: Mapping[Priority, int],
    avoiding: Mapping[Priority, Collection[str]] | None = None,
) -> Claimed:
    """
    Take what is due, emergencies first, then reminders, then broadcasts. What is
    muted or too late is skipped, and what falls in quiet hours waits for their end.

    Args:
        holder: names this process.
        room: how many it takes, of this priority and of more urgent ones together.
        avoiding: recipients for whom something as urgent waits already.
    """
    taken: list[DeliveryRow] = []
    for priority in Priority:
        for _ in range(ROUNDS):
            wanted = room.get(priority, 0) - len(taken)
            if wanted <= 0:
                break
            found = _due(
                session,
                priority,
                holder=holder,
                now=now,
                limit=wanted,
                avoiding=(avoiding or {}).get(priority, ()),
            )
            free = _allowed(session, found, now=now)
            taken += _take(session, free, holder=holder, until=now + lease)
            if len(found) < wanted:
                break
    return Claimed(
        deliveries=tuple(value(row) for row in taken),
        sharers=sharers(session, holder=holder, now=now),
    )


def begin(session: Session, token: str, *, now: datetime, lease: timedelta) -> bool:
    """
    Note that a request is about to be made. Return False if it must not be: the
    lease ran out, or somebody else has it.
    """
    return _change(
        session,
        token,
        of=(CLAIMED,),
        only=(col(DeliveryRow.leased_until) > now,),
        state=SENDING.value,
        leased_until=now + lease,
    )


def mark_sent(session: Session, token: str, *, slack_ts: str | None, now: datetime) -> bool:
    """
    Note that Slack has it. A late answer settles what was unknown, unless somebody
    has decided meanwhile.
    """
    return _change(
        session,
        token,
        of=(SENDING, UNKNOWN),
        state=SENT.value,
        slack_ts=slack_ts,
        reason=None,
        settled_at=now,
        to_report_at=None,
    )


def mark_unknown(session: Session, token: str, *, reason: str, now: datetime) -> bool:
    """
    Note that nobody can tell whether Slack has it.
    """
    return _change(
        session,
        token,
        of=(SENDING,),
        state=UNKNOWN.value,
        reason=reason,
        settled_at=now,
        to_report_at=now,
    )


def mark_failed(session: Session, token: str, *, reason: str, now: datetime) -> bool:
    """
    Note that it was surely not sent, and will not be.
    """
    return _change(
        session,
        token,
        of=(CLAIMED, SENDING, UNKNOWN),
        state=FAILED.value,
        reason=reason,
        settled_at=now,
        to_report_at=now,
    )


def mark_skipped(session: Session, token: str, *, reason: str, now: datetime) -> bool:
    """
    Note that it is no longer needed.
    """
    return _change(
        session, token, of=(CLAIMED,), state=SKIPPED.value, reason=reason, settled_at=now
    )


def put_off(
    session: Session, token: str, *, until: datetime, reason: str, counted: bool, now: datetime
) -> bool:
    """
    Plan again what was surely not sent. If its lease ran out meanwhile, it is never
    claimed again: it failed, and whoever is responsible may send it again.

    Args:
        counted: as one of its attempts.
    """
    again = _change(
        session,
        token,
        of=(CLAIMED, SENDING),
        state=PLANNED.value,
        next_attempt_at=until,
        reason=reason,
        attempts=col(DeliveryRow.attempts) + int(counted),
        token=None,
        holder=None,
        leased_until=None,
    )
    return again or mark_failed(session, token, reason=reason, now=now)


def hand_back(session: Session, tokens: Collection[str]) -> int:
    """
    Give back what was claimed and will not be sent by us. Return how many.
    """
    done = session.exec(
        update(DeliveryRow)
        .where(col(DeliveryRow.token).in_(tokens), col(DeliveryRow.state) == CLAIMED.value)
        .values(state=PLANNED.value, **_FREE)
        .execution_options(synchronize_session=False)
    )
    return int(done.rowcount)


def recover(session: Session, *, now: datetime, keeping: Collection[str] = ()) -> Recovered:
    """
    Let go of what has an owner no longer: what was claimed is planned again, what was
    being sent is unknown.

    Args:
        keeping: tokens that this process still works on: it knows better than a clock
            that may have been set.
    """
    ran_out = col(DeliveryRow.leased_until) < now
    if keeping:
        ran_out &= col(DeliveryRow.token).not_in(keeping)
    planned = session.exec(
        update(DeliveryRow)
        .where(col(DeliveryRow.state) == CLAIMED.value, ran_out)
        .values(state=PLANNED.value, **_FREE)
        .execution_options(synchronize_session=False)
    )
    unknown = session.exec(
        update(DeliveryRow)
        .where(col(DeliveryRow.state) == SENDING.value, ran_out)
        .values(state=UNKNOWN.value, reason=STOPPED, settled_at=now, to_report_at=now)
        .execution_options(synchronize_session=False)
    )
    return Recovered(planned=int(planned.rowcount), unknown=int(unknown.rowcount))


def sharers(session: Session, *, holder: str, now: datetime) -> int:
    """
    Return how many processes hold deliveries just now, *holder* included.
    """
    found = session.exec(
        select(func.count(col(DeliveryRow.holder).distinct())).where(
            *_with_others(holder=holder, now=now)
        )
    ).one()
    return 1 + int(found)


def _due(
    session: Session,
    priority: Priority,
    *,
    holder: str,
    now: datetime,
    limit: int,
    avoiding: Collection[str],
) -> Sequence[DeliveryRow]:
    # A channel's pace is kept by one process: what is as urgent for it waits for that one.
    others = select(DeliveryRow.recipient).where(
        *_with_others(holder=holder, now=now), DeliveryRow.priority <= int(priority)
    )
    query = (
        select(DeliveryRow)
        .where(
            DeliveryRow.state == PLANNED.value,
            DeliveryRow.priority == int(priority),
            DeliveryRow.next_attempt_at <= now,
            col(DeliveryRow.recipient).not_in(others),
        )
        .order_by(col(DeliveryRow.next_attempt_at), col(DeliveryRow.id))
        .limit(limit)
        # What another process is taking is passed by, not waited for.
        .with_for_update(skip_locked=True)
        .execution_options(populate_existing=True)
    )
    if avoiding:
        query = query.where(col(DeliveryRow.recipient).not_in(avoiding))
    return session.exec(query).all()


def _allowed(
    session: Session, rows: Sequence[DeliveryRow], *, now: datetime
) -> Sequence[DeliveryRow]:
    """
    Return those of *rows* that may be sent now; decide on the others.
    """
    asked = [row for row in rows if row.priority != Priority.EMERGENCY]
    said = preferences(session, {row.recipient for row in asked}, kinds={row.kind for row in asked})
    nothing = Preference()
    free, late, muted = [], [], []
    waiting: dict[datetime, list[DeliveryRow]] = {}
    for row in rows:
        wish = said.get((row.recipient, row.kind), nothing)
        wish = nothing if row.priority == Priority.EMERGENCY else wish
        quiet = wish.quiet.over_at(now) if wish.quiet else None
        if row.useful_until is not None and row.useful_until < now:
            late.append(row)
        elif wish.muted and row.kind != REPORT:  # trouble is told to whoever is responsible
            muted.append(row)
        elif quiet is not None:
            waiting.setdefault(quiet, []).append(row)
        else:
            free.append(row)
    skipped = {"state": SKIPPED.value, "settled_at": now}
    _set(session, late, **skipped, reason=TOO_LATE, to_report_at=now)
    _set(session, muted, **skipped, reason=MUTED)
    for moment, some in waiting.items():
        _set(session, some, next_attempt_at=moment)
    return free


def _take(
    session: Session, rows: Sequence[DeliveryRow], *, holder: str, until: datetime
) -> Sequence[DeliveryRow]:
    claim_id = secrets.token_hex(8)
    token = literal(f"{claim_id}:") + cast(col(DeliveryRow.id), String)
    _set(session, rows, state=CLAIMED.value, token=token, holder=holder, leased_until=until)
    for row in rows:
        session.expunge(row)  # what follows is for the reader, not to be written again
        row.state, row.token, row.leased_until = CLAIMED.value, f"{claim_id}:{row.id}", until
    return rows


def _with_others(*, holder: str, now: datetime) -> tuple[Any, ...]:
    return (
        col(DeliveryRow.state).in_([CLAIMED.value, SENDING.value]),
        col(DeliveryRow.holder) != holder,
        col(DeliveryRow.leased_until) > now,
    )


def _set(session: Session, rows: Sequence[DeliveryRow], **values: Any) -> None:
    if rows:
        session.exec(
            update(DeliveryRow)
            .where(col(DeliveryRow.id).in_([row.id for row in rows]))
            .values(**values)
            .execution_options(synchronize_session=False)
        )


def _change(
    session: Session,
    token: str,
    /,
    *,
    of: Collection[DeliveryState],
    only: Collection[Any] = (),
    **values: Any,
) -> bool:
    done = session.exec(
        update(DeliveryRow)
        .where(
            col(DeliveryRow.token) == token,
            col(DeliveryRow.state).in_([state.value for state in of]),
            *only,
        )
        .values(**values)
        .execution_options(synchronize_session=False)
    )
    return bool(done.rowcount)
