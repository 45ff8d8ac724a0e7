"""
Finding what a person means: spelling, plurals, abbreviations and word order forgiven.
"""

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import groupby
from typing import Generic, NamedTuple, TypeVar

from rapidfuzz import fuzz

from commands.words import fold, singular, words

Thing = TypeVar("Thing")

CLOSE = 72  # 0 to 100: from here on a name is worth offering
SURE = 86  # from here on, and well ahead of the next, it is what was meant
AHEAD = 6
SPELT = 85  # as ALIKE, among other words that are not asked for
ALIKE = 82  # from here on two words may be one, misspelt
SHORTEST_PREFIX = 3  # characters
# What people put around the word that matters.
_FILLER = """
    a an the of for in to is are was what whats who whos whom does do did mean means meaning about
    tell me my show list give please pls i im we you can could need want find get got have has how
    much all any some where lead leads run runs gimme on at with and or there that this
    el la los las de del que es son un una para por quien cual como dime hay necesito
"""
_STANDS_FOR = re.compile(r"\bstands?\s+for\b", re.IGNORECASE)
FILLER = frozenset(_FILLER.split())


@dataclass(frozen=True, kw_only=True)
class Match(Generic[Thing]):
    """
    Attributes:
        best: what was surely meant, or None.
        close: what may have been meant, best first.
    """

    best: Thing | None
    close: tuple[Thing, ...]


def find(query: str, things: Iterable[tuple[Thing, Sequence[str]]]) -> Match[Thing]:
    """
    Find *query* among *things*, each with all its names.
    """
    asked = Words.of(key_words(query))
    if not asked.each:
        return Match(best=None, close=())
    close = [
        (points, thing)
        for thing, names in things
        if (points := max((score(asked, _name(name)) for name in names), default=0.0)) >= CLOSE
    ]
    close.sort(key=lambda each: each[0], reverse=True)  # of the same, the first stays first
    return best_of(close)


def best_of(close: Sequence[tuple[float, Thing]]) -> Match[Thing]:
    """
    Return which of *close*, with how well each fits, the best first, was surely meant.
    """
    if not close:
        return Match(best=None, close=())
    best, thing = close[0]
    runner_up = close[1][0] if len(close) > 1 else 0.0
    sure = (best == 100 and runner_up < 100) or (best >= SURE and best - runner_up >= AHEAD)
    return Match(best=thing if sure else None, close=tuple(thing for _, thing in close))


class Words(NamedTuple):
    """
    The words of a name, or of what is asked for, in the forms that are compared.
    """

    each: tuple[str, ...]
    joined: str
    spaced: str
    ordered: str
    initials: frozenset[str]

    @classmethod
    def of(cls, words: tuple[str, ...]) -> "Words":
        return cls(
            each=words,
            joined="".join(words),
            spaced=" ".join(words),
            ordered=" ".join(sorted(words)),
            initials=frozenset(word[0] for word in words),
        )


def score(asked: Words, named: Words) -> float:
    """
    Return how well *asked* fits a name's words, 0 to 100; 100 only for the same words,
    and 0 for what is not worth offering.
    """
    if not named.each:
        return 0.0
    if asked.joined == named.joined:
        return 100.0
    # However misspelt, a word begins with its letter.
    if asked.initials <= named.initials and all(
        any(_same(word, other) for other in named.each) for word in asked.each
    ):
        return part_points(len(asked.joined), len(named.joined))
    if len(asked.joined) < SHORTEST_PREFIX:
        return 0.0
    return max(
        fuzz.ratio(asked.spaced, named.spaced, score_cutoff=CLOSE),
        fuzz.ratio(asked.ordered, named.ordered, score_cutoff=CLOSE),
    )


def part_points(asked: int, named: int) -> float:
    """
    Return how well part of a name fits, by the characters of both: the more of it, the better.
    """
    return 80.0 + 19.0 * min(asked / named, 1.0)


def holds(asked: Sequence[str], text: Iterable[str]) -> bool:
    """
    Say whether every word of *asked* stands somewhere in *text*.
    """
    known = {singular(word) for part in text for word in words(part)}
    return all(any(_same(word, other) for other in known) for word in asked)


def corrected(asked: Sequence[str], text: Iterable[str]) -> tuple[str, ...] | None:
    """
    Return *asked* with each misspelt word as it stands in *text*, or None if a
    word of it stands nowhere there.
    """
    known = sorted({singular(word) for part in text for word in words(part)})
    spelt = []
    for word in asked:
        alike = [other for other in known if _same(word, other)]
        if not alike:
            return None
        begun = any(other.startswith(word) for other in alike)
        spelt.append(word if begun else max(alike, key=lambda other: fuzz.ratio(word, other)))
    return tuple(spelt)


def named(text: str, things: Iterable[tuple[Thing, Sequence[str]]]) -> tuple[Thing, ...]:
    """
    Return the things of which *text* is a name, word for word.
    """
    asked = key_words(text)
    return tuple(
        thing
        for thing, names in things
        if asked and any(asked == _key_words(name) for name in names)
    )


def key_words(text: str) -> tuple[str, ...]:
    """
    Return the words of *text* that matter, folded and in the singular; all of
    them if none does.
    """
    every = words(_STANDS_FOR.sub(" ", text))
    telling = tuple(singular(word) for word in every if word not in FILLER)
    return telling or tuple(singular(word) for word in every)


def _same(asked: str, known: str) -> bool:
    if asked == known:
        return True
    if len(asked) >= SHORTEST_PREFIX and known.startswith(asked):
        return True
    longer = len(asked) > SHORTEST_PREFIX + 1
    return longer and asked[0] == known[0] and fuzz.ratio(asked, known) >= ALIKE


def mentioned(text: str, things: Iterable[tuple[Thing, Sequence[str]]]) -> tuple[Thing, ...]:
    """
    Return the things one of whose names stands in *text*, in the order of *things*.

    A longer word may be misspelt a little, and a word may stand between two of a
    name. A word belongs to the longest name it is part of: who says "child abuse"
    does not say "abuse" as well.
    """
    listed = tuple(things)
    said = dict(enumerate(word for word, _ in groupby(singular(word) for word in words(text))))
    # However misspelt, a word begins with its letter: no other name need be tried.
    begun = {word[0] for word in said.values()}
    names = [
        (known, position)
        for position, (_, all_) in enumerate(listed)
        for known in all_known(tuple(all_))
        if known[0][0] in begun
    ]
    found: set[int] = set()
    for length in sorted({len(name) for name, _ in names}, reverse=True):
        starts = defaultdict(list)
        for place, word in said.items():
            starts[word[0]].append(place)
        taken: set[int] = set()
        for name, position in names:
            if len(name) == length and (places := _places(name, said, starts[name[0][0]])):
                found.add(position)
                taken |= places
        for place in taken:
            del said[place]
    return tuple(thing for position, (thing, _) in enumerate(listed) if position in found)


def _places(name: Sequence[str], said: Mapping[int, str], starts: Iterable[int]) -> set[int]:
    """
    Return where the words of *name* stand in *said*, in their order, from one of *starts*.
    """
    every: set[int] = set()
    for start in starts:
        place = start
        places: list[int] = []
        for known in name:
            steps = (place, place + 1) if places else (place,)
            at = next((step for step in steps if _spelt(said.get(step, ""), known)), None)
            if at is None:
                break
            places.append(at)
            place = at + 1
        else:
            every.update(places)
    return every


def _spelt(asked: str, known: str) -> bool:
    return asked == known or (
        len(known) > SHORTEST_PREFIX + 1
        and asked[:1] == known[0]
        and fuzz.ratio(asked, known) >= SPELT
    )


# Names of ours are worked out once; what people type is never kept.


@lru_cache(maxsize=4096)
def _known(name: str) -> tuple[str, ...]:
    return tuple(singular(word) for word in words(name))


@lru_cache(maxsize=4096)
def all_known(names: tuple[str, ...]) -> tuple[tuple[str, ...], ...]:
    return tuple(known for known in map(_known, names) if known)


@lru_cache(maxsize=4096)
def _name(name: str) -> Words:
    return Words.of(key_words(name))


@lru_cache(maxsize=4096)
def _key_words(name: str) -> tuple[str, ...]:
    return key_words(name)


def same(one: str, other: str) -> bool:
    return fold(one) == fold(other)
