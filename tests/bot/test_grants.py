"""
Roles given and taken from the command line.
"""

import pytest

from bot.clock import utc_now
from bot.grants import GrantError, change_role
from storage.audit import entries
from storage.people import RoleName, grants
from storage.session import reading


def change(library, user_id="U123", *, role=RoleName.COORDINATOR, team_id=None, take=False):
    return change_role(
        library, user_id=user_id, role=role, team_id=team_id, take=take, now=utc_now()
    )


async def test_a_role_is_given_once_and_taken_once(database_url, open_library):
    library = open_library(database_url)
    await library.bind("T123")

    told = [
        change(library),
        change(library),
        change(library, take=True),
        change(library, take=True),
    ]

    assert told == [
        "U123 is now coordinator.",
        "U123 was coordinator already.",
        "U123 is no longer coordinator.",
        "U123 was not coordinator.",
    ]


def test_the_workspace_must_be_known_or_named(library):
    with pytest.raises(GrantError, match="--team"):
        change(library)

    assert change(library, team_id="T123") == "U123 is now coordinator."


def test_a_role_nobody_had_is_not_taken(library):
    assert change(library, team_id="T1AB", take=True) == "U123 was not coordinator."


@pytest.mark.parametrize("user_id", ["", "ada", "u123", "T123", "U1", "U123 ", "<@U123>", "U12\n"])
def test_only_a_member_id_is_taken(user_id, library):
    with pytest.raises(GrantError, match="not a Slack member ID"):
        change(library, user_id, team_id="T123")


@pytest.mark.parametrize("team_id", ["", "t123", "U123", "T1", "T123\n"])
def test_only_a_workspace_id_is_taken(team_id, library):
    with pytest.raises(GrantError, match="not a Slack workspace ID"):
        change(library, team_id=team_id)


def test_who_gave_it_is_stored(library):
    change(library, role=RoleName.ADMIN, team_id="T123")

    with reading(library.database, task_force_id=1) as session:
        [given] = grants(session)
    assert (given.user_id, given.role, given.granted_by) == ("U123", RoleName.ADMIN, "htbot grant")


def test_a_role_given_and_taken_is_in_the_audit_once(library):
    for take in (False, False, True, True):
        change(library, team_id="T123", take=take)

    with reading(library.database, task_force_id=1) as session:
        found = entries(session, limit=9)
    assert [(each.act, each.actor, each.subject, dict(each.details)) for each in found] == [
        ("role.revoked", "htbot grant", "U123", {"role": "coordinator"}),
        ("role.granted", "htbot grant", "U123", {"role": "coordinator"}),
    ]
