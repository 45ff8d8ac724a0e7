"""
The story of a member: asks, is approved by the faster of two coordinators, is listed,
confirms a year later, and lapses when nobody does.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from bot.accounts import Accounts
from bot.library import Library
from bot.sandbox.faults import Fault
from bot.sandbox.people import TEAM, Person
from bot.sandbox.workspace import Message, View
from storage.deliveries import DeliveryState, in_states
from storage.members import find_member
from storage.people import RoleName, grant
from storage.registrations import RegistrationState, latest_of, waiting
from storage.seats import places
from storage.session import Session
from tests.workshop import DOORS, Place, bot_behind, buttons, workspace

BEGAN = datetime(2026, 3, 2, 18, tzinfo=UTC)
FIRST, SECOND = "U0COORD", "U0COORD2"
FILLED = {
    "name": "Mel Member",
    "title": "Outreach lead",
    "groups": ["collaborative:httf", "subcommittee:survivor-leadership"],
    "email": "mel@example.org",
    "phone": "925 555 0134",
    "contact": "coordinators",
    "listed": "members",
}


class Moving:
    """
    A clock that stands where it is put.
    """

    def __init__(self) -> None:
        self.now = BEGAN

    def __call__(self) -> datetime:
        return self.now


@pytest.fixture(params=DOORS)
def door(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@asynccontextmanager
async def told(door: str, library: Library, clock: Moving) -> AsyncIterator[Place]:
    async with workspace() as sandbox:
        sandbox.workspace.people[SECOND] = Person(
            id=SECOND, name="second", real_name="Sol Second", kind="member"
        )
        for channel in ("C0GENERAL",):
            sandbox.workspace.channel(channel).members.add(SECOND)
        async with bot_behind(door, sandbox, library, clock=clock) as at:
            for who in (FIRST, SECOND):
                library.write_now(
                    lambda session, who=who: grant(
                        session,
                        team_id=TEAM,
                        user_id=who,
                        role=RoleName.COORDINATOR,
                        granted_by="htbot grant",
                        now=clock(),
                    )
                )
            yield at


@pytest.fixture
def clock() -> Moving:
    return Moving()


async def asks(at: Place, person: str = "U0MEMBER", **changes: Any) -> View:
    """
    Let *person* fill the form and send it; return what it became.
    """
    form = await opens(at, person)
    agency = await at.sandbox.suggest(
        person, form, "typed", "community violence", block_id="agency"
    )
    (offered,) = agency.body["options"]
    assert "Violence" in offered["text"]["text"]
    outcome = await at.sandbox.submit(person, form, {**FILLED, "agency": offered["value"], **changes})  # fmt: skip
    assert outcome.error is None
    return form


async def opens(at: Place, person: str = "U0MEMBER", text: str = "register") -> View:
    outcome = await at.sandbox.command(person, "/ht", text)
    assert outcome.error is None
    (form,) = outcome.views
    return form


async def delivered(at: Place, person: str) -> list[Message]:
    """
    Let the bot do what is due; return what stands in *person*'s messages of the app.
    """
    library, now = at.bot.library, at.bot.clock()

    def under_way(session: Session) -> bool:
        states = (DeliveryState.PLANNED, DeliveryState.CLAIMED, DeliveryState.SENDING)
        return any(each.next_attempt_at <= now for each in in_states(session, states, limit=99))

    await at.bot.tick()
    async with asyncio.timeout(10):
        while library.read_now(under_way):
            await at.bot.tick()
            await at.bot.sender.rested()
    await at.bot.editor.tick()
    dm = at.sandbox.workspace.dm(at.sandbox.workspace.person(person))
    return [
        message
        for message in at.sandbox.workspace.messages
        if message.channel == dm.id and message.via.startswith("chat.")
    ]


def words(view: View) -> str:
    return "\n".join(
        block.get("text", {}).get("text", "") for block in view.blocks if "text" in block
    )


def member(library: Library, person: str = "U0MEMBER") -> Any:
    return library.read_now(lambda session: find_member(session, team_id=TEAM, user_id=person))


async def test_a_member_from_the_request_to_the_lapse(door, library, clock):
    async with told(door, library, clock) as at:
        sandbox = at.sandbox
        answer = await asks(at)
        assert "waits for a coordinator" in words(answer)
        (_request,) = library.read_now(waiting)

        # Both coordinators get one message, which says nothing by itself.
        for who in (FIRST, SECOND):
            (message,) = await delivered(at, who)
            assert "Mel" not in message.text
            assert "waits for a coordinator" in message.text

        # Both open it and press: one effect, a clear sentence for the slower.
        pages = {}
        for who in (FIRST, SECOND):
            (message,) = await delivered(at, who)
            shown = await sandbox.press(who, message, "Open request 1")
            pages[who] = shown.message
            assert "Outreach lead" in shown.message.text
            assert "mel@example.org" not in shown.message.text
        pressed = await asyncio.gather(
            *(sandbox.press(who, pages[who], "Approve") for who in pages)
        )
        said = [outcome.message.text for outcome in pressed]
        assert sorted("Approved: Mel Member" in text for text in said) == [False, True]
        assert sum("Somebody else was faster" in text for text in said) == 1
        became = member(library)
        assert became.approved_by in {FIRST, SECOND}

        # The messages of both say so now, and the member is told.
        for who in (FIRST, SECOND):
            (message,) = await delivered(at, who)
            assert "decided on" in message.text
        (news,) = await delivered(at, "U0MEMBER")
        assert "Mel" not in news.text
        mine = await sandbox.press("U0MEMBER", news, "Open")
        assert "Community Violence Solutions" in mine.message.text

        # Listed for members; a seat whose roster is the coordinators' is not.
        listed = await sandbox.command("U0MEMBER", "/ht", "members")
        assert "Mel Member" in listed.message.text
        assert "HTTF" in listed.message.text
        assert "Survivor Leadership" not in listed.message.text
        seen = await sandbox.command(FIRST, "/ht", "members survivor leadership")
        assert "Mel Member" in seen.message.text
        refused = await sandbox.command("U0MEMBER", "/ht", "members survivor leadership")
        assert "Mel Member" not in refused.message.text

        # Eleven months later one tap keeps it for a year; the second changes nothing.
        clock.now = BEGAN + timedelta(days=336)
        reminder = (await delivered(at, "U0MEMBER"))[-1]
        assert "confirmation is due" in reminder.text
        before = member(library).lapses_on
        for _ in range(2):
            await sandbox.press("U0MEMBER", reminder, "I am still here")
        after = member(library).lapses_on
        assert (after - before).days == 336

        # Nobody confirms: 30, 7 and 0 days before, then it lapses and the seat is empty.
        count = len(await delivered(at, "U0MEMBER"))
        for days, more in ((-31, 0), (-30, 1), (-29, 1), (-7, 2), (0, 3), (1, 4)):
            clock.now = datetime(after.year, after.month, after.day, 20, tzinfo=UTC) + timedelta(days)  # fmt: skip
            assert len(await delivered(at, "U0MEMBER")) == count + more, days
        assert member(library).ended_as == "lapsed"
        gone = await sandbox.command("U0MEMBER", "/ht", "members")
        assert "for members of the task force" in gone.message.text
        seats = await sandbox.command(FIRST, "/ht", "members httf")
        assert "Empty seats" in seats.message.text


async def test_a_form_that_is_sent_twice_makes_one_request(library, clock):
    async with told("http", library, clock) as at:
        form = await opens(at)
        filled = {**FILLED, "other": "Agency of the Bay"}
        await at.sandbox.submit("U0MEMBER", form, filled)
        assert "waits for a coordinator" in words(form)

        replies = await asyncio.gather(*(at.sandbox.signed.replay() for _ in range(3)))

        assert all("taken once" in str(reply.payload()) for reply in replies)
        assert len(library.read_now(waiting)) == 1


async def test_errors_land_on_their_fields_and_what_was_typed_stays(library, clock):
    async with told("socket", library, clock) as at:
        form = await opens(at)
        filled = FILLED | {"phone": "12", "other": "Bay Agency"}
        await at.sandbox.submit("U0MEMBER", form, filled)
        assert list(form.errors) == ["phone"]
        assert "(925) 555-0100" in form.errors["phone"]
        assert library.read_now(waiting) == ()

        await at.sandbox.submit("U0MEMBER", form, {"phone": "925 555 0134"})

        (request,) = library.read_now(waiting)
        assert request.details.name == "Mel Member"
        assert request.details.phone == "(925) 555-0134"
        again = await opens(at)
        typed = again.body["state"]["values"]["name"]["typed"]["value"]
        assert typed == "Mel Member"


async def test_the_last_words_about_somebody_else_are_refused_with_the_card(library, clock):
    async with told("socket", library, clock) as at:
        form = await opens(at)
        filled = FILLED | {"other": "my client Jane Roe, DOB 3/4/2009"}

        await at.sandbox.submit("U0MEMBER", form, filled)

        assert "911" in words(form)
        assert "Jane" not in str(form.blocks)
        assert library.read_now(waiting) == ()


async def test_a_form_from_before_a_decision_changes_nothing(library, clock):
    async with told("socket", library, clock) as at:
        await asks(at)
        stale = await opens(at)
        listed = await at.sandbox.command(FIRST, "/ht", "registrations 1")
        await at.sandbox.press(FIRST, listed.message, "Approve")

        await at.sandbox.submit("U0MEMBER", stale, {"title": "Something else"})

        assert "nothing was stored" in words(stale)
        assert library.read_now(waiting) == ()
        assert member(library).details.title == "Outreach lead"


async def test_an_approval_of_what_was_changed_meanwhile_is_none(library, clock):
    async with told("socket", library, clock) as at:
        await asks(at)
        listed = await at.sandbox.command(FIRST, "/ht", "registrations 1")
        await asks(at, title="Director")

        pressed = await at.sandbox.press(FIRST, listed.message, "Approve")

        assert "changed meanwhile" in pressed.message.text
        assert member(library) is None


async def test_nobody_approves_their_own(library, clock):
    async with told("socket", library, clock) as at:
        await asks(at, FIRST)

        own = await at.sandbox.command(FIRST, "/ht", "registrations approve 1")

        assert "Nobody decides on their own" in own.message.text
        assert await delivered(at, FIRST) == []
        assert len(await delivered(at, SECOND)) == 1


async def test_a_question_is_answered_in_the_form(library, clock):
    async with told("socket", library, clock) as at:
        await asks(at)
        page = await at.sandbox.command(FIRST, "/ht", "registrations 1")
        asked = await at.sandbox.press(FIRST, page.message, "Ask a question")
        (form,) = asked.views
        await at.sandbox.submit(FIRST, form, {"question": "Who is your director?"})
        assert "can answer in the form" in words(form)

        (news,) = await delivered(at, "U0MEMBER")
        opened = await at.sandbox.press("U0MEMBER", news, "Open")
        (mine,) = opened.views
        assert "Who is your director?" in words(mine)
        await at.sandbox.submit("U0MEMBER", mine, {"answer": "Dana Director"})

        again = await delivered(at, SECOND)
        assert len(again) == 2
        page = await at.sandbox.command(SECOND, "/ht", "registrations 1")
        assert "Dana Director" in page.message.text


async def test_a_refusal_tells_its_reason(library, clock):
    async with told("socket", library, clock) as at:
        await asks(at)
        page = await at.sandbox.command(FIRST, "/ht", "registrations 1")
        (form,) = (await at.sandbox.press(FIRST, page.message, "Decline")).views
        await at.sandbox.submit(FIRST, form, {"reason": "Please ask through your agency's lead."})

        await delivered(at, "U0MEMBER")
        mine = await at.sandbox.command("U0MEMBER", "/ht", "me")

        assert "agency's lead" in mine.message.text
        found = library.read_now(lambda session: latest_of(session, team_id=TEAM, user_id="U0MEMBER"))  # fmt: skip
        assert found.state is RegistrationState.DECLINED


async def test_an_expired_trigger_gets_a_sentence_and_a_button(library, clock):
    async with told("socket", library, clock) as at:
        at.sandbox.endpoints.faults.add("views.open", Fault(error="expired_trigger_id"))

        outcome = await at.sandbox.command("U0MEMBER", "/ht", "register")

        assert "could not be opened" in outcome.message.text
        assert "Open the form" in buttons(outcome.message)


async def test_the_shortcut_opens_the_form(door, library, clock):
    async with told(door, library, clock) as at:
        outcome = await at.sandbox.shortcut("U0MEMBER", "register")

        (form,) = outcome.views
        assert form.body["title"]["text"] == "Register"


async def test_a_deactivated_account_ends_the_membership_and_empties_the_seat(library, clock):
    async with told("socket", library, clock) as at:
        await asks(at)
        page = await at.sandbox.command(FIRST, "/ht", "registrations 1")
        await at.sandbox.press(FIRST, page.message, "Approve")
        assert member(library).ended_at is None

        await at.sandbox.deactivate("U0MEMBER")

        assert member(library).ended_as == "deactivated"
        seats = library.read_now(lambda session: places(session, empty=True))
        assert {place.ref for place in seats} == set(FILLED["groups"])
        assert all(place.emptied_at == BEGAN for place in seats)


async def test_a_private_contact_is_opened_in_the_open(library, clock):
    async with told("socket", library, clock) as at:
        await asks(at)
        page = await at.sandbox.command(FIRST, "/ht", "registrations 1")
        await at.sandbox.press(FIRST, page.message, "Approve")
        await delivered(at, "U0MEMBER")

        look = await at.sandbox.command(SECOND, "/ht", "whois @member")
        assert "mel@example.org" not in look.message.text
        opened = await at.sandbox.press(SECOND, look.message, "Open the contact")
        assert "mel@example.org" in opened.message.text

        told_of = (await delivered(at, "U0MEMBER"))[-1]
        assert "opened your work contact" in told_of.text
        mine = await at.sandbox.press("U0MEMBER", told_of, "Open")
        assert "your work contact was opened" in mine.message.text


async def test_an_account_deactivated_while_the_bot_was_away_is_found(library, clock):
    async with told("socket", library, clock) as at:
        await asks(at)
        page = await at.sandbox.command(FIRST, "/ht", "registrations 1")
        await at.sandbox.press(FIRST, page.message, "Approve")
        gone = at.sandbox.workspace.person("U0MEMBER")
        at.sandbox.workspace.deactivate(gone)  # and nobody says so
        looking = Accounts(
            library=library, client=at.bot.client, identity=at.bot.identity, clock=clock,
            every_seconds=0,
        )  # fmt: skip

        for _ in range(4):  # the two coordinators, the member, and round again
            await looking.tick()

        assert member(library).ended_as == "deactivated"


async def test_with_no_coordinator_an_administrator_by_settings_is_told(library, clock):
    async with workspace() as sandbox, bot_behind("http", sandbox, library, clock=clock) as at:
        answer = await asks(at)

        assert "You are told" in words(answer)
        (message,) = await delivered(at, "U0ADMIN")
        assert "waits for a coordinator" in message.text
