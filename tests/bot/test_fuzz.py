"""
Whatever Slack signs is answered: never with a 500, and not a word of it is logged.
"""

import asyncio
import json
from collections import Counter
from functools import partial
from urllib.parse import urlencode

import jsonschema
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.forms import CALLBACK
from bot.sandbox.signed import FORM, JSON, interaction
from tests.bot.fuzzing import MARK, WORDS, fits, nearly
from tests.bot.slack_payloads import COMMAND, EVENT, INTERACTION, OPTIONS
from tests.workshop import place

KNOWN = {
    "x-callback": [CALLBACK, "register"],
    "x-action": ["ask:0", "share:0", "typed", "free", "x"],
    "x-metadata": [json.dumps({"opened_by": word, "nonce": word, "seen": "1"}) for word in WORDS],
}
SCHEMAS = {"command": COMMAND, "interaction": INTERACTION, "options": OPTIONS, "event": EVENT}
FITTING = {name: fits(schema, known=KNOWN) for name, schema in SCHEMAS.items()}


def posted(name, payload):
    """
    Return the body and its type, as Slack posts *payload*.
    """
    if name == "event":
        return json.dumps(payload).encode(), JSON
    if name == "command":
        return urlencode({key: str(value) for key, value in payload.items()}, errors="replace").encode(), FORM  # fmt: skip
    return interaction(payload), FORM


bodies = st.one_of(
    *(nearly(each).map(partial(posted, name)) for name, each in FITTING.items()),
    st.tuples(
        st.binary(max_size=60).map(lambda body: body + MARK.encode()),
        st.sampled_from([FORM, JSON, "text/plain", ""]),
    ),
)
once = settings(
    max_examples=150,
    deadline=None,
    database=None,
    derandomize=True,
    suppress_health_check=list(HealthCheck),
)


@given(st.data())
@settings(once, max_examples=4)
def test_the_strategies_make_what_fits_the_schemas(data):
    for name, schema in SCHEMAS.items():
        jsonschema.validate(data.draw(FITTING[name]), schema)


async def test_whatever_slack_signs_is_answered_and_not_logged(library, logged):
    answered = Counter()
    async with place("http", library, seconds=20) as at:

        @once
        @given(bodies)
        async def post(body):
            answer = await at.sandbox.signed.post(body[0], content_type=body[1], seconds=20)
            answered[answer.status] += 1
            assert answer.status < 500, body

        # Hypothesis calls what is not asynchronous: it runs in a thread, the bot in the loop.
        loop, inner = asyncio.get_running_loop(), post.hypothesis.inner_test

        def run(**drawn):
            asyncio.run_coroutine_threadsafe(inner(**drawn), loop).result()

        post.hypothesis.inner_test = run
        await asyncio.to_thread(post)
        await at.bot.listeners.drain()

    assert MARK not in logged.getvalue()
    assert answered[200] > 75
