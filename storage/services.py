"""
Services, in the groups of the service taxonomy.
"""

from collections import defaultdict
from dataclasses import dataclass

from sqlmodel import col

from storage.kept import kept
from storage.models import Service as ServiceRow
from storage.models import TaxonomyTerm
from storage.provenance import Provenance, columns_served, served
from storage.session import Session


@dataclass(frozen=True, kw_only=True)
class Service:
    key: str
    name: str
    aliases: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class ServiceGroup:
    key: str
    name: str
    note: str | None
    aliases: tuple[str, ...]
    services: tuple[Service, ...]
    provenance: Provenance


@kept
def service_groups(session: Session) -> tuple[ServiceGroup, ...]:
    services = defaultdict(list)
    columns = (ServiceRow.taxonomy_term_id, ServiceRow.key, ServiceRow.name, ServiceRow.aliases)
    for term_id, key, name, aliases in columns_served(session, ServiceRow, *columns):
        services[term_id].append(Service(key=key, name=name, aliases=tuple(aliases)))
    return tuple(
        ServiceGroup(
            key=row.key,
            name=row.name,
            note=row.note,
            aliases=tuple(row.aliases),
            services=tuple(services[row.id or 0]),
            provenance=provenance,
        )
        for row, provenance in served(
            session, TaxonomyTerm, col(TaxonomyTerm.taxonomy) == "service-group"
        )
    )
