import pytest

from storage.statistics.sheets import Dimension
from storage.surveys.shapes import (
    NOT_BROKEN_DOWN,
    cells,
    dimensions,
    filled,
    narrowed,
    needs_rest,
    stored,
    widened,
    wrong_totals,
)
from tests.surveying import AGES, BOTH, KINDS, LABOR, NA, SEX, TOTAL, UNKNOWN, said

ONE = (KINDS,)
TWO = (AGES, KINDS)


@pytest.mark.parametrize(
    "values",
    [
        (185, 177, 8, 0),
        (185, 177, 8, NA),  # as the deck prints it: N/A adds nothing
        (8, 8, NA, NA),
        (50, NA, NA, NA),
        (50, UNKNOWN, UNKNOWN, UNKNOWN),
        (NA, 3, 4, 5),
        (UNKNOWN, 3, 4, 5),
        (NA, NA, NA, NA),
        (100, 60, UNKNOWN, 0),  # some of the rest may be of the kind that was not collected
        (60, 60, UNKNOWN, 0),
        (0, 0, 0, 0),
    ],
)
def test_totals_that_may_be_so_are_taken(values):
    assert wrong_totals(ONE, said(*values)) == ()


@pytest.mark.parametrize(
    "values",
    [(184, 177, 8, 0), (186, 177, 8, 0), (186, 177, 8, NA), (184, 177, 8, NA), (59, 60, UNKNOWN, 0), (0, 1, 0, 0), (9, 8, NA, NA)],
)  # fmt: skip
def test_totals_that_cannot_be_so_are_named(values):
    assert wrong_totals(ONE, said(*values)) == ((TOTAL,),)


def test_what_is_not_said_whole_is_not_looked_at():
    assert wrong_totals(ONE, {(TOTAL,): 3, (SEX,): 99}) == ()


def test_two_dimensions_add_up_both_ways():
    right = said(10, 6, 4, 0, 7, 4, 3, 0, 3, 2, 1, 0, dims=TWO)
    wrong = {**right, ("Minors", SEX): 3}

    assert wrong_totals(TWO, right) == ()
    assert set(wrong_totals(TWO, wrong)) == {("All ages", SEX), ("Minors", TOTAL)}


def test_rests_that_do_not_fit_each_other_are_named_by_their_total():
    values = said(10, 7, UNKNOWN, 0, 6, 3, 3, 0, 4, 4, 0, 0, dims=TWO)

    assert wrong_totals(TWO, values) == (("All ages", TOTAL),)


def test_the_rest_is_a_label_of_its_own():
    wide = widened(ONE)
    whole = filled(ONE, said(100, 60, UNKNOWN, 0))

    assert wide[-1].labels == (TOTAL, SEX, LABOR, BOTH, NOT_BROKEN_DOWN)
    assert wide[-1].tree == {TOTAL: (SEX, LABOR, BOTH, NOT_BROKEN_DOWN)}
    assert whole[NOT_BROKEN_DOWN,] == 40
    assert set(cells(wide)) == set(whole)
    assert narrowed(wide) == ONE


@pytest.mark.parametrize(
    ("values", "rest"),
    [
        ((100, 60, 40, 0), 0),
        ((100, 60, 40, NA), 0),
        ((60, 60, UNKNOWN, 0), 0),
        ((50, UNKNOWN, UNKNOWN, NA), UNKNOWN),
        ((UNKNOWN, 1, 2, 3), UNKNOWN),
    ],
)
def test_there_is_a_rest_only_where_a_total_and_a_kind_are_known(values, rest):
    assert filled(ONE, said(*values))[NOT_BROKEN_DOWN,] == rest
    assert not needs_rest(ONE, said(*values))


def test_each_total_of_a_hierarchy_has_a_rest_of_its_own():
    deep = Dimension(
        name="kind", labels=("All", "Sex", "Street", "Online", "Labor"),
        tree={"All": ("Sex", "Labor"), "Sex": ("Street", "Online")},
    )  # fmt: skip
    values = said(20, 12, 7, UNKNOWN, 8, dims=(deep,))

    assert wrong_totals((deep,), values) == ()
    assert filled((deep,), values)["Not broken down: Sex",] == 5
    assert filled((deep,), values)["Not broken down: All",] == 0


def test_a_table_without_totals_has_no_rest():
    flat = (Dimension(name="kind", labels=("A", "B")),)

    assert widened(flat) == flat
    assert wrong_totals(flat, said(1, UNKNOWN, dims=flat)) == ()
    assert not needs_rest(flat, said(1, UNKNOWN, dims=flat))


def test_dimensions_are_stored_and_read_back():
    assert dimensions(stored(TWO)) == TWO
