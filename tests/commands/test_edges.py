"""
What goes wrong between two people, at a day's edge, and when somebody has gone.
"""

import pytest
from sqlmodel import select

from bot.exchange import import_members
from commands.contract import Standing
from commands.me import AT_ONCE, plan_renewals
from commands.registrations import plan_requests
from storage.accounts import end_account
from storage.details import Details
from storage.directory import save
from storage.members import admit, lapse, members
from storage.models import Delivery, Organization
from storage.people import RoleName
from storage.registrations import waiting
from tests.commands.desk import TEAM, Desk
from tests.storage.test_traces import everywhere


@pytest.fixture
def desk(desk_library):
    return Desk(desk_library)


@pytest.fixture
def asked(desk):
    """
    A desk where Mel asked to be a member, and Cora, a coordinator, was told.
    """
    desk.role("U0CORA", RoleName.COORDINATOR)
    desk.filled("register", "U0MEL", name="Mel", other="Agency", title="Lead")
    desk.library.write_now(lambda session: plan_requests(session, desk.now))
    return desk


def left(desk, user_id):
    return desk.library.read_now(lambda session: everywhere(session, user_id))


def deactivate(desk, user_id):
    desk.library.write_now(
        lambda session: end_account(session, team_id=TEAM, user_id=user_id, now=desk.now)
    )


def to_edit(desk):
    query = select(Delivery.to_edit_at).where(Delivery.kind == "requests")
    return desk.library.read_now(lambda session: session.exec(query).all())


def test_who_opened_a_contact_and_left_is_in_no_message_of_it(desk):
    desk.member("U0MEL", email="mel@example.org")
    desk.role("U0CORB", RoleName.COORDINATOR)
    desk.read("whois contact <@U0MEL>", "U0CORB")

    desk.read("me leave yes", "U0CORB")

    assert left(desk, "U0CORB") == []


def test_who_approved_somebody_whom_an_import_took_again_and_left_is_nowhere(desk):
    desk.member("U0MEL")
    desk.after(days=400)
    desk.library.write_now(lambda session: lapse(session, now=desk.now))
    sheet = b"slack_user_id,name,agency,title\nU0MEL,Mel,cvs,Lead\n"
    _, sound = import_members(desk.library, sheet, team_id=TEAM, dry_run=False, now=desk.now)
    assert sound

    desk.read("me leave yes", "U0CORA")

    assert left(desk, "U0CORA") == []


def test_who_leaves_does_not_approve_what_they_proposed(desk):
    desk.standings["U0SET"] = Standing.ADMIN  # by settings: they are one after leaving too
    desk.filled("entry newline", "U0SET", name="New line", kind="crisis", added="1-888-555-0123", needs=("crisis",))  # fmt: skip
    assert "You proposed this one" in desk.read("directory approve 1", "U0SET")

    desk.read("me leave yes", "U0SET")

    assert "two must agree" in desk.read("directory approve 1", "U0SET")
    assert "put away" in desk.read("directory decline 1", "U0SET")


def test_a_deactivated_administrator_is_none_so_another_is_the_last(desk):
    desk.role("U0ADA", RoleName.ADMIN)
    desk.role("U0ADB", RoleName.ADMIN)

    deactivate(desk, "U0ADB")

    assert "last administrator" in desk.read("me leave yes", "U0ADA")
    deactivate(desk, "U0ADA")  # nobody else could give roles
    assert left(desk, "U0ADA") != []


def test_a_role_is_not_given_everywhere_when_its_collaborative_is_gone(desk):
    desk.role("U0ADA", RoleName.ADMIN)
    view = desk.open("access grant", "U0ADA")

    answer = desk.send(view, "U0ADA", person="U0MEL", role="coordinator", scope="gone")

    assert answer.errors == {
        "scope": "There is no such collaborative any more. Please choose again."
    }


def test_members_do_not_read_who_keeps_an_entry_and_is_not_listed(desk):
    desk.member("U0MEL", name="Hidden Person")
    desk.read("directory owner Agency of the Bay <@U0MEL>", "U0CORA")
    desk.standings["U0OTH"] = Standing.APPROVED

    assert "Hidden Person" not in desk.read("entry Agency of the Bay", "U0OTH")
    assert "Hidden Person" in desk.read("entry Agency of the Bay", "U0CORA")


def test_members_do_not_read_in_the_history_who_is_not_listed(desk):
    desk.member("U0MEL", name="Hidden Person")
    desk.member("U0PAT", name="Pat", other="Agency of the Bay")
    for who in ("U0MEL", "U0PAT"):
        desk.read(f"directory delegate Agency of the Bay <@{who}>", "U0CORA")
    form = next(key for key in buttons(desk, "U0MEL") if key.startswith("entry details"))
    desk.filled(form, "U0MEL", website="https://example.org")
    history = "entry history Agency of the Bay"

    assert "by Hidden Person" in desk.read(history, "U0CORA")
    assert "by you" in desk.read(history, "U0MEL")
    read = desk.read(history, "U0PAT")
    assert "by somebody" in read
    assert "U0MEL" not in read
    assert "Hidden" not in read


def buttons(desk, who):
    blocks = desk.ask("entry Agency of the Bay", who).rendered.blocks
    return [each["value"] for block in blocks for each in block.get("elements", ()) if "value" in each]  # fmt: skip


@pytest.mark.parametrize("done", ["register withdraw", "me leave yes"])
def test_the_coordinators_messages_say_that_a_request_is_over(asked, done):
    assert to_edit(asked) == [None]

    asked.read(done, "U0MEL")

    assert to_edit(asked) == [asked.now]


def test_a_deactivated_account_asks_for_nothing_any_more(asked):
    deactivate(asked, "U0MEL")

    assert asked.library.read_now(waiting) == ()
    assert to_edit(asked) == [asked.now]
    assert "Too late" in asked.read("registrations approve 1", "U0CORA")


def test_a_question_that_has_not_seen_the_answer_to_another_changes_nothing(asked):
    asked.role("U0CORB", RoleName.COORDINATOR)
    stale = asked.open("registrations ask 1", "U0CORB")
    asked.filled("registrations ask 1", "U0CORA", question="Which office?")
    asked.filled("register", "U0MEL", answer="Concord")

    assert "Too late" in asked.send(stale, "U0CORB", question="Since when?").rendered.text

    assert "Concord" in asked.read("registrations 1", "U0CORA")


def test_a_membership_that_no_tick_has_ended_yet_is_confirmed_no_more(desk):
    desk.member("U0MEL")
    desk.after(days=366)

    assert "has lapsed" in desk.read("me confirm", "U0MEL")


def test_an_agency_that_was_entered_and_retired_is_served_again_when_somebody_of_it_is_approved(
    desk,
):
    desk.member("U0MEL", other="Agency of the Bay")
    row = select(Organization).where(Organization.name == "Agency of the Bay")
    key = desk.library.read_now(lambda session: session.exec(row).one().key)
    desk.library.write_now(
        lambda session: save(session, "organization", key, None, by="U0CORA", now=desk.now)
    )

    desk.member("U0BOB", other="Agency of the Bay")

    assert desk.library.read_now(lambda session: session.exec(row).one().retired_at) is None


def test_a_tick_reminds_and_ends_some_and_the_next_ones_the_rest(desk):
    details = Details(name="x", organization_id=1, title="x")

    def many(session):
        for number in range(AT_ONCE + 1):
            admit(session, team_id=TEAM, user_id=f"U0M{number}", details=details, groups=(), seat_user_id=None, by="test", now=desk.now)  # fmt: skip

    def tick():
        desk.library.write_now(lambda session: plan_renewals(session, desk.now))
        query = select(Delivery.id).where(Delivery.kind == "renewal")
        return desk.library.read_now(lambda session: len(session.exec(query).all()))

    desk.library.write_now(many)
    desk.after(days=340)
    assert [tick(), tick(), tick()] == [AT_ONCE, AT_ONCE + 1, AT_ONCE + 1]

    desk.after(days=30)
    tick()
    assert desk.library.read_now(lambda session: len(members(session))) == 1
    assert tick() == 2 * (AT_ONCE + 1)
    assert desk.library.read_now(members) == ()
