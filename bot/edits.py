"""
Writes messages anew where they stand: what they said is over, or was wrong. To say the
same twice in one place does no harm, so what is not known to be done is done again; and so
is what two may have written at once, of whom the slower knew less.
"""

import asyncio
import logging
from collections.abc import Callable, Collection
from dataclasses import replace
from datetime import timedelta

from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from bot.clock import Clock
from bot.identity import SLACK_TROUBLE, reason
from bot.library import Library
from bot.pieces import Block, escape, section
from bot.posting import ALONE, DOUBTFUL, FORM, HASTE, NO_ENTRY, PASSING, WORDS, retry_after
from commands.contract import Button, DeliveryKind, Notice
from commands.speech import say, speak, speaking
from storage.edits import Edit, ask_again, edited, edits_due, put_off
from storage.errors import DatabaseError
from storage.session import Session

log = logging.getLogger(__name__)

AT_ONCE = 20  # a tick; what is sent anew goes first
# A tick spends no more on edits: what becomes due meanwhile, to be sent or edited, is
# found by the next one.
SECONDS = 1.0
# Of what one change is written into hundreds: then so many a second, that of the 50 a
# minute that Slack takes some are left for what else is to be said.
MANY_AT_ONCE, MANY_PER_SECOND = 20, 0.5
AGAIN = timedelta(seconds=30)
# What may be taken another time; all else that Slack refuses it refuses for good.
WORTH_ANOTHER = HASTE | PASSING | DOUBTFUL | NO_ENTRY
NO_OWNER = "this version of the bot cannot write it"
MESSAGES = {
    "message_not_found": "the message is gone",
    "cant_update_message": "Slack lets the bot not change it",
    "edit_window_closed": "the workspace lets nobody change what is so old",
}


class Editor:
    def __init__(
        self,
        *,
        library: Library,
        client: AsyncWebClient,
        clock: Clock,
        kinds: Collection[DeliveryKind],
        language: Callable[[Session, str], str | None] = lambda session, recipient: None,
    ) -> None:
        self._library = library
        self._client = client
        self._clock = clock
        self._language = language
        self._kinds = {kind.name: kind for kind in kinds}
        self._many = frozenset(kind.name for kind in kinds if kind.many)
        self._allowed = float(MANY_AT_ONCE)  # edits of these, by now
        self._counted_at = _time()
        self._closed_until = 0.0  # the loop's time until which Slack takes no edits

    async def tick(self) -> None:
        """
        Edit what is due, one after the other.
        """
        began = _time()
        if began < self._closed_until:
            return
        try:
            now = self._clock()
            due = await self._library.read(
                lambda session: edits_due(session, now=now, limit=AT_ONCE, last=self._many)
            )
            for edit in due:
                if edit.delivery.kind in self._many and not self._take_one():
                    return  # they come last
                # A task of its own: what language its reader is spoken to in ends with it.
                if not await asyncio.create_task(self._edit(edit)) or _time() - began > SECONDS:
                    return
        except DatabaseError:
            log.info("messages could not be looked through for edits; the next tick will")

    def _take_one(self) -> bool:
        """
        Say whether one of many edits may be made now, and count it.
        """
        now = _time()
        grown = self._allowed + (now - self._counted_at) * MANY_PER_SECOND
        self._allowed, self._counted_at = min(grown, float(MANY_AT_ONCE)), now
        if self._allowed < 1.0:
            return False
        self._allowed -= 1.0
        return True

    async def _edit(self, edit: Edit) -> bool:
        """
        Return whether Slack takes more.
        """
        kind = self._kinds.get(edit.delivery.kind)
        write = kind.edit if kind else None
        now = self._clock()
        if write is None:
            await self._library.deliver(
                lambda session: edited(session, edit, now=now, trouble=NO_OWNER)
            )
            return True
        # One process at a time; if it dies over it, another tries after a while.
        mine = replace(edit, asked_at=now + AGAIN)
        if not await self._library.deliver(
            lambda session: put_off(session, edit, until=mine.asked_at)
        ):
            return True

        def written(session: Session) -> tuple[str | None, Notice]:
            language = self._language(session, edit.delivery.recipient)
            with speaking(language):
                return language, write(edit.delivery, session, now)

        language, notice = await self._library.read(written)
        speak(language)
        text, opens = notice.text, notice.opens
        button = Button(label=say(notice.label), command=opens) if opens else None
        again, trouble = False, None
        try:
            try:
                blocks = [section(escape(text), button=button)]
                await self._update(edit, text=escape(text), blocks=blocks)
            except SlackApiError as error:
                if reason(error) not in FORM:
                    raise
                plain = say(ALONE, text=text, opens=opens) if opens else text
                await self._update(edit, text=escape(plain), blocks=[])
        except SLACK_TROUBLE as error:
            log.warning("a message could not be edited: %s", reason(error))
            if isinstance(error, SlackApiError) and _for_good(error):
                trouble = _in_words(error)
            else:
                again = True
                self._slow_down(error)

        def note(session: Session) -> None:
            if again:
                noted = put_off(session, mine, until=mine.asked_at)
            else:
                noted = edited(session, mine, now=now, trouble=trouble)
            # If it was asked for meanwhile, what another wrote may just have been undone.
            if not noted:
                ask_again(session, mine, now=now)

        await self._library.deliver(note)
        return not again

    async def _update(self, edit: Edit, *, text: str, blocks: list[Block]) -> None:
        await self._client.chat_update(
            channel=edit.slack_channel, ts=edit.slack_ts, text=text, blocks=blocks
        )

    def _slow_down(self, error: Exception) -> None:
        if isinstance(error, SlackApiError) and _status(error) == 429:
            self._closed_until = _time() + retry_after(error.response)
            self._allowed = 0.0


def _for_good(error: SlackApiError) -> bool:
    status = _status(error)
    return status is not None and status < 300 and reason(error) not in WORTH_ANOTHER


def _in_words(error: SlackApiError) -> str:
    code = reason(error)
    return (MESSAGES | WORDS).get(code, f"Slack refused it: {code}")


def _status(error: SlackApiError) -> int | None:
    return getattr(error.response, "status_code", None) or getattr(error.response, "status", None)


def _time() -> float:
    return asyncio.get_running_loop().time()
