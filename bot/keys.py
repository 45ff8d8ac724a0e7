"""
`htbot keys rotate`: another key for everything that is sealed, and where it is kept.
"""

import os
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from bot.settings import SettingsError, kept_key, on_disk
from storage.backup.errors import RunningError
from storage.backup.restoring import bots_on
from storage.migrations import is_current
from storage.sealed import reseal
from storage.sealing import Sealer
from storage.session import Database

OLD = "Keep the old key with the backups made before: they are sealed with it."


class KeysError(Exception):
    """
    The key cannot be changed; the message says why.
    """


@dataclass(frozen=True, kw_only=True)
class KeyFiles:
    """
    Attributes:
        kept: where the bot reads its key; None: it is in the settings.
        new: where the new one is, or is made; None: beside *kept*.
    """

    kept: Path | None
    new: Path | None


def rotate(
    database: Database, files: KeyFiles, *, key: str, leave_closed: bool, now: datetime
) -> Iterator[str]:
    """
    Seal everything anew, and put the new key in the place of the old one where that is a
    file. Yield what was done, step by step, and what is left to do.

    The new key is on the disk before anything is sealed with it, and the old one stays:
    after a crash everything opens with one of them, and doing it again goes on.

    Raises:
        KeysError: if the new key is the old one, or its file cannot be used, or the tables
            are of an older version.
        RunningError: if a bot runs: it would go on sealing with the old key.
        ClosedValuesError: if a value opens with neither; nothing was changed.
    """
    if not is_current(database):
        raise KeysError("The tables are of an older version. Start this version once: it brings them up to date.")  # fmt: skip
    if found := bots_on(database, now=now):
        raise RunningError(found)
    path = files.new or _beside(files.kept)
    there = path.exists()
    try:
        new = kept_key(path)
    except SettingsError:
        raise KeysError(
            f"{path} cannot be used: the new key is 32 random bytes in url-safe base64, in a file "
            "of yours; where there is none, one is made."
        ) from None
    if new == key:
        raise KeysError(f"The key in {path} is the one in use. Name another file.")
    yield f"1. The new key is in {path}{', as it was' if there else ''}, readable by you alone."
    done = reseal(database, old=Sealer(key), new=Sealer(new), now=now, leave_closed=leave_closed)
    told = f"2. Sealed anew: {done.resealed}."
    if done.already:
        told += f" The new key opened {done.already} already."
    if done.closed:
        told += f" Opened by neither key, and left: {done.closed}."
    yield told
    if files.kept is None:
        yield "3. Now set HT_SECRET_KEY to the new key for every process, and start them."
        yield f"4. {OLD}"
        return
    old = _put_in_place(path, files.kept, now=now)
    yield f"3. The bot reads the new key from {files.kept}. The old one is in {old}."
    yield f"4. {OLD} Machines with a key file of their own need the new one too. Start the bot."


def _beside(kept: Path | None) -> Path:
    if kept is None:
        raise KeysError("Name a file for the new key.")
    return kept.with_name(f"{kept.name}.new")


def _put_in_place(new: Path, kept: Path, *, now: datetime) -> Path:
    """
    Keep the old key under another name, and have the new one take its place at once.
    """
    old = kept.with_name(f"{kept.name}.until-{now:%Y%m%dT%H%M%S}")
    if not old.exists():
        os.link(kept, old)
    draft = kept.with_name(f"{kept.name}.draft")
    draft.unlink(missing_ok=True)
    os.link(new, draft)
    draft.replace(kept)
    on_disk(kept.parent)
    if new.parent == kept.parent and new.name == f"{kept.name}.new":
        new.unlink()
    return old
