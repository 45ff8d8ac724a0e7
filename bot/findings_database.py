"""
Whether the database can do its work: there, writable, up to date, alive, and its key.
"""

import shutil
from collections.abc import Iterator
from datetime import datetime

from bot.findings import Finding, bad, note, ok
from bot.settings import Settings
from storage.errors import (
    DatabaseBusyError,
    DatabaseError,
    DatabaseNewerError,
    DatabaseUrlError,
    ReadOnlyError,
    StorageError,
)
from storage.migrations import is_current
from storage.processes import processes
from storage.sealed import open_all, print_of
from storage.session import (
    Database,
    check,
    check_writable,
    open_database,
    unscoped_reading,
)
from storage.task_forces import workspaces

LEAST_FREE = 200 * 1024 * 1024  # bytes
LITTLE_FREE = 1024 * 1024 * 1024


def database_findings(settings: Settings, *, team_id: str | None, now: datetime) -> list[Finding]:
    """
    Look at the database as it is; nothing in it is changed.

    Args:
        settings: with no key where there is none yet.
        team_id: of the workspace that the token is for; None: not known.
    """
    try:
        database = open_database(settings.database_url, secret_key=settings.secret_key or None)
    except DatabaseUrlError as error:
        return [bad("database", f"HT_DATABASE_URL {error.problem}", do="see .env.example")]
    try:
        return [*_of_disk(database), *_of_database(database, team_id=team_id, now=now)]
    finally:
        database.dispose()


def _of_database(database: Database, *, team_id: str | None, now: datetime) -> Iterator[Finding]:
    if database.file is not None and not database.file.path.exists():
        yield note("database", "there is none yet", do="the first start makes it")
        return
    try:
        check(database)
        yield ok("database", f"{database.dialect} answers")
        yield writing_finding(database)
        if not is_current(database):
            yield bad(
                "migrations", "the tables are of an older version", do="start this version once: it brings them up to date"
            )  # fmt: skip
            return
        yield ok("migrations", "the tables are of this version")
        yield from _of_workspace(database, team_id=team_id)
        yield from _of_processes(database, now=now)
        yield _of_key(database)
    except DatabaseNewerError as error:
        yield bad("migrations", str(error), do="install the newer version again")
    except DatabaseBusyError as error:
        yield bad("database", str(error), do="look what else writes to it, and try again")
    except DatabaseError as error:
        yield bad(
            "database", str(error), do="look whether its server runs, or move the file away and `htbot restore FILE`"
        )  # fmt: skip


def writing_finding(database: Database) -> Finding:
    """
    Try to write, and take it back.
    """
    try:
        check_writable(database)
    except DatabaseBusyError:
        return note("writing", "somebody else was writing just now", do="try again")
    except StorageError as error:
        why = "it is read-only" if isinstance(error, ReadOnlyError) else str(error)
        return bad(
            "writing",
            f"nothing can be written ({why})",
            do="look at the rights of the file and its folder, or of the server's user, and at the disk",
        )
    return ok("writing", "the database can be written")


def _of_workspace(database: Database, *, team_id: str | None) -> Iterator[Finding]:
    with unscoped_reading(database) as session:
        known = workspaces(session)
    if team_id is not None and known and team_id not in known:
        yield bad(
            "workspace",
            f"the database is of workspace {', '.join(sorted(known))}, and the token of {team_id}",
            do="use the token of that workspace, or another database",
        )


def _of_processes(database: Database, *, now: datetime) -> Iterator[Finding]:
    with unscoped_reading(database) as session:
        found = processes(session)
    running = [each for each in found if each.runs(now)]
    silent = [each for each in found if not each.runs(now)]
    if running:
        number = "1 process runs" if len(running) == 1 else f"{len(running)} processes run"
        seconds = (now - running[0].ticked_at).total_seconds()
        yield ok(
            "ticks", f"{number}; the last tick that was noted is {max(0.0, seconds):.0f} s old"
        )
    elif silent:
        last = silent[0]
        yield bad(
            "ticks",
            f"no process runs; {last.name} was heard of last at {last.ticked_at:%Y-%m-%d %H:%M:%S} UTC",
            do="start it, and look in its log",
        )
    else:
        yield note("ticks", "no process runs", do="start one: `htbot run`")
    if running and silent:
        names = ", ".join(each.name for each in silent)
        yield note("ticks", f"ended without a word: {names}", do="look in the log why")


def _of_key(database: Database) -> Finding:
    if database.sealer is None:
        with_nothing = "there is no key yet"
        return note("key", with_nothing, do="the first start makes one: back it up, apart")
    do = "set HT_SECRET_KEY to the key they were sealed with, or finish `htbot keys rotate`"
    found = open_all(database, database.sealer)
    if print_of(database) not in (None, database.sealer.print):
        return bad("key", "everything was sealed anew with another key", do=do)
    if found.closed:
        every = found.opened + found.closed
        return bad("key", f"it does not open {found.closed} of {every} sealed values", do=do)
    if not found.opened:
        return ok("key", "nothing is sealed yet")
    return ok("key", f"it opens all that is sealed, {found.opened} in number")


def _of_disk(database: Database) -> Iterator[Finding]:
    if database.file is None:
        return  # the server's disk is not ours to look at
    folder = database.file.path.parent
    if not folder.exists():
        return
    yield disk_finding(shutil.disk_usage(folder).free)


def disk_finding(free: int) -> Finding:
    """
    Say what is to be said of *free* bytes.
    """
    told = f"{free / 1024**3:.1f} GiB are free beside the database"
    if free < LEAST_FREE:
        return bad("disk", told, do="make room: soon nothing can be written")
    if free < LITTLE_FREE:
        return note("disk", told, do="make room before the next backup")
    return ok("disk", told)
