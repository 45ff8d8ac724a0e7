"""The addresses the bot calls: the Web API, and the response addresses."""

import asyncio
import json
from collections.abc import Callable
from typing import Any

from aiohttp import web

from bot.sandbox import api, files, limits
from bot.sandbox.errors import SlackError
from bot.sandbox.faults import Call, Fault, Faults, Transit, refusal
from bot.sandbox.workspace import RESPONSE_USES, ResponseUrl, Workspace

RESPONSE_METHOD = "response_url"
UPLOAD_METHOD = "upload"


class Endpoints:
    """
    Answers the bot's requests.

    Args:
        connect: makes a new Socket Mode address, for ``apps.connections.open``.
    """

    def __init__(
        self,
        workspace: Workspace,
        *,
        bot_token: str,
        app_token: str,
        scopes: frozenset[str],
        connect: Callable[[], str],
    ) -> None:
        self.workspace = workspace
        self.bot_token = bot_token
        self.app_token = app_token
        self.scopes = scopes
        self.connect = connect
        self.faults = Faults()
        self.calls: list[Call] = []
        self.transits: list[Transit] = []

    def routes(self) -> list[web.RouteDef]:
        """Return what to serve; Slack takes GET as well as POST."""
        return [
            web.get("/api/{method}", self._api),
            web.post("/api/{method}", self._api),
            web.get("/{caller}/api/{method}", self._api),
            web.post("/{caller}/api/{method}", self._api),
            web.post("/response/{id:.+}", self._respond),
            web.post("/upload/{id}", self._upload),
        ]

    async def _api(self, request: web.Request) -> web.StreamResponse:
        method = request.match_info["method"]
        args = await _arguments(request)
        header = request.headers.get("Authorization", "")
        token = header.removeprefix("Bearer ") or str(args.pop("token", ""))

        def act() -> dict[str, Any]:
            try:
                answer = {"ok": True} | self._call(method, args, token)
            except SlackError as error:
                return refusal(error)
            if "upload_url" in answer:
                answer["upload_url"] = str(request.url.with_path(answer["upload_url"]))
            return answer

        return await self._answer(request, method, args, act)

    async def _answer(
        self,
        request: web.Request,
        method: str,
        args: dict[str, Any],
        act: Callable[[], dict[str, Any]],
    ) -> web.StreamResponse:
        now = asyncio.get_running_loop().time
        caller = request.match_info.get("caller", "")
        transit = Transit(method=method, args=args, caller=caller, begun=now())
        self.transits.append(transit)
        fault = self.faults.over(method, args, now()) or self.faults.take(method) or Fault()
        if fault.delay:
            await asyncio.sleep(fault.delay)
        status, answer, headers = 200, {}, {"X-OAuth-Scopes": ",".join(sorted(self.scopes))}
        if fault.retry_after is not None:
            status, headers["Retry-After"] = 429, str(fault.retry_after)
            answer = {"ok": False, "error": "ratelimited"}
        elif fault.error is not None:
            answer = {"ok": False, "error": fault.error}
        elif fault.status is not None:
            status = fault.status
        elif fault.drop != "before":
            answer = act()
        if fault.answer_delay:
            await asyncio.sleep(fault.answer_delay)
        transit.ended = now()
        transit.proved = fault.drop is None and status < 500
        self.calls.append(
            Call(method=method, args=args, status=None if fault.drop else status, answer=answer)
        )
        self.workspace.bell.ring()
        if fault.drop:
            if request.transport is not None:
                request.transport.abort()
            return web.Response(status=500)
        if fault.status is not None:
            return web.Response(status=status, text=f"upstream error {status}", headers=headers)
        if method == RESPONSE_METHOD:
            return _response_answer(status, answer, headers)
        if method == UPLOAD_METHOD:
            return web.Response(status=200 if answer.get("ok") else 400, text="OK")
        return web.json_response(answer, status=status, headers=headers)

    def _call(self, method: str, args: dict[str, Any], token: str) -> dict[str, Any]:
        if not token and method != "api.test":
            raise SlackError("not_authed")
        if token not in (self.bot_token, self.app_token) and method != "api.test":
            raise SlackError("invalid_auth")
        if method == "apps.connections.open":
            if token != self.app_token:
                raise SlackError("not_allowed_token_type")
            return {"url": self.connect()}
        if method not in api.METHODS:
            raise SlackError("unknown_method", req_method=method)
        if token == self.app_token and method not in ("api.test", "auth.test"):
            raise SlackError("not_allowed_token_type")
        needed = api.scope_of(self.workspace, method, args)
        if needed is not None and needed not in self.scopes:
            provided = ",".join(sorted(self.scopes))
            raise SlackError("missing_scope", needed=needed, provided=provided)
        return api.METHODS[method][0](self.workspace, args)

    async def _respond(self, request: web.Request) -> web.StreamResponse:
        url = self.workspace.response_urls.get(request.match_info["id"])
        args = await _arguments(request)

        def act() -> dict[str, Any]:
            try:
                respond(self.workspace, url, args)
            except SlackError as error:
                return refusal(error)
            return {"ok": True}

        return await self._answer(request, RESPONSE_METHOD, args, act)

    async def _upload(self, request: web.Request) -> web.StreamResponse:
        id, content = request.match_info["id"], await request.read()

        def act() -> dict[str, Any]:
            return {"ok": files.take(self.workspace, id, content)}

        return await self._answer(request, UPLOAD_METHOD, {"id": id}, act)


def respond(workspace: Workspace, url: ResponseUrl | None, content: dict[str, Any]) -> None:
    """
    Do what was posted to a response address.

    Raises:
        SlackError: `no_service`, `expired_url`, `used_url`, or why the message is refused.
    """
    if url is None:
        raise SlackError("no_service")
    if workspace.clock() > url.expires:
        raise SlackError("expired_url")
    if url.uses >= RESPONSE_USES:
        raise SlackError("used_url")
    original = url.message
    if _true(content.get("delete_original")):
        url.uses += 1
        if original is not None:
            workspace.delete(original)
        return
    limits.validate_message(content, data_blocks=workspace.data_blocks)
    # A refused message costs no use: nothing appeared.
    url.uses += 1
    show(workspace, url, content, via=RESPONSE_METHOD)


def show(workspace: Workspace, url: ResponseUrl, content: dict[str, Any], *, via: str) -> None:
    """Show a valid answer to an interaction: in place of the original, or as a new message."""
    original, kind = url.message, content.get("response_type")
    replaces = _true(content.get("replace_original"))
    if original is not None and not original.deleted and replaces:
        workspace.edit(original, content, cause=url.cause)
        return
    to = None if kind == "in_channel" else url.person
    workspace.post(content, channel=url.channel, via=via, to=to, cause=url.cause)


def _true(value: Any) -> bool:
    return value in (True, "true", 1)


def _response_answer(
    status: int, answer: dict[str, Any], headers: dict[str, str]
) -> web.StreamResponse:
    if answer.get("ok"):
        return web.Response(text="ok", headers=headers)
    if status == 200:
        gone = answer.get("error") in ("no_service", "expired_url", "used_url")
        status = 404 if gone else 400
    return web.json_response(answer, status=status, headers=headers)


async def _arguments(request: web.Request) -> dict[str, Any]:
    args: dict[str, Any] = dict(request.query)
    if request.content_type == "application/json":
        try:
            body = json.loads(await request.read() or b"{}")
        except ValueError:
            body = {}
        return args | body if isinstance(body, dict) else args
    form = await request.post()
    args |= {key: value for key, value in form.items() if isinstance(value, str)}
    if "payload" in args:  # the old way to post to a response address
        args |= json.loads(args.pop("payload"))
    return args
