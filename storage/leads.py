"""
Leads: how long before the meetings of a series somebody is reminded, and who.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from sqlmodel import col, delete, select

from storage.audit import record
from storage.meetings import Occurrence
from storage.models import MeetingSeries, ReminderLead
from storage.session import Session
from storage.slots import instant

HOUR, DAY = 60, 24 * 60  # minutes
LONGEST = 28 * DAY


@dataclass(frozen=True, kw_only=True)
class Lead:
    """
    Attributes:
        minutes: before the start.
        role: of the people of the series only those with it, "role:coordinators"; "": all.
        to_people: each of them gets a message.
        channel: Slack's id of a channel that gets one.
    """

    minutes: int
    role: str = ""
    to_people: bool = True
    channel: str | None = None

    @property
    def span(self) -> timedelta:
        return timedelta(minutes=self.minutes)

    def due(self, found: Occurrence) -> datetime:
        """
        Return when to remind of a meeting. A day before is the same time by the clocks
        there, also where they change in between; an hour before is an hour, as in RFC 5545.
        """
        days, rest = divmod(self.minutes, DAY)
        day = found.local.date() - timedelta(days=days)
        if not days:
            return found.starts_at - timedelta(minutes=rest)
        return instant(day, found.local.time(), ZoneInfo(found.zone)) - timedelta(minutes=rest)


# Of a series for which nobody said others: its people, a week, a day and an hour before.
USUAL = (Lead(minutes=7 * DAY), Lead(minutes=DAY), Lead(minutes=HOUR))


def leads_of(session: Session, series_ids: Collection[int]) -> dict[int, tuple[Lead, ...]]:
    """
    Return the leads of each of *series_ids*, the longest first; `USUAL` where nobody said
    others, none where somebody said that there be none.
    """
    said: dict[int, list[Lead]] = {}
    query = select(ReminderLead).where(col(ReminderLead.series_id).in_(series_ids))
    for row in session.exec(query.order_by(col(ReminderLead.minutes).desc(), col(ReminderLead.id))):
        lead = Lead(
            minutes=row.minutes, role=row.role, to_people=row.to_people, channel=row.channel
        )
        leads = said.setdefault(row.series_id, [])
        if lead.to_people or lead.channel:
            leads.append(lead)
    return {number: tuple(said[number]) if number in said else USUAL for number in series_ids}


def set_leads(
    session: Session, series_id: int, leads: Sequence[Lead], *, by: str, now: datetime
) -> bool:
    """
    Let *leads* be those of a series, and no others. Return False if they were.
    """
    # Of two who set them at once the second compares with what the first has set.
    session.exec(
        select(MeetingSeries.id).where(col(MeetingSeries.id) == series_id).with_for_update()
    ).one_or_none()
    new = tuple(sorted(leads, key=lambda each: (-each.minutes, each.role)))
    before = sorted(
        leads_of(session, [series_id])[series_id], key=lambda each: (-each.minutes, each.role)
    )
    if tuple(before) == new:
        return False
    session.exec(delete(ReminderLead).where(col(ReminderLead.series_id) == series_id))
    # That nobody is reminded is something that was said, too.
    for lead in new or (Lead(minutes=0, to_people=False),):
        session.add(ReminderLead(series_id=series_id, **vars(lead)))
    session.flush()
    told = {
        "people": sorted({each.minutes for each in new if each.to_people and not each.role}),
        "coordinators": sorted({each.minutes for each in new if each.to_people and each.role}),
        "channel": sorted({each.minutes for each in new if each.channel}),
    }
    said = {name: ", ".join(map(str, minutes)) for name, minutes in told.items()}
    record(session, "reminders.set", actor=by, now=now, subject=f"meeting:{series_id}", **said)
    return True
