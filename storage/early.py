"""
What is told before somebody's quiet hours begin, because it would be too late after them.
"""

from collections import defaultdict
from collections.abc import Mapping
from datetime import datetime, timedelta

from storage.preferences import QuietHours

BEFORE_QUIET = timedelta(minutes=5)  # before quiet hours that last until after the meeting


def by_hours(quiet: Mapping[str, QuietHours]) -> dict[QuietHours, set[str]]:
    """
    Return who has the same quiet hours: most have, and each is asked about once.
    """
    found: defaultdict[QuietHours, set[str]] = defaultdict(set)
    for user_id, hours in quiet.items():
        found[hours].add(user_id)
    return found


def before_quiet(hours: QuietHours, due: datetime, *, until: datetime) -> datetime | None:
    """
    Return when to tell what is *due* in quiet hours that last until *until* or longer: a
    little before they begin. None: it is not, or they are over by then.
    """
    around = hours.around(due)
    if around is None or around[1] < until:
        return None
    return around[0] - BEFORE_QUIET
