"""
Reading a reply in tests: its lists, its pairs, its words.
"""

from collections.abc import Iterator

from commands.contract import Bullets, Button, Buttons, Entry, Facts, Heading, Reply, Table, Text


def lists(reply: Reply) -> dict[str, tuple[str, ...]]:
    """
    Return the bullets under each heading.
    """
    found: dict[str, tuple[str, ...]] = {}
    heading = ""
    for part in reply.parts:
        if isinstance(part, Heading):
            heading = part.text
        elif isinstance(part, Bullets):
            found[heading] = part.items
    return found


def facts(reply: Reply) -> dict[str, str]:
    return {
        label: value
        for part in reply.parts
        if isinstance(part, Facts)
        for label, value in part.rows
    }


def titles(reply: Reply) -> list[str]:
    return [part.title for part in reply.parts if isinstance(part, Entry)]


def entries(reply: Reply) -> dict[str, tuple[str, ...]]:
    return {part.title: part.lines for part in reply.parts if isinstance(part, Entry)}


def headings(reply: Reply) -> list[str]:
    return [part.text for part in reply.parts if isinstance(part, Heading)]


def texts(reply: Reply) -> list[str]:
    return [part.text for part in reply.parts if isinstance(part, Text)]


def rows(reply: Reply) -> list[tuple[str, ...]]:
    return [row for part in reply.parts if isinstance(part, Table) for row in part.rows]


def buttons(reply: Reply) -> Iterator[Button]:
    """
    Yield every button of *reply*, wherever it stands.
    """
    for part in reply.parts:
        if isinstance(part, Entry) and part.button:
            yield part.button
        elif isinstance(part, Buttons):
            yield from part.buttons
    yield from reply.buttons
