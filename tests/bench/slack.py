"""
Slack's Web API as cheap as it can be: its answers are constant, and a Home tab is kept as it came.
"""

import asyncio
import itertools
import json
import re
import time
from collections import Counter
from typing import Any, Self
from urllib.parse import parse_qs

from bot.sandbox.people import APP, BOT, BOT_USER, TEAM, Person

TOKEN, SECRET = "xoxb-bench", "bench-signing-secret"
LENGTH = re.compile(rb"content-length: (\d+)", re.IGNORECASE)
# As slack_sdk writes it: the view stands at the end, and need not be read to be kept.
PUBLISHED = re.compile(rb'\{"user_id": ?"(\w+)", ?"view": ?(\{.*\})\}', re.DOTALL)
AUTH = {
    "ok": True, "url": "https://bench.slack.com/", "team": "Bench", "user": "htbot",
    "team_id": TEAM, "user_id": BOT_USER, "bot_id": BOT, "is_enterprise_install": False,
}  # fmt: skip
VIEW = {
    "team_id": TEAM, "app_id": APP, "app_installed_team_id": TEAM, "bot_id": BOT,
    "callback_id": "", "external_id": "", "previous_view_id": None, "state": {"values": {}},
    "title": {"type": "plain_text", "text": "View Title", "emoji": True},
    "clear_on_close": False, "notify_on_close": False, "close": None, "submit": None,
}  # fmt: skip


class Slack:
    """
    Attributes:
        calls: how often each method was called; "response" is an address to answer at.
        posted_at: when each message came, by `time.perf_counter`.
    """

    def __init__(self) -> None:
        self.calls: Counter[str] = Counter()
        self.posted_at: list[float] = []
        self._homes: dict[str, bytes] = {}
        self._numbers = itertools.count(1)

    async def __aenter__(self) -> Self:
        loop = asyncio.get_running_loop()
        self._server = await loop.create_server(lambda: _Connection(self), "127.0.0.1", 0)
        port = self._server.sockets[0].getsockname()[1]
        self.api_url = f"http://127.0.0.1:{port}/api/"
        self.response_url = f"http://127.0.0.1:{port}/api/response"
        return self

    async def __aexit__(self, *_: object) -> None:
        self._server.close()

    def home(self, person: str) -> bytes | None:
        """
        Return the view that stands on *person*'s Home, as it comes with events.
        """
        return self._homes.get(person)

    def answer(self, method: str, query: str, body: bytes) -> bytes:
        self.calls[method] += 1
        if method == "views.publish":
            return b'{"ok": true, "view": ' + self._publish(body) + b"}"
        return json.dumps(self._answer(method, query, body)).encode()

    def _answer(self, method: str, query: str, body: bytes) -> dict[str, Any]:
        match method:
            case "auth.test":
                return AUTH
            case "users.info":
                id = parse_qs(query)["user"][0]
                person = Person(id=id, name=id.lower(), real_name=id, kind="member")
                return {"ok": True, "user": person.as_user(include_locale=True)}
            case "chat.postMessage" | "chat.update":
                if method == "chat.postMessage":
                    self.posted_at.append(time.perf_counter())
                channel = json.loads(body)["channel"].replace("U", "D", 1)
                return {"ok": True, "channel": channel, "ts": self._stamp("06d"), "message": {}}
            case "response":
                return {"ok": True}
        return {"ok": False, "error": "unknown_method"}

    def _publish(self, body: bytes) -> bytes:
        if found := PUBLISHED.fullmatch(body):
            person, view = found[1].decode(), found[2]
        else:
            said = json.loads(body)
            person, view = said["user_id"], json.dumps(said["view"]).encode()
        id = f"V0{person}"
        added: dict[str, Any] = {**VIEW, "id": id, "root_view_id": id, "hash": self._stamp("08x")}
        if b'"private_metadata"' not in view:
            added["private_metadata"] = ""
        self._homes[person] = json.dumps(added).encode()[:-1] + b", " + view[1:]
        return self._homes[person]

    def _stamp(self, how: str) -> str:
        return f"{int(time.time())}.{next(self._numbers):{how}}"


class _Connection(asyncio.Protocol):
    """
    One request at a time, kept alive.
    """

    def __init__(self, slack: Slack) -> None:
        self._slack = slack

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = transport
        self._received = b""

    def data_received(self, data: bytes) -> None:
        self._received += data
        head, found, body = self._received.partition(b"\r\n\r\n")
        length = LENGTH.search(head)
        if not found or len(body) < int(length[1] if length else 0):
            return
        self._received = b""
        path, _, query = head.split(b" ", 2)[1].decode().partition("?")
        answer = self._slack.answer(path.rpartition("/")[2], query, body)
        self._transport.write(
            b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%b"
            % (len(answer), answer)
        )
