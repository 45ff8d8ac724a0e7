"""
What every subcommand of `htbot` needs: how it ends, and how it comes by settings and database.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from bot.settings import Settings
    from storage.errors import DatabaseUrlError
    from storage.session import Database

DONE, FAILED, MISUSED = 0, 1, 2


class CommandLineError(Exception):
    """
    What was asked cannot be done; the message says why and what to do.

    Attributes:
        status: exit status; 1 for what failed, 2 for what was misused or misconfigured.
    """

    def __init__(self, *lines: str, status: int = MISUSED) -> None:
        super().__init__("\n".join(lines))
        self.status = status


def read_settings(environ: Mapping[str, str] | None, *, slack: bool) -> "Settings":
    from bot.settings import Settings, SettingsError, data_folder, environment

    try:
        return Settings.from_environ(
            environment() if environ is None else environ, data_folder=data_folder(), slack=slack
        )
    except SettingsError as error:
        raise CommandLineError(*error.problems, "See .env.example.") from error


@contextmanager
def opened(settings: "Settings", *, url: str | None = None) -> "Iterator[Database]":
    """
    Yield the database as it is: neither made nor migrated, and with no pack loaded.

    Args:
        url: of another one than the settings'.
    """
    from storage.errors import DatabaseError, DatabaseUrlError
    from storage.session import open_database

    try:
        database = open_database(url or settings.database_url, secret_key=settings.secret_key)
    except DatabaseUrlError as error:
        raise misaddressed(error, said="--to" if url else "HT_DATABASE_URL") from None
    try:
        yield replace(database, admins=settings.admins)
    except DatabaseError as error:
        raise troubled(error) from error
    except OSError as error:
        if error.filename is None:  # no file: who reads what we print has gone
            raise
        raise CommandLineError(f"{error.filename}: {error.strerror}", status=FAILED) from error
    finally:
        database.dispose()


def misaddressed(error: "DatabaseUrlError", *, said: str = "HT_DATABASE_URL") -> CommandLineError:
    return CommandLineError(f"{said}: {error}.", "See .env.example.")


def troubled(error: Exception) -> CommandLineError:
    return CommandLineError(f"{error}. Nothing was changed.", status=FAILED)
