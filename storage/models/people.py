"""
People: their roles, their requests, their seats, and what they did.
"""

from datetime import date, datetime
from enum import StrEnum

from sqlalchemy import Index, UniqueConstraint, text
from sqlmodel import Field

from storage.models.base import Json, Scoped, UtcDateTime


class RoleName(StrEnum):
    MEMBER = "member"
    COORDINATOR = "coordinator"
    ADMIN = "admin"


class Person(Scoped, table=True):
    """
    Somebody with a role here. A Slack id alone: names stay in Slack.
    """

    __table_args__ = (UniqueConstraint("task_force_id", "team_id", "user_id"),)

    team_id: str
    user_id: str


class Role(Scoped, table=True):
    __table_args__ = (UniqueConstraint("task_force_id", "person_id", "name", "scope"),)

    person_id: int = Field(foreign_key="person.id", index=True)
    name: str  # RoleName
    # The key of the collaborative a coordinator is for; "": of all of them.
    scope: str = Field(default="", sa_column_kwargs={"server_default": text("''")})
    granted_by: str  # "htbot grant", or the Slack id of who approved
    granted_at: datetime = Field(sa_type=UtcDateTime)


class Receipt(Scoped, table=True):
    """
    An interaction that had an effect: its repeat is recognised and has none.
    """

    __table_args__ = (UniqueConstraint("task_force_id", "digest"),)

    digest: str  # SHA-256 of Slack's own id for it; tells nothing of who or what
    received_at: datetime = Field(sa_type=UtcDateTime, index=True)


class RegistrationState(StrEnum):
    ASKED = "asked"
    APPROVED = "approved"
    DECLINED = "declined"
    WITHDRAWN = "withdrawn"


class Details(Scoped):
    """
    What a person says of themself and of their agency.

    Attributes:
        agency: as typed, where the directory does not list it.
        title: what they do there.
        languages: keys of `language`.
        contact_visibility: who may open the work contact: "members" or "coordinators".
        listed: who sees them in member lists: "members" or "coordinators".
    """

    name: str
    organization_id: int | None = Field(default=None, foreign_key="organization.id", index=True)
    agency: str | None = None
    title: str
    languages: list[str] = Field(default_factory=list, sa_type=Json)
    email: str | None = None
    phone: str | None = None
    contact_visibility: str = "coordinators"
    listed: str = "coordinators"


class Registration(Details, table=True):
    """
    A person's request to be a member. At most one of theirs is open.

    Attributes:
        open_person_id: whose, while it waits; None once it is decided.
        groups: "collaborative:KEY" and "subcommittee:KEY" their agency takes part in.
        seat_user_id: who sits there for the agency; None: nobody yet.
        question: what a coordinator wants to know before they decide.
        answer: what the asker said to it.
    """

    __table_args__ = (UniqueConstraint("task_force_id", "open_person_id"),)

    person_id: int = Field(foreign_key="person.id", index=True)
    open_person_id: int | None = Field(default=None, foreign_key="person.id")
    groups: list[str] = Field(default_factory=list, sa_type=Json)
    seat_user_id: str | None = None
    state: str  # RegistrationState
    version: int = 1  # grows with every change of it: a decision names the one it has seen
    question: str | None = None
    answer: str | None = None
    asked_at: datetime = Field(sa_type=UtcDateTime)
    decided_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    decided_by: str | None = None
    reason: str | None = None


class Member(Details, table=True):
    """
    A person the coordinators approved, until the membership lapses.
    """

    __table_args__ = (UniqueConstraint("task_force_id", "person_id"),)

    person_id: int = Field(foreign_key="person.id")
    approved_by: str
    approved_at: datetime = Field(sa_type=UtcDateTime)
    confirmed_on: date
    lapses_on: date = Field(index=True)  # the last day on which it can be confirmed
    ended_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    ended_as: str | None = None  # "lapsed" or "deactivated"


class Seat(Scoped, table=True):
    """
    An agency's place in a collaborative or a subcommittee, and who sits there.

    Attributes:
        group: "collaborative:KEY" or "subcommittee:KEY".
        user_id: Slack's id; None: empty.
        emptied_at: since when, where somebody sat there before.
    """

    __table_args__ = (
        UniqueConstraint("task_force_id", "organization_id", "group", "user_id"),
        Index(None, "task_force_id", "group"),
        Index(None, "task_force_id", "user_id"),
    )

    organization_id: int = Field(foreign_key="organization.id", index=True)
    group: str
    user_id: str | None = None
    since: datetime = Field(sa_type=UtcDateTime)
    emptied_at: datetime | None = Field(default=None, sa_type=UtcDateTime)


class SpokenLanguage(Scoped, table=True):
    """
    In which language somebody wants to be spoken to.
    """

    __tablename__ = "spoken_language"
    __table_args__ = (UniqueConstraint("task_force_id", "user_id"),)

    user_id: str
    language: str  # its code, "es"


class AuditEntry(Scoped, table=True):
    """
    Something somebody did. Rows are added and read, never changed; only a person's
    own ids give way to a word when they leave.

    Attributes:
        actor: Slack's id of who did it, or "htbot import" and the like.
        act: "registration.approved", in the past tense.
        subject: whom or what it was done to: a Slack id, or "organization:cvs".
        details: what is needed to understand it; no name, no contact, no count.
    """

    __tablename__ = "audit_entry"
    __table_args__ = (Index(None, "task_force_id", "at"),)

    at: datetime = Field(sa_type=UtcDateTime)
    actor: str
    act: str
    subject: str | None = None
    details: dict[str, str] = Field(default_factory=dict, sa_type=Json)
