"""
The number of a crisis line changes: proposed by one coordinator, approved by another, and
pressed more often than it needs, over both of Slack's doors.
"""

import asyncio
import json
from copy import deepcopy

import pytest

from storage import audit
from storage.entries import current
from storage.items import find_item
from storage.people import RoleName, grant
from tests.conftest import NOON
from tests.workshop import DOORS, buttons, place

OLD, NEW = "1 (800) 670-7273", "1 (800) 555-0199"
KEY = "cvs-crisis-line"


@pytest.fixture(params=DOORS)
def door(request):
    return request.param


def coordinators(library, *user_ids, team_id):
    def change(session):
        for user_id in user_ids:
            grant(
                session, team_id=team_id, user_id=user_id, role=RoleName.COORDINATOR,
                granted_by="test", now=NOON,
            )  # fmt: skip
        return find_item(session, "hotline", KEY).id

    return library.write_now(change)


def served(library):
    values = library.read_now(lambda session: current(session, "hotline", KEY))
    return [each["number"] for each in values["phones"]], values["card"]["en"]


def acts(library):
    found = library.read_now(lambda session: audit.entries(session, limit=99))
    return [(each.act, each.actor) for each in reversed(found)]


async def propose(at, person, line, number, **filled):
    opened = await at.sandbox.command(person, "/ht", f"entry line {line}")
    form = await at.sandbox.wait_for_view(person, after=opened)
    sent = await at.sandbox.submit(person, form, {"number_0": number, **filled})
    assert sent.error is None
    return form


async def test_a_crisis_lines_number_changes_by_two_and_once(door, library):
    async with place(door, library) as at:
        sandbox = at.sandbox
        line = coordinators(library, "U0COORD", "U0MEMBER", team_id=sandbox.team_id)

        # Proposed, and the form sent twice.
        opened = await sandbox.command("U0COORD", "/ht", f"entry line {line}")
        form = await sandbox.wait_for_view("U0COORD", after=opened)
        await asyncio.gather(
            *(sandbox.submit("U0COORD", each, {"number_0": NEW}) for each in (form, deepcopy(form)))
        )
        assert acts(library) == [("directory.proposed", "U0COORD")]
        assert served(library) == ([OLD], f"CVS crisis line, 24/7: {OLD}")

        # Who proposed it cannot approve it, by no button and by no text.
        own = await sandbox.command("U0COORD", "/ht", "directory changes")
        [number] = [
            value.split()[-1]
            for value in buttons(own.message).values()
            if value.startswith("directory decline")
        ]
        assert f"directory approve {number}" not in buttons(own.message).values()
        typed = await sandbox.command("U0COORD", "/ht", f"directory approve {number}")
        assert "You proposed this one" in typed.message.text
        hotline = await sandbox.command("U0GUEST", "/ht", "hotline")
        assert OLD in hotline.message.text
        assert NEW not in hotline.message.text

        # Two approve at once, and one of them presses twice.
        first = (await sandbox.command("U0MEMBER", "/ht", "directory changes")).message
        second = (await sandbox.command("U0ADMIN", "/ht", "directory changes")).message
        label = f"Approve {number}"
        await asyncio.gather(
            sandbox.press("U0MEMBER", first, label),
            sandbox.press("U0MEMBER", first, label),
            sandbox.press("U0ADMIN", second, label),
        )
        await at.bot.listeners.drain()

        told = sorted(text.splitlines()[0] for text in (first.text, second.text))
        assert told[0] in {"Approved", "Approved before"}
        assert served(library) == ([NEW], f"CVS crisis line, 24/7: {NEW}")
        done = acts(library)
        assert [act for act, _ in done] == ["directory.proposed", "directory.changed"]
        assert done[1][1] in {"U0MEMBER", "U0ADMIN"}

        # From now on everybody gets the new one, on the card as well.
        await at.bot.library.look()
        hotline = await sandbox.command("U0GUEST", "/ht", "hotline")
        assert f"CVS crisis line, 24/7: {NEW}" in hotline.message.text
        assert OLD not in hotline.message.text


async def test_a_form_opened_before_a_change_was_approved_overwrites_nothing(door, library):
    async with place(door, library) as at:
        sandbox = at.sandbox
        line = coordinators(library, "U0COORD", "U0MEMBER", team_id=sandbox.team_id)
        opened = await sandbox.command("U0MEMBER", "/ht", f"entry line {line}")
        stale = await sandbox.wait_for_view("U0MEMBER", after=opened)
        await propose(at, "U0COORD", line, NEW)
        changes = (await sandbox.command("U0ADMIN", "/ht", "directory changes")).message
        [label] = [each for each in buttons(changes) if each.startswith("Approve")]
        await sandbox.press("U0ADMIN", changes, label)

        await sandbox.submit("U0MEMBER", stale, {"number_0": "988"})

        said = json.dumps(sandbox.modal("U0MEMBER").blocks)
        assert "Somebody else changed this meanwhile" in said
        assert f"entry line {line}" in said
        assert served(library)[0] == [NEW]


async def test_a_card_that_would_contradict_is_said_at_its_field_and_the_form_stays(door, library):
    async with place(door, library) as at:
        line = coordinators(library, "U0COORD", team_id=at.sandbox.team_id)

        form = await propose(at, "U0COORD", line, NEW, card_en="CVS crisis line")

        assert set(form.errors) == {"card_en"}
        assert acts(library) == []
        await at.sandbox.submit("U0COORD", form, {"card_en": f"CVS crisis line, 24/7: {NEW}"})
        assert acts(library) == [("directory.proposed", "U0COORD")]


async def test_a_second_coordinator_is_told_and_who_proposed_it_hears_the_end(door, library):
    async with place(door, library) as at:
        line = coordinators(library, "U0COORD", "U0MEMBER", team_id=at.sandbox.team_id)
        await propose(at, "U0COORD", line, NEW)
        await at.bot.tick()
        waits = await at.sandbox.wait_for_message("U0MEMBER", timeout=10)
        assert "waits for a second coordinator" in waits.text
        assert NEW not in waits.text

        opened = await at.sandbox.press("U0MEMBER", waits, "Open")
        [label] = [each for each in buttons(opened.message) if each.startswith("Approve")]
        await at.sandbox.press("U0MEMBER", opened.message, label)
        await at.bot.listeners.drain()
        await at.bot.tick()

        told = await at.sandbox.wait_for_message("U0COORD", timeout=10)
        assert told.text == "The change that you proposed was made."
        everybody = at.sandbox.workspace.messages
        assert not [each for each in everybody if each.to == "U0COORD" and "waits" in each.text]
