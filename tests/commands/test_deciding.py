"""
What a coordinator reads of a request before deciding on it.
"""

import pytest

from storage.people import RoleName
from tests.commands.desk import Desk

HTTF = ("collaborative:httf",)


@pytest.fixture
def desk(desk_library) -> Desk:
    desk = Desk(library=desk_library)
    desk.role("U0CORA", RoleName.COORDINATOR)
    return desk


def lines(desk: Desk) -> list[str]:
    return desk.read("registrations 1", "U0CORA").splitlines()


def test_whose_account_asks_and_who_would_sit_there(desk):
    desk.filled("register", name="Cora", other="Bay Agency", title="Lead", groups=HTTF)
    assert {"Slack account: <@U0MEL>", "Name: Cora", "Who sits there: <@U0MEL>"} < set(lines(desk))

    desk.filled("register", seat=None)

    assert "Who sits there: nobody yet" in lines(desk)


def test_an_agency_that_is_not_listed_beside_those_much_alike(desk):
    desk.filled("register", name="Mel", other="Comunity Violence Solution", title="Lead")

    assert "Agency: Comunity Violence Solution (not in the list yet: approving enters it)" in lines(
        desk
    )
    assert "Much alike in the list: Community Violence Solutions" in lines(desk)


def test_what_a_member_is_who_asks_for_something_else(desk):
    desk.member("U0SOL", title="Clerk")

    desk.filled("register", "U0SOL", title="Director")

    shown = desk.read("registrations 2", "U0CORA").splitlines()
    assert {"Does: Director", "Is a member now: Clerk, Agency of the Bay"} < set(shown)


@pytest.mark.parametrize(
    ("before", "title", "send"),
    [
        ("", "Register", "Send my request"),
        ("asked", "Change my request", "Send the change"),
        ("questioned", "Change my request", "Send my answer"),
        ("member", "My agency and seats", "Ask for the change"),
    ],
)
def test_the_form_says_what_sending_it_does(before, title, send, desk):
    if before == "member":
        desk.member("U0MEL")
    elif before:
        desk.filled("register", name="Mel", other="Bay Agency", title="Lead")
    if before == "questioned":
        desk.filled("registrations ask 1", "U0CORA", question="Who is your director?")

    view = desk.open("register")

    assert (view["title"]["text"], view["submit"]["text"]) == (title, send)
