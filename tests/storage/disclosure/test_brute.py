"""
The engine against an attacker who tries every table.
"""

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from storage.disclosure.audit import Finding, audit
from storage.disclosure.errors import RefusedError
from storage.disclosure.protect import Protection, protect
from storage.disclosure.reading import read_table_file
from storage.disclosure.states import WITHHELD, Mark
from storage.disclosure.tables import Problem, marked, primary
from tests.storage.disclosure import brute
from tests.storage.disclosure.deals import (
    insider_files,
    insider_release_files,
    linked_files,
    release_files,
    table_files,
)
from tests.thorough import draws

thorough = settings(
    max_examples=draws(50, quickly=20),
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)


def _audit_agrees(problem: Problem) -> None:
    marks = primary(problem)

    found = audit(problem)

    base = brute.bases(problem, marks)
    assert {each.cell: each.base for each in found.cells} == base
    for each in found.cells:
        low, high = brute.interval(problem, marks, each.cell)
        top = brute.ceiling(problem)
        assert each.interval[0] == low
        assert each.interval[1] == high or (each.interval[1] or top + 1) > top == high
    leaks = {each.cell for each in found.cells if each.finding is not Finding.PROTECTED}
    forced = {cell for cell, (low, high) in base.items() if low == high}
    assert leaks == {*brute.narrowed(problem, marks, base), *forced}


def _protection_holds(problem: Problem, *, weighted: bool = True) -> None:
    marks = primary(problem)
    base = brute.bases(problem, marks)
    forced = [cell for cell, (low, high) in base.items() if low == high]
    if forced:
        with pytest.raises(RefusedError) as refused:
            protect(problem)
        assert sorted(refused.value.forced) == sorted(forced)
        return

    found = protect(problem, cost="weighted" if weighted else "count")

    assert brute.narrowed(problem, found.marks, base) == []
    assert set(found.withheld) <= set(brute.may_be_withheld(problem, marks))
    assert found.optimal
    if len(brute.may_be_withheld(problem, marks)) <= 9:
        cheaper = brute.optimum(problem, marks, base, weighted=weighted, below=found.cost)
        assert cheaper is None


@thorough
@given(table_files())
def test_an_audit_finds_what_trying_every_table_finds(document: dict[str, Any]) -> None:
    _audit_agrees(read_table_file(document))


@thorough
@given(linked_files())
def test_an_audit_of_linked_tables_finds_the_same(document: dict[str, Any]) -> None:
    _audit_agrees(read_table_file(document))


@thorough
@given(release_files())
def test_an_audit_over_two_releases_finds_the_same(document: dict[str, Any]) -> None:
    _audit_agrees(read_table_file(document))


@thorough
@given(table_files())
def test_what_is_protected_tells_outsiders_nothing_at_the_least_cost(
    document: dict[str, Any],
) -> None:
    _protection_holds(read_table_file(document))


@thorough
@given(table_files())
def test_the_fewest_cells_are_withheld_where_that_is_asked(document: dict[str, Any]) -> None:
    _protection_holds(read_table_file(document), weighted=False)


@thorough
@given(linked_files())
def test_linked_tables_with_two_thresholds_are_protected(document: dict[str, Any]) -> None:
    _protection_holds(read_table_file(document))


@thorough
@given(release_files())
def test_a_hidden_difference_to_what_is_out_is_protected(document: dict[str, Any]) -> None:
    _protection_holds(read_table_file(document))


@thorough
@given(table_files())
def test_marks_alone_are_protected_as_their_counts_are(document: dict[str, Any]) -> None:
    problem = read_table_file(document)
    alone = marked(replace(problem, counts={}), _printed(problem))

    assert _outcome(alone) == _outcome(problem)


def _outcome(problem: Problem) -> Protection | tuple[str, ...]:
    try:
        return protect(problem)
    except RefusedError as refused:
        return refused.forced


def _printed(problem: Problem) -> dict[str, Mark]:
    return {cell: mark for cell, mark in primary(problem).items() if not mark.absent}


@thorough
@given(insider_files() | insider_release_files())
def test_no_insider_works_out_another_agency(document: dict[str, Any]) -> None:
    problem = read_table_file(document)
    marks = primary(problem)
    base = brute.bases(problem, marks)
    everything = dict(marks) | dict.fromkeys(brute.may_be_withheld(problem, marks), WITHHELD)
    hopeless = any(
        brute.exact_for(problem, everything, who, own) for who, own in problem.insiders.items()
    )
    if hopeless or any(low == high for low, high in base.values()):
        with pytest.raises(RefusedError):
            protect(problem, insiders=True)
        return

    found = protect(problem, insiders=True)

    assert brute.narrowed(problem, found.marks, base) == []
    for who, own in problem.insiders.items():
        assert brute.exact_for(problem, found.marks, who, own) == []
    assert found.optimal
    if len(brute.may_be_withheld(problem, marks)) <= 9:
        assert (
            brute.optimum(problem, marks, base, weighted=True, insiders=True, below=found.cost)
            is None
        )
    assert audit(problem, insiders=True).insiders == {
        who: tuple(sorted(brute.exact_for(problem, marks, who, own)))
        for who, own in problem.insiders.items()
    }


@thorough
@given(insider_files() | insider_release_files(), st.sets(st.integers(0, 11)))
def test_marks_alone_say_what_an_insider_could_work_out_under_any_counts(
    document: dict[str, Any], chosen: set[int]
) -> None:
    problem = read_table_file(document)
    marks = primary(problem)
    may = brute.may_be_withheld(problem, marks)
    marks |= {cell: WITHHELD for place, cell in enumerate(may) if place in chosen}

    found = audit(replace(marked(problem, marks), counts={}), insiders=True)

    assert found.insiders == {
        who: tuple(sorted(brute.ever_exact(problem, marks, marks, own)))
        for who, own in problem.insiders.items()
    }


@thorough
@given(insider_files() | insider_release_files())
def test_marks_alone_are_protected_from_insiders_whatever_the_counts_are(
    document: dict[str, Any],
) -> None:
    with_counts = read_table_file(document)
    marks = primary(with_counts)
    problem = marked(replace(with_counts, counts={}), marks)
    base = brute.bases(with_counts, marks)
    everything = dict(marks) | dict.fromkeys(brute.may_be_withheld(problem, marks), WITHHELD)
    hopeless = any(
        brute.ever_exact(problem, everything, marks, own) for own in problem.insiders.values()
    )
    # A hidden cell may be small or not: marks alone are refused for more of them.
    forced = any(each.finding is Finding.FORCED for each in audit(problem).cells)
    assert forced or all(low < high for low, high in base.values())
    if hopeless or forced:
        with pytest.raises(RefusedError):
            protect(problem, insiders=True)
        return

    found = protect(problem, insiders=True)

    assert brute.narrowed(problem, found.marks, base) == []
    assert found.optimal
    for own in problem.insiders.values():
        assert brute.ever_exact(problem, found.marks, marks, own) == []
    protected = marked(problem, found.marks)
    assert audit(protected, insiders=True).safe
    for who, own in with_counts.insiders.items():
        assert brute.exact_for(with_counts, found.marks, who, own) == []
