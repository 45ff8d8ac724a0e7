"""
Upkeep: which entries are due to be looked at again, by whom, and who is told when.
"""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from functools import cached_property
from typing import Any
from zoneinfo import ZoneInfo

from sqlmodel import col, func, select, update

from storage import audit
from storage.corrections import Correction, Outcome, open_corrections, settle
from storage.custodians import Responsible
from storage.deliveries import Plan, Priority, plan
from storage.directory import lock, today, version
from storage.errors import StaleError
from storage.facts import count_change, edit
from storage.models import Delivery, Hotline, Offering, Organization, Phone, Schedule, Series
from storage.session import Session
from storage.slots import advance, due_slots
from storage.task_forces import task_force

UPKEEP = "upkeep"  # the kind of delivery, and the series of the days it is planned on
PERIOD = timedelta(days=90)  # after which an entry is looked at again
PATIENCE = timedelta(days=30)  # after which it is overdue, and its coordinators are told
PAUSE = timedelta(days=7)  # between two messages to one person, at the least
AT = time(9)  # local
USEFUL = timedelta(days=5)


@dataclass(frozen=True, kw_only=True)
class Item:
    """
    An entry that somebody looks after: an agency, a number of it, or a line.

    Attributes:
        id: its row; with the table it names it in buttons.
        name: the agency's or the line's.
        lines: its values, as they are read out.
        organization: the key of its agency, or None.
        version: names its values as they are.
    """

    table: str
    id: int
    key: str
    name: str
    lines: tuple[str, ...]
    organization_id: int | None
    organization: str | None
    version: str
    as_of: date
    verified_on: date | None

    @property
    def due_on(self) -> date:
        return (self.verified_on or self.as_of) + PERIOD


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


def items(session: Session, *, organization_ids: Collection[int] | None = None) -> tuple[Item, ...]:
    """
    Return what is served, agencies first, each with its numbers; 911 is nobody's to look after.

    Args:
        organization_ids: only these agencies', by their rows; None: everything.
    """
    return _Directory(session, organization_ids).items


def find_item(session: Session, table: str, named: int | str) -> Item | None:
    """
    Return the item of this table and row, or key, if it is served.
    """
    models: Mapping[str, Any] = {"organization": Organization, "phone": Phone, "hotline": Hotline}
    model = models.get(table)
    if model is None:
        return None
    which = model.id == named if isinstance(named, int) else model.key == named
    row = session.exec(select(model).where(which)).one_or_none()
    if row is None:
        return None
    if table == "hotline" and row.organization_id is None:
        ids: Collection[int] | None = ()
    else:
        ids = (row.id if table == "organization" else row.organization_id,)
    found = _Directory(session, ids).items
    return next((each for each in found if (each.table, each.id) == (table, row.id)), None)


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
    reported: dict[tuple[str, str], list[Correction]] = defaultdict(list)
    for each in open_corrections(session):
        reported[each.table, each.key].append(each)
    found = []
    for item in items(session, organization_ids=organization_ids):
        corrections = tuple(reported[item.table, item.key])
        if item.due_on > day and not corrections:
            continue
        found.append(
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
        )
    return tuple(sorted(found, key=lambda each: (not each.corrections, each.item.due_on)))


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
    day = today(session, now)
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
    day = today(session, now)
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
    there = {(each.table, each.key) for each in items(session)}
    for each in open_corrections(session):
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


@dataclass(kw_only=True)
class _Rows:
    phones: dict[int, list[Phone]]
    line_phones: dict[int, list[Phone]]
    schedules: dict[int, Schedule]
    offerings: dict[int, list[Offering]]


class _Directory:
    def __init__(self, session: Session, organization_ids: Collection[int] | None) -> None:
        self._session = session
        self._ids = organization_ids

    @cached_property
    def items(self) -> tuple[Item, ...]:
        rows = self._rows()
        found: list[Item] = []
        organizations = self._served(Organization, Organization.id)
        names = {row.id: row for row in organizations}
        for row in organizations:
            found.append(_organization_item(row, rows))
            found.extend(_phone_item(each, row) for each in rows.phones[row.id or 0])
        found.extend(
            _line_item(line, names.get(line.organization_id), rows.line_phones[line.id])
            for line in self._served(Hotline, Hotline.organization_id, whose=True)
            if not line.emergency
        )
        return tuple(found)

    def _rows(self) -> _Rows:
        rows = _Rows(
            phones=defaultdict(list),
            line_phones=defaultdict(list),
            schedules={},
            offerings=defaultdict(list),
        )
        phones = (
            select(Phone)
            .where(col(Phone.retired_at).is_(None), col(Phone.contact_id).is_(None))
            .order_by(col(Phone.position), col(Phone.id))
            .execution_options(populate_existing=True)
        )
        if self._ids is not None:
            phones = phones.where(
                col(Phone.organization_id).in_(self._ids) | col(Phone.hotline_id).is_not(None)
            )
        for phone in self._session.exec(phones):
            if phone.hotline_id is not None:
                rows.line_phones[phone.hotline_id].append(phone)
            elif phone.organization_id is not None:
                rows.phones[phone.organization_id].append(phone)
        for schedule in self._of(Schedule):
            rows.schedules[schedule.organization_id] = schedule
        for offering in self._of(Offering):
            rows.offerings[offering.organization_id].append(offering)
        return rows

    def _of(self, model: Any) -> Any:
        query = select(model).order_by(model.id).execution_options(populate_existing=True)
        if self._ids is not None:
            query = query.where(col(model.organization_id).in_(self._ids))
        return self._session.exec(query)

    def _served(self, model: Any, owner: Any, *, whose: bool = False) -> list[Any]:
        query = (
            select(model)
            .where(col(model.retired_at).is_(None))
            .order_by(col(model.position), col(model.id))
            .execution_options(populate_existing=True)
        )
        if self._ids is not None:
            theirs = col(owner).in_(self._ids)
            nobodys = col(owner).is_(None) if whose and not self._ids else None
            query = query.where(theirs if nobodys is None else nobodys)
        return list(self._session.exec(query))


def _organization_item(row: Organization, rows: _Rows) -> Item:
    schedule = rows.schedules.get(row.id or 0)
    offered = [
        [each.service_id, each.persons, each.languages] for each in rows.offerings[row.id or 0]
    ]
    hours = None
    if schedule is not None:
        hours = [schedule.byday, schedule.opens_at, schedule.closes_at, schedule.description]
    about = [
        ("About", row.description),
        ("Web", row.website),
        ("E-mail", row.email),
        ("Services it says it offers", str(len(offered)) if offered else None),
    ]
    return Item(
        table="organization",
        id=row.id or 0,
        key=row.key,
        name=row.name,
        lines=tuple(f"{label}: {said}" for label, said in about if said),
        organization_id=row.id,
        organization=row.key,
        version=version([row.description, row.website, row.email, hours, offered]),
        as_of=row.as_of,
        verified_on=row.verified_on,
    )


def _phone_item(row: Phone, owner: Organization) -> Item:
    return Item(
        table="phone",
        id=row.id or 0,
        key=row.key,
        name=owner.name,
        lines=(_said(row),),
        organization_id=owner.id,
        organization=owner.key,
        version=version(_number(row)),
        as_of=row.as_of,
        verified_on=row.verified_on,
    )


def _line_item(row: Hotline, owner: Organization | None, phones: Sequence[Phone]) -> Item:
    email = f"{row.email} (as printed, unconfirmed)" if row.email_unconfirmed else row.email
    about = [row.kind, row.hours, row.url, email]
    return Item(
        table="hotline",
        id=row.id or 0,
        key=row.key,
        name=row.name,
        lines=(*map(_said, phones), *filter(None, about)),
        organization_id=row.organization_id,
        organization=owner.key if owner else None,
        version=version([*about, row.name, row.card, [_number(each) for each in phones]]),
        as_of=row.as_of,
        verified_on=row.verified_on,
    )


def _number(row: Phone) -> list[str | None]:
    return [row.number, row.extension, row.type, row.description]


def _said(row: Phone) -> str:
    number = f"{row.number} ext. {row.extension}" if row.extension else row.number
    about = ", ".join(filter(None, [row.type, row.description]))
    return f"{number} ({about})"
