"""
What an entry leaves unsaid: the origin it takes over, the key of a nested one.
"""

import re
import unicodedata
from collections.abc import Iterator, Mapping
from datetime import date
from hashlib import sha256
from typing import Any, TypeVar

from storage.packs.entries import Contents, Found
from storage.packs.schema import (
    ContactEntry,
    DutyEntry,
    FactEntry,
    FundingEntry,
    Origin,
    PartEntry,
    PhoneEntry,
    ServiceEntry,
    SourceEntry,
    Stated,
    TopicPointEntry,
)

NESTED = ("duties", "phones", "contacts", "services", "points")
LONGEST_WORDS = 48  # characters of a made key's second half

Entry = TypeVar("Entry", bound=Stated)


def resolve(content: Contents, sources: Mapping[str, SourceEntry]) -> Iterator[Found]:
    """
    Complete the entries of a file. Yields each, its nested ones after it.

    Problems: an entry that ends without a source or a place.
    """
    for found in content.found:
        entry = found.entry
        if not isinstance(entry, FactEntry):
            yield found
            continue
        entry = _stated(entry, content.origin, sources)
        for field in ("source", "place"):
            if getattr(entry, field) is None:
                found.report("is missing: write it here, or in `from` at the top", field)
        entry = _with_nested(entry, sources)
        yield Found(table=found.table, entry=entry, document=found.document, place=found.place)
        yield from _nested(entry, found)


def made_key(parent_key: str, words: str) -> str:
    """
    Return the key of a nested entry: its parent's, and its own *words*.

    Long words are cut and end in a digest of all of them, so that two that
    begin alike differ, and neither depends on the other.
    """
    plain = unicodedata.normalize("NFKD", words).encode("ascii", "ignore").decode().lower()
    slug = "-".join(re.findall(r"[a-z0-9]+", plain))
    if len(slug) > LONGEST_WORDS or not slug:
        digest = sha256(words.encode()).hexdigest()[:6]
        head = slug[: LONGEST_WORDS - len(digest) - 1].rpartition("-")[0]
        slug = f"{head}-{digest}".lstrip("-")
    return f"{parent_key}-{slug}"


def funding_key(entry: FundingEntry, fiscal_year: str) -> str:
    """
    Return the key of one year's row of *entry*.
    """
    return f"{entry.key}-{fiscal_year}" if fiscal_year else entry.key


def _stated(entry: Entry, above: Origin | Stated, sources: Mapping[str, SourceEntry]) -> Entry:
    source = entry.source or above.source
    as_of: date | None = entry.as_of
    verified_on = entry.verified_on
    if isinstance(above, Stated) and entry.source in (None, above.source):
        as_of = as_of or above.as_of
        verified_on = verified_on or above.verified_on
    if as_of is None and source is not None and source in sources:
        as_of = sources[source].as_of
    return entry.model_copy(
        update={
            "source": source,
            "place": entry.place or above.place,
            "as_of": as_of,
            "verified_on": verified_on,
        }
    )


def _with_nested(entry: Entry, sources: Mapping[str, SourceEntry]) -> Entry:
    update: dict[str, Any] = {}
    for name in NESTED:
        if not (parts := getattr(entry, name, ())):
            continue
        resolved = []
        for part in parts:
            stated = _stated(part, entry, sources)
            key = part.key or made_key(str(getattr(entry, "key", "")), _words(part))
            resolved.append(_with_nested(stated.model_copy(update={"key": key}), sources))
        update[name] = tuple(resolved)
    return entry.model_copy(update=update) if update else entry


def _nested(entry: Stated, above: Found) -> Iterator[Found]:
    for name in NESTED:
        for number, part in enumerate(getattr(entry, name, ())):
            found = Found(
                table=name,
                entry=part,
                document=above.document,
                place=(*above.place, name, number),
            )
            yield found
            yield from _nested(part, found)


def _words(part: PartEntry) -> str:
    match part:
        case PhoneEntry():
            kind = "" if part.type == "voice" else part.type
            return f"{part.number} {part.extension or ''} {kind}"
        case ContactEntry() | ServiceEntry():
            return part.name
        case TopicPointEntry():
            return f"{part.heading or ''} {part.text}"
        case DutyEntry():
            return part.text
    raise TypeError(part)
