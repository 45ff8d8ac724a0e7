"""
What may be shown of simple questions: sums and choices of many agencies, as protected as
the statistics are.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from storage.disclosure.errors import DisclosureError
from storage.disclosure.protect import protect
from storage.disclosure.reading import read_table_file
from storage.disclosure.states import State
from storage.statistics.gate import EFFORT
from storage.surveys.cycles import Cycle
from storage.surveys.shapes import Question
from storage.surveys.values import Said

FEWEST = 3  # agencies, of which a sum is shown: of two, each would know the other
TOTAL = "all"
WITHHELD = "Withheld: with it, what one agency said could be worked out or narrowed down."

AGAIN = "Withheld: survey {number} asked some of the same agencies the same, and what came of it was shown. The difference could be what one agency said."  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class Result:
    question: str
    said: str


def results(
    cycle: Cycle, said: Mapping[int, Said], *, shown: Mapping[str, int]
) -> tuple[Result, ...]:
    """
    Return what may be shown of each question.

    Args:
        shown: question → the survey in which it was shown what some of the same agencies said.
    """
    return tuple(
        Result(
            question=each.text,
            said=AGAIN.format(number=shown[each.text])
            if each.text in shown
            else (_choices if each.options else _sum)(
                each, [answer[each.text,] for answer in said.values()], cycle.threshold
            ),
        )
        for each in cycle.questions
    )


def _sum(question: Question, values: Sequence[object], threshold: int) -> str:
    """
    Return the sum of whole numbers, from which no agency can work out another's.
    """
    numbers = [value for value in values if isinstance(value, int)]
    if len(numbers) < FEWEST:
        return f"Fewer than {FEWEST} agencies gave a number: it is not shown."
    agencies = [str(number) for number in range(len(numbers))]
    cells = {f"q/{agency}": value for agency, value in zip(agencies, numbers, strict=True)}
    document = {
        "threshold": threshold,
        "tables": [
            {
                "name": "q",
                "dims": [
                    {"name": "agency", "labels": [TOTAL, *agencies], "tree": {TOTAL: agencies}}
                ],
            }
        ],
        "counts": {**cells, f"q/{TOTAL}": sum(numbers)},
        "hidden": list(cells),
        "insiders": {agency: [f"q/{agency}"] for agency in agencies},
    }
    mark = _protected(document)
    if mark is None or mark[f"q/{TOTAL}"].state is State.WITHHELD:
        return WITHHELD
    return f"{mark[f'q/{TOTAL}']} in all, of {len(numbers)} agencies that gave a number."


def _choices(question: Question, values: Sequence[object], threshold: int) -> str:
    """
    Return how many agencies picked each option, where enough of them answered.
    """
    if len(values) < threshold:
        return f"Fewer than {threshold} agencies answered: what they picked is not shown."
    options = [str(number) for number in range(len(question.options))]
    picked = {
        f"q/{number}": sum(value == option for value in values)
        for number, option in zip(options, question.options, strict=True)
    }
    document = {
        "threshold": threshold,
        "tables": [
            {
                "name": "q",
                "dims": [{"name": "option", "labels": [TOTAL, *options], "tree": {TOTAL: options}}],
            }
        ],
        "counts": {**picked, f"q/{TOTAL}": sum(picked.values())},
        # The board says who answered, and so how many did.
        "published": {f"q/{TOTAL}": sum(picked.values())},
    }
    marks = _protected(document)
    if marks is None:
        return WITHHELD
    shown = (
        f"{option}: {'withheld' if marks[cell].state is State.WITHHELD else marks[cell]}"
        for cell, option in zip(picked, question.options, strict=True)
    )
    return "; ".join(shown)


def _protected(document: Mapping[str, Any]) -> Mapping[str, Any] | None:
    try:
        return protect(read_table_file(document), insiders=True, effort=EFFORT).marks
    except DisclosureError:
        return None
