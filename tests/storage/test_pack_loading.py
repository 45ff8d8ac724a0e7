import re
import shutil
from datetime import date, timedelta

import pytest
from sqlalchemy import text
from sqlmodel import col, select

from storage.facts import TABLES, content_version, edit
from storage.migrations import migrate
from storage.models import Contact, Duty, Fact, Funding, Organization, Phone, Source, TaskForce
from storage.packs.loading import Loaded, install, load_pack
from storage.packs.reading import read_pack
from storage.session import reading, transaction
from tests.storage.small_pack import write_pack

EVERY_ROW = {
    "source/deck",
    "language/english",
    "taxonomy_term/crisis",
    "taxonomy_term/minor",
    "taxonomy_term/housing",
    "organization/county",
    "organization/shelter",
    "collaborative/coalition",
    "subcommittee/youth",
    "duty/county-pays-for-it",
    "contact/shelter-front-desk",
    "service/housing-emergency-shelter",
    "hotline/emergency",
    "hotline/local-line",
    "phone/emergency-911",
    "phone/local-line-1-800-555-0199",
    "phone/local-line-1-800-555-0199-text",
    "phone/shelter-front-desk-925-555-0100",
    "funding/shelter-beds-2023-24",
    "funding/shelter-beds-2024-25",
    "glossary_term/ht",
    "topic/gap-1",
    "topic_point/gap-1-there-is-none",
    "topic_point/gap-1-responses-there-is-none",
}
SECOND_SHELTER = """\
  - key: shelter
    name: The Shelter
    parent_organization: county
    note: As printed.
    contacts:
      - name: Front desk
        phones: [{number: (925) 555-0100}]
"""


@pytest.fixture
def variant(tmp_path):
    """
    The small pack with some texts changed.
    """
    made = []

    def make(*changes):
        made.append(None)
        return read_pack(write_pack(tmp_path / f"variant-{len(made)}", *changes))

    return make


@pytest.fixture
def load(loaded, now):
    """
    Load a pack a day after the first.
    """

    def run(pack):
        return install(loaded, pack, now=now + timedelta(days=1))[1]

    return run


@pytest.fixture
def change(loaded, now):
    """
    Edit as a coordinator.
    """

    def run(table, key, *, retired=None, **changes):
        with transaction(loaded, task_force_id=1) as session:
            return edit(session, table, key, changes=changes, now=now, retired=retired)

    return run


@pytest.fixture
def row(loaded):
    def get(table, key):
        with reading(loaded, task_force_id=1) as session:
            return session.exec(select(TABLES[table]).where(col(TABLES[table].key) == key)).one()

    return get


STATISTICS = ("statistic_series", "statistic_release", "statistic_cell")


def version(database):
    with reading(database, task_force_id=1) as session:
        return content_version(session)


def everything(database):
    """
    Every byte of every table.
    """
    with database.reads.connect() as connection:
        return {
            table: connection.execute(text(f"SELECT * FROM {table} ORDER BY id")).all()
            for table in (*TABLES, *STATISTICS, "task_force")
        }


def test_a_pack_fills_every_table(empty, small, now):
    migrate(empty)

    task_force, loaded = install(empty, small, now=now)

    assert (task_force.key, task_force.content_version) == ("delta", 1)
    assert set(loaded.added) == EVERY_ROW
    assert len(loaded.added) == len(EVERY_ROW)
    assert loaded == Loaded(added=loaded.added, released=("served, 2023",))
    rows = everything(empty)
    assert {table for table, found in rows.items() if not found} == set()


def test_every_row_knows_its_source_place_and_day(loaded):
    with reading(loaded, task_force_id=1) as session:
        source = session.exec(select(Source)).one()
        for model in TABLES.values():
            for fact in session.exec(select(model)):
                if isinstance(fact, Fact):
                    assert fact.source_id == source.id
                    assert fact.place
                assert fact.as_of == date(2024, 11, 5)
                assert fact.retired_at is None


def test_a_row_is_as_the_pack_says(row):
    shelter, county = row("organization", "shelter"), row("organization", "county")
    contact = row("contact", "shelter-front-desk")
    phone = row("phone", "shelter-front-desk-925-555-0100")
    hotline = row("hotline", "local-line")

    assert shelter.parent_organization_id == county.id
    assert (shelter.position, county.position) == (1, 0)
    assert contact.organization_id == shelter.id
    assert contact.visibility == "coordinators"
    assert (phone.contact_id, phone.organization_id, phone.hotline_id) == (contact.id, None, None)
    assert (hotline.needs, hotline.persons, hotline.languages) == (
        ["crisis"],
        ["minor"],
        ["english"],
    )
    assert row("hotline", "emergency").card == {"en": "Call 911", "es": "Llame al 911"}


def test_funding_is_a_row_a_fiscal_year_exact_to_the_cent(row):
    first, second = (row("funding", f"shelter-beds-{year}") for year in ("2023-24", "2024-25"))

    assert (first.fiscal_year, first.amount_cents, first.note) == ("2023-24", 123456, None)
    assert (second.fiscal_year, second.amount_cents, second.note) == (
        "2024-25",
        None,
        "Not yet known.",
    )


def test_the_same_pack_again_changes_no_byte(loaded, load, small):
    before = everything(loaded)

    assert load(small) == Loaded()
    assert everything(loaded) == before


def test_the_built_in_pack_again_changes_no_byte(database, contra_costa, now):
    before = everything(database)

    task_force, loaded = install(database, read_pack(contra_costa), now=now + timedelta(days=1))

    assert loaded == Loaded()
    assert task_force.content_version == 1
    assert everything(database) == before


def test_a_newer_value_of_the_pack_is_taken(loaded, load, row, variant):
    newer = variant(("people.yaml", "note: As printed.", "note: As reprinted."))

    assert load(newer) == Loaded(changed=("organization/shelter",))
    assert row("organization", "shelter").note == "As reprinted."
    assert version(loaded) == 2
    assert load(newer) == Loaded()
    assert version(loaded) == 2


def test_the_task_forces_own_words_are_taken(loaded, load, variant):
    newer = variant(("task_force.yaml", "name: Delta Task Force", "name: The Delta"))

    assert load(newer) == Loaded(changed=("task_force/delta",))
    with reading(loaded, task_force_id=1) as session:
        assert session.exec(select(TaskForce.name)).one() == "The Delta"


def test_an_edit_outlives_the_same_pack(loaded, load, change, row, small):
    change("organization", "shelter", note="Ours.")

    assert load(small) == Loaded(kept_edits=("organization/shelter.note",))
    assert row("organization", "shelter").note == "Ours."
    assert version(loaded) == 2  # the edit's


def test_a_start_with_the_pack_of_the_last_one_has_nothing_to_merge(
    loaded, change, row, small, now
):
    change("organization", "shelter", note="Ours.")

    assert install(loaded, small, now=now, again=False)[1] == Loaded()  # it did not even look
    assert row("organization", "shelter").note == "Ours."
    assert install(loaded, small, now=now)[1] == Loaded(kept_edits=("organization/shelter.note",))


@pytest.mark.parametrize(
    ("change", "name"),
    [
        (("task_force.yaml", "name: Delta Task Force", "name: The Delta"), "task_force/delta"),
        (("people.yaml", "text: Pays for it.", "text: Pays."), None),
        (("people.yaml", "leads: [county]", "leads: [shelter]"), "collaborative/coalition"),
        (("people.yaml", "parent_organization: county", "alternate_name: Haven"), None),
        (("people.yaml", "text: There is none.}, ", "text: None.}, "), None),
        (("lines.yaml", "name: A minor", "name: A child"), "taxonomy_term/minor"),
    ],
)
def test_a_start_with_another_pack_loads_it_once(loaded, variant, now, change, name):
    newer = variant(change)

    _, done = install(loaded, newer, now=now, again=False)
    _, again = install(loaded, newer, now=now, again=False)

    assert done.anything
    assert name in {None, *done.changed}
    assert again == Loaded()


def test_a_start_with_the_pack_before_brings_it_back(loaded, load, variant, row, small, now):
    load(variant(("people.yaml", "note: As printed.", "note: As reprinted.")))

    assert install(loaded, small, now=now, again=False)[1].changed == ("organization/shelter",)
    assert row("organization", "shelter").note == "As printed."


def test_an_edit_outlives_every_newer_pack_and_the_other_fields_follow(load, change, row, variant):
    change("organization", "shelter", note="Ours.")
    newer = variant(
        ("people.yaml", "note: As printed.", "note: As reprinted."),
        ("people.yaml", "name: The Shelter", "name: Shelter"),
    )
    newest = variant(("people.yaml", "note: As printed.", "note: As printed anew."))

    first, again, last = load(newer), load(newer), load(newest)

    kept = ("organization/shelter.note",)
    assert first == Loaded(changed=("organization/shelter",), kept_edits=kept)
    assert again == Loaded(kept_edits=kept)
    assert last == Loaded(changed=("organization/shelter",), kept_edits=kept)
    found = row("organization", "shelter")
    assert (found.note, found.name) == ("Ours.", "The Shelter")


def test_an_edit_back_to_the_packs_value_is_no_edit(load, change, row, small, variant):
    change("organization", "shelter", note="Ours.")
    change("organization", "shelter", note="As printed.")

    assert load(small) == Loaded()
    assert load(variant(("people.yaml", "note: As printed.", "note: New."))).changed == (
        "organization/shelter",
    )
    assert row("organization", "shelter").note == "New."


def test_a_pack_that_comes_to_say_the_same_ends_the_edit(load, change, row, variant):
    change("organization", "shelter", note="Ours.")

    assert load(variant(("people.yaml", "note: As printed.", "note: Ours."))) == Loaded()
    load(variant(("people.yaml", "note: As printed.", "note: Later.")))
    assert row("organization", "shelter").note == "Later."


def test_edited_lists_days_and_references_are_kept_as_well(load, change, row, small):
    county = row("organization", "county")
    change("hotline", "local-line", aliases=["nearby"], as_of=date(2026, 1, 1))
    change("service", "housing-emergency-shelter", organization_id=county.id)

    assert load(small) == Loaded(
        kept_edits=(
            "service/housing-emergency-shelter.organization_id",
            "hotline/local-line.as_of",
            "hotline/local-line.aliases",
        )
    )
    assert row("hotline", "local-line").aliases == ["nearby"]
    assert row("service", "housing-emergency-shelter").organization_id == county.id


WITHOUT_TERM = (
    "people.yaml",
    "glossary_terms:\n  - {key: ht, term: HT, expansion: Human trafficking, standing: key}\n",
    "",
)


def test_a_row_the_pack_has_no_longer_is_retired_and_may_return(
    loaded, load, row, small, variant, now
):
    without = variant(WITHOUT_TERM)

    assert load(without) == Loaded(retired=("glossary_term/ht",))
    assert row("glossary_term", "ht").retired_at == now + timedelta(days=1)
    assert load(without) == Loaded()
    assert version(loaded) == 2

    assert load(small) == Loaded(changed=("glossary_term/ht",))
    assert row("glossary_term", "ht").retired_at is None
    assert load(small) == Loaded()


def test_a_row_a_coordinator_edited_is_not_retired(load, change, row, variant):
    change("glossary_term", "ht", note="Ours.")
    without = variant(WITHOUT_TERM)

    assert load(without) == Loaded(kept_edits=("glossary_term/ht.note",))
    assert load(without) == Loaded(kept_edits=("glossary_term/ht.note",))
    assert row("glossary_term", "ht").retired_at is None


def test_a_row_a_coordinator_retired_stays_retired(load, change, row, small, variant, now):
    change("glossary_term", "ht", retired=True)

    assert load(small) == Loaded(kept_edits=("glossary_term/ht.retired",))
    assert load(variant(("people.yaml", "term: HT,", "term: H.T.,"))).kept_edits == (
        "glossary_term/ht.retired",
    )
    assert load(variant(WITHOUT_TERM)).retired == ()
    load(small)
    assert row("glossary_term", "ht").retired_at == now


def test_a_row_a_coordinator_brought_back_stays(load, change, row, variant):
    without = variant(WITHOUT_TERM)
    load(without)
    change("glossary_term", "ht", retired=False)

    assert load(without) == Loaded(kept_edits=("glossary_term/ht.retired",))
    assert row("glossary_term", "ht").retired_at is None


def test_a_coordinators_own_row_is_left_to_them(loaded, load, row, small, variant, now):
    with transaction(loaded, task_force_id=1) as session:
        source = session.exec(select(Source)).one()
        session.add(
            Organization(
                key="ours", name="Ours", source_id=source.id, place="Here", as_of=source.as_of
            )
        )

    assert load(small) == Loaded()
    assert row("organization", "ours").retired_at is None

    theirs = variant(
        ("people.yaml", SECOND_SHELTER, SECOND_SHELTER + "  - {key: ours, name: Theirs}\n")
    )
    kept = ("organization/ours.position", "organization/ours.place", "organization/ours.name")
    loaded_now = load(theirs)
    assert (loaded_now.added, set(loaded_now.kept_edits)) == ((), set(kept))
    assert row("organization", "ours").name == "Ours"


def test_a_nested_entry_in_other_words_is_another_row(load, variant):
    assert load(variant(("people.yaml", "Pays for it.", "Pays for all of it."))) == Loaded(
        added=("duty/county-pays-for-all-of-it",), retired=("duty/county-pays-for-it",)
    )


def test_organizations_may_stand_before_their_parents(load, row, variant):
    newer = variant(
        (
            "people.yaml",
            "  - key: county\n",
            (
                "  - {key: desk, name: Desk, parent_organization: unit}\n"
                "  - {key: unit, name: Unit, parent_organization: county}\n"
                "  - key: county\n"
            ),
        )
    )

    assert load(newer).added == ("organization/unit", "organization/desk")
    assert row("organization", "desk").parent_organization_id == row("organization", "unit").id


def test_a_load_that_fails_leaves_nothing_behind(loaded, small, variant, now):
    before = everything(loaded)
    newer = variant(("people.yaml", "note: As printed.", "note: New."))

    def load_and_fail():
        with transaction(loaded, task_force_id=1) as session:
            load_pack(session, newer, now=now)
            raise RuntimeError

    with pytest.raises(RuntimeError):
        load_and_fail()

    assert everything(loaded) == before


def test_two_packs_are_two_task_forces(loaded, load, tmp_path, small, now):
    other = tmp_path / "other"
    shutil.copytree(small.folder, other)
    path = other / "task_force.yaml"
    path.write_text(path.read_text().replace("key: delta", "key: omega"))

    task_force, result = install(loaded, read_pack(other), now=now)

    assert task_force.id != 1
    assert set(result.added) == EVERY_ROW
    for task_force_id in (1, task_force.id):
        with reading(loaded, task_force_id=task_force_id) as session:
            assert len(session.exec(select(Phone)).all()) == 4
            duty, contact = session.exec(select(Duty)).one(), session.exec(select(Contact)).one()
            owners = session.exec(select(Organization.id)).all()
            assert {duty.organization_id, contact.organization_id} == set(owners)
            assert len(session.exec(select(Funding)).all()) == 2


def test_the_built_in_pack_is_loaded_whole(database, contra_costa):
    pack = read_pack(contra_costa)

    with reading(database, task_force_id=1) as session:
        for name, table in (
            ("hotlines", "hotline"),
            ("organizations", "organization"),
            ("topics", "topic"),
            ("glossary_terms", "glossary_term"),
        ):
            keys = session.exec(select(TABLES[table].key)).all()
            assert sorted(keys) == sorted(entry.key for entry in getattr(pack, name))
        assert not any(re.search(r"\s", key) for key in session.exec(select(Duty.key)))
