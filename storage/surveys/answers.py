"""
What an agency says to a survey: saved, sent in, or not to be had. What it said is sealed;
from here on the rest of the code sees which cells are entered, and never a value.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlmodel import col, select

from storage import audit
from storage.errors import NotAskedError, SurveyMovedOnError
from storage.models import AgencyState, Organization
from storage.models import SurveyAgency as AgencyRow
from storage.sealed import context_of_answer
from storage.session import Session
from storage.surveys.checks import count_check
from storage.surveys.cycles import Cycle, find_cycle, locked
from storage.surveys.shapes import wrong_totals
from storage.surveys.values import Absent, Labels, Said, Value
from storage.task_forces import local_day

__all__ = ["AgencyState", "Said", "Status", "Trouble", "keep", "said_of", "send", "status", "statuses", "tell"]  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class Status:
    """
    How an agency stands to a survey.

    Attributes:
        name: the agency's.
        entered: the cells that it has said something in, its draft included; only where
            one agency alone is looked at.
        has_draft: something is saved that is not sent in.
        sent_by, saved_by, said_by: Slack ids, or a word.
        nudges: how often it was asked.
    """

    organization_id: int
    key: str
    name: str
    state: AgencyState
    version: int
    entered: frozenset[Labels]
    has_draft: bool
    saved_by: str | None
    saved_at: datetime | None
    sent_by: str | None
    sent_at: datetime | None
    said_by: str | None
    said_at: datetime | None
    nudges: int


@dataclass(frozen=True, kw_only=True)
class Trouble:
    """
    What keeps an answer from being sent in; names of cells, never a value.

    Attributes:
        missing: in which nothing is said yet.
        wrong: totals that their parts do not add up to.
    """

    missing: tuple[Labels, ...] = ()
    wrong: tuple[Labels, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.missing or self.wrong)


def status(session: Session, cycle: Cycle, organization_id: int) -> Status:
    """
    Raises:
        NotAskedError: if the survey does not ask this agency.
    """
    rows = _rows(session, cycle, organization_id=organization_id)
    if not rows:
        raise NotAskedError(cycle.number, organization_id=organization_id)
    row, organization = rows[0]
    return _status(row, organization, entered=frozenset(_current(session, row)))


def statuses(session: Session, cycle: Cycle) -> tuple[Status, ...]:
    """
    Return how every agency stands that a survey asks, in the directory's order.
    """
    return tuple(_status(*each) for each in _rows(session, cycle))


def _rows(
    session: Session, cycle: Cycle, *, organization_id: int | None = None
) -> Sequence[tuple[AgencyRow, Organization]]:
    query = (
        select(AgencyRow, Organization)
        .join(Organization, col(AgencyRow.organization_id) == col(Organization.id))
        .where(AgencyRow.cycle_id == cycle.number)
        .order_by(col(Organization.position), col(Organization.id))
        .execution_options(populate_existing=True)
    )
    if organization_id is not None:
        query = query.where(col(AgencyRow.organization_id) == organization_id)
    return session.exec(query).all()


def _status(
    row: AgencyRow, organization: Organization, *, entered: frozenset[Labels] = frozenset()
) -> Status:
    return Status(
        organization_id=row.organization_id,
        key=organization.key,
        name=organization.name,
        state=AgencyState(row.state),
        version=row.version,
        entered=entered,
        has_draft=row.draft is not None,
        saved_by=row.saved_by,
        saved_at=row.saved_at,
        sent_by=row.sent_by,
        sent_at=row.sent_at,
        said_by=row.said_by,
        said_at=row.said_at,
        nudges=row.nudges,
    )


def keep(
    session: Session,
    number: int,
    organization_id: int,
    *,
    said: Said,
    emptied: Collection[Labels] = (),
    seen: int | None,
    by: str,
    now: datetime,
    sending: bool = False,
    late: bool = False,
) -> Trouble:
    """
    Save what an agency says, over what it said before; *sending* also sends all of it in.

    Args:
        said: by cell; what is not in it stays as it was.
        emptied: in which nothing is said any more.
        seen: the version that was answered to; None: whichever there is.
        late: after the last day too: a coordinator enters what came in time another way.
    Returns:
        What keeps it from being sent in. Then nothing was changed, but that totals were
        compared is counted; of what is saved alone there is none.
    Raises:
        OftenCheckedError: if totals were compared with what is there often enough today.
        SurveyMovedOnError: if no answers are taken, or somebody else was faster.
        NotAskedError: if the survey does not ask this agency.
        NoKeyError: if there is no key to seal with.
    """
    cycle, row = _ours(session, number, organization_id, now=now, seen=seen, late=late)
    every = set(cycle.cells)
    unknown = (said.keys() | set(emptied)) - every
    if unknown:
        raise SurveyMovedOnError(number)  # it asks something else since
    before = _current(session, row)
    after: dict[Labels, Value] = {
        cell: value for cell, value in before.items() if cell in every and cell not in emptied
    } | dict(said)
    if sending:
        missing = tuple(cell for cell in cycle.cells if cell not in after)
        if missing:
            return Trouble(missing=missing)
        if not late:
            key = _key(session, organization_id)
            count_check(session, cycle, key, typed=said.keys(), by=by, now=now)
        if cycle.table and (wrong := wrong_totals(cycle.table.dims, after)):
            return Trouble(wrong=wrong)
        row.answer = _seal(session, row, after, part="answer")
        row.draft, row.state = None, AgencyState.ANSWERED.value
        row.sent_by, row.sent_at = by, now
        row.said_by, row.said_at = None, None
    elif not said and not set(emptied) & before.keys():
        # What is typed is not compared: that nothing changes would tell what was there.
        return Trouble()
    else:
        row.draft = _seal(session, row, after, part="draft")
        row.saved_by, row.saved_at = by, now
        if row.state not in {AgencyState.ANSWERED.value, AgencyState.SILENT.value}:
            # Whoever begins to answer takes back that they would not.
            row.state, row.said_by, row.said_at = AgencyState.SILENT.value, None, None
    row.version += 1
    session.flush()
    _record(session, cycle, row, "survey.answered" if sending else "survey.saved", by=by, now=now)
    return Trouble()


def send(
    session: Session, number: int, organization_id: int, *, seen: int | None, by: str, now: datetime
) -> Trouble:
    """
    Send in what is saved. Return what keeps it from that; then nothing was changed.

    Raises:
        SurveyMovedOnError, NotAskedError, OftenCheckedError: as `keep`.
    """
    return keep(
        session, number, organization_id, said={}, seen=seen, by=by, now=now, sending=True
    )  # fmt: skip


def tell(
    session: Session,
    number: int,
    organization_id: int,
    state: AgencyState,
    *,
    by: str,
    now: datetime,
) -> Status:
    """
    Note that an agency sent its figures by e-mail, declines, or is not asked rightly; or
    with `SILENT` that it will answer after all. Twice is once. What is sent in already is
    not sent by e-mail; who declines, or is not asked rightly, has nothing here any more.

    Raises:
        SurveyMovedOnError, NotAskedError: as `keep`.
    """
    cycle, row = _ours(session, number, organization_id, now=now, seen=None, late=False)
    sent = state is AgencyState.EMAILED and row.state == AgencyState.ANSWERED.value
    if row.state != state.value and not sent:
        if state in {AgencyState.DECLINED, AgencyState.NOT_OURS}:
            row.draft, row.answer, row.sent_by, row.sent_at = None, None, None, None
        row.state, row.said_by, row.said_at = state.value, by, now
        row.version += 1
        session.flush()
        word = state.value.replace(" ", "_")
        _record(session, cycle, row, f"survey.{word}", by=by, now=now)
    return status(session, cycle, organization_id)


def said_of(session: Session, cycle: Cycle) -> Mapping[int, Said]:
    """
    Return what was sent in, by organization: for the gate and what is made for it alone.
    A draft is not in it, nor what came from who declined since.

    Raises:
        UnsealableError: if an answer cannot be opened.
    """
    rows = session.exec(
        select(AgencyRow)
        .where(
            AgencyRow.cycle_id == cycle.number,
            AgencyRow.state == AgencyState.ANSWERED.value,
            col(AgencyRow.answer).is_not(None),
        )
        .order_by(col(AgencyRow.id))
    )
    return {row.organization_id: _open(session, row, part="answer") for row in rows}


def _ours(
    session: Session,
    number: int,
    organization_id: int,
    *,
    now: datetime,
    seen: int | None,
    late: bool,
) -> tuple[Cycle, AgencyRow]:
    locked(session, number)  # who closes it waits for this answer, or this one for them
    cycle = find_cycle(session, number)
    row = session.exec(
        select(AgencyRow)
        .where(AgencyRow.cycle_id == number, col(AgencyRow.organization_id) == organization_id)
        .with_for_update()
        .execution_options(populate_existing=True)
    ).one_or_none()
    if row is None:
        raise NotAskedError(number, organization_id=organization_id)
    today = min(local_day(session, now), cycle.dates.grace_on) if late else local_day(session, now)
    if not cycle.takes(today) or (seen is not None and row.version != seen):
        raise SurveyMovedOnError(number)
    return cycle, row


def _current(session: Session, row: AgencyRow) -> dict[Labels, Value]:
    if row.draft is not None:
        return _open(session, row, part="draft")
    return _open(session, row, part="answer") if row.answer is not None else {}


def _seal(session: Session, row: AgencyRow, said: Said, *, part: str) -> bytes:
    values = [[list(labels), value] for labels, value in said.items()]
    return session.sealer.seal(values, context=_context(session, row, part))


def _open(session: Session, row: AgencyRow, *, part: str) -> dict[Labels, Value]:
    sealed = row.draft if part == "draft" else row.answer
    values: list[Any] = session.sealer.open(sealed or b"", context=_context(session, row, part))
    return {tuple(labels): _value(value) for labels, value in values}


def _value(stored: int | str) -> Value:
    if isinstance(stored, str) and stored in set(Absent):
        return Absent(stored)
    return stored


def _context(session: Session, row: AgencyRow, part: str) -> str:
    return context_of_answer(
        part,
        organization_id=row.organization_id,
        cycle_id=row.cycle_id,
        task_force_id=session.task_force_id,
    )


def _record(
    session: Session, cycle: Cycle, row: AgencyRow, act: str, *, by: str, now: datetime
) -> None:
    audit.record(
        session, act, actor=by, now=now, subject=f"survey:{cycle.number}",
        organization=_key(session, row.organization_id),
    )  # fmt: skip


def _key(session: Session, organization_id: int) -> str:
    return session.exec(
        select(Organization.key).where(col(Organization.id) == organization_id)
    ).one()
