from pathlib import Path

import pytest

from tests.bench.compare import compared
from tests.bench.criteria import CRITERIA, verdict
from tests.bench.figures import Figure, ratios, save


def test_what_both_runs_measured_is_compared_by_the_medians(tmp_path: Path):
    old, new = tmp_path / "old.json", tmp_path / "new.json"
    save([figure("hotline: p50", 4, 1, 2), figure("only then", 1)], old)
    save([figure("hotline: p50", 1, 9, 0.5), figure("only now", 1)], new)

    said = compared(old, new)

    assert said.splitlines() == [
        "what                      old  new  new / old",
        "socket: hotline: p50, ms    2    1       0.50",
    ]


def test_a_ratio_is_one_within_a_round():
    assert ratios([2, 9], [1, 3]) == (2, 3)


@pytest.mark.parametrize(
    ("criterion", "met", "missed"),
    [("htbot --help, s", 0.3, 0.301), ("help, 16 clients: rate / fastest Bolt", 0.8, 0.799)],
)
def test_a_bound_is_met_at_its_edge(criterion: str, met: float, missed: float):
    [found] = [each for each in CRITERIA if each.said == criterion]

    lines = [
        verdict([Figure(part=found.part, name=found.name, unit="", rounds=(value,))])
        for value in (met, missed)
    ]

    assert [line.split()[-1] for line in lines] == ["yes", "no"]


def figure(name: str, *rounds: float) -> Figure:
    return Figure(part="socket", name=name, unit="ms", rounds=rounds)
