"""
How the process itself is: alive, and ready to be asked.
"""

import asyncio
from dataclasses import dataclass, field

from bot.library import Library

# A tick takes moments; one that took so long hangs, and only a new process helps.
HUNG_SECONDS = 60.0
# A process notes every now and then that it runs: so long without is a database that cannot
# be written, though it can be read: a full disk, a lock that nobody lets go of.
UNWRITTEN_SECONDS = 60.0
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
        noted_at: when the database took last that this process runs; None: it never did.
        heard: Slack can reach us: the connection stands, or HTTP is listened for.
    """

    tick_seconds: float
    began_at: float = field(default_factory=lambda: asyncio.get_running_loop().time())
    ticked_at: float | None = None
    noted_at: float | None = None
    heard: bool = False

    def tick_age(self) -> float:
        """
        Return the seconds since the last tick ended, or since the start.
        """
        return self._since(self.ticked_at)

    def note_age(self) -> float:
        """
        Return the seconds since the database took that this process runs, or since the start.
        """
        return self._since(self.noted_at)

    def _since(self, moment: float | None) -> float:
        since = self.began_at if moment is None else moment
        return asyncio.get_running_loop().time() - since


def liveness(pulse: Pulse) -> Report:
    """
    Say whether the process lives. What a restart would not mend is none of its business.
    """
    return Report(findings={"tick": _tick(pulse)})


def serving(pulse: Pulse) -> Report:
    """
    Say whether Slack's requests are to be sent here. Also without a database they are:
    hotlines are answered from memory.
    """
    return Report(findings={"slack": "ok" if pulse.heard else "not listening"})


def readiness(pulse: Pulse, *, library: Library, connected: bool) -> Report:
    """
    Say whether everything anybody may ask can be answered.

    Args:
        connected: Slack has said which workspace this is.
    """
    _ = library.memory  # looks at the database's file
    slack = "ok" if connected and pulse.heard else "not connected"
    database = library.trouble or _written(pulse)
    findings = {"tick": _tick(pulse), "database": database, "slack": slack}
    return Report(findings=findings)


def _written(pulse: Pulse) -> str:
    most = max(UNWRITTEN_SECONDS, TICKS * pulse.tick_seconds)
    age = pulse.note_age()
    return "ok" if age <= most else f"nothing could be written for {age:.0f} s"


def _tick(pulse: Pulse) -> str:
    most = max(HUNG_SECONDS, TICKS * pulse.tick_seconds)
    age = pulse.tick_age()
    return "ok" if age <= most else f"the last one ended {age:.0f} s ago"
