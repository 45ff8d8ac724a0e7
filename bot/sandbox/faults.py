"""Faults a test orders in advance: the next call of a method fails, or calls fail by chance."""

from collections import defaultdict, deque
from collections.abc import Sequence
from dataclasses import dataclass
from random import Random
from typing import Any, Literal

from bot.sandbox.errors import SlackError

Drop = Literal["before", "after"]


@dataclass(frozen=True, kw_only=True)
class Fault:
    """
    How one call fails.

    Attributes:
        error: a Slack error code in an otherwise ordinary answer.
        status: an HTTP status with a body that is no JSON.
        retry_after: seconds; the call is answered 429 `ratelimited`.
        delay: seconds before anything else happens.
        drop: the connection is cut before or after the call took effect.
        answer_delay: seconds between the effect and the answer.
    """

    error: str | None = None
    status: int | None = None
    retry_after: int | None = None
    delay: float | None = None
    drop: Drop | None = None
    answer_delay: float | None = None


@dataclass(frozen=True, kw_only=True)
class Call:
    """A request the bot made: a Web API method, or ``response_url``."""

    method: str
    args: dict[str, Any]
    status: int | None  # None when the connection was cut
    answer: dict[str, Any]


@dataclass(kw_only=True)
class Transit:
    """
    A call on the wire.

    Attributes:
        caller: which of several bots, by the path that it was given.
        begun, ended: the loop's time; `ended` is None while it lasts.
        proved: the answer says whether the call took effect.
    """

    method: str
    args: dict[str, Any]
    caller: str = ""
    begun: float
    ended: float | None = None
    proved: bool = False


class Weather:
    """
    Faults by chance, the same for the same *seed*.

    Args:
        chances: how likely each fault is; the rest of the calls go well.
    """

    def __init__(self, chances: Sequence[tuple[float, Fault]], *, seed: int) -> None:
        self._faults = [fault for _, fault in chances]
        self._weights = [chance for chance, _ in chances]
        self._random = Random(seed)  # noqa: S311 - the same every time is what is wanted

    def take(self) -> Fault | None:
        """Return the fault of one call, if it has one."""
        point = self._random.random()
        for weight, fault in zip(self._weights, self._faults, strict=True):
            point -= weight
            if point < 0:
                return fault
        return None


class Ceiling:
    """
    How many calls are taken: one a second for a channel, and so many of all channels
    together; a second's worth may come at once, if none came before.

    Args:
        per_second: of all channels together.
    """

    def __init__(self, *, per_second: int) -> None:
        self._per_second = per_second
        self._left = float(per_second)
        self._looked_at = 0.0
        self._last: dict[str, float] = {}

    def takes(self, channel: str, now: float) -> bool:
        """Say whether a call at *now* is taken, and count it if so."""
        more = (now - self._looked_at) * self._per_second
        self._left, self._looked_at = min(self._per_second, self._left + more), now
        if self._left < 1 or now - self._last.get(channel, now - 1) < 1:
            return False
        self._left -= 1
        self._last[channel] = now
        return True


class Faults:
    """The faults still to come, by method."""

    def __init__(self) -> None:
        self._next: defaultdict[str, deque[Fault]] = defaultdict(deque)
        self.weather: dict[str, Weather] = {}
        self.ceilings: dict[str, Ceiling] = {}

    def add(self, method: str, fault: Fault) -> None:
        """Let the next call of *method* that has no fault yet fail."""
        self._next[method].append(fault)

    def take(self, method: str) -> Fault | None:
        """Return the fault of this call, if one was ordered or befalls it."""
        waiting = self._next[method]
        if waiting:
            return waiting.popleft()
        return self.weather[method].take() if method in self.weather else None

    def over(self, method: str, args: dict[str, Any], now: float) -> Fault | None:
        """Return the refusal of a call that is one too many."""
        ceiling = self.ceilings.get(method)
        if ceiling is None or ceiling.takes(str(args.get("channel")), now):
            return None
        return Fault(retry_after=1)


def refusal(error: SlackError) -> dict[str, Any]:
    """Return the body Slack answers a refused call with."""
    answer: dict[str, Any] = {"ok": False, "error": error.code, **error.extra}
    if error.details:
        if error.code == "invalid_blocks":
            answer["errors"] = error.details
        messages = [f"[ERROR] {detail}" for detail in error.details]
        answer["response_metadata"] = {"messages": messages}
    return answer
