"""
`htbot backup`, `htbot restore` and `htbot db copy`: what they do, in words.
"""

import tempfile
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

from commands.broadcasting import tell_of_return
from commands.registry import COMMANDS
from commands.survey_notices import tell_end
from storage.backup.aftermath import Aftermath
from storage.backup.archive import Manifest
from storage.backup.errors import RunningError
from storage.backup.restoring import BY, Restored, bots_on, restore
from storage.backup.taking import back_up, verify
from storage.sealed import open_all
from storage.session import Database, Session
from storage.surveys.answers import said_of
from storage.surveys.closing import make, store, waiting
from storage.surveys.cycles import find_cycle

COPY = "htbot db copy"
NO_KEY = (
    "The key is not in it. Keep HT_SECRET_KEY (or secret.key) apart from it, and keep it: without "
    "it nobody opens the sealed counts again."
)
GUARD = "Members' names and contacts are in it: guard it as you guard the database."
LOST = (
    "What people changed, decided and deleted since then is not in it. Whoever left since is back: "
    "`/ht me leave` again. Buttons of messages sent since may open something else."
)


def backup_text(database: Database, path: Path, *, now: datetime, overwrite: bool) -> str:
    """
    Back up *database* into *path*; return what is in it.
    """
    manifest = back_up(database, path, now=now, overwrite=overwrite)
    proved = "It was read back, and every count and digest is right."
    return "\n".join([f"{path}: {_said(manifest)}.", proved, NO_KEY, GUARD])


def verified_text(path: Path) -> str:
    """
    Prove the backup at *path*; return what is in it.
    """
    return f"{path}: {_said(verify(path))}.\nEvery count and digest is right."


def restore_text(
    database: Database, path: Path, *, now: datetime, replace: bool, sent_since: bool
) -> str:
    """
    Restore the backup at *path* into *database*; return what became of it.
    """
    done = _restored(database, path, now=now, replace=replace, sent_since=sent_since, by=BY)
    lines = [f"Restored: {_said(done.manifest)}.", *_told(done, database)]
    if sent_since:
        lines.append(LOST)
    return "\n".join(lines)


def copy_text(source: Database, target: Database, *, now: datetime, snapshot: bool) -> str:
    """
    Copy *source* into *target*, which is empty; return what is in it, table by table.

    Args:
        snapshot: also while a bot runs on *source*.
    Raises:
        RunningError: if one does, and it is not to be.
    """
    running = bots_on(source, now=now)
    if running and not snapshot:
        raise RunningError(running)
    with tempfile.TemporaryDirectory(prefix="htbot-") as folder:
        path = Path(folder) / "copy.zip"
        back_up(source, path, now=now)
        # What waits goes out from one of the two alone.
        done = _restored(target, path, now=now, replace=False, sent_since=snapshot, by=COPY)
    width = max(len(table.name) for table in done.manifest.tables)
    lines = [
        f"{table.name:<{width}}  {table.rows:>8}  {table.digest[:16]}"
        for table in done.manifest.tables
        if table.rows
    ]
    lines += [f"Copied: {_said(done.manifest)}.", *_told(done, target)]
    if snapshot:
        lines.append("A bot may have run meanwhile: what changed since that moment is not in it.")
    else:
        lines.append(
            "Now set HT_DATABASE_URL to the new one, leave HT_SECRET_KEY as it is, and start the "
            "bot. Never start one on the old database again: it would send what waits there too."
        )
    return "\n".join(lines)


def _close(session: Session, now: datetime) -> None:
    """
    Close what is frozen, as the bot would beside its tick, and plan what tells of it.

    Raises:
        UnsealableError, NoKeyError: if the answers do not open: they are not given up here.
    """
    for number in waiting(session):
        said_of(session, find_cycle(session, number))
        made = make(session, number)
        if made is not None and store(session, made, now=now):
            tell_end(session, find_cycle(session, number), now=now)


def _restored(
    database: Database, path: Path, *, now: datetime, replace: bool, sent_since: bool, by: str
) -> Restored:
    return restore(
        database,
        path,
        now=now,
        replace=replace,
        sent_since=sent_since,
        planners=[
            (kind.name, kind.plan)
            for command in COMMANDS
            for kind in command.deliveries
            if kind.plan is not None
        ]
        + [("closed surveys", _close)],
        tell=tell_of_return,
        by=by,
    )


def _told(done: Restored, database: Database) -> Iterator[str]:
    yield "Every count and digest was proved in the database."
    if done.applied:
        yield f"Brought up to date: {', '.join(done.applied)}."
    if done.aftermath is not None:
        yield from _of_messages(done.aftermath)
    if database.sealer is None:
        return
    found = open_all(database, database.sealer)
    if found.closed:
        yield (
            f"HT_SECRET_KEY does not open {found.closed} of {found.opened + found.closed} sealed "
            "values: set the key of that time, and look again with `htbot doctor`."
        )
    elif found.opened:
        yield f"HT_SECRET_KEY opens what is sealed, {_number(found.opened, 'value')}."


def _of_messages(after: Aftermath) -> Iterator[str]:
    if after.waited:
        yield (
            f"{_number(after.waited, 'message')} waited then and may have been sent since: whoever "
            "is responsible is told, and decides in `/ht deliveries`."
        )
    if after.came_due:
        yield (
            f"{_number(after.came_due, 'message')} became due since then and may have been sent: "
            "the same goes for them."
        )
    if after.returned:
        yield (
            f"Drafts again, because they may have gone out since: {_broadcasts(after.returned)}. "
            "Their senders are told."
        )
    if after.left_out:
        yield (
            f"Left out: the runs since then of {_broadcasts(after.left_out)}. Their next time "
            "stands, and their senders are told."
        )
    if after.stumbled:
        yield (
            f"Not looked at, because planning failed: {', '.join(after.stumbled)}. What became due "
            "of these since then may be sent a second time."
        )
    if after == Aftermath():
        yield "Nothing waited to be sent, and nothing became due since."


def _broadcasts(numbers: tuple[int, ...]) -> str:
    return f"broadcast {', '.join(map(str, numbers))}"


def _said(manifest: Manifest) -> str:
    filled = sum(1 for table in manifest.tables if table.rows)
    return (
        f"{_number(manifest.rows, 'row')} in {_number(filled, 'table')}, as of "
        f"{manifest.taken_at:%Y-%m-%d %H:%M:%S} UTC, revision {manifest.revision}, from "
        f"{manifest.engine}"
    )


def _number(number: int, what: str) -> str:
    return f"{number} {what}" if number == 1 else f"{number} {what}s"
