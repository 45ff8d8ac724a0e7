"""A lock screen, and several people side by side."""

import re
from zoneinfo import ZoneInfo

import pytest

from bot.sandbox.page_lock import LONGEST, SHOWN, draw_lock
from bot.sandbox.page_side import chosen
from bot.sandbox.people import everybody
from bot.sandbox.workspace import Workspace
from tests.bot.sandbox.conftest import Clock

DM = "chat.postMessage"
SECTION = {"type": "section", "text": {"type": "mrkdwn", "text": "Bring the <file> to room 3"}}


@pytest.fixture
def workspace():
    workspace = Workspace(clock=Clock())
    workspace.dm(workspace.person("U0MEMBER"))
    return workspace


def drawn(workspace, person="U0MEMBER"):
    return draw_lock(
        workspace,
        person,
        zone=ZoneInfo("America/Los_Angeles"),
        said=lambda moment: f"{moment:%H:%M}",
        name_of=lambda id: workspace.people[id].name,
    )


def test_a_lock_screen_has_the_plain_text_of_what_rang_and_nothing_else(workspace):
    workspace.post({"text": "Meeting Tue 10:00.", "blocks": [SECTION]}, channel="D0MEMBER", via=DM)
    workspace.post({"text": "Ask <@U0ADMIN> &amp; go"}, channel="C0GENERAL", via=DM)
    workspace.post({"text": "An answer"}, channel="D0MEMBER", via="ack", to="U0MEMBER")
    workspace.post(
        {"text": "For Ada"}, channel=workspace.dm(workspace.person("U0ADMIN")).id, via=DM
    )

    said = drawn(workspace)

    assert "Meeting Tue 10:00." in said
    assert "County Desk in #general" in said
    assert "Ask @admin &amp; go" in said
    for words in ("room 3", "An answer", "For Ada"):
        assert words not in said


def test_an_edit_rings_no_bell(workspace):
    posted = workspace.post({"text": "3 of 4 sent"}, channel="D0MEMBER", via=DM)
    workspace.edit(posted, {"text": "4 of 4 sent"})

    assert "3 of 4 sent" in drawn(workspace)


def test_the_newest_are_shown_and_cut_as_by_a_phone(workspace):
    assert "No notifications" in drawn(workspace)

    for number in range(SHOWN + 2):
        workspace.post({"text": f"{number:03} {'a' * LONGEST}"}, channel="D0MEMBER", via=DM)
    said = drawn(workspace)

    shown = re.findall(r"<p>(\d{3}) a+…</p>", said)
    assert shown == [f"{number:03}" for number in range(SHOWN + 1, 1, -1)]
    assert "and 2 older" in said


@pytest.mark.parametrize(
    ("asked", "shown"),
    [
        ([], ["U0MEMBER", "U0COORD"]),
        (["U0GUEST"], ["U0GUEST", "U0MEMBER"]),
        (["U0GUEST", "U0GUEST", "U0NOBODY", "U0ADMIN"], ["U0GUEST", "U0ADMIN"]),
        (
            ["U0GUEST", "U0ADMIN", "U0MEMBER", "U0COORD", "U0SINGLE"],
            ["U0GUEST", "U0ADMIN", "U0MEMBER", "U0COORD"],
        ),
    ],
)
def test_two_to_four_are_side_by_side(asked, shown):
    assert chosen(everybody(), asked) == shown


async def test_each_has_a_frame_of_this_page_alone(http, sandbox):
    async with http.get(f"{sandbox.base_url}/side?people=U0GUEST&people=U0ADMIN") as response:
        page = await response.text()
        policy = response.headers["Content-Security-Policy"]
    async with http.get(sandbox.page_url, headers={"Sec-Fetch-Dest": "iframe"}) as response:
        pane = await response.text()

    assert re.findall(r'<iframe title="([^"]+)"', page) == ["Gil Guest", "Ada Admin"]
    assert "frame-src 'self'; frame-ancestors 'self'" in policy
    assert '<body data-sequence="0" class="pane">' in pane
    assert "Side by side" not in pane
