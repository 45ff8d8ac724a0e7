"""
/ht system: how the bot itself is doing, for its administrators.
"""

from datetime import datetime
from zoneinfo import ZoneInfo

from commands.announcing import announce
from commands.contract import (
    Command,
    DeliveryKind,
    Entry,
    Facts,
    Heading,
    Notice,
    Part,
    Reply,
    Request,
    Standing,
    Text,
)
from commands.ping import said, zone_of
from storage.deliveries import Delivery, Priority
from storage.job_troubles import JobTrouble, troubles
from storage.people import RoleName, grants
from storage.processes import processes
from storage.session import Session
from storage.task_forces import local_day

WELL = "Everything the bot does by itself works."
HOW = "The reference is in the log, with the place in the code. `htbot doctor` looks at the rest."


def handle(request: Request, session: Session) -> Reply:
    """
    Show which processes run, what fails, and what failed and works again.
    """
    zone = zone_of(session)
    found = troubles(session, ended=True)
    now = [each for each in found if each.over_at is None]
    over = [each for each in found if each.over_at is not None]
    parts: list[Part] = [Text(text=HOW if now else WELL)]
    parts += [_entry(each, zone) for each in now]
    parts += _processes(session, request.now, zone)
    if over:
        parts += [Heading(text="Works again"), *(_entry(each, zone) for each in over)]
    title = f"{len(now)} of the bot's own jobs fail" if len(now) > 1 else "One of the bot's own jobs fails"  # fmt: skip
    return Reply(
        title=title if now else "The bot is well",
        parts=tuple(parts),
        again="system",
        shareable=False,
    )


def _processes(session: Session, now: datetime, zone: ZoneInfo) -> list[Part]:
    """
    Return who says that they run, and who fell silent: a machine's name and a number.
    """
    rows = tuple(
        (
            each.name,
            f"runs since {said(each.started_at, zone)}"
            if each.runs(now)
            else f"ended without a word; heard of last {said(each.ticked_at, zone)}",
        )
        for each in processes(session)
    )
    return [Heading(text="Processes"), Facts(rows=rows)] if rows else []


def _entry(trouble: JobTrouble, zone: ZoneInfo) -> Entry:
    lines = [
        f"Since {said(trouble.since, zone)}",
        f"{trouble.reason}, reference {trouble.reference}",
    ]
    if trouble.over_at is not None:
        lines.append(f"Works again since {said(trouble.over_at, zone)}")
    return Entry(title=trouble.job.capitalize(), lines=tuple(lines))


def plan(session: Session, now: datetime) -> None:
    """
    Plan what tells the administrators: once a job and a day, whichever process fails.
    """
    found = troubles(session)
    if not found:
        return
    granted = {
        each.user_id for each in grants(session, but_members=True) if each.role is RoleName.ADMIN
    }
    for each in found:
        announce(
            session,
            KIND,
            occasion=f"{each.job}:{local_day(session, each.since)}",
            recipients=sorted(granted | session.admins),
            due_at=each.since,
            now=now,
            standing=Standing.ADMIN,
            responsible=None,
        )


def render(delivery: Delivery, session: Session, now: datetime) -> Notice:
    return Notice(text="The bot has trouble with its own work. Open to see what.", opens="system")


KIND = DeliveryKind(
    name="bot trouble",
    title="Trouble of the bot itself",
    render=render,
    priority=Priority.REMINDER,
    plan=plan,
    digest=False,
    inner=True,
)

COMMAND = Command(
    verb="system",
    usage="system",
    summary="How the bot itself is doing: what it fails to do by itself.",
    examples=("system",),
    who=Standing.ADMIN,
    handle=handle,
    deliveries=(KIND,),
)
