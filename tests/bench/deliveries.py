"""
What deliveries cost, and how close to Slack's limits they are sent.

Planning and claiming on both engines, and 500 messages where 10 a second and 1 a second for
a channel are taken. Nothing is asserted.
"""

import asyncio
from collections import Counter
from datetime import timedelta
from pathlib import Path
from time import perf_counter

from bot.clock import utc_now
from bot.library import Library
from bot.sandbox.faults import Ceiling, Fault, Weather
from bot.sandbox.people import Person
from bot.sandbox.server import Sandbox
from bot.server import serving
from storage.claims import claim, mark_failed
from storage.deliveries import SETTLED, DeliveryState, Plan, Priority, counts, plan
from storage.packs.reading import read_pack
from storage.session import open_database, transaction
from tests.bench.figures import Figure, shown
from tests.conftest import fill
from tests.postgres import shared_server
from tests.storage.small_pack import write_pack
from tests.workshop import free_port, settings_for

PART = "deliveries"
ROUNDS = 3
COSTS = ("plan", "claim")
SIZES = (50, 500, 5000)
AT_ONCE = 50  # claimed in one transaction
MESSAGES, PEOPLE, PER_SECOND = 500, 100, 10
POST = "chat.postMessage"
LEAST_SECONDS = (MESSAGES - PER_SECOND) / PER_SECOND
MOST_SECONDS = 1.15 * LEAST_SECONDS + 2


def costs(url: str) -> dict[int, dict[str, tuple[float, ...]]]:
    """
    Return, by how many there are, the microseconds a message of planning and of claiming.
    """
    database = open_database(url, busy_seconds=10)
    now, lease = utc_now(), timedelta(minutes=1)
    room = dict.fromkeys(Priority, AT_ONCE)
    found: dict[int, list[tuple[float, float]]] = {size: [] for size in SIZES}
    for number in range(ROUNDS):
        for size in SIZES if number % 2 else reversed(SIZES):
            plans = [
                Plan(kind="bench", occasion=f"{number}:{size}", recipient=f"U{each}", due_at=now)
                for each in range(size)
            ]
            began = perf_counter()
            with transaction(database, task_force_id=1) as session:
                plan(session, plans, now=now)
            planned = perf_counter()
            claimed, claiming = 0, 0.0
            while claimed < size:
                since = perf_counter()
                with transaction(database, task_force_id=1) as session:
                    some = claim(session, holder="bench", now=now, lease=lease, room=room)
                claiming += perf_counter() - since
                claimed += len(some.deliveries)
                with transaction(database, task_force_id=1) as session:
                    for each in some.deliveries:
                        mark_failed(session, each.token or "", reason="bench", now=now)
            micro = 1e6 / size
            found[size].append(((planned - began) * micro, claiming * micro))
    database.dispose()
    return {
        size: dict(zip(COSTS, zip(*runs, strict=True), strict=True)) for size, runs in found.items()
    }


async def pace(folder: Path, pack: Path) -> list[Figure]:
    """
    Send the messages through a real bot and a Slack with limits, and say how it went.
    """
    url = f"sqlite:///{folder / 'pace.db'}"
    fill(url, pack)
    async with Sandbox(clock=utc_now) as sandbox:
        people = [f"U0PACE{number:03}" for number in range(PEOPLE)]
        for id in people:
            person = Person(id=id, name=id.lower(), real_name=id, kind="member")
            sandbox.workspace.people[id] = person
        faults = sandbox.endpoints.faults
        faults.ceilings[POST] = Ceiling(per_second=PER_SECOND)
        faults.weather[POST] = Weather(
            (
                (0.02, Fault(retry_after=1)),
                (0.01, Fault(drop="before")),
                (0.01, Fault(drop="after")),
            ),
            seed=2,
        )
        library = Library.open(url, pack=read_pack(pack), clock=utc_now)
        settings = settings_for(
            sandbox, door="http", port=free_port(), send_rate=float(PER_SECOND), admins=frozenset()
        )
        plans = [
            Plan(kind="test", occasion=f"pace {number}", recipient=recipient, due_at=utc_now())
            for number in range(MESSAGES // PEOPLE)
            for recipient in people
        ]
        library.write_now(lambda session: plan(session, plans, now=utc_now()))
        try:
            async with serving(settings, library=library):
                while True:
                    number = await library.read(counts)
                    if sum(number[state] for state in SETTLED) == MESSAGES:
                        break
                    await asyncio.sleep(0.1)
        finally:
            library.close()
        calls = [each for each in sandbox.endpoints.transits if each.method == POST]
        seconds = max(each.ended or 0 for each in calls) - min(each.begun for each in calls)
        refused = sum(1 for call in sandbox.calls_of(POST) if call.status == 429)
        posted = Counter(
            message.metadata["event_payload"]["delivery"]
            for message in sandbox.workspace.messages
            if message.metadata
        )
        twice = sum(1 for each in posted.values() if each > 1)
        print(
            f"{MESSAGES} messages: {seconds:.1f} s (least possible {LEAST_SECONDS:.1f}, bound "
            f"{MOST_SECONDS:.1f}); sent {number[DeliveryState.SENT]}, unknown "
            f"{number[DeliveryState.UNKNOWN]}, twice {twice}, refused for haste {refused}"
        )
        name = f"{MESSAGES} messages at {PER_SECOND}/s"
        return [Figure(part=PART, name=name, unit="s", rounds=(seconds,))]


async def deliveries(folder: Path) -> list[Figure]:
    pack = write_pack(folder / "pack")
    figures, rows = [], []
    with shared_server(folder) as server:
        for engine in ("sqlite", "postgresql"):
            postgres = server.url_of(server.create())
            url = f"sqlite:///{folder / 'ht.db'}" if engine == "sqlite" else postgres
            fill(url, pack)
            for size, columns in costs(url).items():
                for what, rounds in columns.items():
                    name = f"{what} {size:,} on {engine}"
                    figures.append(Figure(part=PART, name=name, unit="µs each", rounds=rounds))
                medians = [f"{each.value:.0f}" for each in figures[-len(columns) :]]
                rows.append([engine, f"{size:,}", *medians])
    heads = ("engine", "messages", *(f"{what} µs each" for what in COSTS))
    print(shown(heads, rows))
    print()
    figures += await pace(folder, pack)
    return figures
