"""
The directory's entries as values: each read whole from its rows, and written whole.

An entry is named by its table and key; its values are a plain dictionary, or None where
it is not, or is no more.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time
from hashlib import sha256
from json import dumps
from typing import Any, TypeAlias

from sqlmodel import col, select

from storage.entered import entered_source
from storage.errors import StillHasLinesError, UnknownFactError, UnknownTableError
from storage.facts import edit
from storage.models import (
    Fact,
    Hotline,
    Offering,
    Organization,
    Phone,
    Schedule,
    Service,
    Source,
)
from storage.scope import add_new
from storage.session import Session
from storage.task_forces import local_day

ELSEWHERE = "directory-elsewhere"  # of lines that are not the county's own
Values: TypeAlias = Mapping[str, Any]
_PHONE = ("number", "extension", "type", "description")
_ORGANIZATION = ("description", "website", "email")
_LINE = ("name", "kind", "hours", "url", "email", "email_unconfirmed", "needs", "card")
# Letters no word is made of: a version is read by no screen as a number, and by no one at all.
_LETTERS = "bcdfghjklmnpqrst"


def version(values: object) -> str:
    """
    Return what names *values* as they are: ten letters.
    """
    digest = sha256(dumps(values, sort_keys=True, default=str).encode()).hexdigest()
    return "".join(_LETTERS[int(each, 16)] for each in digest[:10])


def current(session: Session, table: str, key: str) -> dict[str, Any] | None:
    """
    Return an entry's values as they are now, or None where it is not served.

    Raises:
        UnknownTableError: if it is none of the directory's tables.
    """
    if table not in _KINDS:
        raise UnknownTableError(table)
    return _KINDS[table].read(session, key)


def write(
    session: Session, table: str, key: str, after: Values | None, *, by: str, now: datetime
) -> None:
    """
    Write an entry's values over what is there. Whoever changes an entry saves it instead.
    """
    _KINDS[table].write(session, key, after, _Hand(by=by, now=now))
    session.flush()


def made_key(*parts: object) -> str:
    """
    Return an end for the key of a row that a person adds.
    """
    return version(parts)[:6]


@dataclass(frozen=True, kw_only=True)
class _Hand:
    """
    Whose hand writes, and when.
    """

    by: str
    now: datetime


def _read_organization(session: Session, key: str) -> dict[str, Any] | None:
    row = _served(session, Organization, key)
    return None if row is None else {field: getattr(row, field) for field in _ORGANIZATION}


def _write_organization(session: Session, key: str, after: Values | None, hand: _Hand) -> None:
    row = _served(session, Organization, key, retired=True)
    if row is None:
        raise UnknownFactError("organization", key)
    if after is None:
        lines = select(Hotline.id).where(
            col(Hotline.organization_id) == row.id, col(Hotline.retired_at).is_(None)
        )
        if session.exec(lines.limit(1)).first() is not None:
            raise StillHasLinesError(key)
        edit(session, "organization", key, changes={}, now=hand.now, retired=True)
        return
    _put(
        session,
        row,
        {field: after[field] for field in _ORGANIZATION if field in after},
        now=hand.now,
    )


def _read_phone(session: Session, key: str) -> dict[str, Any] | None:
    row = _served(session, Phone, key)
    if row is None or row.organization_id is None or row.hotline_id or row.contact_id:
        return None
    owner = session.exec(select(Organization.key).where(Organization.id == row.organization_id))
    return {**{field: getattr(row, field) for field in _PHONE}, "organization": owner.one()}


def _write_phone(session: Session, key: str, after: Values | None, hand: _Hand) -> None:
    row = _served(session, Phone, key, retired=True)
    if after is None:
        edit(session, "phone", key, changes={}, now=hand.now, retired=True)
        return
    values = {field: after[field] for field in _PHONE}
    if row is None:
        owner = session.exec(
            select(Organization.id).where(Organization.key == after["organization"])
        ).one()
        _add(session, Phone, key, {**values, "organization_id": owner}, now=hand.now)
    else:
        _put(session, row, values, now=hand.now)


def _read_schedule(session: Session, key: str) -> dict[str, Any] | None:
    row = _schedule(session, key)
    if row is None:
        return None
    return {
        "byday": list(row.byday),
        "opens_at": row.opens_at.isoformat("minutes") if row.opens_at else None,
        "closes_at": row.closes_at.isoformat("minutes") if row.closes_at else None,
        "description": row.description,
    }


def _write_schedule(session: Session, key: str, after: Values | None, hand: _Hand) -> None:
    row = _schedule(session, key)
    if after is None:
        if row is not None:
            session.delete(row)
        return
    if row is None:
        owner = session.exec(select(Organization.id).where(Organization.key == key)).one()
        row = Schedule(organization_id=owner or 0)
        session.add(row)
    row.byday = list(after["byday"])
    row.opens_at = time.fromisoformat(after["opens_at"]) if after["opens_at"] else None
    row.closes_at = time.fromisoformat(after["closes_at"]) if after["closes_at"] else None
    row.description = after["description"]
    _unverify(session, key, now=hand.now)


def _read_offering(session: Session, key: str) -> dict[str, Any] | None:
    row = _offering(session, key)
    if row is None:
        return None
    return {"persons": list(row.persons), "languages": list(row.languages)}


def _write_offering(session: Session, key: str, after: Values | None, hand: _Hand) -> None:
    row = _offering(session, key)
    owner, _, service = key.partition("/")
    if after is None:
        if row is not None:
            session.delete(row)
    elif row is None:
        session.add(
            Offering(
                organization_id=session.exec(
                    select(Organization.id).where(Organization.key == owner)
                ).one()
                or 0,
                service_id=session.exec(select(Service.id).where(Service.key == service)).one()
                or 0,
                persons=list(after["persons"]),
                languages=list(after["languages"]),
                said_by=hand.by,
                said_at=hand.now,
            )
        )
    else:
        row.persons, row.languages = list(after["persons"]), list(after["languages"])
        row.said_by, row.said_at = hand.by, hand.now
    _unverify(session, owner, now=hand.now)


def _read_hotline(session: Session, key: str) -> dict[str, Any] | None:
    row = _served(session, Hotline, key)
    if row is None:
        return None
    return {
        **{field: _copied(getattr(row, field)) for field in _LINE},
        "phones": _phones_of(_numbers(session, row)),
    }


def _write_hotline(session: Session, key: str, after: Values | None, hand: _Hand) -> None:
    row = _served(session, Hotline, key, retired=True)
    if after is None:
        if row is not None:
            edit(session, "hotline", key, changes={}, now=hand.now, retired=True)
            for phone in _numbers(session, row):
                edit(session, "phone", phone.key, changes={}, now=hand.now, retired=True)
        return
    values = {field: after[field] for field in _LINE}
    before = [] if row is None else _phones_of(_numbers(session, row))
    if row is None:
        row = _add(session, Hotline, key, values, now=hand.now)
    _write_numbers(session, row, after["phones"], hand)
    given = all(_as_given(each) for each in _numbers(session, row, retired=True))
    changed = list(after["phones"]) != before
    # A line is said to be from where its numbers are from.
    _put(session, row, values, now=hand.now, changed=changed, given=given)


def _write_numbers(session: Session, row: Hotline, numbers: Any, hand: _Hand) -> None:
    wanted = {each["key"]: each for each in numbers}
    for phone in _numbers(session, row):
        if phone.key not in wanted:
            edit(session, "phone", phone.key, changes={}, now=hand.now, retired=True)
    for key, each in wanted.items():
        number = {field: each[field] for field in _PHONE}
        known = _served(session, Phone, key, retired=True)
        if known is None:
            _add(session, Phone, key, {**number, "hotline_id": row.id}, now=hand.now)
        else:
            _put(session, known, number, now=hand.now)


@dataclass(frozen=True, kw_only=True)
class _Kind:
    read: Callable[[Session, str], dict[str, Any] | None]
    write: Callable[[Session, str, Values | None, _Hand], None]


_KINDS: Mapping[str, _Kind] = {
    "organization": _Kind(read=_read_organization, write=_write_organization),
    "phone": _Kind(read=_read_phone, write=_write_phone),
    "schedule": _Kind(read=_read_schedule, write=_write_schedule),
    "offering": _Kind(read=_read_offering, write=_write_offering),
    "hotline": _Kind(read=_read_hotline, write=_write_hotline),
}


def _put(
    session: Session,
    row: Fact,
    values: Values,
    *,
    now: datetime,
    changed: bool = False,
    given: bool = True,
) -> None:
    """
    Write *values* into a row of facts. What a source said of the old ones is said of the
    new ones no longer, but again where they are the source's own.

    Args:
        changed: whether what belongs to it is new.
        given: whether what belongs to it is its source's.
    """
    changed = (
        changed
        or row.retired_at is not None
        or any(getattr(row, field) != value for field, value in values.items())
    )
    if not changed:
        return
    pack = row.pack_values
    if pack and given and all(pack.get(field) == value for field, value in values.items()):
        stated: dict[str, Any] = {
            "source_id": pack["source_id"],
            "place": pack["place"],
            "as_of": date.fromisoformat(pack["as_of"]),
        }
    else:
        stated = _stated(session, row.source_id, now=now)
    edit(
        session,
        str(type(row).__tablename__),
        row.key,
        changes={**values, **stated, "verified_on": None},
        now=now,
        retired=False,
    )


def _add(session: Session, model: Any, key: str, values: Values, *, now: datetime) -> Any:
    session.add(model(key=key, **values, **_stated(session, None, now=now), position=10_000))
    session.flush()
    return session.exec(select(model).where(model.key == key)).one()


def _stated(session: Session, source_id: int | None, *, now: datetime) -> dict[str, Any]:
    """
    Return where a fact is from that was changed here. A line from elsewhere stays one.
    """
    kind = session.exec(select(Source.kind).where(Source.id == source_id)).one_or_none()
    day = local_day(session, now)
    stated = {"place": "changed in the directory", "as_of": day}
    if kind != "page":
        return {"source_id": entered_source(session, now=now), **stated}
    add_new(
        session,
        Source,
        key=ELSEWHERE,
        title="The task force's directory",
        publisher="Changed by the task force's coordinators",
        kind="page",
        as_of=day,
        position=10_000,
    )
    found = session.exec(select(Source.id).where(Source.key == ELSEWHERE)).one()
    return {"source_id": found, **stated}


def _unverify(session: Session, organization: str, *, now: datetime) -> None:
    edit(session, "organization", organization, changes={"verified_on": None}, now=now)


def _served(session: Session, model: Any, key: str, *, retired: bool = False) -> Any:
    query = select(model).where(model.key == key).execution_options(populate_existing=True)
    row = session.exec(query).one_or_none()
    return row if row is not None and (retired or row.retired_at is None) else None


def _numbers(session: Session, row: Hotline, *, retired: bool = False) -> list[Phone]:
    query = (
        select(Phone)
        .where(col(Phone.hotline_id) == row.id)
        .order_by(col(Phone.position), col(Phone.id))
        .execution_options(populate_existing=True)
    )
    if not retired:
        query = query.where(col(Phone.retired_at).is_(None))
    return list(session.exec(query))


def _phones_of(rows: list[Phone]) -> list[dict[str, Any]]:
    return [{"key": each.key, **{field: getattr(each, field) for field in _PHONE}} for each in rows]


def _as_given(row: Phone) -> bool:
    """
    Say whether a number is as its source has it, served or not.
    """
    pack = row.pack_values
    if pack is None:
        return row.retired_at is not None
    same = all(pack.get(field) == getattr(row, field) for field in _PHONE)
    return same and pack.get("retired", False) == (row.retired_at is not None)


def _schedule(session: Session, key: str) -> Schedule | None:
    query = (
        select(Schedule)
        .join(Organization, col(Schedule.organization_id) == col(Organization.id))
        .where(col(Organization.key) == key)
        .execution_options(populate_existing=True)
    )
    return session.exec(query).one_or_none()


def _offering(session: Session, key: str) -> Offering | None:
    owner, _, service = key.partition("/")
    query = (
        select(Offering)
        .join(Organization, col(Offering.organization_id) == col(Organization.id))
        .join(Service, col(Offering.service_id) == col(Service.id))
        .where(col(Organization.key) == owner, col(Service.key) == service)
        .execution_options(populate_existing=True)
    )
    return session.exec(query).one_or_none()


def _copied(value: Any) -> Any:
    if isinstance(value, list):
        return list(value)
    return dict(value) if isinstance(value, dict) else value
