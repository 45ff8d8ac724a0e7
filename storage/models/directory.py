"""
The directory's upkeep: who looks after an entry, what changed, what is in doubt.
"""

from datetime import datetime, time
from typing import Any

from sqlalchemy import Index, UniqueConstraint
from sqlmodel import Field

from storage.models.base import Json, Scoped, UtcDateTime


class Custodian(Scoped, table=True):
    """
    Who looks after an organization's entry.
    """

    __table_args__ = (UniqueConstraint("task_force_id", "organization_id", "person_id"),)

    organization_id: int = Field(foreign_key="organization.id", index=True)
    person_id: int = Field(foreign_key="person.id", index=True)
    part: str  # "owner" or "delegate"
    since: datetime = Field(sa_type=UtcDateTime)


class Schedule(Scoped, table=True):
    """
    When an organization can be reached: HSDS's schedule. Wall time of the task force.
    """

    __table_args__ = (UniqueConstraint("task_force_id", "organization_id"),)

    organization_id: int = Field(foreign_key="organization.id", index=True)
    byday: list[str] = Field(default_factory=list, sa_type=Json)  # RFC 5545: "MO", "TU" …
    opens_at: time | None = None
    closes_at: time | None = None
    description: str | None = None


class Offering(Scoped, table=True):
    """
    A service of the deck's list that an organization says it offers.

    Attributes:
        service_id: the listed service.
        persons: for whom: keys of taxonomy "hotline-person"; empty: for everybody.
        languages: keys of `language` it is offered in; empty: not said.
    """

    __table_args__ = (UniqueConstraint("task_force_id", "organization_id", "service_id"),)

    organization_id: int = Field(foreign_key="organization.id", index=True)
    service_id: int = Field(foreign_key="service.id", index=True)
    persons: list[str] = Field(default_factory=list, sa_type=Json)
    languages: list[str] = Field(default_factory=list, sa_type=Json)
    said_by: str
    said_at: datetime = Field(sa_type=UtcDateTime)


class Change(Scoped, table=True):
    """
    An edit of the directory: what it was, what it became, who did it and when.

    Attributes:
        table: in the database, "phone".
        key: the row's.
        before, after: field -> value; None where the row was not, or is no more.
        state: "made", "proposed" until a second coordinator decides, or "declined".
        batch_id: of the import that made it.
    """

    __table_args__ = (
        Index(None, "task_force_id", "table", "key"),
        Index(None, "task_force_id", "state"),
    )

    table: str
    key: str
    before: dict[str, Any] | None = Field(default=None, sa_type=Json)
    after: dict[str, Any] | None = Field(default=None, sa_type=Json)
    state: str
    made_by: str
    made_at: datetime = Field(sa_type=UtcDateTime)
    decided_by: str | None = None
    decided_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    batch_id: int | None = Field(default=None, foreign_key="import_batch.id", index=True)


class Correction(Scoped, table=True):
    """
    Somebody's word that an entry is wrong, for whoever looks after it.

    Attributes:
        said: what is wrong; screened, and no longer kept once it is settled.
        reported_by: Slack's id, to be told the outcome; not kept after that.
        outcome: "changed", "still correct" or "retired".
    """

    __table_args__ = (Index(None, "task_force_id", "table", "key"),)

    table: str
    key: str
    said: str | None = None
    reported_by: str | None = None
    reported_at: datetime = Field(sa_type=UtcDateTime)
    settled_by: str | None = None
    settled_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    outcome: str | None = None


class ImportBatch(Scoped, table=True):
    """
    One applied import: its changes carry its number, and can be undone together.
    """

    __tablename__ = "import_batch"
    __table_args__ = (Index(None, "task_force_id", "imported_at"),)

    kind: str  # "members" or "agencies"
    imported_by: str
    imported_at: datetime = Field(sa_type=UtcDateTime)
    number_of_rows: int
    undone_by: str | None = None
    undone_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
