"""
What reminders of meetings say by themselves, and what is said when a meeting changes.
"""

from datetime import datetime
from zoneinfo import ZoneInfo

from commands.contract import DeliveryKind, Notice, Skip
from commands.meeting_page import answering, mute_button
from commands.meeting_refs import moment, opening, span
from storage.agendas import AGENDA, USEFUL, ahead, plan_agendas
from storage.attendance import Answer, answers, members_among, senders
from storage.broadcast_progress import is_channel
from storage.delegations import DELEGATION, goes, plan_lost
from storage.deliveries import Delivery, Priority
from storage.meeting_news import NEWS, news_of, plan_news
from storage.meetings import Occurrence
from storage.reminders import LEFT, REMINDER, as_it_stands, meeting_of, plan_reminders
from storage.session import Session
from storage.unreadable import UNREADABLE, plan_unreadable, unreadable
from storage.zones import zone_of

OPEN = "Open for details."
NONE_AHEAD = "there is no meeting in these days"
UNREAD = "It cannot be read when a series meets, so nobody is reminded of it. Set its dates anew."
NO_LONGER = "this is no longer so"


def render_reminder(delivery: Delivery, session: Session, now: datetime) -> Notice | Skip:
    found = as_it_stands(session, delivery, now=now)
    if isinstance(found, str):
        return Skip(reason=found)
    text = f"Meeting {_when(found.starts_at, found, delivery, session, now=now)}. {OPEN}"
    if is_channel(delivery.recipient):
        return Notice(text=text, opens=opening(found), shown=_posted(found))
    return Notice(
        text=text,
        opens=opening(found),
        buttons=(*answering(found), mute_button(found.series_id)),
    )


def render_news(delivery: Delivery, session: Session, now: datetime) -> Notice | Skip:
    news = news_of(session, delivery, now=now)
    if isinstance(news, str):
        return Skip(reason=news)
    found = news.now
    named = f"reminders open {delivery.payload['series']} {delivery.payload['key']}"
    there = found or meeting_of(session, delivery.payload)
    before = f"Meeting {_when(news.before, there, delivery, session, now=now)}"
    if found is None or not found.takes_place:
        text = f"{before} does not take place."
        if news.then is not None:
            at = _when(news.then.starts_at, news.then, delivery, session, now=now)
            text += f" The next one is {at}."
            named = opening(news.then)
        return Notice(text=f"{text} {OPEN}", opens=named)
    shown = f"{before}: now {_posted(found)}" if is_channel(delivery.recipient) else None
    buttons = () if is_channel(delivery.recipient) else answering(found)
    if found.starts_at != news.before:
        at = _when(found.starts_at, found, delivery, session, now=now)
        text = f"{before} is now {at}. {OPEN}"
    elif not news.was_on:
        text = f"{before} takes place after all. {OPEN}"
    else:
        text = f"{before}: the place or the link has changed. {OPEN}"
    return Notice(text=text, opens=opening(found), shown=shown, buttons=buttons)


def render_delegation(delivery: Delivery, session: Session, now: datetime) -> Notice | Skip:
    found, reader = meeting_of(session, delivery.payload), delivery.recipient
    if found is None or not found.takes_place or found.series.plain:
        return Skip(reason=NO_LONGER)
    said = answers(session, found)
    sending = senders(said, reader)
    members = members_among(session, {reader, *sending})
    if reader not in members:
        return Skip(reason=LEFT)
    at = f"Meeting {_when(found.starts_at, found, delivery, session, now=now)}"
    match delivery.payload["what"]:
        case "asked" if sending:
            return Notice(
                text=f"{at}: a colleague asks you to go. {OPEN}",
                opens=opening(found),
                buttons=answering(found)[:2],
            )
        case "freed" if not sending:
            return Notice(text=f"{at}: you need not go for your colleague. {OPEN}", opens=opening(found))  # fmt: skip
        case ("declined" | "lost") as what if reader in said and not goes(session, found, reader):
            if said[reader].answer is not Answer.DELEGATE:
                return Skip(reason=NO_LONGER)
            why = "cannot come" if what == "declined" else "is not told of it any more, so you are"
            return Notice(
                text=f"{at}: whom you send {why}. {OPEN}",
                opens=opening(found),
                buttons=answering(found),
            )
    return Skip(reason=NO_LONGER)


def render_unreadable(delivery: Delivery, session: Session, now: datetime) -> Notice | Skip:
    found = unreadable(session, int(delivery.payload["series"]))
    if found is None:
        return Skip(reason=NO_LONGER)
    return Notice(text=UNREAD, opens=f"meeting change {found.id}")


def render_agenda(delivery: Delivery, session: Session, now: datetime) -> Notice | Skip:
    if delivery.recipient not in members_among(session, [delivery.recipient]):
        return Skip(reason=LEFT)
    days = int(delivery.payload["days"])
    number = len(ahead(session, delivery.recipient, now=now, days=days))
    if not number:
        return Skip(reason=NONE_AHEAD)
    meetings = "1 meeting" if number == 1 else f"{number} meetings"
    return Notice(text=f"{meetings} in the next {days} days. {OPEN}", opens=f"reminders ahead {days}")  # fmt: skip


def _when(
    at: datetime,
    found: Occurrence | None,
    delivery: Delivery,
    session: Session,
    *,
    now: datetime,
) -> str:
    zone = zone_of(session, delivery.recipient)
    there = found.zone if found else zone.key
    if is_channel(delivery.recipient):
        zone = ZoneInfo(there)
    return moment(at, zone, there=there, now=now)


def _posted(found: Occurrence) -> str:
    """
    Return what a channel reads of a meeting: its plain title, time, place and link.
    """
    lines = [f"{found.title}: {span(found, ZoneInfo(found.zone))}"]
    lines += [f"Place: {found.place}"] if found.place else []
    lines += [f"Link: {found.link}"] if found.link else []
    return "\n".join(lines)


REMINDERS = DeliveryKind(
    name=REMINDER,
    title="Reminders of your meetings",
    render=render_reminder,
    priority=Priority.REMINDER,
    plan=lambda session, now: plan_reminders(session, now=now),
    minutely=True,
    inner=True,
)
CHANGES = DeliveryKind(
    name=NEWS,
    title="Changes of meetings you were reminded of",
    render=render_news,
    priority=Priority.REMINDER,
    plan=lambda session, now: plan_news(session, now=now),
    inner=True,
)
DELEGATIONS = DeliveryKind(
    name=DELEGATION,
    title="Going to a meeting for a colleague",
    render=render_delegation,
    priority=Priority.REMINDER,
    plan=lambda session, now: plan_lost(session, now=now),
    minutely=True,
)
BROKEN = DeliveryKind(
    name=UNREADABLE,
    title="Meetings whose dates cannot be read",
    render=render_unreadable,
    priority=Priority.REMINDER,
    plan=lambda session, now: plan_unreadable(session, now=now),
    minutely=True,
)
AGENDAS = DeliveryKind(
    name=AGENDA,
    title="Your week's meetings",
    render=render_agenda,
    priority=Priority.REMINDER,
    useful=USEFUL,
    plan=lambda session, now: plan_agendas(session, now=now),
    minutely=True,
)
DELIVERIES = (REMINDERS, CHANGES, DELEGATIONS, BROKEN, AGENDAS)
