from datetime import date

import pytest
from sqlalchemy import exists, insert, text
from sqlalchemy.orm import aliased
from sqlmodel import col, delete, func, select, update

from storage.errors import UnscopedStatementError, WrongTaskForceError
from storage.models import Organization, Source, TaskForce
from storage.session import narrow, reading, transaction, unscoped_reading, unscoped_transaction

OURS, THEIRS = 1, 2


def source(key="page", **changes):
    return Source(key=key, title="A page", kind="page", as_of=date(2025, 1, 1), **changes)


def titles(database, task_force_id):
    with reading(database, task_force_id=task_force_id) as session:
        return session.exec(select(Source.title).order_by(Source.title)).all()


OTHER = aliased(Organization)
QUERIES = {
    "rows": select(Organization),
    "columns": select(Organization.key),
    "alias": select(OTHER.key),
    "subquery": select(select(Organization.key).subquery()),
    "cte": select(select(Organization.key).cte()),
    "union": select(Organization.key).union(select(Organization.name)),
    "join": select(Source.key).join(Organization, col(Organization.source_id) == col(Source.id)),
    "join of an alias": select(OTHER.key).join(Source, col(OTHER.source_id) == col(Source.id)),
    "exists": select(TaskForce.key).where(exists().where(col(Organization.key) == "county")),
    "in": select(TaskForce.key).where(
        col(TaskForce.id).in_(select(Organization.task_force_id).distinct())
    ),
    "task force": select(TaskForce).where(TaskForce.key == "delta"),
}


@pytest.mark.parametrize("query", QUERIES.values(), ids=QUERIES)
def test_a_query_sees_nothing_of_another_task_force(two, query):
    with reading(two, task_force_id=OURS) as session:
        ours = session.exec(query).all()
    with reading(two, task_force_id=THEIRS) as session:
        theirs = session.exec(query).all()

    assert ours
    assert theirs == []


def test_a_count_counts_nothing_of_another_task_force(two):
    with reading(two, task_force_id=THEIRS) as session:
        of_table = session.exec(select(func.count()).select_from(Organization)).one()
        of_column = session.exec(select(func.count(col(Organization.id)))).one()
        alone = session.exec(
            select(select(func.count(col(Organization.id))).scalar_subquery())
        ).one()

    assert (of_table, of_column, alone) == (0, 0, 0)


def test_a_row_of_another_task_force_is_not_got_by_its_number(two):
    with reading(two, task_force_id=OURS) as session:
        number = session.exec(select(Organization.id)).first()
        assert session.get(Organization, number) is not None
        assert session.get(TaskForce, OURS) is not None

    with reading(two, task_force_id=THEIRS) as session:
        assert session.get(Organization, number) is None
        assert session.get(TaskForce, OURS) is None


def test_an_update_touches_nothing_of_another_task_force(two):
    with transaction(two, task_force_id=THEIRS) as session:
        changed = session.exec(update(Source).values(title="Theirs")).rowcount

    assert changed == 0
    assert titles(two, OURS) == ["The deck"]


def test_a_delete_touches_nothing_of_another_task_force(two):
    with transaction(two, task_force_id=OURS) as session:
        session.add(source())
    with transaction(two, task_force_id=THEIRS) as session:
        gone = session.exec(delete(Source).where(col(Source.key) == "page")).rowcount

    assert gone == 0
    assert titles(two, OURS) == ["A page", "The deck"]


def test_new_rows_belong_to_the_session_however_they_are_made(two):
    values = {"title": "A page", "kind": "page", "as_of": date(2025, 1, 1), "position": 0}

    with transaction(two, task_force_id=THEIRS) as session:
        session.add(source("added"))
        session.exec(insert(Source).values(key="value", **values))
        session.exec(insert(Source), params=[{"key": "one", **values}, {"key": "two", **values}])

    assert titles(two, THEIRS) == ["A page"] * 4
    assert titles(two, OURS) == ["The deck"]


def test_a_new_row_of_another_task_force_is_refused(two):
    with (
        pytest.raises(WrongTaskForceError, match="task force 1 in a session of 2"),
        transaction(two, task_force_id=THEIRS) as session,
    ):
        session.add(source(task_force_id=OURS))

    assert titles(two, OURS) == ["The deck"]


def test_a_bulk_insert_for_another_task_force_is_refused(two):
    row = source().model_dump(exclude={"id"}) | {"task_force_id": OURS}

    with (
        pytest.raises(WrongTaskForceError) as error,
        transaction(two, task_force_id=THEIRS) as session,
    ):
        session.exec(insert(Source), params=[row])

    assert (error.value.task_force_id, error.value.session_task_force_id) == (OURS, THEIRS)


def change(session, row):
    session.add(row)
    row.title = "Theirs"


def remove(session, row):
    session.delete(row)


@pytest.mark.parametrize("act", [change, remove])
def test_a_row_carried_over_from_another_session_is_refused(two, act):
    with reading(two, task_force_id=OURS) as session:
        row = session.exec(select(Source)).one()

    with (
        pytest.raises(WrongTaskForceError),
        transaction(two, task_force_id=THEIRS) as session,
    ):
        act(session, row)

    assert titles(two, OURS) == ["The deck"]


def test_a_row_cannot_move_to_another_task_force(two):
    with (
        pytest.raises(WrongTaskForceError),
        transaction(two, task_force_id=OURS) as session,
    ):
        session.exec(select(Source)).one().task_force_id = THEIRS


@pytest.mark.parametrize(
    "statement",
    [
        text("SELECT title FROM source"),
        select(Source.__table__),
        Source.__table__.delete(),
        insert(Source).from_select(["title"], select(Source.title)),
    ],
    ids=["plain SQL", "bare table", "bare delete", "insert from select"],
)
def test_a_statement_that_cannot_be_held_is_refused(two, statement):
    with (
        pytest.raises(UnscopedStatementError),
        transaction(two, task_force_id=OURS) as session,
    ):
        session.exec(statement)


def test_an_unscoped_session_sees_every_task_force(two):
    with unscoped_reading(two) as session:
        assert session.exec(select(TaskForce.key).order_by(TaskForce.key)).all() == [
            "delta",
            "other",
        ]


def test_a_narrowed_session_sees_one_and_stays_with_it(two):
    with unscoped_transaction(two) as session:
        session.exec(select(TaskForce)).all()
        narrow(session, THEIRS)

        assert session.exec(select(TaskForce.key)).all() == ["other"]
        assert session.get(TaskForce, OURS) is None
        with pytest.raises(WrongTaskForceError):
            narrow(session, OURS)
