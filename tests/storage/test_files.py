import os
import shutil
import sqlite3
import stat
import threading
from contextlib import closing
from urllib.parse import quote

import pytest
from sqlmodel import select, update

from storage.errors import DatabaseLostError, DatabaseUnreachableError
from storage.migrations import migrate
from storage.models import Organization, TaskForce
from storage.session import check, open_database, reading, transaction


def names(database):
    with reading(database, task_force_id=1) as session:
        return session.exec(select(Organization.name)).all()


def write(database):
    with transaction(database, task_force_id=1) as session:
        session.exec(update(TaskForce).values(name="New"))


def delete(file, _):
    file.unlink()


def replace(file, template):
    other = file.with_name("other.db")
    shutil.copyfile(template, other)
    other.replace(file)


def replace_by_text(file, _):
    other = file.with_name("other.db")
    other.write_text("not a database " * 1000)
    other.replace(file)


def overwrite(file, _):
    file.write_bytes(b"not a database " * 1000)


def overwrite_by_another(file, _):
    with closing(sqlite3.connect(file.with_name("other.db"))) as connection:
        connection.execute("CREATE TABLE task_force (id INTEGER)")
        connection.commit()
    shutil.copyfile(file.with_name("other.db"), file)


def empty(file, _):
    os.truncate(file, 0)


def cut(file, _):
    os.truncate(file, 3 * 4096)


def remove_log(file, _):
    file.with_name(f"{file.name}-wal").unlink()


def remove_index(file, _):
    file.with_name(f"{file.name}-shm").unlink()


HARMS = [
    delete,
    replace,
    replace_by_text,
    overwrite,
    overwrite_by_another,
    empty,
    cut,
    remove_log,
    remove_index,
]


@pytest.mark.parametrize("act", [names, write, check])
@pytest.mark.parametrize("harm", HARMS)
def test_a_file_harmed_while_open_is_noticed_and_not_made_again(
    harm, act, sqlite, file, small_sqlite
):
    assert names(sqlite)
    write(sqlite)
    harm(file, small_sqlite)
    before = file.read_bytes() if file.exists() else None

    with pytest.raises(DatabaseLostError) as error:
        act(sqlite)

    assert error.value.path == file
    assert str(file) not in str(error.value)
    assert (file.read_bytes() if file.exists() else None) == before


def test_a_lost_database_stays_lost_though_the_file_comes_back(sqlite, file):
    names(sqlite)
    aside = file.with_name("aside.db")
    file.rename(aside)
    with pytest.raises(DatabaseLostError, match="deleted or replaced"):
        check(sqlite)
    aside.rename(file)

    for act in (names, write, check, migrate):
        with pytest.raises(DatabaseLostError, match="deleted or replaced"):
            act(sqlite)

    again = open_database(f"sqlite:///{file}")
    assert names(again)
    again.dispose()


def test_a_file_deleted_in_the_middle_of_a_write_takes_no_commit(sqlite, file):
    def write_and_delete():
        with transaction(sqlite, task_force_id=1) as session:
            session.exec(update(TaskForce).values(name="New"))
            file.unlink()

    with pytest.raises(DatabaseLostError):
        write_and_delete()

    assert not file.exists()


def test_a_damaged_page_is_noticed_when_it_is_read(file):
    pages = bytearray(file.read_bytes())
    pages[4096:] = b"\xa5" * (len(pages) - 4096)
    file.write_bytes(pages)
    database = open_database(f"sqlite:///{file}")

    with pytest.raises(DatabaseLostError, match="damaged"):
        names(database)
    with pytest.raises(DatabaseLostError, match="damaged"):
        check(database)

    database.dispose()


def test_a_vacuum_by_hand_is_no_loss(sqlite, file):
    write(sqlite)
    with closing(sqlite3.connect(file)) as connection:
        connection.execute("CREATE TABLE filler AS SELECT zeroblob(1000000) AS bytes")
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        check(sqlite)
        connection.execute("DROP TABLE filler")
        connection.commit()
        connection.execute("VACUUM")
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")

    check(sqlite)
    assert names(sqlite)


def test_another_process_may_come_and_go(sqlite, file):
    names(sqlite)
    second = open_database(f"sqlite:///{file}")
    write(second)
    second.dispose()

    with reading(sqlite, task_force_id=1) as session:
        assert session.exec(select(TaskForce.name)).one() == "New"


def test_a_file_that_was_never_there_is_not_made_by_asking(tmp_path):
    database = open_database(f"sqlite:///{tmp_path / 'none.db'}")

    for act in (names, write, check):
        with pytest.raises(DatabaseUnreachableError, match="not there"):
            act(database)

    assert list(tmp_path.iterdir()) == []


def test_a_file_that_is_no_database_is_not_touched(tmp_path):
    path = tmp_path / "notes.txt"
    path.write_text("buy milk\n" * 100)
    database = open_database(f"sqlite:///{path}")

    for act in (names, write, check, migrate):
        with pytest.raises(DatabaseUnreachableError, match="not an SQLite database"):
            act(database)

    assert path.read_text() == "buy milk\n" * 100


def test_a_folder_that_cannot_be_made_is_said(tmp_path):
    (tmp_path / "file").touch()
    database = open_database(f"sqlite:///{tmp_path / 'file' / 'ht.db'}")

    with pytest.raises(DatabaseUnreachableError):
        migrate(database)


def test_a_new_file_is_its_owners_alone(tmp_path):
    path = tmp_path / "data" / "ht.db"
    database = open_database(f"sqlite:///{path}")

    migrate(database)

    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    assert [each.name for each in path.parent.iterdir() if each.name.startswith(".")] == []
    database.dispose()


def test_names_with_odd_characters_are_files_too(tmp_path):
    path = tmp_path / "a b?c#d%20é.db"
    database = open_database(f"sqlite:///{quote(str(path))}")
    if database.file.path != path:
        pytest.fail(f"opened {database.file.path}")

    migrate(database)

    assert path.exists()
    database.dispose()


def test_a_closed_database_says_so(sqlite):
    names(sqlite)
    sqlite.dispose()

    with pytest.raises(DatabaseUnreachableError, match="closed"):
        check(sqlite)


def test_many_threads_read_at_once(sqlite):
    answers = []

    def read():
        answers.extend(len(names(sqlite)) for _ in range(20))

    threads = [threading.Thread(target=read) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)

    assert len(answers) == 160
    assert len(set(answers)) == 1
