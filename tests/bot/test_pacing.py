"""
The pace: never faster than Slack takes, hardly slower, and the urgent first.
"""

import asyncio
import itertools

import pytest

from bot.pacing import CHANNEL_SECONDS, LESS, Door, Pacer


def run(pacer, *, seconds, start=0.0, until=None, refuse=()):
    """
    Let the time pass in small steps, requests taking none. Return when what went.
    """
    went, now = [], start
    while now < start + seconds:
        while taken := pacer.take(now):
            channel, item = taken
            went.append((round(now, 3), item))
            if item in refuse:
                pacer.refused(channel, now, seconds=1)
            else:
                pacer.accepted()
            pacer.done(channel, now)
        now += 0.005
    return went


def filled(per_second, items):
    pacer = Pacer(per_second=per_second)
    for number, (channel, order) in enumerate(items):
        pacer.add(channel, number, order=order, now=0.0)
    return pacer


@pytest.mark.parametrize("per_second", [0.5, 2.5, 4, 10])
def test_no_time_has_more_than_the_rate_and_no_long_one_less(per_second):
    pacer = filled(per_second, [(f"C{n}", (0,)) for n in range(200)])
    times = [at for at, _ in run(pacer, seconds=20)]

    for first, at in enumerate(times):  # a full bucket, and what runs into it
        for number, other in enumerate(times[first:], start=1):
            assert number <= max(1, per_second) + per_second * (other - at) + 0.1
    assert len(times) >= 0.95 * 20 * per_second


def test_a_channel_gets_one_a_second_and_the_others_do_not_wait_for_it():
    pacer = filled(100, [("A", (0, n)) for n in range(3)] + [("B", (1,)), ("C", (1,))])
    went = run(pacer, seconds=3)

    assert [item for _, item in went] == [0, 3, 4, 1, 2]
    a = [at for at, item in went if item < 3]
    assert all(later - sooner >= CHANNEL_SECONDS - 0.01 for sooner, later in itertools.pairwise(a))  # fmt: skip


def test_the_urgent_goes_before_what_was_there_first():
    pacer = filled(1, [(f"C{n}", (2, n)) for n in range(5)])
    run(pacer, seconds=0.5)
    pacer.add("D", 99, order=(0,), now=0.5)
    pacer.add("C3", 98, order=(1,), now=0.5)
    went = run(pacer, start=0.5, seconds=3)

    assert [item for _, item in went][:2] == [99, 98]


def test_while_slack_says_to_wait_nothing_goes_and_a_pause_is_caught_up():
    pacer = filled(10, [(f"C{n}", (0, n)) for n in range(100)])
    went = run(pacer, seconds=8, refuse={20})
    at = {item: at for at, item in went}

    assert at[21] >= at[20] + 1
    assert len(went) >= 70


def test_refused_again_and_again_it_slows_down_and_recovers():
    pacer = filled(10, [(f"C{n}", (0, n)) for n in range(1000)])
    first = run(pacer, seconds=10, refuse=set(range(5)))
    later = run(pacer, start=10, seconds=20)

    assert len(first) < 90
    assert len(later) >= 180


def test_processes_that_share_take_their_part():
    pacer = filled(10, [(f"C{n}", (0, n)) for n in range(100)])
    pacer.share(2)

    assert len(run(pacer, seconds=10)) <= 55


def test_what_is_dropped_is_gone_and_the_rest_goes():
    pacer = filled(100, [("A", (0, n)) for n in range(3)] + [("B", (1,))])

    assert sorted(pacer.drop(0.0, unwanted=lambda item: item in {0, 3})) == [0, 3]
    assert [item for _, item in run(pacer, seconds=3)] == [1, 2]
    assert len(pacer) == 0


def test_it_says_how_long_to_wait():
    pacer = Pacer(per_second=10)
    assert pacer.wait(0.0) is None
    pacer.add("A", 1, order=(0,), now=0.0)
    pacer.add("A", 2, order=(0,), now=0.0)
    assert pacer.wait(0.0) == 0
    pacer.take(0.0)
    assert pacer.wait(0.0) is None
    pacer.done("A", 0.1)
    assert pacer.wait(0.1) == pytest.approx(CHANNEL_SECONDS - 0.1)


def test_what_was_on_its_way_together_is_refused_once():
    pacer = filled(100, [(f"C{n}", (0, n)) for n in range(200)])
    channels = [pacer.take(n / 10)[0] for n in range(10)]
    for channel in channels:
        pacer.refused(channel, 1.0, seconds=1)
        pacer.done(channel, 1.0)
    at_once = run(pacer, start=2.0, seconds=1)

    assert len(at_once) > 100 * LESS  # a full bucket, and what runs into it


def test_a_channel_that_is_shut_waits_and_the_others_do_not():
    pacer = filled(100, [("A", (0, 0)), ("A", (0, 1)), ("B", (1,))])
    channel, _ = pacer.take(0.0)
    pacer.shut(channel, 0.0, seconds=5)
    pacer.done(channel, 0.0)

    assert pacer.shut_ones(4.9) == ("A",)
    assert [item for _, item in run(pacer, seconds=4.9)] == [2]
    assert [item for _, item in run(pacer, start=5.0, seconds=1)] == [1]
    assert pacer.shut_ones(5.1) == ()


def test_only_what_is_urgent_enough_is_given():
    pacer = filled(100, [("A", (2, 0)), ("B", (1, 0))])

    assert pacer.take(0.0, before=(2,)) == ("B", 1)
    assert pacer.take(1.0, before=(2,)) is None
    assert pacer.wait(1.0, before=(2,)) is None
    assert pacer.take(1.0, before=(3,)) == ("A", 0)


async def test_the_door_lets_the_most_urgent_in_first_and_one_at_a_time():
    door, inside, went = Door(), [], []

    async def enter(order):
        async with door.passed(order):
            inside.append(order)
            assert len(inside) == 1
            await asyncio.sleep(0)
            went.append(inside.pop())

    async with asyncio.TaskGroup() as group:
        for order in [(2, 0), (2, 1), (0,), (1,), (2, 2)]:
            task = group.create_task(enter(order))
        await asyncio.sleep(0)
        task.cancel()

    assert went == [(2, 0), (0,), (1,), (2, 1)]
    await enter((9,))
    assert went[-1] == (9,)
