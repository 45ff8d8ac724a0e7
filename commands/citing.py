"""
The quiet last line of an answer: source, place and age, said once.
"""

from collections.abc import Iterable

from storage.provenance import Provenance


def cite(provenances: Iterable[Provenance]) -> tuple[str, ...]:
    """
    Return one note a source for everything in *provenances*, the deck's first.
    """
    places: dict[tuple[bool, str], list[str]] = {}
    for each in provenances:
        named = places.setdefault((each.elsewhere, _source(each)), [])
        if each.place not in named:
            named.append(each.place)
    return tuple(
        f"{source}: {_listed(named)}."
        for (_, source), named in sorted(places.items(), key=_deck_first)
    )


def _deck_first(item: tuple[tuple[bool, str], list[str]]) -> bool:
    (elsewhere, _), _ = item
    return elsewhere


def age(provenance: Provenance) -> str:
    """
    Return when the fact was true and who has checked it since: "Nov 2024; not
    yet re-checked by coordinators".
    """
    dated = provenance.dated
    if provenance.verified_on:
        return f"{dated}; checked by coordinators {provenance.verified_on:%b %Y}"
    return f"{dated}; not yet re-checked by coordinators"


def _source(provenance: Provenance) -> str:
    if provenance.elsewhere:
        return f"Not from the county deck. {provenance.publisher or provenance.source}, {age(provenance)}"
    if provenance.kind == "survey":  # its figures were checked before they went out
        return f"{provenance.source}, {provenance.dated}"
    if provenance.kind == "directory":  # what its agencies and coordinators changed themselves
        return f"{provenance.source}, {age(provenance)}"
    return f"County deck, {age(provenance)}"


def _listed(places: list[str]) -> str:
    return ", ".join(f"“{place}”" for place in places)
