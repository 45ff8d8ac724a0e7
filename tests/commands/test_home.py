"""
The Home tab: each sees what is theirs, and no more than the verbs show them.
"""

import asyncio
import shutil
from collections.abc import Callable, Iterator
from contextlib import closing

import pytest

from bot.demo_week import AMINA, COLE, CORA, DEVI, TOMAS, WEN
from bot.home import home_view
from bot.library import Library
from bot.render import render
from bot.router import Router
from bot.sandbox.limits import validate_view
from commands import home
from commands.contract import Entry, Person, Reply, Request, Standing
from storage.broadcast_progress import acknowledge
from storage.errors import DatabaseUnreachableError
from storage.session import transaction
from tests.conftest import NOON, WEEK_TEAM

STANDINGS = {CORA: Standing.COORDINATOR, COLE: Standing.COORDINATOR, WEN: Standing.MEMBER}
Open = Callable[..., tuple[Reply, ...]]


@pytest.fixture(scope="module")
def library(tmp_path_factory, week_template, pack) -> Iterator[Library]:
    """
    The demo's week, with its broadcast on its way.
    """
    path = tmp_path_factory.mktemp("home") / "ht.db"
    shutil.copyfile(week_template, path)
    with closing(Library.open(f"sqlite:///{path}", pack=pack, clock=lambda: NOON)) as library:
        yield library


@pytest.fixture
def open_home(library) -> Open:
    def open_home(who: str, standing: Standing | None = None) -> tuple[Reply, ...]:
        request = Request(
            text="",
            standing=standing if standing is not None else STANDINGS.get(who, Standing.APPROVED),
            now=NOON,
            memory=library.memory,
            asker=Person(team_id=WEEK_TEAM, user_id=who),
        )
        return library.read_now(lambda session: home.home(request, session))

    return open_home


def presses(shown: tuple[Reply, ...]) -> set[str]:
    every = [each for reply in shown for each in reply.parts if isinstance(each, Entry)]
    return {each.button.command for each in every if each.button}


def test_a_member_sees_their_meetings_their_seats_and_what_waits_for_them(open_home):
    shown = open_home(AMINA)

    assert presses(shown) == {"survey mine 1", "message 1", "directory mine", "meetings"}
    text = "\n".join(render(each).text for each in shown)
    assert text.index("Human Trafficking Task Force") < text.index("HT-MDT")
    assert "Community Violence Solutions" in text  # where it meets
    assert "meet.example.org/ht-coalition" not in text  # she does not sit there


@pytest.mark.parametrize(
    ("who", "only"),
    [
        (DEVI, {"me confirm", "message 1", "meetings"}),  # their agency answered by e-mail
        (TOMAS, {"survey mine 1", "message 1", "meetings"}),  # keeps no entry, confirmed lately
    ],
)
def test_only_what_is_somebodys_own_waits_for_them(who, only, open_home):
    assert presses(open_home(who)) == only


def test_a_coordinator_sees_approvals_and_boards_and_never_their_own_to_approve(open_home):
    boards = {"broadcasts", "survey", "deliveries"}

    cora, cole = presses(open_home(CORA)), presses(open_home(COLE))

    assert {"registrations 2", "broadcasts 2", *boards} <= cora
    assert {"registrations 2", *boards} <= cole
    assert "broadcasts 2" not in cole  # he wrote it


def test_a_coordinators_parts_are_for_coordinators_alone(open_home):
    as_member = presses(open_home(CORA, Standing.APPROVED))

    assert not {"registrations 2", "broadcasts 2", "broadcasts", "deliveries"} & as_member


@pytest.mark.parametrize("who", [AMINA, CORA])
@pytest.mark.parametrize("standing", [Standing.EXTERNAL, Standing.GUEST])
def test_whoever_is_no_member_of_the_workspace_sees_nothing_of_it(who, standing, open_home):
    assert open_home(who, standing) == ()


def test_whoever_asked_to_be_a_member_sees_that_and_no_more(open_home):
    assert presses(open_home(WEN)) == {"me"}
    assert open_home(AMINA, Standing.MEMBER) == ()  # approved once, and now not any more


def test_a_message_that_was_read_waits_no_more(open_home, library):
    def both(read: bool) -> set[str]:
        with transaction(library.database, task_force_id=1) as session:
            if read:
                acknowledge(session, 1, user_id=TOMAS, now=NOON)
            request = Request(
                text="",
                standing=Standing.APPROVED,
                now=NOON,
                memory=library.memory,
                asker=Person(team_id=WEEK_TEAM, user_id=TOMAS),
            )
            shown = presses(home.home(request, session))
            session.rollback()
        return shown

    assert both(read=False) - both(read=True) == {"message 1"}


def test_it_fits_one_view_of_slacks_with_the_menu_and_one_card(library):
    router = Router(library=library, clock=lambda: NOON)

    async def standing() -> Standing:
        return Standing.ADMIN

    asker = Person(team_id=WEEK_TEAM, user_id=CORA)
    shown = asyncio.run(router.home(standing=standing, asker=asker)).shown

    assert all(each.pages == 1 for each in shown)
    assert validate_view(home_view(*shown)) == "home"
    said = [each.text for each in shown]
    assert said[0].startswith("Emergency: 911")
    assert sum("Emergency: 911" in each for each in said) == 1
    assert "not a reporting line" in said[-1]


def test_while_the_database_is_away_nothing_of_ones_own_is_shown(library, monkeypatch):
    async def away(question):
        raise DatabaseUnreachableError("away")

    router = Router(library=library, clock=lambda: NOON)
    monkeypatch.setattr(library, "read", away)

    async def standing() -> Standing:
        return Standing.APPROVED

    asker = Person(team_id=WEEK_TEAM, user_id=AMINA)
    assert asyncio.run(router.home(standing=standing, asker=asker)) is None


def test_what_changes_something_is_known_by_its_words(library):
    router = Router(library=library, clock=lambda: NOON)

    changing = ["me confirm", "registrations approve 2", "directory still x"]
    looking = ["me", "registrations 2", "hotline", "nothing like it", ""]
    assert [router.changes(text) for text in changing] == [True] * 3
    assert not any(map(router.changes, looking))
