"""The sandbox's page for people: choose who you are, type a command, press buttons."""

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, urlencode, urlsplit
from zoneinfo import ZoneInfo

from aiohttp import web

from bot.sandbox import acts, files
from bot.sandbox.blocks_html import render_blocks
from bot.sandbox.fields_html import field_name, search_name
from bot.sandbox.page_clock import carry_out
from bot.sandbox.page_html import BY_ENTER, TABS, Tab, draw_page
from bot.sandbox.page_side import chosen, draw_side
from bot.sandbox.views import STATES
from bot.sandbox.workspace import Message, View, interactive

if TYPE_CHECKING:
    from bot.sandbox.outcome import Outcome
    from bot.sandbox.server import Sandbox

STATIC = Path(__file__).parent / "static"
FILES = {"style.css": "text/css", "page.js": "text/javascript"}
LISTEN_SECONDS = 20.0
HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; style-src 'self'; script-src 'self'; connect-src 'self'; "
        "form-action 'self'; base-uri 'none'; frame-src 'self'; frame-ancestors 'self'"
    ),
    "Cache-Control": "no-store",
    "Referrer-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
}
SHOWN_ERRORS = {
    "operation_timeout": "The bot did not answer within 3 seconds",
    "dispatch_failed": "The bot could not be reached",
    "not_allowed": "Slack takes none from deactivated people, nor from people of another workspace",
    "not_in_channel": "Slack takes no commands from people who are not in the channel",
    "missing_required": "Nothing was sent: see what is wrong beside each field",
    "query_too_short": "Nothing was searched for",
}
OTHER_ERROR = "The bot answered something Slack refuses"


class Page:
    """Serves the page, and does what is clicked on it."""

    def __init__(self, sandbox: "Sandbox") -> None:
        self.sandbox = sandbox
        self.notices: dict[str, str] = {}
        self.focus: dict[str, str] = {}  # by person: the block_id to go on at

    def routes(self) -> list[web.RouteDef]:
        """Return what to serve."""
        return [
            web.get("/", self._show),
            web.get("/side", self._side),
            web.get("/changes", self._changes),
            web.get("/static/{name}", self._static),
            web.get("/files/{id}", self._file),
            web.post("/command", self._command),
            web.post("/home", self._home),
            web.post("/act", self._act),
            web.post("/shortcut", self._shortcut),
            web.post("/account", self._account),
            web.post("/clock", self._clock),
        ]

    async def _static(self, request: web.Request) -> web.Response:
        name = request.match_info["name"]
        if name not in FILES:
            raise web.HTTPNotFound
        text = (STATIC / name).read_text(encoding="utf-8")
        return web.Response(text=text, content_type=FILES[name], headers=HEADERS)

    async def _file(self, request: web.Request) -> web.Response:
        """Hand out a file to somebody who can see it."""
        person = request.query.get("person", "")
        file = files.seen_by(self.sandbox.workspace, request.match_info["id"], person)
        if file is None:
            raise web.HTTPNotFound
        named = f"attachment; filename*=UTF-8''{quote(file.name, safe='')}"
        return web.Response(
            body=file.content,
            content_type="application/octet-stream",
            headers=HEADERS | {"Content-Disposition": named},
        )

    async def _changes(self, request: web.Request) -> web.Response:
        """Answer as soon as something has happened since the page was drawn."""
        workspace = self.sandbox.workspace
        given = request.query.get("after", "")
        after = int(given) if given.isdecimal() else 0
        try:
            now = await workspace.bell.wait_for(
                lambda: workspace.sequence if workspace.sequence != after else None,
                seconds=LISTEN_SECONDS,
            )
        except TimeoutError:
            now = after
        return web.json_response({"sequence": now}, headers=HEADERS)

    async def _show(self, request: web.Request) -> web.Response:
        person, channel = self._place(request.query)
        # A page that redraws itself must not use up what the next page has to say.
        notice = "" if "redraw" in request.query else self.notices.pop(person, "")
        body = draw_page(
            self.sandbox.workspace,
            person=person,
            channel=channel,
            tab=_tab(request.query),
            notice=notice,
            focus=self.focus.get(person, ""),  # a redrawn form shall differ in nothing
            keeper=self.sandbox.timekeeper,
            pane=request.headers.get("Sec-Fetch-Dest") == "iframe",  # as browsers say
        )
        return web.Response(text=body, content_type="text/html", headers=HEADERS)

    async def _side(self, request: web.Request) -> web.Response:
        """Show several people, each in a frame with the page as they see it."""
        channels = self.sandbox.workspace.channels.values()
        anywhere = {id for channel in channels for id in channel.members}
        people = [p for p in self.sandbox.workspace.people.values() if p.id in anywhere]
        shown = chosen(people, request.query.getall("people", []))
        body = draw_side(people, shown=shown)
        return web.Response(text=body, content_type="text/html", headers=HEADERS)

    def _place(self, fields: Any) -> tuple[str, str]:
        """Return the person and the channel chosen, or the first there are."""
        workspace = self.sandbox.workspace
        person = str(fields.get("person", ""))
        if not any(person in channel.members for channel in workspace.channels.values()):
            person = "U0MEMBER"
        places = [c.id for c in workspace.channels.values() if person in c.members]
        channel = str(fields.get("channel", ""))
        return person, channel if channel in places else places[0]

    # What is clicked.

    async def _command(self, request: web.Request) -> web.Response:
        form = await _form(request)
        person, channel = self._place(form)
        name, _, text = str(form.get("command", "")).strip().partition(" ")
        outcome = await self.sandbox.command(person, name, text, channel=channel)
        return self._back(person, channel, outcome)

    async def _home(self, request: web.Request) -> web.Response:
        person, channel = self._place(await _form(request))
        outcome = await self.sandbox.open_home(person)
        return self._back(person, channel, outcome, tab="home")

    async def _shortcut(self, request: web.Request) -> web.Response:
        form = await _form(request)
        person, channel = self._place(form)
        try:
            outcome = await self.sandbox.shortcut(person, str(form.get("callback_id")))
        except LookupError as error:
            raise web.HTTPBadRequest(text=str(error)) from error
        return self._back(person, channel, outcome, tab=_tab(form))

    async def _account(self, request: web.Request) -> web.Response:
        form = await _form(request)
        person, channel = self._place(form)
        change = self.sandbox.reactivate if "reactivate" in form else self.sandbox.deactivate
        try:
            outcome = await change(person)
        except ValueError as error:
            raise web.HTTPBadRequest(text=str(error)) from error
        return self._back(person, channel, outcome, tab=_tab(form))

    async def _clock(self, request: web.Request) -> web.Response:
        form = await _form(request)
        person, channel = self._place(form)
        keeper, workspace = self.sandbox.timekeeper, self.sandbox.workspace
        if keeper is None:
            raise web.HTTPNotFound
        zone = ZoneInfo(workspace.people[person].tz)
        try:
            carry_out(keeper, form, now=workspace.clock(), zone=zone)
        except ValueError as error:
            self.notices[person] = str(error)
        query = urlencode({"person": person, "channel": channel, "tab": _tab(form)})
        raise web.HTTPSeeOther(f"/?{query}")

    async def _act(self, request: web.Request) -> web.Response:
        form = await _form(request)
        person, channel = self._place(form)
        where = self._find(person, form)
        self.focus.pop(person, None)
        try:
            outcome = await self._do(person, where, form)
        except (LookupError, ValueError) as error:
            raise web.HTTPBadRequest(text=f"That is not there to press: {error}") from error
        return self._back(person, channel, outcome, tab=_tab(form))

    async def _do(self, person: str, where: Message | View, form: Any) -> "Outcome":
        if isinstance(where, View):
            acts.fill(where, _typed(where, form))
        if (searched := _searched(where, form)) is not None:
            block_id, action_id = searched
            self.focus[person] = block_id
            text = str(form.get(search_name(block_id, action_id), ""))
            return await self.sandbox.suggest(person, where, action_id, text, block_id=block_id)
        if "press" in form:
            block_id, action_id = json.loads(str(form["press"]))
            return await self.sandbox.press(person, where, action_id, block_id=block_id)
        if "feedback" in form:
            block_id, action_id, value = json.loads(str(form["feedback"]))
            return await self.sandbox.select(person, where, action_id, value, block_id=block_id)
        if "choose" in form:
            block_id, action_id = json.loads(str(form["choose"]))
            _, element = acts.find(where.blocks, action_id, block_id=block_id)
            value = _value(element, form, field_name(block_id, action_id))
            return await self.sandbox.select(person, where, action_id, value, block_id=block_id)
        if isinstance(where, View) and "close" in form:
            return await self.sandbox.close(person, where)
        if isinstance(where, View):
            outcome = await self.sandbox.submit(person, where)
            if where.errors:
                wrong = [b["block_id"] for b in where.blocks if b["block_id"] in where.errors]
                self.focus[person] = wrong[0]
            return outcome
        raise LookupError("nothing was pressed")

    def _find(self, person: str, form: Any) -> Message | View:
        workspace = self.sandbox.workspace
        if "view" in form:
            shown = [*workspace.stacks.get(person, []), *workspace.homes.values()]
            for view in shown:
                if (view.id, view.person) == (form["view"], person):
                    return view
        for message in workspace.visible(person):
            if (message.channel, message.ts) == (form.get("in"), form.get("ts")):
                return message
        raise web.HTTPNotFound(text="That message or form is no longer there.")

    def _goes_on(self, person: str) -> bool:
        modal = self.sandbox.modal(person)
        shown = self.sandbox.workspace.visible(person) if modal is None else [modal]
        focus = self.focus.get(person)
        return any(block["block_id"] == focus for where in shown for block in where.blocks)

    def _back(
        self, person: str, channel: str, outcome: "Outcome", *, tab: Tab = "messages"
    ) -> web.Response:
        if outcome.error is not None:
            reason = SHOWN_ERRORS.get(outcome.error, OTHER_ERROR)
            detail = "; ".join(outcome.detail)
            self.notices[person] = f"{reason} ({outcome.error}). {detail}".strip()
        query = urlencode({"person": person, "channel": channel, "tab": tab})
        # An address that leads to a place takes the focus there, whatever else asks for it.
        modal = self.sandbox.modal(person) is not None
        focused = "" if self._goes_on(person) else "#title" if modal else "#latest"
        raise web.HTTPSeeOther(f"/?{query}{focused}")


async def _form(request: web.Request) -> Any:
    """Return the posted fields, if they come from this page and no other."""
    origin = urlsplit(request.headers.get("Origin", ""))
    if origin.scheme != request.scheme or origin.netloc != request.host:
        raise web.HTTPForbidden(text="Only the sandbox's own page may do that.")
    return await request.post()


def _typed(view: View, form: Any) -> dict[str, Any]:
    values: dict[str, Any] = {}
    for block in view.blocks:
        for element in interactive(block):
            name = field_name(block["block_id"], element["action_id"])
            if block["type"] != "input" or element["type"] not in STATES:
                continue
            values[block["block_id"]] = _value(element, form, name)
    return values


def _value(element: dict[str, Any], form: Any, name: str) -> Any:
    entries = [str(value) for value in form.getall(name, []) if value]
    if element["type"] in STATES and STATES[element["type"]][0].endswith("s"):
        return entries
    value: Any = entries[0] if entries else None
    if element["type"] == "datetimepicker" and value:
        value = int(datetime.fromisoformat(value).replace(tzinfo=UTC).timestamp())
    elif element["type"] == "plain_text_input" and value:
        value = value.replace("\r\n", "\n")  # as a form sends the lines of a text
    return value


def _searched(where: Message | View, form: Any) -> tuple[str, str] | None:
    """Return the menu that was searched: by its button, or by Enter in its field."""
    if "search" in form:
        block_id, action_id = json.loads(str(form["search"]))
        return str(block_id), str(action_id)
    if form.get("submit") != BY_ENTER:
        return None
    for block in where.blocks:
        for element in interactive(block):
            place = (block["block_id"], element["action_id"])
            typed = str(form.get(search_name(*place), ""))
            before = where.offers[place].typed if place in where.offers else ""
            if element["type"].endswith("external_select") and typed != before:
                return place
    return None


def _tab(fields: Any) -> Tab:
    return next((tab for tab in TABS if tab == fields.get("tab")), "messages")


__all__ = ["Page", "render_blocks"]
