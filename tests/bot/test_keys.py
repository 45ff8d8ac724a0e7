"""
`htbot keys rotate`, as somebody types it.
"""

import pytest
from sqlmodel import select

import bot.settings
from bot.cli import main
from bot.clock import utc_now
from storage import models
from storage.migrations import migrate
from storage.processes import beat
from storage.sealed import Opened, context_of_counts, open_all
from storage.sealing import Sealer, fresh_key
from storage.session import open_database, transaction


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """
    The data folder, with a key in it.
    """
    found = tmp_path / "data"
    found.mkdir()
    monkeypatch.setattr(bot.settings, "data_folder", lambda: found)
    bot.settings.kept_key(found / "secret.key")
    return found


@pytest.fixture
def database(sqlite_url):
    database = open_database(sqlite_url, busy_seconds=5)
    yield database
    database.dispose()


@pytest.fixture
def seal(database):
    def act(key, number=3):
        with transaction(database, task_force_id=1) as session:
            for release in session.exec(select(models.Release.id).limit(number)):
                value = Sealer(key).seal([], context=context_of_counts(release, 1))
                session.add(models.SealedCounts(release_id=release, sealed=value, sealed_at=utc_now()))  # fmt: skip

    return act


def key_in(path):
    return path.read_text().strip()


def typed(capsys, environ, *arguments):
    status = main(["keys", "rotate", *map(str, arguments)], environ)
    out, err = capsys.readouterr()
    return status, out, err


def test_the_key_file_is_changed_and_the_old_one_kept(folder, database, sqlite_url, seal, capsys):
    old = key_in(folder / "secret.key")
    seal(old)

    status, out, err = typed(capsys, {"HT_DATABASE_URL": sqlite_url})

    new = key_in(folder / "secret.key")
    assert (status, err) == (0, "")
    assert new != old
    assert open_all(database, Sealer(new)) == Opened(opened=3, closed=0)
    [kept] = folder.glob("secret.key.until-*")
    assert key_in(kept) == old
    assert {path.stat().st_mode & 0o777 for path in folder.iterdir()} == {0o600}
    assert sorted(path.name for path in folder.iterdir()) == ["secret.key", kept.name]
    assert "2. Sealed anew: 3." in out
    assert "Keep the old key with the backups made before" in out
    assert not any(key in out for key in (old, new))


def test_after_a_crash_before_the_file_was_changed_it_is_gone_on_with(
    folder, database, sqlite_url, seal, capsys, monkeypatch
):
    old = key_in(folder / "secret.key")
    seal(old)

    def crash(*_, **__):
        raise KeyboardInterrupt

    with monkeypatch.context() as broken:
        broken.setattr("bot.keys._put_in_place", crash)
        assert typed(capsys, {"HT_DATABASE_URL": sqlite_url})[0] == 130
    assert key_in(folder / "secret.key") == old
    assert open_all(database, Sealer(key_in(folder / "secret.key.new"))).opened == 3

    status, out, _ = typed(capsys, {"HT_DATABASE_URL": sqlite_url})

    assert status == 0
    assert "The new key opened 3 already." in out
    assert open_all(database, Sealer(key_in(folder / "secret.key"))).opened == 3


def test_a_key_in_the_settings_is_changed_by_whoever_sets_them(
    database, sqlite_url, seal, capsys, tmp_path
):
    old, file = fresh_key(), tmp_path / "new.key"
    seal(old)
    environ = {"HT_DATABASE_URL": sqlite_url, "HT_SECRET_KEY": old}

    status, _, err = typed(capsys, environ)
    assert status == 2
    assert "name a file for the new key with --new-key FILE" in err

    status, out, _ = typed(capsys, environ, "--new-key", file)
    assert status == 0
    assert "3. Now set HT_SECRET_KEY to the new key for every process" in out
    assert open_all(database, Sealer(key_in(file))).opened == 3
    assert file.stat().st_mode & 0o777 == 0o600

    environ["HT_SECRET_KEY"] = key_in(file)
    status, _, err = typed(capsys, environ, "--new-key", file)
    assert status == 2
    assert "is the one in use" in err


def test_while_a_bot_runs_nothing_is_changed(folder, database, sqlite_url, seal, capsys):
    old = key_in(folder / "secret.key")
    seal(old)
    with transaction(database, task_force_id=1) as session:
        beat(session, name="desk:7", started_at=utc_now(), every=utc_now() - utc_now(), now=utc_now())  # fmt: skip

    status, _, err = typed(capsys, {"HT_DATABASE_URL": sqlite_url})

    assert status == 1
    assert "a bot runs on this database: desk:7" in err
    assert "Stop every bot" in err
    assert [path.name for path in folder.iterdir()] == ["secret.key"]
    assert open_all(database, Sealer(old)).opened == 3


def test_what_no_key_opens_stops_it_unless_it_is_to_be_left(
    folder, database, sqlite_url, seal, capsys
):
    seal(fresh_key(), 1)

    status, _, err = typed(capsys, {"HT_DATABASE_URL": sqlite_url})
    assert status == 1
    assert "open with neither key: 1 of sealed_counts. Nothing was changed." in err
    assert "--leave-closed" in err

    status, out, _ = typed(capsys, {"HT_DATABASE_URL": sqlite_url}, "--leave-closed")
    assert status == 0
    assert "Opened by neither key, and left: 1." in out


def test_a_file_that_holds_no_key_is_refused(folder, sqlite_url, capsys, tmp_path):
    file = tmp_path / "no.key"
    file.write_text("s3cr3t")

    status, _, err = typed(capsys, {"HT_DATABASE_URL": sqlite_url}, "--new-key", file)

    assert status == 2
    assert "32 random bytes in url-safe base64" in err
    assert "s3cr3t" not in err


def test_tables_of_an_older_version_are_brought_up_to_date_first(folder, capsys, tmp_path):
    url = f"sqlite:///{tmp_path / 'old.db'}"
    database = open_database(url)
    migrate(database, to="0007")
    database.dispose()

    status, _, err = typed(capsys, {"HT_DATABASE_URL": url})

    assert status == 2
    assert "Start this version once" in err
    assert [path.name for path in folder.iterdir()] == ["secret.key"]
