"""
Ten thousand random and hostile texts: always an answer, never a crash, an echo
that rings, a broken block or a word in the log.
"""

import asyncio
import json
import random
import re
from contextlib import closing

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from bot.clock import utc_now
from bot.listeners import message
from bot.render import plain
from bot.router import Router
from bot.sandbox.limits import validate_message
from bot.sandbox.signed import form
from commands.contract import Standing
from commands.registry import COMMANDS
from tests.workshop import place

pytestmark = pytest.mark.timeout(240)  # many texts, perhaps on a busy machine
THOROUGH = settings(
    deadline=None,
    derandomize=True,
    database=None,
    phases=(Phase.explicit, Phase.generate),
    suppress_health_check=list(HealthCheck),
)
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

anything = st.text(max_size=200)
pieces = st.one_of(st.sampled_from(NASTY), st.sampled_from(VERBS), st.text(max_size=30))
mixtures = st.lists(pieces, min_size=1, max_size=6).map(" ".join)
commands = st.builds("{} {}".format, st.sampled_from(VERBS), st.one_of(mixtures, anything))
long = st.builds(lambda text, times: (text * times)[:6_000], mixtures, st.integers(2, 200))
texts = {"anything": anything, "mixtures": mixtures, "commands": commands, "long": long}
HOW_MANY = {"anything": 4_000, "mixtures": 2_800, "commands": 2_800, "long": 400}  # 10,000


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


@pytest.mark.parametrize("kind", texts)
def test_any_text_gets_a_valid_answer_and_is_not_logged(kind, ask, logged):
    @settings(THOROUGH, max_examples=HOW_MANY[kind])
    @given(text=texts[kind], who=st.sampled_from(Standing))
    def anything_goes(text, who):
        logged.seek(0)
        logged.truncate()

        answer = ask(text, who=who)

        check(answer)
        typed = text.strip()
        if len(typed) >= 8 and typed not in plain(answer.rendered.text):
            assert typed not in logged.getvalue()

    anything_goes()


@pytest.mark.parametrize("kind", texts)
def test_hotline_answers_whatever_follows_it(kind, ask):
    @settings(THOROUGH, max_examples=HOW_MANY[kind] // 10)
    @given(text=texts[kind])
    def whatever_follows(text):
        answer = ask(f"hotline {text}", who=Standing.EXTERNAL)

        check(answer)
        assert answer.command.verb == "hotline"
        assert "911" in answer.rendered.text

    whatever_follows()


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
