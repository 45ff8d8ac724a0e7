"""What came of something a person did."""

from dataclasses import dataclass, field
from typing import Any

from bot.sandbox.workspace import Message, View, Workspace


@dataclass(kw_only=True)
class Outcome:
    """
    What came of one command, button press, form or event.

    Attributes:
        status: of the bot's HTTP answer; None by Socket Mode.
        body: of the acknowledgement, decoded; None when it was empty.
        error: what Slack shows the person, such as `operation_timeout` or `dispatch_failed`, or why
            it refuses the acknowledgement, of which the bot hears nothing. None when all is well.
        detail: the lines that go with *error*.
        after, until: the workspace's sequence before it and at the acknowledgement.
        payload: what was sent to the bot.
    """

    workspace: Workspace = field(repr=False)
    cause: str
    person: str
    channel: str | None
    after: int
    payload: dict[str, Any] = field(repr=False)
    until: int = 0
    status: int | None = None
    body: Any = None
    error: str | None = None
    detail: list[str] = field(default_factory=list)
    duration_seconds: float = 0.0

    @property
    def messages(self) -> list[Message]:
        """Return the messages it made appear or change so far, oldest first."""
        return [
            message
            for message in self.workspace.messages
            if not message.deleted and (message.cause == self.cause or self._meanwhile(message))
        ]

    @property
    def message(self) -> Message:
        """Return the newest of the messages."""
        return max(self.messages, key=lambda message: message.sequence)

    @property
    def views(self) -> list[View]:
        """Return the person's views that opened or changed since, the top one last."""
        stack = self.workspace.stacks.get(self.person, [])
        home = self.workspace.homes.get(self.person)
        shown = [*([home] if home else []), *stack]
        return [view for view in shown if view.sequence > self.after]

    def _meanwhile(self, message: Message) -> bool:
        """Count what the bot posted itself before it acknowledged, to this person or place."""
        posted = message.cause is None and message.via.startswith("chat.")
        if not posted or not self.after < message.sequence <= self.until:
            return False
        dm = self.workspace.channels[message.channel].person == self.person
        return message.to == self.person or dm or message.channel == self.channel
