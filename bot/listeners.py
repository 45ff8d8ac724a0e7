"""
From Slack's payloads to the router and back: one listener a kind.
"""

import asyncio
import logging
import re
from datetime import timedelta
from typing import Any

from slack_bolt.async_app import AsyncAck, AsyncApp
from slack_bolt.error import BoltUnhandledRequestError
from slack_bolt.response import BoltResponse
from slack_sdk.web.async_client import AsyncWebClient
from slack_sdk.webhook.async_client import AsyncWebhookClient

from bot.clock import Clock
from bot.home import home_view, modal_view
from bot.identity import SLACK_TROUBLE, Identity, reason
from bot.library import Library
from bot.pieces import Block
from bot.render import Rendered
from bot.router import MENU, Answer, Router
from commands.contract import Person, Standing
from storage.errors import DatabaseBusyError, DatabaseError, DatabaseUnreachableError
from storage.receipts import first_time, forget_before
from storage.session import Session

log = logging.getLogger(__name__)

ANYTHING = re.compile(r".*", re.DOTALL)
CHANNEL = re.compile(r"[CG][A-Z0-9]+")
ANSWER_SECONDS = 2.7  # for an answer, of the three Slack gives
ACK_SECONDS = 2.0  # until a press is acknowledged, done or not
SECONDS = 2  # for one call to Slack, of the three it gives an answer
REPEATS = 4096  # presses remembered
PERHAPS_SHARED = (
    "Slack did not say whether it took the message. Look in the channel before you share it again."
)
RECEIPTS_KEPT = timedelta(hours=1)  # a request older than five minutes is refused anyhow


class Listeners:
    """
    Args:
        client: for calls to Slack's Web API; shares one HTTP session and never retries.
    """

    def __init__(
        self,
        *,
        router: Router,
        identity: Identity,
        library: Library,
        client: AsyncWebClient,
        clock: Clock,
    ) -> None:
        self._router = router
        self._identity = identity
        self._library = library
        self._client = client
        self._clock = clock
        self._repeats: dict[str, None] = {}
        self._under_way: set[asyncio.Task[None]] = set()

    def register(self, app: AsyncApp) -> None:
        app.command(ANYTHING)(self.command)
        app.action(ANYTHING)(self.action)
        app.event("app_home_opened")(self.home_opened)
        app.event("user_change")(self.user_changed)
        app.error(self.error)

    async def command(self, ack: AsyncAck, body: dict[str, Any]) -> None:
        """
        Answer "/ht …" in the acknowledgement itself: one round trip.
        """
        person = Person(team_id=body.get("team_id", ""), user_id=body.get("user_id", ""))
        answer = await self._answer(
            body.get("text") or "", person, share=_is_channel(body.get("channel_id"))
        )
        await ack(message(answer.rendered))

    async def action(self, ack: AsyncAck, body: dict[str, Any]) -> None:
        """
        Carry out a button: show what it asks, or share it.
        """
        if self._is_repeat(body):
            await ack()
            return
        task = asyncio.create_task(self._press(body))
        self._under_way.add(task)
        task.add_done_callback(self._under_way.discard)
        # Slack calls a late acknowledgement a failure, and people press again: what
        # takes longer goes on behind it, and `drain` waits for it.
        await asyncio.wait([task], timeout=ACK_SECONDS)
        await ack()

    async def drain(self) -> None:
        """
        Wait for the presses that were acknowledged before they were done.
        """
        if self._under_way:
            await asyncio.wait(self._under_way)

    async def _press(self, body: dict[str, Any]) -> None:
        pressed = body["actions"][0]
        person = Person(
            team_id=body["user"].get("team_id") or (body.get("team") or {}).get("id", ""),
            user_id=body["user"]["id"],
        )
        text = pressed.get("value") or ""
        try:
            if pressed.get("action_id", "").startswith("share"):
                await self._share(text, person, body)
            elif "view" in body:
                await self._show_in_view(text, person, body)
            else:
                await self._show_in_message(text, person, body)
        except Exception as error:  # noqa: BLE001 - the edge: nobody awaits this task's result
            failed = self._router.failed(error, doing="a button")
            await self._tell(body, failed.rendered)

    def _is_repeat(self, body: dict[str, Any]) -> bool:
        """
        Say whether this very press was here before, and remember it: Slack, or
        anybody who recorded it, may send the same bytes again.
        """
        interaction = _interaction(body)
        if interaction in self._repeats:
            return True
        self._repeats[interaction] = None
        if len(self._repeats) > REPEATS:
            del self._repeats[next(iter(self._repeats))]
        return False

    async def home_opened(self, body: dict[str, Any]) -> None:
        event = body["event"]
        if event.get("tab") != "home":
            return
        person = Person(team_id=body.get("team_id", ""), user_id=event["user"])
        answer = await self._answer(MENU, person, share=False)
        try:
            await self._client.views_publish(
                user_id=person.user_id, view=home_view(answer.rendered)
            )
        except SLACK_TROUBLE as error:
            log.warning("the Home tab could not be shown: %s", reason(error))

    async def user_changed(self, body: dict[str, Any]) -> None:
        self._identity.forget(body["event"]["user"]["id"])

    async def error(self, error: Exception, body: dict[str, Any]) -> BoltResponse:
        """
        Answer what no listener could: with a reference, and never with a 500.
        """
        if isinstance(error, BoltUnhandledRequestError):
            log.warning("nothing listens to this kind of request")
            # An event that nobody wants is taken all the same, or Slack sends it again.
            return BoltResponse(status=200 if "event" in body else 404, body="")
        answer = self._router.failed(error, doing="a request")
        if "command" in body:
            return BoltResponse(status=200, body=message(answer.rendered))
        await self._tell(body, answer.rendered)
        return BoltResponse(status=200, body="")

    async def _answer(self, text: str, person: Person, *, share: bool) -> Answer:
        known: Standing | None = None

        async def standing() -> Standing:
            nonlocal known
            if known is None:  # once a request: Slack may be slow to say so
                known = await self._identity.standing(person)
            return known

        try:
            async with asyncio.timeout(ANSWER_SECONDS):
                return await self._router.answer(text, standing=standing, share=share, asker=person)
        except TimeoutError:
            return self._router.troubled(DatabaseUnreachableError("no answer in time"))

    async def _show_in_message(self, text: str, person: Person, body: dict[str, Any]) -> None:
        container = body.get("container", {})
        channel = body.get("channel", {}).get("id")
        answer = await self._answer(text, person, share=_is_channel(channel))
        # The answer takes the place of an answer only its reader sees; a message
        # that others see stays, and the presser gets one of their own.
        mine = bool(container.get("is_ephemeral"))
        await self._respond(body, message(answer.rendered) | {"replace_original": mine})

    async def _show_in_view(self, text: str, person: Person, body: dict[str, Any]) -> None:
        answer = await self._answer(text, person, share=False)
        view = modal_view(answer.rendered)
        if body["view"]["type"] == "modal":
            await self._client.views_update(view_id=body["view"]["id"], view=view)
        else:
            await self._client.views_open(trigger_id=body["trigger_id"], view=view)

    async def _share(self, text: str, person: Person, body: dict[str, Any]) -> None:
        channel = body.get("channel", {}).get("id", "")
        answer = await self._answer(text, person, share=False)
        if answer.command is None or not answer.done:
            await self._tell(body, answer.rendered)
            return
        if not answer.command.public and await self._identity.shared_outside(channel):
            await self._tell(
                body,
                self._router.said(
                    "Not shared",
                    "This channel may be read from outside the workspace, and this answer is not public.",
                ),
            )
            return
        try:
            if not await self._first_time(body, lasting=answer.command.recall is None):
                return
        except DatabaseError as error:
            await self._tell(body, self._router.troubled(error).rendered)
            return
        try:
            await self._respond(
                body,
                message(answer.rendered)
                | {
                    "response_type": "in_channel",
                    "replace_original": False,
                    "text": f"{answer.rendered.text}\nShared by <@{person.user_id}>.",
                    "blocks": [*_unpressable(answer.rendered), _shared_by(person)],
                },
            )
        except SLACK_TROUBLE as error:
            log.warning("a share may or may not have been posted: %s", reason(error))
            await self._tell(body, self._router.said("Perhaps shared", PERHAPS_SHARED))

    async def _first_time(self, body: dict[str, Any], *, lasting: bool) -> bool:
        """
        Say whether this press is new to every process of this bot.

        Args:
            lasting: the press counts only once it is stored. What is answered from
                memory is shared while the database is away too, and then this
                process alone knows.
        Raises:
            DatabaseError: if the press could not be stored and must be.
        """

        def receive(session: Session) -> bool:
            now = self._clock()
            forget_before(session, now - RECEIPTS_KEPT)
            return first_time(session, interaction=_interaction(body), now=now)

        try:
            return await self._library.write(receive)
        except DatabaseBusyError:
            raise  # in a moment it can be stored
        except DatabaseError:
            if lasting:
                raise
            return True

    async def _tell(self, body: dict[str, Any], rendered: Rendered) -> None:
        """
        Show *rendered* to the presser alone, as well as it can be done.
        """
        try:
            if body.get("response_url"):
                await self._respond(body, message(rendered) | {"replace_original": False})
            elif body.get("trigger_id"):
                await self._client.views_open(
                    trigger_id=body["trigger_id"], view=modal_view(rendered)
                )
        except SLACK_TROUBLE as error:
            log.warning("an answer could not be shown: %s", reason(error))

    async def _respond(self, body: dict[str, Any], payload: dict[str, Any]) -> None:
        """
        Post to the response_url, once.

        Raises:
            OSError: if Slack did not take it.
        """
        webhook = AsyncWebhookClient(
            body["response_url"], timeout=SECONDS, session=self._client.session, retry_handlers=[]
        )
        webhook.proxy = self._client.proxy
        response = await webhook.send_dict(payload)
        if response.status_code != 200:
            raise OSError(f"response_url answered {response.status_code}")


def message(rendered: Rendered) -> dict[str, Any]:
    """
    Return *rendered* as a message for one reader.
    """
    return {
        "response_type": "ephemeral",
        "text": rendered.text,
        "blocks": list(rendered.blocks),
        "unfurl_links": False,
        "unfurl_media": False,
    }


def _interaction(body: dict[str, Any]) -> str:
    return f"{body.get('trigger_id')}:{body['actions'][0].get('action_ts')}"


def _unpressable(rendered: Rendered) -> list[Block]:
    """
    Return the blocks as they may stand in a channel, with nothing to press.
    """
    return [
        {key: value for key, value in block.items() if key != "accessory"}
        for block in rendered.blocks
        if block["type"] != "actions"
    ]


def _shared_by(person: Person) -> Block:
    return {
        "type": "context",
        "elements": [{"type": "mrkdwn", "text": f"Shared by <@{person.user_id}>."}],
    }


def _is_channel(channel_id: str | None) -> bool:
    return bool(channel_id and CHANNEL.fullmatch(channel_id))
