"""
Finding what a person means among thousands of names: as `commands.match.find` does, from an
index that is made once.
"""

from array import array
from bisect import bisect_left, bisect_right
from collections import OrderedDict, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import accumulate
from typing import Generic, TypeVar

from rapidfuzz import fuzz, process

from commands.match import (
    ALIKE,
    CLOSE,
    SHORTEST_PREFIX,
    SPELT,
    Match,
    Words,
    all_known,
    best_of,
    key_words,
    mentioned,
    part_points,
)
from commands.words import singular, words
from storage.memory import Memory

Thing = TypeVar("Thing")

HELD = 4  # versions of the names
MANY = 500  # names
LAST = "\U0010ffff"
NEAR = CLOSE / (200 - CLOSE)  # of two texts that are that close, how long the shorter one is


class Names(Generic[Thing]):
    """
    Things, each with all its names, in their order.
    """

    def __init__(self, things: Iterable[tuple[Thing, Sequence[str]]]) -> None:
        self._things: list[Thing] = []
        self._names: list[Sequence[str]] = []
        self._begun_by: dict[str, array[int]] = defaultdict(_numbers)  # first word -> things
        self._owners = array("I")  # of each name
        self._lengths = array("I")  # of each name's words, joined
        self._same: dict[str, array[int]] = defaultdict(_numbers)  # joined -> names
        self._with: dict[str, array[int]] = defaultdict(_numbers)  # word -> names
        spaced: list[tuple[int, str, int]] = []
        ordered: list[tuple[int, str, int]] = []
        folded: list[str] = []
        self._folded_owners = array("I")
        for thing, names in things:
            self._things.append(thing)
            self._names.append(names)
            for first in {known[0] for known in all_known(tuple(names))}:
                self._begun_by[first].append(len(self._things) - 1)
            for each in names:
                folded.append(each.casefold())
                self._folded_owners.append(len(self._things) - 1)
                name = Words.of(key_words(each))
                if not name.each:
                    continue
                number = len(self._owners)
                self._owners.append(len(self._things) - 1)
                self._lengths.append(len(name.joined))
                self._same[name.joined].append(number)
                for word in set(name.each):
                    self._with[word].append(number)
                spaced.append((len(name.spaced), name.spaced, number))
                ordered.append((len(name.ordered), name.ordered, number))
        # By length: what is much longer or shorter need not be compared.
        self._spaced, self._ordered = _Spelt(spaced), _Spelt(ordered)
        self._words = sorted(self._with)
        self._first_words = sorted(self._begun_by)
        self._text = "\n".join(folded)
        self._starts = array("I", accumulate((len(each) + 1 for each in folded), initial=0))

    def __len__(self) -> int:
        return len(self._things)

    def find(self, query: str) -> Match[Thing]:
        """
        Find *query*. What is called exactly so, alone, is all that is close.
        """
        asked = Words.of(key_words(query))
        same = {self._owners[each] for each in self._same.get(asked.joined, ())}
        if asked.each and len(same) == 1:
            thing = self._things[same.pop()]
            return Match(best=thing, close=(thing,))
        return best_of(self._close(asked))

    def mentioned(self, text: str) -> tuple[Thing, ...]:
        """
        Return the things one of whose names stands in *text*, as `commands.match.mentioned`.
        """
        begun: set[int] = set()
        for word in {singular(word) for word in words(text)}:
            for first in {word, *_spelt(word, self._first_words)}:
                begun.update(self._begun_by.get(first, ()))
        return mentioned(text, [(self._things[each], self._names[each]) for each in sorted(begun)])

    def containing(self, text: str) -> Iterator[Thing]:
        """
        Yield the things of which a name holds *text*, which says something, in their order;
        case does not matter.
        """
        typed, found, seen = text.casefold(), -1, -1
        while typed and "\n" not in typed and (found := self._text.find(typed, found + 1)) >= 0:
            name = bisect_right(self._starts, found) - 1
            if self._folded_owners[name] != seen:
                seen = self._folded_owners[name]
                yield self._things[seen]
            found = self._starts[name + 1] - 1  # one of a name is enough

    def close(self, query: str) -> list[tuple[float, Thing]]:
        """
        Return what may be meant by *query*, with how well it fits, the best first.
        """
        return self._close(Words.of(key_words(query)))

    def _close(self, asked: Words) -> list[tuple[float, Thing]]:
        if not asked.each:
            return []
        points: dict[int, float] = dict.fromkeys(self._same.get(asked.joined, ()), 100.0)
        for each in set.intersection(*map(self._having, asked.each)):
            points.setdefault(each, part_points(len(asked.joined), self._lengths[each]))
        if len(asked.joined) >= SHORTEST_PREFIX:
            spelt: dict[int, float] = {}
            for text, every in ((asked.spaced, self._spaced), (asked.ordered, self._ordered)):
                for each, alike in every.alike(text):
                    spelt[each] = max(spelt.get(each, 0.0), alike)
            points = spelt | points
        best: dict[int, float] = {}
        for each, fits in points.items():
            owner = self._owners[each]
            best[owner] = max(best.get(owner, 0.0), fits)
        ordered = sorted(best.items(), key=lambda each: (-each[1], each[0]))
        return [(fits, self._things[owner]) for owner, fits in ordered]

    def _having(self, word: str) -> set[int]:
        """
        Return the names that have a word which *word* may stand for.
        """
        meant = {word}
        if len(word) >= SHORTEST_PREFIX:
            first = bisect_left(self._words, word)
            last = bisect_left(self._words, word + LAST)
            meant.update(self._words[first:last])
        if len(word) > SHORTEST_PREFIX + 1:
            meant.update(_spelt(word, self._words, at_least=ALIKE))
        return {name for each in meant for name in self._with.get(each, ())}


def index_names(memory: Memory) -> None:
    """
    Make the indexes of *memory*, beside the event loop, before somebody waits for them. A few
    hundred names are indexed in no time when they are first asked for.
    """
    if sum(map(len, memory.names.values())) >= MANY:
        for verb in memory.names:
            names_of(memory, verb)


def names_of(memory: Memory, verb: str) -> Names[str]:
    """
    Return what *verb* tells of, by its names.
    """
    indexes = _indexes_of(memory.names)
    if verb not in indexes:
        things = memory.names.get(verb, ())
        indexes[verb] = Names((name, (name, *others)) for name, others in things)
    return indexes[verb]


# By the names themselves, which a memory shares with its copies that say what the trouble is.
_indexes: OrderedDict[int, tuple[Mapping[str, object], dict[str, Names[str]]]] = OrderedDict()


def _indexes_of(names: Mapping[str, object]) -> dict[str, Names[str]]:
    known = _indexes.get(id(names))
    if known is None or known[0] is not names:
        known = _indexes[id(names)] = (names, {})
        _indexes.move_to_end(id(names))
        while len(_indexes) > HELD:
            _indexes.popitem(last=False)
    return known[1]


class _Spelt:
    """
    The words of each name as one text, the shortest first: length, text, number.
    """

    def __init__(self, every: list[tuple[int, str, int]]) -> None:
        every.sort()
        self._lengths = array("I", (length for length, _, _ in every))
        self._texts = [text for _, text, _ in every]
        self._numbers = array("I", (number for _, _, number in every))

    def alike(self, text: str) -> Iterator[tuple[int, float]]:
        """
        Yield the names whose words are spelt nearly as *text*, with how nearly.
        """
        first = bisect_left(self._lengths, int(len(text) * NEAR))
        last = bisect_left(self._lengths, int(len(text) / NEAR) + 2)
        some = self._texts[first:last]
        found = process.extract(text, some, scorer=fuzz.ratio, score_cutoff=CLOSE, limit=None)
        return ((self._numbers[first + at], fits) for _, fits, at in found)


def _spelt(word: str, every: list[str], *, at_least: int = SPELT) -> Iterator[str]:
    """
    Yield those of *every*, which are sorted, that begin alike and are spelt nearly as *word*.
    """
    if not word:
        return
    first, last = bisect_left(every, word[0]), bisect_left(every, word[0] + LAST)
    found = process.extract(
        word, every[first:last], scorer=fuzz.ratio, score_cutoff=at_least, limit=None
    )
    yield from (other for other, _, _ in found)


def _numbers() -> "array[int]":
    return array("I")
