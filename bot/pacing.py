"""
When the next request may go: so many a second in all, one a second for each
channel, none while Slack says to wait.

Moments are seconds of one steady clock, such as the event loop's.
"""

import asyncio
import heapq
import itertools
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any, Generic, TypeAlias, TypeVar

Item = TypeVar("Item")
Order: TypeAlias = tuple[Any, ...]  # the least goes first

CHANNEL_SECONDS = 1.02  # between two requests for one channel: Slack wants one
HEADROOM = 0.97  # of the rate: what is sent evenly does not arrive evenly
BURST_SECONDS = 1.0  # what was not sent for so long, as in a pause, may go at once
LESS = 0.9  # of the rate, after a refusal
MORE = 0.02  # of the rate is won back with each request that was taken
LEAST = 0.1  # of the rate


class Door:
    """
    A lock that lets the most urgent of those who wait in first.
    """

    def __init__(self) -> None:
        self._shut = False
        self._waiting: list[tuple[Order, int, asyncio.Future[None]]] = []
        self._numbers = itertools.count()

    @asynccontextmanager
    async def passed(self, order: Order) -> AsyncIterator[None]:
        if self._shut:
            turn: asyncio.Future[None] = asyncio.get_running_loop().create_future()
            heapq.heappush(self._waiting, (order, next(self._numbers), turn))
            try:
                await turn
            except asyncio.CancelledError:
                if turn.done() and not turn.cancelled():
                    self._next()  # it was our turn just then
                raise
        self._shut = True
        try:
            yield
        finally:
            self._next()

    def _next(self) -> None:
        while self._waiting:
            _, _, turn = heapq.heappop(self._waiting)
            if not turn.done():
                turn.set_result(None)  # and it stays shut for the others
                return
        self._shut = False


class Pacer(Generic[Item]):
    """
    What waits to be sent, by channel.

    They go evenly. Only after a pause, as Slack's own limits allow, a few go at once:
    so that a pause costs little.

    Args:
        per_second: requests that Slack takes from everybody of this app together.
    """

    def __init__(self, *, per_second: float) -> None:
        self._per_second = per_second
        self._factor = 1.0  # less than one once Slack refused
        self._sharers = 1
        self._blocked_until = 0.0
        self._credit = 1.0  # requests that may go at once
        self._credited_at = 0.0
        self._items: dict[str, list[tuple[Order, int, Item]]] = {}
        self._ready: list[tuple[Order, int, str]] = []
        self._waiting: list[tuple[float, str]] = []
        self._free_at: dict[str, float] = {}
        self._shut: dict[str, float] = {}  # channels that Slack refuses by themselves
        self._busy: dict[str, float] = {}  # since when
        self._slowed_at = 0.0
        self._numbers = itertools.count()

    def __len__(self) -> int:
        return sum(map(len, self._items.values()))

    @property
    def blocked_until(self) -> float:
        return self._blocked_until

    def share(self, sharers: int) -> None:
        """
        Note how many processes send for this app just now: each takes its part.
        """
        self._sharers = max(1, sharers)

    def add(self, channel: str, item: Item, *, order: Order, now: float) -> None:
        entry = (order, next(self._numbers), item)
        waiting = self._items.setdefault(channel, [])
        heapq.heappush(waiting, entry)
        if channel not in self._busy and waiting[0] is entry:
            self._line_up(channel, now=now)

    def take(self, now: float, *, before: Order | None = None) -> tuple[str, Item] | None:
        """
        Return what goes now and its channel, or None. The channel is busy until `done`.

        Args:
            before: only what goes before this; None: anything.
        """
        if self._next_at(now) > now:
            return None
        channel = self._first(now, before)
        if channel is None:
            return None
        heapq.heappop(self._ready)
        waiting = self._items[channel]
        _, _, item = heapq.heappop(waiting)
        if not waiting:
            del self._items[channel]
        self._busy[channel] = now
        self._free_at[channel] = now + CHANNEL_SECONDS
        self._credit = self._credit_at(now) - 1
        self._credited_at = now
        return channel, item

    def wait(self, now: float, *, before: Order | None = None) -> float | None:
        """
        Return in how many seconds `take` may give something; None: not before `add` or `done`.
        """
        if self._first(now, before) is not None:
            return max(0.0, self._next_at(now) - now)
        if not self._waiting:
            return None
        return max(0.0, self._next_at(now) - now, self._waiting[0][0] - now)

    def done(self, channel: str, now: float) -> None:
        """
        Let the next one of *channel* go, a second after the last began.
        """
        self._busy.pop(channel, None)
        if channel in self._items:
            self._line_up(channel, now=now)
        if len(self._free_at) > 10_000:
            self._free_at = {key: at for key, at in self._free_at.items() if at > now}

    def accepted(self) -> None:
        self._factor = min(1.0, self._factor + MORE)

    def refused(self, channel: str, now: float, *, seconds: float) -> None:
        """
        Send nothing for *seconds*, and less often afterwards: once for all the
        requests that were on their way together.
        """
        self.pause(now, seconds=seconds)
        if self._busy.get(channel, now) >= self._slowed_at:
            self._factor = max(LEAST, self._factor * LESS)
            self._slowed_at = now

    def shut(self, channel: str, now: float, *, seconds: float) -> None:
        """
        Send nothing to *channel* for *seconds*.
        """
        self._free_at[channel] = self._shut[channel] = now + seconds

    def shut_ones(self, now: float) -> tuple[str, ...]:
        """
        Return the channels that are shut.
        """
        self._shut = {channel: until for channel, until in self._shut.items() if until > now}
        return tuple(self._shut)

    def pause(self, now: float, *, seconds: float) -> None:
        """
        Send nothing for *seconds*.
        """
        self._blocked_until = max(self._blocked_until, now + seconds)

    def drop(self, now: float, *, unwanted: Callable[[Item], bool]) -> list[Item]:
        """
        Take out what waits and is *unwanted*, and return it.
        """
        gone = []
        for channel, items in list(self._items.items()):
            kept = [each for each in items if not unwanted(each[2])]
            if len(kept) == len(items):
                continue
            gone += [item for *_, item in items if unwanted(item)]
            heapq.heapify(kept)
            self._items[channel] = kept
            if not kept:
                del self._items[channel]
            elif channel not in self._busy:
                self._line_up(channel, now=now)
        return gone

    def _line_up(self, channel: str, *, now: float) -> None:
        if (at := self._free_at.get(channel, now)) > now:
            heapq.heappush(self._waiting, (at, channel))
            return
        order, number, _ = self._items[channel][0]
        heapq.heappush(self._ready, (order, number, channel))

    def _first(self, now: float, before: Order | None) -> str | None:
        """
        Return the channel whose turn it is: the most urgent of those that may.
        """
        while self._waiting and self._waiting[0][0] <= now:
            _, channel = heapq.heappop(self._waiting)
            if channel in self._items and channel not in self._busy:
                self._line_up(channel, now=now)
        while self._ready:
            order, number, channel = self._ready[0]
            items = self._items.get(channel)
            if items and channel not in self._busy and items[0][1] == number:
                return channel if before is None or order < before else None
            heapq.heappop(self._ready)  # gone, or something more urgent came before it
        return None

    @property
    def _rate(self) -> float:
        return self._per_second * HEADROOM * self._factor / self._sharers

    def _credit_at(self, now: float) -> float:
        most = max(1.0, self._rate * BURST_SECONDS)
        return min(most, self._credit + (now - self._credited_at) * self._rate)

    def _next_at(self, now: float) -> float:
        missing = max(0.0, 1 - self._credit_at(now))
        return max(self._blocked_until, now + missing / self._rate)
