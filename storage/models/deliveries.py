"""
Deliveries: what the bot tells by itself, and how each of it went.
"""

from datetime import datetime, time
from typing import Any

from sqlalchemy import Index, UniqueConstraint, false
from sqlmodel import Field

from storage.models.base import Json, Scoped, UtcDateTime


class Delivery(Scoped, table=True):
    """
    One message to one recipient on one occasion, from the plan to its fate.

    Its text is nowhere: the command that owns the kind makes it when it is sent.
    """

    __table_args__ = (
        UniqueConstraint("task_force_id", "kind", "occasion", "recipient"),
        # In the order of claiming, and of looking for leases that ran out.
        Index(None, "task_force_id", "state", "priority", "next_attempt_at", "id"),
        Index(None, "task_force_id", "to_report_at"),
        Index(None, "task_force_id", "to_edit_at"),
    )

    kind: str
    occasion: str
    recipient: str  # Slack's id of a person or a channel
    state: str  # DeliveryState
    priority: int  # Priority
    due_at: datetime = Field(sa_type=UtcDateTime)
    useful_until: datetime | None = Field(default=None, sa_type=UtcDateTime)
    next_attempt_at: datetime = Field(sa_type=UtcDateTime)
    attempts: int  # requests to Slack that failed, refusals for haste aside
    token: str | None = Field(default=None, index=True)  # of this claim: a new one every time
    holder: str | None = None  # the process that has it
    leased_until: datetime | None = Field(default=None, sa_type=UtcDateTime)
    reason: str | None = None  # why it is not sent, in words
    slack_ts: str | None = None
    slack_channel: str | None = None  # where it stands: a person's is not their own id
    # What was sent is to be written anew in its place.
    to_edit_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    edited_at: datetime | None = Field(default=None, sa_type=UtcDateTime)  # as asked for last
    edit_trouble: str | None = None  # why it was not, and will not be, in words
    responsible: str | None = None  # who is told of trouble; None: every coordinator
    payload: dict[str, Any] = Field(default_factory=dict, sa_type=Json)  # ids alone
    again_of: int | None = Field(default=None, foreign_key="delivery.id", index=True)
    # The digest it is gathered in: it goes with that, and is claimed by nobody.
    digest_id: int | None = Field(default=None, foreign_key="delivery.id", index=True)
    resolved_by: str | None = None  # who pressed Send again or It arrived
    planned_at: datetime = Field(sa_type=UtcDateTime)
    settled_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    # Somebody must be told what became of it, and is not yet.
    to_report_at: datetime | None = Field(default=None, sa_type=UtcDateTime)


class Preference(Scoped, table=True):
    """
    How one person wants deliveries of one kind, or of every kind.
    """

    __table_args__ = (UniqueConstraint("task_force_id", "user_id", "kind"),)

    user_id: str
    kind: str  # "": every kind
    muted: bool
    quiet_from: time | None = None  # wall time in `zone`; with the next, both or neither
    quiet_until: time | None = None
    zone: str | None = None  # IANA
    digest: bool = Field(default=False, sa_column_kwargs={"server_default": false()})
    digest_at: time | None = None  # wall time in `digest_zone`; both or neither
    digest_zone: str | None = None  # IANA


class Series(Scoped, table=True):
    """
    How far the slots of a recurring plan have been planned.
    """

    __table_args__ = (UniqueConstraint("task_force_id", "key"),)

    key: str
    planned_until: datetime = Field(sa_type=UtcDateTime)
