"""
What the engine answers from marks alone says nothing of the counts behind them.
"""

from dataclasses import replace
from typing import Any

from hypothesis import HealthCheck, Phase, assume, given, settings

from storage.disclosure.audit import Audit, audit
from storage.disclosure.errors import RefusedError
from storage.disclosure.protect import Effort, Protection, protect
from storage.disclosure.reading import read_table_file
from storage.disclosure.report import gate_report, offline_report
from storage.disclosure.tables import Problem, marked, primary
from tests.storage.disclosure.deals import (
    insider_files,
    insider_release_files,
    linked_files,
    table_files,
)
from tests.storage.disclosure.exact_solver import Reader
from tests.thorough import draws

UNHURRIED = Effort(seconds=600)  # so that no clock has a say in what is found
some = settings(
    max_examples=draws(12, quickly=6),
    deadline=None,
    derandomize=True,
    phases=(Phase.explicit, Phase.generate, Phase.shrink),
    suppress_health_check=[
        HealthCheck.too_slow,
        HealthCheck.data_too_large,
        HealthCheck.filter_too_much,
    ],
)


def other_counts(problem: Problem) -> Problem | None:
    """
    Return *problem* with other true counts behind the same marks, or None if there are none.
    """
    known = Reader(problem, primary(problem)).another(problem.counts)
    return None if known is None else replace(problem, counts=known)


def alone(problem: Problem) -> Problem:
    marks = {cell: mark for cell, mark in primary(problem).items() if not mark.absent}
    return replace(marked(problem, marks), counts={})


def outcome(problem: Problem, *, insiders: bool) -> Protection | str:
    try:
        return protect(problem, insiders=insiders, effort=UNHURRIED)
    except RefusedError as refused:
        return str(refused)


def everything_said(problem: Problem) -> tuple[Any, ...]:
    naive = audit(problem, insiders=True)
    found = outcome(problem, insiders=True)
    if isinstance(found, str):
        return naive, found, offline_report(problem, naive)
    printed = replace(marked(problem, found.marks), counts={})
    published: Audit = audit(printed, insiders=True)
    return (
        naive,
        found,
        published,
        gate_report(naive, found),
        offline_report(problem, naive),
        offline_report(printed, published),
    )


@some
@given(table_files() | insider_files() | insider_release_files() | linked_files())
def test_the_same_marks_lead_to_the_same_words_whatever_the_counts_are(
    document: dict[str, Any],
) -> None:
    problem = read_table_file(document)
    other = other_counts(problem)
    assume(other is not None)
    assert other is not None
    assert other.counts != problem.counts
    assert primary(other) == primary(problem)

    assert everything_said(alone(other)) == everything_said(alone(problem))


@some
@given(table_files() | insider_files() | linked_files())
def test_counts_change_no_verdict_and_no_pattern_for_outsiders(document: dict[str, Any]) -> None:
    problem = read_table_file(document)
    assume(not problem.hidden)  # whether a hidden cell is small only its count says
    other = other_counts(problem)

    for each in (problem, problem if other is None else other):
        assert audit(each) == audit(alone(problem))
        assert outcome(each, insiders=False) == outcome(alone(problem), insiders=False)
