"""
Where sealed values are, all of them: to be sealed anew with another key, and counted.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlmodel import col, select, update

from storage import models
from storage.errors import ClosedValuesError, UnsealableError
from storage.models import TaskForce
from storage.sealing import Sealer
from storage.session import Database, Session, unscoped_reading, unscoped_transaction

BY = "htbot keys rotate"


@dataclass(frozen=True, kw_only=True)
class SealedColumn:
    """
    Attributes:
        context: of a row: what its value was sealed for.
    """

    model: type[models.Scoped]
    column: str
    context: Callable[[Any], str]


def context_of_counts(release_id: int, task_force_id: int | None) -> str:
    return f"release {release_id} of task force {task_force_id}"


def context_of_answer(
    part: str, *, organization_id: int, cycle_id: int, task_force_id: int | None
) -> str:
    """
    Args:
        part: "draft" or "answer", as its column.
    """
    return f"{part} of agency {organization_id} to survey {cycle_id} of task force {task_force_id}"


def _said(part: str) -> SealedColumn:
    return SealedColumn(
        model=models.SurveyAgency,
        column=part,
        context=lambda row: context_of_answer(
            part,
            organization_id=row.organization_id,
            cycle_id=row.cycle_id,
            task_force_id=row.task_force_id,
        ),
    )


# Every column of bytes that there is: a test looks.
SEALED: tuple[SealedColumn, ...] = (
    SealedColumn(
        model=models.SealedCounts,
        column="sealed",
        context=lambda row: context_of_counts(row.release_id, row.task_force_id),
    ),
    _said("draft"),
    _said("answer"),
)


@dataclass(frozen=True, kw_only=True)
class Opened:
    """
    How many sealed values open with a key, and how many do not.
    """

    opened: int
    closed: int


@dataclass(frozen=True, kw_only=True)
class Resealed:
    """
    Attributes:
        resealed: values that were sealed anew.
        already: those that the new key opened before.
        closed: those that neither opens, and that stay as they are.
    """

    resealed: int
    already: int
    closed: int


def open_all(database: Database, sealer: Sealer) -> Opened:
    """
    Try *sealer* on every sealed value of every task force.
    """
    opened = closed = 0
    with unscoped_reading(database) as session:
        for where, id in _every(session):
            row = _row(session, where, id)
            if _open(sealer, where, row) is None:
                closed += 1
            else:
                opened += 1
            session.expunge(row)
    return Opened(opened=opened, closed=closed)


def print_of(database: Database) -> str | None:
    """
    Return which key everything was sealed anew with, or None if it never was.
    """
    with unscoped_reading(database) as session:
        return session.exec(
            select(TaskForce.key_print).where(col(TaskForce.key_print).is_not(None))
        ).first()


def reseal(
    database: Database, *, old: Sealer, new: Sealer, now: datetime, leave_closed: bool = False
) -> Resealed:
    """
    Seal everything of every task force anew, in one transaction: all of it, or nothing.
    What the new key opens already is left, so that it may be done again.

    Args:
        leave_closed: leave what neither key opens as it is.
    Raises:
        ClosedValuesError: if there is any of that, and it is not to be left.
    """
    resealed = already = 0
    closed: dict[str, int] = {}
    with unscoped_transaction(database) as session:
        _hold(session)
        for where, id in _every(session):
            row = _row(session, where, id)
            if _open(new, where, row) is not None:
                already += 1
            elif (value := _open(old, where, row)) is not None:
                _replace(session, where, row, value=value, new=new)
                resealed += 1
            else:
                table = str(where.model.__tablename__)
                closed[table] = closed.get(table, 0) + 1
            session.expunge(row)
        if closed and not leave_closed:
            raise ClosedValuesError(closed)
        for owner in session.exec(select(TaskForce).order_by(col(TaskForce.id))).all():
            if owner.key_print != new.print:
                owner.key_print = new.print
                session.add(
                    models.AuditEntry(
                        task_force_id=owner.id or 0, at=now, actor=BY, act="key.rotated"
                    )
                )
        session.flush()
    return Resealed(resealed=resealed, already=already, closed=sum(closed.values()))


def _hold(session: Session) -> None:
    """
    Let nobody seal anything meanwhile. On SQLite nobody else writes as it is.
    """
    connection = session.connection()
    if connection.dialect.name == "postgresql":
        tables = ", ".join(
            connection.dialect.identifier_preparer.quote(str(each.model.__tablename__))
            for each in {each.model: each for each in SEALED}.values()
        )
        connection.exec_driver_sql(f"LOCK TABLE {tables} IN SHARE ROW EXCLUSIVE MODE")


def _every(session: Session) -> Iterator[tuple[SealedColumn, int]]:
    for where in SEALED:
        column = getattr(where.model, where.column)
        query = select(where.model.id).where(column.is_not(None)).order_by(col(where.model.id))
        for id in session.exec(query).all():
            yield where, id or 0


def _row(session: Session, where: SealedColumn, id: int) -> Any:
    query = select(where.model).where(col(where.model.id) == id)
    return session.exec(query.execution_options(populate_existing=True)).one()


def _open(sealer: Sealer, where: SealedColumn, row: Any) -> tuple[Any] | None:
    """
    Return what is in it, in a tuple: it may be nothing. None: it does not open.
    """
    try:
        return (sealer.open(getattr(row, where.column), context=where.context(row)),)
    except UnsealableError:
        return None


def _replace(
    session: Session, where: SealedColumn, row: Any, *, value: tuple[Any], new: Sealer
) -> None:
    context = where.context(row)
    sealed = new.seal(value[0], context=context)
    if (new.open(sealed, context=context),) != value:  # before the old one goes
        raise UnsealableError(context)
    session.exec(
        update(where.model)
        .where(col(where.model.id) == row.id)
        .values({where.column: sealed})
        .execution_options(synchronize_session=False)
    )
