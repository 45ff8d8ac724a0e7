"""
Two surveys of the same question, of which the difference could be what one agency said.
"""

from datetime import timedelta

import pytest

from storage.errors import AskedAlreadyError
from storage.models import SurveyCycle
from storage.surveys.alike import APART
from storage.surveys.closing import make, store
from storage.surveys.cycles import Dates, define, find_cycle
from storage.surveys.life import cancel, freeze
from storage.surveys.results import AGAIN
from storage.surveys.shapes import Question
from tests.surveying import AGENCIES, CORA, DATES, SOL, opened, questions, rows_of, send_in

ASKED = Question(text="How many advocates?")


@pytest.fixture
def database_url(sqlite_url):
    return sqlite_url


def later(days):
    return Dates(**{name: day + timedelta(days) for name, day in vars(DATES).items()})


def close(session, cycle, now):
    freeze(session, cycle.number, by=CORA, now=now)
    assert store(session, make(session, cycle.number), now=now)
    return find_cycle(session, cycle.number)


@pytest.mark.parametrize(
    "text", ["How many advocates?", "how many  ADVOCATES", "How many advocates."]
)
def test_the_same_question_is_not_asked_again_of_all_agencies_but_one(session, now, text):
    first = opened(session, questions(session, ASKED), now=now)
    but_one = tuple(rows_of(session, AGENCIES[1:]).values())
    wanted = questions(session, Question(text="Open at night?"), Question(text=text), organizations=but_one)  # fmt: skip

    with pytest.raises(AskedAlreadyError) as caught:
        define(session, wanted, by=SOL, now=now)

    error = caught.value
    assert (error.number, error.place, error.again_on) == (first.number, 2, DATES.opens_on + APART)


@pytest.mark.parametrize(("days", "refused"), [(329, True), (330, False), (-329, True), (-330, False)])  # fmt: skip
def test_another_years_is_another_figure(session, now, days, refused):
    opened(session, questions(session, ASKED), now=now)
    wanted = questions(session, ASKED, dates=later(days))

    if refused:
        with pytest.raises(AskedAlreadyError):
            define(session, wanted, by=SOL, now=now)
    else:
        define(session, wanted, by=SOL, now=now)


def test_other_agencies_other_questions_and_what_came_to_nothing_are_free(session, now):
    some, others = (tuple(rows_of(session, each).values()) for each in (AGENCIES[:4], AGENCIES[4:]))
    first = opened(session, questions(session, ASKED, organizations=some), now=now)

    define(session, questions(session, ASKED, organizations=others), by=SOL, now=now)
    define(session, questions(session, Question(text="How many nurses?")), by=SOL, now=now)
    assert close(session, first, now).outcome == "nothing"
    define(session, questions(session, ASKED, organizations=some), by=SOL, now=now)


def test_what_was_cancelled_is_asked_again(session, now):
    first = opened(session, questions(session, ASKED), now=now)
    cancel(session, first.number, by=CORA, now=now)

    define(session, questions(session, ASKED), by=CORA, now=now)


def test_a_survey_may_be_changed_that_asks_it_itself(session, now):
    made = define(session, questions(session, ASKED), by=CORA, now=now)

    define(session, questions(session, ASKED, name="Again"), by=CORA, now=now, number=made.number)


def test_what_was_asked_twice_all_the_same_is_shown_once(session, now):
    """
    Two that were defined before this was looked at.
    """
    first = opened(session, questions(session, ASKED), now=now)
    other = opened(session, questions(session, ASKED, dates=later(400)), now=now)
    row = session.get(SurveyCycle, other.number)
    row.opens_on = DATES.opens_on
    session.flush()
    for each, agencies in ((first, AGENCIES[:4]), (other, AGENCIES[:3])):
        for key in agencies:
            send_in(session, each, key, 40, now=now)

    (shown,) = close(session, first, now).results
    (withheld,) = close(session, other, now).results

    assert shown[1] == "160 in all, of 4 agencies that gave a number."
    assert withheld[1] == AGAIN.format(number=first.number)
