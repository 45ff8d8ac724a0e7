"""
Messages that are written anew where they stand.
"""

import asyncio

import pytest
from sqlmodel import select

from bot.clock import utc_now
from bot.sandbox.faults import Fault
from commands.contract import Command, DeliveryKind, Notice, Reply
from storage.deliveries import DeliveryState, Plan, in_states, plan
from storage.edits import ask_for_edits, edits_due
from storage.models import Delivery
from tests.workshop import place

SAID = {"text": "It waits.", "edited": "It is over."}


def render(delivery, session, now):
    return Notice(text=SAID["text"], opens="desk")


def edit(delivery, session, now):
    return Notice(text=SAID["edited"], opens="")


KIND = DeliveryKind(name="desk", title="Desk", render=render, edit=edit)
DESK = Command(
    verb="desk",
    usage="desk",
    summary="A desk.",
    examples=("desk",),
    recall=lambda request: Reply(title="Desk"),
    deliveries=(KIND,),
)
CROWD = Command(
    verb="crowd",
    usage="crowd",
    summary="A crowd.",
    examples=("crowd",),
    recall=lambda request: Reply(title="Crowd"),
    deliveries=(DeliveryKind(name="crowd", title="Crowd", render=render, edit=edit, many=True),),
)


@pytest.fixture
async def at(library):
    async with place("http", library, commands=(DESK,)) as found:
        yield found


async def sent(at, *recipients, kind="desk"):
    now = utc_now()
    at.bot.library.write_now(
        lambda session: plan(
            session,
            [Plan(kind=kind, occasion="1: a", recipient=each, due_at=now) for each in recipients],
            now=now,
        )
    )
    async with asyncio.timeout(10):
        while not settled(at):
            await at.bot.tick()
            await at.bot.sender.rested()
    return posted(at)


def posted(at):
    return [each for each in at.sandbox.workspace.messages if each.via.startswith("chat.")]


def settled(at):
    states = tuple(DeliveryState)
    found = at.bot.library.read_now(lambda session: in_states(session, states, limit=9))
    return all(each.state is DeliveryState.SENT for each in found)


def ask(at, occasion="1:", kind="desk"):
    return at.bot.library.write_now(
        lambda session: ask_for_edits(session, kind=kind, occasion=occasion, now=utc_now())
    )


def due(at):
    return at.bot.library.read_now(lambda session: edits_due(session, now=utc_now(), limit=9))


async def test_everybodys_message_says_what_became_of_it_and_has_no_button(at):
    await sent(at, "U0MEMBER", "U0COORD")

    assert ask(at) == 2
    await at.bot.editor.tick()

    assert [message.text for message in posted(at)] == ["It is over."] * 2
    assert "actions" not in str([message.blocks for message in posted(at)])
    assert due(at) == []


async def test_another_occasion_is_left_as_it_is(at):
    await sent(at, "U0MEMBER")

    assert ask(at, "11:") == 0
    await at.bot.editor.tick()

    assert [message.text for message in posted(at)] == ["It waits."]


async def test_what_slack_did_not_take_is_tried_again(at):
    await sent(at, "U0MEMBER")
    ask(at)
    at.sandbox.endpoints.faults.add("chat.update", Fault(retry_after=1))

    await at.bot.editor.tick()

    assert [message.text for message in posted(at)] == ["It waits."]
    later = utc_now().replace(year=utc_now().year + 1)
    waiting = at.bot.library.read_now(lambda session: edits_due(session, now=later, limit=9))
    assert len(waiting) == 1


async def test_a_message_that_is_gone_is_not_asked_for_again(at):
    await sent(at, "U0MEMBER")
    ask(at)
    at.sandbox.endpoints.faults.add("chat.update", Fault(error="message_not_found"))

    await at.bot.editor.tick()

    later = utc_now().replace(year=utc_now().year + 1)
    assert at.bot.library.read_now(lambda session: edits_due(session, now=later, limit=9)) == []


async def test_what_slack_will_never_take_is_given_up_and_the_others_go_on(at):
    await sent(at, "U0MEMBER", "U0COORD")
    ask(at)
    at.sandbox.endpoints.faults.add("chat.update", Fault(error="msg_too_long"))

    await at.bot.editor.tick()

    assert sorted(message.text for message in posted(at)) == ["It is over.", "It waits."]
    later = utc_now().replace(year=utc_now().year + 1)
    assert at.bot.library.read_now(lambda session: edits_due(session, now=later, limit=9)) == []


async def test_told_to_slow_down_nothing_is_edited_until_then(at):
    await sent(at, "U0MEMBER", "U0COORD")
    ask(at)
    at.sandbox.endpoints.faults.add("chat.update", Fault(retry_after=60))

    for _ in range(3):
        await at.bot.editor.tick()

    calls = [each for each in at.sandbox.endpoints.transits if each.method == "chat.update"]
    assert len(calls) == 1


async def test_whoever_was_slow_to_write_what_is_over_does_not_have_the_last_word(at, monkeypatch):
    await sent(at, "U0MEMBER")
    monkeypatch.setitem(SAID, "edited", "Half of it is done.")
    ask(at)
    at.sandbox.endpoints.faults.add("chat.update", Fault(delay=0.3))
    slow = asyncio.create_task(at.bot.editor.tick())
    async with asyncio.timeout(5):
        while not any(  # noqa: ASYNC110 - the bell rings only once it is answered
            each.method == "chat.update" for each in at.sandbox.endpoints.transits
        ):
            await asyncio.sleep(0)

    # Another process is told that it is over, and is faster.
    SAID["edited"] = "It is over."
    ask(at)
    await at.bot.editor.tick()
    assert [message.text for message in posted(at)] == ["It is over."]
    await slow
    assert [message.text for message in posted(at)] == ["Half of it is done."]

    await at.bot.editor.tick()

    assert [message.text for message in posted(at)] == ["It is over."]
    assert due(at) == []


async def test_two_processes_do_not_write_the_same_at_once(at):
    await sent(at, "U0MEMBER", "U0COORD")
    ask(at)

    await asyncio.gather(at.bot.editor.tick(), at.bot.editor.tick())

    calls = [each for each in at.sandbox.endpoints.transits if each.method == "chat.update"]
    assert len(calls) == 2
    assert due(at) == []


def noted(at):
    rows = at.bot.library.read_now(
        lambda session: session.exec(select(Delivery).order_by(Delivery.recipient)).all()
    )
    return [(each.recipient, each.edited_at is not None, each.edit_trouble) for each in rows]


async def test_what_became_of_each_edit_is_noted_in_words(at):
    await sent(at, "U0MEMBER", "U0COORD")
    ask(at)
    at.sandbox.endpoints.faults.add("chat.update", Fault(error="message_not_found"))

    await at.bot.editor.tick()

    (first, second) = noted(at)
    assert {first[1:], second[1:]} == {(True, None), (False, "the message is gone")}


async def test_a_tick_that_has_taken_long_leaves_the_rest_to_the_next(at, monkeypatch):
    await sent(at, "U0MEMBER", "U0COORD")
    ask(at)
    monkeypatch.setattr("bot.edits.SECONDS", 0.0)

    await at.bot.editor.tick()

    assert len(due(at)) == 1


async def test_what_is_written_into_hundreds_leaves_requests_for_the_rest(library, monkeypatch):
    monkeypatch.setattr("bot.edits.MANY_AT_ONCE", 2)
    monkeypatch.setattr("bot.edits.MANY_PER_SECOND", 0.0)
    async with place("http", library, commands=(DESK, CROWD)) as at:
        await sent(at, "U0MEMBER", "U0COORD", "U0ADMIN", kind="crowd")
        await sent(at, "U0MEMBER")
        ask(at, kind="crowd")
        await at.bot.editor.tick()
        assert [each.delivery.kind for each in due(at)] == ["crowd"]

        ask(at)
        await at.bot.editor.tick()

        assert [each.delivery.kind for each in due(at)] == ["crowd"]
