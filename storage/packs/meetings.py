"""
A pack's meetings: series that are known to exist, their dates for coordinators to set.
"""

from collections.abc import Sequence
from datetime import datetime

from sqlmodel import select

from storage.meeting_edits import seed_series
from storage.models import MeetingSeries
from storage.packs.schema import MeetingEntry
from storage.seats import COLLABORATIVE, SUBCOMMITTEE
from storage.session import Session


def seed_meetings(
    session: Session, entries: Sequence[MeetingEntry], *, now: datetime
) -> tuple[str, ...]:
    """
    Make the series that are not there yet, without dates; the others stay as coordinators
    have them, but become plain if the pack says so. Return what was made, as "table/key".
    """
    known = {row.key: row for row in session.exec(select(MeetingSeries))}
    made = []
    for entry in entries:
        if row := known.get(entry.key):
            row.plain = row.plain or entry.plain
            continue
        group = (
            f"{COLLABORATIVE}:{entry.collaborative}"
            if entry.collaborative
            else f"{SUBCOMMITTEE}:{entry.subcommittee}"
        )
        seed_series(session, entry.key, group=group, name=entry.name, plain=entry.plain, now=now)
        made.append(f"meeting_series/{entry.key}")
    session.flush()
    return tuple(made)
