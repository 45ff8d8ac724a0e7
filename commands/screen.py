"""
The screen: does free text seem to tell something about a client or victim?
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from commands.clues import ages, events, labels, numbers, places
from commands.clues.clue import PHONE, PHONE_MARK, Clue, Kind
from commands.clues.names import named
from commands.clues.people import CHILD, SOMEONE
from commands.words import Language, fold, language_of, unmarked

__all__ = ["Detail", "Kind", "find_details"]

# Numbers first: they say most surely what they are.
CLUES: tuple[Clue, ...] = (
    *numbers.CLUES,
    *places.CLUES,
    *ages.BIRTH_DATES,
    *labels.CLUES,
    *ages.AGES,
    *events.CLUES,
)

_SPELT_OUT = re.compile(r"(?<![a-z0-9'])[a-z](?:[ ./-]{1,2}[a-z](?![a-z0-9'])){2,11}+")
_PARAGRAPH = re.compile(r"\n[^\S\n]{0,8}(?:\n|[-•·‣])\s{0,8}")  # or the next item of a list
_NOT_A_LETTER = re.compile(r"[^a-z]")


@dataclass(frozen=True, kw_only=True)
class Detail:
    """
    What the screen recognised; never the words themselves.

    Attributes:
        language: the language to answer in.
        minor: the wording suggests a child, so the child abuse hotline is the fitting line.
    """

    kind: Kind
    language: Language
    minor: bool


def find_details(text: str) -> Detail | None:
    """
    Find the first labelled or patterned detail of a client or victim in *text*.

    Bare names are not recognised. Cost is linear in the length of *text*.

    Returns:
        None if nothing was recognised, which does not mean that nothing is there.
    """
    shown = unmarked(text)
    folded = fold(shown)
    for reading in _readings(shown):
        someone = SOMEONE.search(reading) is not None
        for clue in CLUES:
            if clue.about_someone and not someone:
                continue
            if clue.pattern.search(reading):
                return Detail(
                    kind=clue.kind,
                    language=language_of(folded, clue.language),
                    minor=_is_minor(reading),
                )
    language = named(shown)
    if language:
        return Detail(
            kind=Kind.NAME,
            language=language_of(folded, language),
            minor=_is_minor(folded),
        )
    return None


def _readings(shown: str) -> Iterator[str]:
    """
    Yield the ways to read a text: a line break is a space or ends a sentence, and d.o.b. is dob.
    """
    running = PHONE.sub(PHONE_MARK, fold(_PARAGRAPH.sub(". ", shown)))
    yield running
    lines = shown.strip().splitlines()
    if len(lines) > 1:
        yield PHONE.sub(PHONE_MARK, fold(". ".join(lines)))
    joined = _SPELT_OUT.sub(lambda spelt: _NOT_A_LETTER.sub("", spelt[0]), running)
    if joined != running:
        yield joined


def _is_minor(reading: str) -> bool:
    if CHILD.search(reading):
        return True
    told = (clue.pattern.search(reading) for clue in ages.AGES)
    return any(age and ages.years(age) < ages.ADULT for age in told)
