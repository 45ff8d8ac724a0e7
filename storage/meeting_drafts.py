"""
Series of meetings as somebody filled them in: kept until they have seen the dates, and save.
"""

import secrets
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlmodel import col, delete, select

from storage.meeting_edits import add_series, change_series, check_plan
from storage.meetings import Series
from storage.models import HolidayPolicy
from storage.models import MeetingDraft as DraftRow
from storage.recurrence import Plan
from storage.session import Session

KEPT = timedelta(days=7)


@dataclass(frozen=True, kw_only=True)
class Draft:
    """
    Attributes:
        series_id: the series it changes, as it was at *version*; None: a new one.
        since: from which original local date on it changes; None: all of it.
    """

    group: str
    name: str
    plan: Plan
    place: str | None
    link: str | None
    series_id: int | None = None
    version: int | None = None
    since: date | None = None


def keep_draft(session: Session, draft: Draft, *, team_id: str, user_id: str, now: datetime) -> str:
    """
    Keep what somebody filled in, in the place of what they did before. Return its key.

    Raises:
        RuleError, FirstDateError, UnknownHolidaysError: see `check_plan`.
    """
    check_plan(draft.plan)
    drop_draft(session, team_id=team_id, user_id=user_id)
    session.exec(delete(DraftRow).where(col(DraftRow.made_at) < now - KEPT))
    plan = draft.plan
    assert plan.starts_on is not None  # noqa: S101 - a form has a first date; for the type checker
    row = DraftRow(
        key=secrets.token_hex(4),
        team_id=team_id,
        user_id=user_id,
        series_id=draft.series_id,
        version=draft.version,
        since_on=draft.since,
        group=draft.group,
        name=draft.name,
        starts_on=plan.starts_on,
        starts_at=plan.starts_at,
        minutes=plan.minutes,
        zone=plan.zone,
        rule=plan.rule,
        ends_on=plan.ends_on,
        on_holiday=plan.on_holiday.value,
        holidays=plan.holidays,
        location=draft.place,
        link=draft.link,
        made_at=now,
    )
    session.add(row)
    session.flush()
    return row.key


def find_draft(session: Session, *, team_id: str, user_id: str) -> tuple[str, Draft] | None:
    """
    Return what somebody filled in last and has not saved, with its key.
    """
    query = select(DraftRow).where(DraftRow.team_id == team_id, DraftRow.user_id == user_id)
    row = session.exec(query).one_or_none()
    if row is None:
        return None
    plan = Plan(
        starts_on=row.starts_on,
        starts_at=row.starts_at,
        minutes=row.minutes,
        zone=row.zone,
        rule=row.rule,
        ends_on=row.ends_on,
        on_holiday=HolidayPolicy(row.on_holiday),
        holidays=row.holidays,
    )
    return row.key, Draft(
        group=row.group,
        name=row.name,
        plan=plan,
        place=row.location,
        link=row.link,
        series_id=row.series_id,
        version=row.version,
        since=row.since_on,
    )


def drop_draft(session: Session, *, team_id: str, user_id: str) -> bool:
    """
    Throw away what somebody filled in. Return False if there is nothing.
    """
    mine = (col(DraftRow.team_id) == team_id, col(DraftRow.user_id) == user_id)
    return bool(session.exec(delete(DraftRow).where(*mine)).rowcount)


def save_draft(
    session: Session, draft: Draft, *, plain: bool, team_id: str, user_id: str, now: datetime
) -> Series:
    """
    Make the series that *draft* says, or change it so.

    Raises:
        StaleError, UnknownSeriesError: if it has changed meanwhile, or is no more.
        RuleError, FirstDateError, UnknownHolidaysError: see `check_plan`.
    """
    drop_draft(session, team_id=team_id, user_id=user_id)
    if draft.series_id is None:
        return add_series(
            session,
            group=draft.group,
            name=draft.name,
            plain=plain,
            plan=draft.plan,
            place=draft.place,
            link=draft.link,
            by=user_id,
            now=now,
        )
    return change_series(
        session,
        draft.series_id,
        version=draft.version or 0,
        since=draft.since,
        name=draft.name,
        plan=draft.plan,
        place=draft.place,
        link=draft.link,
        by=user_id,
        now=now,
    )
