"""
Writes messages anew where they stand: what they said is over, or was wrong. To say the
same twice in one place does no harm, so what is not known to be done is done again; and so
is what two may have written at once, of whom the slower knew less.
"""

import logging
from collections.abc import Collection
from dataclasses import replace
from datetime import timedelta

from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from bot.clock import Clock
from bot.identity import SLACK_TROUBLE, reason
from bot.library import Library
from bot.pieces import escape, section
from commands.contract import Button, DeliveryKind
from storage.edits import Edit, ask_again, edited, edits_due
from storage.errors import DatabaseError
from storage.session import Session

log = logging.getLogger(__name__)

AT_ONCE = 20  # a tick; what is sent anew goes first
AGAIN = timedelta(seconds=30)
# The message is not there to be edited, or never will be.
GONE = frozenset(
    {"message_not_found", "cant_update_message", "edit_window_closed", "channel_not_found", "is_archived"}
)  # fmt: skip


class Editor:
    def __init__(
        self,
        *,
        library: Library,
        client: AsyncWebClient,
        clock: Clock,
        kinds: Collection[DeliveryKind],
    ) -> None:
        self._library = library
        self._client = client
        self._clock = clock
        self._kinds = {kind.name: kind for kind in kinds}

    async def tick(self) -> None:
        """
        Edit what is due, one after the other. Never raises.
        """
        try:
            now = self._clock()
            due = await self._library.read(
                lambda session: edits_due(session, now=now, limit=AT_ONCE)
            )
            for edit in due:
                if not await self._edit(edit):
                    return
        except DatabaseError:
            log.info("messages could not be looked through for edits; the next tick will")
        except Exception:  # the edge: the tick goes on
            log.exception("messages could not be edited")

    async def _edit(self, edit: Edit) -> bool:
        """
        Return whether Slack takes more.
        """
        kind = self._kinds.get(edit.delivery.kind)
        write = kind.edit if kind else None
        if write is None:
            await self._library.deliver(lambda session: edited(session, edit))
            return True
        now = self._clock()
        # One process at a time; if it dies over it, another tries after a while.
        mine = replace(edit, asked_at=now + AGAIN)
        if not await self._library.deliver(
            lambda session: edited(session, edit, again_at=mine.asked_at)
        ):
            return True
        notice = await self._library.read(lambda session: write(edit.delivery, session, now))
        text, opens = notice.text, notice.opens
        button = Button(label=notice.label, command=opens) if opens else None
        again_at, more = None, True
        try:
            await self._client.chat_update(
                channel=edit.slack_channel,
                ts=edit.slack_ts,
                text=escape(text),
                blocks=[section(escape(text), button=button)],
            )
        except SLACK_TROUBLE as error:
            if not (isinstance(error, SlackApiError) and reason(error) in GONE):
                more, again_at = False, mine.asked_at
                log.warning("a message could not be edited: %s", reason(error))

        def note(session: Session) -> None:
            # If it was asked for meanwhile, what another wrote may just have been undone.
            if not edited(session, mine, again_at=again_at):
                ask_again(session, mine, now=now)

        await self._library.deliver(note)
        return more
