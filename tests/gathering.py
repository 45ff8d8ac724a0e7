"""
Groups that meet, and who sits there: for tests of reminders.
"""

from collections.abc import Sequence
from datetime import date, datetime, time, timedelta
from typing import Any

from sqlmodel import col, select, update

from commands.contract import Notice, Skip
from commands.reminding import DELIVERIES
from storage.claims import begin, claim, mark_sent, mark_skipped, mark_unknown
from storage.deliveries import Delivery, Priority
from storage.meeting_edits import add_series
from storage.meetings import Series
from storage.models import Delivery as DeliveryRow
from storage.models import Organization
from storage.models import Series as Slots
from storage.recurrence import Plan
from storage.seats import take_seats
from storage.session import Session
from tests.conftest import NOON
from tests.keeping import add_member

BY = "U0COORD11"
HTTF, MDT = "collaborative:httf", "collaborative:ht-mdt"
PACIFIC = "America/Los_Angeles"
KINDS = {kind.name: kind for kind in DELIVERIES}
TUESDAYS = Plan(
    starts_on=date(2026, 3, 10),
    starts_at=time(10),
    minutes=90,
    zone=PACIFIC,
    rule="FREQ=WEEKLY;BYDAY=TU",
    holidays="US-CA",
)


def seat(session: Session, user_id: str, *groups: str, of: str = "cvs") -> None:
    """
    Let *user_id*, a member of an agency, sit in *groups*.
    """
    agency = session.exec(select(Organization.id).where(Organization.key == of)).one()
    take_seats(session, organization_id=agency or 0, refs=groups, user_id=user_id, now=NOON)


def add_seated(
    session: Session, user_id: str, *groups: str, of: str = "cvs", **values: Any
) -> None:
    add_member(session, user_id, of=of, **values)
    seat(session, user_id, *groups, of=of)


def add_meeting(session: Session, plan: Plan = TUESDAYS, **values: Any) -> Series:
    given: dict[str, Any] = {
        "group": HTTF,
        "name": "HTTF weekly",
        "plain": False,
        "place": "Room 1",
        "link": "https://meet.example.org/abc",
        "now": NOON,
    }
    return add_series(session, plan=plan, by=BY, **given | values)


def tick(session: Session, now: datetime) -> None:
    """
    Plan what is due of every kind, as the bot's tick does.
    """
    for kind in DELIVERIES:
        if kind.plan is not None:
            kind.plan(session, now)


def skip_to(session: Session, now: datetime) -> None:
    """
    Let it be *now*, as if nothing had become due since the last tick.
    """
    session.exec(
        update(Slots)
        .values(planned_until=now.replace(second=0))
        .execution_options(synchronize_session=False)
    )


def deliver(
    session: Session, now: datetime, *, unknown: Sequence[str] = ()
) -> list[tuple[Delivery, Notice]]:
    """
    Send what is due, as the bot's sender does; return what went out.

    Args:
        unknown: of whose messages Slack never says that it has them.
    """
    sent = []
    room = dict.fromkeys(Priority, 500)
    claimed = claim(session, holder="h", now=now, lease=timedelta(minutes=1), room=room)
    for each in claimed.deliveries:
        token = each.token or ""
        said = KINDS[each.kind].render(each, session, now)
        if not isinstance(said, Notice):
            why = said.reason if isinstance(said, Skip) else ""
            mark_skipped(session, token, reason=why, now=now)
            continue
        assert begin(session, token, now=now, lease=timedelta(minutes=1))
        if each.recipient in unknown:
            mark_unknown(session, token, reason="no answer", now=now)
        else:
            mark_sent(session, token, slack_ts="1", now=now)
        sent.append((each, said))
    return sent


def pass_time(
    session: Session, *, since: datetime, until: datetime, step: timedelta = timedelta(minutes=1)
) -> list[tuple[datetime, str, str]]:
    """
    Let the bot run; return when who read what.
    """
    found = []
    now = since
    while now <= until:
        tick(session, now)
        found += [(now, each.recipient, notice.text) for each, notice in deliver(session, now)]
        now += step
    return found


def fates(session: Session) -> list[tuple[str, str, str, str | None]]:
    """
    Return kind, recipient, state and reason of every delivery, oldest first.
    """
    rows = session.exec(
        select(DeliveryRow).order_by(col(DeliveryRow.id)).execution_options(populate_existing=True)
    )
    return [(row.kind, row.recipient, row.state, row.reason) for row in rows]
