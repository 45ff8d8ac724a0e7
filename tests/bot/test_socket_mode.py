"""
The connection to Slack is watched: one that fell silent is made anew.
"""

import asyncio

import pytest

from bot import socket_mode
from bot.health import Pulse
from bot.socket_mode import PATIENCE, _keep_connected


class Client:
    """
    A connection that stands at first, then is none, and then stands again.
    """

    def __init__(self, *stands):
        self.stands = list(stands)
        self.wss_uri = "used"
        self.renewed = 0
        self.over = asyncio.Event()

    async def connect(self):
        pass

    async def is_connected(self):
        if not self.stands:
            self.over.set()
            await asyncio.Event().wait()
        return self.stands.pop(0)

    async def connect_to_new_endpoint(self):
        self.renewed += 1


@pytest.mark.parametrize(
    ("stands", "renewed", "heard"),
    [
        ([True, True], 0, True),
        ([False] * (PATIENCE - 1), 0, False),  # the client notices that itself
        ([False] * PATIENCE, 1, False),
        ([*[False] * (PATIENCE + 1), True], 2, True),
    ],
)
async def test_a_connection_that_fell_silent_is_made_anew(monkeypatch, stands, renewed, heard):
    monkeypatch.setattr(socket_mode, "WATCH_SECONDS", 0)
    client, pulse = Client(*stands), Pulse(tick_seconds=1)
    watching = asyncio.create_task(_keep_connected(client, pulse))

    async with asyncio.timeout(5):
        await client.over.wait()
    watching.cancel()

    assert (client.renewed, pulse.heard) == (renewed, heard)
    assert client.wss_uri == ("used" if all(stands) else None)  # a ticket is good for one
