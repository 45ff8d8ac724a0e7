"""
A survey on the sandbox's page: defined, answered, corrected, declined, closed, published.
"""

import os
import re
from datetime import timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from playwright.async_api import Page, expect

from bot.clock import utc_now
from bot.sandbox.people import TEAM, Person
from storage.people import RoleName, grant
from storage.session import Session
from tests.browser.hands import latest, press, send
from tests.keeping import add_custodian

SECOND, STANDS = "U0COORD2", "U0STANDS"
BY_ITSELF_MS = 20_000
SIZES = [pytest.param((1280, 900), id="desktop"), pytest.param((390, 844), id="phone")]
OVERFLOW = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
HERE = ZoneInfo("America/Los_Angeles")


@pytest.fixture
def people(sandbox, records) -> None:
    """
    Two coordinators, and two members whose agencies are asked.
    """
    workspace = sandbox.workspace
    for id, name, kind in (
        (SECOND, "Sol Second", "coordinator"),
        (STANDS, "Stella Stand", "member"),
    ):
        workspace.people[id] = Person(id=id, name=id.lower(), real_name=name, kind=kind)
        workspace.channel("C0GENERAL").members.add(id)

    def give(session: Session) -> None:
        for who in ("U0COORD", SECOND):
            grant(session, team_id=TEAM, user_id=who, role=RoleName.COORDINATOR, granted_by="t", now=utc_now())  # fmt: skip
        add_custodian(session, "U0MEMBER", of="cvs", team_id=TEAM)
        add_custodian(session, STANDS, of="stand", team_id=TEAM)

    records.write_now(give)


async def pictured(page: Page, name: str) -> None:
    """
    Keep a picture, where somebody wants to look: HT_PICTURES names a folder.
    """
    if folder := os.environ.get("HT_PICTURES"):
        width = (page.viewport_size or {}).get("width")
        await page.screenshot(path=Path(folder) / f"survey-{name}-{width}.png", full_page=True)


@pytest.mark.parametrize("size", SIZES)
async def test_a_survey_from_the_form_to_the_published_table(size, visit, sandbox, people):
    width, height = size
    today = utc_now().astimezone(HERE).date()

    async def desk(who: str) -> Page:
        channel = str(sandbox.workspace.dm(sandbox.workspace.person(who)).id)
        return await visit(who, channel=channel, width=width, height=height)

    async def at(who: str) -> Page:
        return await visit(who, width=width, height=height)

    cora = await at("U0COORD")
    await send(cora, "/ht survey define")
    form = cora.get_by_role("dialog")
    await pictured(cora, "define")
    await form.get_by_label(re.compile("^What it is called")).fill("Data survey of May")
    await form.get_by_label("Total Served by Partner Agency (people served)").check()
    for label, day in (
        ("First day that it counts", "2025-01-01"),
        ("Last day that it counts", "2025-12-31"),
        ("Opens on", f"{today}"),
        ("Due on", f"{today + timedelta(14)}"),
        ("Late answers are taken until", f"{today + timedelta(28)}"),
        ("Closes after", f"{today + timedelta(30)}"),
    ):
        await form.get_by_label(re.compile(f"^{label}")).fill(day)
    await press(cora, form, "Save")
    await expect(form).to_contain_text("Saved. It opens by itself")
    await pictured(cora, "planned")
    assert await cora.evaluate(OVERFLOW) <= 0

    await press(cora, form, "Close")

    mel = await at("U0MEMBER")
    for _ in range(20):  # the next tick opens it
        if "Open 1" in await (await send(mel, "/ht survey")).inner_text():
            break
    await press(mel, latest(mel), "Open 1")
    await expect(latest(mel)).to_contain_text("Sex Trafficking")
    await pictured(mel, "mine")
    await press(mel, latest(mel), "Answer")
    asked = mel.get_by_role("dialog")
    await expect(asked).to_contain_text("Slack sees and keeps what you type here")
    await expect(asked).to_contain_text("htbot survey import")
    await asked.get_by_label(re.compile(r"^Total # Served")).fill("184")
    await asked.get_by_label(re.compile(r"^Sex Trafficking")).fill("177")
    await asked.get_by_label(re.compile(r"^Labor Trafficking")).fill("8")
    await asked.get_by_label(re.compile(r"^Sex & Labor")).fill("N/A")
    await pictured(mel, "form")
    await press(mel, asked, "Save")
    await expect(asked).to_contain_text("The parts do not add up to this total.")
    await pictured(mel, "wrong")
    await asked.get_by_label(re.compile(r"^Total # Served")).fill("185")
    await press(mel, asked, "Save")
    await expect(asked).to_contain_text("Sent in. It can be changed until")
    await expect(asked).not_to_contain_text("185")
    await pictured(mel, "sent")
    await press(mel, asked, "Answer")
    await expect(asked).to_contain_text("Total # Served (entered)")
    await expect(asked.get_by_label(re.compile(r"^Total # Served")).first).to_have_value("")
    await pictured(mel, "again")
    await press(mel, asked, "Cancel")

    stella = await at(STANDS)
    await send(stella, "/ht survey 1")
    await press(stella, latest(stella), "We decline")
    await expect(latest(stella)).to_contain_text("Noted: your agency declines.")

    inbox = await desk("U0COORD")
    live = inbox.get_by_role("article").filter(has_text="Survey 1:")
    await expect(live).to_contain_text("1 of 9 agencies have answered", timeout=BY_ITSELF_MS)
    await expect(live).to_contain_text("1 declined", timeout=BY_ITSELF_MS)
    await press(inbox, live, "Open")
    await expect(latest(inbox)).to_contain_text("Who has answered")
    await pictured(inbox, "board")
    await press(inbox, latest(inbox), "Close it")
    await expect(latest(inbox)).to_contain_text("Nothing came from")
    await pictured(inbox, "close")
    await press(inbox, latest(inbox), "Yes, close it")
    await expect(latest(inbox)).to_contain_text("It takes no more answers.")

    second = await desk(SECOND)
    waits = second.get_by_role("article").filter(has_text="wait for a second")
    await expect(waits).to_contain_text("A survey is closed", timeout=BY_ITSELF_MS)
    await press(second, waits, "Open")
    await expect(latest(second)).to_contain_text("withheld")
    await expect(latest(second)).to_contain_text("not reported")
    await pictured(second, "preview")
    assert await second.evaluate(OVERFLOW) <= 0
    await press(second, latest(second), re.compile("^Approve"))
    # Not the latest for long: what told of it is written anew.
    await expect(second.get_by_role("article").filter(has_text="is published")).to_be_visible()

    news = await desk("U0MEMBER")
    told = news.get_by_role("article").filter(has_text="New figures are published.")
    await expect(told).to_be_visible(timeout=BY_ITSELF_MS)
    await press(news, told, "Show them")
    await expect(latest(news)).to_contain_text("Calendar Year 2025")
    await pictured(news, "published")
    page = await send(mel, "/ht stats compare member-served 2023 2025")
    await expect(page).to_contain_text("2023")
    await pictured(mel, "beside")
    assert await mel.evaluate(OVERFLOW) <= 0
