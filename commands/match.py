"""
Finding what a person means: spelling, plurals, abbreviations and word order forgiven.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

from rapidfuzz import fuzz

from commands.words import fold, singular, words

Thing = TypeVar("Thing")

CLOSE = 72  # 0 to 100: from here on a name is worth offering
SURE = 86  # from here on, and well ahead of the next, it is what was meant
AHEAD = 6
SHORTEST_PREFIX = 3  # characters
# What people put around the word that matters.
FILLER = frozenset(
    [
        "a",
        "an",
        "the",
        "of",
        "for",
        "in",
        "to",
        "is",
        "are",
        "was",
        "what",
        "whats",
        "who",
        "whos",
        "whom",
        "does",
        "do",
        "mean",
        "means",
        "meaning",
        "stand",
        "stands",
        "about",
        "tell",
        "me",
        "my",
        "show",
        "list",
        "give",
        "please",
        "pls",
        "i",
        "we",
        "you",
        "can",
        "need",
        "want",
        "find",
        "get",
        "all",
        "any",
        "on",
        "at",
        "with",
        "and",
        "or",
        "el",
        "la",
        "los",
        "las",
        "de",
        "del",
        "que",
        "es",
        "son",
        "un",
        "una",
        "para",
        "por",
        "quien",
        "cual",
        "dime",
    ]
)


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
    asked = key_words(query)
    if not asked:
        return Match(best=None, close=())
    scored = sorted(
        (
            (max(score(asked, key_words(name)) for name in names), -position, thing)
            for position, (thing, names) in enumerate(things)
        ),
        key=lambda each: each[:2],
        reverse=True,
    )
    close = [(points, thing) for points, _, thing in scored if points >= CLOSE]
    if not close:
        return Match(best=None, close=())
    best, thing = close[0]
    runner_up = close[1][0] if len(close) > 1 else 0.0
    sure = (best == 100 and runner_up < 100) or (best >= SURE and best - runner_up >= AHEAD)
    return Match(best=thing if sure else None, close=tuple(thing for _, thing in close))


def score(asked: Sequence[str], named: Sequence[str]) -> float:
    """
    Return how well *asked* fits a name's words, 0 to 100; 100 only for the same words.
    """
    if not named:
        return 0.0
    if asked == named or "".join(asked) == "".join(named):
        return 100.0
    if all(any(_same(word, other) for other in named) for word in asked):
        # Part of the name: the more of it, the better.
        covered = sum(map(len, asked)) / max(sum(map(len, named)), 1)
        return 80.0 + 19.0 * min(covered, 1.0)
    return max(
        fuzz.ratio(" ".join(asked), " ".join(named)),
        fuzz.ratio(" ".join(sorted(asked)), " ".join(sorted(named))),
    )


def holds(asked: Sequence[str], text: Iterable[str]) -> bool:
    """
    Say whether every word of *asked* stands somewhere in *text*.
    """
    known = {singular(word) for part in text for word in words(part)}
    return all(any(_same(word, other) for other in known) for word in asked)


def key_words(text: str) -> tuple[str, ...]:
    """
    Return the words of *text* that matter, folded and in the singular; all of
    them if none does.
    """
    every = tuple(singular(word) for word in words(text))
    return tuple(word for word in every if word not in FILLER) or every


def _same(asked: str, known: str) -> bool:
    if asked == known:
        return True
    if len(asked) >= SHORTEST_PREFIX and known.startswith(asked):
        return True
    return len(asked) > SHORTEST_PREFIX + 1 and fuzz.ratio(asked, known) >= 82


def mentioned(text: str, things: Iterable[tuple[Thing, Sequence[str]]]) -> tuple[Thing, ...]:
    """
    Return the things one of whose names stands in *text*, in the order of
    *things*; a longer word may be misspelt a little.
    """
    said = tuple(singular(word) for word in words(text))
    return tuple(
        thing
        for thing, names in things
        if any(_stands_in(tuple(singular(word) for word in words(name)), said) for name in names)
    )


def _stands_in(name: tuple[str, ...], said: tuple[str, ...]) -> bool:
    if not name:
        return False
    return any(
        all(_spelt(asked, known) for asked, known in zip(said[start:], name, strict=False))
        for start in range(len(said) - len(name) + 1)
    )


def _spelt(asked: str, known: str) -> bool:
    return asked == known or (
        len(known) > SHORTEST_PREFIX + 1 and asked[0] == known[0] and fuzz.ratio(asked, known) >= 85
    )


def same(one: str, other: str) -> bool:
    return fold(one) == fold(other)
