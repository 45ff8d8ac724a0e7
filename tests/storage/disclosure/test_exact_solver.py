"""
The engine against a solver of another kind, on tables too large to try every one.
"""

from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from storage.disclosure.audit import Finding, audit
from storage.disclosure.errors import RefusedError
from storage.disclosure.protect import protect
from storage.disclosure.reading import read_table_file
from storage.disclosure.states import WITHHELD
from storage.disclosure.tables import candidates, marked, primary
from tests.storage.disclosure.deals import large_files
from tests.storage.disclosure.exact_solver import Reader
from tests.thorough import draws

some = settings(
    max_examples=draws(20, quickly=8),
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)


@some
@given(large_files(), st.randoms(use_true_random=False), st.sampled_from([0.0, 0.1, 0.4]))
def test_every_end_of_an_audit_is_what_exact_arithmetic_finds(
    document: dict[str, Any], random: Any, share: float
) -> None:
    problem = read_table_file(document)
    marks = primary(problem)
    may = candidates(problem, marks)
    most = Reader(problem, marks | dict.fromkeys(may, WITHHELD))
    marks |= {cell: WITHHELD for cell in may if random.random() < share}
    reader = Reader(problem, marks)

    found = audit(marked(problem, marks))

    for each in found.cells:
        assert reader.confirms(each.cell, each.interval)
        low, high = each.base
        top = problem.thresholds[each.cell] - 1
        assert high is not None
        known = most.cells[each.cell]
        assert most.possible(known <= low)
        assert most.possible(known >= high)
        assert low == 1 or not most.possible(known < low)
        assert high == top or not most.possible(known > high)
    assert {each.cell for each in found.cells if each.finding is Finding.PROTECTED} == {
        each.cell
        for each in found.cells
        if each.base[0] != each.base[1] and each.interval[0] <= each.base[0]
        if each.interval[1] is None or each.interval[1] >= (each.base[1] or 0)
    }


@some
@given(large_files())
def test_exact_arithmetic_finds_every_small_count_open_under_what_is_protected(
    document: dict[str, Any],
) -> None:
    problem = read_table_file(document)
    naive = audit(problem)
    forced = sorted(each.cell for each in naive.cells if each.finding is Finding.FORCED)
    if forced:
        with pytest.raises(RefusedError) as refused:
            protect(problem)
        assert sorted(refused.value.forced) == forced
        return

    found = protect(problem)

    reader = Reader(problem, found.marks)
    for each in naive.cells:
        low, high = each.base
        assert reader.possible(reader.cells[each.cell] <= low)
        assert reader.possible(reader.cells[each.cell] >= high)
