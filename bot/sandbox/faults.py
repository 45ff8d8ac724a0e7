"""Faults a test orders in advance: the next call of a method fails in the way it asks for."""

from collections import defaultdict, deque
from dataclasses import dataclass
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
    """

    error: str | None = None
    status: int | None = None
    retry_after: int | None = None
    delay: float | None = None
    drop: Drop | None = None


@dataclass(frozen=True, kw_only=True)
class Call:
    """A request the bot made: a Web API method, or ``response_url``."""

    method: str
    args: dict[str, Any]
    status: int | None  # None when the connection was cut
    answer: dict[str, Any]


class Faults:
    """The faults still to come, by method."""

    def __init__(self) -> None:
        self._next: defaultdict[str, deque[Fault]] = defaultdict(deque)

    def add(self, method: str, fault: Fault) -> None:
        """Let the next call of *method* that has no fault yet fail."""
        self._next[method].append(fault)

    def take(self, method: str) -> Fault | None:
        """Return the fault of this call, if one was ordered."""
        waiting = self._next[method]
        return waiting.popleft() if waiting else None


def refusal(error: SlackError) -> dict[str, Any]:
    """Return the body Slack answers a refused call with."""
    answer: dict[str, Any] = {"ok": False, "error": error.code, **error.extra}
    if error.details:
        if error.code == "invalid_blocks":
            answer["errors"] = error.details
        messages = [f"[ERROR] {detail}" for detail in error.details]
        answer["response_metadata"] = {"messages": messages}
    return answer
