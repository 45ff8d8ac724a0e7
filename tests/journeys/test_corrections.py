"""
A broadcast that was sent is corrected: seen by a second coordinator first, written into
every message, counted; and those who press at once, too late, or end it meanwhile.
"""

import asyncio

import pytest

from bot.sandbox.faults import Fault
from storage.broadcast_corrections import CorrectionState, latest_correction
from storage.broadcasts import BroadcastState, find_broadcast
from tests.journeys.telling import (
    CORA,
    HTTF,
    MDT,
    MEL,
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
from tests.workshop import buttons

FASTER = "your press changed nothing"


@pytest.fixture
def clock() -> Moving:
    return Moving()


async def sent(at, **values):
    """
    Let a broadcast to two collaboratives be approved and sent.
    """
    preview = await drafted(at, to=(HTTF, MDT), audience=[HTTF, MDT], **values)
    await pressed(at, CORA, preview, "Ask a second coordinator")
    await approved(at)
    await settled(at)
    assert state(at.bot.library) is BroadcastState.SENT


async def proposed(at, text="Nobody approved this."):
    await pressed(at, CORA, await corrected(at, text), "Ask a second coordinator")
    await settled(at)


def correction(at):
    return at.bot.library.read_now(lambda session: latest_correction(session, 1))


async def text_of(at, who=MEL):
    return (await asked(at, who, "message 1")).text


async def live(at, clock):
    clock.now = clock.now.replace(minute=clock.now.minute + 1)
    await settled(at)
    (found,) = (each for each in inbox(at, CORA) if each.text.startswith("Broadcast 1:"))
    return found.text


async def test_until_a_second_coordinator_says_yes_readers_see_what_it_said(library, clock):
    async with told(library, clock) as at:
        await sent(at)
        await proposed(at)

        assert "Nobody approved this" not in await text_of(at)
        assert {each.text for each in inbox(at, MEL)} == {"Message from your coordinator."}
        for own in ("broadcasts approve 1", "broadcasts approve 1 correction 1"):
            assert "Nobody approves their own" in (await asked(at, CORA, own)).text
        assert "Approve the correction" not in buttons(await asked(at, CORA, "broadcasts 1"))

        page = await asked(at, SOL, "broadcasts 1")
        assert "Nobody approved this." in page.text
        assert "We meet on Monday." in page.text
        await pressed(at, SOL, page, "Approve the correction")
        await settled(at)
        assert "Nobody approved this." in await text_of(at)
        assert "corrected" in inbox(at, MEL)[0].text
        assert "decided on" in inbox(at, SOL)[-1].text


async def test_what_was_paused_goes_on_with_what_was_approved(library, clock):
    async with told(library, clock) as at:
        preview = await drafted(at, to=(HTTF, MDT), audience=[HTTF, MDT])
        await pressed(at, CORA, preview, "Ask a second coordinator")
        await approved(at)
        library.write_now(lambda session: start_and_pause(session, clock()))
        await proposed(at)

        await asked(at, CORA, "broadcasts resume 1")
        await settled(at)

        assert "We meet on Monday." in await text_of(at)


async def test_after_a_no_nothing_has_changed_and_its_sender_reads_why(library, clock):
    async with told(library, clock) as at:
        await sent(at)
        await proposed(at)
        page = await asked(at, SOL, "broadcasts 1")
        (form,) = (await at.sandbox.press(SOL, page, "Say no to the correction")).views
        await at.sandbox.submit(SOL, form, {"reason": "It was right."})
        await settled(at)

        assert "We meet on Monday." in await text_of(at)
        message = inbox(at, CORA)[-1]
        assert message.text == "A second coordinator said no to your correction of a broadcast."
        opened = await at.sandbox.press(CORA, message, "Open")
        assert "It was right." in opened.message.text
        # The same page, pressed again by whoever still has it open.
        assert FASTER in await pressed(at, SOL, page, "Approve the correction")
        assert "We meet on Monday." in await text_of(at)


async def test_of_two_who_approve_at_once_the_second_changes_nothing(library, clock):
    async with told(library, clock) as at:
        await sent(at)
        await proposed(at)
        pages = {who: await asked(at, who, "broadcasts 1") for who in (SOL, "U0ADMIN")}

        said = await asyncio.gather(
            *(pressed(at, who, page, "Approve the correction") for who, page in pages.items())
        )

        assert sum(FASTER in text for text in said) == 1
        await settled(at)
        before = library.read_now(lambda session: find_broadcast(session, 1).corrections)
        assert [each["before"] for each in before] == ["We meet on Monday."]


async def test_a_button_of_what_was_replaced_or_taken_back_says_so(library, clock):
    async with told(library, clock) as at:
        await sent(at)
        await proposed(at, "We meet on Tuesday.")
        old = await asked(at, SOL, "broadcasts 1")
        await proposed(at, "We meet on Friday.")

        shown = await pressed(at, SOL, old, "Approve the correction")
        assert FASTER in shown
        assert "We meet on Friday." in shown  # what waits now
        (form,) = (await at.sandbox.press(SOL, await asked(at, SOL, "broadcasts 1"), "Say no to the correction")).views  # fmt: skip
        own = await asked(at, CORA, "broadcasts 1")
        await pressed(at, CORA, own, "Take it back")
        await at.sandbox.submit(SOL, form, {"reason": "Too late."})
        assert FASTER in words(form)
        assert FASTER in (await asked(at, CORA, "broadcasts withdraw 1")).text

        assert correction(at).state is CorrectionState.WITHDRAWN
        assert "We meet on Monday." in await text_of(at)


async def test_a_correction_of_what_was_ended_meanwhile_is_written_into_what_was_sent(
    library, clock
):
    async with told(library, clock) as at:
        await drafted(at, to=(HTTF, MDT), audience=[HTTF, MDT], repeat="daily")
        await asked(at, CORA, "broadcasts send 1")
        await approved(at)
        await settled(at)
        await proposed(at, "We meet on Tuesday.")
        await asked(at, CORA, "broadcasts abort 1 yes")
        assert state(library) is BroadcastState.ABORTED

        await pressed(at, SOL, await asked(at, SOL, "broadcasts 1"), "Approve the correction")
        await settled(at)

        assert state(library) is BroadcastState.ABORTED
        assert "We meet on Tuesday." in await text_of(at)
        assert inbox(at, MEL)[0].text == "Message from your coordinator, corrected."


async def test_what_repeats_goes_out_with_the_text_that_was_approved(library, clock):
    async with told(library, clock) as at:
        await drafted(at, to=(HTTF, MDT), audience=[HTTF, MDT], repeat="daily")
        await asked(at, CORA, "broadcasts send 1")
        await approved(at)
        await settled(at)
        await proposed(at, "We meet on Tuesday.")
        clock.now = clock.now.replace(day=3, minute=1)
        await settled(at)
        assert len(inbox(at, MEL)) == 2
        assert "We meet on Monday." in await text_of(at)

        await pressed(at, SOL, await asked(at, SOL, "broadcasts 1"), "Approve the correction")
        clock.now = clock.now.replace(day=4)
        await settled(at)

        assert len(inbox(at, MEL)) == 3
        assert "We meet on Tuesday." in await text_of(at)


async def test_a_correction_is_screened_as_a_draft_is(library, clock):
    async with told(library, clock) as at:
        await pressed(at, CORA, await drafted(at), "Send to 5")
        await settled(at)

        asks = await corrected(at, "Call 925 555 0134.")
        assert "Is that a work contact?" in words(asks)
        refused = await corrected(at, "My client Jane Roe, DOB 3/4/2009, moved.")
        assert "911" in words(refused)
        assert "Jane" not in str(refused.blocks)
        assert correction(at).text == "Call 925 555 0134."
        assert "We meet on Monday." in await text_of(at)


async def test_few_of_one_collaborative_are_corrected_by_their_sender_alone(library, clock):
    async with told(library, clock) as at:
        await pressed(at, CORA, await drafted(at), "Send to 5")
        await settled(at)
        preview = await corrected(at, "We meet on Tuesday.")
        assert "We meet on Monday." in await text_of(at)

        await pressed(at, CORA, preview, "Correct 5 messages")
        assert FASTER in (await asked(at, CORA, "broadcasts send 1 correction 1")).text
        await settled(at)

        assert "We meet on Tuesday." in await text_of(at)
        assert correction(at).state is CorrectionState.WRITTEN


async def test_how_many_messages_were_corrected_is_counted_and_why_not(library, clock):
    async with told(library, clock) as at:
        await pressed(at, CORA, await drafted(at), "Send to 5")
        await settled(at)
        await live(at, clock)
        preview = await corrected(at, "We meet on Tuesday.")
        for _ in range(2):
            at.sandbox.endpoints.faults.add("chat.update", Fault(error="message_not_found"))
        at.sandbox.endpoints.faults.add("chat.update", Fault(error="internal_error"))
        await pressed(at, CORA, preview, "Correct 5 messages")
        await at.bot.tick()
        page = await asked(at, CORA, "broadcasts 1")
        assert "0 of 5 messages changed, 3 still to be changed, 2 could not be changed" in page.text

        clock.now = clock.now.replace(minute=30)
        await settled(at)
        assert "Correction: 3 of 5 messages changed, 2 could not be changed. The message is gone: 2." in await live(at, clock)  # fmt: skip

        page = await asked(at, CORA, "broadcasts 1")
        assert "Not corrected: the message is gone: 2" in page.text
        await at.sandbox.press(CORA, page, "Who got it, as a sheet")
        seen = at.sandbox.workspace.messages
        (file,) = [each for message in seen for each in message.files]
        sheet = (file.content or b"").decode("utf-8-sig").splitlines()
        ends = [line.rsplit(",", 1)[-1] for line in sheet]
        assert ends[0] == "correction"
        assert sorted(ends[1:]) == ["corrected"] * 3 + ["not corrected: the message is gone"] * 2


async def test_who_got_it_in_none_but_a_reminder_is_counted_with_it(library, clock):
    async with told(library, clock) as at:
        await pressed(at, CORA, await drafted(at, wishes=["ack"]), "Send to 5")
        await settled(at)
        await asked(at, MEL, "message read 1")
        await asked(at, CORA, "broadcasts remind 1")
        await settled(at)
        assert [len(inbox(at, who)) for who in (MEL, *READERS)] == [1, 2, 2, 2]

        await pressed(at, CORA, await corrected(at, "We meet on Tuesday."), "Correct 9 messages")
        await settled(at)

        assert "9 of 9 messages changed." in await live(at, clock)
