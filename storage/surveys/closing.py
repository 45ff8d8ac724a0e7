"""
From a survey to the statistics: its table, the gate, the draft; and in the end nothing is
left of the counts.

What is worked out between two transactions may be lost in a crash: the survey stays frozen,
and it is worked out again.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from sqlmodel import col, delete, select

from storage import audit
from storage.disclosure.states import NOT_COLLECTED, NOT_REPORTED, Mark
from storage.errors import NotOnLedgerError, UnsealableError, WrongKeyError
from storage.models import CycleState, Release, ReleaseState, SealedCounts, StatisticSeries
from storage.models import SurveyCycle as CycleRow
from storage.session import Session
from storage.statistics.ledger import (
    AFTER_THE_PACKS,
    Examined,
    Origin,
    Proposal,
    Series,
    cycle_key,
    draft,
    examine,
    is_fresh,
    known_series,
    put_survey,
)
from storage.statistics.sheets import Dimension, Structure
from storage.surveys.alike import asked_before
from storage.surveys.answers import AgencyState, Status, said_of, statuses
from storage.surveys.cycles import Cycle, Table, asked, cycles, empty_answers, find_cycle, locked
from storage.surveys.life import BOT, cancel, hindered
from storage.surveys.shapes import filled, needs_rest, widened
from storage.surveys.values import Labels, Said
from storage.task_forces import local_day, own_row

if TYPE_CHECKING:
    from storage.surveys.results import Result

DRAFTED, REFUSED, NOTHING, RESULTS = "drafted", "refused", "nothing", "results"
FEWEST = 3  # agencies that reported, below which it is not said how many they were
ROWS = "Agency"
GIVE_UP = timedelta(days=1)  # after which what cannot be worked out is open for correction
NOT_MADE = "it could not be worked out for a day: whoever runs the bot finds where in its log"


@dataclass(frozen=True, kw_only=True)
class Made:
    """
    What comes of a survey; the counts in it go to the ledger, sealed, and nowhere else.

    Attributes:
        version: of the survey it was made of.
        examined: what the gate said, where it let the table pass.
        reasons: why it did not.
    """

    number: int
    version: int
    closed_at: datetime | None
    proposal: Proposal | None = field(default=None, repr=False)
    examined: Examined | None = field(default=None, repr=False)
    reasons: tuple[str, ...] = ()
    results: "tuple[Result, ...]" = ()


def waiting(session: Session) -> tuple[int, ...]:
    """
    Return the surveys that are frozen, and of which it is to be worked out what becomes.
    """
    return tuple(each.number for each in cycles(session, states=(CycleState.CLOSING,)))


def make(session: Session, number: int) -> Made | None:
    """
    Work out what becomes of a frozen survey; None: it is not frozen any more. It only
    reads, and may take long.

    Raises:
        WrongKeyError: if the answers were sealed anew with another key than this process has.
    """
    cycle = find_cycle(session, number)
    if cycle.state is not CycleState.CLOSING:
        return None
    made = Made(number=number, version=cycle.version, closed_at=cycle.closed_at)
    try:
        said = said_of(session, cycle)
    except WrongKeyError:
        raise  # of this process alone: another one has the key
    except UnsealableError as error:  # for good: whoever looks after the key is to be asked
        return Made(**{**vars(made), "reasons": (str(error),)})
    if not said:
        return made
    if cycle.table is None:
        return Made(**{**vars(made), "results": _results(session, cycle, said)})
    proposal = proposal_of(session, cycle, cycle.table, said)
    try:
        examined = examine(session, proposal)
    except NotOnLedgerError as error:
        return Made(**{**vars(made), "proposal": proposal, "reasons": error.reasons})
    return Made(**{**vars(made), "proposal": proposal, "examined": examined})


def give_up(session: Session, number: int, *, now: datetime) -> Made | None:
    """
    Return what becomes of a frozen survey that cannot be worked out; None: it is not frozen
    any more, or is to be tried again.
    """
    cycle = find_cycle(session, number)
    since = cycle.closed_at
    if cycle.state is not CycleState.CLOSING or since is None or now - since < GIVE_UP:
        return None
    return Made(number=number, version=cycle.version, closed_at=since, reasons=(NOT_MADE,))


def _results(session: Session, cycle: Cycle, said: Mapping[int, Said]) -> "tuple[Result, ...]":
    before = asked_before(
        session,
        [each.text for each in cycle.questions],
        organizations=asked(session, cycle.number),
        opens_on=cycle.dates.opens_on,
        number=cycle.number,
    )
    shown = {each.text: each.number for each in before if each.shown}
    from storage.surveys.results import results  # with the solver, once a year

    return results(cycle, said, shown=shown)


def store(session: Session, made: Made, *, now: datetime) -> bool:
    """
    Store what becomes of a frozen survey: a draft on the ledger that its closer signs, or
    why there is none. Return False if somebody else was faster, or more is out meanwhile
    than the gate had seen: then it is worked out again.
    """
    own_row(session, lock=True)  # first, wherever both are locked
    row = locked(session, made.number)
    same = (row.version, row.closed_at) == (made.version, made.closed_at)
    if row.state != CycleState.CLOSING.value or not same:
        return False
    if made.examined is not None and made.proposal is not None:
        if not is_fresh(session, made.proposal, made.examined):
            return False
        origin = made.proposal.origin
        put_survey(session, key=origin.source, title=row.name, as_of=origin.as_of)
        row.release_id = draft(
            session, made.proposal, by=row.closed_by or BOT, now=now, examined=made.examined
        )
        row.outcome = DRAFTED
    elif made.reasons:
        row.outcome, row.reasons = REFUSED, list(made.reasons)
    elif made.results:
        row.outcome = RESULTS
        row.results = [{"question": each.question, "said": each.said} for each in made.results]
    else:
        row.outcome = NOTHING
    row.state = CycleState.CLOSED.value
    session.flush()
    audit.record(
        session, f"survey.{row.outcome}", actor=BOT, now=now, subject=f"survey:{made.number}"
    )
    return True


def proposal_of(session: Session, cycle: Cycle, table: Table, said: Mapping[int, Said]) -> Proposal:
    """
    Return the table of a survey: a row an agency that was rightly asked, of those that sent
    nothing in too.
    """
    out = _releases(session, table, states=[ReleaseState.PUBLISHED])
    last = out[-1] if out else None
    # What was published, and what was shown as a draft: it has the rows and columns of all.
    before = [Structure.from_json(each.structure) for each in _before(session, table)]
    labels = _row_labels(session, table)
    wide = any(needs_rest(table.dims, each) for each in said.values())
    dims = widened(table.dims)
    if not wide and all(each.dimensions[-1].labels != dims[-1].labels for each in before):
        dims = table.dims
    every = statuses(session, cycle)
    reporters = [each for each in every if each.state is not AgencyState.NOT_OURS or each.organization_id in said]  # fmt: skip
    rows = _rows(reporters, labels)
    counts: dict[Labels, int] = {}
    absent: dict[Labels, Mark] = {}
    for organization_id, row in rows.items():
        values = filled(table.dims, said[organization_id]) if organization_id in said else None
        for cell in Structure(dimensions=dims).cells():
            if values is None:
                absent[row, *cell] = NOT_REPORTED
            elif isinstance(value := values[cell], int):
                counts[row, *cell] = value
            else:
                absent[row, *cell] = NOT_COLLECTED
    knows = {each.key: (rows[each.organization_id],) for each in every if each.organization_id in said}  # fmt: skip
    earlier = dict.fromkeys(label for each in before for label in each.dimensions[0].labels)
    rest = [label for label in earlier if label not in rows.values()]
    for row in rest:  # a correction has the rows of what it corrects
        absent |= {(row, *cell): NOT_REPORTED for cell in Structure(dimensions=dims).cells()}
    first = Dimension(
        name=last.structure["dims"][0]["name"] if last else ROWS, labels=(*rows.values(), *rest)
    )
    known = known_series(session, table.series)
    closed_on = local_day(session, cycle.closed_at) if cycle.closed_at else table.ends
    return Proposal(
        series=Series(
            key=table.series,
            program=table.program,
            title=table.title,
            aliases=known.aliases if known else (),
            position=known.position if known else AFTER_THE_PACKS,
        ),
        period=table.period,
        starts=table.starts,
        ends=table.ends,
        unit=table.unit,
        threshold=table.threshold,
        note=_note(cycle, every, reported=len(said)),
        origin=Origin(source=cycle_key(cycle.number), place=table.title, as_of=closed_on),
        structure=Structure(dimensions=(first, *dims), knows=knows),
        counts=counts,
        absent=absent,
        apart=table.apart,
    )


def _rows(reporters: Sequence[Status], known: Mapping[str, str]) -> dict[int, str]:
    """
    Return the label of each agency's row: what the table called it so far, or its name; with
    its key where another one is called the same.

    Args:
        known: key → label, of other agencies too, whose rows are theirs for ever.
    """
    names = {each.key: each.name.replace("/", "∕") for each in reporters}
    taken = Counter(known.values()) + Counter(
        name for key, name in names.items() if key not in known
    )
    return {
        each.organization_id: known.get(each.key)
        or (names[each.key] if taken[names[each.key]] == 1 else f"{names[each.key]} ({each.key})")
        for each in reporters
    }


def purge(session: Session, *, now: datetime, keep: timedelta) -> int:
    """
    Delete the counts that were kept for long enough: of closed surveys, of those that were
    to close and have nobody who does, and behind every release, published or not. What was
    published is audited by its marks from then on.
    Return how many surveys and releases that were.

    Args:
        keep: how long a count is kept: at the end of it it goes.
    """
    before = now - keep
    old = session.exec(
        select(CycleRow.id).where(
            CycleRow.state == CycleState.CLOSED.value,
            col(CycleRow.purged_at).is_(None),
            col(CycleRow.closed_at) <= before,
        )
    ).all()
    gone = 0
    for left in _left_behind(session, before=before):
        cancel(session, left, by=BOT, now=now)
        gone += 1
    for number in old:
        row = locked(session, number or 0)
        late = row.closed_at is not None and row.closed_at <= before
        if row.state != CycleState.CLOSED.value or row.purged_at is not None or not late:
            continue
        row.purged_at = now
        session.flush()
        empty_answers(session, number or 0)
        audit.record(session, "survey.purged", actor=BOT, now=now, subject=f"survey:{number}")
        gone += 1
    releases = session.exec(
        select(SealedCounts.release_id).where(col(SealedCounts.sealed_at) <= before)
    ).all()
    for release in releases:
        done = session.exec(delete(SealedCounts).where(col(SealedCounts.release_id) == release))
        if done.rowcount:
            audit.record(session, "statistics.purged", actor=BOT, now=now, subject=f"release:{release}")  # fmt: skip
            gone += 1
    return gone


def anything_to_purge(session: Session, *, now: datetime, keep: timedelta) -> bool:
    before = now - keep
    old = select(CycleRow.id).where(
        CycleRow.state == CycleState.CLOSED.value,
        col(CycleRow.purged_at).is_(None),
        col(CycleRow.closed_at) <= before,
    )
    sealed = select(SealedCounts.id).where(col(SealedCounts.sealed_at) <= before)
    return (
        bool(_left_behind(session, before=before))
        or session.exec(old).first() is not None
        or session.exec(sealed).first() is not None
    )


def _left_behind(session: Session, *, before: datetime) -> tuple[int, ...]:
    """
    Return the open surveys that were to close before a moment and that nobody closes.
    """
    day = local_day(session, before)
    return tuple(
        each.number
        for each in cycles(session, states=(CycleState.OPEN,))
        if each.dates.closes_on < day and hindered(session, each) is not None
    )


def _note(cycle: Cycle, every: tuple[Status, ...], *, reported: int) -> str:
    rightly = sum(each.state is not AgencyState.NOT_OURS for each in every)
    said = f"Data based on {cycle.name}."
    if reported == rightly:
        return f"{said} All agencies that were asked reported."
    if reported < FEWEST:
        return f"{said} Not all agencies that were asked reported."
    return f"{said} {reported} of the {rightly} agencies that were asked reported."


def _before(session: Session, table: Table) -> list[Release]:
    """
    Return what was shown of a table and period: published, or a draft.
    """
    shown = (ReleaseState.PUBLISHED, ReleaseState.DRAFT, ReleaseState.DECLINED)
    return [
        each
        for each in _releases(session, table, states=shown)
        if (each.starts, each.ends) == (table.starts, table.ends)
    ]


def _releases(
    session: Session, table: Table, *, states: Sequence[ReleaseState]
) -> Sequence[Release]:
    """
    Return what there is of a table, whatever its period, in the order it went.
    """
    query = (
        select(Release)
        .join(StatisticSeries, col(Release.series_id) == col(StatisticSeries.id))
        .where(
            StatisticSeries.key == table.series,
            col(Release.state).in_([state.value for state in states]),
        )
        .order_by(col(Release.decided_at), col(Release.id))
    )
    return session.exec(query).all()


def _row_labels(session: Session, table: Table) -> dict[str, str]:
    """
    Return what each agency is called in the table so far: also one that was silent when it
    was out last. A draft that was shown counts for its own period: by another name a row
    would be taken for another one.
    """
    found: dict[str, str] = {}
    out = _releases(session, table, states=[ReleaseState.PUBLISHED])
    for release in (*_before(session, table), *out):
        knows = Structure.from_json(release.structure).knows
        found |= {who: labels[0] for who, labels in knows.items()}
    return found
