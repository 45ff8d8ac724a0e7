"""
The sender, over real HTTP: each message once, and every outcome known by its right name.
"""

import asyncio
from datetime import timedelta
from zoneinfo import ZoneInfo

import pytest

from bot.clock import utc_now
from bot.posting import METADATA
from commands import digest
from commands.contract import Command, DeliveryKind, Notice, Reply, Standing
from commands.registry import COMMANDS
from storage.claims import claim
from storage.deliveries import DeliveryState, Plan, Priority, find_delivery, in_states, plan
from storage.preferences import EVERY_KIND, DigestTime, Preference, prefer
from tests.workshop import bot_behind, buttons, workspace

SENT, FAILED, SKIPPED = DeliveryState.SENT, DeliveryState.FAILED, DeliveryState.SKIPPED
PLANNED, UNKNOWN = DeliveryState.PLANNED, DeliveryState.UNKNOWN
ALL = tuple(DeliveryState)


def say(delivery, session, now):
    if delivery.payload.get("broken"):
        raise ValueError("SECRETWORD")
    if delivery.payload.get("gone"):
        return None
    return Notice(text="A meeting is near. Open for <details>.", opens="help")


KIND = DeliveryKind(name="meeting", title="Meetings", render=say)
TEACHER = Command(
    verb="teacher",
    usage="teacher",
    summary="Owns deliveries.",
    who=Standing.MEMBER,
    recall=lambda _: Reply(title="T"),
    deliveries=(KIND,),
)


class Office:
    """
    A running bot with a sender, and what it did.
    """

    def __init__(self, place, library):
        self.place, self.sandbox, self.library = place, place.sandbox, library

    def plan(self, *plans):
        self.library.write_now(lambda session: plan(session, plans, now=utc_now()))

    def all(self):
        return tuple(
            reversed(self.library.write_now(lambda session: in_states(session, ALL, limit=1000)))
        )

    async def until(self, true):
        async with asyncio.timeout(10):
            while not true():
                await self.place.bot.sender.tick()
                await asyncio.sleep(0.1)

    async def settled(self):
        done = {SENT, FAILED, SKIPPED, UNKNOWN}
        await self.until(lambda: all(each.state in done for each in self.own()))
        return self.own()

    def own(self):
        return tuple(each for each in self.all() if each.kind == "meeting")

    def posted(self):
        return [m for m in self.sandbox.workspace.messages if m.via == "chat.postMessage"]


@pytest.fixture
def rate():
    return 50.0  # deliveries a second


@pytest.fixture
async def office(database_url, open_library, rate):
    library = open_library(database_url)
    own = tuple(command for command in COMMANDS if command.verb != "digest")
    commands = (*own, TEACHER, digest.command_for((*own, TEACHER)))

    async with (
        workspace() as sandbox,
        bot_behind("http", sandbox, library, commands=commands, send_rate=rate) as place,
    ):
        yield Office(place, library)


def meeting(recipient="U0MEMBER", occasion="2026-03-02", **changes):
    values = {"kind": "meeting", "due_at": utc_now()} | changes
    return Plan(recipient=recipient, occasion=occasion, **values)


async def test_what_is_planned_is_sent_once_neutral_and_opens_privately(office):
    office.plan(meeting())
    [delivery] = await office.settled()
    await office.place.bot.sender.tick()

    [message] = office.posted()
    assert (delivery.state, delivery.slack_ts) == (SENT, message.ts)
    assert message.text == "A meeting is near. Open for &lt;details&gt;."
    assert message.metadata == {
        "event_type": METADATA,
        "event_payload": {"delivery": delivery.id},
    }
    assert buttons(message) == {"Open": "help"}
    pressed = await office.sandbox.press("U0MEMBER", message, "Open")
    assert "What you can ask" in pressed.message.text
    assert pressed.message.to == "U0MEMBER"


@pytest.mark.parametrize(
    ("fault", "state", "why", "arrived"),
    [
        ({"drop": "before"}, UNKNOWN, "Slack's answer did not arrive", 0),
        ({"drop": "after"}, UNKNOWN, "Slack's answer did not arrive", 1),
        ({"status": 500}, UNKNOWN, "Slack had an error of its own", 0),
        ({"error": "fatal_error"}, UNKNOWN, "Slack had an error of its own", 0),
        ({"error": "internal_error"}, UNKNOWN, "Slack had an error of its own", 0),
        ({"error": "is_archived"}, FAILED, "the channel is archived", 0),
        ({"error": "msg_too_long"}, FAILED, "the message is too long", 0),
        ({"error": "no_permission"}, FAILED, "the bot may not write there", 0),
        ({"error": "access_denied"}, FAILED, "the bot may not write there", 0),
        ({"error": "invalid_metadata_schema"}, SENT, None, 1),
        ({"error": "some_new_code"}, FAILED, "Slack refused it: some_new_code", 0),
        ({"retry_after": 1}, SENT, None, 1),
        ({"error": "invalid_blocks"}, SENT, None, 1),
    ],
)
async def test_each_outcome_has_its_name(fault, state, why, arrived, office):
    office.sandbox.fail_next("chat.postMessage", **fault)
    office.plan(meeting())
    [delivery] = await office.settled()

    assert (delivery.state, delivery.reason) == (state, why)
    assert len([m for m in office.posted() if m.channel == "D0MEMBER" and "near" in m.text]) == arrived  # fmt: skip


async def test_without_its_blocks_it_says_what_to_type(office):
    office.sandbox.fail_next("chat.postMessage", error="invalid_blocks")
    office.plan(meeting())
    await office.settled()

    [message] = office.posted()
    assert message.blocks == []
    assert message.text.endswith("Type /ht help to open it.")


@pytest.mark.parametrize(
    ("recipient", "why"),
    [
        ("U0GONE", "account deactivated"),
        ("U0EXTERN", "a person of another workspace"),
        ("C0OLD", "the channel is archived"),
        ("C0QUIET", "the bot is not in the channel"),
        ("U0NOBODY", "Slack knows no such person or channel, or the bot is not in it"),
    ],
)
async def test_a_recipient_who_cannot_be_reached_is_said_in_words(recipient, why, office):
    office.plan(meeting(recipient))
    [delivery] = await office.settled()

    assert (delivery.state, delivery.reason) == (FAILED, why)


async def test_one_bad_row_never_holds_up_the_rest(office, logged):
    office.plan(
        meeting(payload={"broken": True}),
        meeting("U0ADMIN"),
        meeting("U0GUEST", payload={"gone": True}),
        meeting("U0COORD", kind="unheard-of"),
    )
    await office.until(lambda: {each.state for each in office.own()} == {SENT, SKIPPED, PLANNED})

    by = {each.recipient: each for each in office.all()}
    assert by["U0ADMIN"].state is SENT
    assert by["U0GUEST"].reason == "no longer needed when it was due"
    assert (by["U0MEMBER"].state, by["U0MEMBER"].attempts) == (PLANNED, 1)
    assert by["U0MEMBER"].reason == "the bot could not write it"
    assert "SECRETWORD" not in logged.getvalue()


async def test_what_is_late_says_so_and_what_is_too_late_is_reported(office):
    hours = timedelta(hours=1)
    office.plan(
        meeting(occasion="late", due_at=utc_now() - 3 * hours, responsible="U0ADMIN"),
        meeting(
            occasion="too late",
            due_at=utc_now() - 3 * hours,
            useful_until=utc_now() - hours,
            responsible="U0ADMIN",
        ),
    )
    late, too_late = await office.settled()
    await office.place.bot.sender.tick()

    [message] = office.posted()
    assert message.text.startswith("Late: this was due ")
    assert (late.state, too_late.state) == (SENT, SKIPPED)
    assert too_late.reason == "too late to be of use"
    [report] = [each for each in office.all() if each.kind == "delivery report"]
    assert (report.recipient, report.state) == ("U0ADMIN", PLANNED)


@pytest.mark.parametrize("rate", [4.0])
async def test_a_reminder_passes_a_long_broadcast(office):
    now = utc_now()
    people = [f"U0CROWD{number}" for number in range(60)]
    for person in people:
        office.sandbox.workspace.people[person] = office.sandbox.workspace.person("U0MEMBER")
    office.plan(*(meeting(person, due_at=now) for person in people))
    await office.until(lambda: len(office.posted()) >= 2)
    office.plan(meeting("U0ADMIN", due_at=now, priority=Priority.REMINDER))
    await office.until(
        lambda: any(each.recipient == "U0ADMIN" and each.state is SENT for each in office.own())
    )

    assert len(office.posted()) < 20


async def test_pressed_by_many_at_once_send_again_sends_one_more(office):
    office.sandbox.fail_next("chat.postMessage", drop="before")
    office.plan(meeting(responsible="U0ADMIN"))
    [lost] = await office.settled()
    shown = (await office.sandbox.command("U0ADMIN", "/ht", "deliveries")).message
    label = f"Send {lost.id} again"
    pressed = await asyncio.gather(
        *(office.sandbox.press("U0ADMIN", shown, f"deliveries again {lost.id}") for _ in range(6))
        if label in buttons(shown)
        else ()
    )
    old, new = await office.settled()

    assert len(pressed) == 6
    assert (old.state, old.resolved_by, new.again_of, new.state) == (SKIPPED, "U0ADMIN", lost.id, SENT)  # fmt: skip
    assert len(office.posted()) == 1


async def test_what_arrived_is_not_sent_again(office):
    office.sandbox.fail_next("chat.postMessage", drop="after")
    office.plan(meeting(responsible="U0ADMIN"))
    [lost] = await office.settled()
    said = (await office.sandbox.command("U0ADMIN", "/ht", f"deliveries arrived {lost.id}")).message
    again = (await office.sandbox.command("U0ADMIN", "/ht", f"deliveries again {lost.id}")).message

    found = office.library.write_now(lambda session: find_delivery(session, lost.id))
    assert "counts as sent" in said.text
    assert "Nothing to decide" in again.text
    assert (found.state, found.resolved_by) == (SENT, "U0ADMIN")


async def test_ping_me_goes_to_whoever_asks_and_shows_its_life(office):
    asked = (await office.sandbox.command("U0ADMIN", "/ht", "ping me")).message
    await office.until(lambda: all(each.state is SENT for each in office.all()))
    shown = (await office.sandbox.command("U0ADMIN", "/ht", "ping")).message
    member = (await office.sandbox.command("U0MEMBER", "/ht", "ping me")).message

    assert "is planned" in asked.text
    assert "State: sent" in shown.text
    assert "This is for coordinators" in member.text
    assert [message.channel for message in office.posted()] == ["D0ADMIN"]


async def test_gathered_they_come_as_one_neutral_message_that_opens_each(office, logged):
    now = utc_now()
    soon = DigestTime(at=now.time().replace(tzinfo=None), zone=ZoneInfo("UTC"))

    def gather(session):
        yesterday = now - timedelta(days=1)
        prefer(session, "U0MEMBER", Preference(digest=True), kind="meeting")
        prefer(session, "U0MEMBER", Preference(digest_at=soon), kind=EVERY_KIND)
        plans = [
            meeting(occasion=each, due_at=yesterday, payload={each: True})
            for each in ("one", "two", "gone", "broken")
        ]
        plan(session, plans, now=yesterday)
        room = dict.fromkeys(Priority, 9)
        claim(session, holder="x", now=yesterday, lease=timedelta(minutes=1), room=room)

    office.library.write_now(gather)
    await office.until(lambda: office.posted() and office.all()[-1].state is SENT)
    by = {each.occasion: each for each in office.own()}
    [message] = office.posted()
    opened = await office.sandbox.press("U0MEMBER", message, "Open")

    assert message.text == "2 messages from the bot. Open to read them."
    assert (by["one"].state, by["two"].state, by["gone"].state) == (SENT, SENT, SKIPPED)
    assert (by["broken"].digest_id, by["broken"].reason) == (None, "the bot could not write it")
    assert opened.message.to == "U0MEMBER"
    assert opened.message.text.count("A meeting is near.") == 2
    assert "SECRETWORD" not in logged.getvalue()
