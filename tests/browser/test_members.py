"""
A member's story on the sandbox's page, in real browsers: theirs, and two coordinators'.
"""

import re

import pytest
from playwright.async_api import Locator, Page, expect

from bot.clock import utc_now
from bot.sandbox.people import TEAM, Person
from storage.people import RoleName, grant
from tests.browser.hands import latest, open_home, press, send, tab_to

SECOND = "U0COORD2"
BY_ITSELF_MS = 15_000  # the bot looks once a second, on a machine that may be busy
SIZES = [pytest.param((1280, 900), id="desktop"), pytest.param((390, 844), id="phone")]
OVERFLOW = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
AGENCY = "Community Violence Solutions"


@pytest.fixture
def coordinators(sandbox, records) -> tuple[str, str]:
    """
    The ids of two coordinators.
    """
    workspace = sandbox.workspace
    workspace.people[SECOND] = Person(
        id=SECOND, name="second", real_name="Sol Second", kind="coordinator"
    )
    workspace.channel("C0GENERAL").members.add(SECOND)

    def give(session):
        for who in ("U0COORD", SECOND):
            grant(
                session,
                team_id=TEAM,
                user_id=who,
                role=RoleName.COORDINATOR,
                granted_by="htbot grant",
                now=utc_now(),
            )

    records.write_now(give)
    return "U0COORD", SECOND


def inbox(sandbox, person: str) -> str:
    """
    Return the id of *person*'s direct messages with the bot.
    """
    return str(sandbox.workspace.dm(sandbox.workspace.person(person)).id)


def field(form: Locator, label: str) -> Locator:
    return form.get_by_label(re.compile(f"^{re.escape(label)}"))


async def fill(page: Page, **values: str) -> Locator:
    """
    Fill the open form with what a request needs, and *values*.
    """
    form = page.get_by_role("dialog")
    await field(form, "Your name").fill(values.get("name", "Mel Member"))
    await field(form, "Your agency, if it is not listed").fill(values.get("agency", "Bay Agency"))
    await field(form, "What you do there").fill("Outreach lead")
    return form


async def approved(page: Page, answer: Locator) -> None:
    await press(page, answer, "Approve")
    # Not the latest of the page: the request itself is written anew in the same moment.
    said = page.locator("article").filter(has_text="Approved: Mel Member")
    await expect(said.last).to_be_visible()


@pytest.mark.parametrize("size", SIZES)
async def test_a_member_registers_by_keyboard_is_approved_listed_and_leaves(
    size, visit, sandbox, coordinators
):
    width, height = size
    boxes = {
        who: await visit(who, channel=inbox(sandbox, who), width=width, height=height)
        for who in coordinators
    }
    page = await visit(width=width, height=height)
    keys = page.keyboard

    # By keyboard alone, the agency searched for.
    await tab_to(page, page.get_by_label("Command"))
    await keys.press("ControlOrMeta+A")
    await keys.type("/ht register")
    async with page.expect_navigation():
        await keys.press("Enter")
    form = page.get_by_role("dialog", name="Register")
    await expect(form.get_by_role("heading", name="Register")).to_be_focused()
    await keys.press("Tab")
    await keys.type("Mel Member")
    await keys.press("Tab")
    await keys.type("violence")
    async with page.expect_navigation():
        await keys.press("Enter")
    found = form.get_by_label("Your agency: found")
    await expect(found).to_be_focused()
    await keys.type("Community V")
    await expect(found.locator("option:checked")).to_have_text(AGENCY)
    await tab_to(page, field(form, "What you do there"), most=3)
    await keys.type("Outreach lead")
    await keys.press("Tab")
    await keys.press("Space")
    await expect(form.get_by_label("HTTF", exact=True)).to_be_checked()
    await tab_to(page, field(form, "Work e-mail"))
    await keys.type("mel@example.org")
    await keys.press("Tab")
    await keys.type("12")
    lists = form.get_by_role("radiogroup", name="Who sees you in member lists")
    await tab_to(page, lists.get_by_label("Coordinators only"))
    await keys.press("ArrowDown")
    assert await page.evaluate(OVERFLOW) <= 0
    async with page.expect_navigation():
        await keys.press("Enter")

    # The wrong number: said where it stands, and nothing typed is lost.
    phone = field(form, "Work phone")
    await expect(phone).to_be_focused()
    await expect(phone).to_have_accessible_description(re.compile(r"area code.*\(925\) 555-0100"))
    await expect(phone).to_have_value("12")
    await expect(field(form, "Your name")).to_have_value("Mel Member")
    await expect(found.locator("option:checked")).to_have_text(AGENCY)
    await expect(field(form, "What you do there")).to_have_value("Outreach lead")
    await expect(form.get_by_label("HTTF", exact=True)).to_be_checked()
    await expect(field(form, "Work e-mail")).to_have_value("mel@example.org")
    await expect(lists.get_by_label("Members of the task force")).to_be_checked()
    await keys.press("ControlOrMeta+A")
    await keys.type("925 555 0134")
    async with page.expect_navigation():
        await keys.press("Enter")
    done = page.get_by_role("dialog")
    await expect(done).to_contain_text("Your request waits for a coordinator")
    await expect(done).to_contain_text("e-mail and phone, for coordinators only")
    await press(page, done, "Close")

    # Both coordinators see it come, and what they need to decide; one approves.
    for who, box in boxes.items():
        article = box.get_by_role("article")
        await expect(article).to_have_count(1, timeout=BY_ITSELF_MS)
        await expect(article).not_to_contain_text("Mel")
        await press(box, article, "Open request 1")
        for words in ("@member", "Outreach lead", AGENCY, "HTTF", "Who sits there"):
            await expect(latest(box)).to_contain_text(words)
        await expect(latest(box)).not_to_contain_text("mel@example.org")
        assert await box.evaluate(OVERFLOW) <= 0, who
    first, second = boxes.values()
    await approved(first, latest(first))
    told = second.get_by_role("article").first
    await expect(told).to_contain_text(
        "Request 1 was decided on by a coordinator", timeout=BY_ITSELF_MS
    )
    await press(second, second.get_by_role("article").last, "Approve")
    await expect(latest(second)).to_contain_text("Somebody else was faster")

    # The news, the list, and what the bot keeps.
    news = await visit(channel=inbox(sandbox, "U0MEMBER"), width=width, height=height)
    await expect(news.get_by_role("article")).to_have_count(1, timeout=BY_ITSELF_MS)
    await expect(latest(news)).to_contain_text("There is news of your registration")
    await press(news, latest(news), "Open")
    await expect(latest(news)).to_contain_text("Outreach lead")
    listed = await send(page, "/ht members")
    await expect(listed.get_by_role("button", name="Open Mel Member")).to_be_visible()
    mine = await send(page, "/ht me")
    for words in ("(925) 555-0134", "mel@example.org", "Sits in HTTF"):
        await expect(mine).to_contain_text(words)

    # A change, and then nothing is left.
    await press(page, mine, "Change my details")
    form = page.get_by_role("dialog", name="Change my details")
    await field(form, "What you do there").fill("Director")
    await press(page, form, "Save my details")
    await expect(page.get_by_role("dialog")).to_contain_text("Director")
    await press(page, page.get_by_role("dialog"), "Close")
    asked = await send(page, "/ht me leave")
    await press(page, asked, "Yes, leave and delete")
    await expect(latest(page)).to_contain_text("You have left")
    assert "Mel Member" not in await (await send(second, "/ht members")).inner_text()
    assert await page.evaluate(OVERFLOW) <= 0


async def test_from_home_the_form_opens_as_a_dialog_and_what_came_of_it_takes_its_place(
    visit, coordinators
):
    page = await visit()
    home = await open_home(page)

    await press(page, home, "Register")
    form = await fill(page)
    await press(page, form, "Send my request")

    dialog = page.get_by_role("dialog")
    await expect(dialog).to_contain_text("Bay Agency (not in the list yet: approving enters it)")
    await press(page, dialog, "Change my request")
    changing = page.get_by_role("dialog", name="Change my request")
    await expect(field(changing, "Your name")).to_have_value("Mel Member")
    await press(page, changing, "Cancel")
    await expect(latest(page)).to_contain_text("What do you need?")


async def test_from_the_shortcut_and_by_somebody_whose_script_is_off(visit, coordinators):
    page = await visit(script=False)
    await page.get_by_text("Shortcuts").click()
    async with page.expect_navigation():
        await page.get_by_role("button", name="Register").click()

    form = await fill(page)
    await press(page, form, "Send my request")

    await expect(page.get_by_role("dialog")).to_contain_text("waits for a coordinator")


async def test_a_question_and_its_answer_and_a_refusal_with_its_reason(
    visit, sandbox, coordinators
):
    page, box = await visit(), await visit("U0COORD")
    await send(page, "/ht register")
    await press(page, await fill(page), "Send my request")
    await press(page, page.get_by_role("dialog"), "Close")

    await press(box, await send(box, "/ht registrations 1"), "Ask a question")
    form = box.get_by_role("dialog", name="Ask a question")
    await field(form, "What you want to know").fill("Who is your director?")
    await press(box, form, "Send the question")
    await press(box, box.get_by_role("dialog"), "Close")
    await send(page, "/ht register")
    form = page.get_by_role("dialog", name="Change my request")
    await expect(form).to_contain_text("A coordinator asks: Who is your director?")
    await field(form, "Your answer").fill("Dana Director")
    await press(page, form, "Send my answer")
    await press(page, page.get_by_role("dialog"), "Close")

    answered = await send(box, "/ht registrations 1")
    await expect(answered).to_contain_text("Dana Director")
    await press(box, answered, "Decline")
    form = box.get_by_role("dialog", name="Decline the request")
    await field(form, "Why").fill("Please ask through your agency's lead.")
    await press(box, form, "Decline and tell them")
    await expect(box.get_by_role("dialog")).to_contain_text("Declined: Mel Member")
    mine = await send(page, "/ht me")
    await expect(mine).to_contain_text("agency's lead")
    await expect(mine.get_by_role("button", name="Register")).to_be_visible()


@pytest.mark.parametrize("width", [390, 1280])
async def test_a_name_as_long_and_as_strange_as_it_may_be_breaks_no_page(
    width, visit, coordinators
):
    name = "<!channel> *M* مريم 🎉 " + "m" * 70
    page, box = await visit(width=width), await visit("U0COORD", width=width)
    await send(page, "/ht register")
    await press(page, await fill(page, name=name, agency="Agency " * 21), "Send my request")
    assert await page.evaluate(OVERFLOW) <= 0
    await press(page, page.get_by_role("dialog"), "Close")

    for command in ("registrations", "registrations 1", "registrations approve 1", "members"):
        answer = await send(box, f"/ht {command}")
        await expect(answer).to_contain_text("<!channel>")
        assert await box.evaluate(OVERFLOW) <= 0, command
