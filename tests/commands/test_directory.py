"""
What is due, who keeps what, and lines that change by two.
"""

from datetime import timedelta

import pytest
from sqlmodel import select

from commands import directory, wrong
from commands.contract import Standing
from storage import audit
from storage.deliveries import latest
from storage.items import find_item
from storage.models import Correction, Delivery
from storage.upkeep import UPKEEP, plan_upkeep
from tests.commands.office import Office
from tests.conftest import NOON
from tests.keeping import add_coordinator, add_custodian, add_member

CARD = "CVS crisis line, 24/7: 1 (800) 670-7273"
NEW = "1 (800) 555-0199"


@pytest.fixture
def library(sqlite_url, open_library):
    return open_library(sqlite_url)


@pytest.fixture
def office(library):
    office = Office(
        library,
        UOWN=Standing.APPROVED,
        UNEW=Standing.APPROVED,
        UC=Standing.COORDINATOR,
        UC2=Standing.COORDINATOR,
        UADMIN=Standing.ADMIN,
    )
    office.people[None] = Standing.ADMIN  # a terminal

    def prepare(session):
        add_coordinator(session, "UC")
        add_coordinator(session, "UC2")
        add_custodian(session, "UOWN", of="cvs")
        add_member(session, "UNEW", of="cvs")

    office.do(prepare)
    return office


def item(office, key="cvs-crisis-line", table="hotline"):
    return office.do(lambda session: find_item(session, table, key))


def proposed(office, *, by="UC", key="cvs-crisis-line", **filled):
    filled = filled or {"number_0": NEW}
    return office.send(office.open(f"entry line {item(office, key).id}", by=by), filled, by=by)


def waiting(office, by="UC2"):
    return sorted(int(each.split()[-1]) for each in office.buttons("directory changes", by=by) if " approve " in each)  # fmt: skip


@pytest.mark.parametrize("mention", ["<@UNEW>", "<@UNEW|ada>"])
def test_coordinators_give_an_entry_an_owner_and_take_it_back(mention, office):
    assert "owner of the entry of Community Violence Solutions" in office.say(f"directory owner cvs {mention}", by="UC")  # fmt: skip
    assert "already" in office.say(f"directory owner cvs {mention}", by="UC2")
    assert "Name of UNEW (owner), Name of UOWN (delegate)" in office.say("entry cvs", by="UC")
    assert "delegate" in office.say(f"directory delegate cvs {mention}", by="UC")
    assert "no longer" in office.say(f"directory release cvs {mention}", by="UC")
    assert "do not look after" in office.say(f"directory release cvs {mention}", by="UC")


def test_an_owner_is_an_approved_member_of_the_agency_and_named_by_coordinators(office):
    assert "no approved member of" in office.say("directory owner missey <@UNEW>", by="UC")
    assert "no approved member of" in office.say("directory owner cvs <@USTRANGE>", by="UC")
    assert "Whom?" in office.say("directory owner cvs", by="UC")
    assert "Which agency?" in office.say("directory owner <@UNEW>", by="UC")
    assert "No agency of that name" in office.say("directory owner zzzzz <@UNEW>", by="UC")
    assert "This is for coordinators" in office.say("directory owner cvs <@UNEW>", by="UNEW")


def test_each_sees_what_waits_for_them_and_coordinators_everything_oldest_first(office):
    mine = office.say("directory mine", by="UOWN")
    assert "Agency: Community Violence Solutions" in mine
    assert "Line: Community Violence Solutions crisis line" in mine
    assert "never by calling it" in mine
    assert "National Human Trafficking Hotline" not in mine
    assert "Nothing is due" in office.say("directory mine", by="UNEW")

    due = office.say("directory due", by="UC")
    assert "OVERDUE, due since Feb 3, 2025, 392 days" in due
    assert "Responsible: Name of UOWN" in due
    assert "Responsible: no owner: the coordinators" in due
    assert "This is for coordinators" in office.say("directory due", by="UOWN")
    assert "This is for coordinators" in office.say("directory changes", by="UOWN")
    assert "This is for members of the task force" in office.say("directory mine", by="UANY")
    assert "Type `/ht directory mine`" in office.say("directory zzz", by="UOWN")


def test_still_correct_is_noted_once_and_harmless_after(office):
    [still] = [each for each in office.buttons("directory mine", by="UOWN") if "still organization" in each]  # fmt: skip

    assert "verified today" in office.say(still, by="UOWN")
    assert office.say(still, by="UOWN").startswith("Noted before")
    assert still not in office.buttons("directory mine", by="UOWN")
    assert "look after this entry" in office.say(still, by="UNEW")
    acts = office.do(lambda session: [each.act for each in audit.entries(session, limit=99)])
    assert acts.count("directory.verified") == 1


def test_a_button_of_what_changed_meanwhile_does_nothing(office):
    pressable = office.buttons("directory mine", by="UOWN")
    [still] = [each for each in pressable if "still organization" in each]
    office.sends(office.open("entry details cvs", by="UC"), {"website": "https://cvs.example"}, by="UC")  # fmt: skip

    assert "Somebody else changed this meanwhile" in office.say(still, by="UOWN")
    assert "Not verified" in office.say("entry cvs", by="UOWN")
    gone = still.replace("still", "gone")
    assert "Only coordinators" in office.say(gone, by="UOWN")
    assert "meanwhile" in office.say(gone, by="UC")
    assert "Which one?" in office.say("directory still", by="UOWN")
    assert "not in the directory any more" in office.say("directory still phone 999", by="UOWN")


def test_retiring_asks_first_and_a_second_press_is_harmless(office):
    office.sends(office.open("entry add cvs", by="UOWN"), {"number": "988"}, by="UOWN")
    pressable = office.buttons("entry cvs", by="UOWN")
    [retire] = [each for each in pressable if "retire phone" in each]

    assert "It is shown no more. It is kept for the record" in office.say(retire, by="UOWN")
    assert "look after this entry" in office.say(retire, by="UNEW")
    [sure] = [each for each in office.buttons(retire, by="UOWN") if " gone " in each]
    assert office.say(sure, by="UOWN").startswith("Retired")
    assert "not in the directory any more" in office.say(sure, by="UOWN")
    assert "988" not in office.say("entry cvs", by="UOWN")


def test_an_agency_with_lines_is_not_retired(office):
    [retire] = [each for each in office.buttons("entry cvs", by="UC") if "retire organization" in each]  # fmt: skip
    [sure] = [each for each in office.buttons(retire, by="UC") if " gone " in each]

    assert "Retire these first" in office.say(sure, by="UC")


def test_a_number_of_a_line_changes_by_two_and_the_card_with_it(office):
    said = proposed(office)
    assert said.rendered.text.startswith("Proposed")
    assert "until then the old is served" in said.rendered.text
    assert CARD in office.say("hotline cvs crisis line", by="UANY")

    [number] = waiting(office)
    assert waiting(office, by="UC") == []
    assert "You proposed this one" in office.say(f"directory approve {number}", by="UC")
    text = office.say("directory changes", by="UC2")
    assert f"Numbers: 1 (800) 670-7273 → {NEW}" in text
    assert office.say(f"directory approve {number}", by="UC2").startswith("Approved\n")
    assert office.say(f"directory approve {number}", by="UADMIN").startswith("Approved before")
    office.do(lambda session: None)

    answer = office.say("hotline cvs crisis line", by="UANY")
    assert f"CVS crisis line, 24/7: {NEW}" in answer
    assert "670-7273" not in answer
    assert f"Línea de crisis CVS, 24/7: {NEW}" in office.say("hotline spanish", by="UANY")
    assert "670-7273" not in office.say("partner cvs", by="UANY")


@pytest.mark.parametrize(
    ("filled", "field", "said"),
    [
        ({"number_0": "12"}, "number_0", "as it is dialled here"),
        ({"number_0": NEW, "card_en": "CVS crisis line"}, "card_en", "names none of the numbers"),
        ({"number_0": NEW, "card_es": f"Línea CVS: {NEW} o 1-800-670-7273"}, "card_es", "still names a number that goes"),
        ({"hours": "Mon–Fri 9–5"}, "card_en", "still says “24/7”"),
        ({"number_0": None, "url": None}, "added", "A line needs a number, a page"),
        ({"added": "nothing"}, "added", "as it is dialled here"),
    ],
)  # fmt: skip
def test_a_card_never_says_something_else_than_the_line(filled, field, said, office):
    answer = proposed(office, **filled)

    assert said in answer.errors[field]
    assert waiting(office) == []


def test_a_line_that_is_not_on_the_card_asks_for_no_words_of_it(office):
    view = office.open(f"entry line {item(office, 'stand-line').id}", by="UC")
    names = {each.get("block_id") for each in view["blocks"]}

    assert {"name", "kind", "number_0", "added", "hours"} <= names
    assert not {name for name in names if name and name.startswith("card")}


def test_911_is_not_changed_here(office):
    assert "not in the directory any more" in office.say("entry line emergency", by="UC")
    assert "Wrong number?" not in office.buttons("hotline 911", by="UC").values()


def test_an_owner_proposes_for_their_own_line_and_for_no_other(office):
    assert proposed(office, by="UOWN").rendered.text.startswith("Proposed")
    other = item(office, "national-hotline")
    assert "look after this entry" in office.say(f"entry line {other.id}", by="UOWN")
    assert "This is for coordinators" in office.say("entry newline", by="UOWN")
    [number] = waiting(office)
    assert "This is for coordinators" in office.say(f"directory approve {number}", by="UOWN")


def test_a_declined_change_is_put_away_also_by_who_proposed_it(office):
    proposed(office)
    [number] = waiting(office)

    assert office.say(f"directory decline {number}", by="UC").startswith("Declined\n")
    assert office.say(f"directory decline {number}", by="UC2").startswith("Declined before")
    assert f"No change {number} waits" in office.say(f"directory approve {number}", by="UC2")
    assert "Which one?" in office.say("directory approve", by="UC2")
    assert CARD in office.say("hotline", by="UANY")


def test_a_second_proposal_waits_for_the_first(office):
    proposed(office)

    answer = proposed(office, by="UC2", number_0="988")

    assert "waits for a decision already" in answer.rendered.text
    assert len(waiting(office)) == 1


def test_a_proposal_of_what_changed_since_says_so(office):
    office.say("directory mine", by="UC")
    stale = office.open(f"entry line {item(office).id}", by="UC2")
    proposed(office)
    [number] = waiting(office)
    office.say(f"directory approve {number}", by="UC2")

    answer = office.send(stale, {"hours": "24/7, by text too"}, by="UC2")
    assert "meanwhile" in answer.rendered.text
    assert waiting(office) == []


def test_a_line_is_retired_and_brought_back_by_two(office):
    named = item(office)
    retire = f"directory retire hotline {named.id} {named.version}"
    assert "A second coordinator approves" in office.say(retire, by="UC")
    assert office.say(retire.replace("retire", "gone", 1), by="UC").startswith("Proposed")
    assert "waits for a decision already" in office.say(retire.replace("retire", "gone", 1), by="UC")  # fmt: skip
    [number] = waiting(office)
    office.say(f"directory approve {number}", by="UC2")
    office.do(lambda session: None)
    assert CARD not in office.say("hotline", by="UANY")

    [undo] = [each for each in office.buttons("entry history cvs", by="UC") if " undo " in each]
    assert office.say(undo, by="UC").startswith("Proposed")
    [number] = waiting(office)
    office.say(f"directory approve {number}", by="UC2")
    office.do(lambda session: None)
    assert CARD in office.say("hotline", by="UANY")


def test_a_new_line_is_shown_once_a_second_one_approves(office):
    view = office.open("entry newline", by="UC")
    filled = {"name": "River line", "kind": "support", "added": "1-888-555-0123", "needs": ["labor"]}  # fmt: skip
    assert "such as" in office.send(view, {**filled, "added": "1"}, by="UC").errors["added"]
    assert office.sends(view, filled, by="UC").startswith("Proposed")
    assert "River line" not in office.say("hotline labor", by="UANY")

    [number] = waiting(office)
    office.say(f"directory approve {number}", by="UC2")
    office.do(lambda session: None)

    assert "River line\n1-888-555-0123" in office.say("hotline labor", by="UANY")


def test_a_mistake_is_told_to_whoever_keeps_the_entry_and_its_end_to_who_told_it(office):
    assert "wrong number organization cvs" in office.buttons("partner cvs", by="UANY")
    assert "wrong number hotline cvs-crisis-line" in office.buttons("partner cvs", by="UANY")
    view = office.open("wrong number organization cvs", by="UANY")
    named = item(office)
    which = f"hotline {named.id}"

    said = {"which": which, "said": "Nobody answers."}
    assert "You are told once what came of it" in office.sends(view, said, by="UANY")
    assert "taken once" in office.sends(view, said, by="UANY")
    again = office.open("wrong number hotline cvs-crisis-line", by="UANY")
    assert "Yours was open already" in office.sends(again, {"said": "It is busy."}, by="UANY")

    [kept, told] = wrong.COMMAND.deliveries
    delivery = office.do(lambda session: latest(session, kind="correction", recipient="UOWN"))
    notice = office.do(lambda session: kept.render(delivery, session, NOON))
    assert (notice.text, notice.opens) == ("Somebody reported a mistake. Open to see it.", "directory mine")  # fmt: skip
    text = office.say("directory mine", by="UOWN")
    assert "Reported to be wrong: It is busy." in text
    assert "Nobody answers" not in text
    assert "UANY" not in text

    office.say(f"directory still hotline {named.id} {named.version}", by="UOWN")
    assert office.do(lambda session: kept.render(delivery, session, NOON)) is None
    row = office.do(lambda session: session.exec(select(Correction)).one())
    assert (row.said, row.reported_by, row.outcome) == (None, None, "still correct")
    delivery = office.do(lambda session: latest(session, kind="correction settled", recipient="UANY"))  # fmt: skip
    notice = office.do(lambda session: told.render(delivery, session, NOON))
    assert "CVS" not in notice.text
    assert "checked, and is still correct" in office.say(notice.opens, by="UANY")


def test_a_mistake_with_a_clients_details_is_refused(office):
    view = office.open("wrong number hotline cvs-crisis-line", by="UANY")

    text = office.sends(view, {"said": "my client Jane Roe, DOB 1/2/2003"}, by="UANY")

    assert "Please do not type client details here" in text
    assert office.do(lambda session: session.exec(select(Correction)).all()) == []


def test_guests_are_not_offered_what_they_cannot_send(office):
    office.people["UGUEST"] = Standing.GUEST

    assert not [each for each in office.buttons("partner cvs", by="UGUEST") if each.startswith("wrong")]  # fmt: skip
    assert "full members" in office.say("wrong number hotline cvs-crisis-line", by="UGUEST")
    assert "Press Wrong number?" in office.say("wrong number", by="UANY")
    assert "no such report" in office.say("wrong outcome 99", by="UANY")


def test_the_button_is_under_a_line_asked_for_by_its_name_and_never_on_the_card(office):
    assert "wrong number hotline childhelp" in office.buttons("hotline childhelp", by="UANY")
    for text in ("hotline", "hotline child", "", "911"):
        assert not [each for each in office.buttons(text, by="UANY") if each.startswith("wrong")]


def test_the_message_of_what_is_due_is_neutral_and_not_sent_when_all_is_answered(office):
    kind, *_ = directory.COMMAND.deliveries
    office.do(lambda session: plan_upkeep(session, NOON))
    nine = NOON + timedelta(hours=5)
    assert office.do(lambda session: kind.plan(session, nine)) == 3
    office.now = nine

    delivery = office.do(lambda session: latest(session, kind=UPKEEP, recipient="UOWN"))
    notice = office.do(lambda session: kind.render(delivery, session, nine))
    assert (notice.text, notice.opens) == (
        "Something in the directory waits for a look of yours. Open to see it.",
        "directory mine",
    )
    for each in [each for each in office.buttons("directory mine", by="UOWN") if " still " in each]:
        office.say(each, by="UOWN")
    assert office.do(lambda session: kind.render(delivery, session, nine)) is None
    recipients = office.do(lambda session: session.exec(select(Delivery.recipient)).all())
    assert sorted(recipients) == ["UC", "UC2", "UOWN"]


def test_nobody_keeps_an_entry_without_a_name(office):
    for text in ("directory mine", "directory approve 1", "entry", "entry add cvs"):
        assert "Type it in Slack" in office.say(text, by=None), text


def test_a_retired_agency_is_brought_back_from_its_history(office):
    [retire] = [each for each in office.buttons("entry missey", by="UC") if "retire organization" in each]  # fmt: skip
    [sure] = [each for each in office.buttons(retire, by="UC") if " gone " in each]
    assert office.say(sure, by="UC").startswith("Retired")
    assert "No agency of that name" in office.say("entry missey", by="UC")

    [undo] = [each for each in office.buttons("entry history missey", by="UC") if " undo " in each]
    assert office.say(undo, by="UC").startswith("Undone")

    assert office.say("entry missey", by="UC").startswith("Entry: MISSEY")


def test_a_line_that_has_an_address_alone_is_confirmed_by_another_one(office):
    view = office.open(f"entry line {item(office, 'csec-email').id}", by="UC")
    assert office.sends(view, {"email": "csec@example.org"}, by="UC").startswith("Proposed")
    [number] = waiting(office)
    office.say(f"directory approve {number}", by="UC2")

    text = office.say("partner cfs", by="UANY")
    assert "csec@example.org" in text
    assert "unconfirmed" not in text
