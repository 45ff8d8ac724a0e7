"""Slack's mrkdwn as HTML, everything else in it escaped."""

import html
import re
from collections.abc import Callable

# Stands for a finished piece of HTML while the text around it is worked on.
_OPEN, _CLOSE = "\ue000", "\ue001"
_LINKS = ("http://", "https://", "mailto:", "tel:")
_STYLES = (("*", "strong"), ("_", "em"), ("~", "s"))


def escape(value: object) -> str:
    """Return *value* as text for HTML, in an attribute too."""
    return html.escape(str(value), quote=True)


def plain(value: object) -> str:
    """Return *value* as HTML text with its line breaks."""
    return escape(value).replace("\n", "<br>")


def unescape(text: str) -> str:
    """Undo the three escapes Slack knows."""
    return text.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")


def render(text: str, *, name_of: Callable[[str], str] = str) -> str:
    """
    Return *text* as HTML.

    Args:
        name_of: the name to show for a person's id.
    """
    done: list[str] = []

    def keep(piece: str) -> str:
        done.append(piece)
        return f"{_OPEN}{len(done) - 1}{_CLOSE}"

    text = text.replace(_OPEN, "").replace(_CLOSE, "")
    text = re.sub(r"```\n?(.+?)```", lambda m: keep(f"<pre>{_text(m[1])}</pre>"), text, flags=re.S)
    text = re.sub(r"`([^`\n]+)`", lambda m: keep(f"<code>{_text(m[1])}</code>"), text)
    text = re.sub(r"<([^<>\n]+)>", lambda m: keep(_token(m[1], name_of)), text)
    text = _text(text)
    for mark, tag in _STYLES:
        pattern = rf"(?<!\w){re.escape(mark)}(?=\S)([^\n]*?\S){re.escape(mark)}(?!\w)"
        text = re.sub(pattern, rf"<{tag}>\1</{tag}>", text)
    text = re.sub(r"(?m)^&gt; ?(.*)$\n?", r"<blockquote>\1</blockquote>", text)
    text = text.replace("\n", "<br>")
    # A kept piece may hold another: code inside a link's label.
    for _ in range(2):
        text = re.sub(f"{_OPEN}(\\d+){_CLOSE}", lambda m: done[int(m[1])], text)
    return text


def _text(text: str) -> str:
    return escape(unescape(text))


def _token(token: str, name_of: Callable[[str], str]) -> str:
    target, _, label = token.partition("|")
    if target.startswith("@"):
        return f'<span class="mention">@{_text(label or name_of(target[1:]))}</span>'
    if target.startswith("#"):
        return f'<span class="mention">#{_text(label or target[1:])}</span>'
    if target.startswith("!date^"):
        return f"<time>{_text(label)}</time>"
    if target.startswith("!"):
        # It would notify people: shown as what it is, so that nobody overlooks one.
        return f'<span class="mention live">@{_text(target[1:])}</span>'
    if not target.lower().startswith(_LINKS):
        return _text(f"<{token}>")
    address = escape(unescape(target))
    return f'<a href="{address}" rel="noreferrer">{_text(label or target)}</a>'
