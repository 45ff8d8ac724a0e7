"""
What reminders of meetings say by themselves, and what is said when a meeting changes.
"""

from datetime import datetime
from zoneinfo import ZoneInfo

from commands.contract import DeliveryKind, Notice, Skip
from commands.meeting_page import answering, mute_button
from commands.meeting_refs import moment, opening, span
from commands.speech import phrase, say, say_many
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

OPEN = phrase("Open for details.")
NONE_AHEAD = phrase("there is no meeting in these days")
UNREAD = phrase(
    "It cannot be read when a series meets, so nobody is reminded of it. Set its dates anew."
)
NO_LONGER = phrase("this is no longer so")


def render_reminder(delivery: Delivery, session: Session, now: datetime) -> Notice | Skip:
    found = as_it_stands(session, delivery, now=now)
    if isinstance(found, str):
        return Skip(reason=found)
    text = say(
        "Meeting {when}. {open}",
        when=_when(found.starts_at, found, delivery, session, now=now),
        open=say(OPEN),
    )
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
    before = say("Meeting {when}", when=_when(news.before, there, delivery, session, now=now))
    if found is None or not found.takes_place:
        text = say("{before} does not take place.", before=before)
        if news.then is not None:
            at = _when(news.then.starts_at, news.then, delivery, session, now=now)
            text += say(" The next one is {at}.", at=at)
            named = opening(news.then)
        return Notice(text=f"{text} {say(OPEN)}", opens=named)
    shown = (
        say("{before}: now {posted}", before=before, posted=_posted(found))
        if is_channel(delivery.recipient)
        else None
    )
    buttons = () if is_channel(delivery.recipient) else answering(found)
    if found.starts_at != news.before:
        at = _when(found.starts_at, found, delivery, session, now=now)
        text = say("{before} is now {at}. {open}", before=before, at=at, open=say(OPEN))
    elif not news.was_on:
        text = say("{before} takes place after all. {open}", before=before, open=say(OPEN))
    else:
        text = say(
            "{before}: the place or the link has changed. {open}", before=before, open=say(OPEN)
        )
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
    at = say("Meeting {when}", when=_when(found.starts_at, found, delivery, session, now=now))
    match delivery.payload["what"]:
        case "asked" if sending:
            return Notice(
                text=say("{at}: a colleague asks you to go. {open}", at=at, open=say(OPEN)),
                opens=opening(found),
                buttons=answering(found)[:2],
            )
        case "freed" if not sending:
            return Notice(text=say("{at}: you need not go for your colleague. {open}", at=at, open=say(OPEN)), opens=opening(found))  # fmt: skip
        case ("declined" | "lost") as what if reader in said and not goes(session, found, reader):
            if said[reader].answer is not Answer.DELEGATE:
                return Skip(reason=NO_LONGER)
            why = (
                say("cannot come")
                if what == "declined"
                else say("is not told of it any more, so you are")
            )
            return Notice(
                text=say("{at}: whom you send {why}. {open}", at=at, why=why, open=say(OPEN)),
                opens=opening(found),
                buttons=answering(found),
            )
    return Skip(reason=NO_LONGER)


def render_unreadable(delivery: Delivery, session: Session, now: datetime) -> Notice | Skip:
    found = unreadable(session, int(delivery.payload["series"]))
    if found is None:
        return Skip(reason=NO_LONGER)
    return Notice(text=say(UNREAD), opens=f"meeting change {found.id}")


def render_agenda(delivery: Delivery, session: Session, now: datetime) -> Notice | Skip:
    if delivery.recipient not in members_among(session, [delivery.recipient]):
        return Skip(reason=LEFT)
    days = int(delivery.payload["days"])
    number = len(ahead(session, delivery.recipient, now=now, days=days))
    if not number:
        return Skip(reason=NONE_AHEAD)
    meetings = say_many("1 meeting", "{number} meetings", number)
    return Notice(text=say("{meetings} in the next {days} days. {open}", meetings=meetings, days=days, open=say(OPEN)), opens=f"reminders ahead {days}")  # fmt: skip


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
    lines += [say("Place: {place}", place=found.place)] if found.place else []
    lines += [say("Link: {link}", link=found.link)] if found.link else []
    return "\n".join(lines)


REMINDERS = DeliveryKind(
    name=REMINDER,
    title=phrase("Reminders of your meetings"),
    render=render_reminder,
    priority=Priority.REMINDER,
    plan=lambda session, now: plan_reminders(session, now=now),
    minutely=True,
    inner=True,
)
CHANGES = DeliveryKind(
    name=NEWS,
    title=phrase("Changes of meetings you were reminded of"),
    render=render_news,
    priority=Priority.REMINDER,
    plan=lambda session, now: plan_news(session, now=now),
    inner=True,
)
DELEGATIONS = DeliveryKind(
    name=DELEGATION,
    title=phrase("Going to a meeting for a colleague"),
    render=render_delegation,
    priority=Priority.REMINDER,
    plan=lambda session, now: plan_lost(session, now=now),
    minutely=True,
)
BROKEN = DeliveryKind(
    name=UNREADABLE,
    title=phrase("Meetings whose dates cannot be read"),
    render=render_unreadable,
    priority=Priority.REMINDER,
    plan=lambda session, now: plan_unreadable(session, now=now),
    minutely=True,
)
AGENDAS = DeliveryKind(
    name=AGENDA,
    title=phrase("Your week's meetings"),
    render=render_agenda,
    priority=Priority.REMINDER,
    useful=USEFUL,
    plan=lambda session, now: plan_agendas(session, now=now),
    minutely=True,
)
DELIVERIES = (REMINDERS, CHANGES, DELEGATIONS, BROKEN, AGENDAS)
