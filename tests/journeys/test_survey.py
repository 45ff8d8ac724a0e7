"""
The story of a survey: eight agencies, three of them silent and one declining, one that
corrects itself after a nudge; closed, before the gate, published by a second coordinator.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from itertools import product
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from bot.library import Library
from bot.sandbox.people import TEAM, Person
from bot.sandbox.workspace import Message, View
from commands.survey_answer import WRONG
from storage.audit import entries
from storage.custodians import Part
from storage.deliveries import DeliveryState, in_states
from storage.people import RoleName, grant
from storage.preferences import Preference, prefer
from storage.session import Session
from storage.statistics.published import drafts
from storage.surveys.cycles import CycleState, find_cycle
from tests.keeping import add_custodian
from tests.surveying import AGENCIES, rows_of
from tests.workshop import DOORS, Place, bot_behind, buttons, workspace

PACIFIC = ZoneInfo("America/Los_Angeles")
CORA, SOL = "U0COORD", "U0COORD2"
CVS, DA, FJC, IRC, JAL, LNF, STAND, ARM = OWNERS = tuple(f"U0OWNER{number}" for number in range(8))
DELEGATE = "U0DELEGATE"  # of IRC
PEOPLE = dict(zip(OWNERS, AGENCIES, strict=True))
FORM = {
    "name": "Data survey of March 2026",
    "table": "member-served",
    "starts": "2025-01-01",
    "ends": "2025-12-31",
    "opens": "2026-03-02",
    "due": "2026-03-16",
    "grace": "2026-03-27",
    "closes": "2026-03-30",
}
SAID = {
    CVS: ("185", "177", "8", "N/A"),
    DA: ("89", "73", "16", "N/A"),
    FJC: ("49", "49", "0", "0"),
}
TYPED = {"185", "177", "8", "89", "73", "16", "49", "21", "18", "17", "12", "14", "13", "1", "2"}


SOON = timedelta(seconds=60)


class Moving:
    """
    A clock that stands where it is put.
    """

    def __init__(self) -> None:
        self.now = datetime(2026, 3, 2, 10, tzinfo=PACIFIC).astimezone(UTC)

    def __call__(self) -> datetime:
        return self.now

    def put(self, month: int, day: int, hour: int = 10, minute: int = 0) -> None:
        self.now = datetime(2026, month, day, hour, minute, tzinfo=PACIFIC).astimezone(UTC)


@pytest.fixture
def clock() -> Moving:
    return Moving()


@asynccontextmanager
async def asked(library: Library, clock: Moving, door: str) -> AsyncIterator[Place]:
    async with workspace() as sandbox:
        for id in (SOL, *OWNERS, DELEGATE):
            sandbox.workspace.people[id] = Person(
                id=id, name=id.lower(), real_name=id, kind="member"
            )
            sandbox.workspace.channel("C0GENERAL").members.add(id)

        def seat(session: Session) -> None:
            for id in (CORA, SOL):
                grant(session, team_id=TEAM, user_id=id, role=RoleName.COORDINATOR, granted_by="t", now=clock.now)  # fmt: skip
            for id, agency in PEOPLE.items():
                add_custodian(session, id, of=agency, team_id=TEAM)
            add_custodian(session, DELEGATE, of=PEOPLE[IRC], part=Part.DELEGATE, team_id=TEAM)

        library.write_now(seat)
        async with bot_behind(door, sandbox, library, clock=clock) as at:
            yield at


async def settled(at: Place, clock: Moving) -> None:
    """
    Let the bot do all that is due, and what it puts off because the machine is slow.
    """
    library = at.bot.library

    def soon(session: Session) -> list[datetime]:
        states = (DeliveryState.PLANNED, DeliveryState.CLAIMED, DeliveryState.SENDING)
        until = clock.now + SOON
        return [each.next_attempt_at for each in in_states(session, states, limit=99) if each.next_attempt_at <= until]  # fmt: skip

    await at.bot.tick()
    await at.bot.closer.settled()
    async with asyncio.timeout(60):
        await at.bot.tick()
        while waiting := library.read_now(soon):
            clock.now = max(clock.now, min(waiting))
            await at.bot.tick()
            await at.bot.sender.rested()
    await at.bot.tick()


def inbox(at: Place, person: str) -> list[Message]:
    dm = at.sandbox.workspace.dm(at.sandbox.workspace.person(person))
    return [
        message
        for message in at.sandbox.workspace.messages
        if message.channel == dm.id and message.via.startswith("chat.")
    ]


def news(at: Place, person: str) -> list[str]:
    return [message.text for message in inbox(at, person)]


def nudged(at: Place, person: str) -> int:
    return news(at, person).count("A survey waits for your agency.")


def words(what: View) -> str:
    return "\n".join(
        block["text"]["text"] for block in what.blocks if block.get("text", {}).get("text")
    )


async def pressed(at: Place, who: str, where: Message | View, label: str) -> str:
    outcome = await at.sandbox.press(who, where, label)
    assert outcome.error is None, (outcome.error, outcome.detail)
    return outcome.message.text if outcome.messages else words(outcome.views[-1])


async def typed(at: Place, who: str, text: str) -> Message:
    outcome = await at.sandbox.command(who, "/ht", text)
    assert outcome.error is None, (outcome.error, outcome.detail)
    return outcome.message


async def sent(at: Place, who: str, text: str, **values: Any) -> str:
    """
    Open a form, fill it in and send it; return what is shown then.
    """
    outcome = await at.sandbox.command(who, "/ht", text)
    (form,) = outcome.views
    done = await at.sandbox.submit(who, form, values)
    assert done.error is None, (done.error, done.detail)
    return words(form)


async def answer(at: Place, who: str, *values: str, then: str = "send", number: int = 1) -> str:
    named = {f"c{at_}": value for at_, value in enumerate(values) if value}
    return await sent(at, who, f"survey answer {number}", **named, then=then)


@pytest.mark.timeout(120)
@pytest.mark.parametrize("door", DOORS)
async def test_the_whole_journey(door, library, clock):
    async with asked(library, clock, door) as at:
        # A coordinator defines it, and it opens.
        outcome = await at.sandbox.command(CORA, "/ht", "survey define")
        (form,) = outcome.views
        ids = [str(row) for row in library.read_now(rows_of).values()]
        done = await at.sandbox.submit(CORA, form, FORM | {"agencies": ids})
        assert done.error is None, (done.error, done.detail)
        assert "Saved. It opens by itself on Mar 2, 2026." in words(form)
        await settled(at, clock)
        assert {nudged(at, person) for person in OWNERS} == {1}
        assert news(at, DELEGATE) == []

        # Three answer, one declines, one saves a draft.
        opened = await pressed(at, CVS, inbox(at, CVS)[0], "Open")
        assert "Sex Trafficking" in opened
        for who, values in SAID.items():
            assert "Sent in." in await answer(at, who, *values)
        assert "Noted: your agency declines." in (await typed(at, STAND, "survey decline 1")).text
        assert "Saved. It does not count yet." in await answer(at, IRC, "21", "18", then="draft")
        clock.now += timedelta(seconds=4)
        await settled(at, clock)
        board = (await typed(at, CORA, "survey board 1")).text
        assert "Survey 1: 3 of 8 agencies have answered, 1 with a draft, 3 silent, 1 declined." in board  # fmt: skip
        assert news(at, CORA)[-1] == "Survey 1: 3 of 8 agencies have answered, 1 with a draft, 3 silent, 1 declined."  # fmt: skip

        # Due: only those who have not answered hear of it again, and one of them answers.
        clock.put(3, 16)
        await settled(at, clock)
        again = {person for person in (*OWNERS, DELEGATE) if nudged(at, person) == 2}
        assert again == {IRC, JAL, LNF, ARM}
        form_again = (await at.sandbox.command(IRC, "/ht", "survey answer 1")).views[0]
        labels = [block["label"]["text"] for block in form_again.blocks if block["type"] == "input"]
        assert labels[:4] == [
            "Total # Served (entered)",
            "Sex Trafficking (entered)",
            "Labor Trafficking (not entered)",
            "Sex & Labor Trafficking (not entered)",
        ]
        wrong = await at.sandbox.submit(IRC, form_again, {"c0": "17", "c1": "3", "c2": "12", "c3": "1", "then": "send"})  # fmt: skip
        assert wrong.body["errors"] == {"c0": WRONG}
        assert "Sent in." in await answer(at, IRC, "17", "3", "12", "2")
        # And corrects itself.
        assert "Sent in." in await answer(at, DELEGATE, "17", "", "13", "1")

        # The delegates' turn, then the coordinators'.
        for month, day in ((3, 19), (3, 24), (3, 27)):
            clock.put(month, day)
            await settled(at, clock)
        assert [nudged(at, person) for person in OWNERS] == [1, 1, 1, 2, 4, 4, 1, 4]
        assert nudged(at, DELEGATE) == 0
        assert [text for text in news(at, SOL) if "not answered" in text] == ["Agencies have not answered a survey yet."]  # fmt: skip

        # It is closed, and what becomes of it is worked out beside everything else.
        board_message = await typed(at, CORA, "survey board 1")
        asks = await pressed(at, CORA, board_message, "Close it")
        assert "Nothing came from" in asks
        closing = await pressed(at, CORA, board_message, "Yes, close it")
        assert "It takes no more answers." in closing
        await settled(at, clock)
        (table,) = library.read_now(drafts)
        assert (table.drafted_by, table.series) == (CORA, "member-served")
        for who in (CORA, SOL):
            assert news(at, who)[-1] == "A survey is closed: its figures wait for a second coordinator."  # fmt: skip

        # The closer sees the protected preview, and does not publish it.
        preview = await pressed(at, CORA, inbox(at, CORA)[-1], "Open")
        assert "Labor Trafficking: &lt;10" in preview
        assert "withheld" in preview
        own = await typed(at, CORA, f"stats approve {table.id}")
        assert "Nobody approves their own draft." in own.text

        # A second coordinator does, and every member hears of it.
        shown = await at.sandbox.press(SOL, inbox(at, SOL)[-1], "Open")
        assert "not reported" in shown.message.text
        published = await pressed(at, SOL, shown.message, f"Approve {table.id}")
        assert "is published" in published
        clock.now += timedelta(seconds=4)
        await settled(at, clock)
        for person in (*OWNERS, DELEGATE):
            assert news(at, person)[-1] == "New figures are published."
        assert news(at, CORA)[-1] == "This survey was decided on."

        # Beside the deck's 2023.
        new = await pressed(at, ARM, inbox(at, ARM)[-1], "Show them")
        assert "Calendar Year 2025" in new
        beside = await typed(at, ARM, "stats compare member-served 2023 with member-served 2025")
        assert "Total # Served, 2023" in beside.text
        assert "Total # Served, 2025" in beside.text
        assert "Family Justice Centers (CC County): Total # Served, 2023: 49 · Total # Served, 2025: 49" in beside.text  # fmt: skip
        assert "Justice At Last" in beside.text
        both = (await typed(at, ARM, "stats member-served 2023")).text
        assert "Calendar Year 2023" in both
        assert "4 of the 8 agencies that were asked reported." in new
        assert "Arm of Care: Total # Served: not reported" in new

        # Nothing that was typed was ever sent back.
        kept = library.read_now(lambda session: entries(session, limit=999))
        assert not any(set(str(each.details).split()) & TYPED for each in kept)
        cycle = library.read_now(lambda session: find_cycle(session, 1))
        assert cycle.state is CycleState.CLOSED


@pytest.mark.timeout(120)
async def test_no_nudge_out_of_hours_on_weekends_on_holidays_or_to_the_muted(library, clock):
    async with asked(library, clock, "http") as at:
        outcome = await at.sandbox.command(CORA, "/ht", "survey define")
        (form,) = outcome.views
        ids = [str(row) for row in library.read_now(rows_of).values()]
        dates = {"opens": "2026-03-28", "due": "2026-03-31", "grace": "2026-04-06", "closes": "2026-04-06"}  # fmt: skip
        await at.sandbox.submit(CORA, form, FORM | dates | {"agencies": ids})
        library.write_now(lambda session: prefer(session, JAL, Preference(muted=True), kind="surveys"))  # fmt: skip

        heard = []
        first = datetime(2026, 3, 27, tzinfo=PACIFIC)
        for days, hour in product(range(12), (8, 10, 18)):
            clock.now = (first + timedelta(days=days, hours=hour)).astimezone(UTC)
            before = {person: nudged(at, person) for person in OWNERS}
            await settled(at, clock)
            local = clock.now.astimezone(PACIFIC)
            heard += [(f"{local:%m-%d %H}", person) for person in OWNERS if nudged(at, person) > before[person]]  # fmt: skip

    # It opens on a Saturday, is due on Cesar Chavez Day; the rest goes to the coordinators.
    days = dict.fromkeys(when for when, _ in heard)
    assert list(days) == ["03-30 10", "04-01 10", "04-02 10", "04-03 10"]
    assert {person for _, person in heard} == set(OWNERS) - {JAL}


async def test_two_members_who_send_at_once_have_one_effect(library, clock):
    async with asked(library, clock, "http") as at:
        outcome = await at.sandbox.command(CORA, "/ht", "survey define")
        (form,) = outcome.views
        ids = [str(row) for row in library.read_now(rows_of).values()]
        await at.sandbox.submit(CORA, form, FORM | {"agencies": ids})
        await settled(at, clock)
        views = []
        for who in (IRC, DELEGATE):
            outcome = await at.sandbox.command(who, "/ht", "survey answer 1")
            assert outcome.views, outcome.message.text
            views += outcome.views
        values = [
            {"c0": "17", "c1": "3", "c2": "12", "c3": "2", "then": "send"},
            {"c0": "90", "c1": "90", "c2": "0", "c3": "0", "then": "send"},
        ]

        await asyncio.gather(
            *(
                at.sandbox.submit(who, view, each)
                for who, view, each in zip((IRC, DELEGATE), views, values, strict=True)
            )
        )

        ends = sorted("Sent in." in words(view) for view in views)
        assert ends == [False, True]
        assert any("Somebody of your agency changed this" in words(view) for view in views)
        acts = library.read_now(lambda session: entries(session, limit=9, acts=["survey.answered"]))
        assert len(acts) == 1
        page = (await typed(at, IRC, "survey 1")).text
        assert "Sex Trafficking: entered" in page
        assert "Send it in" not in buttons(await typed(at, IRC, "survey 1"))
