"""
What broadcasts say by themselves: to their readers, to a second coordinator, to their sender.
"""

from collections.abc import Collection
from datetime import datetime, timedelta

from commands.announcing import announce
from commands.contract import DeliveryKind, Notice, Standing, Wait
from commands.speech import phrase, say
from storage.broadcast_approvals import approvers
from storage.broadcast_corrections import (
    CorrectionState,
    finish_corrections,
    latest_correction,
    waiting_corrections,
)
from storage.broadcast_progress import (
    Progress,
    is_channel,
    progress,
    reader_of,
    recently_ended,
    tell_progress,
)
from storage.broadcast_reminders import finish_reminders
from storage.broadcast_rewriting import Rewriting
from storage.broadcast_runs import USEFUL, finish_done, start_due
from storage.broadcast_stops import HELD, hold_back
from storage.broadcasts import (
    BROADCAST,
    EMERGENCY,
    STATUS,
    Broadcast,
    BroadcastState,
    Reminding,
    broadcasts,
    find_broadcast,
)
from storage.deliveries import Delivery, Priority
from storage.errors import UnknownBroadcastError
from storage.members import find_member
from storage.session import Session

EVERY = timedelta(seconds=3)  # between two edits of what its sender sees
LAST = timedelta(minutes=2)  # after its end, what was on its way may still settle
HELD_SECONDS = 5.0
BAR = 10  # characters
NO, GREW, BACK_AGAIN = "no", "grew", "back"  # what a sender is told of a decision
NEUTRAL = phrase("Message from your coordinator.")
CORRECTED = phrase("Message from your coordinator, corrected.")
URGENT = phrase("Urgent message from an administrator. It goes through mutes and quiet hours.")


def render_broadcast(delivery: Delivery, session: Session, now: datetime) -> Notice | Wait | None:
    found = _of(delivery, session)
    if found is None:
        return None
    test, again = bool(delivery.payload.get("test")), bool(delivery.payload.get("again"))
    # What was ended after it went out: its reminders may still be sent, if somebody wants that.
    if found.reminders is Reminding.ENDED if again else found.state is BroadcastState.ABORTED:
        return None
    if test:
        return _notice(found, delivery)
    paused = again and found.reminders is Reminding.PAUSED
    if paused or found.state is BroadcastState.PAUSED:
        return Wait(seconds=HELD_SECONDS, reason=HELD)
    if not is_channel(delivery.recipient) and not _still(found, delivery, session):
        return None  # they left, or are no member any more
    if again and _has_read(found, delivery, session):
        return None  # they said so while their reminder waited
    return _notice(found, delivery)


def edit_broadcast(delivery: Delivery, session: Session, now: datetime) -> Notice:
    found = _of(delivery, session)
    if found is None:
        return Notice(text=say("This message is no longer there."), opens="")
    return _notice(found, delivery)


def _notice(found: Broadcast, delivery: Delivery) -> Notice:
    text = say(NEUTRAL) if found.draft.kind == BROADCAST else say(URGENT)
    if found.corrections:
        text = (
            say("{text} Corrected.", text=text) if found.draft.kind == EMERGENCY else say(CORRECTED)
        )
    if found.draft.harmless:
        text = f"{text} {found.draft.text}"
    if delivery.payload.get("test"):
        text = say("Test, to you alone. {text}", text=text)
    return Notice(text=text, opens=f"message {found.number}", label=say("Read it"))


def plan_broadcasts(session: Session, now: datetime) -> None:
    """
    Begin what is due, end what is done, and tell senders how it goes.
    """
    for each in start_due(session, now=now):
        if each.state is BroadcastState.WAITING:
            _tell_sender(session, each, about=GREW, now=now)
            continue
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
    told = {each.number: each for each in (*going, *recently_ended(session, since=now - LAST))}
    for each in told.values():
        if BroadcastState.PAUSED is each.state or each.reminders is Reminding.PAUSED:
            hold_back(session, each, now=now)
        tell_progress(session, each, said=status(each, progress(session, each)), now=now, every=EVERY)  # fmt: skip
    finish_done(session, now=now)
    finish_reminders(session)
    finish_corrections(session, now=now)


def render_status(delivery: Delivery, session: Session, now: datetime) -> Notice | None:
    found = _of(delivery, session)
    if found is None or found.run != delivery.payload["run"]:
        return None
    text = status(found, progress(session, found))
    return Notice(text=text, opens=f"broadcasts {found.number}")


def edit_status(delivery: Delivery, session: Session, now: datetime) -> Notice:
    found = render_status(delivery, session, now)
    return found or Notice(text=say("This broadcast is over."), opens="")


def status(found: Broadcast, how: Progress) -> str:
    """
    Return how a broadcast goes, in a line that a lock screen may show.
    """
    full = BAR * (how.people - how.waiting) // max(how.people, 1)
    # Read aloud a bar is noise: it stands there only while it moves.
    bar = " " + "█" * full + "░" * (BAR - full) if how.waiting else ""
    parts = [say("{sent} of {people} sent", sent=how.sent, people=how.people)]
    if found.draft.wants_ack:
        parts.append(say("{acknowledged} have read it", acknowledged=how.acknowledged))
    parts += [f"{number} {word}" for number, word in ((how.failed, say("failed")), (how.skipped, say("not sent on purpose")), (how.unknown, say("unknown"))) if number]  # fmt: skip
    state = {
        BroadcastState.PAUSED: " Paused.",
        BroadcastState.ABORTED: " Ended by a coordinator.",
        BroadcastState.SENT: " Done.",
        BroadcastState.SCHEDULED: " Done, until it is due again.",
    }.get(found.state, "")
    why = "".join(f" {say(why).capitalize()}: {number}." for why, number in how.why_not.items())
    more = _reminders(found, how) + _correction(how.correction)
    return say(
        "Broadcast {number}: {list}.{state}{why}{more}{bar}",
        number=found.number,
        list=", ".join(parts),
        state=state,
        why=why,
        more=more,
        bar=bar,
    )


def _reminders(found: Broadcast, how: Progress) -> str:
    if not how.reminding or found.reminders is Reminding.ENDED:
        return ""
    paused = say(", paused") if found.reminders is Reminding.PAUSED else ""
    return say(
        " Reminders still to go: {reminding}{paused}.", reminding=how.reminding, paused=paused
    )


def _correction(how: Rewriting | None) -> str:
    total = how.changed + how.left + how.failed if how else 0
    if how is None or not total:
        return ""
    parts = [say("{changed} of {total} messages changed", changed=how.changed, total=total)]
    parts += [f"{number} {word}" for number, word in ((how.left, say("still to be changed")), (how.failed, say("could not be changed"))) if number]  # fmt: skip
    why = "".join(f" {say(why).capitalize()}: {number}." for why, number in how.why_not.items())
    return say(" Correction: {list}.{why}", list=", ".join(parts), why=why)


def plan_approvals(session: Session, now: datetime) -> None:
    for each in broadcasts(session, states=(BroadcastState.WAITING,)):
        _ask(session, each, about=f"{each.version}", now=now, version=each.version)
    for correction in waiting_corrections(session):
        found = find_broadcast(session, correction.number)
        _ask(
            session,
            found,
            about=f"correction {correction.id}",
            now=now,
            correction=correction.id,
        )


def _ask(session: Session, found: Broadcast, *, about: str, now: datetime, **payload: int) -> None:
    announce(
        session,
        APPROVALS,
        occasion=f"{found.number}: {about}",
        recipients=approvers(session, found),
        due_at=now,
        now=now,
        standing=Standing.COORDINATOR,
        responsible=found.sender,
        payload={"broadcast": found.number, **payload},
    )


def tell_of_no(session: Session, found: Broadcast, *, now: datetime, correction: int | None = None) -> None:  # fmt: skip
    """
    Have its sender told that a second coordinator said no.

    Args:
        correction: to this one, and not to the broadcast.
    """
    _tell_sender(session, found, about=NO, now=now, correction=correction)


def _tell_sender(session: Session, found: Broadcast, *, about: str, now: datetime, correction: int | None = None) -> None:  # fmt: skip
    what = f"{found.version}" if correction is None else f"correction {correction}"
    announce(
        session,
        APPROVALS,
        occasion=f"{found.number}: {what}, {about}",
        recipients=[found.sender],
        due_at=now,
        now=now,
        standing=Standing.COORDINATOR,
        responsible=found.sender,
        payload={
            "broadcast": found.number,
            "version": found.version,
            "correction": correction,
            "told": about,
        },
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
            payload={"broadcast": found.number, "version": found.version, "told": BACK_AGAIN},
        )


def render_approval(delivery: Delivery, session: Session, now: datetime) -> Notice | None:
    found = _of(delivery, session)
    return None if found is None else _approval(found, delivery, session)


def edit_approval(delivery: Delivery, session: Session, now: datetime) -> Notice:
    found = _of(delivery, session)
    if found is None:
        return Notice(text=say("This broadcast was decided on or changed."), opens="")
    return _approval(found, delivery, session) or Notice(
        text=say("This broadcast was decided on or changed."), opens=f"broadcasts {found.number}"
    )


def _approval(found: Broadcast, delivery: Delivery, session: Session) -> Notice | None:
    """
    Return what a message about a decision says, as long as it is so.
    """
    payload, opens = delivery.payload, f"broadcasts {found.number}"
    correction_id = payload.get("correction")
    if correction_id is not None:
        last = latest_correction(session, found.number)
        state = last.state if last and last.id == correction_id else None
        if payload.get("told") == NO:
            text = say("A second coordinator said no to your correction of a broadcast.")
            return Notice(text=text, opens=opens) if state is CorrectionState.DECLINED else None
        text = say("A correction of a broadcast waits for a second coordinator.")
        return Notice(text=text, opens=opens) if state is CorrectionState.WAITING else None
    if found.version != payload["version"]:
        return None
    if payload.get("told") == NO:
        return Notice(text=say("A second coordinator said no to your broadcast."), opens=opens)
    if payload.get("told") == BACK_AGAIN:
        return Notice(text=say("A broadcast of yours came back from a backup. Look at it before more goes out."), opens=opens)  # fmt: skip
    if found.state is not BroadcastState.WAITING:
        return None
    if payload.get("told") == GREW:
        return Notice(text=say("Your broadcast was due, but has grown since you sent it: it waits for a second coordinator."), opens=opens)  # fmt: skip
    return Notice(text=say("A broadcast waits for a second coordinator."), opens=opens)


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
    title=phrase("Messages from coordinators"),
    render=render_broadcast,
    priority=Priority.BROADCAST,
    useful=USEFUL,
    plan=plan_broadcasts,
    edit=edit_broadcast,
    inner=True,
    many=True,
)
EMERGENCIES = DeliveryKind(
    name=EMERGENCY,
    title=phrase("Urgent messages from administrators"),
    render=render_broadcast,
    priority=Priority.EMERGENCY,
    useful=USEFUL,
    edit=edit_broadcast,
    digest=False,
    inner=True,
    many=True,
)
SENDERS = DeliveryKind(
    name=STATUS,
    title=phrase("How your broadcasts go"),
    render=render_status,
    priority=Priority.REMINDER,
    edit=edit_status,
    digest=False,
)
APPROVALS = DeliveryKind(
    name="broadcast approvals",
    title=phrase("Broadcasts that wait for a second coordinator"),
    render=render_approval,
    priority=Priority.REMINDER,
    plan=plan_approvals,
    edit=edit_approval,
)
