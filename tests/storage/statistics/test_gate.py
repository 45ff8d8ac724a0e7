"""
The gate: what may be printed beside everything that is out.
"""

from collections import defaultdict
from dataclasses import replace
from datetime import date
from itertools import product

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from storage.disclosure.errors import DisclosureError, TableError
from storage.disclosure.states import NOT_COLLECTED, WITHHELD, State, below, number
from storage.statistics.gate import gate
from storage.statistics.sheets import Dimension, Sheet, Structure
from storage.statistics.worlds import in_play
from tests.thorough import draws

ROWS = Dimension(
    name="agency", labels=("North", "South", "Total"), tree={"Total": ("North", "South")}
)
PLAIN = Dimension(name="agency", labels=("North", "South"))
KINDS = Dimension(name="kind", labels=("Total", "Sex", "Labor"), tree={"Total": ("Sex", "Labor")})
SMALL = below(10)


def sheet(counts=None, *, marks=None, dimensions=(PLAIN, KINDS), year=2024, **changes):
    given = {
        "series": "served",
        "period": str(year),
        "starts": date(year, 1, 1),
        "ends": date(year, 12, 31),
        "number": 1,
        "threshold": 10,
        "structure": Structure(dimensions=dimensions),
        "counts": counts,
        "marks": marks,
    }
    return Sheet(**{**given, **changes})


def counted(north, south, *, total=False):
    """
    Counts of (sex, labor) for each agency, with their totals.
    """
    cells = {}
    for agency, (sex, labor) in {"North": north, "South": south}.items():
        cells |= {(agency, "Sex"): sex, (agency, "Labor"): labor, (agency, "Total"): sex + labor}
    if total:
        for kind in KINDS.labels:
            cells["Total", kind] = cells["North", kind] + cells["South", kind]
    return cells


def out(wanted, passed):
    """
    The sheet as it is once it is out, its counts purged.
    """
    return replace(wanted, marks=passed.marks[0], counts=None)


def test_a_small_count_is_marked_and_what_gives_it_away_is_withheld():
    wanted = sheet(counted((40, 3), (30, 20)))

    passed = gate([wanted], ledger=[])

    assert passed.marks[0] == {
        ("North", "Total"): number(43), ("North", "Sex"): WITHHELD, ("North", "Labor"): SMALL,
        ("South", "Total"): number(50), ("South", "Sex"): number(30), ("South", "Labor"): number(20),
    }  # fmt: skip
    assert passed.report == (
        "1 sensitive cell in play, all protected.",
        "What is withheld would let a count below its threshold be worked out or narrowed down.",
        "Withheld: served 2024/North/Sex",
        "1 cell withheld at a cost of 1: proved to be the least.",
    )


@pytest.mark.parametrize(
    ("count", "mark"), [(0, number(0)), (1, SMALL), (9, SMALL), (10, number(10))]
)
def test_the_threshold_has_two_sides(count, mark):
    alone = Structure(dimensions=(Dimension(name="agency", labels=("North",)),))

    passed = gate([sheet({("North",): count}, structure=alone)], ledger=[])

    assert passed.marks[0] == {("North",): mark}


def test_what_was_not_collected_adds_nothing():
    counts = counted((40, 3), (30, 20))
    counts["North", "Total"] = 40
    del counts["North", "Labor"]

    passed = gate([sheet(counts, absent={("North", "Labor"): NOT_COLLECTED})], ledger=[])

    assert passed.marks[0]["North", "Labor"] == NOT_COLLECTED
    assert passed.marks[0]["North", "Sex"] == number(40)


KNOWS = Structure(dimensions=(ROWS, KINDS), knows={"north": ("North",), "south": ("South",)})


def test_an_agency_that_knows_its_row_cannot_subtract_it_from_a_total():
    wanted = sheet(counted((40, 30), (30, 4), total=True), structure=KNOWS)

    passed = gate([wanted], ledger=[])

    assert passed.marks[0]["South", "Labor"] == SMALL
    assert passed.marks[0]["Total", "Labor"] == WITHHELD


def test_what_an_agency_could_subtract_from_a_total_that_is_out_is_refused():
    counts = counted((40, 30), (30, 4), total=True)
    total = Structure(dimensions=(Dimension(name="kind", labels=KINDS.labels),))
    first = sheet(
        {(kind,): counts["Total", kind] for kind in KINDS.labels}, structure=total, series="all"
    )
    tied = replace(
        KNOWS,
        dimensions=(PLAIN, KINDS),
        equations=tuple(
            (f"all/{kind}", (f"served/North/{kind}", f"served/South/{kind}"))
            for kind in KINDS.labels
        ),
    )
    rows = {labels: count for labels, count in counts.items() if labels[0] != "Total"}

    with pytest.raises(DisclosureError) as refused:
        gate([sheet(rows, structure=tied)], ledger=[out(first, gate([first], ledger=[]))])

    assert not {"4", "34", "44"} & set(str(refused.value).replace("/", " ").split())


def test_figures_that_do_not_add_up_are_told_and_not_shown():
    counts = counted((40, 3), (30, 20))
    counts["North", "Total"] = 44

    with pytest.raises(TableError) as wrong:
        gate([sheet(counts)], ledger=[])

    assert "North/Total" in str(wrong.value)
    assert not {"44", "40", "3"} & set(str(wrong.value).replace("/", " ").split())


@pytest.mark.parametrize(
    ("before", "after", "mark"),
    [
        (185, 185, number(185)),  # nothing to subtract
        (185, 186, WITHHELD),  # one person more
        (185, 194, WITHHELD),  # nine
        (185, 195, number(195)),  # ten may be told
        (185, 176, WITHHELD),  # nine fewer
        (185, 175, number(175)),
        (0, 4, SMALL),  # the mark says no more by itself
        (4, 0, number(0)),
        (4, 7, SMALL),
        (9, 10, number(10)),  # from 1 to 9 to 10: one to nine more, which is what is known anyhow
        (3, 11, WITHHELD),  # at least two more
        (3, 19, number(19)),  # at least ten more
    ],
)
def test_a_correction_must_not_tell_a_small_difference(before, after, mark):
    alone = Structure(dimensions=(Dimension(name="agency", labels=("North",)),))
    first = sheet({("North",): before}, structure=alone)
    ledger = [out(first, gate([first], ledger=[]))]

    passed = gate([sheet({("North",): after}, structure=alone, number=2)], ledger=ledger)

    assert passed.marks[0] == {("North",): mark}


@pytest.mark.parametrize(
    ("rest", "mark"), [(0, number(40)), (1, WITHHELD), (9, WITHHELD), (10, number(50))]
)
def test_a_year_must_not_tell_a_small_rest_after_its_first_half(rest, mark):
    alone = Structure(dimensions=(Dimension(name="agency", labels=("North",)),))
    half = sheet({("North",): 40}, structure=alone, period="first half", ends=date(2024, 6, 30))
    ledger = [out(half, gate([half], ledger=[]))]

    passed = gate([sheet({("North",): 40 + rest}, structure=alone)], ledger=ledger)

    assert passed.marks[0] == {("North",): mark}


def test_two_separate_years_are_not_subtracted():
    alone = Structure(dimensions=(Dimension(name="agency", labels=("North",)),))
    first = sheet({("North",): 40}, structure=alone, year=2023)

    passed = gate(
        [sheet({("North",): 41}, structure=alone)], ledger=[out(first, gate([first], ledger=[]))]
    )

    assert passed.marks[0] == {("North",): number(41)}


def test_a_table_tied_to_another_is_audited_with_it():
    """
    The total of one table is printed by another: withholding it in one place only is none.
    """
    alone = Structure(
        dimensions=(Dimension(name="all", labels=("Everybody",)),),
        equations=(("all/Everybody", ("served/North/Total",)),),
    )
    both = sheet({("Everybody",): 43}, structure=alone, series="all")
    free = replace(both, structure=replace(alone, equations=()))
    first = sheet(marks={**marks_of_north(), ("North", "Sex"): number(40)})

    # 43 beside 40 would be 3, and what is out stays out.
    assert gate([both], ledger=[first]).marks[0] == {("Everybody",): WITHHELD}
    assert gate([free], ledger=[first]).marks[0] == {("Everybody",): number(43)}


def marks_of_north():
    return {
        ("North", "Total"): WITHHELD, ("North", "Sex"): number(40), ("North", "Labor"): SMALL,
        ("South", "Total"): number(50), ("South", "Sex"): number(30), ("South", "Labor"): number(20),
    }  # fmt: skip


def test_only_what_is_joined_is_in_play():
    this, other = sheet(counted((40, 30), (30, 20))), sheet(counted((40, 30), (30, 20)), year=2023)
    half = replace(this, period="half", ends=date(2024, 6, 30))
    stranger = replace(this, series="other")

    assert in_play([this], [other, half, stranger]) == [half]


def one(count, **changes):
    """
    A table of one cell.
    """
    alone = Structure(dimensions=(Dimension(name="agency", labels=("North",)),))
    return sheet({("North",): count}, structure=alone, **changes)


def released(*wanted):
    """
    The ledger after *wanted* went out, one after the other.
    """
    ledger = []
    for each in wanted:
        ledger.append(out(each, gate([each], ledger=ledger)))
    return ledger


def test_what_an_earlier_release_withheld_stays_withheld():
    """
    185 is out, 177 was kept back: printed by a later release, it would say 8.
    """
    first = sheet(counted((177, 8), (30, 20)))

    passed = gate([sheet(counted((177, 8), (30, 20)), number=2)], ledger=released(first))

    assert passed.marks[0]["North", "Sex"] == WITHHELD


def test_a_release_of_rows_without_their_total_cannot_complete_one_with_it():
    first = sheet(
        marks={**marks_of_north(), ("North", "Total"): number(185), ("North", "Sex"): WITHHELD}
    )
    kinds = Structure(dimensions=(PLAIN, Dimension(name="kind", labels=("Sex", "Labor"))))
    later = sheet(
        {
            ("North", "Sex"): 177,
            ("North", "Labor"): 8,
            ("South", "Sex"): 30,
            ("South", "Labor"): 20,
        },
        structure=kinds,
        number=2,
    )

    with pytest.raises(TableError, match="is in served 2024 and not here"):
        gate([later], ledger=[first])


@pytest.mark.parametrize("period", [{}, {"period": "half", "ends": date(2024, 6, 30)}])
def test_a_row_by_another_name_is_not_taken_for_another_row(period):
    first = sheet(counted((40, 3), (30, 20)), **period)
    renamed = Structure(
        dimensions=(Dimension(name="agency", labels=("North Agency", "South")), KINDS)
    )
    counts = {
        ("North Agency" if agency == "North" else agency, kind): count
        for (agency, kind), count in counted((45, 4), (30, 20)).items()
    }

    with pytest.raises(TableError, match="keep every row and column by its name"):
        gate([sheet(counts, structure=renamed, number=2)], ledger=released(first))


def test_quarters_and_their_year_are_added_up():
    quarters = [
        one(count, period=f"Q{n}", starts=starts, ends=ends)
        for n, (count, starts, ends) in enumerate(
            [
                (40, date(2024, 1, 1), date(2024, 3, 31)),
                (40, date(2024, 4, 1), date(2024, 6, 30)),
                (4, date(2024, 7, 1), date(2024, 9, 30)),
                (40, date(2024, 10, 1), date(2024, 12, 31)),
            ],
            start=1,
        )
    ]

    passed = gate([one(124)], ledger=released(*quarters))

    assert passed.marks[0] == {("North",): WITHHELD}


def test_fiscal_and_calendar_years_are_laid_over_each_other():
    """
    What is left of both is the second half: 4, if it were printed.
    """
    ledger = released(
        one(100, period="2023", starts=date(2023, 1, 1), ends=date(2023, 12, 31)),
        one(54, period="FY", starts=date(2023, 7, 1), ends=date(2024, 6, 30)),
    )

    passed = gate(
        [one(50, period="half", starts=date(2024, 1, 1), ends=date(2024, 6, 30))], ledger=ledger
    )

    assert passed.marks[0] == {("North",): WITHHELD}


def test_a_figure_that_was_wrong_does_not_block_the_longer_period_for_ever():
    half = {"period": "half", "ends": date(2024, 6, 30)}

    passed = gate([one(120)], ledger=released(one(500, **half), one(50, **half, number=2)))

    assert passed.marks[0] == {("North",): number(120)}


def test_an_equation_with_a_cell_that_is_not_there_is_refused():
    first = sheet(counted((40, 30), (30, 20)))
    typo = Structure(
        dimensions=(Dimension(name="all", labels=("Everybody",)),),
        equations=(("all/Everybody", ("served/Nort/Sex",)),),
    )

    with pytest.raises(TableError, match="there is no cell served/Nort/Sex"):
        gate([sheet({("Everybody",): 70}, structure=typo, series="all")], ledger=released(first))


def test_a_label_with_a_slash_is_refused():
    slashed = Structure(dimensions=(Dimension(name="agency", labels=("Sex/Labor",)),))

    with pytest.raises(TableError, match="has a slash"):
        sheet({("Sex/Labor",): 40}, structure=slashed)


def test_what_is_about_one_table_is_not_said_of_another_that_ends_like_it():
    wanted = [
        sheet(counted((40, 30), (30, 20))),
        sheet(counted((40, 3), (30, 20)), series="member-served"),
    ]

    passed = gate(wanted, ledger=[])

    assert passed.about(wanted[0]) == (
        "2 tables together: 1 cell withheld at a cost of 1: proved to be the least.",
    )
    assert "Withheld: member-served 2024/North/Sex" in passed.about(wanted[1])


def test_a_structure_comes_back_from_json_as_it_went():
    structure = Structure(
        dimensions=(ROWS, KINDS),
        knows={"north": ("North",)},
        equations=(("all/Everybody", ("served/North/Total",)),),
    )

    assert Structure.from_json(structure.to_json()) == structure


pairs = st.tuples(st.integers(0, 7), st.integers(0, 7))


@settings(max_examples=draws(30, quickly=12), deadline=None)
@given(pairs, pairs, pairs, pairs)
def test_no_reader_learns_more_from_two_releases_than_their_marks_say(a, b, c, d):
    """
    Against a reader who tries every table: half a year, then the year, each row by itself.
    """
    half = sheet(counted(a, b), period="half", ends=date(2024, 6, 30), threshold=5)
    year = sheet(
        counted(*(tuple(x + y for x, y in zip(p, q, strict=True)) for p, q in [(a, c), (b, d)])),
        threshold=5,
    )
    try:
        first = gate([half], ledger=[])
        second = gate([year], ledger=[out(half, first)])
    except DisclosureError:
        assume(False)

    printed = first.marks[0], second.marks[0]
    opened = {
        labels: WITHHELD if mark.state is State.NUMBER and mark.value >= 5 else mark
        for labels, mark in printed[1].items()
    }
    for agency in PLAIN.labels:
        told = what_is_small(possible(*printed, agency))
        at_least = what_is_small(possible(printed[0], opened, agency))
        for at, kind in product(range(2), KINDS.labels):
            if printed[at][agency, kind] == below(5):
                assert told[at, kind] == at_least[at, kind]
        for kind in KINDS.labels:
            if 1 <= year.counts[agency, kind] - half.counts[agency, kind] <= 4:
                assert told["rest", kind] == at_least["rest", kind]


MOST = 20  # of any count here, and a little more: what is withheld may be that large


def possible(half, year, agency):
    """
    Yield every pair of rows that fits what is printed of *agency* in both releases.
    """

    def rows(marks):
        return [
            row
            for sex, labor in product(range(MOST), repeat=2)
            for row in [{"Sex": sex, "Labor": labor, "Total": sex + labor}]
            if all(fits(marks[agency, kind], count) for kind, count in row.items())
        ]

    for first, second in product(rows(half), rows(year)):
        if all(first[kind] <= second[kind] for kind in ("Sex", "Labor")):
            yield first, second


def what_is_small(worlds):
    """
    The least and greatest of the values from 1 to 4 of each cell and of each rest.
    """
    found = defaultdict(set)
    for first, second in worlds:
        for kind in KINDS.labels:
            found[0, kind].add(first[kind])
            found[1, kind].add(second[kind])
            found["rest", kind].add(second[kind] - first[kind])
    small = {cell: values & {1, 2, 3, 4} for cell, values in found.items()}
    return {cell: (min(values), max(values)) for cell, values in small.items() if values}


def fits(mark, count):
    if mark == WITHHELD:
        return count >= 5
    return 1 <= count <= 4 if mark == below(5) else count == mark.value
