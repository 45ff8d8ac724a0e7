"""
From Slack's payloads to the router and back: one listener a kind, and commands before any.
"""

import asyncio
import json
import logging
import re
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Coroutine
from time import perf_counter
from typing import Any

from slack_bolt.async_app import AsyncAck, AsyncApp
from slack_bolt.error import BoltUnhandledRequestError
from slack_bolt.response import BoltResponse
from slack_sdk.web.async_client import AsyncWebClient
from slack_sdk.webhook.async_client import AsyncWebhookClient

from bot.clock import Clock
from bot.files import added, announced, hand_over
from bot.forms import CALLBACK, Opened, opened_by, options_answer, sent
from bot.hiding import HIDE
from bot.home import home_view, mark_of, modal_view
from bot.identity import SLACK_TROUBLE, Identity, reason
from bot.kept import Kept
from bot.library import Library
from bot.metrics import Metrics
from bot.pieces import Block
from bot.render import Rendered, message
from bot.router import MENU, Answer, Router
from commands.contract import File, Person, Standing
from commands.language import VERB as LANGUAGE
from commands.speech import language, phrase, say, speak
from storage.accounts import end_account
from storage.errors import DatabaseBusyError, DatabaseError, DatabaseUnreachableError
from storage.receipts import KEPT, first_time, forget_before
from storage.session import Session

log = logging.getLogger(__name__)

ANYTHING = re.compile(r".*", re.DOTALL)
CHANNEL = re.compile(r"[CG][A-Z0-9]+")
ANSWER_SECONDS = 2.7  # for an answer, of the three Slack gives
ACK_SECONDS = 2.0  # until a press is acknowledged, done or not
DRAWN_SECONDS = 1.5  # for Slack to take a table or a chart before a command is acknowledged
LEAST_SECONDS = 0.3  # with less of them left it is not tried
HOME_SECONDS = 0.4  # for what is somebody's own, before the rest is shown without it
SECONDS = 2  # for one call to Slack, of the three it gives an answer
REPEATS = 4096  # presses remembered
LATE = phrase(
    "This takes longer than usual. It goes on, and its end is shown here: do not send it again."
)
PERHAPS_SHARED = phrase(
    "Slack did not say whether it took the message. Look in the channel before you share it again."
)
NOT_SHARED = phrase(
    "Slack did not take the message, so nothing was shared. Please try again in a minute."
)


class RefusedError(OSError):
    """
    Slack said that it did not take a message: it is nowhere, for certain.
    """


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
        metrics: Metrics,
    ) -> None:
        self._router = router
        self._identity = identity
        self._library = library
        self._client = client
        self._clock = clock
        self._metrics = metrics
        self._repeats: dict[str, None] = {}
        self._homes: dict[str, None] = {}  # who opened Home here: shown anew when they do something
        self._homes_begun = 0
        self._homes_shown: OrderedDict[str, int] = OrderedDict()  # which of them each person sees
        self._homes_kept: Kept[str] = Kept(library, most=REPEATS)  # the mark of each person's
        self._under_way: set[asyncio.Task[None]] = set()

    def register(self, app: AsyncApp) -> None:
        app.action(ANYTHING)(self.action)
        app.view(CALLBACK)(self.submission)
        app.options(ANYTHING)(self.suggestion)
        app.shortcut(ANYTHING)(self.shortcut)
        app.event("app_home_opened")(self.home_opened)
        app.event("user_change")(self.user_changed)
        app.error(self.error)

    async def command(self, body: dict[str, Any]) -> BoltResponse:
        """
        Answer "/ht …" in the acknowledgement itself: one round trip. What is drawn
        goes ahead of it, because Slack never says that it refused an acknowledgement.
        """
        began = asyncio.get_running_loop().time()
        person = Person(team_id=body.get("team_id", ""), user_id=body.get("user_id", ""))
        answer = await self._answer(
            body.get("text") or "", person, channel=_channel(body.get("channel_id"))
        )
        if answer.form and await self._is_open(
            answer.form, body, seconds=began + ANSWER_SECONDS - asyncio.get_running_loop().time()
        ):
            return BoltResponse(status=200)
        rendered = announced(answer.rendered, answer.files)
        # Of a command that comes twice only the acknowledgement is given again.
        beside = bool(rendered.rich or answer.files) and not self._is_repeat(_typed(body))
        left = began + ANSWER_SECONDS - asyncio.get_running_loop().time()
        is_drawn = beside and await self._is_drawn(rendered, body, seconds=left)
        if beside and answer.files:
            self._begin(self._hand_over_typed(answer.files, person, body))
        return BoltResponse(status=200, body="" if is_drawn else rendered.written)

    async def action(self, ack: AsyncAck, body: dict[str, Any]) -> None:
        """
        Carry out a button: show what it asks, or share it.
        """
        if self._is_repeat(_interaction(body)):
            await ack()
            return
        task = self._begin(self._press(body))
        # Slack calls a late acknowledgement a failure, and people press again: what
        # takes longer goes on behind it, and `drain` waits for it.
        await asyncio.wait([task], timeout=ACK_SECONDS)
        await ack()

    async def submission(self, ack: AsyncAck, body: dict[str, Any]) -> None:
        """
        Take a form, and show in its place what became of it; or what is wrong, in it.
        """
        view = body["view"]
        person = _presser(body)
        form = sent(view)

        async def take() -> Answer:
            with self._metrics.answering() as note:
                answer = await self._router.submit(
                    form,
                    standing=self._asking_once(person),
                    asker=person,
                    language=lambda: self._identity.language(person),
                    is_here=self._identity.is_here,
                )
                note(answer.outcome)
            return answer

        task = asyncio.create_task(take())
        done, _ = await asyncio.wait([task], timeout=ANSWER_SECONDS)
        if not done:
            # It goes on, and its end is shown in the same place.
            speak(self._identity.language(person))
            self._begin(self._show_later(task, view_id=view["id"]))
            waiting = self._router.said(say("One moment"), say(LATE))
            await ack(response_action="update", view=modal_view(waiting))
            return
        answer = task.result()
        if answer.errors is None and person.user_id in self._homes:
            self._begin(self._renew_home(person))
        if answer.errors is not None:
            inputs = {block["block_id"] for block in view["blocks"] if block["type"] == "input"}
            errors = {name: text for name, text in answer.errors.items() if name in inputs}
            if errors:
                await ack(response_action="errors", errors=errors)
                return
        await ack(response_action="update", view=modal_view(answer.rendered))

    async def suggestion(self, ack: AsyncAck, body: dict[str, Any]) -> None:
        """
        Answer what is typed in a field that looks things up.
        """
        person = _presser(body)
        found = await self._router.suggest(
            opened_by(body["view"]),
            body.get("block_id", ""),
            body.get("value") or "",
            standing=self._asking_once(person),
            asker=person,
            language=lambda: self._identity.language(person),
        )
        await ack(**options_answer(found))

    async def shortcut(self, ack: AsyncAck, body: dict[str, Any]) -> None:
        """
        Carry out a shortcut, whose name is a command text.
        """
        if self._is_repeat(f"{body.get('trigger_id')}:shortcut"):
            await ack()
            return
        task = self._begin(self._open_shortcut(body))
        await asyncio.wait([task], timeout=ACK_SECONDS)
        await ack()

    async def _open_shortcut(self, body: dict[str, Any]) -> None:
        try:
            answer = await self._answer(body.get("callback_id", ""), _presser(body))
            if not (answer.form and await self._is_open(answer.form, body)):
                await self._client.views_open(
                    trigger_id=body["trigger_id"], view=modal_view(answer.rendered)
                )
        except SLACK_TROUBLE as error:
            log.warning("a shortcut could not be answered: %s", reason(error))
        except Exception as error:  # noqa: BLE001 - the edge: nobody awaits this task's result
            self._router.failed(error, doing="a shortcut")

    async def _show_later(self, task: "asyncio.Task[Answer]", *, view_id: str) -> None:
        answer = await task
        try:
            await self._client.views_update(view_id=view_id, view=modal_view(answer.rendered))
        except SLACK_TROUBLE as error:
            log.warning("the end of a form could not be shown: %s", reason(error))

    async def _is_open(
        self, form: Opened, body: dict[str, Any], *, seconds: float = SECONDS
    ) -> bool:
        """
        Open *form* for whoever typed or pressed, in place of the modal they pressed in,
        and say whether Slack took it.
        """
        try:
            async with asyncio.timeout(max(min(seconds, SECONDS), LEAST_SECONDS)):
                if (body.get("view") or {}).get("type") == "modal":
                    await self._client.views_update(view_id=body["view"]["id"], view=form.view)
                else:
                    # Slack sends one with all that may open a form; without it nothing opens.
                    trigger_id = body.get("trigger_id", "")
                    await self._client.views_open(trigger_id=trigger_id, view=form.view)
        except SLACK_TROUBLE as error:
            log.warning("a form could not be opened: %s", reason(error))
            return False
        return True

    async def drain(self) -> None:
        """
        Wait for what was acknowledged before it was done.
        """
        if self._under_way:
            await asyncio.wait(self._under_way)

    def _begin(self, work: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        task = asyncio.create_task(work)
        self._under_way.add(task)
        task.add_done_callback(self._under_way.discard)
        return task

    async def _press(self, body: dict[str, Any]) -> None:
        pressed = body["actions"][0]
        person = _presser(body)
        text = pressed.get("value") or ""
        try:
            if pressed.get("action_id") == HIDE:
                await self._respond(body, {"delete_original": True})
            elif pressed.get("action_id", "").startswith("share"):
                await self._share(text, person, body)
            elif "view" in body:
                await self._show_in_view(text, person, body)
                at_home = body["view"]["type"] == "home" or person.user_id in self._homes
                if at_home and self._router.changes(text):
                    self._begin(self._renew_home(person))
            else:
                await self._show_in_message(text, person, body)
        except Exception as error:  # noqa: BLE001 - the edge: nobody awaits this task's result
            failed = self._router.failed(error, doing="a button")
            await self._tell(body, failed.rendered)

    def _is_repeat(self, interaction: str) -> bool:
        """
        Say whether this very press or command was here before, and remember it:
        Slack, or anybody who recorded it, may send the same bytes again.
        """
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
        self._homes.pop(person.user_id, None)
        self._homes[person.user_id] = None
        if len(self._homes) > REPEATS:
            del self._homes[next(iter(self._homes))]
        # Slack says what stands there. What is right already is not shown anew.
        showing = self._renew_home(person, mark=mark_of(event.get("view") or {}))
        await asyncio.wait([self._begin(showing)], timeout=ACK_SECONDS)

    async def _show_home(self, person: Person, *, mark: str) -> None:
        """
        Publish the Home tab, unless what stands there with *mark* is right. Where what is somebody's own takes its time, the card and the
        menu, which are remembered, stand there first, and alone if it never comes.
        """
        if mark and await self._is_home(person, mark):
            return
        # Of two that are worked out at once, the one that began later is right.
        self._homes_begun = number = self._homes_begun + 1
        standing = self._asking_once(person)
        own = asyncio.create_task(
            self._router.home(
                standing=standing,
                asker=person,
                language=lambda: self._identity.language(person),
            )
        )
        done, _ = await asyncio.wait([own], timeout=HOME_SECONDS)
        menu = None if done and own.result() else (await self._answer(MENU, person)).rendered
        shown = menu and not done and await self._publish(person, home_view(menu), number)
        if whole := await own:
            view = home_view(*whole.shown)
            if await self._publish(person, view, number):
                self._homes_kept.keep(
                    (person, await standing(), whole.language),
                    mark_of(view),
                    memory=whole.basis.memory,
                    read=whole.basis.read,
                    since=whole.since,
                    until=whole.until,
                )
                return
        if menu and not shown:
            await self._publish(person, home_view(menu), number)

    async def _is_home(self, person: Person, mark: str) -> bool:
        """
        Say whether the Home with this *mark* is what would be published now.
        """
        standing = await self._identity.standing(person)
        speak(self._identity.language(person))
        kept = self._homes_kept.find((person, standing, language()), now=self._clock())
        return kept == mark

    async def _publish(self, person: Person, view: dict[str, Any], number: int) -> bool:
        """
        Show *view*, unless a Home that began later is there. Return whether one is.
        """
        if number < self._homes_shown.get(person.user_id, 0):
            return True
        self._homes_shown[person.user_id] = number
        self._homes_shown.move_to_end(person.user_id)
        if len(self._homes_shown) > REPEATS:
            self._homes_shown.popitem(last=False)
        try:
            await self._client.views_publish(user_id=person.user_id, view=view)
        except SLACK_TROUBLE as error:
            log.warning("the Home tab could not be shown: %s", reason(error))
            return False
        return True

    async def _renew_home(self, person: Person, *, mark: str = "") -> None:
        """
        Show Home as it is now, whatever goes wrong.
        """
        try:
            await self._show_home(person, mark=mark)
        except Exception as error:  # noqa: BLE001 - the edge: nobody awaits this task's result
            self._router.failed(error, doing="Home")

    async def user_changed(self, body: dict[str, Any]) -> None:
        """
        Look anew at who somebody is; whose account was deactivated is nothing here any more.

        Raises:
            DatabaseError: if that could not be stored: Slack says it again.
        """
        user = body["event"]["user"]
        self._identity.forget(user["id"])
        team_id = user.get("team_id") or body.get("team_id", "")
        if user.get("deleted") and team_id == self._identity.team_id:
            now = self._clock()
            await self._library.write(
                lambda session: end_account(session, team_id=team_id, user_id=user["id"], now=now)
            )

    async def error(self, error: Exception, body: dict[str, Any]) -> BoltResponse:
        """
        Answer what no listener could: with a reference, and never with a 500.
        """
        if isinstance(error, BoltUnhandledRequestError):
            log.warning("nothing listens to this kind of request")
            # An event that nobody wants is taken all the same, or Slack sends it again.
            return BoltResponse(status=200 if "event" in body else 404, body="")
        if "event" in body and isinstance(error, DatabaseError):
            log.warning("an event could not be stored; Slack sends it again")
            return BoltResponse(status=503, body="")
        answer = self._router.failed(error, doing="a request")
        if "command" in body:
            return BoltResponse(status=200, body=message(answer.rendered))
        await self._tell(body, answer.rendered)
        return BoltResponse(status=200, body="")

    async def _answer(self, text: str, person: Person, *, channel: str | None = None) -> Answer:
        """
        Answer *text*, typed or pressed in *channel*, where the answer may be shared.
        """
        began = perf_counter()
        given = self._router.given(
            text,
            standing=self._identity.at_once(person),
            share=channel is not None,
            asker=person,
            language=self._identity.language(person),
        )
        if given:
            self._metrics.answered(given.outcome, perf_counter() - began)
            return given
        standing = self._asking_once(person)
        with self._metrics.answering() as note:
            try:
                async with asyncio.timeout(ANSWER_SECONDS):
                    answer = await self._router.answer(
                        text,
                        standing=standing,
                        share=channel is not None,
                        asker=person,
                        language=lambda: self._identity.language(person),
                        channel=channel,
                    )
                    if answer.command is not None and answer.command.verb == LANGUAGE:
                        # Hotlines ask nobody: they have to know at once what was chosen.
                        await self._identity.standing(person)
                        speak(self._identity.language(person))
            except TimeoutError:
                answer = self._router.troubled(DatabaseUnreachableError("no answer in time"))
            note(answer.outcome)
        return answer

    def _asking_once(self, person: Person) -> Callable[[], Awaitable[Standing]]:
        """
        Return what says *person*'s standing, asking once: Slack may be slow to say so.
        """
        known: Standing | None = None

        async def standing() -> Standing:
            nonlocal known
            if known is None:
                known = await self._identity.standing(person)
            return known

        return standing

    async def _show_in_message(self, text: str, person: Person, body: dict[str, Any]) -> None:
        container = body.get("container", {})
        channel = _channel(body.get("channel", {}).get("id"))
        answer = await self._answer(text, person, channel=channel)
        if answer.form and await self._is_open(answer.form, body):
            return
        # The answer takes the place of an answer only its reader sees; a message
        # that others see stays, and the presser gets one of their own.
        place = {"replace_original": bool(container.get("is_ephemeral"))}
        rendered = announced(answer.rendered, answer.files)
        if not await self._is_drawn(rendered, body, **place):
            await self._respond(body, message(rendered) | place)
        if answer.files and (trouble := await self._hand_over(answer.files, person)):
            await self._tell(body, trouble)

    async def _show_in_view(self, text: str, person: Person, body: dict[str, Any]) -> None:
        # In words: a chart stands in messages only, a table in no modal.
        answer = await self._answer(text, person)
        if answer.form and await self._is_open(answer.form, body):
            return
        rendered = announced(answer.rendered, answer.files)
        view = modal_view(rendered)
        if body["view"]["type"] == "modal":
            shown = await self._client.views_update(view_id=body["view"]["id"], view=view)
        else:
            shown = await self._client.views_open(trigger_id=body["trigger_id"], view=view)
        if answer.files and (trouble := await self._hand_over(answer.files, person)):
            view = modal_view(added(rendered, trouble))
            await self._client.views_update(view_id=shown["view"]["id"], view=view)

    async def _is_drawn(
        self, rendered: Rendered, body: dict[str, Any], *, seconds: float = SECONDS, **fields: Any
    ) -> bool:
        """
        Show *rendered* to its asker with its tables and charts drawn, if it has any,
        and say whether Slack took it. Where Slack took it and did not say so in time,
        the same answer follows in words: better seen twice than never.

        Args:
            seconds: that are left for it.
        """
        if rendered.rich is None or not body.get("response_url") or seconds < LEAST_SECONDS:
            return False
        try:
            async with asyncio.timeout(min(seconds, DRAWN_SECONDS)):
                await self._respond(body, message(rendered, drawn=True) | fields)
        except SLACK_TROUBLE as error:
            log.warning("a table or a chart was not taken: %s", reason(error))
            return False
        return True

    async def _hand_over(self, files: tuple[File, ...], person: Person) -> Rendered | None:
        return await hand_over(files, client=self._client, user_id=person.user_id)

    async def _hand_over_typed(
        self, files: tuple[File, ...], person: Person, body: dict[str, Any]
    ) -> None:
        try:
            trouble = await self._hand_over(files, person)
        except Exception as error:  # noqa: BLE001 - the edge: nobody awaits this task's result
            trouble = self._router.failed(error, doing="a file").rendered
        if trouble:
            await self._tell(body, trouble)

    async def _share(self, text: str, person: Person, body: dict[str, Any]) -> None:
        channel = body.get("channel", {}).get("id", "")
        answer = await self._answer(text, person)
        if answer.command is None or not answer.done:
            await self._tell(body, answer.rendered)
            return
        if not answer.command.public and await self._identity.shared_outside(channel):
            await self._tell(
                body,
                self._router.said(
                    say("Not shared"),
                    say(
                        "This channel may be read from outside the workspace, and this answer is not public."
                    ),
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
            await self._post_for_all(answer.rendered, person, body)
        except RefusedError:
            await self._tell(body, self._router.said(say("Not shared"), say(NOT_SHARED)))
        except SLACK_TROUBLE as error:
            log.warning("a share may or may not have been posted: %s", reason(error))
            await self._tell(body, self._router.said(say("Perhaps shared"), say(PERHAPS_SHARED)))

    async def _post_for_all(self, rendered: Rendered, person: Person, body: dict[str, Any]) -> None:
        """
        Post *rendered* in the channel, drawn if it can be. In words it follows only
        what Slack refused for certain: what it did not answer may be there already.

        Raises:
            RefusedError: if nothing was posted.
            SLACK_TROUBLE: if nobody knows.
        """
        drawings = [True, False] if rendered.rich else [False]
        for drawn in drawings:
            blocks = list((drawn and rendered.rich) or rendered.blocks)
            said = message(rendered) | {
                "response_type": "in_channel",
                "replace_original": False,
                "text": f"{rendered.text}\n{_shared(person)}",
                "blocks": [*_unpressable(blocks), _shared_by(person)],
            }
            try:
                await self._respond(body, said)
            except RefusedError as error:
                log.warning("a share was refused: %s", reason(error))
                if not drawn:
                    raise
            else:
                return

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
            forget_before(session, now - KEPT)
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
            RefusedError: if Slack said that it did not take it.
            SLACK_TROUBLE: if it did not say that it did.
        """
        webhook = AsyncWebhookClient(
            body["response_url"], timeout=SECONDS, session=self._client.session, retry_handlers=[]
        )
        webhook.proxy = self._client.proxy
        response = await webhook.send_dict(payload)
        if is_refused(response.status_code, response.body):
            raise RefusedError(f"response_url answered {response.status_code}")
        if response.status_code != 200:
            raise OSError(f"response_url answered {response.status_code}")


def is_refused(status: int, body: str) -> bool:
    """
    Say whether a response_url answered that it did not take a message: with an
    error's code, bare or in JSON, and not always with a status to match.
    """
    if status != 200:
        return 400 <= status < 500
    try:
        answer = json.loads(body)
    except ValueError:
        return body.strip() not in {"", "ok"}
    return not (isinstance(answer, dict) and answer.get("ok") is True)


def _presser(body: dict[str, Any]) -> Person:
    return Person(
        team_id=body["user"].get("team_id") or (body.get("team") or {}).get("id", ""),
        user_id=body["user"]["id"],
    )


def _interaction(body: dict[str, Any]) -> str:
    return f"{body.get('trigger_id')}:{body['actions'][0].get('action_ts')}"


def _typed(body: dict[str, Any]) -> str:
    return f"{body.get('trigger_id')}:typed"


def _unpressable(blocks: list[Block]) -> list[Block]:
    """
    Return *blocks* as they may stand in a channel, with nothing to press.
    """
    return [
        {key: value for key, value in block.items() if key != "accessory"}
        for block in blocks
        if block["type"] != "actions"
    ]


def _shared(person: Person) -> str:
    return say("Shared by {person}.", person=f"<@{person.user_id}>")


def _shared_by(person: Person) -> Block:
    return {
        "type": "context",
        "elements": [{"type": "mrkdwn", "text": _shared(person)}],
    }


def _channel(channel_id: str | None) -> str | None:
    """
    Return the id of a channel; None: of a conversation of two.
    """
    return channel_id if channel_id and CHANNEL.fullmatch(channel_id) else None
