"""
Amounts as people read them.
"""

from storage.funding import FundingLine


def dollars(cents: int | None) -> str:
    """
    Return US cents as dollars: "$332,222", "$107,280.40"; None is N/A as printed.
    """
    if cents is None:
        return "N/A"
    whole, rest = divmod(cents, 100)
    return f"${whole:,}.{rest:02}" if rest else f"${whole:,}"


def funded(line: FundingLine) -> str:
    """
    Return *line* in words, without who got it: "FY 2024-25: $250,000, Funding … (from …)".
    """
    year = f"FY {line.fiscal_year}" if line.fiscal_year else "Year not printed"
    staff = f"{line.fte} FTE" if line.fte else None
    said = ", ".join(filter(None, [dollars(line.amount_cents), staff, line.purpose]))
    team = f" (from {line.team})" if line.team and line.kind == "partner" else ""
    return noted(f"{year}: {said}{team}", line)


def noted(said: str, line: FundingLine) -> str:
    return f"{said}. {line.note}" if line.note else said
