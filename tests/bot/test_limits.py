"""
How much one person may ask for, and what is never counted.
"""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.limits import PEOPLE, Limits
from bot.router import Router
from commands.contract import Person, Standing
from tests.journeys.test_registration import FILLED
from tests.workshop import place

ASKER = Person(team_id="T1", user_id="U1")


def test_as_much_as_a_minute_gives_may_come_at_once_and_then_it_flows():
    limits = Limits(30)

    assert [limits.wait("T1", "U1", now=0) for _ in range(30)] == [0] * 30
    assert limits.wait("T1", "U1", now=0) == 2
    assert limits.wait("T1", "U1", now=1.9) == pytest.approx(0.1)
    assert limits.wait("T1", "U1", now=2) == 0
    assert limits.wait("T1", "U1", now=2) > 0


def test_one_persons_haste_is_nobody_elses():
    limits = Limits(1)
    limits.wait("T1", "U1", now=0)

    assert limits.wait("T1", "U1", now=0) > 0
    assert limits.wait("T1", "U2", now=0) == 0
    assert limits.wait("T2", "U1", now=0) == 0


def test_so_many_are_remembered_and_no_more():
    limits = Limits(1)
    for number in range(PEOPLE + 1):
        limits.wait("T1", f"U{number}", now=0)

    assert limits.wait("T1", f"U{PEOPLE}", now=0) > 0
    assert limits.wait("T1", "U1", now=0) > 0  # the second, the oldest that is left
    assert limits.wait("T1", "U0", now=0) == 0


@given(
    st.floats(0.5, 100),
    st.lists(st.floats(0, 30), min_size=1, max_size=200),
)
def test_nobody_gets_more_than_flows_and_whoever_waits_as_told_gets_it(per_minute, pauses):
    limits = Limits(per_minute)
    now, taken = 0.0, 0
    for pause in pauses:
        now += pause
        seconds = limits.wait("T1", "U1", now=now)
        taken += not seconds
        if seconds:
            now += seconds + 1e-6
            assert limits.wait("T1", "U1", now=now) == 0
            taken += 1

    assert taken <= max(1.0, per_minute) + per_minute * now / 60 + 1e-6


@pytest.fixture
def ask(shared_library, now):
    """
    Asks a router that takes one question a minute.
    """
    router = Router(library=shared_library, clock=lambda: now, limits=Limits(1))

    async def ask(text, asker=ASKER):
        async def standing():
            return Standing.MEMBER

        answer = await router.answer(text, standing=standing, asker=asker)
        return answer.outcome.value, answer.rendered.text

    return ask


async def test_who_asks_too_fast_is_told_how_long_to_wait_and_where_the_lines_are(ask):
    first = await ask("partners")
    second, text = await ask("partners")

    assert first[0] == "answered"
    assert second == "limited"
    assert "Try again in 60 seconds." in text
    assert "`/ht hotline` and `/ht help` always answer." in text


@pytest.mark.parametrize(
    "text",
    ["hotline", "hotline child", "help", "help partners", "", "menu", "suicide", "está en peligro", "911",
     "i want to die partners"],
)  # fmt: skip
async def test_the_lines_help_and_a_crisis_are_never_held_up(ask, text):
    await ask("partners")
    await ask("partners")

    for _ in range(3):
        outcome, _ = await ask(text)
        assert outcome != "limited"


async def test_a_terminal_is_not_held_up(ask):
    assert [(await ask("partners", asker=None))[0] for _ in range(3)] == ["answered"] * 3


async def test_a_form_that_comes_too_fast_stays_open(library):
    async with place("socket", library, asks_per_minute=1.0) as at:
        await at.sandbox.command("U0MEMBER", "/ht", "register")
        form = at.sandbox.modal("U0MEMBER")
        offered = await at.sandbox.suggest(
            "U0MEMBER", form, "typed", "community violence", block_id="agency"
        )
        agency = offered.body["options"][0]["value"]
        outcome = await at.sandbox.submit("U0MEMBER", form, {**FILLED, "agency": agency})
        still = at.sandbox.modal("U0MEMBER")

    assert form is not None
    assert still is not None
    assert still.id == form.id
    assert "Try again in" in str(outcome.body)
