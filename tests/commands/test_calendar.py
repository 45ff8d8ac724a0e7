"""
/ht calendar where no calendar program can reach the bot: files.
"""

import asyncio

import pytest

from storage.people import RoleName
from storage.seats import take_seats
from tests.commands.desk import Desk
from tests.commands.test_meeting import set_up


@pytest.fixture
def desk(desk_library):
    desk = Desk(desk_library)
    desk.role("U0CORA", RoleName.COORDINATOR)
    desk.role("U0MEL", RoleName.MEMBER)
    return desk


def sit(desk, ref):
    desk.library.write_now(lambda session: take_seats(session, organization_id=1, refs=[ref], user_id="U0MEL", now=desk.now))  # fmt: skip


def test_without_an_address_it_offers_files_alone(desk):
    sit(desk, "collaborative:httf")

    said = desk.read("calendar")

    assert "Here a calendar comes as a file" in said
    assert "/ht calendar file mine" in said
    assert "/ht calendar file ht-coalition" in said
    assert "subscribe" not in said
    assert "Take the calendar as a file instead" in desk.read("calendar subscribe")


def test_my_calendar_has_the_meetings_of_where_i_sit(desk):
    set_up(desk)
    set_up(desk, "ht-coalition", name="Coalition")
    sit(desk, "subcommittee:vacatur")

    [file] = desk.ask("calendar file mine").files

    assert (file.name, file.title) == ("meetings.ics", "Meetings")
    assert b"SUMMARY:HTTF monthly\r\n" in file.content
    assert b"Coalition" not in file.content


def test_a_collaboratives_calendar_is_for_every_approved_member(desk):
    set_up(desk, "ht-coalition", name="Coalition")

    for asked in ("ht-coalition", "Coalition", "human trafficking coalition"):
        [file] = desk.ask(f"calendar file {asked}").files
        assert b"SUMMARY:Coalition\r\n" in file.content


def test_where_nothing_is_set_there_is_no_file_and_that_is_said(desk):
    answer = desk.ask("calendar file httf")

    assert answer.files == ()
    assert "HTTF: nobody has set a date there yet." in answer.rendered.text
    assert "You sit in no group" in desk.read("calendar")


def test_a_calendar_that_is_none_is_asked_for_again(desk):
    assert "Which calendar?" in desk.read("calendar file vacatur")
    assert "Which calendar?" in desk.read("calendar revoke zzz")


def test_in_a_terminal_there_is_no_calendar_of_ones_own(desk):
    async def standing():
        return desk.standings["U0MEL"]

    answer = asyncio.run(desk._router.answer("calendar file mine", standing=standing, asker=None))

    assert answer.files == ()
