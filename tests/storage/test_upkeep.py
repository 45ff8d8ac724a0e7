"""
What is due, who answers for it, and who is told how often.
"""

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from sqlmodel import select

from storage import audit
from storage.corrections import Outcome, find_correction, open_corrections, report
from storage.custodians import Responsible
from storage.directory import save
from storage.errors import StaleError
from storage.facts import content_version
from storage.items import find_item, items
from storage.models import Correction, Delivery
from storage.session import transaction
from storage.task_forces import local_day
from storage.upkeep import UPKEEP, confirm, duties, plan_upkeep, waits_for
from tests.conftest import NOON
from tests.keeping import add_coordinator, add_custodian

ZONE = ZoneInfo("America/Los_Angeles")
NINE = datetime(2026, 3, 2, 9, 0, tzinfo=ZONE)
DAY = timedelta(days=1)


def found(session, *, now=NOON, ids=None):
    day = local_day(session, now)
    responsible = Responsible(session, today=day)
    return duties(session, day=day, responsible=responsible, organization_ids=ids)


def verify_all(session, *, now=NOON):
    for each in items(session):
        confirm(session, each, seen=each.version, by="U1", keeper=False, now=now)


def told(session):
    rows = session.exec(select(Delivery).where(Delivery.kind == UPKEEP).order_by(Delivery.id))
    return [(each.occasion, each.recipient) for each in rows]


def tick(session, now):
    return plan_upkeep(session, now)


def test_what_was_never_verified_is_due_from_the_day_its_source_is_of_and_911_never(session):
    every = found(session)

    assert len(every) == len(items(session)) > 30
    assert "emergency" not in {each.item.key for each in every}
    line = next(each for each in every if each.item.key == "cvs-crisis-line")
    assert (line.item.due_on, line.due, line.overdue) == (date(2025, 2, 3), True, True)
    ages = [each.item.due_on for each in every]
    assert ages == sorted(ages)


def test_still_correct_holds_for_ninety_days_and_is_noted_once_a_day(session):
    before = content_version(session)
    item = find_item(session, "hotline", "cvs-crisis-line")

    assert confirm(session, item, seen=item.version, by="U1", keeper=False, now=NOON)
    assert not confirm(session, item, seen=item.version, by="U2", keeper=False, now=NOON)

    [entry] = audit.entries(session, limit=9)
    assert (entry.act, entry.subject, entry.actor) == ("directory.verified", "hotline:cvs-crisis-line", "U1")  # fmt: skip
    assert content_version(session) > before
    keys = {each.item.key for each in found(session, now=NOON + 89 * DAY)}
    assert "cvs-crisis-line" not in keys
    keys = {each.item.key: each for each in found(session, now=NOON + 90 * DAY)}
    assert keys["cvs-crisis-line"].due
    assert not keys["cvs-crisis-line"].overdue
    late = {each.item.key: each for each in found(session, now=NOON + 120 * DAY)}
    assert late["cvs-crisis-line"].overdue


def test_what_changed_since_somebody_looked_is_not_confirmed(session):
    item = find_item(session, "organization", "cvs")
    values = {"description": "Helps.", "website": None, "email": None}
    save(session, "organization", "cvs", values, by="U2", now=NOON)

    with pytest.raises(StaleError):
        confirm(session, item, seen=item.version, by="U1", keeper=True, now=NOON)


def test_the_day_is_the_countys_own(session):
    evening = datetime(2026, 3, 3, 4, 0, tzinfo=ZoneInfo("UTC"))  # still the second there
    item = find_item(session, "organization", "cvs")

    confirm(session, item, seen=item.version, by="U1", keeper=True, now=evening)

    assert find_item(session, "organization", "cvs").verified_on == date(2026, 3, 2)


def test_the_owner_answers_for_the_agency_and_the_coordinators_for_the_rest(session):
    add_coordinator(session, "UC")
    add_custodian(session, "U1", of="cvs")

    by_key = {each.item.key: each for each in found(session)}

    assert by_key["cvs"].responsible == by_key["cvs-crisis-line"].responsible == ("U1",)
    assert by_key["cvs"].keepers == ("Name of U1",)
    assert by_key["national-hotline"].responsible == by_key["missey"].responsible == ("UC",)


def test_one_message_a_person_and_never_two_in_a_week(session):
    add_coordinator(session, "UC")
    add_custodian(session, "U1", of="cvs")

    assert tick(session, NOON) == 0  # the first look only begins
    assert tick(session, NINE - timedelta(seconds=1)) == 0
    assert tick(session, NINE) == 2
    assert tick(session, NINE + timedelta(seconds=1)) == 0
    assert sorted(told(session)) == [("upkeep:2026-03-02", "U1"), ("upkeep:2026-03-02", "UC")]
    for day in range(1, 90):
        assert tick(session, NINE + day * DAY) == 0, day
    assert tick(session, NINE + 90 * DAY) == 2  # nobody answered for a whole period


def test_who_answered_is_asked_again_when_something_is_due_and_coordinators_when_it_is_late(
    session,
):
    add_coordinator(session, "UC")
    add_custodian(session, "U1", of="cvs")
    tick(session, NOON)
    verify_all(session)

    for day in range(1, 140):
        tick(session, NINE + day * DAY)

    # Verified on March 2nd: due on the 31st of May, late on the 30th of June.
    readers = {}
    for occasion, reader in told(session):
        readers.setdefault(reader, []).append(occasion)
    assert readers == {
        "U1": ["upkeep:2026-05-31"],
        "UC": ["upkeep:2026-05-31", "upkeep:2026-06-30"],
    }


def test_after_downtime_one_message_is_planned(session):
    add_coordinator(session, "UC")
    tick(session, NOON)

    assert tick(session, NINE + 20 * DAY + timedelta(hours=2)) == 1
    assert told(session) == [("upkeep:2026-03-22", "UC")]


def test_whoever_has_answered_meanwhile_gets_no_message(session):
    add_coordinator(session, "UC")
    add_custodian(session, "U1", of="cvs")
    assert waits_for(session, "U1", now=NOON)
    assert waits_for(session, "UC", now=NOON)

    verify_all(session)

    assert not waits_for(session, "U1", now=NOON)
    assert not waits_for(session, "UC", now=NOON)
    later = NOON + 121 * DAY
    assert waits_for(session, "U1", now=later)
    assert waits_for(session, "UC", now=later)
    assert not waits_for(session, "UNOBODY", now=later)


def test_two_processes_plan_a_day_once(database, task_force_id):
    with transaction(database, task_force_id=task_force_id) as session:
        add_coordinator(session, "UC")
        tick(session, NOON)

    planned = []
    for _ in range(2):
        with transaction(database, task_force_id=task_force_id) as session:
            planned.append(tick(session, NINE))

    assert planned == [1, 0]


def complain(session, by="UR", *, said="Nobody answers.", table="hotline", key="cvs-crisis-line", now=NOON):  # fmt: skip
    item = find_item(session, table, key)
    return report(
        session, table, key, said=said, by=by, organization_id=item.organization_id,
        responsible=Responsible(session, today=local_day(session, now)), now=now,
    )  # fmt: skip


def deliveries(session, kind):
    rows = session.exec(select(Delivery).where(Delivery.kind == kind).order_by(Delivery.id))
    return [(each.recipient, each.payload) for each in rows]


def test_a_report_tells_the_custodians_once_and_is_updated_by_the_same_person(session):
    add_coordinator(session, "UC")
    add_custodian(session, "U1", of="cvs")

    assert complain(session)
    assert not complain(session, said="Another office answers.")
    assert complain(session, "UR2", said=None)

    first, second = open_corrections(session)
    assert (first.said, second.said) == ("Another office answers.", None)
    assert deliveries(session, "correction") == [
        ("U1", {"correction": first.id}),
        ("U1", {"correction": second.id}),
    ]
    assert "answers" not in repr(first)


@pytest.mark.parametrize("outcome", list(Outcome))
def test_a_settled_report_keeps_neither_word_nor_name_and_tells_the_reporter_once(outcome, session):
    add_custodian(session, "U1", of="missey")
    complain(session, table="organization", key="missey")
    complain(session, "U1", table="organization", key="missey")
    item = find_item(session, "organization", "missey")

    for _ in range(2):
        match outcome:
            case Outcome.STILL_CORRECT:
                confirm(session, item, seen=item.version, by="U1", keeper=True, now=NOON)
            case Outcome.CHANGED:
                values = {"description": "Helps.", "website": None, "email": None}
                save(session, "organization", "missey", values, by="U1", now=NOON)
            case Outcome.RETIRED:
                save(session, "organization", "missey", None, by="U1", now=NOON)

    assert open_corrections(session) == ()
    rows = session.exec(select(Correction).order_by(Correction.id)).all()
    assert [(each.said, each.reported_by, each.settled_by) for each in rows] == [(None, None, "U1")] * 2  # fmt: skip
    assert find_correction(session, rows[0].id).outcome is outcome
    assert deliveries(session, "correction settled") == [("UR", {"correction": rows[0].id})]


def test_what_is_reported_comes_first_and_waits_though_it_is_not_due(session):
    add_coordinator(session, "UC")
    verify_all(session)
    assert found(session) == ()

    complain(session)

    [duty] = found(session)
    assert (duty.item.key, duty.due, duty.responsible) == ("cvs-crisis-line", False, ("UC",))
    item = duty.item
    assert confirm(session, item, seen=item.version, by="UC", keeper=False, now=NOON)
    assert found(session) == ()


def test_what_was_reported_of_an_entry_that_is_gone_is_settled_within_a_day(session):
    add_coordinator(session, "UC")
    add_custodian(session, "U1", of="missey")
    number = {
        "number": "988", "extension": None, "type": "voice", "description": None, "organization": "missey",
    }  # fmt: skip
    save(session, "phone", "missey-phone-1", number, by="U1", now=NOON)
    complain(session, table="phone", key="missey-phone-1")
    tick(session, NOON)
    save(session, "organization", "missey", None, by="UC", now=NOON)

    tick(session, NINE)

    assert open_corrections(session) == ()
    [(reader, _)] = deliveries(session, "correction settled")
    assert reader == "UR"
