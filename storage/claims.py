"""
Who may send a delivery, and what became of it: every step is one conditional
UPDATE, so that whoever lost a delivery meanwhile changes nothing.
"""

import secrets
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from typing import Any

from sqlalchemy import BindParameter, Integer, String, Update, bindparam, cast, func
from sqlmodel import col, select, update
from sqlmodel.sql.expression import SelectOfScalar

from storage.deliveries import (
    NOT_NEEDED,
    TOO_LATE,
    Delivery,
    DeliveryState,
    Priority,
    value,
)
from storage.digests import (
    DIGEST,
    Contents,
    Turn,
    change,
    follow,
    gather,
    left_open,
    let_go,
    members_of,
    settle,
    turns,
)
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
    muted or too late is skipped, what falls in quiet hours waits for their end, and what
    its reader wants in a digest is gathered there.

    Args:
        holder: names this process.
        room: how many it takes, of this priority and of more urgent ones together.
        avoiding: recipients for whom something as urgent waits already.
    """
    taken: list[DeliveryRow] = []
    gathering: list[tuple[DeliveryRow, Turn]] = []
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
            free, some = _allowed(session, found, now=now)
            gathering += some
            taken += _take(session, free, holder=holder, until=now + lease)
            if len(found) < wanted:
                break
    # At the end and in one go: two processes that plan the same digests wait for each
    # other, and never each for the other.
    gather(session, gathering, now=now)
    return Claimed(
        deliveries=tuple(value(row) for row in taken),
        sharers=sharers(session, holder=holder, now=now),
    )


def begin(
    session: Session,
    token: str,
    *,
    now: datetime,
    lease: timedelta,
    contents: Contents | None = None,
) -> bool:
    """
    Note that a request is about to be made. Return False if it must not be: the
    lease ran out, or somebody else has it.

    Args:
        contents: of a digest, as it was written under this claim.
    """
    begun = _change(
        session,
        token,
        of=(CLAIMED,),
        leased_at=now,
        state=SENDING.value,
        leased_until=now + lease,
    )
    if begun is not None and contents is not None:
        settle(session, begun, contents, now=now)
    return begun is not None


def mark_sent(
    session: Session,
    token: str,
    *,
    slack_ts: str | None,
    now: datetime,
    slack_channel: str | None = None,
) -> bool:
    """
    Note that Slack has it. A late answer settles what was unknown, unless somebody
    has decided meanwhile.
    """
    done = _change(
        session,
        token,
        of=(SENDING, UNKNOWN),
        state=SENT.value,
        slack_ts=slack_ts,
        slack_channel=slack_channel,
        reason=None,
        settled_at=now,
        to_report_at=None,
    )
    return done is not None


def mark_unknown(session: Session, token: str, *, reason: str, now: datetime) -> bool:
    """
    Note that nobody can tell whether Slack has it.
    """
    done = _change(
        session,
        token,
        of=(SENDING,),
        state=UNKNOWN.value,
        reason=reason,
        settled_at=now,
        to_report_at=now,
    )
    return done is not None


def mark_failed(session: Session, token: str, *, reason: str, now: datetime) -> bool:
    """
    Note that it was surely not sent, and will not be.
    """
    done = _change(
        session,
        token,
        of=(CLAIMED, SENDING, UNKNOWN),
        state=FAILED.value,
        reason=reason,
        settled_at=now,
        to_report_at=now,
    )
    return done is not None


def mark_skipped(session: Session, token: str, *, reason: str, now: datetime) -> bool:
    """
    Note that it is no longer needed.
    """
    done = _change(
        session, token, of=(CLAIMED,), state=SKIPPED.value, reason=reason, settled_at=now
    )
    return done is not None


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
        more_attempts=int(counted),
        token=None,
        holder=None,
        leased_until=None,
    )
    return again is not None or mark_failed(session, token, reason=reason, now=now)


def hand_back(session: Session, tokens: Collection[str]) -> int:
    """
    Give back what was claimed and will not be sent by us. Return how many.
    """
    return int(session.exec(_handing_back(), params={"tokens": list(tokens)}).rowcount)


def recover(session: Session, *, now: datetime, keeping: Collection[str] = ()) -> Recovered:
    """
    Let go of what has an owner no longer: what was claimed is planned again, what was
    being sent is unknown.

    Args:
        keeping: tokens that this process still works on: it knows better than a clock
            that may have been set.
    """
    given = {"now": now, "keeping": list(keeping)}
    planned = session.exec(_planning_again(), params=given)
    unknown = session.exec(_unknown_by_now(), params=given | {"settled_now": now}).all()
    digests = [id for id, kind in unknown if kind == DIGEST]
    follow(session, digests, state=UNKNOWN.value, reason=STOPPED, settled_at=now)
    return Recovered(planned=int(planned.rowcount), unknown=len(unknown))


def sharers(session: Session, *, holder: str, now: datetime) -> int:
    """
    Return how many processes hold deliveries just now, *holder* included.
    """
    found = session.exec(_sharing(), params={"holder": holder, "now": now}).one()
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
    given: dict[str, Any] = {"holder": holder, "now": now, "priority": int(priority), "most": limit}
    if avoiding:
        given["avoiding"] = list(avoiding)
    return session.exec(_waiting(avoiding=bool(avoiding)), params=given).all()


def _allowed(
    session: Session, rows: Sequence[DeliveryRow], *, now: datetime
) -> tuple[Sequence[DeliveryRow], Sequence[tuple[DeliveryRow, Turn]]]:
    """
    Return those of *rows* that may be sent now, and those that go into which digest;
    decide on the others.
    """
    if not rows:
        return (), ()
    asked = [row for row in rows if row.priority != Priority.EMERGENCY]
    kinds = {DIGEST, *(row.kind for row in asked)}
    # Held, so that who changes them finds what was gathered by them, and can let it go.
    said = preferences(session, {row.recipient for row in asked}, kinds=kinds, hold=True)
    # What was tried before goes on by itself.
    wishing = [row for row in asked if said[row.recipient, row.kind].digest and not row.attempts]
    gathered = turns(session, wishing, said, now=now)
    full = _looked_through(session, [row for row in rows if row.kind == DIGEST], now=now)
    nothing = Preference()
    free, late, muted, empty = [], [], [], []
    gathering: list[tuple[DeliveryRow, Turn]] = []
    waiting: dict[datetime, list[DeliveryRow]] = {}
    for row in rows:
        wish = said.get((row.recipient, row.kind), nothing)
        wish = nothing if row.priority == Priority.EMERGENCY else wish
        turn = gathered.get(row.id or 0)
        quiet = wish.quiet.over_at(now) if wish.quiet else None
        if row.useful_until is not None and row.useful_until < now:
            late.append(row)
        elif row.kind == DIGEST and row.id not in full:
            empty.append(row)
        elif wish.muted and row.kind not in {DIGEST, REPORT}:
            # Of a digest the members are asked one by one; trouble is told whoever is responsible.
            muted.append(row)
        elif turn is not None:
            gathering.append((row, turn))
            waiting.setdefault(turn.at, []).append(row)
        elif quiet is not None:
            waiting.setdefault(quiet, []).append(row)
        else:
            free.append(row)
    skipped = {"state": SKIPPED.value, "settled_at": now}
    _set(session, late, **skipped, reason=TOO_LATE, to_report_at=now)
    _set(session, muted, **skipped, reason=MUTED)
    _set(session, empty, **skipped, reason=NOT_NEEDED)
    for moment, some in waiting.items():
        _set(session, some, next_attempt_at=moment)
    return free, gathering


def _looked_through(
    session: Session, digests: Sequence[DeliveryRow], *, now: datetime
) -> set[int | None]:
    """
    Decide on the members of *digests* as on what goes by itself, and let go of those
    that their reader no longer wants gathered. Return which digests have any left.
    """
    if not digests:
        return set()
    members = members_of(session, [digest.id for digest in digests], states=(PLANNED,))
    kinds = {member.kind for member in members}
    said = preferences(session, {member.recipient for member in members}, kinds=kinds)
    late, muted, alone = [], [], []
    full: set[int | None] = set()
    for member in members:
        wish = said[member.recipient, member.kind]
        if member.useful_until is not None and member.useful_until < now:
            late.append(member)
        elif wish.muted:
            muted.append(member)
        elif not wish.digest:
            alone.append(member)
        else:
            full.add(member.digest_id)
    skipped = {"state": SKIPPED.value, "settled_at": now, "digest_id": None}
    _set(session, late, **skipped, reason=TOO_LATE, to_report_at=now)
    _set(session, muted, **skipped, reason=MUTED)
    let_go(session, [member.id for member in alone], now=now)
    return full


def _take(
    session: Session, rows: Sequence[DeliveryRow], *, holder: str, until: datetime
) -> Sequence[DeliveryRow]:
    if not rows:
        return rows
    claim_id = secrets.token_hex(8)
    given = {"ids": [row.id for row in rows], "claim": f"{claim_id}:", "by": holder, "until": until}
    session.exec(_taking(), params=given)
    for row in rows:
        session.expunge(row)  # what follows is for the reader, not to be written again
        row.state, row.token, row.leased_until = CLAIMED.value, f"{claim_id}:{row.id}", until
    return rows


# Statements that every tick and every message asks. Building one takes longer than asking
# it, so each is built once, with its values left open.


def _with_others() -> tuple[Any, ...]:
    return (
        col(DeliveryRow.state).in_([CLAIMED.value, SENDING.value]),
        col(DeliveryRow.holder) != bindparam("holder"),
        col(DeliveryRow.leased_until) > bindparam("now"),
    )


@cache
def _sharing() -> SelectOfScalar[int]:
    return select(func.count(col(DeliveryRow.holder).distinct())).where(*_with_others())


@cache
def _waiting(*, avoiding: bool) -> SelectOfScalar[DeliveryRow]:
    # A channel's pace is kept by one process: what is as urgent for it waits for that one.
    others = select(DeliveryRow.recipient).where(
        *_with_others(), col(DeliveryRow.priority) <= bindparam("priority")
    )
    query = (
        select(DeliveryRow)
        .where(
            col(DeliveryRow.state) == PLANNED.value,
            col(DeliveryRow.priority) == bindparam("priority"),
            col(DeliveryRow.next_attempt_at) <= bindparam("now"),
            col(DeliveryRow.recipient).not_in(others),
            col(DeliveryRow.digest_id).is_(None),
        )
        .order_by(col(DeliveryRow.next_attempt_at), col(DeliveryRow.id))
        .limit(bindparam("most", type_=Integer))
        # What another process is taking is passed by, not waited for.
        .with_for_update(skip_locked=True)
        .execution_options(populate_existing=True)
    )
    if avoiding:
        query = query.where(
            col(DeliveryRow.recipient).not_in(bindparam("avoiding", expanding=True))
        )
    return query


@cache
def _taking() -> Update:
    token = bindparam("claim", type_=String) + cast(col(DeliveryRow.id), String)
    values = {"token": token, "holder": bindparam("by"), "leased_until": bindparam("until")}
    return (
        update(DeliveryRow)
        .where(col(DeliveryRow.id).in_(bindparam("ids", expanding=True)))
        .values(state=CLAIMED.value, **values)
        .execution_options(synchronize_session=False)
    )


def _ran_out(state: DeliveryState) -> Update:
    # A digest's members have no lease of their own.
    return update(DeliveryRow).where(
        col(DeliveryRow.state) == state.value,
        col(DeliveryRow.leased_until) < bindparam("now"),
        col(DeliveryRow.token).not_in(bindparam("keeping", expanding=True)),
    )


@cache
def _planning_again() -> Update:
    return (
        _ran_out(CLAIMED)
        .values(state=PLANNED.value, **_FREE)
        .execution_options(synchronize_session=False)
    )


@cache
def _unknown_by_now() -> Update:
    now: BindParameter[datetime] = bindparam("settled_now")
    return (
        _ran_out(SENDING)
        .values(state=UNKNOWN.value, reason=STOPPED, settled_at=now, to_report_at=now)
        .returning(col(DeliveryRow.id), col(DeliveryRow.kind))
        .execution_options(synchronize_session=False)
    )


@cache
def _handing_back() -> Update:
    tokens: BindParameter[Sequence[str]] = bindparam("tokens", expanding=True)
    return (
        update(DeliveryRow)
        .where(col(DeliveryRow.token).in_(tokens), col(DeliveryRow.state) == CLAIMED.value)
        .values(state=PLANNED.value, **_FREE)
        .execution_options(synchronize_session=False)
    )


@cache
def _changing(
    of: tuple[DeliveryState, ...], names: frozenset[str], *, leased: bool, counting: bool
) -> Update:
    statement = update(DeliveryRow).where(
        col(DeliveryRow.token) == bindparam("held_token"),
        col(DeliveryRow.state).in_([state.value for state in of]),
    )
    if leased:
        statement = statement.where(col(DeliveryRow.leased_until) > bindparam("leased_at"))
    return (
        statement.values(left_open(names, counting=counting))
        .returning(col(DeliveryRow.id), col(DeliveryRow.kind))
        .execution_options(synchronize_session=False)
    )


def _set(session: Session, rows: Sequence[DeliveryRow], **values: Any) -> None:
    change(session, [row.id for row in rows], **values)


def _change(
    session: Session,
    token: str,
    /,
    *,
    of: tuple[DeliveryState, ...],
    leased_at: datetime | None = None,
    more_attempts: int | None = None,
    **values: Any,
) -> int | None:
    """
    Change what *token* holds, and a digest's members with it. Return its number, or None
    if it holds nothing of these states.

    Args:
        leased_at: when it must be held still; None: it may have run out.
    """
    leased, counting = leased_at is not None, more_attempts is not None
    statement = _changing(of, frozenset(values), leased=leased, counting=counting)
    given = {f"new_{name}": each for name, each in values.items()} | {"held_token": token}
    if leased:
        given["leased_at"] = leased_at
    if counting:
        given["more_attempts"] = more_attempts
    done = session.exec(statement, params=given).first()
    if done is None:
        return None
    delivery_id, kind = done
    if kind == DIGEST:
        follow(session, [delivery_id], **values)
    return int(delivery_id)
