"""
Amounts as people read them.
"""

from commands.speech import say
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
    year = (
        say("FY {fiscal_year}", fiscal_year=line.fiscal_year)
        if line.fiscal_year
        else say("Year not printed")
    )
    staff = say("{fte} FTE", fte=line.fte) if line.fte else None
    said = ", ".join(filter(None, [dollars(line.amount_cents), staff, line.purpose]))
    team = say(" (from {team})", team=line.team) if line.team and line.kind == "partner" else ""
    return noted(f"{year}: {said}{team}", line)


def noted(said: str, line: FundingLine) -> str:
    return f"{said}. {line.note}" if line.note else said
