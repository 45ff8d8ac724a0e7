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
from commands.speech import phrase, say
from storage.deliveries import Delivery, Priority
from storage.job_troubles import JobTrouble, troubles
from storage.people import RoleName, grants
from storage.processes import processes
from storage.session import Session
from storage.task_forces import local_day

WELL = phrase("Everything the bot does by itself works.")
HOW = phrase(
    "The reference is in the log, with the place in the code. `htbot doctor` looks at the rest."
)


def handle(request: Request, session: Session) -> Reply:
    """
    Show which processes run, what fails, and what failed and works again.
    """
    zone = zone_of(session)
    found = troubles(session, ended=True)
    now = [each for each in found if each.over_at is None]
    over = [each for each in found if each.over_at is not None]
    parts: list[Part] = [Text(text=say(HOW) if now else say(WELL))]
    parts += [_entry(each, zone) for each in now]
    parts += _processes(session, request.now, zone)
    if over:
        parts += [Heading(text=say("Works again")), *(_entry(each, zone) for each in over)]
    title = say("{number} of the bot's own jobs fail", number=len(now)) if len(now) > 1 else say("One of the bot's own jobs fails")  # fmt: skip
    return Reply(
        title=title if now else say("The bot is well"),
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
            say("runs since {said}", said=said(each.started_at, zone))
            if each.runs(now)
            else say("ended without a word; heard of last {said}", said=said(each.ticked_at, zone)),
        )
        for each in processes(session)
    )
    return [Heading(text=say("Processes")), Facts(rows=rows)] if rows else []


def _entry(trouble: JobTrouble, zone: ZoneInfo) -> Entry:
    lines = [
        say("Since {said}", said=said(trouble.since, zone)),
        say("{reason}, reference {reference}", reason=trouble.reason, reference=trouble.reference),
    ]
    if trouble.over_at is not None:
        lines.append(say("Works again since {said}", said=said(trouble.over_at, zone)))
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
    return Notice(
        text=say("The bot has trouble with its own work. Open to see what."), opens="system"
    )


KIND = DeliveryKind(
    name="bot trouble",
    title=phrase("Trouble of the bot itself"),
    render=render,
    priority=Priority.REMINDER,
    plan=plan,
    digest=False,
    inner=True,
)

COMMAND = Command(
    verb="system",
    usage="system",
    summary=phrase("How the bot itself is doing: what it fails to do by itself."),
    examples=("system",),
    who=Standing.ADMIN,
    handle=handle,
    deliveries=(KIND,),
)
