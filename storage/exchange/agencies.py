"""
Agencies from a sheet into the directory, and out of it: what would change, and doing it.
"""

from collections import defaultdict
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, time
from itertools import count
from typing import Any

from sqlmodel import col, select

from storage import audit
from storage.exchange.cells import (
    Offered,
    PhoneCell,
    Telling,
    as_days,
    as_email,
    as_hour,
    as_key,
    as_phone,
    as_url,
    exists,
    found_key,
    offered_parts,
    phone_key,
)
from storage.exchange.sheets import EMPTIED, Sheet, items, joined, live, read_sheet, shortened
from storage.exchange.writing import Step, Writer, changed, plain
from storage.models import (
    ImportBatch,
    Language,
    Offering,
    Organization,
    Phone,
    Schedule,
    Service,
    TaxonomyTerm,
)
from storage.session import Session
from storage.task_forces import own_row

COLUMNS: Mapping[str, str] = {
    "key": "what the agency is called here for good: small letters, digits and -, such as open-door; needed",
    "name": "its name; needed for a new agency",
    "alternate_name": "its abbreviation",
    "parent": "the key of the agency it is a part of",
    "description": "what it does, in a sentence or two",
    "website": "an address that begins with https://",
    "email": "the agency's own address, no person's",
    "note": "what readers should know",
    "aliases": "other names: A | B",
    "phones": "the agency's own numbers: (925) 555-0100 x12, voice, Front desk | (925) 555-0101, text",
    "services": "what it offers: Food | Court accompaniment [for: minor] [in: spanish, english]",
    "days": "when it is open: MO, TU, WE, TH, FR",
    "opens": "09:00",
    "closes": "17:00",
    "hours_note": "what else there is to say of its hours",
}
_TEXTS = ("name", "alternate_name", "description", "website", "email", "note", "aliases")
_SCREENED = ("name", "alternate_name", "description", "note", "aliases", "phones", "hours_note")
_LONG = ("description", "note", "hours_note")
_LISTS = ("aliases", "phones", "services")
_HOURS = {"days": "byday", "opens": "opens_at", "closes": "closes_at", "hours_note": "description"}
BY = "htbot import"


@dataclass(frozen=True, kw_only=True)
class Agency:
    """
    What becomes of one row of the sheet.

    Attributes:
        state: "added", "changed" or "unchanged".
    """

    line: int
    key: str
    state: str
    steps: tuple[Step, ...]


@dataclass(frozen=True, kw_only=True)
class Plan:
    """
    Attributes:
        faults: with any, nothing is imported.
    """

    agencies: tuple[Agency, ...]
    sheet: Sheet


def plan_agencies(session: Session, content: bytes, *, telling: Telling) -> Plan:
    """
    Work out what the file *content* would change, and everything that is wrong with it.

    An empty cell changes nothing; "-" empties the field.

    Args:
        telling: whether a text seems to tell of a client; such a row is refused.
    """
    sheet = read_sheet(content, columns=tuple(COLUMNS), needed=("key",), long=_LONG, lists=_LISTS)
    directory = _Directory.read(session)
    wanted = _wanted(sheet, directory, telling)
    agencies = [directory.compare(each) for each in wanted]
    sheet.faults.sort()
    return Plan(agencies=tuple(agencies), sheet=sheet)


def apply_agencies(
    session: Session, content: bytes, *, telling: Telling, now: datetime
) -> tuple[Plan, int | None]:
    """
    Import the file *content*, all of it or nothing.

    Returns:
        What was done, and the number of the batch; None: there was nothing to do, or
        something is wrong and nothing was done.
    """
    own_row(session, lock=True)  # two imports, or a pack being loaded, take turns
    plan = plan_agencies(session, content, telling=telling)
    steps = [step for agency in plan.agencies for step in agency.steps]
    if plan.sheet.faults or not steps:
        return plan, None
    batch = ImportBatch(
        kind="agencies", imported_by=BY, imported_at=now, number_of_rows=len(plan.agencies)
    )
    session.add(batch)
    session.flush()
    number = batch.id or 0
    writer = Writer.open(session, now=now, place=f"Import {number}")
    writer.put(steps, by=BY, batch_id=number)
    audit.record(session, "import.applied", actor=BY, now=now, subject=f"import:{number}", kind="agencies")  # fmt: skip
    return plan, number


def agency_rows(session: Session) -> list[dict[str, str]]:
    """
    Return every served agency as a row that `plan_agencies` reads back as unchanged.
    """
    directory = _Directory.read(session)
    return [
        directory.row(each)
        for each in sorted(directory.organizations.values(), key=lambda row: (row.position, row.id))
        if each.retired_at is None
    ]


@dataclass(kw_only=True)
class _Wanted:
    line: int
    key: str
    texts: dict[str, Any] = field(default_factory=dict)
    hours: dict[str, Any] = field(default_factory=dict)
    phones: dict[str, PhoneCell] | None = None
    services: dict[str, Offered] | None = None


def _wanted(sheet: Sheet, directory: "_Directory", telling: Telling) -> list[_Wanted]:
    wanted: dict[str, _Wanted] = {}
    parents: dict[str, tuple[int, str]] = {}
    for row in sheet.rows:
        cells = {name: live(cell) for name, cell in row.cells.items() if cell != EMPTIED}
        emptied = {name for name, cell in row.cells.items() if cell == EMPTIED}
        reader = _Reader(sheet=sheet, line=row.line, cells=cells, emptied=emptied, telling=telling)
        key = reader.value("key", as_key)
        if key is None:
            if not sheet.is_faulty(row.line, "key"):
                sheet.report(row.line, "key", "is empty: every row needs it")
            key = ""
        elif key in wanted:
            sheet.report(row.line, "key", f"{key} is in line {wanted[key].line} already")
        each = reader.read(key, directory)
        if key and key not in wanted:
            wanted[key] = each
            if each.texts.get("parent_organization"):
                parents[key] = (row.line, each.texts["parent_organization"])
    for key, (line, parent) in parents.items():
        if parent not in wanted and not directory.serves(parent):
            sheet.report(line, "parent", f"{shortened(parent)} is no agency here, nor in this file")
        elif key in _above(key, wanted, directory):
            sheet.report(line, "parent", f"{key} would be a part of itself")
    return list(wanted.values())


def _above(key: str, wanted: Mapping[str, _Wanted], directory: "_Directory") -> set[str]:
    seen: set[str] = set()
    here: str | None = key
    while here is not None:
        texts = wanted[here].texts if here in wanted else {}
        here = texts.get("parent_organization", directory.parent_of(here))
        if here in seen:
            break
        if here is not None:
            seen.add(here)
    return seen


@dataclass(frozen=True, kw_only=True)
class _Reader:
    """
    Reads the cells of one row, and reports what is wrong with each.
    """

    sheet: Sheet
    line: int
    cells: Mapping[str, str]
    emptied: set[str]
    telling: Telling

    def value(self, column: str, read: Callable[[str], Any]) -> Any:
        cell = self.cells.get(column)
        return None if cell is None else self._tried(column, cell, read)

    def read(self, key: str, directory: "_Directory") -> _Wanted:
        wanted = _Wanted(line=self.line, key=key)
        for column in _SCREENED:
            if column in self.cells and self.telling(self.cells[column]):
                self.sheet.report(self.line, column, "seems to tell of a client: no client's details belong here")  # fmt: skip
        nameless = "name" in self.emptied or key not in directory.organizations
        if nameless and "name" not in self.cells and not self.sheet.is_faulty(self.line, "name"):
            self.sheet.report(self.line, "name", "is empty: an agency needs one")
        for column, read in (("name", str), ("alternate_name", str), ("description", str), ("website", as_url), ("email", as_email), ("note", str)):  # fmt: skip
            self._set(wanted.texts, column, column, read, None)
        self._set(wanted.texts, "aliases", "aliases", items, [])
        self._set(wanted.texts, "parent_organization", "parent", as_key, None)
        self._set(wanted.hours, "byday", "days", as_days, [])
        self._set(wanted.hours, "opens_at", "opens", as_hour, None)
        self._set(wanted.hours, "closes_at", "closes", as_hour, None)
        self._set(wanted.hours, "description", "hours_note", str, None)
        hours = {**directory.hours(key), **wanted.hours}
        if (hours["opens_at"] is None) != (hours["closes_at"] is None) and not (
            self.sheet.is_faulty(self.line, "opens") or self.sheet.is_faulty(self.line, "closes")
        ):
            self.sheet.report(self.line, "closes", "is empty where opens is not, or opens where it is not")  # fmt: skip
        elif hours["opens_at"] is not None and hours["opens_at"] == hours["closes_at"]:
            self.sheet.report(self.line, "closes", "is the hour it opens: write 00:00 and 23:59 for all day")  # fmt: skip
        if "phones" in self.emptied:
            wanted.phones = {}
        elif "phones" in self.cells:
            known = {_called(key, phone) for phone in directory.phones.get(key, ())}

            def number(text: str) -> PhoneCell:
                phone = as_phone(text)
                if not exists(phone.number) and phone_key(key, phone) not in known:
                    raise ValueError("no such phone number can exist")
                return phone

            wanted.phones = self._several("phones", number, lambda phone: phone_key(key, phone))
        if "services" in self.emptied:
            wanted.services = {}
        elif "services" in self.cells:
            wanted.services = self._several("services", directory.offered, lambda each: each.service)  # fmt: skip
        return wanted

    def _set(
        self,
        into: dict[str, Any],
        name: str,
        column: str,
        read: Callable[[str], Any],
        empty: object,
    ) -> None:
        if column in self.emptied:
            into[name] = empty
        elif (value := self.value(column, read)) is not None:
            into[name] = value

    def _several(
        self, column: str, read: Callable[[str], Any], called: Callable[[Any], str]
    ) -> dict[str, Any]:
        found: dict[str, Any] = {}
        for item in items(self.cells[column]):
            value = self._tried(column, item, read)
            if value is None:
                continue
            if called(value) in found:
                self.sheet.report(self.line, column, f"“{shortened(item)}” is there twice")
            found[called(value)] = value
        return found

    def _tried(self, column: str, text: str, read: Callable[[str], Any]) -> Any:
        try:
            return read(text)
        except ValueError as error:
            self.sheet.report(self.line, column, f"“{shortened(text)}”: {error}")
            return None


@dataclass(frozen=True, kw_only=True)
class _Directory:
    """
    The directory as it is, by keys.
    """

    organizations: Mapping[str, Organization]
    keys: Mapping[int, str]
    phones: Mapping[str, list[Phone]]
    phone_keys: frozenset[str]
    offerings: Mapping[str, Mapping[str, Offering]]
    schedules: Mapping[str, Schedule]
    services: Mapping[str, Service]
    persons: Mapping[str, TaxonomyTerm]
    languages: Mapping[str, Language]

    @classmethod
    def read(cls, session: Session) -> "_Directory":
        rows = session.exec(select(Organization)).all()
        keys = {row.id or 0: row.key for row in rows}
        phones = defaultdict(list)
        own = select(Phone).where(
            col(Phone.organization_id).is_not(None),
            col(Phone.hotline_id).is_(None),
            col(Phone.contact_id).is_(None),
        )
        for phone in session.exec(own.order_by(col(Phone.position), col(Phone.id))):
            phones[keys[phone.organization_id or 0]].append(phone)
        services = {row.id: row for row in session.exec(select(Service))}
        offerings: dict[str, dict[str, Offering]] = defaultdict(dict)
        for offering in session.exec(select(Offering).order_by(col(Offering.id))):
            service = services[offering.service_id]
            offerings[keys[offering.organization_id]][service.key] = offering
        person = col(TaxonomyTerm.taxonomy) == "hotline-person"
        served = col(TaxonomyTerm.retired_at).is_(None)
        return cls(
            organizations={row.key: row for row in rows},
            keys=keys,
            phones=phones,
            phone_keys=frozenset(session.exec(select(Phone.key))),
            offerings=offerings,
            schedules={keys[row.organization_id]: row for row in session.exec(select(Schedule))},
            services={row.key: row for row in services.values() if row.retired_at is None},
            persons={
                row.key: row for row in session.exec(select(TaxonomyTerm).where(person, served))
            },
            languages={
                row.key: row
                for row in session.exec(select(Language).where(col(Language.retired_at).is_(None)))
            },
        )

    def serves(self, key: str) -> bool:
        row = self.organizations.get(key)
        return row is not None and row.retired_at is None

    def parent_of(self, key: str) -> str | None:
        row = self.organizations.get(key)
        return self.keys.get(row.parent_organization_id or 0) if row else None

    def hours(self, key: str) -> dict[str, Any]:
        row = self.schedules.get(key)
        return {name: getattr(row, name) if row else None for name in _HOURS.values()} | (
            {} if row else {"byday": []}
        )

    def offered(self, text: str) -> Offered:
        service, persons, languages = offered_parts(text)
        return Offered(
            service=found_key(service, self.services, "service"),
            persons=tuple(found_key(each, self.persons, "person") for each in persons),
            languages=tuple(found_key(each, self.languages, "language") for each in languages),
        )

    def compare(self, wanted: _Wanted) -> Agency:
        """
        Return what would change for one agency.
        """
        key, row = wanted.key, self.organizations.get(wanted.key)
        steps: list[Step] = []
        texts = dict(wanted.texts)
        if row is None:
            empty = {"name": "", "aliases": []}
            names = (*_TEXTS, "parent_organization")
            after = {name: texts.get(name, empty.get(name)) for name in names}
            steps.append(Step(table="organization", key=key, before=None, after=after))
        else:
            now = {name: getattr(row, name) for name in _TEXTS}
            now |= {"parent_organization": self.parent_of(key), "retired": row.retired_at is not None}  # fmt: skip
            texts["retired"] = False
            steps += changed("organization", key, now, texts, verified_on=row.verified_on)
        steps += self._phones(wanted)
        steps += self._services(wanted)
        steps += self._hours(wanted)
        state = "added" if row is None else "changed" if steps else "unchanged"
        return Agency(line=wanted.line, key=key, state=state, steps=tuple(steps))

    def _phones(self, wanted: _Wanted) -> list[Step]:
        if wanted.phones is None:
            return []
        steps: list[Step] = []
        rows: dict[str, list[Phone]] = defaultdict(list)
        for row in self.phones.get(wanted.key, ()):
            rows[_called(wanted.key, row)].append(row)
        for called, alike in rows.items():
            served = [row for row in alike if row.retired_at is None]
            if called not in wanted.phones:
                for row in served:
                    steps += changed("phone", row.key, {"retired": False}, {"retired": True})
                continue
            row = (served or alike)[0]
            now = {"description": row.description, "retired": row.retired_at is not None}
            to = {"description": wanted.phones[called].description, "retired": False}
            steps += changed("phone", row.key, now, to, verified_on=row.verified_on)
        for called, cell in wanted.phones.items():
            if called not in rows:
                after = {"number": cell.number, "extension": cell.extension, "type": cell.type, "description": cell.description, "organization": wanted.key}  # fmt: skip
                # A row of that key may have another number by now.
                free = (f"{called}-{number}" if number else called for number in count())
                key = next(each for each in free if each not in self.phone_keys)
                steps.append(Step(table="phone", key=key, before=None, after=after))
        return steps

    def _services(self, wanted: _Wanted) -> list[Step]:
        if wanted.services is None:
            return []
        steps: list[Step] = []
        now = {
            key: row
            for key, row in self.offerings.get(wanted.key, {}).items()
            if key in self.services  # of a retired one no sheet can say anything
        }
        for key, row in now.items():
            said = {"persons": list(row.persons), "languages": list(row.languages)}
            to = wanted.services.get(key)
            called = f"{wanted.key}/{key}"
            if to is None:
                steps.append(Step(table="offering", key=called, before=said, after=None))
            else:
                lists = {"persons": list(to.persons), "languages": list(to.languages)}
                steps += changed("offering", called, said, lists)
        for key, to in wanted.services.items():
            if key not in now:
                after = {"persons": list(to.persons), "languages": list(to.languages)}
                steps.append(Step(table="offering", key=f"{wanted.key}/{key}", before=None, after=after))  # fmt: skip
        return steps

    def _hours(self, wanted: _Wanted) -> list[Step]:
        now = self.hours(wanted.key)
        to = {**now, **wanted.hours}
        if to == now:
            return []
        there = wanted.key in self.schedules
        return [
            Step(
                table="schedule",
                key=wanted.key,
                before=plain(now) if there else None,
                after=plain(to) if any(to.values()) else None,
            )
        ]

    def row(self, organization: Organization) -> dict[str, str]:
        key = organization.key
        texts = {name: getattr(organization, name) for name in _TEXTS if name != "aliases"}
        hours = self.hours(key)
        phones = {
            _called(key, phone): _phone_text(phone)
            for phone in reversed(self.phones.get(key, ()))
            if phone.retired_at is None
        }
        services = [
            self._offered_text(service, offering)
            for service, offering in self.offerings.get(key, {}).items()
            if service in self.services
        ]
        parent = self.parent_of(key)
        found = {
            "key": key,
            **texts,
            "parent": parent if parent and self.serves(parent) else None,
            "aliases": joined(organization.aliases),
            "phones": joined([*reversed(phones.values())]),
            "services": joined(services),
            "days": ", ".join(hours["byday"]),
            "opens": _hour_text(hours["opens_at"]),
            "closes": _hour_text(hours["closes_at"]),
            "hours_note": hours["description"],
        }
        return {column: found[column] or "" for column in COLUMNS}

    def _offered_text(self, service: str, offering: Offering) -> str:
        name = self.services[service].name
        parts = [
            f" [{word}: {', '.join(keys)}]"
            for word, keys in (("for", offering.persons), ("in", offering.languages))
            if keys
        ]
        called = name if _is_name(name, service, self.services) else service
        return "".join([called, *parts])


def _is_name(name: str, key: str, among: Mapping[str, Service]) -> bool:
    try:
        return not {"[", "]"} & {*name} and found_key(name, among, "service") == key
    except ValueError:
        return False


def _called(organization: str, phone: Phone) -> str:
    cell = PhoneCell(
        number=phone.number,
        extension=phone.extension,
        type=phone.type,
        description=phone.description,
    )
    return phone_key(organization, cell)


def _phone_text(phone: Phone) -> str:
    number = f"{phone.number} x{phone.extension}" if phone.extension else phone.number
    parts = [number, *([phone.type] if phone.type != "voice" or phone.description else [])]
    return ", ".join([*parts, *([phone.description] if phone.description else [])])


def _hour_text(hour: time | None) -> str:
    return f"{hour:%H:%M}" if hour else ""
