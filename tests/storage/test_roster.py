"""
Members from a sheet: all of it or nothing, and back again.
"""

import json
from datetime import timedelta

import pytest
from sqlmodel import select

from storage.audit import entries
from storage.details import Details
from storage.exchange.roster import COLUMNS, apply_members, plan_members
from storage.exchange.undo import undo
from storage.members import change_details, find_member, members
from storage.models import Change, Member
from storage.people import RoleName, roles_of
from storage.seats import places
from storage.session import reading, transaction
from storage.traces import everything_of, forget
from tests.conftest import NOON
from tests.storage.dumping import dump
from tests.storage.test_agencies import telling, typed

HEADER = tuple(COLUMNS)
ADA = {
    "slack_user_id": "U0ADA",
    "name": "Ada",
    "agency": "The Shelter",
    "title": "Advocate",
    "languages": "English",
    "email": "ada@example.org",
    "phone": "925.555.0100",
    "contact_visibility": "members",
    "subcommittees": "Youth",
    "collaboratives": "coalition",
}


def apply(session, *rows, now=NOON):
    return apply_members(session, typed(HEADER, rows), telling=telling, team_id="T1", now=now)


def states(plan):
    return {each.key: each.state for each in plan.people}


def ada(session):
    found = find_member(session, team_id="T1", user_id="U0ADA")
    session.expire_all()
    return found


def seats(session):
    return [(place.organization_key, place.ref) for place in places(session, user_id="U0ADA")]


@pytest.fixture
def session(loaded):
    with transaction(loaded, task_force_id=1) as session:
        yield session


def test_a_new_member_is_one_for_a_year_and_sits_where_the_sheet_says(session):
    done, number = apply(session, ADA)

    assert (states(done), number) == ({"U0ADA": "added"}, 1)
    found = ada(session)
    assert (found.agency, found.approved_by, found.ended_at) == ("The Shelter", "htbot import", None)  # fmt: skip
    assert found.lapses_on == found.confirmed_on + timedelta(days=365)
    assert found.details == Details(
        name="Ada", organization_id=found.details.organization_id, title="Advocate",
        languages=("english",), email="ada@example.org", phone="(925) 555-0100",
        contact_visibility="members", listed="coordinators",
    )  # fmt: skip
    assert roles_of(session, "T1", "U0ADA") == {RoleName.MEMBER}
    assert seats(session) == [("shelter", "collaborative:coalition"), ("shelter", "subcommittee:youth")]  # fmt: skip


def test_the_same_sheet_again_changes_nothing(session):
    apply(session, ADA)

    done, number = apply(session, ADA)

    assert (states(done), number) == ({"U0ADA": "unchanged"}, None)


def test_a_change_is_of_what_the_sheet_says_alone(session):
    apply(session, ADA)

    done, _ = apply(session, {"slack_user_id": "U0ADA", "title": "Director", "subcommittees": "-"})

    (step,) = done.people[0].steps
    assert (step.before, step.after) == (
        {"title": "Advocate", "groups": ["collaborative:coalition", "subcommittee:youth"]},
        {"title": "Director", "groups": ["collaborative:coalition"]},
    )
    assert (ada(session).details.title, ada(session).details.email) == ("Director", "ada@example.org")  # fmt: skip
    assert seats(session) == [("shelter", "collaborative:coalition")]


def test_who_changes_agency_sits_for_the_new_one(session):
    apply(session, ADA)

    apply(session, {"slack_user_id": "U0ADA", "agency": "county"})
    assert seats(session) == [("county", "collaborative:coalition"), ("county", "subcommittee:youth")]  # fmt: skip

    assert undo(session, 2, now=NOON).left == ()
    assert seats(session) == [("shelter", "collaborative:coalition"), ("shelter", "subcommittee:youth")]  # fmt: skip


FAULTS = [
    ({"slack_user_id": "ada"}, "slack_user_id", "“ada”: write a Slack member ID"),
    ({"slack_user_id": ""}, "slack_user_id", "is empty: every row needs it"),
    ({"name": ""}, "name", "is empty: a member needs one"),
    ({"agency": "Nowhere"}, "agency", "“Nowhere”: is no agency here"),
    ({"title": "-"}, "title", "is empty: a member needs one"),
    ({"title": "with my client J."}, "title", "seems to tell of a client"),
    ({"languages": "Klingon"}, "languages", "“Klingon”: is no language here"),
    ({"email": "secret"}, "email", "write an address such as"),
    ({"phone": "555"}, "phone", "no such phone number can exist"),
    ({"listed": "all"}, "listed", "“all”: write members or coordinators"),
    ({"subcommittees": "coalition"}, "subcommittees", "“coalition”: “coalition” is no subcommittee"),
]  # fmt: skip


@pytest.mark.parametrize(("cells", "column", "told"), FAULTS)
def test_what_is_wrong_is_said_where_it_is(cells, column, told, loaded):
    with reading(loaded, task_force_id=1) as session:
        found = plan_members(session, typed(HEADER, [ADA | cells]), telling=telling)

    (fault,) = found.sheet.faults
    assert (fault.line, fault.column) == (2, column)
    assert fault.message.startswith(told)


def test_a_file_with_two_hundred_faults_tells_all_and_writes_nothing(loaded):
    rows = [ADA | {"slack_user_id": f"U1{number}", "phone": "555"} for number in range(200)]
    before = dump(loaded)

    with transaction(loaded, task_force_id=1) as session:
        done, number = apply(session, ADA, *rows)

    assert (len(done.sheet.faults), number) == (200, None)
    assert dump(loaded) == before


def test_undoing_takes_a_new_member_out_again(loaded):
    with transaction(loaded, task_force_id=1) as session:
        done, _ = apply(session, ADA)
        assert undo(session, 1, now=NOON).left == ()

        assert (ada(session), roles_of(session, "T1", "U0ADA"), seats(session)) == (None, frozenset(), [])  # fmt: skip
    assert len(done.people) == 1


def test_undoing_leaves_what_they_changed_themselves(session):
    apply(session, ADA)
    apply(session, {"slack_user_id": "U0ADA", "name": "Ada L.", "title": "Director"})
    mine = Details(**vars(ada(session).details) | {"title": "Chief"})
    change_details(session, team_id="T1", user_id="U0ADA", details=mine, now=NOON)
    session.expire_all()

    done = undo(session, 2, now=NOON)

    assert done.left == (("member U0ADA, title", "it was changed since"),)
    assert (ada(session).details.name, ada(session).details.title) == ("Ada", "Chief")


def test_one_who_was_a_member_is_one_again_until_it_is_undone(session):
    apply(session, ADA)
    row = session.exec(select(Member)).one()
    row.ended_at, row.ended_as, row.lapses_on = NOON, "lapsed", NOON.date()
    session.flush()
    session.expire_all()
    was = ada(session)

    done, _ = apply(session, ADA | {"title": "Director"}, now=NOON + timedelta(days=9))
    session.expire_all()

    assert (states(done), ada(session).ended_at) == ({"U0ADA": "added"}, None)
    assert undo(session, 2, now=NOON).left == ()
    assert ada(session) == was
    assert seats(session) == []
    assert roles_of(session, "T1", "U0ADA") == frozenset()


def test_the_audit_has_one_entry_an_import_and_no_name(session):
    apply(session, ADA)

    (entry,) = entries(session, limit=9)
    assert (entry.act, entry.subject, dict(entry.details)) == ("import.applied", "import:1", {"kind": "members"})  # fmt: skip


def test_what_an_import_kept_of_a_member_is_theirs_and_goes_with_them(session):
    apply(session, ADA)
    assert everything_of(session, team_id="T1", user_id="U0ADA")["change"]

    forget(session, team_id="T1", user_id="U0ADA", now=NOON)

    assert session.exec(select(Change)).all() == []
    assert members(session) == ()
    assert "ada@example.org" not in json.dumps(everything_of(session, team_id="T1", user_id="U0ADA"))  # fmt: skip


def test_an_import_whose_member_left_is_undone_without_them(session):
    apply(session, ADA, ADA | {"slack_user_id": "U0EVE", "name": "Eve"})
    forget(session, team_id="T1", user_id="U0ADA", now=NOON)

    assert undo(session, 1, now=NOON).left == ()
    assert members(session) == ()
