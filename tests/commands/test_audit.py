"""
/ht audit: what was done, by whom, in plain words.
"""

import asyncio
from datetime import timedelta

import pytest

from bot.render import plain
from bot.router import Router
from commands import audit
from commands.audit import sentence
from commands.contract import Facts, Request, Standing, Text
from storage.audit import LEFT, Entry, entries, record
from storage.details import Details
from storage.members import admit
from storage.session import reading, transaction
from tests.conftest import NOON


@pytest.fixture
def done(database):
    """
    A database in which some things were done, a minute after each other.
    """
    with transaction(database, task_force_id=1) as session:
        for minute, (act, actor, subject, details) in enumerate(
            (
                ("registration.approved", "U0BOSS1", "U0ADA11", {"number": "7"}),
                ("organization.changed", "U0ADA11", "organization:cvs", {"field": "website"}),
                ("directory.exported", "htbot export", "directory", {"format": "hsds"}),
                ("import.undone", "htbot import undo", "import:3", {}),
                ("contact.opened", LEFT, "U0BOSS1", {}),
            )
        ):
            record(session, act, actor=actor, now=NOON + timedelta(minutes=minute), subject=subject, **details)  # fmt: skip
        admit(
            session, team_id="T1", user_id="U0ADA11", details=Details(name="Ada", title="x"),
            groups=(), seat_user_id=None, by="U0BOSS1", now=NOON,
        )  # fmt: skip
    return database


def ask(database, memory, text):
    with reading(database, task_force_id=1) as session:
        request = Request(text=text, standing=Standing.COORDINATOR, now=NOON, memory=memory)
        return audit.handle(request, session)


def said(reply):
    return [value for part in reply.parts if isinstance(part, Facts) for _, value in part.rows]


def test_the_newest_comes_first_in_plain_words_and_local_time(done, memory):
    reply = ask(done, memory, "")

    assert said(reply) == [
        "somebody who left opened contact: U0BOSS1",
        "htbot import undo undid import 3",
        "htbot export exported the directory (format: hsds)",
        "Ada (U0ADA11) changed organization cvs (field: website)",
        "U0BOSS1 approved registration: Ada (U0ADA11) (number: 7)",
    ]
    assert reply.parts[0].rows[0][0] == "Mar 02, 2026, 04:04:00 PST"
    assert not reply.shareable


@pytest.mark.parametrize("text", ["<@U0ADA11>", "<@U0ADA11|ada>", "U0ADA11", "@U0ADA11"])
def test_a_persons_part_in_it_is_found(text, done, memory):
    reply = ask(done, memory, text)

    assert len(said(reply)) == 2
    assert reply.again == "audit <@U0ADA11>"


@pytest.mark.parametrize(
    ("text", "found"),
    [("exported", 1), ("EXPORT", 1), ("website cvs", 1), ("htbot", 2), ("opened contact", 1)],
)
def test_words_find_what_was_done(text, found, done, memory):
    assert len(said(ask(done, memory, text))) == found


@pytest.mark.parametrize("text", ["nothing", "ada", "<@U0NOBODY>", "exported approved"])
def test_what_is_not_in_it_is_said_and_not_repeated(text, done, memory):
    reply = ask(done, memory, text)

    assert reply.parts == (Text(text=audit.NOT_HERE),)
    assert (reply.again, reply.title) == (None, "Audit")


def test_an_empty_audit_says_so(database, memory):
    assert "Nothing was done yet." in repr(ask(database, memory, "").parts)


def test_a_person_typed_in_slack_reaches_it_through_the_router(library):
    router = Router(library=library, clock=lambda: NOON)

    async def who():
        return Standing.COORDINATOR

    answer = asyncio.run(router.answer("audit <@U0ADA11|ada>", standing=who))

    assert "Nothing of that is in the audit" in plain(answer.rendered.text)


@pytest.mark.parametrize("standing", [each for each in Standing if each < Standing.COORDINATOR])
def test_it_is_for_coordinators(standing, shown):
    assert "Audit" not in plain(shown("audit", standing).rendered.text)


def test_looking_leaves_no_trace(done, memory):
    for text in ("", "exported", "<@U0ADA11>"):
        ask(done, memory, text)

    with reading(done, task_force_id=1) as session:
        assert len(entries(session, limit=99)) == 5


@pytest.mark.parametrize(
    ("act", "subject", "words"),
    [
        ("subcommittee.added", "subcommittee:youth", "U1 added subcommittee youth"),
        ("role.granted", "U2", "U1 granted role: U2"),
        ("phone.proposed_again", "phone:cvs-911", "U1 proposed again phone cvs-911"),
        ("left", None, "U1 left"),
    ],
)
def test_an_act_nobody_has_thought_of_yet_reads_well(act, subject, words):
    entry = Entry(id=1, at=NOON, actor="U1", act=act, subject=subject, details={})

    assert " ".join(sentence(entry).split()) == words
