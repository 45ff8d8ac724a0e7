"""
What people do with their hands on the sandbox's page.
"""

import re

import pytest
from playwright.async_api import Locator, Page

FOCUS_SEEN = "getComputedStyle(document.activeElement).outlineStyle !== 'none'"


async def send(page: Page, command: str) -> Locator:
    """
    Type a command and return the answer.
    """
    await page.get_by_label("Command").fill(command)
    async with page.expect_navigation():
        await page.get_by_role("button", name="Send").click()
    return latest(page)


def latest(page: Page) -> Locator:
    return page.locator("#latest")


async def press(page: Page, place: Locator, button: str | re.Pattern[str]) -> str:
    """
    Press the first button of this name, and return its whole name.
    """
    found = place.get_by_role("button", name=button).first
    name = await found.inner_text()
    async with page.expect_navigation():
        await found.click()
    return name


async def open_home(page: Page) -> Locator:
    await press(page, page.get_by_role("navigation"), "Home")
    return latest(page)


async def tab_to(page: Page, wanted: Locator, *, most: int = 60) -> None:
    """
    Press Tab until *wanted* has the focus; on the way every stop must be seen.
    """
    for _ in range(most):
        await page.keyboard.press("Tab")
        assert await page.evaluate(FOCUS_SEEN)
        if await wanted.evaluate("element => element === document.activeElement"):
            return
    pytest.fail(f"{wanted} is not reached by {most} tabs")
