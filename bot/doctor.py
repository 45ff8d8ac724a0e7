"""
`htbot doctor`: whether all is well, finding by finding, and what to do where it is not.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, replace
from pathlib import Path

from bot.clock import Clock
from bot.findings import Finding, Level, bad, note, ok
from bot.findings_database import database_findings
from bot.findings_slack import slack_findings
from bot.settings import KEY_FILE, Settings, SettingsError
from storage.packs.problems import PackError, UnknownPackError
from storage.packs.reading import find_pack, read_pack
from storage.sealing import fresh_key

__all__ = ["Level", "as_json", "as_text", "examine"]

MARKS = {Level.OK: "ok", Level.NOTE: "note", Level.BAD: "BAD"}


async def examine(environ: Mapping[str, str], *, folder: Path, clock: Clock) -> tuple[Finding, ...]:
    """
    Look at everything there is to look at. Changes nothing, and makes nothing.

    Args:
        environ: the settings.
        folder: where the database and the key are unless the settings say otherwise.
    """
    found = [*_of_settings(environ, folder=folder)]
    settings, keyed = _readable(environ, folder=folder)
    if settings is None:
        return tuple(found)
    slack = await slack_findings(settings, clock=clock)
    found += slack.findings
    found += database_findings(
        settings if keyed else replace(settings, secret_key=""),
        team_id=slack.team_id,
        now=clock(),
    )
    found += [*_of_key_file(environ, folder=folder), _of_pack(settings)]
    return tuple(found)


def as_text(found: Sequence[Finding]) -> str:
    """
    Return a line a finding.
    """
    about = max(len(each.about) for each in found)
    lines = [
        f"{MARKS[each.level]:<4}  {each.about:<{about}}  {each.says}{f' → {each.do}' if each.do else ''}"
        for each in found
    ]
    wrong = sum(each.level is Level.BAD for each in found)
    ending = "All is well." if not wrong else f"{wrong} to mend."
    return "\n".join([*lines, ending])


def as_json(found: Sequence[Finding]) -> str:
    return json.dumps([asdict(each) for each in found], ensure_ascii=False, indent=1)


def _of_settings(environ: Mapping[str, str], *, folder: Path) -> list[Finding]:
    try:
        Settings.from_environ(_whole(environ, folder=folder)[0], data_folder=folder, slack=True)
    except SettingsError as error:
        return [bad("settings", problem, do="see .env.example") for problem in error.problems]
    return [ok("settings", "they can be used")]


def _readable(environ: Mapping[str, str], *, folder: Path) -> tuple[Settings | None, bool]:
    """
    Return the settings, if there are any to go on with, and whether there is a key.
    """
    whole, keyed = _whole(environ, folder=folder)
    try:
        return Settings.from_environ(whole, data_folder=folder, slack=False), keyed
    except SettingsError:
        return None, keyed


def _whole(environ: Mapping[str, str], *, folder: Path) -> tuple[dict[str, str], bool]:
    """
    Return the settings with what reading them would else make: whoever looks makes nothing.
    """
    whole = dict(environ)
    if not whole.get("HT_DATABASE_URL", "").strip():
        whole["HT_DATABASE_URL"] = f"sqlite:///{folder / 'ht.db'}"
    if whole.get("HT_SECRET_KEY", "").strip() or (folder / KEY_FILE).exists():
        return whole, True
    whole["HT_SECRET_KEY"] = fresh_key()  # for the length of the look
    return whole, False


def _of_key_file(environ: Mapping[str, str], *, folder: Path) -> list[Finding]:
    path = folder / KEY_FILE
    if environ.get("HT_SECRET_KEY", "").strip():
        return []
    if not path.exists():
        return [note("key file", "there is none yet", do="the first start makes one: back it up")]
    if path.with_name(f"{KEY_FILE}.new").exists():
        return [bad("key file", "a change of key was not finished", do="run `htbot keys rotate`")]
    if path.stat().st_mode & 0o077:
        return [bad("key file", "others than its owner may read it", do=f"chmod 600 {path}")]
    return [ok("key file", "only its owner may read it")]


def _of_pack(settings: Settings) -> Finding:
    try:
        pack = read_pack(find_pack(settings.pack))
    except UnknownPackError:  # its message repeats the value, and that may be a secret
        return bad("pack", "HT_PACK names no built-in pack and no folder", do="correct HT_PACK")
    except PackError as error:
        number = len(error.problems)
        problems = "1 problem" if number == 1 else f"{number} problems"
        return bad("pack", f"it has {problems}", do=f"run `htbot pack check {settings.pack}`")
    return ok("pack", f"{pack.task_force.name}: it loads")
