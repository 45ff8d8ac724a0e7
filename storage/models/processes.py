"""
Processes: which of them run on this database, and when each was heard of last.
"""

from datetime import datetime

from sqlalchemy import UniqueConstraint
from sqlmodel import Field

from storage.models.base import Scoped, UtcDateTime


class Process(Scoped, table=True):
    """
    A process that answers Slack. It deletes its row when it ends as it should.

    Attributes:
        name: of the machine, with the process's number: "desk:4711:9f3a".
        every_seconds: how often it says that it is there.
        counts: it counts its changes in `revision`; None: it is of a version that does not yet,
            while the bot is being upgraded.
    """

    __table_args__ = (UniqueConstraint("task_force_id", "name"),)

    name: str
    started_at: datetime = Field(sa_type=UtcDateTime)
    ticked_at: datetime = Field(sa_type=UtcDateTime)
    every_seconds: float
    counts: bool | None = None
