"""
What was worked out once and is given again, as long as it stands: while nothing it was read from
has changed, and no clock makes another answer of it.
"""

from collections import OrderedDict
from collections.abc import Hashable
from dataclasses import dataclass
from datetime import datetime
from typing import Generic, TypeVar

from bot.library import Library
from storage.changes import BESIDE, Read
from storage.memory import Memory

Value = TypeVar("Value")


@dataclass(frozen=True, kw_only=True)
class _Entry(Generic[Value]):
    value: Value
    memory: Memory | None
    read: Read | None
    since: datetime | None
    until: datetime | None


class Kept(Generic[Value]):
    """
    Values by their keys.

    Args:
        most: how many; what was kept longest ago goes first.
    """

    def __init__(self, library: Library, *, most: int) -> None:
        self._library = library
        self._most = most
        self._entries: OrderedDict[Hashable, _Entry[Value]] = OrderedDict()

    def find(self, key: Hashable, *, now: datetime | None = None) -> Value | None:
        """
        Return the value of *key* if it stands, else None.
        """
        found = self._entries.get(key)
        if found is None:
            return None
        if found.memory is not None and found.memory is not self._library.memory:
            return None
        if found.read is not None and not self._library.stands(found.read):
            return None
        if found.since and found.until and now and not found.since <= now < found.until:
            return None
        return found.value

    def keep(
        self,
        key: Hashable,
        value: Value,
        *,
        memory: Memory | None = None,
        read: Read | None = None,
        since: datetime | None = None,
        until: datetime | None = None,
    ) -> None:
        """
        Keep the *value* of *key*.

        Args:
            memory: of which it was made; with trouble in it nothing is kept.
            read: from which of the tables.
            since, until: between which moments it says what is right.
        """
        if (memory is not None and memory.trouble) or (read is not None and read.tables & BESIDE):
            return
        self._entries.pop(key, None)
        self._entries[key] = _Entry(value=value, memory=memory, read=read, since=since, until=until)
        if len(self._entries) > self._most:
            self._entries.popitem(last=False)
