"""
What was published, as anybody may read it: marks, and numbers that are marks themselves.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from zoneinfo import ZoneInfo

from sqlmodel import col, select

from storage.disclosure.states import Mark, State
from storage.kept import kept
from storage.models import (
    Organization,
    Release,
    ReleaseCell,
    ReleaseState,
    Source,
    StatisticSeries,
)
from storage.provenance import Provenance, columns_served
from storage.session import Session
from storage.statistics.sheets import Labels, Structure, name_of
from storage.task_forces import task_force


@dataclass(frozen=True, kw_only=True)
class Published:
    """
    One table of one period, as it is out, or waits to be.

    Attributes:
        id: the number a coordinator calls it by.
        number: counts the tables of this series and period, drafts included.
        correction: how often this period was published before, 0 for never.
        cells: in the order of the table.
        reporters: label of the first dimension → names of the agency that reported it.
        drafted_by, decided_by: Slack ids, or "pack".
        drafted_at, decided_at: in the task force's own zone.
    """

    id: int
    series: str
    program: str
    title: str
    aliases: tuple[str, ...]
    unit: str
    period: str
    starts: date
    ends: date
    number: int
    correction: int
    threshold: int
    note: str | None
    structure: Structure
    cells: Mapping[Labels, Mark]
    reporters: Mapping[str, tuple[str, ...]]
    provenance: Provenance
    state: ReleaseState
    report: tuple[str, ...]
    drafted_by: str
    drafted_at: datetime
    decided_by: str | None
    decided_at: datetime | None

    @property
    def name(self) -> str:
        """
        What the gate's report calls it.
        """
        return name_of(self.series, self.period, number=self.number)

    @property
    def withheld(self) -> tuple[Labels, ...]:
        return tuple(labels for labels, mark in self.cells.items() if mark.state is State.WITHHELD)

    @property
    def totals(self) -> tuple[frozenset[str], ...]:
        """
        The labels of each dimension that are a total of others.
        """
        return tuple(frozenset(each.tree) for each in self.structure.dimensions)


@kept
def published(session: Session) -> tuple[Published, ...]:
    """
    Return the newest release of every series and period that is served, the latest
    period of each series first.
    """
    every = _read(session, [ReleaseState.PUBLISHED])
    newest: dict[tuple[str, date, date], Published] = {}
    for each in every:  # in the order they went: a correction takes the place of what it corrects
        newest[each.series, each.starts, each.ends] = each
    return tuple(newest.values())


def drafts(session: Session) -> tuple[Published, ...]:
    """
    Return the tables that wait for a second coordinator, oldest first.
    """
    return tuple(sorted(_read(session, [ReleaseState.DRAFT]), key=lambda each: each.id))


def decisions(session: Session) -> tuple[Published, ...]:
    """
    Return every table that was published or refused, the newest decision first.
    """
    found = _read(session, [ReleaseState.PUBLISHED, ReleaseState.REFUSED], retired=True)
    return tuple(sorted(found, key=lambda each: -each.id))


def _read(
    session: Session, states: Iterable[ReleaseState], *, retired: bool = False
) -> list[Published]:
    query = (
        select(Release, StatisticSeries, Source)
        .join(StatisticSeries, col(Release.series_id) == col(StatisticSeries.id))
        .join(Source, col(Release.source_id) == col(Source.id))
        .where(col(Release.state).in_([state.value for state in states]))
        .order_by(
            col(StatisticSeries.position),
            col(StatisticSeries.id),
            col(Release.ends).desc(),
            col(Release.starts),
            col(Release.decided_at),
            col(Release.id),
        )
    )
    if not retired:
        query = query.where(col(StatisticSeries.retired_at).is_(None))
    rows = session.exec(query).all()
    cells: dict[int, dict[Labels, Mark]] = {}
    for cell in session.exec(
        select(ReleaseCell)
        .where(col(ReleaseCell.release_id).in_([release.id for release, _, _ in rows]))
        .order_by(col(ReleaseCell.release_id), col(ReleaseCell.position))
    ):
        mark = Mark(State(cell.state), cell.value)
        cells.setdefault(cell.release_id, {})[tuple(cell.labels)] = mark
    names, zone = _names(session), ZoneInfo(task_force(session).timezone)
    out = session.exec(select(Release).where(Release.state == ReleaseState.PUBLISHED.value)).all()
    return [
        _value(
            release,
            series,
            source,
            cells=cells.get(release.id or 0, {}),
            names=names,
            correction=_earlier(release, out),
            zone=zone,
        )
        for release, series, source in rows
    ]


def _earlier(release: Release, out: Sequence[Release]) -> int:
    """
    Return how many of *out* are of the same table and period, and went before *release*.
    """
    return sum(
        (each.series_id, each.starts, each.ends)
        == (release.series_id, release.starts, release.ends)
        and each.id != release.id
        and (
            release.decided_at is None
            or (each.decided_at, each.id) < (release.decided_at, release.id)
        )
        for each in out
    )


@kept
def _names(session: Session) -> Mapping[str, tuple[str, ...]]:
    table = Organization
    columns = (table.key, table.name, table.alternate_name, table.aliases)
    return {
        key: tuple(filter(None, [name, key, alternate_name, *aliases]))
        for key, name, alternate_name, aliases in columns_served(session, table, *columns)
    }


def _value(
    release: Release,
    series: StatisticSeries,
    source: Source,
    *,
    cells: Mapping[Labels, Mark],
    names: Mapping[str, tuple[str, ...]],
    correction: int,
    zone: ZoneInfo,
) -> Published:
    assert release.id is not None  # noqa: S101 - a stored row has one; for the type checker
    structure = Structure.from_json(release.structure)
    return Published(
        id=release.id,
        series=series.key,
        program=series.program if release.decided_at else release.program,
        title=series.title if release.decided_at else release.title,
        aliases=tuple(series.aliases),
        unit=release.unit,
        period=release.period,
        starts=release.starts,
        ends=release.ends,
        number=release.number,
        correction=correction,
        threshold=release.threshold,
        note=release.note,
        structure=structure,
        cells=cells,
        reporters={
            label: names.get(who, (who,))
            for who, labels in structure.knows.items()
            for label in labels
        },
        provenance=Provenance(
            source=source.title,
            kind=source.kind,
            publisher=source.publisher,
            place=release.place,
            as_of=release.as_of,
            dated_as=source.dated_as if release.as_of == source.as_of else None,
            verified_on=None,
        ),
        state=ReleaseState(release.state),
        report=tuple(release.report),
        drafted_by=release.drafted_by,
        drafted_at=release.drafted_at.astimezone(zone),
        decided_by=release.decided_by,
        decided_at=release.decided_at.astimezone(zone) if release.decided_at else None,
    )
