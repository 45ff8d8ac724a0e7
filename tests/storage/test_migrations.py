import threading

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import inspect, text
from sqlmodel import SQLModel, select

from storage import models
from storage.errors import DatabaseDamagedError, DatabaseNewerError, DatabaseUnreachableError
from storage.migrations import configuration, is_current, migrate, revisions
from storage.session import open_database, reading

REVISIONS = [
    each.revision for each in ScriptDirectory.from_config(configuration()).walk_revisions()
][::-1]

# One row a revision, as SQL of its day: the models have moved on since.
ROWS = {
    "0001": "INSERT INTO task_force (key, name, county, timezone) VALUES ('a', 'A', 'A', 'UTC')",
    "0002": "INSERT INTO statistic_series (task_force_id, key, program, title, aliases, position)"
    " VALUES (1, 'served', 'P', 'T', '[]', 0)",
    "0003": "INSERT INTO series (task_force_id, key, planned_until) VALUES (1, 's', '2026-03-02 12:00:00')",
    "0004": "INSERT INTO preference (task_force_id, user_id, kind, muted, digest_at, digest_zone)"
    " VALUES (1, 'U1', '', false, '08:00:00', 'UTC')",
    "0005": "INSERT INTO audit_entry (task_force_id, at, actor, act, details)"
    " VALUES (1, '2026-03-02 12:00:00', 'U1', 'member.approved', '{}')",
    "0006": 'INSERT INTO broadcast (task_force_id, team_id, sender, kind, text, audience, "only",'
    " wants_ack, harmless, run, state, version, people, corrections, progress, drafted_at)"
    " VALUES (1, 'T1', 'U1', 'broadcast', 'x', '[]', '[]', false, false, 1, 'draft', 1, 0, '[]', '',"
    " '2026-03-02 12:00:00')",
    "0007": "UPDATE task_force SET pack_digest = 'x'",
    "0008": "INSERT INTO broadcast_correction (task_force_id, broadcast_id, text, state, proposed_by,"
    " proposed_at) VALUES (1, 1, 'y', 'waiting', 'U1', '2026-03-02 12:00:00')",
    "0009": 'INSERT INTO meeting_series (task_force_id, key, "group", name, plain, minutes, zone, rule,'
    " on_holiday, holidays, uid, sequence, version, changed_at) VALUES (1, 'm', 'collaborative:a', 'M',"
    " false, 60, 'UTC', '', 'skip', '', 'u@x', 0, 1, '2026-03-02 12:00:00')",
    "0010": "INSERT INTO survey_cycle (task_force_id, name, kind, threshold, apart, dims, questions, opens_on,"
    " due_on, grace_on, closes_on, state, version, defined_at, reasons, results, progress)"
    " VALUES (1, 'S', 'questions', 10, false, '[]', '[]', '2026-03-02', '2026-03-02', '2026-03-02',"
    " '2026-03-02', 'planned', 1, '2026-03-02 12:00:00', '[]', '[]', '')",
    "0011": "UPDATE survey_cycle SET shaped_by = 'U1'",
    "0012": "INSERT INTO job_trouble (task_force_id, job, reason, reference, since)"
    " VALUES (1, 'sending', 'KeyError', 'abcd', '2026-03-02 12:00:00')",
    "0013": "INSERT INTO spoken_language (task_force_id, user_id, language) VALUES (1, 'U1', 'es')",
    "0014": "INSERT INTO revision (task_force_id, changed, number) VALUES (1, 'seat', 1)",
}


def tables(database):
    return set(inspect(database.writes).get_table_names()) - {"alembic_version"}


def test_the_models_and_the_migrated_schema_are_equal(empty):
    migrate(empty)

    with empty.writes.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_server_default": True})
        assert compare_metadata(context, SQLModel.metadata) == []


def test_every_constraint_has_a_name(empty):
    migrate(empty)
    look = inspect(empty.writes)

    for table in tables(empty):
        for constraint in look.get_unique_constraints(table) + look.get_foreign_keys(table):
            assert constraint["name"], (table, constraint)


def test_a_new_database_gets_every_revision_in_their_order(empty):
    assert migrate(empty) == tuple(REVISIONS)
    assert is_current(empty)


def test_the_files_alone_tell_the_order_that_alembic_reads_in_them():
    assert list(revisions()) == REVISIONS


def test_migrating_twice_changes_nothing(empty):
    migrate(empty)

    assert migrate(empty) == ()


@pytest.mark.parametrize("revision", REVISIONS)
def test_rows_of_each_earlier_revision_live_on(empty, revision):
    migrate(empty, to=revision)
    with empty.writes.begin() as connection:
        for known in REVISIONS[: REVISIONS.index(revision) + 1]:
            connection.execute(text(ROWS[known]))

    migrate(empty)

    assert is_current(empty)
    with reading(empty, task_force_id=1) as session:
        assert session.exec(select(models.TaskForce.name)).one() == "A"


def test_a_database_without_tables_is_not_current(empty):
    if empty.file is not None:
        with pytest.raises(DatabaseUnreachableError):
            is_current(empty)
        empty.file.create()

    assert not is_current(empty)


def test_a_database_of_a_newer_version_is_left_alone(empty):
    migrate(empty)
    with empty.writes.begin() as connection:
        connection.exec_driver_sql("UPDATE alembic_version SET version_num = '9999'")

    for act in (migrate, is_current):
        with pytest.raises(DatabaseNewerError, match=r"'9999'.*newer version"):
            act(empty)


def test_a_migration_that_fails_leaves_no_trace(empty):
    if empty.file is not None:
        empty.file.create()
    with empty.writes.begin() as connection:  # in the way of the first revision
        connection.exec_driver_sql("CREATE TABLE topic_point (id INTEGER)")

    with pytest.raises(Exception, match="already exists"):
        migrate(empty)

    assert tables(empty) == {"topic_point"}


def test_two_that_start_at_once_migrate_once(empty, empty_url):
    databases = [empty, *(open_database(empty_url, busy_seconds=0.1) for _ in range(3))]
    together = threading.Barrier(len(databases))
    applied = []

    def start(database):
        together.wait(10)
        applied.append(migrate(database))

    threads = [threading.Thread(target=start, args=[database]) for database in databases]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    for database in databases[1:]:
        database.dispose()

    assert sorted(applied) == [(), (), (), tuple(REVISIONS)]
    assert is_current(empty)


def test_a_migration_keeps_its_hands_off_rows_that_refer_to_nothing(sqlite):
    with sqlite.writes.connect() as connection:
        connection.connection.driver_connection.execute("PRAGMA foreign_keys = OFF")
        connection.exec_driver_sql("UPDATE phone SET hotline_id = 999")
        connection.commit()
        connection.connection.driver_connection.execute("PRAGMA foreign_keys = ON")

    with pytest.raises(DatabaseDamagedError, match="rows of phone"):
        migrate(sqlite)


def test_foreign_keys_hold_again_after_a_migration(sqlite):
    migrate(sqlite)

    with sqlite.writes.connect() as connection:
        assert connection.exec_driver_sql("PRAGMA foreign_keys").scalar() == 1
        assert connection.exec_driver_sql("PRAGMA busy_timeout").scalar() == 100
