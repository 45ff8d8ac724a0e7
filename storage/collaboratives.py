"""
Collaboratives and their subcommittees.
"""

from collections import defaultdict
from dataclasses import dataclass

from sqlmodel import Session

from storage.models import Collaborative as CollaborativeRow
from storage.models import Organization
from storage.models import Subcommittee as SubcommitteeRow
from storage.provenance import Provenance, served


@dataclass(frozen=True, kw_only=True)
class Subcommittee:
    """
    Attributes:
        proposed: our suggestion from the deck's projects and gaps, not yet confirmed.
    """

    name: str
    purpose: str | None
    proposed: bool
    provenance: Provenance


@dataclass(frozen=True, kw_only=True)
class Collaborative:
    """
    Attributes:
        size: as printed, "over 40 agencies", or None.
        leadership: as printed, "Co-led by".
        leads: names of the organizations that lead it; `note` says what is missing.
    """

    key: str
    name: str
    alternate_name: str | None
    purpose: str
    size: str | None
    leadership: str
    leads: tuple[str, ...]
    note: str | None
    aliases: tuple[str, ...]
    subcommittees: tuple[Subcommittee, ...]
    provenance: Provenance


def collaboratives(session: Session) -> tuple[Collaborative, ...]:
    names = {row.key: row.name for row, _ in served(session, Organization)}
    seats = defaultdict(list)
    for row, provenance in served(session, SubcommitteeRow):
        seats[row.collaborative_id].append(
            Subcommittee(
                name=row.name, purpose=row.purpose, proposed=row.proposed, provenance=provenance
            )
        )
    return tuple(
        Collaborative(
            key=row.key,
            name=row.name,
            alternate_name=row.alternate_name,
            purpose=row.purpose,
            size=row.size,
            leadership=row.leadership,
            leads=tuple(names[key] for key in row.leads if key in names),
            note=row.note,
            aliases=tuple(row.aliases),
            subcommittees=tuple(seats[row.id or 0]),
            provenance=provenance,
        )
        for row, provenance in served(session, CollaborativeRow)
    )
