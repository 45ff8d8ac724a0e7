"""
What may stand in a pack's files: one class an entry, one list a table.

Field names are the columns of `storage.models`; an entry refers to another by
its key. `storage/packs/README.md` tells a county how to write one.
"""

from datetime import date
from decimal import Decimal
from typing import Annotated, Literal, Self
from zoneinfo import available_timezones

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    StringConstraints,
    model_validator,
)

from storage.errors import UnknownHolidaysError
from storage.recurrence import check_holidays

_KEY = r"^[a-z0-9]+(-[a-z0-9]+)*$"
_TASK_FORCE_KEY = r"^[a-z0-9_]+$"
_LANGUAGE_CODE = r"^[a-z]{2,3}$"
_URL = r"^https://[^\s<>|]+$"
_EMAIL = r"^[^@\s<>|]+@[^@\s<>|]+\.[^@\s<>|]+$"
# Digits and what people write between them; 911, 988 and 211 are numbers too.
_NUMBER = r"^\+?\(?[0-9][0-9 ().-]{1,24}$"
_EXTENSION = r"^[0-9]{1,10}$"
_LANGUAGE = r"^[a-z]{2,3}$"
_FTE = r"^[0-9]*\.?[0-9]+$"
_FISCAL_YEAR = r"^([0-9]{4}-[0-9]{2}|)$"

# What to write instead, for an author whose text does not match.
HINTS = {
    _KEY: "small letters and digits with - between words, such as tip-line",
    _TASK_FORCE_KEY: "small letters and digits with _ between words, such as contra_costa",
    _LANGUAGE_CODE: "a language's code, such as es",
    _URL: "an address that begins with https://",
    _EMAIL: "an address such as name@example.org",
    _NUMBER: "a number as printed, such as 1 (800) 670-7273",
    _EXTENSION: "digits alone",
    _LANGUAGE: "a code of ISO 639 such as en",
    _FTE: 'full-time equivalents in quotes, such as ".58"',
    _FISCAL_YEAR: 'a fiscal year such as 2023-24, or "" where none is printed',
}

Key = Annotated[str, StringConstraints(pattern=_KEY, max_length=80)]
Line = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=2000)]
Url = Annotated[str, StringConstraints(pattern=_URL, max_length=2000)]
Email = Annotated[str, StringConstraints(pattern=_EMAIL)]
Number = Annotated[str, StringConstraints(pattern=_NUMBER)]


def _known_zone(name: str) -> str:
    if name not in available_timezones():
        raise ValueError("is not an IANA time zone such as America/Los_Angeles")
    return name


def _known_holidays(calendar: str) -> str:
    try:
        check_holidays(calendar)
    except UnknownHolidaysError:
        raise ValueError("is not a calendar of holidays such as US-CA") from None
    return calendar


def _no_bool(value: object) -> object:
    if isinstance(value, bool):
        raise ValueError("is true or false, not an amount")  # noqa: TRY004 - pydantic's way
    return value


class Entry(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class TaskForceEntry(Entry):
    """
    Attributes:
        holidays: the calendar that new series of meetings heed, "US-CA": an ISO 3166 code.
        reviewed: language code -> which certified translator reviewed the bot's words in it.
    """

    key: str = Field(pattern=_TASK_FORCE_KEY)
    name: Line
    county: Line
    timezone: Annotated[str, AfterValidator(_known_zone)]
    holidays: Annotated[str, AfterValidator(_known_holidays)] = "US"
    reviewed: dict[Annotated[str, Field(pattern=_LANGUAGE_CODE)], Line] = Field(
        default_factory=dict
    )


class SourceEntry(Entry):
    key: Key
    title: Line
    publisher: Line | None = None
    kind: Literal["deck", "page", "own"]
    url: Url | None = None
    as_of: date
    dated_as: Line | None = None
    verified_on: date | None = None
    note: Line | None = None


class Origin(Entry):
    """
    Where the entries of a file come from, unless an entry says otherwise.
    """

    source: Key | None = None
    place: Line | None = None


class Stated(Entry):
    """
    An entry inside another has its parent's where it gives none.

    Attributes:
        source: key of a source; without it, the file's `from`.
        place: slide heading as printed, or page; without it, the file's `from`.
        as_of: without it, the source's own date.
        verified_on: the day somebody of the task force checked it.
    """

    source: Key | None = None
    place: Line | None = None
    as_of: date | None = None
    verified_on: date | None = None


class FactEntry(Stated):
    key: Key


class PartEntry(Stated):
    """
    An entry inside another: its key may be left out, and is then made of its
    parent's key and its own words. Give one where the words may still change.
    """

    key: Key | None = None


class CollaborativeEntry(FactEntry):
    name: Line
    alternate_name: Line | None = None
    purpose: Line
    size: Line | None = None
    leadership: Line
    leads: tuple[Key, ...] = ()
    note: Line | None = None
    aliases: tuple[Line, ...] = ()


class SubcommitteeEntry(FactEntry):
    collaborative: Key
    name: Line
    purpose: Line | None = None
    proposed: bool = False
    roster: Literal["members", "coordinators"] = "members"


class MeetingEntry(FactEntry):
    """
    A series of meetings that is known to exist. When it meets is for coordinators to set:
    what a source once printed may not hold any more.

    Attributes:
        plain: titled "Meeting" in calendars and notices; its forms take no own words.
    """

    collaborative: Key | None = None
    subcommittee: Key | None = None
    name: Line
    plain: bool = False

    @model_validator(mode="after")
    def _is_of_one_group(self) -> Self:
        if (self.collaborative is None) == (self.subcommittee is None):
            raise ValueError("is of one collaborative or of one subcommittee: write one of them")
        return self


class DutyEntry(PartEntry):
    kind: Literal["duty", "mission", "project", "education", "subcontract", "part"]
    text: Line


class PhoneEntry(PartEntry):
    number: Number
    extension: str | None = Field(default=None, pattern=_EXTENSION)
    type: Literal["text", "voice", "fax", "cell", "video", "pager", "textphone"] = "voice"
    description: Line | None = None


class ContactEntry(PartEntry):
    name: Line
    title: Line | None = None
    email: Email | None = None
    visibility: Literal["coordinators", "members", "public"] = "coordinators"
    phones: tuple[PhoneEntry, ...] = ()


class OrganizationEntry(FactEntry):
    name: Line
    alternate_name: Line | None = None
    parent_organization: Key | None = None
    description: Line | None = None
    website: Url | None = None
    email: Email | None = None
    note: Line | None = None
    aliases: tuple[Line, ...] = ()
    duties: tuple[DutyEntry, ...] = ()
    phones: tuple[PhoneEntry, ...] = ()
    contacts: tuple[ContactEntry, ...] = ()


class ServiceEntry(PartEntry):
    name: Line
    organization: Key | None = None
    description: Line | None = None
    aliases: tuple[Line, ...] = ()


class TaxonomyTermEntry(FactEntry):
    taxonomy: Literal["service-group", "hotline-need", "hotline-person"]
    name: Line
    description: Line | None = None
    note: Line | None = None
    aliases: tuple[Line, ...] = ()
    services: tuple[ServiceEntry, ...] = ()


class LanguageEntry(FactEntry):
    code: str = Field(pattern=_LANGUAGE)
    name: Line
    aliases: tuple[Line, ...] = ()


class HotlineEntry(FactEntry):
    name: Line
    organization: Key | None = None
    kind: Line
    description: Line | None = None
    hours: Line | None = None
    caution: Line | None = None
    url: Url | None = None
    email: Email | None = None
    email_unconfirmed: bool = False
    needs: tuple[Key, ...] = ()
    persons: tuple[Key, ...] = ()
    languages: tuple[Key, ...] = ()
    aliases: tuple[Line, ...] = ()
    card: dict[Literal["en", "es"], Line] | None = None
    card_position: int = Field(default=0, ge=0)
    emergency: bool = False
    phones: tuple[PhoneEntry, ...] = ()


class FundingEntry(FactEntry):
    """
    Attributes:
        amounts: fiscal year as printed -> US dollars, or "N/A" as printed.
    """

    kind: Literal["partner", "partner-total", "staff", "staff-total"]
    team: Line | None = None
    purpose: Line | None = None
    organization: Key | None = None
    amounts: dict[
        Annotated[str, StringConstraints(pattern=_FISCAL_YEAR)],
        Annotated[Decimal, BeforeValidator(_no_bool), Field(ge=0, decimal_places=2)]
        | Literal["N/A"],
    ]
    fte: str | None = Field(default=None, pattern=_FTE)
    notes: dict[str, Line] = Field(default_factory=dict)  # fiscal year -> footnote


class GlossaryTermEntry(FactEntry):
    term: Line
    expansion: Line | None = None
    standing: Literal["key", "slide", "unexplained"]
    note: Line | None = None
    aliases: tuple[Line, ...] = ()


class TopicPointEntry(PartEntry):
    heading: Line | None = None
    text: Line


class TopicEntry(FactEntry):
    section: Key
    title: Line
    text: Line | None = None
    note: Line | None = None
    aliases: tuple[Line, ...] = ()
    points: tuple[TopicPointEntry, ...] = ()


class FigureEntry(FactEntry):
    """
    A table of counts as printed. It is served once it has passed the disclosure gate:
    see `storage.statistics`.

    Attributes:
        series: the same table, whatever its period: "member-served".
        period: as printed; *starts* and *ends* are its first and last day.
        unit: what is counted; served, contacts and identified never add up.
        threshold: counts below it are printed as "<threshold".
        rows: label -> one mark a column, as printed. A label or column Total, or one that
            begins with "Total ", is the total of the others.
        reporters: row label -> the organization that reported it, and so knows it.
        equations: [total, [parts]] over cells "series/row/column" ("series/row" where there
            is one column) of this period: what ties this table to others.
        aliases: what people call it.
    """

    series: Key
    program: Line
    title: Line
    period: Line
    starts: date
    ends: date
    unit: Line
    threshold: int = Field(default=10, ge=10)
    columns: tuple[Line, ...] = Field(min_length=1)
    rows: dict[Line, tuple[Annotated[int, Field(ge=0, strict=True)] | str, ...]]
    reporters: dict[Line, Key] = Field(default_factory=dict)
    equations: tuple[tuple[Line, tuple[Line, ...]], ...] = ()
    note: Line | None = None
    aliases: tuple[Line, ...] = ()

    @model_validator(mode="after")
    def _a_period_ends_after_it_starts(self) -> Self:
        if self.ends < self.starts:
            raise ValueError("ends before it starts")
        if strangers := self.reporters.keys() - self.rows.keys():
            raise ValueError(f"reporters: there is no row {min(strangers)!r}")
        return self

    @model_validator(mode="after")
    def _every_row_has_a_mark_for_every_column(self) -> Self:
        allowed = {f"<{self.threshold}", "N/A"}
        for label, marks in self.rows.items():
            if len(marks) != len(self.columns):
                raise ValueError(
                    f"row {label!r} has {len(marks)} marks for {len(self.columns)} columns"
                )
            if wrong := [mark for mark in marks if isinstance(mark, str) and mark not in allowed]:
                raise ValueError(f"row {label!r}: {wrong[0]!r} is none of {sorted(allowed)}")
            # No value is repeated: a small count belongs in no pack and in no message.
            if any(isinstance(mark, int) and 0 < mark < self.threshold for mark in marks):
                raise ValueError(
                    f"row {label!r} prints a count from 1 to {self.threshold - 1}: "
                    f'write "<{self.threshold}" instead'
                )
        return self


class PackFile(Entry):
    """
    One YAML file: any of these lists, in any file of the pack's folder.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)

    origin: Origin = Field(default=Origin(), alias="from")
    task_force: TaskForceEntry | None = None
    sources: tuple[SourceEntry, ...] = ()
    languages: tuple[LanguageEntry, ...] = ()
    taxonomy_terms: tuple[TaxonomyTermEntry, ...] = ()
    organizations: tuple[OrganizationEntry, ...] = ()
    collaboratives: tuple[CollaborativeEntry, ...] = ()
    subcommittees: tuple[SubcommitteeEntry, ...] = ()
    meetings: tuple[MeetingEntry, ...] = ()
    hotlines: tuple[HotlineEntry, ...] = ()
    funding: tuple[FundingEntry, ...] = ()
    glossary_terms: tuple[GlossaryTermEntry, ...] = ()
    topics: tuple[TopicEntry, ...] = ()
    figures: tuple[FigureEntry, ...] = ()
