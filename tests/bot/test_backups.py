"""
`htbot backup`, `restore` and `db copy`, as somebody types them.
"""

import shutil
from datetime import timedelta

import pytest
from sqlmodel import select

from bot.cli import main
from bot.clock import utc_now
from storage import models
from storage.deliveries import Plan, plan
from storage.processes import beat
from storage.sealed import context_of_counts
from storage.sealing import Sealer, fresh_key
from storage.session import open_database, transaction
from tests.conftest import fill
from tests.storage.small_pack import write_pack
from tests.workshop import KEY

HOUR = timedelta(hours=1)


@pytest.fixture(scope="module")
def small(tmp_path_factory):
    """
    A small database, copied for each test: a large one takes longer to restore.
    """
    folder = tmp_path_factory.mktemp("small")
    fill(f"sqlite:///{folder / 'ht.db'}", write_pack(folder / "pack"))
    return folder / "ht.db"


@pytest.fixture
def environ(small, tmp_path):
    shutil.copyfile(small, tmp_path / "source.db")
    return {"HT_DATABASE_URL": f"sqlite:///{tmp_path / 'source.db'}", "HT_SECRET_KEY": KEY}


@pytest.fixture
def out(tmp_path):
    return tmp_path / "ht.zip"


@pytest.fixture
def elsewhere(postgres):
    """
    The address of an empty place on the other engine.
    """
    name = postgres.create()
    yield postgres.url_of(name)
    postgres.drop(name)


@pytest.fixture
def change():
    def run(url, act):
        database = open_database(url, busy_seconds=5)
        try:
            with transaction(database, task_force_id=1) as session:
                return act(session)
        finally:
            database.dispose()

    return run


def typed(capsys, environ, *arguments):
    status = main(list(map(str, arguments)), environ)
    out, err = capsys.readouterr()
    return status, out, err


def waits(now, number=1):
    return lambda session: plan(
        session,
        [Plan(kind="test", occasion=str(n), recipient="U1", due_at=now) for n in range(number)],
        now=now,
    )


def runs(session):
    beat(session, name="desk:7", started_at=utc_now(), every=HOUR, now=utc_now())


def test_a_backup_says_what_is_in_it_and_that_the_key_is_not(environ, out, capsys):
    status, said, err = typed(capsys, environ, "backup", out)

    assert (status, err) == (0, "")
    assert "every count and digest is right" in said
    assert "The key is not in it. Keep HT_SECRET_KEY (or secret.key) apart" in said
    assert KEY not in out.read_bytes().decode("latin-1")
    assert typed(capsys, environ, "backup", "--verify", out)[0] == 0


def test_a_backup_does_not_overwrite_unless_that_is_said(environ, out, capsys):
    typed(capsys, environ, "backup", out)

    status, _, err = typed(capsys, environ, "backup", out)
    assert (status, err) == (1, f"htbot: {out}: there is such a file already\n")

    assert typed(capsys, environ, "backup", out, "--overwrite")[0] == 0


@pytest.mark.parametrize("arguments", [[], ["x.zip", "--verify", "x.zip"]])
def test_a_backup_without_one_file_says_what_to_type(environ, capsys, arguments):
    status, _, err = typed(capsys, environ, "backup", *arguments)

    assert status == 2
    assert "`htbot backup FILE`, `htbot backup --verify FILE`" in err


def test_a_folder_that_is_not_there_is_named(environ, tmp_path, capsys):
    status, _, err = typed(capsys, environ, "backup", tmp_path / "no" / "ht.zip")

    assert status == 1
    assert str(tmp_path / "no") in err
    assert "Traceback" not in err


def test_a_damaged_file_is_said_to_be_so(environ, out, capsys):
    out.write_text("hello")

    for arguments in (["backup", "--verify", out], ["restore", out, "--replace"]):
        status, _, err = typed(capsys, environ, *arguments)
        assert status == 1
        assert "the backup cannot be used: it is no backup of ours" in err


def test_a_restore_says_what_became_of_what_waited(environ, elsewhere, out, change, capsys):
    change(environ["HT_DATABASE_URL"], waits(utc_now() - HOUR, 2))
    change(environ["HT_DATABASE_URL"], sealed)
    typed(capsys, environ, "backup", out)

    status, said, err = typed(capsys, environ | {"HT_DATABASE_URL": elsewhere}, "restore", out)

    assert (status, err) == (0, "")
    assert "Every count and digest was proved in the database." in said
    assert "2 messages waited then and may have been sent since" in said
    assert "`/ht deliveries`" in said
    assert "`/ht me leave` again" in said
    assert "opens what is sealed, 1 value" in said
    states = change(elsewhere, lambda s: s.exec(select(models.Delivery.state)).all())
    assert states == ["unknown", "unknown"]


def test_where_nothing_was_sent_since_what_waited_goes_out_and_the_wrong_key_is_said(
    environ, elsewhere, out, change, capsys
):
    change(environ["HT_DATABASE_URL"], waits(utc_now() - HOUR))
    change(environ["HT_DATABASE_URL"], sealed)
    typed(capsys, environ, "backup", out)
    there = {"HT_DATABASE_URL": elsewhere, "HT_SECRET_KEY": fresh_key()}

    status, said, _ = typed(capsys, there, "restore", out, "--nothing-sent-since")

    assert status == 0
    assert "does not open 1 of 1" in said
    assert "may have been sent" not in said
    assert change(elsewhere, lambda s: s.exec(select(models.Delivery.state)).one()) == "planned"


def test_replace_must_be_typed_out(environ, out, capsys):
    typed(capsys, environ, "backup", out)

    status, _, err = typed(capsys, environ, "restore", out)
    assert status == 1
    assert "the database is not empty" in err
    assert "`htbot restore FILE --replace` gives it up" in err
    with pytest.raises(SystemExit):
        main(["restore", str(out), "--rep"], environ)
    capsys.readouterr()

    assert typed(capsys, environ, "restore", out, "--replace")[0] == 0


def test_a_database_with_a_bot_on_it_is_neither_replaced_nor_copied(
    environ, elsewhere, out, change, capsys
):
    typed(capsys, environ, "backup", out)
    change(environ["HT_DATABASE_URL"], runs)

    for arguments, hint in (
        (["restore", out, "--replace"], "Stop every bot"),
        (["db", "copy", "--to", elsewhere], "--snapshot"),
    ):
        status, _, err = typed(capsys, environ, *arguments)
        assert status == 1
        assert "a bot runs on this database: desk:7. Nothing was changed." in err
        assert hint in err


def sealed(session):
    row = session.exec(select(models.Release)).first()
    context = context_of_counts(row.id, 1)
    session.add(models.SealedCounts(release_id=row.id, sealed=Sealer(KEY).seal([], context=context), sealed_at=utc_now()))  # fmt: skip


def test_a_copy_proves_every_table_and_leaves_what_waits_to_the_new_one(
    environ, elsewhere, change, capsys
):
    change(environ["HT_DATABASE_URL"], waits(utc_now() - HOUR))

    status, said, err = typed(capsys, environ, "db", "copy", "--to", elsewhere)

    assert (status, err) == (0, "")
    assert "Every count and digest was proved in the database." in said
    assert "Never start one on the old database again" in said
    lines = dict(line.split()[:2] for line in said.splitlines() if line.count("  ") > 1)
    assert lines["delivery"] == "1"
    assert int(lines["hotline"]) > 1
    assert change(elsewhere, lambda s: s.exec(select(models.Delivery.state)).one()) == "planned"

    status, _, err = typed(capsys, environ, "db", "copy", "--to", elsewhere)
    assert status == 1
    assert "the database is not empty" in err


def test_a_copy_of_a_running_bot_is_of_one_moment_and_sends_nothing_by_itself(
    environ, elsewhere, change, capsys
):
    change(environ["HT_DATABASE_URL"], waits(utc_now() - HOUR))
    change(environ["HT_DATABASE_URL"], runs)

    status, said, _ = typed(capsys, environ, "db", "copy", "--to", elsewhere, "--snapshot")

    assert status == 0
    assert "as of 20" in said
    assert "what changed since that moment is not in it" in said
    assert change(elsewhere, lambda s: s.exec(select(models.Delivery.state)).one()) == "unknown"


def test_an_address_that_is_none_is_not_repeated(environ, capsys):
    status, _, err = typed(capsys, environ, "db", "copy", "--to", "mysql://u:s3cr3t@h/x")

    assert status == 2
    assert "--to: the database address must begin with" in err
    assert "s3cr3t" not in err
