"""
Amounts as people read them.
"""


def dollars(cents: int | None) -> str:
    """
    Return US cents as dollars: "$332,222", "$107,280.40"; None is N/A as printed.
    """
    if cents is None:
        return "N/A"
    whole, rest = divmod(cents, 100)
    return f"${whole:,}.{rest:02}" if rest else f"${whole:,}"
