"""
Ten thousand random and hostile texts, a quarter of them in `make test`: always an answer, never a crash, an echo
that rings, a broken block or a word in the log.
"""

import asyncio
import json
import random
import re
from contextlib import closing

import pytest

from bot.clock import utc_now
from bot.render import message, plain
from bot.router import Router
from bot.sandbox.limits import validate_message
from bot.sandbox.signed import form
from commands.contract import Standing
from commands.registry import COMMANDS
from tests.thorough import draws
from tests.workshop import place

pytestmark = pytest.mark.timeout(240)  # many texts, perhaps on a busy machine
LIVE = re.compile(r"<!(?:channel|here|everyone|subteam)|<[@#]", re.IGNORECASE)
NASTY = [
    "<!channel>", "<!here>", "<!everyone|x>", "<!subteam^S1>", "<@U1|x>", "<@U1>", "<#C1|x>",
    "&lt;!channel&gt;", "&amp;lt;!here&amp;gt;", "<https://evil.example|bank>", "*bold* _it_ ~s~",
    "`code` ```block```", "> quote", "\0", "\x1b[31m", "\u202eevil\u202c", "\ufeff", "\ud7ff", "a\u0301" * 40,
    "🏳️‍🌈", "ﷺ", "İ", "ß" * 50, "page 9", "page 0", "page 99999", "página 2", "pagina ٣", "/ht", "--", "'; DROP TABLE hotline; --",
    "%s %d %(x)s", "{0} {x}", "${jndi:ldap://x}", "../../etc/passwd", "\n\n\n", "\t", "x" * 3_000, " " * 500,
    "help me", "ayuda", "my client", "DOB 1/2/2003", "case number 123456", "menor de 12", "me quiere matar",
]  # fmt: skip
VERBS = [
    phrase for command in COMMANDS for phrase in (command.verb, *command.aliases, *command.examples)
]

HOW_MANY = {
    "anything": draws(4_000, quickly=1_000),
    "mixtures": draws(2_800, quickly=700),
    "commands": draws(2_800, quickly=700),
    "long": draws(400, quickly=100),
}
ANY = range(0x110000)
# Where letters are taken from: mostly where people's are, and from everywhere.
SCRIPTS = (range(0x20, 0x7F), range(0x20, 0x7F), range(0x250), range(0x3000), range(0x10000), ANY)


def letters(draw, most):
    script = draw.choice(SCRIPTS)
    most = min(most, draw.choice((3, 8, 20, most)))
    found = (chr(draw.choice(script)) for _ in range(draw.randint(0, most)))
    return "".join(each for each in found if not "\ud800" <= each <= "\udfff")


def mixture(draw):
    pieces = (
        lambda: draw.choice(NASTY),
        lambda: draw.choice(VERBS),
        lambda: letters(draw, 30),
    )
    return " ".join(draw.choice(pieces)() for _ in range(draw.randint(1, 6)))


def texts(kind, how_many):
    """
    Yield texts of a kind, the same ones each time.
    """
    draw = random.Random(kind)
    for _ in range(how_many):
        if kind == "anything":
            yield letters(draw, 200)
        elif kind == "mixtures":
            yield mixture(draw)
        elif kind == "commands":
            rest = mixture(draw) if draw.random() < 0.5 else letters(draw, 200)
            yield f"{draw.choice(VERBS)} {rest}"
        else:
            yield (mixture(draw) * draw.randint(2, 200))[:6_000]


@pytest.fixture
def library(shared_library):
    return shared_library


@pytest.fixture
def ask(library):
    """
    Asks the router from a test that is not asynchronous.
    """
    router = Router(library=library, clock=utc_now)
    with closing(asyncio.new_event_loop()) as loop:

        def ask(text, *, who=Standing.MEMBER):
            async def standing():
                return who

            return loop.run_until_complete(router.answer(text, standing=standing, share=True))

        yield ask


def check(answer):
    sent = message(answer.rendered)
    validate_message(sent, ack=True)
    assert not LIVE.search(json.dumps(sent, ensure_ascii=False))
    assert "That did not work" not in answer.rendered.text


@pytest.mark.parametrize("kind", HOW_MANY)
def test_any_text_gets_a_valid_answer_and_is_not_logged(kind, ask, logged):
    people = random.Random(7)
    for text in texts(kind, HOW_MANY[kind]):
        logged.seek(0)
        logged.truncate()

        answer = ask(text, who=people.choice(list(Standing)))

        check(answer)
        typed = text.strip()
        if len(typed) >= 8 and typed not in plain(answer.rendered.text):
            assert typed not in logged.getvalue()


@pytest.mark.parametrize("kind", HOW_MANY)
def test_hotline_answers_whatever_follows_it(kind, ask):
    for text in texts(kind, HOW_MANY[kind] // 10):
        answer = ask(f"hotline {text}", who=Standing.EXTERNAL)

        check(answer)
        assert answer.command.verb == "hotline"
        assert "911" in answer.rendered.text


async def test_hostile_texts_over_http_get_valid_answers_and_are_not_logged(library, logged):
    draw = random.Random(11)
    typed = [" ".join(draw.choices([*NASTY, *VERBS], k=draw.randint(1, 5))) for _ in range(100)]
    async with place("http", library) as at:
        for text in typed:
            fields = {"command": "/ht", "team_id": "T0SANDBOX", "user_id": "U0MEMBER"}
            where = {"channel_id": "C0GENERAL", "text": text}
            answer = await at.sandbox.signed.post(form(fields | where))
            assert answer.status == 200
            validate_message(answer.payload(), ack=True)
            assert not LIVE.search(answer.body.decode())
            assert "That did not work" not in answer.payload()["text"]

    written = logged.getvalue()
    assert not [text for text in typed if len(text.strip()) >= 8 and text.strip() in written]
