"""
What people do on the sandbox's page, in a real browser.
"""

import re
from dataclasses import replace

import pytest
from playwright.async_api import expect

from bot.render import render
from bot.sandbox.workspace import Upload
from commands.contract import Chart, ChartKind, Reply, Table
from tests.browser.hands import latest, open_home, press, send, tab_to

PHONE = {"width": 390, "height": 844}
OPEN = re.compile("^Open ")
ANYTHING = re.compile(r"\S")
OVERFLOW = "document.documentElement.scrollWidth - document.documentElement.clientWidth"

FIGURES = Reply(
    title="Figures",
    parts=(
        Table(
            caption="People served, fiscal year 2023",
            columns=("Agency", "Labor", "Sex"),
            rows=(("CVS", "1,234", "<10"), ("IRC", "withheld", "0")),
        ),
        Chart(
            title="Youth identified",
            kind=ChartKind.BAR,
            unit="youth",
            categories=("2022", "2023"),
            series=(("Identified", (41, 55)), ("At risk", (120, 133))),
        ),
        Chart(
            title="Calls by language",
            kind=ChartKind.PIE,
            unit="calls",
            categories=("English", "Spanish"),
            series=(("2023", (230, 120)),),
        ),
    ),
)


async def test_a_member_asks_for_hotlines_and_sees_911_first(visit):
    page = await visit()

    answer = await send(page, "/ht hotline")

    await expect(answer).to_contain_text("Only visible to you")
    first = answer.locator(".block").first
    await expect(first).to_be_in_viewport(ratio=1)
    numbers = re.findall(r"\d{3,}", await first.inner_text())
    assert numbers[0] == "911"
    await expect(first).to_contain_text("1-888-373-7888")
    await expect(answer.get_by_role("heading", name="Hotlines")).to_be_in_viewport()


async def test_a_need_takes_the_place_of_the_whole_list(visit):
    page = await visit()
    whole = await (await send(page, "/ht hotline")).inner_text()

    await press(page, latest(page), "A child at risk")

    await expect(page.get_by_role("article")).to_have_count(1)
    part = await latest(page).inner_text()
    assert "1 (877) 881-1116" in part
    assert len(part) < len(whole)


async def test_what_a_screen_reader_hears_can_be_read(visit):
    page = await visit()
    answer = await send(page, "/ht hotline child")

    await answer.get_by_text("What a screen reader hears").click()

    await expect(answer.locator(".heard")).to_contain_text("1 (877) 881-1116")


async def test_a_partner_is_shared_with_somebody_who_watches(visit):
    page = await visit("U0MEMBER")
    watching = await visit("U0COORD")
    await expect(watching.get_by_text("No messages yet")).to_be_visible()

    name = await press(page, await send(page, "/ht partners"), OPEN)
    heading = await latest(page).get_by_role("heading").first.inner_text()
    assert heading in name
    await press(page, latest(page), "Share in channel")

    seen = watching.get_by_role("article")
    await expect(seen).to_have_count(1)  # it came by itself
    await expect(seen.get_by_role("heading").first).to_have_text(heading)
    await expect(seen).to_contain_text("Shared by @member")
    await expect(seen).not_to_contain_text("Only visible to you")
    await expect(seen.get_by_role("button")).to_have_count(0)


@pytest.mark.parametrize("pack", [200], indirect=True)
async def test_many_partners_are_paged_through_and_one_is_opened(visit):
    page = await visit()
    answer = await send(page, "/ht partners")
    first = answer.get_by_role("button", name=OPEN)
    before = set(await first.all_inner_texts())

    await press(page, answer, "Next page")
    after = await latest(page).get_by_role("button", name=OPEN).all_inner_texts()
    opened = await press(page, latest(page), OPEN)

    assert before.isdisjoint(after)
    await expect(page.get_by_role("article")).to_have_count(1)
    heading = await latest(page).get_by_role("heading").first.inner_text()
    assert heading in opened


async def test_one_person_can_be_exchanged_for_another(visit):
    page = await visit("U0MEMBER")
    await send(page, "/ht define CSEC")

    await page.get_by_label("You are").select_option("U0ADMIN")
    await page.get_by_role("button", name="Switch").click()

    await expect(page.get_by_label("You are")).to_have_value("U0ADMIN")
    await expect(page.get_by_role("article")).to_have_count(0)


async def test_a_guest_is_refused_funding_and_still_gets_hotlines(visit):
    page = await visit("U0GUEST")

    refused = await send(page, "/ht funding")
    await expect(refused).to_contain_text("full members")
    await expect(refused).not_to_contain_text("$")
    await press(page, refused, "Hotlines")

    await expect(latest(page).locator(".block").first).to_contain_text("911")


async def test_somebody_from_elsewhere_is_told_why_nothing_came(visit):
    page = await visit("U0EXTERN", channel="C0SHARED")

    await page.get_by_label("Command").fill("/ht hotline")
    await page.keyboard.press("Enter")

    await expect(page.get_by_role("alert")).to_contain_text("another workspace (not_allowed)")


async def test_home_has_the_card_and_a_menu_that_opens_a_dialog(visit):
    page = await visit()
    home = await open_home(page)
    await expect(home.locator(".block").first).to_contain_text("911")

    await press(page, home, "Help")
    dialog = page.get_by_role("dialog")
    await expect(dialog).to_contain_text("/ht hotline")
    await expect(dialog.get_by_role("heading", level=2)).to_be_focused()
    await expect(dialog.get_by_role("button", name="Close")).to_be_in_viewport()
    await press(page, dialog, "Close")

    await expect(dialog).to_have_count(0)
    await expect(latest(page).locator(".block").first).to_contain_text("911")


async def test_the_keyboard_is_enough(visit):
    page = await visit()
    await tab_to(page, page.get_by_label("Command"))
    await page.keyboard.press("ControlOrMeta+A")
    await page.keyboard.type("/ht hotline")
    await page.keyboard.press("Enter")

    await expect(latest(page)).to_be_focused()
    button = latest(page).get_by_role("button").first
    await tab_to(page, button, most=1)
    async with page.expect_navigation():
        await page.keyboard.press("Enter")
    await expect(latest(page)).to_be_focused()
    await expect(latest(page)).to_contain_text("911")

    await page.goto(page.url.partition("#")[0])
    await tab_to(page, page.get_by_role("navigation").get_by_role("button", name="Home"))
    async with page.expect_navigation():
        await page.keyboard.press("Enter")
    await tab_to(page, latest(page).get_by_role("button", name="About"))
    async with page.expect_navigation():
        await page.keyboard.press("Space")
    await expect(page.get_by_role("dialog")).to_be_visible()
    async with page.expect_navigation():
        await page.keyboard.press("Escape")
    await expect(page.get_by_role("dialog")).to_have_count(0)


@pytest.mark.parametrize(
    "command",
    ["hotline", "partners", "partner EHSD", "funding", "prevention", "sources", "", "a" * 300],
)
async def test_nothing_is_wider_than_a_phone(command, visit):
    page = await visit(**PHONE)

    answer = await send(page, f"/ht {command}")

    await expect(answer).to_have_text(ANYTHING)
    assert await page.evaluate(OVERFLOW) <= 0
    await expect(page.get_by_role("button", name="Send")).to_be_in_viewport(ratio=1)


async def test_a_dialog_fits_a_phone(visit):
    page = await visit(**PHONE)
    home = await open_home(page)

    await press(page, home, "Hotlines")

    await expect(page.get_by_role("dialog").locator(".block").first).to_be_in_viewport(ratio=1)
    await expect(page.get_by_role("button", name="Close")).to_be_in_viewport(ratio=1)
    assert await page.evaluate(OVERFLOW) <= 0


@pytest.mark.parametrize("width", [390, 1280])
async def test_tables_and_charts_are_drawn_and_their_numbers_can_be_read(width, visit, sandbox):
    answer = render(FIGURES)
    sandbox.workspace.post(
        {"text": answer.text, "blocks": list(answer.rich)},
        channel="C0GENERAL",
        via="response_url",
        to="U0MEMBER",
    )

    page = await visit(width=width, height=PHONE["height"])

    table = page.get_by_role("table", name="People served, fiscal year 2023")
    await expect(table.get_by_role("row")).to_have_count(3)
    await expect(table.get_by_role("rowheader", name="CVS")).to_be_visible()
    await expect(table.get_by_role("cell", name="<10")).to_be_visible()
    bars = page.get_by_role("img", name="bar chart: Youth identified")
    pie = page.get_by_role("img", name="pie chart: Calls by language")
    for picture in (bars, pie):
        await picture.scroll_into_view_if_needed()
        box = await picture.bounding_box()
        assert box["x"] >= 0
        assert box["x"] + box["width"] <= width
    numbers = page.get_by_role("table", name="Calls by language")
    await expect(numbers).not_to_be_visible()
    await page.get_by_text("Numbers of the chart").last.click()
    await expect(numbers.get_by_role("cell", name="230")).to_be_visible()
    assert await page.evaluate(OVERFLOW) <= 0


async def test_a_wide_table_is_moved_by_keyboard_and_its_caption_stays(visit, sandbox):
    table = replace(
        FIGURES.parts[0],
        columns=tuple(f"Column {n}" for n in range(12)),
        rows=(tuple("1,234" for _ in range(12)),),
    )
    answer = render(Reply(title="Wide", parts=(table,)))
    sandbox.workspace.post(
        {"text": answer.text, "blocks": list(answer.rich)}, channel="C0GENERAL", via="response_url"
    )
    page = await visit(width=PHONE["width"], height=PHONE["height"])

    place = page.get_by_role("region", name="People served, fiscal year 2023")
    await place.focus()
    await page.keyboard.press("End")
    await page.keyboard.press("ArrowRight")

    await expect(page.get_by_role("caption")).to_be_in_viewport(ratio=0.1)
    await page.wait_for_function("document.querySelector('.wide').scrollLeft > 0")
    caption = await page.locator("caption span").bounding_box()
    assert caption["x"] >= 0
    assert await page.evaluate(OVERFLOW) <= 0


async def test_a_file_is_downloaded_from_the_direct_message(visit, sandbox):
    dm = sandbox.workspace.dm(sandbox.workspace.person("U0MEMBER"))
    upload = Upload(
        id="F1", name="figures.csv", length=7, title="Figures 2023", content=b"a,b\n1,2"
    )
    sandbox.workspace.post({}, channel=dm.id, via="files.completeUploadExternal", files=[upload])
    page = await visit(channel=dm.id)

    async with page.expect_download() as waiting:
        await page.get_by_role("link", name="Figures 2023").click()
    download = await waiting.value

    assert download.suggested_filename == "figures.csv"
    assert (await download.path()).read_bytes() == upload.content


async def test_it_works_without_script(visit):
    page = await visit(script=False)
    answer = await send(page, "/ht hotline")
    await expect(answer.locator(".block").first).to_be_in_viewport(ratio=1)

    await press(page, answer, "A child at risk")
    await expect(page.get_by_role("article")).to_have_count(1)
    await press(page, await open_home(page), "About")
    await press(page, page.get_by_role("dialog"), "Close")

    await expect(page.get_by_role("dialog")).to_have_count(0)


async def test_a_sandbox_that_stops_is_said_so(visit, sandbox):
    page = await visit()

    await sandbox.stop()

    await expect(page.get_by_role("alert")).to_contain_text("The sandbox has stopped")
