"""
The demo in a real browser: its clock, its lock screen, its people side by side, their Home.
"""

import re

import pytest
from playwright.async_api import Page, expect

from bot.sandbox.server import Sandbox
from tests.browser.hands import latest, open_home, press, send

MOVED_MS = 60_000
OVERFLOW = "document.documentElement.scrollWidth - document.documentElement.clientWidth"


@pytest.fixture
def sandbox(demo) -> Sandbox:
    """
    The demo's, in the place of the plain one.
    """
    return demo.sandbox


async def move(page: Page, button: str) -> None:
    """
    Move the clock ahead, and wait until it has arrived.
    """
    await press(page, page.get_by_role("region", name="Clock"), button)
    await expect(page.get_by_role("button", name="Stop here")).to_have_count(0, timeout=MOVED_MS)


async def test_a_reminder_comes_at_its_time_when_the_clock_is_moved(visit):
    amina = await visit("U0LISTED", channel="D0LISTED")
    clock = amina.get_by_role("region", name="Clock")
    await expect(clock).to_contain_text("Mon, Nov 30, 2026, 9:0")

    await move(amina, "+ 1 day")

    await expect(clock).to_contain_text("Tue, Dec 1, 2026, 9:0")
    await expect(clock).to_contain_text("1 day ahead")
    reminder = amina.get_by_role("article").filter(has_text="Meeting Tue 10:00.").last
    await expect(reminder).to_contain_text(re.compile(r"\b9:00 AM"))  # an hour before
    await press(amina, reminder, "Open")
    await expect(latest(amina)).to_contain_text("Community Violence Solutions")
    await expect(latest(amina)).to_contain_text("Only visible to you")

    await amina.get_by_role("link", name="Lock screen").click()
    cards = amina.get_by_role("list", name="Notifications").get_by_role("listitem")
    await expect(cards.filter(has_text="Meeting Tue 10:00. Open for details.")).to_have_count(2)
    await expect(cards.filter(has_text="Community Violence Solutions")).to_have_count(0)


async def test_the_clock_stops_at_the_next_message_and_goes_no_further_back(visit):
    devi = await visit("U0DEVI", channel="D0DEVI")

    await move(devi, "Next message")

    await expect(devi.get_by_role("region", name="Clock")).to_contain_text("10:00 AM")
    await expect(latest(devi)).to_contain_text("Meeting Tue 10:00.")
    await devi.get_by_text("To a moment, and how").click()
    await devi.get_by_label(re.compile("^Move on to")).fill("2026-11-30T09:00")
    await press(devi, devi.get_by_role("region", name="Clock"), "Move")
    await expect(devi.get_by_role("alert")).to_contain_text("ahead only")


async def test_what_is_done_on_home_is_gone_from_it(visit):
    devi = await visit("U0DEVI", channel="D0DEVI")
    home = await open_home(devi)
    await expect(home).to_contain_text("Human Trafficking Task Force")

    await press(devi, home, "Still right: confirm")
    await press(devi, devi.get_by_role("dialog"), "Close")

    await expect(latest(devi)).not_to_contain_text("Are you still a member?")
    await expect(latest(devi)).to_contain_text("Read message 1")


@pytest.mark.parametrize("width", [390, 1280])
async def test_two_side_by_side_each_in_their_own_place(width, visit, sandbox):
    page = await visit(width=width)
    await page.goto(f"{sandbox.page_url}side?people=U0WAITS&people=U0COORD")
    wen = page.frame_locator('iframe[title="Wen Waiting"]')
    cora = page.frame_locator('iframe[title="Cora Coordinator"]')
    await expect(wen.get_by_text("No messages yet")).to_be_visible()
    [frame] = [each for each in page.frames if "person=U0COORD" in each.url]
    await frame.wait_for_function("scrollY > 0")  # as Slack, at the newest
    assert await page.evaluate("scrollY") == 0

    await cora.get_by_role("button", name="Open request 2").click()
    await cora.get_by_role("button", name="Approve").click()
    await expect(cora.locator("#latest")).to_contain_text("Approved: Wen Waiting")

    news = wen.get_by_role("article")
    await expect(news).to_have_count(1, timeout=15_000)  # it came by itself
    await expect(wen.get_by_role("heading", level=1)).to_have_text("Wen Waiting")
    assert await page.evaluate(OVERFLOW) <= 0


async def test_a_member_reads_their_coordinators_message_and_she_sees_it(visit):
    amina = await visit("U0LISTED", channel="D0LISTED")
    cora = await visit("U0COORD")
    home = await open_home(cora)
    await expect(home).to_contain_text("0 have read it")

    await press(amina, amina.get_by_role("article").filter(has_text="Message from"), "Read it")
    await press(amina, latest(amina), "I have read it")

    await expect(await send(cora, "/ht broadcasts 1")).to_contain_text("1 have read it")
