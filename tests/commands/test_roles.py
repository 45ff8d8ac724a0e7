"""
Which office does what, with its staff and cost.
"""

import pytest

from commands.contract import UserError
from tests.commands.answers import buttons, facts, lists, titles
from tests.commands.conftest import Say
from tests.commands.test_partner import DUTIES

OFFICES = {
    "ehsd": "Employment & Human Services Department (EHSD)",
    "alliance": "Alliance to End Abuse",
    "cfs": "Children & Family Services (CFS)",
    "wfs": "Workforce Services (WFS)",
    "da": "Contra Costa County District Attorney's Office",
    "cchttf": "Contra Costa Human Trafficking Task Force (CCHTTF)",
    "cvs": "Community Violence Solutions (CVS)",
}


def test_the_offices_are_those_that_a_slide_describes(say: Say) -> None:
    assert titles(say("roles")) == list(OFFICES.values())
    assert [button.command for button in buttons(say("roles"))] == [f"roles {key}" for key in OFFICES]  # fmt: skip


@pytest.mark.parametrize("office", DUTIES)
def test_an_office_has_the_duties_of_its_slide(office: str, say: Say) -> None:
    assert list(lists(say(f"roles {office}"))["What it does"]) == DUTIES[office]


@pytest.mark.parametrize(
    ("office", "cost"),
    [
        ("ehsd", {"Total cost": "$561,222.40"}),
        ("alliance", {"1 FTE": "$107,280.40"}),
        ("cfs", {"2.45 FTE": "$363,328"}),
        ("wfs", {".58 FTE": "$90,614"}),
        ("da", {}),
        ("cvs", {}),
    ],
)
def test_staff_and_cost_are_as_printed(office: str, cost: dict[str, str], say: Say) -> None:
    assert facts(say(f"roles {office}")) == cost


def test_the_department_opens_its_three_bureaus(say: Say) -> None:
    assert titles(say("roles ehsd")) == [OFFICES[key] for key in ("alliance", "cfs", "wfs")]


def test_the_da_has_seven_duties(say: Say) -> None:
    assert len(lists(say("roles da"))["What it does"]) == 7


@pytest.mark.parametrize("office", OFFICES)
def test_an_office_leads_to_its_contact(office: str, say: Say) -> None:
    assert f"partner {office}" in [button.command for button in say(f"roles {office}").buttons]


@pytest.mark.parametrize(("asked", "office"), [("the DA", "da"), ("district atorney", "da"), ("task force", "cchttf"), ("children and family services", "cfs"), ("workforce", "wfs"), ("CVS", "cvs")])  # fmt: skip
def test_an_office_is_found_however_it_is_typed(asked: str, office: str, say: Say) -> None:
    assert say(f"roles {asked}").title == OFFICES[office]


def test_an_unknown_office_offers_all(say: Say) -> None:
    with pytest.raises(UserError, match="Which office") as error:
        say("roles zebra")

    assert len(error.value.buttons) == 7
