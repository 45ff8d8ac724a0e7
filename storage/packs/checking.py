"""
What the entries of a pack must be to each other.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from difflib import get_close_matches

from storage.packs.entries import Contents, Found
from storage.packs.resolving import funding_key
from storage.packs.schema import (
    FigureEntry,
    FundingEntry,
    HotlineEntry,
    OrganizationEntry,
    SourceEntry,
    Stated,
    TaxonomyTermEntry,
)

# list -> field -> what it names: a list, or a taxonomy of taxonomy_terms
REFERENCES: Mapping[str, Mapping[str, str]] = {
    "organizations": {"parent_organization": "organizations"},
    "collaboratives": {"leads": "organizations"},
    "subcommittees": {"collaborative": "collaboratives"},
    "meetings": {"collaborative": "collaboratives", "subcommittee": "subcommittees"},
    "services": {"organization": "organizations"},
    "hotlines": {
        "organization": "organizations",
        "needs": "hotline-need",
        "persons": "hotline-person",
        "languages": "languages",
    },
    "funding": {"organization": "organizations"},
}
CARD_LANGUAGES = ("en", "es")


def check_keys(found: Sequence[Found]) -> None:
    """
    Report keys that a list has twice, in whichever files.
    """
    first: dict[tuple[str, str], Found] = {}
    for each in found:
        keys = [str(getattr(each.entry, "key", ""))]
        if isinstance(each.entry, FundingEntry):  # one row a fiscal year
            made = {funding_key(each.entry, year) for year in each.entry.amounts}
            keys += sorted(made - set(keys))
        for key in keys:
            other = first.setdefault((each.table, key), each)
            if other is not each:
                line = other.document.line((*other.place, "key"))
                message = f"{key} is already the key of {other.document.name}:{line}"
                if ((*each.place, "key")) not in each.document.lines:
                    message += ": give this one a key of its own"
                each.report(message, "key")


def check_references(found: Sequence[Found], all_contents: Sequence[Contents]) -> None:
    """
    Report keys of sources, organizations, terms … that no entry has.
    """
    known = _known_keys(found, all_contents)
    for content in all_contents:
        if (source := content.origin.source) and source not in known["sources"]:
            message = _unknown("sources", source, known)
            content.document.report(("from", "source"), message)
    for each in found:
        # A source of the file's or the parent's is reported there.
        if (
            isinstance(each.entry, Stated)
            and each.entry.source
            and each.entry.source not in known["sources"]
            and (*each.place, "source") in each.document.lines
        ):
            each.report(_unknown("sources", each.entry.source, known), "source")
        for field, target in REFERENCES.get(each.table, {}).items():
            value = getattr(each.entry, field)
            if isinstance(value, str) and value not in known[target]:
                each.report(_unknown(target, value, known), field)
            elif isinstance(value, tuple):
                for number, key in enumerate(value):
                    if key not in known[target]:
                        each.report(_unknown(target, key, known), field, number)
        if isinstance(each.entry, FigureEntry):
            for label, key in each.entry.reporters.items():
                if key not in known["organizations"]:
                    each.report(_unknown("organizations", key, known), "reporters", label)
        if isinstance(each.entry, FundingEntry):
            for year in each.entry.notes.keys() - each.entry.amounts.keys():
                each.report(f"there is no amount of {year}", "notes", year)
    _check_parents(found)


def check_safety(found: Sequence[Found], all_contents: Sequence[Contents]) -> list[str]:
    """
    Report hotlines that share an alias. Return what the pack as a whole lacks.
    """
    lines = [(each, each.entry) for each in found if isinstance(each.entry, HotlineEntry)]
    _check_aliases(lines)
    if any("hotlines" in content.faulty for content in all_contents):
        return []  # what seems to be lacking may be in those
    missing = []
    emergencies = [entry for _, entry in lines if entry.emergency]
    if not any(entry.phones for entry in emergencies):
        missing.append("no hotline with a phone has `emergency: true` (911)")
    on_card = {language for _, entry in lines for language in entry.card or ()}
    missing += [
        f"no hotline has a line on the card in {language}"
        for language in CARD_LANGUAGES
        if language not in on_card
    ]
    for each, entry in lines:
        for language in CARD_LANGUAGES:
            if entry.card and language not in entry.card:
                each.report(
                    "is missing: the card has the same lines in en and es", "card", language
                )
            elif entry.emergency and not entry.card:
                each.report("is missing: an emergency line is on the card", "card")
                break
    return missing


def _known_keys(
    found: Iterable[Found], all_contents: Iterable[Contents]
) -> defaultdict[str, set[str]]:
    known: defaultdict[str, set[str]] = defaultdict(set)
    for each in found:
        key = str(getattr(each.entry, "key", ""))
        known[each.table].add(key)
        if isinstance(each.entry, TaxonomyTermEntry):
            known[each.entry.taxonomy].add(key)
    for content in all_contents:  # an entry with a fault of its own is known all the same
        for table, items in content.faulty.items():
            for item in items:
                known[table].add(str(item.get("key")))
                known[str(item.get("taxonomy"))].add(str(item.get("key")))
    return known


def _unknown(target: str, key: str, known: Mapping[str, set[str]]) -> str:
    if target.startswith("hotline-") and key in known["taxonomy_terms"]:
        return f"{key} is a taxonomy term, but no {target}"
    what = f"taxonomy term of {target}" if target.startswith("hotline-") else f"entry of {target}"
    if near := get_close_matches(key, sorted(known[target]), n=1):
        return f"no {what} has the key {key}: did you mean {near[0]}?"
    return f"no {what} has the key {key}"


def _check_parents(found: Iterable[Found]) -> None:
    organizations = [each for each in found if isinstance(each.entry, OrganizationEntry)]
    parents = {
        each.entry.key: each.entry.parent_organization
        for each in organizations
        if isinstance(each.entry, OrganizationEntry)
    }
    for each in organizations:
        seen = set()
        key: str | None = getattr(each.entry, "key", None)
        start = key
        while key is not None and key not in seen:
            seen.add(key)
            key = parents.get(key)
        if key is not None and key == start:
            each.report("is a part of itself", "parent_organization")


def _check_aliases(lines: Sequence[tuple[Found, HotlineEntry]]) -> None:
    first: dict[str, HotlineEntry] = {}
    for _, entry in lines:
        first.setdefault(_folded(entry.name), entry)
    for each, entry in lines:
        for number, alias in enumerate(entry.aliases):
            other = first.setdefault(_folded(alias), entry)
            if other is not entry:
                message = f"{alias} leads to {other.key} already: take it from one of them"
                each.report(message, "aliases", number)


def _folded(words: str) -> str:
    return " ".join(words.casefold().split())


def by_key(found: Iterable[Found]) -> dict[str, SourceEntry]:
    """
    Return the sources of a pack by their keys.
    """
    return {each.entry.key: each.entry for each in found if isinstance(each.entry, SourceEntry)}
