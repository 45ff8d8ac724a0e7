"""
The sender when Slack, a channel, a planner or the network is in trouble: the rest goes on.
"""

import asyncio
from collections import Counter
from contextlib import asynccontextmanager

import pytest

from bot.app import make_bot
from bot.clock import utc_now
from bot.sandbox.faults import Ceiling, Fault, Weather
from commands.contract import Command, DeliveryKind, Notice, Reply, Standing
from commands.registry import COMMANDS
from storage.deliveries import DeliveryState, Plan, Priority, in_states, plan
from storage.errors import DatabaseBusyError
from tests.workshop import settings_for, workspace

SENT, PLANNED, UNKNOWN = DeliveryState.SENT, DeliveryState.PLANNED, DeliveryState.UNKNOWN
POST = "chat.postMessage"


class Refusing(Ceiling):
    """
    Takes nothing for one channel.
    """

    def __init__(self, channel):
        super().__init__(per_second=50)
        self.channel = channel

    def takes(self, channel, now):
        return channel != self.channel


def kind(name, plan=None):
    return DeliveryKind(
        name=name,
        title=name,
        render=lambda delivery, session, now: Notice(text="Open.", opens="help"),
        plan=plan,
    )


class Yard:
    """
    A bot in a workspace of many people, and what it did.
    """

    def __init__(self, sandbox, library, bot):
        self.sandbox, self.library, self.bot = sandbox, library, bot

    def people(self, number):
        ids = [f"U0CROWD{n}" for n in range(number)]
        for each in ids:
            self.sandbox.workspace.people[each] = self.sandbox.workspace.person("U0MEMBER")
        return ids

    def plan(self, *recipients, occasion="1", priority=Priority.BROADCAST):
        now = utc_now()
        plans = [
            Plan(kind="news", occasion=occasion, recipient=each, due_at=now, priority=priority)
            for each in recipients
        ]
        self.library.write_now(lambda session: plan(session, plans, now=now))

    def all(self):
        found = self.library.write_now(lambda s: in_states(s, tuple(DeliveryState), limit=1000))
        return [each for each in found if each.kind == "news"]

    def states(self):
        return Counter(each.state for each in self.all())

    def posts(self):
        return [each for each in self.sandbox.endpoints.transits if each.method == POST]

    async def until(self, true):
        async with asyncio.timeout(40):
            while not true():
                await self.bot.sender.tick()
                await asyncio.sleep(0.1)


@asynccontextmanager
async def yard_of(library, *kinds, **changes):
    teacher = Command(
        verb="teacher",
        usage="teacher",
        summary="Owns deliveries.",
        who=Standing.MEMBER,
        recall=lambda _: Reply(title="T"),
        deliveries=kinds or (kind("news"),),
    )
    async with workspace() as sandbox:
        settings = settings_for(sandbox, door="http", **{"send_rate": 50.0} | changes)
        async with make_bot(settings, library=library, commands=(*COMMANDS, teacher)) as bot:
            yield Yard(sandbox, library, bot)


@pytest.fixture
async def yard(database_url, open_library):
    async with yard_of(open_library(database_url)) as yard:
        yield yard


@pytest.mark.parametrize("priority", [Priority.EMERGENCY, Priority.REMINDER])
async def test_the_urgent_passes_a_long_broadcast_to_the_same_person(
    priority, database_url, open_library
):
    async with yard_of(open_library(database_url), send_rate=4.0) as yard:
        yard.plan(*yard.people(50))
        for occasion in "ab":
            yard.plan("U0ADMIN", occasion=occasion)
        await yard.until(lambda: len(yard.posts()) >= 2)
        before = len(yard.posts())
        yard.plan("U0ADMIN", occasion="urgent", priority=priority)
        await yard.until(
            lambda: any(each.occasion == "urgent" and each.state is SENT for each in yard.all())
        )

        assert len(yard.posts()) - before < 15


async def test_the_urgent_does_not_wait_for_slow_answers_to_a_broadcast(yard):
    yard.sandbox.endpoints.faults.weather[POST] = Weather([(1.0, Fault(answer_delay=6))], seed=1)
    yard.plan(*yard.people(60))
    await yard.until(lambda: len(yard.posts()) >= 28)
    yard.plan("U0ADMIN", priority=Priority.REMINDER)
    await yard.until(lambda: any(each.args["channel"] == "U0ADMIN" for each in yard.posts()))
    yard.sandbox.endpoints.faults.weather.clear()

    assert [each.ended for each in yard.posts()] == [None] * 29


async def test_one_channel_that_is_always_refused_holds_up_itself_alone(yard):
    yard.sandbox.endpoints.faults.ceilings[POST] = Refusing("C0TEAM")
    yard.plan("C0TEAM", priority=Priority.REMINDER)
    yard.plan(*yard.people(60))
    await yard.until(lambda: yard.states()[SENT] == 60)
    await yard.until(lambda: any(each.attempts for each in yard.all()))
    yard.plan("U0ADMIN", "U0COORD")
    await yard.until(lambda: yard.states()[SENT] == 62)

    [refused] = [each for each in yard.all() if each.state is not SENT]
    assert (refused.recipient, refused.reason) == ("C0TEAM", "Slack asked the bot to slow down")
    assert len([each for each in yard.posts() if each.args["channel"] == "C0TEAM"]) <= 4


async def test_a_refusal_of_the_app_that_is_none_counts_for_the_one_message(yard):
    yard.sandbox.fail_next(POST, error="org_login_required")
    yard.plan("U0ADMIN")
    await yard.until(lambda: any(each.attempts for each in yard.all()))
    yard.plan(*yard.people(5))
    await yard.until(lambda: yard.states()[SENT] >= 5)


@pytest.mark.parametrize(("code", "probed"), [("invalid_auth", True), ("missing_scope", False)])
async def test_a_refusal_of_the_app_that_is_one_lets_everything_wait(code, probed, yard):
    yard.sandbox.fail_next(POST, error=code)
    if probed:
        yard.sandbox.fail_next("auth.test", error=code)
    yard.plan("U0ADMIN")
    await yard.until(lambda: any(each.reason for each in yard.all()))
    yard.plan(*yard.people(5))
    for _ in range(10):
        await yard.bot.sender.tick()

    assert yard.states() == {PLANNED: 6}
    assert {each.attempts for each in yard.all()} == {0}


async def test_an_outage_of_slack_is_not_one_of_everything_that_is_due(yard):
    faults = yard.sandbox.endpoints.faults
    faults.weather[POST] = Weather([(1.0, Fault(status=503))], seed=1)
    yard.plan(*yard.people(60))
    await yard.until(lambda: yard.states()[UNKNOWN] >= 4)
    faults.weather.clear()
    await yard.until(lambda: yard.states()[PLANNED] == 0 and yard.states()[SENT] > 40)
    await yard.until(lambda: yard.states()[SENT] + yard.states()[UNKNOWN] == 60)

    assert yard.states()[UNKNOWN] < 15


async def test_requests_in_doubt_that_were_on_their_way_together_cost_one_short_pause(yard):
    faults = yard.sandbox.endpoints.faults
    faults.weather[POST] = Weather([(1.0, Fault(answer_delay=2, status=503))], seed=1)
    yard.plan(*yard.people(20))
    await yard.until(lambda: len(yard.posts()) == 20)
    faults.weather.clear()
    await yard.until(lambda: yard.states()[UNKNOWN] == 20)
    yard.plan("U0ADMIN")
    # A pause that grew with each would be longer than this waits.
    await yard.until(lambda: yard.states()[SENT] == 1)


async def test_while_slack_answers_nothing_no_message_is_tried(yard):
    faults = yard.sandbox.endpoints.faults
    for method in (POST, "auth.test"):
        faults.weather[method] = Weather([(1.0, Fault(drop="before"))], seed=1)
    greeted = len(yard.sandbox.calls_of("auth.test"))
    yard.plan(*yard.people(60))
    await yard.until(lambda: len(yard.sandbox.calls_of("auth.test")) >= greeted + 2)
    tried = len(yard.posts())
    faults.weather.clear()
    await yard.until(lambda: yard.states()[SENT] + yard.states()[UNKNOWN] == 60)

    assert yard.states()[UNKNOWN] == tried < 15


async def test_a_planner_that_stumbles_holds_up_nobody_else(database_url, open_library, logged):
    asked = []

    def busy(session, now):
        asked.append("busy")
        raise DatabaseBusyError(2)

    def broken(session, now):
        raise ValueError("SECRETWORD")

    def fine(session, now):
        asked.append("fine")

    library = open_library(database_url)
    kinds = (kind("busy", busy), kind("broken", broken), kind("fine", fine), kind("news"))
    async with yard_of(library, *kinds) as yard:
        yard.plan("U0ADMIN")
        await yard.until(lambda: yard.states()[SENT] == 1)
        for _ in range(20):
            await yard.bot.sender.tick()

    asked = Counter(asked)
    assert asked["fine"] >= 20
    assert asked["busy"] < asked["fine"]
    assert logged.getvalue().count("planning busy") == 1
    assert logged.getvalue().count("planning broken") == 1
