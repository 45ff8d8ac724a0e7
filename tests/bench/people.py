"""
The people who ask: all of them approved members with seats, some of them coordinators.
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, time, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from bot.clock import utc_now
from bot.library import Library
from bot.sandbox.people import TEAM
from storage.details import MEMBERS, Details
from storage.meeting_edits import change_series
from storage.meetings import all_series
from storage.members import admit
from storage.organizations import organization_names
from storage.packs.reading import find_pack, read_pack
from storage.people import RoleName, grant
from storage.recurrence import DAYS
from storage.session import Session
from storage.task_forces import bind_workspace
from tests.workshop import KEY

PEOPLE = [f"U0BENCH{number:03}" for number in range(500)]
COORDINATORS = PEOPLE[::25]
BY = "U0BENCHBOSS"
COMMON = "collaborative:httf"
GROUPS = {  # in which every third person sits: what it is called
    "collaborative:ht-coalition": "Human Trafficking Coalition",
    "collaborative:ht-mdt": "HT-MDT",
    "collaborative:csec-y-steering-committee": "CSEC/Y Interagency Steering Committee",
}
AHEAD = timedelta(days=20)  # no reminder is due while anything is measured


def prepared(folder: Path, *, name: str = "ht.db") -> str:
    """
    Make a database in *folder* with all of them in it, and return its address.
    """
    url = f"sqlite:///{folder / name}"
    library = open_library(url)
    library.write_now(lambda session: seed(session, now=utc_now()))
    library.close()
    return url


def open_library(url: str) -> Library:
    pack = read_pack(find_pack("contra_costa"))
    return Library.open(url, pack=pack, clock=utc_now, secret_key=KEY)


def own_group(person: str) -> str:
    """
    Return the name of the group in which *person* sits and most do not.
    """
    return tuple(GROUPS.values())[PEOPLE.index(person) % len(GROUPS)]


def seed(session: Session, *, now: datetime, people: Sequence[str] = PEOPLE) -> None:
    """
    Admit *people*, who sit in two groups each, and let the groups have their dates.
    """
    bind_workspace(session, TEAM)
    _meetings(session, now=now)
    agencies = [each.id for each in organization_names(session)]
    for number, id in enumerate(people):
        details = Details(
            name=f"Person {number} of Bench",
            organization_id=agencies[number % len(agencies)],
            title="Advocate",
            languages=("english",),
            email=f"person.{number}@example.org",
            contact_visibility=MEMBERS,
            listed=MEMBERS,
        )
        groups = (COMMON, tuple(GROUPS)[number % len(GROUPS)])
        admit(
            session, team_id=TEAM, user_id=id, details=details, groups=groups, seat_user_id=id,
            by=BY, now=now,
        )  # fmt: skip
    for id in COORDINATORS:
        grant(session, team_id=TEAM, user_id=id, role=RoleName.COORDINATOR, granted_by=BY, now=now)


def _meetings(session: Session, *, now: datetime) -> None:
    for each in all_series(session):
        if each.group not in {COMMON, *GROUPS}:
            continue
        day = (now + AHEAD).astimezone(ZoneInfo(each.plan.zone)).date()
        plan = replace(
            each.plan,
            starts_on=day,
            starts_at=time(10),
            minutes=60,
            rule=f"FREQ=WEEKLY;BYDAY={DAYS[day.weekday()]}",
        )
        change_series(
            session, each.id, version=each.version, since=None, name=each.name, plan=plan,
            place="Online", link="https://meet.example.org/bench", by=BY, now=now,
        )  # fmt: skip
