"""
One request that posts one delivery, and what its answer proves.

Source: https://docs.slack.dev/reference/methods/chat.postMessage
"""

import asyncio
import re
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import Enum, auto
from typing import Any, TypeVar
from zoneinfo import ZoneInfo

import aiohttp
from slack_sdk.errors import SlackApiError, SlackClientError
from slack_sdk.web.async_client import AsyncWebClient

from bot.identity import SLACK_TROUBLE, reason
from bot.pieces import Block, button_rows, escape, section
from bot.render import unique
from commands.contract import Button, Notice
from commands.speech import phrase, say
from storage.deliveries import Delivery

LATE = timedelta(minutes=5)  # what goes out later than this says so
IDLE_SECONDS = 5.0  # less than Slack keeps an idle connection: it is closed by us
READ_SECONDS = 0.1  # in which the loop has read whatever is there
ALONE = phrase("{text} Type /ht {opens} to open it.")
METADATA = "ht_delivery"  # its type; its payload is our number of the delivery
HASTE = frozenset({"ratelimited", "rate_limited", "message_limit_exceeded"})
HASTE_SECONDS = 30.0  # where Slack does not say how long to wait
LONGEST_HASTE = 900.0  # seconds; then it is tried again, whatever Slack said
SECONDS = re.compile(r"[0-9]{1,9}(\.[0-9]{1,9})?")
NO_ENTRY = frozenset(
    {
        "account_inactive", "enterprise_is_restricted", "invalid_auth", "missing_scope",
        "not_allowed_token_type", "not_authed", "org_login_required", "token_expired",
        "token_revoked", "two_factor_setup_required",
    }
)  # fmt: skip
# Which auth.test, that needs no scope, cannot tell of.
OF_THE_APP = frozenset({"missing_scope"})
PASSING = frozenset({"request_timeout", "service_unavailable", "team_added_to_org"})
# Slack: "It's possible some aspect of the operation succeeded before the error was raised."
DOUBTFUL = frozenset({"fatal_error", "internal_error"})
FORM = frozenset({"invalid_blocks", "invalid_blocks_format"})
MARK = frozenset({"invalid_metadata_format", "invalid_metadata_schema"})
NOBODY = frozenset({"channel_not_found", "user_not_found"})
GONE = phrase("account deactivated")
WORDS = {
    "access_denied": phrase("the bot may not write there"),
    "account_deactivated": GONE,
    "user_disabled": GONE,
    "user_is_deactivated": GONE,
    "cannot_dm_bot": phrase("the recipient is a bot"),
    "channel_not_found": phrase("Slack knows no such person or channel, or the bot is not in it"),
    "is_archived": phrase("the channel is archived"),
    "is_inactive": phrase("the channel is frozen"),
    "messages_tab_disabled": phrase("the app's Messages tab is off"),
    "msg_too_long": phrase("the message is too long"),
    "msg_blocks_too_long": phrase("the message is too long"),
    "no_permission": phrase("the bot may not write there"),
    "not_in_channel": phrase("the bot is not in the channel"),
    "restricted_action": phrase("the workspace does not let the bot write there"),
    "restricted_action_read_only_channel": phrase("only some people may write in the channel"),
    "user_not_found": phrase("Slack knows no such person"),
}
NO_ANSWER = phrase("Slack's answer did not arrive")
SLACK_BROKE = phrase("Slack had an error of its own")
SLOWED = phrase("Slack asked the bot to slow down")
UNREACHED = phrase("Slack could not be reached")
FROZEN = phrase("the bot was held up just before it was sent")

Answer = TypeVar("Answer")


class Verdict(Enum):
    """
    What the answer to a request proves.
    """

    SENT = auto()
    UNKNOWN = auto()  # perhaps sent
    HASTY = auto()  # not sent: too many requests
    CLOSED = auto()  # not sent: nothing of this app's is taken
    UNREACHED = auto()  # not sent: no connection
    LATER = auto()  # not sent: worth trying again
    MALFORMED = auto()  # not sent: Slack does not like its form
    MISMARKED = auto()  # not sent: Slack does not like what is there for machines
    FAILED = auto()  # not sent, and never will be


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """
    Attributes:
        reason: why it is not surely sent, in words.
        seconds: how long to wait, of a hasty one.
        nobody: Slack knows no such recipient.
        of_the_app: it concerns all that the app sends, beyond doubt.
    """

    verdict: Verdict
    reason: str = ""
    seconds: float = 0.0
    slack_ts: str | None = None
    slack_channel: str | None = None
    nobody: bool = False
    of_the_app: bool = False


@dataclass(frozen=True, kw_only=True)
class Post:
    """
    Attributes:
        text: what a lock screen may show, escaped.
        text_alone: the same for want of a button, with what to type instead.
    """

    channel: str
    text: str
    text_alone: str = ""
    blocks: tuple[Block, ...] = ()
    delivery_id: int
    marked: bool = True  # with our number of the delivery, for machines


@dataclass(kw_only=True)
class _Wire:
    """
    Attributes:
        in_time: says whether anything may still be written.
        touched: something was written, or is about to be.
        written: set once all of it is.
    """

    in_time: Callable[[], bool]
    written: asyncio.Event
    touched: bool = False


_wire: ContextVar[_Wire | None] = ContextVar("wire", default=None)


class HeldUpError(Exception):
    """
    Too late to write: the claim may be somebody else's by now.
    """


@asynccontextmanager
async def guarded_session() -> AsyncIterator[aiohttp.ClientSession]:
    """
    Yield the HTTP session of all deliveries. Between having a connection and writing
    to it, it looks at the clocks once more: this process may have been frozen.
    """

    async def look(*_: object) -> None:
        wire = _wire.get()
        if wire is None:
            return
        if not wire.in_time():
            raise HeldUpError
        wire.touched = True

    async def note(*_: object) -> None:
        if (wire := _wire.get()) is not None:
            wire.written.set()  # it is by the time that whoever waits for this wakes

    trace = aiohttp.TraceConfig()
    trace.on_connection_create_end.append(look)
    trace.on_connection_reuseconn.append(look)
    trace.on_request_chunk_sent.append(note)
    async with aiohttp.ClientSession(
        connector=aiohttp.TCPConnector(keepalive_timeout=IDLE_SECONDS),
        timeout=aiohttp.ClientTimeout(total=None),  # each call has one of its own
        trace_configs=[trace],
    ) as session:
        yield session


def message_of(delivery: Delivery, notice: Notice, *, now: datetime, timezone: ZoneInfo) -> Post:
    """
    Return what is posted: the neutral text, and buttons that show the rest to their
    presser alone. What is late says so.
    """
    text, late = escape(notice.text), ""
    if now - delivery.due_at > LATE:
        due = delivery.due_at.astimezone(timezone)
        late = say("Late: this was due {due:%a %b %d at %H:%M}.", due=due) + " "
    text, shown = f"{late}{text}", f"{late}{escape(notice.shown or notice.text)}"
    opens = Button(label=say(notice.label), command=notice.opens)
    return Post(
        channel=delivery.recipient,
        text=text,
        text_alone=say(ALONE, text=text, opens=escape(notice.opens)),
        blocks=(
            section(shown, button=opens),
            *unique(block for piece in button_rows(notice.buttons) for block in piece.blocks),
        ),
        delivery_id=delivery.id,
    )


async def post(
    client: AsyncWebClient,
    message: Post,
    *,
    seconds: float,
    in_time: Callable[[], bool],
    written: asyncio.Event,
) -> Outcome:
    """
    Post *message* once, and say what is known then. Raises nothing but a cancellation.

    Args:
        seconds: how long to wait for the answer.
        in_time: says whether anything may still be written; asked right before it is.
        written: set once the request is on the wire.
    """
    wire = _Wire(in_time=in_time, written=written)
    token = _wire.set(wire)
    content: dict[str, Any] = {"blocks": list(message.blocks)} if message.blocks else {}
    if message.marked:
        payload = {"delivery": message.delivery_id}
        content["metadata"] = {"event_type": METADATA, "event_payload": payload}
    try:
        answer = await _awaited(
            client.chat_postMessage(
                channel=message.channel,
                text=message.text,
                unfurl_links=False,
                unfurl_media=False,
                **content,
            ),
            seconds=seconds,
        )
    except SlackApiError as error:
        return _refused(error)
    except HeldUpError:
        return Outcome(verdict=Verdict.LATER, reason=FROZEN)
    except (*SLACK_TROUBLE, SlackClientError):
        if wire.touched:
            return Outcome(verdict=Verdict.UNKNOWN, reason=NO_ANSWER)
        return Outcome(verdict=Verdict.UNREACHED, reason=UNREACHED)
    finally:
        _wire.reset(token)
    return Outcome(
        verdict=Verdict.SENT, slack_ts=answer.get("ts"), slack_channel=answer.get("channel")
    )


async def _awaited(call: Coroutine[Any, Any, Answer], *, seconds: float) -> Answer:
    """
    Return what *call* returns, if that comes in *seconds*.

    A process that stood still for so long finds the time over and the answer there: it
    reads that first.

    Raises:
        TimeoutError: if nothing came.
    """
    task = asyncio.create_task(call)
    try:
        if not (await asyncio.wait({task}, timeout=seconds))[0]:
            await asyncio.wait({task}, timeout=READ_SECONDS)
        if not task.done():
            raise TimeoutError
        return task.result()
    finally:
        if task.cancel():
            await asyncio.wait({task})


def _refused(error: SlackApiError) -> Outcome:
    """
    Return what an answer that is no success proves.
    """
    response: Any = error.response
    # Slack-SDK's own response, or aiohttp's where the body was no JSON.
    status = getattr(response, "status_code", None) or getattr(response, "status", None)
    data = getattr(response, "data", None)
    if status == 429:
        return Outcome(
            verdict=Verdict.HASTY,
            reason=SLOWED,
            seconds=retry_after(response),
        )
    if not isinstance(data, dict) or data.get("ok") is not False or (status or 0) >= 500:
        return Outcome(verdict=Verdict.UNKNOWN, reason=SLACK_BROKE)
    code = reason(error)
    if code in DOUBTFUL:
        return Outcome(verdict=Verdict.UNKNOWN, reason=SLACK_BROKE)
    if code in HASTE:
        return Outcome(
            verdict=Verdict.HASTY,
            reason=SLOWED,
            seconds=HASTE_SECONDS,
        )
    if code in NO_ENTRY:
        return Outcome(
            verdict=Verdict.CLOSED,
            reason=f"Slack refuses the app: {code}",
            of_the_app=code in OF_THE_APP,
        )
    if code in PASSING:
        return Outcome(verdict=Verdict.LATER, reason=f"Slack could not take it just then: {code}")
    verdict = Verdict.MALFORMED if code in FORM else Verdict.FAILED
    verdict = Verdict.MISMARKED if code in MARK else verdict
    words = WORDS.get(code, f"Slack refused it: {code}")
    return Outcome(verdict=verdict, reason=words, nobody=code in NOBODY)


def retry_after(response: Any) -> float:
    given = str(response.headers.get("Retry-After", "")).strip()
    return min(float(given), LONGEST_HASTE) if SECONDS.fullmatch(given) else HASTE_SECONDS


async def lets_us_in(client: AsyncWebClient, *, seconds: float) -> bool | None:
    """
    Ask Slack who we are, which sends nothing. Return whether it lets us in at all;
    None: no answer that says so.
    """
    try:
        async with asyncio.timeout(seconds):
            await client.auth_test()
    except SLACK_TROUBLE as error:
        return False if reason(error) in NO_ENTRY else None
    return True


async def why_nobody(client: AsyncWebClient, recipient: str) -> str:
    """
    Return in words why Slack cannot find *recipient*: of a person it tells more.
    """
    if recipient[:1] not in {"U", "W"}:
        return WORDS["channel_not_found"]
    try:
        async with asyncio.timeout(2):
            answer = await client.users_info(user=recipient)
    except SLACK_TROUBLE:
        return WORDS["channel_not_found"]
    user = answer.get("user") or {}
    if user.get("deleted"):
        return GONE
    if user.get("is_stranger"):
        return "a person of another workspace"
    return WORDS["channel_not_found"]
