"""The workspace's clock on the page: what it says, and how it is moved ahead."""

from datetime import datetime, timedelta
from typing import Any, Protocol
from zoneinfo import ZoneInfo

from bot.sandbox.mrkdwn import escape

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
BUTTONS = {"hour": ("1 hour", HOUR), "day": ("1 day", DAY), "week": ("1 week", 7 * DAY)}
LOOKED_THROUGH = 14 * DAY  # for the next message
FARTHEST = 31 * DAY  # at once
HOW = (
    "It goes ahead only, a quarter of an hour at a time: what falls in between comes at its own "
    "time, through the bot's own scheduler."
)


class Timekeeper(Protocol):
    """Moves the clock of the workspace, and of the bot in it."""

    @property
    def ahead(self) -> timedelta:
        """Return how far it was put ahead."""
        ...

    @property
    def moving(self) -> bool:
        """Say whether it is on its way."""
        ...

    def begin(self, until: datetime, *, to_message: bool = False) -> object:
        """Move on, beside what else is done."""
        ...

    def stop(self) -> None:
        """Go no further."""
        ...


def draw_clock(keeper: Timekeeper, *, now: datetime, zone: ZoneInfo, place: str) -> str:
    """
    Return the clock and its buttons.

    Args:
        place: the hidden fields that say where to go back to.
    """
    local = now.astimezone(zone)
    buttons = "".join(
        f'<button type="submit" name="by" value="{name}">+ {label}</button>'
        for name, (label, _) in BUTTONS.items()
    )
    soon = f"{local + DAY:%Y-%m-%dT09:00}"
    return (
        '<section class="clock" aria-label="Clock">'
        f'<div id="clock">{_readout(keeper, local, place)}</div>'
        f'<form method="post" action="/clock" class="moves">{place}{buttons}'
        '<button type="submit" name="by" value="message">Next message</button></form>'
        '<details class="menu"><summary>To a moment, and how</summary>'
        f'<form method="post" action="/clock">{place}<label for="until">Move on to '
        f'({local:%Z})</label><input type="datetime-local" id="until" name="until" value="{soon}" '
        'required><button type="submit" name="by" value="moment">Move</button></form>'
        f"<p>{HOW}</p></details></section>"
    )


def _readout(keeper: Timekeeper, local: datetime, place: str) -> str:
    moving = (
        f'<form method="post" action="/clock" data-key="moving">{place}<p>On its way …</p>'
        '<button type="submit" name="by" value="stop">Stop here</button></form>'
        if keeper.moving
        else ""
    )
    return (
        f'<p data-key="now"><time datetime="{local.isoformat(timespec="minutes")}">'
        f"<strong>{said(local)}</strong></time> "
        f'<span class="quiet">{escape(said_ahead(keeper.ahead))}</span></p>{moving}'
    )


def said(local: datetime) -> str:
    """Return a moment as the page says it."""
    return f"{local:%a, %b} {local.day}, {local:%Y}, {hour(local)} {local:%Z}"


def hour(local: datetime) -> str:
    """Return the time of the day, as "9:05 AM"."""
    return f"{local:%I:%M %p}".lstrip("0")


def said_ahead(ahead: timedelta) -> str:
    """Return how far the clock is ahead, in words."""
    minutes = round(ahead.total_seconds() / 60)
    if minutes < 1:
        return "real time"
    days, rest = divmod(minutes, 24 * 60)
    parts = ((days, "day"), (rest // 60, "hour"), (rest % 60, "minute"))
    words = [f"{number} {unit}{'s' * (number != 1)}" for number, unit in parts if number]
    return f"{' '.join(words[:2])} ahead"


def carry_out(keeper: Timekeeper, fields: Any, *, now: datetime, zone: ZoneInfo) -> None:
    """
    Do what was pressed.

    Raises:
        ValueError: if that cannot be; the words are for whoever pressed.
    """
    by = str(fields.get("by", ""))
    if by == "stop":
        keeper.stop()
    elif by in BUTTONS:
        keeper.begin(now + BUTTONS[by][1])
    elif by == "message":
        keeper.begin(now + LOOKED_THROUGH, to_message=True)
    else:
        keeper.begin(_moment(str(fields.get("until", "")), now=now, zone=zone))


def _moment(typed: str, *, now: datetime, zone: ZoneInfo) -> datetime:
    try:
        until = datetime.fromisoformat(typed).replace(tzinfo=zone)
    except ValueError:
        raise ValueError("That is no moment: choose a day and a time.") from None
    if until > now + FARTHEST:
        raise ValueError(f"The clock goes at most {FARTHEST.days} days ahead at once.")
    return until.astimezone(now.tzinfo)
