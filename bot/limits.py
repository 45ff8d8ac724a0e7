"""
How much one person may ask for. Kept in memory, and forgotten when it no longer counts:
who asked how often is nobody's business.
"""

from collections import OrderedDict
from dataclasses import dataclass

PEOPLE = 10_000  # remembered at most; whoever asked longest ago is forgotten first


@dataclass(kw_only=True)
class _Bucket:
    left: float
    at: float


class Limits:
    """
    A bucket a person: full at first, a piece for every answer, filled up steadily.

    Args:
        per_minute: how much flows back in a minute, and how much there is at most (one at
            least).
    """

    def __init__(self, per_minute: float) -> None:
        self._most = max(1.0, per_minute)
        self._per_second = per_minute / 60
        self._buckets: OrderedDict[tuple[str, str], _Bucket] = OrderedDict()

    def wait(self, team_id: str, user_id: str, *, now: float) -> float:
        """
        Take a piece. Return 0, or the seconds until there is one.

        Args:
            now: seconds, of a clock that is never set back.
        """
        key = (team_id, user_id)
        bucket = self._buckets.setdefault(key, _Bucket(left=self._most, at=now))
        self._buckets.move_to_end(key)
        if len(self._buckets) > PEOPLE:
            self._buckets.popitem(last=False)
        bucket.left = min(self._most, bucket.left + (now - bucket.at) * self._per_second)
        bucket.at = now
        if bucket.left < 1:
            return (1 - bucket.left) / self._per_second
        bucket.left -= 1
        return 0.0
