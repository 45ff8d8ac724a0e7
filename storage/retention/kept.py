"""
How long is kept what a county may decide about; of counts, `storage.surveys.closing` knows.
"""

from dataclasses import dataclass
from datetime import timedelta

LEAST_MESSAGES = timedelta(days=100)  # longer than anything that is told anew looks back


@dataclass(frozen=True, kw_only=True)
class Kept:
    """
    How long each is kept.

    Attributes:
        messages: what the bot sent, to whom, and how it went, with the broadcasts' texts.
        former: who was a member, after it ended; what imports changed of members.
        audit: who did what.
    """

    messages: timedelta
    former: timedelta
    audit: timedelta
