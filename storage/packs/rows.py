"""
Which rows a pack asks for, table by table: its entries in the columns' words.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias

from storage.facts import FactModel
from storage.models import (
    Collaborative,
    Contact,
    Duty,
    Funding,
    GlossaryTerm,
    Hotline,
    Language,
    Organization,
    Phone,
    Service,
    Source,
    Subcommittee,
    TaxonomyTerm,
    Topic,
    TopicPoint,
)
from storage.packs.reading import Pack
from storage.packs.resolving import funding_key
from storage.packs.schema import (
    Entry,
    FundingEntry,
    OrganizationEntry,
    SourceEntry,
    Stated,
)


@dataclass(frozen=True, kw_only=True)
class Reference:
    """
    A row meant by its table and key, until its number in the database is known.
    """

    model: FactModel
    key: str


Value: TypeAlias = Any  # what a column holds, or a Reference
Wanted: TypeAlias = Mapping[str, Mapping[str, Value]]  # key -> column -> value

_NESTED = frozenset({"duties", "phones", "contacts", "services", "points"})
# field of an entry -> the column and the table it refers to
_REFERENCES: Mapping[str, tuple[str, FactModel]] = {
    "source": ("source_id", Source),
    "organization": ("organization_id", Organization),
    "parent_organization": ("parent_organization_id", Organization),
    "collaborative": ("collaborative_id", Collaborative),
}


def rows(pack: Pack) -> Iterator[tuple[FactModel, Wanted]]:
    """
    Yield the rows of each table, after the tables it refers to.

    Organizations come in several turns, a parent before its parts.
    """
    organizations, terms = pack.organizations, pack.taxonomy_terms
    contacts = [(above, entry) for above in organizations for entry in above.contacts]
    yield Source, _listed(pack.sources)
    yield Language, _listed(pack.languages)
    yield TaxonomyTerm, _listed(terms)
    yield from _organizations(organizations)
    yield Collaborative, _listed(pack.collaboratives)
    yield Subcommittee, _listed(pack.subcommittees)
    yield Duty, _parts(organizations, "duties", Organization, "organization_id")
    yield Contact, _parts(organizations, "contacts", Organization, "organization_id")
    yield Service, _parts(terms, "services", TaxonomyTerm, "taxonomy_term_id")
    yield Hotline, _listed(pack.hotlines)
    phones: dict[str, Mapping[str, Value]] = {}
    for model, column, above in (
        (Hotline, "hotline_id", pack.hotlines),
        (Organization, "organization_id", organizations),
        (Contact, "contact_id", tuple(entry for _, entry in contacts)),
    ):
        phones |= _parts(above, "phones", model, column)
    # One table for three kinds of owner: a phone that moves leaves the old one.
    nobody = {"hotline_id": None, "organization_id": None, "contact_id": None}
    yield Phone, {key: {**nobody, **values} for key, values in phones.items()}
    yield Funding, _funding(pack.funding)
    yield GlossaryTerm, _listed(pack.glossary_terms)
    yield Topic, _listed(pack.topics)
    yield TopicPoint, _parts(pack.topics, "points", Topic, "topic_id")


def _listed(entries: tuple[Entry, ...]) -> dict[str, Mapping[str, Value]]:
    return {_key(entry): _values(entry, number) for number, entry in enumerate(entries)}


def _parts(
    entries: tuple[Entry, ...], field: str, model: FactModel, column: str
) -> dict[str, Mapping[str, Value]]:
    return {
        _key(part): {**_values(part, number), column: Reference(model=model, key=_key(entry))}
        for entry in entries
        for number, part in enumerate(getattr(entry, field))
    }


def _organizations(
    entries: tuple[OrganizationEntry, ...],
) -> Iterator[tuple[FactModel, Wanted]]:
    wanted = _listed(entries)
    parents = {entry.key: entry.parent_organization for entry in entries}
    done: set[str | None] = {None}
    while len(done) <= len(entries):
        turn = [key for key, parent in parents.items() if key not in done and parent in done]
        if not turn:  # in a circle; `read_pack` lets none through
            raise ValueError(sorted(parents.keys() - done))
        yield Organization, {key: wanted[key] for key in turn}
        done.update(turn)


def _funding(entries: tuple[FundingEntry, ...]) -> dict[str, Mapping[str, Value]]:
    found: dict[str, Mapping[str, Value]] = {}
    for entry in entries:
        for year, amount in entry.amounts.items():
            values = dict(_values(entry, len(found)))
            del values["amounts"], values["notes"]
            values["fiscal_year"] = year or None
            # Exact: the schema allows two decimal places.
            values["amount_cents"] = None if amount == "N/A" else int(amount * 100)
            values["note"] = entry.notes.get(year)
            found[funding_key(entry, year)] = values
    return found


def _values(entry: Entry, position: int) -> Mapping[str, Value]:
    values: dict[str, Value] = {"position": position}
    for field in type(entry).model_fields:
        value = getattr(entry, field)
        if field == "key" or field in _NESTED:
            continue
        if field in _REFERENCES:
            column, model = _REFERENCES[field]
            values[column] = None if value is None else Reference(model=model, key=value)
        else:
            values[field] = list(value) if isinstance(value, tuple) else value
    return values


def _key(entry: Entry) -> str:
    assert isinstance(entry, SourceEntry | Stated)  # noqa: S101 - for the type checker
    return str(getattr(entry, "key"))  # noqa: B009
