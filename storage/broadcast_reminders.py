"""
What of a broadcast is sent beside its runs: reminders of those who did not say that they
read it, and tests to its sender alone.
"""

from datetime import datetime, timedelta

from sqlmodel import col, or_, select, update

from storage.audit import record
from storage.broadcast_progress import is_channel, readers, reminders_of, reminding
from storage.broadcast_runs import plan_messages
from storage.broadcasts import BroadcastState, Reminding, find_broadcast, stored
from storage.deliveries import NOT_YET_SENT, DeliveryState
from storage.errors import MovedOnError, UnknownBroadcastError
from storage.models import Broadcast as BroadcastRow
from storage.models import BroadcastReader as ReaderRow
from storage.models import Delivery as DeliveryRow
from storage.session import Session

AT_LEAST = timedelta(minutes=10)  # between two reminders of the same reader


def remind(session: Session, number: int, *, by: str, now: datetime) -> int:
    """
    Tell those who got it and did not say that they read it once more: but who was told less
    than `AT_LEAST` ago, or is still to be. Return how many.

    Raises:
        UnknownBroadcastError: if there is none.
        MovedOnError: if nobody was asked to say so, it has not gone out, or its reminders
            are paused.
    """
    found = find_broadcast(session, number, lock=True)
    if not found.draft.wants_ack or found.started_at is None or found.reminders is Reminding.PAUSED:
        raise MovedOnError(number)
    waiting = session.exec(
        select(DeliveryRow.recipient).where(
            *reminders_of(found),
            col(DeliveryRow.state).in_([state.value for state in NOT_YET_SENT]),
        )
    ).all()
    late = [
        each.user_id
        for each in readers(session, found)
        if each.acknowledged_at is None
        and each.delivery is not None
        and each.delivery.state is DeliveryState.SENT
        and not is_channel(each.user_id)
        and each.user_id not in waiting
    ]
    # Of two who press at once each finds the readers whom the other did not remind.
    reminded = session.exec(
        update(ReaderRow)
        .where(
            col(ReaderRow.broadcast_id) == number,
            col(ReaderRow.run) == found.run,
            col(ReaderRow.user_id).in_(late),
            col(ReaderRow.acknowledged_at).is_(None),
            or_(
                col(ReaderRow.reminded_at).is_(None),
                col(ReaderRow.reminded_at) <= now - AT_LEAST,
            ),
        )
        .values(reminded_at=now)
        .returning(col(ReaderRow.user_id))
        .execution_options(synchronize_session=False)
    ).all()
    occasion = f"{number}.{found.run}: again {now:%Y-%m-%dT%H:%M}"
    recipients = [user_id for (user_id,) in reminded]
    planned = plan_messages(session, found, recipients, occasion=occasion, now=now, again=True)
    if planned:
        session.exec(
            update(BroadcastRow)
            .where(col(BroadcastRow.id) == number)
            .values(reminders=Reminding.GOING.value)
            .execution_options(synchronize_session=False)
        )
    record(session, "broadcast.reminded", actor=by, now=now, subject=f"broadcast:{number}")
    return planned


def send_test(session: Session, number: int, *, by: str, now: datetime) -> bool:
    """
    Send its sender alone what readers would get. Return False if that was just done.

    Raises:
        UnknownBroadcastError: if there is none of this sender's.
        MovedOnError: if it was ended.
    """
    found = find_broadcast(session, number)
    if found.sender != by:
        raise UnknownBroadcastError(number)
    if found.state is BroadcastState.ABORTED:
        raise MovedOnError(number)
    occasion = f"{number}.test: {found.version} {now:%Y-%m-%dT%H:%M:%S}"
    return plan_messages(session, found, [by], occasion=occasion, now=now, test=True) > 0


def finish_reminders(session: Session) -> None:
    """
    Note of which broadcasts no reminder is left.
    """
    going = select(BroadcastRow).where(BroadcastRow.reminders == Reminding.GOING.value)
    going = going.order_by(col(BroadcastRow.id)).execution_options(populate_existing=True)
    for row in session.exec(going).all():
        if reminding(session, stored(row)):
            continue
        session.exec(
            update(BroadcastRow)
            .where(
                col(BroadcastRow.id) == row.id,
                col(BroadcastRow.reminders) == Reminding.GOING.value,
            )
            # What its sender was told last may be of before.
            .values(reminders=None, progress="")
            .execution_options(synchronize_session=False)
        )
