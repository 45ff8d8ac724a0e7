"""
Calendars by subscription, over real HTTP: for who has the address, while they are a member.
"""

import asyncio
import logging
import re
import socket
from contextlib import asynccontextmanager
from datetime import date, time

import aiohttp
import pytest
import uvicorn
import vobject
from sqlmodel import select

from bot.app import make_bot
from bot.clock import utc_now
from bot.feeds import FEEDS_PATH
from bot.sandbox.people import TEAM
from bot.server import _Server, asgi
from commands.contract import Person, Standing
from storage.errors import DatabaseUnreachableError
from storage.feeds import close_feed, feeds_of, find_feed, open_feed
from storage.meeting_edits import add_series, skip
from storage.meetings import read_key
from storage.members import DEACTIVATED, end, find_member
from storage.models import CalendarFeed
from storage.recurrence import Plan
from storage.seats import take_seats
from storage.traces import forget
from tests.keeping import add_member
from tests.workshop import bot_behind, settings_for, workspace

MEL = "U0MEMBER"
WEEKLY = Plan(
    starts_on=date(2026, 12, 1),
    starts_at=time(10),
    minutes=60,
    zone="America/Los_Angeles",
    rule="FREQ=WEEKLY;BYDAY=TU",
)
TOKEN = re.compile(r"/calendar/([A-Za-z0-9_-]{43})\.ics")


@pytest.fixture
def series(library):
    """
    A meeting of a group in which a member sits.
    """

    def set_up(session):
        add_member(session, MEL, of="cvs", team_id=TEAM)
        take_seats(session, organization_id=1, refs=["collaborative:httf"], user_id=MEL, now=utc_now())  # fmt: skip
        return add_series(session, group="collaborative:httf", name="HTTF weekly", plain=False, plan=WEEKLY, place="Room 1", link=None, by="U0COORD", now=utc_now())  # fmt: skip

    return library.write_now(set_up)


def opened(library, *, group="", user_id=MEL):
    return library.write_now(
        lambda session: open_feed(
            session, team_id=TEAM, user_id=user_id, group=group, now=utc_now()
        )
    )


@asynccontextmanager
async def web(library):
    """
    Yield the bot behind HTTP, and what gets a path from it: status, headers, body.
    """
    async with (
        workspace() as sandbox,
        bot_behind("http", sandbox, library) as place,
        aiohttp.ClientSession() as session,
    ):

        async def get(path, *, method="GET", **headers):
            url = f"{place.address}{path}"
            async with session.request(method, url, headers=headers) as answer:
                return answer.status, answer.headers, await answer.read()

        yield place, get


def path(token):
    return f"{FEEDS_PATH}{token}.ics"


async def test_an_address_serves_the_meetings_and_says_how_to_keep_them(library, series):
    token = opened(library)

    async with web(library) as (_, get):
        status, headers, body = await get(path(token))

    assert status == 200
    assert headers["Content-Type"] == "text/calendar; charset=utf-8"
    assert headers["Cache-Control"] == "private, no-cache"
    assert re.fullmatch(r'"[0-9a-f]{32}"', headers["ETag"])
    assert vobject.readOne(body.decode()).vevent.summary.value == "HTTF weekly"


async def test_what_has_not_changed_is_not_sent_again(library, series):
    token = opened(library)

    async with web(library) as (_, get):
        _, first, _ = await get(path(token))
        again = await get(path(token), **{"If-None-Match": first["ETag"]})
        weak = await get(path(token), **{"If-None-Match": f'"x", W/{first["ETag"]}'})
        library.write_now(lambda session: skip(session, series.id, key=read_key("2026-12-08T10:00"), version=1, by="U0COORD", now=utc_now()))  # fmt: skip
        changed = await get(path(token), **{"If-None-Match": first["ETag"]})

    assert [(status, body) for status, _, body in (again, weak)] == [(304, b""), (304, b"")]
    assert changed[0] == 200
    assert b"EXDATE;TZID=America/Los_Angeles:20261208T100000" in changed[2]


async def test_only_the_head_is_sent_to_who_asks_for_it_alone(library, series):
    token = opened(library)

    async with web(library) as (_, get):
        status, headers, body = await get(path(token), method="HEAD")

    assert (status, body) == (200, b"")
    assert int(headers["Content-Length"]) > 500


@pytest.mark.parametrize(
    "asked",
    [
        "x.ics", "", ".ics", "{token}", "{token}.txt", "{token}.ics/", "{token}x.ics", "../healthz",
        "{short}.ics", "%00.ics", "{token}.ics.ics", "a/b.ics", "é.ics",
    ],
)  # fmt: skip
async def test_whatever_else_is_asked_for_is_answered_alike(asked, library, series):
    token = opened(library)
    asked = asked.format(token=token, short=token[:-1])

    async with web(library) as (_, get):
        nothing = await get("/nothing")
        found = await get(f"{FEEDS_PATH}{asked}")

    if asked == "../healthz":  # which clients make /healthz of
        assert found[0] == 200
        return
    assert (found[0], found[2]) == (nothing[0], nothing[2]) == (404, b'{"error": "not found"}')
    assert {key for key in found[1] if key != "Date"} == {key for key in nothing[1] if key != "Date"}  # fmt: skip


async def test_nothing_is_posted_to_an_address(library, series):
    token = opened(library)

    async with web(library) as (_, get):
        assert (await get(path(token), method="POST"))[0] == 404


async def test_an_old_address_ends_with_a_new_one_and_with_its_end(library, series):
    first = opened(library)
    second = opened(library)

    async with web(library) as (_, get):
        assert (await get(path(first)))[0] == 404
        assert (await get(path(second)))[0] == 200
        library.write_now(lambda session: close_feed(session, team_id=TEAM, user_id=MEL, group="", now=utc_now()))  # fmt: skip
        assert (await get(path(second)))[0] == 404


@pytest.mark.parametrize("how", ["lapsed", "left", "deactivated", "guest"])
async def test_an_address_ends_with_the_membership(how, library, series):
    token = opened(library)

    async with web(library) as (place, get):
        assert (await get(path(token)))[0] == 200
        if how == "left":
            library.write_now(lambda session: forget(session, team_id=TEAM, user_id=MEL, now=utc_now()))  # fmt: skip
        elif how == "lapsed":
            library.write_now(lambda session: end(session, find_member(session, team_id=TEAM, user_id=MEL), as_=DEACTIVATED, now=utc_now()))  # fmt: skip
        else:
            person = place.sandbox.workspace.people[MEL]
            kind = "guest" if how == "guest" else "deactivated"
            place.sandbox.workspace.people[MEL] = type(person)(**{**vars(person), "kind": kind})
            place.bot.identity.forget(MEL)
        assert (await get(path(token)))[0] == 404


async def test_while_slack_or_the_database_cannot_be_asked_programs_keep_what_they_have(
    library, series, monkeypatch
):
    token = opened(library)

    async with web(library) as (place, get):
        place.bot.identity.forget(MEL)
        place.sandbox.fail_next("users.info", error="fatal_error")
        first = await get(path(token))
        after = await get(path(token))

        async def away(question):
            raise DatabaseUnreachableError("away")

        monkeypatch.setattr(library, "read", away)
        then = await get(path(token))

    assert [found[0] for found in (first, after, then)] == [503, 200, 503]
    assert first[1]["Retry-After"] == "600"


async def test_a_collaboratives_address_serves_its_meetings_alone(library, series):
    token = opened(library, group="collaborative:ht-coalition")

    async with web(library) as (_, get):
        status, _, body = await get(path(token))

    assert status == 200
    assert b"VEVENT" not in body


async def test_no_log_line_holds_an_address(library, series, logged):
    """
    At the most talkative, and with the server's access log turned on.
    """
    token = opened(library)
    async with web(library) as (place, get):
        config = uvicorn.Config(asgi(place.bot), log_config=None, lifespan="off", access_log=True)
        for name in ("uvicorn", "uvicorn.access", "uvicorn.error"):
            logging.getLogger(name).setLevel(logging.DEBUG)
        server = _Server(config)
        with socket.create_server(("127.0.0.1", 0)) as listener:
            port = listener.getsockname()[1]
            serving = asyncio.create_task(server.serve(sockets=[listener]))
            await server.listening.wait()
            for name in (path(token), path(token[:-2] + "xx")):
                await get(name)
                async with aiohttp.request("GET", f"http://127.0.0.1:{port}{name}") as answer:
                    await answer.read()
            server.should_exit = True
            await serving
        logging.getLogger("bot").info("still here")

    said = logged.getvalue()
    assert "still here" in said
    assert token not in said
    assert token[:20] not in said
    assert FEEDS_PATH not in said


async def test_a_fault_is_logged_without_the_address_and_answered_later(
    library, series, logged, monkeypatch
):
    token = opened(library)

    def broken(*_, **__):
        raise ValueError(f"about {token}")

    monkeypatch.setattr("bot.feeds.calendar", broken)
    async with web(library) as (_, get):
        status, _, _ = await get(path(token))

    assert status == 503
    assert "a calendar failed" in logged.getvalue()
    assert token not in logged.getvalue()


def test_what_an_address_ends_in_is_kept_nowhere(library, series):
    token = opened(library)

    def everything(session):
        [row] = session.exec(select(CalendarFeed)).all()
        return row.token_digest, find_feed(session, token), find_feed(session, token[:-1])

    digest, found, other = library.read_now(everything)

    assert len(token) == 43
    assert token not in digest
    assert (found.user_id, other) == (MEL, None)
    database = library.database.file.path
    assert token.encode() not in database.read_bytes()


async def test_who_asks_for_an_address_gets_one_that_works_once_shown(library, series):
    async with workspace() as sandbox:
        settings = settings_for(sandbox, door="http", public_url="https://bot.example.org")
        async with make_bot(settings, library=library) as bot:

            async def standing():
                return Standing.APPROVED

            asker = Person(team_id=TEAM, user_id=MEL)

            async def say(text):
                answer = await bot.router.answer(text, standing=standing, asker=asker)
                return answer.rendered.text

            page = await say("calendar")
            first = await say("calendar subscribe mine")
            after = await say("calendar")
            of_all = await say("calendar subscribe httf")
            ended = await say("calendar revoke mine")
            again = await say("calendar revoke mine")

    assert "No address yet" in page
    assert "https://bot.example.org/calendar/" in first
    assert "Address since" in after
    assert not TOKEN.search(page + after)
    token = TOKEN.search(first)[1]
    assert library.read_now(lambda session: find_feed(session, token)) is None
    assert library.read_now(lambda session: find_feed(session, TOKEN.search(of_all)[1])).group == "collaborative:httf"  # fmt: skip
    assert "answers nobody any more" in ended
    assert "There was no address" in again
    assert len(library.read_now(lambda session: feeds_of(session, team_id=TEAM, user_id=MEL))) == 1
