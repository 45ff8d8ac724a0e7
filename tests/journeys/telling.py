"""
A workspace with two coordinators and members, where broadcasts are told.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import Any

from bot.library import Library
from bot.sandbox.people import TEAM, Person
from bot.sandbox.workspace import Message, View
from storage import models
from storage.broadcast_runs import start_due
from storage.broadcast_stops import pause
from storage.broadcasts import BroadcastState, find_broadcast
from storage.deliveries import DeliveryState, in_states
from storage.details import Details
from storage.members import admit
from storage.people import RoleName, grant
from storage.session import Session
from tests.workshop import Place, bot_behind, workspace

NOW = datetime(2026, 3, 2, 18, tzinfo=UTC)
CORA, SOL, MEL = "U0COORD", "U0COORD2", "U0MEMBER"
READERS = tuple(f"U0READER{number}" for number in range(3))
HTTF, MDT = "collaborative:httf", "collaborative:ht-mdt"


class Moving:
    """
    A clock that stands where it is put.
    """

    def __init__(self, now: datetime = NOW) -> None:
        self.now = now

    def __call__(self) -> datetime:
        return self.now


@asynccontextmanager
async def told(library: Library, clock: Moving, door: str = "http") -> AsyncIterator[Place]:
    async with workspace() as sandbox:
        for id in (SOL, *READERS):
            sandbox.workspace.people[id] = Person(
                id=id, name=id.lower(), real_name=id, kind="member"
            )
            sandbox.workspace.channel("C0GENERAL").members.add(id)

        def seat(session: Session) -> None:
            for id in (CORA, SOL):
                grant(session, team_id=TEAM, user_id=id, role=RoleName.COORDINATOR, granted_by="t", now=NOW)  # fmt: skip
            for id in (CORA, MEL, *READERS):
                admit(
                    session,
                    team_id=TEAM,
                    user_id=id,
                    details=Details(name=f"Name {id}", organization_id=1, title="x"),
                    groups=(HTTF,),
                    seat_user_id=id,
                    by=SOL,
                    now=NOW,
                )

        library.write_now(seat)
        async with bot_behind(door, sandbox, library, clock=clock) as at:
            yield at


async def drafted(at: Place, who: str = CORA, verb: str = "broadcast", **values: Any) -> View:
    """
    Let *who* compose a broadcast; return its preview.
    """
    outcome = await at.sandbox.command(who, "/ht", verb)
    (form,) = outcome.views
    for ref in values.pop("to", (HTTF,)):
        await at.sandbox.suggest(who, form, "typed", ref.partition(":")[2], block_id="audience")
    filled = {"text": "We meet on Monday.", "audience": [HTTF]} | values
    sent = await at.sandbox.submit(who, form, filled)
    assert sent.error is None, (sent.error, sent.detail)
    return form


async def settled(at: Place) -> None:
    """
    Let the bot do all that is due.
    """
    library, now = at.bot.library, at.bot.clock()

    def under_way(session: Session) -> bool:
        states = (DeliveryState.PLANNED, DeliveryState.CLAIMED, DeliveryState.SENDING)
        return any(each.next_attempt_at <= now for each in in_states(session, states, limit=99))

    await at.bot.tick()
    async with asyncio.timeout(15):
        while library.read_now(under_way):
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


def words(what: View) -> str:
    return "\n".join(
        block["text"]["text"] for block in what.blocks if block.get("text", {}).get("text")
    )


def state(library: Library, number: int = 1) -> BroadcastState:
    return library.read_now(lambda session: find_broadcast(session, number).state)


async def pressed(at: Place, who: str, where: Message | View, label: str) -> str:
    outcome = await at.sandbox.press(who, where, label)
    assert outcome.error is None
    return outcome.message.text if outcome.messages else words(outcome.views[-1])


async def asked(at: Place, who: str, text: str) -> Message:
    outcome = await at.sandbox.command(who, "/ht", text)
    assert outcome.error is None
    return outcome.message


def start_and_pause(session: Session, now: datetime, number: int = 1) -> None:
    start_due(session, now=now)
    pause(session, number, by=CORA, now=now)


async def approved(at: Place, who: str = SOL, number: int = 1) -> str:
    """
    Let *who* look at a broadcast that waits, and approve it.
    """
    return await pressed(at, who, await asked(at, who, f"broadcasts {number}"), "Approve")


async def corrected(at: Place, text: str, who: str = CORA, number: int = 1) -> View:
    """
    Let *who* propose a correction; return its preview.
    """
    page = await asked(at, who, f"broadcasts {number}")
    (form,) = (await at.sandbox.press(who, page, "Correct it")).views
    sent = await at.sandbox.submit(who, form, {"text": text})
    assert sent.error is None, (sent.error, sent.detail)
    return form


def stands_in_many(session: Session, now: datetime, count: int = 60) -> None:
    """
    Let the first broadcast stand in as many more messages, where nothing is there to be
    changed.
    """
    for number in range(count):
        session.add(
            models.Delivery(
                kind="broadcast",
                occasion="1.1:",
                recipient=f"U1{number:04}",
                state=DeliveryState.SENT.value,
                priority=2,
                due_at=now,
                next_attempt_at=now,
                attempts=0,
                slack_channel="C0GENERAL",
                slack_ts=f"1.{number:06}",
                payload={"broadcast": 1, "run": 1, "test": False, "again": False},
                planned_at=now,
            )
        )
