"""
Where people ask in this very process: from the router on, with identity, screening, rendering.
"""

from collections.abc import Sequence
from typing import Any

from bot.clock import utc_now
from bot.identity import Identity
from bot.library import Library
from bot.router import Router
from bot.sandbox.people import TEAM
from bot.sandbox.people import Person as Account
from commands.contract import Command, Person, Request, Standing
from commands.register import search_agencies


class Desk:
    """
    Where people of one task force ask.
    """

    def __init__(self, library: Library, *, commands: Sequence[Command]) -> None:
        self.library = library
        self._identity = Identity(_Accounts(), library=library, admins=frozenset())
        self._router = Router(library=library, clock=utc_now, commands=commands)

    async def answer(self, text: str, person: str) -> str:
        asker = Person(team_id=TEAM, user_id=person)
        answer = self._router.given(
            text,
            standing=self._identity.at_once(asker),
            share=True,
            asker=asker,
            language=self._identity.language(asker),
        ) or await self._router.answer(text, share=True, **self._asked_by(person))
        return answer.rendered.text

    async def home(self, person: str) -> str:
        found = await self._router.home(**self._asked_by(person))
        return "\n".join(each.text for each in found.shown) if found else ""

    async def search(self, typed: str, person: str) -> str:
        request = Request(
            text=typed, standing=Standing.APPROVED, now=utc_now(), memory=self.library.memory
        )
        found = await self.library.read(lambda session: search_agencies(request, session))
        return " ".join(each.label for each in found)

    def _asked_by(self, person: str) -> dict[str, Any]:
        asker = Person(team_id=TEAM, user_id=person)
        return {
            "standing": lambda: self._identity.standing(asker),
            "asker": asker,
            "language": lambda: self._identity.language(asker),
        }


class _Accounts:
    """
    A Slack where everybody is a full member.
    """

    async def users_info(self, *, user: str, include_locale: bool) -> Any:
        account = Account(id=user, name=user.lower(), real_name=user, kind="member")
        return {"user": account.as_user(include_locale=include_locale)}

    async def conversations_info(self, *, channel: str) -> Any:
        raise NotImplementedError(channel)
