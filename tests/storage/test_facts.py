import pytest
from sqlmodel import select

from storage.errors import (
    UnknownFactError,
    UnknownFieldError,
    UnknownTableError,
    UnknownTaskForceError,
)
from storage.facts import TABLES, content_version, edit
from storage.models import Fact, Organization
from storage.session import reading, transaction


def test_an_edit_is_stored_and_counted(loaded, now):
    with transaction(loaded, task_force_id=1) as session:
        assert edit(session, "organization", "shelter", changes={"name": "Ours"}, now=now)
        assert content_version(session) == 2

    with reading(loaded, task_force_id=1) as session:
        names = session.exec(select(Organization.name).order_by(Organization.name)).all()
        assert (names, content_version(session)) == (["Ours", "The County"], 2)


def test_an_edit_to_the_same_value_is_none(loaded, now):
    with transaction(loaded, task_force_id=1) as session:
        assert not edit(
            session, "organization", "shelter", changes={"name": "The Shelter"}, now=now
        )
        assert content_version(session) == 1


def test_a_row_is_retired_and_brought_back(loaded, now):
    with transaction(loaded, task_force_id=1) as session:
        for retired, at in ((True, now), (True, now), (False, None)):
            edit(session, "organization", "shelter", changes={}, now=now, retired=retired)
            row = session.exec(select(Organization).where(Organization.key == "shelter")).one()
            assert row.retired_at == at
        assert content_version(session) == 3


@pytest.mark.parametrize(
    ("table", "key", "changes", "error"),
    [
        ("person", "shelter", {"name": "X"}, UnknownTableError),
        ("organization", "nobody", {"name": "X"}, UnknownFactError),
        ("organization", "shelter", {"nome": "X"}, UnknownFieldError),
        ("organization", "shelter", {"key": "X"}, UnknownFieldError),
        ("organization", "shelter", {"pack_values": {}}, UnknownFieldError),
        ("organization", "shelter", {"task_force_id": 2}, UnknownFieldError),
    ],
)
def test_an_edit_of_what_is_not_there_is_refused(table, key, changes, error, loaded, now):
    with transaction(loaded, task_force_id=1) as session:
        with pytest.raises(error):
            edit(session, table, key, changes=changes, now=now)
        assert content_version(session) == 1


def test_a_row_of_another_task_force_is_not_there(two, now):
    with (
        transaction(two, task_force_id=2) as session,
        pytest.raises(UnknownFactError) as error,
    ):
        edit(session, "organization", "shelter", changes={"name": "X"}, now=now)

    assert (error.value.table, error.value.key) == ("organization", "shelter")


def test_a_change_here_is_not_counted_there(two, now):
    with transaction(two, task_force_id=1) as session:
        edit(session, "organization", "shelter", changes={"name": "X"}, now=now)

    with reading(two, task_force_id=2) as session:
        assert content_version(session) == 0


def test_a_task_force_that_is_not_there_has_no_version(loaded):
    with reading(loaded, task_force_id=9) as session, pytest.raises(UnknownTaskForceError):
        content_version(session)


def test_every_kind_of_fact_may_be_edited():
    assert set(Fact.__subclasses__()) <= set(TABLES.values())
