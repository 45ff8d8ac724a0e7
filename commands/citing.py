"""
The quiet last line of an answer: source, place and age, said once.
"""

from collections.abc import Iterable

from commands.speech import ENGLISH, language, phrase, say
from storage.provenance import Provenance

UNTRANSLATED = phrase("Facts stand in the language of their source, English.")


def cite(provenances: Iterable[Provenance]) -> tuple[str, ...]:
    """
    Return one note a source for everything in *provenances*, the deck's first.
    """
    places: dict[tuple[bool, str], list[str]] = {}
    for each in provenances:
        named = places.setdefault((each.elsewhere, _source(each)), [])
        if each.place not in named:
            named.append(each.place)
    cited = tuple(
        f"{source}: {_listed(named)}."
        for (_, source), named in sorted(places.items(), key=_deck_first)
    )
    return (*cited, *untranslated()) if cited else ()


def untranslated() -> tuple[str, ...]:
    """
    Return the mark of facts that stand in another language than is spoken.
    """
    return () if language() == ENGLISH else (say(UNTRANSLATED),)


def dated(provenance: Provenance) -> str:
    """
    Return how the fact's age is said: "Nov 2024", "2025–26", "date not recorded".
    """
    return provenance.dated_as or say("{as_of:%b %Y}", as_of=provenance.as_of)


def _deck_first(item: tuple[tuple[bool, str], list[str]]) -> bool:
    (elsewhere, _), _ = item
    return elsewhere


def age(provenance: Provenance) -> str:
    """
    Return when the fact was true and who has checked it since: "Nov 2024; not
    yet re-checked by coordinators".
    """
    if provenance.verified_on:
        return say(
            "{dated}; checked by coordinators {verified_on:%b %Y}",
            dated=dated(provenance),
            verified_on=provenance.verified_on,
        )
    return say("{dated}; not yet re-checked by coordinators", dated=dated(provenance))


def _source(provenance: Provenance) -> str:
    if provenance.elsewhere:
        return say(
            "Not from the county deck. {publisher}, {age}",
            publisher=provenance.publisher or provenance.source,
            age=age(provenance),
        )
    if provenance.kind == "survey":  # its figures were checked before they went out
        return f"{provenance.source}, {dated(provenance)}"
    if provenance.kind == "entered":
        return f"{provenance.source}, {age(provenance)}"
    return say("County deck, {age}", age=age(provenance))


def _listed(places: list[str]) -> str:
    return ", ".join(f"“{place}”" for place in places)
