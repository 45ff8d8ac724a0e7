"""
What an import changes, row by row: written, kept as changes, and undone.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time
from functools import cached_property
from typing import Any, TypeAlias

from sqlalchemy import insert
from sqlmodel import select

from storage.entered import entered_source
from storage.facts import count_change
from storage.models import (
    Change,
    Custodian,
    Hotline,
    Member,
    Offering,
    Organization,
    Phone,
    Registration,
    RegistrationState,
    Schedule,
    Seat,
    Service,
)
from storage.session import Session
from storage.task_forces import local_day

Values: TypeAlias = Mapping[str, Any]
_Row: TypeAlias = Organization | Phone | Offering | Schedule
_PARENT = "parent_organization"


@dataclass(frozen=True, kw_only=True)
class Step:
    """
    One row of the directory that changes.

    Attributes:
        table: "organization", "phone", "offering" or "schedule".
        key: the row's; of an offering "ORGANIZATION/SERVICE", of a schedule the organization's.
        before: of the fields that change, as JSON has them; None: there is no such row yet.
        after: the same fields; None: the row goes.
    """

    table: str
    key: str
    before: Values | None
    after: Values | None


def changed(
    table: str, key: str, now: Values, to: Values, *, verified_on: date | None = None
) -> list[Step]:
    """
    Return the step from *now* to *to*, if there is one.
    """
    differing = [name for name, value in to.items() if now[name] != value]
    if not differing:
        return []
    before = {name: now[name] for name in differing}
    after = {name: to[name] for name in differing}
    if verified_on is not None:  # nobody has checked what it says now
        before["verified_on"], after["verified_on"] = verified_on, None
    return [Step(table=table, key=key, before=plain(before), after=plain(after))]


def keep(
    session: Session, steps: Sequence[Step], *, by: str, batch_id: int | None, now: datetime
) -> None:
    """
    Keep *steps* as changes: who made them, when, in which import.
    """
    rows = [
        {
            "table": step.table,
            "key": step.key,
            "before": None if step.before is None else dict(step.before),
            "after": None if step.after is None else dict(step.after),
            "state": "made",
            "made_by": by,
            "made_at": now,
            "batch_id": batch_id,
        }
        for step in steps
    ]
    if rows:
        session.exec(insert(Change), params=rows)


def plain(values: Values) -> dict[str, Any]:
    """
    Return *values* as JSON has them.
    """
    return {name: _plain(value) for name, value in values.items()}


def _plain(value: Any) -> Any:
    if isinstance(value, time):
        return value.isoformat("minutes")
    return value.isoformat() if isinstance(value, date) else value


def _column(name: str, value: Any) -> Any:
    if value is None:
        return None
    if name in {"opens_at", "closes_at"}:
        return time.fromisoformat(value)
    return date.fromisoformat(value) if name == "verified_on" else value


@dataclass(kw_only=True)
class Writer:
    """
    Writes steps in one transaction.

    Attributes:
        place: of new rows, where in their source they stand: "Import 3".
    """

    session: Session
    now: datetime
    place: str
    organizations: dict[str, Organization]
    phones: dict[str, Phone]
    services: dict[str, Service]
    offerings: dict[tuple[int, int], Offering]
    schedules: dict[int, Schedule]
    _stated: dict[str, Any] = field(default_factory=dict)

    @classmethod
    def open(cls, session: Session, *, now: datetime, place: str = "") -> "Writer":
        return cls(
            session=session,
            now=now,
            place=place,
            organizations={row.key: row for row in session.exec(select(Organization))},
            phones={row.key: row for row in session.exec(select(Phone))},
            services={row.key: row for row in session.exec(select(Service))},
            offerings={
                (row.organization_id, row.service_id): row for row in session.exec(select(Offering))
            },
            schedules={row.organization_id: row for row in session.exec(select(Schedule))},
        )

    def put(self, steps: Sequence[Step], *, by: str, batch_id: int | None) -> None:
        """
        Write *steps*, each with a `Change` that says who and when.
        """
        parents = []
        first = [step for step in steps if step.table == "organization"]
        for step in first:
            after = dict(step.after or {})
            if _PARENT in after:
                parents.append((step.key, after.pop(_PARENT)))
            self._fact(step, after)
        self.session.flush()
        # An agency may be a part of one that stands below it in the file.
        for key, parent in parents:
            row = self.organizations[key]
            row.parent_organization_id = self.organizations[parent].id if parent else None
        for step in steps:
            if step.table == "phone":
                after = dict(step.after or {})
                if organization := after.pop("organization", None):
                    after["organization_id"] = self.organizations[organization].id
                self._fact(step, after)
            elif step.table in {"offering", "schedule"}:
                self._link(step, by=by)
        keep(self.session, steps, by=by, batch_id=batch_id, now=self.now)
        self.session.flush()
        if steps:
            count_change(self.session)

    def _fact(self, step: Step, after: dict[str, Any]) -> None:
        known: dict[str, Any] = self.organizations if step.table == "organization" else self.phones
        row = known.get(step.key)
        if row is None:
            model = Organization if step.table == "organization" else Phone
            row = known[step.key] = model(key=step.key, **after, **self._origin())
            self.session.add(row)
            return
        if (retired := after.pop("retired", None)) is not None:
            row.retired_at = self.now if retired else None
        for name, value in after.items():
            setattr(row, name, _column(name, value))

    def _origin(self) -> dict[str, Any]:
        if not self._stated:
            self._stated = {
                "source_id": entered_source(self.session, now=self.now),
                "place": self.place,
                "as_of": local_day(self.session, self.now),
            }
        return self._stated

    def _link(self, step: Step, *, by: str) -> None:
        owner, _, service = step.key.partition("/")
        organization_id = self.organizations[owner].id or 0
        after = {name: _column(name, value) for name, value in (step.after or {}).items()}
        row: Offering | Schedule | None
        if step.table == "schedule":
            row = self.schedules.get(organization_id)
            made: Offering | Schedule = Schedule(organization_id=organization_id, **after)
        else:
            service_id = self.services[service].id or 0
            row = self.offerings.get((organization_id, service_id))
            made = Offering(
                organization_id=organization_id,
                service_id=service_id,
                said_by=by,
                said_at=self.now,
                **after,
            )
        if step.after is None:
            if row is not None:
                self.session.delete(row)
        elif row is None:
            self.session.add(made)
        else:
            for name, value in after.items():
                setattr(row, name, value)
            if isinstance(row, Offering):
                row.said_by, row.said_at = by, self.now

    def is_now(self, table: str, key: str) -> dict[str, Any] | None:
        """
        Return what the row says today, as a step would; None: there is none.
        """
        row = self._row(table, key)
        if row is None:
            return None
        found = plain(row.model_dump(exclude={"pack_values", "retired_at", "said_at"}))
        if isinstance(row, Organization):
            found[_PARENT] = self._keys.get(row.parent_organization_id)
        if isinstance(row, Phone):
            found["organization"] = self._keys.get(row.organization_id)
        if isinstance(row, Organization | Phone):
            found["retired"] = row.retired_at is not None
        return found

    @cached_property
    def _keys(self) -> Mapping[int | None, str]:
        return {row.id: row.key for row in self.organizations.values()}

    def _row(self, table: str, key: str) -> _Row | None:
        if table == "organization":
            return self.organizations.get(key)
        if table == "phone":
            return self.phones.get(key)
        owner, _, service = key.partition("/")
        if owner not in self.organizations:
            return None
        organization_id = self.organizations[owner].id or 0
        if table == "schedule":
            return self.schedules.get(organization_id)
        if service not in self.services:
            return None
        return self.offerings.get((organization_id, self.services[service].id or 0))

    def leaning_on(self, key: str, *, but: frozenset[tuple[str, str]]) -> str | None:
        """
        Say what still needs the organization *key*, or None.

        Args:
            but: (table, key) of the rows that go with it.
        """
        own = self.organizations[key].id or 0
        if own in self._held:
            return self._held[own]
        return next((why for what, why in self._parts.get(own, ()) if what not in but), None)

    @cached_property
    def _held(self) -> Mapping[int, str]:
        """
        Return the organizations that people or lines hold on to, and how.
        """
        asked = Registration.state == RegistrationState.ASKED.value
        found: dict[int, str] = {}
        for query, why in (
            (select(Member.organization_id), "people are members for it"),
            (select(Registration.organization_id).where(asked), "somebody asked to be a member for it"),
            (select(Seat.organization_id), "it has a seat"),
            (select(Custodian.organization_id), "somebody looks after it"),
            (select(Hotline.organization_id), "it answers a line"),
        ):  # fmt: skip
            for id_ in self.session.exec(query):
                if id_ is not None:
                    found.setdefault(id_, why)
        return found

    @cached_property
    def _parts(self) -> Mapping[int, list[tuple[tuple[str, str], str]]]:
        """
        What is served of each organization: table and key, and how it is said.
        """
        found: dict[int, list[tuple[tuple[str, str], str]]] = defaultdict(list)
        for row in self.organizations.values():
            if row.parent_organization_id and row.retired_at is None:
                found[row.parent_organization_id].append((("organization", row.key), f"{row.key} is a part of it"))  # fmt: skip
        for phone in self.phones.values():
            if phone.organization_id and phone.retired_at is None:
                found[phone.organization_id].append((("phone", phone.key), "it has another phone number"))  # fmt: skip
        names = {row.id: row.key for row in self.services.values()}
        keys = self._keys
        for owner, service in self.offerings:
            called = f"{keys[owner]}/{names[service]}"
            found[owner].append((("offering", called), "it offers another service"))
        for owner in self.schedules:
            found[owner].append((("schedule", keys[owner]), "it has other hours"))
        return found
