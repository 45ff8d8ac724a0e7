"""
Tables. Imported by `storage` only; the rest of the code sees plain values.

Names are HSDS's (Open Referral 3.1) where HSDS has one: organization, service,
phone, contact, language, taxonomy_term, funding.
"""

from datetime import UTC, date, datetime, time
from enum import StrEnum
from typing import Any

from sqlalchemy import JSON, BigInteger, DateTime, Index, MetaData, UniqueConstraint, false
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


class RoleName(StrEnum):
    MEMBER = "member"
    COORDINATOR = "coordinator"
    ADMIN = "admin"


class ReleaseState(StrEnum):
    DRAFT = "draft"
    PUBLISHED = "published"
    DECLINED = "declined"
    REFUSED = "refused"  # by the gate


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


class Scoped(SQLModel):
    """
    A row of one task force. `storage.session` adds the filter to every query.
    """

    id: int | None = Field(default=None, primary_key=True)
    # Stamped by the session. Every table's unique key begins with it: no index of its own.
    task_force_id: int = Field(default=None, foreign_key="task_force.id", nullable=False)


class Source(Scoped, table=True):
    """
    Where facts come from: the deck, or a public page.
    """

    __table_args__ = (UniqueConstraint("task_force_id", "key"),)

    key: str
    title: str
    publisher: str | None = None
    # "deck": the task force's own; "page": read elsewhere; "own": the pack's words; "survey":
    # figures that agencies reported.
    kind: str
    url: str | None = None
    as_of: date
    dated_as: str | None = None  # how the date is said where the day is not known: "2025–26"
    verified_on: date | None = None
    note: str | None = None
    position: int = 0
    pack_values: dict[str, Any] | None = Field(default=None, sa_type=Json)
    retired_at: datetime | None = Field(default=None, sa_type=UtcDateTime)


class Fact(Scoped):
    """
    A row that came from a source, by the pack or by a coordinator's hand.

    Attributes:
        key: stable within its task force and table; the pack and links use it.
        place: slide heading as printed, or the page read.
        as_of: the day the fact was true by its source.
        verified_on: the day somebody of the task force checked it, or None.
        pack_values: the fields as the pack last gave them; a field that now
            differs was edited by a coordinator, and a newer pack leaves it alone.
        retired_at: no longer served, kept for the record.
    """

    key: str
    source_id: int = Field(foreign_key="source.id")
    place: str
    as_of: date
    verified_on: date | None = None
    position: int = 0
    pack_values: dict[str, Any] | None = Field(default=None, sa_type=Json)
    retired_at: datetime | None = Field(default=None, sa_type=UtcDateTime)


def _unique_key() -> tuple[UniqueConstraint]:
    return (UniqueConstraint("task_force_id", "key"),)


class Collaborative(Fact, table=True):
    __table_args__ = _unique_key()

    name: str
    alternate_name: str | None = None  # the abbreviation, "HTTF"
    purpose: str
    size: str | None = None  # as printed: "over 40 agencies"
    leadership: str  # "Co-led by", "Led by"
    leads: list[str] = Field(default_factory=list, sa_type=Json)  # organization keys
    note: str | None = None
    aliases: list[str] = Field(default_factory=list, sa_type=Json)


class Subcommittee(Fact, table=True):
    __table_args__ = _unique_key()

    collaborative_id: int = Field(foreign_key="collaborative.id", index=True)
    name: str
    purpose: str | None = None
    proposed: bool = False  # ours to suggest, the coordinators' to confirm
    roster: str = "members"  # who may see who sits there: "members" or "coordinators"


class Organization(Fact, table=True):
    __table_args__ = _unique_key()

    name: str
    alternate_name: str | None = None
    parent_organization_id: int | None = Field(default=None, foreign_key="organization.id")
    description: str | None = None
    website: str | None = None
    email: str | None = None
    note: str | None = None
    aliases: list[str] = Field(default_factory=list, sa_type=Json)


class Duty(Fact, table=True):
    """
    What an organization does, line by line, as its slide says.
    """

    __table_args__ = _unique_key()

    organization_id: int = Field(foreign_key="organization.id", index=True)
    kind: str  # "duty", "mission", "project", "education", "subcontract", "part"
    text: str


class TaxonomyTerm(Fact, table=True):
    """
    A class of services ("service group") or a hotline need or person.
    """

    __tablename__ = "taxonomy_term"
    __table_args__ = _unique_key()

    taxonomy: str  # "service-group", "hotline-need", "hotline-person"
    name: str
    description: str | None = None
    note: str | None = None
    aliases: list[str] = Field(default_factory=list, sa_type=Json)


class Service(Fact, table=True):
    __table_args__ = _unique_key()

    name: str
    taxonomy_term_id: int = Field(foreign_key="taxonomy_term.id", index=True)
    organization_id: int | None = Field(default=None, foreign_key="organization.id")
    description: str | None = None
    aliases: list[str] = Field(default_factory=list, sa_type=Json)


class Language(Fact, table=True):
    __table_args__ = _unique_key()

    code: str  # ISO 639-1 as in HSDS
    name: str
    aliases: list[str] = Field(default_factory=list, sa_type=Json)


class Hotline(Fact, table=True):
    """
    A line a person can turn to. Its numbers are rows of `phone`.
    """

    __table_args__ = _unique_key()

    name: str
    organization_id: int | None = Field(default=None, foreign_key="organization.id")
    kind: str  # short, shown beside the name: "crisis", "report", "tip" …
    description: str | None = None
    hours: str | None = None  # None: not in our sources
    caution: str | None = None  # what it is not: "not a crisis line"
    url: str | None = None
    email: str | None = None
    email_unconfirmed: bool = False  # as printed, looks mistyped: never a link
    needs: list[str] = Field(default_factory=list, sa_type=Json)  # taxonomy_term keys
    persons: list[str] = Field(default_factory=list, sa_type=Json)  # taxonomy_term keys
    languages: list[str] = Field(default_factory=list, sa_type=Json)  # language keys
    aliases: list[str] = Field(default_factory=list, sa_type=Json)
    card: dict[str, str] | None = Field(default=None, sa_type=Json)  # language -> line of the card
    card_position: int = Field(default=0, sa_column_kwargs={"server_default": "0"})  # there, from 1
    emergency: bool = False  # 911: always first, never with a source note


class Contact(Fact, table=True):
    __table_args__ = _unique_key()

    organization_id: int = Field(foreign_key="organization.id", index=True)
    name: str
    title: str | None = None
    email: str | None = None
    visibility: str = "coordinators"  # or "members", "public"


class Phone(Fact, table=True):
    __table_args__ = _unique_key()

    number: str  # as printed
    extension: str | None = None
    type: str = "voice"  # HSDS: text, voice, fax, cell, video, pager, textphone
    description: str | None = None
    hotline_id: int | None = Field(default=None, foreign_key="hotline.id", index=True)
    organization_id: int | None = Field(default=None, foreign_key="organization.id", index=True)
    contact_id: int | None = Field(default=None, foreign_key="contact.id", index=True)


class Funding(Fact, table=True):
    """
    One amount of one fiscal year, or a printed total.
    """

    __table_args__ = _unique_key()

    kind: str  # "partner", "partner-total", "staff", "staff-total"
    team: str | None = None
    purpose: str | None = None
    organization_id: int | None = Field(default=None, foreign_key="organization.id", index=True)
    fiscal_year: str | None = None  # "2023-24"; None where the slide prints none
    amount_cents: int | None = Field(
        default=None, sa_type=BigInteger
    )  # US cents; None: N/A as printed
    fte: str | None = None  # full-time equivalents as printed, ".58"
    note: str | None = None


class GlossaryTerm(Fact, table=True):
    __tablename__ = "glossary_term"
    __table_args__ = _unique_key()

    term: str
    expansion: str | None = None  # None: the deck uses it and never says
    standing: str  # "key": in the acronyms key; "slide": expanded on a slide; "unexplained"
    note: str | None = None
    aliases: list[str] = Field(default_factory=list, sa_type=Json)


class Topic(Fact, table=True):
    """
    A slide's subject: a model, a prevention tier, a gap … with its points.
    """

    __table_args__ = _unique_key()

    section: str  # "model", "principle", "tier", "level", "gap", "equity", "tech", …
    title: str
    text: str | None = None
    note: str | None = None
    aliases: list[str] = Field(default_factory=list, sa_type=Json)


class TopicPoint(Fact, table=True):
    __tablename__ = "topic_point"
    __table_args__ = _unique_key()

    topic_id: int = Field(foreign_key="topic.id", index=True)
    heading: str | None = None  # "Risk factors", "Responses" …
    text: str


class StatisticSeries(Scoped, table=True):
    """
    One table of counts over time. What its figures mean stands on each release.
    """

    __tablename__ = "statistic_series"
    __table_args__ = _unique_key()

    key: str
    program: str
    title: str
    aliases: list[str] = Field(default_factory=list, sa_type=Json)
    position: int = 0
    # Served no longer; what was published of it stays known, and on the ledger.
    retired_at: datetime | None = Field(default=None, sa_type=UtcDateTime)


class Release(Scoped, table=True):
    """
    One table of one period, as it went out or waits to. Immutable once published: a
    correction is a release of its own.

    Attributes:
        number: from 1 within its series and period; a correction has the next.
        structure: its dimensions, who knows which cells, and its equations: no figures.
        ledger: how many releases were out when the gate looked.
        digest: of what the pack gave; the same again is no new release. No counts are in it.
        report: the gate's, line by line, without a solved value.
    """

    __tablename__ = "statistic_release"
    __table_args__ = (UniqueConstraint("task_force_id", "series_id", "starts", "ends", "number"),)

    series_id: int = Field(foreign_key="statistic_series.id", index=True)
    program: str  # what the series is called from here on, once this is published
    title: str
    period: str
    starts: date
    ends: date  # the last day of it
    number: int
    unit: str
    threshold: int
    note: str | None = None  # coverage: "Not all members represented."
    source_id: int = Field(foreign_key="source.id")
    place: str
    as_of: date
    structure: dict[str, Any] = Field(sa_type=Json)
    state: str  # ReleaseState
    ledger: int
    digest: str | None = None
    report: list[str] = Field(default_factory=list, sa_type=Json)
    cost: int | None = None
    bound: int | None = None
    drafted_by: str
    drafted_at: datetime = Field(sa_type=UtcDateTime)
    decided_by: str | None = None
    decided_at: datetime | None = Field(default=None, sa_type=UtcDateTime)


class ReleaseCell(Scoped, table=True):
    """
    What a release prints in one cell. No count is here that is not printed.
    """

    __tablename__ = "statistic_cell"
    __table_args__ = (UniqueConstraint("task_force_id", "release_id", "position"),)

    release_id: int = Field(foreign_key="statistic_release.id")
    position: int
    labels: list[str] = Field(sa_type=Json)  # one a dimension
    state: str  # of storage.disclosure.states.State
    value: int | None = Field(default=None, sa_type=BigInteger)  # printed number, or threshold


class SealedCounts(Scoped, table=True):
    """
    The counts behind a release, all of them in one sealed value: read by the gate alone.
    """

    __tablename__ = "sealed_counts"
    __table_args__ = (UniqueConstraint("task_force_id", "release_id"),)

    release_id: int = Field(foreign_key="statistic_release.id")
    sealed: bytes = Field(repr=False)
    sealed_at: datetime = Field(sa_type=UtcDateTime, index=True)


class Person(Scoped, table=True):
    """
    Somebody with a role here. A Slack id alone: names stay in Slack.
    """

    __table_args__ = (UniqueConstraint("task_force_id", "team_id", "user_id"),)

    team_id: str
    user_id: str


class Role(Scoped, table=True):
    __table_args__ = (UniqueConstraint("task_force_id", "person_id", "name"),)

    person_id: int = Field(foreign_key="person.id", index=True)
    name: str  # RoleName
    granted_by: str  # "htbot grant", or the Slack id of who approved
    granted_at: datetime = Field(sa_type=UtcDateTime)


class Receipt(Scoped, table=True):
    """
    An interaction that had an effect: its repeat is recognised and has none.
    """

    __table_args__ = (UniqueConstraint("task_force_id", "digest"),)

    digest: str  # SHA-256 of Slack's own id for it; tells nothing of who or what
    received_at: datetime = Field(sa_type=UtcDateTime, index=True)


# Deliveries: what the bot tells by itself, and how each of it went.


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
