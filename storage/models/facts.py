"""
Facts: what the pack gives and coordinators edit.
"""

from datetime import date, datetime
from typing import Any

from sqlalchemy import BigInteger, UniqueConstraint
from sqlmodel import Field

from storage.models.base import Json, Scoped, UtcDateTime, unique_key


class Source(Scoped, table=True):
    """
    Where facts come from: the deck, or a public page.
    """

    __table_args__ = (UniqueConstraint("task_force_id", "key"),)

    key: str
    title: str
    publisher: str | None = None
    # "deck": the task force's own; "page": read elsewhere; "own": the pack's words; "survey":
    # figures that agencies reported; "entered": by people of the task force.
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


class Collaborative(Fact, table=True):
    __table_args__ = unique_key()

    name: str
    alternate_name: str | None = None  # the abbreviation, "HTTF"
    purpose: str
    size: str | None = None  # as printed: "over 40 agencies"
    leadership: str  # "Co-led by", "Led by"
    leads: list[str] = Field(default_factory=list, sa_type=Json)  # organization keys
    note: str | None = None
    aliases: list[str] = Field(default_factory=list, sa_type=Json)


class Subcommittee(Fact, table=True):
    __table_args__ = unique_key()

    collaborative_id: int = Field(foreign_key="collaborative.id", index=True)
    name: str
    purpose: str | None = None
    proposed: bool = False  # ours to suggest, the coordinators' to confirm
    roster: str = "members"  # who may see who sits there: "members" or "coordinators"


class Organization(Fact, table=True):
    __table_args__ = unique_key()

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

    __table_args__ = unique_key()

    organization_id: int = Field(foreign_key="organization.id", index=True)
    kind: str  # "duty", "mission", "project", "education", "subcontract", "part"
    text: str


class TaxonomyTerm(Fact, table=True):
    """
    A class of services ("service group") or a hotline need or person.
    """

    __tablename__ = "taxonomy_term"
    __table_args__ = unique_key()

    taxonomy: str  # "service-group", "hotline-need", "hotline-person"
    name: str
    description: str | None = None
    note: str | None = None
    aliases: list[str] = Field(default_factory=list, sa_type=Json)


class Service(Fact, table=True):
    __table_args__ = unique_key()

    name: str
    taxonomy_term_id: int = Field(foreign_key="taxonomy_term.id", index=True)
    organization_id: int | None = Field(default=None, foreign_key="organization.id")
    description: str | None = None
    aliases: list[str] = Field(default_factory=list, sa_type=Json)


class Language(Fact, table=True):
    __table_args__ = unique_key()

    code: str  # ISO 639-1 as in HSDS
    name: str
    aliases: list[str] = Field(default_factory=list, sa_type=Json)


class Hotline(Fact, table=True):
    """
    A line a person can turn to. Its numbers are rows of `phone`.
    """

    __table_args__ = unique_key()

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
    __table_args__ = unique_key()

    organization_id: int = Field(foreign_key="organization.id", index=True)
    name: str
    title: str | None = None
    email: str | None = None
    visibility: str = "coordinators"  # or "members", "public"


class Phone(Fact, table=True):
    __table_args__ = unique_key()

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

    __table_args__ = unique_key()

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
    __table_args__ = unique_key()

    term: str
    expansion: str | None = None  # None: the deck uses it and never says
    standing: str  # "key": in the acronyms key; "slide": expanded on a slide; "unexplained"
    note: str | None = None
    aliases: list[str] = Field(default_factory=list, sa_type=Json)


class Topic(Fact, table=True):
    """
    A slide's subject: a model, a prevention tier, a gap … with its points.
    """

    __table_args__ = unique_key()

    section: str  # "model", "principle", "tier", "level", "gap", "equity", "tech", …
    title: str
    text: str | None = None
    note: str | None = None
    aliases: list[str] = Field(default_factory=list, sa_type=Json)


class TopicPoint(Fact, table=True):
    __tablename__ = "topic_point"
    __table_args__ = unique_key()

    topic_id: int = Field(foreign_key="topic.id", index=True)
    heading: str | None = None  # "Risk factors", "Responses" …
    text: str
