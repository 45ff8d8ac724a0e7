"""
People at their forms and buttons: what is typed, pressed and sent, through the router.
"""

import asyncio
from collections.abc import Mapping
from copy import deepcopy
from datetime import datetime
from typing import Any

from bot.forms import sent
from bot.library import Library
from bot.render import plain
from bot.router import Answer, Router
from bot.sandbox import acts
from bot.sandbox.views import initial_state
from bot.sandbox.workspace import View as Shown
from commands.contract import Person, Standing
from tests.conftest import NOON
from tests.keeping import TEAM

View = dict[str, Any]


class Office:
    """
    Args:
        people: Slack id -> standing; everybody else is a member of the workspace.
    """

    def __init__(self, library: Library, **people: Standing) -> None:
        self.library = library
        self.now: datetime = NOON
        self.people: dict[str | None, Standing] = {**people}
        self._router = Router(library=library, clock=lambda: self.now)

    def do(self, change: Any) -> Any:
        """
        Do *change* with a session, and remember what it changed as the next tick would.
        """
        done = self.library.write_now(change)
        self.library.refresh()
        return done

    def answer(self, text: str, *, by: str | None) -> Answer:
        person = Person(team_id=TEAM, user_id=by) if by else None
        answer = self._router.answer(text, standing=self._standing(by), asker=person)
        return asyncio.run(answer)

    def say(self, text: str, *, by: str | None) -> str:
        """
        Return what somebody reads after they typed or pressed *text*.
        """
        answer = self.answer(text, by=by)
        assert answer.form is None, "this opens a form"
        assert "Reference: " not in answer.rendered.text
        return plain(answer.rendered.text)

    def open(self, text: str, *, by: str) -> View:
        """
        Return the form that *text* opens.
        """
        form = self.answer(text, by=by).form
        assert form is not None, self.say(text, by=by)
        return deepcopy(form.view)

    def send(self, view: View, values: Mapping[str, Any] | None = None, *, by: str) -> Answer:
        """
        Fill *view* in, and send it.
        """
        state = initial_state(view["blocks"])
        filled = {**view, "state": {"values": state}}
        acts.fill(Shown(id="V0", person=by, body=filled, sequence=0), values or {})
        person = Person(team_id=TEAM, user_id=by)
        done = self._router.submit(sent(filled), standing=self._standing(by), asker=person)
        answer = asyncio.run(done)
        assert "Reference: " not in answer.rendered.text
        return answer

    def sends(self, view: View, values: Mapping[str, Any] | None = None, *, by: str) -> str:
        return plain(self.send(view, values, by=by).rendered.text)

    def buttons(self, text: str, *, by: str) -> dict[str, str]:
        """
        Return the buttons of an answer and all of its pages: command -> label.
        """
        found: dict[str, str] = {}
        first = self.answer(text, by=by).rendered
        pages = [first]
        pages += [
            self.answer(f"{text} page {page}", by=by).rendered for page in range(2, first.pages + 1)
        ]
        for rendered in pages:
            for block in rendered.blocks:
                for element in (*block.get("elements", ()), block.get("accessory")):
                    if element and element["type"] == "button":
                        found[element["value"]] = element["text"]["text"]
        return found

    def _standing(self, user_id: str | None) -> Any:
        async def standing() -> Standing:
            return self.people.get(user_id, Standing.MEMBER)

        return standing
