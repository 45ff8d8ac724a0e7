"""
Organizations: who they are, what they do, how to reach them.
"""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlmodel import col, select

from storage.hotlines import Phone, phones
from storage.kept import kept
from storage.models import Collaborative, Duty, Organization, Service
from storage.models import Hotline as HotlineRow
from storage.models import Phone as PhoneRow
from storage.provenance import Provenance, columns_served, served
from storage.session import Session


@dataclass(frozen=True, kw_only=True)
class Task:
    """
    One line of what an organization does.

    Attributes:
        kind: "duty", "mission", "project", "education", "subcontract", "part".
    """

    kind: str
    text: str
    provenance: Provenance


@dataclass(frozen=True, kw_only=True)
class Line:
    """
    A hotline that an organization answers.
    """

    key: str
    name: str
    kind: str
    hours: str | None
    caution: str | None
    email: str | None
    email_unconfirmed: bool
    phones: tuple[Phone, ...]
    provenance: Provenance


@dataclass(frozen=True, kw_only=True)
class Partner:
    """
    One organization, with everything about it that every member may read.

    Attributes:
        parent: the organization it is a bureau of, or None.
        leads: names of the collaboratives it leads or co-leads.
        services: names of the services it is known to offer.
    """

    key: str
    name: str
    alternate_name: str | None
    parent: str | None
    parent_key: str | None
    description: str | None
    website: str | None
    email: str | None
    note: str | None
    aliases: tuple[str, ...]
    tasks: tuple[Task, ...]
    phones: tuple[Phone, ...]
    hotlines: tuple[Line, ...]
    leads: tuple[str, ...]
    services: tuple[str, ...]
    provenance: Provenance


@dataclass(frozen=True, kw_only=True)
class Named:
    """
    An organization by its names alone.
    """

    id: int
    key: str
    name: str
    names: tuple[str, ...]


def organization_names(session: Session, *, retired: bool = False) -> tuple[Named, ...]:
    """
    Return what every organization is called, in the pack's order.

    Args:
        retired: also those that are served no more.
    """
    return _names_ever(session) if retired else _names_served(session)


@kept
def _names_ever(session: Session) -> tuple[Named, ...]:
    return tuple(_named(*row) for row in session.exec(_names()))


@kept
def _names_served(session: Session) -> tuple[Named, ...]:
    query = _names().where(col(Organization.retired_at).is_(None))
    return tuple(_named(*row) for row in session.exec(query))


def _names() -> Any:
    table = Organization
    query = select(table.id, table.key, table.name, table.alternate_name, table.aliases)  # type: ignore[call-overload]
    return query.order_by(col(table.position), col(table.id))


def find_organization(session: Session, key: str, *, retired: bool = False) -> Named | None:
    """
    Return the organization with this key, or None.

    Args:
        retired: also one that is served no more.
    """
    query = select(Organization).where(Organization.key == key)
    if not retired:
        query = query.where(col(Organization.retired_at).is_(None))
    row = session.exec(query).one_or_none()
    if row is None:
        return None
    return _named(row.id, row.key, row.name, row.alternate_name, row.aliases)


def _named(
    id: int | None, key: str, name: str, alternate: str | None, aliases: Sequence[str]
) -> Named:
    others = [alternate] if alternate else []
    return Named(id=id or 0, key=key, name=name, names=(name, key, *others, *aliases))


@kept
def partners(session: Session) -> tuple[Partner, ...]:
    """
    Return every organization, in the pack's order.
    """
    rows = served(session, Organization)
    organizations = {row.id: row for row, _ in rows}
    tasks = defaultdict(list)
    for duty, provenance in served(session, Duty):
        tasks[duty.organization_id].append(
            Task(kind=duty.kind, text=duty.text, provenance=provenance)
        )
    numbers: dict[int | None, list[PhoneRow]] = defaultdict(list)
    line_numbers: dict[int | None, list[PhoneRow]] = defaultdict(list)
    for phone, _ in served(session, PhoneRow, col(PhoneRow.contact_id).is_(None)):
        (line_numbers if phone.hotline_id else numbers)[
            phone.hotline_id or phone.organization_id
        ].append(phone)
    lines = defaultdict(list)
    for line, provenance in served(
        session, HotlineRow, col(HotlineRow.organization_id).is_not(None)
    ):
        lines[line.organization_id].append(
            Line(
                key=line.key,
                name=line.name,
                kind=line.kind,
                hours=line.hours,
                caution=line.caution,
                email=line.email,
                email_unconfirmed=line.email_unconfirmed,
                phones=phones(line_numbers[line.id]),
                provenance=provenance,
            )
        )
    led = defaultdict(list)
    table = Collaborative
    for name, keys in columns_served(session, table, table.name, table.leads):
        for key in keys:
            led[key].append(name)
    offered = defaultdict(list)
    by_some = [col(Service.organization_id).is_not(None)]
    columns = (Service.organization_id, Service.name)
    for id, name in columns_served(session, Service, *columns, where=by_some):
        offered[id].append(name)

    found = []
    for row, provenance in rows:
        parent = organizations.get(row.parent_organization_id)
        found.append(
            Partner(
                key=row.key,
                name=row.name,
                alternate_name=row.alternate_name,
                parent=parent.name if parent else None,
                parent_key=parent.key if parent else None,
                description=row.description,
                website=row.website,
                email=row.email,
                note=row.note,
                aliases=tuple(row.aliases),
                tasks=tuple(tasks[row.id or 0]),
                phones=phones(numbers[row.id]),
                hotlines=tuple(lines[row.id]),
                leads=tuple(led[row.key]),
                services=tuple(offered[row.id]),
                provenance=provenance,
            )
        )
    return tuple(found)
