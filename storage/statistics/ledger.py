"""
The ledger: releases that went out, wait for a second coordinator, or were refused.

A published release never changes: what was published stays known. A correction is a
release of its own, and passes the gate beside what it corrects.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from hashlib import sha256
from typing import TYPE_CHECKING, Any

from sqlalchemy import event, inspect
from sqlmodel import col, delete, func, select

from storage.audit import LEFT
from storage.disclosure.errors import DisclosureError, TableError
from storage.disclosure.states import Mark, State
from storage.errors import (
    ImmutableReleaseError,
    NotOnLedgerError,
    OvertakenError,
    OwnDraftError,
    ProposerLeftError,
    UnknownReleaseError,
    UnsealableError,
)
from storage.facts import count_change
from storage.models import (
    Release,
    ReleaseCell,
    ReleaseState,
    SealedCounts,
    Source,
    StatisticSeries,
)
from storage.scope import add_new
from storage.sealed import context_of_counts
from storage.session import Session
from storage.statistics.sheets import Labels, Sheet, Structure
from storage.task_forces import own_row

if TYPE_CHECKING:
    from storage.statistics.gate import Passed

LEAST_THRESHOLD = 10  # the deck's "<10"
AFTER_THE_PACKS = 1000  # where a survey stands in lists
PACK = "pack"  # signs what a pack brought


@dataclass(frozen=True, kw_only=True)
class Series:
    key: str
    program: str
    title: str
    aliases: tuple[str, ...] = ()
    position: int = 0


@dataclass(frozen=True, kw_only=True)
class Origin:
    """
    Attributes:
        source: key of the source.
        place: slide heading as printed, page, or survey.
        as_of: the day the figures were true by their source.
    """

    source: str
    place: str
    as_of: date


@dataclass(frozen=True, kw_only=True)
class Proposal:
    """
    One table of one period that wants out.

    Attributes:
        series: what it is called if this goes out.
        period: as people read it; *starts* and *ends* are its first and last day.
        unit: what is counted.
        threshold: counts from 1 up to it, less one, are never shown.
        note: who is in the figures, and who is not.
        counts: the true ones; or *marks*, as a source prints them.
        absent: cells that were not collected, or not reported.
        digest: of what the pack gave.
        apart: somebody says that it counts others than the tables it resembles.
    """

    series: Series
    period: str
    starts: date
    ends: date
    unit: str
    threshold: int
    note: str | None
    origin: Origin
    structure: Structure
    counts: Mapping[Labels, int] | None = field(default=None, repr=False)
    marks: Mapping[Labels, Mark] | None = None
    absent: Mapping[Labels, Mark] = field(default_factory=dict)
    digest: str | None = None
    apart: bool = False


@dataclass(frozen=True, kw_only=True)
class _Filed:
    """
    What the gate said of a table, and how many releases were out when it looked.
    """

    state: ReleaseState
    out: int
    report: tuple[str, ...]
    cost: int | None = None
    bound: int | None = None


def put_series(session: Session, series: Series) -> None:
    """
    Store what a series is called, newly or again.
    """
    add_new(
        session,
        StatisticSeries,
        key=series.key,
        program=series.program,
        title=series.title,
        aliases=list(series.aliases),
        position=series.position,
    )
    row = _series_row(session, series.key)
    row.program, row.title = series.program, series.title
    row.aliases, row.position, row.retired_at = list(series.aliases), series.position, None
    session.flush()


def survey_key(title: str) -> str:
    return f"survey-{sha256(title.encode()).hexdigest()[:12]}"


def cycle_key(number: int) -> str:
    """
    Return the key of the source that a survey of the bot's own is: two may have one name.
    """
    return f"survey-cycle-{number}"


def put_survey(session: Session, *, title: str, as_of: date, key: str | None = None) -> None:
    """
    Store a survey as a source, unless it is there.

    Args:
        key: None: by its title.
    """
    add_new(
        session,
        Source,
        key=key or survey_key(title),
        title=title,
        kind="survey",
        as_of=as_of,
        position=AFTER_THE_PACKS,
    )


def known_series(session: Session, key: str) -> Series | None:
    """
    Return what the series *key* is called, or None if there is none.
    """
    row = session.exec(select(StatisticSeries).where(StatisticSeries.key == key)).one_or_none()
    if row is None:
        return None
    return Series(
        key=row.key,
        program=row.program,
        title=row.title,
        aliases=tuple(row.aliases),
        position=row.position,
    )


@dataclass(frozen=True, kw_only=True)
class Examined:
    """
    What the gate said of a proposal, and beside how many releases.

    Attributes:
        shown: drafts of its table, waiting or put away, that coordinators had seen.
    """

    sheet: Sheet
    passed: "Passed"
    out: int
    shown: int


def examine(session: Session, proposal: Proposal) -> Examined:
    """
    Put a table before the gate. It only reads, and may take long.

    Raises:
        NotOnLedgerError: if the gate does not let it pass.
    """
    sheet, out = _sheet(session, proposal), ledger(session, counts=True)
    seen = shown(session, [sheet])
    if wrong := [
        *_threshold_problems(sheet, out),
        *_unit_problems(session, proposal),
        *_lookalikes(session, proposal),
    ]:
        raise NotOnLedgerError(tuple(wrong))
    try:
        passed = _gate([sheet], ledger=out, shown=seen)
        return Examined(sheet=sheet, passed=passed, out=len(out), shown=len(seen))
    except DisclosureError as error:
        raise NotOnLedgerError(reasons(error)) from error


def _gate(sheets: Sequence[Sheet], **given: Any) -> "Passed":
    # Imported when a table wants out: the solver takes a fifth of a second, at each start.
    from storage.statistics.gate import gate

    return gate(sheets, **given)


def draft(
    session: Session,
    proposal: Proposal,
    *,
    by: str,
    now: datetime,
    examined: Examined | None = None,
) -> int:
    """
    Store what a table may print as a draft. The counts are sealed, and read again by
    nothing but the gate.

    Args:
        by: the Slack id of who drafts it, and so cannot approve it.
        examined: what the gate said before; if more is out since, it looks again.
    Returns:
        The draft's number.
    Raises:
        NotOnLedgerError: if the gate does not let it pass. Nothing is stored.
        NoKeyError: if there is no key to seal counts with.
        UnsealableError: if counts that are out cannot be opened.
    """
    own_row(session, lock=True)
    if known_series(session, proposal.series.key) is None:
        put_series(session, proposal.series)
    if examined is None or not is_fresh(session, proposal, examined):
        examined = examine(session, proposal)
    passed = examined.passed
    filed = _Filed(
        state=ReleaseState.DRAFT,
        out=examined.out,
        report=passed.report,
        cost=passed.cost,
        bound=passed.bound,
    )
    row = _store(session, proposal, examined.sheet, filed, by=by, now=now)
    _print(session, row, passed.marks[0])
    assert row.id is not None  # noqa: S101 - a stored row has one; for the type checker
    if proposal.counts is not None:
        counts = [[list(labels), count] for labels, count in proposal.counts.items()]
        sealed = session.sealer.seal(counts, context=_context(session, row.id))
        session.add(SealedCounts(release_id=row.id, sealed=sealed, sealed_at=now))
    session.flush()
    return row.id


def is_fresh(session: Session, proposal: Proposal, examined: Examined) -> bool:
    """
    Say whether what the gate said still holds: nothing more is out, was shown, or has its
    number.
    """
    sheet = _sheet(session, proposal)
    now = _out(session), sheet.number, len(_shown_rows(session, [sheet]))
    return (examined.out, examined.sheet.number, examined.shown) == now


def _out(session: Session) -> int:
    published = Release.state == ReleaseState.PUBLISHED.value
    return session.exec(select(func.count(col(Release.id))).where(published)).one()


def recheck(session: Session, number: int) -> int:
    """
    Let the gate look again at a draft that something else overtook. It only reads, and may
    take long.

    Returns:
        How many releases were out, for `note_recheck`.
    Raises:
        UnknownReleaseError: if no draft has this number.
        NotOnLedgerError: if it may not go out as it is beside what is out now.
    """
    row = _draft_row(session, number)
    out = ledger(session, counts=True)
    sheet = _printed(session, row, counts=True)
    seen = shown(session, [sheet], before=number)
    draws = sheet.marks
    if sheet.counts is not None:
        sheet = replace(sheet, marks=None, absent={each: mark for each, mark in (draws or {}).items() if mark.absent})  # fmt: skip
    try:
        passed = _gate([sheet], ledger=out, shown=seen)
    except DisclosureError as error:
        raise NotOnLedgerError(reasons(error)) from error
    if passed.marks[0] != draws:
        raise NotOnLedgerError(("beside what went out since, other cells have to be withheld",))
    return len(out)


def note_recheck(session: Session, number: int, *, out: int) -> None:
    """
    Note that a draft was found fit beside *out* releases.

    Raises:
        UnknownReleaseError: if no draft has this number.
    """
    row = _draft_row(session, number)
    row.ledger = out
    session.flush()


def approve(session: Session, number: int, *, by: str, now: datetime) -> None:
    """
    Publish a draft. Only what is out now as it was when the gate looked lets it go.

    Args:
        by: the Slack id of who approves; whether they may is asked before.
    Raises:
        UnknownReleaseError: if no draft has this number.
        OwnDraftError: if it is their own.
        ProposerLeftError: if nobody can tell whether it is.
        OvertakenError: if more has gone out since the gate looked.
    """
    own_row(session, lock=True)
    row = _draft_row(session, number)
    if row.drafted_by == by:
        raise OwnDraftError
    if row.drafted_by == LEFT:
        raise ProposerLeftError
    if _out(session) != row.ledger:
        raise OvertakenError(number)
    row.state, row.decided_by, row.decided_at = ReleaseState.PUBLISHED.value, by, now
    series = session.exec(
        select(StatisticSeries).where(col(StatisticSeries.id) == row.series_id)
    ).one()
    series.program, series.title, series.retired_at = row.program, row.title, None
    session.flush()
    count_change(session)


def decline(session: Session, number: int, *, by: str, now: datetime) -> None:
    """
    Put a draft away. Its counts are deleted at once; its drafter may do so too.

    Raises:
        UnknownReleaseError: if no draft has this number.
    """
    own_row(session, lock=True)
    row = _draft_row(session, number)
    session.exec(delete(SealedCounts).where(col(SealedCounts.release_id) == number))
    row.state, row.decided_by, row.decided_at = ReleaseState.DECLINED.value, by, now
    session.flush()


def publish_from_pack(
    session: Session, proposals: Sequence[Proposal], *, now: datetime
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """
    Put the pack's tables before the gate, and publish those that pass, signed "pack".

    They go together; where they cannot, each by itself in its turn. What does not pass is
    stored as refused with the reasons, and tried again once something else is out.

    Returns:
        What was published and what was refused, as "series, period".
    """
    own_row(session, lock=True)
    number = _out(session)
    new = [proposal for proposal in proposals if not _is_settled(session, proposal, ledger=number)]
    if not new:
        return (), ()
    out = ledger(session, counts=True)
    sheets = [_sheet(session, proposal) for proposal in new]
    try:
        if wrong := [each for sheet in sheets for each in _threshold_problems(sheet, out)]:
            raise TableError(wrong)
        passed = _gate(sheets, ledger=out, shown=shown(session, sheets))
    except DisclosureError as error:
        if len(new) == 1:
            filed = _Filed(state=ReleaseState.REFUSED, out=len(out), report=reasons(error))
            _store(session, new[0], sheets[0], filed, by=PACK, now=now)
            return (), (_called(new[0]),)
        alone = [publish_from_pack(session, [each], now=now) for each in new]
        return sum((each[0] for each in alone), ()), sum((each[1] for each in alone), ())
    for proposal, sheet, marks in zip(new, sheets, passed.marks, strict=True):
        filed = _Filed(
            state=ReleaseState.PUBLISHED,
            out=len(out),
            report=passed.about(sheet),
            cost=passed.cost,
            bound=passed.bound,
        )
        _print(session, _store(session, proposal, sheet, filed, by=PACK, now=now), marks)
    return tuple(map(_called, new)), ()


def ledger(session: Session, *, counts: bool = False) -> list[Sheet]:
    """
    Return every release that is out, in the order it went.

    Args:
        counts: with its counts, where they are still kept and can be opened.
    """
    rows = session.exec(
        select(Release)
        .where(Release.state == ReleaseState.PUBLISHED.value)
        .order_by(col(Release.decided_at), col(Release.id))
    ).all()
    return [_printed(session, row, counts=counts) for row in rows]


def shown(session: Session, sheets: Sequence[Sheet], *, before: int | None = None) -> list[Sheet]:
    """
    Return the drafts of the tables of *sheets* that coordinators had before them, waiting
    or put away, of periods that meet theirs: who saw one and sees the next can subtract.

    Args:
        before: the number of a draft: only what was shown when that was made.
    """
    rows = _shown_rows(session, sheets, before=before)
    return [_printed(session, row, counts=True) for row in rows]


def _shown_rows(
    session: Session, sheets: Sequence[Sheet], *, before: int | None = None
) -> list[Release]:
    query = (
        select(Release, StatisticSeries.key)
        .join(StatisticSeries, col(Release.series_id) == col(StatisticSeries.id))
        .where(
            col(Release.state).in_([ReleaseState.DRAFT.value, ReleaseState.DECLINED.value]),
            col(StatisticSeries.key).in_({sheet.series for sheet in sheets}),
        )
        .order_by(col(Release.id))
    )
    if before is not None:
        query = query.where(col(Release.id) < before)
    return [
        row
        for row, key in session.exec(query)
        if any(
            sheet.series == key and row.starts <= sheet.ends and sheet.starts <= row.ends
            for sheet in sheets
        )
    ]


def reasons(error: DisclosureError) -> tuple[str, ...]:
    """
    Return why the gate did not let something pass, line by line and without a value.
    """
    return tuple(getattr(error, "problems", None) or str(error).splitlines())


def is_out(session: Session, proposal: Proposal) -> bool:
    """
    Say whether this very table of a pack passed the gate.
    """
    row = _given_before(session, proposal)
    return row is not None and row.state == ReleaseState.PUBLISHED.value


def _is_settled(session: Session, proposal: Proposal, *, ledger: int) -> bool:
    """
    Say whether the pack gave this very table before, and nothing that matters is new.
    """
    row = _given_before(session, proposal)
    if row is None:
        return False
    return row.state == ReleaseState.PUBLISHED.value or row.ledger == ledger


def _given_before(session: Session, proposal: Proposal) -> Release | None:
    row = session.exec(
        select(Release)
        .join(StatisticSeries, col(Release.series_id) == col(StatisticSeries.id))
        .where(
            StatisticSeries.key == proposal.series.key,
            Release.starts == proposal.starts,
            Release.ends == proposal.ends,
            col(Release.digest).is_not(None),
        )
        .order_by(col(Release.id).desc())
    ).first()
    return row if row is not None and row.digest == proposal.digest else None


def _threshold_problems(sheet: Sheet, out: Sequence[Sheet]) -> list[str]:
    """
    Return what is wrong with a threshold: it is never below the deck's, nor below one that
    the series had before.
    """
    least = max([LEAST_THRESHOLD, *(each.threshold for each in out if each.series == sheet.series)])
    if sheet.threshold >= least:
        return []
    return [f"{sheet.name}: its threshold is {sheet.threshold}: it must be {least} at the least"]


def _unit_problems(session: Session, proposal: Proposal) -> list[str]:
    """
    Return what is wrong with a unit: a series counts the same for ever.
    """
    units = session.exec(
        select(Release.unit)
        .join(StatisticSeries, col(Release.series_id) == col(StatisticSeries.id))
        .where(
            StatisticSeries.key == proposal.series.key,
            Release.state == ReleaseState.PUBLISHED.value,
            Release.unit != proposal.unit,
        )
    )
    return [
        f"{proposal.series.key} counts {unit}, not {proposal.unit}: write the same unit, or draft "
        "it as a series of its own"
        for unit in dict.fromkeys(units)
    ]


def _lookalikes(session: Session, proposal: Proposal) -> list[str]:
    """
    Return the tables that seem to count the same people, and that nothing ties to this one.
    """
    if proposal.apart:
        return []
    tied = {
        cell.split("/")[0]
        for total, parts in proposal.structure.equations
        for cell in (total, *parts)
    }
    rows = session.exec(
        select(Release, StatisticSeries)
        .join(StatisticSeries, col(Release.series_id) == col(StatisticSeries.id))
        .where(
            Release.state == ReleaseState.PUBLISHED.value,
            StatisticSeries.key != proposal.series.key,
            col(Release.starts) <= proposal.ends,
            col(Release.ends) >= proposal.starts,
        )
    )
    own = set(proposal.structure.dimensions[0].labels)
    found = []
    for release, series in rows:
        structure = Structure.from_json(release.structure)
        totals = set(structure.dimensions[0].tree) | set(proposal.structure.dimensions[0].tree)
        alike = own & set(structure.dimensions[0].labels) - totals
        known = structure.knows.keys() & proposal.structure.knows.keys()
        same_unit = release.unit.casefold() == proposal.unit.casefold()
        if series.key not in tied and same_unit and (alike or known):
            found.append(
                f"{series.key}, {release.period}, counts {release.unit} of the same rows: draft this "
                "as that series, tie the two with --equation, or add --apart if it counts others"
            )
    return list(dict.fromkeys(found))


def _sheet(session: Session, proposal: Proposal) -> Sheet:
    last = session.exec(
        select(func.max(Release.number))
        .join(StatisticSeries, col(Release.series_id) == col(StatisticSeries.id))
        .where(
            StatisticSeries.key == proposal.series.key,
            Release.starts == proposal.starts,
            Release.ends == proposal.ends,
        )
    ).one()
    return Sheet(
        series=proposal.series.key,
        period=proposal.period,
        starts=proposal.starts,
        ends=proposal.ends,
        number=(last or 0) + 1,
        threshold=proposal.threshold,
        structure=proposal.structure,
        marks=proposal.marks,
        counts=proposal.counts,
        absent=proposal.absent,
    )


def _store(
    session: Session,
    proposal: Proposal,
    sheet: Sheet,
    filed: _Filed,
    *,
    by: str,
    now: datetime,
) -> Release:
    origin = proposal.origin
    source = session.exec(select(Source).where(Source.key == origin.source)).one()
    series = _series_row(session, proposal.series.key)
    assert source.id and series.id  # noqa: S101, PT018 - stored rows have one; for the type checker
    decided = filed.state is not ReleaseState.DRAFT
    row = Release(
        series_id=series.id,
        program=proposal.series.program,
        title=proposal.series.title,
        period=proposal.period,
        starts=proposal.starts,
        ends=proposal.ends,
        number=sheet.number,
        unit=proposal.unit,
        threshold=proposal.threshold,
        note=proposal.note,
        source_id=source.id,
        place=origin.place,
        as_of=origin.as_of,
        structure=proposal.structure.to_json(),
        state=filed.state.value,
        ledger=filed.out,
        digest=proposal.digest,
        report=list(filed.report),
        cost=filed.cost,
        bound=filed.bound,
        drafted_by=by,
        drafted_at=now,
        decided_by=by if decided else None,
        decided_at=now if decided else None,
    )
    session.add(row)
    session.flush()
    return row


def _print(session: Session, row: Release, marks: Mapping[Labels, Mark]) -> None:
    assert row.id is not None  # noqa: S101 - a stored row has one; for the type checker
    for position, (labels, mark) in enumerate(marks.items()):
        session.add(
            ReleaseCell(
                release_id=row.id,
                position=position,
                labels=list(labels),
                state=mark.state.value,
                value=mark.value,
            )
        )
    session.flush()


def _printed(session: Session, row: Release, *, counts: bool) -> Sheet:
    """
    Return a release as the gate sees it: its marks, and its counts if it may open them.
    """
    assert row.id is not None  # noqa: S101 - a stored row has one; for the type checker
    series = session.exec(
        select(StatisticSeries).where(col(StatisticSeries.id) == row.series_id)
    ).one()
    return Sheet(
        series=series.key,
        period=row.period,
        starts=row.starts,
        ends=row.ends,
        number=row.number,
        threshold=row.threshold,
        structure=Structure.from_json(row.structure),
        marks=marks_of(session, row.id),
        counts=_opened(session, row.id) if counts else None,
    )


def marks_of(session: Session, release_id: int) -> dict[Labels, Mark]:
    """
    Return what a release prints, cell by cell in its order.
    """
    cells = session.exec(
        select(ReleaseCell)
        .where(col(ReleaseCell.release_id) == release_id)
        .order_by(col(ReleaseCell.position))
    )
    return {tuple(cell.labels): Mark(State(cell.state), cell.value) for cell in cells}


def _opened(session: Session, release_id: int) -> dict[Labels, int] | None:
    if session.info.get("sealer") is None:
        return None
    row = session.exec(
        select(SealedCounts).where(col(SealedCounts.release_id) == release_id)
    ).one_or_none()
    if row is None:
        return None
    try:
        counts = session.sealer.open(row.sealed, context=_context(session, release_id))
    except UnsealableError:
        return None  # the key was changed or lost: what is out is audited by its marks alone
    return {tuple(labels): count for labels, count in counts}


def _context(session: Session, release_id: int) -> str:
    return context_of_counts(release_id, session.task_force_id)


def _draft_row(session: Session, number: int) -> Release:
    row = session.exec(
        select(Release).where(col(Release.id) == number, Release.state == ReleaseState.DRAFT.value)
    ).one_or_none()
    if row is None:
        raise UnknownReleaseError(number)
    return row


def _series_row(session: Session, key: str) -> StatisticSeries:
    return session.exec(select(StatisticSeries).where(StatisticSeries.key == key)).one()


def _called(proposal: Proposal) -> str:
    return f"{proposal.series.key}, {proposal.period}"


def _refuse_cell(_: Any, __: Any, row: ReleaseCell) -> None:
    raise ImmutableReleaseError(row.release_id)


def _refuse_release(_: Any, __: Any, row: Release) -> None:
    """
    Let a draft become something; and nothing else change.
    """
    before = inspect(row).attrs.state.history.deleted or [row.state]
    if before[0] != ReleaseState.DRAFT.value:
        raise ImmutableReleaseError(row.id)


event.listen(ReleaseCell, "before_update", _refuse_cell)
event.listen(ReleaseCell, "before_delete", _refuse_cell)
event.listen(Release, "before_update", _refuse_release)
event.listen(Release, "before_delete", _refuse_release)
