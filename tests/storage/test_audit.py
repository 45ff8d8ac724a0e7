"""
The audit: added to, read, and never changed.
"""

import pytest
from sqlmodel import select

from storage.audit import LEFT, entries, forget_person, record
from storage.errors import AuditError
from storage.models import AuditEntry
from storage.session import transaction


@pytest.fixture
def session(loaded, now):
    with transaction(loaded, task_force_id=1) as session:
        record(session, "registration.approved", actor="U1", now=now, subject="U2")
        record(session, "organization.changed", actor="U3", now=now, subject="organization:cvs", field="website")  # fmt: skip
        record(session, "member.confirmed", actor="U2", now=now, subject="U2")
        yield session


def test_the_newest_comes_first(session):
    acts = [each.act for each in entries(session, limit=2)]

    assert acts == ["member.confirmed", "organization.changed"]


def test_it_goes_on_before_an_entry(session):
    last = entries(session, limit=2)[-1]

    (older,) = entries(session, limit=5, before=last.id)
    assert older.act == "registration.approved"


def test_what_a_person_did_and_what_was_done_to_them(session):
    assert [each.act for each in entries(session, limit=9, person="U2")] == [
        "member.confirmed",
        "registration.approved",
    ]


def test_acts_are_found_by_how_they_begin(session):
    (found,) = entries(session, limit=9, acts=["organization."])

    assert found.details == {"field": "website"}


def test_an_entry_cannot_be_changed(session):
    row = session.exec(select(AuditEntry)).first()
    row.act = "nothing"

    with pytest.raises(AuditError):
        session.flush()
    session.rollback()


def test_an_entry_cannot_be_deleted(session):
    session.delete(session.exec(select(AuditEntry)).first())

    with pytest.raises(AuditError):
        session.flush()
    session.rollback()


def test_who_leaves_is_named_nowhere_and_what_happened_stays(session):
    assert forget_person(session, "U2") == 3

    assert entries(session, limit=9, person="U2") == ()
    assert [(each.actor, each.subject) for each in entries(session, limit=9)] == [
        (LEFT, LEFT),
        ("U3", "organization:cvs"),
        ("U1", LEFT),
    ]
