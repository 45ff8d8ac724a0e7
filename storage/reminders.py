"""
Reminders of meetings: who is told, when, and what of it still holds when it goes out.
"""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cached_property
from hashlib import sha256
from typing import Any

from sqlmodel import col, select

from storage.attendance import (
    Answer,
    answers,
    expected,
    going,
    members_among,
    people_of,
    senders,
)
from storage.broadcast_progress import is_channel
from storage.deliveries import Delivery, Plan, Priority, plan
from storage.early import before_quiet, by_hours
from storage.errors import UnknownOccurrenceError, UnknownSeriesError, UnreadableSeriesError
from storage.leads import DAY, Lead, leads_of
from storage.meetings import (
    Occurrence,
    all_series,
    became,
    find_occurrence,
    firsts,
    key_text,
    occurrences,
    read_key,
)
from storage.models import Snooze
from storage.preferences import QuietHours, quiet_hours, quiet_people
from storage.reminder_wishes import muting, snoozed_until
from storage.seats import sits_in
from storage.session import Session
from storage.slots import minutes_due

REMINDER = "reminder"  # the kind of delivery, and the series of the minutes it is planned for
FARTHEST = timedelta(days=31)  # after a longer downtime nobody wants to hear of each meeting
LONGEST_QUIET = timedelta(days=1, hours=2)  # on a day of 25 hours, and the minutes before
ONE_DAY = timedelta(days=1)

GONE = "this meeting is in its series no more"
MOVED = "this meeting was moved, and is reminded of anew"
LEFT = "its reader is no member any more"
NOT_THERE = "its reader does not sit there any more"
MUTED = "its reader muted this series"
CANNOT = "its reader said that they cannot come"
SENDS = "its reader sends somebody"
PUT_OFF = "its reader put it off to another time"
NOT_THEN = "its reader is not reminded of it at that time any more"
UNREADABLE = "when its series meets cannot be read"
NO_CHANNEL = "this channel is reminded of it no more"


@dataclass(frozen=True, kw_only=True)
class _Hit:
    """
    Attributes:
        only: whom it is for; None: all of them.
        snoozed: until when they put it off.
    """

    found: Occurrence
    lead: Lead
    due: datetime
    only: Collection[str] | None = None
    snoozed: datetime | None = None


def plan_reminders(session: Session, *, now: datetime) -> int:
    """
    Plan what has become due since this was last done, in however many processes, and
    return how much is new. A lead is not made up for that was over when a meeting was set,
    or moved; of those that became due while the bot was away, the last one goes.
    """
    span = minutes_due(session, REMINDER, now=now, farthest=FARTHEST)
    if span is None:
        return 0
    latest: dict[tuple[int, datetime, str], _Hit] = {}
    known = Known(session=session)
    for hit in (*_leads(session, *span), *_snoozes(session, *span)):
        for recipient in _recipients(hit, known):
            key = (hit.found.series_id, hit.found.key, recipient)
            if key not in latest or latest[key].due <= hit.due:
                latest[key] = hit
    plans = [
        Plan(
            kind=REMINDER,
            occasion=_occasion(hit, known.firsts),
            recipient=recipient,
            due_at=hit.due,
            useful_until=hit.found.starts_at,
            priority=Priority.REMINDER,
            payload={
                **as_told(hit.found),
                "lead": hit.lead.minutes,
                **({"snoozed": hit.snoozed.isoformat()} if hit.snoozed else {}),
            },
        )
        for (_, _, recipient), hit in latest.items()
    ]
    return plan(session, plans, now=now)


def as_told(found: Occurrence) -> dict[str, Any]:
    """
    Return of a meeting what its reader was told of it: ids, its moment, and what differs
    when its place or its link does.
    """
    where = f"{found.place or ''}\n{found.link or ''}"
    return {
        "series": found.series_id,
        "key": found.name,
        "starts": found.starts_at.isoformat(),
        "where": sha256(where.encode()).hexdigest()[:12],
        "on": found.takes_place,
    }


def plan_again(session: Session, pending: Delivery, found: Occurrence, *, now: datetime) -> int:
    """
    Let a reminder that waits, and whose meeting was moved since, go for the new time
    instead: unless its lead is still to come there, and then it is planned by itself.
    """
    lead = Lead(minutes=int(pending.payload.get("lead", 0)))
    if pending.payload.get("snoozed") or lead.due(found) > now:
        return 0
    again = Plan(
        kind=REMINDER,
        occasion=named(found, str(lead.minutes), firsts=firsts(session)),
        recipient=pending.recipient,
        due_at=pending.due_at,
        useful_until=found.starts_at,
        priority=Priority.REMINDER,
        payload={**as_told(found), "lead": lead.minutes},
    )
    return plan(session, [again], now=now)


def as_it_stands(session: Session, delivery: Delivery, *, now: datetime) -> Occurrence | str:
    """
    Return the meeting that a reminder is of; or in words why its reader is not to be
    reminded of it any more.
    """
    payload, reader = delivery.payload, delivery.recipient
    try:
        found = meeting_of(session, payload)
        if found is None and (key := read_key(str(payload["key"]))):
            # Its series may have gone on as another one since this was planned.
            found = became(session, int(payload["series"]), key=key)
    except UnreadableSeriesError:
        return UNREADABLE
    if found is None:
        return GONE
    if not found.takes_place:
        return f"this meeting is {found.state}"
    if found.starts_at.isoformat() != payload["starts"]:
        return MOVED
    if is_channel(reader):
        return found if reminds(session, found, channel=reader) else NO_CHANNEL
    snoozed = snoozed_until(session, found, user_id=reader) if payload.get("snoozed") else None
    if payload.get("snoozed") and (snoozed is None or snoozed.isoformat() != payload["snoozed"]):
        return PUT_OFF
    if why := why_not(session, found, reader):
        return why
    return found if snoozed or _led(session, found, delivery, now=now) else NOT_THEN


def _led(session: Session, found: Occurrence, delivery: Delivery, *, now: datetime) -> bool:
    """
    Say whether a reminder is still wanted of a series whose leads may have changed since:
    as its own, or as the last one there is, because no other is to come.
    """
    reader = delivery.recipient
    concerned = {reader, *senders(answers(session, found), reader)}
    leads = [
        each
        for each in leads_of(session, [found.series_id])[found.series_id]
        if each.to_people
        and (not each.role or concerned & people_of(session, found, role=each.role))
    ]
    if any(each.minutes == delivery.payload.get("lead") for each in leads):
        return True
    return bool(leads) and all(each.due(found) <= now for each in leads)


def reminds(session: Session, found: Occurrence, *, channel: str) -> bool:
    """
    Say whether a channel is one of those that are reminded of a meeting.
    """
    leads = leads_of(session, [found.series_id])[found.series_id]
    return channel in {each.channel for each in leads}


def why_not(session: Session, found: Occurrence, user_id: str) -> str | None:
    """
    Return in words why *user_id* is not to be reminded of a meeting; None: they are.
    """
    said = answers(session, found)
    sending = senders(said, user_id)
    members = members_among(session, {user_id, *sending, *_delegates(said)})
    if user_id not in members:
        return LEFT
    muted = muting(session, found.series_id)
    if user_id in muted:
        return MUTED
    if any(going(said, each, members=members) == user_id for each in sending if each in members):
        return None
    if not sits_in(session, found.series.group, user_id):
        return NOT_THERE
    if going(said, user_id, members=members - muted) is not None:
        return SENDS
    own = said.get(user_id)
    return CANNOT if own is not None and own.answer is Answer.NO else None


def meeting_of(session: Session, payload: Mapping[str, Any]) -> Occurrence | None:
    key = read_key(str(payload["key"]))
    try:
        return find_occurrence(session, int(payload["series"]), key=key) if key else None
    except (UnknownSeriesError, UnknownOccurrenceError):
        return None


def _leads(session: Session, after: datetime, until: datetime) -> Iterator[_Hit]:
    """
    Yield the leads in (after, until]. Where somebody's quiet hours would keep one until the
    meeting has begun, it is theirs before those.
    """
    series = [each for each in all_series(session) if each.plan.starts_on is not None]
    leads = leads_of(session, [each.id for each in series])
    longest = max((each.span for some in leads.values() for each in some), default=timedelta())
    some = [each for each in series if leads[each.id]]
    coming = occurrences(
        session,
        some,
        first=after.date() - ONE_DAY,
        last=(until + longest + 2 * ONE_DAY).date(),
    )
    quiet: Collection[QuietHours] | None = None
    people: Mapping[QuietHours, Collection[str]] | None = None
    for found in coming:
        for lead in leads[found.series_id] if found.takes_place else ():
            due = lead.due(found)
            if after < due <= until:
                yield _Hit(found=found, lead=lead, due=due)
            elif until < due <= until + LONGEST_QUIET and _may_be_kept(lead):
                if quiet is None:
                    quiet = quiet_hours(session, kind=REMINDER)
                for hours in quiet:
                    early = before_quiet(hours, due, until=found.starts_at)
                    if early is not None and after < early <= until:
                        if people is None:  # as few minutes need
                            people = by_hours(quiet_people(session, kind=REMINDER))
                        only = people.get(hours, ())
                        yield _Hit(found=found, lead=lead, due=early, only=only)


def _may_be_kept(lead: Lead) -> bool:
    return lead.to_people and lead.minutes <= DAY  # nobody's quiet hours are longer


def _snoozes(session: Session, after: datetime, until: datetime) -> Iterator[_Hit]:
    query = select(Snooze).where(col(Snooze.until) > after, col(Snooze.until) <= until)
    for row in session.exec(query.order_by(col(Snooze.id))):
        found = meeting_of(session, {"series": row.series_id, "key": row.occurrence})
        if found is None or not found.takes_place or row.until >= found.starts_at:
            continue
        lead = Lead(minutes=(found.starts_at - row.until) // timedelta(minutes=1))
        yield _Hit(found=found, lead=lead, due=row.until, only={row.user_id}, snoozed=row.until)


@dataclass(kw_only=True)
class Known:
    """
    What was found out while planning: many meetings have the same people.

    Attributes:
        people: by group and role.
        muted: by series.
        expected: by series, meeting and role.
        firsts: of each series that goes on from another the first of them.
    """

    session: Session
    people: dict[tuple[str, str], frozenset[str]] = field(default_factory=dict)
    muted: dict[int, frozenset[str]] = field(default_factory=dict)
    expected: dict[tuple[int, str, str], tuple[str, ...]] = field(default_factory=dict)

    @cached_property
    def firsts(self) -> Mapping[int, int]:
        return firsts(self.session)

    def expected_at(self, found: Occurrence, *, role: str) -> tuple[str, ...]:
        """
        Return who is to be reminded of a meeting, by their Slack ids.
        """
        key = (found.series_id, found.name, role)
        if key not in self.expected:
            self.expected[key] = tuple(self._expected(found, role))
        return self.expected[key]

    def _expected(self, found: Occurrence, role: str) -> Iterator[str]:
        group, number = (found.series.group, role), found.series_id
        if group not in self.people:
            self.people[group] = people_of(self.session, found, role=role)
        if number not in self.muted:
            self.muted[number] = muting(self.session, number)
        said = answers(self.session, found)
        # Whom nobody reminds goes for nobody: who sends them is reminded again.
        members = members_among(self.session, _delegates(said)) - self.muted[number]
        for user_id in expected(said, self.people[group], members=members):
            if user_id not in self.muted[number]:
                yield user_id


def _recipients(hit: _Hit, known: Known) -> Iterator[str]:
    for reader in readers(hit.found, hit.lead, known):
        if hit.only is None or (reader in hit.only and reader != hit.lead.channel):
            yield reader


def readers(found: Occurrence, lead: Lead, known: Known) -> Iterator[str]:
    """
    Yield who is reminded of a meeting by a lead: people and a channel.
    """
    if lead.to_people:
        yield from known.expected_at(found, role=lead.role)
    if lead.channel:
        yield lead.channel


def _delegates(said: Mapping[str, Any]) -> set[str]:
    return {each.delegate for each in said.values() if each.delegate is not None}


def _occasion(hit: _Hit, firsts: Mapping[int, int]) -> str:
    what = str(hit.lead.minutes)
    if hit.snoozed is not None:
        what = f"snoozed {key_text(hit.snoozed.replace(tzinfo=None))}"
    return named(hit.found, what, firsts=firsts)


def named(found: Occurrence, what: str, *, firsts: Mapping[int, int]) -> str:
    """
    Return what names a reminder: by the first series of those that go on from each other,
    and with the moment that the meeting is at. Moved, it is reminded of anew; and never
    twice at the same, also where its series was parted meanwhile.
    """
    number = firsts.get(found.series_id, found.series_id)
    return f"{number} {found.name} {found.starts_at:%Y-%m-%dT%H:%MZ} {what}"
