"""
Looks, one after the other, whether those who are something here still have an account:
Slack says so once, by an event, and a bot that was away never hears it.
"""

import asyncio
import logging

from slack_sdk.web.async_client import AsyncWebClient

from bot.clock import Clock
from bot.identity import SLACK_TROUBLE, Identity, reason
from bot.library import Library
from storage.accounts import end_account, next_account
from storage.errors import DatabaseError

log = logging.getLogger(__name__)

# Slack answers such questions a hundred times a minute; people who ask come first.
EVERY_SECONDS = 20.0


class Accounts:
    def __init__(
        self,
        *,
        library: Library,
        client: AsyncWebClient,
        identity: Identity,
        clock: Clock,
        every_seconds: float = EVERY_SECONDS,
    ) -> None:
        self._library = library
        self._client = client
        self._identity = identity
        self._clock = clock
        self._every = every_seconds
        self._at = 0.0  # the loop's time
        self._last = 0  # the row that was looked at

    async def tick(self) -> None:
        """
        Look at the next one, if it is time. Never raises.
        """
        now = asyncio.get_running_loop().time()
        if now < self._at:
            return
        self._at = now + self._every
        try:
            await self._look()
        except DatabaseError:
            log.info("accounts wait for the database")
        except SLACK_TROUBLE as error:
            log.info("an account could not be looked up: %s", reason(error))

    async def _look(self) -> None:
        last = self._last
        found = await self._library.read(lambda session: next_account(session, after=last))
        if found is None:
            self._last = 0  # from the beginning
            return
        self._last, team_id, user_id = found
        if team_id != self._identity.team_id:
            return
        answer = await self._client.users_info(user=user_id)
        if not (answer.get("user") or {}).get("deleted"):
            return
        now = self._clock()
        self._identity.forget(user_id)
        await self._library.write(
            lambda session: end_account(session, team_id=team_id, user_id=user_id, now=now)
        )
        log.info("somebody's account was deactivated while nobody said so")
