"""The sandbox's page as HTML: who you are, what you see, what you type."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from bot.sandbox import views
from bot.sandbox.blocks_html import render_blocks
from bot.sandbox.mrkdwn import escape, plain, render
from bot.sandbox.page_clock import Timekeeper, draw_clock, hour
from bot.sandbox.page_lock import draw_lock
from bot.sandbox.people import APP_NAME
from bot.sandbox.workspace import Message, View, Workspace

Tab = Literal["messages", "home", "lock"]
TABS: dict[Tab, str] = {"messages": "Messages", "home": "Home", "lock": "Lock screen"}

FIRST_COMMAND = "/ht hotline"
BY_ENTER = "enter"
SUBMIT_BY_ENTER = f'<button type="submit" name="submit" value="{BY_ENTER}" hidden></button>'
NO_ENTER = '<button type="submit" disabled hidden></button>'


def draw_page(
    workspace: Workspace,
    *,
    person: str,
    channel: str,
    tab: Tab,
    notice: str,
    focus: str = "",
    keeper: Timekeeper | None = None,
    pane: bool = False,
) -> str:
    """
    Return the page as *person* sees it.

    Args:
        channel: where they are, under the Messages tab.
        notice: said above everything else; empty when all is well.
        focus: the block_id of the input to go on at, if any.
        keeper: of a clock that can be moved; None: it cannot.
        pane: one of several, so that what it begins with is folded away.
    """
    drawing = _Drawing(
        workspace=workspace,
        person=person,
        channel=channel,
        tab=tab,
        focus=focus,
        keeper=keeper,
        pane=pane,
    )
    return drawing.document(notice)


@dataclass(frozen=True, kw_only=True)
class _Drawing:
    workspace: Workspace
    person: str
    channel: str
    tab: Tab
    focus: str
    keeper: Timekeeper | None
    pane: bool

    @property
    def gone(self) -> bool:
        """Say whether the account is deactivated: whoever had it sees no more of the workspace."""
        return self.workspace.people[self.person].kind == "deactivated"

    def document(self, notice: str) -> str:
        """Return the whole page."""
        person, channel, tab = self.person, self.channel, self.tab
        workspace = self.workspace
        alert = f'<p class="notice" role="alert">{plain(notice)}</p>' if notice else ""
        asks = bool(workspace.stacks.get(person))  # what is behind a dialog is not heard
        drawn = {"home": self._home_tab, "lock": self._lock, "messages": self._feed}
        draw = self._no_account if self.gone else drawn[tab]
        hidden = _hidden(person=person, channel=channel)
        first = FIRST_COMMAND if not workspace.visible(person, channel=channel) else "/ht "
        return f"""<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Slack sandbox</title>
<link rel="stylesheet" href="/static/style.css">
<script src="/static/page.js" defer></script>
</head>
<body data-sequence="{workspace.sequence}"{' class="pane"' if self.pane else ""}>
{self._header()}
<main>
<div id="notices">{"" if asks else alert}</div>
<h2 class="unseen">{TABS[tab]}</h2>
<div id="content" aria-live="polite">{draw()}</div>
<div id="dialogs">{self._dialog(alert)}</div>
</main>
<form method="post" action="/command" class="command">{hidden}
<label for="command">Command</label>
<input id="command" name="command" value="{first}" autocomplete="off" required{self._closed()}>
<button type="submit" class="primary"{self._closed()}>Send</button>
</form>
</body>
</html>
"""

    def _header(self) -> str:
        person, channel, tab = self.person, self.channel, self.tab
        hidden = _hidden(person=person, channel=channel)
        here = urlencode({"person": person, "channel": channel})
        others = "" if self.pane else f'<a href="/side?people={escape(person)}">Side by side</a>'
        content = f"""<p>A pretended workspace on this machine. Everybody is invented; nothing reaches Slack.</p>
<form method="get" action="/#latest" class="who">
<label>You are <select name="person">{self._people()}</select></label>
<label>in <select name="channel">{self._channels()}</select></label>
<input type="hidden" name="tab" value="{tab}">
<button type="submit">Switch</button>
</form>
<nav aria-label="Views">
<a href="/?{escape(here)}#latest"{_current(tab, "messages")}>Messages</a>
<form method="post" action="/home">{hidden}
<button type="submit"{_current(tab, "home")}{self._closed()}>Home</button></form>
<a href="/?{escape(here)}&amp;tab=lock"{_current(tab, "lock")}>Lock screen</a>
{others}
{self._shortcuts()}
{self._account()}
</nav>
{self._clock()}"""
        if not self.pane:
            return f"<header>\n<h1>Slack sandbox</h1>\n{content}\n</header>"
        place = self.workspace.channels[channel]
        where = "Direct message" if place.is_im else f"#{place.name}"
        name = plain(self.workspace.people[person].real_name)
        return (
            f'<header><details><summary><h1>{name}</h1> <span class="quiet">{escape(where)}'
            f"</span></summary>{content}</details></header>"
        )

    def _closed(self) -> str:
        return " disabled" if self.gone else ""

    def _shortcuts(self) -> str:
        shortcuts = self.workspace.shortcuts.values()
        if not shortcuts or self.gone:
            return ""
        place = _hidden(person=self.person, channel=self.channel, tab=self.tab)
        buttons = "".join(
            f'<button type="submit" name="callback_id" value="{escape(shortcut.callback_id)}">'
            f"{plain(shortcut.name)}</button>"
            for shortcut in shortcuts
        )
        return (
            '<details class="menu"><summary>Shortcuts</summary>'
            f'<form method="post" action="/shortcut">{place}{buttons}</form></details>'
        )

    def _account(self) -> str:
        name = plain(self.workspace.people[self.person].real_name)
        place = _hidden(person=self.person, channel=self.channel, tab=self.tab)
        change = "reactivate" if self.gone else "deactivate"
        return (
            '<details class="menu"><summary>Account</summary>'
            f'<form method="post" action="/account">{place}<button type="submit" '
            f'name="{change}" value="1">{change.title()} {name}</button></form></details>'
        )

    def _clock(self) -> str:
        if self.keeper is None:
            return ""
        place = _hidden(person=self.person, channel=self.channel, tab=self.tab)
        return draw_clock(self.keeper, now=self.workspace.clock(), zone=self._zone, place=place)

    def _lock(self) -> str:
        return draw_lock(
            self.workspace, self.person, zone=self._zone, said=self._said, name_of=self._name
        )

    @property
    def _zone(self) -> ZoneInfo:
        return ZoneInfo(self.workspace.people[self.person].tz)

    def _said(self, moment: datetime) -> str:
        """Return when something was, with the day if that is not today."""
        local = moment.astimezone(self._zone)
        today = self.workspace.clock().astimezone(self._zone).date()
        return f"{'' if local.date() == today else f'{local:%a, %b} {local.day}, '}{hour(local)}"

    def _no_account(self) -> str:
        name = plain(self.workspace.people[self.person].real_name)
        return (
            f'<p class="empty" data-key="gone">The account of {name} is deactivated: nothing is '
            "shown and nothing can be sent. Reactivate it under Account, or be somebody else.</p>"
        )

    def _people(self) -> str:
        anywhere = {id for c in self.workspace.channels.values() for id in c.members}
        people = self.workspace.people.values()
        names = {
            each.id: f"{each.real_name} ({each.kind})" for each in people if each.id in anywhere
        }
        return _options(names, self.person)

    def _channels(self) -> str:
        channels = self.workspace.channels.values()
        names = {
            c.id: "Direct message" if c.is_im else f"#{c.name}{' (shared)' * c.is_ext_shared}"
            for c in channels
            if self.person in c.members and not c.is_archived
        }
        return _options(names, self.channel)

    def _feed(self) -> str:
        shown = self.workspace.visible(self.person, channel=self.channel)
        if not shown:
            return '<p class="empty" data-key="empty">No messages yet. Send the command below.</p>'
        latest = max(shown, key=lambda message: message.sequence)
        return "\n".join(self._message(message, latest=message is latest) for message in shown)

    def _message(self, message: Message, *, latest: bool) -> str:
        time = datetime.fromtimestamp(float(message.ts), self._zone)
        author = "You" if message.via == "typed" else f'{APP_NAME} <span class="app">App</span>'
        mark = '<p class="only">Only visible to you</p>' if message.ephemeral else ""
        edited = ' <span class="quiet">(edited)</span>' if message.edited else ""
        text = render(message.text, name_of=self._name)
        content = f"<p>{text}</p>" if text else ""
        heard = ""
        if message.blocks:
            heard = (
                "<details><summary>What a screen reader hears</summary>"
                f'<div class="heard">{content}</div></details>'
            )
            blocks = render_blocks(
                message.blocks,
                name_of=self._name,
                people=self._offered(),
                state=views.initial_state(message.blocks) | message.state,
                offers=message.offers,
                focus=self.focus,
            )
            place = {"in": message.channel, "ts": message.ts}
            content = (
                f'<form method="post" action="/act">{_hidden(person=self.person, channel=self.channel)}'
                f"{_hidden(**place)}{NO_ENTER}{blocks}</form>"
            )
        kind = "ephemeral" if message.ephemeral else "posted"
        return (
            f'<article class="{kind}" data-key="{escape(message.ts)}"{_anchor(latest=latest)}>{mark}'
            f'<p class="author"><strong>{author}</strong> '
            f'<time datetime="{time.isoformat()}">{self._said(time)}</time>{edited}</p>'
            f"{content}{self._files(message)}{heard}</article>"
        )

    def _files(self, message: Message) -> str:
        if not message.files:
            return ""
        asker = escape(urlencode({"person": self.person}))
        links = "".join(
            f'<li><a href="/files/{escape(file.id)}?{asker}" download="{escape(file.name)}">'
            f'{escape(file.title)}</a> <span class="quiet">{escape(file.name)}, '
            f"{file.length:,} bytes</span></li>"
            for file in message.files
        )
        return f'<ul class="files">{links}</ul>'

    def _home_tab(self) -> str:
        home = self.workspace.homes.get(self.person)
        if home is None:
            return '<p class="empty" data-key="empty">The bot has not published a Home tab yet.</p>'
        form = self._form(home)
        return f'<article class="home" data-key="{home.id}"{_anchor(latest=True)}>{form}</article>'

    def _dialog(self, alert: str) -> str:
        stack = self.workspace.stacks.get(self.person)
        if not stack:
            return ""
        view = stack[-1]
        title = plain(view.body["title"]["text"])
        submit, close = (view.body[key] for key in ("submit", "close"))
        buttons = (
            f'<button type="submit" name="close" value="1" formnovalidate>'
            f"{plain(close['text'] if close else 'Close')}</button>"
        )
        if submit:
            buttons += (
                f'<button type="submit" name="submit" value="1" class="primary">'
                f"{plain(submit['text'])}</button>"
            )
        form = self._form(view, alert=alert, buttons=buttons)
        goes_on = any(block["block_id"] == self.focus for block in view.blocks)
        # The title is focused, so that reading starts at the top and not at the last button.
        return (
            f'<dialog open aria-labelledby="title" data-key="{view.id}">'
            f'<h2 id="title" tabindex="-1"{"" if goes_on else " autofocus"}>{title}</h2>'
            f"{form}</dialog>"
        )

    def _form(self, view: View, *, alert: str = "", buttons: str = "") -> str:
        content = render_blocks(
            view.blocks,
            name_of=self._name,
            people=self._offered(),
            state=view.body["state"]["values"],
            errors=view.errors,
            offers=view.offers,
            focus=self.focus,
        )
        place = _hidden(person=self.person, channel=self.channel, tab=self.tab, view=view.id)
        # Enter in a field presses the first button of a form: it shall be the one that submits.
        enter = SUBMIT_BY_ENTER if view.body["submit"] else NO_ENTER
        foot = f'<div class="buttons">{buttons}</div>' if buttons else ""
        return (
            # What is wrong is said beside the field, by what Slack's client checks.
            f'<form method="post" action="/act" novalidate>{place}{enter}'
            f'<div class="inside">{alert}{content}</div>{foot}</form>'
        )

    def _name(self, id: str) -> str:
        person = self.workspace.people.get(id)
        return person.name if person else id

    def _offered(self) -> dict[str, str]:
        people = self.workspace.people.values()
        return {person.id: person.real_name for person in people if person.kind != "deactivated"}


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


def _anchor(*, latest: bool) -> str:
    """Return what lets the address "#latest" lead to an article, and the keyboard with it."""
    return ' tabindex="-1" id="latest"' if latest else ' tabindex="-1"'


def _current(tab: str, own: str) -> str:
    return ' aria-current="page"' if tab == own else ""
