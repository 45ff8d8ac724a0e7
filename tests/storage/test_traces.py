"""
All that is a person's is handed to them, and none of it is left when they go.
"""

import json

import pytest
from sqlalchemy import text
from sqlmodel import SQLModel, select

from storage import models
from storage.audit import record
from storage.deliveries import Plan, plan
from storage.details import Details
from storage.errors import LastAdminError
from storage.models import RoleName
from storage.people import grant, person_id
from storage.preferences import Preference, prefer
from storage.registrations import approve, ask
from storage.seats import groups
from storage.session import transaction
from storage.traces import TRACES, everything_of, forget

ME, OTHER = "U0ME77777", "U0OTHER88"
# Columns that hold a person by design; all of them are in TRACES, or are the audit's.
NAMED = ("_by", "user_id", "person_id", "recipient", "responsible", "actor", "subject", "sender")
BY_KEY = {("change", "key")}  # what an import changed of a member
AUDITS = {("audit_entry", "actor"), ("audit_entry", "subject")}


@pytest.fixture
def session(loaded):
    with transaction(loaded, task_force_id=1) as session:
        yield session


def lived(session, now, me, other):
    """
    Let *me* leave a row in every table where somebody can, decided on by *other*.
    """
    refs = tuple(each.ref for each in groups(session))[:2]
    details = Details(name=f"Name of {me}", agency=f"Agency of {me}", title="x", email=f"{me}@example.org")  # fmt: skip
    request = ask(session, team_id="T1", user_id=me, details=details, groups=refs, seat_user_id=me, now=now)  # fmt: skip
    done = approve(session, request.number, by=other, version=None, now=now)
    ask(session, team_id="T1", user_id=me, details=details, groups=refs, seat_user_id=me, now=now)
    grant(session, team_id="T1", user_id=me, role=RoleName.COORDINATOR, granted_by=other, now=now)
    prefer(session, me, Preference(muted=True), kind="test")
    plan(session, [Plan(kind="test", occasion="1", recipient=me, due_at=now, responsible=other)], now=now)  # fmt: skip
    record(session, "contact.opened", actor=me, now=now, subject=other)
    who, organization = person_id(session, team_id="T1", user_id=me), done.details.organization_id
    session.add(models.Custodian(organization_id=organization, person_id=who, part="owner", since=now))  # fmt: skip
    session.add(models.Change(table="phone", key="p", state="made", made_by=me, made_at=now, decided_by=other))  # fmt: skip
    session.add(models.Change(table="member", key=me, after={"email": f"{me}@example.org"}, state="made", made_by="htbot import", made_at=now))  # fmt: skip
    session.add(models.Correction(table="phone", key="p", reported_by=me, reported_at=now, settled_by=other))  # fmt: skip
    service = session.exec(select(models.Service.id)).first()
    session.add(models.Offering(organization_id=organization, service_id=service, said_by=me, said_at=now))  # fmt: skip
    session.add(models.ImportBatch(kind="members", imported_by=me, imported_at=now, number_of_rows=1, undone_by=other))  # fmt: skip
    text = models.Broadcast(team_id="T1", sender=me, kind="broadcast", text="x", audience=[], wants_ack=False, harmless=False, state="sent", drafted_at=now, approved_by=other)  # fmt: skip
    session.add(text)
    session.flush()
    session.add(models.BroadcastReader(broadcast_id=text.id, run=1, user_id=me))
    session.add(models.BroadcastCorrection(broadcast_id=text.id, text="y", state="writing", proposed_by=me, proposed_at=now, decided_by=other))  # fmt: skip
    series = models.MeetingSeries(key=f"of-{me[::-1]}", group=refs[0], name="x", plain=False, zone="UTC", uid=me[::-1], changed_at=now)  # fmt: skip
    session.add(series)
    session.flush()
    session.add(models.MeetingDraft(key="x", team_id="T1", user_id=me, group=refs[0], name="x", starts_on=now.date(), starts_at=now.time(), minutes=60, zone="UTC", rule="", on_holiday="skip", holidays="", made_at=now))  # fmt: skip
    session.add(models.CalendarFeed(team_id="T1", user_id=me, token_digest=f"of-{me[::-1]}", made_at=now))  # fmt: skip
    session.add(models.Attendance(series_id=series.id, occurrence="2026-03-10T10:00", user_id=me, answer="delegate", delegate_user_id=other, answered_at=now))  # fmt: skip
    session.add(models.Snooze(series_id=series.id, occurrence="2026-03-10T10:00", user_id=me, until=now))  # fmt: skip
    session.add(models.SeriesMute(series_id=series.id, user_id=me, muted_at=now))
    session.add(models.AgendaWish(user_id=me, wished_at=now))
    session.add(models.SpokenLanguage(user_id=me, language="es"))
    survey = models.SurveyCycle(name="S", kind="questions", opens_on=now.date(), due_on=now.date(), grace_on=now.date(), closes_on=now.date(), responsible=me, shaped_by=me, closed_by=me, state="closed", defined_at=now)  # fmt: skip
    session.add(survey)
    session.flush()
    session.add(models.SurveyAgency(cycle_id=survey.id, organization_id=organization, state="silent", saved_by=me, sent_by=me, said_by=me))  # fmt: skip
    session.flush()


def everywhere(session, word):
    """
    Return the columns of the whole database in which *word* stands, ours or not.
    """
    connection = session.connection()
    found = []
    for table in SQLModel.metadata.sorted_tables:
        for column in table.columns:
            rows = connection.execute(text(f'SELECT "{column.name}" FROM "{table.name}"'))
            if any(word in str(value) for (value,) in rows):
                found.append((table.name, column.name))
    return found


def test_every_column_that_may_name_a_person_is_known():
    known = {(str(trace.model.__tablename__), trace.column) for trace in TRACES}
    columns = {
        (table.name, column.name)
        for table in SQLModel.metadata.sorted_tables
        for column in table.columns
        if column.name.endswith(NAMED) and column.name != "task_force_id"
    }

    assert (columns - AUDITS) | BY_KEY == known


def test_the_story_reaches_every_table_that_knows_people(session, now):
    lived(session, now, ME, OTHER)
    lived(session, now, OTHER, ME)

    reached = {table for table, _ in everywhere(session, ME)}
    named = {str(trace.model.__tablename__) for trace in TRACES if not trace.column.endswith("person_id")}  # fmt: skip
    assert reached >= named - {"statistic_release"}


def test_an_export_is_all_of_mine_and_nothing_of_anybody_elses(session, now):
    lived(session, now, ME, OTHER)
    before = everything_of(session, team_id="T1", user_id=ME)
    lived(session, now, OTHER, "U0THIRD99")

    mine = everything_of(session, team_id="T1", user_id=ME)

    assert mine == before
    said = json.dumps(mine)
    assert f"{ME}@example.org" in said
    assert f"{OTHER}@example.org" not in said
    assert f"Name of {OTHER}" not in said
    for trace in TRACES:
        if trace.mine:
            assert mine[str(trace.model.__tablename__)], trace
    assert len(mine["registration"]) == 2
    assert {each["act"] for each in mine["audit_entry"]} >= {"contact.opened", "registration.approved"}  # fmt: skip


def test_who_leaves_is_nowhere_any_more_and_others_keep_what_is_theirs(session, now):
    lived(session, now, ME, OTHER)
    lived(session, now, OTHER, ME)
    mine = everything_of(session, team_id="T1", user_id=ME)
    assert mine["member"]
    others = {table: len(rows) for table, rows in everything_of(session, team_id="T1", user_id=OTHER).items()}  # fmt: skip

    forget(session, team_id="T1", user_id=ME, now=now)

    # The agency that was entered for them is the directory's, by its name.
    assert [place for place in everywhere(session, ME) if place[0] != "organization"] == []
    assert not any(everything_of(session, team_id="T1", user_id=ME).values())
    left = {table: len(rows) for table, rows in everything_of(session, team_id="T1", user_id=OTHER).items()}  # fmt: skip
    assert left == others


def test_the_seat_stays_empty_and_flagged(session, now):
    lived(session, now, ME, OTHER)

    forget(session, team_id="T1", user_id=ME, now=now)

    seats = session.exec(select(models.Seat)).all()
    assert [(seat.user_id, seat.emptied_at) for seat in seats] == [(None, now)] * 2


def test_leaving_twice_is_harmless(session, now):
    lived(session, now, ME, OTHER)

    forget(session, team_id="T1", user_id=ME, now=now)
    forget(session, team_id="T1", user_id=ME, now=now)

    assert [place for place in everywhere(session, ME) if place[0] != "organization"] == []


def test_the_last_administrator_cannot_leave(session, now):
    grant(session, team_id="T1", user_id=ME, role=RoleName.ADMIN, granted_by="htbot grant", now=now)

    with pytest.raises(LastAdminError):
        forget(session, team_id="T1", user_id=ME, now=now)

    grant(session, team_id="T1", user_id=OTHER, role=RoleName.ADMIN, granted_by=ME, now=now)
    forget(session, team_id="T1", user_id=ME, now=now)
    assert everywhere(session, ME) == []
