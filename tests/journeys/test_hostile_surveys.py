"""
Two worlds in which agencies type counts that differ, while what may be printed of them is the
same: over a survey's whole journey nothing that leaves the bot, and nothing it stores in
clear, tells one from the other. What a person types reaches Slack, and is excepted.
"""

import asyncio
import csv
import io
import json
import re
import zipfile
from contextlib import closing
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import text

from bot.library import Library
from bot.sandbox.people import TEAM, Person
from bot.sandbox.server import Sandbox
from bot.surveys import import_answers, template_file
from storage.deliveries import DeliveryState, in_states
from storage.packs.reading import read_pack
from storage.people import RoleName, grant
from storage.task_forces import bind_workspace
from tests.keeping import add_custodian
from tests.surveying import rows_of
from tests.workshop import KEY, bot_behind, shown

PACIFIC = ZoneInfo("America/Los_Angeles")
CORA, SOL = "U0COORD", "U0COORD2"
KEYS = ("cvs", "stand", "arm-of-care", "justice-at-last")
OWNERS = dict(zip(("U0CVS", "U0STAND", "U0ARM", "U0JAL"), KEYS, strict=True))
FORM = {
    "name": "Data survey of March 2026", "table": "member-served", "starts": "2025-01-01",
    "ends": "2025-12-31", "opens": "2026-03-02", "due": "2026-03-16", "grace": "2026-03-27",
    "closes": "2026-03-30",
}  # fmt: skip
# By agency: what it types first, what it corrects that to, and what comes for one in a file.
WORLDS = {
    "a small count": (
        {"cvs": ["430", "427", "3", "0"], "stand": ["85", "60", "25", "0"], "fix": ["", "", "", ""], "file": ["17", "3", "12", "2"]},
        {"cvs": ["430", "421", "9", "0"], "stand": ["85", "60", "25", "0"], "fix": ["", "", "", ""], "file": ["14", "1", "12", "1"]},
    ),
    "a correction, and a table of small counts": (
        {"cvs": ["8", "1", "1", "6"], "stand": ["9", "2", "3", "4"], "fix": ["7", "", "", "2"], "file": ["3", "1", "1", "1"]},
        {"cvs": ["5", "2", "2", "1"], "stand": ["7", "4", "1", "2"], "fix": ["8", "", "", "3"], "file": ["9", "7", "1", "1"]},
    ),
    "a small rest that was not broken down": (
        {"cvs": ["430", "427", "not collected", "0"], "stand": ["85", "60", "25", "N/A"], "fix": ["", "", "", ""], "file": ["12", "12", "0", "0"]},
        {"cvs": ["430", "421", "not collected", "0"], "stand": ["85", "60", "25", "N/A"], "fix": ["", "", "", ""], "file": ["12", "12", "0", "0"]},
    ),
}  # fmt: skip
# Of a row that differs by chance from one run to the next, or is sealed.
CHANCE = {"token", "holder", "attempts", "reason", "slack_ts", "leased_until", "next_attempt_at", "interaction", "digest", "draft", "answer", "sealed"}  # fmt: skip


SLOW = "cannot be reached just now"
CLOCK = re.compile(r"(?<!\d)(\d\d:\d\d):\d\d(?!\d)")
FILE = re.compile(r"\bF\d{8}\b")
SOON = timedelta(seconds=60)


class Moving:
    def __init__(self):
        self.put(3, 2)

    def __call__(self):
        return self.now

    def put(self, month, day, hour=10, second=0):
        self.now = datetime(2026, month, day, hour, 0, second, tzinfo=PACIFIC).astimezone(UTC)


async def live(url, world, *, folder, contra_costa, logged):
    """
    Live through a survey; return all that can be seen of it.
    """
    seen, clock = [], Moving()
    with closing(
        Library.open(url, pack=read_pack(contra_costa), clock=clock, secret_key=KEY)
    ) as library:
        async with Sandbox(clock=clock, seconds=30) as sandbox:
            for id in (SOL, *OWNERS):
                sandbox.workspace.people[id] = Person(id=id, name=id, real_name=id, kind="member")
                sandbox.workspace.channel("C0GENERAL").members.add(id)

            def people(session):
                bind_workspace(session, sandbox.team_id)
                for id in (CORA, SOL):
                    grant(session, team_id=TEAM, user_id=id, role=RoleName.COORDINATOR, granted_by="t", now=clock.now)  # fmt: skip
                for id, key in OWNERS.items():
                    add_custodian(session, id, of=key, team_id=TEAM)

            library.write_now(people)
            await library.bind(sandbox.team_id)
            async with bot_behind("socket", sandbox, library, clock=clock) as at:
                await journey(at, clock, world, folder=folder, seen=seen)
            # How often Slack is asked who somebody is, and told the same again, is by chance.
            calls = [
                [call.method, call.args] for call in sandbox.calls if call.method != "users.info"
            ]
            seen.append(sorted({json.dumps(stripped(each), sort_keys=True) for each in calls}))
            seen.append(
                [plain(file.content) for each in sandbox.workspace.messages for file in each.files]
            )
        seen += stored(library)
    said = re.sub(r"^\S+ \S+ |127\.0\.0\.1:\d+", "", logged.getvalue(), flags=re.MULTILINE)
    # Whether the machine is slow is by chance.
    seen.append(sorted(line for line in said.splitlines() if "database" not in line))
    logged.seek(0)
    logged.truncate()
    return seen


async def journey(at, clock, world, *, folder, seen):
    async def say(who, asked):
        for _ in range(9):
            outcome = await at.sandbox.command(who, "/ht", asked)
            await at.bot.listeners.drain()
            told = outcome.views or (outcome.messages and SLOW not in outcome.message.text)
            if told and outcome.error is None:
                break  # else the machine was slow: it is asked again
        seen.append([asked, outcome.error, outcome.body, [shown(each) for each in (*outcome.messages, *outcome.views)]])  # fmt: skip
        return outcome

    async def fill(who, asked, **values):
        (form,) = (await say(who, asked)).views
        done = await at.sandbox.submit(who, form, values)
        await at.bot.listeners.drain()
        seen.append([asked, done.error, done.body, shown(form)])

    def cells(values):
        return {f"c{number}": value for number, value in enumerate(values) if value}

    ids = [str(row) for row in at.bot.library.read_now(lambda s: rows_of(s, KEYS)).values()]
    await fill(CORA, "survey define", **FORM, agencies=ids)
    await settled(at, clock)
    await fill("U0CVS", "survey answer 1", **cells(world["cvs"]), then="draft")
    await say("U0CVS", "survey 1")
    # What does not add up, is too large, or is no number at all is refused alike.
    await fill("U0CVS", "survey answer 1", c0="1", c1=world["cvs"][1], c2=world["cvs"][2], c3="0", then="send")  # fmt: skip
    await fill("U0CVS", "survey answer 1", c0=f"-{world['cvs'][0]}", c1=f"{world['cvs'][1]}.5", then="draft")  # fmt: skip
    await fill("U0CVS", "survey answer 1", then="send")
    await fill("U0STAND", "survey answer 1", **cells(world["stand"]), then="send")
    await say("U0ARM", "survey decline 1")
    await settled(at, clock)
    for who in (CORA, SOL, "U0STAND", "U0CVS"):
        await say(who, "survey")
        await say(who, "survey board 1")
    clock.put(3, 16)
    await settled(at, clock)
    await fill("U0STAND", "survey answer 1", **cells(world["fix"]), then="send")
    await say("U0STAND", "survey mine 1")
    for days, faulty in ((17, True), (17, False)):
        clock.put(3, days)
        seen.append(imported(at, world, folder=folder, faulty=faulty, now=clock.now))
    clock.put(3, 18)
    await settled(at, clock)
    await say(CORA, "survey board 1")
    await say(CORA, "survey close 1 1")
    await say(CORA, "survey close 1 1 yes")
    await settled(at, clock)
    for who in (CORA, SOL):
        await say(who, "survey preview 1")
    await say(SOL, "stats drafts")
    await say(SOL, "stats approve 7")
    clock.put(3, 18, second=9)
    await settled(at, clock)
    for asked in ("stats member-served 2025", "stats compare member-served 2023 2025", "stats cvs 2025",
                  "stats share labor trafficking cvs 2025", "stats export csv member-served",
                  "stats export xlsx member-served"):  # fmt: skip
        await say("U0ARM", asked)
    for asked in ("stats audit", "audit", "survey preview 1", "survey board 1", "deliveries"):
        await say(SOL, asked)
    await say("U0STAND", "me audit")
    await say("U0STAND", "me export")
    # It is opened again, corrected, closed, and published as a correction.
    await fill(SOL, "survey extend 1", due="2026-03-20", grace="2026-03-27", closes="2026-03-30")
    await fill("U0JAL", "survey answer 1", **cells(world["file"]), then="send")
    await say(SOL, "survey close 1 2 yes")
    await settled(at, clock)
    await say(CORA, "survey preview 1")
    await say(CORA, "stats approve 8")
    clock.put(9, 30)
    await settled(at, clock)  # and in the end the counts are purged
    await say(CORA, "stats audit")
    await say(CORA, "audit survey")
    await say(CORA, "survey preview 1")


def imported(at, world, *, folder, faulty, now):
    rows = list(
        csv.reader(
            io.StringIO(template_file(at.bot.library, 1, kind="").decode("utf-8-sig"))
        )
    )  # fmt: skip
    path = folder / "survey.csv"
    values = world["file"] if not faulty else [*world["file"][:3], f"-{world['cvs'][0]}"]
    filled = [[*row[:3], *values] if row[1] == "justice-at-last" else row for row in rows]
    with path.open("w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows(filled)
    return import_answers(at.bot.library, path, dry_run=False, now=now)


async def settled(at, clock):
    """
    Let the bot do all that is due, and what it puts off because the machine is slow.
    """
    library = at.bot.library

    def soon(session):
        states = (DeliveryState.PLANNED, DeliveryState.CLAIMED, DeliveryState.SENDING)
        until = clock.now + SOON
        return [each.next_attempt_at for each in in_states(session, states, limit=99) if each.next_attempt_at <= until]  # fmt: skip

    await at.bot.tick()
    await at.bot.closer.settled()
    async with asyncio.timeout(60):
        await at.bot.tick()
        while waiting := library.read_now(soon):
            clock.now = max(clock.now, min(waiting))
            await at.bot.tick()
            await at.bot.sender.rested()
    await at.bot.tick()


def stripped(call):
    """
    Without the ids that Slack makes up, and the nonces of forms.
    """
    method, args = call
    kept = {key: value for key, value in args.items() if key not in {"trigger_id", "view_id", "ts"}}
    return [method, re.sub(r'\\*"nonce\\*": \\*"[0-9a-f]+\\*"', "", json.dumps(kept))]


def plain(content):
    """
    Return what is in a file; but for Slack's own moments, in what a person is kept of.
    """
    if content.startswith(b"PK"):
        with zipfile.ZipFile(io.BytesIO(content)) as book:
            return [[each, book.read(each).decode()] for each in book.namelist()]
    return re.sub(r'"(slack_ts|next_attempt_at)": "[^"]*"', "", content.decode())


def stored(library):
    """
    Yield every table as it can be read without the key.
    """
    with library.database.reads.connect() as connection:
        names = connection.execute(
            text("SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name")
        ).scalars()
        for name in list(names):
            columns = connection.execute(text(f"SELECT name FROM pragma_table_info('{name}')")).scalars()  # fmt: skip
            kept = [f'"{column}"' for column in columns if column not in CHANCE]
            rows = connection.execute(text(f'SELECT {", ".join(kept)} FROM "{name}"')).all()
            yield [name, sorted(map(str, rows))]
        for column in ("draft", "answer"):
            lengths = connection.execute(text(f"SELECT organization_id, length({column}) FROM survey_agency ORDER BY 1"))  # fmt: skip
            yield [column, [tuple(each) for each in lengths]]


@pytest.mark.timeout(180)
@pytest.mark.parametrize("worlds", WORLDS.values(), ids=WORLDS.keys())
async def test_what_agencies_type_changes_nothing_that_anybody_sees(
    worlds, sqlite_template, tmp_path, contra_costa, logged
):
    seen = []
    for number, world in enumerate(worlds):
        path = tmp_path / f"{number}.db"
        path.write_bytes(sqlite_template.read_bytes())
        seen.append(
            await live(
                f"sqlite:///{path}", world, folder=tmp_path, contra_costa=contra_costa,
                logged=logged,
            )
        )  # fmt: skip

    one, other = (
        # A slow machine takes seconds more, and asks for nothing else.
        [CLOCK.sub(r"\1", FILE.sub("F", json.dumps(each))) for each in world]
        for world in seen
    )
    said = "".join(one)
    for words in ("is published", "Sent in.", "do not add up", "sent in", "purged"):
        assert words in said
    for first, second in zip(one, other, strict=True):
        assert first == second
