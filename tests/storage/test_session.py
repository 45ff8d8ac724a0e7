import os
import sqlite3
import threading
from datetime import UTC, date, datetime
from time import perf_counter
from traceback import format_exception
from urllib.parse import quote

import psycopg
import pytest
from sqlmodel import col, select, update

from storage.errors import (
    ConstraintError,
    DatabaseBusyError,
    DatabaseUnreachableError,
    DatabaseUrlError,
    NaiveMomentError,
    ReadOnlyError,
)
from storage.models import Receipt, Role, Source, TaskForce
from storage.receipts import forget_before
from storage.session import check, open_database, reading, transaction, unscoped_reading


def rename(session, name):
    session.exec(update(TaskForce).values(name=name))


def name_of(session):
    return session.exec(select(TaskForce.name)).one()


def test_a_block_that_raises_leaves_nothing_behind(loaded):
    def rename_and_fail():
        with transaction(loaded, task_force_id=1) as session:
            rename(session, "Half")
            raise RuntimeError

    with pytest.raises(RuntimeError):
        rename_and_fail()

    with reading(loaded, task_force_id=1) as session:
        assert name_of(session) == "Delta Task Force"


def test_a_block_that_ends_is_kept(loaded):
    with transaction(loaded, task_force_id=1) as session:
        rename(session, "Whole")

    with reading(loaded, task_force_id=1) as session:
        assert name_of(session) == "Whole"


def test_a_reader_keeps_its_snapshot_and_waits_for_no_writer(loaded):
    with reading(loaded, task_force_id=1) as reader:
        before = name_of(reader)
        with transaction(loaded, task_force_id=1) as writer:
            rename(writer, "New")
            began = perf_counter()
            during = name_of(reader)
            with reading(loaded, task_force_id=1) as second:
                beside = name_of(second)
            seconds = perf_counter() - began
        reader.expunge_all()
        after = name_of(reader)

    assert (before, during, beside, after) == ("Delta Task Force",) * 4
    assert seconds < 0.3
    with reading(loaded, task_force_id=1) as session:
        assert name_of(session) == "New"


def test_a_second_writer_is_told_that_the_database_is_busy(loaded, loaded_url):
    beside = open_database(loaded_url, busy_seconds=0.1)  # as another process would
    with transaction(loaded, task_force_id=1) as first:
        rename(first, "First")
        began = perf_counter()
        with (
            pytest.raises(DatabaseBusyError) as error,
            transaction(beside, task_force_id=1) as second,
        ):
            rename(second, "Second")
        seconds = perf_counter() - began
    beside.dispose()

    assert error.value.waited_seconds == 0.1
    assert 0.05 < seconds < 1


def test_a_second_writer_of_the_same_process_is_told_so_too(sqlite):
    with transaction(sqlite, task_force_id=1) as first:
        rename(first, "First")
        with (
            pytest.raises(DatabaseBusyError),
            transaction(sqlite, task_force_id=1) as second,
        ):
            rename(second, "Second")


def test_a_writer_goes_on_once_the_other_is_done(loaded, loaded_url):
    beside = open_database(loaded_url, busy_seconds=10)
    began = threading.Event()

    def write():
        with transaction(beside, task_force_id=1) as session:
            began.set()
            rename(session, "Second")

    thread = threading.Thread(target=write)
    with transaction(loaded, task_force_id=1) as session:
        rename(session, "First")
        thread.start()
        began.wait(10)
    thread.join(10)
    beside.dispose()

    with reading(loaded, task_force_id=1) as session:
        assert name_of(session) == "Second"


def test_a_reading_session_writes_nothing(loaded):
    with (
        pytest.raises(ReadOnlyError, match="use transaction"),
        reading(loaded, task_force_id=1) as session,
    ):
        rename(session, "Wrong")


def test_a_naive_moment_is_refused(loaded):
    with (
        pytest.raises(NaiveMomentError, match="no time zone") as error,
        transaction(loaded, task_force_id=1) as session,
    ):
        forget_before(session, datetime(2026, 1, 1))  # noqa: DTZ001

    assert error.value.moment == datetime(2026, 1, 1)  # noqa: DTZ001


def test_a_moment_comes_back_in_utc(loaded, now):
    with transaction(loaded, task_force_id=1) as session:
        session.add(Receipt(digest="d", received_at=now.astimezone()))

    with reading(loaded, task_force_id=1) as session:
        back = session.exec(select(Receipt.received_at)).one()
    assert back == now
    assert back.tzinfo is UTC


def test_a_row_that_refers_to_nothing_is_refused(loaded, now):
    with (
        pytest.raises(ConstraintError),
        transaction(loaded, task_force_id=1) as session,
    ):
        session.add(Role(person_id=99, name="admin", granted_by="x", granted_at=now))


@pytest.mark.parametrize("fault", [{"key": "deck"}, {"kind": None}], ids=["twice", "missing"])
def test_a_row_that_fails_is_not_repeated_in_the_log(fault, loaded):
    row = {"key": "own", "title": "Whispered", "kind": "page", "as_of": date(2025, 1, 1)}

    with (
        pytest.raises(ConstraintError) as error,
        transaction(loaded, task_force_id=1) as session,
    ):
        session.add(Source(**{**row, **fault}))

    logged = "".join(format_exception(error.value))
    assert "source" in error.value.constraint or error.value.constraint == "kind"
    assert "Whispered" not in logged


def test_none_in_a_json_column_is_null(loaded):
    with transaction(loaded, task_force_id=1) as session:
        session.add(
            Source(key="own", title="Own", kind="page", as_of=date(2025, 1, 1), pack_values=None)
        )

    with reading(loaded, task_force_id=1) as session:
        found = session.exec(select(Source.key).where(col(Source.pack_values).is_(None))).all()
    assert found == ["own"]


def test_a_database_that_answers_is_checked_in_silence(loaded):
    check(loaded)


def test_writes_on_sqlite_reach_the_disk(sqlite):
    with sqlite.writes.connect() as connection:
        pragmas = [
            connection.exec_driver_sql(f"PRAGMA {name}").scalar()
            for name in ("journal_mode", "synchronous", "foreign_keys")
        ]

    assert pragmas == ["wal", 2, 1]  # 2: FULL


@pytest.mark.parametrize("scheme", ["postgres", "postgresql", "postgresql+psycopg"])
def test_each_way_to_write_a_postgresql_address_is_understood(scheme):
    database = open_database(f"{scheme}://someone:secret@host/name")

    assert database.dialect == "postgresql"
    assert database.writes.dialect.driver == "psycopg"
    assert "secret" not in repr(database)


@pytest.mark.parametrize(
    ("url", "problem"),
    [
        ("mysql://someone:secret@host/name", "must begin with"),
        ("someone:secret", "cannot be read"),
        ("sqlite://", "names no file"),
        ("sqlite:///:memory:", "names no file"),
        ("sqlite:///a.db?mode=memory", "takes no options"),
    ],
)
def test_an_address_we_cannot_use_is_refused_without_repeating_it(url, problem):
    with pytest.raises(DatabaseUrlError, match=problem) as error:
        open_database(url)

    assert "secret" not in str(error.value)


def test_a_server_that_is_down_is_opened_and_said_to_be_down(tmp_path):
    database = open_database(f"postgresql://someone:secret@/x?host={quote(str(tmp_path))}")

    for ask in (lambda: check(database), lambda: unscoped_reading_of(database)):
        began = perf_counter()
        with pytest.raises(DatabaseUnreachableError) as error:
            ask()
        assert perf_counter() - began < 2.5
        assert str(tmp_path) not in str(error.value)
        assert "someone" not in str(error.value)


def unscoped_reading_of(database):
    with unscoped_reading(database) as session:
        session.exec(select(TaskForce)).all()


def test_a_server_without_our_database_is_said_to_be_out_of_reach(postgres):
    database = open_database(postgres.url_of("nowhere"))

    with pytest.raises(DatabaseUnreachableError, match="refuses our login or database"):
        check(database)


def test_a_connection_the_server_cut_is_made_anew(postgres, postgres_template):
    name = postgres.create(template=postgres_template)
    database = open_database(postgres.url_of(name))

    def ask_twice():
        with reading(database, task_force_id=1) as session:
            name_of(session)
            cut_all_others(postgres, name)
            name_of(session)

    with pytest.raises(DatabaseUnreachableError):
        ask_twice()
    with reading(database, task_force_id=1) as session:
        after = name_of(session)
    cut_all_others(postgres, name)  # between two questions nobody notices
    with reading(database, task_force_id=1) as session:
        later = name_of(session)

    database.dispose()
    postgres.drop(name)
    assert after == later


def cut_all_others(postgres, name):
    with psycopg.connect(postgres.url, autocommit=True) as connection:
        connection.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s", [name]
        )


def test_a_slow_statement_is_given_up(postgres, postgres_template):
    name = postgres.create(template=postgres_template)
    database = open_database(postgres.url_of(name), busy_seconds=0.1)

    with (
        pytest.raises(DatabaseBusyError),
        database.reads.connect() as connection,
    ):
        connection.exec_driver_sql("SELECT pg_sleep(5)")

    database.dispose()
    postgres.drop(name)


def test_a_descriptor_of_the_file_is_not_closed_under_another_database(file, sqlite):
    """
    Closing one drops every lock the process has on the file: see storage.files.
    """
    with reading(sqlite, task_force_id=1) as session:
        name_of(session)
    second = open_database(f"sqlite:///{file}")
    check(second)
    open_files = len(os.listdir("/proc/self/fd")) if os.path.isdir("/proc/self/fd") else None
    second.dispose()

    check(sqlite)
    if open_files is not None:
        assert len(os.listdir("/proc/self/fd")) == open_files
    with sqlite3.connect(file) as other:
        assert other.execute("PRAGMA locking_mode").fetchone() == ("normal",)
    other.close()
