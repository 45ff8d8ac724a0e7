"""
Who may do what: every verb, button and form there is, for everybody there is.
"""

from collections.abc import Iterator

import pytest
from sqlalchemy import text
from sqlmodel import SQLModel

from bot.clock import utc_now
from bot.forms import Sent
from bot.library import Library
from bot.router import Router
from bot.sandbox.people import TEAM
from bot.sandbox.people import Person as Somebody
from commands import language
from commands.contract import Command, Person, Standing
from commands.forms import Form, Submission
from commands.registry import COMMANDS
from storage.people import RoleName, grant
from storage.session import Session
from tests.workshop import buttons, place

# Typed by hand: a verb, a button or a form that is not here fails the first test.
LEAST = {
    "hotline": Standing.EXTERNAL,
    "partners": Standing.GUEST,
    "partner": Standing.GUEST,
    "services": Standing.GUEST,
    "collaboratives": Standing.MEMBER,
    "collaboratives retire": Standing.COORDINATOR,
    "collaboratives add": Standing.COORDINATOR,
    "collaboratives change": Standing.COORDINATOR,
    "roles": Standing.MEMBER,
    "funding": Standing.MEMBER,
    "stats": Standing.MEMBER,
    "stats approve": Standing.COORDINATOR,
    "stats decline": Standing.COORDINATOR,
    "define": Standing.MEMBER,
    "prevention": Standing.MEMBER,
    "models": Standing.MEMBER,
    "gaps": Standing.MEMBER,
    "equity": Standing.MEMBER,
    "techsafety": Standing.MEMBER,
    "sources": Standing.MEMBER,
    "about": Standing.MEMBER,
    "language": Standing.GUEST,
    **{f"language {each.word}": Standing.GUEST for each in language.COMMAND.actions},
    "register": Standing.MEMBER,
    "register withdraw": Standing.MEMBER,
    "me": Standing.MEMBER,
    "me confirm": Standing.APPROVED,
    "me export": Standing.MEMBER,
    "me leave": Standing.MEMBER,
    "me change": Standing.APPROVED,
    "members": Standing.APPROVED,
    "members close": Standing.COORDINATOR,
    "whois": Standing.APPROVED,
    "whois contact": Standing.APPROVED,
    "meetings": Standing.APPROVED,
    "next": Standing.APPROVED,
    "meeting": Standing.APPROVED,
    "meeting skip": Standing.COORDINATOR,
    "meeting cancel": Standing.COORDINATOR,
    "meeting restore": Standing.COORDINATOR,
    "meeting save": Standing.COORDINATOR,
    "meeting drop": Standing.COORDINATOR,
    "meeting add": Standing.COORDINATOR,
    "meeting change": Standing.COORDINATOR,
    "meeting move": Standing.COORDINATOR,
    "calendar": Standing.APPROVED,
    "calendar subscribe": Standing.APPROVED,
    "calendar revoke": Standing.APPROVED,
    "registrations": Standing.COORDINATOR,
    "registrations approve": Standing.COORDINATOR,
    "registrations decline": Standing.COORDINATOR,
    "registrations ask": Standing.COORDINATOR,
    "access": Standing.COORDINATOR,
    "access revoke": Standing.ADMIN,
    "access grant": Standing.ADMIN,
    "reminders": Standing.APPROVED,
    "reminders yes": Standing.APPROVED,
    "reminders no": Standing.APPROVED,
    "reminders snooze": Standing.APPROVED,
    "reminders mute": Standing.APPROVED,
    "reminders unmute": Standing.APPROVED,
    "reminders zone": Standing.APPROVED,
    "reminders stop": Standing.APPROVED,
    "reminders delegate": Standing.APPROVED,
    "reminders weekly": Standing.APPROVED,
    "reminders set": Standing.COORDINATOR,
    "broadcast": Standing.COORDINATOR,
    "broadcast edit": Standing.COORDINATOR,
    "broadcasts": Standing.COORDINATOR,
    "broadcasts send": Standing.COORDINATOR,
    "broadcasts test": Standing.COORDINATOR,
    "broadcasts approve": Standing.COORDINATOR,
    "broadcasts withdraw": Standing.COORDINATOR,
    "broadcasts pause": Standing.COORDINATOR,
    "broadcasts resume": Standing.COORDINATOR,
    "broadcasts abort": Standing.COORDINATOR,
    "broadcasts remind": Standing.COORDINATOR,
    "broadcasts csv": Standing.COORDINATOR,
    "broadcasts limit": Standing.ADMIN,
    "broadcasts decline": Standing.COORDINATOR,
    "broadcasts correct": Standing.COORDINATOR,
    "message": Standing.MEMBER,
    "message read": Standing.MEMBER,
    "emergency": Standing.ADMIN,
    "survey": Standing.APPROVED,
    "survey send": Standing.APPROVED,
    "survey mailed": Standing.APPROVED,
    "survey decline": Standing.APPROVED,
    "survey notours": Standing.APPROVED,
    "survey back": Standing.APPROVED,
    "survey open": Standing.COORDINATOR,
    "survey close": Standing.COORDINATOR,
    "survey cancel": Standing.COORDINATOR,
    "survey take": Standing.COORDINATOR,
    "survey answer": Standing.APPROVED,
    "survey define": Standing.COORDINATOR,
    "survey ask": Standing.COORDINATOR,
    "survey extend": Standing.COORDINATOR,
    "entry": Standing.APPROVED,
    "entry undo": Standing.APPROVED,
    "entry details": Standing.APPROVED,
    "entry add": Standing.APPROVED,
    "entry phone": Standing.APPROVED,
    "entry hours": Standing.APPROVED,
    "entry services": Standing.APPROVED,
    "entry service": Standing.APPROVED,
    "entry line": Standing.APPROVED,
    "entry newline": Standing.COORDINATOR,
    "directory": Standing.MEMBER,
    "directory still": Standing.APPROVED,
    "directory gone": Standing.APPROVED,
    "directory owner": Standing.COORDINATOR,
    "directory delegate": Standing.COORDINATOR,
    "directory release": Standing.COORDINATOR,
    "directory approve": Standing.COORDINATOR,
    "directory decline": Standing.COORDINATOR,
    "wrong": Standing.MEMBER,
    "wrong number": Standing.MEMBER,
    "ping": Standing.MEMBER,
    "ping me": Standing.COORDINATOR,
    "deliveries": Standing.MEMBER,
    "deliveries again": Standing.MEMBER,
    "deliveries arrived": Standing.MEMBER,
    "deliveries away": Standing.MEMBER,
    "audit": Standing.COORDINATOR,
    "system": Standing.ADMIN,
    "digest": Standing.MEMBER,
    "notices": Standing.MEMBER,
    "notices mute": Standing.MEMBER,
    "notices unmute": Standing.MEMBER,
    "notices digest": Standing.MEMBER,
    "notices direct": Standing.MEMBER,
    "notices at": Standing.MEMBER,
    "notices quiet": Standing.MEMBER,
    "help": Standing.EXTERNAL,
}
# As Slack knows them, and as they are known here.
PEOPLE = {
    "U0EXTERN": Standing.EXTERNAL,
    "U0GONE": Standing.EXTERNAL,
    "U0GUEST": Standing.GUEST,
    "U0SINGLE": Standing.GUEST,
    "U0MEMBER": Standing.MEMBER,
    "U0APPROVED": Standing.APPROVED,
    "U0GUEST2": Standing.GUEST,  # coordinated once, and is a guest now
    "U0COORD": Standing.COORDINATOR,
    "U0ADMIN": Standing.ADMIN,
}
REFUSED = "Not for everybody"


def texts() -> Iterator[tuple[str, str, Standing]]:
    """
    Yield what can be done, how it is typed, and who may by the registry.
    """
    for command in COMMANDS:
        yield command.verb, command.examples[0], command.who
        for action in command.actions:
            yield f"{command.verb} {action.word}", action.usage, action.who
        for form in command.forms:
            if form.word:
                yield f"{command.verb} {form.word}", form.usage, form.who


def forms() -> Iterator[tuple[Command, Form]]:
    for command in COMMANDS:
        for form in command.forms:
            yield command, form


def rows(library: Library) -> dict[str, int]:
    """
    Return how many rows each table has.
    """

    def count(session: Session) -> dict[str, int]:
        tables = SQLModel.metadata.tables
        connection = session.connection()
        return {
            name: connection.execute(text(f'SELECT count(*) FROM "{name}"')).scalar_one()
            for name in tables
        }

    return library.read_now(count)


def test_nothing_that_can_be_done_is_forgotten_here():
    assert {name: who for name, _, who in texts()} == LEAST


def test_a_form_is_for_those_who_may_use_its_verb_or_fewer():
    assert all(form.who >= max(command.who, Standing.MEMBER) for command, form in forms())
    for command in COMMANDS:
        opening = [each.word for each in (*command.actions, *command.forms)]
        assert len(set(opening)) == len(opening)


@pytest.mark.parametrize("person", PEOPLE)
async def test_everybody_may_do_what_they_may_and_nothing_else(person, library):
    async with place("http", library) as at:
        sandbox = at.sandbox
        for id, kind in (("U0APPROVED", "member"), ("U0GUEST2", "guest")):
            sandbox.workspace.people[id] = Somebody(id=id, name=id.lower(), real_name=id, kind=kind)

        def give(session: Session) -> None:
            for id, role in (
                ("U0APPROVED", RoleName.MEMBER),
                ("U0GUEST2", RoleName.MEMBER),
                ("U0GUEST2", RoleName.COORDINATOR),
                ("U0COORD", RoleName.COORDINATOR),
            ):
                grant(session, team_id=TEAM, user_id=id, role=role, granted_by="t", now=utc_now())

        library.write_now(give)
        wrong, dead = [], []
        standing, before = PEOPLE[person], rows(library)
        # What they may not do first: all of it together changes nothing.
        for name, typed, least in sorted(texts(), key=lambda each: standing >= each[2]):
            if standing >= least and before:
                assert rows(library) == before
                before = {}
            outcome = await sandbox.command(person, "/ht", typed, force=True)
            assert outcome.error is None, typed
            answer = outcome.message.text if outcome.messages else "a form"
            if (REFUSED in answer) != (standing < least):
                wrong.append((name, answer[:80]))
            if outcome.messages:
                dead += [
                    (typed, command)
                    for command in buttons(outcome.message).values()
                    if standing < least_of(command)
                ]
        assert wrong == []
        assert dead == []  # nobody is offered what they may not do


def least_of(command: str) -> Standing:
    verb, _, rest = command.partition(" ")
    word = rest.split(" ")[0] if rest else ""
    return LEAST.get(f"{verb} {word}", LEAST.get(verb, Standing.EXTERNAL))


@pytest.mark.parametrize("standing", list(Standing))
async def test_a_form_is_taken_from_those_who_may_open_it(standing, library):
    router = Router(library=library, clock=utc_now)
    asker = Person(team_id=TEAM, user_id="U0SOMEBODY")

    async def who() -> Standing:
        return standing

    for number, (command, form) in enumerate(forms()):
        opened_by = f"{command.verb} {form.word}".strip()
        sent = Sent(
            opened_by=opened_by,
            nonce=f"{standing} {number}",
            submission=Submission(values={}),
            free=(),
            first="name",
            kinds={},
        )
        before = rows(library)
        answer = await router.submit(sent, standing=who, asker=asker)
        refused = REFUSED in answer.rendered.text
        assert refused == (standing < form.who), opened_by
        # What is empty is no form: it is refused for that, and nothing is stored either way.
        assert rows(library) == before, opened_by
        for field in form.search:
            found = await router.suggest(opened_by, field, "", standing=who, asker=asker)
            # Colleagues are offered to whoever has some: nobody here.
            offered = standing >= form.who and opened_by != "reminders delegate"
            assert bool(found) == offered, opened_by
