"""
The directory as HSDS has it: by its official schema, and nothing that is not public.
"""

import json
import os
from datetime import time
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator, FormatChecker
from referencing import Registry, Resource
from referencing.jsonschema import DRAFT202012
from sqlmodel import select

from storage import models
from storage.exchange.hsds import TABLES, directory
from storage.facts import edit
from storage.session import reading, transaction
from tests.conftest import NOON
from tests.storage.test_agencies import OPEN_DOOR, apply

FOLDER = Path(os.environ.get("HT_SCHEMAS", Path(__file__).parents[3] / "shared" / "schemas"))
SCHEMAS = {path.name: json.loads(path.read_text()) for path in (FOLDER / "hsds").glob("*.json")}
REGISTRY = Registry().with_resources(
    (name, Resource.from_contents(schema, default_specification=DRAFT202012))
    for name, schema in SCHEMAS.items()
)
BY_FILE = {schema["path"]: schema for schema in SCHEMAS.values()}


def need_schemas():
    if not SCHEMAS:
        assert os.environ.get("HT_NO_SKIPS") != "1", "HT_SCHEMAS does not hold HSDS's schemas"
        pytest.skip("the schemas of HSDS are not here: set HT_SCHEMAS")


def problems(schema, value):
    need_schemas()
    validator = Draft202012Validator(
        {"$ref": schema}, registry=REGISTRY, format_checker=FormatChecker()
    )
    return [f"{error.json_path}: {error.message}" for error in validator.iter_errors(value)]


def all_problems(found):
    need_schemas()
    document = found.document()
    return [
        *(each for row in document["organizations"] for each in problems("organization.json", row)),
        *(each for row in document["services"] for each in problems("service.json", row)),
        *table_problems(found.tables),
    ]


def table_problems(tables):
    """
    Check rows as a tabular data package has them: by their own schema, each reference there.
    """
    ids = {row["id"]: name for name, rows in tables.items() for row in rows}
    told = [] if len(ids) == sum(map(len, tables.values())) else ["two rows have one id"]
    for name, rows in tables.items():
        schema = BY_FILE[f"{name}.csv"]
        for row in rows:
            filled = {column: value for column, value in row.items() if value is not None}
            told += problems(Path(schema["name"]).with_suffix(".json").name, filled)
            told += [f"{name}: no {each}" for each in schema.get("tabular_required", ()) if each not in filled]  # fmt: skip
            told += [
                f"{name}.{column}: {value} is nowhere"
                for column, value in filled.items()
                if column.endswith("_id") and value not in ids
            ]
    return told


@pytest.fixture
def session(loaded):
    with transaction(loaded, task_force_id=1) as session:
        yield session


def test_the_schema_is_one_that_refuses():
    assert problems("organization.json", {"id": "x", "name": 1}) != []
    assert problems("service.json", {"id": "x", "phones": [{}]}) != []


def test_every_column_is_one_of_hsds():
    need_schemas()
    for name, columns in TABLES.items():
        assert set(columns) <= BY_FILE[f"{name}.csv"]["properties"].keys()


def test_the_countys_directory_passes(database):
    with reading(database, task_force_id=1) as session:
        found = directory(session, now=NOON)

    assert all_problems(found) == []
    assert len(found.tables["organizations"]) > 20
    assert len(found.tables["phones"]) > 5


def test_an_empty_directory_passes(two):
    with reading(two, task_force_id=2) as session:
        found = directory(session, now=NOON)

    assert all_problems(found) == []
    assert (found.document()["organizations"], found.document()["services"]) == ([], [])


def test_what_was_imported_passes_and_is_all_there(session):
    apply(session, OPEN_DOOR)

    found = directory(session, now=NOON)

    assert all_problems(found) == []
    document = found.document()
    (made,) = [row for row in document["organizations"] if row["name"] == "Open Door"]
    assert [(phone["number"], phone.get("extension"), phone["type"]) for phone in made["phones"]] == [
        ("(925) 555-0111", 12, "voice"),
        ("(925) 555-0112", None, "text"),
    ]  # fmt: skip
    assert made["metadata"][0]["updated_by"] == "Entered by the task force, “Import 1”"
    (service,) = [row for row in document["services"] if row["organization"]["name"] == "Open Door"]
    (hours,) = service["schedules"]
    assert (hours["byday"], hours["opens_at"], hours["closes_at"]) == ("MO,FR", "09:00-08:00", "17:00-08:00")  # fmt: skip
    assert (service["eligibility_description"], service["languages"][0]["code"]) == ("A minor", "en")  # fmt: skip


def test_hostile_words_pass_and_are_only_words(session):
    words = "=HYPERLINK(1) <!channel>\n" + "x" * 10_000
    edit(session, "organization", "shelter", changes={"description": words, "name": "@x"}, now=NOON)

    found = directory(session, now=NOON)

    assert all_problems(found) == []
    assert words in json.dumps(found.document(), ensure_ascii=False).encode().decode().replace("\\n", "\n")  # fmt: skip


def test_the_same_directory_has_the_same_ids_in_any_database(session):
    first = directory(session, now=NOON).document()
    (shelter,) = [row for row in first["organizations"] if row["name"] == "The Shelter"]

    assert shelter["id"] == "0acc328d-3fb7-5d17-9c43-9a91619ff19a"
    assert directory(session, now=NOON).document() == first


def test_the_day_of_the_check_is_in_it(session):
    edit(session, "hotline", "local-line", changes={"verified_on": NOON.date()}, now=NOON)

    (line,) = [
        row
        for row in directory(session, now=NOON).document()["services"]
        if row["name"] == "Local line"
    ]

    assert line["assured_date"] == "2026-03-02"
    assert [each["last_action_type"] for each in line["metadata"]] == ["stated", "verified"]


SECRET = "Sphinx of black quartz"


def test_nothing_that_is_not_public_leaves(session):
    shelter = session.exec(select(models.Organization).where(models.Organization.key == "shelter")).one()  # fmt: skip
    stated = {"source_id": shelter.source_id, "place": "P", "as_of": NOON.date()}
    person = models.Person(team_id="T1", user_id=SECRET)
    session.add(person)
    contact = models.Contact(key="c", organization_id=shelter.id, name=SECRET, email=f"{SECRET}@x.org", **stated)  # fmt: skip
    session.add(contact)
    session.flush()
    session.add(
        models.Member(
            person_id=person.id, name=SECRET, organization_id=shelter.id, title=SECRET,
            email=SECRET, phone=SECRET, listed="members", contact_visibility="members",
            approved_by=SECRET, approved_at=NOON, confirmed_on=NOON.date(), lapses_on=NOON.date(),
        )
    )  # fmt: skip
    session.add(models.Custodian(organization_id=shelter.id, person_id=person.id, part="owner", since=NOON))  # fmt: skip
    session.add(models.Seat(organization_id=shelter.id, group="subcommittee:youth", user_id=SECRET, since=NOON))  # fmt: skip
    session.add(models.Phone(key="cp", number=SECRET, contact_id=contact.id, **stated))
    session.add(models.Phone(key="cq", number=SECRET, contact_id=contact.id, organization_id=shelter.id, **stated))  # fmt: skip
    session.add(models.Phone(key="r", number=SECRET, organization_id=shelter.id, retired_at=NOON, **stated))  # fmt: skip
    session.add(models.Organization(key="gone", name=SECRET, retired_at=NOON, **stated))
    for table, key, changes in (
        ("subcommittee", "youth", {"name": SECRET, "purpose": SECRET, "roster": "coordinators"}),
        ("organization", "shelter", {"note": SECRET}),
        ("topic", "gap-1", {"text": SECRET}),
    ):
        edit(session, table, key, changes=changes, now=NOON)
    service = session.exec(select(models.Service)).first()
    session.add(models.Offering(organization_id=shelter.id, service_id=service.id, said_by=SECRET, said_at=NOON))  # fmt: skip
    session.add(models.Schedule(organization_id=shelter.id, byday=["MO"], opens_at=time(9), closes_at=time(17)))  # fmt: skip
    session.flush()

    found = directory(session, now=NOON)

    assert all_problems(found) == []
    assert SECRET not in repr(found.tables)
