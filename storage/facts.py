"""
Facts as rows a coordinator may edit: the one way an edit is stored, and counted.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, TypeAlias

from sqlmodel import col, select, update

from storage.errors import (
    UnknownFactError,
    UnknownFieldError,
    UnknownTableError,
    UnknownTaskForceError,
)
from storage.models import (
    Collaborative,
    Contact,
    Duty,
    Fact,
    Funding,
    GlossaryTerm,
    Hotline,
    Language,
    Organization,
    Phone,
    Service,
    Source,
    Subcommittee,
    TaskForce,
    TaxonomyTerm,
    Topic,
    TopicPoint,
)
from storage.session import Session

_KEPT = frozenset({"id", "task_force_id", "key", "pack_values", "retired_at", "position"})


def edit(
    session: Session,
    table: str,
    key: str,
    *,
    changes: Mapping[str, Any],
    now: datetime,
    retired: bool | None = None,
) -> bool:
    """
    Store a coordinator's edit of the row *key* of *table*.

    What the pack gave stays in ``pack_values``, so a newer pack keeps the edit.

    Args:
        table: its name in the database, "organization".
        changes: field -> new value, of the column's Python type.
        now: the moment a row is retired, if it is.
        retired: whether the row is served no longer; None leaves it as it is.
    Returns:
        False if every field had that value.
    Raises:
        UnknownTableError, UnknownFactError, UnknownFieldError: if there is none.
    """
    model = TABLES.get(table)
    if model is None:
        raise UnknownTableError(table)
    for field in changes:
        if field in _KEPT or field not in model.model_fields:
            raise UnknownFieldError(table, field)
    row = session.exec(select(model).where(col(model.key) == key)).one_or_none()
    if not isinstance(row, Fact | Source):
        raise UnknownFactError(table, key)
    changed = {field: value for field, value in changes.items() if getattr(row, field) != value}
    if retired is not None and retired != (row.retired_at is not None):
        changed["retired_at"] = now if retired else None
    for field, value in changed.items():
        setattr(row, field, value)
    if changed:
        session.flush()
        count_change(session)
    return bool(changed)


def content_version(session: Session) -> int:
    """
    Return the number that grows with every change of what anybody may read.
    """
    query = select(TaskForce.content_version).where(col(TaskForce.id) == session.task_force_id)
    found = session.exec(query).one_or_none()
    if found is None:
        raise UnknownTaskForceError(session.task_force_id)
    return found


def count_change(session: Session) -> None:
    """
    Count one change of content: every replica reloads what it remembers.
    """
    session.exec(update(TaskForce).values(content_version=col(TaskForce.content_version) + 1))


FactModel: TypeAlias = type[Fact] | type[Source]

MODELS: tuple[FactModel, ...] = (
    Source,
    Language,
    TaxonomyTerm,
    Organization,
    Collaborative,
    Subcommittee,
    Duty,
    Contact,
    Service,
    Hotline,
    Phone,
    Funding,
    GlossaryTerm,
    Topic,
    TopicPoint,
)
TABLES: Mapping[str, FactModel] = {str(model.__tablename__): model for model in MODELS}
