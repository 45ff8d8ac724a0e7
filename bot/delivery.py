"""
The sender: claims what is due, has it rendered, posts it once, and notes what
became of it.
"""

import asyncio
import logging
import secrets
from collections import Counter
from collections.abc import AsyncIterator, Callable, Collection, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import replace
from datetime import datetime, timedelta

from slack_sdk.web.async_client import AsyncWebClient

from bot.clock import Clock
from bot.library import Library
from bot.outcomes import Held, Step, failed, later, soon
from bot.pacing import Pacer
from bot.posting import Outcome, Post, Verdict, message_of, post, why_nobody
from commands.contract import DeliveryKind, Notice
from storage.claims import (
    Claimed,
    begin,
    claim,
    hand_back,
    mark_sent,
    mark_skipped,
    mark_unknown,
    recover,
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
MOST_AT_ONCE = 32  # requests
STOP_SECONDS = 5.0  # for the database, at the end
NO_OWNER = "this version of the bot knows no deliveries of this kind"
WAITING = "waits until Slack takes messages again"
DATABASE = "the database was away just before it was sent"


class Sender:
    """
    Args:
        client: posts, with the HTTP session of `bot.posting.guarded_session`.
        kinds: every kind of delivery, by whichever command.
        admins: are told of trouble where there is no coordinator.
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
        per_second: float,
        lease_seconds: float,
    ) -> None:
        self._library = library
        self._client = client
        self._clock = clock
        self._kinds = {kind.name: kind for kind in kinds}
        self._admins = admins
        self._lease = lease_seconds
        self._capacity = max(4, min(MOST_HELD, round(per_second * lease_seconds / 4)))
        self._holder = secrets.token_hex(8)
        self._pacer: Pacer[Held] = Pacer(per_second=per_second)
        self._held: dict[str, Held] = {}  # waiting or on its way, by token
        self._under_way: set[asyncio.Task[None]] = set()
        self._event = asyncio.Event()
        self._door = asyncio.Lock()
        self._look = False  # something may be due
        self._more = False  # the last look found as much as we could hold
        self._stopping = False
        self._unreached = 0  # requests in a row for which Slack could not be reached

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

        def look_after(session: Session) -> None:
            found = recover(session, now=now, keeping=keeping)
            if found.unknown:
                log.warning("%d deliveries may or may not have been sent", found.unknown)
            plan_reports(session, now=now, admins=self._admins)

        try:
            await self._library.deliver(look_after)
            for kind in self._kinds.values():
                if kind.plan is not None:
                    await self._plan(kind, now=now)
        except DatabaseError:
            log.info("deliveries wait for the database")
            return
        self.wake()

    async def _plan(self, kind: DeliveryKind, *, now: datetime) -> None:
        plan = kind.plan
        assert plan is not None  # noqa: S101 - asked for by `tick`
        try:
            await self._library.deliver(lambda session: plan(session, now))
        except DatabaseError:
            raise
        except Exception:  # the edge: one kind's trouble is not the others'
            log.exception("planning %s failed", kind.name)

    def wake(self) -> None:
        """
        Look soon whether something is due.
        """
        self._look = True
        self._event.set()

    async def _run(self) -> None:
        while not self._stopping:
            try:
                self._event.clear()
                await self._give_back_stale()
                await self._claim()
                self._start()
                await self._rest()
            except DatabaseError:
                await self._pause()
            except Exception:  # the edge: the sender must live on
                log.exception("the sender stumbled")
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
        seconds = self._pacer.wait(_time()) if len(self._under_way) < MOST_AT_ONCE else None
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
        counted = Counter(each.delivery.recipient for each in self._held.values())
        avoiding = [recipient for recipient, number in counted.items() if number > 1]
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
            order = (delivery.priority, delivery.due_at, delivery.id)
            self._pacer.add(delivery.recipient, held, order=order, now=_time())

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
        while len(self._under_way) < MOST_AT_ONCE and (taken := self._pacer.take(_time())):
            channel, held = taken
            task = asyncio.create_task(self._deliver(channel, held))
            self._under_way.add(task)
            task.add_done_callback(self._under_way.discard)

    async def _deliver(self, channel: str, held: Held) -> None:
        try:
            step = await self._attempt(held)
            if step is not None:
                await self._note(step)
        except Exception:  # the edge: one bad row never holds up the rest
            log.exception("delivery %d failed", held.delivery.id)
        finally:
            self._held.pop(held.token, None)
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
            return later(held, reason=DATABASE)
        except Exception:  # whatever a command does, the others go on
            log.exception("delivery %d could not be rendered", delivery.id)
            return later(held, reason=NOT_MADE)
        if notice is None:
            return lambda session, now: mark_skipped(session, token, reason=NOT_NEEDED, now=now)
        message = message_of(delivery, notice, now=self._clock(), timezone=self._library.timezone)
        lease = timedelta(seconds=self._lease)
        # One at a time from "sending" to the wire: if this process dies in between, one
        # delivery is unknown that was never sent, and not one a task.
        async with self._door:
            if (wait := self._pacer.blocked_until - _time()) > 0:
                return soon(held, seconds=wait, reason=WAITING)
            now, in_time = self._clock(), self._half_a_lease()
            try:
                ours = await self._library.deliver(
                    lambda session: begin(
                        session, token, now=now, lease=lease, contents=notice.contents
                    )
                )
            except DatabaseError:
                # Begun or not: surely nothing was sent.
                return soon(held, seconds=1.0, reason=DATABASE)
            if not ours:
                return None
            written = asyncio.Event()
            posting = asyncio.create_task(self._post(message, in_time=in_time, written=written))
            writing = asyncio.create_task(written.wait())
            try:
                await asyncio.wait({posting, writing}, return_when=asyncio.FIRST_COMPLETED)
            except asyncio.CancelledError:
                posting.cancel()
                raise
            finally:
                writing.cancel()
        return self._judged(held, await posting)

    async def _rendered(self, kind: DeliveryKind, delivery: Delivery) -> Notice | None:
        now = self._clock()
        return await self._library.read(lambda session: kind.render(delivery, session, now))

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
        outcome = await post(
            self._client, message, seconds=seconds, in_time=in_time, written=written
        )
        if outcome.verdict is Verdict.MALFORMED and message.blocks:
            log.warning("Slack did not take the blocks of a delivery; its text goes alone")
            plain = replace(message, text=message.text_alone, blocks=())
            outcome = await post(
                self._client, plain, seconds=seconds, in_time=in_time, written=written
            )
        if outcome.verdict is Verdict.FAILED and outcome.nobody:
            return replace(outcome, reason=await why_nobody(self._client, message.channel))
        return outcome

    def _judged(self, held: Held, outcome: Outcome) -> Step:
        token, now_ = held.token, _time()
        self._unreached = self._unreached + 1 if outcome.verdict is Verdict.UNREACHED else 0
        match outcome.verdict:
            case Verdict.SENT:
                self._pacer.accepted()
                return lambda session, now: mark_sent(
                    session, token, slack_ts=outcome.slack_ts, now=now
                )
            case Verdict.UNKNOWN:
                log.warning("delivery %d may or may not have been sent", held.delivery.id)
                return lambda session, now: mark_unknown(
                    session, token, reason=outcome.reason, now=now
                )
            case Verdict.HASTY:
                self._pacer.refused(now_, seconds=outcome.seconds)
                return soon(held, seconds=outcome.seconds, reason=outcome.reason)
            case Verdict.CLOSED:
                log.error("Slack does not let the bot send: %s", outcome.reason)
                self._pacer.pause(now_, seconds=CLOSED_PAUSE)
                return soon(held, seconds=CLOSED_PAUSE, reason=outcome.reason)
            case Verdict.UNREACHED:
                pause = min(0.25 * 2.0 ** min(self._unreached, 10), LONGEST_PAUSE)
                self._pacer.pause(now_, seconds=pause)
                return later(held, reason=outcome.reason)
            case Verdict.LATER:
                return later(held, reason=outcome.reason)
            case Verdict.FAILED | Verdict.MALFORMED:
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
