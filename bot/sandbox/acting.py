"""What people do in the workspace, and how it reaches the bot."""

import asyncio
import json
from abc import ABC, abstractmethod
from collections.abc import Mapping
from typing import Any

from bot.sandbox import acts, limits, offers, payloads, views
from bot.sandbox.endpoints import show
from bot.sandbox.errors import SlackError
from bot.sandbox.outcome import Outcome
from bot.sandbox.people import Person
from bot.sandbox.signed import JSON, Signed, form, interaction
from bot.sandbox.socket import SocketMode
from bot.sandbox.workspace import Message, View, Workspace


class Acting(ABC):
    """
    Does what a person does: types, presses, searches, chooses, submits, closes, opens Home.

    Args:
        seconds: how long Slack waits for an acknowledgement.
    """

    def __init__(
        self, workspace: Workspace, *, socket: SocketMode, signed: Signed, seconds: float
    ) -> None:
        self.workspace = workspace
        self.socket = socket
        self.signed = signed
        self.seconds = seconds

    @property
    @abstractmethod
    def base_url(self) -> str:
        """Return the address the bot answers at, without a final slash."""

    def home(self, person: str) -> View | None:
        """Return *person*'s Home tab, if the bot published one."""
        return self.workspace.homes.get(person)

    def modal(self, person: str) -> View | None:
        """Return the modal on top of *person*'s screen."""
        stack = self.workspace.stacks.get(person)
        return stack[-1] if stack else None

    async def command(
        self,
        person: str,
        name: str,
        text: str = "",
        *,
        channel: str | None = None,
        force: bool = False,
    ) -> Outcome:
        """
        Type a slash command.

        Args:
            text: as typed: it is escaped, and ``@name`` and ``#channel`` are resolved, as by Slack.
            channel: where; by default the first channel they are in.
            force: send it although Slack would not let this person: externals, deactivated.
        """
        who = self.workspace.person(person)
        where = self.workspace.channel(channel or self._first_channel(who))
        trigger = self.workspace.trigger(person)
        cause = self._cause()
        address = self.workspace.response_url(person, where.id, cause=cause)
        payload = payloads.command(
            who,
            where,
            name=name,
            text=payloads.escaped(self.workspace, text),
            response_url=payloads.url_of(self.base_url, address),
            trigger=trigger,
        )
        outcome = self._outcome(cause, person, where.id, payload)
        if not force and (who.external or who.kind == "deactivated"):
            return _refused(outcome, "not_allowed")
        if not force and person not in where.members:
            return _refused(outcome, "not_in_channel")
        await self._send(outcome, "slash_commands", form(payload))
        if outcome.error is None and outcome.body:
            try:
                limits.validate_message(outcome.body, ack=True)
            except SlackError as error:
                outcome.error, outcome.detail = error.code, error.details
            else:
                if outcome.body.get("response_type") == "in_channel":
                    typed = {"text": f"{name} {payload['text']}".strip()}
                    self.workspace.post(typed, channel=where.id, via="typed")
                show(self.workspace, address, outcome.body, via="ack")
        return self._done(outcome)

    async def press(
        self,
        person: str,
        where: Message | View,
        action: str,
        *,
        value: str | None = None,
        block_id: str | None = None,
    ) -> Outcome:
        """
        Press a button.

        Args:
            action: its action_id, value or label.
            value, block_id: the button's, where several share an action_id.
        Raises:
            LookupError: if there is no such button, or more than one.
        """
        block, element = acts.find(where.blocks, action, value=value, block_id=block_id)
        done = acts.pressed(block, element, ts=self.workspace.timestamp())
        return await self._act(person, where, done)

    async def select(
        self,
        person: str,
        where: Message | View,
        action: str,
        value: Any,
        *,
        block_id: str | None = None,
    ) -> Outcome:
        """
        Choose in a menu: an option's value or label, an id, a date; a list where several may be.

        In an input the bot hears of it only with ``dispatch_action``: of a text, as of Enter.

        Raises:
            LookupError: if there is no such menu or option; what an external one offers only
                `suggest` shows.
        """
        block, element = acts.find(where.blocks, action, block_id=block_id)
        done = acts.chosen(where, block, element, value, ts=self.workspace.timestamp())
        if element["type"] in views.STATES:
            acts.put(where, block, element, value)
        if block["type"] == "input" and not block.get("dispatch_action"):
            return self._done(self._outcome(self._cause(), person, None, {}))
        return await self._act(person, where, done)

    async def suggest(
        self,
        person: str,
        where: Message | View,
        action: str,
        typed: str,
        *,
        block_id: str | None = None,
    ) -> Outcome:
        """
        Search in an external select; what is offered can then be chosen and submitted.

        Args:
            action: its action_id.
        Returns:
            An outcome whose *error* is `query_too_short` when Slack does not ask the bot yet. With
            any other *error* nothing is offered for it, as when the answer is None.
        Raises:
            LookupError: if there is no such menu.
        """
        block, element = acts.find(where.blocks, action, block_id=block_id)
        if not element["type"].endswith("external_select"):
            raise LookupError(f"{action!r} is a {element['type']}: its options are all there")
        channel = self.workspace.channel(where.channel) if isinstance(where, Message) else None
        payload = payloads.suggestion(
            self.workspace.person(person),
            where,
            channel,
            block_id=block["block_id"],
            action_id=element["action_id"],
            typed=typed,
        )
        outcome = self._outcome(self._cause(), person, channel.id if channel else None, payload)
        if len(typed) < (least := offers.least_query(element)):
            offers.keep(where, block, element, typed=typed, body=None)
            outcome.detail = [f"at least {least} characters"]
            return _refused(outcome, "query_too_short")
        await self._send(outcome, "interactive", interaction(payload))
        answer = outcome.body if outcome.error is None else None
        try:
            offers.keep(where, block, element, typed=typed, body=answer)
        except SlackError as error:
            outcome.error, outcome.detail = error.code, error.details
        return self._done(outcome)

    async def shortcut(self, person: str, callback_id: str, *, force: bool = False) -> Outcome:
        """
        Use one of the app's global shortcuts.

        Args:
            force: send it although Slack would not let this person: externals, deactivated.
        Raises:
            LookupError: if the app has no such shortcut.
        """
        if callback_id not in self.workspace.shortcuts:
            known = list(self.workspace.shortcuts)
            raise LookupError(f"no shortcut {callback_id!r}; there are: {known}")
        who, trigger = self.workspace.person(person), self.workspace.trigger(person)
        payload = payloads.shortcut(self.workspace, who, callback_id=callback_id, trigger=trigger)
        outcome = self._outcome(self._cause(), person, None, payload)
        if not force and (who.external or who.kind == "deactivated"):
            return _refused(outcome, "not_allowed")
        await self._send(outcome, "interactive", interaction(payload))
        return self._done(outcome)

    async def deactivate(self, person: str) -> Outcome:
        """
        Deactivate a person's account, as an administrator does; the bot hears `user_change`.

        Raises:
            ValueError: if it is deactivated already.
        """
        who = self.workspace.person(person)
        if who.kind == "deactivated":
            raise ValueError(f"{person} is deactivated already")
        self.workspace.deactivate(who)
        return await self._user_change(person)

    async def reactivate(self, person: str) -> Outcome:
        """
        Give a deactivated person the account back; the bot hears `user_change`.

        Raises:
            ValueError: if it is not deactivated.
        """
        who = self.workspace.person(person)
        if who.kind != "deactivated":
            raise ValueError(f"{person} is not deactivated")
        self.workspace.reactivate(who)
        return await self._user_change(person)

    async def _user_change(self, person: str) -> Outcome:
        user = self.workspace.person(person).as_user(include_locale=True)
        return await self.event("user_change", user=user, cache_ts=user["updated"])

    async def _act(self, person: str, where: Message | View, action: dict[str, Any]) -> Outcome:
        who, cause = self.workspace.person(person), self._cause()
        if isinstance(where, View):
            trigger = self.workspace.trigger(person, from_modal=where.type == "modal")
            payload = payloads.view_action(who, where, action=action, trigger=trigger)
            outcome = self._outcome(cause, person, None, payload)
        else:
            channel = self.workspace.channel(where.channel)
            address = self.workspace.response_url(person, channel.id, cause=cause, message=where)
            payload = payloads.message_action(
                who,
                where,
                channel,
                action=action,
                response_url=payloads.url_of(self.base_url, address),
                trigger=self.workspace.trigger(person),
                state=views.initial_state(where.blocks) | where.state,
            )
            outcome = self._outcome(cause, person, channel.id, payload)
        await self._send(outcome, "interactive", interaction(payload))
        return self._done(outcome)

    async def submit(
        self, person: str, view: View, values: Mapping[str, Any] | None = None
    ) -> Outcome:
        """
        Fill in a modal and submit it.

        Args:
            values: by block_id or action_id: text, an option's value, an id, a date, or a list.
        Returns:
            An outcome whose *error* is `missing_required` when Slack's client would not send it:
            the reasons stand in the view's *errors*. With any *error* the view stays open.
        Raises:
            LookupError: if there is no such input, option, day or time.
        """
        acts.fill(view, values or {})
        trigger, cause = self.workspace.trigger(person, from_modal=True), self._cause()
        view.errors = acts.missing(view)
        payload = payloads.view_submission(
            self.workspace.person(person),
            view,
            trigger=trigger,
            response_urls=[] if view.errors else self._response_urls(person, view, cause),
        )
        outcome = self._outcome(cause, person, None, payload)
        if view.errors:
            return _refused(outcome, "missing_required")
        await self._send(outcome, "interactive", interaction(payload))
        if outcome.error is None:
            try:
                views.respond(self.workspace, view, outcome.body)
            except SlackError as error:
                outcome.error, outcome.detail = error.code, error.details
        return self._done(outcome)

    def _response_urls(self, person: str, view: View, cause: str) -> list[dict[str, Any]]:
        addresses = []
        for block in view.blocks:
            element = block.get("element", {})
            if not element.get("response_url_enabled"):
                continue
            key, _ = views.STATES[element["type"]]
            chosen = acts.states(view)[block["block_id"]][element["action_id"]][key]
            if chosen is not None:
                channel = self.workspace.channel(chosen, open_dm=True)
                address = self.workspace.response_url(person, channel.id, cause=cause)
                addresses.append(
                    {
                        "block_id": block["block_id"],
                        "action_id": element["action_id"],
                        "channel_id": channel.id,
                        "response_url": payloads.url_of(self.base_url, address),
                    }
                )
        return addresses

    async def close(self, person: str, view: View, *, clear: bool = False) -> Outcome:
        """Close a modal, or the whole stack; the bot hears of it only with ``notify_on_close``."""
        cleared = clear or bool(view.body["clear_on_close"])
        payload = payloads.view_closed(self.workspace.person(person), view, cleared=cleared)
        outcome = self._outcome(self._cause(), person, None, payload)
        views.leave(self.workspace, view, clear=cleared)
        if view.body["notify_on_close"]:
            await self._send(outcome, "interactive", interaction(payload))
        return self._done(outcome)

    async def open_home(self, person: str) -> Outcome:
        """Open the bot's Home tab; see `wait_for_view` for what the bot then publishes."""
        dm = self.workspace.dm(self.workspace.person(person))
        fields: dict[str, Any] = {"user": person, "channel": dm.id, "tab": "home"}
        home = self.home(person)
        if home is not None:
            fields["view"] = home.body
        return await self.event("app_home_opened", **fields)

    async def event(self, type_: str, **fields: Any) -> Outcome:
        """Send an Events API event, such as ``user_change``."""
        inner = {"type": type_, **fields, "event_ts": self.workspace.timestamp()}
        payload = payloads.event(self.workspace, inner)
        user = fields.get("user", "")
        person = str(user.get("id")) if isinstance(user, dict) else str(user)
        outcome = self._outcome(self._cause(), person, None, payload)
        await self._send(outcome, "events_api", None)
        return self._done(outcome)

    def _cause(self) -> str:
        return f"I{self.workspace.tick()}"

    def _first_channel(self, person: Person) -> str:
        for channel in self.workspace.channels.values():
            if person.id in channel.members:
                return channel.id
        return "C0GENERAL"

    def _outcome(
        self, cause: str, person: str, channel: str | None, payload: dict[str, Any]
    ) -> Outcome:
        return Outcome(
            workspace=self.workspace,
            cause=cause,
            person=person,
            channel=channel,
            after=self.workspace.sequence,
            payload=payload,
        )

    async def _send(self, outcome: Outcome, type: str, body: bytes | None) -> None:
        loop = asyncio.get_running_loop()
        began = loop.time()
        try:
            if self.socket.live:
                accepts = type != "events_api"
                outcome.body = await self.socket.deliver(
                    type, outcome.payload, accepts_response_payload=accepts, seconds=self.seconds
                )
            else:
                await self._post(outcome, body)
        except TimeoutError:
            outcome.error = "operation_timeout"
        except (ConnectionError, ValueError):
            outcome.error = "dispatch_failed"
        outcome.duration_seconds = loop.time() - began

    async def _post(self, outcome: Outcome, body: bytes | None) -> None:
        if body is None:
            answer = await self.signed.post(
                json.dumps(outcome.payload).encode(), content_type=JSON, seconds=self.seconds
            )
        else:
            answer = await self.signed.post(body, seconds=self.seconds)
        outcome.status = answer.status
        if answer.status != 200:
            raise ConnectionError(f"HTTP {answer.status}")
        outcome.body = answer.payload()

    def _done(self, outcome: Outcome) -> Outcome:
        outcome.until = self.workspace.sequence
        return outcome


def _refused(outcome: Outcome, error: str) -> Outcome:
    outcome.error, outcome.until = error, outcome.after
    return outcome
