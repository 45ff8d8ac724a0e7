"""
How the process itself is: alive, and ready to be asked.
"""

import asyncio
from dataclasses import dataclass, field

from bot.library import Library

# A tick takes moments; one that took so long hangs, and only a new process helps.
HUNG_SECONDS = 60.0
TICKS = 10  # as many missed are one too many, where the ticks are far apart


@dataclass(frozen=True, kw_only=True)
class Report:
    """
    Attributes:
        findings: part -> "ok", or in words what is wrong with it.
    """

    findings: dict[str, str]

    @property
    def ok(self) -> bool:
        return all(each == "ok" for each in self.findings.values())


@dataclass(kw_only=True)
class Pulse:
    """
    What the process notes of itself, by the loop's time.

    Attributes:
        ticked_at: when the last tick ended; None: none did.
        heard: Slack can reach us: the connection stands, or HTTP is listened for.
    """

    tick_seconds: float
    began_at: float = field(default_factory=lambda: asyncio.get_running_loop().time())
    ticked_at: float | None = None
    heard: bool = False

    def tick_age(self) -> float:
        """
        Return the seconds since the last tick ended, or since the start.
        """
        since = self.began_at if self.ticked_at is None else self.ticked_at
        return asyncio.get_running_loop().time() - since


def liveness(pulse: Pulse) -> Report:
    """
    Say whether the process lives. What a restart would not mend is none of its business.
    """
    return Report(findings={"tick": _tick(pulse)})


def readiness(pulse: Pulse, *, library: Library, connected: bool) -> Report:
    """
    Say whether everything anybody may ask can be answered.

    Args:
        connected: Slack has said which workspace this is.
    """
    _ = library.memory  # looks at the database's file
    slack = "ok" if connected and pulse.heard else "not connected"
    findings = {"tick": _tick(pulse), "database": library.trouble or "ok", "slack": slack}
    return Report(findings=findings)


def _tick(pulse: Pulse) -> str:
    most = max(HUNG_SECONDS, TICKS * pulse.tick_seconds)
    age = pulse.tick_age()
    return "ok" if age <= most else f"the last one ended {age:.0f} s ago"
