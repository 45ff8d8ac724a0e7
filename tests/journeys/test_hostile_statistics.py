"""
Somebody who asks /ht stats everything, in every way, and adds up all the answers.
"""

import asyncio
import re
from dataclasses import replace
from itertools import product

import pytest

from bot.render import plain
from bot.router import Router
from commands.contract import Standing
from commands.reckoning import NEVER_ADDED, refusal
from storage.disclosure.audit import audit
from storage.disclosure.states import State
from storage.disclosure.tables import SideInformation
from storage.session import reading
from storage.statistics.ledger import ledger
from storage.statistics.published import published
from storage.statistics.worlds import ledger_problem
from tests.conftest import NOON

AGENCIES = (
    "cvs", "comunity violence solutions", "irc", "international rescue", "justice at last", "jal",
    "stand", "arm of care", "da victim witness", "love never fails", "fjc", "hmis", "csec", "tcvap",
)  # fmt: skip
KINDS = ("sex trafficking", "labor trafficking", "laber traficking", "sex & labor", "at risk",
         "victim during foster care", "total served", "labor exploitation", "sexual exploitation",
         "victim before foster care")  # fmt: skip
QUESTIONS = (
    "{a} {k}", "exact {k} {a}", "{a} total minus {k}", "percent {k} of {a}", "sum {k} and total {a}",
    "how many more {k} than {b} at {a}", "rank agencies by {k}", "{a} {k} 2022", "{a} without {k}",
    "average {k} {a} {b}", "is {a} {k} more than {n}", "{a} {k} between {n} and 9", "compare {a} {b}",
    "compare {a} 2023 {b} 2023", "export csv {a}", "what is left of {a} after {k}", "{k} except {a}",
    "ratio {k} to total {a}", "{a} + {b}", "most {k}", "decode {k} {a}", "share {k} {a} 2023",
    "everyone but {a} {k}", "change of {k} at {a} since 2022", "{a}'s {k}, roughly", "cuantos {k} {a}",
)  # fmt: skip


def questions():
    """
    At least two hundred, each kind of question with many agencies and many kinds.
    """
    pairs = list(product(AGENCIES, KINDS))
    for number in range(16 * len(QUESTIONS)):
        agency, kind = pairs[number * 11 % len(pairs)]
        yield QUESTIONS[number % len(QUESTIONS)].format(
            a=agency,
            k=kind,
            b=(*KINDS, *AGENCIES)[number * 5 % (len(KINDS) + len(AGENCIES))],
            n=number % 9 + 1,
        )


@pytest.fixture(scope="module")
def answers(shared_library):
    router = Router(library=shared_library, clock=lambda: NOON)

    async def member():
        return Standing.MEMBER

    async def ask():
        return {
            text: await router.answer(f"stats {text}", standing=member)
            for text in dict.fromkeys(questions())
        }

    return asyncio.run(ask())


@pytest.fixture(scope="module")
def out(shared_library):
    with reading(shared_library.database, task_force_id=1) as session:
        return published(session), ledger_problem(ledger(session))


def test_there_are_two_hundred_questions_and_some_are_worked_out(answers):
    said = [plain(answer.rendered.text) for answer in answers.values()]

    assert len(said) >= 200
    assert sum("Worked out from published numbers only" in each for each in said) >= 8
    assert sum(refusal().parts[0].text in each for each in said) >= 60
    assert sum(NEVER_ADDED in each for each in said) >= 1


def test_every_number_of_every_answer_is_published_or_worked_out_of_what_is(answers, out):
    tables, _ = out
    numbers = {
        str(mark.value)
        for table in tables
        for mark in table.cells.values()
        if mark.state is State.NUMBER
    }
    known = numbers | {str(n) for n in range(10)} | {"10", "24", "2022", "2023", "2024", "2026", "02", "911", "988"}  # fmt: skip
    for text, answer in answers.items():
        told = plain(answer.rendered.text)
        for sentence in told.splitlines():
            if any(pattern.search(sentence) for pattern in RECKONED):
                continue  # looked at below
            if re.search(r"\(\d{3}\)|1-8\d\d", sentence):
                continue  # the card's phone numbers
            assert set(re.findall(r"\d+", sentence.replace(",", ""))) <= known, (text, sentence)


SHARE = re.compile(r"^(.+): ([\d,]+) of ([\d,]+) is (\d+) percent, rounded\.$")
SUM = re.compile(r"^(.+): ([\d,]+(?: \+ [\d,]+)+) is ([\d,]+)\.$")
DIFFERENCE = re.compile(r"^(.+) ([\d,]+), (.+) ([\d,]+): the difference is ([\d,]+)\.$")
RECKONED = (SHARE, SUM, DIFFERENCE)


def whole(written):
    return int(written.replace(",", ""))


def side_information(answers, tables):
    """
    What all the answers together tell, as equations over the cells.
    """
    cells = {}
    for table in tables:
        for labels in table.cells:
            cells[", ".join(labels)] = (table, "/".join([table.name, *labels]))
    for answer in answers.values():
        for line in plain(answer.rendered.text).splitlines():
            if found := SHARE.match(line):
                table, cell = cells[found[1]]
                totals = [
                    other
                    for name, (where, other) in cells.items()
                    if where is table
                    and table.cells[tuple(name.split(", "))].value == whole(found[3])
                ]
                share = int(found[4])
                yield SideInformation(
                    terms=((cell, 200), (totals[0], 1 - 2 * share)), low=0, high=None
                )
                yield SideInformation(
                    terms=((cell, 200), (totals[0], -1 - 2 * share)), low=None, high=-1
                )
            elif found := DIFFERENCE.match(line):
                _, one = cells[found[1]]
                _, other = cells[found[3]]
                told = whole(found[5]) * (1 if whole(found[2]) > whole(found[4]) else -1)
                yield SideInformation(terms=((one, 1), (other, -1)), low=told, high=told)


def test_all_the_answers_together_narrow_nothing(answers, out):
    tables, problem = out

    before = audit(problem)
    side = tuple(dict.fromkeys(side_information(answers, tables)))
    after = audit(replace(problem, side=side))

    assert len(side) >= 6
    assert before.safe
    assert after == before


def test_a_refusal_is_always_the_same_to_the_byte(answers):
    refused = {
        (answer.rendered.text, repr(answer.rendered.blocks))
        for answer in answers.values()
        if refusal().parts[0].text in plain(answer.rendered.text)
    }

    assert len(refused) == 1
