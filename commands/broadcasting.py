"""
What broadcasts say by themselves: to their readers, to a second coordinator, to their sender.
"""

from collections.abc import Collection
from datetime import datetime, timedelta

from commands.announcing import announce
from commands.contacts import coordinators_for
from commands.contract import DeliveryKind, Notice, Standing, Wait
from storage.broadcasts import (
    BROADCAST,
    EMERGENCY,
    HELD,
    STATUS,
    USEFUL,
    Broadcast,
    BroadcastState,
    Progress,
    broadcasts,
    find_broadcast,
    finish_done,
    hold_back,
    is_channel,
    progress,
    reader_of,
    recently_ended,
    start_due,
    tell_progress,
)
from storage.deliveries import Delivery, Priority
from storage.errors import UnknownBroadcastError
from storage.members import find_member
from storage.session import Session

EVERY = timedelta(seconds=3)  # between two edits of what its sender sees
LAST = timedelta(minutes=2)  # after its end, what was on its way may still settle
HELD_SECONDS = 5.0
BAR = 10  # characters
NEUTRAL = "Message from your coordinator."
CORRECTED = "Message from your coordinator, corrected."
URGENT = "Urgent message from an administrator. It goes through mutes and quiet hours."


def render_broadcast(delivery: Delivery, session: Session, now: datetime) -> Notice | Wait | None:
    found = _of(delivery, session)
    if found is None:
        return None
    test = bool(delivery.payload.get("test"))
    if not test:
        if found.state is BroadcastState.PAUSED:
            return Wait(seconds=HELD_SECONDS, reason=HELD)
        if found.state is BroadcastState.ABORTED:
            return None
        if not is_channel(delivery.recipient) and not _still(found, delivery, session):
            return None  # they left, or are no member any more
        if delivery.payload.get("again") and _has_read(found, delivery, session):
            return None  # they said so while their reminder waited
    return _notice(found, delivery)


def edit_broadcast(delivery: Delivery, session: Session, now: datetime) -> Notice:
    found = _of(delivery, session)
    if found is None:
        return Notice(text="This message is no longer there.", opens="")
    return _notice(found, delivery)


def _notice(found: Broadcast, delivery: Delivery) -> Notice:
    text = NEUTRAL if found.draft.kind == BROADCAST else URGENT
    if found.corrections:
        text = f"{text} Corrected." if found.draft.kind == EMERGENCY else CORRECTED
    if found.draft.harmless:
        text = f"{text} {found.draft.text}"
    if delivery.payload.get("test"):
        text = f"Test, to you alone. {text}"
    return Notice(text=text, opens=f"message {found.number}", label="Read it")


def plan_broadcasts(session: Session, now: datetime) -> None:
    """
    Begin what is due, end what is done, and tell senders how it goes.
    """
    for each in start_due(session, now=now):
        announce(
            session,
            SENDERS,
            occasion=f"{each.number}.{each.run}:",
            recipients=[each.sender],
            due_at=now,
            now=now,
            standing=Standing.COORDINATOR,
            responsible=each.sender,
            payload={"broadcast": each.number, "run": each.run},
        )
    going = broadcasts(session, states=(BroadcastState.SENDING, BroadcastState.PAUSED))
    for each in going:
        if each.state is BroadcastState.PAUSED:
            hold_back(session, each, now=now)
    for each in (*going, *recently_ended(session, since=now - LAST)):
        tell_progress(session, each, said=status(each, progress(session, each)), now=now, every=EVERY)  # fmt: skip
    finish_done(session, now=now)


def render_status(delivery: Delivery, session: Session, now: datetime) -> Notice | None:
    found = _of(delivery, session)
    if found is None or found.run != delivery.payload["run"]:
        return None
    text = status(found, progress(session, found))
    return Notice(text=text, opens=f"broadcasts {found.number}")


def edit_status(delivery: Delivery, session: Session, now: datetime) -> Notice:
    found = render_status(delivery, session, now)
    return found or Notice(text="This broadcast is over.", opens="")


def status(found: Broadcast, how: Progress) -> str:
    """
    Return how a broadcast goes, in a line that a lock screen may show.
    """
    full = BAR * (how.people - how.waiting) // max(how.people, 1)
    # Read aloud a bar is noise: it stands there only while it moves.
    bar = " " + "█" * full + "░" * (BAR - full) if how.waiting else ""
    parts = [f"{how.sent} of {how.people} sent"]
    if found.draft.wants_ack:
        parts.append(f"{how.acknowledged} have read it")
    parts += [f"{number} {word}" for number, word in ((how.failed, "failed"), (how.skipped, "not sent on purpose"), (how.unknown, "unknown")) if number]  # fmt: skip
    state = {
        BroadcastState.PAUSED: " Paused.",
        BroadcastState.ABORTED: " Ended by a coordinator.",
        BroadcastState.SENT: " Done.",
        BroadcastState.SCHEDULED: " Done, until it is due again.",
    }.get(found.state, "")
    why = "".join(f" {why.capitalize()}: {number}." for why, number in how.why_not.items())
    return f"Broadcast {found.number}: {', '.join(parts)}.{state}{why}{bar}"


def plan_approvals(session: Session, now: datetime) -> None:
    for each in broadcasts(session, states=(BroadcastState.WAITING,)):
        announce(
            session,
            APPROVALS,
            occasion=f"{each.number}: {each.version}",
            recipients=coordinators_for(session, set(), but=each.sender),
            due_at=now,
            now=now,
            standing=Standing.COORDINATOR,
            responsible=each.sender,
            payload={"broadcast": each.number, "version": each.version},
        )


def tell_of_no(session: Session, found: Broadcast, *, now: datetime) -> None:
    """
    Have its sender told that a second coordinator said no.
    """
    announce(
        session,
        APPROVALS,
        occasion=f"{found.number}: {found.version}, no",
        recipients=[found.sender],
        due_at=now,
        now=now,
        standing=Standing.COORDINATOR,
        responsible=found.sender,
        payload={"broadcast": found.number, "version": found.version, "no": True},
    )


def tell_of_return(session: Session, numbers: Collection[int], now: datetime) -> None:
    """
    Have their senders told that broadcasts came back from a backup, and may have gone out.
    """
    for number in numbers:
        found = find_broadcast(session, number)
        announce(
            session,
            APPROVALS,
            occasion=f"{found.number}: {found.version}, back {now:%Y-%m-%dT%H:%M}",
            recipients=[found.sender],
            due_at=now,
            now=now,
            standing=Standing.COORDINATOR,
            responsible=found.sender,
            payload={"broadcast": found.number, "version": found.version, "back": True},
        )


def render_approval(delivery: Delivery, session: Session, now: datetime) -> Notice | None:
    found = _of(delivery, session)
    if found is not None and delivery.payload.get("back"):
        return _back(found) if found.version == delivery.payload["version"] else None
    if found is not None and delivery.payload.get("no"):
        return _no(found) if found.version == delivery.payload["version"] else None
    if found is None or found.state is not BroadcastState.WAITING:
        return None
    return _approval(found)


def edit_approval(delivery: Delivery, session: Session, now: datetime) -> Notice:
    found = _of(delivery, session)
    if found is None or found.version != delivery.payload["version"]:
        return Notice(text="This broadcast was decided on or changed.", opens="")
    if delivery.payload.get("back"):
        return _back(found)
    if delivery.payload.get("no"):
        return _no(found)
    if found.state is BroadcastState.WAITING:
        return _approval(found)
    return Notice(text="This broadcast was decided on.", opens=f"broadcasts {found.number}")


def _no(found: Broadcast) -> Notice:
    return Notice(text="A second coordinator said no to your broadcast.", opens=f"broadcasts {found.number}")  # fmt: skip


def _back(found: Broadcast) -> Notice:
    return Notice(text="A broadcast of yours came back from a backup. Look at it before more goes out.", opens=f"broadcasts {found.number}")  # fmt: skip


def _approval(found: Broadcast) -> Notice:
    return Notice(text="A broadcast waits for a second coordinator.", opens=f"broadcasts {found.number}")  # fmt: skip


def _of(delivery: Delivery, session: Session) -> Broadcast | None:
    try:
        return find_broadcast(session, int(delivery.payload["broadcast"]))
    except UnknownBroadcastError:
        return None


def _still(found: Broadcast, delivery: Delivery, session: Session) -> bool:
    member = find_member(session, team_id=found.team_id, user_id=delivery.recipient)
    return member is not None and member.ended_at is None


def _has_read(found: Broadcast, delivery: Delivery, session: Session) -> bool:
    reader = reader_of(session, found.number, delivery.recipient)
    return reader is not None and reader.acknowledged_at is not None


BROADCASTS = DeliveryKind(
    name=BROADCAST,
    title="Messages from coordinators",
    render=render_broadcast,
    priority=Priority.BROADCAST,
    useful=USEFUL,
    plan=plan_broadcasts,
    edit=edit_broadcast,
    inner=True,
)
EMERGENCIES = DeliveryKind(
    name=EMERGENCY,
    title="Urgent messages from administrators",
    render=render_broadcast,
    priority=Priority.EMERGENCY,
    useful=USEFUL,
    edit=edit_broadcast,
    digest=False,
    inner=True,
)
SENDERS = DeliveryKind(
    name=STATUS,
    title="How your broadcasts go",
    render=render_status,
    priority=Priority.REMINDER,
    edit=edit_status,
    digest=False,
)
APPROVALS = DeliveryKind(
    name="broadcast approvals",
    title="Broadcasts that wait for a second coordinator",
    render=render_approval,
    priority=Priority.REMINDER,
    plan=plan_approvals,
    edit=edit_approval,
)
