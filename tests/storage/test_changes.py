"""
What was read is used again while it is certainly the same, and no longer: noticed by the words of
the statements, in this process at the commit, and of others at the next look.
"""

import threading

import pytest
from sqlmodel import SQLModel, col, delete, update

from storage.changes import (
    Changes,
    Read,
    changed_by,
    count_revisions,
    noting_reads,
    revisions,
    tables_in,
)
from storage.errors import DatabaseUnreachableError
from storage.facts import edit
from storage.kept import kept
from storage.models import Organization, TaskForce
from storage.organizations import partners
from storage.processes import beat
from storage.receipts import first_time
from storage.session import open_database, reading, transaction, unscoped_transaction
from storage.spoken import choose_language, chosen_languages
from storage.task_forces import own_row

AGENCY = ("organization", "shelter")
# What is the same on either: the rest is tried on both.
ON_SQLITE = pytest.mark.parametrize("loaded_url", ["sqlite"], indirect=True)


@pytest.fixture
def sure(loaded):
    """
    The database, as long as a test takes surely looked at.
    """
    loaded.changes.sure_until = float("inf")
    return loaded


def numbers(database):
    with reading(database, task_force_id=1) as session:
        return revisions(session.connection(), task_force_id=1)


def look(database):
    database.changes.look(numbers(database))


def rename(database, name, now):
    with transaction(database, task_force_id=1) as session:
        assert edit(session, *AGENCY, changes={"name": name}, now=now)


def counting():
    """
    Return what reads the partners' names and keeps them, and how often it had to ask.
    """
    asked = []

    @kept
    def names(session):
        asked.append(1)
        return tuple(each.name for each in partners(session))

    return names, asked


def read(database, make):
    with reading(database, task_force_id=1) as session:
        return make(session)


@pytest.mark.parametrize(
    ("statement", "tables"),
    [
        ("SELECT organization.name FROM organization", {"organization"}),
        (
            'SELECT 1 FROM "member" WHERE id IN (SELECT person_id FROM role)',
            {"member", "role"},
        ),
        ("WITH x AS (SELECT * FROM seat) SELECT * FROM x, phone AS p", {"seat", "phone"}),
        ("UPDATE task_force SET content_version=1", {"task_force"}),
        ("SELECT 1", set()),
        ("SELECT statistic_release.series FROM statistic_release", {"statistic_release"}),
        ("SELECT s.id FROM statistic_release, series AS s", {"statistic_release", "series"}),
    ],
)
def test_the_tables_of_a_statement_are_those_it_names(statement, tables):
    assert tables_in(statement) == tables


@pytest.mark.parametrize(
    ("statement", "tables"),
    [
        ("INSERT INTO seat (id) SELECT id FROM member", {"seat"}),
        ('UPDATE "role" SET name=1 WHERE id IN (SELECT id FROM person)', {"role"}),
        ("DELETE FROM seat WHERE id NOT IN (SELECT id FROM member)", {"seat"}),
        (
            "WITH gone AS (DELETE FROM seat RETURNING id) UPDATE member SET id=1",
            {"seat", "member"},
        ),
    ],
)
def test_the_tables_that_a_statement_changes_are_those_it_names_first(statement, tables):
    assert changed_by(statement) == tables


def test_no_foreign_key_changes_the_rows_that_refer_to_one():
    for table in SQLModel.metadata.tables.values():
        for key in table.foreign_keys:
            assert (key.ondelete, key.onupdate) == (None, None), key


@ON_SQLITE
def test_what_is_asked_again_is_not_read_again(sure):
    names, asked = counting()

    first, second = read(sure, names), read(sure, names)

    assert first == second
    assert asked == [1]


def test_an_edit_is_in_the_next_answer(sure, now):
    names, asked = counting()
    read(sure, names)

    rename(sure, "Shelter, renamed", now)

    assert "Shelter, renamed" in read(sure, names)
    assert len(asked) == 2


@ON_SQLITE
def test_what_has_nothing_to_do_with_it_leaves_it_as_it_is(sure, now):
    names, asked = counting()
    read(sure, names)

    with transaction(sure, task_force_id=1) as session:
        choose_language(session, "U1", "es")

    read(sure, names)
    assert len(asked) == 1


@ON_SQLITE
def test_what_was_taken_back_changes_nothing(sure, now):
    names, _ = counting()
    before = read(sure, names)

    with transaction(sure, task_force_id=1) as session:
        edit(session, *AGENCY, changes={"name": "Never"}, now=now)
        session.rollback()

    assert read(sure, names) == before


def test_a_transaction_sees_what_it_wrote_itself(sure, now):
    names, _ = counting()
    read(sure, names)

    with transaction(sure, task_force_id=1) as session:
        edit(session, *AGENCY, changes={"name": "Halfway"}, now=now)
        session.flush()
        assert "Halfway" in names(session)


@ON_SQLITE
def test_whoever_did_not_look_lately_asks(sure):
    names, asked = counting()
    read(sure, names)
    sure.changes.sure_until = 0.0

    read(sure, names)
    assert len(asked) == 2


@ON_SQLITE
def test_of_another_task_force_nothing_is_given(sure):
    names, _ = counting()
    ours = read(sure, names)

    with reading(sure, task_force_id=2) as session:
        assert names(session) == ()
    assert read(sure, names) == ours


@ON_SQLITE
def test_what_was_kept_with_other_arguments_is_another_thing(sure):
    @kept
    def those_with(session, letter):
        return tuple(each.name for each in partners(session) if letter in each.name)

    with reading(sure, task_force_id=1) as session:
        assert those_with(session, "C") == those_with(session, letter="C") == ("The County",)
        assert those_with(session, "S") == ("The Shelter",)


@ON_SQLITE
def test_an_answer_that_is_made_of_kept_things_rests_on_all_they_were_read_from(sure, now):
    names, _ = counting()
    asked = []

    @kept
    def both(session):
        asked.append(1)
        return names(session), tuple(chosen_languages(session))

    read(sure, names)
    read(sure, both)
    rename(sure, "Shelter, renamed", now)

    assert "Shelter, renamed" in read(sure, both)[0]
    with transaction(sure, task_force_id=1) as session:
        choose_language(session, "U1", "es")
    assert read(sure, both)[1] == ("U1",)
    assert len(asked) == 3


def test_what_was_read_before_a_change_is_not_taken_for_what_is_there_after_it(sure, now):
    names, _ = counting()

    with reading(sure, task_force_id=1) as session:
        chosen_languages(session)  # the session sees the database as it is here
        rename(sure, "Shelter, renamed", now)
        before = names(session)

    assert "Shelter, renamed" not in before
    assert "Shelter, renamed" in read(sure, names)


def test_an_edit_of_another_process_is_seen_at_the_next_look(sure, loaded_url, now):
    names, _ = counting()
    look(sure)
    read(sure, names)
    other = open_database(loaded_url, busy_seconds=0.5)
    try:
        rename(other, "Shelter, renamed", now)
    finally:
        other.dispose()

    look(sure)

    assert "Shelter, renamed" in read(sure, names)


@ON_SQLITE
def test_a_look_at_ones_own_changes_throws_nothing_away(sure, now):
    names, asked = counting()
    look(sure)
    with transaction(sure, task_force_id=1) as session:
        choose_language(session, "U1", "es")
    read(sure, names)
    with transaction(sure, task_force_id=1) as session:
        choose_language(session, "U1", None)

    look(sure)
    read(sure, names)

    assert len(asked) == 1


def test_saying_that_one_is_there_and_receipts_change_nothing_that_is_kept(sure, now):
    look(sure)
    before = numbers(sure)

    with transaction(sure, task_force_id=1) as session:
        first_time(session, interaction="1", now=now)
        beat(session, name="x", started_at=now, every=now - now, now=now)

    assert numbers(sure) == before


@pytest.mark.parametrize("wanted", ["UPDATE", "DELETE", "RETURNING"])
def test_a_statement_that_finds_nothing_to_change_changes_nothing(wanted, sure):
    names, asked = counting()
    before = sure.changes.number
    read(sure, names)
    nobody = col(Organization.key) == "nobody"
    statements = {
        "UPDATE": update(Organization).where(nobody).values(name="x"),
        "DELETE": delete(Organization).where(nobody),
        "RETURNING": update(Organization)
        .where(nobody)
        .values(name="x")
        .returning(col(Organization.id)),
    }

    with transaction(sure, task_force_id=1) as session:
        session.exec(statements[wanted])

    read(sure, names)
    assert (len(asked), sure.changes.number) == (1, before)


def test_a_statement_that_returns_what_it_changed_changed_it(sure):
    names, _ = counting()
    read(sure, names)
    shelter = col(Organization.key) == "shelter"
    change = update(Organization).where(shelter).values(name="Renamed")

    with transaction(sure, task_force_id=1) as session:
        session.exec(change.returning(col(Organization.id))).all()

    assert "Renamed" in read(sure, names)


def test_who_writes_at_the_same_time_leaves_a_number_each(loaded):
    ready = threading.Barrier(4)

    def write(number):
        ready.wait()
        with transaction(loaded, task_force_id=1) as session:
            choose_language(session, f"U{number}", "es")

    before = numbers(loaded).get("spoken_language", 0)
    writers = [threading.Thread(target=write, args=(number,)) for number in range(4)]
    for each in writers:
        each.start()
    for each in writers:
        each.join()

    assert numbers(loaded)["spoken_language"] == before + 4


@pytest.mark.parametrize(
    ("own", "then", "stale"),
    [
        ([], {"seat": 5}, False),
        ([("seat", 6)], {"seat": 6}, False),
        ([("seat", 6), ("seat", 7)], {"seat": 7}, False),
        ([("seat", 6)], {"seat": 7}, True),  # 7 was somebody else's
        ([("seat", 7)], {"seat": 7}, True),  # 6 was
        ([], {"seat": 6}, True),
        ([], {"seat": 5, "member": 1}, False),  # something else is new
        ([("member", 6)], {"seat": 6, "member": 6}, True),
        ([], {"seat": 3}, True),  # an older database was put in its place
        ([], {}, True),
        ([], {"seat": 5, "member": 2}, False),
    ],
)
def test_a_number_that_nobody_here_gave_makes_its_table_doubtful(own, then, stale):
    changes = Changes()
    changes.sure_until = float("inf")
    changes.look({"seat": 5})
    read = Read(number=changes.number, tables=frozenset({"seat"}))
    changes.own(dict(own[:1]))
    changes.own(dict(own[1:]))

    changes.look(then)

    assert changes.stands(read) is not stale


def test_a_number_whose_commit_failed_is_nobodys():
    changes = Changes()
    changes.sure_until = float("inf")
    changes.look({"seat": 5})
    changes.own({"seat": 6})
    changes.disown({"seat": 6})
    read = Read(number=changes.number, tables=frozenset({"seat"}))
    assert changes.stands(read)

    changes.look({"seat": 6})

    assert not changes.stands(read)


@ON_SQLITE
def test_an_edit_of_another_process_leaves_alone_what_it_did_not_touch(sure, loaded_url, now):
    names, asked = counting()
    look(sure)
    read(sure, names)
    other = open_database(loaded_url, busy_seconds=0.5)
    try:
        with transaction(other, task_force_id=1) as session:
            choose_language(session, "U1", "es")
    finally:
        other.dispose()

    look(sure)
    read(sure, names)

    assert len(asked) == 1


def test_what_is_written_for_no_single_task_force_is_seen_by_each(two, loaded_url):
    other = open_database(loaded_url, busy_seconds=0.5)
    before = numbers(two)
    try:
        with unscoped_transaction(other) as session:
            session.exec(update(TaskForce).values(county="Elsewhere"))
    finally:
        other.dispose()

    after = numbers(two)
    assert after["task_force"] == before.get("task_force", 0) + 1
    with reading(two, task_force_id=2) as session:
        assert revisions(session.connection(), task_force_id=2)["task_force"] >= 1


def test_nobody_is_given_what_is_newer_than_what_else_they_see(sure, now):
    names, _ = counting()
    with reading(sure, task_force_id=1) as session:
        chosen_languages(session)  # the session sees the database as it is here
        rename(sure, "Shelter, renamed", now)
        assert "Shelter, renamed" in read(sure, names)

        assert "Shelter, renamed" not in names(session)


@ON_SQLITE
def test_what_the_session_holds_already_counts_as_read(sure):
    with reading(sure, task_force_id=1) as session:
        own_row(session)
        with noting_reads() as tables:
            own_row(session)

    assert tables == {"task_force"}


@pytest.mark.parametrize("loaded_url", ["postgresql"], indirect=True)
def test_who_freezes_after_counting_holds_up_nobody_for_long(loaded_url):
    database = open_database(loaded_url, busy_seconds=3)
    try:
        with database.writes.connect() as frozen:
            count_revisions(frozen, {"spoken_language"}, task_force_id=1)
            with transaction(database, task_force_id=1) as session:
                choose_language(session, "U1", "es")
            with pytest.raises(DatabaseUnreachableError):  # it woke up, and was ended long ago
                frozen.exec_driver_sql("SELECT 1")
    finally:
        database.dispose()
