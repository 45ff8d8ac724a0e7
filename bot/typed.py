"""
What is typed is answered before Bolt looks for whose it is.
"""

from collections.abc import Awaitable, Callable
from typing import Any

from slack_bolt.middleware.async_middleware import AsyncMiddleware
from slack_bolt.request.async_request import AsyncBoltRequest
from slack_bolt.response import BoltResponse


class Typed(AsyncMiddleware):
    """
    For Bolt's `before_authorize`: behind the check of the signature, ahead of all that a
    command needs none of, a token, a client, a match with every listener.

    Args:
        answer: of the body of a command.
    """

    def __init__(self, answer: Callable[[dict[str, Any]], Awaitable[BoltResponse]]) -> None:
        self._answer = answer

    async def async_process(
        self,
        *,
        req: AsyncBoltRequest,
        resp: BoltResponse,
        next: Callable[[], Awaitable[BoltResponse]],
    ) -> BoltResponse | None:
        """
        Answer a command; let everything else go on.
        """
        if "command" in req.body:
            return await self._answer(req.body)
        return await next()
