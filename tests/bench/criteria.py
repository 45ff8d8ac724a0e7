"""
What the bot must show, held against what was measured.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from tests.bench.figures import Figure, shown
from tests.bench.growth import GROWTHS


@dataclass(frozen=True, kw_only=True)
class Criterion:
    """
    Attributes:
        said: what is bounded.
        part, name: of the figure.
        bound: the most it may be, or with *least* the least.
    """

    said: str
    part: str
    name: str
    bound: float
    least: bool = False

    def met(self, value: float) -> bool:
        return value >= self.bound if self.least else value <= self.bound


def _rate(what: str, bound: float) -> Criterion:
    return Criterion(
        said=f"{what}, 16 clients: rate / fastest Bolt",
        part="side-by-side",
        name=f"{what}, 16 clients: rate / fastest",
        bound=bound,
        least=True,
    )


CRITERIA = (
    Criterion(
        said="hotline, 1 client: p50 / stock Bolt",
        part="side-by-side",
        name="hotline, 1 client: p50 / stock",
        bound=0.05,
    ),
    *(_rate(what, 0.8) for what in ("hotline", "help", "menu")),
    *(_rate(what, 0.25) for what in ("partners", "stats", "Home")),
    *(
        Criterion(
            said=f"{what}, {clients} clients: p99 during / without a broadcast",
            part="broadcast",
            name=f"{what}, {clients} clients: p99 during / without",
            bound=2,
        )
        for what in ("hotline", "help", "partners")
        for clients in (4, 16)
    ),
    Criterion(
        said="cold start to the first answer, s",
        part="start",
        name="to the first answer",
        bound=1.0,
    ),
    Criterion(said="htbot --help, s", part="start", name="htbot --help", bound=0.3),
    Criterion(
        said="RSS after a minute of load, MB", part="memory", name="RSS after a minute", bound=100
    ),
    *(
        Criterion(
            said=f"{each.of}, {each.sizes[0]:,} to {each.sizes[1]:,}: the worst growth of a cost",
            part="growth",
            name=f"{each.of}: worst growth",
            bound=each.bound,
        )
        for each in GROWTHS
        if each.bound
    ),
)


def verdict(figures: Sequence[Figure]) -> str:
    """
    Return a line for each criterion that was measured.
    """
    values = {(each.part, each.name): each.value for each in figures}
    rows = []
    for each in CRITERIA:
        value = values.get((each.part, each.name))
        if value is not None:
            bound = f"{'≥' if each.least else '≤'} {each.bound:g}"
            rows.append([each.said, f"{value:.3g}", bound, "yes" if each.met(value) else "no"])
    return shown(("must show", "measured", "bound", "met"), rows) if rows else ""
