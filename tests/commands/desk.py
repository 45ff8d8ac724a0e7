"""
A desk where several people ask, press and send forms, over one database.
"""

import asyncio
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from bot.forms import Sent
from bot.forms import sent as sent_of
from bot.library import Library
from bot.router import Answer, Router
from bot.sandbox.views import initial_state
from commands.contract import Person, Standing
from commands.forms import Submission
from storage.people import RoleName, grant
from storage.session import Session
from tests.conftest import NOON

TEAM = "T0TEST"


@dataclass
class Desk:
    """
    Attributes:
        now: what the clock says.
        standings: of people; all else are members of the workspace.
    """

    library: Library
    now: datetime = NOON
    standings: dict[str, Standing] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._router = Router(library=self.library, clock=lambda: self.now)

    def ask(self, text: str, who: str = "U0MEL") -> Answer:
        """
        Type or press *text*.
        """
        return asyncio.run(
            self._router.answer(text, standing=self._standing(who), asker=_person(who))
        )

    def read(self, text: str, who: str = "U0MEL") -> str:
        return self.ask(text, who).rendered.text

    def open(self, text: str, who: str = "U0MEL") -> dict[str, Any]:
        """
        Open a form; return its view as Slack keeps it.
        """
        answer = self.ask(text, who)
        assert answer.form is not None, answer.rendered.text
        view = answer.form.view
        return view | {"state": {"values": initial_state(view["blocks"])}}

    def send(self, view: dict[str, Any], who: str = "U0MEL", **values: Any) -> Answer:
        """
        Send a form as it was opened, but for *values*.
        """
        form = sent_of(view)
        unknown = set(values) - set(form.submission.values)
        assert not unknown, unknown
        submission = Submission(
            values={**form.submission.values, **values}, seen=form.submission.seen
        )
        free = tuple(
            value
            for name, value in values.items()
            if isinstance(value, str) and "free" in view["state"]["values"][name]
        )
        sent = Sent(**{**vars(form), "submission": submission, "free": (*form.free, *free)})
        return asyncio.run(
            self._router.submit(sent, standing=self._standing(who), asker=_person(who))
        )

    def filled(self, text: str, who: str = "U0MEL", **values: Any) -> Answer:
        return self.send(self.open(text, who), who, **values)

    def role(self, who: str, role: RoleName, *, scope: str = "") -> None:
        """
        Give *who* a role, and the standing that goes with it.
        """

        def give(session: Session) -> None:
            grant(
                session,
                team_id=TEAM,
                user_id=who,
                role=role,
                granted_by="htbot grant",
                now=self.now,
                scope=scope,
            )

        self.library.write_now(give)
        self.standings[who] = {
            RoleName.MEMBER: Standing.APPROVED,
            RoleName.COORDINATOR: Standing.COORDINATOR,
            RoleName.ADMIN: Standing.ADMIN,
        }[role]

    def member(self, who: str, *, by: str = "U0CORA", **values: Any) -> None:
        """
        Let *who* register and be approved.
        """
        filled = {"name": f"Name {who}", "other": "Agency of the Bay", "title": "Lead"} | values
        answer = self.filled("register", who, **filled)
        assert answer.errors is None, answer.errors
        number = next(
            line.split()[-1] for line in answer.rendered.text.splitlines() if "Number" in line
        )
        self.role(by, RoleName.COORDINATOR)
        assert "Approved" in self.read(f"registrations approve {number}", by)
        self.standings[who] = max(self.standings.get(who, Standing.MEMBER), Standing.APPROVED)

    def after(self, **spans: int) -> None:
        self.now += timedelta(**spans)

    def _standing(self, who: str) -> Any:
        async def standing() -> Standing:
            return self.standings.get(who, Standing.MEMBER)

        return standing


def _person(who: str) -> Person:
    return Person(team_id=TEAM, user_id=who)
