"""
A pack's figures, as tables that want out.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from hashlib import sha256

from sqlmodel import col, select

from storage.disclosure.grids import read_grid
from storage.disclosure.states import read_mark
from storage.models import Release, StatisticSeries
from storage.packs.schema import FigureEntry
from storage.session import Session
from storage.statistics.ledger import (
    PACK,
    Origin,
    Proposal,
    Series,
    is_out,
    publish_from_pack,
    put_series,
)
from storage.statistics.sheets import Dimension, Labels, Structure


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """
    Attributes:
        released, refused: tables, as "series, period".
        retired: series that are served no longer.
        all_out: whether no table is refused, now or since an earlier load.
    """

    released: tuple[str, ...]
    refused: tuple[str, ...]
    retired: tuple[str, ...]
    all_out: bool


def release_figures(session: Session, figures: Sequence[FigureEntry], *, now: datetime) -> Outcome:
    """
    Publish what is new of a pack's *figures* and passes the gate, signed "pack".

    A series that only the pack ever had, and has no longer, is served no longer.
    """
    newest: dict[str, FigureEntry] = {}
    for figure in figures:
        if figure.series not in newest or figure.starts >= newest[figure.series].starts:
            newest[figure.series] = figure
    for position, figure in enumerate(newest.values()):
        # What people call a series stays, whichever period it was first called so.
        names = dict.fromkeys(
            name for each in figures if each.series == figure.series for name in each.aliases
        )
        series = replace(_series(figure, position=position), aliases=tuple(names))
        put_series(session, series)
    retired = _retire_all_but(session, tuple(newest), now=now)
    proposals = list(map(proposal_of, figures))
    released, refused = publish_from_pack(session, proposals, now=now)
    return Outcome(
        released=released,
        refused=refused,
        retired=retired,
        all_out=all(is_out(session, proposal) for proposal in proposals),
    )


def proposal_of(figure: FigureEntry) -> Proposal:
    """
    Return *figure* as a table that wants out: its marks as printed.
    """
    header = ["label", *figure.columns]
    document, _ = read_grid(
        [header, *([label, *marks] for label, marks in figure.rows.items())], name=figure.series
    )
    (table,) = document["tables"]
    dimensions = tuple(
        Dimension(
            name=dim["name"],
            labels=tuple(dim["labels"]),
            tree={parent: tuple(children) for parent, children in dim["tree"].items()},
        )
        for dim in table["dims"]
    )
    knows: dict[str, list[str]] = {}
    for label, organization in figure.reporters.items():
        knows.setdefault(organization, []).append(label)
    marks = {
        _labels(figure, label, column): read_mark(written)
        for label, row in figure.rows.items()
        for column, written in zip(figure.columns, row, strict=True)
    }
    # `read_pack` lets no fact through without its origin.
    assert figure.source and figure.place and figure.as_of  # noqa: S101, PT018
    return Proposal(
        series=_series(figure),
        period=figure.period,
        starts=figure.starts,
        ends=figure.ends,
        unit=figure.unit,
        threshold=figure.threshold,
        note=figure.note,
        origin=Origin(source=figure.source, place=figure.place, as_of=figure.as_of),
        structure=Structure(
            dimensions=dimensions,
            knows={who: tuple(labels) for who, labels in knows.items()},
            equations=figure.equations,
        ),
        marks=marks,
        digest=_digest(figure),
    )


def _series(figure: FigureEntry, *, position: int = 0) -> Series:
    return Series(
        key=figure.series,
        program=figure.program,
        title=figure.title,
        aliases=figure.aliases,
        position=position,
    )


def _labels(figure: FigureEntry, label: str, column: str) -> Labels:
    return (label,) if len(figure.columns) == 1 else (label, column)


def _digest(figure: FigureEntry) -> str:
    """
    Return what tells two givings of a table apart: everything but what a series is called.
    """
    said = figure.model_dump(mode="json", exclude={"key", "program", "title", "aliases"})
    return sha256(json.dumps(said, sort_keys=True, ensure_ascii=False).encode()).hexdigest()


def _retire_all_but(session: Session, keys: Sequence[str], *, now: datetime) -> tuple[str, ...]:
    others = select(Release.series_id).where(Release.drafted_by != PACK)
    gone = session.exec(
        select(StatisticSeries).where(
            col(StatisticSeries.key).not_in(keys),
            col(StatisticSeries.retired_at).is_(None),
            col(StatisticSeries.id).not_in(others),
        )
    ).all()
    for row in gone:
        row.retired_at = now
    session.flush()
    return tuple(row.key for row in gone)
