"""Several people side by side, each in a page of their own."""

from collections.abc import Sequence
from urllib.parse import urlencode

from bot.sandbox.mrkdwn import escape, plain
from bot.sandbox.people import Person

FEWEST, MOST = 2, 4
WHAT = f"Choose {FEWEST} to {MOST} people. Each has a page of their own and keeps their own place."


def draw_side(people: Sequence[Person], *, shown: Sequence[str]) -> str:
    """
    Return the page that shows some people side by side.

    Args:
        people: all that can be shown.
        shown: ids of those that are, in order.
    """
    names = {person.id: person.real_name for person in people}
    boxes = "".join(
        f'<label class="option"><input type="checkbox" name="people" value="{escape(id)}"'
        f"{' checked' if id in shown else ''}>{plain(name)}</label>"
        for id, name in names.items()
    )
    panes = "".join(
        f'<section aria-label="{escape(names[id])}"><iframe title="{escape(names[id])}" '
        f'src="/?{escape(urlencode({"person": id, "channel": _dm(id)}))}"></iframe></section>'
        for id in shown
    )
    return f"""<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Side by side, Slack sandbox</title>
<link rel="stylesheet" href="/static/style.css">
</head>
<body class="side">
<header>
<h1>Side by side</h1>
<nav aria-label="Views"><a href="/">One person</a>
<details class="menu"><summary>Choose who</summary>
<form method="get" action="/side"><p>{WHAT}</p><div class="boxes">{boxes}</div>
<button type="submit" class="primary">Show them</button></form></details></nav>
</header>
<main class="panes">{panes}</main>
</body>
</html>
"""


def chosen(people: Sequence[Person], asked: Sequence[str]) -> list[str]:
    """Return who is shown: those asked for, as many as fit, or the first there are."""
    there = [person.id for person in people]
    wanted = [id for id in dict.fromkeys(asked) if id in there][:MOST]
    others = (id for id in ("U0MEMBER", "U0COORD", *there) if id in there and id not in wanted)
    while len(wanted) < min(FEWEST, len(there)):
        wanted.append(next(others))
    return wanted


def _dm(id: str) -> str:
    return f"D0{id.removeprefix('U0')}"
