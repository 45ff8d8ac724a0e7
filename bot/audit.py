"""
`htbot audit`: who did what, on the command line.
"""

import json
from collections.abc import Iterator
from datetime import date, datetime
from zoneinfo import ZoneInfo

from bot.library import Library
from commands.audit import sentence
from storage.audit import Entry, entries
from storage.session import Session
from storage.task_forces import task_force

_AT_ONCE = 500


def audit_text(library: Library, *, since: date | None) -> str:
    """
    Return the audit a line an entry, newest first.
    """
    found, zone = library.read_now(lambda session: _read(session, since=since))
    lines = [f"{each.at.astimezone(zone):%Y-%m-%d %H:%M %Z}  {sentence(each)}" for each in found]
    nothing = f"Nothing is in the audit since {since}." if since else "Nothing is in the audit."
    return "\n".join(lines) or nothing


def audit_json(library: Library, *, since: date | None) -> str:
    """
    Return the audit as a list of entries, newest first, their moments in UTC.
    """
    found, _ = library.read_now(lambda session: _read(session, since=since))
    document = [
        {
            "number": each.id,
            "at": each.at.isoformat(),
            "actor": each.actor,
            "act": each.act,
            "subject": each.subject,
            "details": dict(each.details),
        }
        for each in found
    ]
    return json.dumps(document, ensure_ascii=False, indent=1)


def _read(session: Session, *, since: date | None) -> tuple[list[Entry], ZoneInfo]:
    zone = ZoneInfo(task_force(session).timezone)
    start = datetime.combine(since, datetime.min.time(), tzinfo=zone) if since else None
    return [each for each in _every(session) if start is None or each.at >= start], zone


def _every(session: Session) -> Iterator[Entry]:
    before = None
    while found := entries(session, limit=_AT_ONCE, before=before):
        yield from found
        before = found[-1].id
