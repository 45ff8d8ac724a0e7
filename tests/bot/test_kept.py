"""
Answers that are given again: the same, as long as nothing changed; the new one as soon as
something did; and never one person's to another.
"""

import asyncio
import sqlite3
from contextlib import closing
from datetime import UTC, datetime, timedelta
from time import monotonic
from zoneinfo import ZoneInfo

import pytest
from sqlmodel import update

from bot import identity
from bot.clock import utc_now
from bot.kept import Kept
from bot.library import DOUBT_SECONDS, SURE_SECONDS
from bot.limits import Limits
from bot.metrics import Outcome
from bot.router import Router, next_midnight
from commands.contract import Person, Request, Standing
from commands.registry import COMMANDS
from storage.errors import DatabaseUnreachableError
from storage.facts import edit
from storage.models import Process
from storage.organizations import partners
from storage.people import RoleName, grant, revoke
from storage.processes import beat, end
from tests.workshop import DOORS, place, shown

TEAM = "T0SANDBOX"
NOON = datetime(2026, 3, 2, 20, tzinfo=UTC)
MEMBER = Person(team_id=TEAM, user_id="U0MEMBER")
AGENCY = ("organization", "tahirih-justice-center")


@pytest.fixture
async def watched(library):
    """
    A library that is looked at all the time, as that of a bot that serves.
    """
    await library.look()
    async with library.watched():
        yield library


class Asking:
    """
    Somebody who asks the same router again and again, and how often it had to ask the database.
    """

    def __init__(self, library, **changes):
        self.library = library
        self.now = NOON
        self.router = Router(library=library, clock=lambda: self.now, **changes)

    def given(self, text, *, who=Standing.MEMBER, asker=MEMBER, language=None, share=False):
        return self.router.given(text, standing=who, share=share, asker=asker, language=language)

    async def answer(self, text, *, who=Standing.MEMBER, asker=MEMBER, language=None, share=False):
        async def standing():
            return who

        return await self.router.answer(
            text, standing=standing, share=share, asker=asker, language=lambda: language
        )


OWN = ["hotline", "helpline", "help", "", "menu", "partners", "agencies", "stats", "funding"]


async def test_what_was_answered_is_given_again(watched):
    asking = Asking(watched)
    for text in OWN:
        assert asking.given(text) is None, text

        answer = await asking.answer(text)

        assert asking.given(f" {text.upper()} ") is answer, text


async def test_of_what_anybody_typed_and_of_what_is_ones_own_nothing_is_kept(watched):
    asking = Asking(watched)
    for text in ("hotline child", "partner tahirih", "zebra", "help partner", "me"):
        await asking.answer(text)

        assert asking.given(text) is None, text


async def test_it_is_given_to_whoever_gets_the_same_alone(watched):
    asking = Asking(watched)
    await asking.answer("help")

    for otherwise in ({"who": Standing.GUEST}, {"language": "es"}, {"share": True}):
        assert asking.given("help", **otherwise) is None, otherwise
    assert asking.given("help") is not None


async def test_hotlines_are_given_without_asking_who_asks_and_nothing_else_is(watched):
    asking = Asking(watched)
    for text in ("hotline", "help"):
        await asking.answer(text)

    assert asking.given("hotline", who=None) is not None
    assert asking.given("help", who=None) is None


async def test_an_edit_is_in_the_next_answer_of_this_process(watched):
    asking = Asking(watched)
    before = await asking.answer("partners")

    await watched.write(
        lambda s: edit(s, *AGENCY, changes={"name": "Tahirih, renamed"}, now=utc_now())
    )

    assert asking.given("partners") is None
    after = await asking.answer("partners")
    assert "Tahirih, renamed" in after.rendered.text
    assert "Tahirih, renamed" not in before.rendered.text


async def test_a_new_number_is_in_the_next_hotlines_of_this_process(watched):
    asking = Asking(watched)
    await asking.answer("hotline")

    await watched.write(
        lambda s: edit(
            s, "hotline", "cvs-crisis-line", changes={"name": "CVS, renamed"}, now=utc_now()
        )
    )

    assert asking.given("hotline") is None
    assert "CVS, renamed" in (await asking.answer("hotline")).rendered.text


@pytest.mark.parametrize("text", ["partners", "hotline"])
async def test_an_edit_is_in_every_process_at_its_next_look_and_a_look_is_never_a_second_old(
    text, database_url, open_library
):
    ours, theirs = open_library(database_url), open_library(database_url)
    asking = Asking(ours)
    async with ours.watched():
        while asking.given(text) is None:
            await ours.look()
            await asking.answer(text)
        what = AGENCY if text == "partners" else ("hotline", "cvs-crisis-line")
        await theirs.write(lambda s: edit(s, *what, changes={"name": "Renamed"}, now=utc_now()))

        await ours.look()

        assert asking.given(text) is None
        assert "Renamed" in (await asking.answer(text)).rendered.text
    assert SURE_SECONDS <= 1.0


async def test_what_nobody_looks_after_is_not_given(library):
    asking = Asking(library)
    for text in ("partners", "hotline"):
        await asking.answer(text)

    assert asking.given("partners") is None
    assert asking.given("hotline") is not None  # from memory, as ever


async def test_what_says_the_time_is_given_within_its_minute_alone(watched):
    asking = Asking(watched)
    await asking.answer("partners")

    asking.now = NOON + timedelta(seconds=59)
    assert asking.given("partners") is not None
    for now in (NOON + timedelta(seconds=60), NOON - timedelta(seconds=1)):
        asking.now = now
        assert asking.given("partners") is None


async def test_whoever_asks_too_much_waits_for_what_is_kept_too_but_for_hotlines_and_help(watched):
    asking = Asking(watched, limits=Limits(1.0))
    for text in ("hotline", "help", "partners"):
        await asking.answer(text)

    assert asking.given("partners").outcome is Outcome.LIMITED
    assert asking.given("hotline").outcome is Outcome.ANSWERED
    assert asking.given("help").outcome is Outcome.ANSWERED


async def test_what_the_database_does_not_say_is_not_kept(watched, monkeypatch):
    asking = Asking(watched)
    await asking.answer("partners")
    monkeypatch.setattr(watched, "_trouble", "gone")

    assert asking.given("partners") is None


def test_every_verb_that_says_so_says_the_same_to_everybody_of_one_standing(shared_library):
    people = [Person(team_id=TEAM, user_id=id) for id in ("U0ADMIN", "U0MEMBER")]
    for command in COMMANDS:
        if not command.alike:
            continue
        for who in (each for each in Standing if each >= command.who):
            said = {
                repr(
                    shared_library.read_now(
                        lambda session, asker=asker, channel=channel, who=who, command=command: (
                            command.handle(
                                Request(
                                    text="",
                                    standing=who,
                                    now=NOON,
                                    memory=shared_library.memory,
                                    asker=asker,
                                    channel=channel,
                                ),
                                session,
                            )
                        )
                    )
                )
                for asker, channel in ((None, None), (people[0], "C0GENERAL"), (people[1], None))
            }
            assert len(said) == 1, command.verb


async def test_who_was_given_a_role_has_it_in_the_next_answer(library):
    role = {"team_id": TEAM, "user_id": "U0MEMBER", "role": RoleName.COORDINATOR}
    async with place("socket", library) as at, library.watched():
        await library.look()
        await at.bot.identity.standing(MEMBER)
        assert at.bot.identity.at_once(MEMBER) is Standing.MEMBER

        await library.write(lambda s: grant(s, **role, granted_by="test", now=utc_now()))
        assert at.bot.identity.at_once(MEMBER) is None
        assert await at.bot.identity.standing(MEMBER) is Standing.COORDINATOR

        await library.write(lambda s: revoke(s, **role))
        assert at.bot.identity.at_once(MEMBER) is None
        assert await at.bot.identity.standing(MEMBER) is Standing.MEMBER


async def test_nobody_is_anything_at_once_before_somebody_was_asked(library):
    async with place("socket", library) as at:
        assert at.bot.identity.at_once(MEMBER) is None
        other = Person(team_id="T0OTHER", user_id="U0MEMBER")
        assert at.bot.identity.at_once(other) is Standing.EXTERNAL


@pytest.mark.parametrize("door", DOORS)
async def test_a_home_that_is_right_already_is_left_alone(door, library):
    role = {"team_id": TEAM, "user_id": "U0MEMBER", "role": RoleName.COORDINATOR}
    async with place(door, library) as at, library.watched():
        await library.look()

        async def opened():
            await at.sandbox.open_home("U0MEMBER")
            return len(at.sandbox.calls_of("views.publish"))

        assert await opened() == 1
        assert await opened() == 1
        before = shown(at.sandbox.home("U0MEMBER"))

        await library.write(lambda s: grant(s, **role, granted_by="test", now=utc_now()))
        assert await opened() == 2
        assert "Boards" in str(shown(at.sandbox.home("U0MEMBER")))
        assert "Boards" not in str(before)
        assert await opened() == 2


async def test_a_home_that_another_process_published_is_looked_at_by_what_stands_in_it(library):
    async with place("socket", library) as at, library.watched():
        await library.look()
        await at.sandbox.open_home("U0MEMBER")
        client = at.bot.client
        stale = {"type": "home", "blocks": [], "private_metadata": "another"}
        await client.views_publish(user_id="U0MEMBER", view=stale)

        await at.sandbox.open_home("U0MEMBER")

        assert "Emergency: 911" in str(shown(at.sandbox.home("U0MEMBER")))


async def test_a_home_is_worked_out_anew_when_its_time_is_over(library):
    keeper = Kept(library, most=2)
    keeper.keep("a", 1, since=NOON, until=NOON + timedelta(minutes=15))

    assert keeper.find("a", now=NOON) == 1
    assert keeper.find("a", now=NOON + timedelta(minutes=14, seconds=59)) == 1
    assert keeper.find("a", now=NOON + timedelta(minutes=15)) is None
    assert keeper.find("a", now=NOON - timedelta(seconds=1)) is None


def test_what_was_kept_longest_ago_goes_first(library):
    keeper = Kept(library, most=2)
    for each in "abca":
        keeper.keep(each, each)

    assert [keeper.find(each) for each in "abc"] == ["a", None, "c"]


async def test_a_word_that_bolt_takes_for_an_interaction_is_answered(library):
    async with place("http", library) as at:
        outcome = await at.sandbox.command("U0MEMBER", "/ht", "payload")

    assert outcome.error is None
    assert "911" in outcome.message.text


async def test_while_a_process_of_an_older_version_writes_too_nothing_is_given_again(library):
    asking = Asking(library)

    def beat_uncounted(session):
        beat(session, name="old", started_at=utc_now(), every=timedelta(seconds=15), now=utc_now())
        session.exec(update(Process).values(counts=None))

    await library.write(beat_uncounted)
    await library.look()
    await asking.answer("partners")
    assert asking.given("partners") is None

    await library.write(lambda s: end(s, name="old"))
    await library.look()
    await asking.answer("partners")
    assert asking.given("partners") is not None


async def test_what_an_outage_made_of_an_answer_is_over_with_it(watched):
    asking = Asking(watched)

    async def finding_it_away():
        watched._fail(DatabaseUnreachableError("away"))
        return Standing.MEMBER

    for text in ("", "help", "zebra", "hotline"):
        await asking.router.answer(text, standing=finding_it_away, asker=MEMBER)
        await watched.look()

        again = asking.given(text) or await asking.answer(text)
        assert watched.trouble is None
        assert "cannot be reached" not in again.rendered.text, text


async def test_after_an_outage_everything_is_read_anew(library, sqlite_url):
    role = {"team_id": TEAM, "user_id": "U0MEMBER", "role": RoleName.COORDINATOR}
    async with place("socket", library) as at:
        await library.write(lambda s: grant(s, **role, granted_by="test", now=utc_now()))
        await library.look()
        assert await at.bot.identity.standing(MEMBER) is Standing.COORDINATOR
        library._fail(DatabaseUnreachableError("fail-over"))
        behind_our_back(sqlite_url, "DELETE FROM role")

        await library.look()

        assert await at.bot.identity.standing(MEMBER) is Standing.MEMBER


async def test_a_role_that_a_hand_took_is_gone_within_a_minute(library, sqlite_url, monkeypatch):
    role = {"team_id": TEAM, "user_id": "U0MEMBER", "role": RoleName.COORDINATOR}
    async with place("socket", library) as at:
        await library.write(lambda s: grant(s, **role, granted_by="test", now=utc_now()))
        await library.look()
        monkeypatch.setattr(identity, "DOUBT_SECONDS", 0.0)
        await at.bot.identity.standing(MEMBER)

        behind_our_back(sqlite_url, "DELETE FROM role")

        assert at.bot.identity.at_once(MEMBER) is None
        assert await at.bot.identity.standing(MEMBER) is Standing.MEMBER
        assert DOUBT_SECONDS <= 60


async def test_what_a_hand_wrote_is_read_within_a_minute(library, sqlite_url, monkeypatch):
    await library.look()
    before = await library.read(partners)
    behind_our_back(sqlite_url, "UPDATE organization SET name = 'Renamed' WHERE key = 'cvs'")
    assert await library.read(partners) is before

    monkeypatch.setattr(library, "_doubted_at", monotonic() - DOUBT_SECONDS)
    await library.look()

    assert "Renamed" in {each.name for each in await library.read(partners)}


async def test_a_look_that_fails_as_nobody_foresaw_is_not_the_last(library, sqlite_url, caplog):
    behind_our_back(sqlite_url, "ALTER TABLE revision RENAME TO elsewhere")
    failed, well = "a look at the database failed", library.database.changes
    async with library.watched(), asyncio.timeout(10):
        while failed not in caplog.text:  # noqa: ASYNC110 - a log line wakes nobody
            await asyncio.sleep(0.01)
        assert not well.sure()
        behind_our_back(sqlite_url, "ALTER TABLE elsewhere RENAME TO revision")
        while not well.sure():  # noqa: ASYNC110 - nor does a look
            await asyncio.sleep(0.01)


async def test_home_is_in_the_language_that_was_just_chosen(library):
    async with place("socket", library) as at:
        await library.look()
        for language, word in (
            ("spanish", "Emergencia"),
            ("english", "Emergency"),
            ("spanish", "Emergencia"),
        ):
            await at.sandbox.command("U0MEMBER", "/ht", f"language {language}")
            await at.sandbox.open_home("U0MEMBER")
            assert word in str(shown(at.sandbox.home("U0MEMBER")))
        published = len(at.sandbox.calls_of("views.publish"))
        await at.sandbox.open_home("U0MEMBER")
        assert len(at.sandbox.calls_of("views.publish")) == published


@pytest.mark.parametrize(
    ("now", "midnight"),
    [
        (datetime(2026, 3, 3, 7, 55, tzinfo=UTC), datetime(2026, 3, 3, 8, tzinfo=UTC)),
        (datetime(2026, 3, 3, 8, 0, tzinfo=UTC), datetime(2026, 3, 4, 8, tzinfo=UTC)),
        (datetime(2026, 3, 8, 9, 30, tzinfo=UTC), datetime(2026, 3, 9, 7, tzinfo=UTC)),
    ],
)
def test_the_next_day_begins_at_the_county(now, midnight):
    assert next_midnight(now, ZoneInfo("America/Los_Angeles")) == midnight


def behind_our_back(url, statement):
    with closing(sqlite3.connect(url.removeprefix("sqlite:///"))) as connection, connection:
        connection.execute(statement)
