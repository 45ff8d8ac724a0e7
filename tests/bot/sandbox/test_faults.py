"""
Faults by chance and limits of pace: the same every time, and all on record.
"""

import asyncio

import pytest
from aiohttp import ClientError
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from bot.sandbox.faults import Ceiling, Fault, Weather
from tests.workshop import workspace

POST = "chat.postMessage"


def test_the_same_seed_brings_the_same_weather():
    chances = ((0.1, Fault(status=500)), (0.2, Fault(drop="after")))
    days = [[weather.take() for _ in range(1000)] for weather in (Weather(chances, seed=1), Weather(chances, seed=1))]  # fmt: skip
    other = [Weather(chances, seed=2).take() for _ in range(1000)]

    assert days[0] == days[1] != other
    assert 60 < sum(fault == Fault(status=500) for fault in days[0]) < 140
    assert 650 < days[0].count(None) < 750


def test_a_ceiling_takes_a_seconds_worth_at_once_and_then_no_more_than_runs_in():
    ceiling = Ceiling(per_second=10)
    at_once = [ceiling.takes(f"C{number}", 100.0) for number in range(12)]

    assert at_once == [True] * 10 + [False] * 2
    assert [ceiling.takes("D", 100.05), ceiling.takes("D", 100.11)] == [False, True]
    assert [ceiling.takes("D", 101.1), ceiling.takes("D", 101.12)] == [False, True]


async def test_what_is_over_the_ceiling_is_told_to_wait_and_every_call_is_on_record():
    async with workspace() as sandbox:
        client = AsyncWebClient(
            token=sandbox.bot_token, base_url=sandbox.api_url, retry_handlers=[]
        )
        client.proxy = None
        sandbox.endpoints.faults.ceilings[POST] = Ceiling(per_second=5)
        await client.chat_postMessage(channel="C0GENERAL", text="one")
        with pytest.raises(SlackApiError) as refused:
            await client.chat_postMessage(channel="C0GENERAL", text="two")
        sandbox.fail_next(POST, drop="after")
        with pytest.raises(ClientError):
            await client.chat_postMessage(channel="C0PRIVATE", text="three")
        sandbox.endpoints.faults.weather[POST] = Weather([(1, Fault(answer_delay=0.05))], seed=1)
        slow = asyncio.create_task(client.chat_postMessage(channel="C0SHARED", text="four"))
        await sandbox.workspace.bell.wait_for(
            lambda: [m for m in sandbox.workspace.messages if m.text == "four"] or None, seconds=5
        )
        pending = [transit.ended is None for transit in sandbox.endpoints.transits]
        await slow

    assert refused.value.response.headers["Retry-After"] == "1"
    assert pending == [False, False, False, True]
    assert [each.proved for each in sandbox.endpoints.transits] == [True, True, False, True]
    assert [m.text for m in sandbox.workspace.messages] == ["one", "three", "four"]
