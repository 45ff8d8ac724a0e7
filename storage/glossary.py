"""
What the task force's abbreviations stand for, and which the deck never explains.
"""

from dataclasses import dataclass

from storage.kept import kept
from storage.models import GlossaryTerm as GlossaryTermRow
from storage.provenance import Provenance, served
from storage.session import Session


@dataclass(frozen=True, kw_only=True)
class GlossaryTerm:
    """
    Attributes:
        expansion: as printed; None where the source uses the term and never says.
        standing: "key", "slide" or "unexplained".
    """

    key: str
    term: str
    expansion: str | None
    standing: str
    note: str | None
    aliases: tuple[str, ...]
    provenance: Provenance


@kept
def glossary_terms(session: Session) -> tuple[GlossaryTerm, ...]:
    return tuple(
        GlossaryTerm(
            key=row.key,
            term=row.term,
            expansion=row.expansion,
            standing=row.standing,
            note=row.note,
            aliases=tuple(row.aliases),
            provenance=provenance,
        )
        for row, provenance in served(session, GlossaryTermRow)
    )
