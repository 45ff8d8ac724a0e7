"""
A county restores last night's backup: nobody is told a second time what they were told since.
"""

import asyncio
from collections import Counter
from datetime import UTC, datetime, timedelta

import pytest

from bot.backups import backup_text, restore_text
from bot.sandbox.people import TEAM, Person
from storage.broadcast_approvals import approve, release
from storage.broadcasts import BroadcastState, Draft, find_broadcast, save
from storage.deliveries import DeliveryState, Plan, in_states, plan
from storage.details import Details
from storage.members import admit
from storage.people import RoleName, grant
from storage.registrations import ask
from storage.session import open_database
from tests.workshop import bot_behind, workspace

BEGAN = datetime(2026, 3, 2, 18, tzinfo=UTC)
HOUR = timedelta(hours=1)


class Moving:
    """
    A clock that stands where it is put.
    """

    def __init__(self):
        self.now = BEGAN

    def __call__(self):
        return self.now


@pytest.fixture
def clock():
    return Moving()


def people(session):
    """
    Two coordinators, a member, and somebody who asks to be one.
    """
    for who in ("U0COORD", "U0COORD2"):
        grant(session, team_id=TEAM, user_id=who, role=RoleName.COORDINATOR, granted_by="x", now=BEGAN)  # fmt: skip
    details = Details(name="Mel Member", agency="Open Door", title="Advocate")
    admit(session, team_id=TEAM, user_id="U0MEMBER", details=details, groups=(), seat_user_id=None, by="x", now=BEGAN)  # fmt: skip
    ask(session, team_id=TEAM, user_id="U0AMINA", details=details, groups=(), seat_user_id=None, now=BEGAN)  # fmt: skip


def write_broadcast(session):
    """
    To everybody, half an hour from now; a second coordinator said yes.
    """
    made = save(
        session,
        Draft(text="The room has changed.", audience=("everybody:members",), send_at=BEGAN + HOUR / 2),
        team_id=TEAM,
        sender="U0COORD",
        now=BEGAN,
    )  # fmt: skip
    release(session, made.number, by="U0COORD", version=made.version, now=BEGAN)
    approve(session, made.number, by="U0COORD2", version=made.version, now=BEGAN)
    return made.number


def waiting_message(session):
    plan(
        session,
        [Plan(kind="test", occasion="waits", recipient="U0MEMBER", due_at=BEGAN, responsible="U0COORD")],
        now=BEGAN,
    )  # fmt: skip


async def sent(at):
    """
    Let the bot do what is due; return who was told what by itself, in all.
    """
    states = (DeliveryState.PLANNED, DeliveryState.CLAIMED, DeliveryState.SENDING)

    def under_way(session):
        now = at.bot.clock()
        return any(each.next_attempt_at <= now for each in in_states(session, states, limit=99))

    await at.bot.tick()
    async with asyncio.timeout(20):
        while at.bot.library.read_now(under_way):
            await at.bot.tick()
    return sorted(
        (message.channel, message.text)
        for message in at.sandbox.workspace.messages
        if message.via.startswith("chat.postMessage")
    )


async def test_what_was_sent_after_the_backup_is_not_sent_again_after_its_restore(
    sqlite_url, open_library, clock, tmp_path
):
    async with workspace() as sandbox:
        second = Person(id="U0COORD2", name="second", real_name="Sol Second", kind="member")
        sandbox.workspace.people[second.id] = second
        library = open_library(sqlite_url)
        library.write_now(people)
        library.write_now(waiting_message)
        number = library.write_now(write_broadcast)
        assert library.read_now(lambda s: find_broadcast(s, number)).state is BroadcastState.SCHEDULED  # fmt: skip
        backup_text(library.database, tmp_path / "ht.zip", now=clock(), overwrite=False)
        async with bot_behind("http", sandbox, library, clock=clock) as at:
            clock.now = BEGAN + HOUR
            told = await sent(at)
        library.close()
        assert len(told) >= 4  # the request, the message, the broadcast, and how it goes

        clock.now = BEGAN + 2 * HOUR
        database = open_database(sqlite_url)
        said = restore_text(
            database, tmp_path / "ht.zip", now=clock(), replace=True, sent_since=True
        )
        database.dispose()
        again = open_library(sqlite_url)
        async with bot_behind("http", sandbox, again, clock=clock) as at:
            await at.bot.tick()
            clock.now += timedelta(minutes=1)  # reports wait for others for a while
            after = await sent(at)

    new = [text for _, text in (Counter(after) - Counter(told)).elements()]
    assert set(new) == {
        "A broadcast of yours came back from a backup. Look at it before more goes out.",
        "Some messages of the bot may not have arrived. Open to see which.",
    }
    assert "1 message waited then" in said
    assert "became due since then" in said
    assert f"Drafts again, because they may have gone out since: broadcast {number}" in said
