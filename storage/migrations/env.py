"""
Run by Alembic: the connection and the transaction are `storage.migrations`' own.
"""

from collections.abc import Collection, Mapping
from typing import Any, Literal

from alembic import context
from alembic.runtime.migration import MigrationContext, MigrationInfo
from sqlalchemy.types import TypeDecorator
from sqlmodel import SQLModel

from storage import models  # noqa: F401 - fills the metadata


def _note(
    ctx: MigrationContext,
    step: MigrationInfo,
    heads: Collection[Any],
    run_args: Mapping[str, Any],
) -> None:
    if step.up_revision_id is not None:
        applied.append(step.up_revision_id)


def _render(kind: str, item: object, _: object) -> str | Literal[False]:
    # What a column is to the database: a revision must not change with our types.
    if kind == "type" and isinstance(item, TypeDecorator):
        return f"sa.{type(item.impl_instance).__name__}()"
    return False


applied: list[str] = context.config.attributes.get("applied", [])
context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=SQLModel.metadata,
    render_as_batch=True,  # SQLite cannot alter a column, so revisions copy the table
    render_item=_render,
    on_version_apply=_note,
)
context.run_migrations()
