"""
A pack into the database, keeping what coordinators edited since.

Every field is merged three ways: what the pack gave last (``pack_values``), what
the row has now, and what the pack gives today. A field that differs from what
the pack gave last was edited, and stays. Being served or retired is such a field.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from functools import lru_cache
from hashlib import sha256
from typing import Any

from sqlmodel import select

from storage.facts import FactModel, count_change
from storage.models import Fact, Source
from storage.packs.meetings import seed_meetings
from storage.packs.reading import Pack
from storage.packs.rows import Reference, Wanted, rows
from storage.session import Database, Session, narrow, unscoped_transaction
from storage.statistics.from_pack import release_figures
from storage.task_forces import TaskForce, find_or_create, own_row, task_force

_RETIRED = "retired"  # in pack_values: whether the pack had the row no longer


@dataclass(frozen=True, kw_only=True)
class Loaded:
    """
    What a load did, row by row as ``table/key`` and edit by edit as ``table/key.field``.

    Attributes:
        changed: rows with a new value, and retired rows that came back.
        kept_edits: fields where a coordinator's value stands against the pack's.
        retired: rows the pack has no longer.
        released: tables of counts that passed the disclosure gate, as "series, period".
        refused: tables of counts that did not.
    """

    added: tuple[str, ...] = ()
    changed: tuple[str, ...] = ()
    kept_edits: tuple[str, ...] = ()
    retired: tuple[str, ...] = ()
    released: tuple[str, ...] = ()
    refused: tuple[str, ...] = ()

    @property
    def anything(self) -> bool:
        return bool(self.added or self.changed or self.retired or self.released or self.refused)


def install(
    database: Database, pack: Pack, *, now: datetime, again: bool = True
) -> tuple[TaskForce, Loaded]:
    """
    Load *pack* in one transaction, making its task force if it is new.

    Args:
        again: False: not if exactly this pack was loaded, all of it, the last time.
    """
    entry = pack.task_force
    with unscoped_transaction(database) as session:
        found = find_or_create(
            session,
            key=entry.key,
            name=entry.name,
            county=entry.county,
            timezone=entry.timezone,
            holidays=entry.holidays,
        )
        narrow(session, found.id)
        if not again and own_row(session).pack_digest == digest_of(pack):
            return found, Loaded()
        loaded = load_pack(session, pack, now=now)
        return task_force(session), loaded


def load_pack(session: Session, pack: Pack, *, now: datetime) -> Loaded:
    """
    Bring the session's task force up to *pack*: all of it, or nothing.

    The same pack again changes no row. `Pack.meetings` are made once, and the coordinators'
    own from then on. `Pack.figures` are not merged: they pass the
    disclosure gate or are refused, and what passed is never changed.

    Args:
        now: the moment that rows the pack has no longer are retired.
    Returns:
        What was done; ``content_version`` grew if anything was.
    """
    own = own_row(session, lock=True)  # two replicas that start together take turns
    merge = _Merge(session=session, now=now)
    seen: dict[FactModel, set[str]] = {}
    for model, wanted in rows(pack):
        merge.bring(model, wanted)
        seen.setdefault(model, set()).update(wanted)
    for model, keys in seen.items():
        merge.retire_all_but(model, keys)
    head = pack.task_force
    for name in ("name", "county", "timezone", "holidays"):
        if getattr(own, name) != getattr(head, name):
            setattr(own, name, getattr(head, name))
            merge.changed.append(f"task_force/{own.key}")
    if (own.reviewed or {}) != head.reviewed:
        own.reviewed = dict(head.reviewed)
        merge.changed.append(f"task_force/{own.key}")
    session.flush()
    merge.added += seed_meetings(session, pack.meetings, now=now)
    figures = release_figures(session, pack.figures, now=now)
    # A table that was refused may pass once something else is out: to be asked at each start.
    own.pack_digest = digest_of(pack) if figures.all_out else None
    session.flush()
    merged = merge.loaded()
    loaded = replace(
        merged,
        retired=(*merged.retired, *(f"statistic_series/{key}" for key in figures.retired)),
        released=figures.released,
        refused=figures.refused,
    )
    if loaded.anything:
        count_change(session)
        session.refresh(own)
    return loaded


@lru_cache(maxsize=4)  # by identity: a pack in memory never changes
def digest_of(pack: Pack) -> str:
    """
    Return what tells two packs apart, as this version of the software reads them.
    """
    digest = sha256(pack.task_force.model_dump_json().encode())
    for model, wanted in rows(pack):
        digest.update(repr((model.__tablename__, wanted)).encode())
    for entry in (*pack.figures, *pack.meetings):
        digest.update(entry.model_dump_json().encode())
    return digest.hexdigest()


@dataclass(kw_only=True)
class _Merge:
    session: Session
    now: datetime
    stored: dict[FactModel, dict[str, Fact | Source]] = field(default_factory=dict)
    added: list[str] = field(default_factory=list)
    changed: list[str] = field(default_factory=list)
    kept_edits: list[str] = field(default_factory=list)
    retired: list[str] = field(default_factory=list)

    def loaded(self) -> Loaded:
        return Loaded(
            added=tuple(self.added),
            changed=tuple(dict.fromkeys(self.changed)),
            kept_edits=tuple(self.kept_edits),
            retired=tuple(self.retired),
        )

    def bring(self, model: FactModel, wanted: Wanted) -> None:
        """
        Add the rows that are new; merge those that are there.
        """
        stored = self._stored(model)
        for key, values in wanted.items():
            given = {column: self._settled(value) for column, value in values.items()}
            row = stored.get(key)
            if row is None:
                row = model(key=key, **given, pack_values=_plain({**given, _RETIRED: False}))
                self.session.add(row)
                stored[key] = row
                self.added.append(_name(model, key))
            else:
                self._merge(row, {**given, _RETIRED: False})
        self.session.flush()

    def retire_all_but(self, model: FactModel, keys: set[str]) -> None:
        """
        Retire what the pack gave before and gives no longer, unless it was edited.
        """
        for key, row in self._stored(model).items():
            if key in keys or row.pack_values is None:
                continue
            if edits := list(self._edits(row)):
                self.kept_edits += [f"{_name(model, key)}.{column}" for column in edits]
            elif not row.pack_values.get(_RETIRED):
                row.retired_at = self.now
                row.pack_values = {**row.pack_values, _RETIRED: True}
                self.retired.append(_name(model, key))

    def _merge(self, row: Fact | Source, given: Mapping[str, Any]) -> None:
        # A coordinator's own row that a pack now has too: all of it is an edit.
        before = row.pack_values or {}
        name = _name(type(row), row.key)
        for column, value in given.items():
            now, plain = _now(row, column), _plain_value(value)
            if now == plain:
                continue
            if column in before:
                unedited = now == before[column]
            else:  # the software learned the column since the pack was loaded
                unedited = row.pack_values is not None and not now
            if unedited:
                self._put(row, column, value)
                self.changed.append(name)
            else:
                self.kept_edits.append(f"{name}.{column}")
        after = _plain(given)
        if after != row.pack_values:
            row.pack_values = after

    def _put(self, row: Fact | Source, column: str, value: Any) -> None:
        if column == _RETIRED:
            row.retired_at = self.now if value else None
        else:
            setattr(row, column, value)

    def _edits(self, row: Fact | Source) -> Iterator[str]:
        for column, value in (row.pack_values or {}).items():
            known = column == _RETIRED or column in type(row).model_fields
            if known and _now(row, column) != value:
                yield column

    def _stored(self, model: FactModel) -> dict[str, Fact | Source]:
        if model not in self.stored:
            found: Any = self.session.exec(select(model))
            self.stored[model] = {row.key: row for row in found}
        return self.stored[model]

    def _settled(self, value: Any) -> Any:
        if isinstance(value, Reference):
            return self._stored(value.model)[value.key].id
        return value


def _name(model: FactModel, key: str) -> str:
    return f"{model.__tablename__}/{key}"


def _now(row: Fact | Source, column: str) -> Any:
    if column == _RETIRED:
        return row.retired_at is not None
    return _plain_value(getattr(row, column))


def _plain(values: Mapping[str, Any]) -> dict[str, Any]:
    return {column: _plain_value(value) for column, value in values.items()}


def _plain_value(value: Any) -> Any:
    return value.isoformat() if isinstance(value, date) else value
