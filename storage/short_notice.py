"""
Meetings set, or moved, when every lead was over: whoever was told nothing of them is told now.
"""

from collections.abc import Collection, Iterator, Sequence
from datetime import date, datetime, timedelta

from storage.deliveries import Plan, Priority, plan
from storage.leads import Lead, leads_of
from storage.meetings import Change, Occurrence, Series, all_series, occurrences
from storage.reminders import REMINDER, Known, as_told, named, readers
from storage.session import Session

SET = frozenset({"set", "moved", "restored"})
DAY = timedelta(days=1)
Told = tuple[str, int, date]  # who, the first of its series, and the day it is originally on


def plan_short(
    session: Session, fresh: Sequence[Change], *, told: Collection[Told], now: datetime
) -> int:
    """
    Plan one reminder of what *fresh* changes have set so near that no lead is to come any
    more; return how many are new.

    Args:
        told: who was reminded, or is about to be: they get news of what changed instead.
    """
    some = [each for each in fresh if each.what in SET]
    if not some:
        return 0
    every = {each.id: each for each in all_series(session)}
    known = Known(session=session)
    plans: dict[tuple[str, str], Plan] = {}
    for change in some:
        series = every.get(change.successor_id or change.series_id)
        if series is None:
            continue
        leads = leads_of(session, [series.id])[series.id]
        for found in _set(session, series, change, leads, now=now):
            number = known.firsts.get(series.id, series.id)
            for reader, lead in _last_leads(found, leads, known).items():
                if lead.due(found) > now or (reader, number, found.key.date()) in told:
                    continue
                occasion = named(found, str(lead.minutes), firsts=known.firsts)
                plans[occasion, reader] = Plan(
                    kind=REMINDER,
                    occasion=occasion,
                    recipient=reader,
                    due_at=now,
                    useful_until=found.starts_at,
                    priority=Priority.REMINDER,
                    payload={**as_told(found), "lead": lead.minutes},
                )
    return plan(session, list(plans.values()), now=now)


def _set(
    session: Session, series: Series, change: Change, leads: Sequence[Lead], *, now: datetime
) -> Iterator[Occurrence]:
    """
    Yield the meetings that a change has set and that begin within the longest lead.
    """
    longest = max((each.span for each in leads), default=timedelta())
    first, last = now.date() - DAY, (now + longest).date() + 2 * DAY
    for found in occurrences(session, [series], first=first, last=last):
        concerned = (
            found.key == change.key
            if change.key is not None
            else change.since_on is None or found.key.date() >= change.since_on
        )
        if concerned and found.takes_place and found.starts_at > now:
            yield found


def _last_leads(found: Occurrence, leads: Sequence[Lead], known: Known) -> dict[str, Lead]:
    """
    Return who is reminded of a meeting, each with the last lead that is theirs.
    """
    last: dict[str, Lead] = {}
    for lead in leads:  # the longest first
        for reader in readers(found, lead, known):
            last[reader] = lead
    return last
