"""
A broadcast to 500 members beside reminders that become due every second: how it begins, and
whether it came to each of them once, ended, told its sender the truth and delayed nobody.
"""

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from statistics import median

from sqlmodel import col, select

from bot.posting import METADATA
from bot.sandbox.faults import Transit
from bot.sandbox.people import TEAM
from bot.sandbox.workspace import Message
from commands.broadcasting import NEUTRAL
from storage.audiences import EVERYBODY
from storage.broadcast_approvals import approve, release
from storage.broadcast_progress import Reader
from storage.broadcasts import BROADCAST, STATUS, Broadcast, BroadcastState, Draft, broadcasts, save
from storage.deliveries import SETTLED, Delivery, DeliveryState, Priority
from storage.details import Details
from storage.members import admit
from storage.models import Broadcast as BroadcastRow
from storage.models import Delivery as DeliveryRow
from storage.people import RoleName, grant
from storage.session import Session
from tests.chaos.count import LEASE_SECONDS, TEST, Blow

SENDER, SECOND = "U0SENDER", "U0SECOND"
READERS = [f"U0READER{number:03}" for number in range(500)]
# A reminder is on time if the broadcast does not go out instead of it. Seconds from when it
# was due say little while processes are killed and the machine is busy; but every message
# of the broadcast that goes while a reminder waits that could go is a choice. For so long it
# may wait: half a lease, after which whoever cannot send it gives it back, a second that
# Slack asks for, a second between two messages to one person, and a tick of a busy machine.
PATIENCE_SECONDS = LEASE_SECONDS / 2 + 1.0 + 1.0 + 1.0
# So many messages of the broadcast may then pass by it: about two seconds' worth, for a
# process that is in doubt about Slack tries one at a time, and another that is not goes on.
# With the priority of a reminder hundreds of the 500 do.
MAY_PASS = 40
FIGURES = re.compile(r"(\d+) (of (\d+) sent|failed|not sent on purpose|unknown)")
NOT_SENT = (DeliveryState.FAILED, DeliveryState.SKIPPED)


@dataclass(frozen=True, kw_only=True)
class Sight:
    """
    Attributes:
        channels: of the readers, by Slack id.
        transits: requests that post.
        ahead: by which the wall's clock is ahead of the loop's, in seconds.
    """

    broadcasts: Sequence[Broadcast]
    readers: Sequence[Reader]
    channels: Mapping[str, str]
    deliveries: Sequence[Delivery]
    messages: Sequence[Message]
    transits: Mapping[int, Sequence[Transit]]
    blows: Sequence[Blow]
    ahead: float


@dataclass(frozen=True, kw_only=True)
class Beside:
    """
    Attributes:
        fates: of the readers, by state.
        live: what became of the message that tells the sender how it goes.
        late: seconds from when a reminder was due until its first request, of those that
            were due while the broadcast was under way; and of the others, to compare.
        passed: by how many of the broadcast's messages the reminder that fared worst.
        passed_over: reminders that more than `MAY_PASS` passed by.
    """

    fates: Mapping[DeliveryState, int]
    state: str
    live: str
    late: Sequence[float]
    late_otherwise: Sequence[float]
    passed: int
    passed_over: int
    wrong: tuple[str, ...]

    def __str__(self) -> str:
        fates = ", ".join(f"{state.value}: {self.fates.get(state, 0)}" for state in sorted(SETTLED))
        return (
            f"broadcast to {sum(self.fates.values())}: {fates}; it is {self.state}, its "
            f"live message {self.live}; reminders due meanwhile: {_told(self.late)}, "
            f"otherwise: {_told(self.late_otherwise)}, passed over: {self.passed_over} "
            f"(at worst by {self.passed} of its messages)"
        )


def seat(session: Session, *, now: datetime) -> None:
    """
    Admit its readers, and make its sender and a second one coordinators.
    """
    for id in (SENDER, SECOND):
        grant(session, team_id=TEAM, user_id=id, role=RoleName.COORDINATOR, granted_by="t", now=now)
    for id in READERS:
        admit(
            session,
            team_id=TEAM,
            user_id=id,
            details=Details(name=f"Name {id}", agency="An agency", title="x"),
            groups=(),
            seat_user_id=None,
            by=SECOND,
            now=now,
        )


def launch(session: Session, *, now: datetime) -> None:
    """
    Let the sender draft it and ask, and, called again, the second coordinator approve it.
    Whatever was done before is not done again: nobody knows of a change that was cut off.
    """
    drafted = broadcasts(session)
    if not drafted:
        draft = Draft(text="We meet on Monday.", audience=(EVERYBODY,))
        found = save(session, draft, team_id=TEAM, sender=SENDER, now=now)
        release(session, found.number, by=SENDER, version=found.version, now=now)
    elif drafted[0].state is BroadcastState.WAITING:
        approve(session, drafted[0].number, by=SECOND, version=drafted[0].version, now=now)


def ended(session: Session) -> bool:
    return [each.state for each in broadcasts(session)] == [BroadcastState.SENT]


def told_the_end(session: Session) -> bool:
    """
    Say whether the broadcast is over, and nothing is still to be told of it.
    """
    to_edit = select(DeliveryRow.id).where(
        DeliveryRow.kind == STATUS,
        DeliveryRow.state == DeliveryState.SENT.value,
        col(DeliveryRow.to_edit_at).is_not(None),
    )
    return (
        ended(session) and " Done." in _progress(session) and session.exec(to_edit).first() is None
    )


def held_back(session: Session) -> frozenset[int]:
    """
    Return the reminders that nobody could claim just now: somebody has them, or is
    about to (PostgreSQL locks what a process that was frozen in the middle did not commit).
    """
    mine = select(DeliveryRow.id).where(
        DeliveryRow.kind == TEST,
        col(DeliveryRow.state).not_in([state.value for state in SETTLED]),
    )
    free = mine.where(DeliveryRow.state == DeliveryState.PLANNED.value)
    taken = set(session.exec(free.with_for_update(skip_locked=True)).all())
    return frozenset(id for id in session.exec(mine).all() if id is not None and id not in taken)


def look(sight: Sight) -> Beside:
    """
    Return how the broadcast went, and with *wrong* what must not be.
    """
    wrong: list[str] = []
    if [each.state for each in sight.broadcasts] != [BroadcastState.SENT]:
        wrong.append(f"not one broadcast that was sent: {sight.broadcasts}")
    fates = _fates(sight, wrong)
    live = _live(sight, fates, wrong)
    began, over = _under_way(sight)
    late, otherwise, passed, passed_over = [], [], 0, 0
    moments = sorted(
        transit.begun
        for each in sight.deliveries
        if each.kind == BROADCAST
        for transit in sight.transits.get(each.id, ())
    )
    for each in sight.deliveries:
        requests = sight.transits.get(each.id, ())
        if each.kind != TEST or each.priority is not Priority.REMINDER or not requests:
            continue
        due, gone = each.due_at.timestamp() - sight.ahead, min(one.begun for one in requests)
        (late if began <= due <= over else otherwise).append(gone - due)
        overtaken = [
            moment
            for moment in moments
            if due + PATIENCE_SECONDS < moment < gone
            and not any(a <= moment <= b for a, b in _excused(sight, each.id, due))
        ]
        passed = max(passed, len(overtaken))
        if len(overtaken) > MAY_PASS:
            passed_over += 1
            wrong.append(
                f"passed over: reminder {each.id}, due {due:.3f}, gone {gone:.3f}, by "
                f"{len(overtaken)} messages of the broadcast, the first {overtaken[0]:.3f}"
            )
    if not late:
        wrong.append("no reminder was due while the broadcast was under way")
    return Beside(
        fates=fates,
        state=", ".join(each.state.value for each in sight.broadcasts),
        live=live,
        late=late,
        late_otherwise=otherwise,
        passed=passed,
        passed_over=passed_over,
        wrong=tuple(wrong),
    )


def _fates(sight: Sight, wrong: list[str]) -> Counter[DeliveryState]:
    """
    Return how many readers each fate has; every one has one, and a message that fits it.
    """
    if [each.user_id for each in sight.readers] != READERS:
        wrong.append(f"not the readers it was for, but {len(sight.readers)}")
    rows = Counter(each.recipient for each in sight.deliveries if each.kind == BROADCAST)
    # By what they say and where they are, whatever number they carry.
    came = Counter(message.channel for message in sight.messages if NEUTRAL in message.text)
    fates: Counter[DeliveryState] = Counter()
    for reader in sight.readers:
        fate = reader.delivery.state if reader.delivery else None
        number = came[sight.channels[reader.user_id]]
        fits = {DeliveryState.SENT: (1,), DeliveryState.UNKNOWN: (0, 1)}
        if fate in SETTLED and rows[reader.user_id] == 1 and number in fits.get(fate, (0,)):
            fates[fate] += 1
        else:
            wrong.append(f"{reader}: {rows[reader.user_id]} deliveries, {number} messages")
    strangers = sum(came.values()) - sum(came[channel] for channel in sight.channels.values())
    if strangers:
        wrong.append(f"{strangers} messages to people it was not for")
    return fates


def _live(sight: Sight, fates: Counter[DeliveryState], wrong: list[str]) -> str:
    """
    Return how the message that tells the sender ended.
    """
    mine = [each for each in sight.deliveries if each.kind == STATUS]
    ids = {each.id for each in mine}
    found = [
        message
        for message in sight.messages
        if (message.metadata or {}).get("event_type") == METADATA
        and message.metadata["event_payload"]["delivery"] in ids
    ]
    if len(mine) != 1 or len(found) > 1:
        wrong.append(f"the live message: {len(mine)} deliveries, {len(found)} messages")
        return "is not one"
    [live] = mine
    if live.state is not DeliveryState.SENT:
        return f"is {live.state.value}"  # for which `count` wants an excuse
    text = found[0].text if found else ""
    says = {what.partition(" ")[0]: int(number) for number, what, _ in FIGURES.findall(text)}
    of = FIGURES.search(text)
    true = (
        of is not None
        and of[3] == str(len(READERS))
        and " Done." in text
        and says.get("of") == fates[DeliveryState.SENT]
        and says.get("failed", 0) == fates[DeliveryState.FAILED]
        and says.get("not", 0) == fates[DeliveryState.SKIPPED]
        and says.get("unknown", 0) == fates[DeliveryState.UNKNOWN]
    )
    if not true:
        wrong.append(f"the live message says: {text}")
    return "says so" if true else "says something else"


def _under_way(sight: Sight) -> tuple[float, float]:
    """
    Return when the broadcast began and ended, by the loop's time.
    """
    for each in sight.broadcasts:
        if each.started_at is not None and each.ended_at is not None:
            return each.started_at.timestamp() - sight.ahead, each.ended_at.timestamp() - sight.ahead  # fmt: skip
    return 0.0, float("inf")


def _excused(sight: Sight, id: int, due: float) -> list[tuple[float, float]]:
    """
    Return when a reminder may wait though others go out: a process had it that was struck,
    until its lease is over and as long again as any may wait. A blow to a process that did
    not have it is no excuse, nor is a database that takes nothing: then nothing goes out.
    """
    times = []
    for blow in sight.blows:
        if blow.began >= due and (blow.held is None or id in blow.held):
            free = blow.began + LEASE_SECONDS if blow.killed else blow.over
            times.append((blow.began, free + PATIENCE_SECONDS))
    return times


def _progress(session: Session) -> str:
    return " ".join(session.exec(select(BroadcastRow.progress)).all())


def _told(seconds: Sequence[float]) -> str:
    if not seconds:
        return "none"
    return f"{len(seconds)}, gone after {median(seconds):.2f} s, at worst {max(seconds):.2f} s"
