"""
What an operator's tools are told, over real HTTP: how it is, and never who or what.
"""

import asyncio
import re

import aiohttp
import pytest

from bot.health import HUNG_SECONDS, UNWRITTEN_SECONDS, Pulse, liveness, readiness
from bot.server import ListenError, serving
from tests.workshop import free_port, settings_for, workspace

WORD = "SECRETWORD"


@pytest.fixture
async def watched(library):
    """
    Runs a bot with a port for metrics; yields its sandbox and what asks that port.
    """
    port = free_port()
    async with workspace() as sandbox, aiohttp.ClientSession() as http:
        settings = settings_for(sandbox, door="socket", metrics_port=port, tick_seconds=0.1)

        async def ask(page, method="GET"):
            async with http.request(method, f"http://127.0.0.1:{port}/{page}") as answer:
                return answer.status, await answer.text()

        async with serving(settings, library=library) as bot:
            await sandbox.connected()
            yield bot, sandbox, ask


def value(page, name):
    (found,) = re.findall(rf"^{re.escape(name)} (\S+)$", page, re.MULTILINE)
    return float(found)


async def test_metrics_count_answers_and_say_neither_who_nor_what(watched):
    _, sandbox, ask = watched
    await sandbox.command("U0MEMBER", "/ht", "hotline child")
    await sandbox.command("U0MEMBER", "/ht", f"partner {WORD}")
    _, page = await ask("metrics")

    assert value(page, 'htbot_answers_total{outcome="answered"}') >= 1
    assert value(page, "htbot_answer_seconds_count") == 2
    assert value(page, "htbot_database_up") == 1
    assert value(page, "htbot_slack_connected") == 1
    assert value(page, 'htbot_deliveries{state="planned"}') == 0
    assert value(page, "htbot_tick_age_seconds") < 5
    for said in (WORD, "U0MEMBER", "T0", "hotline", "partner", sandbox.bot_token):
        assert said not in page


async def test_both_healths_answer_there_and_nothing_else(watched):
    _, _, ask = watched

    assert [(await ask(page))[0] for page in ("healthz", "readyz", "metrics")] == [200] * 3
    assert [(await ask(page))[0] for page in ("", "slack/events", "metrics/")] == [404] * 3
    assert (await ask("metrics", "POST"))[0] == 404


async def test_without_a_database_it_lives_is_not_ready_and_says_so(watched, library, tmp_path):
    _, _, ask = watched
    (tmp_path / "ht.db").unlink()
    alive, ready, metrics = await ask("healthz"), await ask("readyz"), await ask("metrics")
    serving = await ask("servingz")

    assert alive[0] == 200
    assert serving[0] == 200  # hotlines are answered from memory: nobody is sent elsewhere
    assert ready[0] == 503
    assert "missing or damaged" in ready[1]
    assert metrics[0] == 200
    assert value(metrics[1], "htbot_database_up") == 0
    assert "htbot_deliveries{" not in metrics[1]


async def test_before_slack_knows_it_it_is_not_ready(library):
    async with workspace() as sandbox:
        sandbox.fail_next("auth.test", error="fatal_error")
        settings = settings_for(sandbox, door="socket")
        async with serving(settings, library=library) as bot:
            report = readiness(bot.pulse, library=library, connected=bot.connected)

    assert report.findings == {"tick": "ok", "database": "ok", "slack": "not connected"}
    assert not report.ok


@pytest.mark.parametrize(
    ("tick_seconds", "age", "ok"),
    [
        (1, HUNG_SECONDS - 1, True), (1, HUNG_SECONDS + 1, False),
        (3600, 35_000, True), (3600, 37_000, False),
    ],
)  # fmt: skip
async def test_a_tick_that_never_ends_is_no_life(tick_seconds, age, ok):
    now = asyncio.get_running_loop().time()
    ticking = Pulse(tick_seconds=tick_seconds, ticked_at=now - age)
    never = Pulse(tick_seconds=tick_seconds, began_at=now - age)

    assert liveness(ticking).ok is liveness(never).ok is ok


@pytest.mark.parametrize(("age", "said"), [(-1, "ok"), (1, "nothing could be written for 61 s")])
async def test_a_database_that_takes_no_word_of_the_process_is_not_ready(library, age, said):
    now = asyncio.get_running_loop().time()
    pulse = Pulse(tick_seconds=1, ticked_at=now, noted_at=now - UNWRITTEN_SECONDS - age, heard=True)

    assert readiness(pulse, library=library, connected=True).findings["database"] == said
    assert liveness(pulse).ok


async def test_a_port_for_metrics_that_is_taken_is_said(watched, library):
    bot, sandbox, _ = watched
    port = bot.settings.metrics_port
    with pytest.raises(ListenError):
        async with serving(
            settings_for(sandbox, door="socket", metrics_port=port), library=library
        ):
            pass
