"""Waiting for something to change, on an event and never on a clock."""

import asyncio
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")


class Bell:
    """Wakes everybody who waits, each time something has changed."""

    def __init__(self) -> None:
        self._rung = asyncio.Event()

    def ring(self) -> None:
        """Tell everybody who waits to look again."""
        rung, self._rung = self._rung, asyncio.Event()
        rung.set()

    async def wait_for(self, look: Callable[[], T | None], *, seconds: float) -> T:
        """
        Return what *look* finds, as soon as it finds something.

        Raises:
            TimeoutError: after *seconds*.
        """
        async with asyncio.timeout(seconds):
            while True:
                # Taken before looking: what changes in between must not be missed.
                rung = self._rung
                found = look()
                if found is not None:
                    return found
                await rung.wait()
