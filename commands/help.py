"""
/ht help and the menu of an empty /ht: what can be asked. From memory.
"""

from collections.abc import Callable, Sequence

from commands.contract import (
    Bullets,
    Button,
    Buttons,
    Command,
    Entry,
    Facts,
    Part,
    Reply,
    Request,
    Standing,
    Text,
)
from commands.hotline import NO_DETAILS, spoken_card, trouble
from commands.speech import phrase, say

MENU_BUTTONS = 24


def command_for(others: Sequence[Command]) -> Command:
    """
    Return a help command that lists *others* and itself.
    """

    def recall(request: Request) -> Reply:
        asked = _asked(request, every)
        return _one(asked, request) if asked else overview(every, request)

    own = Command(
        verb="help",
        usage="help [verb]",
        summary=phrase("What you can ask."),
        aliases=("commands", "usage", "instructions", "options", "comandos"),
        examples=("help", "help partner"),
        who=Standing.EXTERNAL,
        public=True,
        menu=phrase("Help"),
        recall=recall,
    )  # fmt: skip
    every = (*others, own)
    return own


def menu_for(commands: Sequence[Command]) -> Callable[[Request], Reply]:
    """
    Return what an empty /ht answers: the card, and a button a verb.
    """

    def recall(request: Request) -> Reply:
        buttons = tuple(
            Button(label=say(command.menu), command=command.verb, urgent=command.verb == "hotline")
            for command in commands
            if command.menu and command.who <= request.standing
        )
        return Reply(
            title=say("What do you need?"),
            parts=(
                Buttons(buttons=buttons[:MENU_BUTTONS]),
                Text(text=say("Or type it, for example: /ht hotline child, or /ht help.")),
            ),
            notes=(say(NO_DETAILS), *trouble(request.memory)),
            card=spoken_card(),
            shareable=False,
        )

    return recall


def overview(commands: Sequence[Command], request: Request) -> Reply:
    """
    Return a line of usage for every verb that the asker may use.
    """
    return Reply(
        title=say("What you can ask"),
        parts=(usage(commands, standing=request.standing),),
        notes=(say(NO_DETAILS), *trouble(request.memory)),
        again="help",
        shareable=False,
    )


def usage(commands: Sequence[Command], *, standing: Standing) -> Facts:
    return Facts(
        rows=tuple(
            (f"/ht {command.usage}", say(command.summary))
            for command in commands
            if command.who <= standing
        )
    )


def _asked(request: Request, commands: Sequence[Command]) -> Command | None:
    word = request.text.casefold().removeprefix("/ht").strip()
    return next(
        (
            command
            for command in commands
            if word and command.who <= request.standing and word in {command.verb, *command.aliases}
        ),
        None,
    )


def _one(command: Command, request: Request) -> Reply:
    parts: list[Part] = [Entry(title=f"/ht {command.usage}", lines=(say(command.summary),))]
    parts += [
        Entry(title=f"/ht {action.usage}", lines=(say(action.summary),))
        for action in command.actions
        if action.who <= request.standing
    ]
    if command.examples:
        parts.append(Bullets(items=tuple(f"/ht {example}" for example in command.examples)))
    return Reply(
        title=say("Help: {verb}", verb=command.verb),
        parts=tuple(parts),
        notes=trouble(request.memory),
        buttons=(
            Button(label=say("Try /ht {verb}", verb=command.verb), command=command.verb),
            Button(label=say("All of help"), command="help"),
        ),
        again=f"help {command.verb}",
        shareable=False,
    )
