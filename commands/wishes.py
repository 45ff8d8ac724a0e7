"""
What somebody asks hotlines by, and the lines that fit it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from commands.crisis import find_crisis
from commands.match import mentioned
from storage.hotlines import Choice, Hotline
from storage.memory import Memory

# Keys of the pack that mean something here.
CRISIS = "crisis"
TIP = "tip"


@dataclass(frozen=True, kw_only=True)
class Wish:
    """
    What somebody asks hotlines by.

    Attributes:
        lines: those they named.
    """

    needs: tuple[Choice, ...]
    persons: tuple[Choice, ...]
    languages: tuple[Choice, ...]
    lines: tuple[Hotline, ...]

    @property
    def all(self) -> tuple[Choice | Hotline, ...]:
        return (*self.lines, *self.needs, *self.persons, *self.languages)

    @property
    def command(self) -> str:
        """
        The command text that asks for this in our own words.
        """
        return " ".join(["hotline", *(each.key for each in self.all)])


@lru_cache(maxsize=8)
def known(memory: Memory) -> tuple[tuple[Choice | Hotline, tuple[str, ...]], ...]:
    """
    Return everything hotlines can be asked by, with all its names.
    """
    return choices(memory) + tuple(
        (line, (line.key, line.name, *line.aliases))
        for line in memory.hotlines
        if not line.emergency and not _tips_only(line)
    )


@lru_cache(maxsize=8)
def choices(memory: Memory) -> tuple[tuple[Choice | Hotline, tuple[str, ...]], ...]:
    return tuple(
        (each, (each.key, each.name, *each.aliases))
        for each in (*memory.needs, *memory.persons, *memory.languages)
    )


def wished(asked: str, memory: Memory) -> Wish:
    """
    Return what *asked* names; words of danger that name nothing are a crisis.
    """
    found = mentioned(asked, known(memory))
    if not found and find_crisis(asked):
        found = tuple(each for each in memory.needs if each.key == CRISIS)
    return Wish(
        needs=tuple(each for each in memory.needs if each in found),
        persons=tuple(each for each in memory.persons if each in found),
        languages=tuple(each for each in memory.languages if each in found),
        lines=tuple(each for each in memory.hotlines if each in found),
    )


def lines_for(wish: Wish, memory: Memory) -> tuple[Hotline, ...]:
    """
    Return the lines for *wish*: those it names, those that fit the rest of it, and
    one that speaks the language if none of these does.
    """
    by_kind = (wish.needs, wish.persons, wish.languages)
    found = [*(line for line in memory.hotlines if line.emergency), *wish.lines]
    if any(by_kind) or not wish.lines:
        needs, persons, languages = by_kind
        found.extend(pick(memory.hotlines, needs=needs, persons=persons, languages=languages))
    if wish.languages and not any(speaks(line, wish.languages) for line in found):
        found.extend(pick(memory.hotlines, languages=wish.languages))
    every = {line.key: line for line in found}
    return tuple(sorted(every.values(), key=_deck_first))


def pick(
    lines: Sequence[Hotline],
    *,
    needs: Sequence[Choice] = (),
    persons: Sequence[Choice] = (),
    languages: Sequence[Choice] = (),
) -> tuple[Hotline, ...]:
    """
    Return the lines that fit: 911 first, the county's own, then the others; the
    ones a need names first before those it names second, and those for tips alone
    last. Wishes that no line fits together are dropped from the last: somebody
    always gets an answer.
    """
    fits = [line for line in lines if line.emergency or _fits(line, needs, persons, languages)]
    if any(not line.emergency for line in fits):
        return tuple(
            sorted(
                fits,
                key=lambda line: (*_deck_first(line), _rank(line, needs)),
            )
        )
    if languages:
        return pick(lines, needs=needs, persons=persons)
    if persons:
        return pick(lines, needs=needs)
    return pick(lines) if needs else tuple(lines)


def _fits(
    line: Hotline,
    needs: Sequence[Choice],
    persons: Sequence[Choice],
    languages: Sequence[Choice],
) -> bool:
    return (
        (not _tips_only(line) or any(need.key == TIP for need in needs))
        and (not needs or any(need.key in line.needs for need in needs))
        and (not persons or not line.persons or any(each.key in line.persons for each in persons))
        and (not languages or speaks(line, languages))
    )


def speaks(line: Hotline, languages: Sequence[Choice]) -> bool:
    return any(each.name in line.languages for each in languages)


def _rank(line: Hotline, needs: Sequence[Choice]) -> int:
    return min((line.needs.index(need.key) for need in needs if need.key in line.needs), default=0)


def _tips_only(line: Hotline) -> bool:
    """
    Say whether *line* takes tips and does nothing else: whoever needs help and did
    not ask for it must not end up there.
    """
    return line.needs == (TIP,)


def _deck_first(line: Hotline) -> tuple[bool, bool, bool]:
    return (not line.emergency, line.provenance.elsewhere, _tips_only(line))
