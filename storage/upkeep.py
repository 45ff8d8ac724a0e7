"""
Upkeep: which entries are due to be looked at again, by whom, and who is told when.
"""

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any, TypeAlias
from zoneinfo import ZoneInfo

from sqlmodel import col, func, select, update

from storage import audit
from storage.corrections import Correction, Outcome, open_corrections, settle
from storage.custodians import Responsible
from storage.deliveries import Plan, Priority, plan
from storage.directory import lock
from storage.errors import StaleError
from storage.facts import count_change, edit
from storage.items import PERIOD, Item, find_item, items
from storage.kept import kept
from storage.models import Delivery, Offering, Phone, Series
from storage.session import Session
from storage.slots import advance, due_slots
from storage.task_forces import local_day, task_force

UPKEEP = "upkeep"  # the kind of delivery, and the series of the days it is planned on
PATIENCE = timedelta(days=30)  # after which it is overdue, and its coordinators are told
PAUSE = timedelta(days=7)  # between two messages to one person, at the least
AT = time(9)  # local
USEFUL = timedelta(days=5)


@dataclass(frozen=True, kw_only=True)
class Duty:
    """
    An item with what waits about it.

    Attributes:
        responsible: Slack ids.
        keepers: names of its custodians; empty: its coordinators'.
        due: its time has come.
        overdue: and went by a while ago.
    """

    item: Item
    responsible: tuple[str, ...]
    keepers: tuple[str, ...]
    corrections: tuple[Correction, ...]
    due: bool
    overdue: bool


def duties(
    session: Session,
    *,
    day: date,
    responsible: Responsible,
    organization_ids: Collection[int] | None = None,
) -> tuple[Duty, ...]:
    """
    Return what is due or reported to be wrong, oldest first.

    Args:
        organization_ids: only these agencies', by their rows; None: everything.
    """
    every = organization_ids is None
    return tuple(
        Duty(
            item=item,
            responsible=responsible.of(item.organization_id),
            keepers=tuple(
                each.name for each in responsible.custodians.get(item.organization_id or 0, ())
            ),
            corrections=corrections,
            due=item.due_on <= day,
            overdue=item.due_on + PATIENCE <= day,
        )
        for item, corrections in (
            _waiting_of_all(session, day) if every else _waiting(session, day, organization_ids)
        )
    )


Waiting: TypeAlias = tuple[tuple[Item, tuple[Correction, ...]], ...]


@kept
def _waiting_of_all(session: Session, day: date) -> Waiting:
    return _waiting(session, day, None)


def _waiting(session: Session, day: date, organization_ids: Collection[int] | None) -> Waiting:
    """
    Return what is due or reported to be wrong, with the reports, oldest first.
    """
    reported: dict[tuple[str, str], list[Correction]] = defaultdict(list)
    for each in open_corrections(session):
        reported[each.table, each.key].append(each)
    found = []
    for item in items(session, organization_ids=organization_ids):
        corrections = tuple(reported[item.table, item.key])
        if item.due_on <= day or corrections:
            found.append((item, corrections))
    return tuple(sorted(found, key=lambda each: (not each[1], each[0].due_on)))


def confirm(
    session: Session, item: Item, *, seen: str, by: str, keeper: bool, now: datetime
) -> bool:
    """
    Note that an item was looked at, and is right as it is.

    Args:
        seen: the version that was looked at.
        keeper: whether who says so is of the agency: then its services are said anew.
    Returns:
        False if that was noted today already, and nothing was reported meanwhile.
    Raises:
        StaleError: if it is no more what was seen.
    """
    lock(session)
    fresh = find_item(session, item.table, item.id)
    if fresh is None or fresh.version != seen:
        raise StaleError(item.table, item.key)
    day = local_day(session, now)
    settled = settle(session, item.table, item.key, outcome=Outcome.STILL_CORRECT, by=by, now=now)
    if fresh.verified_on == day:
        return settled > 0
    changes = {"verified_on": day}
    edit(session, item.table, item.key, changes=changes, now=now)
    if item.table == "hotline":
        numbers = select(Phone.key).where(
            col(Phone.hotline_id) == item.id, col(Phone.retired_at).is_(None)
        )
        for key in session.exec(numbers).all():
            edit(session, "phone", key, changes=changes, now=now)
    if item.table == "organization" and keeper:
        session.exec(
            update(Offering)
            .where(col(Offering.organization_id) == item.id)
            .values(said_at=now, said_by=by)
            .execution_options(synchronize_session=False)
        )
        count_change(session)
    subject = f"{item.table}:{item.key}"
    audit.record(session, "directory.verified", actor=by, now=now, subject=subject)
    return True


def plan_upkeep(session: Session, now: datetime) -> int:
    """
    Plan, once a day, what tells people that something of theirs is due. Return how many
    are new: one a person, when something became due since the last one, or when that one
    stayed without an answer for a whole period; coordinators, when an answer is overdue.
    """
    zone = ZoneInfo(task_force(session).timezone)
    if not _slots(_planned_until(session) or now, now, zone):
        if _planned_until(session) is None:
            advance(session, UPKEEP, now=now)
        return 0
    after = advance(session, UPKEEP, now=now)  # of several processes one goes on
    slots = _slots(after, now, zone)
    if not slots:
        return 0
    slot = slots[-1]
    _settle_what_is_gone(session, now=now)
    responsible = Responsible(session, today=slot.date)
    since: dict[str, date] = {}
    for each in duties(session, day=slot.date, responsible=responsible):
        if each.due:
            _note(since, each.responsible, each.item.due_on)
        if each.overdue and each.keepers:
            _note(since, responsible.coordinators, each.item.due_on + PATIENCE)
    told = _last_told(session, zone)
    readers = [reader for reader, day in since.items() if _wants(told.get(reader), day, slot.date)]
    plans = [
        Plan(
            kind=UPKEEP,
            occasion=slot.occasion,
            recipient=reader,
            due_at=slot.at,
            priority=Priority.BROADCAST,
            useful_until=slot.at + USEFUL,
        )
        for reader in readers
    ]
    return plan(session, plans, now=now)


def waits_for(session: Session, user_id: str, *, now: datetime) -> bool:
    """
    Say whether anything is due that somebody is told of.
    """
    day = local_day(session, now)
    responsible = Responsible(session, today=day)
    kept = {key for key in responsible.custodians if responsible.keeps(key, user_id)}
    ids = None if user_id in responsible.coordinators else kept
    found = duties(session, day=day, responsible=responsible, organization_ids=ids)
    return any(answers(each, user_id, responsible=responsible) for each in found)


def answers(duty: Duty, user_id: str, *, responsible: Responsible) -> bool:
    """
    Say whether something waits for somebody: it is theirs, or they are to see that it is
    overdue.
    """
    told = duty.overdue and bool(duty.keepers) and user_id in responsible.coordinators
    return told or user_id in duty.responsible


def _settle_what_is_gone(session: Session, *, now: datetime) -> None:
    """
    Settle what was reported of entries that are served no more, whoever retired them.
    """
    corrections = open_corrections(session)
    there = {(each.table, each.key) for each in items(session)} if corrections else set()
    for each in corrections:
        if (each.table, each.key) not in there:
            settle(session, each.table, each.key, outcome=Outcome.RETIRED, by="htbot", now=now)


def _note(since: dict[str, date], readers: Sequence[str], day: date) -> None:
    for reader in readers:
        since[reader] = max(day, since.get(reader, day))


def _wants(told: date | None, newest: date, day: date) -> bool:
    """
    Say whether to tell somebody on *day*: there is news since they were told, or no answer.
    """
    if told is None:
        return True
    return day - told >= PERIOD or (day - told >= PAUSE and newest > told)


def _last_told(session: Session, zone: ZoneInfo) -> dict[str, date]:
    query = (
        select(Delivery.recipient, func.max(Delivery.due_at))
        .where(Delivery.kind == UPKEEP)
        .group_by(col(Delivery.recipient))
    )
    return {
        reader: due_at.astimezone(zone).date() for reader, due_at in session.exec(query) if due_at
    }


def _planned_until(session: Session) -> datetime | None:
    return session.exec(select(Series.planned_until).where(Series.key == UPKEEP)).one_or_none()


def _slots(after: datetime, until: datetime, zone: ZoneInfo) -> tuple[Any, ...]:
    # However long nobody looked: what became due is found from today's alone.
    after = max(after, until - timedelta(days=2))
    return due_slots(UPKEEP, at=AT, zone=zone, after=after, until=until)
