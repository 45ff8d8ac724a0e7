"""
Agendas: the meetings of somebody's coming days, in one message a week for who wants it.
"""

from datetime import datetime, timedelta

from storage.deliveries import Plan, Priority, plan
from storage.meetings import Occurrence, Series, all_series, coming, groups_of
from storage.reminder_wishes import agendas, muted_by
from storage.session import Session
from storage.slots import due_slots, minutes_due
from storage.zones import zones_of

AGENDA = "week ahead"  # the kind of delivery, and the series of the minutes it is planned for
USEFUL = timedelta(days=2)


def plan_agendas(session: Session, *, now: datetime) -> int:
    """
    Plan what has become due since this was last done; return how many are new. Of weeks
    that went by while the bot was away, the last one's goes.
    """
    span = minutes_due(session, AGENDA, now=now, farthest=timedelta(days=7))
    if span is None:
        return 0
    after, until = span
    wishes = agendas(session)
    zones = zones_of(session, wishes)
    plans = []
    for user_id, wish in wishes.items():
        slots = due_slots(
            AGENDA,
            at=wish.at,
            zone=zones[user_id],
            after=after,
            until=until,
            weekdays=(wish.weekday,),
        )
        plans += [
            Plan(
                kind=AGENDA,
                occasion=slot.date.isoformat(),
                recipient=user_id,
                due_at=slot.at,
                useful_until=slot.at + USEFUL,
                priority=Priority.REMINDER,
                payload={"days": wish.days},
            )
            for slot in slots[-1:]
        ]
    return plan(session, plans, now=now)


def series_of(session: Session, user_id: str) -> tuple[Series, ...]:
    """
    Return the series whose meetings are *user_id*'s, those without dates too.
    """
    mine = groups_of(session, user_id)
    return tuple(each for each in all_series(session) if each.group in mine)


def ahead(session: Session, user_id: str, *, now: datetime, days: int) -> tuple[Occurrence, ...]:
    """
    Return the meetings of *user_id*'s next *days* that take place, those of muted series
    left out.
    """
    muted = muted_by(session, user_id)
    some = [each for each in series_of(session, user_id) if each.id not in muted]
    until = now + timedelta(days=days)
    return tuple(
        each for each in coming(session, some, now=now, days=days + 1) if each.starts_at < until
    )
