"""
Somebody who asks /ht stats everything, in every way, and adds up all the answers.
"""

import asyncio
import re
from contextlib import closing
from dataclasses import replace
from datetime import date
from itertools import product

import pytest

from bot.library import Library
from bot.render import plain
from bot.router import Router
from commands.contract import Standing
from commands.reckoning import NEVER_ADDED, refusal
from storage.disclosure.audit import audit
from storage.disclosure.states import State
from storage.disclosure.tables import SideInformation
from storage.session import reading
from storage.statistics.ledger import (
    Origin,
    Proposal,
    Series,
    approve,
    draft,
    ledger,
    put_survey,
    survey_key,
)
from storage.statistics.published import published
from storage.statistics.sheets import Dimension, Structure
from storage.statistics.worlds import ledger_problem
from tests.conftest import NOON
from tests.workshop import KEY

AGENCIES = (
    "cvs", "comunity violence solutions", "irc", "international rescue", "justice at last", "jal",
    "stand", "arm of care", "da victim witness", "love never fails", "fjc", "hmis", "csec", "tcvap",
    "harbor house", "hill house", "hope hous", "beds", "shelter guests first half",
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

# Some that have an answer, so that there is something to add up.
ANSWERED = (
    "percent sexual exploitation of hmis", "percent labor exploitation of hmis",
    "share labor trafficking da", "share victim before foster care csec",
    "difference between sexual exploitation and labor exploitation at hmis",
    "share sex hill house", "share labor hill house", "hill house sex minus labor",
)  # fmt: skip


def questions():
    """
    At least two hundred, each kind of question with many agencies and many kinds.
    """
    yield from ANSWERED
    pairs = list(product(AGENCIES, KINDS))
    for number in range(22 * len(QUESTIONS)):
        agency, kind = pairs[number * 11 % len(pairs)]
        yield QUESTIONS[number % len(QUESTIONS)].format(
            a=agency,
            k=kind,
            b=(*KINDS, *AGENCIES)[number * 5 % (len(KINDS) + len(AGENCIES))],
            n=number % 9 + 1,
        )


SHELTERS = ("Harbor House", "Hill House", "Hope House")
KIND = Dimension(name="kind", labels=("Total", "Sex", "Labor"), tree={"Total": ("Sex", "Labor")})
# (sex, labor) of each shelter; what is below ten, and what hides it, must never be told.
HALF = {"Harbor House": (418, 3), "Hill House": (58, 47), "Hope House": (6, 2)}
YEAR = {"Harbor House": (868, 7), "Hill House": (133, 94), "Hope House": (8, 5)}
CORRECTED = YEAR | {"Hill House": (234, 94)}
SECRETS = {"418", "868", "3", "6", "7", "8", "5"}


def shelters(counts, **period):
    cells = {
        (name, kind): count
        for name, (sex, labor) in counts.items()
        for kind, count in {"Sex": sex, "Labor": labor, "Total": sex + labor}.items()
    }
    rows = Dimension(name="shelter", labels=SHELTERS)
    beds = Series(key="shelter-beds", program="Shelters", title="Shelter guests", aliases=("beds",))
    return Proposal(
        series=beds, unit="guests", threshold=10, note="Three shelters.", counts=cells,
        origin=Origin(source=survey_key("Survey"), place="Beds", as_of=date(2025, 5, 1)),
        structure=Structure(dimensions=(rows, KIND), knows={name: (name,) for name in SHELTERS}),
        **period,
    )  # fmt: skip


@pytest.fixture(scope="module")
def shared_library(tmp_path_factory, sqlite_template, pack):
    """
    The deck, and beside it half a year, the year and a correction of it, with sealed counts.
    """
    path = tmp_path_factory.mktemp("hostile") / "ht.db"
    path.write_bytes(sqlite_template.read_bytes())
    whole = {"period": "2024", "starts": date(2024, 1, 1), "ends": date(2024, 12, 31)}
    half = whole | {"period": "first half of 2024", "ends": date(2024, 6, 30)}
    with closing(
        Library.open(f"sqlite:///{path}", pack=pack, clock=lambda: NOON, secret_key=KEY)
    ) as library:

        def publish(session):
            put_survey(session, title="Survey", as_of=date(2025, 5, 1))
            for counts, period in [(HALF, half), (YEAR, whole), (CORRECTED, whole)]:
                number = draft(session, shelters(counts, **period), by="U1", now=NOON)
                approve(session, number, by="U2", now=NOON)

        library.write_now(publish)
        yield library


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
    assert sum("Worked out from published numbers only" in each for each in said) >= 6
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
    known = numbers | {"2022", "2023", "2024", "2025"}
    for text, answer in answers.items():
        told = plain(answer.rendered.text).replace("<10", "small")
        for sentence in told.splitlines():
            if re.search(
                r"is a count from 1 to 9|^Protected and released|24/7|^Emergency|988", sentence
            ):
                continue
            sentence = re.sub(
                r"a count below 10|less than 10|for example .*|\[.*|\(CY2023\)", "", sentence
            )
            if any(pattern.search(sentence) for pattern in RECKONED):
                continue  # looked at below
            if re.search(r"\(\d{3}\)|1-8\d\d", sentence):
                continue  # the card's phone numbers
            assert set(re.findall(r"(?<![A-Za-z])\d+", sentence.replace(",", ""))) <= known, (
                text,
                sentence,
            )


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

    def cell(name, number):
        """
        The table and the cell that print *number* under *name*.
        """
        labels = tuple(name.split(", "))
        return next(
            (table, "/".join([table.name, *labels]))
            for table in tables
            if (mark := table.cells.get(labels)) and mark.value == whole(number)
        )

    for answer in answers.values():
        for line in plain(answer.rendered.text).splitlines():
            if found := SHARE.match(line):
                table, part = cell(found[1], found[2])
                total = next(
                    "/".join([table.name, *labels])
                    for labels, mark in table.cells.items()
                    if mark.value == whole(found[3])
                )
                share = int(found[4])
                yield SideInformation(terms=((part, 200), (total, 1 - 2 * share)), low=0, high=None)
                yield SideInformation(
                    terms=((part, 200), (total, -1 - 2 * share)), low=None, high=-1
                )
            elif found := DIFFERENCE.match(line):
                _, one = cell(found[1], found[2])
                _, other = cell(found[3], found[4])
                told = whole(found[5]) * (1 if whole(found[2]) > whole(found[4]) else -1)
                yield SideInformation(terms=((one, 1), (other, -1)), low=told, high=told)


def test_no_sealed_or_withheld_count_is_told(answers, out):
    tables, _ = out
    kept = {
        labels
        for table in tables
        if table.series == "shelter-beds"
        for labels, mark in table.cells.items()
        if mark.state is not State.NUMBER
    }

    assert len(kept) == 5
    for text, answer in answers.items():
        told = re.sub(r"“?<10”?.*?(?=;|$)|24/7|\[.*", "", plain(answer.rendered.text))
        for line in told.splitlines():
            if "House" in line and not line.startswith("Withheld"):
                assert not SECRETS & set(re.findall(r"\d+", line.replace(",", ""))), (text, line)


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
