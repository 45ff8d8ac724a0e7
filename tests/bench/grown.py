"""
Larger task forces: more verbs, agencies, members, meetings than any county has.
"""

import random
from datetime import datetime, timedelta

from sqlalchemy import insert
from sqlmodel import select

from bot.clock import utc_now
from bot.sandbox.people import TEAM
from commands.contract import Command, Reply, Request, Standing, Text
from commands.help import command_for
from commands.registry import COMMANDS
from storage import models
from storage.details import MEMBERS
from storage.members import YEAR
from storage.organizations import organization_names
from storage.people import RoleName
from storage.seats import groups
from storage.session import Session
from tests.bench.directory import add_agencies
from tests.bench.people import BY, PEOPLE, seed

FEW = 200  # people, of whom every task force here has so many
# What routing asks for by name: the lines, help, and whatever things are named of.
NEEDED = {
    "hotline", "partner", "collaboratives", "services", "define", "prevention", "models", "gaps",
    "sources",
}  # fmt: skip


def with_verbs(total: int) -> tuple[Command, ...]:
    """
    Return so many verbs, those that are needed among them; the others are made up, each with
    synonyms as a real one has.
    """
    draw = random.Random(10)
    words: set[str] = set()
    while len(words) < 4 * total:
        syllables = draw.sample(["ba", "co", "di", "fu", "ge", "lo", "mi", "na", "ru", "ze"], 4)
        words.add("".join(syllables))
    ordered = iter(sorted(words))

    def recall(request: Request) -> Reply:
        return Reply(title="Made up", parts=(Text(text=request.text or "Nothing"),))

    needed = [each for each in COMMANDS if each.verb in NEEDED]
    made = []
    for _ in range(total - len(needed) - 1):
        verb, *aliases = (next(ordered) for _ in range(4))
        made.append(
            Command(
                verb=verb,
                usage=f"{verb} [words]",
                summary="Something that was made up.",
                aliases=tuple(aliases),
                who=Standing.MEMBER,
                recall=recall,
            )
        )
    every = (*needed, *made)
    return (*every, command_for(every))


def with_agencies(session: Session, total: int) -> None:
    seed(session, now=utc_now(), people=PEOPLE[:FEW])
    add_agencies(session, total - len(organization_names(session)))


def with_members(session: Session, total: int) -> None:
    """
    Let there be so many approved members, each with a role and a seat.
    """
    now = utc_now()
    seed(session, now=now, people=PEOPLE[:FEW])
    ids = [f"U0MORE{number:06}" for number in range(FEW, total)]
    if not ids:
        return
    _add(session, models.Person, [{"team_id": TEAM, "user_id": id} for id in ids])
    known = session.exec(select(models.Person.user_id, models.Person.id)).all()
    people = {user_id: person_id for user_id, person_id in known if user_id in set(ids)}
    agencies = [each.id for each in organization_names(session)]
    of = {id: agencies[number % len(agencies)] for number, id in enumerate(ids)}
    refs = [each.ref for each in groups(session)]
    _add(
        session,
        models.Member,
        [
            _member(number, person=people[id], agency=of[id], now=now)
            for number, id in enumerate(ids, start=FEW)
        ],
    )
    granted = {"name": RoleName.MEMBER.value, "granted_by": BY, "granted_at": now}
    _add(session, models.Role, [{"person_id": people[id], **granted} for id in ids])
    _add(
        session,
        models.Seat,
        [
            {
                "organization_id": of[id],
                "group": refs[number % len(refs)],
                "user_id": id,
                "since": now,
            }
            for number, id in enumerate(ids)
        ],
    )


def _member(number: int, *, person: int, agency: int, now: datetime) -> dict[str, object]:
    return {
        "person_id": person,
        "name": f"Person {number} of Bench",
        "organization_id": agency,
        "title": "Advocate",
        "languages": ["english"],
        "email": f"person.{number}@example.org",
        "contact_visibility": MEMBERS,
        "listed": MEMBERS,
        "approved_by": BY,
        "approved_at": now,
        "confirmed_on": now.date(),
        "lapses_on": now.date() + timedelta(days=YEAR),
    }


def with_meetings(session: Session, total: int) -> None:
    """
    Let there be so many weekly series, of all groups alike.
    """
    seed(session, now=utc_now(), people=PEOPLE[:FEW])
    first, *others = session.exec(select(models.MeetingSeries)).all()
    shape = first.model_dump(exclude={"id"})
    refs = [each.ref for each in groups(session)]
    rows = [
        shape
        | {
            "key": f"bench-{number}",
            "uid": f"bench-{number}",
            "name": f"Meeting {number}",
            "group": refs[number % len(refs)],
        }
        for number in range(total - 1 - len(others))
    ]
    _add(session, models.MeetingSeries, rows)


def _add(session: Session, model: type[models.Scoped], rows: list[dict[str, object]]) -> None:
    session.exec(insert(model), params=rows)
