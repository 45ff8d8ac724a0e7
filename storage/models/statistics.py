"""
Published tables of counts, and the sealed counts behind them.
"""

from datetime import date, datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import BigInteger, UniqueConstraint
from sqlmodel import Field

from storage.models.base import Json, Scoped, UtcDateTime, unique_key


class ReleaseState(StrEnum):
    DRAFT = "draft"
    PUBLISHED = "published"
    DECLINED = "declined"
    REFUSED = "refused"  # by the gate


class StatisticSeries(Scoped, table=True):
    """
    One table of counts over time. What its figures mean stands on each release.
    """

    __tablename__ = "statistic_series"
    __table_args__ = unique_key()

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
