"""
Somebody who is spoken to in Spanish, in a real browser: answers, Home, messages, and back.
"""

import pytest
from playwright.async_api import expect

from bot.sandbox.server import Sandbox
from tests.browser.hands import latest, open_home, press, send


@pytest.fixture
def sandbox(demo) -> Sandbox:
    """
    The demo's, in the place of the plain one.
    """
    return demo.sandbox


@pytest.mark.parametrize("width", [390, 1280])
async def test_a_member_chooses_spanish_and_is_spoken_to_in_it(width, visit):
    devi = await visit("U0DEVI", channel="D0DEVI", width=width)

    chosen = await send(devi, "/ht language spanish")
    await expect(chosen).to_contain_text("Español: lo eligió usted")
    await expect(chosen).to_contain_text("no ha sido revisada por un traductor certificado")

    await expect(chosen).not_to_contain_text("Hide this")

    lines = await send(devi, "/ht linea")
    await expect(lines).to_contain_text("Líneas de ayuda")
    await expect(lines).to_contain_text("911")
    await expect(lines).to_contain_text("1-888-373-7888")
    await press(devi, lines, "Ocultar esto")
    await expect(devi.get_by_text("Líneas de ayuda")).to_have_count(0)

    home = await open_home(devi)
    await expect(home).to_contain_text("Lo próximo para usted")
    await expect(home).to_contain_text("Esperan su respuesta")
    await press(devi, home, "Sigue correcto: confirmar")
    await press(devi, devi.get_by_role("dialog"), "Cerrar")
    await expect(latest(devi)).not_to_contain_text("¿Sigue siendo miembro?")


async def test_another_is_spoken_to_in_english_all_the_while(visit):
    devi = await visit("U0DEVI", channel="D0DEVI")
    amina = await visit("U0LISTED", channel="D0LISTED")

    await send(devi, "/ht language spanish")

    await expect(await send(amina, "/ht hotline")).to_contain_text("Hotlines")
    back = await send(devi, "/ht language english")
    await expect(back).to_contain_text("English: you chose it")
    await expect(await send(devi, "/ht")).not_to_contain_text("Líneas")
