"""
Puts the parts together. The only module that knows them all.
"""

import logging
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

import aiohttp
from slack_bolt.async_app import AsyncApp
from slack_bolt.authorization import AuthorizeResult
from slack_sdk.web.async_client import AsyncWebClient

from bot.clock import Clock, utc_now
from bot.identity import SLACK_TROUBLE, Identity
from bot.library import Library
from bot.listeners import SECONDS, Listeners
from bot.router import Router
from bot.settings import Settings
from commands.contract import Command
from commands.registry import COMMANDS

log = logging.getLogger(__name__)


class Bot:
    """
    The bot of one workspace, behind either door: `bolt` takes Slack's requests.

    Attributes:
        connected: Slack has said which workspace this is.
    """

    def __init__(
        self,
        settings: Settings,
        *,
        library: Library,
        session: aiohttp.ClientSession,
        clock: Clock,
        commands: Sequence[Command],
    ) -> None:
        self.settings = settings
        self.library = library
        self.client = AsyncWebClient(
            token=settings.slack_bot_token,
            base_url=settings.slack_api_url,
            session=session,
            # A retry after a cut connection could do twice what was done once.
            retry_handlers=[],
        )
        self.identity = Identity(self.client, library=library, admins=settings.admins)
        self.router = Router(library=library, clock=clock, commands=commands)
        self.connected = False
        self._self: dict[str, str | None] = {}

        async def authorize(team_id: str | None) -> AuthorizeResult:
            # Known since `greet`: nobody waits for auth.test.
            return AuthorizeResult(
                enterprise_id=None,
                team_id=self.identity.team_id or team_id,
                bot_token=settings.slack_bot_token,
                bot_id=self._self.get("bot_id"),
                bot_user_id=self._self.get("user_id"),
            )

        self.bolt = AsyncApp(
            # Bolt asks for tokens by `authorize`; with one here it would warn of two ways.
            client=AsyncWebClient(base_url=settings.slack_api_url, session=session),
            signing_secret=settings.slack_signing_secret or "",
            authorize=authorize,
            # The acknowledgement carries the answer, and is sent once the
            # listener is done: no 10 ms polls, and nothing is left undone behind it.
            process_before_response=True,
            raise_error_for_unhandled_request=True,
        )
        Listeners(
            router=self.router,
            identity=self.identity,
            library=library,
            client=self.client,
            clock=clock,
        ).register(self.bolt)

    async def greet(self) -> None:
        """
        Ask Slack who we are, before somebody waits for it.

        Raises:
            WrongWorkspaceError: if the database belongs to another workspace.
        """
        try:
            answer = await self.client.auth_test()
        except SLACK_TROUBLE as error:
            log.warning("Slack did not say who we are: %s", type(error).__name__)
            return
        self._self = {key: answer.get(key) for key in ("bot_id", "user_id", "team_id")}
        team_id = answer["team_id"]
        self.library.bind(team_id)
        self.identity.team_id = team_id
        self.connected = True
        log.info("connected to Slack")

    async def tick(self) -> None:
        """
        Look after what may have changed: the database, its facts, Slack.
        """
        await self.library.look()
        if not self.connected:
            await self.greet()
        elif self.library.team_id is None and self.identity.team_id is not None:
            self.library.bind(self.identity.team_id)


@asynccontextmanager
async def make_bot(
    settings: Settings,
    *,
    library: Library,
    clock: Clock = utc_now,
    commands: Sequence[Command] = COMMANDS,
) -> AsyncIterator[Bot]:
    """
    Yield a bot that has greeted Slack, or tried to.
    """
    timeout = aiohttp.ClientTimeout(total=SECONDS)
    async with aiohttp.ClientSession(timeout=timeout) as session:
        bot = Bot(settings, library=library, session=session, clock=clock, commands=commands)
        await bot.greet()
        yield bot
