"""
`htbot backup`, `restore`, `db`, `keys` and `doctor`: their arguments, and what they do.
"""

import argparse
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias

from bot.command_line import DONE, FAILED, CommandLineError, opened, read_settings

if TYPE_CHECKING:
    Actions: TypeAlias = "argparse._SubParsersAction[argparse.ArgumentParser]"

Environ: TypeAlias = Mapping[str, str] | None
Show: TypeAlias = Callable[[str], None]
STOP = "Stop every bot on it first; one that was killed is forgotten after a minute."


def add_arguments(actions: "Actions", *, show: Show) -> None:
    """
    Add the subcommands to *actions*.

    Args:
        show: prints a line.
    """
    backup = actions.add_parser("backup", help="everything in one file, while the bot runs")
    backup.add_argument("file", nargs="?", metavar="FILE", help="where to write it")
    backup.add_argument("--overwrite", action="store_true", help="replace FILE if it is there")
    backup.add_argument("--verify", metavar="FILE", help="prove a backup instead of making one")
    backup.set_defaults(do=partial(_backup, show=show))

    restore = actions.add_parser(
        "restore", help="put a backup into the database, of either engine", allow_abbrev=False
    )
    restore.add_argument("file", metavar="FILE", help="a backup")
    restore.add_argument(
        "--replace", action="store_true", help="give up what the database holds now"
    )
    restore.add_argument(
        "--nothing-sent-since",
        action="store_true",
        help="the bot has not run since the backup: what waited then goes out",
    )
    restore.set_defaults(do=partial(_restore, show=show))

    db = actions.add_parser("db", help="move to another database")
    copy = db.add_subparsers(metavar="VERB", required=True).add_parser(
        "copy", help="everything into another, empty database, of either engine; proved"
    )
    copy.add_argument("--to", required=True, metavar="URL", help="postgresql://USER@HOST/NAME")
    copy.add_argument(
        "--snapshot",
        action="store_true",
        help="also while a bot runs: of this moment, and what waits in it is not sent by itself",
    )
    copy.set_defaults(do=partial(_copy, show=show))

    keys = actions.add_parser("keys", help="the key that counts are sealed with")
    rotate = keys.add_subparsers(metavar="VERB", required=True).add_parser(
        "rotate", help="seal everything anew with another key"
    )
    rotate.add_argument(
        "--new-key", metavar="FILE", help="holds the new key; made if there is none"
    )
    rotate.add_argument(
        "--leave-closed", action="store_true", help="leave what neither key opens as it is"
    )
    rotate.set_defaults(do=partial(_rotate, show=show))

    doctor = actions.add_parser("doctor", help="look whether all is well, and what to do if not")
    doctor.add_argument("--json", action="store_true", help="print JSON")
    doctor.set_defaults(do=partial(_doctor, show=show))


def _backup(arguments: argparse.Namespace, environ: Environ, *, show: Show) -> int:
    from bot.backups import backup_text, verified_text
    from bot.clock import utc_now

    if (arguments.file is None) == (arguments.verify is None):
        raise CommandLineError(
            "Name the file to write, or the one to prove: `htbot backup FILE`, "
            "`htbot backup --verify FILE`."
        )
    with _told():
        if arguments.verify:
            show(verified_text(Path(arguments.verify)))
            return DONE
        with opened(read_settings(environ, slack=False)) as database:
            how = {"now": utc_now(), "overwrite": arguments.overwrite}
            show(backup_text(database, Path(arguments.file), **how))
    return DONE


def _restore(arguments: argparse.Namespace, environ: Environ, *, show: Show) -> int:
    from bot.backups import restore_text
    from bot.clock import utc_now

    with _told(), opened(read_settings(environ, slack=False)) as database:
        show(
            restore_text(
                database,
                Path(arguments.file),
                now=utc_now(),
                replace=arguments.replace,
                sent_since=not arguments.nothing_sent_since,
            )
        )
    return DONE


def _copy(arguments: argparse.Namespace, environ: Environ, *, show: Show) -> int:
    from bot.backups import copy_text
    from bot.clock import utc_now

    settings = read_settings(environ, slack=False)
    with (
        _told(or_else="Or copy as of this moment, with --snapshot."),
        opened(settings) as source,
        opened(settings, url=arguments.to) as target,
    ):
        show(copy_text(source, target, now=utc_now(), snapshot=arguments.snapshot))
    return DONE


def _rotate(arguments: argparse.Namespace, environ: Environ, *, show: Show) -> int:
    from bot.clock import utc_now
    from bot.keys import KeyFiles, KeysError, rotate
    from bot.settings import KEY_FILE, data_folder, environment
    from storage.errors import ClosedValuesError

    settings = read_settings(environ, slack=False)
    said = environment() if environ is None else environ
    folder = None if said.get("HT_SECRET_KEY", "").strip() else data_folder()
    if folder is None and not arguments.new_key:
        raise CommandLineError(
            "HT_SECRET_KEY is in your settings, so this cannot replace it: name a file for the "
            "new key with --new-key FILE."
        )
    files = KeyFiles(
        kept=folder / KEY_FILE if folder else None,
        new=Path(arguments.new_key) if arguments.new_key else None,
    )
    try:
        with _told(), opened(settings) as database:
            for line in rotate(
                database,
                files,
                key=settings.secret_key,
                leave_closed=arguments.leave_closed,
                now=utc_now(),
            ):
                show(line)
    except ClosedValuesError as error:
        raise CommandLineError(
            f"{error}. Nothing was changed.",
            "Is HT_SECRET_KEY the key they were sealed with? --leave-closed goes on without them.",
            status=FAILED,
        ) from error
    except KeysError as error:
        raise CommandLineError(str(error)) from error
    return DONE


def _doctor(arguments: argparse.Namespace, environ: Environ, *, show: Show) -> int:
    import asyncio

    from bot import doctor
    from bot.clock import utc_now
    from bot.settings import SettingsError, data_folder, environment

    try:
        said = environment() if environ is None else environ
    except SettingsError as error:
        raise CommandLineError(*error.problems) from error
    found = asyncio.run(doctor.examine(said, folder=data_folder(), clock=utc_now))
    show(doctor.as_json(found) if arguments.json else doctor.as_text(found))
    return FAILED if any(each.level is doctor.Level.BAD for each in found) else DONE


@contextmanager
def _told(*, or_else: str = "") -> Iterator[None]:
    from storage.backup.errors import BackupError, NotEmptyError, RunningError

    try:
        yield
    except NotEmptyError as error:
        raise CommandLineError(
            f"{error}. Nothing was changed.",
            "Back it up first; then `htbot restore FILE --replace` gives it up. A copy goes into "
            "an empty database alone.",
            status=FAILED,
        ) from error
    except RunningError as error:
        hint = f"{STOP} {or_else}".strip()
        raise CommandLineError(f"{error}. Nothing was changed.", hint, status=FAILED) from error
    except BackupError as error:
        raise CommandLineError(f"{error}. Nothing was changed.", status=FAILED) from error
