"""
In which time zone somebody reads times: that of their quiet hours and their digest.
"""

from collections.abc import Collection
from dataclasses import replace
from zoneinfo import ZoneInfo

from storage.preferences import (
    DIGEST_AT,
    EVERY_KIND,
    DigestTime,
    Preference,
    prefer,
    preferences,
    said_by,
)
from storage.session import Session
from storage.task_forces import task_force


def zone_of(session: Session, user_id: str) -> ZoneInfo:
    return zones_of(session, [user_id])[user_id]


def zones_of(session: Session, user_ids: Collection[str]) -> dict[str, ZoneInfo]:
    """
    Return the zone of each of *user_ids*; the task force's where nobody said another.
    """
    home = ZoneInfo(task_force(session).timezone)
    found = {}
    for (user_id, _), wish in preferences(session, user_ids, kinds=[EVERY_KIND]).items():
        if wish.quiet is not None:
            found[user_id] = wish.quiet.zone
        else:
            found[user_id] = wish.digest_at.zone if wish.digest_at else home
    return found


def set_zone(session: Session, user_id: str, zone: ZoneInfo) -> None:
    """
    Let somebody's quiet hours and digest be by the clocks of *zone* from now on.
    """
    before = said_by(session, user_id).get(EVERY_KIND, Preference())
    at = before.digest_at.at if before.digest_at else DIGEST_AT
    wish = replace(
        before,
        quiet=before.quiet and replace(before.quiet, zone=zone),
        digest_at=DigestTime(at=at, zone=zone),
    )
    prefer(session, user_id, wish, kind=EVERY_KIND)
