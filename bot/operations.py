"""
The door for whoever operates the bot: health and metrics, on this machine alone.
"""

import json
from typing import TYPE_CHECKING

from bot import health
from bot.metrics import CONTENT_TYPE
from storage.deliveries import counts
from storage.errors import DatabaseError

if TYPE_CHECKING:
    from bot.app import Bot

LIVENESS, READINESS, SERVING, METRICS = "/healthz", "/readyz", "/servingz", "/metrics"
JSON = "application/json"


async def page(bot: "Bot", path: str) -> tuple[int, str, bytes] | None:
    """
    Return status, content type and body of a page of health, or None if *path* is none.
    """
    if path == LIVENESS:
        report = health.liveness(bot.pulse)
    elif path == READINESS:
        report = health.readiness(bot.pulse, library=bot.library, connected=bot.connected)
    elif path == SERVING:
        report = health.serving(bot.pulse)
    else:
        return None
    body = json.dumps({"ok": report.ok} | report.findings).encode()
    return 200 if report.ok else 503, JSON, body


async def metrics(bot: "Bot") -> tuple[int, str, bytes]:
    """
    Return the page that Prometheus reads.
    """
    try:
        found = await bot.library.read(counts)
        deliveries = {state.value: number for state, number in found.items()}
    except DatabaseError:
        deliveries = None
    report = health.readiness(bot.pulse, library=bot.library, connected=bot.connected)
    states = {
        "tick_age_seconds": bot.pulse.tick_age(),
        "database_up": report.findings["database"] == "ok",
        "slack_connected": report.findings["slack"] == "ok",
    }
    return 200, CONTENT_TYPE, bot.metrics.written(states, deliveries)
