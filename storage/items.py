"""
Items: the entries somebody looks after, as they are read out and asked about.
"""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import cached_property
from typing import Any

from sqlmodel import col, select

from storage.entries import version
from storage.models import Hotline, Offering, Organization, Phone, Schedule
from storage.session import Session

PERIOD = timedelta(days=90)  # after which an entry is looked at again


@dataclass(frozen=True, kw_only=True)
class Item:
    """
    An entry that somebody looks after: an agency, a number of it, or a line.

    Attributes:
        id: its row; with the table it names it in buttons.
        name: the agency's or the line's.
        lines: its values, as they are read out.
        organization: the key of its agency, or None.
        values: what `version` names as it is.
    """

    table: str
    id: int
    key: str
    name: str
    lines: tuple[str, ...]
    organization_id: int | None
    organization: str | None
    values: list[Any] = field(repr=False)
    as_of: date
    verified_on: date | None

    @property
    def version(self) -> str:
        return version(self.values)

    @property
    def due_on(self) -> date:
        return (self.verified_on or self.as_of) + PERIOD


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
        values=[row.description, row.website, row.email, hours, offered],
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
        values=_number(row),
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
        values=[*about, row.name, row.card, [_number(each) for each in phones]],
        as_of=row.as_of,
        verified_on=row.verified_on,
    )


def _number(row: Phone) -> list[Any]:
    return [row.number, row.extension, row.type, row.description]


def _said(row: Phone) -> str:
    number = f"{row.number} ext. {row.extension}" if row.extension else row.number
    about = ", ".join(filter(None, [row.type, row.description]))
    return f"{number} ({about})"
