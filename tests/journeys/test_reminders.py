"""
Reminders in a workspace: read, answered, sent on, put off, and told otherwise.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from sqlmodel import update

from bot.library import Library
from bot.sandbox.people import TEAM, Person
from storage import models
from storage.deliveries import DeliveryState, in_states
from storage.details import MEMBERS
from storage.leads import Lead, set_leads
from storage.meeting_edits import move
from storage.meetings import find_series, read_key
from storage.people import RoleName, grant
from storage.session import Session
from tests.gathering import BY, HTTF, TUESDAYS, add_meeting, add_seated, skip_to, tick
from tests.journeys.telling import Moving, inbox, settled
from tests.workshop import DOORS, Place, bot_behind, buttons, workspace

START = datetime(2026, 3, 10, 17, tzinfo=UTC)  # 10:00 in the county
KEY = read_key("2026-03-10T10:00")
DAY, HOUR, MINUTE = timedelta(days=1), timedelta(hours=1), timedelta(minutes=1)
MEL, CLEO, CORA = "U0MEMBER", "U0CLEO", "U0COORD"
PLAN = replace(TUESDAYS, rule="FREQ=WEEKLY;INTERVAL=2;BYDAY=TU")


@asynccontextmanager
async def reminded(library: Library, clock: Moving, *, door: str = "http", channel: str | None = None) -> AsyncIterator[Place]:  # fmt: skip
    """
    Yield a workspace with a meeting tomorrow at ten, a day before which all are reminded.
    """

    def gather(session: Session) -> None:
        grant(session, team_id=TEAM, user_id=CORA, role=RoleName.COORDINATOR, granted_by="t", now=clock())  # fmt: skip
        add_seated(session, MEL, HTTF, team_id=TEAM, name="Mel Member")
        add_seated(session, CLEO, team_id=TEAM, name="Cleo Colleague")
        session.exec(update(models.Member).values(listed=MEMBERS))
        series = add_meeting(session, PLAN)
        leads = [Lead(minutes=1440, channel=channel), Lead(minutes=60)]
        set_leads(session, series.id, leads, by=BY, now=clock())
        tick(session, START - 20 * DAY)
        skip_to(session, START - DAY - MINUTE)

    library.write_now(gather)
    async with workspace() as sandbox:
        sandbox.workspace.people[CLEO] = Person(
            id=CLEO, name="cleo", real_name="Cleo", kind="member"
        )
        async with bot_behind(door, sandbox, library, clock=clock) as at:
            yield at


def posted(at: Place, channel: str):
    return [each for each in at.sandbox.workspace.messages if each.channel == channel]


@pytest.mark.parametrize("door", DOORS)
async def test_a_reminder_from_the_notice_to_the_delegate_and_the_move(door, library):
    clock = Moving(START - DAY)
    async with reminded(library, clock, door=door) as at:
        await settled(at)
        (notice,) = inbox(at, MEL)
        assert notice.text == "Meeting Tue 10:00. Open for details."
        assert inbox(at, CLEO) == []

        opened = await at.sandbox.press(MEL, notice, "Open")
        assert "HTTF weekly" in opened.message.text
        assert "Place: Room 1" in opened.message.text
        come = await at.sandbox.press(MEL, notice, "I'll be there")
        assert "Noted: you will be there." in come.message.text
        again = await at.sandbox.press(MEL, notice, "I'll be there")
        assert "You said so before" in again.message.text

        # Somebody else goes: they are told, and reminded of this one.
        outcome = await at.sandbox.press(MEL, notice, "Send a delegate")
        (form,) = outcome.views
        await at.sandbox.suggest(MEL, form, "typed", "cleo", block_id="delegate")
        sent = await at.sandbox.submit(MEL, form, {"delegate": CLEO})
        assert sent.error is None, (sent.error, sent.detail)
        await settled(at)
        (asked,) = inbox(at, CLEO)
        assert asked.text == "Meeting Tue 10:00: a colleague asks you to go. Open for details."
        assert "Mel" not in asked.text
        clock.now = START - HOUR
        await settled(at)
        assert [each.text for each in inbox(at, CLEO)][1:] == ["Meeting Tue 10:00. Open for details."]  # fmt: skip
        assert len(inbox(at, MEL)) == 1

        # It is moved: whoever was reminded is told, and an old button notes nothing.
        def later(session: Session) -> None:
            series = find_series(session, 5)
            move(session, 5, key=KEY, version=series.version, to=read_key("2026-03-10T15:00"), place="Room 2", link=None, by=BY, now=clock())  # fmt: skip

        library.write_now(later)
        clock.now += 2 * MINUTE
        await settled(at)
        for who in (MEL, CLEO):
            assert inbox(at, who)[-1].text == "Meeting Tue 10:00 is now Tue 15:00. Open for details."  # fmt: skip
        stale = await at.sandbox.press(CLEO, asked, "I can't")
        assert "It was moved since" in stale.message.text
        new = await at.sandbox.press(CLEO, inbox(at, CLEO)[-1], "Open")
        assert "Place: Room 2" in new.message.text


async def test_a_muted_series_is_silent_and_a_snoozed_reminder_comes_once(library):
    clock = Moving(START - DAY)
    async with reminded(library, clock) as at:
        await settled(at)
        (notice,) = inbox(at, MEL)
        choices = await at.sandbox.press(MEL, notice, "Remind me later")
        done = await at.sandbox.press(MEL, choices.message, "In an hour")
        assert "You are reminded once more: Mon 11:00." in done.message.text
        for minutes in (30, 60, 61, 90):
            clock.now = START - DAY + minutes * MINUTE
            await settled(at)
        assert len(inbox(at, MEL)) == 2

        muted = await at.sandbox.press(MEL, notice, "Mute this series")
        assert "You are not reminded of this series any more" in muted.message.text
        clock.now = START - HOUR
        await settled(at)
        assert len(inbox(at, MEL)) == 2


async def test_a_channel_reads_the_place_and_one_that_outsiders_read_gets_nothing(library):
    clock = Moving(START - DAY)
    async with reminded(library, clock, channel="C0GENERAL") as at:
        await settled(at)
        (message,) = posted(at, "C0GENERAL")
        assert message.text == "Meeting Tue 10:00. Open for details."
        shown = message.blocks[0]["text"]["text"]
        assert "HTTF weekly: Tue, Mar 10, 2026, 10:00–11:30 PDT" in shown
        assert "Place: Room 1" in shown
        assert list(buttons(message)) == ["Open"]
        opened = await at.sandbox.press("U0GUEST", message, "Open")
        assert "Not for everybody" in opened.message.text


async def test_a_channel_shared_outside_is_refused_with_words(library):
    clock = Moving(START - DAY)
    async with reminded(library, clock, channel="C0SHARED") as at:
        await settled(at)

        assert posted(at, "C0SHARED") == []
        failed = library.read_now(
            lambda session: in_states(session, [DeliveryState.FAILED], limit=9)
        )
        assert [(each.recipient, each.reason) for each in failed] == [
            ("C0SHARED", "its channel may be read from outside the workspace")
        ]
