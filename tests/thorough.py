"""
How much is tried: enough in `make test`, which shall take minutes, and all of it in
`make test-thorough`, which takes its time.
"""

import os

THOROUGH = os.environ.get("HT_THOROUGH") == "1"


def draws(all_of_them: int, *, quickly: int) -> int:
    """
    Return how many examples are drawn.
    """
    return all_of_them if THOROUGH else quickly
