"""
/ht me: seen, changed, confirmed, taken along, deleted.
"""

import json

import pytest

from storage.details import MEMBERS
from storage.members import find_member
from storage.people import RoleName
from storage.session import Session
from tests.commands.desk import TEAM, Desk


@pytest.fixture
def desk(desk_library) -> Desk:
    return Desk(library=desk_library)


def test_somebody_unknown_is_told_how_to_register(desk):
    answer = desk.ask("me")

    assert "not registered" in answer.rendered.text
    assert "register" in answer.rendered.text


def test_a_member_sees_all_of_it_and_changes_it(desk):
    desk.member("U0MEL", email="mel@example.org")
    assert "mel@example.org" in desk.read("me")

    saved = desk.filled("me change", name="Melanie", listed=MEMBERS, phone="925 555 0134")

    assert "Saved" in saved.rendered.text
    seen = desk.read("me")
    assert "Melanie" in seen
    assert "(925) 555-0134" in seen
    assert "Agency of the Bay" in seen


def test_a_form_from_before_another_change_stores_nothing(desk):
    desk.member("U0MEL")
    stale = desk.open("me change")
    desk.filled("me change", title="Director")

    answer = desk.send(stale, title="Something else")

    assert "nothing was stored" in answer.rendered.text
    assert "Director" in desk.read("me")


def test_the_same_form_twice_has_one_effect(desk):
    desk.member("U0MEL")
    view = desk.open("me change")

    assert "Saved" in desk.send(view, title="Director").rendered.text
    assert "taken once" in desk.send(view, title="Director").rendered.text


def test_what_is_wrong_is_said_at_its_field_and_nothing_is_stored(desk):
    desk.member("U0MEL")

    answer = desk.filled("me change", name=None, phone="12")

    assert set(answer.errors) == {"name", "phone"}
    assert "Name U0MEL" in desk.read("me")


@pytest.mark.parametrize(("days", "said"), [(100, "confirmed already"), (340, "Thank you")])
def test_a_confirmation_counts_once_it_is_due(desk, days, said):
    desk.member("U0MEL")
    desk.after(days=days)

    assert said in desk.read("me confirm")
    assert "confirmed already" in desk.read("me confirm")


def test_the_export_is_a_file_for_the_asker_with_all_of_it(desk):
    desk.member("U0MEL", email="mel@example.org")
    desk.member("U0SOL", email="sol@example.org")

    (file,) = desk.ask("me export").files

    rows = json.loads(file.content)
    assert rows["member"][0]["email"] == "mel@example.org"
    assert "sol@example.org" not in file.content.decode()
    assert any(each["act"] == "member.exported" for each in rows["audit_entry"])


def test_leaving_asks_first_and_then_leaves_nothing(desk):
    desk.member("U0MEL", email="mel@example.org")
    assert "Leave and delete?" in desk.read("me leave")
    assert "mel@example.org" in desk.read("me")

    assert "You have left" in desk.read("me leave yes")

    def found(session: Session) -> object:
        return find_member(session, team_id=TEAM, user_id="U0MEL")

    assert desk.library.read_now(found) is None
    assert "not registered" in desk.read("me")
    assert "You have left" in desk.read("me leave yes")
    assert "Name U0MEL" not in desk.read("members", "U0CORA")


def test_the_last_administrator_is_asked_to_make_another_first(desk):
    desk.role("U0ADA", RoleName.ADMIN)

    assert "last administrator" in desk.read("me leave yes", "U0ADA")


def test_a_refusal_is_told_with_its_reason_until_an_approval(desk):
    desk.role("U0CORA", RoleName.COORDINATOR)
    desk.filled("register", name="Mel", other="A", title="x")
    desk.filled("registrations decline 1", "U0CORA", reason="Ask your lead first.")

    assert "Ask your lead first." in desk.read("me")
    desk.after(days=1)
    desk.member("U0MEL")
    assert "Ask your lead first." not in desk.read("me")


def test_in_a_terminal_it_says_where_to_type_it(read):
    assert "/ht me" in read("me")
