"""
A group sets its meetings, moves one and puts them into a calendar, over both of Slack's doors.
"""

import asyncio
from datetime import timedelta

import pytest
import vobject

from bot.clock import utc_now
from storage.audit import entries
from storage.meetings import all_series
from storage.people import RoleName, grant
from storage.seats import take_seats
from tests.keeping import add_member
from tests.workshop import DOORS, buttons, place


@pytest.fixture(params=DOORS)
def door(request):
    return request.param


def people(library, team_id):
    def change(session):
        grant(session, team_id=team_id, user_id="U0COORD", role=RoleName.COORDINATOR, granted_by="test", now=utc_now())  # fmt: skip
        add_member(session, "U0MEMBER", of="cvs", team_id=team_id)
        take_seats(session, organization_id=1, refs=["collaborative:httf"], user_id="U0MEMBER", now=utc_now())  # fmt: skip
        return next(each.id for each in all_series(session) if each.key == "httf")

    return library.write_now(change)


def next_tuesday():
    """
    Return a Tuesday that is neither the fifth of its month nor a holiday's.
    """
    day = utc_now().date() + timedelta(days=3)
    while day.weekday() != 1 or day.day > 22:
        day += timedelta(days=1)
    return day


async def test_a_group_sets_its_meetings_and_a_member_has_them(door, library):
    async with place(door, library) as at:
        sandbox = at.sandbox
        number = people(library, sandbox.team_id)
        first = next_tuesday()

        # Filled in, and seen before it is stored.
        opened = await sandbox.command("U0COORD", "/ht", f"meeting change {number}")
        form = await sandbox.wait_for_view("U0COORD", after=opened)
        values = {
            "name": "HTTF monthly",
            "first": first.isoformat(),
            "time": "10:00",
            "policy": "meets",
            "place": "1000 Ward St, Martinez",
            "link": "https://meet.example.org/abc",
        }
        sent = await sandbox.submit("U0COORD", form, values)
        assert sent.error is None
        said = "\n".join(str(block) for block in form.blocks)
        assert f"{first:%a, %b} {first.day}, {first.year}, 10:00" in said
        assert "Nothing is saved yet." in said

        # Saved, and pressed twice.
        await asyncio.gather(*(sandbox.press("U0COORD", form, "Save") for _ in range(2)))
        await at.bot.listeners.drain()
        done = library.read_now(lambda session: entries(session, limit=9, acts=["meeting."]))
        assert [each.act for each in done] == ["meeting.changed"]

        # A member reads when it is, and cannot change it.
        mine = await sandbox.command("U0MEMBER", "/ht", "next")
        assert "HTTF monthly" in mine.message.text
        assert "1000 Ward St, Martinez" in mine.message.text
        page = await sandbox.command("U0MEMBER", "/ht", f"meetings {number}")
        assert not any(value.startswith("meeting ") for value in buttons(page.message).values())

        # The first one is moved, in a form.
        opened = await sandbox.command("U0COORD", "/ht", f"meeting move {number} {first}")
        form = await sandbox.wait_for_view("U0COORD", after=opened)
        to = first + timedelta(days=1)
        sent = await sandbox.submit("U0COORD", form, {"day": to.isoformat(), "time": "11:30"})
        assert sent.error is None
        mine = await sandbox.command("U0MEMBER", "/ht", "next")
        assert f"{to:%b} {to.day}, {to.year}, 11:30–12:30" in mine.message.text

        # And into a calendar, as a file to whoever asked alone.
        await sandbox.command("U0MEMBER", "/ht", "calendar file mine")
        await at.bot.listeners.drain()
        [file] = [file for message in sandbox.workspace.visible("U0MEMBER") for file in message.files]  # fmt: skip
        assert not any(message.files for message in sandbox.workspace.visible("U0ADMIN"))

    assert file.name == "meetings.ics"
    written = vobject.readOne(file.content.decode())
    [moved] = [each for each in written.vevent_list if hasattr(each, "recurrence_id")]
    assert moved.dtstart.value.replace(tzinfo=None).isoformat() == f"{to}T11:30:00"
    assert moved.recurrence_id.value.date() == first
