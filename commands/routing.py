"""
Which verb a text means: its words, their synonyms, their misspellings, or the
name of something we know.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from rapidfuzz import fuzz

from commands.contract import LONGEST_COMMAND, Button, Command, Standing
from commands.match import find, key_words, mentioned
from commands.words import singular, words
from storage.memory import Memory

LONGEST_PHRASE = 4  # words of a verb or alias
MISSPELT = 80  # 0 to 100
MAYBE = 60
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
            for phrase in (command.verb, *command.aliases):
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

    def named(self, verb: str) -> Command:
        return self.phrases[(verb,)]

    def explicit(self, text: str) -> Meant | None:
        """
        Return the command whose verb or alias *text* begins with, the longest
        phrase first; else the one whose single word its first word misspells.
        """
        typed = text[:LONGEST_COMMAND].split()
        for length in range(min(LONGEST_PHRASE, len(typed)), 0, -1):
            phrase = words(" ".join(typed[:length]))
            command = self.phrases.get(phrase) or self.singulars.get(
                tuple(singular(word) for word in phrase)
            )
            if command:
                return Meant(command=command, text=" ".join(typed[length:]))
        return None

    def spells(self, text: str, verb: str) -> bool:
        """
        Say whether *text* begins with *verb* itself, in one word or two, well or
        badly spelt; a synonym is not enough.
        """
        typed = [word for part in text[:LONGEST_COMMAND].split()[:2] for word in words(part)]
        return any(
            fuzz.ratio("".join(typed[:length]), verb) >= MISSPELT for length in (1, 2) if typed
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
        for phrase, command in self.phrases.items():
            if len(phrase) != 1 or len(phrase[0]) < SHORTEST_MISSPELT:
                continue
            points = fuzz.ratio(first, phrase[0])
            if points >= at_least and points > best.get(command.verb, (0.0,))[0]:
                best[command.verb] = (points, Meant(command=command, text=" ".join(typed[1:])))
        return tuple(sorted(best.values(), key=lambda each: -each[0]))


def resolve(text: str, *, verbs: Verbs, memory: Memory, standing: Standing) -> Meant | Unclear:
    """
    Return the command that *text* means, or what it may mean.

    A verb or its synonym comes first, then a need ("kid", "labor"), then the
    name of something in the memory, then what merely resembles one of these.
    """
    text = text[:LONGEST_COMMAND]
    if explicit := verbs.explicit(text):
        return explicit
    hotline = verbs.named("hotline")
    wishes = [
        (each, (each.key, each.name, *each.aliases))
        for each in (*memory.needs, *memory.persons, *memory.languages)
    ]
    asked = key_words(text)
    if any(asked == key_words(name) for _, named in wishes for name in named):
        return Meant(command=hotline, text=text)
    if misspelt := verbs.misspelt(text):
        return misspelt[0][1]
    if mentioned(text, wishes):
        return Meant(command=hotline, text=text)
    known = [
        ((verb, name), (name, *others))
        for verb, things in memory.names.items()
        if verbs.named(verb).who <= standing
        for name, others in things
    ]
    match = find(text, known)
    if match.best:
        verb, name = match.best
        return Meant(command=verbs.named(verb), text=name)
    return Unclear(suggestions=_suggestions(text, match.close, verbs=verbs, standing=standing))


def _suggestions(
    text: str, close: Sequence[tuple[str, str]], *, verbs: Verbs, standing: Standing
) -> tuple[Button, ...]:
    maybe = [
        Button(label=f"/ht {meant.command.verb}", command=meant.command.verb)
        for _, meant in verbs.misspelt(text, at_least=MAYBE)[:3]
        if meant.command.who <= standing
    ]
    named = [Button(label=name, command=f"{verb} {name}") for verb, name in close[:5]]
    return tuple(dict.fromkeys([*named, *maybe]))
