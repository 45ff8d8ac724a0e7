"""
Digests: deliveries to one person, gathered into one message a day.

A member keeps its own row. While its digest is planned, whoever holds the lock of the
digest's row may take members in and let them go; once it is claimed, its members stand.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Integer, Update, bindparam, func
from sqlmodel import col, select, update
from sqlmodel.sql.expression import SelectOfScalar

from storage.deliveries import (
    NOT_MADE,
    NOT_NEEDED,
    Delivery,
    DeliveryState,
    Plan,
    plan,
    value,
)
from storage.models import Delivery as DeliveryRow
from storage.preferences import DIGEST_AT, DigestTime, Preference
from storage.session import Session
from storage.slots import DAY, instant
from storage.task_forces import task_force

DIGEST = "digest"  # the kind
GATHERED = "waits for its reader's next digest"
DAYS_AHEAD = 3
TAKEN_SECONDS = 1  # until the next look, where somebody else had the digest's row

PLANNED, SENDING = DeliveryState.PLANNED, DeliveryState.SENDING
UNKNOWN, FAILED, SKIPPED = DeliveryState.UNKNOWN, DeliveryState.FAILED, DeliveryState.SKIPPED
SHARED = ("state", "reason", "settled_at", "slack_ts", "next_attempt_at")  # with the members


@dataclass(frozen=True, kw_only=True)
class Turn:
    """
    A day's digest of somebody.

    Attributes:
        occasion: the local date.
        at: when it is due.
    """

    occasion: str
    at: datetime


@dataclass(frozen=True, kw_only=True)
class Contents:
    """
    What became of a digest's members when it was written, by their numbers.

    Attributes:
        unneeded: no longer needed.
        broken: could not be written; each is tried again by itself.
    """

    unneeded: tuple[int, ...] = ()
    broken: tuple[int, ...] = ()


def turns(
    session: Session,
    rows: Sequence[DeliveryRow],
    wishes: Mapping[tuple[str, str], Preference],
    *,
    now: datetime,
) -> dict[int, Turn]:
    """
    Return the digest that each of *rows* goes in, by their ids; of those left out none
    comes in time.

    Args:
        wishes: by recipient and kind, `DIGEST` among the kinds.
    """
    if not rows:
        return {}
    zone: ZoneInfo | None = None
    days: dict[str, tuple[Turn, ...]] = {}
    for row in rows:
        at = wishes[row.recipient, row.kind].digest_at
        if at is None:
            zone = zone or ZoneInfo(task_force(session).timezone)
            at = DigestTime(at=DIGEST_AT, zone=zone)
        days.setdefault(row.recipient, tuple(_next(at, now=now)))
    gone = _gone(session, days, now=now)
    found: dict[int, Turn] = {}
    for row in rows:
        turn = next((t for t in days[row.recipient] if (row.recipient, t.occasion) not in gone), None)  # fmt: skip
        if turn is None or row.id is None:
            continue
        quiet = wishes[row.recipient, DIGEST].quiet
        comes_at = (quiet.over_at(turn.at) if quiet else None) or turn.at
        if row.useful_until is None or row.useful_until >= comes_at:
            found[row.id] = turn
    return found


def gather(session: Session, rows: Sequence[tuple[DeliveryRow, Turn]], *, now: datetime) -> None:
    """
    Put each of *rows*, which are locked, into its digest, which is planned if it is not
    yet. Where somebody else is at work on a digest, its rows are soon looked at again.
    """
    if not rows:
        return
    groups: dict[tuple[str, str], list[DeliveryRow]] = {}
    due: dict[tuple[str, str], datetime] = {}
    for row, turn in rows:
        groups.setdefault((row.recipient, turn.occasion), []).append(row)
        due[row.recipient, turn.occasion] = turn.at
    plans = [
        Plan(kind=DIGEST, occasion=occasion, recipient=recipient, due_at=due[recipient, occasion])
        for recipient, occasion in groups
    ]
    plan(session, plans, now=now)
    digests = {(digest.recipient, digest.occasion): digest for digest in _locked(session, groups)}
    for key, members in groups.items():
        digest = digests.get(key)
        if digest is None or not _is_open(digest, now=now):
            again = now + timedelta(seconds=TAKEN_SECONDS)
            change(session, [row.id for row in members], next_attempt_at=again)
            continue
        due_at, priority = digest.due_at, min(row.priority for row in members)
        if digest.state == PLANNED:
            priority = min(priority, digest.priority)
        else:
            due_at = due[key]
        change(
            session,
            [digest.id],
            state=PLANNED.value,
            priority=priority,
            due_at=due_at,
            next_attempt_at=due_at,
            attempts=0,
            reason=None,
            settled_at=None,
            token=None,
        )
        change(
            session,
            [row.id for row in members],
            digest_id=digest.id,
            next_attempt_at=due_at,
            reason=GATHERED,
        )


def members_of(
    session: Session, digest_ids: Collection[int | None], *, states: Collection[DeliveryState]
) -> Sequence[DeliveryRow]:
    """
    Return the rows gathered in *digest_ids* that are in one of *states*, by due time.
    """
    given = {"digest_ids": list(digest_ids), "states": [state.value for state in states]}
    return session.exec(_members(), params=given).all()


@cache
def _members() -> SelectOfScalar[DeliveryRow]:
    return (
        select(DeliveryRow)
        .where(
            col(DeliveryRow.digest_id).in_(bindparam("digest_ids", expanding=True)),
            col(DeliveryRow.state).in_(bindparam("states", expanding=True)),
        )
        .order_by(col(DeliveryRow.due_at), col(DeliveryRow.id))
        .execution_options(populate_existing=True)
    )


def gathered(session: Session, digest_id: int) -> tuple[Delivery, ...]:
    """
    Return what waits in a digest, by due time.
    """
    return tuple(map(value, members_of(session, [digest_id], states=(PLANNED,))))


def shown(session: Session, digest_id: int, *, reader: str) -> tuple[Delivery, ...] | None:
    """
    Return what *reader* may open of a digest, or of the one it was sent again as; None if
    *reader* has no such digest.
    """
    digest = session.exec(
        select(DeliveryRow).where(
            DeliveryRow.id == digest_id, DeliveryRow.kind == DIGEST, DeliveryRow.recipient == reader
        )
    ).one_or_none()
    if digest is None:
        return None
    while later := session.exec(
        select(DeliveryRow).where(DeliveryRow.again_of == digest.id)
    ).first():
        digest = later
    states = (PLANNED, SENDING, DeliveryState.SENT, UNKNOWN)
    return tuple(map(value, members_of(session, [digest.id], states=states)))


def let_go(session: Session, member_ids: Collection[int | None], *, now: datetime) -> None:
    """
    Have members go by themselves.
    """
    change(
        session, member_ids, state=PLANNED.value, digest_id=None, next_attempt_at=now, reason=None
    )


def ask_again(session: Session, user_id: str, *, now: datetime) -> None:
    """
    Let go of what waits for a digest of *user_id* to come, whose wishes changed: when it
    is claimed, it goes as they want it now. A digest that is due by now looks itself.
    """
    digests = session.exec(
        select(DeliveryRow)
        .where(
            DeliveryRow.kind == DIGEST,
            DeliveryRow.recipient == user_id,
            DeliveryRow.state == PLANNED.value,
            col(DeliveryRow.due_at) > now,
        )
        .order_by(col(DeliveryRow.id))
        .with_for_update()
        .execution_options(populate_existing=True)
    ).all()
    ids = [digest.id for digest in digests]
    let_go(session, [row.id for row in members_of(session, ids, states=(PLANNED,))], now=now)
    change(session, ids, state=SKIPPED.value, reason=NOT_NEEDED, settled_at=now)


def settle(session: Session, digest_id: int, contents: Contents, *, now: datetime) -> None:
    """
    Part from the members that a digest goes without.
    """
    change(
        session,
        contents.unneeded,
        state=SKIPPED.value,
        reason=NOT_NEEDED,
        settled_at=now,
        digest_id=None,
    )
    let_go(session, contents.broken, now=now)
    change(session, contents.broken, more_attempts=1, reason=NOT_MADE)


def follow(session: Session, digest_ids: Collection[int | None], **values: Any) -> None:
    """
    Have the members share what became of their digests.
    """
    if not digest_ids:
        return
    states = [PLANNED.value, SENDING.value, UNKNOWN.value]
    session.exec(
        update(DeliveryRow)
        .where(col(DeliveryRow.digest_id).in_(digest_ids), col(DeliveryRow.state).in_(states))
        .values({key: each for key, each in values.items() if key in SHARED})
        .execution_options(synchronize_session=False)
    )


def carry_over(session: Session, old_id: int, new_id: int, *, now: datetime) -> None:
    """
    Move the members of a digest that is sent again to the new one.
    """
    for row in members_of(session, [old_id], states=(UNKNOWN, FAILED)):
        late = None if row.useful_until is None else now + (row.useful_until - row.due_at)
        change(
            session,
            [row.id],
            digest_id=new_id,
            state=PLANNED.value,
            useful_until=late,
            next_attempt_at=now,
            reason=GATHERED,
            settled_at=None,
        )


def sizes(session: Session, digest_ids: Collection[int]) -> dict[int, int]:
    """
    Return how many members each digest has.
    """
    found = session.exec(
        select(DeliveryRow.digest_id, func.count())
        .where(col(DeliveryRow.digest_id).in_(digest_ids))
        .group_by(col(DeliveryRow.digest_id))
    ).all()
    return dict.fromkeys(digest_ids, 0) | {id: number for id, number in found if id}


def change(
    session: Session, ids: Collection[int | None], *, more_attempts: int = 0, **values: Any
) -> None:
    """
    Give the deliveries *ids* these values.
    """
    if ids:
        given = {f"new_{name}": each for name, each in values.items()} | {"ids": list(ids)}
        if more_attempts:
            given["more_attempts"] = more_attempts
        session.exec(_changing(frozenset(values), counting=more_attempts > 0), params=given)


def left_open(names: Collection[str], *, counting: bool) -> dict[str, Any]:
    """
    Return what a statement sets, its values given when it is asked: ``new_`` and the name.

    Args:
        counting: whether ``more_attempts`` are added to those that were made.
    """
    values: dict[str, Any] = {name: bindparam(f"new_{name}") for name in names}
    if counting:
        values["attempts"] = col(DeliveryRow.attempts) + bindparam("more_attempts", type_=Integer)
    return values


@cache
def _changing(names: frozenset[str], *, counting: bool) -> Update:
    return (
        update(DeliveryRow)
        .where(col(DeliveryRow.id).in_(bindparam("ids", expanding=True)))
        .values(left_open(names, counting=counting))
        .execution_options(synchronize_session=False)
    )


def _next(when: DigestTime, *, now: datetime) -> Iterator[Turn]:
    today = now.astimezone(when.zone).date()
    for ahead in range(-1, DAYS_AHEAD):
        day = today + ahead * DAY
        at = instant(day, when.at, when.zone)
        if at > now:
            yield Turn(occasion=day.isoformat(), at=at)


def _gone(
    session: Session, days: Mapping[str, Collection[Turn]], *, now: datetime
) -> set[tuple[str, str]]:
    """
    Return recipient and date of the digests that take nothing in any more.
    """
    rows = session.exec(
        select(DeliveryRow)
        .where(
            DeliveryRow.kind == DIGEST,
            col(DeliveryRow.occasion).in_({t.occasion for some in days.values() for t in some}),
            col(DeliveryRow.recipient).in_(days),
        )
        .execution_options(populate_existing=True)
    )
    return {(row.recipient, row.occasion) for row in rows if not _is_open(row, now=now)}


def _locked(session: Session, keys: Collection[tuple[str, str]]) -> Sequence[DeliveryRow]:
    rows = session.exec(
        select(DeliveryRow)
        .where(
            DeliveryRow.kind == DIGEST,
            col(DeliveryRow.occasion).in_({occasion for _, occasion in keys}),
            col(DeliveryRow.recipient).in_({recipient for recipient, _ in keys}),
        )
        # Not waited for: whoever has it may wait for what we hold.
        .with_for_update(skip_locked=True)
        .execution_options(populate_existing=True)
    )
    return rows.all()


def _is_open(digest: DeliveryRow, *, now: datetime) -> bool:
    if digest.state == PLANNED:
        return digest.due_at > now
    return digest.state == SKIPPED and digest.reason == NOT_NEEDED  # it never went
