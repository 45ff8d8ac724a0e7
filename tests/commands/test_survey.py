"""
Surveys as people meet them: defined, answered, declined, followed, closed.
"""

from collections.abc import Callable
from contextlib import closing
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from bot.closing import close_due, purge_due
from bot.library import Library
from commands.contract import Standing
from commands.publishing import TEXT
from commands.survey_answer import BOTH, MEANWHILE, MISSING, OFTEN, ONLY_SAVED, SEEN, WRONG
from commands.survey_board import UNLISTED, UNNAMED
from commands.survey_notices import (
    AWAY,
    BOARDS,
    ELSEWHERE,
    ENDINGS,
    ENDS,
    NEUTRAL,
    NUDGES,
    SILENT,
    WAITS,
    edit_progress,
    plan_surveys,
    render_end,
    render_nudge,
)
from storage.audit import entries
from storage.custodians import Part
from storage.deliveries import DeliveryState, in_states
from storage.people import RoleName, revoke
from storage.surveys.answers import AgencyState, said_of, status
from storage.surveys.cycles import cycles, find_cycle
from storage.surveys.filling import IMPORTED_BY
from storage.surveys.shapes import Question
from storage.surveys.values import HOW
from tests.commands.office import Office
from tests.keeping import add_coordinator, add_custodian, add_member
from tests.surveying import (
    CORA,
    DATES,
    SOL,
    TOTAL,
    YEAR,
    opened,
    questions,
    rows_of,
    said,
    send_in,
)

MEL, ANA, STA, NOB = "U0MEL", "U0ANA", "U0STA", "U0NOB"
PACIFIC = ZoneInfo("America/Los_Angeles")
FORM = {
    "name": "Data survey of May 2025",
    "table": "member-served",
    "starts": "2024-01-01",
    "ends": "2024-12-31",
    "opens": "2026-03-02",
    "due": "2026-03-16",
    "grace": "2026-03-27",
    "closes": "2026-03-30",
}


@pytest.fixture
def office(sqlite_url: str, open_library: Callable[..., Library]) -> Office:
    office = Office(
        open_library(sqlite_url),
        **{CORA: Standing.COORDINATOR, SOL: Standing.COORDINATOR},
        **dict.fromkeys([MEL, ANA, STA, NOB], Standing.APPROVED),
    )

    def people(session):
        add_coordinator(session, CORA)
        add_coordinator(session, SOL)
        add_custodian(session, MEL, of="cvs")
        add_custodian(session, ANA, of="cvs", part=Part.DELEGATE)
        add_member(session, STA, of="stand")
        add_member(session, NOB, of="h3")

    office.do(people)
    office.now = datetime(2026, 3, 2, 10, tzinfo=PACIFIC)
    return office


@pytest.fixture
def survey(office) -> int:
    return office.do(lambda session: opened(session, now=office.now).number)


def state_of(office, number, key="cvs"):
    return office.library.read_now(
        lambda session: status(session, find_cycle(session, number), rows_of(session, [key])[key])
    )


def answers(office, number):
    return office.library.read_now(lambda session: said_of(session, find_cycle(session, number)))


def labels(view):
    return [block["label"]["text"] for block in view["blocks"] if block["type"] == "input"]


def filled(*values, then="send"):
    return {f"c{number}": value for number, value in enumerate(values) if value} | {"then": then}


# Answering.


def test_the_form_says_what_slack_sees_and_what_is_entered_and_never_a_value(office, survey):
    first = office.open(f"survey answer {survey}", by=MEL)
    office.sends(first, filled("185", "", "8", then="draft"), by=MEL)

    again = office.open(f"survey answer {survey}", by=ANA)

    assert labels(first)[:4] == [
        "Total # Served (not entered)",
        "Sex Trafficking (not entered)",
        "Labor Trafficking (not entered)",
        "Sex & Labor Trafficking (not entered)",
    ]
    assert labels(again)[:3] == [
        "Total # Served (entered)",
        "Sex Trafficking (not entered)",
        "Labor Trafficking (entered)",
    ]
    said = " ".join(str(block) for block in again["blocks"])
    assert SEEN in said
    assert "htbot survey import" in said
    assert "185" not in str(again)
    assert not any("initial_value" in str(block) for block in again["blocks"])


def test_what_is_saved_is_a_draft_until_it_is_sent_in(office, survey):
    form = office.open(f"survey answer {survey}", by=MEL)

    saved = office.sends(form, filled("185", "177", "8", "N/A", then="draft"), by=MEL)

    assert "Saved. It does not count yet." in saved
    assert "Sex Trafficking: entered" in saved
    assert answers(office, survey) == {}
    version = state_of(office, survey).version
    sent = office.say(f"survey send {survey} {version}", by=ANA)
    assert "Sent in. It can be changed until Mar 27, 2026." in sent
    assert list(answers(office, survey).values()) == [said(185, 177, 8, "N/A")]
    assert "It was sent in already." in office.say(f"survey send {survey} {version}", by=MEL)
    for page in (saved, sent):
        assert "185" not in page
        assert "177" not in page


@pytest.mark.parametrize("typed", ["-1", "1.5", "twelve", "1000001", "12 people", "<10", "  - "])
def test_what_is_no_whole_number_is_refused_on_its_field_without_a_word_of_it(
    office, survey, typed
):
    form = office.open(f"survey answer {survey}", by=MEL)

    answer = office.send(form, filled("185", typed, "8", "0"), by=MEL)

    assert answer.errors == {"c1": HOW}
    assert typed.strip() not in answer.rendered.text.replace("1,000,000", "").replace("not ", "")
    assert state_of(office, survey).entered == frozenset()


def test_a_total_that_its_parts_do_not_make_is_refused_on_the_total(office, survey):
    form = office.open(f"survey answer {survey}", by=MEL)

    for then in ("draft", "send"):
        answer = office.send(form, filled("184", "177", "8", "0", then=then), by=MEL)
        assert answer.errors == {"c0": WRONG}

    assert state_of(office, survey).entered == frozenset()


def test_whoever_tries_a_total_over_a_colleagues_parts_leaves_their_name(office, survey):
    form = office.open(f"survey answer {survey}", by=MEL)
    office.sends(form, filled("185", "177", "8", "0"), by=MEL)

    form = office.open(f"survey answer {survey}", by=ANA)
    told = office.sends(form, filled("180"), by=ANA)

    assert f"{ONLY_SAVED} The parts do not add up to: {TOTAL}." in told
    assert (state_of(office, survey).has_draft, state_of(office, survey).saved_by) == (True, ANA)
    assert list(answers(office, survey).values()) == [said(185, 177, 8, 0)]
    found = office.library.read_now(lambda session: entries(session, limit=1))
    assert [(each.act, each.actor) for each in found] == [("survey.saved", ANA)]


def test_a_total_is_tried_a_few_times_a_day_and_then_a_coordinator_is_asked(office, survey):
    form = office.open(f"survey answer {survey}", by=MEL)
    office.sends(form, filled("185", "177", "8", "0"), by=MEL)
    for total in ("180", "181", None):
        form = office.open(f"survey answer {survey}", by=ANA)
        told = office.sends(form, filled(total), by=ANA)  # at last without typing anything
        assert f"The parts do not add up to: {TOTAL}." in told

    form = office.open(f"survey answer {survey}", by=ANA)
    blocked = office.sends(form, filled("185"), by=ANA)

    assert f"{ONLY_SAVED} {OFTEN}" in blocked
    assert OFTEN in office.say(f"survey send {survey}", by=ANA)
    form = office.open(f"survey answer {survey}", by=ANA)
    assert "Sent in." in office.sends(form, filled("90", "80", "10", "0"), by=ANA)


def test_a_question_that_was_asked_already_is_refused_on_its_field(office):
    office.do(lambda session: opened(session, questions(session, Question(text="How many beds?")), now=office.now))  # fmt: skip
    cvs = office.do(lambda session: rows_of(session, ["cvs"])["cvs"])
    days = {name: FORM[name] for name in ("opens", "due", "grace", "closes")}

    form = office.open("survey ask", by=SOL)
    answer = office.send(form, {"name": "Beds", "questions": "How many beds", "agencies": [str(cvs)], **days}, by=SOL)  # fmt: skip

    assert "Question 1: survey 1 asks some of these agencies the same" in answer.errors["questions"]
    assert "Jan 26, 2027" in answer.errors["questions"]


def test_what_is_missing_is_said_on_its_field(office, survey):
    form = office.open(f"survey answer {survey}", by=MEL)

    answer = office.send(form, filled("185", "177"), by=MEL)

    assert answer.errors == {"c2": MISSING, "c3": MISSING}


def test_an_empty_field_keeps_and_an_explicit_choice_takes_out(office, survey):
    form = office.open(f"survey answer {survey}", by=MEL)
    office.sends(form, filled("185", "177", "8", "0"), by=MEL)

    again = office.open(f"survey answer {survey}", by=MEL)
    both = office.send(again, {**filled("", "178"), "clear": ["c1"]}, by=MEL)
    office.sends(again, {**filled("190", "182", then="draft"), "clear": ["c2"]}, by=MEL)

    assert both.errors == {"c1": BOTH}
    assert {cell for (cell,) in state_of(office, survey).entered} == {TOTAL, "Sex Trafficking", "Sex & Labor Trafficking"}  # fmt: skip
    assert list(answers(office, survey).values()) == [said(185, 177, 8, 0)]  # until it is sent in


def test_two_of_one_agency_at_once_have_one_effect_and_a_clear_sentence(office, survey):
    one = office.open(f"survey answer {survey}", by=MEL)
    other = office.open(f"survey answer {survey}", by=ANA)

    office.sends(one, filled("185", "177", "8", "0"), by=MEL)
    late = office.sends(other, filled("90", "90", "0", "0"), by=ANA)

    assert MEANWHILE in late
    assert list(answers(office, survey).values()) == [said(185, 177, 8, 0)]


def test_a_form_that_is_sent_twice_is_taken_once(office, survey):
    form = office.open(f"survey answer {survey}", by=MEL)
    office.sends(form, filled("185", "177", "8", "0"), by=MEL)

    again = office.sends(form, filled("185", "177", "8", "0"), by=MEL)

    assert "has been taken once" in again


def test_a_form_that_was_open_when_it_closed_is_not_taken(office, survey):
    form = office.open(f"survey answer {survey}", by=MEL)
    office.say(f"survey close {survey} 1 yes", by=CORA)

    late = office.sends(form, filled("185", "177", "8", "0"), by=MEL)

    assert "takes no answers now" in late
    assert "takes no answers now" in office.say(f"survey answer {survey}", by=MEL)


@pytest.mark.parametrize(("after", "taken"), [(0, True), (1, False)])
def test_answers_are_taken_until_the_last_minute_of_the_last_day(office, survey, after, taken):
    last = datetime(2026, 3, 27, 23, 59, tzinfo=PACIFIC)
    office.now = last + timedelta(minutes=after)

    answer = office.answer(f"survey answer {survey}", by=MEL)

    assert (answer.form is not None) is taken


def test_long_surveys_have_pages_by_kind(office):
    kinds = "\n".join(["Total", *(f"Kind {number}" for number in range(1, 6))])
    form = office.open("survey define", by=CORA)
    values = FORM | {
        "table": "new", "title": "Youth reached", "unit": "youth", "kinds": kinds,
        "groups": "All ages\nUnder 12\n12 to 14\n15 to 17\n18 to 24",
        "agencies": [str(row) for row in office.do(rows_of).values()],
    }  # fmt: skip
    values["opens"] = "2026-03-02"
    assert "Saved." in office.sends(form, values, by=CORA)
    office.say("survey open 1", by=CORA)

    assert "Answer, page 2 of 2" in office.buttons("survey 1", by=MEL).values()
    one, two = (office.open(f"survey answer 1 {page}", by=MEL) for page in (1, 2))
    assert len(labels(one)) + len(labels(two)) == 30 + 2
    assert labels(one)[0] == "All ages · Total (not entered)"
    early = office.send(one, {"then": "send"}, by=MEL)
    assert early.errors["c0"] == MISSING
    assert "see page 2" in early.errors["then"]
    whole = {f"c{number}": "0" for number in range(18)} | {"then": "draft"}
    office.sends(one, whole, by=MEL)
    two = office.open("survey answer 1 2", by=MEL)
    wrong = office.sends(two, {f"c{number}": "0" for number in range(18, 30)} | {"c24": "3", "c25": "3"}, by=MEL)  # fmt: skip
    assert "do not add up to: All ages · Total; All ages · Kind 1" in wrong
    two = office.open("survey answer 1 2", by=MEL)
    done = office.sends(two, {f"c{number}": "0" for number in range(18, 30)}, by=MEL)
    assert "Sent in." in done


def test_another_agencys_members_are_told_that_they_are_not_asked(office, survey):
    for text in (f"survey {survey}", f"survey answer {survey}", f"survey decline {survey}"):
        assert "Your agency is not asked by this survey." in office.say(text, by=NOB)
    assert "No survey asks your agency anything now." in office.say("survey", by=NOB)


def test_members_see_no_board_and_no_preview(office, survey):
    for text in (f"survey board {survey}", f"survey preview {survey}"):
        assert "That is for coordinators." in office.say(text, by=MEL)


def test_what_came_in_a_file_is_not_said_to_be_a_colleagues(office, survey):
    office.do(lambda session: send_in(session, find_cycle(session, survey), "cvs", 185, 177, 8, 0, by=IMPORTED_BY, now=office.now))  # fmt: skip

    assert "sent in by a coordinator's file" in office.say(f"survey {survey}", by=MEL)


def test_who_looks_after_it_no_more_is_not_told_how_it_goes(office, survey):
    office.do(lambda session: plan_surveys(session, office.now))

    def told(session):
        (found,) = (each for each in in_states(session, [DeliveryState.PLANNED], limit=99) if each.kind == BOARDS.name and each.recipient == CORA)  # fmt: skip
        return edit_progress(found, session, office.now).text

    assert "of 8 agencies have answered" in office.library.read_now(told)
    office.say(f"survey take {survey}", by=SOL)
    assert office.library.read_now(told) == ELSEWHERE


# What stops the nudges.


@pytest.mark.parametrize(
    ("word", "state", "said"),
    [
        ("mailed", AgencyState.EMAILED, "says it was sent by e-mail"),
        ("decline", AgencyState.DECLINED, "declined"),
        ("notours", AgencyState.NOT_OURS, "says it does not concern them"),
    ],
)
def test_who_does_not_answer_here_says_so_and_may_change_their_mind(office, survey, word, state, said):  # fmt: skip
    told = office.say(f"survey {word} {survey}", by=MEL)

    assert "Noted: " in told
    assert state_of(office, survey).state is state
    assert f"Community Violence Solutions: {said}, by Name of U0MEL" in office.say(f"survey board {survey}", by=CORA)  # fmt: skip
    assert "will answer" in office.say(f"survey back {survey}", by=ANA)
    assert state_of(office, survey).state is AgencyState.SILENT


@pytest.mark.parametrize("word", ["decline", "notours"])
def test_what_a_colleague_sent_in_is_not_deleted_by_one_press(office, survey, word):
    office.do(lambda session: send_in(session, find_cycle(session, survey), "cvs", 185, 177, 8, 0, now=office.now))  # fmt: skip

    assert "all of it is deleted" in office.say(f"survey {word} {survey}", by=ANA)
    assert len(answers(office, survey)) == 1
    assert f"survey {word} {survey} yes" in office.buttons(f"survey {word} {survey}", by=ANA)
    assert "Noted: " in office.say(f"survey {word} {survey} yes", by=ANA)
    assert answers(office, survey) == {}


def test_what_was_sent_in_was_not_sent_by_email(office, survey):
    office.do(lambda session: send_in(session, find_cycle(session, survey), "cvs", 185, 177, 8, 0, now=office.now))  # fmt: skip

    assert "has sent it in: that stays" in office.say(f"survey mailed {survey}", by=MEL)
    assert "Already sent by e-mail" not in office.buttons(f"survey {survey}", by=MEL).values()


# The board.


def test_the_board_says_who_and_no_count(office, survey):
    form = office.open(f"survey answer {survey}", by=MEL)
    office.sends(form, filled("185", "177", "8", "0"), by=MEL)
    form = office.open(f"survey answer {survey}", by=STA)
    office.sends(form, filled("121", then="draft"), by=STA)

    board = office.say(f"survey board {survey}", by=CORA)

    assert "Survey 1: 1 of 8 agencies have answered, 1 with a draft, 6 silent." in board
    assert "Community Violence Solutions: answered by Name of U0MEL, Mar 02, 2026, 10:00:00 PST" in board  # fmt: skip
    assert "Violence: draft, not sent in, by Name of U0STA" in board
    assert "Updated Mar 02, 2026, 10:00:00 PST." in board
    assert "185" not in board
    assert "121" not in board


def test_the_list_has_every_survey_for_coordinators_and_the_open_ones_of_their_agency_for_members(
    office, survey
):
    office.do(lambda session: questions_of(session))

    assert "Survey 1: Data survey of 2024" in office.say("survey", by=MEL)
    assert "Beds" not in office.say("survey", by=MEL)
    assert {"survey board 1", "survey board 2"} <= office.buttons("survey", by=CORA).keys()


def questions_of(session):
    from storage.surveys.cycles import define

    wanted = questions(session, Question(text="How many beds?"), name="Beds")
    return define(session, wanted, by=CORA, now=datetime(2026, 3, 2, tzinfo=PACIFIC))


def test_with_another_key_nobody_is_left_without_a_word(office, survey, sqlite_url, pack):
    form = office.open(f"survey answer {survey}", by=MEL)
    office.sends(form, filled("185", "177", "8", "0"), by=MEL)
    with closing(
        Library.open(sqlite_url, pack=pack, clock=lambda: office.now, secret_key="B" * 42 + "A=")
    ) as other:
        elsewhere = Office(other, **office.people)
        elsewhere.now = office.now

        assert "cannot be opened here any more" in elsewhere.say(f"survey {survey}", by=MEL)
        assert "Survey 1" in elsewhere.say("survey", by=MEL)
        assert "answered by" in elsewhere.say(f"survey board {survey}", by=CORA)


# Defining.


def test_the_next_year_of_a_published_table_is_defined_in_a_form(office):
    form = office.open("survey define", by=CORA)

    board = office.sends(form, FORM, by=CORA)

    assert "Saved. It opens by itself on Mar 2, 2026." in board
    assert "Table: Total Served by Partner Agency, Calendar Year 2024" in board
    (cycle,) = office.library.read_now(cycles)
    assert cycle.table == YEAR
    assert (cycle.dates, cycle.responsible) == (DATES, CORA)
    assert set(rows(office, cycle)) >= {"cvs", "stand", "arm-of-care", "h3"}


def rows(office, cycle):
    from storage.surveys.answers import statuses

    return [each.key for each in office.library.read_now(lambda session: statuses(session, cycle))]


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"due": "2026-03-01"}, "due"),
        ({"grace": "2026-03-15"}, "grace"),
        ({"closes": "2026-03-26"}, "closes"),
        ({"opens": None}, "opens"),
        ({"ends": "2023-12-31"}, "ends"),
        ({"agencies": []}, "agencies"),
        ({"name": "…"}, "name"),
        ({"table": "new"}, "title"),
        ({"table": "new", "title": "Served 2024", "unit": "people", "kinds": "Total"}, "title"),
        ({"table": "new", "title": "Member served", "unit": "people", "kinds": "Total"}, "title"),
        ({"table": "new", "title": "Beds", "kinds": "Total"}, "unit"),
        ({"table": "new", "title": "Beds", "unit": "beds", "kinds": "A/B\nC"}, "kinds"),
        ({"table": "new", "title": "Beds", "unit": "beds", "kinds": "A\nA"}, "kinds"),
        ({"table": "new", "title": "Beds", "unit": "beds", "kinds": "A\na"}, "kinds"),
        ({"table": "new", "title": "Beds", "unit": "beds", "kinds": "A\nB\nNot broken down"}, "kinds"),
        ({"table": "new", "title": "Beds", "unit": "beds", "kinds": "A", "groups": "\n".join("G" * n for n in range(1, 60))}, "kinds"),
    ],
)  # fmt: skip
def test_what_cannot_be_is_refused_on_its_field(office, changes, field):
    form = office.open("survey define", by=CORA)
    if field == "kinds" and "groups" in changes:
        changes = changes | {"kinds": "\n".join("K" * n for n in range(1, 9))}

    answer = office.send(form, FORM | changes, by=CORA)

    assert field in answer.errors
    assert office.library.read_now(cycles) == ()


def test_a_second_survey_of_a_table_and_period_is_refused(office, survey):
    form = office.open("survey define", by=SOL)

    answer = office.send(form, FORM, by=SOL)

    assert answer.errors == {"starts": "Survey 1 is about this table and these days: use that one."}


def test_a_planned_survey_is_changed_by_one_of_two_and_an_open_one_by_nobody(office):
    office.sends(office.open("survey define", by=CORA), FORM, by=CORA)
    one, other = (office.open("survey define 1", by=who) for who in (CORA, SOL))

    office.sends(one, {"name": "Another name"}, by=CORA)
    late = office.sends(other, {"name": "A third name"}, by=SOL)

    assert "Nothing was stored" in late
    assert "Survey 1: Another name" in office.say("survey 1", by=CORA)
    assert "(open" not in office.say("survey open 1", by=SOL)
    assert "What is open is not changed any more" in office.say("survey define 1", by=CORA)


def test_simple_questions_have_no_free_text(office):
    form = office.open("survey ask", by=CORA)
    values = {k: FORM[k] for k in ("opens", "due", "grace", "closes")}
    values |= {"name": "Beds", "questions": "How many beds?\nShelter at night? | yes | no | planned"}  # fmt: skip

    board = office.sends(form, values, by=CORA)
    office.say("survey open 1", by=CORA)
    asked = office.open("survey answer 1", by=MEL)
    sent = office.sends(asked, {"c0": "12", "c1": "0", "then": "send"}, by=MEL)

    assert "simple questions" in board
    kinds = [block["element"]["type"] for block in asked["blocks"] if block["type"] == "input"]
    assert kinds == ["plain_text_input", "static_select", "radio_buttons"]
    assert "Sent in." in sent
    assert "12" not in sent.replace("2026", "")
    again = office.open("survey answer 1", by=MEL)
    assert "initial_option" not in str(again["blocks"][5]["element"])


@pytest.mark.parametrize(
    "typed",
    ["", "Same?\nSame?", "Same?\nsame?", "One option? | yes", "Twice? | yes | Yes", "\n".join(f"Q{n}?" for n in range(21)), "x" * 151],
)  # fmt: skip
def test_questions_that_cannot_be_are_refused(office, typed):
    form = office.open("survey ask", by=CORA)
    values = {k: FORM[k] for k in ("name", "opens", "due", "grace", "closes")}

    answer = office.send(form, values | {"questions": typed}, by=CORA)

    assert "questions" in answer.errors


# Opening, extending, closing.


def test_a_press_that_comes_too_late_says_how_it_stands(office, survey):
    office.say(f"survey close {survey} 1 yes", by=CORA)

    again = office.say(f"survey close {survey} 1 yes", by=SOL)

    assert "your press changed nothing" in again
    assert "being closed" in again
    acts = [each.actor for each in office.library.read_now(lambda s: entries(s, limit=9, acts=["survey.closed"]))]  # fmt: skip
    assert acts == [CORA]


def test_closing_asks_first_and_says_whose_drafts_do_not_count(office, survey):
    office.sends(office.open(f"survey answer {survey}", by=STA), filled("9", then="draft"), by=STA)

    asks = office.say(f"survey close {survey} 1", by=CORA)

    assert "Close survey 1?" in asks
    assert "what is a draft of STAND!" in asks
    assert "Nothing came from" in asks
    assert f"survey close {survey} 1 yes" in office.buttons(f"survey close {survey} 1", by=CORA)


def test_it_is_extended_in_a_form_and_who_saw_the_old_dates_does_not_close_it(office, survey):
    form = office.open(f"survey extend {survey}", by=SOL)

    past = office.send(form, {"due": "2026-03-02", "grace": "2026-03-01"}, by=SOL)
    board = office.sends(form, {"due": "2026-04-06", "grace": "2026-04-10", "closes": "2026-04-10"}, by=SOL)  # fmt: skip

    assert set(past.errors) == {"grace"}
    assert "Due: Apr 6, 2026; answers are taken until Apr 10, 2026" in board
    assert "your press changed nothing" in office.say(f"survey close {survey} 1 yes", by=CORA)


def test_cancelling_asks_first_and_deletes_what_was_said(office, survey):
    office.sends(office.open(f"survey answer {survey}", by=MEL), filled("9", "9", "0", "0"), by=MEL)

    assert "deleted" in office.say(f"survey cancel {survey}", by=CORA)
    assert "State: cancelled" in office.say(f"survey cancel {survey} yes", by=CORA)
    assert answers(office, survey) == {}
    assert "Survey 1" not in office.say("survey", by=CORA)


def test_another_coordinator_looks_after_it(office, survey):
    assert f"Looked after by: {UNLISTED}" in office.say(f"survey board {survey}", by=SOL)
    assert CORA not in office.say(f"survey board {survey}", by=SOL)

    office.say(f"survey take {survey}", by=SOL)

    assert f"Looked after by: {UNLISTED}" in office.say(f"survey board {survey}", by=CORA)
    assert "Looked after by: you" in office.say(f"survey board {survey}", by=SOL)
    assert "I look after it" not in office.buttons(f"survey board {survey}", by=SOL).values()


def test_who_is_no_member_is_on_the_board_by_no_id(office, survey):
    office.do(lambda session: send_in(session, find_cycle(session, survey), "cvs", 185, 177, 8, 0, by="U0GONE", now=office.now))  # fmt: skip

    page = office.say(f"survey board {survey}", by=CORA)

    assert f"answered by {UNNAMED}, " in page
    assert "U0GONE" not in page


def test_what_cannot_close_by_itself_says_why_and_coordinators_are_told_once(office, survey):
    office.do(lambda session: revoke(session, team_id="T1", user_id=CORA, role=RoleName.COORDINATOR))  # fmt: skip
    assert "no coordinator looks after it" in office.say(f"survey board {survey}", by=SOL)
    office.now = datetime(2026, 3, 31, 0, 1, tzinfo=PACIFIC)

    for _ in range(2):
        office.do(lambda session: plan_surveys(session, office.now))
        office.now += timedelta(days=1)

    found = office.do(lambda session: in_states(session, [DeliveryState.PLANNED], limit=99))
    (waits,) = [each for each in found if each.kind == ENDINGS.name]
    assert (waits.recipient, office.do(lambda session: render_end(waits, session, office.now)).text) == (SOL, WAITS)  # fmt: skip
    office.say(f"survey take {survey}", by=SOL)
    assert "closes by itself after: mar 30, 2026\n" in office.say(f"survey board {survey}", by=SOL).casefold()  # fmt: skip
    assert office.do(lambda session: render_end(waits, session, office.now)) is None


def test_what_came_of_it_is_the_protected_preview_and_why(office, survey):
    office.sends(office.open(f"survey answer {survey}", by=MEL), filled("185", "177", "8", "0"), by=MEL)  # fmt: skip
    office.say(f"survey close {survey} 1 yes", by=CORA)
    assert "being closed" in office.say(f"survey preview {survey}", by=CORA)

    assert close_due(office.library, now=office.now) == 1
    own = office.say(f"survey preview {survey}", by=CORA)
    other = office.say(f"survey preview {survey}", by=SOL)

    for page in (own, other):
        assert "Community Violence Solutions: Total # Served: withheld · Sex Trafficking: 177 · Labor Trafficking: <10" in page or "Sex Trafficking: withheld · Labor Trafficking: <10" in page  # fmt: skip
        assert "withheld, because with it a count below 10 could be worked out" in page
        assert "not reported" in page
        assert "Nothing came from:" in page
    assert "another coordinator publishes it" in own
    assert "stats approve 7" not in office.buttons(f"survey preview {survey}", by=CORA)
    assert "stats approve 7" in office.buttons(f"survey preview {survey}", by=SOL)


def test_every_member_is_told_of_what_is_published_and_coordinators_that_it_is_decided(
    office, survey
):
    office.sends(office.open(f"survey answer {survey}", by=MEL), filled("185", "177", "8", "0"), by=MEL)  # fmt: skip
    office.say(f"survey close {survey} 1 yes", by=CORA)
    close_due(office.library, now=office.now)
    office.say("stats approve 7", by=SOL)

    def planned(session):
        return in_states(session, [DeliveryState.PLANNED], limit=99)

    found = office.library.read_now(planned)
    assert {each.recipient for each in found if each.kind == "figures"} == {MEL, ANA, STA, NOB}
    assert {each.recipient for each in found if each.kind == ENDINGS.name} == {CORA, SOL}
    figure = next(each for each in found if each.kind == "figures")
    ending = next(each for each in found if each.kind == ENDINGS.name)
    from commands.publishing import render

    notice, end = office.library.read_now(
        lambda session: (render(figure, session, office.now), render_end(ending, session, office.now))
    )  # fmt: skip
    assert (notice.text, notice.opens) == (TEXT, "stats member-served 2024-01-01..2024-12-31")
    assert end.text == ENDS["drafted"]
    shown = office.say(notice.opens, by=MEL)
    assert "Calendar Year 2024" in shown
    assert "published" in office.say(f"survey preview {survey}", by=CORA)


def test_a_refusal_is_said_with_its_reasons(office):
    form = office.open("survey define", by=CORA)
    values = FORM | {"table": "new", "title": "Served again", "unit": "people served", "kinds": "Total\nSex", "starts": "2023-01-01", "ends": "2023-12-31"}  # fmt: skip
    office.sends(form, values, by=CORA)
    office.say("survey open 1", by=CORA)
    office.sends(office.open("survey answer 1", by=MEL), filled("1185", "1185"), by=MEL)
    office.say("survey close 1 1 yes", by=CORA)

    close_due(office.library, now=office.now)

    page = office.say("survey preview 1", by=SOL)
    assert "did not let its figures pass" in page
    assert "member-served" in page
    assert "1185" not in page
    assert "survey extend 1" in office.buttons("survey preview 1", by=SOL)


def test_without_an_answer_there_is_nothing_to_publish(office, survey):
    office.say(f"survey close {survey} 1 yes", by=CORA)
    close_due(office.library, now=office.now)

    assert "nothing can be published" in office.say(f"survey preview {survey}", by=CORA)


def test_a_declined_draft_is_said_to_be(office, survey):
    office.sends(office.open(f"survey answer {survey}", by=MEL), filled("185", "177", "8", "0"), by=MEL)  # fmt: skip
    office.say(f"survey close {survey} 1 yes", by=CORA)
    close_due(office.library, now=office.now)
    office.say("stats decline 7", by=SOL)

    assert "was declined" in office.say(f"survey preview {survey}", by=CORA)


def test_results_that_were_shown_are_not_added_to(office):
    office.do(lambda session: questions_of(session))
    office.say("survey open 1", by=CORA)
    for key, value in {"cvs": 40, "stand": 30, "arm-of-care": 25}.items():
        office.do(lambda session, key=key, value=value: send_in(session, find_cycle(session, 1), key, value, now=office.now))  # fmt: skip
    office.say("survey close 1 yes", by=CORA)
    close_due(office.library, now=office.now)

    assert "95 in all" in office.say("survey preview 1", by=CORA)
    assert "survey extend 1" not in office.buttons("survey preview 1", by=CORA)
    assert "the difference would be what that one said" in office.say("survey extend 1", by=CORA)


def test_after_its_counts_are_purged_it_is_not_opened_again(office, survey):
    office.say(f"survey close {survey} 1 yes", by=CORA)
    close_due(office.library, now=office.now)
    assert purge_due(office.library, now=office.now + timedelta(180), keep=timedelta(180)) == 1

    assert "cannot be changed any more" in office.say(f"survey extend {survey}", by=CORA)
    assert "survey extend 1" not in office.buttons(f"survey preview {survey}", by=CORA)


# Nudges.


def nudges(office):
    def planned(session):
        plan_surveys(session, office.now)
        return [
            each
            for each in in_states(session, [DeliveryState.PLANNED], limit=99)
            if each.kind == NUDGES.name
        ]

    return {each.recipient: each for each in office.do(planned)}


def rendered(office, delivery):
    return office.library.read_now(lambda session: render_nudge(delivery, session, office.now))


def test_a_nudge_is_neutral_and_opens_ones_own(office, survey):
    found = nudges(office)

    assert set(found) == {MEL, CORA, SOL}  # the other agencies have nobody: their coordinators
    notice = rendered(office, found[MEL])
    assert (notice.text, notice.opens) == (NEUTRAL, f"survey mine {survey}")
    board = rendered(office, found[CORA])
    assert (board.text, board.opens) == (SILENT, f"survey board {survey}")
    assert nudges(office) == found  # once


def test_a_nudge_on_its_way_is_not_sent_to_whom_it_is_no_longer_for(office, survey):
    found = nudges(office)

    office.say(f"survey decline {survey}", by=ANA)

    assert rendered(office, found[MEL]) is None
    assert rendered(office, found[CORA]) is not None


def test_a_nudge_that_is_late_waits_for_working_hours(office, survey):
    found = nudges(office)
    office.now = datetime(2026, 3, 6, 17, 0, tzinfo=PACIFIC).astimezone(UTC)  # a Friday

    wait = rendered(office, found[MEL])

    assert wait.reason == AWAY
    assert wait.seconds == timedelta(days=2, hours=15).total_seconds()  # a clock goes forward
    office.now += timedelta(seconds=wait.seconds)
    assert rendered(office, found[MEL]).text == NEUTRAL


def test_who_looks_after_the_agency_no_more_is_not_nudged(office, survey):
    found = nudges(office)

    office.say(f"directory release cvs <@{MEL}>", by=CORA)

    assert rendered(office, found[MEL]) is None
