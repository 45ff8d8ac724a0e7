"""
The session of one task force: a query cannot forget it, a row cannot leave it.
"""

from collections.abc import Iterable, Mapping
from functools import cache, lru_cache
from typing import Any
from weakref import WeakKeyDictionary

from sqlalchemy import ColumnElement, Integer, bindparam, column, event, literal_column
from sqlalchemy.orm import ORMExecuteState, UOWTransaction, with_loader_criteria
from sqlalchemy.orm import Session as _AnySession
from sqlalchemy.sql.base import ExecutableOption
from sqlalchemy.sql.dml import Insert
from sqlmodel import Session as _Session
from sqlmodel import col, select
from sqlmodel.sql.expression import SelectOfScalar

from storage.errors import (
    ConstraintError,
    NoKeyError,
    UnscopedStatementError,
    WrongKeyError,
    WrongTaskForceError,
)
from storage.inserts import insert_into
from storage.models import Scoped, TaskForce
from storage.sealing import Sealer


class Session(_Session):
    """
    A session of one task force: no ORM statement sees or touches another's rows.

    `task_force_id` is None only in the `unscoped_…` blocks.
    """

    @property
    def task_force_id(self) -> int | None:
        return self.info.get("task_force_id")

    @property
    def admins(self) -> frozenset[str]:
        """
        The administrators by settings, whom no row names.
        """
        found: frozenset[str] = self.info.get("admins", frozenset())
        return found

    @property
    def sealer(self) -> Sealer:
        """
        What seals and opens counts.

        Raises:
            NoKeyError: if the database was opened without a key.
            WrongKeyError: if everything was sealed anew with another one since: what this
                one sealed now, nobody could open.
        """
        sealer: Sealer | None = self.info.get("sealer")
        if sealer is None:
            raise NoKeyError
        if self.task_force_id is not None and not self.info.get("key_known"):
            with self.no_autoflush:
                known = self.exec(
                    select(TaskForce.key_print).where(col(TaskForce.id) == self.task_force_id)
                ).first()
            if known not in (None, sealer.print):
                raise WrongKeyError
            self.info["key_known"] = True  # for this transaction
        return sealer


def narrow(session: Session, task_force_id: int) -> None:
    """
    Hold an unscoped session to *task_force_id* from here on.

    Raises:
        WrongTaskForceError: if it belongs to another already.
    """
    if session.task_force_id not in (None, task_force_id):
        raise WrongTaskForceError(task_force_id, session_task_force_id=session.task_force_id)
    session.flush()
    session.expunge_all()  # what it has seen may be another's
    session.info["task_force_id"] = task_force_id


def add_new(session: Session, model: type[Scoped] | type[TaskForce], **values: object) -> bool:
    """
    Insert a row, unless its unique key is there already. Return whether it is new.

    Two at once: the second waits for the first to commit, and is told the truth.
    """
    insert = insert_into(session, model)
    # RETURNING, because the driver's rowcount is -1 for some of these.
    statement = insert.values(values).on_conflict_do_nothing().returning(col(model.id))
    return session.exec(statement).first() is not None


# A statement that is asked again is held once: most of its time goes into building it.
_held_before: WeakKeyDictionary[Any, dict[int, Any]] = WeakKeyDictionary()


def _owner(cls: Any) -> ColumnElement[int]:
    # SQLAlchemy tries the lambda on the mixin itself first, which has no columns.
    return getattr(cls, "task_force_id", column("task_force_id", Integer))


@lru_cache(maxsize=256)
def _criteria(task_force_id: int) -> tuple[ExecutableOption, ...]:
    # Its number stands in the text, so that each task force has compiled statements of its own:
    # as a parameter, it took a third of a statement's time to find it among the others.
    own = literal_column(str(int(task_force_id)), Integer)
    return (
        with_loader_criteria(Scoped, lambda cls: _owner(cls) == own, include_aliases=True),
        with_loader_criteria(TaskForce, lambda cls: cls.id == own, include_aliases=True),
    )


def _hold_statement(state: ORMExecuteState) -> None:
    """
    Add the task force to a statement, or refuse one it cannot be added to.
    """
    task_force_id = state.session.info.get("task_force_id")
    if task_force_id is None:
        return
    if not state.is_orm_statement:
        raise UnscopedStatementError(str(state.statement))
    if state.is_insert:
        _hold_insert(state, task_force_id)
    else:
        state.statement = _held(state.statement, task_force_id)


def _held(statement: Any, task_force_id: int) -> Any:
    known = _held_before.setdefault(statement, {})
    if task_force_id not in known:
        known[task_force_id] = statement.options(*_criteria(task_force_id))
    return known[task_force_id]


def _hold_insert(state: ORMExecuteState, task_force_id: int) -> None:
    statement = state.statement
    mapper = state.bind_mapper
    if mapper is None or not issubclass(mapper.class_, Scoped):
        return
    if not isinstance(statement, Insert) or statement.select is not None:
        raise UnscopedStatementError(str(statement))
    given = state.parameters
    if not given:
        _hold_references(state.session, [(mapper.class_, _said(statement))])
        state.statement = statement.values(task_force_id=task_force_id)
        return
    rows = [given] if isinstance(given, Mapping) else given
    for row in rows:
        if row.get("task_force_id", task_force_id) != task_force_id:
            raise WrongTaskForceError(row["task_force_id"], session_task_force_id=task_force_id)
    _hold_references(state.session, [(mapper.class_, row) for row in rows])
    state.parameters = [{**row, "task_force_id": task_force_id} for row in rows]


def _said(statement: Insert) -> dict[str, Any]:
    """
    Return what `values` was given, by the columns; there is no public way to ask.
    """
    given: Mapping[Any, Any] = statement._values or {}
    return {each.key: value.value for each, value in given.items() if hasattr(value, "value")}


@lru_cache
def _references(model: type[Scoped]) -> tuple[tuple[str, str], ...]:
    """
    Return the columns that refer to rows of a task force, and the tables of those.
    """
    return tuple(
        (column.name, key.column.table.name)
        for column in model.__table__.columns  # type: ignore[attr-defined]
        for key in column.foreign_keys
        if key.column.table.name in _models() and column.name != "task_force_id"
    )


@lru_cache
def _models() -> dict[str, type[Scoped]]:
    every = [Scoped]
    for each in every:  # grows as it goes: tables of a kind share what lies between
        every += each.__subclasses__()
    return {str(each.__tablename__): each for each in every if hasattr(each, "__table__")}


def _hold_references(
    session: _AnySession, rows: Iterable[tuple[type[Scoped], Mapping[str, Any]]]
) -> None:
    """
    Refuse rows that refer to another task force's: the database alone would take them.
    """
    wanted: dict[str, set[int]] = {}
    for model, values in rows:
        for column_name, table in _references(model):
            if (id := values.get(column_name)) is not None:
                wanted.setdefault(table, set()).add(id)
    for table, ids in wanted.items():
        model = _models()[table]
        # What the session holds is its own.
        unknown = {id for id in ids if (model, (id,), None) not in session.identity_map}
        if not unknown:
            continue
        with session.no_autoflush:
            found = set(session.scalars(_these(model), {"ids": list(unknown)}))
        if unknown - found:
            raise ConstraintError(f"a row refers to no row of {table} that is there")


@cache
def _these(model: type[Scoped]) -> SelectOfScalar[Any]:
    return select(model.id).where(col(model.id).in_(bindparam("ids", expanding=True)))


def _hold_flush(session: _AnySession, _: UOWTransaction, __: object) -> None:
    """
    Stamp the task force on new rows; refuse to touch another's.
    """
    task_force_id = session.info.get("task_force_id")
    if task_force_id is None:
        return
    for rows in (session.new, session.dirty, session.deleted):
        for row in rows:
            if not isinstance(row, Scoped):
                continue
            if row.task_force_id is None:
                row.task_force_id = task_force_id
            if row.task_force_id != task_force_id:
                raise WrongTaskForceError(row.task_force_id, session_task_force_id=task_force_id)
    _hold_references(
        session,
        [
            (type(row), {name: row.__dict__.get(name) for name, _ in _references(type(row))})
            for rows in (session.new, session.dirty)
            for row in rows
            if isinstance(row, Scoped)
        ],
    )


def _hold_attach(session: _AnySession, row: object) -> None:
    """
    Let no row in that another task force's session has read.
    """
    task_force_id = session.info.get("task_force_id")
    owner = row.__dict__.get("task_force_id") if isinstance(row, Scoped) else None
    if None not in (task_force_id, owner) and owner != task_force_id:
        raise WrongTaskForceError(owner, session_task_force_id=task_force_id)


event.listen(Session, "before_attach", _hold_attach)
event.listen(Session, "do_orm_execute", _hold_statement)
event.listen(Session, "before_flush", _hold_flush)
