"""
Which verb a text means: its words, their synonyms, their misspellings, or the
name of something we know.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property, lru_cache

from rapidfuzz import fuzz, process

from commands import wishes
from commands.contract import LONGEST_COMMAND, Button, Command, Standing
from commands.match import FILLER, best_of, key_words, mentioned, named
from commands.names import names_of
from commands.words import singular, words
from storage.memory import Memory

LONGEST_PHRASE = 4  # words of a verb or alias
MISSPELT = 80  # 0 to 100
MAYBE = 66  # and the same first letter
STEM = 4  # characters by which a word is the verb itself in another form
SHORTEST_MISSPELT = 4  # characters; shorter words resemble too many others


@dataclass(frozen=True, kw_only=True)
class Meant:
    """
    Attributes:
        text: what the command is given.
    """

    command: Command
    text: str


@dataclass(frozen=True, kw_only=True)
class Unclear:
    """
    Attributes:
        suggestions: what may have been meant, best first; may be empty.
    """

    suggestions: tuple[Button, ...]


@dataclass(frozen=True, kw_only=True)
class Verbs:
    """
    The commands, by every word and phrase that stands for one.

    Raises:
        ValueError: if a phrase stands for two commands.
    """

    commands: tuple[Command, ...]

    @cached_property
    def phrases(self) -> Mapping[tuple[str, ...], Command]:
        table: dict[tuple[str, ...], Command] = {}
        for command in self.commands:
            for phrase in (command.verb, *command.aliases, *command.subjects):
                known = table.setdefault(words(phrase), command)
                if known is not command:
                    raise ValueError(f"“{phrase}” stands for both {known.verb} and {command.verb}")
        return table

    @cached_property
    def singulars(self) -> Mapping[tuple[str, ...], Command]:
        table: dict[tuple[str, ...], Command] = {}
        for phrase, command in self.phrases.items():
            table.setdefault(tuple(singular(word) for word in phrase), command)
        return table

    def is_subject(self, phrase: tuple[str, ...]) -> bool:
        """
        Say whether *phrase* is a subject, in the singular or not, and no alias.
        """
        bare = tuple(singular(word) for word in phrase)
        return phrase in self._subjects or (phrase not in self.phrases and bare in self._subjects)

    @cached_property
    def _subjects(self) -> frozenset[tuple[str, ...]]:
        return frozenset(words(each) for command in self.commands for each in command.subjects)

    @cached_property
    def _single(self) -> tuple[tuple[str, ...], tuple[Command, ...]]:
        """
        The phrases of one word that is long enough to be misspelt, and whose they are.
        """
        single = [
            (phrase[0], command)
            for phrase, command in self.phrases.items()
            if len(phrase) == 1 and len(phrase[0]) >= SHORTEST_MISSPELT
        ]
        return tuple(word for word, _ in single), tuple(command for _, command in single)

    def named(self, verb: str) -> Command:
        return self.phrases[(verb,)]

    def explicit(self, text: str) -> Meant | None:
        """
        Return the command whose verb, alias or subject *text* begins with, the
        longest phrase first; a subject stays in the text.
        """
        typed = text[:LONGEST_COMMAND].split()
        for length in range(min(LONGEST_PHRASE, len(typed)), 0, -1):
            if not words(typed[length - 1]):
                continue  # a sign is no part of a phrase: "stats % of …" asks for a percentage
            phrase = words(" ".join(typed[:length]))
            bare = tuple(singular(word) for word in phrase)
            command = self.phrases.get(phrase) or self.singulars.get(bare)
            if command:
                kept = typed if self.is_subject(phrase) else typed[length:]
                return Meant(command=command, text=" ".join(kept))
        return None

    def spells(self, text: str, names: Sequence[str]) -> bool:
        """
        Say whether *text* begins with one of *names*, in one word or two, well or
        badly spelt.
        """
        typed = [word for part in text[:LONGEST_COMMAND].split()[:2] for word in words(part)]
        return any(
            fuzz.ratio("".join(typed[:length]), name) >= MISSPELT
            for length in (1, 2)
            for name in names
            if typed
        )

    def misspelt(self, text: str, *, at_least: float = MISSPELT) -> tuple[tuple[float, Meant], ...]:
        """
        Return the commands that the first word of *text* resembles, best first.
        """
        typed = text[:LONGEST_COMMAND].split()
        first = "".join(words(typed[0])) if typed else ""
        if len(first) < SHORTEST_MISSPELT:
            return ()
        best: dict[str, tuple[float, Meant]] = {}
        texts, meant = self._single
        alike = process.extract_iter(first, texts, scorer=fuzz.ratio, score_cutoff=at_least)
        for phrase, points, at in alike:
            if first[0] != phrase[0] and points < MISSPELT:
                continue
            command = meant[at]
            if points > best.get(command.verb, (0.0,))[0]:
                kept = [phrase, *typed[1:]] if self.is_subject((phrase,)) else typed[1:]
                best[command.verb] = (points, Meant(command=command, text=" ".join(kept)))
        return tuple(sorted(best.values(), key=lambda each: -each[0]))


def resolve(text: str, *, verbs: Verbs, memory: Memory, standing: Standing) -> Meant | Unclear:
    """
    Return the command that *text* means, or what it may mean.

    A verb or its synonym comes first, then a need ("kid", "labor") or a line, then
    the name of something else in the memory, then what merely resembles or holds
    one of these. Whether the asker may use it is not decided here; *standing* only
    keeps guesses to what they may.
    """
    text = " ".join(text[:LONGEST_COMMAND].split())
    meant = _meant(text, verbs=verbs, memory=memory, standing=standing)
    if isinstance(meant, Meant) and not _acts(meant):
        bare = all(word in FILLER for word in words(meant.text))
        return replace(meant, text="") if bare else meant
    return meant


def _acts(meant: Meant) -> bool:
    """
    Say whether *meant* begins with the word of an action or a form, filler or not: "ping me".
    """
    first = next(iter(meant.text.casefold().split()), "")
    command = meant.command
    begins = {each.word for each in command.actions} | {each.word for each in command.forms}
    return bool(first) and first in begins


def _meant(text: str, *, verbs: Verbs, memory: Memory, standing: Standing) -> Meant | Unclear:
    explicit = verbs.explicit(text)
    if explicit and not _only_asks(explicit, text, verbs=verbs, memory=memory):
        return explicit
    asked = _without_filler(explicit.text if explicit else text)
    if asked != text and (begun := verbs.explicit(asked)):
        return begun
    found = _found(asked, verbs=verbs, memory=memory, standing=standing)
    return explicit if explicit and isinstance(found, Unclear) else found


def _only_asks(meant: Meant, text: str, *, verbs: Verbs, memory: Memory) -> bool:
    """
    Say whether *text* only begins like a question ("what is …", "help with …"), and
    what follows is nothing that the verb knows by name.
    """
    verb = meant.command.verb
    if not meant.text or meant.text == text:
        return False
    if verb == "help":
        return words(meant.text) not in verbs.phrases
    if verb not in memory.names or key_words(text.split()[0]) == key_words(verb):
        return False
    return not names_of(memory, verb).find(meant.text).close


def _found(text: str, *, verbs: Verbs, memory: Memory, standing: Standing) -> Meant | Unclear:
    asked_by = wishes.known(memory)
    lines = Meant(command=verbs.named("hotline"), text=text)
    if named(text, asked_by):
        return lines
    asked = key_words(text)
    for verb, names in _by_words(memory):
        if len(same := names.get(asked, ())) == 1:
            return Meant(command=verbs.named(verb), text=same[0])
    if misspelt := verbs.misspelt(text):
        return misspelt[0][1]
    if ending := _ending(text, verbs=verbs, memory=memory):
        return ending
    spoken = [(lines.command, (lines.command.verb, *lines.command.aliases))]
    if mentioned(text, asked_by) or bool(mentioned(text, spoken)):
        return lines
    open_to = tuple(verb for verb in memory.names if verbs.named(verb).who <= standing)
    close = [
        (points, (verb, name))
        for verb in open_to
        for points, name in names_of(memory, verb).close(text)
    ]
    match = best_of(sorted(close, key=lambda each: -each[0]))
    if match.best:
        verb, name = match.best
        return Meant(command=verbs.named(verb), text=name)
    return Unclear(suggestions=_suggestions(text, match.close, verbs=verbs, standing=standing))


def _ending(text: str, *, verbs: Verbs, memory: Memory) -> Meant | None:
    """
    Return the command that the last word of *text* stands for: "cvs funding". A
    synonym gives way to a need: "kids at risk" is not about prevention.
    """
    *rest, last = text.split() or [""]
    ending = verbs.explicit(last) if rest else None
    if ending is None or ending.command.verb == "hotline":
        return None
    needs = wishes.choices(memory)
    # "statistics" says "stats" as clearly as the verb does.
    itself = words(last)[0][:STEM] == ending.command.verb[:STEM]
    if mentioned(last, needs) or (not itself and mentioned(text, needs)):
        return None
    return replace(ending, text=" ".join(rest))


@lru_cache(maxsize=8)
def _by_words(memory: Memory) -> tuple[tuple[str, Mapping[tuple[str, ...], tuple[str, ...]]], ...]:
    """
    Return, for each verb, what is named by which words.
    """
    found = []
    for verb, things in memory.names.items():
        by_words: dict[tuple[str, ...], dict[int, str]] = {}
        for position, (name, others) in enumerate(things):
            for each in (name, *others):
                by_words.setdefault(key_words(each), {})[position] = name
        by_words.pop((), None)
        found.append((verb, {each: tuple(same.values()) for each, same in by_words.items()}))
    return tuple(found)


def _without_filler(text: str) -> str:
    typed = text.split()
    while len(typed) > 1 and all(word in FILLER for word in words(typed[0])):
        typed.pop(0)
    return " ".join(typed)


def _suggestions(
    text: str, close: Sequence[tuple[str, str]], *, verbs: Verbs, standing: Standing
) -> tuple[Button, ...]:
    maybe = [
        Button(label=f"/ht {meant.command.verb}", command=meant.command.verb)
        for _, meant in verbs.misspelt(text, at_least=MAYBE)[:3]
        if meant.command.who <= standing
    ]
    offered = [Button(label=name, command=f"{verb} {name}") for verb, name in close[:5]]
    return tuple(dict.fromkeys([*offered, *maybe]))
