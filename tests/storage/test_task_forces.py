import pytest

from storage import task_forces
from storage.errors import UnknownTaskForceError, WrongWorkspaceError
from storage.session import reading, transaction, unscoped_reading, unscoped_transaction

DELTA = task_forces.TaskForce(
    id=1,
    key="delta",
    name="Delta Task Force",
    county="Delta",
    timezone="America/Los_Angeles",
    holidays="US",
    team_id=None,
    content_version=1,
)


def test_a_session_knows_its_task_force(two):
    with reading(two, task_force_id=1) as session:
        assert task_forces.task_force(session) == DELTA


def test_a_task_force_that_is_not_there_is_unknown(two):
    with reading(two, task_force_id=3) as session, pytest.raises(UnknownTaskForceError) as error:
        task_forces.task_force(session)

    assert error.value.task_force == 3


def test_a_task_force_is_made_once(two):
    with unscoped_transaction(two) as session:
        found = task_forces.find_or_create(
            session, key="delta", name="Another", county="Another", timezone="UTC"
        )

    assert found == DELTA


def test_a_key_nobody_has_is_not_found(two):
    with unscoped_reading(two) as session:
        assert task_forces.find_task_force(session, key="delta") == DELTA
        assert task_forces.find_task_force(session, key="epsilon") is None


def test_the_first_workspace_is_kept_and_another_is_refused(two):
    with transaction(two, task_force_id=1) as session:
        assert task_forces.bind_workspace(session, "T1") is True
    with transaction(two, task_force_id=1) as session:
        assert task_forces.bind_workspace(session, "T1") is False
        with pytest.raises(WrongWorkspaceError, match="T1, not T2") as error:
            task_forces.bind_workspace(session, "T2")

    assert (error.value.team_id, error.value.bound_team_id) == ("T2", "T1")
    with unscoped_reading(two) as session:
        assert task_forces.find_workspace(session, team_id="T1").key == "delta"
        assert task_forces.find_workspace(session, team_id="T2") is None
