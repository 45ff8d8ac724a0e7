"""
What every table is made of: the task force, its rows, moments in UTC.
"""

from datetime import UTC, datetime
from typing import Any

from sqlalchemy import JSON, DateTime, MetaData, UniqueConstraint
from sqlalchemy.engine import Dialect
from sqlalchemy.types import TypeDecorator
from sqlmodel import Field, SQLModel

from storage.errors import NaiveMomentError

# Alembic can only drop or alter what has a name, on both engines.
SQLModel.metadata.naming_convention = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s",
        "pk": "pk_%(table_name)s",
    }
).naming_convention


class UtcDateTime(TypeDecorator[datetime]):
    """
    A moment in UTC. SQLite drops the time zone; this puts it back.

    Raises:
        NaiveMomentError: if a naive datetime is bound.
    """

    impl = DateTime
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise NaiveMomentError(value)
        return value.astimezone(UTC).replace(tzinfo=None)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        return None if value is None else value.replace(tzinfo=UTC)


class Json(TypeDecorator[Any]):
    """
    JSON whose None is SQL's NULL, not JSON's null: one way to be empty.
    """

    impl = JSON(none_as_null=True)
    cache_ok = True


class TaskForce(SQLModel, table=True):
    """
    One county's task force: one Slack workspace, and the owner of every row.
    """

    __tablename__ = "task_force"

    id: int | None = Field(default=None, primary_key=True)
    key: str = Field(unique=True)  # the pack's name for it, "contra_costa"
    team_id: str | None = Field(default=None, unique=True)  # Slack's, once known
    name: str
    county: str
    timezone: str  # IANA
    # Counts the changes of public content: replicas compare it, and reload.
    content_version: int = Field(default=0, sa_column_kwargs={"server_default": "0"})
    # Of the pack that was loaded whole, the last time: the same again has nothing to do.
    pack_digest: str | None = Field(default=None)
    # A broadcast to more people than this needs a second coordinator.
    approval_above: int = Field(default=50, sa_column_kwargs={"server_default": "50"})
    # The calendar of holidays of a new series of meetings, "US-CA"; "": none.
    holidays: str = Field(default="US", sa_column_kwargs={"server_default": "US"})
    # Of the key that everything was sealed anew with; None: it never was.
    key_print: str | None = Field(default=None)
    # Language code -> which certified translator reviewed what the bot says in it.
    reviewed: dict[str, str] | None = Field(default=None, sa_type=Json)


# SQLModel checks no row it makes: pydantic's validators, 30 ms of a start, are never asked.
class Scoped(SQLModel, defer_build=True):
    """
    A row of one task force. `storage.session` adds the filter to every query.
    """

    id: int | None = Field(default=None, primary_key=True)
    # Stamped by the session. Every table's unique key begins with it: no index of its own.
    task_force_id: int = Field(default=None, foreign_key="task_force.id", nullable=False)


def unique_key() -> tuple[UniqueConstraint]:
    return (UniqueConstraint("task_force_id", "key"),)
