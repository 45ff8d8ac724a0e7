"""
An agency keeps its entry: who may, what is taken, and what nobody overwrites.
"""

import re

import pytest

from commands.contract import Standing
from storage.corrections import report
from storage.custodians import Part, Responsible
from storage.directory import history, offered_by
from storage.entries import current
from storage.items import find_item, items
from storage.task_forces import local_day
from tests.commands.office import Office
from tests.conftest import NOON
from tests.keeping import add_custodian, add_member

FILLED = {"number": "(925) 555-0123", "extension": "7", "description": "Front desk"}


@pytest.fixture
def library(sqlite_url, open_library):
    return open_library(sqlite_url)


@pytest.fixture
def office(library):
    office = Office(library, UOWN=Standing.APPROVED, UDEL=Standing.APPROVED, UOTHER=Standing.APPROVED, UC=Standing.COORDINATOR)  # fmt: skip

    def prepare(session):
        add_custodian(session, "UOWN", of="missey")
        add_custodian(session, "UDEL", of="missey", part=Part.DELEGATE)
        add_member(session, "UOTHER", of="cvs")

    office.do(prepare)
    return office


def phone(office):
    found = office.do(lambda session: items(session, organization_ids=[_id(session, "missey")]))
    return next(each for each in found if each.table == "phone")


def _id(session, key):
    return find_item(session, "organization", key).id


def values(office, table, key):
    return office.do(lambda session: current(session, table, key))


def added(office):
    office.sends(office.open("entry add missey", by="UOWN"), FILLED, by="UOWN")
    return phone(office)


def test_whoever_looks_after_an_entry_sees_its_state_and_the_forms(office):
    added(office)

    text = office.say("entry", by="UOWN")

    assert text.startswith("Entry: MISSEY\n")
    assert "Name of UOWN (owner), Name of UDEL (delegate)" in text
    assert "(925) 555-0123 ext. 7 (voice, Front desk)" in text
    assert "Not verified; as of Mar 2, 2026" in text
    assert "Never a confidential shelter's address" in text
    pressable = office.buttons("entry missey", by="UDEL")
    assert {"entry details missey", "entry add missey", "entry hours missey", "entry services missey"} <= set(pressable)  # fmt: skip
    assert set(pressable) == set(office.buttons("entry missey", by="UC"))


def test_others_see_it_and_a_clear_sentence_and_no_form(office):
    text = office.say("entry missey", by="UOTHER")

    assert "Somebody of the agency and the coordinators look after this entry." in text
    assert "entry details missey" not in office.buttons("entry missey", by="UOTHER")
    for form in ("details", "add", "hours", "services"):
        assert "look after this entry" in office.say(f"entry {form} missey", by="UOTHER")
    assert "The coordinators look after this entry" in office.say("entry cvs", by="UOTHER")
    assert "This is for members of the task force" in office.say("entry missey", by="UNOBODY")
    assert "look after this entry" in office.say("entry history missey", by="UOTHER")


def test_a_form_sent_by_somebody_who_keeps_the_entry_no_longer_changes_nothing(office):
    view = office.open("entry add missey", by="UOWN")

    assert "look after this entry" in office.sends(view, FILLED, by="UOTHER")

    office.people["UOWN"] = Standing.MEMBER
    assert "This is for members of the task force" in office.sends(view, FILLED, by="UOWN")
    assert office.do(lambda session: history(session, "missey", limit=9)) == ()


def test_an_agency_may_be_named_badly_or_not_be_there(office):
    assert office.say("entry misssey", by="UOWN").startswith("Entry: MISSEY")
    assert "No agency of that name" in office.say("entry zzzzzz", by="UOWN")
    office.people["UNEW"] = Standing.APPROVED
    assert "Which agency?" in office.say("entry", by="UNEW")


def test_a_number_is_added_once_however_often_it_is_sent(office):
    view = office.open("entry add missey", by="UOWN")

    assert office.sends(view, FILLED, by="UOWN").startswith("Saved\n")
    assert "taken once" in office.sends(view, FILLED, by="UOWN")
    another = office.open("entry add missey", by="UDEL")
    assert office.sends(another, FILLED, by="UDEL").startswith("Nothing to change")

    [edit] = office.do(lambda session: history(session, "missey", limit=9))
    assert (edit.made_by, edit.after["number"]) == ("UOWN", "(925) 555-0123")
    assert "(925) 555-0123 ext. 7 – Front desk" in office.say("partner missey", by="UANY")
    assert "The task force's directory, Mar 2026; not yet re-checked" not in office.say("partner missey", by="UANY")  # fmt: skip


@pytest.mark.parametrize(
    ("number", "kind", "taken"),
    [
        ("988", "voice", True),
        ("911", "voice", True),
        ("211", "voice", True),
        ("1-888-373-7888", "voice", True),
        ("+1 925.555.0123", "voice", True),
        ("233733", "text", True),
        ("233733", "voice", False),
        ("555-0123", "voice", False),
        ("(925) 555-0123 x7", "voice", False),
        ("ask Ann", "voice", False),
        ("<!channel>", "voice", False),
        ("12", "voice", False),
    ],
)
def test_a_number_is_taken_if_it_can_be_dialled_and_kept_as_printed(number, kind, taken, office):
    view = office.open("entry add missey", by="UOWN")

    answer = office.send(view, {"number": number, "type": kind}, by="UOWN")

    if taken:
        assert answer.errors is None
        assert phone(office).lines[0].startswith(f"{number} (")
    else:
        assert "such as (925) 555-0123 or 988" in answer.errors["number"]


def test_what_cannot_be_taken_is_said_at_its_field_and_the_form_stays(office):
    view = office.open("entry add missey", by="UOWN")

    answer = office.send(view, {**FILLED, "extension": "front"}, by="UOWN")

    assert set(answer.errors) == {"extension"}
    assert office.sends(view, FILLED, by="UOWN").startswith("Saved")


def test_a_free_text_with_a_clients_details_is_refused_and_not_stored(office):
    view = office.open("entry details missey", by="UOWN")
    said = {"description": "my client Jane Roe, DOB 1/2/2003"}

    text = office.sends(view, said, by="UOWN")

    assert "Please do not type client details here" in text
    assert "Jane" not in text
    assert office.do(lambda session: history(session, "missey", limit=9)) == ()


def test_what_is_typed_rings_nobody(office):
    view = office.open("entry details missey", by="UOWN")
    office.sends(view, {"description": "Help <!channel> & <@U1>"}, by="UOWN")

    for text in ("partner missey", "entry missey", "entry history missey"):
        shown = office.answer(text, by="UOWN").rendered
        assert "&lt;!channel&gt; &amp; &lt;@U1&gt;" in shown.text, text
        assert "<!channel>" not in shown.text + str(shown.blocks)


def test_two_who_filled_in_the_same_form_do_not_overwrite_each_other(office):
    first = office.open("entry details missey", by="UOWN")
    second = office.open("entry details missey", by="UDEL")

    office.sends(first, {"website": "https://one.example"}, by="UOWN")
    answer = office.send(second, {"website": "https://two.example"}, by="UDEL")

    assert "Somebody else changed this meanwhile" in answer.rendered.text
    assert "entry details missey" in str(answer.rendered.blocks)
    assert values(office, "organization", "missey")["website"] == "https://one.example"


def test_a_number_changes_and_is_verified_no_longer(office):
    item = added(office)
    office.say(f"directory still phone {item.id} {item.version}", by="UOWN")
    assert "Verified Mar 2, 2026" in office.say("entry missey", by="UOWN")

    view = office.open(f"entry phone {item.id}", by="UDEL")
    stale = office.open(f"entry phone {item.id}", by="UOWN")
    assert office.sends(view, {"number": "988"}, by="UDEL").startswith("Saved")

    assert "Verified" not in office.say("entry missey", by="UOWN")
    assert "meanwhile" in office.sends(stale, {"number": "211"}, by="UOWN")
    assert phone(office).lines[0].startswith("988")


def test_hours_are_said_as_one_says_them(office):
    view = office.open("entry hours missey", by="UOWN")

    days = ["MO", "TU", "WE", "FR"]
    filled = {"byday": days, "opens_at": "09:00", "closes_at": "17:30", "description": "Closed on holidays"}  # fmt: skip
    assert office.sends(view, filled, by="UOWN").startswith("Saved")

    assert "Mon–Wed, Fri 09:00–17:30; Closed on holidays" in office.say("partner missey", by="UX")
    again = office.open("entry hours missey", by="UOWN")
    empty = {"byday": [], "opens_at": None, "closes_at": None, "description": None}
    assert office.sends(again, empty, by="UOWN").startswith("Saved")
    assert values(office, "schedule", "missey") is None


@pytest.mark.parametrize(
    ("filled", "field"),
    [
        ({"byday": ["MO"], "opens_at": "09:00"}, "closes_at"),
        ({"byday": ["MO"], "closes_at": "09:00"}, "opens_at"),
        ({"byday": ["MO"], "opens_at": "09:00", "closes_at": "09:00"}, "closes_at"),
        ({"opens_at": "09:00", "closes_at": "10:00"}, "byday"),
    ],
)
def test_half_an_opening_time_is_none(filled, field, office):
    answer = office.send(office.open("entry hours missey", by="UOWN"), filled, by="UOWN")

    assert set(answer.errors) == {field}


def test_services_are_ticked_for_whom_and_in_which_languages(office):
    view = office.open("entry services missey", by="UOWN")
    [block] = [each for each in view["blocks"] if each.get("block_id") == "services"]
    assert len(block["element"]["options"]) == 29
    housing, legal = "immediate-and-daily-needs-shelter-housing", "legal-and-advocacy-immigration"

    said = {"services": [housing, legal], "persons": ["minor"], "languages": ["spanish"]}
    assert office.sends(view, said, by="UOWN").startswith("Saved")
    offered = {"persons": ["minor"], "languages": ["spanish"]}
    assert office.do(lambda session: offered_by(session, "missey")) == {legal: offered, housing: offered}  # fmt: skip

    one = office.open(f"entry service missey {legal}", by="UDEL")
    stale = office.open(f"entry service missey {legal}", by="UOWN")
    assert office.sends(one, {"persons": []}, by="UDEL").startswith("Saved")
    assert "meanwhile" in office.sends(stale, {"languages": []}, by="UOWN")
    page = office.say("partner missey", by="UANY")
    assert "Immigration – Spanish · Said by the agency, Mar 2026" in page
    assert "Shelter, housing – A minor, under 18 · Spanish · Said by the agency, Mar 2026" in page

    fewer = office.open("entry services missey", by="UOWN")
    office.sends(fewer, {"services": [legal]}, by="UOWN")
    assert list(office.do(lambda session: offered_by(session, "missey"))) == [legal]
    assert "does not say it offers" in office.say(f"entry service missey {housing}", by="UOWN")
    assert "Which service?" in office.say("entry service missey nothing", by="UOWN")


def test_history_tells_each_change_and_takes_it_back_once(office):
    office.sends(office.open("entry details missey", by="UOWN"), {"website": "https://one.example"}, by="UOWN")  # fmt: skip

    text = office.say("entry history missey", by="UC")
    assert "made by Name of UOWN, Mar 2, 2026" in text
    assert "Web: nothing → https://one.example" in text
    [undo] = [each for each in office.buttons("entry history missey", by="UDEL") if " undo " in each]  # fmt: skip
    assert "look after this entry" in office.say(undo, by="UOTHER")
    assert office.say(undo, by="UDEL").startswith("Undone")
    assert "undone before" in office.say(undo, by="UDEL")

    assert values(office, "organization", "missey")["website"] is None
    assert "no such change" in office.say("entry undo 999", by="UC")
    assert "Which one?" in office.say("entry undo x", by="UC")


def test_an_entry_in_doubt_says_so(office):
    def doubt(session):
        item = find_item(session, "organization", "missey")
        report(
            session, "organization", "missey", said="It moved.", by="UR", organization_id=item.id,
            responsible=Responsible(session, today=local_day(session, NOON)), now=NOON,
        )  # fmt: skip

    office.do(doubt)

    assert "reported to be wrong: 1" in office.say("entry missey", by="UOTHER")
    assert "It moved." not in office.say("entry missey", by="UOTHER")
    assert "Reported to be wrong: It moved." in office.say("directory mine", by="UOWN")


def test_no_button_of_an_entry_is_refused_by_the_screen(office):
    added(office)
    for text in office.buttons("entry missey", by="UC"):
        assert (
            "Please do not type client details" not in office.answer(text, by="UC").rendered.text
        ), text
    assert re.search(r"directory still phone \d+ [b-t]{10}", str(office.buttons("entry missey", by="UC")))  # fmt: skip
