"""
Two databases whose true counts differ while their marks are the same: whatever is done with
them, nothing that leaves the bot, and nothing it stores in clear, tells one from the other.
"""

import json
import re
from contextlib import closing
from datetime import date

import pytest
from sqlalchemy import text

from bot.drafts import Wanted, make_draft
from bot.library import Library
from bot.sandbox.server import Sandbox
from storage.packs.reading import read_pack
from storage.people import RoleName, grant
from storage.task_forces import bind_workspace
from tests.conftest import NOON
from tests.workshop import KEY, bot_behind, shown

HEADER = "Agency,Total,Sex trafficking,Labor trafficking,Both\n"
# Each pair is printed alike: what differs is below ten, or withheld for it.
WORLDS = {
    "a small count": (
        "North,430,427,3,0\nSouth,85,60,25,0\n",
        "North,430,421,9,0\nSouth,85,60,25,0\n",
    ),
    "two small counts and a withheld one, that would be narrowed or exact": (
        "North,17,3,12,2\nSouth,85,60,25,0\n",
        "North,14,1,12,1\nSouth,85,60,25,0\n",
    ),
    "a table of small counts": (
        "North,8,1,1,6\nSouth,9,2,3,4\n",
        "North,5,2,2,1\nSouth,7,4,1,2\n",
    ),
    "with a total of all agencies": (
        "North,430,427,3,0\nSouth,285,260,25,0\nEast,150,142,8,0\nTotal,865,829,36,0\n",
        "North,430,424,6,0\nSouth,285,260,25,0\nEast,150,145,5,0\nTotal,865,829,36,0\n",
    ),
}
ASKED = (
    "stats", "stats beds", "stats beds 2024", "stats north", "stats share labor trafficking north",
    "stats north total minus sex trafficking", "stats sum sex trafficking and labor trafficking south",
    "stats rank beds by labor trafficking", "stats exactly how many labor trafficking north",
    "stats compare beds hmis", "stats export csv beds", "stats export xlsx beds", "stats csec",
    "stats zzz", "sources", "help stats",
)  # fmt: skip
COORDINATORS = ("stats audit", "stats drafts", "stats approve 7", "stats audit", "stats approve 7")


async def use(url, table, *, folder, contra_costa, logged):
    """
    Draft, look, ask, approve, ask again, export, correct; return all that can be seen of it.
    """
    seen = []
    pack = read_pack(contra_costa)
    with closing(Library.open(url, pack=pack, clock=lambda: NOON, secret_key=KEY)) as library:
        async with Sandbox(clock=lambda: NOON, seconds=30) as sandbox:

            def people(session):
                bind_workspace(session, sandbox.team_id)
                for user in ("U0COORD", "U0MEMBER"):
                    grant(
                        session, team_id=sandbox.team_id, user_id=user,
                        role=RoleName.COORDINATOR, granted_by="test", now=NOON,
                    )  # fmt: skip

            library.write_now(people)
            await library.bind(sandbox.team_id)
            seen.append(drafted(library, table, folder=folder))
            async with bot_behind("socket", sandbox, library, clock=lambda: NOON) as at:
                for text_ in (*ASKED, *COORDINATORS, *ASKED):
                    outcome = await at.sandbox.command("U0COORD", "/ht", text_)
                    await at.bot.listeners.drain()
                    seen.append([text_, outcome.body, outcome.message and shown(outcome.message)])
                seen.append(drafted(library, table, folder=folder))  # as a correction
                outcome = await at.sandbox.command("U0MEMBER", "/ht", "stats drafts")
                seen.append([outcome.body])
            seen.append([[call.method, strip(call.args)] for call in sandbox.calls])
            seen.append(
                [file.content.hex() for each in sandbox.workspace.messages for file in each.files]
            )
        with library.database.reads.connect() as connection:
            tables = connection.execute(
                text("SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name")
            ).scalars()
            for name in list(tables):
                kept = "release_id, length(sealed)" if name == "sealed_counts" else "*"
                rows = connection.execute(text(f"SELECT {kept} FROM {name}")).all()
                seen.append([name, str(rows)])
    # Moments and ports are the machine's own.
    seen.append(re.sub(r"^\S+ \S+ |127\.0\.0\.1:\d+", "", logged.getvalue(), flags=re.MULTILINE))
    logged.seek(0)
    logged.truncate()
    return seen


def drafted(library, table, *, folder):
    path = folder / "table.csv"
    path.write_text(HEADER + table)
    wanted = Wanted(
        file=path, series="beds", program="Shelter", title="Beds", unit="people served",
        period="Calendar Year 2024", starts=date(2024, 1, 1), ends=date(2024, 12, 31),
        threshold=10, source="Data survey of May 2025", place=None, as_of=date(2025, 5, 1),
        note=None, by="U0MEMBER",
    )  # fmt: skip
    return make_draft(library, wanted, admins=frozenset(), now=NOON)


def strip(args):
    """
    Without the ids that Slack makes up.
    """
    return {key: value for key, value in args.items() if key not in {"trigger_id", "view_id"}}


@pytest.mark.parametrize("tables", WORLDS.values(), ids=WORLDS.keys())
async def test_the_true_counts_change_nothing_that_can_be_seen(
    tables, sqlite_template, tmp_path, contra_costa, logged
):
    seen = []
    for number, table in enumerate(tables):
        path = tmp_path / f"{number}.db"
        path.write_bytes(sqlite_template.read_bytes())
        seen.append(
            await use(
                f"sqlite:///{path}", table, folder=tmp_path, contra_costa=contra_costa,
                logged=logged,
            )
        )  # fmt: skip

    one, other = seen
    assert "Draft 7 waits" in one[0]
    assert "is published" in json.dumps(one)
    for first, second in zip(one, other, strict=True):
        assert first == second
