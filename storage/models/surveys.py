"""
Surveys: what is asked of agencies and until when, and what each of them said, sealed.
"""

from datetime import date, datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import Index, UniqueConstraint
from sqlmodel import Field

from storage.models.base import Json, Scoped, UtcDateTime


class CycleKind(StrEnum):
    TABLE = "table"  # becomes a table of the statistics
    QUESTIONS = "questions"  # stays with the coordinators


class CycleState(StrEnum):
    PLANNED = "planned"
    OPEN = "open"
    CLOSING = "closing"  # frozen: what comes of it is being worked out
    CLOSED = "closed"
    CANCELLED = "cancelled"


class AgencyState(StrEnum):
    SILENT = "silent"  # perhaps with a draft
    ANSWERED = "answered"
    EMAILED = "emailed"  # says that it sent its figures by e-mail
    DECLINED = "declined"
    NOT_OURS = "not ours"


class SurveyCycle(Scoped, table=True):
    """
    One survey of one period. No figure is in it but the marks of `results`.

    Attributes:
        series, program, title, unit, threshold, apart: of the table it becomes.
        period: as people read it; *starts* and *ends* are its first and last day.
        dims: of the table, without its rows, which are the agencies: no figures.
        questions: of one that becomes no table: text and options; no options: a number.
        opens_on … closes_on: local days; answers are taken until *grace_on*, with it.
        version: grows with every change of what is asked or until when.
        shaped_by: who was the last to define or extend it, or to fill in a sheet for it:
            they sign if it closes by itself. None: nobody can tell.
        closed_by: who signs what it becomes, and so cannot publish it.
        outcome: "drafted", "refused", "nothing" or "results".
        reasons: why the gate refused, without a value.
        results: of questions, as may be shown.
        progress: what its coordinator was told last of how it goes.
        purged_at: when the counts of its answers were deleted.
    """

    __tablename__ = "survey_cycle"
    __table_args__ = (Index(None, "task_force_id", "state"),)

    name: str
    kind: str  # CycleKind
    series: str | None = None
    program: str | None = None
    title: str | None = None
    unit: str | None = None
    threshold: int = 10
    apart: bool = False
    period: str | None = None
    starts: date | None = None
    ends: date | None = None
    dims: list[dict[str, Any]] = Field(default_factory=list, sa_type=Json)
    questions: list[dict[str, Any]] = Field(default_factory=list, sa_type=Json)
    opens_on: date
    due_on: date
    grace_on: date
    closes_on: date
    responsible: str | None = None
    state: str  # CycleState
    version: int = 1
    defined_at: datetime = Field(sa_type=UtcDateTime)
    opened_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    shaped_by: str | None = None
    closed_by: str | None = None
    closed_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    outcome: str | None = None
    reasons: list[str] = Field(default_factory=list, sa_type=Json)
    results: list[dict[str, Any]] = Field(default_factory=list, sa_type=Json)
    release_id: int | None = Field(default=None, foreign_key="statistic_release.id")
    progress: str = ""
    progress_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    purged_at: datetime | None = Field(default=None, sa_type=UtcDateTime)


class SurveyAgency(Scoped, table=True):
    """
    What one agency said to a survey: a draft, and what it sent in, each of them sealed.

    Attributes:
        version: grows with every change: who saw another one is too late.
        draft: what is not sent in yet, over what is; None: nothing.
        answer: what was sent in last.
        said_by, said_at: of declined, sent by e-mail, not ours.
        nudges: how often it was asked to answer; *nudged_on*: when last, a local day.
    """

    __tablename__ = "survey_agency"
    __table_args__ = (UniqueConstraint("task_force_id", "cycle_id", "organization_id"),)

    cycle_id: int = Field(foreign_key="survey_cycle.id", index=True)
    organization_id: int = Field(foreign_key="organization.id")
    state: str  # AgencyState
    version: int = 1
    draft: bytes | None = Field(default=None, repr=False)
    saved_by: str | None = None
    saved_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    answer: bytes | None = Field(default=None, repr=False)
    sent_by: str | None = None
    sent_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    said_by: str | None = None
    said_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    nudges: int = 0
    nudged_on: date | None = None
