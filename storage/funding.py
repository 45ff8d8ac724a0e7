"""
Funding: who pays whom how much in which fiscal year, as printed.
"""

from dataclasses import dataclass

from sqlmodel import Session

from storage.kept import kept
from storage.models import Funding, Organization
from storage.provenance import Provenance, served


@dataclass(frozen=True, kw_only=True)
class FundingLine:
    """
    Attributes:
        kind: "partner", "partner-total", "staff", "staff-total".
        organization: who receives it, or the bureau whose staff it is; None for a total.
        fiscal_year: "2023-24", or None where the slide prints none.
        amount_cents: US cents; None is N/A as printed.
        fte: full-time equivalents as printed.
    """

    kind: str
    team: str | None
    purpose: str | None
    organization: str | None
    organization_key: str | None
    fiscal_year: str | None
    amount_cents: int | None
    fte: str | None
    note: str | None
    provenance: Provenance


@kept
def funding_lines(session: Session) -> tuple[FundingLine, ...]:
    organizations = {row.id: row for row, _ in served(session, Organization)}
    lines = []
    for row, provenance in served(session, Funding):
        organization = organizations.get(row.organization_id)
        lines.append(
            FundingLine(
                kind=row.kind,
                team=row.team,
                purpose=row.purpose,
                organization=organization.name if organization else None,
                organization_key=organization.key if organization else None,
                fiscal_year=row.fiscal_year,
                amount_cents=row.amount_cents,
                fte=row.fte,
                note=row.note,
                provenance=provenance,
            )
        )
    return tuple(lines)
