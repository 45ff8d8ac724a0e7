"""
Broadcasts: drafted, approved by a second coordinator where they must be, sent to whoever
they are for by then, paused, corrected, ended.
"""

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlmodel import and_, col, func, or_, select, update

from storage.audiences import resolve
from storage.audit import record
from storage.deliveries import (
    SENT_AGAIN,
    Delivery,
    DeliveryState,
    Plan,
    Priority,
    plan,
    value,
)
from storage.edits import ask_for_edits
from storage.errors import MovedOnError, OwnBroadcastError, UnknownBroadcastError
from storage.models import Broadcast as BroadcastRow
from storage.models import BroadcastReader as ReaderRow
from storage.models import BroadcastState as BroadcastState
from storage.models import Delivery as DeliveryRow
from storage.models import TaskForce as TaskForceRow
from storage.people import grants
from storage.session import Session
from storage.task_forces import task_force

BROADCAST, EMERGENCY = "broadcast", "emergency"
STATUS = "broadcast status"
PRIORITIES = {BROADCAST: Priority.BROADCAST, EMERGENCY: Priority.EMERGENCY}
# After it was due; what is later is reported instead. More than a day: who reads once a
# day, at the very time it was due, gets it in the next day's digest.
USEFUL = timedelta(days=1, hours=1)
AT_LEAST = timedelta(minutes=10)  # between two reminders of the same reader
MAKING_UP = timedelta(hours=1)  # for what its run before kept from its time
REPEATS = ("daily", "weekly", "monthly")
HELD = "its sender paused it"
ENDED = "its sender ended it"
BACK = "it came back from a backup, and may have gone out since: look before you send it"
NEVER = timedelta(days=36_500)  # what is paused waits for its sender
NOT_YET_SENT = (DeliveryState.PLANNED, DeliveryState.CLAIMED, DeliveryState.SENDING)


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


@dataclass(frozen=True, kw_only=True)
class Reader:
    user_id: str
    why: tuple[str, ...]
    acknowledged_at: datetime | None
    reminded_at: datetime | None
    delivery: Delivery | None


@dataclass(frozen=True, kw_only=True)
class Progress:
    """
    How a run goes: every reader is counted in one of the first five.
    """

    people: int
    sent: int
    waiting: int
    failed: int
    skipped: int
    unknown: int
    acknowledged: int
    why_not: Mapping[str, int]


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
        _move(session, found.number, of=changeable, to=BroadcastState.SENT, ended_at=now)
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
    _move(
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


def find_broadcast(session: Session, number: int) -> Broadcast:
    """
    Raises:
        UnknownBroadcastError: if there is none.
    """
    row = session.exec(
        select(BroadcastRow)
        .where(BroadcastRow.id == number)
        .execution_options(populate_existing=True)
    ).one_or_none()
    if row is None:
        raise UnknownBroadcastError(number)
    return _value(row)


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
    return tuple(_value(row) for row in session.exec(query))


def needs_approval(session: Session, broadcast: Broadcast) -> bool:
    """
    Say whether a second coordinator must say yes: because it crosses collaboratives, or
    goes to more people than the task force lets one coordinator reach alone. Not of an
    emergency: that is an administrator's, and must not wait.
    """
    if broadcast.draft.kind == EMERGENCY:
        return False
    found = resolve(session, broadcast.draft.audience, only=broadcast.draft.only)
    return found.crosses or len(found.people) > approval_above(session)


def approval_above(session: Session) -> int:
    query = select(TaskForceRow.approval_above).where(col(TaskForceRow.id) == session.task_force_id)
    return session.exec(query).one()


def set_approval_above(session: Session, people: int, *, by: str, now: datetime) -> None:
    session.exec(update(TaskForceRow).values(approval_above=people))
    record(session, "broadcast.approval", actor=by, now=now, above=str(people))


def release(
    session: Session, number: int, *, by: str, version: int, now: datetime
) -> BroadcastState:
    """
    Send a draft, when it is due, or have it wait for a second coordinator. Return which.

    Raises:
        UnknownBroadcastError: if there is none of this sender's.
        MovedOnError: if it was changed, or is past that.
    """
    found = find_broadcast(session, number)
    if found.sender != by:
        raise UnknownBroadcastError(number)
    waits = needs_approval(session, found)
    to = BroadcastState.WAITING if waits else BroadcastState.SCHEDULED
    _move(session, number, of=(BroadcastState.DRAFT,), to=to, seen=version, reason=None)
    act = "broadcast.asked" if waits else "broadcast.released"
    record(session, act, actor=by, now=now, subject=f"broadcast:{number}", kind=found.draft.kind)
    return to


def approve(session: Session, number: int, *, by: str, version: int, now: datetime) -> None:
    """
    Send it, when it is due; what was due before it was approved is due now.

    Raises:
        UnknownBroadcastError: if there is none.
        OwnBroadcastError: if it is their own.
        MovedOnError: if it was changed, or decided on.
    """
    found = _not_own(session, number, by=by)
    send_at = found.draft.send_at
    _move(
        session,
        number,
        of=(BroadcastState.WAITING,),
        to=BroadcastState.SCHEDULED,
        seen=version,
        approved_by=by,
        approved_at=now,
        first_at=found.first_at or send_at,
        send_at=send_at and max(send_at, now),
    )
    record(session, "broadcast.approved", actor=by, now=now, subject=f"broadcast:{number}")


def decline(
    session: Session, number: int, *, by: str, version: int, reason: str, now: datetime
) -> None:
    """
    Say no; it is its sender's draft again.

    Raises:
        UnknownBroadcastError, OwnBroadcastError, MovedOnError: as for `approve`.
    """
    _not_own(session, number, by=by)
    _move(
        session,
        number,
        of=(BroadcastState.WAITING,),
        to=BroadcastState.DRAFT,
        seen=version,
        reason=reason,
        version=col(BroadcastRow.version) + 1,
    )
    record(session, "broadcast.declined", actor=by, now=now, subject=f"broadcast:{number}")


def pause(session: Session, number: int, *, by: str, now: datetime) -> None:
    """
    Send no more of it for now. What is on its way already arrives.

    Raises:
        UnknownBroadcastError: if there is none.
        MovedOnError: if it is not being sent.
    """
    found = find_broadcast(session, number)
    _move(session, number, of=(BroadcastState.SENDING,), to=BroadcastState.PAUSED)
    _set_planned(session, found, next_attempt_at=now + NEVER, reason=HELD)
    record(session, "broadcast.paused", actor=by, now=now, subject=f"broadcast:{number}")


def hold_back(session: Session, broadcast: Broadcast, *, now: datetime) -> int:
    """
    Have what was on its way when *broadcast* was paused, and was stopped just in time,
    wait as long as the rest of it. Return how many that were.
    """
    return _set_planned(
        session,
        broadcast,
        only=(col(DeliveryRow.next_attempt_at) < now + NEVER / 2,),
        next_attempt_at=now + NEVER,
        reason=HELD,
    )


def resume(session: Session, number: int, *, by: str, now: datetime) -> None:
    """
    Raises:
        UnknownBroadcastError: if there is none.
        MovedOnError: if it is not paused.
    """
    found = find_broadcast(session, number)
    _move(session, number, of=(BroadcastState.PAUSED,), to=BroadcastState.SENDING)
    # The time that it was held for does not make it late.
    _set_planned(
        session, found, next_attempt_at=now, due_at=now, useful_until=now + USEFUL, reason=None
    )
    record(session, "broadcast.resumed", actor=by, now=now, subject=f"broadcast:{number}")


def abort(session: Session, number: int, *, by: str, now: datetime) -> int:
    """
    End it: what is not sent never will be, and it does not repeat. Return how many were
    not sent.

    Raises:
        UnknownBroadcastError: if there is none.
        MovedOnError: if it has ended.
    """
    found = find_broadcast(session, number)
    over = (BroadcastState.SENT, BroadcastState.ABORTED)
    _move(
        session,
        number,
        of=tuple(state for state in BroadcastState if state not in over),
        to=BroadcastState.ABORTED,
        ended_at=now,
    )
    stopped = _set_planned(
        session, found, state=DeliveryState.SKIPPED.value, reason=ENDED, settled_at=now
    )
    record(session, "broadcast.aborted", actor=by, now=now, subject=f"broadcast:{number}")
    return stopped


def correct(session: Session, number: int, *, text: str, by: str, now: datetime) -> int:
    """
    Let it say *text* from now on, and have every message of it that stands written anew.
    What it said before stays with it. Nobody approved what it says now: its next run may
    have to wait for that. Return how many messages are written anew.

    Raises:
        UnknownBroadcastError: if there is none of this sender's.
        MovedOnError: if nothing of it was sent, or it says that already.
    """
    found = find_broadcast(session, number)
    if found.sender != by:
        raise UnknownBroadcastError(number)
    if found.started_at is None or found.draft.text == text:
        raise MovedOnError(number)
    before = {"at": now.isoformat(), "before": found.draft.text}
    session.exec(
        update(BroadcastRow)
        .where(col(BroadcastRow.id) == number)
        .values(
            text=text,
            corrections=[*found.corrections, before],
            version=col(BroadcastRow.version) + 1,
            approved_by=None,
            approved_at=None,
        )
        .execution_options(synchronize_session=False)
    )
    record(session, "broadcast.corrected", actor=by, now=now, subject=f"broadcast:{number}")
    return ask_for_edits(session, kind=found.draft.kind, occasion=f"{number}.", now=now)


def start_due(session: Session, *, now: datetime) -> tuple[Broadcast, ...]:
    """
    Begin what is due: whom it is for is found now, each gets one delivery. What has grown
    meanwhile past what one coordinator may reach alone waits for a second one instead; an
    emergency whose sender is no administrator any more ends. In however many processes at
    once, each run begins once.
    """
    due = select(BroadcastRow.id).where(
        BroadcastRow.state == BroadcastState.SCHEDULED.value,
        or_(col(BroadcastRow.send_at).is_(None), col(BroadcastRow.send_at) <= now),
    )
    started = []
    for number in session.exec(due.order_by(col(BroadcastRow.id))).all():
        found = find_broadcast(session, number or 0)
        waits = found.approved_by is None and needs_approval(session, found)
        to: dict[str, Any] = {
            "to": BroadcastState.SENDING,
            "started_at": now,
            "ended_at": None,
            "first_at": found.first_at or found.draft.send_at or now,
            "run": found.run + (found.started_at is not None),
        }
        demoted = found.draft.kind == EMERGENCY and not _is_admin(session, found.sender)
        if demoted:
            to = {"to": BroadcastState.ABORTED, "ended_at": now}
        elif waits:
            to = {"to": BroadcastState.WAITING}
        try:
            _move(session, found.number, of=(BroadcastState.SCHEDULED,), seen=found.version, **to)
        except MovedOnError:
            continue
        if demoted:
            record(session, "broadcast.aborted", actor=found.sender, now=now, subject=f"broadcast:{found.number}", why="no administrator any more")  # fmt: skip
            continue
        if waits:
            record(session, "broadcast.asked", actor=found.sender, now=now, subject=f"broadcast:{found.number}", kind=found.draft.kind)  # fmt: skip
            continue
        found = find_broadcast(session, found.number)
        _begin_run(session, found, now=now)
        started.append(find_broadcast(session, found.number))
    return tuple(started)


def finish_done(session: Session, *, now: datetime) -> tuple[Broadcast, ...]:
    """
    End the runs of which nothing is still to be sent; what repeats waits for its next time.
    """
    ended = []
    for each in broadcasts(session, states=(BroadcastState.SENDING,)):
        left = select(func.count()).where(
            *_of_run(session, each),
            col(DeliveryRow.state).in_([state.value for state in NOT_YET_SENT]),
        )
        if session.exec(left).one():
            continue
        # A single reader may have kept it until its next time was over: that is made up for.
        after = min(max(each.started_at or now, now - MAKING_UP), now)
        next_at = next_time(each, after=after, zone=ZoneInfo(task_force(session).timezone))
        to: dict[str, Any] = {"to": BroadcastState.SENT, "ended_at": now}
        if next_at is not None:
            to |= {"to": BroadcastState.SCHEDULED, "send_at": next_at}
        try:
            _move(session, each.number, of=(BroadcastState.SENDING,), **to)
        except MovedOnError:  # another process was first, or its sender
            continue
        ended.append(each)
    return tuple(ended)


def next_time(broadcast: Broadcast, *, after: datetime, zone: ZoneInfo) -> datetime | None:
    """
    Return when a broadcast that repeats is due next: at the same wall time, on the same
    day of the week or of the month (the last, in a month that has no such day). None: never.
    """
    first = broadcast.first_at or broadcast.draft.send_at or broadcast.started_at
    if broadcast.draft.repeat is None or first is None:
        return None
    local = first.astimezone(zone)
    for step in range(1, 4000):
        if broadcast.draft.repeat == "monthly":
            months = local.month - 1 + step
            year, month = local.year + months // 12, months % 12 + 1
            last = (datetime(year + month // 12, month % 12 + 1, 1) - timedelta(days=1)).day  # noqa: DTZ001 - a day of the calendar
            day = local.replace(year=year, month=month, day=min(local.day, last)).date()
        else:
            days = step * (7 if broadcast.draft.repeat == "weekly" else 1)
            day = local.date() + timedelta(days=days)
        moment = datetime.combine(day, local.time(), zone)
        if moment > after:
            return moment
    return None


def progress(session: Session, broadcast: Broadcast) -> Progress:
    """
    Return how the run of *broadcast* goes.
    """
    found = session.exec(
        select(DeliveryRow.state, DeliveryRow.reason, func.count())
        .where(*_of_run(session, broadcast))
        .group_by(col(DeliveryRow.state), col(DeliveryRow.reason))
    ).all()
    by_state: Counter[DeliveryState] = Counter()
    why_not: Counter[str] = Counter()
    for state, reason, number in found:
        by_state[DeliveryState(state)] += number
        if DeliveryState(state) in {DeliveryState.FAILED, DeliveryState.SKIPPED}:
            why_not[reason or "no reason is known"] += number
    acknowledged = select(func.count()).where(
        ReaderRow.broadcast_id == broadcast.number,
        ReaderRow.run == broadcast.run,
        col(ReaderRow.acknowledged_at).is_not(None),
    )
    return Progress(
        people=sum(by_state.values()),
        sent=by_state[DeliveryState.SENT],
        waiting=sum(by_state[state] for state in NOT_YET_SENT),
        failed=by_state[DeliveryState.FAILED],
        skipped=by_state[DeliveryState.SKIPPED],
        unknown=by_state[DeliveryState.UNKNOWN],
        acknowledged=session.exec(acknowledged).one(),
        why_not=dict(why_not.most_common()),
    )


def readers(session: Session, broadcast: Broadcast) -> tuple[Reader, ...]:
    """
    Return whom the run of *broadcast* is for, and what became of it for each.
    """
    sent = {
        row.recipient: value(row)
        for row in session.exec(select(DeliveryRow).where(*_of_run(session, broadcast)))
    }
    rows = session.exec(
        select(ReaderRow)
        .where(ReaderRow.broadcast_id == broadcast.number, ReaderRow.run == broadcast.run)
        .order_by(col(ReaderRow.user_id))
    )
    return tuple(
        Reader(
            user_id=row.user_id,
            why=tuple(row.why),
            acknowledged_at=row.acknowledged_at,
            reminded_at=row.reminded_at,
            delivery=sent.get(row.user_id),
        )
        for row in rows
    )


def reader_of(session: Session, number: int, user_id: str) -> Reader | None:
    """
    Return what *user_id* is to the last run of a broadcast that was for them.
    """
    row = session.exec(
        select(ReaderRow)
        .where(ReaderRow.broadcast_id == number, ReaderRow.user_id == user_id)
        .order_by(col(ReaderRow.run).desc())
        .limit(1)
        .execution_options(populate_existing=True)
    ).one_or_none()
    if row is None:
        return None
    return Reader(
        user_id=row.user_id,
        why=tuple(row.why),
        acknowledged_at=row.acknowledged_at,
        reminded_at=row.reminded_at,
        delivery=None,
    )


def is_channel(recipient: str) -> bool:
    return recipient.startswith(("C", "G"))


def in_channels(session: Session, number: int) -> bool:
    """
    Say whether a broadcast stands in a channel, where nobody knows who reads it.
    """
    found = find_broadcast(session, number)
    query = select(DeliveryRow.recipient).where(
        DeliveryRow.kind == found.draft.kind,
        col(DeliveryRow.occasion).startswith(f"{number}.", autoescape=True),
        or_(*(col(DeliveryRow.recipient).startswith(each) for each in ("C", "G"))),
        col(DeliveryRow.state).in_([DeliveryState.SENT.value, DeliveryState.UNKNOWN.value]),
    )
    return session.exec(query.limit(1)).first() is not None


def acknowledge(session: Session, number: int, *, user_id: str, now: datetime) -> bool:
    """
    Note that *user_id* read it. Return False if they said so before, or it was not for them.
    """
    last = select(func.max(ReaderRow.run)).where(
        ReaderRow.broadcast_id == number, ReaderRow.user_id == user_id
    )
    done = session.exec(
        update(ReaderRow)
        .where(
            col(ReaderRow.broadcast_id) == number,
            col(ReaderRow.user_id) == user_id,
            col(ReaderRow.run) == session.exec(last).one(),
            col(ReaderRow.acknowledged_at).is_(None),
        )
        .values(acknowledged_at=now)
        .execution_options(synchronize_session=False)
    )
    if done.rowcount:
        # What its sender was told is no longer so.
        session.exec(
            update(BroadcastRow)
            .where(col(BroadcastRow.id) == number)
            .values(progress="")
            .execution_options(synchronize_session=False)
        )
    return bool(done.rowcount)


def remind(session: Session, number: int, *, by: str, now: datetime) -> int:
    """
    Tell those who got it and did not say that they read it once more. Return how many.

    Raises:
        UnknownBroadcastError: if there is none.
        MovedOnError: if nobody was asked to say so, or it has not gone out.
    """
    found = find_broadcast(session, number)
    if not found.draft.wants_ack or found.started_at is None:
        raise MovedOnError(number)
    late = [
        each.user_id
        for each in readers(session, found)
        if each.acknowledged_at is None
        and each.delivery is not None
        and each.delivery.state is DeliveryState.SENT
        and not is_channel(each.user_id)
    ]
    # Of two who press at once each finds the readers whom the other did not remind.
    reminded = session.exec(
        update(ReaderRow)
        .where(
            col(ReaderRow.broadcast_id) == number,
            col(ReaderRow.run) == found.run,
            col(ReaderRow.user_id).in_(late),
            col(ReaderRow.acknowledged_at).is_(None),
            or_(
                col(ReaderRow.reminded_at).is_(None),
                col(ReaderRow.reminded_at) <= now - AT_LEAST,
            ),
        )
        .values(reminded_at=now)
        .returning(col(ReaderRow.user_id))
        .execution_options(synchronize_session=False)
    ).all()
    occasion = f"{number}.{found.run}: again {now:%Y-%m-%dT%H:%M}"
    recipients = [user_id for (user_id,) in reminded]
    planned = _plan(session, found, recipients, occasion=occasion, now=now, again=True)
    record(session, "broadcast.reminded", actor=by, now=now, subject=f"broadcast:{number}")
    return planned


def send_test(session: Session, number: int, *, by: str, now: datetime) -> bool:
    """
    Send its sender alone what readers would get. Return False if that was just done.
    """
    found = find_broadcast(session, number)
    if found.sender != by:
        raise UnknownBroadcastError(number)
    occasion = f"{number}.test: {found.version} {now:%Y-%m-%dT%H:%M:%S}"
    return _plan(session, found, [by], occasion=occasion, now=now, test=True) > 0


def tell_progress(
    session: Session, broadcast: Broadcast, *, said: str, now: datetime, every: timedelta
) -> bool:
    """
    Note what the sender is told of how it goes, if that is new and they were not told of
    something else within *every*. Return whether it is to be told.
    """
    row = session.exec(select(BroadcastRow).where(BroadcastRow.id == broadcast.number)).one()
    if row.progress == said:
        return False
    done = session.exec(
        update(BroadcastRow)
        .where(
            col(BroadcastRow.id) == broadcast.number,
            col(BroadcastRow.progress) == row.progress,
            or_(
                col(BroadcastRow.progress_at).is_(None),
                col(BroadcastRow.progress_at) <= now - every,
            ),
        )
        .values(progress=said, progress_at=now)
        .execution_options(synchronize_session=False)
    )
    if done.rowcount:
        ask_for_edits(session, kind=STATUS, occasion=f"{broadcast.number}.{broadcast.run}:", now=now)  # fmt: skip
    return bool(done.rowcount)


def recently_ended(session: Session, *, since: datetime) -> tuple[Broadcast, ...]:
    """
    Return what ended after *since*, or was read since its sender was told how it went.
    """
    query = select(BroadcastRow).where(
        or_(
            col(BroadcastRow.ended_at) >= since,
            and_(col(BroadcastRow.ended_at).is_not(None), col(BroadcastRow.progress) == ""),
        )
    )
    return tuple(_value(row) for row in session.exec(query.order_by(col(BroadcastRow.id))))


def _begin_run(session: Session, found: Broadcast, *, now: datetime) -> None:
    audience = resolve(session, found.draft.audience, only=found.draft.only)
    why = {**audience.people, **{id: (f"channel:{id}",) for id in audience.channels}}
    session.add_all(
        ReaderRow(broadcast_id=found.number, run=found.run, user_id=user_id, why=list(refs))
        for user_id, refs in why.items()
    )
    session.flush()
    _plan(session, found, list(why), occasion=f"{found.number}.{found.run}:", now=now)
    session.exec(
        update(BroadcastRow)
        .where(col(BroadcastRow.id) == found.number)
        .values(people=len(why), progress="", progress_at=None)
        .execution_options(synchronize_session=False)
    )
    record(session, "broadcast.sent", actor=found.sender, now=now, subject=f"broadcast:{found.number}", run=str(found.run), kind=found.draft.kind)  # fmt: skip


def _plan(
    session: Session,
    found: Broadcast,
    recipients: Sequence[str],
    *,
    occasion: str,
    now: datetime,
    test: bool = False,
    again: bool = False,
) -> int:
    kind = BROADCAST if test else found.draft.kind
    # What was to go out at a time is late from then on; all else from now.
    due = now if test or again else max(found.draft.send_at or now, now - 2 * USEFUL)
    return plan(
        session,
        [
            Plan(
                kind=kind,
                occasion=occasion,
                recipient=recipient,
                due_at=due,
                priority=PRIORITIES[kind],
                useful_until=due + USEFUL,
                responsible=found.sender,
                payload={
                    "broadcast": found.number,
                    "run": found.run,
                    "test": test,
                    "again": again,
                },
            )
            for recipient in recipients
        ],
        now=now,
    )


def _of_run(session: Session, found: Broadcast) -> tuple[Any, ...]:
    """
    Return what the deliveries of a run are, one a reader: of what was sent again the last.
    """
    of_kind = DeliveryRow.kind == found.draft.kind
    every = last = [f"{found.number}.{found.run}:"]
    while last:
        again = select(DeliveryRow.occasion, DeliveryRow.id).where(
            of_kind, col(DeliveryRow.occasion).in_(last), DeliveryRow.reason == SENT_AGAIN
        )
        last = [f"{occasion}+{id}" for occasion, id in session.exec(again)]
        every = [*every, *last]
    return (
        of_kind,
        col(DeliveryRow.occasion).in_(every),
        or_(col(DeliveryRow.reason).is_(None), DeliveryRow.reason != SENT_AGAIN),
    )


def _set_planned(
    session: Session, found: Broadcast, *, only: tuple[Any, ...] = (), **values: Any
) -> int:
    """
    Change what of a run is planned and not yet on its way.
    """
    done = session.exec(
        update(DeliveryRow)
        .where(
            col(DeliveryRow.kind) == found.draft.kind,
            col(DeliveryRow.occasion).startswith(f"{found.number}.{found.run}:", autoescape=True),
            col(DeliveryRow.state) == DeliveryState.PLANNED.value,
            col(DeliveryRow.digest_id).is_(None),
            *only,
        )
        .values(**values)
        .execution_options(synchronize_session=False)
    )
    return int(done.rowcount)


def _is_admin(session: Session, user_id: str) -> bool:
    given = grants(session, but_members=True)
    return user_id in session.admins | {each.user_id for each in given if each.role == "admin"}


def _not_own(session: Session, number: int, *, by: str) -> Broadcast:
    found = find_broadcast(session, number)
    if found.sender == by:
        raise OwnBroadcastError
    return found


def _move(
    session: Session,
    number: int,
    *,
    of: Collection[BroadcastState],
    to: BroadcastState,
    seen: int | None = None,
    **values: Any,
) -> None:
    # One conditional UPDATE: of two who press at once the second changes nothing.
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


def _value(row: BroadcastRow) -> Broadcast:
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
    )
