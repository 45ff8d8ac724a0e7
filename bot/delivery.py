"""
The sender: claims what is due, has it rendered, posts it once, and notes what
became of it.
"""

import asyncio
import logging
import secrets
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Collection, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import replace
from datetime import datetime, timedelta

from slack_sdk.web.async_client import AsyncWebClient

from bot.clock import Clock
from bot.jobs import Jobs
from bot.library import Library
from bot.outcomes import Held, Step, failed, later, soon
from bot.pacing import Door, Order, Pacer
from bot.posting import Outcome, Post, Verdict, lets_us_in, message_of, post, why_nobody
from commands.contract import DeliveryKind, Notice, Skip, Wait
from commands.speech import speak, speaking
from storage.claims import (
    Claimed,
    begin,
    claim,
    hand_back,
    mark_sent,
    mark_skipped,
    mark_unknown,
    recover,
    sharers,
)
from storage.deliveries import NOT_MADE, NOT_NEEDED, Delivery, Priority
from storage.errors import DatabaseError
from storage.reports import plan_reports
from storage.session import Session

log = logging.getLogger(__name__)

LONGEST_PAUSE = 60.0  # seconds, while Slack cannot be reached
CLOSED_PAUSE = 60.0  # seconds, while Slack does not let us in
LONGEST_CALL = 10.0  # seconds
MOST_HELD = 64
# Requests on their way, above which none of this priority begins: however slow Slack
# is with a broadcast, there is a place for what is more urgent.
MOST_AT_ONCE = {Priority.EMERGENCY: 36, Priority.REMINDER: 32, Priority.BROADCAST: 28}
TURN = 5.0  # seconds
DOUBT = 3  # requests in a row of which nobody can tell what became
STOP_SECONDS = 5.0  # for the database, at the end
NO_OWNER = "this version of the bot knows no deliveries of this kind"
WAITING = "waits until Slack takes messages again"
OUTSIDE = "its channel may be read from outside the workspace"
DATABASE = "the database was away just before it was sent"


class Sender:
    """
    Args:
        client: posts, with the HTTP session of `bot.posting.guarded_session`.
        kinds: every kind of delivery, by whichever command.
        admins: are told of trouble where there is no coordinator.
        shared_outside: says whether a channel may be read from outside the workspace.
        language: says in which language a recipient is written to; None: not known.
        per_second: requests that Slack takes from this app.
        lease_seconds: how long a claim lasts. A process that was frozen for longer
            has lost it.
    """

    def __init__(
        self,
        *,
        library: Library,
        client: AsyncWebClient,
        clock: Clock,
        kinds: Collection[DeliveryKind],
        admins: Collection[str],
        shared_outside: Callable[[str], Awaitable[bool]],
        language: Callable[[Session, str], str | None] = lambda session, recipient: None,
        per_second: float,
        lease_seconds: float,
        jobs: Jobs,
    ) -> None:
        self._library = library
        self._jobs = jobs
        self._client = client
        self._clock = clock
        self._kinds = {kind.name: kind for kind in kinds}
        self._admins = admins
        self._shared_outside = shared_outside
        self._language = language
        self._lease = lease_seconds
        self._capacity = max(4, min(MOST_HELD, round(per_second * lease_seconds / 4)))
        self._holder = secrets.token_hex(8)
        self._pacer: Pacer[Held] = Pacer(per_second=per_second)
        self._held: dict[str, Held] = {}  # waiting or on its way, by token
        self._under_way: set[asyncio.Task[None]] = set()
        self._event = asyncio.Event()
        self._let_go = asyncio.Event()  # of something that was held
        self._door = Door()
        self._look = False  # something may be due
        self._more = False  # the last look found as much as we could hold
        self._stopping = False
        self._since = clock()
        self._unreached = 0  # requests in a row for which Slack could not be reached
        self._doubts = 0  # requests in a row of which nobody can tell what became
        self._rounds = 0  # of those: pauses in a row, each longer than the one before
        self._doubted_at = 0.0  # when the last of these pauses began
        self._on_the_wire = 0  # requests
        self._accepted = 0  # requests
        # By channel: how often in a row it was refused, and how many were accepted by then.
        self._hasty: dict[str, tuple[int, int]] = {}
        self._stumbled: dict[str, tuple[int, float]] = {}  # planners: how often, and until when
        self._minutes: dict[str, datetime] = {}  # planners: the minute they were done for

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """
        Send while the block lasts; then give back what is not on its way, and wait
        for what is.
        """
        task = asyncio.create_task(self._run())
        try:
            yield
        finally:
            self._stopping = True
            self._event.set()
            await task
            await self._drain()

    async def tick(self) -> None:
        """
        Let go of leases that ran out, plan what is due, and look what there is to send.
        """
        now = self._clock()

        keeping = tuple(self._held)

        def look_after(session: Session) -> int:
            found = recover(session, now=now, keeping=keeping)
            if found.unknown:
                log.warning("%d deliveries may or may not have been sent", found.unknown)
            plan_reports(session, now=now, admins=self._admins)
            return sharers(session, holder=self._holder, now=now)

        try:
            self._pacer.share(await self._library.deliver(look_after))
        except DatabaseError:
            log.info("deliveries wait for the database")
            return
        finally:
            self.wake()
        for kind in self._kinds.values():
            if kind.plan is not None:
                await self._plan(kind, kind.plan, now=now)
        self.wake()

    async def _plan(
        self, kind: DeliveryKind, plan: Callable[[Session, datetime], object], *, now: datetime
    ) -> None:
        """
        Plan what is due of *kind*. One that stumbles is left alone for a while, and
        the others go on.
        """
        times, until = self._stumbled.get(kind.name, (0, 0.0))
        minute = now.replace(second=0, microsecond=0)
        if _time() < until or (kind.minutely and self._minutes.get(kind.name) == minute):
            return
        try:
            await self._library.deliver(lambda session: plan(session, now))
            self._minutes[kind.name] = minute
        except Exception as error:  # noqa: BLE001 - the edge: one kind's trouble is not the others'
            if times == 0 and isinstance(error, DatabaseError):
                log.warning("planning %s waits: %s", kind.name, error)
            elif not isinstance(error, DatabaseError):
                await self._jobs.failed(f"planning {kind.name}", error)
            pause = min(0.5 * 2.0 ** min(times, 10), LONGEST_PAUSE)
            self._stumbled[kind.name] = (times + 1, _time() + pause)
        else:
            self._stumbled.pop(kind.name, None)
            await self._jobs.well(f"planning {kind.name}")

    def wake(self) -> None:
        """
        Look soon whether something is due.
        """
        self._look = True
        self._event.set()

    async def rested(self) -> None:
        """
        Return once nothing is held: all that was claimed is settled, or waits again.
        """
        while self._held:
            self._let_go.clear()
            await self._let_go.wait()

    async def _run(self) -> None:
        while not self._stopping:
            try:
                self._event.clear()
                await self._give_back_stale()
                await self._claim()
                self._start()
                await self._jobs.well("sending")
                await self._rest()
            except DatabaseError:
                await self._pause()
            except Exception as error:  # noqa: BLE001 - the edge: the sender must live on
                await self._jobs.failed("sending", error)
                await self._pause()

    async def _pause(self) -> None:
        self._look = True
        with suppress(TimeoutError):
            async with asyncio.timeout(0.5):
                while not self._stopping:
                    await self._event.wait()
                    self._event.clear()

    async def _rest(self) -> None:
        if self._look or (self._more and self._has_room()):
            return
        seconds = self._pacer.wait(_time(), before=self._before())
        if self._held:
            seconds = min(1.0 if seconds is None else seconds, self._lease / 8)
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._event.wait()

    # Claiming.

    async def _claim(self) -> None:
        # While Slack lets nobody in, what is due stays free for whoever comes first.
        closed = self._pacer.blocked_until > _time() + self._lease / 8
        if closed:
            self._look = self._more = False  # the next tick looks again
            return
        if not (self._look or (self._more and self._has_room())):
            return
        self._look = False
        room = self._room()
        avoiding = self._avoiding()
        lease = timedelta(seconds=self._lease)
        now, since = self._clock(), _time()

        def take(session: Session) -> Claimed:
            return claim(
                session, holder=self._holder, now=now, lease=lease, room=room, avoiding=avoiding
            )

        claimed = await self._library.deliver(take)
        self._pacer.share(claimed.sharers)
        self._more = len(claimed.deliveries) >= max(room.values()) > 0
        for delivery in claimed.deliveries:
            assert delivery.token is not None  # noqa: S101 - it was just claimed
            held = Held(delivery=delivery, token=delivery.token, until=since + self._lease / 2)
            self._held[held.token] = held
            self._pacer.add(delivery.recipient, held, order=held.order, now=_time())

    def _avoiding(self) -> dict[Priority, set[str]]:
        """
        Return for whom we hold enough already, by priority: a broadcast in the queue
        is no reason to leave a reminder to others.
        """
        shut = self._pacer.shut_ones(_time())
        held = [each.delivery for each in self._held.values()]
        avoiding = {}
        for priority in Priority:
            counted = Counter(each.recipient for each in held if each.priority <= priority)
            avoiding[priority] = {who for who, number in counted.items() if number > 1} | {*shut}
        return avoiding

    def _room(self) -> dict[Priority, int]:
        """
        Return how many more we can hold, by priority: broadcasts leave room for what
        is more urgent, and a channel whose queue is long counts once.
        """
        held = [each.delivery for each in self._held.values()]
        return {
            priority: max(
                0,
                self._capacity
                - len({each.recipient for each in held if each.priority <= priority}),
            )
            for priority in Priority
        }

    def _has_room(self) -> bool:
        return 2 * self._room()[Priority.BROADCAST] >= self._capacity

    async def _give_back_stale(self) -> None:
        now = _time()
        await self._give_back(self._pacer.drop(now, unwanted=lambda held: held.until < now))

    async def _give_back(self, held: Sequence[Held]) -> None:
        if not held:
            return
        for each in held:
            self._held.pop(each.token, None)
        self._let_go.set()
        tokens = [each.token for each in held]
        await self._library.deliver(lambda session: hand_back(session, tokens))

    async def _drain(self) -> None:
        try:
            async with asyncio.timeout(STOP_SECONDS):
                await self._give_back(self._pacer.drop(_time(), unwanted=lambda _: True))
        except (DatabaseError, TimeoutError):
            log.warning("what was not sent could not be given back; its lease will run out")
        if self._under_way:
            await asyncio.wait(self._under_way, timeout=self._call_seconds * 2 + STOP_SECONDS)
        for task in tuple(self._under_way):
            task.cancel()  # what it was sending is unknown once its lease runs out

    # Sending.

    @property
    def _call_seconds(self) -> float:
        return min(LONGEST_CALL, self._lease / 4)

    def _start(self) -> None:
        while taken := self._pacer.take(_time(), before=self._before()):
            channel, held = taken
            task = asyncio.create_task(self._deliver(channel, held))
            self._under_way.add(task)
            task.add_done_callback(self._under_way.discard)

    def _before(self) -> Order:
        """
        Return what orders after everything that may begin now.
        """
        number = len(self._under_way)
        if self._doubts >= DOUBT and number:
            return (-1,)
        return (max((each + 1 for each in Priority if number < MOST_AT_ONCE[each]), default=-1),)

    async def _deliver(self, channel: str, held: Held) -> None:
        try:
            step = await self._attempt(held)
            if step is not None:
                await self._note(step)
        except Exception:  # the edge: one bad row never holds up the rest
            log.exception("delivery %d failed", held.delivery.id)
        finally:
            self._held.pop(held.token, None)
            self._let_go.set()
            self._pacer.done(channel, _time())
            self._event.set()

    async def _attempt(self, held: Held) -> Step | None:
        """
        Send it, and return what is to be noted of it.
        """
        delivery, token = held.delivery, held.token
        kind = self._kinds.get(delivery.kind)
        if kind is None:
            return later(held, reason=NO_OWNER)
        try:
            notice = await self._rendered(kind, delivery)
        except DatabaseError:
            return self._soon(held, seconds=1.0, reason=DATABASE)
        except Exception:  # whatever a command does, the others go on
            log.exception("delivery %d could not be rendered", delivery.id)
            return later(held, reason=NOT_MADE)
        if isinstance(notice, Wait):
            return self._soon(held, seconds=notice.seconds, reason=notice.reason)
        if notice is None or isinstance(notice, Skip):
            why = notice.reason if notice else NOT_NEEDED
            return lambda session, now: mark_skipped(session, token, reason=why, now=now)
        channel = delivery.recipient.startswith(("C", "G"))
        if kind.inner and channel and await self._shared_outside(delivery.recipient):
            return failed(held, reason=OUTSIDE)
        message = message_of(delivery, notice, now=self._clock(), timezone=self._library.timezone)
        lease = timedelta(seconds=self._lease)
        # One at a time from "sending" to the wire: if this process dies in between, one
        # delivery is unknown that was never sent, and not one a task.
        async with self._door.passed(held.order):
            if self._doubts >= DOUBT and not await self._answers():
                return self._soon(held, seconds=1.0, reason=WAITING)
            if (wait := self._pacer.blocked_until - _time()) > 0:
                return self._soon(held, seconds=wait, reason=WAITING)
            now, in_time = self._clock(), self._half_a_lease()
            try:
                ours = await self._library.deliver(
                    lambda session: begin(
                        session, token, now=now, lease=lease, contents=notice.contents
                    )
                )
            except DatabaseError:
                # Begun or not: surely nothing was sent.
                return self._soon(held, seconds=1.0, reason=DATABASE)
            if not ours:
                return None
            began, written = _time(), asyncio.Event()
            posting = asyncio.create_task(self._post(message, in_time=in_time, written=written))
            writing = asyncio.create_task(written.wait())
            try:
                await asyncio.wait({posting, writing}, return_when=asyncio.FIRST_COMPLETED)
            except asyncio.CancelledError:
                posting.cancel()
                raise
            finally:
                writing.cancel()
        return await self._judged(held, await posting, began=began)

    def _soon(self, held: Held, *, seconds: float, reason: str) -> Step:
        return soon(held, seconds=seconds, reason=reason, since=self._since)

    async def _answers(self) -> bool:
        """
        Say whether the next request may be tried after some of which nobody can tell:
        one at a time, and only once Slack answers a question that sends nothing.
        """
        if self._on_the_wire or self._pacer.blocked_until > _time():
            return False
        began = _time()
        if await lets_us_in(self._client, seconds=self._call_seconds) is not None:
            return True
        self._doubt(began)
        return False

    def _doubt(self, began: float) -> None:
        """
        Note that nobody can tell what became of a request that *began* then. After some
        in a row nothing is sent for a while: once for all that were on their way together,
        as when this process was frozen with them.
        """
        self._doubts += 1
        if self._doubts >= DOUBT and began >= self._doubted_at:
            self._rounds += 1
            self._doubted_at = _time()
            pause = min(0.5 * 2.0 ** min(self._rounds, 10), LONGEST_PAUSE)
            self._pacer.pause(self._doubted_at, seconds=pause)

    async def _rendered(
        self, kind: DeliveryKind, delivery: Delivery
    ) -> Notice | Wait | Skip | None:
        """
        Return what *delivery* says, in its recipient's language, which is spoken from here on.
        """
        now = self._clock()

        def render(session: Session) -> tuple[str | None, Notice | Wait | Skip | None]:
            language = self._language(session, delivery.recipient)
            with speaking(language):
                return language, kind.render(delivery, session, now)

        language, notice = await self._library.read(render)
        speak(language)
        return notice

    def _half_a_lease(self) -> Callable[[], bool]:
        """
        Return what says whether less than half a lease has passed: by the clock of the
        machine, which stands still while it sleeps, and by that of the wall.
        """
        since, now, half = _time(), self._clock(), self._lease / 2

        def in_time() -> bool:
            passed = (self._clock() - now).total_seconds()
            return _time() - since < half and passed < half

        return in_time

    async def _post(
        self, message: Post, *, in_time: Callable[[], bool], written: asyncio.Event
    ) -> Outcome:
        # Two calls of a quarter, the later begun in the first half: all within the lease.
        seconds = self._call_seconds
        self._on_the_wire += 1
        try:
            outcome = await post(
                self._client, message, seconds=seconds, in_time=in_time, written=written
            )
            plainer = None
            if outcome.verdict is Verdict.MALFORMED and message.blocks:
                log.warning("Slack did not take the blocks of a delivery; its text goes alone")
                plainer = replace(message, text=message.text_alone, blocks=())
            elif outcome.verdict is Verdict.MISMARKED:
                log.warning("Slack did not take the metadata of a delivery; it goes without")
                plainer = replace(message, marked=False)
            if plainer is not None:
                outcome = await post(
                    self._client, plainer, seconds=seconds, in_time=in_time, written=written
                )
        finally:
            self._on_the_wire -= 1
        if outcome.verdict is Verdict.FAILED and outcome.nobody:
            return replace(outcome, reason=await why_nobody(self._client, message.channel))
        return outcome

    async def _judged(self, held: Held, outcome: Outcome, *, began: float) -> Step:
        token, now_, channel = held.token, _time(), held.delivery.recipient
        self._unreached = self._unreached + 1 if outcome.verdict is Verdict.UNREACHED else 0
        if outcome.verdict is Verdict.UNKNOWN:
            self._doubt(began)
        elif outcome.verdict not in {Verdict.UNREACHED, Verdict.LATER}:
            self._doubts = self._rounds = 0  # Slack answers
        match outcome.verdict:
            case Verdict.SENT:
                self._pacer.accepted()
                self._accepted += 1
                self._hasty.pop(channel, None)
                return lambda session, now: mark_sent(
                    session,
                    token,
                    slack_ts=outcome.slack_ts,
                    slack_channel=outcome.slack_channel,
                    now=now,
                )
            case Verdict.UNKNOWN:
                log.warning("delivery %d may or may not have been sent", held.delivery.id)
                return lambda session, now: mark_unknown(
                    session, token, reason=outcome.reason, now=now
                )
            case Verdict.HASTY:
                times, accepted = self._hasty.get(channel, (0, self._accepted))
                self._hasty[channel] = (times + 1, self._accepted)
                if accepted < self._accepted:
                    # Again, while others were taken: that is this channel's alone.
                    self._pacer.shut(channel, now_, seconds=outcome.seconds)
                    return later(held, reason=outcome.reason, at_least=outcome.seconds)
                self._pacer.refused(channel, now_, seconds=outcome.seconds)
                # If it is, the others must get a turn before it, that we may know.
                wait = outcome.seconds + (TURN if times else 0.0)
                self._pacer.shut(channel, now_, seconds=wait)
                return self._soon(held, seconds=wait, reason=outcome.reason)
            case Verdict.CLOSED:
                if not outcome.of_the_app and await lets_us_in(
                    self._client, seconds=self._call_seconds
                ):
                    return later(held, reason=outcome.reason)  # it is this message's alone
                log.error("Slack does not let the bot send: %s", outcome.reason)
                self._pacer.pause(_time(), seconds=CLOSED_PAUSE)
                return self._soon(held, seconds=CLOSED_PAUSE, reason=outcome.reason)
            case Verdict.UNREACHED:
                pause = min(0.25 * 2.0 ** min(self._unreached, 10), LONGEST_PAUSE)
                self._pacer.pause(now_, seconds=pause)
                return self._soon(held, seconds=pause, reason=outcome.reason)
            case Verdict.LATER:
                return later(held, reason=outcome.reason)
            case Verdict.FAILED | Verdict.MALFORMED | Verdict.MISMARKED:
                return failed(held, reason=outcome.reason)

    async def _note(self, step: Step) -> None:
        """
        Store what became of a delivery, as soon as the database takes it.
        """
        wait = 0.1
        while True:
            try:
                await self._library.deliver(lambda session: step(session, self._clock()))
            except DatabaseError:
                await asyncio.sleep(wait)
                wait = min(2 * wait, 2.0)
            else:
                return


def _time() -> float:
    return asyncio.get_running_loop().time()
