"""
Meetings: series, what differs on one day, and what people want told of them.
"""

from datetime import date, datetime, time
from enum import StrEnum

from sqlalchemy import Index, UniqueConstraint, text
from sqlmodel import Field

from storage.models.base import Scoped, UtcDateTime


class HolidayPolicy(StrEnum):
    SKIP = "skip"
    EARLIER = "earlier"  # the working day before
    LATER = "later"  # the working day after


class MeetingSeries(Scoped, table=True):
    """
    A meeting that takes place once or again and again. There is nowhere to write what it
    is about.

    Attributes:
        key: of the pack's; made up for a coordinator's own.
        group: "collaborative:KEY" or "subcommittee:KEY".
        plain: titled "Meeting" in calendars and notices.
        starts_on: first local date; None: the dates are not set yet.
        starts_at: local wall time in `zone`.
        rule: RFC 5545's RRULE without an end; "": once.
        ends_on: no occurrence is originally later than this local date.
        on_holiday: HolidayPolicy.
        holidays: the calendar that says what a holiday is, "US-CA"; "": none are.
        location: RFC 5545's word for the place.
        uid: RFC 5545's UID, which never changes.
        sequence: RFC 5545's SEQUENCE: grows with all that a calendar shows.
        version: grows with every change: a form names the one it was filled from.
        follows_id: the series whose part this was until it was changed from a day on.
    """

    __tablename__ = "meeting_series"
    __table_args__ = (
        UniqueConstraint("task_force_id", "key"),
        UniqueConstraint("uid"),
        Index(None, "task_force_id", "group"),
    )

    key: str
    group: str
    name: str
    plain: bool
    starts_on: date | None = None
    starts_at: time | None = None
    minutes: int = 60
    zone: str  # IANA
    rule: str = ""
    ends_on: date | None = None
    on_holiday: str = HolidayPolicy.SKIP.value
    holidays: str = ""
    location: str | None = None
    link: str | None = None
    uid: str
    sequence: int = 0
    version: int = 1
    follows_id: int | None = Field(default=None, foreign_key="meeting_series.id", index=True)
    changed_at: datetime = Field(sa_type=UtcDateTime)
    cancelled_at: datetime | None = Field(default=None, sa_type=UtcDateTime)


class MeetingException(Scoped, table=True):
    """
    What differs for one occurrence of a series.

    Attributes:
        occurrence: its original local start, RFC 5545's RECURRENCE-ID: "2026-03-10T10:00".
        state: "set" (to the time and place here), "skipped" or "cancelled".
        starts: local start instead of the original one, in the same words.
        location, link: instead of the series'; None: as the series.
        sequence: what the series' own was when this was last changed.
    """

    __tablename__ = "meeting_exception"
    __table_args__ = (UniqueConstraint("task_force_id", "series_id", "occurrence"),)

    series_id: int = Field(foreign_key="meeting_series.id", index=True)
    occurrence: str
    state: str
    starts: str | None = None
    location: str | None = None
    link: str | None = None
    sequence: int
    changed_at: datetime = Field(sa_type=UtcDateTime)


class MeetingChange(Scoped, table=True):
    """
    Something that whoever was reminded already must hear of.

    Attributes:
        what: "set" (at first), "moved", "placed" (place or link), "skipped", "cancelled",
            "restored".
        occurrence: the one concerned; None: every one from `since_on`.
        since_on: first original local date concerned.
        successor_id: the series that takes place instead from `since_on` on.
        told_at: when it was seen to that they do; None: not yet.
    """

    __tablename__ = "meeting_change"
    __table_args__ = (Index(None, "task_force_id", "made_at"),)

    series_id: int = Field(foreign_key="meeting_series.id", index=True)
    what: str
    occurrence: str | None = None
    since_on: date | None = None
    successor_id: int | None = Field(default=None, foreign_key="meeting_series.id", index=True)
    made_at: datetime = Field(sa_type=UtcDateTime)
    told_at: datetime | None = Field(default=None, sa_type=UtcDateTime)


class MeetingDraft(Scoped, table=True):
    """
    A series as somebody filled it in, until they have seen its dates and save it.

    Attributes:
        key: made up, never twice: a button saves what was shown above it, and no other.
        series_id: the one it changes; None: a new one.
        version: of that series, when it was filled in.
        since_on: from which original local date on it changes.
    """

    __tablename__ = "meeting_draft"
    __table_args__ = (UniqueConstraint("task_force_id", "team_id", "user_id"),)

    key: str
    team_id: str
    user_id: str
    series_id: int | None = Field(default=None, foreign_key="meeting_series.id", index=True)
    version: int | None = None
    since_on: date | None = None
    group: str
    name: str
    starts_on: date
    starts_at: time
    minutes: int
    zone: str
    rule: str
    ends_on: date | None = None
    on_holiday: str
    holidays: str
    location: str | None = None
    link: str | None = None
    made_at: datetime = Field(sa_type=UtcDateTime)


class CalendarFeed(Scoped, table=True):
    """
    An address at which somebody's calendar program reads their meetings.

    Attributes:
        group: "collaborative:KEY"; "": every meeting of theirs.
        token_digest: SHA-256 of what the address ends in, which is kept nowhere.
    """

    __tablename__ = "calendar_feed"
    __table_args__ = (
        UniqueConstraint("task_force_id", "team_id", "user_id", "group"),
        UniqueConstraint("token_digest"),
    )

    team_id: str
    user_id: str
    group: str = Field(default="", sa_column_kwargs={"server_default": text("''")})
    token_digest: str
    made_at: datetime = Field(sa_type=UtcDateTime)


class ReminderLead(Scoped, table=True):
    """
    How long before the meetings of a series somebody is reminded, and who.

    Attributes:
        role: of the people of the series only those with it, "role:coordinators"; "": all.
        to_people: each of them gets a message.
        channel: Slack's id of a channel that gets one.
    """

    __tablename__ = "reminder_lead"
    __table_args__ = (UniqueConstraint("task_force_id", "series_id", "minutes", "role"),)

    series_id: int = Field(foreign_key="meeting_series.id", index=True)
    minutes: int  # before the start
    role: str = Field(default="", sa_column_kwargs={"server_default": text("''")})
    to_people: bool = True
    channel: str | None = None


class Attendance(Scoped, table=True):
    """
    What somebody said about coming to one occurrence.

    Attributes:
        answer: "yes", "no", "maybe" or "delegate".
        delegate_user_id: Slack's id of whom they send.
    """

    __table_args__ = (UniqueConstraint("task_force_id", "series_id", "occurrence", "user_id"),)

    series_id: int = Field(foreign_key="meeting_series.id", index=True)
    occurrence: str
    user_id: str
    answer: str
    delegate_user_id: str | None = None
    answered_at: datetime = Field(sa_type=UtcDateTime)


class Snooze(Scoped, table=True):
    """
    When somebody wants to be reminded of one occurrence once more.
    """

    __table_args__ = (UniqueConstraint("task_force_id", "series_id", "occurrence", "user_id"),)

    series_id: int = Field(foreign_key="meeting_series.id", index=True)
    occurrence: str
    user_id: str
    until: datetime = Field(sa_type=UtcDateTime)


class SeriesMute(Scoped, table=True):
    """
    A series of which somebody wants no reminder.
    """

    __tablename__ = "series_mute"
    __table_args__ = (UniqueConstraint("task_force_id", "series_id", "user_id"),)

    series_id: int = Field(foreign_key="meeting_series.id", index=True)
    user_id: str
    muted_at: datetime = Field(sa_type=UtcDateTime)


class AgendaWish(Scoped, table=True):
    """
    That somebody wants the meetings of the week to come in one message.

    Attributes:
        weekday: on which it comes; 0 is Monday.
        at: local wall time; None: as the digest.
        days: how far ahead it looks.
    """

    __tablename__ = "agenda_wish"
    __table_args__ = (UniqueConstraint("task_force_id", "user_id"),)

    user_id: str
    weekday: int = 0
    at: time | None = None
    days: int = Field(default=7, sa_column_kwargs={"server_default": text("7")})
    wished_at: datetime = Field(sa_type=UtcDateTime)
