"""
`htbot doctor` finds what is wrong, says what to do, and changes nothing.
"""

import asyncio
import json
import os
from datetime import timedelta
from pathlib import Path

import pytest
from sqlmodel import select

import bot.settings
from bot import findings_database, scopes
from bot.cli import main
from bot.clock import utc_now
from bot.doctor import as_text, examine
from bot.findings import Level
from bot.findings_slack import clock_finding, scope_findings
from bot.sandbox.faults import Fault
from storage import models
from storage.migrations import migrate
from storage.processes import beat
from storage.sealed import context_of_counts
from storage.sealing import Sealer, fresh_key
from storage.session import open_database, transaction
from storage.task_forces import bind_workspace
from tests.storage.dumping import dump
from tests.workshop import KEY, workspace

MANIFEST = json.loads((Path(__file__).parents[2] / "manifest.json").read_text())


@pytest.fixture
async def sandbox():
    async with workspace() as found:
        yield found


@pytest.fixture
def environ(sandbox, sqlite_url):
    return {
        "SLACK_BOT_TOKEN": sandbox.bot_token,
        "SLACK_APP_TOKEN": sandbox.app_token,
        "SLACK_API_URL": sandbox.api_url,
        "HT_DATABASE_URL": sqlite_url,
        "HT_SECRET_KEY": KEY,
    }


@pytest.fixture
def change(sqlite_url):
    def run(act):
        database = open_database(sqlite_url, busy_seconds=5)
        try:
            with transaction(database, task_force_id=1) as session:
                return act(session)
        finally:
            database.dispose()

    return run


@pytest.fixture
def look(environ, tmp_path):
    """
    Examines, with some settings changed; None takes one away.
    """

    async def run(*, clock=utc_now, folder=tmp_path, **changes):
        said = {key: value for key, value in (environ | changes).items() if value is not None}
        return await examine(said, folder=folder, clock=clock)

    return run


def runs(session, now=None, name="desk:7"):
    moment = now or utc_now()
    beat(session, name=name, started_at=moment, every=timedelta(seconds=15), now=moment)


def bad(found):
    return {each.about: each.says for each in found if each.level is Level.BAD}


def said(found, about):
    return [(each.level.value, each.says) for each in found if each.about == about]


def test_the_scopes_it_compares_with_are_the_manifests():
    asked = MANIFEST["oauth_config"]["scopes"]

    assert set(asked["bot"]) == scopes.NEEDED
    assert set(asked["bot_optional"]) == scopes.OPTIONAL


async def test_all_is_well_with_a_bot_that_runs(look, change):
    change(runs)

    found = await look()

    assert bad(found) == {}
    assert [each.about for each in found if each.level is Level.OK] == [
        each
        for each in (
            "settings", "bot token", "scopes", "clock", "app token", "disk", "database", "writing",
            "migrations", "ticks", "key", "pack",
        )
        if each in {one.about for one in found}
    ]  # fmt: skip
    assert as_text(found).endswith("All is well.")
    assert len(as_text(found).splitlines()) == len(found) + 1


async def test_it_changes_and_makes_nothing(look, sqlite_url, tmp_path):
    database = open_database(sqlite_url)
    before = dump(database)
    folder = tmp_path / "data"

    await look(folder=folder, HT_SECRET_KEY=None)

    assert dump(database) == before
    database.dispose()
    assert not folder.exists()


async def test_it_opens_no_connection_that_would_be_given_what_people_type(look, sandbox):
    await look()

    assert {call.method for call in sandbox.calls} == {"auth.test", "apps.connections.open"}
    assert not sandbox.socket.live


@pytest.mark.parametrize(
    ("changes", "about", "says"),
    [
        ({"SLACK_BOT_TOKEN": "xoxb-other"}, "bot token", "Slack refuses SLACK_BOT_TOKEN (invalid_auth)"),
        ({"SLACK_APP_TOKEN": "xapp-other"}, "app token", "Slack opens no connection for SLACK_APP_TOKEN (invalid_auth)"),
        ({"SLACK_BOT_TOKEN": "xapp-swapped"}, "settings", "SLACK_BOT_TOKEN does not begin with xoxb-: is it another token?"),
        ({"SLACK_BOT_TOKEN": None}, "settings", "SLACK_BOT_TOKEN is not set: copy the Bot User OAuth Token (xoxb-…)."),
        ({"SLACK_API_URL": "http://127.0.0.1:1/api/"}, "bot token", "Slack gave no answer that says anything (ClientConnectorError)"),
        ({"HT_PACK": "no_such_pack"}, "pack", "HT_PACK names no built-in pack and no folder"),
        ({"HT_DATABASE_URL": "postgresql://u:s3cr3t@127.0.0.1:1/x"}, "database", "the database cannot be reached: no connection to the server; it is down, or refuses our login or database"),
    ],
)  # fmt: skip
async def test_a_wrong_setting_is_found(look, changes, about, says):
    found = await look(**changes)

    assert bad(found)[about] == says
    assert all(each.do for each in found if each.level is Level.BAD)
    assert "s3cr3t" not in as_text(found)


async def test_slack_that_answers_with_an_error_of_its_own_is_not_our_tokens_fault(look, sandbox):
    sandbox.endpoints.faults.add("auth.test", Fault(status=503))

    found = await look()

    [(level, says)] = said(found, "bot token")
    assert level == "bad"
    assert "no answer that says anything" in says


@pytest.mark.parametrize(
    ("granted", "level", "says"),
    [
        (scopes.NEEDED | scopes.OPTIONAL, "ok", "those of the manifest"),
        (scopes.NEEDED, "note", "files:write is left out: files are not sent"),
        (scopes.NEEDED | scopes.OPTIONAL | {"channels:history"}, "note", "granted and not needed: channels:history"),
        (scopes.NEEDED - {"users:read", "commands"}, "bad", "not granted: commands, users:read"),
    ],
)  # fmt: skip
def test_granted_scopes_are_compared_with_those_of_the_manifest(granted, level, says):
    [found] = scope_findings(",".join(granted))

    assert (found.level.value, found.says) == (level, says)


async def test_a_scope_that_is_missing_is_found_in_slacks_answer(look, sandbox):
    sandbox.endpoints.scopes = scopes.NEEDED - {"users:read"}

    assert bad(await look()) == {"scopes": "not granted: users:read"}


@pytest.mark.parametrize(
    ("seconds", "level"), [(60, "ok"), (-60, "ok"), (60.5, "bad"), (-60.5, "bad")]
)
def test_a_minutes_difference_of_the_clocks_is_too_much(seconds, level):
    assert clock_finding(seconds).level.value == level


@pytest.mark.parametrize(("hours", "which"), [(1, "ahead of"), (-1, "behind")])
async def test_a_wrong_clock_is_found_in_slacks_answer(look, hours, which):
    found = await look(clock=lambda: utc_now() + timedelta(hours=hours))

    assert which in bad(found)["clock"]


async def test_a_database_of_another_workspace_is_found(look, change):
    change(lambda session: bind_workspace(session, "T0OTHER"))

    assert "the database is of workspace T0OTHER" in bad(await look())["workspace"]


async def test_a_process_that_is_silent_is_found_and_one_that_never_was_is_none(look, change):
    assert said(await look(), "ticks") == [("note", "no process runs")]

    change(lambda session: runs(session, utc_now() - timedelta(minutes=5)))
    assert "no process runs; desk:7 was heard of last at" in bad(await look())["ticks"]

    change(lambda session: runs(session, name="desk:8"))
    found = await look()
    assert bad(found) == {}
    assert ("note", "ended without a word: desk:7") in said(found, "ticks")


def sealed(key):
    def act(session):
        row = session.exec(select(models.Release)).first()
        value = Sealer(key).seal([], context=context_of_counts(row.id, 1))
        session.add(models.SealedCounts(release_id=row.id, sealed=value, sealed_at=utc_now()))

    return act


@pytest.mark.parametrize(
    ("ours", "level", "says"),
    [
        (True, "ok", "it opens all that is sealed, 1 in number"),
        (False, "bad", "it does not open 1 of 1 sealed values"),
    ],
)
async def test_a_key_that_does_not_open_what_is_sealed_is_found(look, change, ours, level, says):
    assert said(await look(), "key") == [("ok", "nothing is sealed yet")]

    change(sealed(KEY if ours else fresh_key()))

    assert said(await look(), "key") == [(level, says)]


async def test_a_key_that_was_changed_since_is_found(look, change):
    def act(session):
        session.exec(select(models.TaskForce)).one().key_print = Sealer(fresh_key()).print

    change(act)

    assert bad(await look())["key"] == "everything was sealed anew with another key"


@pytest.fixture
def key_folder(tmp_path):
    folder = tmp_path / "data"
    folder.mkdir()
    bot.settings.kept_key(folder / "secret.key")
    return folder


async def test_a_key_file_that_others_may_read_is_found(look, key_folder):
    how = {"folder": key_folder, "HT_SECRET_KEY": None}
    assert said(await look(**how), "key file") == [("ok", "only its owner may read it")]

    (key_folder / "secret.key").chmod(0o640)

    assert bad(await look(**how))["key file"] == "others than its owner may read it"


async def test_a_change_of_key_that_was_not_finished_is_found(look, key_folder):
    (key_folder / "secret.key.new").write_text("x")

    found = await look(folder=key_folder, HT_SECRET_KEY=None)

    assert bad(found)["key file"] == "a change of key was not finished"


async def test_where_nothing_was_ever_started_nothing_is_wrong(look, tmp_path):
    found = await look(
        folder=tmp_path / "data",
        HT_SECRET_KEY=None,
        HT_DATABASE_URL=f"sqlite:///{tmp_path / 'none.db'}",
    )

    assert bad(found) == {}
    assert said(found, "database") == [("note", "there is none yet")]
    assert not (tmp_path / "none.db").exists()


async def test_tables_of_an_older_and_of_a_newer_version_are_told_apart(look, tmp_path):
    url = f"sqlite:///{tmp_path / 'old.db'}"
    database = open_database(url)
    migrate(database, to="0003")
    assert "of an older version" in bad(await look(HT_DATABASE_URL=url))["migrations"]

    with database.writes.begin() as connection:
        connection.exec_driver_sql("UPDATE alembic_version SET version_num = '9999'")
    database.dispose()

    assert "which this version does not know" in bad(await look(HT_DATABASE_URL=url))["migrations"]


async def test_a_file_that_is_no_database_is_found(look, tmp_path):
    (tmp_path / "x.db").write_text("hello")

    found = await look(HT_DATABASE_URL=f"sqlite:///{tmp_path / 'x.db'}")

    assert (
        bad(found)["database"]
        == "the database cannot be reached: its file is not an SQLite database"
    )


async def test_a_user_who_may_only_read_is_found(look, postgres):
    name = postgres.create()
    url = postgres.url_of(name)
    database = open_database(url)
    migrate(database)
    with database.writes.begin() as connection:
        connection.exec_driver_sql(f"CREATE ROLE {name} LOGIN")
        connection.exec_driver_sql(f"GRANT SELECT ON ALL TABLES IN SCHEMA public TO {name}")
    try:
        found = await look(HT_DATABASE_URL=url.replace("postgres@", f"{name}@"))
    finally:
        with database.writes.begin() as connection:
            connection.exec_driver_sql(f"DROP OWNED BY {name}")
            connection.exec_driver_sql(f"DROP ROLE {name}")
        database.dispose()
        postgres.drop(name)

    assert "the server does not let our user do that" in bad(found)["writing"]
    assert said(found, "migrations") == [("ok", "the tables are of this version")]


def test_a_file_that_may_only_be_read_is_found(sqlite_url):
    """
    As SQLite says it, whoever runs the tests: root may write everything.
    """
    database = open_database(sqlite_url)
    with database.writes.connect() as connection:
        connection.connection.driver_connection.execute("PRAGMA query_only = ON")

    found = findings_database.writing_finding(database)

    assert (found.level, found.says) == (Level.BAD, "nothing can be written (it is read-only)")
    database.dispose()


@pytest.mark.parametrize(
    ("free", "level"),
    [
        (findings_database.LEAST_FREE - 1, "bad"),
        (findings_database.LEAST_FREE, "note"),
        (findings_database.LITTLE_FREE - 1, "note"),
        (findings_database.LITTLE_FREE, "ok"),
    ],
)
def test_a_disk_that_is_nearly_full_is_found(free, level):
    assert findings_database.disk_finding(free).level.value == level


async def typed(environ, capsys, *arguments):
    status = await asyncio.to_thread(main, ["doctor", *arguments], environ)
    return status, capsys.readouterr().out


async def test_the_exit_status_says_whether_anything_is_to_be_mended(environ, change, capsys):
    change(runs)
    status, out = await typed(environ, capsys)
    assert (status, out.splitlines()[-1]) == (0, "All is well.")

    status, out = await typed(environ | {"SLACK_BOT_TOKEN": "xoxb-other"}, capsys)
    assert (status, out.splitlines()[-1]) == (1, "1 to mend.")
    assert "BAD   bot token" in out
    assert "→ copy the Bot User OAuth Token again" in out


async def test_it_can_be_read_by_a_program(environ, capsys):
    status, out = await typed(environ | {"SLACK_BOT_TOKEN": "xoxb-other"}, capsys, "--json")

    found = json.loads(out)
    assert status == 1
    assert {frozenset(each) for each in found} == {frozenset({"about", "level", "says", "do"})}
    assert [each["about"] for each in found if each["level"] == "bad"] == ["bot token"]
    assert os.sep not in found[0]["says"]
