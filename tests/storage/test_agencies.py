"""
Agencies from a sheet: all of it or nothing, as it says, and back again.
"""

import csv
import io
from contextlib import contextmanager, suppress
from datetime import timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlmodel import select

from storage.audit import entries
from storage.exchange.agencies import COLUMNS, agency_rows, apply_agencies, plan_agencies
from storage.exchange.errors import UndoneError, UnknownBatchError
from storage.exchange.sheets import Fault, written
from storage.exchange.undo import undo
from storage.facts import content_version, edit
from storage.models import Change, Member, Organization, Phone, Source
from storage.organizations import partners
from storage.packs.loading import load_pack
from storage.packs.reading import read_pack
from storage.people import person_id
from storage.session import reading, transaction
from tests.conftest import NOON
from tests.storage.dumping import dump
from tests.storage.small_pack import write_pack
from tests.thorough import draws

HEADER = tuple(COLUMNS)
OPEN_DOOR = {
    "key": "open-door",
    "name": "Open Door",
    "parent": "shelter",
    "website": "https://open.example.org",
    "aliases": "OD | The Door",
    "phones": "(925) 555-0111 x12, voice, Front desk | (925) 555-0112, text",
    "services": "Emergency shelter [for: minor] [in: english]",
    "days": "Mon, Fri",
    "opens": "9:00",
    "closes": "17:00",
    "hours_note": "Closed on holidays",
}


def telling(text):
    return "client" in text


def typed(header, rows):
    """
    Return a sheet as somebody types it, who knows nothing of formulas.
    """
    text = io.StringIO()
    csv.writer(text).writerows([header, *([row.get(name, "") for name in header] for row in rows)])
    return text.getvalue().encode()


def plan(session, *rows):
    return plan_agencies(session, typed(HEADER, rows), telling=telling)


def apply(session, *rows, write=typed):
    return apply_agencies(session, write(HEADER, rows), telling=telling, now=NOON)


def states(plan):
    return {each.key: each.state for each in plan.agencies}


@pytest.fixture
def session(loaded):
    with transaction(loaded, task_force_id=1) as session:
        yield session


def test_an_agency_is_added_with_all_that_is_its(session):
    done, number = apply(session, OPEN_DOOR)

    assert (states(done), number) == ({"open-door": "added"}, 1)
    (row,) = [each for each in agency_rows(session) if each["key"] == "open-door"]
    assert row == dict.fromkeys(HEADER, "") | OPEN_DOOR | {"days": "MO, FR", "opens": "09:00"}


def test_what_was_entered_says_so(session):
    apply(session, OPEN_DOOR)

    (made,) = [each for each in partners(session) if each.key == "open-door"]
    assert (made.provenance.kind, made.provenance.source) == ("entered", "Entered by the task force")  # fmt: skip
    assert (made.provenance.place, made.provenance.verified_on) == ("Import 1", None)


def test_a_change_tells_what_was_and_what_is(session):
    done, _ = apply(session, {"key": "shelter", "website": "https://s.example.org", "note": "-"})

    (step,) = done.agencies[0].steps
    assert (step.before, step.after) == (
        {"website": None, "note": "As printed."},
        {"website": "https://s.example.org", "note": None},
    )
    (kept,) = session.exec(select(Change)).all()
    assert (kept.table, kept.key, kept.before, kept.after) == ("organization", "shelter", step.before, step.after)  # fmt: skip
    assert (kept.state, kept.made_by, kept.made_at, kept.batch_id) == ("made", "htbot import", NOON, 1)  # fmt: skip


def test_a_change_is_not_yet_checked_whatever_was(session):
    edit(session, "organization", "shelter", changes={"verified_on": NOON.date()}, now=NOON)

    apply(session, {"key": "shelter", "website": "https://s.example.org"})

    row = session.exec(select(Organization).where(Organization.key == "shelter")).one()
    assert row.verified_on is None
    undo(session, 1, now=NOON)
    assert row.verified_on == NOON.date()


def test_an_empty_cell_changes_nothing(session):
    done, number = apply(session, {"key": "shelter", "name": "The Shelter"})

    assert (states(done), number) == ({"shelter": "unchanged"}, None)
    assert entries(session, limit=9) == ()


def test_a_number_written_otherwise_is_the_same_number(session):
    apply(session, OPEN_DOOR)

    done = plan(session, {"key": "open-door", "phones": "+1 925.555.0111 ext 12, voice, Front desk | 9255550112, text"})  # fmt: skip

    assert states(done) == {"open-door": "unchanged"}


def test_a_number_that_is_left_out_is_retired_and_comes_back(session):
    apply(session, OPEN_DOOR)
    apply(session, {"key": "open-door", "phones": "(925) 555-0113"})

    def numbers():
        (made,) = [each for each in partners(session) if each.key == "open-door"]
        return sorted(phone.number for phone in made.phones)

    assert numbers() == ["(925) 555-0113"]
    apply(session, {"key": "open-door", "phones": "(925) 555-0112, text"})
    assert numbers() == ["(925) 555-0112"]


def test_a_number_is_added_beside_one_that_was_corrected_to_another(session):
    apply(session, {"key": "shelter", "phones": "(925) 555-0111"})
    edit(session, "phone", "shelter-9255550111", changes={"number": "(925) 555-0199"}, now=NOON)

    apply(session, {"key": "shelter", "phones": "(925) 555-0199 | (925) 555-0111"})

    (shelter,) = [row for row in agency_rows(session) if row["key"] == "shelter"]
    assert shelter["phones"] == "(925) 555-0199 | (925) 555-0111"


def test_an_import_is_one_entry_of_the_audit_and_one_change_of_content(session):
    before = content_version(session)

    apply(session, OPEN_DOOR, {"key": "shelter", "email": "desk@example.org"})

    (entry,) = entries(session, limit=9)
    assert (entry.actor, entry.act, entry.subject, dict(entry.details)) == (
        "htbot import",
        "import.applied",
        "import:1",
        {"kind": "agencies"},
    )
    assert content_version(session) == before + 1


def test_an_agency_may_be_a_part_of_one_below_it(session):
    apply(session, {"key": "a", "name": "A", "parent": "b"}, {"key": "b", "name": "B"})

    (made,) = [each for each in partners(session) if each.key == "a"]
    assert made.parent_key == "b"


FAULTS = [
    ({"name": "X"}, "key", "is empty: every row needs it"),
    ({"key": "X y", "name": "X"}, "key", "“X y”: write small letters and digits"),
    ({"key": "x"}, "name", "is empty: an agency needs one"),
    ({"key": "shelter", "name": "-"}, "name", "is empty: an agency needs one"),
    ({"key": "shelter", "parent": "nobody"}, "parent", "nobody is no agency here, nor in this file"),
    ({"key": "shelter", "parent": "shelter"}, "parent", "shelter would be a part of itself"),
    ({"key": "county", "parent": "shelter"}, "parent", "county would be a part of itself"),
    ({"key": "shelter", "website": "http://x.org"}, "website", "“http://x.org”: write an address that"),
    ({"key": "shelter", "email": "x"}, "email", "“x”: write an address such as"),
    ({"key": "shelter", "phones": "(925) 055-0100"}, "phones", "“(925) 055-0100”: no such phone"),
    ({"key": "shelter", "phones": "911 | 9-1-1"}, "phones", "“9-1-1” is there twice"),
    ({"key": "shelter", "services": "Beds"}, "services", "“Beds”: is no service here"),
    ({"key": "shelter", "services": "Emergency shelter [in: klingon]"}, "services", "“Emergency shelter [in: klingon]”: is no language here"),
    ({"key": "shelter", "days": "someday"}, "days", "“someday”: write days such as MO"),
    ({"key": "shelter", "opens": "9:00"}, "closes", "is empty where opens is not"),
    ({"key": "shelter", "opens": "9:00", "closes": "9:00"}, "closes", "is the hour it opens"),
    ({"key": "shelter", "note": "our client J."}, "note", "seems to tell of a client"),
    ({"key": "shelter", "name": "x" * 10_000}, "name", "is longer than 2000 characters"),
]  # fmt: skip


@pytest.mark.parametrize(("row", "column", "told"), FAULTS)
def test_what_is_wrong_is_said_where_it_is(row, column, told, loaded):
    with reading(loaded, task_force_id=1) as session:
        (fault,) = plan(session, row).sheet.faults

    assert (fault.line, fault.column) == (2, column)
    assert fault.message.startswith(told)


def test_a_key_is_in_a_file_once(session):
    found = plan(session, OPEN_DOOR, {"key": "shelter"}, OPEN_DOOR).sheet.faults

    assert found == [Fault(line=4, column="key", message="open-door is in line 2 already")]


def test_a_file_with_two_hundred_faults_tells_all_and_writes_nothing(loaded):
    rows = [FAULTS[number % 2 + 7][0] | {"key": f"x-{number}", "name": "X"} for number in range(200)]  # fmt: skip
    before = dump(loaded)

    with transaction(loaded, task_force_id=1) as session:
        done, number = apply(session, OPEN_DOOR, *rows)

    assert (len(done.sheet.faults), number) == (200, None)
    assert [fault.line for fault in done.sheet.faults] == [*range(3, 203)]
    assert dump(loaded) == before


def test_a_dry_run_writes_nothing(loaded):
    before = dump(loaded)

    with reading(loaded, task_force_id=1) as session:
        assert states(plan(session, OPEN_DOOR)) == {"open-door": "added"}

    assert dump(loaded) == before


def test_another_task_force_has_nothing_of_it(two):
    with transaction(two, task_force_id=2) as session:
        apply(session, OPEN_DOOR | {"parent": "", "services": ""})
        assert [row["key"] for row in agency_rows(session)] == ["open-door"]
        other = 1

    with transaction(two, task_force_id=1) as session:
        assert "open-door" not in {row["key"] for row in agency_rows(session)}
        with pytest.raises(UnknownBatchError):
            undo(session, other, now=NOON)


def test_a_newer_pack_keeps_what_was_imported(loaded, small, tmp_path):
    hers = {"key": "shelter", "name": "Haven", "phones": "(925) 555-0111"}
    with transaction(loaded, task_force_id=1) as session:
        apply(session, OPEN_DOOR, hers)
    newer = read_pack(write_pack(tmp_path / "newer", ("people.yaml", "As printed.", "As said.")))

    with transaction(loaded, task_force_id=1) as session:
        done = load_pack(session, newer, now=NOON + timedelta(days=1))
        rows = {row["key"]: row for row in agency_rows(session)}
        entered = session.exec(select(Source).where(Source.key == "entered")).one()

    assert (rows["open-door"]["name"], rows["open-door"]["phones"]) == ("Open Door", OPEN_DOOR["phones"])  # fmt: skip
    assert (rows["shelter"]["name"], rows["shelter"]["note"]) == ("Haven", "As said.")
    assert rows["shelter"]["phones"] == "(925) 555-0111"
    assert (done.retired, entered.retired_at) == ((), None)
    assert "organization/shelter.name" in done.kept_edits


def test_undoing_puts_back_what_nobody_changed_since(session):
    apply(session, {"key": "shelter", "website": "https://s.example.org", "note": "Ours."})
    edit(session, "organization", "shelter", changes={"note": "Theirs."}, now=NOON)

    done = undo(session, 1, now=NOON)

    row = session.exec(select(Organization).where(Organization.key == "shelter")).one()
    assert (row.website, row.note) == (None, "Theirs.")
    assert done.left == (("organization shelter, note", "it was changed since"),)
    assert entries(session, limit=1)[0].act == "import.undone"
    assert session.exec(select(Change.made_by).order_by(Change.id.desc())).first() == "htbot import undo"  # fmt: skip


def test_undoing_leaves_an_agency_that_somebody_needs(session):
    apply(session, OPEN_DOOR | {"parent": ""})
    agency = session.exec(select(Organization).where(Organization.key == "open-door")).one()
    session.add(
        Member(
            person_id=person_id(session, team_id="T1", user_id="U1"),
            name="N", organization_id=agency.id, title="T",
            approved_by="U2", approved_at=NOON, confirmed_on=NOON.date(), lapses_on=NOON.date(),
        )
    )  # fmt: skip
    session.flush()

    done = undo(session, 1, now=NOON)

    assert done.left == (("organization open-door", "people are members for it"),)
    assert agency.retired_at is None
    phones = session.exec(select(Phone).where(Phone.organization_id == agency.id)).all()
    assert all(phone.retired_at == NOON for phone in phones)


def test_the_parent_of_what_stays_stays(session):
    apply(session, {"key": "b", "name": "B"}, {"key": "a", "name": "A", "parent": "b"})
    edit(session, "organization", "a", changes={"name": "Ours"}, now=NOON)

    done = undo(session, 1, now=NOON)

    assert done.left == (
        ("organization a", "it was changed since"),
        ("organization b", "a is a part of it"),
    )


def test_imports_are_undone_in_any_order(session):
    before = agency_rows(session)
    apply(session, {"key": "shelter", "note": "One."})
    apply(session, {"key": "shelter", "note": "Two."})

    assert undo(session, 1, now=NOON).left == (("organization shelter, note", "it was changed since"),)  # fmt: skip
    assert undo(session, 2, now=NOON).left == ()
    (shelter,) = [row for row in agency_rows(session) if row["key"] == "shelter"]
    assert shelter["note"] == "One."
    assert len(before) == len(agency_rows(session))


def test_an_import_is_undone_once(session):
    apply(session, OPEN_DOOR)
    undo(session, 1, now=NOON)

    with pytest.raises(UndoneError):
        undo(session, 1, now=NOON)
    with pytest.raises(UnknownBatchError):
        undo(session, 2, now=NOON)


def test_what_was_undone_can_be_imported_again(session):
    apply(session, OPEN_DOOR)
    first = agency_rows(session)
    undo(session, 1, now=NOON)

    done, number = apply(session, OPEN_DOOR)

    assert (states(done), number) == ({"open-door": "changed"}, 2)
    assert agency_rows(session) == first


class RollBackError(Exception):
    pass


@contextmanager
def rolled_back(database):
    with suppress(RollBackError), transaction(database, task_force_id=1) as session:
        yield session
        raise RollBackError


text = st.text(st.sampled_from("aé'=+-@|\\,;\"<!>&[]: "), max_size=6).map(str.strip).filter(bool)
keys = st.sampled_from(["county", "shelter", "one", "two", "three"])
phones = st.sampled_from(["(925) 555-0111", "(925) 555-0112, text", "988, voice, At night"])
services = st.sampled_from(["Emergency shelter", "Emergency shelter [for: minor]", "Emergency shelter [in: en]"])  # fmt: skip
agency = st.fixed_dictionaries(
    {"key": keys, "name": text},
    optional={
        "alternate_name": text,
        "description": text,
        "note": text,
        "email": st.sampled_from(["a@example.org", "=a@example.org"]),
        "website": st.just("https://example.org"),
        "aliases": st.lists(text, min_size=1, max_size=2).map(lambda each: " | ".join(item.replace("\\", "\\\\").replace("|", "\\|") for item in each)),
        "phones": st.lists(phones, min_size=1, unique=True).map(" | ".join),
        "services": services,
        "days": st.sampled_from(["MO", "TU, SU"]),
        "hours_note": text,
    },
)  # fmt: skip
agencies = st.lists(agency, unique_by=lambda row: row["key"], min_size=1)
on_one_database = settings(
    max_examples=draws(25, quickly=10),
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)


@on_one_database
@given(rows=agencies)
def test_what_is_imported_and_exported_is_imported_unchanged(loaded, rows):
    with rolled_back(loaded) as session:
        done, _ = apply(session, *rows, write=written)
        assert done.sheet.faults == []
        out = agency_rows(session)

        again, number = apply(session, *out, write=written)

        assert (again.sheet.faults, number) == ([], None)
        assert set(states(again).values()) == {"unchanged"}
        assert agency_rows(session) == out
        said = {row["key"]: row for row in out}
        for row in rows:
            for name in ("name", "alternate_name", "description", "note", "aliases", "phones"):
                assert said[row["key"]][name] == row.get(name, said[row["key"]][name])


@on_one_database
@given(first=agencies, second=agencies)
def test_undoing_restores_what_was(loaded, first, second):
    with rolled_back(loaded) as session:
        apply(session, *first, write=written)
        before = agency_rows(session)
        _, number = apply(session, *second, write=written)
        if number is None:
            return

        done = undo(session, number, now=NOON)

        assert done.left == ()
        assert agency_rows(session) == before
