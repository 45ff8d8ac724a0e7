"""
An import undone: what it changed is put back, where nobody has changed it since.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

from sqlmodel import col, select

from storage import audit
from storage.exchange.errors import UndoneError, UnknownBatchError
from storage.exchange.roster import Roster
from storage.exchange.writing import Step, Writer
from storage.models import Change, ImportBatch
from storage.session import Session
from storage.task_forces import local_day, own_row

BY = "htbot import undo"


class Target(Protocol):
    """
    What steps are written to.
    """

    def is_now(self, table: str, key: str) -> dict[str, Any] | None: ...

    def leaning_on(self, key: str, *, but: frozenset[tuple[str, str]]) -> str | None: ...

    def put(self, steps: Sequence[Step], *, by: str, batch_id: int | None) -> None: ...


@dataclass(frozen=True, kw_only=True)
class Undone:
    """
    Attributes:
        steps: what was put back.
        left: row and field, as "organization open-door, website", and why it stays.
    """

    steps: tuple[Step, ...]
    left: tuple[tuple[str, str], ...]


def undo(session: Session, number: int, *, now: datetime) -> Undone:
    """
    Put back what import *number* changed. What it added is retired, and kept for the record.

    Raises:
        UnknownBatchError, UndoneError: if there is no such import, or no longer.
    """
    own_row(session, lock=True)
    batch = session.exec(select(ImportBatch).where(ImportBatch.id == number)).one_or_none()
    if batch is None:
        raise UnknownBatchError(number)
    if batch.undone_at is not None:
        raise UndoneError(number, undone_on=local_day(session, batch.undone_at))
    query = select(Change).where(Change.batch_id == number).order_by(col(Change.id).desc())
    writer: Target = (
        Roster.read(session, now=now) if batch.kind == "members" else Writer.open(session, now=now)
    )
    back = _Back(writer=writer)
    for change in session.exec(query).all():
        back.take(change)
    undone = back.undone()
    writer.put(undone.steps, by=BY, batch_id=None)
    batch.undone_by, batch.undone_at = BY, now
    audit.record(session, "import.undone", actor=BY, now=now, subject=f"import:{number}", kind=batch.kind)  # fmt: skip
    session.flush()
    return undone


class _Back:
    """
    Gathers the steps back, the last one first.
    """

    def __init__(self, *, writer: Target) -> None:
        self._writer = writer
        self._steps: list[Step] = []
        self._left: list[tuple[str, str]] = []
        self._added: dict[str, Step] = {}  # the organizations that would go again

    def take(self, change: Change) -> None:
        now = self._writer.is_now(change.table, change.key)
        called = f"{change.table} {change.key}"
        if change.before is None:
            self._added_before(change, now, called)
        elif change.after is None:
            if now is None:
                self._put(change, before=None, after=change.before)
            else:
                self._left.append((called, "it was made anew since"))
        elif now is None:
            self._left.append((called, "it is gone since"))
        else:
            same = {name for name, value in change.after.items() if now.get(name) == value}
            for name in change.after:
                if name not in same and now.get(name) != change.before[name]:
                    self._left.append((f"{called}, {name}", "it was changed since"))
            if same:
                before = {name: change.after[name] for name in change.after if name in same}
                after = {name: change.before[name] for name in change.after if name in same}
                if len(same) == len(change.after):  # and what went with it
                    after |= {name: value for name, value in change.before.items() if name not in after}  # fmt: skip
                self._put(change, before=before, after=after)

    def _added_before(self, change: Change, now: Mapping[str, Any] | None, called: str) -> None:
        after = change.after or {}
        if now is None or now.get("retired"):
            return  # gone already
        if any(now.get(name) != value for name, value in after.items()):
            self._left.append((called, "it was changed since"))
        elif change.table == "organization":
            self._added[change.key] = Step(
                table=change.table,
                key=change.key,
                before={"retired": False},
                after={"retired": True},
            )
        elif change.table == "phone":
            self._put(change, before={"retired": False}, after={"retired": True})
        else:
            self._put(change, before=after, after=None)

    def _put(
        self, change: Change, *, before: Mapping[str, Any] | None, after: Mapping[str, Any] | None
    ) -> None:
        self._steps.append(Step(table=change.table, key=change.key, before=before, after=after))

    def undone(self) -> Undone:
        """
        Return all of it; an added organization goes only if nothing needs it.
        """
        going = dict(self._added)
        links = {(step.table, step.key) for step in self._steps if _goes(step)}
        while True:
            but = frozenset(links | {("organization", key) for key in going})
            needed = {key: why for key in going if (why := self._writer.leaning_on(key, but=but))}
            if not needed:
                break
            for key, why in needed.items():
                self._left.append((f"organization {key}", why))
                del going[key]
        return Undone(steps=(*self._steps, *going.values()), left=tuple(self._left))


def _goes(step: Step) -> bool:
    return step.after is None or bool(step.after.get("retired"))
