"""
Broadcasts: what coordinators tell many at once, to whom, and who has read it.
"""

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import Index, UniqueConstraint
from sqlmodel import Field

from storage.models.base import Json, Scoped, UtcDateTime


class BroadcastState(StrEnum):
    DRAFT = "draft"
    WAITING = "waiting"  # for a second coordinator
    SCHEDULED = "scheduled"
    SENDING = "sending"
    PAUSED = "paused"
    SENT = "sent"
    ABORTED = "aborted"


class Reminding(StrEnum):
    GOING = "going"
    PAUSED = "paused"
    ENDED = "ended"  # what is on its way just then is not sent either


class CorrectionState(StrEnum):
    DRAFT = "draft"  # its proposer looks at it
    WAITING = "waiting"  # for a second coordinator
    DECLINED = "declined"
    WITHDRAWN = "withdrawn"  # by its proposer, or another one took its place
    WRITING = "writing"  # into the messages that stand
    WRITTEN = "written"


class Broadcast(Scoped, table=True):
    """
    A text for many.

    Attributes:
        kind: "broadcast" or "emergency".
        audience: refs, "subcommittee:KEY" and the like: whoever is in any of them.
        only: refs of roles: of those only who has one of these; empty: all of them.
        harmless: the text may stand on a lock screen.
        send_at: None: as soon as it may; of what repeats, when it is due next.
        first_at: when its first run was due: what repeats keeps to that day and time.
        repeat: "daily", "weekly" or "monthly", at the same local time.
        run: grows with every repetition; the first is 1.
        version: grows with every change: an approval names the one it has seen.
        people: how many it was for when it was last counted.
        corrections: when and what it said before, oldest first.
        progress: what the sender was told last of how it goes.
        reminders: how those go that were sent last, of whatever run; None: none is left.
    """

    __table_args__ = (Index(None, "task_force_id", "state", "send_at"),)

    team_id: str
    sender: str
    kind: str
    text: str
    audience: list[str] = Field(sa_type=Json)
    only: list[str] = Field(default_factory=list, sa_type=Json)
    wants_ack: bool
    harmless: bool
    send_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    first_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    repeat: str | None = None
    run: int = 1
    state: str  # BroadcastState
    version: int = 1
    people: int = 0
    approved_by: str | None = None
    approved_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    reason: str | None = None  # why a second coordinator said no
    corrections: list[dict[str, Any]] = Field(default_factory=list, sa_type=Json)
    progress: str = ""
    progress_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    reminders: str | None = None  # Reminding
    drafted_at: datetime = Field(sa_type=UtcDateTime)
    started_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    ended_at: datetime | None = Field(default=None, sa_type=UtcDateTime)


class BroadcastReader(Scoped, table=True):
    """
    Somebody a run of a broadcast was for, and why; and when they said that they read it.
    """

    __tablename__ = "broadcast_reader"
    __table_args__ = (UniqueConstraint("task_force_id", "broadcast_id", "run", "user_id"),)

    broadcast_id: int = Field(foreign_key="broadcast.id", index=True)
    run: int
    user_id: str  # Slack's id of a person or a channel
    why: list[str] = Field(default_factory=list, sa_type=Json)  # refs
    acknowledged_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    reminded_at: datetime | None = Field(default=None, sa_type=UtcDateTime)


class BroadcastCorrection(Scoped, table=True):
    """
    What a broadcast that was sent is to say from some moment on, and who decides on it.
    Its readers are shown what it said until that.
    """

    __tablename__ = "broadcast_correction"
    __table_args__ = (Index(None, "task_force_id", "state"),)

    broadcast_id: int = Field(foreign_key="broadcast.id", index=True)
    text: str
    state: str  # CorrectionState
    proposed_by: str
    proposed_at: datetime = Field(sa_type=UtcDateTime)
    decided_by: str | None = None  # the second coordinator; None: nobody was needed
    decided_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    reason: str | None = None  # why a second coordinator said no
    made_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    written_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
