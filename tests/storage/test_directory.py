"""
The directory's entries: who keeps them, how they change, and what nobody overwrites.
"""

from datetime import timedelta
from threading import Barrier, Thread

import pytest
from sqlmodel import select

from storage import audit
from storage.custodians import Part, Responsible, appoint, custodians, release
from storage.directory import agrees, history, offered_by, save, undo
from storage.entries import current, version
from storage.errors import (
    NotTheirMemberError,
    StaleError,
    StillHasLinesError,
    UnknownFactError,
    UnknownTableError,
)
from storage.facts import content_version, edit
from storage.hotlines import hotlines
from storage.models import Member, Phone, Seat
from storage.organizations import organization_names, partners
from storage.packs.loading import load_pack
from storage.packs.reading import read_pack
from storage.session import transaction
from storage.task_forces import local_day
from tests.conftest import NOON
from tests.keeping import TEAM, add_coordinator, add_custodian, add_member

NUMBER = {
    "number": "(925) 555-0123",
    "extension": None,
    "type": "voice",
    "description": "Front desk",
    "organization": "cvs",
}
DETAILS = {"description": "Helps.", "website": "https://cvs.example", "email": "in@cvs.example"}
LATER = NOON + timedelta(hours=1)


def change(session, table="phone", key="cvs-phone-1", after=NUMBER, **more):
    return save(session, table, key, after, **{"by": "U1", "now": NOON, **more})


def row(session, key="cvs-phone-1"):
    return session.exec(select(Phone).where(Phone.key == key)).one()


def test_a_change_keeps_who_when_before_and_after_and_tells_the_audit(session):
    version_before = content_version(session)

    assert change(session)
    assert change(session, after={**NUMBER, "number": "988"}, by="U2", now=LATER)

    [second, first] = history(session, "cvs", limit=9)
    assert (first.before, first.after, first.made_by, first.made_at) == (None, NUMBER, "U1", NOON)
    assert (second.before, second.after) == ({"number": "(925) 555-0123"}, {"number": "988"})
    assert (second.made_by, second.made_at, second.state) == ("U2", LATER, "made")
    assert content_version(session) > version_before
    acts = [
        (each.act, each.subject, dict(each.details)) for each in audit.entries(session, limit=2)
    ]
    assert acts == [
        ("directory.changed", "phone:cvs-phone-1", {"fields": "number"}),
        ("directory.added", "phone:cvs-phone-1", {"fields": "description, extension, number, organization, type"}),
    ]  # fmt: skip


def test_what_is_the_same_already_is_no_change(session):
    assert change(session)
    assert not change(session, by="U2")
    assert not change(session, after=None, key="nothing")

    assert len(history(session, "cvs", limit=9)) == 1


def test_saving_is_not_verifying_and_what_a_source_said_is_said_of_it_no_longer(session):
    change(session, "organization", "cvs", {**DETAILS, "email": None})
    edit(
        session, "organization", "cvs", changes={"verified_on": local_day(session, NOON)}, now=NOON
    )
    change(session, "organization", "cvs", DETAILS)

    [cvs] = [each for each in partners(session) if each.key == "cvs"]
    assert (cvs.email, cvs.provenance.verified_on) == ("in@cvs.example", None)
    assert (cvs.provenance.kind, cvs.provenance.as_of) == ("entered", local_day(session, NOON))


def test_what_is_put_back_is_its_sources_again(session):
    before = current(session, "organization", "cvs")
    change(session, "organization", "cvs", DETAILS)
    change(session, "organization", "cvs", before)

    [cvs] = [each for each in partners(session) if each.key == "cvs"]
    assert cvs.provenance.kind == "deck"


def test_whoever_looked_at_something_older_overwrites_nothing(session):
    change(session)
    seen = version(current(session, "phone", "cvs-phone-1"))
    change(session, after={**NUMBER, "number": "988"}, by="U2")

    with pytest.raises(StaleError):
        change(session, after={**NUMBER, "number": "211"}, seen=seen)
    assert current(session, "phone", "cvs-phone-1")["number"] == "988"


def test_a_retired_number_is_kept_and_can_be_brought_back(session):
    change(session)
    change(session, after=None, by="U2")
    assert current(session, "phone", "cvs-phone-1") is None
    assert row(session).retired_at == NOON

    [retired, _] = history(session, "cvs", limit=9)
    assert undo(session, retired.id, by="U1", now=LATER)
    assert current(session, "phone", "cvs-phone-1") == NUMBER
    with pytest.raises(StaleError):
        undo(session, retired.id, by="U1", now=LATER)


def test_a_change_is_not_undone_where_the_same_changed_again_and_is_beside_others(session):
    change(session, "organization", "cvs", DETAILS)
    [first] = history(session, "cvs", limit=1)
    change(session, "organization", "cvs", {**DETAILS, "email": "new@cvs.example"})
    with pytest.raises(StaleError):
        undo(session, first.id, by="U1", now=NOON)

    [second] = history(session, "cvs", limit=1)
    change(session, "organization", "cvs", {**DETAILS, "email": "new@cvs.example", "website": None})
    undo(session, second.id, by="U1", now=NOON)

    assert current(session, "organization", "cvs") == {**DETAILS, "website": None}


def test_hours_and_services_are_entries_like_others(session):
    hours = {"byday": ["MO", "TU"], "opens_at": "09:00", "closes_at": "17:30", "description": None}
    offered = {"persons": ["adult"], "languages": ["spanish"]}
    service = "cvs/immediate-and-daily-needs-shelter-housing"

    change(session, "schedule", "cvs", hours)
    change(session, "offering", service, offered)

    assert current(session, "schedule", "cvs") == hours
    assert offered_by(session, "cvs") == {"immediate-and-daily-needs-shelter-housing": offered}
    assert [each.table for each in history(session, "cvs", limit=9)] == ["offering", "schedule"]
    for each in history(session, "cvs", limit=9):
        undo(session, each.id, by="U1", now=NOON)
    assert current(session, "schedule", "cvs") is None
    assert offered_by(session, "cvs") == {}


def test_an_agency_is_not_retired_while_its_lines_are_served(session):
    with pytest.raises(StillHasLinesError):
        change(session, "organization", "cvs", None)
    assert change(session, "organization", "missey", None)
    assert current(session, "organization", "missey") is None
    [retired] = history(session, "missey", limit=9)
    assert undo(session, retired.id, by="U1", now=NOON)


def test_what_is_no_entry_is_refused(session):
    with pytest.raises(UnknownTableError):
        change(session, "member", "1", {})
    with pytest.raises(UnknownFactError):
        change(session, "organization", "nobody", DETAILS)


def test_a_newer_pack_keeps_what_was_changed_here(session, contra_costa):
    change(session, "organization", "cvs", DETAILS)
    change(session)

    load_pack(session, read_pack(contra_costa), now=LATER)

    assert current(session, "organization", "cvs") == DETAILS
    assert current(session, "phone", "cvs-phone-1") == NUMBER


def test_a_line_is_said_to_be_from_where_its_numbers_are_from(session):
    for key, kind in (("cvs-crisis-line", "entered"), ("stand-line", "page")):
        before = current(session, "hotline", key)
        number = {**before["phones"][0], "number": "1-888-555-0123"}
        change(session, "hotline", key, {**before, "phones": [number]})
        [line] = [each for each in hotlines(session) if each.key == key]
        assert (line.provenance.kind, line.phones[0].number) == (kind, "1-888-555-0123")
        assert line.provenance.as_of == local_day(session, NOON)

        change(session, "hotline", key, before)
        [line] = [each for each in hotlines(session) if each.key == key]
        assert line.provenance.publisher != "Changed by the task force's coordinators"
        assert line.provenance.kind == {"entered": "deck", "page": "page"}[kind]


def test_values_agree_with_a_part_of_them():
    assert agrees({"a": 1, "b": 2}, {"a": 1})
    assert not agrees({"a": 1}, {"a": 2})
    assert agrees(None, None)
    assert not agrees(None, {"a": 1})
    assert not agrees({"a": 1}, None)


def test_two_who_save_at_once_from_the_same_form_are_one_change(database, task_force_id):
    with transaction(database, task_force_id=task_force_id) as session:
        change(session)
        seen = version(current(session, "phone", "cvs-phone-1"))
    together, outcomes = Barrier(2), []

    def saving(number):
        together.wait()
        try:
            with transaction(database, task_force_id=task_force_id) as session:
                change(session, after={**NUMBER, "number": number}, seen=seen)
            outcomes.append("saved")
        except StaleError:
            outcomes.append("stale")

    threads = [Thread(target=saving, args=(number,)) for number in ("211", "988")]
    for each in threads:
        each.start()
    for each in threads:
        each.join()

    assert sorted(outcomes) == ["saved", "stale"]


def keep(session, user_id, part, of="cvs"):
    return appoint(
        session, of, team_id=TEAM, user_id=user_id, part=part, by="UBOSS", today=local_day(session, NOON), now=NOON
    )  # fmt: skip


def kept(session, day=None):
    found = custodians(session, today=day or local_day(session, NOON))
    return {each.user_id: each.part for keepers in found.values() for each in keepers}


def test_an_agency_has_one_owner_and_who_was_it_before_stays_a_delegate(session):
    add_member(session, "U1", of="cvs")
    add_member(session, "U2", of="cvs")

    assert keep(session, "U1", Part.OWNER)
    assert not keep(session, "U1", Part.OWNER)
    assert keep(session, "U2", Part.OWNER)

    assert kept(session) == {"U2": Part.OWNER, "U1": Part.DELEGATE}
    assert release(session, "cvs", team_id=TEAM, user_id="U1", by="UBOSS", now=NOON)
    assert not release(session, "cvs", team_id=TEAM, user_id="U1", by="UBOSS", now=NOON)
    assert kept(session) == {"U2": Part.OWNER}
    assert [each.act for each in audit.entries(session, limit=9, person="U1")] == [
        "custodian.released",
        "custodian.appointed",
    ]


def test_only_an_approved_member_of_the_agency_looks_after_it(session):
    person = add_member(session, "U1", of="missey")
    with pytest.raises(NotTheirMemberError):
        keep(session, "U1", Part.OWNER)
    with pytest.raises(NotTheirMemberError):
        keep(session, "U9", Part.OWNER)

    add_custodian(session, "U2", of="cvs")
    member = session.exec(select(Member).where(Member.person_id != person)).one()
    assert kept(session) == {"U2": Part.OWNER}
    assert kept(session, day=member.lapses_on) == {"U2": Part.OWNER}
    assert kept(session, day=member.lapses_on + timedelta(days=1)) == {}
    member.ended_at = NOON
    session.flush()
    assert kept(session) == {}


def test_where_nobody_keeps_an_entry_the_coordinators_of_its_collaboratives_answer(session):
    ids = {each.key: each.id for each in organization_names(session)}
    add_coordinator(session, "UONE", scope="human-trafficking")
    add_coordinator(session, "UALL")
    session.add(
        Seat(organization_id=ids["missey"], group="collaborative:human-trafficking", since=NOON)
    )
    session.flush()
    add_custodian(session, "U1", of="cvs")

    found = Responsible(session, today=local_day(session, NOON))

    assert found.of(ids["cvs"]) == ("U1",)
    assert found.of(ids["missey"]) == ("UONE", "UALL")
    assert found.of(ids["h3"]) == ("UALL",)
    assert found.of(None) == ("UALL", "UONE")
    assert found.keeps(ids["cvs"], "U1")
    assert not found.keeps(ids["missey"], "U1")
