"""
Who may read what stands in a channel, and who may say yes to what: and who is told.
"""

from datetime import timedelta

import pytest

from bot.sandbox.people import TEAM
from storage.broadcast_approvals import set_approval_above
from storage.broadcasts import BroadcastState, find_broadcast
from storage.details import Details
from storage.members import admit
from storage.people import RoleName, grant
from tests.journeys.telling import (
    CORA,
    HTTF,
    MDT,
    MEL,
    NOW,
    READERS,
    SOL,
    Moving,
    approved,
    asked,
    drafted,
    inbox,
    pressed,
    settled,
    stands_in_many,
    state,
    told,
    words,
)
from tests.workshop import DOORS, buttons

SCOPED = READERS[0]
NONE = "no such message for you"


@pytest.fixture
def clock() -> Moving:
    return Moving()


async def posted(at, channel="C0GENERAL"):
    """
    Let a broadcast be posted in a channel; return its message there.
    """
    (form,) = (await at.sandbox.command(CORA, "/ht", "broadcast")).views
    await at.sandbox.submit(CORA, form, {"text": "For the channel alone.", "channel": channel})
    await asked(at, CORA, "broadcasts send 1")
    await approved(at)
    await settled(at)
    (message,) = (
        each
        for each in at.sandbox.workspace.messages
        if each.channel == channel and each.via == "chat.postMessage"
    )
    return message


@pytest.mark.parametrize("door", DOORS)
async def test_what_stands_in_a_channel_is_read_there_alone(door, library, clock):
    async with told(library, clock, door) as at:
        here, elsewhere = at.sandbox.workspace.channel("C0GENERAL"), "C0PRIVATE"
        at.sandbox.workspace.channel(elsewhere).members.add(MEL)
        message = await posted(at)

        # In it: by the button, or typed.
        pressed_there = await at.sandbox.press(MEL, message, "Read it")
        assert "For the channel alone." in pressed_there.message.text
        assert "it was posted in this channel" in pressed_there.message.text
        typed = await at.sandbox.command(MEL, "/ht", "message 1", channel="C0GENERAL")
        assert "For the channel alone." in typed.message.text

        # Anywhere else nobody knows that they are in it.
        here.members.discard(MEL)
        dm = str(at.sandbox.workspace.dm(at.sandbox.workspace.person(MEL)).id)
        for channel in (elsewhere, dm):
            for text in ("message 1", "message read 1"):
                outcome = await at.sandbox.command(MEL, "/ht", text, channel=channel)
                assert "For the channel" not in outcome.message.text
                assert NONE in outcome.message.text
                assert "type `/ht message 1` in that channel" in outcome.message.text
        # As of what is not there at all.
        nothing = await at.sandbox.command(MEL, "/ht", "message 77", channel=elsewhere)
        assert nothing.message.text == outcome.message.text.replace("message 1", "message 77")


async def test_who_sent_approved_or_coordinates_goes_on_reading_it(library, clock):
    async with told(library, clock) as at:
        await posted(at, "C0PRIVATE")

        for who in (CORA, SOL, "U0ADMIN"):
            dm = str(at.sandbox.workspace.dm(at.sandbox.workspace.person(who)).id)
            for text in ("message 1", "broadcasts 1"):
                outcome = await at.sandbox.command(who, "/ht", text, channel=dm)
                assert "For the channel alone." in outcome.message.text


async def test_who_is_no_member_of_the_task_force_reads_it_nowhere(library, clock):
    async with told(library, clock) as at:
        message = await posted(at)
        await asked(at, MEL, "me leave yes")

        outcome = await at.sandbox.press(MEL, message, "Read it")

        assert NONE in outcome.message.text


async def test_a_coordinator_of_something_else_does_not_say_yes(library, clock):
    async with told(library, clock) as at:
        library.write_now(lambda session: grant(session, team_id=TEAM, user_id=SCOPED, role=RoleName.COORDINATOR, scope="coalition", granted_by="t", now=NOW))  # fmt: skip
        preview = await drafted(at, to=(HTTF, MDT), audience=[HTTF, MDT])
        await pressed(at, CORA, preview, "Ask a second coordinator")
        await settled(at)

        assert inbox(at, SCOPED) == []
        page = await asked(at, SCOPED, "broadcasts 1")
        assert "beyond what you coordinate" in page.text
        assert not {"Approve", "Say no"} & set(buttons(page))
        for text in ("broadcasts approve 1 1", "broadcasts approve 1", "broadcasts decline 1"):
            assert "beyond what you coordinate" in (await asked(at, SCOPED, text)).text
        assert state(library) is BroadcastState.WAITING


async def test_a_coordinator_of_another_collaborative_of_it_says_yes(library, clock):
    async with told(library, clock) as at:
        library.write_now(lambda session: grant(session, team_id=TEAM, user_id=SCOPED, role=RoleName.COORDINATOR, scope="ht-mdt", granted_by="t", now=NOW))  # fmt: skip
        preview = await drafted(at, to=(HTTF, MDT), audience=[HTTF, MDT])
        await pressed(at, CORA, preview, "Ask a second coordinator")
        await settled(at)

        (waiting,) = inbox(at, SCOPED)
        opened = await at.sandbox.press(SCOPED, waiting, "Open")
        assert "goes out when it is due" in await pressed(at, SCOPED, opened.message, "Approve")


async def test_nothing_is_approved_unseen(library, clock):
    async with told(library, clock) as at:
        preview = await drafted(at, to=(HTTF, MDT), audience=[HTTF, MDT])
        await pressed(at, CORA, preview, "Ask a second coordinator")

        shown = await asked(at, SOL, "broadcasts approve 1")
        assert "Please look at it first." in shown.text
        assert "We meet on Monday." in shown.text
        assert state(library) is BroadcastState.WAITING

        # It was changed since they looked.
        (form,) = (await at.sandbox.command(CORA, "/ht", "broadcast edit 1")).views
        await at.sandbox.submit(CORA, form, {"text": "We meet on Friday."})
        await asked(at, CORA, "broadcasts send 1")
        refused = await pressed(at, SOL, shown, "Approve")
        assert "your press changed nothing" in refused
        assert "We meet on Friday." in refused
        assert state(library) is BroadcastState.WAITING

        await approved(at)
        assert "your press changed nothing" in (await asked(at, SOL, "broadcasts approve 1")).text


async def test_a_sender_is_told_that_it_has_grown_and_waits(library, clock):
    async with told(library, clock) as at:
        library.write_now(lambda session: set_approval_above(session, 5, by="t", now=NOW))
        preview = await drafted(at, day="2026-03-02", time="12:00")
        await pressed(at, CORA, preview, "Schedule for 5")
        library.write_now(lambda session: admit(session, team_id=TEAM, user_id=SOL, details=Details(name="Sol", organization_id=1, title="x"), groups=(HTTF,), seat_user_id=SOL, by="t", now=NOW))  # fmt: skip
        clock.now += timedelta(hours=3)
        await settled(at)

        assert state(library) is BroadcastState.WAITING
        (message,) = inbox(at, CORA)
        assert "has grown since you sent it: it waits for a second coordinator" in message.text
        opened = await at.sandbox.press(CORA, message, "Open")
        assert "Needs: a second coordinator" in opened.message.text

        await approved(at)
        await settled(at)
        assert state(library) is BroadcastState.SENT
        assert "decided on" in inbox(at, CORA)[0].text


async def test_a_preview_says_that_its_time_has_passed(library, clock):
    async with told(library, clock) as at:
        preview = await drafted(at, day="2026-03-02", time="12:00")
        assert "has passed" not in words(preview)
        clock.now += timedelta(hours=3)

        late = await asked(at, CORA, "broadcasts 1")

        assert "The time that was chosen has passed: sent now, it goes out at once." in late.text
        assert "Send to 5" in buttons(late)


async def test_who_approves_reads_that_its_time_has_passed(library, clock):
    async with told(library, clock) as at:
        preview = await drafted(at, to=(HTTF, MDT), audience=[HTTF, MDT], day="2026-03-02", time="12:00")  # fmt: skip
        await pressed(at, CORA, preview, "Ask a second coordinator")
        assert "has passed" not in (await asked(at, SOL, "broadcasts 1")).text
        clock.now += timedelta(hours=3)

        assert "passed: approved now, it goes out at once." in (await asked(at, SOL, "broadcasts 1")).text  # fmt: skip


async def test_reminders_are_paused_and_ended_from_the_page(library, clock):
    async with told(library, clock) as at:
        await pressed(at, CORA, await drafted(at, wishes=["ack"]), "Send to 5")
        await settled(at)
        clock.now += timedelta(minutes=1)
        await asked(at, CORA, "broadcasts remind 1")

        page = await asked(at, CORA, "broadcasts 1")
        assert "Reminders still to go: 5." in page.text
        paused = await at.sandbox.press(CORA, page, "Pause the reminders")
        assert "Reminders still to go: 5, paused." in paused.message.text
        await settled(at)
        assert [len(inbox(at, who)) for who in (MEL, *READERS)] == [1] * 4
        assert "paused" in (await asked(at, CORA, "broadcasts remind 1")).text

        sure = await at.sandbox.press(CORA, paused.message, "End the reminders")
        assert "5 would not be reminded." in sure.message.text
        await pressed(at, CORA, sure.message, "Yes, end it")
        await settled(at)
        assert [len(inbox(at, who)) for who in (MEL, *READERS)] == [1] * 4
        assert state(library) is BroadcastState.SENT


async def test_a_test_of_what_was_thrown_away_does_not_come(library, clock):
    async with told(library, clock) as at:
        preview = await drafted(at)
        await pressed(at, CORA, preview, "Test: send it to me alone")
        await asked(at, CORA, "broadcasts abort 1")
        await settled(at)

        assert inbox(at, CORA) == []
        assert "It was ended" in (await asked(at, CORA, "broadcasts test 1")).text


async def test_how_it_goes_is_told_while_a_correction_is_written_into_many(library, clock):
    async with told(library, clock) as at:
        await drafted(at, wishes=["ack"])
        await asked(at, CORA, "broadcasts send 1")
        await settled(at)
        found = library.read_now(lambda session: find_broadcast(session, 1))
        assert found.state is BroadcastState.SENT
        # More than an editor's tick takes wait to be written before the status changes.
        library.write_now(lambda session: stands_in_many(session, clock()))
        (form,) = (await at.sandbox.press(CORA, await asked(at, CORA, "broadcasts 1"), "Correct it")).views  # fmt: skip
        await at.sandbox.submit(CORA, form, {"text": "We meet on Tuesday."})
        await pressed(at, CORA, form, "Correct 65 messages")
        await at.bot.tick()

        clock.now += timedelta(seconds=4)
        await asked(at, MEL, "message read 1")
        await at.bot.tick()

        (live,) = (each for each in inbox(at, CORA) if each.text.startswith("Broadcast 1:"))
        assert "1 have read it" in live.text
        assert "still to be changed" in live.text
