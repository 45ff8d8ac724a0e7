"""
Funding as printed: eight rows over two years, N/A cells, a total that does not add up.
"""

import re

import pytest

from commands.contract import UserError
from tests.commands.answers import facts, headings, lists, rows, texts
from tests.commands.conftest import Say

ROWS = [
    ("Contra Costa County District Attorney's Office", "$332,222", "$250,000"),
    ("Justice At Last", "$100,000", "N/A"),
    ("Bay Area Legal Aid", "$87,003", "$160,594"),
    ("Community Violence Solutions", "$124,384", "$280,065"),
    ("Family Justice Center", "$228,740", "$427,588"),
    ("Tahirih Justice Center", "N/A", "$40,000"),
    ("Community Violence Solutions", "$312,000", "$190,000"),
    ("Love Never Fails", "$120,085", "$124,598"),
]
STAFF = {
    "Alliance to End Abuse": "$107,280.40 for 1 FTE",
    "Children & Family Services": "$363,328 for 2.45 FTE",
    "Workforce Services": "$90,614 for .58 FTE, TCVAP",
    "Total Cost to EHSD": "$561,222.40",
}
TOTALS = {
    "FY 2023-24": "$1,294,434. The deck prints $1,294,434; its rows add up to $1,304,434.",
    "FY 2024-25": "$1,472,845",
}


def test_the_eight_rows_of_both_years_are_as_printed(say: Say) -> None:
    assert rows(say("funding")) == ROWS


def test_the_rows_stand_under_their_team_and_purpose(say: Say) -> None:
    assert headings(say("funding"))[:4] == [
        "Alliance to End Abuse: Funding specifically for human trafficking prevention and intervention",
        "Alliance to End Abuse: Funding for interpersonal violence that includes human trafficking",
        "Children and Family Services: Children's Interview Center, CSEC program, and human trafficking intervention direct services",
        "Children and Family Services: Search and recovery services",
    ]


def test_the_printed_total_stands_beside_what_its_rows_add_up_to(say: Say) -> None:
    told = facts(say("funding"))

    assert {year: told[year] for year in TOTALS} == TOTALS
    assert sum(_dollars(first) for _, first, _ in ROWS) == 1_304_434
    assert sum(_dollars(second) for _, _, second in ROWS) == 1_472_845


def test_the_departments_own_staff_adds_up_and_has_no_year(say: Say) -> None:
    reply = say("funding")

    told = facts(reply)
    assert {name: told[name] for name in STAFF} == STAFF
    assert "The slide prints no fiscal year for these." in texts(reply)


def test_the_footnote_is_said(say: Say) -> None:
    assert any(
        "Community Violence Solutions, FY 2023-24: The CIC contract with CVS includes $122,000 revenue"
        in text
        for text in texts(say("funding"))
    )


@pytest.mark.parametrize(
    ("asked", "years"),
    [
        ("2023-24", [1]),
        ("2023-2024", [1]),
        ("23/24", [1]),
        ("FY23-24", [1]),
        ("2023", [1]),
        ("2024-25", [2]),
        ("fy25", [2]),
        ("fiscal year 2025", [2]),
        ("2024", [1, 2]),
        ("in 2024", [1, 2]),
    ],
)
def test_a_year_is_understood_however_it_is_written(asked: str, years: list[int], say: Say) -> None:
    reply = say(f"funding {asked}")

    names = {1: "FY 2023-24", 2: "FY 2024-25"}
    assert reply.title == f"Funding, {' and '.join(names[year] for year in years)}"
    if len(years) == 1:
        told = facts(reply)
        assert told[names[years[0]]] == TOTALS[names[years[0]]]
        assert told["Justice At Last"] == ROWS[1][years[0]]
        assert not set(STAFF) & set(told)


@pytest.mark.parametrize("asked", ["2022", "2026", "FY 2025-26", "1999"])
def test_a_year_without_funding_says_which_have_some(asked: str, say: Say) -> None:
    with pytest.raises(UserError, match="They have 2023-24 and 2024-25") as error:
        say(f"funding {asked}")

    assert [button.command for button in error.value.buttons] == [
        "funding 2023-24",
        "funding 2024-25",
    ]


@pytest.mark.parametrize(("asked", "amounts"), [("cvs", ["$124,384", "$280,065", "$312,000", "$190,000"]), ("cvs 2023-24", ["$124,384", "$312,000"]), ("tahirih", ["N/A", "$40,000"]), ("da", ["$332,222", "$250,000"]), ("alliance", ["$107,280.40"]), ("ehsd", ["$561,222.40"])])  # fmt: skip
def test_an_agency_has_its_own_amounts(asked: str, amounts: list[str], say: Say) -> None:
    (items,) = lists(say(f"funding {asked}")).values()

    found = [re.findall(r": (\$[0-9,.]*[0-9]|N/A)", item)[0] for item in items]
    assert found == amounts


@pytest.mark.parametrize("asked", ["missey", "zebra", "arm of care"])
def test_an_agency_without_funding_offers_those_with_some(asked: str, say: Say) -> None:
    with pytest.raises(UserError) as error:
        say(f"funding {asked}")

    assert error.value.buttons
    assert all(button.command.startswith("funding ") for button in error.value.buttons)


def test_amounts_are_said_to_be_as_printed_with_their_source(say: Say) -> None:
    assert say("funding 2024-25").notes == (
        "County deck, Nov 2024; not yet re-checked by coordinators: “EHSD Service Partners”.",
        "Amounts and N/A as printed.",
    )


def _dollars(amount: str) -> int:
    return 0 if amount == "N/A" else int(amount.replace("$", "").replace(",", ""))
