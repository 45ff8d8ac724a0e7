"""
News of meetings: whoever was reminded of one is told that it is otherwise now.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

from sqlmodel import and_, col, or_, select, update

from storage.attendance import members_among
from storage.broadcast_progress import is_channel
from storage.delegations import DELEGATION
from storage.deliveries import Delivery, DeliveryState, Plan, Priority, plan, value
from storage.errors import UnreadableSeriesError
from storage.meetings import (
    Change,
    Occurrence,
    all_series,
    became,
    changes,
    coming,
    read_key,
)
from storage.models import Delivery as DeliveryRow
from storage.models import MeetingChange
from storage.reminders import (
    LEFT,
    NO_CHANNEL,
    NOT_THERE,
    REMINDER,
    UNREADABLE,
    as_told,
    plan_again,
    reminds,
    why_not,
)
from storage.session import Session
from storage.short_notice import plan_short
from storage.task_forces import own_row

NEWS = "meeting change"  # the kind
GATHERING = timedelta(minutes=2)  # several changes in this time are told at once
SOON = timedelta(hours=1)  # of what begins by then, nothing is gathered
NEXT_DAYS = 120  # ahead: what meets every quarter has a next one
AFTER = timedelta(minutes=30)  # its beginning, who waits there still wants to know
AS_BEFORE = "it is again as its reader was told"

_TOLD = (DeliveryState.SENT, DeliveryState.UNKNOWN, DeliveryState.SENDING)
_WAITS = (DeliveryState.PLANNED, DeliveryState.CLAIMED)


@dataclass(frozen=True, kw_only=True)
class News:
    """
    Attributes:
        before: when its reader was told that it is.
        was_on: and whether it was to take place.
        now: what it is now; None: it is no more.
        then: when those meet next, where the series has other days now.
    """

    before: datetime
    was_on: bool
    now: Occurrence | None
    then: Occurrence | None = None


def plan_news(session: Session, *, now: datetime) -> int:
    """
    Plan what tells of every change since this was last done: one message to each person
    and channel that got a reminder of the meeting, or may have. Return how many are new.
    """
    untold = select(MeetingChange.id).where(col(MeetingChange.told_at).is_(None))
    if session.exec(untold.limit(1)).first() is None:
        return 0
    own_row(session, lock=True)  # of several processes one tells
    numbers = [number for number in session.exec(untold) if number]
    fresh = [each for each in changes(session) if each.number in numbers]
    chains = _Chains.of(session)
    open_still: set[int] = set()
    known = _by_meeting(session, chains, now=now)
    planned = plan_short(session, fresh, told=known.keys(), now=now)
    other = [each for each in fresh if each.what != "set"]  # that nobody was told of before
    stands = _Stands(session=session)
    for some in known.values():
        concerned = {each.number for each in other if chains.concerns(each, some[-1])}
        if concerned:
            try:
                planned += _tell(session, some, stands, number=max(concerned), now=now)
            except UnreadableSeriesError:
                open_still |= concerned  # until somebody has set it right
        if any(each.state is DeliveryState.CLAIMED for each in some):
            # It may have been written before the change, and go out any moment.
            open_still |= concerned
    session.exec(
        update(MeetingChange)
        .where(col(MeetingChange.id).in_(set(numbers) - open_still))
        .values(told_at=now)
        .execution_options(synchronize_session=False)
    )
    return planned


def news_of(session: Session, delivery: Delivery, *, now: datetime) -> News | str:
    """
    Return what a message is to tell of a meeting; or in words why it is not needed.
    """
    chains = _Chains.of(session)
    reader = delivery.recipient
    every = _by_meeting(session, chains, now=now, recipient=reader)
    told = _told([each for each in every.get(chains.name(delivery), ()) if each.id != delivery.id])
    if told is None:
        return AS_BEFORE
    try:
        stands = _became(session, told)
    except UnreadableSeriesError:
        return UNREADABLE
    if _same(told.payload, _payload(stands, told)):
        return AS_BEFORE
    if is_channel(reader):
        # Once taken out of the series, it is told of no other place and no other link.
        if stands and stands.takes_place and not reminds(session, stands, channel=reader):
            return NO_CHANNEL
    else:
        if reader not in members_among(session, [reader]):
            return LEFT
        if stands is not None and why_not(session, stands, reader) == NOT_THERE:
            return NOT_THERE
    return News(
        before=datetime.fromisoformat(told.payload["starts"]),
        was_on=bool(told.payload["on"]),
        now=stands,
        then=_next(session, chains, told, now=now) if stands is None else None,
    )


def _next(
    session: Session, chains: "_Chains", told: Delivery, *, now: datetime
) -> Occurrence | None:
    """
    Return when those meet next whose meeting fell out because the series has other days now.
    """
    concerned = [each for each in changes(session) if chains.concerns(each, told)]
    if not concerned or concerned[-1].what != "moved":
        return None
    number = concerned[-1].successor_id or concerned[-1].series_id
    series = [each for each in all_series(session) if each.id == number]
    return next((each for each in coming(session, series, now=now, days=NEXT_DAYS) if each.starts_at > now), None)  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class _Chains:
    """
    Which series goes on as which.

    Attributes:
        before, after: number -> the one that it follows, or that follows it.
    """

    before: Mapping[int, int | None]
    after: Mapping[int, int | None]

    @classmethod
    def of(cls, session: Session) -> "_Chains":
        every = all_series(session, cancelled=True)
        return cls(
            before={each.id: each.follows_id for each in every},
            after={each.id: each.successor_id for each in every},
        )

    def name(self, delivery: Delivery) -> tuple[str, int, date]:
        """
        Return what tells apart which meeting somebody was told of: a series that goes on
        as others meets once on a day at most.
        """
        number, day = _series(delivery), _day(delivery)
        while (previous := self.before.get(number)) is not None and previous != number:
            number = previous
        return delivery.recipient, number, day

    def concerns(self, change: Change, delivery: Delivery) -> bool:
        number: int | None = _series(delivery)
        passed = set()
        while number is not None and number not in passed:
            if number == change.series_id:
                day = _day(delivery)
                if change.key is not None:
                    return change.key.date() == day
                return change.since_on is None or change.since_on <= day
            passed.add(number)
            number = self.after.get(number)
        return False


def _by_meeting(
    session: Session, chains: _Chains, *, now: datetime, recipient: str | None = None
) -> dict[tuple[str, int, date], list[Delivery]]:
    """
    Return what is known of the messages about meetings that are still to come, by who got
    them about which, oldest first.
    """
    query = select(DeliveryRow).where(
        col(DeliveryRow.kind).in_([REMINDER, NEWS, DELEGATION]),
        col(DeliveryRow.state).in_([state.value for state in (*_TOLD, *_WAITS)]),
        # Of one that has just begun, who was only reminded of it still wants to know.
        or_(
            col(DeliveryRow.useful_until) > now,
            and_(
                col(DeliveryRow.kind) != NEWS,
                col(DeliveryRow.useful_until) > now - AFTER,
            ),
        ),
    )
    if recipient is not None:
        query = query.where(DeliveryRow.recipient == recipient)
    found: dict[tuple[str, int, date], list[Delivery]] = defaultdict(list)
    rows = session.exec(
        query.order_by(col(DeliveryRow.id)).execution_options(populate_existing=True)
    )
    for each in map(value, rows):
        if each.payload.get("what") in {None, "asked"}:
            found[chains.name(each)].append(each)
    return found


def _tell(
    session: Session, some: Sequence[Delivery], known: "_Stands", *, number: int, now: datetime
) -> int:
    told = _told(some)
    waiting = [each for each in some if each.state in _WAITS]
    stands = known.of(told or some[-1])
    if told is None:
        # Nothing was said yet that is wrong now: what waits is for the time of now.
        if stands is None or not stands.takes_place:
            return 0
        moved = [each for each in waiting if each.payload["starts"] != stands.starts_at.isoformat()]
        return sum(plan_again(session, each, stands, now=now) for each in moved[-1:])
    payload = _payload(stands, told)
    starts = [datetime.fromisoformat(each["starts"]) for each in (told.payload, payload)]
    useful_until = max(starts) + AFTER
    open_ones = [each.id for each in waiting if each.kind == NEWS and each.state is DeliveryState.PLANNED]  # fmt: skip
    if open_ones:
        session.exec(
            update(DeliveryRow)
            .where(
                col(DeliveryRow.id).in_(open_ones),
                col(DeliveryRow.state) == DeliveryState.PLANNED.value,
            )
            .values(payload=payload, useful_until=useful_until)
            .execution_options(synchronize_session=False)
        )
        return 0
    if _same(told.payload, payload):
        return 0
    soon = min(starts) - now <= SOON
    news = Plan(
        kind=NEWS,
        occasion=f"{payload['series']} {payload['key']} {number}",
        recipient=told.recipient,
        due_at=now if soon else now + GATHERING,
        useful_until=useful_until,
        priority=Priority.REMINDER,
        payload=payload,
    )
    return plan(session, [news], now=now)


def _told(some: Sequence[Delivery]) -> Delivery | None:
    return next((each for each in reversed(some) if each.state in _TOLD), None)


@dataclass(frozen=True, kw_only=True)
class _Stands:
    """
    What became of meetings, each looked up once: hundreds are told of the same one.
    """

    session: Session
    found: dict[tuple[int, str], Occurrence | None] = field(default_factory=dict)

    def of(self, delivery: Delivery) -> Occurrence | None:
        key = (_series(delivery), str(delivery.payload["key"]))
        if key not in self.found:
            self.found[key] = _became(self.session, delivery)
        return self.found[key]


def _became(session: Session, delivery: Delivery) -> Occurrence | None:
    key = read_key(str(delivery.payload["key"]))
    return became(session, _series(delivery), key=key) if key else None


def _payload(stands: Occurrence | None, told: Delivery) -> dict[str, Any]:
    if stands is None:
        names = ("series", "key", "starts", "where")
        return {**{name: told.payload[name] for name in names}, "on": False}
    return as_told(stands)


def _same(before: Mapping[str, Any], after: Mapping[str, Any]) -> bool:
    if not before["on"] or not after["on"]:
        return bool(before["on"] == after["on"])
    return all(before[name] == after[name] for name in ("starts", "where"))


def _series(delivery: Delivery) -> int:
    return int(delivery.payload["series"])


def _day(delivery: Delivery) -> date:
    key = read_key(str(delivery.payload["key"]))
    return key.date() if key else date.min
