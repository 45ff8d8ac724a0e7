import pytest

from storage import people
from storage.errors import UnknownPersonError
from storage.models import RoleName
from storage.people import Grant
from storage.session import reading, transaction

WHO = {"team_id": "T1", "user_id": "U1"}


def grant(session, now, role=RoleName.COORDINATOR, granted_by="htbot grant", **who):
    return people.grant(session, **{**WHO, **who}, role=role, granted_by=granted_by, now=now)


@pytest.fixture
def session(loaded):
    with transaction(loaded, task_force_id=1) as session:
        yield session


def test_somebody_unknown_has_no_role(session):
    assert people.roles_of(session, "T1", "U1") == frozenset()


def test_a_role_is_given_once(session, now):
    assert grant(session, now) is True
    assert grant(session, now, granted_by="U9") is False

    assert people.grants(session) == (
        Grant(**WHO, role=RoleName.COORDINATOR, granted_by="htbot grant", granted_at=now),
    )


def test_a_person_may_have_several_roles(session, now):
    grant(session, now, RoleName.ADMIN)
    grant(session, now, RoleName.MEMBER)

    assert people.roles_of(session, "T1", "U1") == {RoleName.ADMIN, RoleName.MEMBER}


def test_the_same_id_in_another_workspace_is_somebody_else(session, now):
    grant(session, now, team_id="T2")

    assert people.roles_of(session, "T1", "U1") == frozenset()


def test_a_role_that_is_taken_is_gone(session, now):
    grant(session, now, RoleName.ADMIN)
    grant(session, now, RoleName.MEMBER)

    assert people.revoke(session, **WHO, role=RoleName.ADMIN) is True
    assert people.revoke(session, **WHO, role=RoleName.ADMIN) is False
    assert people.roles_of(session, "T1", "U1") == {RoleName.MEMBER}


def test_nothing_is_taken_from_somebody_unknown(session):
    with pytest.raises(UnknownPersonError, match="U1") as error:
        people.revoke(session, **WHO, role=RoleName.ADMIN)

    assert error.value.user_id == "U1"


def test_a_role_holds_in_its_own_task_force_alone(two, now):
    with transaction(two, task_force_id=1) as session:
        grant(session, now)

    with reading(two, task_force_id=2) as session:
        assert people.roles_of(session, "T1", "U1") == frozenset()
        assert people.grants(session) == ()
