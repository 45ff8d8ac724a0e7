"""
Takes the pictures of the README and the guides, from the real page: `make screenshots`.
"""

import argparse
import asyncio
import shutil
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from urllib.parse import urlencode

from playwright.async_api import Browser, Page, async_playwright

from bot.clock import AheadClock
from bot.demo import Demo, running_demo
from tests.browser.conftest import ARGUMENTS, MONDAY, PROGRAMS

FOLDER = Path("docs/pictures")
DESKTOP, PHONE = (1280, 800), (390, 844)
TUESDAY = MONDAY + timedelta(days=1)

Prepare = Callable[[Demo], Awaitable[object]]


@dataclass(frozen=True, kw_only=True)
class Picture:
    """
    Attributes:
        address: what follows the page's own address.
        prepare: what is done before.
        after: the clock is moved on to that first.
    """

    name: str
    address: str
    size: tuple[int, int] = DESKTOP
    prepare: Prepare | None = None
    after: datetime | None = None


def at(person: str, *, channel: str = "C0GENERAL", tab: str = "messages") -> str:
    return "?" + urlencode({"person": person, "channel": channel, "tab": tab})


def typed(person: str, text: str) -> Prepare:
    async def prepare(demo: Demo) -> None:
        await demo.sandbox.command(person, "/ht", text, channel="C0GENERAL")

    return prepare


def home_of(person: str) -> Prepare:
    async def prepare(demo: Demo) -> None:
        await demo.sandbox.open_home(person)
        await demo.sandbox.wait_for_view(person, kind="home")

    return prepare


PICTURES = (
    Picture(name="hotline", address=at("U0MEMBER"), prepare=typed("U0MEMBER", "hotline child"), size=(1280, 640)),
    Picture(name="hotline-phone", address=f"{at('U0GUEST')}#latest", prepare=typed("U0GUEST", "hotline"), size=PHONE),
    Picture(name="statistics", address=at("U0ADMIN"), prepare=typed("U0ADMIN", "stats csec"), size=(1280, 840)),
    Picture(name="broadcast", address=at("U0COORD2"), prepare=typed("U0COORD2", "broadcast")),
    Picture(name="home", address=at("U0COORD", tab="home"), prepare=home_of("U0COORD"), size=(1280, 1180)),
    Picture(name="home-phone", address=f"{at('U0DEVI', tab='home')}#latest", prepare=home_of("U0DEVI"), size=(390, 1180)),
    Picture(name="reminder", address=at("U0LISTED", channel="D0LISTED"), after=TUESDAY, size=(1280, 800)),
    Picture(name="lock-screen", address=at("U0LISTED", tab="lock"), after=TUESDAY, size=(1280, 720)),
    Picture(name="side-by-side", address="side?people=U0LISTED&people=U0COORD&people=U0DEVI", after=TUESDAY),
)  # fmt: skip


async def take(folder: Path, wanted: list[str]) -> None:
    program = next(filter(None, map(shutil.which, PROGRAMS)))
    clock = AheadClock(begins=MONDAY)
    async with async_playwright() as playwright, running_demo(clock=clock) as demo:
        await demo.time.done_here()
        browser = await playwright.chromium.launch(executable_path=program, args=ARGUMENTS)
        for picture in PICTURES:
            if wanted and picture.name not in wanted:
                continue
            if picture.after is not None and clock() < picture.after:
                await demo.time.begin(picture.after)
            if picture.prepare is not None:
                await picture.prepare(demo)
            await one(browser, demo, picture, folder)
        await browser.close()


async def one(browser: Browser, demo: Demo, picture: Picture, folder: Path) -> None:
    width, height = picture.size
    page: Page = await browser.new_page(viewport={"width": width, "height": height})
    await page.goto(f"{demo.sandbox.page_url}{picture.address}")
    for frame in page.frames:
        await frame.wait_for_load_state()
    await page.evaluate("document.activeElement.blur()")
    await page.screenshot(path=folder / f"{picture.name}.png", animations="disabled")
    await page.close()
    demo.sandbox.workspace.stacks.clear()


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--folder", type=Path, default=FOLDER)
    parser.add_argument("names", nargs="*", help="of pictures; all of them without")
    arguments = parser.parse_args()
    asyncio.run(take(arguments.folder, arguments.names))


if __name__ == "__main__":
    main()
