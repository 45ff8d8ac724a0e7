"""
Members from a sheet: what would change, doing it, and putting it back.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from sqlmodel import col, delete, select

from storage import audit
from storage.details import COORDINATORS, Details
from storage.exchange.cells import (
    Telling,
    as_email,
    as_number,
    as_user_id,
    as_visibility,
    found_key,
)
from storage.exchange.sheets import EMPTIED, Row, Sheet, items, live, read_sheet, shortened
from storage.exchange.writing import Step, keep, plain
from storage.members import admit
from storage.models import ImportBatch, Language, Member, Organization, Person, RoleName
from storage.people import grant, revoke
from storage.seats import (
    COLLABORATIVE,
    SUBCOMMITTEE,
    Group,
    groups,
    leave_seats,
    places,
    take_seats,
)
from storage.session import Session
from storage.task_forces import own_row

COLUMNS: Mapping[str, str] = {
    "slack_user_id": "the Slack member ID, U…: in Slack profile, More, Copy member ID; needed",
    "name": "their name; needed for a new member",
    "agency": "the key or the name of an agency of the directory; needed for a new member",
    "title": "what they do there; needed for a new member",
    "languages": "languages they speak: English | Spanish",
    "email": "work address",
    "phone": "work number",
    "contact_visibility": "who may open the contact: members or coordinators (coordinators)",
    "listed": "who sees them in member lists: members or coordinators (coordinators)",
    "collaboratives": "where they sit for their agency: HTTF | MDT",
    "subcommittees": "the same",
}
BY = "htbot import"
PRIVATE = frozenset({"email", "phone"})
_NEEDED = ("name", "agency", "title")
_DETAILS = ("name", "title", "languages", "email", "phone", "contact_visibility", "listed")
_STANDING = ("approved_by", "approved_at", "confirmed_on", "lapses_on", "ended_at", "ended_as")
_SEATS = {"collaboratives": COLLABORATIVE, "subcommittees": SUBCOMMITTEE}


@dataclass(frozen=True, kw_only=True)
class Entrant:
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
class RosterPlan:
    """
    Attributes:
        faults: of the sheet: with any, nothing is imported.
    """

    people: tuple[Entrant, ...]
    sheet: Sheet


def plan_members(session: Session, content: bytes, *, telling: Telling) -> RosterPlan:
    """
    Work out what the file *content* would change of the members, and what is wrong with it.

    An empty cell changes nothing; "-" empties the field.
    """
    sheet = read_sheet(content, columns=tuple(COLUMNS), needed=("slack_user_id",))
    roster = Roster.read(session)
    people: dict[str, Entrant] = {}
    for row in sheet.rows:
        reader = _Reader(sheet=sheet, row=row, roster=roster)
        user_id = reader.value("slack_user_id", as_user_id)
        if user_id is None and not sheet.is_faulty(row.line, "slack_user_id"):
            sheet.report(row.line, "slack_user_id", "is empty: every row needs it")
        if user_id in people:
            sheet.report(row.line, "slack_user_id", f"{user_id} is in line {people[user_id].line} already")  # fmt: skip
        wanted = reader.read(user_id, telling)
        if user_id and user_id not in people:
            people[user_id] = roster.compare(user_id, wanted, line=row.line)
    sheet.faults.sort()
    return RosterPlan(people=tuple(people.values()), sheet=sheet)


def apply_members(
    session: Session, content: bytes, *, telling: Telling, team_id: str, now: datetime
) -> tuple[RosterPlan, int | None]:
    """
    Import the file *content*, all of it or nothing: who is new in it is a member for a year.

    Returns:
        What was done, and the number of the batch; None: there was nothing to do, or
        something is wrong and nothing was done.
    """
    own_row(session, lock=True)
    plan = plan_members(session, content, telling=telling)
    steps = [step for person in plan.people for step in person.steps]
    if plan.sheet.faults or not steps:
        return plan, None
    batch = ImportBatch(
        kind="members", imported_by=BY, imported_at=now, number_of_rows=len(plan.people)
    )
    session.add(batch)
    session.flush()
    Roster.read(session, now=now, team_id=team_id).put(steps, by=BY, batch_id=batch.id)
    audit.record(session, "import.applied", actor=BY, now=now, subject=f"import:{batch.id}", kind="members")  # fmt: skip
    return plan, batch.id


@dataclass(frozen=True, kw_only=True)
class _Reader:
    sheet: Sheet
    row: Row
    roster: "Roster"

    def value(self, column: str, read: Any) -> Any:
        cell = self.row.cells.get(column)
        if cell is None or cell == EMPTIED:
            return None
        try:
            return read(live(cell))
        except ValueError as error:
            said = "" if column in PRIVATE else f"“{shortened(cell)}”: "
            self.sheet.report(self.row.line, column, f"{said}{error}")
            return None

    def read(self, user_id: str | None, telling: Telling) -> dict[str, Any]:
        """
        Return what the row says: field -> value.
        """
        line, cells = self.row.line, self.row.cells
        new = user_id is None or not self.roster.is_member(user_id)
        for column in _NEEDED:
            empty = column not in cells or cells[column] == EMPTIED
            if empty and (new or column in cells) and not self.sheet.is_faulty(line, column):
                self.sheet.report(line, column, "is empty: a member needs one")
        if telling(cells.get("title", "")):
            self.sheet.report(line, "title", "seems to tell of a client: no client's details belong here")  # fmt: skip
        readers = {
            "name": str,
            "agency": self.roster.agency,
            "title": str,
            "languages": self.roster.spoken,
            "email": as_email,
            "phone": as_number,
            "contact_visibility": as_visibility,
            "listed": as_visibility,
        }
        wanted: dict[str, Any] = {}
        for column, read in readers.items():
            if (value := self.value(column, read)) is not None:
                wanted[column] = value
            elif cells.get(column) == EMPTIED and column not in _NEEDED:
                wanted[column] = _EMPTY.get(column)
        for column, kind in _SEATS.items():
            if cells.get(column) == EMPTIED:
                wanted[column] = []
            elif (refs := self.value(column, lambda cell, kind=kind: self.roster.refs(cell, kind))) is not None:  # fmt: skip
                wanted[column] = refs
        return wanted


_EMPTY: Mapping[str, Any] = {
    "languages": [],
    "contact_visibility": COORDINATORS,
    "listed": COORDINATORS,
}


@dataclass(kw_only=True)
class Roster:
    """
    The members as they are, by Slack's ids; and what writes them.
    """

    session: Session
    now: datetime | None
    team_id: str
    rows: dict[str, Member]
    people: dict[str, Person]
    organizations: Mapping[str, Organization]
    languages: Mapping[str, Language]
    groups: Sequence[Group]
    seats: dict[str, list[tuple[int, str]]] = field(default_factory=dict)

    @classmethod
    def read(cls, session: Session, *, now: datetime | None = None, team_id: str = "") -> "Roster":
        pairs = session.exec(
            select(Member, Person).join(Person, col(Member.person_id) == col(Person.id))
        ).all()
        roster = cls(
            session=session,
            now=now,
            team_id=team_id,
            rows={person.user_id: row for row, person in pairs},
            people={person.user_id: person for _, person in pairs},
            organizations={row.key: row for row in session.exec(select(Organization))},
            languages={
                row.key: row
                for row in session.exec(select(Language).where(col(Language.retired_at).is_(None)))
            },
            groups=groups(session),
        )
        for place in places(session):
            if place.user_id:
                roster.seats.setdefault(place.user_id, []).append((place.organization_id, place.ref))  # fmt: skip
        return roster

    def is_member(self, user_id: str) -> bool:
        row = self.rows.get(user_id)
        return row is not None and row.ended_at is None

    def agency(self, text: str) -> str:
        served = {key: row for key, row in self.organizations.items() if row.retired_at is None}
        return found_key(text, served, "agency")

    def spoken(self, text: str) -> list[str]:
        return list(dict.fromkeys(found_key(each, self.languages, "language") for each in items(text)))  # fmt: skip

    def refs(self, text: str, kind: str) -> list[str]:
        found = []
        for each in items(text):
            said = each.casefold()
            known = [
                group.ref
                for group in self.groups
                if group.ref.startswith(f"{kind}:") and said in map(str.casefold, group.names)
            ]
            if len(known) != 1:
                raise ValueError(f"“{shortened(each)}” is no {kind} here")
            found += known
        return sorted(set(found))

    def compare(self, user_id: str, wanted: Mapping[str, Any], *, line: int) -> Entrant:
        now = self.is_now("member", user_id)
        here = self.is_member(user_id)
        empty: dict[str, Any] = (
            dict.fromkeys((*_DETAILS, "agency"), None) | dict(_EMPTY) | {"groups": []}
        )
        base = now if now is not None and here else empty
        to = {name: base[name] for name in empty} | {
            name: value for name, value in wanted.items() if name not in _SEATS
        }
        to["groups"] = self._seats(base["groups"], wanted)
        if not here:
            # Of one who was a member, all that was: it comes back if this is undone.
            back = {} if now is None else {"ended_at": None, "ended_as": None}
            step = Step(table="member", key=user_id, before=now, after=to | back)
            return Entrant(line=line, key=user_id, state="added", steps=(step,))
        differing = [name for name, value in to.items() if base[name] != value]
        steps = [
            Step(
                table="member",
                key=user_id,
                before={name: base[name] for name in differing},
                after={name: to[name] for name in differing},
            )
        ]
        state = "changed" if differing else "unchanged"
        return Entrant(line=line, key=user_id, state=state, steps=tuple(steps if differing else ()))

    def _seats(self, now: Sequence[str], wanted: Mapping[str, Any]) -> list[str]:
        found: list[str] = []
        for column, kind in _SEATS.items():
            kept = [ref for ref in now if ref.startswith(f"{kind}:")]
            found += wanted.get(column, kept)
        return sorted(found)

    def is_now(self, table: str, key: str) -> dict[str, Any] | None:
        """
        Return what a member is today, as a step would say it; None: they are unknown.
        """
        row = self.rows.get(key)
        if table != "member" or row is None:
            return None
        keys = {each.id: each.key for each in self.organizations.values()}
        found = {name: getattr(row, name) for name in (*_DETAILS, *_STANDING)}
        refs = [ref for owner, ref in self.seats.get(key, ()) if owner == row.organization_id]
        return plain(
            {
                **found,
                "languages": list(row.languages),
                "agency": keys.get(row.organization_id),
                "groups": sorted(refs),
            }
        )

    def leaning_on(self, key: str, *, but: frozenset[tuple[str, str]]) -> str | None:
        return None  # nothing needs a member

    def put(self, steps: Sequence[Step], *, by: str, batch_id: int | None) -> None:
        """
        Write *steps*, each with a `Change` that says who and when.
        """
        for step in steps:
            if step.after is None:
                self._remove(step.key)
            elif not self.is_member(step.key) and step.after.get("ended_at") is None:
                self._admit(step.key, step.after, by=by)
            else:
                self._change(step.key, step.after)
        keep(self.session, steps, by=by, batch_id=batch_id, now=self._now)
        self.session.flush()

    @property
    def _now(self) -> datetime:
        assert self.now is not None  # noqa: S101 - who writes gave it; for the type checker
        return self.now

    def _admit(self, user_id: str, values: Mapping[str, Any], *, by: str) -> None:
        known = self.people.get(user_id)
        admit(
            self.session,
            team_id=known.team_id if known else self.team_id,
            user_id=user_id,
            details=Details(
                **{name: values[name] for name in _DETAILS if name != "languages"},
                languages=tuple(values["languages"]),
                organization_id=self.organizations[values["agency"]].id,
            ),
            groups=tuple(values["groups"]),
            seat_user_id=user_id,
            by=by,
            now=self._now,
        )

    def _change(self, user_id: str, values: Mapping[str, Any]) -> None:
        row, person = self.rows[user_id], self.people[user_id]
        refs = values.get("groups", (self.is_now("member", user_id) or {})["groups"])
        for name, value in values.items():
            if name == "agency":
                row.organization_id = self.organizations[value].id if value else None
                row.agency = None
            elif name in _DETAILS or name in _STANDING:
                setattr(row, name, _column(name, value))
        self.session.flush()
        role = {"team_id": person.team_id, "user_id": user_id, "role": RoleName.MEMBER}
        if row.ended_at is not None:
            revoke(self.session, **role)  # type: ignore[arg-type]
            leave_seats(self.session, user_id=user_id, now=self._now)
            return
        grant(self.session, **role, granted_by=BY, now=self._now)  # type: ignore[arg-type]
        if {"groups", "agency"} & values.keys() and row.organization_id is not None:
            kept = [(row.organization_id, ref) for ref in refs]
            leave_seats(self.session, user_id=user_id, now=self._now, but=kept)
            take_seats(self.session, organization_id=row.organization_id, refs=refs, user_id=user_id, now=self._now)  # fmt: skip

    def _remove(self, user_id: str) -> None:
        person = self.people[user_id]
        revoke(self.session, team_id=person.team_id, user_id=user_id, role=RoleName.MEMBER)
        leave_seats(self.session, user_id=user_id, now=self._now)
        self.session.exec(delete(Member).where(col(Member.person_id) == person.id))


def _column(name: str, value: Any) -> Any:
    if value is None:
        return None
    if name in {"approved_at", "ended_at"}:
        return datetime.fromisoformat(value)
    return date.fromisoformat(value) if name in {"confirmed_on", "lapses_on"} else value
