"""
How people want to be told: which kinds not at all or once a day, and at which hours nothing.
"""

import logging
from collections.abc import Collection
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from functools import cache
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import bindparam
from sqlmodel import col, select, update
from sqlmodel.sql.expression import SelectOfScalar

from storage.errors import StorageError
from storage.models import Preference as PreferenceRow
from storage.scope import add_new
from storage.session import Session
from storage.task_forces import task_force

log = logging.getLogger(__name__)

EVERY_KIND = ""
DIGEST_AT = time(8)  # where nobody said another


class QuietHoursError(StorageError):
    """
    Quiet hours that begin when they end would never end.
    """

    def __init__(self, moment: time) -> None:
        super().__init__(f"quiet hours cannot begin and end at {moment:%H:%M}")
        self.moment = moment


@dataclass(frozen=True, kw_only=True)
class QuietHours:
    """
    Wall time in a zone, the end open; from 21:00 until 07:00 runs over midnight.

    Raises:
        QuietHoursError: if they begin when they end.
    """

    start: time
    end: time
    zone: ZoneInfo

    def __post_init__(self) -> None:
        if self.start == self.end:
            raise QuietHoursError(self.start)

    def over_at(self, now: datetime) -> datetime | None:
        """
        Return when the quiet hours that *now* falls in are over, or None.

        A wall time that a clock change skips or doubles is the first moment it can mean.
        """
        found = self.around(now)
        return found and found[1]

    def around(self, now: datetime) -> tuple[datetime, datetime] | None:
        """
        Return when the quiet hours that *now* falls in began and when they are over, or None.
        """
        today = now.astimezone(self.zone).date()
        for day in (today - timedelta(days=1), today):
            last = day if self.start < self.end else day + timedelta(days=1)
            begins = datetime.combine(day, self.start, self.zone).astimezone(UTC)
            ends = datetime.combine(last, self.end, self.zone).astimezone(UTC)
            if begins <= now < ends:
                return begins, ends
        return None


@dataclass(frozen=True, kw_only=True)
class DigestTime:
    """
    When a day's digest comes: wall time in a zone.
    """

    at: time
    zone: ZoneInfo


@dataclass(frozen=True, kw_only=True)
class Preference:
    """
    Attributes:
        muted: nothing of this kind.
        digest: gathered in one message a day; if muted, not even that.
        digest_at: None: at `DIGEST_AT` in the zone of the task force.
    """

    muted: bool = False
    quiet: QuietHours | None = None
    digest: bool = False
    digest_at: DigestTime | None = None


def preference(session: Session, user_id: str, *, kind: str) -> Preference:
    """
    Return how *user_id* wants deliveries of *kind*; what they never said is told at once.
    """
    return preferences(session, [user_id], kinds=[kind])[user_id, kind]


def preferences(
    session: Session, user_ids: Collection[str], *, kinds: Collection[str], hold: bool = False
) -> dict[tuple[str, str], Preference]:
    """
    Return the same for every pair of a person and a kind, in one question.

    Args:
        hold: whether what was said stands until the transaction ends: who changes it waits.
    """
    given = {"user_ids": list(set(user_ids)), "kinds": list({EVERY_KIND, *kinds})}
    rows = session.exec(_said(hold=hold), params=given)
    said = {(row.user_id, row.kind): _value(session, row) for row in rows}
    nothing = Preference()
    found = {}
    for user_id in user_ids:
        general = said.get((user_id, EVERY_KIND), nothing)
        for kind in kinds:
            own = said.get((user_id, kind), nothing)
            found[user_id, kind] = Preference(
                muted=own.muted or general.muted,
                quiet=own.quiet or general.quiet,
                digest=own.digest,
                digest_at=own.digest_at or general.digest_at,
            )
    return found


@cache
def _said(*, hold: bool) -> SelectOfScalar[PreferenceRow]:
    query = select(PreferenceRow).where(
        col(PreferenceRow.user_id).in_(bindparam("user_ids", expanding=True)),
        col(PreferenceRow.kind).in_(bindparam("kinds", expanding=True)),
    )
    if hold:
        query = query.order_by(col(PreferenceRow.id)).with_for_update(read=True)
    return query.execution_options(populate_existing=True)


def quiet_people(session: Session, *, kind: str) -> dict[str, QuietHours]:
    """
    Return who has quiet hours for deliveries of *kind*, and when.
    """
    query = select(PreferenceRow).where(
        col(PreferenceRow.kind).in_({EVERY_KIND, kind}), col(PreferenceRow.quiet_from).is_not(None)
    )
    rows = session.exec(query.execution_options(populate_existing=True)).all()
    # What was said of the kind itself comes before what was said of all.
    rows = sorted(rows, key=lambda row: row.kind != EVERY_KIND)
    found = {row.user_id: _value(session, row).quiet for row in rows}
    return {user_id: quiet for user_id, quiet in found.items() if quiet}


def quiet_hours(session: Session, *, kind: str) -> frozenset[QuietHours]:
    """
    Return the quiet hours that anybody has for deliveries of *kind*, or of all kinds.
    """
    row = PreferenceRow
    query = (
        select(col(row.quiet_from), col(row.quiet_until), col(row.zone))
        .where(
            col(PreferenceRow.kind).in_({EVERY_KIND, kind}),
            col(PreferenceRow.quiet_from).is_not(None),
        )
        .distinct()
    )
    return frozenset(
        hours for each in session.exec(query) if (hours := _quiet(session, *each)) is not None
    )


def said_by(session: Session, user_id: str) -> dict[str, Preference]:
    """
    Return what *user_id* said, by kind; `EVERY_KIND` is said of all.
    """
    rows = session.exec(
        select(PreferenceRow)
        .where(PreferenceRow.user_id == user_id)
        .execution_options(populate_existing=True)
    )
    return {row.kind: _value(session, row) for row in rows}


def prefer(session: Session, user_id: str, preference: Preference, *, kind: str) -> None:
    """
    Store how *user_id* wants deliveries of *kind* (`EVERY_KIND`: of all kinds).
    """
    quiet, digest_at = preference.quiet, preference.digest_at
    values: dict[str, Any] = {
        "muted": preference.muted,
        "quiet_from": quiet.start if quiet else None,
        "quiet_until": quiet.end if quiet else None,
        "zone": quiet.zone.key if quiet else None,
        "digest": preference.digest,
        "digest_at": digest_at.at if digest_at else None,
        "digest_zone": digest_at.zone.key if digest_at else None,
    }
    if add_new(session, PreferenceRow, user_id=user_id, kind=kind, **values):
        return
    # Changed where it is: a claim that waits for this finds it, and not a gap.
    session.exec(
        update(PreferenceRow)
        .where(col(PreferenceRow.user_id) == user_id, col(PreferenceRow.kind) == kind)
        .values(**values)
        .execution_options(synchronize_session=False)
    )


def _value(session: Session, row: PreferenceRow) -> Preference:
    quiet = _quiet(session, row.quiet_from, row.quiet_until, row.zone)
    digest_at = None
    if row.digest_at is not None and row.digest_zone is not None:
        zone = _zone(row.digest_zone) or _zone(task_force(session).timezone)
        digest_at = DigestTime(at=row.digest_at, zone=zone) if zone is not None else None
    return Preference(muted=row.muted, quiet=quiet, digest=row.digest, digest_at=digest_at)


def _quiet(
    session: Session, start: time | None, end: time | None, named: str | None
) -> QuietHours | None:
    if start is None or end is None or named is None or start == end:
        return None
    # One zone that this machine does not know must not stop what everybody gets.
    zone = _zone(named) or _zone(task_force(session).timezone)
    return None if zone is None else QuietHours(start=start, end=end, zone=zone)


@cache
def _zone(name: str) -> ZoneInfo | None:
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        log.warning("a time zone of somebody's quiet hours is not known here")  # once a zone
        return None
