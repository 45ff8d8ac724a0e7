"""
The bot in a sandbox workspace, and real browsers that visit its page.
"""

import base64
import os
import re
import shutil
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal
from urllib.parse import urlencode

import pytest
from playwright.async_api import Browser, ConsoleMessage, Page, async_playwright

from bot.clock import AheadClock, utc_now
from bot.demo import Demo, running_demo
from bot.library import Library
from bot.sandbox.server import Sandbox
from bot.server import serving
from bot.settings import Settings
from storage.packs.reading import Pack, read_pack

PROGRAMS = ("chromium", "chromium-browser", "google-chrome")
ARGUMENTS = (
    "--no-sandbox",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
PICTURES = Path("build/browser")  # of what a test saw when it failed
PATIENCE_MS = 5000
SECRET_KEY = base64.urlsafe_b64encode(bytes(32)).decode()
FAILED = pytest.StashKey[bool]()

MONDAY = datetime(2026, 11, 30, 17, 5, tzinfo=UTC)  # five past nine in California

Visit = Callable[..., Awaitable[Page]]


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item, call):
    report = yield
    if report.when == "call":
        item.stash[FAILED] = report.failed
    return report


@pytest.fixture
def pack(request: pytest.FixtureRequest, contra_costa: Path, tmp_path: Path) -> Pack:
    """
    The facts the bot answers from: the built-in pack, with as many agencies more
    as the test asks for.
    """
    folder = shutil.copytree(contra_costa, tmp_path / "pack")
    with (folder / "organizations.yaml").open("a", encoding="utf-8") as file:
        for number in range(getattr(request, "param", 0)):
            file.write(f"  - {{key: agency-{number}, name: Agency {number}, place: Roles}}\n")
    return read_pack(folder)


@pytest.fixture
def records(pack: Pack, tmp_path: Path) -> Iterator[Library]:
    """
    What the bot keeps.
    """
    library = Library.open(
        f"sqlite:///{tmp_path / 'ht.db'}", pack=pack, clock=utc_now, secret_key=SECRET_KEY
    )
    yield library
    library.close()


@pytest.fixture
async def sandbox(records: Library, tmp_path: Path) -> AsyncIterator[Sandbox]:
    """
    A workspace with the bot connected to it.
    """
    async with Sandbox(clock=utc_now) as sandbox:
        settings = Settings(
            slack_bot_token=sandbox.bot_token,
            slack_app_token=sandbox.app_token,
            slack_api_url=sandbox.api_url,
            database_url=f"sqlite:///{tmp_path / 'ht.db'}",
            secret_key=SECRET_KEY,
        )
        async with serving(settings, library=records):
            await sandbox.connected()
            yield sandbox


@pytest.fixture
async def demo() -> AsyncIterator[Demo]:
    """
    The demo, on a Monday morning, with all sent that its week begins with.
    """
    async with running_demo(clock=AheadClock(begins=MONDAY)) as demo:
        await demo.time.done_here()
        yield demo


@pytest.fixture
async def browser() -> AsyncIterator[Browser]:
    named = os.environ.get("HT_TEST_CHROMIUM")
    program = named or next(filter(None, map(shutil.which, PROGRAMS)), None)
    if program is None:
        pytest.fail(
            "These tests drive a real Chromium and found none: install it"
            " (Debian: apt-get install chromium), or set HT_TEST_CHROMIUM to its path.",
            pytrace=False,
        )
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=program, args=ARGUMENTS)
        yield browser
        await browser.close()


@pytest.fixture
async def visit(
    request: pytest.FixtureRequest, sandbox: Sandbox, browser: Browser
) -> AsyncIterator[Visit]:
    """
    Opens the page as a person, in a browser window of its own. At the end no script
    may have failed, and nothing may have been asked for but the sandbox.
    """
    pages: list[Page] = []
    trouble: list[str] = []

    async def visit(
        person: str = "U0MEMBER",
        *,
        channel: str = "C0GENERAL",
        width: int = 1280,
        height: int = 900,
        script: bool = True,
        scheme: Literal["light", "dark"] = "light",
    ) -> Page:
        context = await browser.new_context(
            viewport={"width": width, "height": height},
            java_script_enabled=script,
            color_scheme=scheme,
        )
        context.set_default_timeout(PATIENCE_MS)
        page = await context.new_page()
        pages.append(page)
        page.on("pageerror", lambda error: trouble.append(f"script: {error}"))
        page.on("console", lambda said: trouble.append(said.text) if _is_fault(said) else None)
        page.on(
            "request",
            lambda asked: (
                None if asked.url.startswith(sandbox.page_url) else trouble.append(asked.url)
            ),
        )
        await page.goto(f"{sandbox.page_url}?{urlencode({'person': person, 'channel': channel})}")
        return page

    yield visit
    if request.node.stash.get(FAILED, False):
        name = re.sub(r"\W+", "-", request.node.name).strip("-")
        for number, page in enumerate(pages, start=1):
            await page.screenshot(path=PICTURES / f"{name}-{number}.png")  # makes the folder
    for page in pages:
        await page.context.close()
    assert trouble == []


def _is_fault(said: ConsoleMessage) -> bool:
    # A sandbox that stops cuts the connection that waits for news.
    return said.type == "error" and "net::ERR_" not in said.text
