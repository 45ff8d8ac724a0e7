"""
What axe-core finds on the page: nothing serious, in any of its views.
"""

from collections.abc import Sequence

import pytest
from axe_playwright_python.async_playwright import Axe
from playwright.async_api import Page

from bot.sandbox.server import Sandbox
from commands.registry import COMMANDS

SEVERE = {"serious", "critical"}
LOOKS = [
    pytest.param({"width": 1280, "height": 900, "scheme": "light"}, id="desktop, light"),
    pytest.param({"width": 390, "height": 844, "scheme": "dark"}, id="phone, dark"),
]
ANSWERS = (
    "", "hotline", "partners", "partner cvs", "funding", "stats csec", "stats tcvap",
    "prevention", "sources", "help", "meetings", "members", "survey board 1",
    "broadcasts 1", "deliveries", "no such thing",
)  # fmt: skip
NEED = {"survey answer": "1", "survey extend": "1", "meeting move": "httf", "reminders set": "httf"}
FORMS = tuple(
    f"{command.verb} {form.word} {NEED.get(f'{command.verb} {form.word}', '')}".strip()
    for command in COMMANDS
    for form in command.forms
)


@pytest.fixture
def sandbox(demo) -> Sandbox:
    return demo.sandbox


async def faults(page: Page) -> list[str]:
    """
    Return what axe-core finds serious or critical: the rule, and where.
    """
    results = await Axe().run(page)
    return [
        f"{each['id']}: {node['html'][:200]}"
        for each in results.response["violations"]
        if each["impact"] in SEVERE
        for node in each["nodes"]
    ]


async def looked_at(page: Page, addresses: Sequence[str]) -> dict[str, list[str]]:
    found = {}
    for address in addresses:
        await page.goto(address)
        found[address.partition("?")[2] or address] = await faults(page)
    return {name: each for name, each in found.items() if each}


@pytest.mark.timeout(180)
@pytest.mark.parametrize("look", LOOKS)
async def test_answers_home_lock_screen_and_side_by_side_have_no_serious_fault(
    look, visit, sandbox
):
    page, base = await visit("U0COORD", **look), sandbox.page_url
    found = {}
    for text in ANSWERS:
        await sandbox.command("U0COORD", "/ht", text, channel="C0PRIVATE")
    for who in ("U0COORD", "U0DEVI", "U0GUEST"):
        await sandbox.open_home(who)
        await sandbox.wait_for_view(who, kind="home")

    found = await looked_at(
        page,
        [
            f"{base}?person=U0COORD&channel=C0PRIVATE",
            f"{base}?person=U0COORD&channel=D0COORD",
            f"{base}?person=U0LISTED&channel=D0LISTED",
            f"{base}?person=U0GUEST&channel=C0GENERAL",
            *(f"{base}?person={who}&tab=home" for who in ("U0COORD", "U0DEVI", "U0GUEST")),
            f"{base}?person=U0LISTED&tab=lock",
            f"{base}side?people=U0LISTED&people=U0COORD",
        ],
    )

    assert found == {}


@pytest.mark.timeout(180)
@pytest.mark.parametrize("look", LOOKS)
async def test_no_form_has_a_serious_fault(look, visit, sandbox):
    page, found, opened = await visit("U0COORD", **look), {}, 0
    for text in FORMS:
        await sandbox.command("U0COORD", "/ht", text, channel="C0QUIET")
        form = sandbox.modal("U0COORD")
        if form is None:
            continue  # it needs something named that the demo has not
        opened += 1
        await page.goto(f"{sandbox.page_url}?person=U0COORD&channel=C0GENERAL")
        if wrong := await faults(page):
            found[text] = wrong
        await sandbox.close("U0COORD", form, clear=True)

    assert found == {}
    assert opened >= 12


async def test_a_fault_would_be_found(visit):
    page = await visit()

    await page.evaluate(
        "document.querySelector('main').insertAdjacentHTML('beforeend', '<button></button>')"
    )

    [found] = await faults(page)
    assert found.startswith("button-name")
