"""
Puts the parts together. The only module that knows them all.
"""

import asyncio
import logging
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from datetime import timedelta
from urllib.parse import urlsplit

import aiohttp
from slack_bolt.async_app import AsyncApp
from slack_bolt.authorization import AuthorizeResult
from slack_sdk.web.async_client import AsyncWebClient

from bot.accounts import Accounts
from bot.clock import Clock, utc_now
from bot.closing import Closer
from bot.delivery import Sender
from bot.edits import Editor
from bot.feeds import Feeds, feeds_address
from bot.health import Pulse
from bot.heart import Heart
from bot.identity import SLACK_TROUBLE, Identity, reason
from bot.jobs import Jobs
from bot.library import Library
from bot.limits import Limits
from bot.listeners import SECONDS, Listeners
from bot.metrics import Metrics
from bot.posting import guarded_session
from bot.retention import Purger
from bot.router import Router
from bot.settings import LOOPBACK, Settings
from bot.typed import Typed
from commands.contract import Command
from commands.registry import COMMANDS
from storage.errors import WrongWorkspaceError

log = logging.getLogger(__name__)

LONGEST_WAIT = 60.0  # seconds between two greetings that Slack does not answer


class Bot:
    """
    The bot of one workspace, behind either door: `bolt` takes Slack's requests.

    Args:
        stop: ends the process; called when the bot must not go on.
    Attributes:
        connected: Slack has said which workspace this is.
        refused: why the bot must not go on, or None.
        pulse: what health is told from.
    """

    def __init__(
        self,
        settings: Settings,
        *,
        library: Library,
        session: aiohttp.ClientSession,
        delivery_session: aiohttp.ClientSession,
        clock: Clock,
        commands: Sequence[Command],
        stop: Callable[[], None],
    ) -> None:
        self.settings = settings
        self.clock = clock
        self.metrics = Metrics()
        self.pulse = Pulse(tick_seconds=settings.tick_seconds)
        self.library = library
        self.client = AsyncWebClient(
            token=settings.slack_bot_token,
            base_url=settings.slack_api_url,
            session=session,
            # A retry after a cut connection could do twice what was done once.
            retry_handlers=[],
        )
        if urlsplit(settings.slack_api_url).hostname in LOOPBACK:
            self.client.proxy = None  # the SDK takes one from the environment, for this machine too
        library.know_admins(settings.admins)
        self.identity = Identity(self.client, library=library, admins=settings.admins)
        self.feeds = Feeds(library=library, identity=self.identity, clock=clock)
        self.router = Router(
            library=library,
            clock=clock,
            commands=commands,
            calendars=feeds_address(settings),
            limits=Limits(settings.asks_per_minute) if settings.asks_per_minute else None,
        )
        delivery_client = AsyncWebClient(
            token=settings.slack_bot_token,
            base_url=settings.slack_api_url,
            session=delivery_session,
            retry_handlers=[],
        )
        delivery_client.proxy = self.client.proxy
        self.jobs = Jobs(library=library, clock=clock, metrics=self.metrics)
        kinds = [kind for command in commands for kind in command.deliveries]
        self.sender = Sender(
            library=library,
            client=delivery_client,
            clock=clock,
            kinds=kinds,
            admins=settings.admins,
            shared_outside=self.identity.shared_outside,
            language=self.identity.spoken_to,
            per_second=settings.send_rate,
            lease_seconds=settings.lease_seconds,
            jobs=self.jobs,
        )
        self.editor = Editor(
            library=library,
            client=self.client,
            clock=clock,
            kinds=kinds,
            language=self.identity.spoken_to,
        )
        self.accounts = Accounts(
            library=library, client=self.client, identity=self.identity, clock=clock
        )
        self.closer = Closer(
            library=library,
            clock=clock,
            keep=timedelta(days=settings.keep_counts_days),
            jobs=self.jobs,
        )
        self.purger = Purger(library=library, clock=clock, kept=settings.kept)
        self.heart = Heart(
            library=library, clock=clock, pulse=self.pulse, tick_seconds=settings.tick_seconds
        )
        self.connected = False
        self.refused: WrongWorkspaceError | None = None
        self._self: dict[str, str | None] = {}
        self._stop = stop
        self._at_work = asyncio.Lock()
        self._greet_at = 0.0  # the loop's time
        self._wait = 0.0  # seconds, after the next failure
        self._unanswered: str | None = None  # what was logged of the last failure

        async def authorize(team_id: str | None) -> AuthorizeResult:
            # Known since `greet`: nobody waits for auth.test.
            return AuthorizeResult(
                enterprise_id=None,
                team_id=self.identity.team_id or team_id,
                bot_token=settings.slack_bot_token,
                bot_id=self._self.get("bot_id"),
                bot_user_id=self._self.get("user_id"),
            )

        self.listeners = Listeners(
            router=self.router,
            identity=self.identity,
            library=library,
            client=self.client,
            clock=clock,
            metrics=self.metrics,
        )
        bolt_client = AsyncWebClient(base_url=settings.slack_api_url, session=session)
        bolt_client.proxy = self.client.proxy
        self.bolt = AsyncApp(
            name="htbot",  # else Bolt reads the sources of every caller to make one up
            # Its loggers take their level from this one, not from the root's.
            logger=logging.getLogger("slack_bolt"),
            # Bolt asks for tokens by `authorize`; with one here it would warn of two ways.
            client=bolt_client,
            signing_secret=settings.slack_signing_secret or "",
            authorize=authorize,
            before_authorize=Typed(self.listeners.command),
            # The acknowledgement carries the answer, and is sent once the
            # listener is done: no 10 ms polls, and nothing is left undone behind it.
            process_before_response=True,
            raise_error_for_unhandled_request=True,
        )
        self.listeners.register(self.bolt)

    async def greet(self) -> None:
        """
        Ask Slack who we are, before somebody waits for it.

        Raises:
            WrongWorkspaceError: if the database belongs to another workspace.
        """
        try:
            answer = await self.client.auth_test()
        except SLACK_TROUBLE as error:
            self._greet_later(reason(error))
            return
        self._self = {key: answer.get(key) for key in ("bot_id", "user_id", "team_id")}
        team_id = answer["team_id"]
        await self.library.bind(team_id)
        self.identity.team_id = team_id
        self.connected = True
        log.info("connected to Slack")

    async def tick(self) -> None:
        """
        Look after what may have changed, the database, its facts, Slack, and after
        what has become due. One at a time, whoever asks for it.
        """
        async with self._at_work:
            await self._look_after()

    async def _look_after(self) -> None:
        await self.library.look()
        if self.refused:
            return
        if self.library.trouble is None:
            await self.jobs.run("saying that it runs", self.heart.tick)
            await self.jobs.run("learning languages", self.identity.look)
        try:
            if self.connected and self.identity.team_id is not None:
                await self.library.bind(self.identity.team_id)
            elif asyncio.get_running_loop().time() >= self._greet_at:
                await self.greet()
        except WrongWorkspaceError as error:
            # The database came back, and is another workspace's.
            log.critical("stopping: %s", error)
            self.refused = error
            self.identity.team_id = None  # nobody is a member of anything
            self._stop()
        if self.connected and not self.refused and self.library.trouble is None:
            await self.jobs.run("looking after deliveries", self.sender.tick)
            await self.jobs.run("editing messages", self.editor.tick)
            await self.jobs.run("looking after accounts", self.accounts.tick)
            await self.jobs.run("deleting what is over", self.purger.tick)
            self.closer.tick()
        self.pulse.ticked_at = asyncio.get_running_loop().time()

    def _greet_later(self, why: str) -> None:
        if why != self._unanswered:
            log.warning("Slack did not say who we are: %s", why)
            self._unanswered = why
        self._greet_at = asyncio.get_running_loop().time() + self._wait
        self._wait = min(2 * self._wait or 1.0, LONGEST_WAIT)


@asynccontextmanager
async def make_bot(
    settings: Settings,
    *,
    library: Library,
    clock: Clock = utc_now,
    commands: Sequence[Command] = COMMANDS,
    stop: Callable[[], None] = lambda: None,
) -> AsyncIterator[Bot]:
    """
    Yield a bot that has greeted Slack, or tried to.

    Raises:
        WrongWorkspaceError: if the database belongs to another workspace.
    """
    timeout = aiohttp.ClientTimeout(total=SECONDS)
    async with (
        aiohttp.ClientSession(timeout=timeout) as session,
        guarded_session() as delivery_session,
    ):
        bot = Bot(
            settings,
            library=library,
            session=session,
            delivery_session=delivery_session,
            clock=clock,
            commands=commands,
            stop=stop,
        )
        await bot.greet()
        try:
            async with bot.sender.running():
                yield bot
        finally:
            await bot.closer.stop()
            await bot.listeners.drain()
            await bot.heart.stop()
