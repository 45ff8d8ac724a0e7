"""
"Hide this": an answer goes from its reader's screen, and says what it does not erase.
"""

from dataclasses import replace

from bot.clock import utc_now
from bot.hiding import HIDE
from bot.render import message, render
from bot.sandbox.people import TEAM
from commands.contract import Reply, Text
from commands.speech import speaking
from storage.people import RoleName, grant
from storage.spoken import choose_language
from tests.journeys.telling import inbox, settled
from tests.workshop import place


def last_button(blocks):
    return [
        element["action_id"]
        for block in blocks
        for element in [*block.get("elements", ()), block.get("accessory") or {}]
        if element.get("type") == "button"
    ][-1]


async def test_an_answer_is_hidden_by_its_last_button_and_nothing_else_is(library):
    async with place("http", library) as at:
        asked = await at.sandbox.command("U0MEMBER", "/ht", "hotline child")
        [answer] = asked.messages
        shared = await at.sandbox.press("U0MEMBER", answer, "Share in channel")
        refused = await at.sandbox.command("U0MEMBER", "/ht", "client born 3/4/2001", force=True)
        home = await at.sandbox.open_home("U0MEMBER")

        hidden = await at.sandbox.press("U0MEMBER", answer, HIDE)

        assert hidden.error is None
        assert answer.deleted
        assert last_button(answer.blocks) == HIDE
        assert last_button(refused.messages[0].blocks) == HIDE
        assert "What was typed stays with Slack" in answer.text
        assert HIDE not in str([each.blocks for each in shared.messages])
        assert HIDE not in str([view.blocks for view in home.views])


async def test_people_are_answered_in_slacks_language_for_them_or_the_one_they_chose(library):
    async with place("http", library) as at:
        people = at.sandbox.workspace.people
        people["U0MEMBER"] = replace(people["U0MEMBER"], locale="es-MX")
        said = [
            (await at.sandbox.command("U0MEMBER", "/ht", text)).messages[0].text
            for text in ("help", "hotline", "language english", "hotline")
        ]
        chosen = [
            (await at.sandbox.command("U0COORD", "/ht", text)).messages[0].text
            for text in ("idioma español", "hotline", "language automatic")
        ]
        library.write_now(lambda session: choose_language(session, "U0GUEST", "es"))
        guest = (await at.sandbox.command("U0GUEST", "/ht", "")).messages[0].text

    assert [text.split("\n")[0] for text in said] == [
        "Qué puede preguntar", "Emergencia: 911", "Language", "Emergency: 911",
    ]  # fmt: skip
    assert [text.split("\n")[0] for text in chosen] == ["Idioma", "Emergencia: 911", "Idioma"]
    assert "¿Qué necesita?" in guest


def test_a_message_says_in_its_text_what_hiding_does():
    with speaking("es"):
        shown = message(render(Reply(title="T", parts=(Text(text="x"),))))

    assert "[Ocultar esto] quita esta respuesta de su pantalla." in shown["text"]


async def test_a_message_of_the_bots_own_is_in_its_readers_language(library):
    async with place("http", library) as at:
        library.write_now(lambda session: choose_language(session, "U0COORD", "es"))
        library.write_now(
            lambda session: grant(
                session, team_id=TEAM, user_id="U0COORD", role=RoleName.COORDINATOR,
                granted_by="t", now=utc_now(),
            )
        )  # fmt: skip
        await at.sandbox.command("U0COORD", "/ht", "ping me")
        await settled(at)

        assert [each.text for each in inbox(at, "U0COORD")] == [
            "Un mensaje de prueba del bot. Abra para ver cómo fue."
        ]
