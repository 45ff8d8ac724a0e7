"""
A broadcast on the sandbox's page: composed, previewed, tested, approved, followed, read,
corrected by two.
"""

import os
import re
from pathlib import Path

import pytest
from playwright.async_api import Page, expect

from bot.clock import utc_now
from bot.sandbox.people import TEAM, Person
from storage.details import Details
from storage.members import admit
from storage.people import RoleName, grant
from storage.session import Session
from tests.browser.hands import latest, press, send

SECOND = "U0COORD2"
BY_ITSELF_MS = 15_000
SIZES = [pytest.param((1280, 900), id="desktop"), pytest.param((390, 844), id="phone")]
OVERFLOW = "document.documentElement.scrollWidth - document.documentElement.clientWidth"


@pytest.fixture
def people(sandbox, records) -> None:
    """
    Two coordinators, and a member who sits in two collaboratives.
    """
    workspace = sandbox.workspace
    workspace.people[SECOND] = Person(
        id=SECOND, name="second", real_name="Sol Second", kind="coordinator"
    )
    workspace.channel("C0GENERAL").members.add(SECOND)

    def give(session: Session) -> None:
        now = utc_now()
        for who in ("U0COORD", SECOND):
            grant(session, team_id=TEAM, user_id=who, role=RoleName.COORDINATOR, granted_by="t", now=now)  # fmt: skip
        for who, name in (("U0MEMBER", "Mel Member"), ("U0COORD", "Cora Coordinator")):
            admit(
                session,
                team_id=TEAM,
                user_id=who,
                details=Details(name=name, organization_id=1, title="Lead"),
                groups=("collaborative:httf",),
                seat_user_id=who,
                by=SECOND,
                now=now,
            )

    records.write_now(give)


async def pictured(page: Page, name: str) -> None:
    """
    Keep a picture, where somebody wants to look: HT_PICTURES names a folder.
    """
    if folder := os.environ.get("HT_PICTURES"):
        width = (page.viewport_size or {}).get("width")
        await page.screenshot(path=Path(folder) / f"{name}-{width}.png", full_page=True)


@pytest.mark.parametrize("size", SIZES)
async def test_a_broadcast_from_the_form_to_its_readers(size, visit, sandbox, people):
    width, height = size

    async def desk(who: str) -> Page:
        channel = str(sandbox.workspace.dm(sandbox.workspace.person(who)).id)
        return await visit(who, channel=channel, width=width, height=height)

    cora = await visit("U0COORD", width=width, height=height)
    await send(cora, "/ht broadcast")
    form = cora.get_by_role("dialog")
    await pictured(cora, "form")
    await form.get_by_label(re.compile("^What you tell them")).fill("We meet on Monday at 10.")
    await form.get_by_label(re.compile("^To whom")).first.fill("members")
    async with cora.expect_navigation():
        await form.get_by_role("button", name=re.compile("Search")).first.click()
    await pictured(cora, "found")
    await form.get_by_role("group", name="To whom: found").get_by_label("All members").check()
    await form.get_by_label("Ask them to say that they read it").check()
    await press(cora, form, "Preview")
    await expect(form).to_contain_text("Preview of broadcast 1")
    await expect(form).to_contain_text("2 people")
    await pictured(cora, "preview")
    assert await cora.evaluate(OVERFLOW) <= 0
    await press(cora, form, "Test: send it to me alone")
    await expect(form).to_contain_text("On its way to you alone")
    await press(cora, form, "Back to the preview")
    await press(cora, form, "Ask a second coordinator")
    await expect(form).to_contain_text("waits for a second coordinator")
    await pictured(cora, "waits")

    second = await desk(SECOND)
    article = second.get_by_role("article").first
    await expect(article).to_contain_text("waits for a second", timeout=BY_ITSELF_MS)
    await press(second, article, "Open")
    await expect(latest(second)).to_contain_text("We meet on Monday")
    await pictured(second, "approve")
    await press(second, latest(second), "Approve")
    await expect(article).to_contain_text("decided on", timeout=BY_ITSELF_MS)

    mel = await desk("U0MEMBER")
    message = mel.get_by_role("article").first
    await expect(message).to_contain_text("Message from your coordinator.", timeout=BY_ITSELF_MS)
    await expect(message).not_to_contain_text("Monday")
    await press(mel, message, "Read it")
    await expect(latest(mel)).to_contain_text("We meet on Monday at 10.")
    await pictured(mel, "read")
    assert await mel.evaluate(OVERFLOW) <= 0
    await press(mel, latest(mel), "I have read it")

    inbox = await desk("U0COORD")
    live = inbox.get_by_role("article").filter(has_text="Broadcast 1:")
    await expect(live).to_contain_text("2 of 2 sent, 1 have read it", timeout=BY_ITSELF_MS)
    await pictured(inbox, "live")
    await press(cora, form, "Close")
    page = await send(cora, "/ht broadcasts 1")
    await expect(page.get_by_role("button", name="Correct it")).to_be_visible()
    await pictured(cora, "status")
    assert await cora.evaluate(OVERFLOW) <= 0

    # What was wrong is corrected once a second coordinator has seen that too.
    await press(cora, page, "Correct it")
    form = cora.get_by_role("dialog")
    await expect(form).to_contain_text("A second coordinator approves it before")
    await form.get_by_label(re.compile("^What it says from now on")).fill(
        "We meet on Tuesday at 10."
    )
    await press(cora, form, "Preview")
    await expect(form).to_contain_text("Preview of your correction")
    await expect(form).to_contain_text("It would be written into 2 messages.")
    await pictured(cora, "correction")
    assert await cora.evaluate(OVERFLOW) <= 0
    await press(cora, form, "Ask a second coordinator")
    await expect(form).to_contain_text("A correction that waits for a second coordinator")

    second = await desk(SECOND)
    article = second.get_by_role("article").filter(has_text="A correction of a broadcast waits")
    await expect(article).to_be_visible(timeout=BY_ITSELF_MS)
    mel = await desk("U0MEMBER")
    await expect(mel.get_by_role("article").first).not_to_contain_text("corrected")
    await press(second, article, "Open")
    await expect(latest(second)).to_contain_text("We meet on Tuesday at 10.")
    await pictured(second, "approve-correction")
    assert await second.evaluate(OVERFLOW) <= 0
    await press(second, latest(second), "Approve the correction")

    mel = await desk("U0MEMBER")
    message = mel.get_by_role("article").filter(has_text="corrected")
    await expect(message).to_be_visible(timeout=BY_ITSELF_MS)
    await press(mel, message, "Read it")
    await expect(latest(mel)).to_contain_text("We meet on Tuesday at 10.")
    await expect(latest(mel)).to_contain_text("It said before: We meet on Monday at 10.")
    inbox = await desk("U0COORD")
    live = inbox.get_by_role("article").filter(has_text="Broadcast 1:")
    await expect(live).to_contain_text("Correction: 2 of 2 messages changed.", timeout=BY_ITSELF_MS)
    await pictured(inbox, "corrected")
