"""The sandbox's page for people: choose who you are, type a command, press buttons."""

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode, urlsplit

from aiohttp import web

from bot.sandbox import acts
from bot.sandbox.blocks_html import field_name, render_blocks
from bot.sandbox.mrkdwn import escape, plain, render
from bot.sandbox.views import STATES
from bot.sandbox.workspace import Message, View, interactive

if TYPE_CHECKING:
    from bot.sandbox.outcome import Outcome
    from bot.sandbox.server import Sandbox

STATIC = Path(__file__).parent / "static"
FILES = {"style.css": "text/css", "page.js": "text/javascript"}
WHO = ("U0ADMIN", "U0COORD", "U0MEMBER", "U0GUEST", "U0EXTERN")
FIRST_COMMAND = "/ht hotline"
LISTEN_SECONDS = 20.0
HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; style-src 'self'; script-src 'self'; connect-src 'self'; "
        "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    ),
    "Cache-Control": "no-store",
    "Referrer-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
}
SHOWN_ERRORS = {
    "operation_timeout": "did not answer within 3 seconds",
    "dispatch_failed": "could not be reached",
    "not_allowed": "takes no commands from people of another workspace",
    "missing_required": "was not asked: something is missing in the form",
}


class Page:
    """Serves the page, and does what is clicked on it."""

    def __init__(self, sandbox: "Sandbox") -> None:
        self.sandbox = sandbox
        self.notices: dict[str, str] = {}

    def routes(self) -> list[web.RouteDef]:
        """Return what to serve."""
        return [
            web.get("/", self._show),
            web.get("/changes", self._changes),
            web.get("/static/{name}", self._static),
            web.post("/command", self._command),
            web.post("/home", self._home),
            web.post("/act", self._act),
        ]

    async def _static(self, request: web.Request) -> web.Response:
        name = request.match_info["name"]
        if name not in FILES:
            raise web.HTTPNotFound
        text = (STATIC / name).read_text(encoding="utf-8")
        return web.Response(text=text, content_type=FILES[name], headers=HEADERS)

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
        tab = request.query.get("tab", "messages")
        body = self._document(person, channel, tab)
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

    async def _act(self, request: web.Request) -> web.Response:
        form = await _form(request)
        person, channel = self._place(form)
        where = self._find(person, form)
        tab = "home" if isinstance(where, View) and where.type == "home" else "messages"
        try:
            outcome = await self._do(person, where, form)
        except (LookupError, ValueError) as error:
            raise web.HTTPBadRequest(text=f"That is not there to press: {error}") from error
        return self._back(person, channel, outcome, tab=tab)

    async def _do(self, person: str, where: Message | View, form: Any) -> "Outcome":
        if isinstance(where, View):
            acts.fill(where, _typed(where, form))
        if "press" in form:
            block_id, action_id = json.loads(str(form["press"]))
            return await self.sandbox.press(person, where, action_id, block_id=block_id)
        if "feedback" in form:
            block_id, action_id, value = json.loads(str(form["feedback"]))
            return await self.sandbox.select(person, where, action_id, value, block_id=block_id)
        if "choose" in form:
            block_id, action_id = json.loads(str(form["choose"]))
            value = str(form.get(field_name(block_id, action_id), ""))
            return await self.sandbox.select(person, where, action_id, value, block_id=block_id)
        if isinstance(where, View) and "close" in form:
            return await self.sandbox.close(person, where)
        if isinstance(where, View):
            return await self.sandbox.submit(person, where)
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

    def _back(
        self, person: str, channel: str, outcome: "Outcome", *, tab: str = "messages"
    ) -> web.Response:
        if outcome.error is not None:
            reason = SHOWN_ERRORS.get(outcome.error, "answered something Slack refuses")
            detail = "; ".join(outcome.detail)
            self.notices[person] = f"The bot {reason} ({outcome.error}). {detail}"
        query = urlencode({"person": person, "channel": channel, "tab": tab})
        raise web.HTTPSeeOther(f"/?{query}#latest")

    # How it looks.

    def _document(self, person: str, channel: str, tab: str) -> str:
        workspace = self.sandbox.workspace
        notice = self.notices.pop(person, "")
        alert = f'<p class="notice" role="alert">{plain(notice)}</p>' if notice else ""
        content = self._home_tab(person, channel) if tab == "home" else self._feed(person, channel)
        hidden = _hidden(person=person, channel=channel, tab=tab)
        here = urlencode({"person": person, "channel": channel})
        return f"""<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Slack sandbox</title>
<link rel="stylesheet" href="/static/style.css">
<script src="/static/page.js" defer></script>
</head>
<body data-sequence="{workspace.sequence}">
<header>
<h1>Slack sandbox</h1>
<p>A pretended workspace on this machine. Nothing here reaches Slack.</p>
<form method="get" action="/" class="who">
<label>You are <select name="person">{self._people(person)}</select></label>
<label>in <select name="channel">{self._channels(person, channel)}</select></label>
<input type="hidden" name="tab" value="{escape(tab)}">
<button type="submit">Switch</button>
</form>
<nav aria-label="Tabs">
<a href="/?{escape(here)}"{_current(tab, "messages")}>Messages</a>
<form method="post" action="/home">{hidden}
<button type="submit" class="tab"{_current(tab, "home")}>Home</button></form>
</nav>
</header>
<main>
{alert}
<div id="content" aria-live="polite">{content}</div>
<div id="dialogs">{self._dialog(person, channel)}</div>
</main>
<form method="post" action="/command" class="command">{hidden}
<label for="command">Command</label>
<input id="command" name="command" value="{FIRST_COMMAND}" autocomplete="off" required>
<button type="submit" class="primary">Send</button>
</form>
</body>
</html>
"""

    def _people(self, chosen: str) -> str:
        people = self.sandbox.workspace.people
        names = {id: f"{people[id].real_name} ({people[id].kind})" for id in WHO if id in people}
        return _options(names, chosen)

    def _channels(self, person: str, chosen: str) -> str:
        channels = self.sandbox.workspace.channels.values()
        names = {
            c.id: "Direct message" if c.is_im else f"#{c.name}{' (shared)' * c.is_ext_shared}"
            for c in channels
            if person in c.members and not c.is_archived
        }
        return _options(names, chosen)

    def _feed(self, person: str, channel: str) -> str:
        shown = self.sandbox.workspace.visible(person, channel=channel)
        if not shown:
            return '<p class="empty">No messages yet. Send the command below.</p>'
        articles = [self._message(person, channel, message) for message in shown]
        return "\n".join(articles) + '<span id="latest"></span>'

    def _message(self, person: str, channel: str, message: Message) -> str:
        time = datetime.fromtimestamp(float(message.ts), UTC)
        author = "You" if message.via == "typed" else "HT bot"
        mark = '<p class="only">Only visible to you</p>' if message.ephemeral else ""
        edited = " (edited)" if message.edited else ""
        if message.blocks:
            content = render_blocks(
                message.blocks, name_of=self._name, people=self._offered(), state=message.state
            )
            fields = _hidden(person=person, channel=channel, **{"in": message.channel})
            place = f"{fields}{_hidden(ts=message.ts)}"
            content = f'<form method="post" action="/act">{place}{content}</form>'
        else:
            content = f"<p>{render(message.text, name_of=self._name)}</p>"
        heard = (
            "<details><summary>What a screen reader hears</summary>"
            f'<p class="heard">{render(message.text, name_of=self._name)}</p></details>'
        )
        return (
            f'<article class="{"ephemeral" if message.ephemeral else "posted"}">{mark}'
            f"<p><strong>{author}</strong> "
            f'<time datetime="{time.isoformat()}">{time:%H:%M} UTC</time>{edited}</p>'
            f"{content}{heard if message.blocks else ''}</article>"
        )

    def _home_tab(self, person: str, channel: str) -> str:
        home = self.sandbox.home(person)
        if home is None:
            return '<p class="empty">The bot has not published a Home tab yet.</p>'
        return f"<article>{self._form(home, person, channel)}</article>"

    def _dialog(self, person: str, channel: str) -> str:
        view = self.sandbox.modal(person)
        if view is None:
            return ""
        title = plain(view.body["title"]["text"])
        submit, close = (view.body[key] for key in ("submit", "close"))
        buttons = (
            f'<button type="submit" name="close" value="1" formnovalidate>'
            f"{plain(close['text'] if close else 'Close')}</button>"
        )
        if submit:
            buttons = (
                f'<button type="submit" name="submit" value="1" class="primary">'
                f"{plain(submit['text'])}</button>{buttons}"
            )
        form = self._form(view, person, channel, buttons=buttons)
        return f'<dialog open aria-labelledby="title"><h2 id="title">{title}</h2>{form}</dialog>'

    def _form(self, view: View, person: str, channel: str, *, buttons: str = "") -> str:
        content = render_blocks(
            view.blocks,
            name_of=self._name,
            people=self._offered(),
            state=view.body["state"]["values"],
            errors=view.errors,
        )
        place = _hidden(person=person, channel=channel, view=view.id)
        # Enter in a field presses the first button of a form: it shall be the one that submits.
        return (
            f'<form method="post" action="/act">{place}'
            f'<button type="submit" name="submit" value="1" hidden></button>'
            f'{content}<div class="buttons">{buttons}</div></form>'
        )

    def _name(self, id: str) -> str:
        person = self.sandbox.workspace.people.get(id)
        return person.name if person else id

    def _offered(self) -> dict[str, str]:
        return {person.id: person.real_name for person in self.sandbox.workspace.people.values()}


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
            several = STATES[element["type"]][0].endswith("s")
            entries = [str(value) for value in form.getall(name, []) if value]
            value: Any = entries if several else (entries[0] if entries else None)
            if element["type"] == "datetimepicker" and value:
                value = int(datetime.fromisoformat(value).replace(tzinfo=UTC).timestamp())
            values[block["block_id"]] = value
    return values


def _hidden(**fields: str) -> str:
    return "".join(
        f'<input type="hidden" name="{escape(name)}" value="{escape(value)}">'
        for name, value in fields.items()
    )


def _options(names: dict[str, str], chosen: str) -> str:
    return "".join(
        f'<option value="{escape(id)}"{" selected" if id == chosen else ""}>{escape(name)}</option>'
        for id, name in names.items()
    )


def _current(tab: str, own: str) -> str:
    return ' aria-current="page"' if tab == own else ""


__all__ = ["Page", "render_blocks"]
