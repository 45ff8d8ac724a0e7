"""
A backup holds everything of one moment, proves it, and goes into either engine.
"""

import json
import threading
import zipfile
from datetime import timedelta

import pytest
from alembic.script import ScriptDirectory
from sqlalchemy import text
from sqlmodel import SQLModel, func, select

from storage import models
from storage.backup.archive import MANIFEST
from storage.backup.errors import (
    ArchiveError,
    BackupError,
    NewerArchiveError,
    NotEmptyError,
    RunningError,
)
from storage.backup.restoring import bots_on, restore
from storage.backup.taking import back_up, verify
from storage.errors import ConstraintError, DatabaseDamagedError, DatabaseNewerError
from storage.migrations import configuration, head, is_current, migrate
from storage.people import person_id
from storage.processes import beat
from storage.receipts import first_time
from storage.session import open_database, reading, transaction
from tests.storage.backup.full import fill_every_table
from tests.storage.dumping import dump
from tests.storage.test_migrations import ROWS

REVISIONS = [
    each.revision for each in ScriptDirectory.from_config(configuration()).walk_revisions()
][::-1]
both_ways = pytest.mark.parametrize("loaded_url", ["sqlite", "postgresql"], indirect=True)
on_sqlite = pytest.mark.parametrize("empty_url", ["sqlite"], indirect=True)
# What a restore itself writes.
WRITTEN = {"process", "audit_entry", "delivery", "broadcast"}


@pytest.fixture
def out(tmp_path):
    return tmp_path / "backups" / "ht.zip"


@pytest.fixture(autouse=True)
def folder(out):
    out.parent.mkdir()


def without(found, names=WRITTEN):
    return {name: rows for name, rows in found.items() if name not in names}


def changed(out, to, **members):
    """
    Write *out* anew as *to*, with other contents for some of its members; None leaves one out.
    """
    with zipfile.ZipFile(out) as old, zipfile.ZipFile(to, "w") as new:
        for name in old.namelist():
            said = members.get(name.replace("/", "_").replace(".", "_"), old.read(name))
            if said is not None:
                new.writestr(name, said)
    return to


@pytest.mark.parametrize(
    ("loaded_url", "elsewhere_url"),
    [("sqlite", "other"), ("postgresql", "other")],
    indirect=True,
)
def test_everything_comes_back_on_either_engine(full, elsewhere, out, now):
    taken = back_up(full, out, now=now)

    done = restore(elsewhere, out, now=now, sent_since=False)

    assert is_current(elsewhere)
    assert done.manifest == taken
    assert (taken.revision, taken.engine, taken.taken_at) == (head(), full.dialect, now)
    assert without(dump(elsewhere)) == without(dump(full))
    assert all(table.rows for table in taken.tables)
    assert {table.name for table in taken.tables} == set(SQLModel.metadata.tables)
    again = back_up(elsewhere, out.with_name("again.zip"), now=now)
    same = {each.name: each for each in taken.tables if each.name not in WRITTEN}
    assert {each.name: each for each in again.tables if each.name in same} == same


def test_after_a_restore_rows_are_numbered_on_references_hold_and_the_audit_knows(
    two, elsewhere, out, now
):
    fill_every_table(two)
    back_up(two, out, now=now - timedelta(hours=2))
    restore(elsewhere, out, now=now)

    with transaction(elsewhere, task_force_id=1) as session:
        before = session.exec(select(func.max(models.Person.id))).one()
        assert person_id(session, team_id="T1", user_id="U0NEW") == before + 1
        assert first_time(session, interaction="after", now=now)
        session.add(models.Process(name="x", started_at=now, ticked_at=now, every_seconds=1))
        session.flush()  # of a table whose rows the restore took away
    with pytest.raises(ConstraintError), elsewhere.writes.begin() as connection:
        connection.execute(
            text("INSERT INTO person (task_force_id, team_id, user_id) VALUES (99, 'T', 'U')")
        )
    for id in (1, 2):
        with reading(elsewhere, task_force_id=id) as session:
            [entry] = session.exec(
                select(models.AuditEntry).where(models.AuditEntry.act == "database.restored")
            )
            assert (entry.actor, entry.at) == ("htbot restore", now)
            assert entry.details == {"taken_at": "2026-03-02T10:00+00:00"}


def test_a_file_that_is_there_stays_unless_it_is_to_be_replaced(loaded, out, now):
    out.write_text("older")

    with pytest.raises(FileExistsError):
        back_up(loaded, out, now=now)
    assert out.read_text() == "older"

    back_up(loaded, out, now=now, overwrite=True)
    assert verify(out).rows > 10
    assert out.stat().st_mode & 0o777 == 0o600
    assert [each.name for each in out.parent.iterdir()] == ["ht.zip"]


def test_a_backup_that_cannot_be_finished_leaves_nothing(loaded, out, now):
    with loaded.writes.begin() as connection:
        connection.exec_driver_sql("UPDATE alembic_version SET version_num = '9999'")

    with pytest.raises(DatabaseNewerError):
        back_up(loaded, out, now=now)

    assert list(out.parent.iterdir()) == []


@on_sqlite
def test_a_database_without_tables_has_nothing_to_back_up(empty, out, now):
    if empty.file is not None:
        empty.file.create()

    with pytest.raises(BackupError, match="nothing to back up"):
        back_up(empty, out, now=now)


@both_ways
def test_a_backup_under_write_load_is_of_one_moment(loaded, loaded_url, elsewhere, out, now):
    """
    Each transaction writes two rows that belong together, and takes two others away.
    """
    stop, wrote = threading.Event(), []
    patient = open_database(loaded_url, busy_seconds=20)

    def write(number):
        done = 0
        while not stop.is_set():
            with transaction(patient, task_force_id=1) as session:
                for side in "ab":
                    key = f"{number}:{done}:{side}"
                    session.add(models.Series(key=key, planned_until=now))
                old = f"{number}:{done - 20}:"
                for row in session.exec(
                    select(models.Series).where(models.Series.key.startswith(old))
                ):
                    session.delete(row)
            done += 1
            wrote.append(number)

    threads = [threading.Thread(target=write, args=[number]) for number in range(2)]
    for thread in threads:
        thread.start()
    try:
        while len(wrote) < 20:
            stop.wait(0.001)
        before = len(wrote)
        taken = [
            back_up(loaded, out.with_name(f"{number}.zip"), now=now).rows for number in range(2)
        ]
        after = len(wrote)
    finally:
        stop.set()
        for thread in threads:
            thread.join(30)
        patient.dispose()

    assert after > before  # nobody waited for it
    assert len(taken) == 2
    for number in range(1, 2):
        restore(elsewhere, out.with_name(f"{number}.zip"), now=now)
        with reading(elsewhere, task_force_id=1) as session:
            keys = {key for key in session.exec(select(models.Series.key)) if key[0] in "01"}
        assert keys
        assert {key[:-1] + "a" for key in keys} == {key for key in keys if key.endswith("a")}
        assert {key[:-1] + "b" for key in keys} == {key for key in keys if key.endswith("b")}


@pytest.mark.parametrize(
    ("empty_url", "revision"),
    [("sqlite", "0004"), ("postgresql", REVISIONS[-2])],
    indirect=["empty_url"],
)
def test_a_backup_of_an_earlier_revision_is_brought_up_to_date(
    empty, elsewhere, out, revision, now
):
    migrate(empty, to=revision)
    with empty.writes.begin() as connection:
        for known in REVISIONS[: REVISIONS.index(revision) + 1]:
            connection.execute(text(ROWS[known]))
    taken = back_up(empty, out, now=now)

    done = restore(elsewhere, out, now=now)

    assert taken.revision == revision
    assert done.applied == tuple(REVISIONS[REVISIONS.index(revision) + 1 :])
    assert is_current(elsewhere)
    with reading(elsewhere, task_force_id=1) as session:
        assert session.exec(select(models.TaskForce.name)).one() == "A"


def test_a_backup_of_a_newer_version_is_refused_before_anything_is_touched(loaded, full, out, now):
    back_up(full, out, now=now)
    with zipfile.ZipFile(out) as old:
        said = json.loads(old.read(MANIFEST)) | {"revision": "9999"}
    newer = changed(out, out.with_name("newer.zip"), manifest_json=json.dumps(said))
    before = dump(loaded)

    with pytest.raises(NewerArchiveError, match=r"'9999'.*newer"):
        restore(loaded, newer, now=now, replace=True)

    assert dump(loaded) == before


def cut(out):
    out.write_bytes(out.read_bytes()[: out.stat().st_size // 2])


def flip(out):
    """
    Change a byte in the middle of what is in it.
    """
    with zipfile.ZipFile(out) as old:
        largest = max(old.infolist(), key=lambda each: each.compress_size)
    content = bytearray(out.read_bytes())
    content[largest.header_offset + 60 + largest.compress_size // 2] ^= 0xFF
    out.write_bytes(content)


def lose(out):
    changed(out, out.with_name("less.zip"), tables_person_jsonl=None)
    out.with_name("less.zip").replace(out)


def slip(out):
    """
    Put another row in the place of one, as the zip itself would have it.
    """
    with zipfile.ZipFile(out) as old:
        rows = old.read("tables/phone.jsonl").replace(b"925", b"926", 1)
    changed(out, out.with_name("slipped.zip"), tables_phone_jsonl=rows)
    out.with_name("slipped.zip").replace(out)


def more(out):
    with zipfile.ZipFile(out, "a") as old:
        old.writestr("tables/more.jsonl", "[1]\n")


def no_manifest(out):
    changed(out, out.with_name("x.zip"), manifest_json=None)
    out.with_name("x.zip").replace(out)


def other_format(out):
    with zipfile.ZipFile(out) as old:
        said = json.loads(old.read(MANIFEST)) | {"format": 2}
    changed(out, out.with_name("x.zip"), manifest_json=json.dumps(said))
    out.with_name("x.zip").replace(out)


def text_file(out):
    out.write_text("hello")


@pytest.mark.parametrize(
    "damage", [cut, flip, lose, slip, more, no_manifest, other_format, text_file, lambda f: f.unlink()]
)  # fmt: skip
def test_a_damaged_backup_is_refused_before_anything_is_touched(sqlite, out, damage, now):
    back_up(sqlite, out, now=now)
    damage(out)
    before = dump(sqlite)

    with pytest.raises(ArchiveError):
        verify(out)
    with pytest.raises(ArchiveError):
        restore(sqlite, out, now=now, replace=True)

    assert dump(sqlite) == before


@both_ways
def test_rows_that_refer_to_nothing_are_refused_and_nothing_is_changed(full, elsewhere, out, now):
    back_up(full, out, now=now)
    with zipfile.ZipFile(out) as old:
        manifest = json.loads(old.read(MANIFEST))
        [person] = [each for each in manifest["tables"] if each["name"] == "person"]
        rows = old.read("tables/person.jsonl").splitlines(keepends=True)[:-1]
    from hashlib import sha256

    person |= {"rows": len(rows), "digest": sha256(b"".join(rows)).hexdigest()}
    less = changed(
        out,
        out.with_name("less.zip"),
        tables_person_jsonl=b"".join(rows),
        manifest_json=json.dumps(manifest),
    )

    with pytest.raises(DatabaseDamagedError, match="refer to rows that are not there"):
        restore(elsewhere, less, now=now)

    with elsewhere.writes.connect() as connection:
        assert not connection.dialect.has_table(connection, "person")


@both_ways
def test_what_is_not_empty_is_replaced_only_when_that_is_said(full, loaded_url, out, now):
    back_up(full, out, now=now)
    before = dump(full)
    with full.writes.begin() as connection:
        connection.exec_driver_sql("CREATE TABLE theirs (x INTEGER)")
        connection.exec_driver_sql("INSERT INTO theirs VALUES (7)")
    with pytest.raises(NotEmptyError, match=r"holds \d+ rows"):
        restore(full, out, now=now)
    assert dump(full) == before
    with transaction(full, task_force_id=1) as session:
        person_id(session, team_id="T1", user_id="U0LATER")

    restore(full, out, now=now, replace=True, sent_since=False)

    assert without(dump(full)) == without(before)
    with full.writes.connect() as connection:  # what is not ours is left alone
        assert connection.exec_driver_sql("SELECT x FROM theirs").scalar() == 7


@on_sqlite
def test_an_older_backup_replaces_a_newer_schema(empty, elsewhere, out, now):
    for database, revision in ((empty, "0001"), (elsewhere, "head")):
        migrate(database, to=revision)
        with database.writes.begin() as connection:
            connection.execute(text(ROWS["0001"]))
    back_up(empty, out, now=now)

    restore(elsewhere, out, now=now, replace=True)

    assert is_current(elsewhere)


def test_a_database_on_which_a_bot_runs_is_not_replaced(full, out, now):
    back_up(full, out, now=now)
    with transaction(full, task_force_id=1) as session:
        beat(session, name="desk:1", started_at=now, every=timedelta(seconds=15), now=now)
    before = dump(full)

    with pytest.raises(RunningError, match="desk:1"):
        restore(full, out, now=now + timedelta(seconds=60), replace=True)

    assert dump(full) == before
    assert bots_on(full, now=now + timedelta(seconds=61)) == ()


def test_what_postgresql_cannot_hold_is_refused_without_repeating_it(sqlite, postgres, out, now):
    with transaction(sqlite, task_force_id=1) as session:
        session.add(models.Series(key="a\x00SECRETVALUE", planned_until=now))
    back_up(sqlite, out, now=now)
    name = postgres.create()
    target = open_database(postgres.url_of(name))

    with pytest.raises(ArchiveError, match="series cannot be stored in postgresql") as failed:
        restore(target, out, now=now)

    assert "SECRETVALUE" not in f"{failed.value!r} {failed.value.__cause__!r}"
    target.dispose()
    postgres.drop(name)
