"""
How a subject of the deck is shown: alone, in a list, or picked from its section.
"""

import re
from collections.abc import Sequence

from commands.citing import cite
from commands.contract import Bullets, Button, Entry, Heading, Part, Reply, Text, UserError
from commands.match import find, holds, key_words
from commands.speech import say
from commands.words import words
from storage.topics import Topic

NUMBERS = ("one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten")


def page(topic: Topic, *, verb: str, back: str) -> Reply:
    """
    Return *topic* alone, with a button *back* to its whole section.
    """
    return Reply(
        title=topic.title,
        parts=tuple(described(topic)),
        notes=cite([topic.provenance]),
        buttons=(Button(label=back, command=verb),),
        again=f"{verb} {topic.key}",
    )


def described(topic: Topic) -> list[Part]:
    parts: list[Part] = [Text(text=topic.text)] if topic.text else []
    for heading, points in topic.points.items():
        if heading:
            parts.append(Heading(text=heading))
        parts.append(Bullets(items=points))
    if topic.note:
        parts.append(Text(text=say("Note: {note}", note=topic.note)))
    return parts


def whole(topics: Sequence[Topic]) -> list[Part]:
    """
    Return *topics* one under the other, each under its own heading.
    """
    parts: list[Part] = []
    for topic in topics:
        parts.append(Heading(text=topic.title))
        parts.extend(described(topic))
    return parts


def listed(topics: Sequence[Topic], *, verb: str, numbered: bool = False) -> tuple[Entry, ...]:
    return tuple(
        Entry(
            title=f"{number}. {topic.title}" if numbered else topic.title,
            lines=(_about(topic),),
            button=Button(
                label=say("Open {number}", number=number)
                if numbered
                else say("Open {title}", title=topic.title),
                command=f"{verb} {topic.key}",
            ),
        )
        for number, topic in enumerate(topics, start=1)
    )


def _about(topic: Topic) -> str:
    """
    Return the text of *topic*, or how much there is to open: "6 responses".
    """
    counted = (f"{len(points)} {heading.lower()}" for heading, points in topic.points.items())
    return topic.text or ", ".join(counted)


def chosen(asked: str, topics: Sequence[Topic], *, verb: str) -> Topic:
    """
    Return the topic that *asked* names: by its number, its name, or its words.

    Raises:
        UserError: if none does, with a button for each that may be meant.
    """
    number = _number(asked)
    if number is not None:
        if 1 <= number <= len(topics):
            return topics[number - 1]
        raise UserError(
            say(
                "There are {number}. Type a number from 1 to {number}: `/ht {verb} 1`.",
                number=len(topics),
                verb=verb,
            ),
            buttons=(Button(label=say("All of them"), command=verb),),
        )
    match = find(asked, [(topic, (topic.title, topic.key, *topic.aliases)) for topic in topics])
    if match.best:
        return match.best
    wanted = key_words(asked)
    holding = [topic for topic in topics if holds(wanted, _searched(topic))]
    if len(holding) == 1:
        return holding[0]
    raise UserError(
        say("Which one? Press one, or type `/ht {verb}` for all.", verb=verb),
        buttons=tuple(
            Button(label=topic.title, command=f"{verb} {topic.key}")
            for topic in (holding or match.close or topics)
        ),
    )


def _number(asked: str) -> int | None:
    """
    Return the number that *asked* is: "3", "#3", "number 3", "three".
    """
    said = [word for word in words(asked) if word not in {"number", "no", "nr", "num", "numero"}]
    if len(said) != 1:
        return None
    if said[0] in NUMBERS:
        return NUMBERS.index(said[0]) + 1
    return int(said[0]) if re.fullmatch("[0-9]{1,4}", said[0]) else None


def _searched(topic: Topic) -> tuple[str, ...]:
    points = (text for texts in topic.points.values() for text in texts)
    return tuple(filter(None, (topic.title, topic.text, *topic.aliases, *points)))
