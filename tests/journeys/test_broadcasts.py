"""
The story of a broadcast: drafted, previewed, tested, approved by another, sent, followed,
read, corrected, ended; and of those who press at once.
"""

import asyncio
from datetime import UTC, datetime, timedelta

import pytest
from sqlmodel import select

from bot.sandbox.people import TEAM
from storage import models
from storage.broadcast_progress import progress
from storage.broadcasts import BroadcastState, broadcasts, find_broadcast
from storage.people import RoleName, grant, revoke
from storage.preferences import Preference, prefer
from storage.session import Session
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
    corrected,
    drafted,
    inbox,
    pressed,
    settled,
    start_and_pause,
    state,
    told,
    words,
)
from tests.workshop import DOORS, buttons


@pytest.fixture
def clock() -> Moving:
    return Moving()


@pytest.mark.parametrize("door", DOORS)
async def test_a_broadcast_from_the_draft_to_the_sheet(door, library, clock):
    async with told(library, clock, door) as at:
        preview = await drafted(at, to=(HTTF, MDT), audience=[HTTF, MDT], wishes=["ack"])
        assert "5 people" in words(preview)
        assert "We meet on Monday." in words(preview)
        assert "second coordinator" in words(preview)

        # To its sender alone first.
        await pressed(at, CORA, preview, "Test: send it to me alone")
        await settled(at)
        (test,) = inbox(at, CORA)
        assert test.text.startswith("Test, to you alone.")
        assert "Monday" not in test.text
        assert inbox(at, MEL) == []

        # It crosses collaboratives: another coordinator decides, never its sender.
        page = await asked(at, CORA, "broadcasts 1")
        assert "waits for a second coordinator" in await pressed(at, CORA, page, "Ask a second coordinator")  # fmt: skip
        own = await asked(at, CORA, "broadcasts approve 1")
        assert "Nobody approves their own" in own.text
        await settled(at)
        (waiting,) = inbox(at, SOL)
        assert "Monday" not in waiting.text
        opened = await at.sandbox.press(SOL, waiting, "Open")
        await pressed(at, SOL, opened.message, "Approve")
        await settled(at)
        assert state(library) is BroadcastState.SENT
        assert "decided on" in inbox(at, SOL)[0].text

        # Its readers get a neutral word, and the text one press away; one of them reads it.
        for who in (MEL, *READERS):
            (message,) = inbox(at, who)
            assert message.text == "Message from your coordinator."
        (message,) = inbox(at, MEL)
        read = await at.sandbox.press(MEL, message, "Read it")
        assert "We meet on Monday." in read.message.text
        assert "Name U0COORD" in read.message.text
        assert "HTTF" in read.message.text
        await at.sandbox.press(MEL, read.message, "I have read it")
        again = await asked(at, MEL, "message read 1")
        assert "You said that you read it" in again.text

        # Its sender sees how it goes, in one message.
        clock.now += timedelta(seconds=4)
        await settled(at)
        (live,) = (each for each in inbox(at, CORA) if each.text.startswith("Broadcast 1:"))
        assert "5 of 5 sent" in live.text
        assert "1 have read it" in live.text

        # Whoever reads it later is counted there as well.
        clock.now += timedelta(hours=5)
        await asked(at, READERS[0], "message read 1")
        await settled(at)
        (live,) = (each for each in inbox(at, CORA) if each.text.startswith("Broadcast 1:"))
        assert "2 have read it" in live.text

        # Those who have not said so are told once more.
        page = await asked(at, CORA, "broadcasts 1")
        assert "Reminding 3" in await pressed(at, CORA, page, "Remind those who have not read it")
        await settled(at)
        assert len(inbox(at, MEL)) == 1
        assert [len(inbox(at, who)) for who in READERS] == [1, 2, 2]

        # What was wrong is made right where it stands, and leaves a trace.
        preview = await corrected(at, "We meet on Tuesday.")
        assert "We meet on Tuesday." in words(preview)
        assert "written into 8 messages" in words(preview)
        await pressed(at, CORA, preview, "Ask a second coordinator")
        await settled(at)
        read = await at.sandbox.press(MEL, inbox(at, MEL)[0], "Read it")
        assert "We meet on Monday." in read.message.text
        (_, waiting) = inbox(at, SOL)
        opened = await at.sandbox.press(SOL, waiting, "Open")
        assert "We meet on Tuesday." in opened.message.text
        await pressed(at, SOL, opened.message, "Approve the correction")
        await settled(at)
        assert {each.text for who in READERS for each in inbox(at, who)} == {"Message from your coordinator, corrected."}  # fmt: skip
        read = await at.sandbox.press(MEL, inbox(at, MEL)[0], "Read it")
        assert "We meet on Tuesday." in read.message.text
        assert "It said before: We meet on Monday." in read.message.text

        page = await asked(at, CORA, "broadcasts 1")
        await at.sandbox.press(CORA, page, "Who got it, as a sheet")
        seen = at.sandbox.workspace.messages
        (file,) = [each for message in seen for each in message.files]
        sheet = (file.content or b"").decode("utf-8-sig").splitlines()
        assert len(sheet) == 6
        assert sum(line.endswith(",corrected") for line in sheet) == 5
        assert sum("Mar 02, 2026" in line.split(",", 4)[-1] for line in sheet) >= 1


async def test_few_of_one_collaborative_need_nobody_else(library, clock):
    async with told(library, clock) as at:
        preview = await drafted(at)

        assert "goes out" in await pressed(at, CORA, preview, "Send to 5")
        await settled(at)

        assert state(library) is BroadcastState.SENT
        assert all(len(inbox(at, who)) == 1 for who in (MEL, *READERS))


@pytest.mark.parametrize("text", ["@channel come", "hello <!here>", "@everyone", "hi <@U0MEMBER>"])
async def test_nobody_is_called_from_inside_a_broadcast(library, clock, text):
    async with told(library, clock) as at:
        outcome = await at.sandbox.command(CORA, "/ht", "broadcast")
        (form,) = outcome.views
        await at.sandbox.suggest(CORA, form, "typed", "httf", block_id="audience")

        await at.sandbox.submit(CORA, form, {"text": text, "audience": [HTTF]})

        assert "text" in form.errors
        assert library.read_now(lambda session: broadcasts(session)) == ()


async def test_a_clients_details_are_refused_and_a_number_only_asks(library, clock):
    async with told(library, clock) as at:
        plain = await drafted(at)
        assert "work contact" not in words(plain)
        form = (await at.sandbox.command(CORA, "/ht", "broadcast")).views[0]
        await at.sandbox.suggest(CORA, form, "typed", "httf", block_id="audience")
        await at.sandbox.submit(CORA, form, {"text": "Call 925 555 0134 or a@example.org.", "audience": [HTTF]})  # fmt: skip
        assert "Is that a work contact?" in words(form)

        form = (await at.sandbox.command(CORA, "/ht", "broadcast")).views[0]
        await at.sandbox.suggest(CORA, form, "typed", "httf", block_id="audience")
        await at.sandbox.submit(CORA, form, {"text": "My client Jane Roe, DOB 3/4/2009, moved.", "audience": [HTTF]})  # fmt: skip
        assert "911" in words(form)
        assert "Jane" not in str(form.blocks)


async def test_pressed_at_once_each_thing_happens_once(library, clock):
    async with told(library, clock) as at:
        await drafted(at, to=(HTTF, MDT), audience=[HTTF, MDT])
        pages = [await asked(at, CORA, "broadcasts 1") for _ in range(2)]
        await asyncio.gather(*(at.sandbox.press(CORA, page, "Ask a second coordinator") for page in pages))  # fmt: skip
        assert state(library) is BroadcastState.WAITING

        page = await asked(at, SOL, "broadcasts 1")
        admin = await asked(at, "U0ADMIN", "broadcasts 1")
        said = await asyncio.gather(
            pressed(at, SOL, page, "Approve"),
            pressed(at, "U0ADMIN", admin, "Approve"),
            pressed(at, CORA, await asked(at, CORA, "broadcasts 1"), "End it"),
        )
        now = state(library)
        assert sum("your press changed nothing" in text for text in said) in {1, 2}
        await settled(at)

        got = [len(inbox(at, who)) for who in (MEL, *READERS)]
        assert got in ([0] * 4, [1] * 4)
        assert (now is BroadcastState.ABORTED) == (got == [0] * 4)


async def test_paused_it_waits_and_ended_it_stops(library, clock):
    async with told(library, clock) as at:
        await drafted(at, day="2026-03-02", time="12:00")
        await asked(at, CORA, "broadcasts send 1")
        await settled(at)
        assert inbox(at, MEL) == []  # it is 10:00 there
        clock.now += timedelta(hours=3)
        library.write_now(lambda session: start_and_pause(session, clock()))
        await settled(at)
        assert inbox(at, MEL) == []

        page = await asked(at, CORA, "broadcasts 1")
        assert "Paused." in page.text
        await pressed(at, CORA, page, "Go on")
        await settled(at)
        assert len(inbox(at, MEL)) == 1

        await drafted(at)
        await asked(at, CORA, "broadcasts send 2")
        library.write_now(lambda session: start_and_pause(session, clock(), number=2))
        page = await asked(at, CORA, "broadcasts 2")
        assert "End broadcast 2?" in await pressed(at, CORA, page, "End it")
        await asked(at, CORA, "broadcasts abort 2 yes")
        await settled(at)
        assert len(inbox(at, MEL)) == 1
        assert state(library, 2) is BroadcastState.ABORTED


async def test_who_left_muted_or_is_gone_by_then_gets_none_and_it_is_said(library, clock):
    async with told(library, clock) as at:
        preview = await drafted(at, wishes=["ack"])
        leaver, muter, gone = READERS
        left = await asked(at, leaver, "me leave yes")
        assert "You have left" in left.text
        library.write_now(lambda session: prefer(session, muter, Preference(muted=True), kind="broadcast"))  # fmt: skip
        await at.sandbox.deactivate(gone)

        await pressed(at, CORA, preview, "Send to 5")
        await settled(at)

        assert [len(inbox(at, who)) for who in (MEL, leaver, muter, gone)] == [1, 0, 0, 0]
        found = library.read_now(lambda session: progress(session, find_broadcast(session, 1)))
        assert (found.people, found.sent, found.skipped) == (3, 2, 1)
        page = await asked(at, CORA, "broadcasts 1")
        assert "wants none of this kind" in page.text


async def test_who_leaves_while_it_is_sent_gets_none(library, clock):
    async with told(library, clock) as at:
        preview = await drafted(at)
        await pressed(at, CORA, preview, "Send to 5")
        library.write_now(lambda session: start_and_pause(session, clock()))
        await asked(at, READERS[0], "me leave yes")
        await at.sandbox.deactivate(READERS[1])
        await asked(at, CORA, "broadcasts resume 1")
        await settled(at)

        assert [len(inbox(at, who)) for who in (MEL, *READERS)] == [1, 0, 0, 1]


async def test_an_emergency_goes_through_mutes_and_says_so(library, clock):
    async with told(library, clock) as at:
        library.write_now(lambda session: prefer(session, MEL, Preference(muted=True), kind="broadcast"))  # fmt: skip
        refused = await asked(at, CORA, "emergency")
        assert "administrators" in refused.text

        preview = await drafted(at, "U0ADMIN", "emergency")
        await pressed(at, "U0ADMIN", preview, "Send to 5")
        await settled(at)

        (message,) = inbox(at, MEL)
        assert "goes through mutes and quiet hours" in message.text
        assert "Monday" not in message.text
        told_of = await asked(at, CORA, "audit")
        assert "mergency" in told_of.text or "roadcast" in told_of.text


async def test_it_repeats_at_the_same_wall_time_until_it_is_ended(library, clock):
    async with told(library, clock) as at:
        await drafted(at, day="2026-03-02", time="12:00", repeat="weekly")
        await asked(at, CORA, "broadcasts send 1")
        for weeks, count in ((0, 1), (1, 2), (2, 3)):
            # Noon in California is 20:00 UTC, and 19:00 from March 8th on.
            day = datetime(2026, 3, 2, 20 if weeks == 0 else 19, tzinfo=UTC) + timedelta(
                weeks=weeks
            )
            clock.now = day - timedelta(minutes=1)
            await settled(at)
            assert len(inbox(at, MEL)) == count - 1, weeks
            clock.now = day
            await settled(at)
            assert len(inbox(at, MEL)) == count, weeks
            clock.now = day + timedelta(minutes=5)
            await settled(at)
        await asked(at, CORA, "broadcasts abort 1 yes")
        clock.now = day + timedelta(weeks=2)
        await settled(at)
        assert len(inbox(at, MEL)) == 3


async def test_a_channel_that_is_read_from_outside_gets_nothing_of_it(library, clock):
    async with told(library, clock) as at:
        outcome = await at.sandbox.command(CORA, "/ht", "broadcast")
        (form,) = outcome.views
        await at.sandbox.submit(CORA, form, {"text": "For us alone.", "channel": "C0SHARED"})
        await asked(at, CORA, "broadcasts send 1")
        await approved(at)
        await settled(at)

        posted = [each for each in at.sandbox.workspace.messages if each.channel == "C0SHARED"]
        assert posted == []
        page = await asked(at, CORA, "broadcasts 1")
        assert "read from outside" in page.text
        assert buttons(page)


async def test_whoever_left_since_reads_it_no_more(library, clock):
    async with told(library, clock) as at:
        await pressed(at, CORA, await drafted(at), "Send to 5")
        await settled(at)
        assert "We meet on Monday." in (await asked(at, MEL, "message 1")).text

        await asked(at, MEL, "me leave yes")

        assert "no such message for you" in (await asked(at, MEL, "message 1")).text
        assert "None." in (await asked(at, MEL, "message")).text


async def test_what_a_channel_did_not_get_is_not_read_for_it(library, clock):
    async with told(library, clock) as at:
        outcome = await at.sandbox.command(CORA, "/ht", "broadcast")
        (form,) = outcome.views
        await at.sandbox.submit(CORA, form, {"text": "For us alone.", "channel": "C0SHARED"})
        await asked(at, CORA, "broadcasts send 1")
        await approved(at)
        await settled(at)

        assert "no such message for you" in (await asked(at, MEL, "message 1")).text


async def test_a_correction_calls_nobody_either(library, clock):
    async with told(library, clock) as at:
        await pressed(at, CORA, await drafted(at), "Send to 5")
        await settled(at)
        page = await asked(at, CORA, "broadcasts 1")
        (form,) = (await at.sandbox.press(CORA, page, "Correct it")).views

        await at.sandbox.submit(CORA, form, {"text": "@channel come"})

        assert "text" in form.errors


async def test_who_is_no_administrator_any_more_reminds_nobody_of_an_emergency(library, clock):
    async with told(library, clock) as at:
        preview = await drafted(at, "U0ADMIN", "emergency", wishes=["ack"])
        await pressed(at, "U0ADMIN", preview, "Send to 5")
        await settled(at)
        library.write_now(lambda session: _signed_by(session, CORA))

        assert "administrators" in (await asked(at, CORA, "broadcasts remind 1")).text


def _signed_by(session: Session, user_id: str) -> None:
    for row in session.exec(select(models.Broadcast)):
        row.sender = user_id


async def test_what_was_stopped_on_its_way_waits_as_long_as_the_rest(library, clock):
    async with told(library, clock) as at:
        await pressed(at, CORA, await drafted(at), "Send to 5")
        library.write_now(lambda session: start_and_pause(session, clock()))
        library.write_now(lambda session: _on_its_way(session, clock()))
        for _ in range(3):
            await settled(at)
            clock.now += timedelta(hours=20)
        await asked(at, CORA, "broadcasts resume 1")
        await settled(at)

        assert [len(inbox(at, who)) for who in (MEL, *READERS)] == [1] * 4


def _on_its_way(session: Session, now: datetime) -> None:
    # As one is that was claimed before the pause, and put off by it.
    for row in session.exec(select(models.Delivery).where(models.Delivery.recipient == MEL)):
        row.next_attempt_at = now


async def test_a_text_full_of_marks_is_corrected_whole(library, clock):
    async with told(library, clock) as at:
        marks = "R&D <-> Q&A " * 150
        preview = await drafted(at, text=marks, wishes=["harmless"])
        await pressed(at, CORA, preview, "Send to 5")
        await settled(at)
        await pressed(at, CORA, await corrected(at, f"{marks}Tuesday"), "Correct 5 messages")
        await settled(at)

        assert len(inbox(at, MEL)) == 1
        assert "Tuesday" in inbox(at, MEL)[0].text


async def test_its_sender_is_told_of_a_no_and_reads_why(library, clock):
    async with told(library, clock) as at:
        preview = await drafted(at, to=(HTTF, MDT), audience=[HTTF, MDT])
        await pressed(at, CORA, preview, "Ask a second coordinator")
        page = await asked(at, SOL, "broadcasts 1")
        (form,) = (await at.sandbox.press(SOL, page, "Say no")).views
        await at.sandbox.submit(SOL, form, {"reason": "Too early."})
        await settled(at)

        (message,) = inbox(at, CORA)
        assert message.text == "A second coordinator said no to your broadcast."
        opened = await at.sandbox.press(CORA, message, "Open")
        assert "Too early." in opened.message.text


async def test_an_emergency_repeats_no_longer_than_its_sender_is_an_administrator(library, clock):
    async with told(library, clock) as at:
        library.write_now(lambda session: grant(session, team_id=TEAM, user_id=CORA, role=RoleName.ADMIN, granted_by="t", now=NOW))  # fmt: skip
        preview = await drafted(at, CORA, "emergency", repeat="daily")
        await pressed(at, CORA, preview, "Send to 5")
        await settled(at)
        library.write_now(lambda session: revoke(session, team_id=TEAM, user_id=CORA, role=RoleName.ADMIN))  # fmt: skip
        clock.now += timedelta(days=1, minutes=1)
        await settled(at)

        assert len([each for each in inbox(at, MEL) if "Urgent" in each.text]) == 1
        assert state(library) is BroadcastState.ABORTED
