"""
/ht access and the upkeep of subcommittees: who may do what, given and taken.
"""

import pytest

from storage.audit import entries
from storage.people import RoleName, roles_of
from tests.commands.desk import TEAM, Desk


@pytest.fixture
def desk(desk_library) -> Desk:
    desk = Desk(library=desk_library)
    desk.role("U0ADA", RoleName.ADMIN)
    return desk


def roles(desk, who):
    return desk.library.read_now(lambda session: roles_of(session, TEAM, who))


def acts(desk):
    return [each.act for each in desk.library.read_now(lambda session: entries(session, limit=9))]


def test_an_administrator_gives_and_takes_a_role(desk):
    desk.filled("access grant", "U0ADA", person="U0CORA", role="coordinator", scope="everywhere")
    assert roles(desk, "U0CORA") == {RoleName.COORDINATOR}
    assert "U0CORA: coordinator, all collaboratives" in desk.read("access", "U0ADA")

    assert "Taken" in desk.read("access revoke <@U0CORA> coordinator", "U0ADA")

    assert roles(desk, "U0CORA") == frozenset()
    assert "do not have it" in desk.read("access revoke <@U0CORA> coordinator", "U0ADA")
    assert acts(desk) == ["role.revoked", "role.granted"]


def test_nobody_gives_themself_a_role(desk):
    answer = desk.filled("access grant", "U0ADA", person="U0ADA", role="coordinator")

    assert "Nobody gives themself" in answer.errors["person"]
    assert roles(desk, "U0ADA") == {RoleName.ADMIN}


def test_the_last_administrator_stays(desk):
    assert "last administrator" in desk.read("access revoke <@U0ADA> admin", "U0ADA")
    assert roles(desk, "U0ADA") == {RoleName.ADMIN}

    desk.filled("access grant", "U0ADA", person="U0BEA", role="admin")
    assert "Taken" in desk.read("access revoke <@U0ADA> admin", "U0ADA")


def test_a_coordinator_of_one_collaborative_decides_on_what_concerns_it(desk):
    desk.role("U0MIA", RoleName.COORDINATOR, scope="ht-mdt")
    desk.role("U0CORA", RoleName.COORDINATOR)
    desk.filled("register", name="Mel", other="A", title="x", groups=("collaborative:httf",))

    assert "not one of them" in desk.read("registrations approve 1", "U0MIA")
    assert "Approved" in desk.read("registrations approve 1", "U0CORA")


def test_each_role_is_taken_by_its_own_button(desk):
    for scope in ("everywhere", "httf"):
        desk.filled("access grant", "U0ADA", person="U0CORA", role="coordinator", scope=scope)

    desk.read("access revoke <@U0CORA> coordinator httf", "U0ADA")

    assert "all collaboratives" in desk.read("access", "U0ADA")
    assert "HTTF" not in desk.read("access", "U0ADA")


def test_a_subcommittee_is_added_renamed_and_retired(desk):
    desk.role("U0CORA", RoleName.COORDINATOR)
    added = desk.filled("collaboratives add httf", "U0CORA", name="Youth Voices", roster="members")
    assert "Added: Youth Voices" in added.rendered.text
    assert "Youth Voices" in desk.read("collaboratives httf")
    key = key_of(desk, "Youth Voices")

    desk.filled(f"collaboratives change {key}", "U0CORA", name="Youth Leaders", roster="coordinators")  # fmt: skip
    assert "Youth Leaders" in desk.read("collaboratives httf")
    assert "coordinators alone" in desk.read("members youth leaders", approved(desk))

    assert "Retire Youth Leaders?" in desk.read(f"collaboratives retire {key}", "U0CORA")
    assert "Retired" in desk.read(f"collaboratives retire {key} yes", "U0CORA")
    assert "Youth Leaders" not in desk.read("collaboratives httf")


def test_saving_confirms_what_was_only_proposed(desk):
    desk.role("U0CORA", RoleName.COORDINATOR)
    assert "proposed" in desk.read("collaboratives httf")

    desk.filled("collaboratives change vacatur", "U0CORA")

    text = desk.read("collaboratives httf")
    assert text.index("Vacatur") < text.index("proposed")


def test_two_subcommittees_are_not_called_the_same(desk):
    desk.role("U0CORA", RoleName.COORDINATOR)

    answer = desk.filled("collaboratives add httf", "U0CORA", name="vacatur", roster="members")

    assert "another name" in answer.errors["name"]


def test_a_stale_change_of_a_subcommittee_stores_nothing(desk):
    desk.role("U0CORA", RoleName.COORDINATOR)
    stale = desk.open("collaboratives change vacatur", "U0CORA")
    desk.filled("collaboratives change vacatur", "U0CORA", name="Vacatur Clinic")

    answer = desk.send(stale, "U0CORA", name="Other")

    assert "nothing was stored" in answer.rendered.text
    assert "Vacatur Clinic" in desk.read("collaboratives httf")


def key_of(desk, name):
    view = desk.ask("collaboratives httf", "U0CORA").rendered
    values = [
        element["value"]
        for block in view.blocks
        for element in block.get("elements", ())
        if element.get("type") == "button" and element["text"]["text"] == f"Change {name}"
    ]
    return values[0].split()[-1]


def approved(desk):
    desk.member("U0MEL")
    return "U0MEL"


def test_only_an_administrator_opens_a_roster_that_was_the_coordinators(desk):
    desk.role("U0CORA", RoleName.COORDINATOR)
    change = "collaboratives change survivor-leadership"

    answer = desk.filled(change, "U0CORA", roster="members")
    assert "only an administrator" in answer.errors["roster"]

    saved = desk.filled(change, "U0ADA", roster="members")
    assert "Saved" in saved.rendered.text
