"""
How the bot itself is doing, and how often its database changed.
"""

from datetime import datetime

from sqlalchemy import UniqueConstraint
from sqlmodel import Field

from storage.models.base import Scoped, UtcDateTime


class JobTrouble(Scoped, table=True):
    """
    Something the bot does by itself, and fails to do; the latest time of each.

    Attributes:
        job: what it is, in words: "planning reminders".
        reason: the error's class; what it says may quote somebody.
        reference: what the log calls it.
        over_at: since when it works again; None: it does not.
    """

    __tablename__ = "job_trouble"
    __table_args__ = (UniqueConstraint("task_force_id", "job"),)

    job: str
    reason: str
    reference: str
    since: datetime = Field(sa_type=UtcDateTime)
    over_at: datetime | None = Field(default=None, sa_type=UtcDateTime)


class Revision(Scoped, table=True):
    """
    Counts the transactions that changed a table's rows, so that processes which share the
    database see what they have to read anew. Whoever writes first makes the row.

    Attributes:
        changed: the table's name.
    """

    __table_args__ = (UniqueConstraint("task_force_id", "changed"),)

    changed: str
    number: int
