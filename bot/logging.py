"""
What is logged: that something happened, and where in the code; never what a
person typed.
"""

import json
import logging
import traceback
from collections.abc import Callable
from datetime import UTC, datetime

OURS = frozenset({"bot", "commands", "storage"})
# These put whole requests and responses into their messages.
TALKATIVE = (
    "slack_bolt",
    "slack_sdk",
    "aiohttp",
    "uvicorn",
    "asyncio",
    "apscheduler",
    "alembic",
    "sqlalchemy",
)


class _Discreet(logging.Filter):
    """
    Keeps of other people's log lines the warnings, and of those who says it and
    nothing of what: they quote bodies, tokens and texts.
    """

    def filter(self, record: logging.LogRecord) -> bool:
        if record.name.split(".")[0] in OURS:
            return True
        record.msg = f"(from {record.module}, line {record.lineno})"
        record.args = ()
        return record.levelno >= logging.WARNING


def configure(level: str, *, style: str | None = None) -> None:
    """
    Log to standard error from *level* up; from libraries only warnings and worse,
    without their words.

    Args:
        style: "json", a line an event, or "text"; None: text for a terminal, else JSON.
    """
    handler = logging.StreamHandler()
    style = style or ("text" if handler.stream.isatty() else "json")
    handler.setFormatter(_Formatter(_json if style == "json" else _text))
    handler.addFilter(_Discreet())
    logging.basicConfig(level=level, handlers=[handler], force=True)
    for name in TALKATIVE:
        logging.getLogger(name).setLevel(logging.WARNING)
    logging.captureWarnings(capture=True)


class _Formatter(logging.Formatter):
    """
    Writes a line an event: when, how bad, who says it, what, and where an exception came
    from, in place of what that says.
    """

    def __init__(self, write: Callable[[dict[str, str]], str]) -> None:
        super().__init__()
        self._write = write

    def format(self, record: logging.LogRecord) -> str:
        at = datetime.fromtimestamp(record.created, UTC).isoformat(timespec="microseconds")
        event = {
            "at": at.replace("+00:00", "Z"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "event": record.getMessage(),
        }
        if record.exc_info and record.exc_info[1] is not None:
            event["trace"] = where(record.exc_info[1])
        return self._write(event)


def _json(event: dict[str, str]) -> str:
    return json.dumps(event, ensure_ascii=False)


def _text(event: dict[str, str]) -> str:
    said = f"{event['at']} {event['level'].upper()} {event['logger']}: {event['event']}"
    return f"{said}\n{event['trace']}" if "trace" in event else said


def where(error: BaseException) -> str:
    """
    Return the traceback of *error* without any message: a message may quote what
    a person typed.
    """
    lines: list[str] = []
    told: set[int] = set()
    seen: BaseException | None = error
    while seen is not None and id(seen) not in told:  # causes may run in a ring
        told.add(id(seen))
        lines.append(f"{type(seen).__module__}.{type(seen).__qualname__}")
        lines.extend(
            f"  {frame.filename}:{frame.lineno} in {frame.name}"
            for frame in traceback.extract_tb(seen.__traceback__)
        )
        seen = seen.__cause__ or (None if seen.__suppress_context__ else seen.__context__)
    return "\n".join(lines)
