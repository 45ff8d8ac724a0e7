"""
What is logged: that something happened, and where in the code; never what a
person typed.
"""

import json
import logging
import traceback

from structlog.contextvars import merge_contextvars
from structlog.processors import TimeStamper
from structlog.stdlib import ProcessorFormatter, add_log_level, add_logger_name
from structlog.types import EventDict, Processor

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
    handler.setFormatter(_formatter(_json if style == "json" else _text))
    handler.addFilter(_Discreet())
    logging.basicConfig(level=level, handlers=[handler], force=True)
    for name in TALKATIVE:
        logging.getLogger(name).setLevel(logging.WARNING)
    logging.captureWarnings(capture=True)


def _formatter(write: Processor) -> logging.Formatter:
    return ProcessorFormatter(
        foreign_pre_chain=[
            merge_contextvars,
            add_log_level,
            add_logger_name,
            TimeStamper(fmt="iso", utc=True, key="at"),
            _place,
        ],
        processors=[ProcessorFormatter.remove_processors_meta, write],
    )


def _place(_logger: object, _name: str, event: EventDict) -> EventDict:
    """
    Say where an exception came from, in place of what it says.
    """
    info = event.pop("exc_info", None)
    event.pop("stack_info", None)
    if isinstance(info, tuple) and info[1] is not None:
        event["trace"] = where(info[1])
    return event


def _json(_logger: object, _name: str, event: EventDict) -> str:
    order = ("at", "level", "logger", "event")
    return json.dumps(
        {**{key: event.pop(key) for key in order}, **event}, ensure_ascii=False, default=str
    )


def _text(_logger: object, _name: str, event: EventDict) -> str:
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
