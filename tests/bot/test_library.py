"""
The database through trouble: noticed at once, said, never made anew, and the
hotlines answer throughout.
"""

import asyncio
import os
import socket
import time
from pathlib import Path

import psycopg
import pytest
from psycopg import sql

from bot.clock import utc_now
from bot.library import LONGEST_QUEUE, LOST, UNREACHABLE, Library
from bot.router import Router
from commands.contract import Standing
from storage.errors import DatabaseBusyError, DatabaseError, DatabaseLostError, WrongWorkspaceError
from storage.facts import edit
from storage.receipts import first_time
from storage.session import open_database
from tests.workshop import write_locked

FROM_MEMORY = ("", "hotline", "hotline child", "help", "help partner")


@pytest.fixture
def ask():
    """
    Asks what a member asks, and gives the text of the answer.
    """

    async def ask(library, text):
        async def standing():
            return Standing.MEMBER

        answer = await Router(library=library, clock=utc_now).answer(text, standing=standing)
        return answer.rendered.text

    return ask


@pytest.fixture
def quick(pack):
    """
    Opens a library that does not wait long for other writers.
    """
    opened = []

    def quick(url):
        library = Library(open_database(url, busy_seconds=0.2), pack=pack, clock=utc_now)
        opened.append(library)
        library.prepare()
        return library

    yield quick
    for library in opened:
        library.close()


async def still_answers(library, ask, trouble):
    """
    Check what must be answered whatever happened, and that it is said why.
    """
    for text in FROM_MEMORY:
        answer = await ask(library, text)
        assert trouble in answer, text
        assert "This answer is from memory" in answer
    assert "911" in await ask(library, "hotline")
    refused = await ask(library, "gaps")
    assert refused.split("\n\n")[-2].startswith("Not just now") or "Not just now" in refused
    assert trouble in refused


async def test_a_fresh_file_is_made_migrated_and_filled(empty_url, open_library, ask):
    library = open_library(empty_url)

    assert library.trouble is None
    assert "from memory" not in await ask(library, "hotline")
    assert "1 (800) 670-7273" in await ask(library, "hotline")
    assert "Trends" in await ask(library, "gaps")


async def test_a_prepared_file_serves_while_another_writes(sqlite_url, quick, ask):
    quick(sqlite_url)
    with write_locked(sqlite_url):
        library = quick(sqlite_url)
        loop = asyncio.get_running_loop()
        began = loop.time()
        answers = [await ask(library, text) for text in ("gaps", "hotline", "", "partner cvs")]
        took = loop.time() - began
        with pytest.raises(DatabaseBusyError):
            await library.write(lambda s: first_time(s, interaction="1", now=utc_now()))
        await library.look()
        said = library.trouble
    first = await library.write(lambda s: first_time(s, interaction="1", now=utc_now()))

    assert all("busy" not in answer and "memory" not in answer for answer in answers)
    assert (said, first) == (None, True)
    assert took < 1


async def test_an_unprepared_file_that_another_writes_to_is_waited_for(tmp_path, open_library, ask):
    url = f"sqlite:///{tmp_path / 'ht.db'}"
    empty = open_database(url)
    assert empty.file is not None
    empty.file.create()
    empty.dispose()
    with write_locked(url):
        opening = asyncio.create_task(asyncio.to_thread(open_library, url))
        await asyncio.wait([opening], timeout=0.3)
        assert not opening.done()
    library = await opening

    assert "Trends" in await ask(library, "gaps")


def delete(path: Path) -> None:
    path.unlink()


def replace(path: Path) -> None:
    other = path.with_name("other")
    other.write_bytes(path.read_bytes())
    other.replace(path)


def replace_with_garbage(path: Path) -> None:
    other = path.with_name("other")
    other.write_bytes(b"garbage" * 10_000)
    other.replace(path)


def overwrite(path: Path) -> None:
    with path.open("r+b") as file:
        file.write(os.urandom(path.stat().st_size))


def truncate(path: Path) -> None:
    os.truncate(path, 0)


def cut_short(path: Path) -> None:
    os.truncate(path, path.stat().st_size // 2)


def delete_all(path: Path) -> None:
    for each in path.parent.glob("ht.db*"):
        each.unlink()


HARM = [delete, replace, replace_with_garbage, overwrite, truncate, cut_short, delete_all]


@pytest.mark.parametrize("harm", HARM)
async def test_a_file_lost_while_running_is_noticed_at_once_and_never_made_anew(
    harm, library, tmp_path, ask, caplog
):
    path = tmp_path / "ht.db"
    assert "Trends" in await ask(library, "gaps")
    harm(path)
    found = path.read_bytes() if path.exists() else None

    await still_answers(library, ask, LOST)
    with pytest.raises(DatabaseLostError):
        await library.write(lambda s: first_time(s, interaction="1", now=utc_now()))
    for _ in range(3):
        await library.look()
    await still_answers(library, ask, LOST)

    assert (path.read_bytes() if path.exists() else None) == found
    assert library.trouble == LOST
    assert caplog.text.count("missing or damaged") == 1, "it is logged once"


@pytest.mark.parametrize("harm", HARM)
@pytest.mark.parametrize("first", ["hotline", "help", "", "gaps"])
async def test_the_very_next_request_says_so(harm, first, library, tmp_path, ask):
    harm(tmp_path / "ht.db")

    assert LOST in await ask(library, first)


async def test_garbage_at_the_start_is_left_alone_and_the_pack_answers(tmp_path, open_library, ask):
    (tmp_path / "ht.db").write_bytes(b"garbage" * 1000)

    library = open_library(f"sqlite:///{tmp_path / 'ht.db'}")
    await still_answers(library, ask, UNREACHABLE)
    await library.look()

    assert (tmp_path / "ht.db").read_bytes() == b"garbage" * 1000


async def test_a_folder_that_is_not_there_yet_is_no_end(tmp_path, open_library, ask):
    (tmp_path / "place").write_text("in the way")
    library = open_library(f"sqlite:///{tmp_path / 'place' / 'ht.db'}")
    await still_answers(library, ask, UNREACHABLE)
    (tmp_path / "place").unlink()
    (tmp_path / "place").mkdir()
    await library.look()

    assert library.trouble is None
    assert "from memory" not in await ask(library, "hotline")
    assert "Trends" in await ask(library, "gaps")


@pytest.fixture
def server(request):
    return request.getfixturevalue("postgres")


@pytest.fixture
def postgres_url(server, postgres_template):
    name = server.create(template=postgres_template)
    yield server.url_of(name)
    let_in(server, name)
    server.drop(name)


def name_of(url):
    return url.partition("?")[0].rpartition("/")[2]


def let_in(server, name, *, allow=True):
    with psycopg.connect(server.url, autocommit=True) as connection:
        connection.execute(
            sql.SQL("ALTER DATABASE {} ALLOW_CONNECTIONS {}").format(
                sql.Identifier(name), sql.Literal(allow)
            )
        )
        if not allow:
            terminate(server, name)


def terminate(server, name):
    with psycopg.connect(server.url, autocommit=True) as connection:
        connection.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s", [name]
        )


async def test_a_server_away_at_the_start_comes_back_by_itself(
    server, postgres_url, open_library, ask
):
    let_in(server, name_of(postgres_url), allow=False)
    library = open_library(postgres_url)
    await still_answers(library, ask, UNREACHABLE)
    let_in(server, name_of(postgres_url))
    await library.look()

    assert library.trouble is None
    assert "Trends" in await ask(library, "gaps")


async def test_a_server_that_goes_and_comes_is_noticed_and_used_again(
    server, postgres_url, open_library, ask
):
    library = open_library(postgres_url)
    assert "Trends" in await ask(library, "gaps")
    let_in(server, name_of(postgres_url), allow=False)
    assert "Not just now" in await ask(library, "gaps")
    await still_answers(library, ask, UNREACHABLE)
    let_in(server, name_of(postgres_url))
    await library.look()

    assert library.trouble is None
    assert "Trends" in await ask(library, "gaps")
    assert "from memory" not in await ask(library, "hotline")


async def test_cut_connections_are_made_again_unnoticed(server, postgres_url, open_library, ask):
    library = open_library(postgres_url)
    await ask(library, "gaps")
    terminate(server, name_of(postgres_url))

    assert "Trends" in await ask(library, "gaps")
    assert library.trouble is None


async def test_a_server_that_never_answers_keeps_nobody_waiting_for_long(pack, open_library, ask):
    with socket.create_server(("127.0.0.1", 0)) as silent:
        port = silent.getsockname()[1]
        library = await asyncio.to_thread(open_library, f"postgresql://u:p@127.0.0.1:{port}/n")
        began = time.perf_counter()
        answers = await asyncio.gather(*(ask(library, text) for text in ("hotline", "", "gaps")))
        took = time.perf_counter() - began

    assert all(UNREACHABLE in answer for answer in answers)
    assert took < 2.9


async def test_an_edit_is_seen_after_the_next_look(database_url, open_library, ask):
    first, second = open_library(database_url), open_library(database_url)
    changes = {"name": "Renamed crisis line"}
    key = next(line.key for line in first.memory.hotlines if "Violence" in line.name)
    await second.write(lambda s: edit(s, "hotline", key, changes=changes, now=utc_now()))

    before = await ask(first, "hotline")
    await first.look()

    assert "Renamed crisis line" not in before
    assert "Renamed crisis line" in await ask(first, "hotline")


async def test_looks_do_not_pile_up(database_url, open_library):
    library = open_library(database_url)

    await asyncio.gather(*(library.look() for _ in range(20)))

    assert library.trouble is None


async def test_the_database_of_another_workspace_is_refused(database_url, open_library):
    library = open_library(database_url)
    await library.bind("T0ONE")
    await library.bind("T0ONE")

    with pytest.raises(WrongWorkspaceError):
        await library.bind("T0OTHER")
    assert open_library(database_url).team_id == "T0ONE"


async def test_a_workspace_that_cannot_be_stored_now_is_stored_later(sqlite_url, quick):
    library = quick(sqlite_url)
    with write_locked(sqlite_url):
        await library.bind("T0ONE")
        before = library.team_id
    await library.bind("T0ONE")

    assert (before, library.team_id) == (None, "T0ONE")


async def test_binding_does_not_hold_up_the_loop(sqlite_url, quick, ask):
    library = quick(sqlite_url)
    with write_locked(sqlite_url):
        binding = asyncio.create_task(library.bind("T0ONE"))
        await asyncio.sleep(0)
        answer = await ask(library, "hotline")
        assert not binding.done()
        await binding

    assert "911" in answer


async def test_a_closed_library_asks_nothing(sqlite_url, pack):
    library = Library.open(sqlite_url, pack=pack, clock=utc_now)
    library.close()

    with pytest.raises((DatabaseError, RuntimeError)):
        await library.read(lambda s: None)


async def test_a_long_queue_of_changes_is_told_at_once_that_it_is_busy(quick, sqlite_url):
    library = quick(sqlite_url)

    def change(session):
        return first_time(session, interaction="press", now=utc_now())

    with write_locked(sqlite_url):
        waiting = [asyncio.ensure_future(library.write(change)) for _ in range(LONGEST_QUEUE)]
        await asyncio.sleep(0)  # each of them takes its place
        with pytest.raises(DatabaseBusyError):
            await library.write(change)
        assert not any(one.done() for one in waiting)
        for one in waiting[1:]:
            one.cancel()
        with pytest.raises(DatabaseBusyError):
            await waiting[0]

    assert await library.write(change) is True
