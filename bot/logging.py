"""
What is logged: that something happened, and where in the code; never what a
person typed.
"""

import logging
import traceback
from types import TracebackType

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
_FORMAT = "%(asctime)s %(levelname)s %(name)s: %(message)s"


class _Formatter(logging.Formatter):
    def formatException(  # noqa: N802 - the name is logging's
        self,
        ei: tuple[type[BaseException], BaseException, TracebackType | None]
        | tuple[None, None, None],
    ) -> str:
        return where(ei[1]) if ei[1] is not None else ""

    def formatStack(self, stack_info: str) -> str:  # noqa: N802 - the name is logging's
        return ""


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


def configure(level: str) -> None:
    """
    Log to standard error from *level* up; from libraries only warnings and worse,
    without their words.
    """
    handler = logging.StreamHandler()
    handler.setFormatter(_Formatter(_FORMAT))
    handler.addFilter(_Discreet())
    logging.basicConfig(level=level, handlers=[handler], force=True)
    for name in TALKATIVE:
        logging.getLogger(name).setLevel(logging.WARNING)
    logging.captureWarnings(capture=True)


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
