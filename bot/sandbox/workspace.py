"""What the workspace holds: messages, views, trigger ids and response addresses."""

import copy
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

from bot.sandbox.bell import Bell
from bot.sandbox.errors import SlackError
from bot.sandbox.people import APP, BOT, BOT_USER, TEAM, Channel, Person, every_channel, everybody
from bot.sandbox.shortcuts import Shortcut

TRIGGER_LIFE = timedelta(seconds=3)
RESPONSE_LIFE = timedelta(minutes=30)
RESPONSE_USES = 5
STACK = 3


@dataclass(kw_only=True)
class Upload:
    """
    A file on its way, and then in a message.

    Attributes:
        length: in bytes, as announced.
        content: None until it was uploaded.
        channel: where it was shared; None before.
    """

    id: str
    name: str
    length: int
    title: str = ""
    content: bytes | None = field(default=None, repr=False)
    channel: str | None = None


@dataclass(kw_only=True)
class Offer:
    """
    What the bot offered in an external select.

    Attributes:
        typed: what was last searched for.
        options, groups: the answer to it: one of them, or neither.
        known: whatever it offered since the menu was shown: all that may be chosen.
    """

    typed: str
    options: list[dict[str, Any]] = field(default_factory=list)
    groups: list[dict[str, Any]] = field(default_factory=list)
    known: list[dict[str, Any]] = field(default_factory=list)


Offers = dict[tuple[str, str], Offer]  # by block_id and action_id


@dataclass(kw_only=True)
class Message:
    """
    A message as people see it.

    Attributes:
        to: the only person who sees it; None for everybody in the channel.
        cause: the interaction it came from; None when the bot posted it by itself.
        via: ``ack``, ``response_url`` or the Web API method.
        sequence: rises with everything that happens, edits too.
        notified: the text as it rang: an edit rings no bell.
    """

    ts: str
    channel: str
    text: str
    blocks: list[dict[str, Any]]
    attachments: list[Any]
    to: str | None
    cause: str | None
    via: str
    sequence: int
    thread_ts: str | None = None
    metadata: Any = None
    deleted: bool = False
    edited: bool = False
    notified: str = ""
    state: dict[str, dict[str, Any]] = field(default_factory=dict)  # what people chose in it
    files: list[Upload] = field(default_factory=list)
    offers: Offers = field(default_factory=dict)

    @property
    def ephemeral(self) -> bool:
        """Say whether only one person sees it."""
        return self.to is not None

    def as_event(self) -> dict[str, Any]:
        """Return the message object of ``chat.postMessage``."""
        message: dict[str, Any] = {
            "type": "message",
            "user": BOT_USER,
            "bot_id": BOT,
            "app_id": APP,
            "team": TEAM,
            "ts": self.ts,
            "text": self.text,
        }
        if self.blocks:
            message["blocks"] = copy.deepcopy(self.blocks)
        if self.attachments:
            message["attachments"] = copy.deepcopy(self.attachments)
        if self.files:
            message["files"] = [{"id": file.id, "name": file.name} for file in self.files]
        if self.thread_ts:
            message["thread_ts"] = self.thread_ts
        if self.edited:
            message["edited"] = {"user": BOT_USER, "ts": self.ts}
        return message


@dataclass(kw_only=True)
class View:
    """A modal or a Home tab of one person; *body* is the view object Slack shows the bot."""

    id: str
    person: str
    body: dict[str, Any]
    sequence: int
    errors: dict[str, str] = field(default_factory=dict)
    offers: Offers = field(default_factory=dict)

    @property
    def type(self) -> str:
        """Return ``modal`` or ``home``."""
        return str(self.body["type"])

    @property
    def blocks(self) -> list[dict[str, Any]]:
        """Return its blocks."""
        return list(self.body["blocks"])


@dataclass(kw_only=True)
class Trigger:
    """Leave to open one view, for three seconds."""

    id: str
    person: str
    expires: datetime
    from_modal: bool
    used: bool = False


@dataclass(kw_only=True)
class ResponseUrl:
    """An address to answer at, five times in thirty minutes."""

    id: str
    person: str
    channel: str
    cause: str
    expires: datetime
    message: Message | None = None  # the message whose button was pressed
    uses: int = 0


class Workspace:
    """Everything in the workspace, and who is told when it changes."""

    def __init__(
        self, *, clock: Callable[[], datetime], shortcuts: Sequence[Shortcut] = ()
    ) -> None:
        self.clock = clock
        self.shortcuts = {shortcut.callback_id: shortcut for shortcut in shortcuts}
        self.bell = Bell()
        self.people: dict[str, Person] = {person.id: person for person in everybody()}
        self.channels: dict[str, Channel] = {channel.id: channel for channel in every_channel()}
        self.messages: list[Message] = []
        self.stacks: dict[str, list[View]] = {}
        self.homes: dict[str, View] = {}
        self.triggers: dict[str, Trigger] = {}
        self.response_urls: dict[str, ResponseUrl] = {}
        self.uploads: dict[str, Upload] = {}
        self.messages_tab = True
        self.data_blocks = True  # a workspace may not know data_table and data_visualization yet
        self.sequence = 0

    def tick(self) -> int:
        """Return the next number of the one row everything is counted in."""
        self.sequence += 1
        return self.sequence

    def timestamp(self) -> str:
        """Return a new ``ts``: seconds, and a part that makes it unique."""
        return f"{int(self.clock().timestamp())}.{self.tick():06d}"

    def person(self, id: str) -> Person:
        """
        Return the person of this id.

        Raises:
            SlackError: `user_not_found`.
        """
        if id not in self.people:
            raise SlackError("user_not_found")
        return self.people[id]

    def deactivate(self, person: Person) -> None:
        """Close a person's account, and every form they have open."""
        self._change(person, kind="deactivated", before=person.kind)
        self.stacks.pop(person.id, None)

    def reactivate(self, person: Person) -> None:
        """Give a person the account back, as it was."""
        self._change(person, kind=person.before)

    def _change(self, person: Person, **fields: Any) -> None:
        updated = int(self.clock().timestamp())
        self.people[person.id] = replace(person, **fields, updated=updated)
        self.tick()
        self.bell.ring()

    def channel(self, id: str, *, open_dm: bool = False) -> Channel:
        """
        Return the channel of this id or name; of a person's id, the DM with them.

        Args:
            open_dm: to write to it, so that a DM may be opened, and must have a reader.

        Raises:
            SlackError: `channel_not_found`.
        """
        if id in self.channels:
            found = self.channels[id]
            if found.person and open_dm and self.people[found.person].kind == "deactivated":
                raise SlackError("channel_not_found")
            return found
        for channel in self.channels.values():
            if not channel.is_im and channel.name == id.removeprefix("#"):
                return channel
        person = self.people.get(id)
        if not open_dm or person is None or person.external or person.kind == "deactivated":
            raise SlackError("channel_not_found")
        return self.dm(person)

    def dm(self, person: Person) -> Channel:
        """Return the DM of the bot with *person*, opened if need be."""
        id = f"D0{person.id.removeprefix('U0')}"
        if id not in self.channels:
            members = {person.id, BOT_USER}
            self.channels[id] = Channel(
                id=id, name="directmessage", person=person.id, members=members
            )
        return self.channels[id]

    def post(
        self,
        content: dict[str, Any],
        *,
        channel: str,
        via: str,
        to: str | None = None,
        cause: str | None = None,
        files: Sequence[Upload] = (),
    ) -> Message:
        """Show a message that `limits.validate_message` found nothing wrong with."""
        message = Message(
            ts=self.timestamp(),
            channel=channel,
            text=content.get("text") or "",
            notified=content.get("text") or "",
            blocks=self.with_ids(content.get("blocks") or []),
            attachments=copy.deepcopy(content.get("attachments") or []),
            to=to,
            cause=cause,
            via=via,
            sequence=self.tick(),
            thread_ts=content.get("thread_ts"),
            metadata=content.get("metadata"),
            files=list(files),
        )
        self.messages.append(message)
        self.bell.ring()
        return message

    def edit(self, message: Message, content: dict[str, Any], *, cause: str | None = None) -> None:
        """Put other content in place of a message's."""
        message.text = content.get("text") or ""
        message.blocks = self.with_ids(content.get("blocks") or [])
        message.attachments = copy.deepcopy(content.get("attachments") or [])
        message.edited = True
        message.cause = cause or message.cause
        message.sequence = self.tick()
        self.bell.ring()

    def delete(self, message: Message) -> None:
        """Take a message away."""
        message.deleted = True
        message.sequence = self.tick()
        self.bell.ring()

    def find(self, channel: str, ts: str) -> Message:
        """
        Return the message of this channel and ``ts``.

        Raises:
            SlackError: `message_not_found`.
        """
        for message in self.messages:
            if (message.channel, message.ts) == (channel, ts) and not message.deleted:
                return message
        raise SlackError("message_not_found")

    def visible(self, person: str, *, channel: str | None = None, after: int = 0) -> list[Message]:
        """Return the messages *person* sees, oldest first, that changed after *after*."""
        return [
            message
            for message in self.messages
            if message.sequence > after
            and not message.deleted
            and channel in (None, message.channel)
            and message.to in (None, person)
            and person in self.channels[message.channel].members
        ]

    def trigger(self, person: str, *, from_modal: bool = False) -> Trigger:
        """Return a new trigger id."""
        number = self.tick()
        trigger = Trigger(
            id=f"{number}.{1000 + number}.{number:032x}",
            person=person,
            expires=self.clock() + TRIGGER_LIFE,
            from_modal=from_modal,
        )
        self.triggers[trigger.id] = trigger
        return trigger

    def response_url(
        self, person: str, channel: str, *, cause: str, message: Message | None = None
    ) -> ResponseUrl:
        """Return a new address to answer at."""
        number = self.tick()
        url = ResponseUrl(
            id=f"{TEAM}/{number}/{number:024x}",
            person=person,
            channel=channel,
            cause=cause,
            expires=self.clock() + RESPONSE_LIFE,
            message=message,
        )
        self.response_urls[url.id] = url
        return url

    def with_ids(self, blocks: list[dict[str, Any]]) -> list[dict[str, Any]]:
        """Return a copy of *blocks* with the ids Slack makes up where the bot gave none."""
        blocks = copy.deepcopy(blocks)
        for block in blocks:
            block.setdefault("block_id", f"b{self.tick()}")
            for element in interactive(block):
                if element.get("type") != "image":
                    element.setdefault("action_id", f"a{self.tick()}")
        return blocks


def interactive(block: dict[str, Any]) -> list[dict[str, Any]]:
    """Return the elements of *block* a person can use, in order."""
    parts = [block.get("accessory"), block.get("element")]
    if block.get("type") in ("actions", "context_actions"):
        parts += block.get("elements") or []
    if block.get("type") == "card":
        parts += block.get("actions") or []
    return [part for part in parts if isinstance(part, dict) and part.get("type") != "image"]
