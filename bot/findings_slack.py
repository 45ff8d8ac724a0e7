"""
Whether Slack lets the bot do its work: tokens, scopes, and whether the clocks agree.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from email.utils import parsedate_to_datetime
from typing import Any
from urllib.parse import urlsplit

import aiohttp
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from bot.clock import Clock
from bot.findings import Finding, bad, note, ok
from bot.identity import SLACK_TROUBLE, reason
from bot.scopes import NEEDED, OPTIONAL
from bot.settings import LOOPBACK, Settings

SECONDS = 10.0  # for an answer of Slack's
MOST_SKEW = 60.0  # seconds; a signature is refused at five minutes
REFUSED = frozenset(
    {"invalid_auth", "not_authed", "account_inactive", "token_revoked", "token_expired"}
)


@dataclass(frozen=True, kw_only=True)
class Slack:
    """
    Attributes:
        team_id: the workspace that the token is for; None: Slack did not say.
    """

    findings: tuple[Finding, ...]
    team_id: str | None = None


async def slack_findings(settings: Settings, *, clock: Clock) -> Slack:
    """
    Ask Slack who the bot is, what it may do, and what time it is. Sends nothing to anybody.
    """
    timeout = aiohttp.ClientTimeout(total=SECONDS)
    async with aiohttp.ClientSession(timeout=timeout) as session:
        client = AsyncWebClient(base_url=settings.slack_api_url, session=session, retry_handlers=[])
        if urlsplit(settings.slack_api_url).hostname in LOOPBACK:
            client.proxy = None
        found: list[Finding] = []
        team_id = None
        if settings.slack_bot_token:
            before = clock()
            answer, trouble = await _asked(client.auth_test(token=settings.slack_bot_token))
            between = before + (clock() - before) / 2
            headers = _headers(answer)
            if trouble is not None:
                found.append(_of_bot_token(trouble))
            else:
                team_id = str(answer["team_id"])
                found.append(ok("bot token", f"Slack knows it, of workspace {team_id}"))
                found += scope_findings(headers.get("x-oauth-scopes"))
            found += _of_clock(headers.get("date"), between)
        if settings.slack_app_token:
            found.append(await _of_app_token(client, settings.slack_app_token))
    return Slack(findings=tuple(found), team_id=team_id)


def scope_findings(header: str | None) -> list[Finding]:
    """
    Compare what was granted with what the manifest asks for.

    Args:
        header: Slack's own, of the scopes of a token, with commas between.
    """
    if header is None:
        return [note("scopes", "Slack did not say which were granted")]
    granted = frozenset(each.strip() for each in header.split(",") if each.strip())
    found = []
    if missing := NEEDED - granted:
        found.append(
            bad(
                "scopes",
                f"not granted: {', '.join(sorted(missing))}",
                do="put manifest.json into the app's settings, then Reinstall",
            )
        )
    if more := granted - NEEDED - OPTIONAL:
        found.append(
            note(
                "scopes",
                f"granted and not needed: {', '.join(sorted(more))}",
                do="take them from the app, then Reinstall: it should be able to do no more than it does",
            )
        )
    if not missing and OPTIONAL - granted:
        found.append(
            note("scopes", f"{', '.join(sorted(OPTIONAL))} is left out: files are not sent")
        )
    return found or [ok("scopes", "those of the manifest")]


def clock_finding(seconds: float) -> Finding:
    """
    Say what is to be said of a clock that is *seconds* ahead of Slack's; behind it: below zero.
    """
    if abs(seconds) <= MOST_SKEW:
        return ok("clock", "it agrees with Slack's")
    which = "ahead of" if seconds > 0 else "behind"
    return bad(
        "clock",
        f"it is {abs(seconds):.0f} s {which} Slack's, and at 300 s nothing of Slack's is taken",
        do="have it set over the network (chrony, systemd-timesyncd)",
    )


async def _asked(call: Any) -> tuple[Any, Exception | None]:
    """
    Return Slack's answer, if there is one, and what went wrong, if anything did.
    """
    try:
        return await call, None
    except SlackApiError as error:
        return error.response, error
    except SLACK_TROUBLE as error:
        return None, error


def _headers(answer: Any) -> Mapping[str, str]:
    found = getattr(answer, "headers", None) or {}
    return {str(name).lower(): str(value) for name, value in found.items()}


def _of_bot_token(trouble: Exception) -> Finding:
    why = reason(trouble)
    if why in REFUSED:
        return bad(
            "bot token",
            f"Slack refuses SLACK_BOT_TOKEN ({why})",
            do="copy the Bot User OAuth Token again: OAuth & Permissions",
        )
    return _away("bot token", why)


async def _of_app_token(client: AsyncWebClient, token: str) -> Finding:
    # An address alone is asked for. Whoever connected there would be given what people type.
    _, trouble = await _asked(client.apps_connections_open(app_token=token))
    if trouble is None:
        return ok("app token", "Slack opens a connection for it")
    why = reason(trouble)
    if not isinstance(trouble, SlackApiError) or why not in {
        *REFUSED,
        "not_allowed_token_type",
        "missing_scope",
        "no_permission",
    }:
        return _away("app token", why)
    return bad(
        "app token",
        f"Slack opens no connection for SLACK_APP_TOKEN ({why})",
        do="make one with the scope connections:write: Basic Information, App-Level Tokens",
    )


def _away(about: str, why: str) -> Finding:
    return bad(
        about,
        f"Slack gave no answer that says anything ({why})",
        do="look whether this machine reaches SLACK_API_URL, and at https://status.slack.com",
    )


def _of_clock(date: str | None, now: datetime) -> list[Finding]:
    if date is None:
        return []
    try:
        said = parsedate_to_datetime(date)
    except ValueError:
        return []
    if said.tzinfo is None:
        return []
    return [clock_finding((now - said).total_seconds())]
