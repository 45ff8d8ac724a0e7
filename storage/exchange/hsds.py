"""
The directory as the Human Services Data Specification 3.1 has it, as tables and as JSON.

Only what agencies say of themselves in public: no member and no other person, no place,
no note, no subcommittee, nobody who looks after an entry, and no line without an agency.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, time
from typing import Any, TypeAlias
from uuid import UUID, uuid5
from zoneinfo import ZoneInfo

from sqlmodel import col, select

from storage.models import (
    Duty,
    Hotline,
    Language,
    Offering,
    Organization,
    Phone,
    Schedule,
    Service,
    TaxonomyTerm,
)
from storage.provenance import Provenance, served
from storage.session import Session
from storage.task_forces import task_force

VERSION = "3.1"
NAMESPACE = UUID("ebb55fbf-b2f7-58e0-98fc-edcc158ca7ca")  # ours, for every id we make
# Table -> its columns, in the order of its file.
TABLES: Mapping[str, tuple[str, ...]] = {
    "organizations": ("id", "name", "alternate_name", "description", "email", "website", "parent_organization_id"),
    "services": ("id", "organization_id", "name", "description", "url", "email", "status", "eligibility_description", "assured_date", "last_modified"),
    "phones": ("id", "organization_id", "service_id", "number", "extension", "type", "description"),
    "languages": ("id", "service_id", "name", "code"),
    "schedules": ("id", "service_id", "freq", "byday", "opens_at", "closes_at", "description", "notes"),
    "taxonomies": ("id", "name", "description"),
    "taxonomy_terms": ("id", "code", "name", "description", "taxonomy_id"),
    "attributes": ("id", "link_id", "link_entity", "taxonomy_term_id"),
    "metadata": ("id", "resource_id", "resource_type", "last_action_date", "last_action_type", "field_name", "previous_value", "replacement_value", "updated_by"),
}  # fmt: skip
_TAXONOMIES = {
    "service-group": ("Service groups", "The groups of services of the task force."),
    "hotline-person": ("Persons", "For whom a service or a line is."),
}
_TOLD = ("mission", "duty", "project", "part")
Values: TypeAlias = dict[str, Any]


@dataclass(frozen=True, kw_only=True)
class Directory:
    """
    Attributes:
        tables: HSDS's, by the names of its files.
    """

    publisher: str
    tables: Mapping[str, Sequence[Values]]

    def document(self) -> dict[str, Any]:
        """
        Return it as JSON has it: organizations and services, each whole.
        """
        return {
            "version": VERSION,
            "publisher": self.publisher,
            "organizations": [self._organization(row) for row in self.tables["organizations"]],
            "services": [self._service(row) for row in self.tables["services"]],
        }

    def _organization(self, row: Values) -> Values:
        return _filled(
            {
                **row,
                "phones": self._of("phones", "organization_id", row),
                "metadata": self._of("metadata", "resource_id", row),
            }
        )

    def _service(self, row: Values) -> Values:
        owner = self._by_id("organizations")[row["organization_id"]]
        terms = self._by_id("taxonomy_terms")
        attributes = [
            {**each, "taxonomy_term": terms[each["taxonomy_term_id"]]}
            for each in self._of("attributes", "link_id", row)
        ]
        return _filled(
            {
                **row,
                "organization": {name: owner[name] for name in ("id", "name", "description")},
                "phones": self._of("phones", "service_id", row),
                "languages": self._of("languages", "service_id", row),
                "schedules": self._of("schedules", "service_id", row),
                "attributes": attributes,
                "metadata": self._of("metadata", "resource_id", row),
            }
        )

    def _of(self, table: str, column: str, owner: Values) -> list[Values]:
        key = (table, column)
        if key not in self._indexes:
            index: dict[str, list[Values]] = defaultdict(list)
            for row in self.tables[table]:
                index[row.get(column) or ""].append(_filled(row))
            self._indexes[key] = index
        return self._indexes[key].get(owner["id"], [])

    def _by_id(self, table: str) -> Mapping[str, Values]:
        if table not in self._ids:
            self._ids[table] = {row["id"]: _filled(row) for row in self.tables[table]}
        return self._ids[table]

    _indexes: dict[tuple[str, str], Mapping[str, list[Values]]] = field(
        default_factory=dict, repr=False, compare=False
    )
    _ids: dict[str, Mapping[str, Values]] = field(default_factory=dict, repr=False, compare=False)


def directory(session: Session, *, now: datetime) -> Directory:
    """
    Return what of the directory may leave the task force.

    Args:
        now: opening hours are local; their distance from UTC is that of this moment.
    """
    own = task_force(session)
    book = _Book(task_force_key=own.key, timezone=ZoneInfo(own.timezone), now=now)
    book.read(session)
    return Directory(publisher=own.name, tables=book.tables)


@dataclass(kw_only=True)
class _Book:
    """
    Writes the tables, one kind of entry after the other.
    """

    task_force_key: str
    timezone: ZoneInfo
    now: datetime
    tables: dict[str, list[Values]] = field(default_factory=lambda: {name: [] for name in TABLES})
    _keys: dict[int | None, str] = field(default_factory=dict)  # of served organizations
    _languages: dict[str, Language] = field(default_factory=dict)
    _terms: dict[str, TaxonomyTerm] = field(default_factory=dict)
    _groups: dict[int | None, TaxonomyTerm] = field(default_factory=dict)
    _schedules: dict[int | None, Schedule] = field(default_factory=dict)

    def read(self, session: Session) -> None:
        organizations = served(session, Organization)
        self._keys = {row.id: row.key for row, _ in organizations}
        self._languages = {row.key: row for row, _ in served(session, Language)}
        self._terms = {
            row.key: row
            for row, _ in served(session, TaxonomyTerm, col(TaxonomyTerm.taxonomy).in_(_TAXONOMIES))
        }
        self._groups = {row.id: row for row in self._terms.values()}
        self._schedules = {row.organization_id: row for row in session.exec(select(Schedule))}
        self._taxonomies()
        told = defaultdict(list)
        for duty, _ in served(session, Duty, col(Duty.kind).in_(_TOLD)):
            told[duty.organization_id].append(duty.text)
        for row, provenance in organizations:
            self._organization(row, provenance, told=told[row.id or 0])
        services = {row.id: (row, provenance) for row, provenance in served(session, Service)}
        offered = set()
        for offering in session.exec(select(Offering).order_by(col(Offering.id))):
            if offering.organization_id in self._keys and offering.service_id in services:
                self._offering(offering, services[offering.service_id][0])
                offered.add((offering.organization_id, offering.service_id))
        for service, provenance in services.values():
            if (service.organization_id, service.id) not in offered and service.organization_id in self._keys:  # fmt: skip
                self._listed(service, provenance)
        numbers = served(session, Phone, col(Phone.contact_id).is_(None))
        with_number = {phone.hotline_id for phone, _ in numbers}
        lines = {}
        for line, provenance in served(session, Hotline, col(Hotline.organization_id).is_not(None)):
            reached = line.id in with_number or line.url or not line.email_unconfirmed
            if line.organization_id in self._keys and reached:
                lines[line.id] = self._line(line, provenance)
        for phone, _ in numbers:
            if phone.hotline_id in lines:
                self._phone(phone, service_id=lines[phone.hotline_id])
            elif phone.hotline_id is None and phone.organization_id in self._keys:
                owner = self._id("organization", self._keys[phone.organization_id])
                self._phone(phone, organization_id=owner)

    def _id(self, table: str, key: str) -> str:
        return str(uuid5(NAMESPACE, f"{self.task_force_key}/{table}/{key}"))

    def _add(self, table: str, **values: Any) -> str:
        self.tables[table].append({name: values.get(name) for name in TABLES[table]})
        return str(values["id"])

    def _taxonomies(self) -> None:
        for key, (name, description) in _TAXONOMIES.items():
            self._add(
                "taxonomies", id=self._id("taxonomy", key), name=name, description=description
            )
        for term in self._terms.values():
            self._add(
                "taxonomy_terms",
                id=self._id("taxonomy_term", term.key),
                code=term.key,
                name=term.name,
                description=term.description or term.name,
                taxonomy_id=self._id("taxonomy", term.taxonomy),
            )

    def _organization(
        self, row: Organization, provenance: Provenance, *, told: Sequence[str]
    ) -> None:
        parent = self._keys.get(row.parent_organization_id)
        made = self._add(
            "organizations",
            id=self._id("organization", row.key),
            name=row.name,
            alternate_name=row.alternate_name,
            description=row.description or _sentences(told) or "Not described in our sources.",
            email=row.email,
            website=row.website,
            parent_organization_id=self._id("organization", parent) if parent else None,
        )
        self._stated("organization", made, provenance)

    def _offering(self, offering: Offering, service: Service) -> None:
        key = f"{self._keys[offering.organization_id]}/{service.key}"
        made = self._service(
            self._id("offering", key),
            organization_id=offering.organization_id,
            name=service.name,
            description=service.description,
            persons=offering.persons,
            last_modified=f"{offering.said_at:%Y-%m-%dT%H:%M:%S.000Z}",
        )
        self._classified(made, [self._groups.get(service.taxonomy_term_id)])
        self._spoken(made, key, offering.languages)
        self._open(made, key, self._schedules.get(offering.organization_id))

    def _listed(self, service: Service, provenance: Provenance) -> None:
        made = self._service(
            self._id("service", service.key),
            organization_id=service.organization_id,
            name=service.name,
            description=service.description,
            assured_date=_day(provenance),
        )
        self._classified(made, [self._groups.get(service.taxonomy_term_id)])
        self._open(made, service.key, self._schedules.get(service.organization_id))
        self._stated("service", made, provenance)

    def _line(self, line: Hotline, provenance: Provenance) -> str:
        made = self._service(
            self._id("hotline", line.key),
            organization_id=line.organization_id,
            name=line.name,
            description=_sentences(filter(None, (line.description, line.caution))) or None,
            url=line.url,
            email=None if line.email_unconfirmed else line.email,
            persons=line.persons,
            assured_date=_day(provenance),
        )
        self._spoken(made, line.key, line.languages)
        if line.hours:
            self._add(
                "schedules",
                id=self._id("schedule", f"hotline/{line.key}"),
                service_id=made,
                description=line.hours,
            )
        self._stated("service", made, provenance)
        return made

    def _service(
        self, id_: str, *, organization_id: int | None, persons: Sequence[str] = (), **values: Any
    ) -> str:
        known = [self._terms[key] for key in persons if key in self._terms]
        made = self._add(
            "services",
            id=id_,
            organization_id=self._id("organization", self._keys[organization_id]),
            status="active",
            eligibility_description=", ".join(term.name for term in known) or None,
            **values,
        )
        self._classified(made, known)
        return made

    def _classified(self, service_id: str, terms: Sequence[TaxonomyTerm | None]) -> None:
        for term in terms:
            if term is not None:
                self._add(
                    "attributes",
                    id=self._id("attribute", f"{service_id}/{term.key}"),
                    link_id=service_id,
                    link_entity="service",
                    taxonomy_term_id=self._id("taxonomy_term", term.key),
                )

    def _spoken(self, service_id: str, key: str, languages: Sequence[str]) -> None:
        for language in languages:
            if known := self._languages.get(language):
                self._add(
                    "languages",
                    id=self._id("language", f"{key}/{language}"),
                    service_id=service_id,
                    name=known.name,
                    code=known.code,
                )

    def _open(self, service_id: str, key: str, schedule: Schedule | None) -> None:
        if schedule is None:
            return
        self._add(
            "schedules",
            id=self._id("schedule", key),
            service_id=service_id,
            freq="WEEKLY" if schedule.byday else None,
            byday=",".join(schedule.byday) or None,
            opens_at=self._hour(schedule.opens_at),
            closes_at=self._hour(schedule.closes_at),
            description=schedule.description,
            notes=f"Local time, {self.timezone.key}; distance from UTC as of {self.now.astimezone(self.timezone):%Y-%m-%d}."
            if schedule.opens_at
            else None,
        )

    def _hour(self, hour: time | None) -> str | None:
        if hour is None:
            return None
        offset = f"{self.now.astimezone(self.timezone):%z}"
        return f"{hour:%H:%M}{offset[:3]}:{offset[3:5]}"

    def _phone(
        self, phone: Phone, *, service_id: str | None = None, organization_id: str | None = None
    ) -> None:
        digits = phone.extension if phone.extension and phone.extension.isdecimal() else None
        self._add(
            "phones",
            id=self._id("phone", phone.key),
            service_id=service_id,
            organization_id=organization_id,
            number=phone.number,
            extension=int(digits) if digits else None,
            type=phone.type,
            description=phone.description,
        )

    def _stated(self, kind: str, id_: str, provenance: Provenance) -> None:
        """
        Say where an entry is from and of which day, and when it was checked.
        """
        said = [("stated", provenance.as_of, f"{provenance.source}, “{provenance.place}”")]
        if provenance.verified_on:
            said.append(("verified", provenance.verified_on, "Coordinators of the task force"))
        for action, day, who in said:
            self._add(
                "metadata",
                id=self._id("metadata", f"{id_}/{action}"),
                resource_id=id_,
                resource_type=kind,
                last_action_date=f"{day:%Y-%m-%d}",
                last_action_type=action,
                field_name="",
                previous_value="",
                replacement_value="",
                updated_by=who,
            )


def _sentences(texts: Iterable[str]) -> str:
    return " ".join(text if text.endswith((".", "!", "?", ")")) else f"{text}." for text in texts)


def _day(provenance: Provenance) -> str | None:
    return f"{provenance.verified_on:%Y-%m-%d}" if provenance.verified_on else None


def _filled(row: Values) -> Values:
    return {name: value for name, value in row.items() if value not in (None, [])}
