"""
/ht members and /ht whois: who is seen by whom.
"""

import pytest

from storage.details import MEMBERS
from storage.members import find_member
from storage.seats import places
from storage.session import Session
from tests.commands.desk import TEAM, Desk

ROSTER = "subcommittee:survivor-leadership"  # for coordinators alone
OPEN = "collaborative:httf"


@pytest.fixture
def desk(desk_library) -> Desk:
    desk = Desk(library=desk_library)
    desk.member("U0MEL", name="Mel Listed", listed=MEMBERS, groups=(ROSTER, OPEN), email="mel@example.org")  # fmt: skip
    desk.member("U0SOL", name="Sol Quiet", groups=(OPEN,), email="sol@example.org", contact=MEMBERS)
    desk.member("U0PAT", name="Pat Listed", listed=MEMBERS, other="Other Agency", contact=MEMBERS, phone="925 555 0134")  # fmt: skip
    return desk


def test_members_see_those_who_chose_to_be_listed(desk):
    text = desk.read("members")

    assert "Mel Listed" in text
    assert "Sol Quiet" not in text


def test_coordinators_see_everybody_and_who_is_not_listed(desk):
    text = desk.read("members", "U0CORA")

    assert "Mel Listed" in text
    assert "Sol Quiet (not listed)" in text


def test_by_agency(desk):
    text = desk.read("members other agency")

    assert "Pat Listed" in text
    assert "Mel Listed" not in text


def test_a_roster_of_the_coordinators_is_theirs(desk):
    assert "Survivor Leadership" not in desk.read("members")
    assert "Survivor Leadership" not in desk.read("whois <@U0MEL>", "U0PAT")
    refused = desk.read("members survivor leadership")
    assert "coordinators alone" in refused
    assert "Mel Listed" not in refused

    assert "Mel Listed" in desk.read("members survivor leadership", "U0CORA")
    assert "Survivor Leadership" in desk.read("whois <@U0MEL>", "U0CORA")


@pytest.mark.parametrize(
    "asked", ["<@U0SOL>", "<@U0SOL|sol>", "<@U0NOBODY>", "sol quiet", "nobody"]
)
def test_who_is_not_listed_and_who_is_unknown_get_the_same_answer(desk, asked):
    text = desk.read(f"whois {asked}")

    assert "Not every member chooses to be listed" in text
    assert "Sol" not in text


def test_a_contact_for_members_is_shown_and_a_private_one_is_not(desk):
    assert "(925) 555-0134" in desk.read("whois pat listed")
    assert "mel@example.org" not in desk.read("whois mel listed", "U0PAT")
    assert "for coordinators" in desk.read("whois contact <@U0MEL>", "U0PAT")


def test_ones_own_contact_is_ones_own(desk):
    assert "mel@example.org" in desk.read("whois <@U0MEL>", "U0MEL")
    assert "sol@example.org" in desk.read("whois <@U0SOL>", "U0SOL")


def test_opening_a_private_contact_is_kept_and_its_owner_sees_it(desk):
    assert "mel@example.org" in desk.read("whois contact <@U0MEL>", "U0CORA")

    assert "your work contact was opened, by: <@U0CORA>" in desk.read("me audit", "U0MEL")
    assert "your work contact was opened" not in desk.read("me audit", "U0PAT")


def test_looking_somebody_up_leaves_no_trace(desk):
    before = desk.read("me audit", "U0MEL")

    desk.read("whois <@U0MEL>", "U0PAT")
    desk.read("members", "U0PAT")

    assert desk.read("me audit", "U0MEL") == before


def test_who_lapsed_is_no_longer_seen(desk):
    desk.after(days=366)

    def lapse_all(session: Session) -> object:
        from commands.me import plan_renewals

        plan_renewals(session, desk.now)
        return find_member(session, team_id=TEAM, user_id="U0MEL")

    assert desk.library.write_now(lapse_all).ended_as == "lapsed"
    assert "Mel Listed" not in desk.read("members", "U0CORA")
    assert "Empty seats" in desk.read("members httf", "U0CORA")


@pytest.mark.parametrize("name", ["<!channel> Mel", "*Mel* `x`", "=1+1", "メル", "x" * 100])
def test_a_name_is_only_a_name(desk, name):
    desk.member("U0ODD", name=name, listed=MEMBERS, other="<!here> & co")

    answer = desk.ask("members", "U0MEL")

    live = [
        text["text"]
        for block in answer.rendered.blocks
        for text in (block.get("text", {}), *block.get("elements", ()))
        if text.get("type") == "mrkdwn"
    ]
    assert live
    assert "<!" not in "".join(live)
    assert "<!" not in answer.rendered.text


def test_an_empty_seat_is_closed_once_its_agency_takes_part_no_longer(desk):
    desk.read("me leave yes", "U0MEL")
    desk.read("me leave yes", "U0SOL")
    assert "Empty seats" in desk.read("members", "U0CORA")
    number = desk.library.read_now(lambda session: places(session, empty=True))[0].id

    assert "Closed" in desk.read(f"members close {number}", "U0CORA")
    assert "closed before" in desk.read(f"members close {number}", "U0CORA")

    left = desk.library.read_now(lambda session: places(session, empty=True))
    assert number not in {place.id for place in left}
    assert "Not for everybody" in desk.read("members close 1", "U0PAT")
