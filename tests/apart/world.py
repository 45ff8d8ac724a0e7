"""
Two task forces of full, alike data: alone, and side by side in one database.

Whatever the first is asked, it has to answer the same in both: what comes of the second's
rows is seen as a difference. A write to one of the second's rows is refused by a trigger.
"""

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path

from sqlalchemy import inspect
from sqlmodel import SQLModel, select

from storage import models
from storage.attendance import Answer, say
from storage.broadcast_approvals import approve, release, set_approval_above
from storage.broadcast_corrections import propose
from storage.broadcast_runs import start_due
from storage.broadcasts import Draft, save
from storage.claims import begin, claim, mark_failed, mark_unknown
from storage.corrections import report
from storage.custodians import Part, Responsible, appoint
from storage.deliveries import Plan as Delivery
from storage.deliveries import Priority, plan
from storage.details import Details
from storage.entries import current
from storage.job_troubles import note_trouble
from storage.leads import Lead, set_leads
from storage.meeting_drafts import Draft as MeetingDraft
from storage.meeting_drafts import keep_draft
from storage.meeting_edits import add_series, seed_series
from storage.meetings import coming
from storage.migrations import migrate
from storage.models import RoleName
from storage.packs.loading import install
from storage.packs.reading import Pack
from storage.people import grant
from storage.preferences import Preference, prefer
from storage.processes import beat
from storage.proposals import propose as propose_change
from storage.receipts import first_time
from storage.recurrence import Plan
from storage.registrations import ask
from storage.reminder_wishes import Agenda, mute, snooze, wish_agenda
from storage.reminders import plan_reminders
from storage.seats import take_seats
from storage.session import Database, Session, open_database, transaction
from storage.statistics.ledger import Origin, Proposal, Series, draft
from storage.statistics.sheets import Dimension, Structure
from storage.surveys.cycles import Dates, Definition, define
from storage.surveys.life import freeze, open_cycle
from storage.surveys.shapes import Question
from tests.conftest import NOON
from tests.keeping import add_coordinator, add_member
from tests.storage.backup.full import fill_every_table
from tests.storage.test_traces import lived
from tests.workshop import KEY

TEAM = "T1"
ME, OTHER, CORA, SOL, MEL = "U0ME77777", "U0OTHER88", "U0CORA", "U0SOL", "U0MEL"
GROUP, SUBGROUP = "collaborative:coalition", "subcommittee:youth"
FIRST, SECOND = 1_000_001, 1  # task forces
BALLAST = 1_000_000  # so that the first's ids are all above it, in both databases alike
APART = BALLAST  # between an id of the first's and the same of the second's
DAYS = Dates(
    opens_on=date(2026, 3, 2),
    due_on=date(2026, 3, 16),
    grace_on=date(2026, 3, 27),
    closes_on=date(2026, 3, 30),
)
WEEKLY = Plan(starts_on=date(2026, 3, 3), starts_at=time(10), minutes=60, zone="America/Los_Angeles", rule="FREQ=WEEKLY;BYDAY=TU")  # fmt: skip
LEASE = timedelta(seconds=60)
# A token or an address is nobody else's: these may not be alike.
UNLIKE = {
    ("meeting_series", "uid"),
    ("task_force", "key"),
    ("task_force", "team_id"),
    ("calendar_feed", "token_digest"),
}


@dataclass(frozen=True, kw_only=True)
class World:
    """
    Attributes:
        alone: a database with the first task force.
        both: the same, and the second, whose rows are the first's with other ids.
    """

    alone: Database
    both: Database


def build(folder: Path, pack: Pack) -> World:
    alone, both = folder / "alone.db", folder / "both.db"
    database = open_database(f"sqlite:///{alone}", secret_key=KEY)
    migrate(database)
    _lift(alone, database)
    install(database, pack, now=NOON)
    with transaction(database, task_force_id=FIRST) as session:
        live(session)
    database.dispose()
    names = _names(database)
    with closing(sqlite3.connect(alone)) as connection:
        for name in names:
            connection.execute(f'DELETE FROM "{name}" WHERE id = {BALLAST}')
        connection.commit()
        connection.execute(f"VACUUM INTO '{both}'")
    with closing(sqlite3.connect(both)) as connection:
        _repeat(connection, names)
    for path in (alone, both):
        with closing(sqlite3.connect(path)) as connection:
            _guard(connection, names)
    return World(
        **{
            name: replace(open_database(f"sqlite:///{path}", secret_key=KEY), admins=frozenset({CORA}))
            for name, path in (("alone", alone), ("both", both))
        }
    )  # fmt: skip


def _names(database: Database) -> list[str]:
    return [table.name for table in SQLModel.metadata.sorted_tables]


def _lift(path: Path, database: Database) -> None:
    """
    Have new rows numbered from above `BALLAST`.
    """
    fill_every_table(database)
    with closing(sqlite3.connect(path)) as connection:
        for name in _names(database):
            connection.execute(f'UPDATE "{name}" SET id = {BALLAST}')
        for table in SQLModel.metadata.sorted_tables:
            for column in table.columns:
                if column.foreign_keys:
                    connection.execute(f'UPDATE "{table.name}" SET "{column.name}" = {BALLAST}')
        connection.commit()


def _repeat(connection: sqlite3.Connection, names: list[str]) -> None:
    """
    Give the second task force everything that the first has.
    """
    for table in SQLModel.metadata.sorted_tables:
        columns, values = [], []
        for column in table.columns:
            quoted = f'"{column.name}"'
            columns.append(quoted)
            if column.primary_key or column.foreign_keys:
                values.append(f"{quoted} - {APART}")
            elif (table.name, column.name) in UNLIKE:
                values.append(f"'other-' || {quoted}")
            else:
                values.append(quoted)
        connection.execute(f'INSERT INTO "{table.name}" ({", ".join(columns)}) SELECT {", ".join(values)} FROM "{table.name}"')  # fmt: skip
    connection.commit()
    assert connection.execute("PRAGMA foreign_key_check").fetchall() == []


def _guard(connection: sqlite3.Connection, names: list[str]) -> None:
    """
    Refuse every write to a row of another task force than the first.
    """
    for name in names:
        owner = "id" if name == "task_force" else "task_force_id"
        for act, row in (("INSERT", "NEW"), ("UPDATE", "OLD"), ("UPDATE", "NEW"), ("DELETE", "OLD")):  # fmt: skip
            connection.execute(
                f'CREATE TRIGGER apart_{name}_{act}_{row} BEFORE {act} ON "{name}"'
                f" WHEN {row}.{owner} < {BALLAST}"
                f" BEGIN SELECT RAISE(ABORT, 'written across: {act} {name}'); END"
            )
    connection.commit()


def live(session: Session) -> None:
    """
    Let people do everything that leaves a row: at noon of a day.
    """
    now = NOON
    for who in (CORA, SOL):
        add_coordinator(session, who)
    grant(session, team_id=TEAM, user_id=OTHER, role=RoleName.ADMIN, granted_by="x", now=now)
    for who in (MEL, "U0WEN"):
        add_member(session, who, of="shelter")
    lived(session, now, ME, OTHER)
    shelter = session.exec(select(models.Organization).where(models.Organization.key == "shelter")).one()  # fmt: skip
    appoint(session, "shelter", team_id=TEAM, user_id=MEL, part=Part.OWNER, by=CORA, today=now.date(), now=now)  # fmt: skip
    take_seats(session, organization_id=shelter.id or 0, refs=(GROUP, SUBGROUP), user_id=MEL, now=now)  # fmt: skip
    _meet(session, now)
    _broadcast(session, now)
    _deliver(session, now)
    _survey(session, now, shelter.id or 0)
    _count(session, now)
    ask(session, team_id=TEAM, user_id="U0NEW", details=Details(name="N", agency="A", title="T"), groups=(GROUP,), seat_user_id=None, now=now)  # fmt: skip
    phone = session.exec(select(models.Phone.key)).first() or ""
    responsible = Responsible(session, today=now.date())
    report(session, "phone", key=phone, said="x", by=MEL, organization_id=shelter.id, responsible=responsible, now=now)  # fmt: skip
    line = session.exec(select(models.Hotline.key).where(models.Hotline.key == "local-line")).one()
    said = current(session, "hotline", line)
    propose_change(session, line, after={**(said or {}), "name": "Another line"}, by=SOL, now=now)
    session.add(models.Schedule(organization_id=shelter.id, byday=["MO"], opens_at=time(9), closes_at=time(17)))  # fmt: skip
    for moment in (now, SOON - timedelta(minutes=50)):
        plan_reminders(session, now=moment)
    note_trouble(session, job="sending", reason="KeyError", reference="abcd", now=now)
    beat(session, name="desk:1:a", started_at=now, every=timedelta(seconds=15), now=now)
    first_time(session, interaction="x", now=now)
    session.flush()


def _meet(session: Session, now: datetime) -> None:
    made = add_series(session, group=GROUP, name="Coalition meets", plain=False, plan=WEEKLY, place="Room", link=None, by=CORA, now=now)  # fmt: skip
    seed_series(session, key="bare", group=SUBGROUP, name="Bare", plain=False, now=now)
    [found, *_] = coming(session, [made], now=now, days=14)
    say(session, found, user_id=MEL, answer=Answer.DELEGATE, delegate="U0WEN", now=now)
    snooze(session, found, user_id=MEL, until=now + timedelta(hours=1))
    mute(session, made, user_id="U0WEN", now=now)
    set_leads(session, made.id, [Lead(minutes=60), Lead(minutes=1440, channel="C0ROOM")], by=CORA, now=now)  # fmt: skip
    wish_agenda(session, MEL, Agenda(), now=now)
    keep_draft(session, MeetingDraft(group=GROUP, name="D", plan=WEEKLY, place=None, link=None), team_id=TEAM, user_id=CORA, now=now)  # fmt: skip
    for model, values in (
        (models.MeetingException, {"occurrence": "2026-03-10T10:00", "state": "skipped", "sequence": 1, "changed_at": now}),
        (models.MeetingChange, {"what": "skipped", "occurrence": "2026-03-10T10:00", "made_at": now}),
    ):  # fmt: skip
        session.add(model(series_id=made.id, **values))


def _broadcast(session: Session, now: datetime) -> None:
    everybody = ("everybody:members",)
    set_approval_above(session, 0, by=CORA, now=now)
    for text, steps in (("a draft", 0), ("waits", 1), ("goes out", 2)):
        made = save(session, Draft(text=text, audience=everybody, wants_ack=True), team_id=TEAM, sender=CORA, now=now)  # fmt: skip
        if steps:
            release(session, made.number, by=CORA, version=made.version, now=now)
        if steps == 2:
            approve(session, made.number, by=SOL, version=made.version, now=now)
            start_due(session, now=now)
            propose(session, made.number, text="better", by=CORA, seen=0, now=now)


def _deliver(session: Session, now: datetime) -> None:
    """
    A delivery in every state, and one in a digest.
    """
    prefer(session, "U0DIGEST", Preference(digest=True), kind="test")
    rows = [Delivery(kind="test", occasion=f"{n}", recipient=who, due_at=now, responsible=CORA) for n, who in enumerate((MEL, "U0DIGEST", "U0WEN", "U0A", "U0B"))]  # fmt: skip
    plan(session, rows, now=now)
    held = claim(session, holder="h", now=now, lease=LEASE, room=dict.fromkeys(Priority, 50))
    for settle, each in zip((mark_unknown, mark_failed, None), held.deliveries, strict=False):
        begin(session, each.token or "", now=now, lease=LEASE)
        if settle is not None:
            settle(session, each.token or "", reason="x", now=now)
    plan(session, [Delivery(kind="test", occasion="later", recipient=MEL, due_at=now, responsible=CORA)], now=now)  # fmt: skip


def _survey(session: Session, now: datetime, shelter: int) -> None:
    for name, steps in (("Planned", 0), ("Open", 1), ("Frozen", 2)):
        asked = Question(text=f"How many people? {name}")
        wanted = Definition(name=name, dates=DAYS, organizations=(shelter,), questions=(asked,))
        made = define(session, wanted, by=CORA, now=now)
        if steps:
            open_cycle(session, made.number, by=CORA, now=now)
            row = session.exec(select(models.SurveyAgency).where(models.SurveyAgency.cycle_id == made.number)).one()  # fmt: skip
            row.answer, row.state = b"x", "answered"
        if steps == 2:
            freeze(session, made.number, by=CORA, now=now)


def _count(session: Session, now: datetime) -> None:
    draft(session, proposal(), by=CORA, now=now)


def proposal(period: str = "2024") -> Proposal:
    year = int(period)
    dimensions = (Dimension(name="Agency", labels=("Shelter", "County")), Dimension(name="column", labels=("Adults",)))  # fmt: skip
    return Proposal(
        series=Series(key="apart", program="P", title="T"),
        period=period,
        starts=date(year, 1, 1),
        ends=date(year, 12, 31),
        unit="people",
        threshold=10,
        note=None,
        origin=Origin(source="deck", place="P", as_of=date(2026, 3, 1)),
        structure=Structure(dimensions=dimensions),
        counts={("Shelter", "Adults"): 40, ("County", "Adults"): 50},
    )


@contextmanager
def trying(database: Database, task_force_id: int = FIRST) -> Iterator[Session]:
    """
    Yield a session whose changes are taken back; of the second, one that only reads.
    """
    engine = database.writes if task_force_id == FIRST else database.reads
    with Session(engine, expire_on_commit=False) as session, session.begin() as whole:
        session.info.update(task_force_id=task_force_id, sealer=database.sealer, admins=database.admins)  # fmt: skip
        yield session
        whole.rollback()


def empty_tables(database: Database) -> set[str]:
    with database.reads.connect() as connection:
        return {
            name
            for name in inspect(connection).get_table_names()
            if name != "alembic_version"
            and not connection.exec_driver_sql(
                f'SELECT count(*) FROM "{name}" WHERE id > {BALLAST}'
            ).scalar()
        }


SOON = datetime(2026, 3, 3, 18, tzinfo=UTC)
