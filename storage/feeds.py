"""
Addresses at which calendar programs read somebody's meetings: whose, and the end of each.
"""

import secrets
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from hmac import compare_digest

from sqlmodel import col, delete, select

from storage.audit import record
from storage.models import CalendarFeed
from storage.session import Session

TOKEN_BYTES = 32


@dataclass(frozen=True, kw_only=True)
class Feed:
    """
    Attributes:
        group: "collaborative:KEY"; "": every meeting of theirs.
    """

    team_id: str
    user_id: str
    group: str
    made_at: datetime


def open_feed(session: Session, *, team_id: str, user_id: str, group: str, now: datetime) -> str:
    """
    Make an address, in the place of the one that was. Return what it ends in: it cannot be
    guessed, and is kept nowhere.
    """
    _delete(session, team_id=team_id, user_id=user_id, group=group)
    token = secrets.token_urlsafe(TOKEN_BYTES)
    session.add(
        CalendarFeed(
            team_id=team_id,
            user_id=user_id,
            group=group,
            token_digest=_digest(token),
            made_at=now,
        )
    )
    session.flush()
    record(session, "calendar.opened", actor=user_id, now=now, subject=user_id)
    return token


def close_feed(session: Session, *, team_id: str, user_id: str, group: str, now: datetime) -> bool:
    """
    Let an address answer no more. Return False if there is none.
    """
    if not _delete(session, team_id=team_id, user_id=user_id, group=group):
        return False
    record(session, "calendar.closed", actor=user_id, now=now, subject=user_id)
    return True


def end_feeds(session: Session, *, team_id: str, user_id: str) -> None:
    """
    Let every address of somebody answer no more: also if they come back.
    """
    session.exec(
        delete(CalendarFeed).where(
            col(CalendarFeed.team_id) == team_id, col(CalendarFeed.user_id) == user_id
        )
    )


def feeds_of(session: Session, *, team_id: str, user_id: str) -> tuple[Feed, ...]:
    query = select(CalendarFeed).where(
        CalendarFeed.team_id == team_id, CalendarFeed.user_id == user_id
    )
    rows = session.exec(query.order_by(col(CalendarFeed.group)))
    return tuple(map(_value, rows))


def find_feed(session: Session, token: str) -> Feed | None:
    """
    Return whose address ends in *token*, or None. Whatever it is, it is hashed and looked
    for: how long that takes says nothing of any other.
    """
    digest = _digest(token)
    row = session.exec(
        select(CalendarFeed).where(CalendarFeed.token_digest == digest)
    ).one_or_none()
    known = compare_digest(row.token_digest if row else _digest(""), digest)
    return _value(row) if row is not None and known else None


def _delete(session: Session, *, team_id: str, user_id: str, group: str) -> bool:
    gone = session.exec(
        delete(CalendarFeed).where(
            col(CalendarFeed.team_id) == team_id,
            col(CalendarFeed.user_id) == user_id,
            col(CalendarFeed.group) == group,
        )
    )
    return bool(gone.rowcount)


def _digest(token: str) -> str:
    return sha256(token.encode()).hexdigest()


def _value(row: CalendarFeed) -> Feed:
    return Feed(team_id=row.team_id, user_id=row.user_id, group=row.group, made_at=row.made_at)
