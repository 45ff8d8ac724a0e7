"""
What became of every message of the chaos, and whether each one of which nobody can tell
has an excuse: a request of its own that was in doubt, as the sandbox saw it.
"""

import json
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

from bot.delivery import DATABASE
from bot.posting import FROZEN, GONE, METADATA, NO_ANSWER, SLOWED, UNREACHED, WORDS
from bot.sandbox.faults import Transit
from bot.sandbox.workspace import Message
from storage.broadcasts import BROADCAST
from storage.deliveries import NOT_NEEDED, SETTLED, Delivery, DeliveryState
from storage.digests import DIGEST

LEASE_SECONDS = 2.0
CALL_SECONDS = LEASE_SECONDS / 4  # how long the bot waits for an answer
NOTED_SECONDS = 0.5  # how long an answer may be on its way into the database of a busy machine
NOTED_AGAIN_SECONDS = 2.0  # how long the bot may wait until it tries a database again
# Why a delivery may have failed: all else is a fault of ours. Only the first is for good;
# the others lost their lease before they could be planned again.
NOBODY_THERE = WORDS["channel_not_found"]
BECAUSE = (GONE, FROZEN, SLOWED, UNREACHED, DATABASE, "Slack refused it: invalid_blocks")
TEST = "test"  # the kind that the chaos plans itself
ALWAYS_NEEDED = (TEST, BROADCAST)
ON_THE_WIRE, NOTED_LATE, NOT_WRITTEN = "on the wire", "noted too late", "not written"
UNEXPLAINED = "unexplained"
CLOCKS_SECONDS = 0.1  # by which the wall's clock and the loop's may have parted
NEAR_SECONDS = 5.0  # the blows that are told of with what they may have done
HELD = re.compile(r"(\d+) messages? from the bot")  # what a digest says


@dataclass(frozen=True, kw_only=True)
class Blow:
    """
    A process was killed, or frozen and thawed.

    Attributes:
        began, over: the loop's time. In between the process surely wrote nothing: what the
            sandbox sees of it meanwhile was on its way before.
        held: reminders that nobody could claim right after it; None: nobody looked.
    """

    whom: str
    killed: bool
    began: float
    over: float
    held: frozenset[int] | None = field(default=None, repr=False)


@dataclass(frozen=True, kw_only=True)
class Seen:
    """
    Attributes:
        planned: messages of the kind `TEST`.
        messages, transits: in the sandbox; of the transits those that post.
        waits: moments from when until when the database took nothing: it restarted, or
            kept waiting whoever planned the messages, as a writer that is frozen does.
        ahead: by which the wall's clock is ahead of the loop's, in seconds.
        gone: whose accounts are deactivated.
    """

    deliveries: Sequence[Delivery]
    planned: int
    messages: Sequence[Message]
    transits: Sequence[Transit]
    blows: Sequence[Blow]
    waits: Sequence[tuple[float, float]]
    ahead: float
    gone: frozenset[str] = frozenset()


@dataclass(frozen=True, kw_only=True)
class Result:
    """
    A digest is a request, and no message; those inside it share its fate.

    Attributes:
        planned, sent, failed: messages.
        gathered: sent inside digests.
        lost: planned, and in the end neither sent nor said not to be; or said to be
            sent, and not there; or not inside the digest that it is said to be in.
        untrue: said to be surely not sent, and there.
        unknown: requests; the next three say why.
        on_the_wire: unknown ones with a request of their own of whose effect the sandbox
            gave no answer in time, or that was on its way at a blow to its own process.
        noted_late: unknown ones that were answered so shortly before a blow to their own
            process that it could not be noted.
        not_written: unknown ones of which the sandbox saw no request at all; one a blow
            may be on its way from "sending" to the wire.
        unexplained: unknown ones that are none of these, those that failed for no reason
            that a delivery may fail for, and those inside a digest whose fate is another.
        wrong: what is known of each one that was lost, untrue or unexplained.
        beside: how a broadcast went beside all that, if there was one.
        astray: what went wrong with it.
    """

    planned: int
    sent: int
    gathered: int
    digests: int
    failed: int
    unknown: int
    duplicates: int
    lost: int
    untrue: int
    on_the_wire: int
    noted_late: int
    not_written: int
    unexplained: int
    blows: int
    seconds: float
    wrong: tuple[str, ...]
    beside: str = ""
    astray: tuple[str, ...] = ()

    @property
    def right(self) -> bool:
        faults = self.duplicates + self.lost + self.untrue + self.unexplained
        return faults == 0 and self.sent > 0 and not self.astray

    def __str__(self) -> str:
        return (
            f"planned: {self.planned}, sent: {self.sent} ({self.gathered} inside "
            f"{self.digests} digests), failed: {self.failed}, "
            f"duplicates: {self.duplicates}, lost: {self.lost}, untrue: {self.untrue}, "
            f"unknown: {self.unknown} (on the wire: {self.on_the_wire}, noted too late: "
            f"{self.noted_late}, not written: {self.not_written}, unexplained: "
            f"{self.unexplained}), "
            f"blows: {self.blows}, {self.seconds:.0f} s"
            + (f"\n  {self.beside}" if self.beside else "")
        )


def count(seen: Seen, *, seconds: float) -> Result:
    """
    Return what became of all that was *seen*.
    """
    deliveries = seen.deliveries
    arrived = Counter(
        message.metadata["event_payload"]["delivery"]
        for message in seen.messages
        if message.metadata and message.metadata["event_type"] == METADATA
    )
    digests = {each.id: each for each in deliveries if each.kind == DIGEST}
    inside = [each for each in deliveries if each.digest_id is not None]
    by_itself = [each for each in deliveries if each.kind != DIGEST and each.digest_id is None]
    # Of the two kinds of requests, and then of what a person was told: all but the digests.
    requests = [*digests.values(), *by_itself]
    told = Counter(each.state for each in (*inside, *by_itself))
    surely_not = (DeliveryState.FAILED, DeliveryState.SKIPPED)
    lost = [
        each
        for each in deliveries
        if each.state not in SETTLED
        or (each.state is DeliveryState.SENT and not arrived[each.digest_id or each.id])
    ]
    untrue = [
        each
        for each in deliveries
        if each.state in surely_not and arrived[each.digest_id or each.id]
    ]
    unknown = [each for each in requests if each.state is DeliveryState.UNKNOWN]
    excuses = _excuses(seen, unknown)
    unexplained = [
        *(each for each in unknown if excuses[each.id] == UNEXPLAINED),
        *(each for each in deliveries if each.state in surely_not and not _may_fail(seen, each)),
        *(each for each in inside if each.state is not digests[each.digest_id or 0].state),
    ]
    why = Counter(excuses.values())
    rows = sum(1 for each in deliveries if each.kind == TEST)
    doubled, left_out = _compared(seen, set(digests), inside)
    return Result(
        planned=len(inside) + len(by_itself),
        sent=told[DeliveryState.SENT],
        gathered=sum(1 for each in inside if each.state is DeliveryState.SENT),
        digests=sum(1 for each in digests.values() if each.state is DeliveryState.SENT),
        failed=told[DeliveryState.FAILED],
        unknown=len(unknown),
        duplicates=doubled
        + sum(number - 1 for number in arrived.values() if number > 1)
        + sum(1 for each in inside if arrived[each.id]),
        # A row that was planned and is not there is lost as well.
        lost=len(lost) + left_out + max(0, seen.planned - rows),
        untrue=len(untrue),
        on_the_wire=why[ON_THE_WIRE],
        noted_late=why[NOTED_LATE],
        not_written=why[NOT_WRITTEN],
        unexplained=len(unexplained),
        blows=len(seen.blows),
        seconds=seconds,
        wrong=_told_of(seen, lost=lost, untrue=untrue, unexplained=unexplained),
    )


def _may_fail(seen: Seen, delivery: Delivery) -> bool:
    if delivery.state is DeliveryState.SKIPPED:  # nobody wants less, and nothing comes too late
        return delivery.kind not in ALWAYS_NEEDED and delivery.reason == NOT_NEEDED
    # Why Slack does not find somebody is asked in a second request, which a freeze may eat.
    nobody = delivery.reason == NOBODY_THERE and delivery.recipient in seen.gone
    return nobody or delivery.reason in BECAUSE


def _compared(seen: Seen, digests: set[int], inside: list[Delivery]) -> tuple[int, int]:
    """
    Return how many messages more, and how many fewer, the *digests* that arrived say they
    hold than they do: one more was let go and came by itself too, one fewer never came.
    """
    holds = Counter(each.digest_id for each in inside)
    more = fewer = 0
    for message in seen.messages:
        number = (message.metadata or {}).get("event_payload", {}).get("delivery")
        if number in digests:
            said = HELD.search(message.text)
            difference = (int(said[1]) if said else 0) - holds[number]
            more, fewer = more + max(0, difference), fewer + max(0, -difference)
    return more, fewer


def _excuses(seen: Seen, unknown: list[Delivery]) -> dict[int, str]:
    """
    Return the best excuse that each of *unknown* has, by its number.
    """
    transits = transits_of(seen)
    excuses: dict[int, str] = {}
    blows = sorted(seen.blows, key=lambda blow: blow.began)
    for each in sorted(unknown, key=lambda each: _begun(seen, each)):
        # What was tried before was refused, or would not have been tried again.
        mine = [one for one in transits.get(each.id, []) if one.begun >= _begun(seen, each)]
        if not mine:
            # Later than half a lease nothing of it is written.
            until = _noted_by(seen, _begun(seen, each) + LEASE_SECONDS / 2)
            blow = next((one for one in blows if _begun(seen, each) <= one.began <= until), None)
            excuses[each.id] = NOT_WRITTEN if blow else UNEXPLAINED
            if blow is not None:
                blows.remove(blow)
        elif _in_doubt(seen, each, mine):
            excuses[each.id] = ON_THE_WIRE
        elif _noted_late(seen, mine[-1]):
            excuses[each.id] = NOTED_LATE
        else:
            excuses[each.id] = UNEXPLAINED
    return excuses


def transits_of(seen: Seen) -> dict[int, list[Transit]]:
    """
    Return the requests of each delivery, by its number.
    """
    transits: dict[int, list[Transit]] = {}
    for transit in seen.transits:
        metadata = transit.args["metadata"]
        found = json.loads(metadata) if isinstance(metadata, str) else metadata
        transits.setdefault(int(found["event_payload"]["delivery"]), []).append(transit)
    return transits


def _begun(seen: Seen, delivery: Delivery) -> float:
    """
    Return the loop's time right before the last attempt of *delivery* was noted as "sending".
    """
    assert delivery.leased_until is not None  # an unknown one keeps the lease of its request
    return delivery.leased_until.timestamp() - seen.ahead - LEASE_SECONDS - CLOCKS_SECONDS


def _in_doubt(seen: Seen, delivery: Delivery, transits: Sequence[Transit]) -> bool:
    """
    Say whether one of *transits*, of its last attempt, was cut off by Slack, by a blow, or
    by the bot, which waits for so long and no longer.
    """
    since = _begun(seen, delivery)
    for transit in transits:
        ended = _ended(transit)
        if not transit.proved or any(
            transit.begun <= blow.over and ended >= blow.began
            for blow in seen.blows
            if blow.whom == transit.caller
        ):
            return True
        # What the bot waited for so long it cannot tell, whoever notes that.
        if ended - transit.begun > CALL_SECONDS - CLOCKS_SECONDS:
            return True
        if delivery.reason == NO_ANSWER and ended - since > CALL_SECONDS:
            return True
        since = ended
    return False


def _noted_late(seen: Seen, transit: Transit) -> bool:
    """
    Say whether the process was killed before it could note the answer. One that only
    had to wait, notes it all the same.
    """
    noted = _noted_by(seen, _ended(transit), whom=transit.caller)
    return any(
        _ended(transit) <= blow.began <= noted
        for blow in seen.blows
        if blow.killed and blow.whom == transit.caller
    )


def _noted_by(seen: Seen, known: float, *, whom: str | None = None) -> float:
    """
    Return when what was *known* then is surely in the database, if its process lives.

    Args:
        whom: the process, which may be frozen meanwhile; None: which one is not known.
    """
    # Tried in vain, it is tried again after twice as long, but not much longer.
    waits = [(began, over + min(over - began, NOTED_AGAIN_SECONDS)) for began, over in seen.waits]
    waits += [
        (blow.began, blow.over) for blow in seen.blows if blow.whom == whom and not blow.killed
    ]
    until = known + NOTED_SECONDS
    for began, over in sorted(waits):
        if began <= until and over > known:
            until = max(until, over + NOTED_SECONDS)
    return until


def _told_of(seen: Seen, **wrong: list[Delivery]) -> tuple[str, ...]:
    """
    Return what is known of each that went *wrong*: its requests, and what was done near
    them to their processes and to the database. Moments are seconds of the loop's time.
    """
    transits = transits_of(seen)
    told = []
    for word, deliveries in wrong.items():
        for each in deliveries:
            mine = transits.get(each.digest_id or each.id, [])
            lines = [f"{word}: {each}"]
            moments = [(one.begun, one.begun if one.ended is None else one.ended) for one in mine]
            if each.leased_until is not None:
                moments.append((_begun(seen, each), _begun(seen, each)))
                lines.append(f"  its last lease began at {_begun(seen, each):.3f}")
            lines += [
                f"  request of {one.caller}: begun {one.begun:.3f}, ended {_ended(one):.3f}, "
                f"{'proved' if one.proved else 'not proved'}"
                for one in mine
            ]
            lines += [
                f"  {blow}"
                for blow in seen.blows
                if any(_is_near(blow.began, blow.over, moment) for moment in moments)
            ]
            lines += [
                f"  the database took nothing from {began:.3f} to {over:.3f}"
                for began, over in seen.waits
                if any(_is_near(began, over, moment) for moment in moments)
            ]
            told.append("\n".join(lines))
    return tuple(told)


def _is_near(began: float, over: float, moment: tuple[float, float]) -> bool:
    return began - NEAR_SECONDS <= moment[1] and moment[0] <= over + NEAR_SECONDS


def _ended(transit: Transit) -> float:
    return float("inf") if transit.ended is None else transit.ended
